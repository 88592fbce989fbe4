"""Proposals, their history, and when which act needs one; who proposes never approves, in the database too."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import role, wall

MAY_DECIDE = """access.viewer_may(approver_permission) and (access.viewer_all() or coalesce(approver_unit_id = any((select access.viewer_units())::bigint[]), false))
    and (party_ids = '{}' or access.parties_are_seen(party_ids))"""
SEEN = f"""((select access.viewer_is_app()) and (proposer_id = (select access.viewer_person()) or decided_by_id = (select access.viewer_person())
    or (select access.viewer_person()) = any(confirmer_ids) or (select access.viewer_may('audit.read')) or {MAY_DECIDE}))"""
STEPS = "exists (select 1 from access_proposal above where above.id = access_proposalstep.proposal_id)"

PARTIES = """
create function access.parties_are_seen(parties bigint[]) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return access.viewer_all() or not exists (
        select 1 from public.parties_party p where p.id = any(parties)
        and not (coalesce(p.unit_id = any(access.viewer_units()), false) or coalesce(p.rm_ids && access.viewer_employees(), false)));
end $$;
comment on function access.parties_are_seen(bigint[]) is 'whether the viewer sees each of these parties that is there';
"""

GUARD = """
create function access.guard_proposal() returns trigger language plpgsql as $$
declare
    viewer bigint := access.viewer_person();
begin
    if (new.kind, new.subject_type, new.subject_id, new.asked, new.words, new.why, new.proposer_id, new.approver_unit_id, new.approver_permission,
        new.party_ids, new.confirmer_ids, new.proposed_at, new.deadline_at)
       is distinct from
       (old.kind, old.subject_type, old.subject_id, old.asked, old.words, old.why, old.proposer_id, old.approver_unit_id, old.approver_permission,
        old.party_ids, old.confirmer_ids, old.proposed_at, old.deadline_at) then
        raise exception 'what was proposed stays as it was proposed' using errcode = 'insufficient_privilege';
    end if;
    if old.state <> 'proposed' and (new.state, new.decided_by_id, new.decided_at, new.answer) is distinct from
                                   (old.state, old.decided_by_id, old.decided_at, old.answer) then
        raise exception 'a proposal is decided once' using errcode = 'insufficient_privilege';
    end if;
    if new.confirmed_ids is distinct from old.confirmed_ids
       and not (old.state = 'proposed' and new.confirmed_ids = old.confirmed_ids || viewer and viewer = any(new.confirmer_ids)) then
        raise exception 'everybody agrees for herself' using errcode = 'insufficient_privilege';
    end if;
    if old.state = 'proposed' and new.state in ('approved', 'refused') then
        if viewer is null or new.decided_by_id is distinct from viewer or viewer = new.proposer_id
           or not access.viewer_may(new.approver_permission)
           or not (access.viewer_all() or coalesce(new.approver_unit_id = any(access.viewer_units()), false))
           or not access.parties_are_seen(new.party_ids) then
            raise exception 'who proposes never approves, and who approves has the right and the scope' using errcode = 'insufficient_privilege';
        end if;
        if new.state = 'approved' and not new.confirmer_ids <@ new.confirmed_ids then
            raise exception 'somebody has not agreed yet' using errcode = 'insufficient_privilege';
        end if;
    end if;
    if old.state = 'proposed' and new.state = 'withdrawn' and new.proposer_id is distinct from viewer then
        raise exception 'only who proposed withdraws' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger proposal_is_guarded before update on access_proposal for each row execute function access.guard_proposal();
"""


def _rights() -> list[str]:
    web, read, job = (role(process) for process in ("web", "read", "job"))
    mine = "proposer_id = (select access.viewer_person()) and state = 'proposed' and confirmed_ids <@ array[proposer_id]"
    return [
        "revoke all on function access.parties_are_seen(bigint[]) from public",
        f"grant execute on function access.parties_are_seen(bigint[]) to {web}, {read}, {job}",
        f"create policy in_her_name on access_proposal as restrictive for insert to {web} with check ({mine})",
        f"create policy in_her_name on access_proposalstep as restrictive for insert to {web} with check (person_id = (select access.viewer_person()))",
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0008_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApprovalRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("from_date", models.DateField()),
                ("to_date", models.DateField(help_text="the first day on which it no longer holds", null=True)),
                ("is_needed", models.BooleanField()),
                ("above", models.PositiveIntegerField(default=0, help_text="where it concerns more than this")),
                ("set_at", models.DateTimeField()),
                ("set_name", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(("to_date", None)), fields=("kind",), name="approvalrule_open"),
                    models.CheckConstraint(
                        condition=models.Q(("to_date", None), ("to_date__gte", models.F("from_date")), _connector="OR"),
                        name="approvalrule_days",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField(help_text="whose function does it: area.act")),
                ("subject_type", models.TextField(blank=True, default="")),
                ("subject_id", models.TextField(blank=True, default="", help_text="one open proposal of a kind about a subject")),
                ("asked", models.JSONField(default=dict, help_text="with what exactly the act is done")),
                (
                    "words",
                    models.JSONField(
                        default=dict, help_text="language → title, and lines of what, before, after; as they were when it was proposed"
                    ),
                ),
                ("why", models.TextField()),
                ("language", models.TextField(default="en", help_text="in which the act answers its proposer")),
                ("proposer_name", models.TextField()),
                ("approver_permission", models.TextField(default="approvals.decide")),
                (
                    "party_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        help_text="customers whom the approver must see",
                        size=None,
                    ),
                ),
                (
                    "confirmer_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        help_text="people who must agree before it is decided",
                        size=None,
                    ),
                ),
                (
                    "confirmed_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None),
                ),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("proposed", "Waiting for a decision"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Lapsed"),
                        ],
                        default="proposed",
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                ("deadline_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_name", models.TextField(blank=True, default="")),
                ("answer", models.TextField(blank=True, default="", help_text="what whoever decided said, or why it lapsed")),
                ("note", models.TextField(blank=True, default="", help_text="what came of the act, in words")),
                ("result_url", models.TextField(blank=True, default="", help_text="where what came of it is seen")),
                (
                    "approver_unit",
                    models.ForeignKey(
                        help_text="empty: only who sees the whole bank",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.unit",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        help_text="empty: nobody, it lapsed",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("proposer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="ProposalStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("person_name", models.TextField(blank=True, default="")),
                (
                    "what",
                    models.TextField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("confirmed", "Has agreed"),
                            ("commented", "Said"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Lapsed"),
                        ]
                    ),
                ),
                ("words", models.TextField(blank=True, default="")),
                (
                    "person",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("proposal", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="access.proposal")),
            ],
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(condition=models.Q(("state", "proposed")), fields=["deadline_at"], name="proposal_open"),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(fields=["-proposed_at"], name="proposal_latest"),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(fields=["proposer", "-proposed_at"], name="proposal_hers"),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["proposed", "approved", "refused", "withdrawn", "expired"])), name="proposal_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "refused"]), _negated=True),
                    models.Q(("decided_by__isnull", False), models.Q(("decided_by", models.F("proposer")), _negated=True)),
                    _connector="OR",
                ),
                name="proposal_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("state", "proposed")),
                    models.Q(models.Q(("state", "proposed"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="proposal_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "proposed"), models.Q(("subject_id", ""), _negated=True)),
                fields=("kind", "subject_type", "subject_id"),
                name="proposal_once",
            ),
        ),
        migrations.AddIndex(
            model_name="proposalstep",
            index=models.Index(fields=["proposal", "at"], name="proposalstep_of"),
        ),
        migrations.RunSQL(PARTIES, "drop function access.parties_are_seen(bigint[])"),
        wall("access_proposal", SEEN, writes=("insert", "update")),
        wall("access_proposalstep", STEPS, writes=("insert",)),
        wall("access_approvalrule", "true", writes=("insert", "update"), write_permission="approvals.set"),
        migrations.RunSQL([GUARD], ["drop trigger proposal_is_guarded on access_proposal", "drop function access.guard_proposal()"]),
        migrations.RunSQL([*_rights()], migrations.RunSQL.noop),
    ]
