"""The data dictionary: every table and column that PostgreSQL has, with meaning, class, mask and how long it is kept (R30, R32)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.apps import apps
from django.db import connection
from django.db.models import Field, Model
from django.db.models.options import Options
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from zhike.access.scope import Viewer, require
from zhike.core.data_classes import Table, tables
from zhike.core.pages import Words
from zhike.privacy.column_words import COLUMN_WORDS
from zhike.privacy.labels import CHOICES
from zhike.privacy.registers import Graded, graded
from zhike.privacy.retention import SCHEDULE

RIGHT = "audit.read"

# Months of transactions are parts of their table, and a view's columns are those of tables; what an extension brings is not Zhike's.
CATALOGUE = """
    select c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where c.relkind in ('r', 'p', 'm', 'f') and not c.relispartition and a.attnum > 0 and not a.attisdropped
        and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
        and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    order by c.relname, a.attnum
"""

AREAS: Mapping[str, Words] = {
    "parties": gettext_lazy("Customers"), "holdings": gettext_lazy("Accounts and money"), "engagement": gettext_lazy("Contacts and notes"),
    "products": gettext_lazy("Products"), "insight": gettext_lazy("Insight"), "access": gettext_lazy("People and access"), "audit": gettext_lazy("Audit"),
    "privacy": gettext_lazy("Data rights"), "duplicates": gettext_lazy("Duplicates"), "ingestion": gettext_lazy("Data feeds"),
    "workspace": gettext_lazy("Lists and views"), "api": gettext_lazy("Programs"), "core": gettext_lazy("Platform"),
}  # fmt: skip
KEPT: Mapping[str, Words] = {
    "law": gettext_lazy("at least ten years (R45)"),
    "audit": gettext_lazy("at least three years; only added (R35)"),
    "consent": gettext_lazy("as long as somebody may be contacted (R20, R62)"),
    "customer": gettext_lazy("as long as the customer"),
    "person": gettext_lazy("as long as the log-in"),
    "bank": gettext_lazy("as long as Zhike runs"),
    "once": gettext_lazy("until it is over, then swept"),
    "unused": gettext_lazy("empty"),
}
LEVELS: Mapping[str, Words] = {
    "C2": gettext_lazy("C2: who she is, what she has"),
    "C1": gettext_lazy("C1: internal"),
    "public": gettext_lazy("Public"),
}
GRADES: Mapping[str, Words] = {
    "core": gettext_lazy("Core"),
    "important": gettext_lazy("Important"),
    "sensitive": gettext_lazy("Ordinary data, sensitive"),
    "ordinary": gettext_lazy("Ordinary data"),
}
"""Grades of R32: what is important or core the register says (R34); else what tells who a customer is or what she has is sensitive."""
# Columns that hold only a form of what they name. The longest ending that fits holds.
_FORMS: tuple[tuple[str, Words], ...] = (
    ("_masked", gettext_lazy("masked; revealed by a click, with a reason")),
    ("_last4", gettext_lazy("keyed digest of the last four; never shown")),
    ("_digest", gettext_lazy("keyed digest; never shown")),
    ("_sealed", gettext_lazy("encrypted; never shown")),
)
_NEVER_SHOWN: Mapping[tuple[str, str], Words] = {
    ("access_person", "password"): gettext_lazy("hashed; never shown"),
    ("access_session", "session_key"): gettext_lazy("hashed; never shown"),
    ("api_token", "digest"): gettext_lazy("hashed; never shown"),
    ("engagement_notefile", "digest"): _FORMS[2][1],
    ("access_vault", "masked"): _FORMS[0][1],
    ("access_vault", "digest"): _FORMS[2][1],
    ("access_vault", "last4"): _FORMS[1][1],
    ("access_vault", "sealed"): _FORMS[3][1],
    ("ingestion_import", "sealed"): _FORMS[3][1],
    ("mfa_authenticator", "data"): _FORMS[3][1],
    ("access_viewersecret", "inner_key"): gettext_lazy("only a function of the database reads it"),
    ("access_viewersecret", "outer_key"): gettext_lazy("only a function of the database reads it"),
}


@dataclass(frozen=True)
class ColumnLine:
    """One column. `level` "" where nobody has classed it, which a test does not let happen."""

    name: str
    type: str
    meaning: str
    level: str
    form: Words


@dataclass(frozen=True)
class TableLine:
    """One table with those of its columns that are asked for. `grade`: a key of GRADES."""

    name: str
    area: str
    area_words: Words
    what: Words
    kept: Words
    columns: Sequence[ColumnLine]
    grade: str = "ordinary"
    field: Words = ""

    @property
    def grade_words(self) -> Words:
        """The grade, and of what the central bank supervises the field of business (R33)."""
        return f"{GRADES[self.grade]} · {self.field}" if self.field else GRADES[self.grade]


def dictionary(viewer: Viewer, *, area: str = "", level: str = "", grade: str = "", words: str = "") -> list[TableLine]:
    """Tables with the columns that fit. A word is looked for in names, meanings and tables. Raises PermissionDenied without `audit.read`."""
    require(viewer, RIGHT)
    order, places = list(AREAS), {name: place for place, name in enumerate(tables())}
    found = [one for one in _tables() if area in ("", one.area) and grade in ("", one.grade)]
    fitting = [(one, [column for column in one.columns if _fits(one, column, level, words.lower().split())]) for one in found]
    kept = [replace(one, columns=columns) for one, columns in fitting if columns]
    return sorted(
        kept, key=lambda one: (order.index(one.area) if one.area in order else len(order), places.get(one.name, len(places)), one.name)
    )


def catalogue() -> dict[str, dict[str, str]]:
    """Table → column → type, as PostgreSQL has them."""
    found: dict[str, dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(CATALOGUE)
        for table, column, type_name in cursor.fetchall():
            found.setdefault(table, {})[column] = type_name
    return found


def form_of(table: str, column: str) -> Words:
    """In which form a column holds what it names: mask, digest, ciphertext, hash; "" in clear."""
    if column in ("row_digest", "content_digest", "request_digest"):
        return ""
    return _NEVER_SHOWN.get((table, column)) or next((words for ending, words in _FORMS if column.endswith(ending)), "")


def _tables() -> Iterator[TableLine]:
    declared = tables()
    models = {_shape(model).db_table: model for model in apps.get_models(include_auto_created=True)}
    models["parties_record"] = models["parties_party"]  # made like it, without a model
    by_register = graded()
    scheduled = {rule.table: rule.months for rule in SCHEDULE}
    for name, columns in catalogue().items():
        table, model = declared.get(name), models.get(name)
        fields = {one.column: one for one in _shape(model).local_concrete_fields} if model else {}
        lines = [
            ColumnLine(column, kind, meaning_of(column, fields.get(column), declared), table.level_of(column) if table else "", form_of(name, column))
            for column, kind in columns.items()
        ]  # fmt: skip
        area = table.area if table else name.partition("_")[0]
        kept: Words = KEPT[table.kept] if table else ""
        if name in scheduled:
            kept = ngettext("%(n)s month", "%(n)s months", scheduled[name]) % {"n": scheduled[name]}
        grade = by_register.get(name) or Graded("sensitive" if any(line.level == "C2" for line in lines) else "ordinary", "none")
        field = CHOICES["field"][grade.field] if grade.field != "none" else ""
        yield TableLine(name, area, AREAS.get(area, area), table.what if table else "", kept, lines, grade.grade, field)


def meaning_of(column: str, field: Field[object, object] | None, declared: Mapping[str, Table]) -> str:
    """What a column means: its name in words, and what the model says of it; of a key, what it leads to. Of a protected value, what it is of."""
    stem = next((column.removesuffix(ending) for ending, _words in _FORMS if column.endswith(ending)), column)
    said = [str(COLUMN_WORDS.get(column) or COLUMN_WORDS.get(stem, ""))]
    target = _leads_to(field)
    if target and not said[0]:
        said = [_("leads to: %(table)s") % {"table": declared[target].what if target in declared else target}]
    if field is not None and field.help_text:
        said.append(_(str(field.help_text)))
    return " · ".join(text for text in said if text)


def _shape(model: type[Model]) -> Options[Model]:
    return model._meta  # noqa: SLF001 - Django's documented way to ask a model for its columns


def _leads_to(field: Field[object, object] | None) -> str:
    target = field.related_model if field is not None else None
    return _shape(target).db_table if isinstance(target, type) else ""


def _fits(table: TableLine, column: ColumnLine, level: str, words: Sequence[str]) -> bool:
    if level and column.level != level:
        return False
    text = f"{table.name} {table.what} {column.name} {column.meaning}".lower()
    return all(word in text for word in words)
