"""Hand-overs of books: kept beside what the sources say, done and taken back by functions that ask for the approval themselves."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import EMPLOYEES, UNITS, role, wall, wall_through

ME = "(select access.viewer_person())"
SEEN = f"((select access.viewer_whole()) or unit_id = any({UNITS}) or made_by_id = {ME} or giver_id = any({EMPLOYEES}) or receiver_ids && {EMPLOYEES})"
OPEN = "('draft', 'proposed')"
DRAFT = f"exists (select 1 from parties_handover h where h.id = handover_id and h.made_by_id = {ME} and h.state = 'draft')"

BOOKS = """
create or replace function parties_refresh_books(ids bigint[], at date) returns void language sql set search_path = public, pg_temp as $$
    update parties_party p set rm_ids = coalesce(b.rm_ids, '{}'), main_rm_id = b.main_rm_id
    from unnest(ids) one(id) left join lateral (
        select array_agg(distinct a.employee_id order by a.employee_id) as rm_ids,
               (array_agg(a.employee_id order by a.from_date desc) filter (where a.role = 'main'))[1] as main_rm_id
        from parties_assignment a
        where a.party_id = one.id and a.valid_to is null and a.handed_date is null and (a.from_date <= at or a.source = 'own')
          and (a.to_date is null or a.to_date > at)) b on true
    where p.id = one.id;
$$;
"""

# The web may not write who looks after whom; these do, for a hand-over that somebody else has approved in this very transaction or before.
GIVE = """
create function parties_hand_over(wanted bigint, at timestamptz, on_day date) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    handover parties_handover;
    ids bigint[];
begin
    select * into handover from parties_handover h where h.id = wanted for update;
    if not found or handover.state <> 'proposed' or not exists (
        select 1 from access_proposal p where p.id = handover.proposal_id and p.state = 'approved' and p.kind = 'parties.handover'
          and p.subject_type = 'handover' and p.subject_id = wanted::text) then
        raise exception 'a hand-over is done once it is approved, and once' using errcode = 'object_not_in_prerequisite_state';
    end if;
    select array_agg(c.party_id) into ids from parties_handovercustomer c where c.handover_id = wanted and c.receiver_id is not null;
    update parties_assignment a set handed_date = on_day, handover_id = wanted
    where a.party_id = any(ids) and a.employee_id = handover.giver_id and a.valid_to is null and a.handed_date is null;
    insert into parties_assignment (source, external_key, valid_from, batch_id, party_id, employee_id, role, from_date, handover_id)
    select 'own', 'handover|' || wanted || '|' || c.party_id, on_day, 0, c.party_id, c.receiver_id, c.role, on_day, wanted
    from parties_handovercustomer c where c.handover_id = wanted and c.receiver_id is not null;
    update parties_handovercustomer set state = 'in_force' where handover_id = wanted and receiver_id is not null;
    update parties_handover set state = 'done', done_at = at, done_date = on_day where id = wanted;
    perform parties_refresh_books(ids, on_day);
    return cardinality(ids);
end $$;
comment on function parties_hand_over(bigint, timestamptz, date) is 'does an approved hand-over: ends the giver''s assignments, begins the receivers''';

create function parties_hand_back(wanted bigint, at timestamptz, on_day date) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    handover parties_handover;
    ids bigint[];
begin
    select * into handover from parties_handover h where h.id = wanted for update;
    if not found or not access.viewer_may('approvals.decide')
       or not (access.viewer_whole() or coalesce(handover.unit_id = any(access.viewer_units()), false)) then
        raise exception 'not within the right or the scope of who asks' using errcode = 'insufficient_privilege';
    end if;
    if handover.state <> 'done' then
        raise exception 'only what was handed over can be taken back' using errcode = 'object_not_in_prerequisite_state';
    end if;
    select array_agg(c.party_id) into ids from parties_handovercustomer c where c.handover_id = wanted and c.state = 'in_force';
    update parties_assignment a set to_date = greatest(on_day, a.from_date), valid_to = greatest(on_day, a.valid_from)
    where a.handover_id = wanted and a.source = 'own' and a.external_key like 'handover|' || wanted || '|%' and a.valid_to is null and a.party_id = any(ids);
    update parties_assignment a set handed_date = null, handover_id = null
    where a.handover_id = wanted and a.employee_id = handover.giver_id and a.party_id = any(ids);
    update parties_handovercustomer set state = 'undone' where handover_id = wanted and state = 'in_force';
    update parties_handover set state = 'undone', undone_at = at where id = wanted;
    perform parties_refresh_books(ids, on_day);
    return coalesce(cardinality(ids), 0);
end $$;
comment on function parties_hand_back(bigint, timestamptz, date) is 'takes back what of a hand-over the sources have not confirmed or overtaken';
"""


def _rights() -> list[str]:
    web = role("web")
    both = "parties_hand_over(bigint, timestamptz, date), parties_hand_back(bigint, timestamptz, date)"
    return [
        f"revoke all on function {both} from public",
        f"grant execute on function {both} to {web}",
        f"create policy hers on parties_handover as restrictive for insert to {web} with check (made_by_id = {ME} and state = 'draft')",
        f"create policy only_open on parties_handover as restrictive for update to {web} using (made_by_id = {ME} and state in {OPEN}) with check (state in {OPEN})",
        f"create policy only_drafts on parties_handover as restrictive for delete to {web} using (made_by_id = {ME} and state = 'draft')",
        *(
            f"create policy in_draft_{verb} on parties_handovercustomer as restrictive for {verb} to {web} {clause}"
            for verb, clause in (("insert", f"with check ({DRAFT})"), ("update", f"using ({DRAFT})"), ("delete", f"using ({DRAFT})"))
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("parties", "0021_restrictions"), ("access", "0011_who_sees")]

    operations = [
        migrations.AddField(
            "assignment",
            "handed_date",
            models.DateField(help_text="since when a hand-over has ended it, whatever the source still says (decision 45)", null=True),
        ),
        migrations.AddField("assignment", "handover_id", models.BigIntegerField(help_text="that hand-over", null=True)),
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "receiver_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, help_text="employees who take over", size=None
                    ),
                ),
                (
                    "reason",
                    models.TextField(
                        choices=[
                            ("leaving", "Leaves the bank"),
                            ("moved", "Moves to another post"),
                            ("absence", "Is absent for long"),
                            ("balance", "Books are evened out"),
                            ("other", "Another reason"),
                        ]
                    ),
                ),
                ("cutoff_date", models.DateField(help_text="up to this day what the customers bring counts as the giver's")),
                ("ends_login", models.BooleanField(default=False, help_text="the giver's log-in is closed with it")),
                (
                    "closed_person_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        help_text="whose log-in it closed, to be opened by an undo",
                        size=None,
                    ),
                ),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("draft", "Being prepared"),
                            ("proposed", "Waits for agreement"),
                            ("done", "Handed over"),
                            ("undone", "Taken back"),
                        ],
                        default="draft",
                    ),
                ),
                ("count_customers", models.PositiveIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                ("proposal_id", models.BigIntegerField(help_text="the proposal by which it was last put forward", null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("done_date", models.DateField(help_text="the day of it at the bank", null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("giver", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.employee")),
                ("made_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "unit",
                    models.ForeignKey(
                        help_text="the giver's unit of that day, whose manager decides",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HandoverCustomer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.TextField(choices=[("main", "Main RM"), ("assisting", "Assisting RM")], help_text="what the giver was to her"),
                ),
                (
                    "frozen",
                    models.JSONField(default=dict, help_text="her balances and what falls due, as they stood when it was put forward"),
                ),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("planned", "Planned"),
                            ("in_force", "Waits for the source"),
                            ("confirmed", "The source says so too"),
                            ("overtaken", "The source decided otherwise since"),
                            ("undone", "Taken back"),
                        ],
                        default="planned",
                    ),
                ),
                ("handover", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.handover")),
                (
                    "party",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.employee"),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(fields=["-made_at"], name="handover_latest"),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "proposed", "done", "undone"])), name="handover_state"
            ),
        ),
        migrations.AddIndex(
            model_name="handovercustomer",
            index=models.Index(fields=["party"], name="handovercustomer_party"),
        ),
        migrations.AddConstraint(
            model_name="handovercustomer",
            constraint=models.UniqueConstraint(fields=("handover", "party"), name="handovercustomer_once"),
        ),
        wall("parties_handover", SEEN, writes=("insert", "update", "delete"), write_permission="handovers.write"),
        wall_through(
            "parties_handovercustomer",
            "parties_party",
            "party_id",
            writes=("insert", "update", "delete"),
            write_permission="handovers.write",
        ),
        migrations.RunSQL([BOOKS, GIVE, *_rights()], migrations.RunSQL.noop),
    ]
