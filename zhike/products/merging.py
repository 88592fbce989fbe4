"""Set-based taking of the products feed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date

from zhike.core.merging import Cursor, Merged, Shape, Stage, entity, interval, take_back_interval

PRODUCT = Shape(
    table="products_product",
    key="s.product_key",
    columns={
        "name": "s.name", "side": "s.side", "family": "s.family", "risk_level": "coalesce(s.risk_level, '')", "issuer": "coalesce(s.issuer, '')",
        "is_agency": "coalesce(s.is_agency, false)", "currency": "coalesce(s.currency, '')", "term_days": "s.term_days", "min_amount": "s.min_amount",
        "rate": "s.rate", "on_sale_date": "s.on_sale_date", "off_sale_date": "s.off_sale_date", "offering": "coalesce(s.offering, 'public')", "asset_kind": "coalesce(s.asset_kind, '')",
    },
)  # fmt: skip


RISK_LEVEL = Shape(
    table="products_risklevel",
    key="s.product_key",
    columns={"product_id": "s.product_id", "issuer_level": "s.issuer_level", "seller_level": "s.seller_level", "level": "s.level"},
)
# Only what is said of the risk: another rate or name makes no new version. `greatest` takes no notice of what is not said.
_LEVELS = """
    create temp table stage_risk_levels on commit drop as
    select s.product_key, p.id as product_id, coalesce(s.issuer_risk_level, '') as issuer_level, coalesce(s.risk_level, '') as seller_level,
        greatest(s.issuer_risk_level, s.risk_level) as level,
        sha256(convert_to(concat_ws('|', coalesce(s.issuer_risk_level, '-'), coalesce(s.risk_level, '-')), 'UTF8')) as _digest
    from {stage} s join products_product p on p.source = %(source)s and p.external_key = s.product_key
    where coalesce(s.issuer_risk_level, s.risk_level) is not null
"""
# Who no longer says anything of the risk: the last version ends, and the product may be offered to nobody.
_UNRATED = """
    update products_risklevel t set valid_to = %(batch_date)s from {stage} s
    where t.source = %(source)s and t.external_key = s.product_key and t.valid_to is null and coalesce(s.issuer_risk_level, s.risk_level) is null
"""


def merge_products(cursor: Cursor, stage: Stage) -> Merged:
    """Take the product catalogue. Only of its risk a history is kept (R50); what else a product was lies in the landed files."""
    merged = entity(cursor, stage, PRODUCT)
    cursor.execute(_UNRATED.format(stage=stage.table), stage.params)
    cursor.execute(_LEVELS.format(stage=stage.table), stage.params)
    interval(cursor, dataclasses.replace(stage, table="stage_risk_levels"), RISK_LEVEL)
    cursor.execute("drop table stage_risk_levels")
    return merged


def take_back(cursor: Cursor, *, source: str, since: date, batch_ids: Sequence[int]) -> None:
    """Levels of risk go back to what they were; the rest has no history here, and the replay that follows overwrites it."""
    take_back_interval(cursor, table=RISK_LEVEL.table, source=source, since=since)
    cursor.execute("update products_product set row_digest = null where source = %s and valid_from >= %s", (source, since))
