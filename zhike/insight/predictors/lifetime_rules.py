"""How often customers who may leave without a word will come again, and for how much: BG/NBD and Gamma-Gamma (S30; domain §3.4).

Fader, Hardie and Lee (2005), "Counting your customers the easy way" and "RFM and CLV". A customer buys at a rate of her own (gamma, `r` and
`alpha`) until she is gone; after each purchase she goes with a chance of her own (beta, `a` and `b`). What she spends varies around a mean of
her own (gamma in gamma: `p`, `q`, `v`). Times are in one unit, weeks here. All likelihoods are sums of logarithms, so that long
histories neither vanish nor overflow. Pure: no file, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

from zhike.insight.predictors.table_files import FloatArray

WIDEST = 12.0  # parameters stay within e^±12: a data set without any leaving would send `b` to infinity
NEVER_EXACTLY_ONE = 1e-7


class CannotFit(ValueError):
    """There is too little to learn from; `str()` says what is missing."""


@dataclass(frozen=True)
class Histories:
    """One row per customer: `x` repeat purchases, the last one at `t_x` after the first purchase, seen for `t` after the first; `count` customers alike."""

    x: FloatArray
    t_x: FloatArray
    t: FloatArray
    count: FloatArray

    @classmethod
    def of(cls, x: FloatArray, t_x: FloatArray, t: FloatArray) -> Histories:
        """Customers with the same history are counted once. Raises CannotFit where a history cannot be."""
        if not len(x):
            raise CannotFit("There are no customers.")
        if not all(np.isfinite(one).all() for one in (x, t_x, t)) or (x < 0).any() or (t_x < 0).any() or (t_x > t + 1e-9).any():
            raise CannotFit("A history is impossible: frequency and recency are not negative, and recency is at most T.")
        rows, count = np.unique(np.column_stack([x, np.where(x > 0, t_x, 0.0), t]), axis=0, return_counts=True)
        return cls(rows[:, 0], rows[:, 1], rows[:, 2], count.astype(np.float64))


@dataclass(frozen=True)
class BgNbd:
    """How customers come and go; `alpha` is in the unit of the times."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def alive(self, x: FloatArray, t_x: FloatArray, t: FloatArray) -> FloatArray:
        """The chance that a customer has not gone; 1 for one who never came again, since one goes only after a repeat purchase."""
        gone = np.log(self.a) - np.log(self.b + np.maximum(x, 1) - 1) + (self.r + x) * (np.log(self.alpha + t) - np.log(self.alpha + t_x))
        return np.asarray(np.where(x > 0, 1 / (1 + np.exp(np.minimum(gone, 700))), 1.0), dtype=np.float64)

    def expected(self, t: FloatArray) -> FloatArray:
        """Repeat purchases of somebody new within `t` after her first."""
        zero = np.zeros_like(t)
        return self.expected_after(zero, zero, zero, t)

    def expected_after(self, x: FloatArray, t_x: FloatArray, t: FloatArray, further: FloatArray) -> FloatArray:
        """Purchases within `further` after what is known of a customer."""
        a = self.a if abs(self.a - 1) > NEVER_EXACTLY_ONE else 1 + NEVER_EXACTLY_ONE  # its limit is finite, the fraction is not
        of_all = self.alpha + t + further
        series = hyp2f1(self.r + x, self.b + x, a + self.b + x - 1, further / of_all)
        came = (a + self.b + x - 1) / (a - 1) * (1 - ((self.alpha + t) / of_all) ** (self.r + x) * series)
        return np.asarray(came * self.alive(x, t_x, t), dtype=np.float64)


@dataclass(frozen=True)
class GammaGamma:
    """What customers spend at a purchase; `v` is in the unit of the amounts. `customers`: those with repeat purchases, from whom it was learned."""

    p: float
    q: float
    v: float
    log_likelihood: float
    customers: int

    def expected(self, x: FloatArray, mean: FloatArray) -> FloatArray:
        """The mean amount to expect of a customer: her own and everybody's, weighed by how often she came. Needs q > 1, else NaN."""
        if self.q <= 1:
            return np.full_like(mean, np.nan)
        own = self.p * x / (self.p * x + self.q - 1)
        return np.asarray((1 - own) * self.p * self.v / (self.q - 1) + own * np.where(x > 0, mean, 0.0), dtype=np.float64)


def log_likelihood(known: Histories, r: float, alpha: float, a: float, b: float) -> float:
    """Of all histories under BG/NBD."""
    x, t_x, t = known.x, known.t_x, known.t
    came = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stayed = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + t)
    left = np.where(x > 0, betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) - (r + x) * np.log(alpha + t_x), -np.inf)
    return float((known.count * (came + np.logaddexp(stayed, left))).sum())


def fit_purchases(known: Histories, shrink: float = 0.0) -> BgNbd:
    """The parameters under which these histories are likeliest, from several beginnings; `shrink` draws their logarithms to the usual ones, in units of the
    likelihood. Raises CannotFit where nobody ever came again."""
    if not (known.x > 0).any():
        raise CannotFit("Nobody came a second time: there is nothing to learn how often customers come.")
    usual = float(np.log(max(np.average(known.t, weights=known.count), 1e-6)))
    starts = ([0.0, usual, 0.0, 0.0], [-1.0, usual - 1, -0.5, 1.0], [0.5, usual + 1, -2.0, 2.0])
    bounds = [(-WIDEST, WIDEST), (usual - WIDEST, usual + WIDEST), (-WIDEST, WIDEST), (-WIDEST, WIDEST)]
    size = known.count.sum()
    centre = np.array([0.0, usual, 0.0, 0.0])

    def against(logs: FloatArray) -> float:
        return float((shrink * np.square(logs - centre).sum() - log_likelihood(known, *np.exp(logs))) / size)

    exact = {"ftol": 1e-10, "gtol": 1e-6} if shrink else {"ftol": 1e-13, "gtol": 1e-8}
    found = min(
        (minimize(against, start, method="L-BFGS-B", bounds=bounds, options=exact) for start in starts),
        key=lambda one: float(one.fun),
    )  # fmt: skip
    r, alpha, a, b = (float(one) for one in np.exp(found.x))
    return BgNbd(r, alpha, a, b, log_likelihood(known, r, alpha, a, b))


def fit_spending(x: FloatArray, mean: FloatArray) -> GammaGamma:
    """From those who came again and spent something; `mean` of their repeat purchases. Raises CannotFit where fewer than ten did."""
    taken = (x > 0) & np.isfinite(mean) & (mean > 0)
    if taken.sum() < 10:
        raise CannotFit("Fewer than ten customers came again and spent something.")
    often, spent = x[taken], mean[taken]
    usual = float(np.log(np.median(spent)))

    def against(logs: FloatArray) -> float:
        p, q, v = np.exp(logs)
        terms = gammaln(p * often + q) - gammaln(p * often) - gammaln(q) + q * np.log(v)
        terms += (p * often - 1) * np.log(spent) + p * often * np.log(often) - (p * often + q) * np.log(v + often * spent)
        return -float(terms.mean())

    starts = ([0.0, 1.0, usual], [1.5, 1.5, usual - 0.5])
    bounds = [(-WIDEST, WIDEST), (-WIDEST, WIDEST), (usual - WIDEST, usual + WIDEST)]
    found = min(
        (minimize(against, start, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-14, "gtol": 1e-9}) for start in starts),
        key=lambda one: float(one.fun),
    )
    p, q, v = (float(one) for one in np.exp(found.x))
    return GammaGamma(p, q, v, -float(found.fun) * len(often), len(often))
