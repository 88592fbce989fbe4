"""What is done with the tables of parties when a customer is forgotten (`core.forgetting`)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.core.forgetting import After, Rows, Stays, Values, declare
from zhike.parties.forgotten import NO_NAME

# Kind, status, unit and manager stay: sums by unit and by manager are the same afterwards. `rm_ids` go, since nobody looks after her any more.
_BLANK = f"""
    name = '{NO_NAME}', short_name = '', name_tokens = '{{}}', customer_no = '', sex = '', birth_date = null, nationality = '', occupation = '', employer_name = '',
    education = '', marital_status = '', income_band = '', region = '', industry = '', size_class = '', registered_capital = null, established_date = null,
    since_date = null, left_date = null, is_staff = false, is_related_party = false, lead_source = '', row_digest = null, valid_to = null
"""
_OF_KEY = "t.source = k.source and t.external_key = k.external_key"
_IDENTITY, _LINKS = _("Name, birth, profession, customer number"), _("Relationships, households, groups")
_KNOWN = _("What colleagues know of her (soft and declared fields)")

declare(
    Rows("parties_partyhistory", is_law=True, order=30),
    Rows("parties_choice", is_law=True, order=30),
    Rows("parties_identifier", _("Documents"), is_law=True, order=30),
    Rows("parties_contactpoint", _("Ways to reach her"), is_law=True, order=30),
    Rows("parties_relationship", _LINKS, is_law=True, order=30),
    Rows("parties_relationship", column="to_party_id", is_law=True, order=30),
    Rows("parties_groupmember", _LINKS, is_law=True, order=30),
    Rows("parties_assignment", is_law=True, order=30),
    Rows("parties_handovercustomer", is_law=True, order=30),
    Rows("parties_consent", _("Consents"), is_law=True, order=30),
    Rows("parties_contactrestriction", _("Restrictions on contacting her"), is_law=True, order=30),
    Rows("parties_declared", _KNOWN, order=30),
    Rows("parties_declaredkey", column="of_party", order=31),
    Rows("parties_declaredchange", order=30),
    Rows("parties_tagging", _("Tags"), order=30),
    Rows("parties_teamed", order=30),
    Rows("parties_correction", _("Corrections asked for"), order=30),
    Rows("parties_trash", _("In the trash"), order=30),
    Rows("parties_record", sets=_BLANK, is_law=True, order=40),
    Rows("parties_record", sets="external_key = k.alias", is_law=True, is_keyed=True, only=_OF_KEY, order=41),
    Rows("parties_party", _IDENTITY, "id", _BLANK + ", status = 'former', rm_ids = '{}', main_rm_id = null", is_law=True, order=40),
    Rows("parties_party", column="id", sets="external_key = k.alias", is_law=True, is_keyed=True, only=_OF_KEY, order=41),
    Rows("parties_partysource", sets="external_key = k.alias", is_law=True, is_keyed=True, only=_OF_KEY, order=60),
    After("delete from parties_origin o using going g where o.home_id = g.party_id and g.is_whole"),
    After(
        """delete from parties_nametoken n using going_word w where n.token = w.word
           and not exists (select from parties_party p where p.name_tokens @> array[n.token])"""
    ),
    Values("parties_identifier", "id_no_digest"),
    Values("parties_contactpoint", "value_digest"),
    Values("parties_correction", "proposed_digest", is_law=False),
    Stays("parties_forgotten", "keyed digests: without them the next file would bring her back"),
)
