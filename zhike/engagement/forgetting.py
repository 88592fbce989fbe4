"""What is done with contacts, notes and their files when a customer is forgotten (`core.forgetting`)."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext_lazy as _

from zhike.core.forgetting import After, Gone, Rows, cleaned, declare
from zhike.engagement.keeping import place_of

_NOTES = _("Notes, with their files")

# The files of notes that are about to go: their places on the disk are looked up before their rows are gone.
_FILES = """
    select distinct f.digest from engagement_notefile f join going g on g.party_id = f.party_id
    where not exists (select from engagement_notefile o where o.digest = f.digest and not exists (select from going h where h.party_id = o.party_id))
"""

declare(
    Rows("engagement_mention", order=20),
    Rows("engagement_notefile", order=21),
    Rows("engagement_note", _NOTES, order=22),
    Rows("engagement_interaction", _("Words of contacts"), sets="subject = '', text = ''", only="t.subject <> '' or t.text <> ''"),
    Rows("engagement_channelday", _("What she looked at, by day"), sets="details = '{}'", only="t.details <> '{}'"),
    After(
        """update engagement_channelday t set external_key = k.alias from going g join going_key k on k.party_id = g.party_id
           where t.party_id = g.party_id and g.is_whole and t.source = k.source and t.external_key = k.external_key"""
    ),
)


@cleaned("engagement.files")
def clean_files(gone: Gone) -> int:
    """Remove the files of her notes from the disk, unless somebody else's note has the same one."""
    with connection.cursor() as cursor:
        cursor.execute(_FILES)
        places = [place_of(bytes(digest)) for (digest,) in cursor.fetchall()]
    gone.step("files")
    for place in places:
        place.unlink(missing_ok=True)
    return len(places)
