"""The addresses of the API: each takes its question apart, makes one call, and answers. What each means stands in `describing`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, cast

from django.core import signing
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Query, Router, Status
from ninja.params import functions as given
from pydantic import Field

from zhike.access.auditing import Asked as AuditAsked
from zhike.access.doors import Door
from zhike.api import bank_queries, bank_schemas, holding_queries, queries, schemas
from zhike.api.actions import KeyUsedOtherwise, once
from zhike.api.describing import DESCRIPTION, TITLE, VERSION, described
from zhike.api.entering import ApiRequest, Bearer
from zhike.api.holding_queries import PageAsked, TransactionsAsked
from zhike.api.parameters import only_known
from zhike.api.problems import Problem, handle, question, wrong_parameter
from zhike.api.queries import CUSTOMER_FIELDS, WHOLE_FIELDS, CustomersAsked
from zhike.api.schemas import MOST, NO_NUL, Channel, Kind, one_or_more
from zhike.api.schemas import Status as CustomerStatus
from zhike.core import tables
from zhike.core.conditions.reading import Refused
from zhike.core.conditions.trees import LONGEST_STORED
from zhike.core.deadlines import TookTooLong
from zhike.duplicates import actions as duplicates
from zhike.duplicates.queries import PairNotSeen
from zhike.engagement import actions as engagement
from zhike.ingestion.queries import data_as_of
from zhike.parties.queries import View, Which

SALT = "zhike.api.customers"
Key = Annotated[int, given.Path(ge=1, le=MOST)]
Limit = Annotated[int, given.Query(ge=1, le=200)]
CursorText = Annotated[str, given.Query(max_length=600, pattern=NO_NUL)]
Words = Annotated[str, given.Query(max_length=80, pattern=NO_NUL)]
Fields = Annotated[str, given.Query(max_length=400, pattern=one_or_more(CUSTOMER_FIELDS))]
FieldsOfOne = Annotated[str, given.Query(max_length=400, pattern=one_or_more(WHOLE_FIELDS))]
Condition = Annotated[str, given.Query(max_length=LONGEST_STORED, pattern=NO_NUL)]
AccountKey = Annotated[int, Field(ge=1, le=MOST)]
IdempotencyKey = Annotated[str, given.Header(alias="Idempotency-Key", min_length=8, max_length=100, pattern=r"^[\x21-\x7e]+$")]
router = Router(auth=Bearer())
router.add_decorator(only_known(router))


@router.get("/me", response=schemas.Me, **described("me"))
def me(request: ApiRequest) -> schemas.Me:
    viewer, holder = request.viewer, request.auth
    return schemas.Me(
        login=viewer.login, name=viewer.name, role=viewer.role, scope=viewer.scope, rights=sorted(viewer.permissions), token=holder.token_name,
        expires_at=holder.expires_at, data_as_of=data_as_of(viewer),
    )  # fmt: skip


@router.get("/customers", response=schemas.Customers, exclude_unset=True, **described("customers"))
def customers(
    request: ApiRequest,
    view: Query[Literal["all", "mine", "pool"]] = "all",
    kind: Query[Kind | None] = None,
    status: Query[CustomerStatus | None] = None,
    q: Words = "",
    where: Condition = "",
    fields: Fields = "",
    cursor: CursorText = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    which = Which(_view(view), kind or "", status or "", request.auth.employee_id)
    after = _decoded(cursor) if cursor else 0
    asked = CustomersAsked(which, q.strip(), _names(request, fields), after, limit, where)
    try:
        found = queries.customers(request.viewer, asked)
    except Refused as refused:
        raise Problem("question", errors=[_fault(problem.path, problem.text) for problem in refused.problems]) from refused
    except TookTooLong as wrong:
        raise question(
            "query", "where", _("This takes too long: ask for fewer, such as a kind or a view, or for something that fewer fit.")
        ) from wrong
    following = signing.dumps(found.last, salt=SALT) if found.last else None
    return {"data": found.rows, "next": following, "is_cut": found.is_cut}


def _view(view: str) -> View:
    return "mine" if view == "mine" else "pool" if view == "pool" else "all"


def _fault(path: tuple[str | int, ...], text: str) -> dict[str, str]:
    """A fault of a condition, with the way to it."""
    return wrong_parameter("where", text) | {"pointer": "#/" + "/".join(map(str, ("where", *path) if path else ()))}


def _names(request: ApiRequest, fields: str) -> frozenset[str]:
    """The fields asked for. Raises `Problem` for a declared one that there is not, or that the token may not read."""
    names = frozenset(name for name in fields.split(",") if name)
    declared = {name for name in names if name.startswith(bank_queries.OWN)}
    if declared:
        there = {bank_queries.OWN + one.name for one in bank_queries.fields(request.viewer).data}
        if not declared <= there:
            raise question("query", "fields", _("There is no field %(name)s; /fields names them.") % {"name": min(declared - there)})
    return names


def _decoded(cursor: str) -> int:
    try:
        return int(signing.loads(cursor, salt=SALT))
    except (signing.BadSignature, ValueError, TypeError) as wrong:
        raise Problem("cursor") from wrong


@router.get("/customers/{int:party_id}", response=schemas.CustomerWhole, exclude_unset=True, **described("customer"))
def customer(request: ApiRequest, party_id: Key, fields: FieldsOfOne = "") -> dict[str, Any]:
    return queries.customer(request.viewer, party_id, timezone.localdate(), _names(request, fields))


@router.get("/customers/{int:party_id}/contact-points", response=schemas.ContactPoints, **described("contact_points"))
def contact_points(request: ApiRequest, party_id: Key) -> schemas.ContactPoints:
    return queries.contact_points(request.viewer, party_id)


@router.get("/customers/{int:party_id}/consents", response=schemas.Consents, **described("consents"))
def consents(request: ApiRequest, party_id: Key) -> schemas.Consents:
    return queries.consents(request.viewer, party_id, timezone.now())


@router.get("/customers/{int:party_id}/may-be-contacted", response=schemas.MayBeContacted, **described("may_be_contacted"))
def may_be_contacted(request: ApiRequest, party_id: Key, purpose: Words = "marketing", channel: Words = "phone") -> schemas.MayBeContacted:
    return queries.may_be_contacted(request.viewer, party_id, purpose=purpose, channel=channel, at=timezone.now())


@router.get("/customers/{int:party_id}/suitability", response=schemas.Suitability, **described("suitability"))
def suitability(request: ApiRequest, party_id: Key) -> schemas.Suitability:
    return queries.suitability(request.viewer, party_id, timezone.localdate())


@router.get("/customers/{int:party_id}/relationships", response=schemas.Relationships, **described("relationships"))
def relationships(request: ApiRequest, party_id: Key) -> schemas.Relationships:
    return queries.relationships(request.viewer, party_id)


@router.get("/customers/{int:party_id}/holdings", response=schemas.Holdings, **described("holdings"))
def held(request: ApiRequest, party_id: Key) -> schemas.Holdings:
    return holding_queries.held(request.viewer, party_id)


@router.get("/customers/{int:party_id}/month-ends", response=schemas.MonthEnds, **described("month_ends"))
def month_ends(request: ApiRequest, party_id: Key) -> schemas.MonthEnds:
    return holding_queries.month_ends(request.viewer, party_id, timezone.localdate())


@router.get("/customers/{int:party_id}/transactions", response=schemas.Transactions, **described("transactions"))
def transactions(
    request: ApiRequest,
    party_id: Key,
    account: Query[AccountKey | None] = None,
    direction: Query[Literal["credit", "debit"] | None] = None,
    since: Query[date | None] = None,
    until: Query[date | None] = None,
    cursor: CursorText = "",
    limit: Limit = 50,
) -> schemas.Transactions:
    page = _page(cursor, limit, "date")
    return holding_queries.transactions(request.viewer, party_id, TransactionsAsked(page, account, direction or "", since, until))


def _page(cursor: str, limit: int, sort: str) -> PageAsked:
    try:
        if cursor:
            tables.decode(cursor, sort=sort, descending=True)
    except tables.BadCursor as wrong:
        raise Problem("cursor") from wrong
    return PageAsked(cursor, limit)


@router.get("/customers/{int:party_id}/interactions", response=schemas.Interactions, **described("interactions"))
def interactions(
    request: ApiRequest,
    party_id: Key,
    channel: Query[Channel | None] = None,
    cursor: CursorText = "",
    limit: Limit = 50,
) -> schemas.Interactions:
    return holding_queries.interactions(request.viewer, party_id, _page(cursor, limit, "at"), channel=channel or "")


@router.post("/customers/{int:party_id}/interactions", response={201: schemas.Interaction}, **described("new_interaction"))
def new_interaction(
    request: ApiRequest,
    response: HttpResponse,
    party_id: Key,
    new: schemas.NewInteraction,
    idempotency_key: IdempotencyKey,
) -> Status[schemas.Interaction]:
    at = timezone.now()
    given = new.model_dump()
    contact = engagement.Contact(**given | {"at": new.at or at, "purpose": new.purpose or "", "outcome": new.outcome or ""})
    asked = f"{request.method} {request.path}\n".encode() + request.body

    def make() -> int:
        return engagement.record_interaction(actor=request.viewer, at=at, party_id=party_id, contact=contact).pk

    try:
        key, is_again = once(token_id=request.auth.token_id, key=idempotency_key, request=asked, at=at, make=make)
    except KeyUsedOtherwise as wrong:
        raise Problem("key-used") from wrong
    except engagement.InTheFuture as wrong:
        raise question("body", "at", _("A contact lies in the past.")) from wrong
    response["Location"] = f"/api/v1/interactions/{key}"
    response["Idempotency-Replayed"] = "true" if is_again else "false"
    return Status(201, holding_queries.interaction(request.viewer, key))


@router.get("/interactions/{int:interaction_id}", response=schemas.Interaction, **described("interaction"))
def interaction(request: ApiRequest, interaction_id: Key) -> schemas.Interaction:
    return holding_queries.interaction(request.viewer, interaction_id)


@router.get("/accounts/{int:account_id}", response=schemas.Account, **described("account"))
def account(request: ApiRequest, account_id: Key) -> schemas.Account:
    return holding_queries.account(request.viewer, account_id)


@router.get("/batches", response=schemas.Batches, **described("batches"))
def batches(request: ApiRequest, cursor: CursorText = "", limit: Limit = 50) -> schemas.Batches:
    return holding_queries.batches(request.viewer, _page(cursor, limit, "date"))


@router.get("/batches/{int:batch_id}", response=schemas.Batch, **described("batch"))
def batch(request: ApiRequest, batch_id: Key) -> schemas.Batch:
    return holding_queries.batch(request.viewer, batch_id)


@router.get("/audit", response=bank_schemas.AuditEntries, **described("audit"))
def audit(
    request: ApiRequest,
    person: Words = "",
    customer: Query[Annotated[int, Field(ge=1, le=MOST)] | None] = None,
    act: Words = "",
    area: Words = "",
    door: Query[Door | None] = None,
    request_id: Words = "",
    since: Query[date | None] = None,
    until: Query[date | None] = None,
    cursor: CursorText = "",
    limit: Limit = 50,
) -> bank_schemas.AuditEntries:
    wanted = AuditAsked(person, act, area, door or "", request_id, since, until, [customer] if customer else None)
    return bank_queries.audit(request.viewer, wanted, _page(cursor, limit, "when"), at=timezone.now())


@router.get("/fields", response=bank_schemas.DeclaredFields, **described("fields"))
def fields(request: ApiRequest) -> bank_schemas.DeclaredFields:
    return bank_queries.fields(request.viewer)


@router.get("/tags", response=bank_schemas.Tags, **described("tags"))
def tags(request: ApiRequest) -> bank_schemas.Tags:
    return bank_queries.tags(request.viewer)


@router.get("/conditions", response=bank_schemas.Conditions, **described("conditions"))
def conditions(request: ApiRequest) -> bank_schemas.Conditions:
    return bank_queries.conditions(request.viewer)


@router.get("/duplicates", response=bank_schemas.Duplicates, **described("duplicates"))
def pairs(
    request: ApiRequest,
    state: Query[Literal["likely", "never"]] = "likely",
    customer: Query[AccountKey | None] = None,
    cursor: CursorText = "",
    limit: Limit = 50,
) -> bank_schemas.Duplicates:
    return bank_queries.pairs(request.viewer, state, _page(cursor, limit, "probability"), party_id=customer)


@router.get("/duplicates/{int:pair_id}", response=bank_schemas.DuplicateWhole, **described("duplicate"))
def pair(request: ApiRequest, pair_id: Key) -> bank_schemas.DuplicateWhole:
    return bank_queries.pair(request.viewer, pair_id)


@router.put("/duplicates/{int:pair_id}/mark", response=bank_schemas.DuplicateWhole, **described("mark_duplicate"))
def mark(request: ApiRequest, pair_id: Key, new: bank_schemas.Mark) -> bank_schemas.DuplicateWhole:
    try:
        duplicates.decide(actor=request.viewer, at=timezone.now(), pair_id=pair_id, never=new.state == "never")
    except PairNotSeen as wrong:
        raise Problem("not-found") from wrong
    return bank_queries.pair(request.viewer, pair_id)


def made() -> NinjaAPI:
    """The API with everything in it."""
    whole = NinjaAPI(
        title=TITLE, version=VERSION, description=cast(str, DESCRIPTION), urls_namespace="api", openapi_url=None, docs_url=None
    )
    handle(whole)
    whole.add_router("", router)
    return whole


api = made()
