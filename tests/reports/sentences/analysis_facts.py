"""An analysed sitting → what is true of its items and forms, from the answers and the key by numpy and scipy."""

from __future__ import annotations

from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from tests.reports.readback import analysis_rasch
from tests.reports.readback.analysis_facts import FormFacts, wilson
from tests.reports.sentences.facts import Facts

Floats = NDArray[np.float64]
FEW, PARTLY = 20, 50
"""Candidates of an item below which nothing, and below which only what is beyond chance is told."""


def settled(form: FormFacts, corrections: list[dict[str, Any]]) -> FormFacts:
    """The form with keys that were changed, and without questions that were dropped or given to all."""
    out = []
    for one in corrections:
        if one.get("form") != form.form:
            continue
        j = one["question"] - 1
        if one["kind"] == "rekey":
            letter = one["key"] if isinstance(one["key"], str) else one["key"][0]
            form.key[j] = form.orders[j]["ABCD".index(letter)] if letter in "ABCD" else letter
        else:
            out.append(j)
    keep = [j for j in range(len(form.items)) if j not in out]
    blank_to_the_end = np.isnan(form.seen)
    form.items = [form.items[j] for j in keep]
    form.orders, form.key = [form.orders[j] for j in keep], [form.key[j] for j in keep]
    form.chosen, blank_to_the_end = form.chosen[:, keep], blank_to_the_end[:, keep]
    form.x = (form.chosen == np.array(form.key)).astype(float)
    form.total = form.x.sum(axis=1)
    form.seen = np.where(blank_to_the_end, np.nan, form.x)
    return form


class Cuts(NamedTuple):
    """On the scale of ability, by form, with standard errors; the two farthest apart, and the interval."""

    at: dict[str, float]
    errors: dict[str, float]
    lower: str
    higher: str
    low: float
    high: float

    @property
    def apart(self) -> float:
        """In logits."""
        return self.at[self.higher] - self.at[self.lower]


class AnalysisFacts:
    """Of the run that was analysed."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        answers = facts.package.parent / "answers-1.csv"
        self.forms = {
            form: settled(FormFacts(facts.package, answers, form), facts.corrections)
            for form in facts.printed
            if facts.of_forms[form]
        }
        self.items: dict[str, list[tuple[FormFacts, int]]] = {}
        for form in self.forms.values():
            for j, item in enumerate(form.items):
                self.items.setdefault(item, []).append((form, j))
        printed = {row["item"] for row in facts.key}
        self.unsat = printed - set(self.items) if len(self.forms) < len(facts.printed) else set[str]()

    @property
    def n_items(self) -> int:
        """All that were printed and count."""
        return len(self.items) + len(self.unsat)

    def n(self, item: str) -> int:
        """Candidates who had it."""
        return sum(form.n for form, _ in self.items.get(item, ()))

    @property
    def examined(self) -> list[str]:
        return [item for item in self.items if self.n(item) >= FEW]

    @property
    def partly(self) -> list[str]:
        """Examined, for what is beyond chance alone."""
        return [item for item in self.examined if self.n(item) < PARTLY]

    @property
    def linked(self) -> bool:
        """Whether two forms, or each of more, share items."""
        own = [set(form.items) for form in self.forms.values()]
        return all(any(one & other for other in own if other is not one) for one in own) or len(own) < 2

    # ── an item ──────────────────────────────────────────────────────────────────────────────

    def facility(self, item: str) -> float:
        return float(np.concatenate([form.x[:, j] for form, j in self.items[item]]).mean())

    def facility_ends(self, item: str) -> tuple[float, float]:
        n = self.n(item)
        return wilson(self.facility(item) * n, n)

    def rest(self, item: str) -> float:
        """Item–rest correlation, the mean of the forms weighted by candidates."""
        varies = [(f, j) for f, j in self.items[item] if f.x[:, j].std() and f.rest(j).std()]
        known = [(form.item_rest(j), form.n) for form, j in varies]
        return sum(r * n for r, n in known) / sum(n for _, n in known) if known else float("nan")

    def rest_ends(self, item: str) -> tuple[float, float]:
        """Fisher's interval, n − 3 for each form."""
        n = self.n(item) - 3 * len(self.items[item])
        middle, half = np.arctanh(self.rest(item)), stats.norm.ppf(0.975) / np.sqrt(max(n, 1e-9))
        return float(np.tanh(middle - half)), float(np.tanh(middle + half))

    def chosen(self, item: str) -> NDArray[np.str_]:
        return np.concatenate([form.chosen[:, j] for form, j in self.items[item]])

    def key(self, item: str) -> str:
        form, j = self.items[item][0]
        return form.key[j]

    def wrong(self, item: str) -> dict[str, int]:
        """Wrong option → who chose it."""
        form, j = self.items[item][0]
        return {o: int((self.chosen(item) == o).sum()) for o in sorted(form.orders[j]) if o != self.key(item)}

    @cached_property
    def drawing(self) -> tuple[dict[tuple[str, str], float], int]:
        """Distractors that go with high scores, each with r, by Holm's rule; and how many were tested."""
        p = []
        for item in self.examined:
            for option, n in self.wrong(item).items():
                if min(n, self.n(item) - n) < 10:
                    continue
                r = sum((form.r_rest(j, option) or 0) * form.n for form, j in self.items[item]) / self.n(item)
                p.append(
                    (float(stats.norm.sf(r * np.sqrt(self.n(item) - len(self.items[item])))), item, option, r)
                )
        p.sort()
        found = {}
        for done, (one, item, option, r) in enumerate(p):
            if one > 0.05 / (len(p) - done):
                break
            found[item, option] = r
        return found, len(p)

    # ── the model ────────────────────────────────────────────────────────────────────────────

    @cached_property
    def columns(self) -> list[str]:
        """Items on which right and wrong were seen: what a model is of."""
        seen = {i: np.concatenate([form.seen[:, j] for form, j in own]) for i, own in self.items.items()}
        return [item for item, x in seen.items() if 0 < np.nansum(x) < (~np.isnan(x)).sum()]

    @cached_property
    def rasch(self) -> analysis_rasch.Rasch:
        """Of all forms at once."""
        rows = []
        for form in self.forms.values():
            x = np.full((form.n, len(self.columns)), np.nan)
            for place, item in enumerate(self.columns):
                if item in form.items:
                    x[:, place] = form.seen[:, form.items.index(item)]
            rows.append(x)
        matrix = np.concatenate(rows)
        return analysis_rasch.fit(matrix[~np.isnan(matrix).all(axis=1)])

    @cached_property
    def alike(self) -> dict[str, dict[str, Floats]]:
        """By form, what was seen of each item on which everybody earned the same: no model is of it."""
        return {
            name: {
                item: (x := np.concatenate([own.seen[:, j] for own, j in self.items[item]]))[~np.isnan(x)]
                for item in form.items
                if item not in self.columns
            }
            for name, form in self.forms.items()
        }

    @cached_property
    def unplaced(self) -> dict[str, int]:
        """Forms with such an item that too few had for an ability at the cut, and how few."""
        if not self.columns or self.facts.in_points:
            return {}
        few = {form: min((len(x) for x in own.values()), default=50) for form, own in self.alike.items()}
        return {form: n for form, n in few.items() if n < 50 and self.facts.cut(form)}

    def _sure(self, form: str) -> float:
        """What everybody has of the items of a form on which all earned the same."""
        return float(sum(x.max() for x in self.alike[form].values()))

    @cached_property
    def unreached(self) -> list[str]:
        """Forms whose cut is the expected score of no ability from −6 to 6."""
        found = []
        for name, form in self.forms.items():
            places = [self.columns.index(i) for i in form.items if i in self.columns]
            cut = None if name in self.unplaced or self.facts.in_points else self.facts.cut(name)
            if cut and places:
                low, high = ((1 / (1 + np.exp(self.rasch.b[places] - t))).sum() for t in (-6.0, 6.0))
                found += [] if low < float(cut) - self._sure(name) <= high else [name]
        return found

    @cached_property
    def cuts(self) -> Cuts | None:
        """None of fewer than two, and where too few had an item of a form that is not in the model."""
        at, gradients = {}, {}
        for name, form in self.forms.items():
            cut, places = (
                self.facts.cut(name),
                [self.columns.index(i) for i in form.items if i in self.columns],
            )
            if cut is None or name in self.unplaced or self.facts.in_points:
                return None
            if name in self.unreached or not places:
                return None
            left, b = float(cut) - self._sure(name), self.rasch.b[places]
            at[name] = optimize.brentq(lambda t, b=b, c=left: (1 / (1 + np.exp(b - t))).sum() - c, -6, 6)
            p = 1 / (1 + np.exp(b - at[name]))
            gradients[name] = np.zeros(len(self.columns))
            gradients[name][places] = p * (1 - p) / (p * (1 - p)).sum()
        if len(at) < 2:
            return None
        lower, higher = min(at, key=lambda f: at[f]), max(at, key=lambda f: at[f])
        z = stats.norm.ppf(1 - 0.025 / len(list(combinations(at, 2))))
        half = z * self._error(gradients[higher] - gradients[lower])
        apart = at[higher] - at[lower]
        errors = {form: self._error(own) for form, own in gradients.items()}
        return Cuts(at, errors, lower, higher, apart - half, apart + half)

    def _error(self, gradient: Floats) -> float:
        return float(np.sqrt(gradient @ self.rasch.covariance @ gradient))


def report_of(package: Path) -> str:
    """The page of the one analysis of a package."""
    (path,) = (package / "analysis").glob("*/report.html")
    return path.read_text("utf-8")
