"""The method library (方法库, S132): each method in plain words, what it is good for and what not, which settings it uses and where it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from zhike.core.pages import Words
from zhike.insight.profile_needs import NEEDS, OF_NEEDS

BALANCES, WORTH, ACTIVITY, STANDING = _("Holdings"), _("Customer value"), _("Activity"), _("Tiers and stages")


@dataclass(frozen=True)
class Method:
    """One method. `formula` in the symbols of every language; `settings`: groups of the settings page; `fields`: of the profile; `pages`: names of
    addresses that show it; its example is `method_examples.example(key)`."""

    key: str
    title: Words
    group: Words
    says: Words
    formula: str
    good: Words
    bad: Words
    settings: Sequence[str] = ()
    fields: Sequence[str] = ()
    pages: Sequence[str] = ("reports",)


_ALL = (
    Method("averages", _("Point in time and daily average"), BALANCES,
           _("A point in time is the balance at the end of a day. A daily average adds up the balance of every day and divides by the days; days without a file carry the last balance on, and an account opened late is divided by all days."),
           "avg(P) = Σ EOD(d) ÷ days(P)", _("Targets and tiers: nobody can lift an average on the last evening of a quarter."), _("What is due tomorrow: that is a point in time."),
           ("averages",), ("aum", "aum_month_average", "aum_year_average", "deposits_month_average")),
    Method("growth", _("What moved AUM"), BALANCES,
           _("The change of assets is parted into what the customer brought, what the market did, interest, and exchange rates. The four always add up to the change."),
           "ΔAUM = NNM + MTM + income + FX", _("To tell a customer who brings money from one whose funds rose."), _("To judge a fund: prices are those of the bank's files, at the days they were delivered."),
           ("currency",), ("nnm_month", "nnm_12m", "market_12m", "income_12m"), ("reports", "insight")),
    Method("sides", _("Product sides"), BALANCES,
           _("A customer belongs to each side on which she held something in twelve months: deposits; loans and cards, a credit card alone too; investments and fee business, fees paid, terminals and payrolls too. Her main side is the one with the highest daily average in CNY. Of equal sides deposits come first, then loans, then investments."),
           "main = argmax(avg₁₂(deposits), avg₁₂(loans), avg₁₂(AUM − deposits))", _("To see whom the bank knows from one side only, and to give each side's customers to who serves it."), _("What a side earns: a large mortgage may bring less than a small deposit."),
           ("averages",), ("main_side", "is_liability_customer", "is_asset_customer", "is_intermediary_customer", "deposits_12m_average", "lum_12m_average", "investments_12m_average"), ("insight", "reports")),
    Method("ftp", _("FTP margin"), WORTH,
           _("The treasury buys every deposit and sells every loan at the price of money for its term. What is left of the rate is the margin of whoever looks after the customer."),
           "Σ bal(d) × (FTP − r) ÷ B; Σ bal(d) × (r − FTP) ÷ B", _("To compare a current account with a mortgage, whatever the market does."), _("The bank's own result: the treasury's part is not in it."),
           ("transfer", "interest"), ("margin_12m",), ("reports", "insight")),
    Method("cost", _("Cost to serve"), WORTH,
           _("Every act costs what its channel costs; every account, customer and managed customer costs so much a month. A month that has not ended bears the days that have passed."),
           "Σ n(channel) × c(channel) + Σ accounts × c + c(customer) + c(managed)", _("To see who costs more than she brings, and by what."), _("The bank's ledger: unit costs are set, not booked."),
           ("costs",), ("cost_12m", "counter_12m"), ("reports", "insight")),
    Method("loss", _("Expected loss"), WORTH,
           _("What of a loan is lost on average: the exposure times how likely it defaults times how much is then gone. The longer it is overdue, the likelier."),
           "EL = EAD × PD × LGD × days ÷ 365", _("To make loans of different risk comparable."), _("To foresee one customer's default."),
           ("risk",), ("expected_loss_12m", "overdue_days"), ("reports", "insight")),
    Method("value", _("Contribution, RAROC, EVA"), WORTH,
           _("Contribution is revenue less cost, expected loss and tax. RAROC sets it against the capital it ties up; EVA is what is left after that capital has earned its hurdle."),
           "(income − cost − EL) × (1 − tax) = C; RAROC = C ÷ EC; EVA = C − EC × hurdle", _("To compare customers with and without loans, and to set prices."), _("Who ties up no capital has no RAROC; small months swing."),
           ("capital", "fees"), ("contribution_12m", "raroc_12m", "eva_12m"), ("reports", "insight")),
    Method("marginal", _("Below marginal cost"), WORTH,
           _("Contribution before fixed cost: what would be missing if this customer were not there. Below nothing, the bank pays for each of her acts."),
           "revenue − variable cost − EL < 0", _("To find what pulls a customer down: counter, waived fees, rates, losses."), _("As a reason to send her away: household and future are not in it."),
           ("costs",), ("marginal_12m", "is_below_cost", "below_cost_reason"), ("reports", "insight")),
    Method("concentration", _("Who brings the contribution"), WORTH,
           _("Customers are ordered by contribution; the share of the first so many per cent is held against their share of heads."),
           "share(k) = Σ C(first k %) ÷ Σ C", _("To see on how few customers the result stands."), _("Where many lose money the first may bring more than all: the share passes 100 %."),
           (), ("value_percentile",), ("insight", "reports")),
    Method("rfm", _("Recency, frequency, money"), ACTIVITY,
           _("Customers are ordered by how lately they acted themselves, how often, and how much they hold, and cut into groups of equal size. Interest and payroll do not count as acts."),
           "score = ⌊place × groups ÷ customers⌋ + 1", _("To choose whom to call first among many."), _("To compare two months: the groups are of one day; everybody may move without doing anything."),
           ("rfm",), ("rfm_r", "rfm_f", "rfm_m"), ("reports",)),
    Method("wallet", _("Wallet"), ACTIVITY,
           _("What a customer may hold elsewhere is estimated from transfers to her own accounts with other banks. It is shown as a band, never as a fact."),
           "here ÷ (here + k × transfers to own accounts elsewhere)", _("To see with whom there is more to gain."), _("To tell the customer: it is a guess."),
           ("wallet",), ("wallet_band", "own_out_12m"), ("reports",)),
    Method("tiers", _("Tier rules"), STANDING,
           _("A tier follows the measure of a month: up in the next month, down only after the grace. In between she is watched and keeps her service."),
           "tier(m) = f(avg(m − 1), watch, grace)", _("A ladder that customers can count on."), _("To measure the month itself: a tier lags on purpose."),
           (), ("aum_month_average",), ("insight-tiers",)),
    Method("stages", _("Stages of the relation"), STANDING,
           _("Exploring, growing, mature, declining: by how long she has been here, how many families she holds, and how AUM moved. A stage changes only after months in a row say so."),
           "stage = f(tenure, families, AUM ÷ AUM before)", _("To choose how to talk to her."), _("Sudden events: they show after two months."),
           ("stages",), (), ("reports",)),
    Method("matrix", _("Value × potential"), STANDING,
           _("High and low value against high and low potential, among customers of the same business line and region: four ways to treat them."),
           "high ⇔ percentile ≥ cut ± margin", _("To part effort among customers."), _("To rank neighbours: close to the cut both sides are alike."),
           ("matrix",), ("value_percentile",), ("reports",)),
    Method("decline", _("Decline, dormancy, loss"), STANDING,
           _("A customer is going where the month is well below the months before it, where she no longer acts, or where next to nothing is left of her highest month."),
           "avg(m) ≤ (1 − share) × avg(m − 1 … m − n)", _("To call in time."), _("Why: that is for the conversation to find."),
           ("churn",), ("aum_month_average", "aum_3m_average", "aum_peak"), ("reports",)),
    Method("retention", _("Retention"), STANDING,
           _("Of those who were here at the start, how many are here at the end; and how much of their money, where what they brought since counts for nothing."),
           "Σ kept ÷ Σ start; Σ min(end, start) ÷ Σ start", _("To see whether large customers go while heads stay."), _("Growth: new customers are not in it."),
           ("churn",), (), ("insight",)),
    Method("needs", NEEDS, NEEDS,
           _("Rules, not forecasts. Education: she is of an age for studies, or somebody of that age belongs to her household and has the same unit and manager. Housing: of an age to buy, no mortgage here, and a regular salary or a shared household. Retirement: close to that age or past it. Nothing is said of children, of organisations, of who left, and of whoever's date of birth is not known."),
           "need = f(age, household, mortgage, salary)", _("To begin a conversation at the right moment, and to choose whom to invite."), _("To decide about anybody: neither sex, marriage, region nor schooling is used, and no score learns from a need."),
           ("needs",), tuple(field.key for field in OF_NEEDS), ("reports",)),
)  # fmt: skip
METHODS: Mapping[str, Method] = {one.key: one for one in _ALL}
