"""What the audit's words are called: acts, doors, areas. An act without words here is shown as it is written; a test finds it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DOORS: Mapping[str, str | Promise] = {
    "page": _("Page"), "api": _("Program (API)"), "mcp": _("Assistant"), "sql": _("SQL"), "job": _("Background work"), "command": _("Command on the server"),
}  # fmt: skip
# Reasons that are codes: what a number was revealed for, how somebody logged in. All others are people's words.
REASONS: Mapping[str, str | Promise] = {
    "contact": _("Contact the customer"), "verify": _("Verify identity"), "service": _("Handle a request"), "password": _("with a password"),
    "passkey": _("with a passkey"), "ldap": _("with the bank's directory"), "oidc": _("with the bank's log-in"), "demo": _("by one click"),
}  # fmt: skip
AREAS: Mapping[str, str | Promise] = {
    "audiences": _("Audiences"), "insight": _("Insight"),
    "approvals": _("Approvals"), "roles": _("Roles"), "contacts": _("Numbers revealed"),
    "access": _("Access"), "api": _("Programs"), "audit": _("Audit"), "customers": _("Customer lists"), "duplicates": _("Duplicates"),
    "engagement": _("Contacts"), "imports": _("Imports"), "ingestion": _("Data feeds"), "lists": _("Lists"), "notes": _("Notes"), "notices": _("News"),
    "parties": _("Customers"), "people": _("People"), "session": _("Log-in"), "views": _("Views"), "work": _("Background work"), "workspace": _("Own choices"),
    "barriers": _("Special lists"), "deputies": _("Deputies"), "participants": _("Participants"), "glass": _("Emergency access"), "handovers": _("Hand-overs"), "installation": _("Installation"), "keys": _("Keys"), "privacy": _("Data rights"),
}  # fmt: skip
ACTS: Mapping[str, str | Promise] = {
    "access.sql_run": _("Ran SQL"), "access.identity_given": _("Gave a BI tool an identity"), "contacts.revealed": _("Revealed a number"),
    "contacts.reveal_refused": _("Was refused a reveal: too many"),
    "api.assistant_asked": _("Asked through an assistant"), "api.assistant_refused": _("Was refused through an assistant"), "api.sent_again": _("Sent a call again"),
    "api.subscribed": _("Subscribed a program"), "api.subscription_paused": _("Paused a subscription"), "api.subscription_resumed": _("Resumed a subscription"),
    "api.subscription_tried": _("Tried a subscription"), "api.token_made": _("Made a token"), "api.token_revoked": _("Revoked a token"), "api.unsubscribed": _("Removed a subscription"),
    "audit.verified": _("Proved the audit"), "audit.searched": _("Searched the audit"), "audit.entry_read": _("Read an audit entry"), "audit.exported": _("Exported the audit"),
    "audit.activity_read": _("Read somebody's activity"), "audit.looks_read": _("Read who looked at a customer"), "audit.unusual_read": _("Read unusual access"),
    "audit.reviewed": _("Reviewed unusual access"), "audit.mark_read": _("Traced a file by its mark"),
    "customers.brief_made": _("Made a customer's brief"), "customers.changed_many": _("Changed many customers"), "customers.exported": _("Exported customers"),
    "duplicates.found": _("Looked for duplicates"), "duplicates.merged": _("Merged two customers"), "duplicates.merge_undone": _("Undid a merge"),
    "duplicates.never": _("Said that two are different"), "duplicates.reopened": _("Asked again whether two are one"),
    "engagement.interaction_recorded": _("Recorded a contact"), "imports.brought": _("Brought a table"), "imports.mapped": _("Mapped a table"), "imports.taken": _("Took in a table"),
    "imports.undone": _("Took an import back"), "ingestion.batch_loaded": _("Loaded a delivery"), "ingestion.rejects_exported": _("Exported refused rows"),
    "ingestion.rejects_listed": _("Listed refused rows"), "lists.brought_back": _("Brought a list back"), "lists.renamed": _("Renamed a list"), "lists.thrown_away": _("Threw a list away"),
    "notes.written": _("Wrote a note"), "notes.edited": _("Edited a note"), "notes.deleted": _("Deleted a note"), "notes.restored": _("Brought a note back"),
    "notes.pinned": _("Pinned a note"), "notes.unpinned": _("Unpinned a note"), "notes.file_opened": _("Opened a note's file"), "notes.mentions_read": _("Read mentions"),
    "notices.chosen": _("Chose what to be told"),
    "parties.correction_asked": _("Asked for a correction"), "parties.correction_decided": _("Decided a correction"), "parties.corrections_sent": _("Sent corrections"),
    "parties.declared": _("Changed what we know"), "parties.field_changed": _("Changed a field"), "parties.field_declared": _("Declared a field"),
    "parties.field_retired": _("Retired a field"), "parties.field_returned": _("Brought a field back"), "parties.import_undone": _("Took imported values back"),
    "parties.imported": _("Imported values"), "parties.prospect_added": _("Added a prospect"), "parties.prospect_changed": _("Changed a prospect"),
    "parties.prospect_deleted": _("Deleted a prospect"), "parties.prospect_restored": _("Brought a prospect back"), "parties.prospects_added": _("Added prospects from a file"),
    "parties.prospects_emptied": _("Took filled-in values back"), "parties.prospects_filled": _("Filled in prospects"), "parties.prospects_taken_back": _("Took prospects back"),
    "parties.relation_declared": _("Declared a relation"), "parties.relation_ended": _("Ended a relation"), "parties.relation_deleted": _("Deleted a relation"),
    "parties.relation_restored": _("Brought a relation back"), "parties.set_for_many": _("Set a field for many"), "parties.tagged": _("Put a tag on"), "parties.untagged": _("Took a tag off"),
    "parties.tag_changed": _("Changed a tag"), "parties.tag_retired": _("Retired a tag"), "parties.tag_returned": _("Brought a tag back"), "parties.tags_merged": _("Merged tags"),
    "people.added": _("Added a person"), "people.changed": _("Changed a person"), "people.looks_chosen": _("Chose how it looks"), "people.password_set": _("Set a password"),
    "people.password_refused": _("Typed a wrong old password"), "session.opened": _("Logged in"), "session.closed": _("Logged out"), "session.refused": _("Was refused at log-in"),
    "people.role_withdrawn": _("Had no role any more by her groups"), "people.role_returned": _("Had a role again by her groups"),
    "people.joined": _("Was made a person by the staff file"), "people.came_back": _("Came back"), "people.shut_out": _("Was shut out: left the bank"),
    "session.ended": _("Ended a session"), "session.expired": _("Session expired"),
    "approvals.proposed": _("Proposed something"), "approvals.commented": _("Commented on a proposal"), "approvals.confirmed": _("Confirmed a proposal"),
    "approvals.expired": _("Let a proposal expire"), "approvals.rule_set": _("Changed a rule of approval"), "roles.added": _("Added a role"), "roles.changed": _("Changed a role"),
    "views.saved": _("Saved a view"), "views.changed": _("Changed a view"), "views.brought_back": _("Brought a view back"), "views.thrown_away": _("Threw a view away"),
    "views.columns_chosen": _("Chose columns"), "views.moved": _("Moved a view"), "work.started": _("Started background work"), "work.cancelled": _("Cancelled background work"),
    "work.tried_again": _("Tried background work again"), "workspace.pinned": _("Pinned a customer"), "workspace.unpinned": _("Unpinned a customer"),
    "barriers.made": _("Made a special list"), "barriers.ended": _("Ended a special list"),
    "barriers.listed": _("Put a customer on a special list"), "barriers.unlisted": _("Took a customer off a special list"),
    "barriers.admitted": _("Admitted somebody to a special list"), "barriers.dismissed": _("Ended an admission to a special list"),
    "audiences.saved": _("Saved an audience"), "audiences.changed": _("Changed an audience"), "audiences.described": _("Renamed an audience"),
    "reports.kept": _("Kept a report"), "reports.changed": _("Changed a report"), "reports.described": _("Renamed a report"),
    "reports.put_away": _("Put a report away"), "reports.brought_back": _("Brought a report back"), "reports.exported": _("Exported a report"),
    "reports.subscribed": _("Had a report sent to herself"), "reports.unsubscribed": _("Ended a report by e-mail"),
    "audiences.put_away": _("Put an audience away"), "audiences.brought_back": _("Brought an audience back"),
    "audiences.kept": _("Kept who is in the segments"), "audiences.segment_made": _("Made a segment"), "audiences.segment_ended": _("Ended a segment"),
    "insight.network_computed": _("Computed the payment network"),
    "insight.built": _("Computed the measures"), "insight.scored": _("Scored customers by predictors"),
    "insight.predictor_trained": _("Trained a predictor"), "insight.predictor_approved": _("Took a version of a predictor on"),
    "insight.predictor_rolled_back": _("Went back to an earlier version of a predictor"), "insight.predictor_retired": _("Retired a version of a predictor"),
    "insight.score_overruled": _("Spoke against a chance"), "insight.overrule_taken_back": _("Took back what was said against a chance"),
    "insight.swept": _("Took away computed days that are kept no longer"),
    "teams.made": _("Made a service team"), "teams.ended": _("Ended a service team"), "teams.joined": _("Put somebody into a service team"),
    "teams.left": _("Took somebody out of a service team"), "teams.customers_given": _("Gave customers to a service team"),
    "teams.customers_taken": _("Took customers from a service team"),
    "deputies.named": _("Named a deputy"), "deputies.ended": _("Ended a deputy's time"),
    "participants.let_in": _("Let somebody in as a participant"), "participants.let_out": _("Ended a participant's access"),
    "glass.broken": _("Opened a customer in an emergency"), "glass.approved": _("Found an emergency access right"),
    "glass.objected": _("Objected to an emergency access"), "handovers.prepared": _("Prepared a hand-over"),
    "handovers.assigned": _("Said who receives whom"), "handovers.discarded": _("Discarded a hand-over"),
    "handovers.done": _("Handed a book over"), "handovers.undone": _("Took a hand-over back"),
    "installation.backed_up": _("Made a backup"), "installation.restored": _("Restored a backup"),
    "keys.rotated": _("Began a new data key"), "keys.resealed": _("Sealed values with the new key"),
    "keys.rewrapped": _("Wrapped the data keys anew"), "keys.retired": _("Retired a data key"),
    "approvals.approved": _("Approved a proposal"), "approvals.refused": _("Refused a proposal"),
    "approvals.withdrawn": _("Withdrew a proposal"), "parties.consent_given": _("Kept a consent"),
    "parties.consent_withdrawn": _("Kept that a consent was withdrawn"), "parties.consent_cancelled": _("Cancelled an entry of consent"),
    "parties.correction_withdrawn": _("Withdrew a correction"), "parties.correction_refused": _("Refused a correction"),
    "parties.restricted": _("Restricted contact"), "parties.restriction_lifted": _("Lifted a restriction"),
    "people.closed": _("Closed a log-in"), "people.opened": _("Opened a log-in"), "people.recovery_codes_made": _("Made recovery codes"),
    "people.second_factor_added": _("Added a second factor"), "people.second_factor_removed": _("Removed a second factor"),
    "people.second_factor_reset": _("Reset somebody's second factor"), "session.second_refused": _("Was refused at the second factor"),
    "privacy.requested": _("Took in a data request"), "privacy.identity_checked": _("Checked who asks"),
    "privacy.deleted": _("Deleted a customer's data"), "privacy.forgotten": _("Forgot customers after ten years"), "privacy.deletions_repeated": _("Deleted again after a restore"), "customers.revealed_many": _("Numbers of many customers in clear"),
    "privacy.extended": _("Extended a data request"), "privacy.handed_out": _("Handed out a person's data"),
    "privacy.done": _("Answered a data request"), "privacy.refused": _("Refused a data request"),
    "privacy.withdrawn": _("Kept that a data request was withdrawn"), "privacy.retention_run": _("Ran the retention schedule"),
    "privacy.purpose_kept": _("Kept a purpose of processing"), "privacy.assessment_kept": _("Kept an impact assessment"),
    "privacy.sharing_kept": _("Kept a sharing"), "privacy.incident_kept": _("Kept an incident"),
    "privacy.incident_authority": _("Told the authority of an incident"),
    "privacy.incident_persons": _("Told those concerned of an incident"), "privacy.purpose_close": _("Closed a purpose"),
    "privacy.assessment_close": _("Closed an assessment"), "privacy.sharing_close": _("Closed a sharing"),
    "privacy.incident_close": _("Closed an incident"), "insight.settings_set": _("Set parameters of measures"),
    "insight.scheme_drafted": _("Began a draft of a tier scheme"), "insight.scheme_changed": _("Changed a draft of a tier scheme"),
    "insight.scheme_discarded": _("Discarded a draft of a tier scheme"), "insight.scheme_tried": _("Ran a tier scheme in the shadow"),
    "insight.scheme_in_force": _("Put a tier scheme in force"), "insight.tier_given": _("Gave a tier by hand"),
    "insight.tier_taken_back": _("Took a tier back that was given by hand"), "insight.tier_restored": _("Gave a tier again that was taken back"),
}  # fmt: skip


def act_in_words(act: str) -> str:
    """What an act is called; itself where nobody has said."""
    return str(ACTS.get(act, act))
