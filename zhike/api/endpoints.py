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

from zhike.api import holding_queries, queries, schemas
from zhike.api.actions import KeyUsedOtherwise, once
from zhike.api.describing import DESCRIPTION, TITLE, VERSION, described
from zhike.api.entering import ApiRequest, Bearer
from zhike.api.holding_queries import PageAsked, TransactionsAsked
from zhike.api.parameters import only_known
from zhike.api.problems import Problem, handle, question
from zhike.api.queries import CUSTOMER_FIELDS, WHOLE_FIELDS, CustomersAsked
from zhike.api.schemas import MOST, NO_NUL, Channel, Kind, one_or_more
from zhike.api.schemas import Status as CustomerStatus
from zhike.core import tables
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
    fields: Fields = "",
    cursor: CursorText = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    which = Which(_view(view), kind or "", status or "", request.auth.employee_id)
    after = _decoded(cursor) if cursor else 0
    found = queries.customers(request.viewer, CustomersAsked(which, q.strip(), _names(fields), after, limit))
    following = signing.dumps(found.last, salt=SALT) if found.last else None
    return {"data": found.rows, "next": following, "is_cut": found.is_cut}


def _view(view: str) -> View:
    return "mine" if view == "mine" else "pool" if view == "pool" else "all"


def _names(fields: str) -> frozenset[str]:
    return frozenset(name for name in fields.split(",") if name)


def _decoded(cursor: str) -> int:
    try:
        return int(signing.loads(cursor, salt=SALT))
    except (signing.BadSignature, ValueError, TypeError) as wrong:
        raise Problem("cursor") from wrong


@router.get("/customers/{int:party_id}", response=schemas.CustomerWhole, exclude_unset=True, **described("customer"))
def customer(request: ApiRequest, party_id: Key, fields: FieldsOfOne = "") -> dict[str, Any]:
    return queries.customer(request.viewer, party_id, timezone.localdate(), _names(fields))


@router.get("/customers/{int:party_id}/contact-points", response=schemas.ContactPoints, **described("contact_points"))
def contact_points(request: ApiRequest, party_id: Key) -> schemas.ContactPoints:
    return queries.contact_points(request.viewer, party_id)


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


def made() -> NinjaAPI:
    """The API with everything in it."""
    whole = NinjaAPI(
        title=TITLE, version=VERSION, description=cast(str, DESCRIPTION), urls_namespace="api", openapi_url=None, docs_url=None
    )
    handle(whole)
    whole.add_router("", router)
    return whole


api = made()
