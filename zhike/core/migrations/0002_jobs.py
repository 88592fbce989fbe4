"""The one way in which a request asks for background work: it adds a job, and neither reads nor changes any (decision 17)."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations

DEFER = """
create function core_defer_job(task text, keys jsonb, one_at_a_time text, once text, not_before timestamptz) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    added bigint;
begin
    if once is not null and exists (select 1 from procrastinate_jobs j where j.queueing_lock = once and j.status = 'todo') then
        return 0;
    end if;
    insert into procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
    values ('default', task, 0, one_at_a_time, once, keys, not_before)
    on conflict do nothing returning id into added;
    return coalesce(added, 0);
end $$;
comment on function core_defer_job(text, jsonb, text, text, timestamptz) is
    'adds a job to the queue; 0 where one of the same `once` waits already';
"""
SIGNATURE = "core_defer_job(text, jsonb, text, text, timestamptz)"


def _grants() -> list[str]:
    web, job = (settings.INSTALLATION.role(process) for process in ("web", "job"))
    tables = "procrastinate_jobs, procrastinate_events, procrastinate_workers, procrastinate_periodic_defers"
    return [
        f"revoke all on function {SIGNATURE} from public",
        f"grant execute on function {SIGNATURE} to {web}, {job}",
        f"grant select, insert, update, delete on {tables} to {job}",
    ]


class Migration(migrations.Migration):
    dependencies = [("core", "0001_ground"), ("procrastinate", "0041_post_retry_failed_job")]

    operations = [
        migrations.RunSQL(DEFER, f"drop function {SIGNATURE}"),
        migrations.RunSQL([*_grants()], migrations.RunSQL.noop),
    ]
