"""Fields of the profile: what the payment network, employers and guarantees say (S41, S59). All of them are as of `network_date`, the last day up to the
business date that the network was computed for; empty where it never was."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhike.insight.profile_field import ProfileField, day, flag, money, number

NETWORK = _("Payment network")

OF_NETWORK: tuple[ProfileField, ...] = (
    day("network_date", _("Network as of"), NETWORK, "network.network_date", _("The day that everything of this group is as of; empty: the network was not computed yet")),
    ProfileField("network_community", "text", _("Community"), NETWORK, "network.network_community", _("Who deals more with each other than with others has the same word; it counts for one day of the network only")),
    number("network_community_size", _("Customers in the community"), NETWORK, "network.network_community_size", _("Of the whole bank; empty: in none")),
    number("network_influence", _("Influence"), NETWORK, "network.network_influence", _("Percentile of PageRank along the money: 100 through whom most passes; empty: deals with nobody")),
    number("network_payers", _("Who pay her"), NETWORK, "network.network_payers", _("Customers and firms outside, by transfers and salaries in 12 months")),
    number("network_payees", _("Whom she pays"), NETWORK, "network.network_payees", _("Customers and firms outside, by transfers and salaries in 12 months")),
    money("network_received_12m", _("Received from them"), NETWORK, "network.network_received_12m", _("From customers and firms outside in 12 months")),
    money("network_paid_12m", _("Paid to them"), NETWORK, "network.network_paid_12m", _("To customers and firms outside in 12 months")),
    number("outside_payees", _("Firms outside that she pays"), NETWORK, "network.outside_payees", _("Which are no customers")),
    money("outside_paid_12m", _("Paid to firms outside"), NETWORK, "network.outside_paid_12m", _("Which are no customers, in 12 months")),
    money("outside_paid_most_12m", _("Paid to the largest of them"), NETWORK, "network.outside_paid_most_12m", _("To one firm that is no customer, in 12 months")),
    money("outside_received_12m", _("Received from firms outside"), NETWORK, "network.outside_received_12m", _("Which are no customers, in 12 months; salaries too")),
    flag("employer_is_customer", _("Employer is a customer"), NETWORK, "network.employer_is_customer", _("By the account or name that pays her salary, or as she declared it; empty: no employer known")),
    number("employer_staff_here", _("Her employer's staff who are customers"), NETWORK, "network.employer_staff_here", _("Herself among them; empty: no employer known")),
    number("staff_here", _("Its staff who are customers"), NETWORK, "network.staff_here", _("Paid by it or declared; of organisations and traders")),
    number("guarantee_group_size", _("Linked by guarantees"), NETWORK, "network.guarantee_group_size", _("Customers who vouch for each other's loans, in one or several steps, herself among them; 0: none")),
    flag("is_in_guarantee_circle", _("In a circle of guarantees"), NETWORK, "network.is_in_guarantee_circle", _("Guarantees lead from her over others back to her")),
)  # fmt: skip
