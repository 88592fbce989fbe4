"""Every page that reads the computed warehouse, and what can be asked of it: stages and who moved, shadow runs, fields, reports with the customers behind them,
conditions over the profile. Names, links and figures on them are of customers within the viewer's scope alone."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, product

from zhike.insight.mix import MEASURES as MIXED
from zhike.insight.profile_fields import BY_KEY
from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.stage_views import LOOKS
from zhike.insight.standings import COLUMNS, SPANS
from zhike.reports.catalogue import DIMENSIONS
from zhike.testing.marked_marts import VALUABLE
from zhike.testing.snooping import Snoop, condition

Question = tuple[str, dict[str, str]]
MEASURES = "aum,customers"  # known of customers and of accounts
FOLLOWED = re.compile(r'href="(/(?:insight/(?:stages|tiers|mix|dependence)|reports)/[^"#]*\?[^"#]*)"')
MOST_FOLLOWED = 8  # links of one page
# What the suite asks for; the rest are asked as long as the soak runs.
FEW_DIMENSIONS = ("month", "branch", "rm", "value_band", "household", "region", "product_line", "tier_service")
PLACES = {"stage": ("", *LOOKS), "tier_effective": ("", *(rung.key for rung in PUBLISHED["default"].scheme.rungs))}
FEW_FIELDS = ("region", "aum", "household_key", "nnm_12m", "value_percentile", "stage")


def questions(hers: Snoop, *, whole: bool = False) -> list[Question]:
    """The same for everybody; `whole`: every field, dimension and step there is."""
    with hers.bank.connected("job") as job:
        scheme, report, audience = (
            (job.execute(sql).fetchone() or (0,))[0]
            for sql in (
                "select max(id) from insight_tierscheme", "select max(id) from reports_report",
                f"select max(id) from audiences_audience where name = '{VALUABLE}'",
            )
        )  # fmt: skip
    asked: list[Question] = [("/insight/", {}), ("/insight/overrides/", {}), ("/audiences/", {}), (f"/audiences/{audience}/", {})]
    asked += [(f"/insight/fields/{key}/", {}) for key in (BY_KEY if whole else FEW_FIELDS)]
    asked += _standings(whole)
    asked += [("/insight/mix/", {"by": measure}) for measure in (MIXED if whole else MIXED[:1])]
    asked.append(("/insight/dependence/", {}))
    tiers = PLACES["tier_effective"][1:]
    asked += [(f"/insight/tiers/{scheme}/who/", {"was": was, "became": became}) for was, became in pairwise(tiers)]
    asked += [("/reports/", {"rows": dimension, "measures": MEASURES}) for dimension in (DIMENSIONS if whole else FEW_DIMENSIONS)]
    asked += [("/reports/rows/", {"rows": "branch", "columns": across, "measures": MEASURES}) for across in ("", "product_line")]
    asked.append((f"/reports/kept/{report}/", {}))
    fields = ("stage", "value_percentile", "contribution_12m", "nnm_12m") if whole else ("value_percentile",)
    asked += [
        (address, {"where": condition({"field": f"profile_{field}", "op": "known"})})
        for address, field in product(("/audiences/sample/", "/audiences/breakdown/", "/customers/"), fields)
    ]
    return asked


def _standings(whole: bool) -> list[Question]:
    """Stages and tiers, who moved from each to the next or back, and who was lost."""
    asked: list[Question] = [
        ("/insight/stages/", {"by": by, "over": str(span)}) for by in COLUMNS for span in (SPANS if whole else SPANS[-1:])
    ]
    for by, places in PLACES.items():
        up = list(pairwise(places))
        steps = [*up, *((became, was) for was, became in up)] if whole else [up[0], up[-1]]
        asked += [("/insight/stages/who/", {"by": by, "was": was, "became": became}) for was, became in steps]
        asked += [("/insight/stages/who/", {"by": by, "lost": place}) for place in (places if whole else places[1:2])]
    return asked


def ask_the_figures(hers: Snoop, asked: Sequence[Question]) -> None:
    """Ask, and follow where the answers lead: to the customers behind each number."""
    followed: set[str] = set()
    for address, query in asked:
        status, text = hers.get(address, query)
        if status == 302:
            continue
        for link in list(_links(text))[:MOST_FOLLOWED]:
            if link not in followed:
                followed.add(link)
                hers.ask(link)
    for address in ("/reports/export/", "/reports/rows/export/"):
        for form in ("csv_plain", "xlsx"):
            hers.ask(address, form={"form": form, "rows": "household,region", "measures": MEASURES, "why": "because"})


def _links(text: str) -> Iterator[str]:
    yield from dict.fromkeys(html.unescape(found) for found in FOLLOWED.findall(text))
