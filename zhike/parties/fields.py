"""What conditions may ask about a party: who it is, where and how it is kept, its documents, its relatives and groups. The first argument is the viewer.

A relative outside the viewer's scope is not there: asking about her would tell what the viewer may not read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import Viewer, seen_where
from zhike.core.conditions.fields import Catalogue, Choice, Choices, Field, Put, Relation
from zhike.core.conditions.kinds import Kind
from zhike.core.conditions.trees import Check
from zhike.parties import asked, labels
from zhike.parties.contact_fields import contact_fields
from zhike.parties.labels import Words
from zhike.parties.models import GroupMember, Party
from zhike.parties.own_fields import own_fields
from zhike.parties.searching import names_with

POSTS_WITH_A_BOOK = ("relationship_manager", "corporate_rm", "wealth_adviser", "team_leader", "branch_manager")
WHO, KEPT, REACH, LINKS = _("Who it is"), _("With us"), _("Documents and contact"), _("Family and groups")


def choices_of(words: Mapping[str, Words] | Sequence[tuple[str, Words]]) -> Choices:
    """The choices of a field whose codes have words."""
    pairs = words.items() if isinstance(words, Mapping) else words
    return lambda: [Choice(key, title) for key, title in pairs]


def _column(
    name: str, title: Words, kind: Kind = "text", *, group: Words = WHO, column: str = "", unit: Words = "", choices: Choices | None = None
) -> Field:
    """A column of the party itself; an empty text there means that nothing is known."""
    of_party = f"{{row}}.{column or name}"
    plain = f"nullif({of_party}, '')" if kind in ("text", "choice") else of_party
    return Field(name, title, kind, plain, group, unit, choices, protection="personal", value=asked.column(column or name))


def fields(viewer: Viewer) -> list[Field]:
    """The fields of a party."""
    return [*_who(viewer), *_kept(viewer), *_reached(), *_linked(), *contact_fields(), *own_fields(viewer)]


MANY_UNITS = 20  # a scope of more than these is worth beginning from the index of names
_IN_A_NAME = frozenset({"contains", "starts", "is"})


def _named(viewer: Viewer) -> Callable[[Check, date, Put], str] | None:
    """Where a condition on names begins: a book or an outlet fits in a hand, a bank does not."""
    if not viewer.sees_all and len(viewer.unit_ids) <= MANY_UNITS:
        return None

    known: dict[str, list[int] | None] = {}  # a request asks the same several times: for the list, for each line of a count

    def begins(check: Check, _today: date, put: Put) -> str:
        text = str(check.value)
        if check.op in _IN_A_NAME and text not in known:
            known[text] = names_with(viewer, text)
        keys = known.get(text) if check.op in _IN_A_NAME else None
        return "" if keys is None else f"{{row}}.id = any({put(keys, 'bigint[]')})"

    return begins


def reader(viewer: Viewer) -> Callable[[int], asked.PartyFacts]:
    """What Python decides on in the place of PostgreSQL, under the name of the area."""
    return asked.reader(viewer)


def _who(viewer: Viewer) -> list[Field]:
    age = "extract(year from age(%(today)s::date, {row}.birth_date))::int"
    return [
        replace(_column("name", _("Name")), begins=_named(viewer)),
        _column("customer_no", _("Customer number")),
        _column("kind", _("Kind"), "choice", choices=choices_of(Party.Kind.choices)),
        _column("status", _("Status"), "choice", choices=choices_of(Party.Status.choices)),
        _column("sex", _("Sex"), "choice", choices=choices_of(labels.SEX)),
        Field("age", _("Age"), "number", age, WHO, _("years old"), protection="personal", value=asked.years_since("birth_date")),
        _column("birthday", _("Birthday"), "birthday", column="birth_date"),
        _column("occupation", _("Occupation")),
        _column("employer_name", _("Works at")),
        _column("education", _("Education")),
        _column("marital_status", _("Marital status"), "choice", choices=choices_of(labels.MARITAL)),
        _column("income_band", _("Monthly income")),
        _column("nationality", _("Nationality")),
        _column("region", _("Region")),
        _column("industry", _("Industry")),
        _column("size_class", _("Size"), "choice", choices=choices_of(labels.SIZE)),
        _column("registered_capital", _("Registered capital"), "money"),
        _column("established_date", _("Established"), "date"),
        _column("is_staff", _("Member of staff"), "flag"),
        _column("is_related_party", _("Related party of the bank"), "flag"),
    ]


def _kept(viewer: Viewer) -> list[Field]:
    def units() -> list[Choice]:
        rows = apps.get_model("access", "Unit").objects.order_by("key").values_list("pk", "name")
        return [Choice(str(key), name) for key, name in rows]

    def managers() -> list[Choice]:
        rows = apps.get_model("access", "Employee").objects.filter(post__in=POSTS_WITH_A_BOOK).order_by("staff_no")
        return [Choice(str(key), f"{name} {number}") for key, name, number in rows.values_list("pk", "name", "staff_no")]

    years = "extract(year from age(%(today)s::date, {row}.since_date))::int"
    return [
        Field(
            "unit",
            _("Outlet"),
            "choice",
            "{row}.unit_id",
            KEPT,
            choices=units,
            has_many_choices=True,
            key_type="bigint",
            value=asked.column("unit_id"),
        ),
        Field(
            "opening_unit",
            _("Opening unit"),
            "choice",
            "{row}.opening_unit_id",
            KEPT,
            choices=units,
            has_many_choices=True,
            key_type="bigint",
            value=asked.column("opening_unit_id"),
        ),
        Field(
            "rm",
            _("Main manager"),
            "choice",
            "{row}.main_rm_id",
            KEPT,
            choices=managers,
            has_many_choices=True,
            key_type="bigint",
            value=asked.column("main_rm_id"),
        ),
        Field(
            "rms",
            _("Manager, main or assisting"),
            "set",
            "{row}.rm_ids",
            KEPT,
            choices=managers,
            has_many_choices=True,
            key_type="bigint",
            value=asked.column("rm_ids"),
        ),
        _column("since", _("Customer since"), "date", group=KEPT, column="since_date"),
        Field("years_with_us", _("Customer for"), "number", years, KEPT, _("years"), value=asked.years_since("since_date")),
        _column("left", _("Left the bank"), "date", group=KEPT, column="left_date"),
        _column("lead_source", _("Came through"), group=KEPT),
    ]


def _reached() -> list[Field]:
    def exists(kinds: str) -> str:
        return f"exists (select 1 from parties_contactpoint c where c.party_id = {{row}}.id and c.kind in ({kinds}) and c.valid_to is null and c.is_valid)"

    def document(column: str) -> str:
        return f"(select {column} from parties_identifier i where i.party_id = {{row}}.id and i.valid_to is null order by i.is_main desc, i.id limit 1)"

    def protected(name: str, title: Words, kind: Kind, sql: str, value: asked.Value, choices: Choices | None = None) -> Field:
        return Field(name, title, kind, sql, REACH, choices=choices, permission="contacts.read", protection="personal", value=value)

    return [
        protected("id_type", _("Main document"), "choice", document("i.id_type"), asked.document_type, choices_of(labels.ID_TYPES)),
        protected(
            "id_expires", _("Document expires"), "date", document("nullif(i.expires_date, date '9999-12-31')"), asked.document_expires
        ),
        protected("has_mobile", _("Has a mobile number"), "flag", exists("'mobile'"), asked.reached_by("mobile")),
        protected("has_email", _("Has an e-mail address"), "flag", exists("'email'"), asked.reached_by("email")),
        protected("has_address", _("Has an address"), "flag", exists("'address'"), asked.reached_by("address")),
    ]


def _linked() -> list[Field]:
    mine = "from parties_groupmember g where g.party_id = {row}.id and g.valid_to is null"
    others = "join parties_groupmember o on o.source = g.source and o.group_key = g.group_key and o.valid_to is null"
    size = f"(select count(*) {mine.replace(' where', f' {others} where')} and g.kind = 'household')"
    return [
        Field(
            "household_size",
            _("Household members we know"),
            "number",
            f"nullif({size}, 0)",
            LINKS,
            _("people"),
            protection="personal",
            value=asked.household_size,
        ),
        Field(
            "groups",
            _("Belongs to"),
            "set",
            f"array(select g.kind {mine})",
            LINKS,
            choices=choices_of(GroupMember.Kind.choices),
            value=asked.groups,
        ),
        Field(
            "is_head",
            _("Head of the household"),
            "flag",
            f"exists (select 1 {mine} and g.is_head and g.kind = 'household')",
            LINKS,
            protection="personal",
            value=asked.is_head,
        ),
    ]


def relations(viewer: Viewer, customer: Callable[[], Catalogue]) -> list[Relation]:
    """Those who belong to a party and whom the viewer sees; of each, everything of `customer` may be asked."""
    return [
        Relation(
            "household_member", _("Household member"), _members(viewer, "household"), customer,
            _("a household member"), _("no household member"), _("%(n)s household members"), LINKS, rows=asked.members("household"),
        ),
        Relation(
            "group_member", _("Member of its group"), _members(viewer, "control_group"), customer,
            _("another company of its group"), _("no other company of its group"), _("%(n)s other companies of its group"), LINKS, rows=asked.members("control_group"),
        ),
        Relation(
            "relative", _("Related person or company"), _relatives(viewer), lambda: _with_link(customer()),
            _("a related person or company"), _("no related person or company"), _("%(n)s related people or companies"), LINKS, rows=asked.relatives,
        ),
    ]  # fmt: skip


def _seen(viewer: Viewer) -> str:
    return seen_where(viewer, alias="{new}").sql


def _members(viewer: Viewer, kind: str) -> str:
    return (
        "parties_groupmember {new}_mine join parties_groupmember {new}_link on {new}_link.source = {new}_mine.source"
        " and {new}_link.group_key = {new}_mine.group_key and {new}_link.valid_to is null and {new}_link.party_id <> {new}_mine.party_id"
        " join parties_party {new} on {new}.id = {new}_link.party_id"
        f" where {{new}}_mine.party_id = {{row}}.id and {{new}}_mine.kind = '{kind}' and {{new}}_mine.valid_to is null and {_seen(viewer)}"
    )


def _relatives(viewer: Viewer) -> str:
    return (
        "parties_relationship {new}_link join parties_party {new} on {new}.id = {new}_link.to_party_id"
        f" where {{new}}_link.party_id = {{row}}.id and {{new}}_link.valid_to is null and {_seen(viewer)}"
    )


def _with_link(customer: Catalogue) -> Catalogue:
    link = [
        Field("relation", _("Relation"), "choice", "{row}_link.type", LINKS, choices=choices_of(labels.RELATIONS), value=asked.relation),
        Field("share", _("Share"), "number", "{row}_link.share * 100", LINKS, "%", value=asked.share),
    ]
    return Catalogue({one.name: one for one in link} | dict(customer.fields), customer.relations, customer.closed, customer.values)
