"""Who sees the whole bank reads the audit of the whole bank though some special list does not admit her: without what is about its customers."""

from __future__ import annotations

from django.db import migrations

READS = "(select access.viewer_may('audit.read'))"
WAS = """(select access.viewer_all()) or person_id in (
    select s.id from access_person s join access_employee w on w.id = s.employee_id where w.unit_id = any((select access.viewer_units())::bigint[]))"""
# `{party}`: the column that names the customer; one whom a list closes to who asks is told of nowhere.
OF_HERS = (
    """(select access.viewer_all()) or ((select access.viewer_whole()) or person_id in (
    select s.id from access_person s join access_employee w on w.id = s.employee_id where w.unit_id = any((select access.viewer_units())::bigint[])))"""
    " and ({party} is null or not access.party_is_closed({party}))"
)
WITHOUT = OF_HERS.partition(" and ({party}")[0]
NOW = {
    "reading on access_auditentry": OF_HERS.format(party="party_id"),
    "seen on audit_look": OF_HERS.format(party="customer_id"),
    "seen on audit_unusual": WITHOUT,
    "web_update on audit_unusual": WITHOUT,
}


def _alter(policy: str, condition: str) -> str:
    check = f" with check ({READS} and ({condition}))" if "update" in policy else ""
    return f"alter policy {policy} using ({READS} and ({condition})){check}"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_ground"), ("parties", "0020_special_lists")]

    operations = [
        migrations.RunSQL([_alter(policy, now) for policy, now in NOW.items()], [_alter(policy, WAS) for policy in NOW]),
    ]
