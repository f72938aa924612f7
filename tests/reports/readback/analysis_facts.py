"""What is to be read in an item analysis, computed anew from the answers and the tables of the package.

Nothing of examgen is used: csv, json, yaml, numpy and scipy.
"""

from __future__ import annotations

import csv
from functools import cached_property
from math import ceil, floor, sqrt
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy import optimize, special, stats

from tests.reports.readback import analysis_rasch

Floats = NDArray[np.float64]
Z = stats.norm.ppf(0.975)


def table(path: Path) -> list[dict[str, str]]:
    """A CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class FormFacts:
    """A form: its questions, and what its candidates did with them. Options by their names in the bank."""

    def __init__(self, package: Path, answers: Path, form: str) -> None:
        self.form = form
        printed = [row for row in table(package / "secure/forms.csv") if row["form"] == form]
        keys = {
            row["question"]: row["key"] for row in table(package / "secure/key.csv") if row["form"] == form
        }
        self.items = [row["item"] for row in printed]
        self.orders = [row["options"].split() for row in printed]
        self.key = [o["ABCD".index(keys[r["question"]])] for r, o in zip(printed, self.orders, strict=True)]
        marks = [
            [row[f"Q{n}"] for n in range(1, len(printed) + 1)]
            for row in table(answers)
            if row["form"] == form
        ]
        self.chosen = np.array(
            [
                [o["ABCD".index(m)] if m else "" for m, o in zip(row, self.orders, strict=True)]
                for row in marks
            ]
        )
        self.x = (self.chosen == np.array(self.key)).astype(float)
        self.total = self.x.sum(axis=1)
        last = [max((n for n, mark in enumerate(row) if mark), default=-1) for row in marks]
        reached = np.arange(len(printed)) <= np.array(last)[:, None]
        self.seen = np.where(reached, self.x, np.nan)
        """For the model: what lies after the last answer was not reached."""

    # ── the test ─────────────────────────────────────────────────────────────────────────────

    @property
    def n(self) -> int:
        """Candidates."""
        return len(self.x)

    @cached_property
    def alpha(self) -> float:
        """Cronbach 1951."""
        k = self.x.shape[1]
        return float(k / (k - 1) * (1 - self.x.var(axis=0, ddof=1).sum() / self.total.var(ddof=1)))

    @property
    def alpha_interval(self) -> tuple[float, float]:
        """Feldt, Woodruff & Salih 1987."""
        df = self.n - 1, (self.n - 1) * (self.x.shape[1] - 1)
        ends = [1 - (1 - self.alpha) * stats.f.ppf(q, *df) for q in (0.975, 0.025)]
        return float(ends[0]), float(ends[1])

    @property
    def lambda2(self) -> float:
        """Guttman 1945, of the correlations."""
        varies = self.x.std(axis=0) > 0
        r = np.corrcoef(self.x[:, varies].T)
        k, off = len(r), r - np.diag(np.diag(r))
        return float((off.sum() + sqrt(k / (k - 1) * (off**2).sum())) / r.sum())

    @property
    def split_half(self) -> float:
        """Odd against even, Spearman–Brown."""
        r = np.corrcoef(self.x[:, ::2].sum(axis=1), self.x[:, 1::2].sum(axis=1))[0, 1]
        return float(2 * r / (1 + r))

    @property
    def kr21(self) -> float:
        """Kuder & Richardson 1937."""
        k, m = self.x.shape[1], self.total.mean()
        return float(k / (k - 1) * (1 - m * (k - m) / (k * self.total.var())))

    def cut(self, package: Path) -> float:
        """Points, from the blueprint's percentage; the same as items right here."""
        rule = yaml.safe_load((package / "exam.yaml").read_text("utf-8"))["blueprint"]["pass"]
        return float(rule["percent"]) * self.x.shape[1] / 100

    def lord(self, cut: float) -> float:
        """Lord 1955."""
        k = self.x.shape[1]
        return sqrt(cut * (k - cut) / (k - 1))

    def band(self, cut: float) -> tuple[int, int]:
        """Scores within one Lord's error of the cut."""
        return ceil(cut - self.lord(cut)), floor(cut + self.lord(cut))

    # ── an item ──────────────────────────────────────────────────────────────────────────────

    def rest(self, j: int) -> Floats:
        """Number right of the other items."""
        return np.asarray(self.total - self.x[:, j])

    def item_rest(self, j: int) -> float:
        """Correlation."""
        return float(np.corrcoef(self.x[:, j], self.rest(j))[0, 1])

    def d27(self, j: int) -> float:
        """By the quantiles of type 7, equal totals together."""
        low, high = np.quantile(self.total, [0.27, 0.73])
        return float(self.x[self.total >= high, j].mean() - self.x[self.total <= low, j].mean())

    def biserial(self, j: int) -> float:
        """Pearson 1909."""
        p = self.x[:, j].mean()
        r = np.corrcoef(self.x[:, j], self.total)[0, 1]
        return float(r * sqrt(p * (1 - p)) / stats.norm.pdf(stats.norm.ppf(p)))

    @cached_property
    def fifth(self) -> NDArray[np.int64]:
        """(N,) 0 … 4."""
        cuts = np.quantile(self.total, [0.2, 0.4, 0.6, 0.8])
        return np.asarray(np.searchsorted(cuts, self.total, side="left"))

    @cached_property
    def able(self) -> NDArray[np.bool_]:
        """At or above the 73 % quantile."""
        return np.asarray(self.total >= np.quantile(self.total, 0.73))

    def fifths(self, j: int, option: str) -> list[float]:
        """Share who chose it in each fifth."""
        return [float((self.chosen[self.fifth == n, j] == option).mean()) for n in range(5)]

    def r_rest(self, j: int, option: str) -> float | None:
        """Correlation of choosing an option with the rest."""
        took = self.chosen[:, j] == option
        return float(np.corrcoef(took, self.rest(j))[0, 1]) if 0 < took.sum() < self.n else None

    def wrong_key(self, j: int) -> tuple[str, float]:
        """The likeliest option in place of the key, and its probability: integrals by a fine grid, at the
        standardised rest scores themselves."""
        rest = self.rest(j)
        z = (rest - rest.mean()) / rest.std()
        answered = self.chosen[:, j] != ""
        options = sorted(self.orders[j])
        alpha, log_beta = np.meshgrid(np.linspace(-5.4, 6.6, 61), np.linspace(-2.6, 2.2, 33), indexing="ij")
        prior = stats.norm.logpdf(alpha, 0.6, 1.5) + stats.norm.logpdf(log_beta, -0.2, 0.6)
        prior -= special.logsumexp(prior)
        counts = {option: int((self.chosen[:, j] == option).sum()) for option in options}
        logs = {}
        for option in options:
            took = (self.chosen[:, j] == option)[answered]
            logit = alpha[..., None] + np.exp(log_beta)[..., None] * z[answered]
            seen = special.logsumexp(prior + (took * logit - np.logaddexp(0, logit)).sum(axis=-1))
            others = np.array([counts[one] for one in options if one != option])
            dirichlet = special.gammaln(len(others)) - special.gammaln(others.sum() + len(others))
            share = 0.995 if option == self.key[j] else 0.005 / (len(options) - 1)
            logs[option] = seen + dirichlet + special.gammaln(others + 1).sum() + np.log(share)
        whole = special.logsumexp(list(logs.values()))
        chances = {o: float(np.exp(v - whole)) for o, v in logs.items() if o != self.key[j]}
        best = max(chances, key=lambda option: chances[option])
        return best, chances[best]


def wilson(right: float, n: int) -> tuple[float, float]:
    """Wilson 1927."""
    middle, half = right + Z * Z / 2, Z * sqrt(right * (n - right) / n + Z * Z / 4)
    return (middle - half) / (n + Z * Z), (middle + half) / (n + Z * Z)


def fisher(r: float, n: int) -> tuple[float, float]:
    """Fisher 1921."""
    return tuple(float(np.tanh(np.arctanh(r) + s * Z / sqrt(n - 3))) for s in (-1, 1))  # type: ignore[return-value]


class Facts:
    """A sitting of several forms without common items."""

    def __init__(self, package: Path, answers: Path) -> None:
        names = list(dict.fromkeys(row["form"] for row in table(package / "secure/forms.csv")))
        self.package = package
        self.forms = {name: FormFacts(package, answers, name) for name in names}
        self.place = {item: (f, j) for f in self.forms.values() for j, item in enumerate(f.items)}

    @cached_property
    def rasch(self) -> analysis_rasch.Rasch:
        """Of all forms at once."""
        return analysis_rasch.fit(self.matrix)

    @cached_property
    def matrix(self) -> Floats:
        """(candidates, items) of all forms."""
        n, k = sum(f.n for f in self.forms.values()), len(self.place)
        x, row, column = np.full((n, k), np.nan), 0, 0
        for form in self.forms.values():
            x[row : row + form.n, column : column + len(form.items)] = form.seen
            row, column = row + form.n, column + len(form.items)
        return x

    @property
    def columns(self) -> dict[str, int]:
        """Item → column of the matrix."""
        return {item: n for n, item in enumerate(self.place)}

    @cached_property
    def squares(self) -> analysis_rasch.MeanSquares:
        """Infit and outfit."""
        return analysis_rasch.mean_squares(self.matrix, self.rasch.b, self.rasch.ml)

    @cached_property
    def s_x2(self) -> dict[str, tuple[float, int]]:
        """By item, form by form."""
        return {
            item: one
            for name, form in self.forms.items()
            for item, one in zip(
                form.items, analysis_rasch.s_x2(form.seen, self.b_of(name), self.rasch.sd), strict=True
            )
        }

    def b_of(self, form: str) -> Floats:
        """Difficulties of its items."""
        return self.rasch.b[[self.columns[item] for item in self.forms[form].items]]

    def theta_cut(self, form: str) -> float:
        """The ability at which the expected number right is the cut."""
        b, cut = self.b_of(form), self.forms[form].cut(self.package)
        return float(optimize.brentq(lambda t: (1 / (1 + np.exp(b - t))).sum() - cut, -6, 6))

    def cut_gradient(self, form: str) -> Floats:
        """Of that ability by the difficulties: each item's share of the information there."""
        found = np.zeros(len(self.place))
        p = 1 / (1 + np.exp(self.b_of(form) - self.theta_cut(form)))
        found[[self.columns[item] for item in self.forms[form].items]] = p * (1 - p) / (p * (1 - p)).sum()
        return found

    def error_of(self, gradient: Floats) -> float:
        """Standard error by the delta method."""
        return float(np.sqrt(gradient @ self.rasch.covariance @ gradient))

    def information(self, form: str, theta: float) -> float:
        """Of a form at an ability."""
        p = 1 / (1 + np.exp(self.b_of(form) - theta))
        return float((p * (1 - p)).sum())

    def eap_of(self, form: str) -> Floats:
        """Abilities of its candidates."""
        rows = np.concatenate([np.full(f.n, name) for name, f in self.forms.items()])
        return self.rasch.eap[rows == form]
