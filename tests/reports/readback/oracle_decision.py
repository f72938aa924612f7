"""The files of a run → what its decisions rest on: rule, forms beside each other, what was dropped, how far apart.

Read by csv, json and yaml; intervals by scipy. Sentences are messages of the catalogue with their values.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations
from math import floor, sqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from scipy.stats import t

from tests.reports.readback import measures

Row = dict[str, str]
MIN_N = 10


class Said(NamedTuple):
    """A message of the catalogue with its values."""

    message: str
    values: dict[str, object]

    @property
    def english(self) -> str:
        """As an English report says it."""
        return self.message.format(**self.values)


class Form(NamedTuple):
    """A form that somebody sat."""

    name: str
    values: list[float]
    passed: int
    most: Decimal
    printed: Decimal
    n_items: int
    n_dropped: int

    @property
    def n(self) -> int:
        """How many sat it."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """Of scores in per cent."""
        return float(np.mean(self.values))


def rows(path: Path) -> list[Row]:
    """A table."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class Decision:
    """What decisions of a run rest on, of a package with forms of its own."""

    def __init__(self, package: Path, run: Path) -> None:
        self.audit: dict[str, Any] = json.loads((run / "audit.json").read_bytes())
        self.rule: dict[str, Any] | None = self.audit["options"]["pass"]
        exam = yaml.load((package / "exam.yaml").read_text("utf-8"), yaml.CSafeLoader)
        self.cuts: dict[str, dict[str, Any]] = exam.get("cuts") or {}
        self.candidates = rows(run / "candidates.csv")
        self.key = rows(package / "secure" / "key.csv")
        names = sorted({one["form"] for one in self.candidates})
        self.forms = [self._form(name) for name in names]

    def _form(self, name: str) -> Form:
        own = [one for one in self.candidates if one["form"] == name]
        key = [one for one in self.key if one["form"] == name and Decimal(one["points"])]
        (most,) = {Decimal(one["max_score"]) for one in own}
        lost = [one for one in key if self._is(one, "drop")]
        printed = sum((Decimal(one["points"]) for one in key), Decimal(0))
        assert printed - sum((Decimal(one["points"]) for one in lost), Decimal(0)) == most
        return Form(
            name,
            [float(one["percent"]) for one in own],
            sum(one["decision"] == "pass" for one in own),
            most,
            printed,
            len(key) - len(lost),
            len(lost),
        )

    def _is(self, asked: Row, kind: str) -> bool:
        """Whether a correction of that kind holds for a question."""
        for one in (one for one in self.audit.get("corrections") or () if one["kind"] == kind):
            places = {(where.get("form"), str(where.get("question"))) for where in one["places"]}
            if one.get("item") == asked["item"] or (asked["form"], asked["question"]) in places:
                return True
        return False

    # ── the cut ──────────────────────────────────────────────────────────────────────────────

    def cut(self, form: str, most: Decimal) -> Decimal | None:
        """The cut on the total of so many points: the higher of what the rule says."""
        rule, found = self.rule or {}, list[Decimal]()
        if rule.get("percent") is not None:
            found.append(Decimal(str(rule["percent"])) * most / 100)
        if rule.get("cut") == "angoff":
            found.append(Decimal(str(self.cuts[form]["cut"])))
        elif rule.get("cut") is not None:
            found.append(Decimal(str(rule["cut"])))
        return max(found, default=None)

    def sem(self, form: Form) -> float | None:
        """One standard error at the cut: that of the rule, or Lord's."""
        cut, said = (
            self.cut(form.name, form.most),
            ((self.rule or {}).get("second_look") or {}).get("sem", "lord"),
        )
        if cut is None:
            return None
        if said != "lord":
            return float(said)
        # every item that is wrong costs so much of its points: the least that the form can earn
        wrong = (self.audit["options"].get("scoring") or {}).get("wrong", 0)
        cost = Decimal(1) / 3 if wrong == "by_options" else Decimal(str(wrong))
        key = [one for one in self.key if one["form"] == form.name]
        given = [Decimal(one["points"]) for one in key if self._is(one, "credit_all")]
        sure = sum(given, Decimal(0))
        least = sure - cost * (form.most - sure)
        return sqrt(float((cut - least) * (form.most - cut)) / (form.n_items - len(given) - 1))

    @property
    def sem_kind(self) -> str:
        """What that error is called."""
        said = ((self.rule or {}).get("second_look") or {}).get("sem", "lord")
        return f"SEM at the cut ({'Lord' + chr(39) + 's binomial error' if said == 'lord' else 'as the blueprint sets it'})"

    # ── sentences ────────────────────────────────────────────────────────────────────────────

    def dropped(self) -> Iterator[list[Said]]:
        """Of each form that lost questions the sentences about it."""
        for one in self.forms:
            if one.n_dropped:
                yield list(self._dropped(one))

    def _dropped(self, one: Form) -> Iterator[Said]:
        what = "question counts" if one.n_dropped == 1 else "questions count"
        why = "a correction" if one.n_dropped == 1 else "corrections"
        yield Said(
            f"Form {{form}}: {{n}} {what} for nobody after {why}; {{most}} points can be had in place of "
            "{printed}. A score may have fallen by that alone.",
            {"form": one.name, "n": one.n_dropped, "most": plain(one.most), "printed": plain(one.printed)},
        )
        cut, before = self.cut(one.name, one.most), self.cut(one.name, one.printed)
        if cut is None or before is None:
            return
        if cut != before:
            values: dict[str, object] = {"cut": plain(cut), "before": plain(before)}
            yield Said("The cut follows: {cut} points in place of {before}.", values)
        else:
            now, was = (f"{float(100 * cut / of):.1f}" for of in (one.most, one.printed))
            yield Said(
                "The cut stays {cut} points: {now} % of all points, where it was {was} %. Whether it should stay "
                "is for the committee to decide.",
                {"cut": plain(cut), "now": now, "was": was},
            )

    def gap(self) -> list[Said]:
        """The forms that are farthest apart of those whose means differ by more than chance."""
        large = [one for one in self.forms if one.n >= MIN_N]
        pairs = list(combinations(large, 2))
        assert len(large) <= 6, "the oracle knows forms by pairs alone"
        apart = []
        for a, b in pairs:
            low, high = _welch(a.values, b.values, 0.05 / len(pairs))
            if low > 0 or high < 0:
                apart.append((abs(a.mean - b.mean), (a, b) if a.mean > b.mean else (b, a)))
        if not apart:
            return []
        _, (one, other) = max(apart, key=lambda found: found[0])
        values: dict[str, object] = {
            "a": one.name, "b": other.name, "high": f"{one.mean:.1f}", "low": f"{other.mean:.1f}",
        }  # fmt: skip
        message = (
            "Scores on form {a} are higher than on form {b} by more than chance: mean {high} % and {low} %"
        )
        if self.rule is None:
            said = Said(f"{message}.", values)
        else:
            rates = {f"rate_{k}": f"{100 * of.passed / of.n:.1f} %" for k, of in (("a", one), ("b", other))}
            said = Said(f"{message}; {{rate_a}} and {{rate_b}} passed.", {**values, **rates})
        what = "decision" if self.rule is not None else "score"
        either = (
            "Either the forms are not equally hard, or those who sat them are not equally able. Nothing is "
            f"adjusted for either: a {what} may depend on the form that somebody was given."
        )
        return [said, Said(either, {})]

    def cautions(self) -> list[list[Said]]:
        """What is told of questions dropped and of forms apart, a paragraph each."""
        return [*self.dropped(), *([gap] if (gap := self.gap()) else [])]

    def parts(self) -> Iterator[Said]:
        """The parts of the rule that the samples have."""
        rule = self.rule or {}
        if rule.get("percent") is not None:
            yield Said(
                "at least {percent} % of all points of the form",
                {"percent": plain(Decimal(str(rule["percent"])))},
            )
        for pattern, percent in (rule.get("criteria") or {}).items():
            values: dict[str, object] = {"percent": plain(Decimal(str(percent))), "pattern": pattern}
            yield Said("at least {percent} % in {pattern}", values)

    # ── forms beside each other ──────────────────────────────────────────────────────────────

    def table(self) -> list[list[str]]:
        """Each form with its cells; nothing of one form alone."""
        return [self._line(one) for one in self.forms] if len(self.forms) > 1 else []

    def _line(self, one: Form) -> list[str]:
        cells = [one.name, str(one.n), f"{one.mean:.1f}"]
        if self.rule is None:
            return cells
        low, high = measures.wilson(one.passed, one.n)
        share = f"{100 * one.passed / one.n:.1f} %" if one.n >= MIN_N else "–"
        cells += [f"{one.passed}/{one.n}", share, f"{100 * low:.0f}–{100 * high:.0f} %"]
        cut, sem = self.cut(one.name, one.most), self.sem(one)
        if cut is None:
            return [*cells, "–", "–", "–", "–"]
        share = f"{float(100 * cut / one.most):.1f}"
        return [*cells, plain(cut), plain(one.most), share, "–" if sem is None else f"{sem:.2f}"]

    def cut_gap(self) -> Said | None:
        """The lowest and the highest cut of forms beside each other; None where they are one number."""
        if len(self.forms) < 2:
            return None
        known = [(cut, one) for one in self.forms if (cut := self.cut(one.name, one.most)) is not None]
        if len({cut for cut, _ in known}) < 2:
            return None
        (low, easy), (high, hard) = (pick(known, key=lambda found: found[0]) for pick in (min, max))
        assert [cut for cut, _ in known].count(low) == [cut for cut, _ in known].count(high) == 1, "a tie"
        return Said(
            "The cuts of forms lie up to {gap} points apart: {low} of {of_low} on form {a}, {high} of {of_high} "
            "on form {b}.",
            {
                "gap": plain(high - low),
                "low": plain(low), "of_low": plain(easy.most), "a": easy.name,
                "high": plain(high), "of_high": plain(hard.most), "b": hard.name,
            },
        )  # fmt: skip

    def heads(self) -> list[str]:
        """The heads of that table."""
        if self.rule is None:
            return ["Form", "candidates", "mean score, %"]
        return [
            "Form",
            "candidates",
            "mean score, %",
            *("passed", "%", "95 % interval"),
            "cut, points",
            "of points",
            "cut, %",
            self.sem_kind,
        ]


def _welch(a: list[float], b: list[float], alpha: float) -> tuple[float, float]:
    """Welch's interval of the difference of two means, of degrees of freedom rounded down."""
    u, v = float(np.var(a, ddof=1)) / len(a), float(np.var(b, ddof=1)) / len(b)
    df = (u + v) ** 2 / (u**2 / (len(a) - 1) + v**2 / (len(b) - 1))
    value, half = float(np.mean(a)) - float(np.mean(b)), float(t.ppf(1 - alpha / 2, floor(df))) * sqrt(u + v)
    return value - half, value + half


def plain(value: Decimal) -> str:
    """Points without noughts at their end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
