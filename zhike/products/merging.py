"""Set-based taking of the products feed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from zhike.core.merging import Cursor, Merged, Shape, Stage, entity

PRODUCT = Shape(
    table="products_product",
    key="s.product_key",
    columns={
        "name": "s.name", "side": "s.side", "family": "s.family", "risk_level": "coalesce(s.risk_level, '')", "issuer": "coalesce(s.issuer, '')",
        "is_agency": "coalesce(s.is_agency, false)", "currency": "coalesce(s.currency, '')", "term_days": "s.term_days", "min_amount": "s.min_amount",
        "rate": "s.rate", "on_sale_date": "s.on_sale_date", "off_sale_date": "s.off_sale_date",
    },
)  # fmt: skip


def merge_products(cursor: Cursor, stage: Stage) -> Merged:
    """Take the product catalogue. No history: what a product was lies in the landed files."""
    return entity(cursor, stage, PRODUCT)


def take_back(cursor: Cursor, *, source: str, since: date, batch_ids: Sequence[int]) -> None:
    """Products have no customer and no history here; the replay that follows overwrites them."""
    cursor.execute("update products_product set row_digest = null where source = %s and valid_from >= %s", (source, since))
