"""What is done to many customers at once: those ticked, or all that a list has. One statement, one audit entry, one way back.

Each act can be looked at before it is done (`preview`) and be taken back (`undo`) for as long as it stands on the page `work`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import connection, transaction
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhike.access import work
from zhike.access.actions import record
from zhike.access.scope import Viewer, Where, require, seen_where
from zhike.core.words import language
from zhike.parties.importing import undo_import
from zhike.parties.queries import listed
from zhike.parties.setting import Setting, set_for_many
from zhike.parties.tagging import Tagged, tag_parties, undo_tagging, untag_parties
from zhike.parties.teamed import Served, serve, serve_no_more, undo_serving
from zhike.workspace.conditions import where_of
from zhike.workspace.queries import ListAsked, customer_list
from zhike.workspace.view_actions import her_list, make_list

KIND = "workspace.bulk"
MOST = 20_000  # customers of one act: what somebody can still look over, and take back
Act = Literal["pin", "unpin", "list", "unlist", "tag", "untag", "set", "team", "unteam"]
ACTS: tuple[Act, ...] = ("pin", "unpin", "list", "unlist", "tag", "untag", "set", "team", "unteam")
RIGHTS: Mapping[Act, str] = {
    "tag": "customers.edit", "untag": "customers.edit", "set": "customers.edit", "team": "teams.manage", "unteam": "teams.manage",
}  # fmt: skip


class TooMany(Exception):
    """More customers than one act may change; `most` is how many it may."""

    most = MOST


class FieldMissing(Exception):
    """No field was chosen to be set."""


@dataclass(frozen=True)
class Bulk:
    """What is to be done to whom. `target`: the list or tag; `name`: of a new one; `setting`: the field and its value. `keys` empty: all that `asked` finds, narrowed by the
    condition `where` (its stored form)."""

    act: Act
    asked: ListAsked
    keys: Sequence[int] = ()
    target: int | None = None
    name: str = ""
    where: str = ""
    setting: Setting | None = None


@dataclass(frozen=True)
class Preview:
    """Whom it would change: `names` are the first of them. `already`: it is so for them; `gone`: ticked, but not hers to see (any more);
    `unfit`: the field is not for their kind."""

    changes: int
    already: int
    gone: int
    names: Sequence[str]
    unfit: int = 0

    @property
    def is_too_many(self) -> bool:
        """Whether it is more than one act may change."""
        return self.changes > MOST


def chosen(viewer: Viewer, wanted: Bulk) -> Where:
    """Those ticked or found, as a condition over the alias `p`, within the viewer's scope. Raises conditions.Refused."""
    if wanted.keys or wanted.asked.words:
        keys = wanted.keys or [row.party.id for row in customer_list(viewer, wanted.asked).rows]
        return Where("p.id = any(%(chosen)s::bigint[])", {"chosen": list(keys)}) & seen_where(viewer)
    whole = listed(viewer, wanted.asked.which)
    return whole & where_of(viewer, wanted.where) if wanted.where else whole


_ALREADY: Mapping[Act, str] = {
    "pin": "exists (select 1 from workspace_visit v where v.party_id = p.id and v.person_id = %(me)s and v.pinned_at is not null)",
    "list": "exists (select 1 from workspace_listmember m where m.party_id = p.id and m.list_id = %(target)s)",
    "tag": "exists (select 1 from parties_tagging t where t.party_id = p.id and t.tag_id = %(target)s)",
    "team": "exists (select 1 from parties_teamed c where c.party_id = p.id and c.team_id = %(target)s and c.ended_at is null)",
}


def _is_already(viewer: Viewer, wanted: Bulk) -> Where:
    """Whether nothing would change for a party `p`: the opposite act is already so where this one is not."""
    if wanted.act == "set":
        return wanted.setting.already if wanted.setting else Where("true", {})
    sql = _ALREADY[wanted.act] if wanted.act in _ALREADY else f"not {_ALREADY[wanted.act.removeprefix('un')]}"  # type: ignore[index]
    return Where(sql, {"me": viewer.person_id, "target": wanted.target})


def preview(viewer: Viewer, wanted: Bulk) -> Preview:
    """Whom the act would change, and whom not and why. Two statements. Raises PermissionDenied."""
    require(viewer, RIGHTS.get(wanted.act, "customers.read"))
    where, already = chosen(viewer, wanted), _is_already(viewer, wanted)
    fits = wanted.setting.fits if wanted.setting else Where("true", {})
    values = {**where.values, **already.values, **fits.values, "most": MOST + 1}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""select count(*) filter (where fits and not already), count(*) filter (where fits and already), count(*) filter (where not fits)
                from (select {already.sql} as already, {fits.sql} as fits from parties_party p where {where.sql} limit %(most)s) found""",  # noqa: S608 - conditions are written in the program
            values,
        )
        changes, unchanged, unfit = cursor.fetchone()
        cursor.execute(
            f"select p.name from parties_party p where {where.sql} and {fits.sql} and not ({already.sql}) order by p.id limit 5",  # noqa: S608 - the same
            values,
        )
        names = [name for (name,) in cursor.fetchall()]
    return Preview(changes, unchanged, max(len(wanted.keys) - changes - unchanged - unfit, 0), names, unfit)


@transaction.atomic
def do(*, actor: Viewer, at: datetime, wanted: Bulk) -> work.Kept:
    """Do it, and keep the way back. Raises PermissionDenied, TooMany, NameMissing, FieldMissing, TagRefused, Http404."""
    if preview(actor, wanted).is_too_many:
        raise TooMany
    where = chosen(actor, wanted)
    if wanted.act == "set":
        return _set(actor, at, wanted, where)
    target, name, changed = _done(actor, at, wanted, where)
    note = ngettext("%(n)s customer", "%(n)s customers", len(changed)) % {"n": f"{len(changed):,}"}
    asked = {"act": wanted.act, "target": target, "name": name, "changed": list(changed)}
    return work.keep_undo(
        actor=actor, at=at, kind=KIND, title=title_of(wanted.act, name), note=note, count=len(changed), asked=asked, undo="bulk-undo"
    )  # fmt: skip


def _set(actor: Viewer, at: datetime, wanted: Bulk, where: Where) -> work.Kept:
    if wanted.setting is None:
        raise FieldMissing
    done = set_for_many(actor=actor, at=at, chosen=where, wanted=wanted.setting)
    note = ngettext("%(n)s customer", "%(n)s customers", len(done.party_ids)) % {"n": f"{len(done.party_ids):,}"}
    title = title_of("set", wanted.setting.definition.label(language()))
    asked = {"act": "set", "name": wanted.setting.definition.name, "changes": list(done.change_ids)}
    return work.keep_undo(actor=actor, at=at, kind=KIND, title=title, note=note, count=len(done.party_ids), asked=asked, undo="bulk-undo")


def title_of(act: Act, name: str) -> str:
    """What was done, in words."""
    words = {
        "pin": _("Pinned in my search"), "unpin": _("No longer pinned in my search"), "list": _("Put on the list “%(name)s”"),
        "unlist": _("Taken off the list “%(name)s”"), "tag": _("Tagged “%(name)s”"), "untag": _("Tag “%(name)s” taken off"),
        "set": _("Set: %(name)s"), "team": _("Given to the team “%(name)s”"), "unteam": _("No longer served by “%(name)s”"),
    }  # fmt: skip
    return words[act] % {"name": name}


def _done(actor: Viewer, at: datetime, wanted: Bulk, where: Where) -> tuple[int | None, str, Sequence[int]]:
    """The list or tag with its name, and the keys of those who were changed."""
    if wanted.act == "tag":
        tagged = tag_parties(actor=actor, at=at, chosen=where, name=wanted.name, tag_id=wanted.target)
        return tagged.tag_id, tagged.name, tagged.party_ids
    if wanted.act == "untag":
        tagged = untag_parties(actor=actor, at=at, chosen=where, tag_id=wanted.target or 0)
        return tagged.tag_id, tagged.name, tagged.party_ids
    if wanted.act in ("team", "unteam"):
        act = serve if wanted.act == "team" else serve_no_more
        served = act(actor=actor, at=at, chosen=where, team_id=wanted.target or 0)
        return served.team_id, served.name, served.party_ids
    target, name = None, ""
    if wanted.act in ("list", "unlist"):
        row = her_list(actor, wanted.target) if wanted.target else make_list(actor=actor, at=at, name=wanted.name)
        target, name = row.pk, row.name
    changed = _changed(wanted.act, where, {"me": actor.person_id, "target": target, "at": at})
    _record(actor, at, wanted.act, target, name, changed)
    return target, name, changed


_CHANGE: Mapping[str, str] = {
    "pin": """insert into workspace_visit (person_id, party_id, opened_at, pinned_at) select %(me)s, p.id, %(at)s, %(at)s from parties_party p
        where {where} on conflict (person_id, party_id) do update set pinned_at = excluded.pinned_at
        where workspace_visit.pinned_at is null returning party_id""",
    "unpin": """update workspace_visit v set pinned_at = null from parties_party p
        where p.id = v.party_id and v.person_id = %(me)s and v.pinned_at is not null and {where} returning v.party_id""",
    "list": """insert into workspace_listmember (list_id, party_id, added_at) select %(target)s, p.id, %(at)s from parties_party p
        where {where} on conflict (list_id, party_id) do nothing returning party_id""",
    "unlist": """delete from workspace_listmember m using parties_party p
        where p.id = m.party_id and m.list_id = %(target)s and {where} returning m.party_id""",
}  # fmt: skip


def _changed(act: str, where: Where, values: Mapping[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_CHANGE[act].format(where=where.sql), {**where.values, **values})
        return [key for (key,) in cursor.fetchall()]


def _record(actor: Viewer, at: datetime, act: str, target: int | None, name: str, changed: Sequence[int]) -> None:
    after = {"act": act, "name": name, "count": len(changed), "parties": list(changed)}
    record(actor, "customers.changed_many", subject=("list", target) if target else None, after=after, at=at)


_OPPOSITE: Mapping[str, str] = {"pin": "unpin", "unpin": "pin", "list": "unlist", "unlist": "list"}


@transaction.atomic
def undo(*, actor: Viewer, at: datetime, work_id: int) -> str:
    """Take an act back, for exactly those whom it changed and whom she still sees; what it was called. Raises Http404."""
    row = work.hers(actor, work_id)
    if row.kind != KIND or row.undone_at is not None:
        raise Http404
    done = row.asked
    if done["act"] == "set":
        undo_import(actor=actor, at=at, change_ids=done["changes"])
        work.note_undone(actor=actor, at=at, work_id=work_id)
        return row.title
    where = Where("p.id = any(%(chosen)s::bigint[])", {"chosen": done["changed"]}) & seen_where(actor)
    if done["act"] in ("tag", "untag"):
        undo_tagging(actor=actor, at=at, done=Tagged(done["target"], done["name"], done["changed"], done["act"] == "tag"))
    elif done["act"] in ("team", "unteam"):
        undo_serving(actor=actor, at=at, done=Served(done["target"], done["name"], done["changed"], done["act"] == "team"))
    else:
        if done["target"]:
            her_list(actor, done["target"])
        opposite = _OPPOSITE[done["act"]]
        changed = _changed(opposite, where, {"me": actor.person_id, "target": done["target"], "at": at})
        _record(actor, at, opposite, done["target"], done["name"], changed)
    work.note_undone(actor=actor, at=at, work_id=work_id)
    return row.title
