"""The events that other programs may be told of, and in which words. What is not listed here never leaves the house."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TRIAL = "api.Trial"
EVENTS: Mapping[str, str | Promise] = {
    "ingestion.BatchLoaded": _("A delivery of the bank's systems is in force"),
    "insight.ProfileShown": _("What customers are worth was computed anew"),
    "insight.ChampionChanged": _("Another version of a predictor is used"),
    "access.PeopleLeft": _("People who left the bank were shut out"),
    "access.GlassBroken": _("Somebody opened a customer in an emergency"),
    "access.GlassReviewed": _("An emergency access was reviewed"),
    "engagement.InteractionRecorded": _("A contact with a customer was kept"),
    "engagement.NoteWritten": _("A note about a customer was written"),
    "engagement.NoteChanged": _("A note was edited, deleted or brought back"),
    "parties.DeclaredChanged": _("Somebody changed what Zhike knows of a customer"),
    "parties.DeclaredImported": _("What Zhike knows of customers was changed from a file"),
    "parties.ProspectAdded": _("A prospect was added"),
    "parties.ProspectChanged": _("A prospect was changed"),
    "parties.ProspectDeleted": _("A prospect went into the trash"),
    "parties.ProspectRestored": _("A prospect came back from the trash"),
    "parties.ProspectsAdded": _("Prospects were added from a file"),
    "parties.ProspectsTakenBack": _("Prospects from a file were taken back"),
    "parties.TagsChanged": _("A tag was put on customers or taken from them"),
    "parties.CorrectionAsked": _("Somebody asked a source to correct a fact"),
    "parties.CorrectionDecided": _("A correction was confirmed, refused or withdrawn"),
    "parties.ConsentChanged": _("A customer gave or withdrew consent"),
    "parties.RestrictionChanged": _("Contact with a customer was restricted, or is free again"),
    "privacy.RightsRequested": _("A customer asked something over her data"),
    "privacy.RightsAnswered": _("A request over personal data was answered, refused or withdrawn"),
    "duplicates.PartiesMerged": _("Two customers were made one"),
    "audit.UnusualAccess": _("Somebody's access is worth a look"),
    "duplicates.MergeUndone": _("Merged customers are two again"),
}
