"""Every reaction of one area to what happened in another, in one table (decision 17).

The name of an event → the functions that react, as "module:function", each called with the event's payload, in a transaction of its
own, at least once: a reaction must bear being called again. "*" is called for every event, with all of it (`core.events.Told`).
"""

from __future__ import annotations

REACTIONS: dict[str, tuple[str, ...]] = {
    "access.PeopleLeft": ("zhike.api.actions:end_tokens_of_leavers",),
    "insight.ChampionChanged": ("zhike.insight.reacting:show_champion",),
    "ingestion.BatchLoaded": ("zhike.audiences.keeping:keep_after_a_load", "zhike.insight.jobs:build_after_a_load"),
    "insight.ProfileShown": ("zhike.audiences.keeping:keep_after_a_load",),
    "*": ("zhike.api.calls:tell_subscribers",),
}
