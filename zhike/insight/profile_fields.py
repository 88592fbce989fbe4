"""The profile's catalogue: what one row per customer says, with type, unit, meaning, class, source and freshness of every field.

The table `insight_profile` and the Parquet of every day have exactly these columns, beside `party_id`. Dates are kept and not ages, so
that a row changes only when something about the customer does. "12 months" are the month of the business date and the eleven before it.
Fields stand in the files `profile_*.py` by what they are about; adding one is: a line there, a column in `marts/profile.py`, a migration.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from zhike.insight.profile_expected import OF_EXPECTED
from zhike.insight.profile_field import ProfileField
from zhike.insight.profile_further import FURTHER
from zhike.insight.profile_held import HELD
from zhike.insight.profile_needs import OF_NEEDS
from zhike.insight.profile_network import OF_NETWORK
from zhike.insight.profile_sides import OF_SIDES
from zhike.insight.profile_standing import STANDING
from zhike.insight.profile_who import WHO
from zhike.insight.profile_worth import WORTH

FIELDS: tuple[ProfileField, ...] = (*WHO, *HELD, *WORTH, *STANDING, *FURTHER, *OF_NETWORK, *OF_SIDES, *OF_NEEDS, *OF_EXPECTED)
BY_KEY: Mapping[str, ProfileField] = MappingProxyType({field.key: field for field in FIELDS})
