"""A scorer of its own: package folder, blueprint and answer files → what the results must say.

It reads `secure/key.csv`, `secure/forms.csv` and wide answer files with Python's csv, and counts with dictionaries,
fractions and loops. It shares nothing with examgen. A mark is a set of printed letters, None where it is not an
option of the question.
"""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from statistics import NormalDist
from typing import Any, NamedTuple

from scipy.stats import beta

from tests.guards.commands import read_csv

Rule = dict[str, Any]
Mark = frozenset[str] | None
ZERO, ONE = Fraction(0), Fraction(1)
BLANK: frozenset[str] = frozenset()
LETTERS = "ABCDE"
SAME_LETTER = str.maketrans("abcdeกขคงจ", "ABCDE" * 2)
CONTRACT = (
    "candidate_id", "form", "score", "max_score", "percent", "decision", "answered", "blank", "multiple", "invalid",
)  # fmt: skip
SCORING: Rule = {
    "several": "any", "partial": "false2", "wrong": 0, "multiple": "wrong", "invalid": "blank", "floor": "total",
}  # fmt: skip
JUDGEMENT: Rule = {"min_items": 3, "percent": 60, "interval": "wilson"}


class Question(NamedTuple):
    """A printed question: what key.csv and forms.csv say of it, after corrections."""

    item: str
    unit: str
    element: str
    pc: str
    options: tuple[str, ...]
    points: int
    right: frozenset[str]
    right_too: frozenset[str] = frozenset()
    credit: str = ""


class Scored(NamedTuple):
    """Rows by candidate (coverage by criterion), each a dictionary of the columns that the contract names."""

    candidates: dict[str, dict[str, str]]
    pc_results: dict[str, dict[str, str]]
    coverage: dict[str, dict[str, str]]
    rows: dict[str, int]
    aside: dict[str, str]


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read_forms(folder: Path, corrections: Iterable[Rule] = ()) -> dict[str, list[Question]]:
    """The questions of each form in their printed order; those that were dropped have 0 points."""
    keys = {(row["form"], row["question"]): row for row in read_csv(folder / "secure/key.csv")}
    forms: dict[str, list[Question]] = defaultdict(list)
    for row in read_csv(folder / "secure/forms.csv"):
        key = keys[row["form"], row["question"]]
        assert int(row["question"]) == len(forms[row["form"]]) + 1
        right = frozenset(key["key"].split("|"))
        place = (row["item"], row["unit"], row["element"], row["pc"], tuple(row["options"].split()))
        forms[row["form"]].append(Question(*place, int(key["points"]), right))
    printed = {form: list(questions) for form, questions in forms.items()}
    for one in corrections:
        correct(forms, printed, one)
    return forms


def correct(forms: dict[str, list[Question]], printed: dict[str, list[Question]], one: Rule) -> None:
    """Change the questions that a correction is about."""
    named = [one["key"]] if isinstance(one.get("key"), str) else one.get("key", [])
    item = one.get("item")
    if not item:
        place = printed[one["form"]][one["question"] - 1]
        named = [place.options[LETTERS.index(letter.translate(SAME_LETTER))] for letter in named]
        item = place.item
    for form, questions in forms.items():
        for n, question in enumerate(questions):
            here = (one.get("form"), one.get("question")) == (form, n + 1)
            if question.item != item:
                continue
            if one.get("only_here") and not here:
                continue
            letters = frozenset(LETTERS[question.options.index(option)] for option in named)
            questions[n] = changed(question, one["kind"], letters)


def changed(question: Question, kind: str, letters: frozenset[str]) -> Question:
    """A question after one correction, whose letters are those that it prints."""
    if kind == "rekey":
        return question._replace(right=letters)
    if kind == "accept":
        return question._replace(right_too=question.right_too | letters)
    if kind == "drop":
        return question._replace(points=0)
    return question._replace(credit=kind.removeprefix("credit_"))


def read_answers(path: Path) -> list[tuple[str, str, list[str]]]:
    """Candidate, form and cells of each row of a wide file."""
    header, *rows = csv.reader(path.read_text("utf-8-sig").splitlines())
    last = 2 + sum(name.startswith("Q") for name in header)
    return [(row[0], row[1], row[2:last]) for row in rows]


def mark_of(cell: str, n_options: int) -> Mark:
    """The letters of a cell: blank is the empty set, what is not an option None."""
    letters = frozenset(cell.strip(" -.").translate(SAME_LETTER).replace("|", ""))
    return letters if letters <= set(LETTERS[:n_options]) else None


# ── points ───────────────────────────────────────────────────────────────────────────────────


def amount(written: object) -> Fraction:
    """`0.25`, `25%` and `1/4` as the same number."""
    return part(written) if str(written).endswith("%") else Fraction(str(written))


def share(rule: Rule, question: Question, mark: Mark) -> Fraction:
    """The share of its points that a question earns."""
    if question.credit:
        return ONE if question.credit == "all" or mark != BLANK else ZERO
    if mark == BLANK:
        return ZERO
    n_options = len(question.options)
    cost = Fraction(1, n_options - 1) if rule["wrong"] == "by_options" else amount(rule["wrong"])
    if mark is None:
        return -cost if rule["invalid"] == "wrong" else ZERO
    right, too = question.right, question.right_too - question.right
    if rule["several"] == "any" or len(right) == 1:
        if len(mark) != 1:
            return -cost if rule["multiple"] == "wrong" else ZERO
        return ONE if mark <= right | too else -cost
    keys = [right]
    for letter in sorted(too):
        keys += [key | {letter} for key in keys]
    if rule["several"] == "all":
        return ONE if mark in keys else -cost
    return max(in_parts(rule["partial"], cost, n_options, key, mark) for key in keys)


def in_parts(
    partial: str, cost: Fraction, n_options: int, right: frozenset[str], mark: frozenset[str]
) -> Fraction:
    """Each option that is marked has its worth; the sum is cut below."""
    n_wrong = n_options - len(right)
    counts = {"all": 1, "true": len(right), "false": n_wrong, "false2": max(n_wrong, 2), "moodle": n_wrong}
    worth_of_wrong = ZERO if partial == "none" or not n_wrong else -ONE / counts[partial]
    total = sum((ONE / len(right) if letter in right else worth_of_wrong for letter in mark), start=ZERO)
    return min(max(total, ZERO), ONE) if partial == "moodle" else max(total, -cost)


# ── decisions ────────────────────────────────────────────────────────────────────────────────


def part(percent: object) -> Fraction:
    """`60`, `33.4` and `33.4%` as exact shares of one."""
    return Fraction(str(percent).removesuffix("%")) / 100


class Sum(NamedTuple):
    """Points of a place: earned, the least and the most that could be had, and of how many items."""

    points: Fraction
    least: Fraction
    most: Fraction
    n_items: int

    def reaches(self, percent: object) -> bool:
        return self.points >= part(percent) * self.most


def add(sums: Iterable[Sum]) -> Sum:
    """All together."""
    total = Sum(ZERO, ZERO, ZERO, 0)
    for one in sums:
        points, least, most = total.points + one.points, total.least + one.least, total.most + one.most
        total = Sum(points, least, most, total.n_items + one.n_items)
    return total


def names(pattern: str, code: str) -> bool:
    """Whether `all`, `E1.*` or a code names a place."""
    return pattern in ("all", code) or (pattern.endswith(".*") and code.startswith(pattern[:-1]))


def passes(rule: Rule, total: Sum, cut: Fraction | None, places: dict[str, dict[str, Sum]]) -> bool:
    """Whether every part of a pass rule holds; `places` are criteria, elements and units that the form asks."""
    if cut is not None and total.points < cut:
        return False
    if cut is None and "percent" in rule and not total.reaches(rule["percent"]):
        return False
    if cut is None and total.points < rule.get("cut", total.points):
        return False
    for kind, asked in places.items():
        for pattern, percent in rule.get(kind, {}).items():
            if not all(one.reaches(percent) for code, one in asked.items() if names(pattern, code)):
                return False
    if (some := rule.get("at_least")) is None:
        return True
    asked = places[some.get("of", "criteria")]
    among = [one for code, one in asked.items() if any(names(p, code) for p in some.get("among", ["all"]))]
    return sum(one.reaches(some["percent"]) for one in among) >= int(some["met"])


def judged(rule: Rule, unit: str, one: Sum) -> str:
    """The status of a place."""
    if not one.n_items or not one.most:
        return "not_assessed"
    if one.n_items < rule["min_items"]:
        return "insufficient"
    percent = part(rule.get("units", {}).get(unit, rule["percent"]))
    reached = one.points >= percent * one.most
    if "certainty" in rule:
        right = one.n_items * (one.points - one.least) / (one.most - one.least)
        standard = (percent * one.most - one.least) / (one.most - one.least)
        if not is_sure(rule, right, one.n_items, standard, reached=reached):
            return "undecided"
    return "met" if reached else "not_met"


def is_sure(rule: Rule, right: Fraction, n: int, standard: Fraction, *, reached: bool) -> bool:
    """Whether a judgement on `right` of n items is as certain as is asked."""
    asked = rule["certainty"]
    certain = part(asked["percent"])
    if asked.get("by", "posterior") == "posterior":
        jeffreys = asked.get("prior") == "jeffreys"
        chance = posterior(right, n, standard, jeffreys=jeffreys)
        return (chance if reached else 1 - chance) >= certain
    x = float(right)
    if rule["interval"] == "wilson":
        z = NormalDist().inv_cdf(float(certain))
        return abs(x - n * float(standard)) >= z * math.sqrt(n * standard * (1 - standard)) - 1e-12
    tail = 1 - float(certain)
    if reached:
        return right > 0 and bool(beta.ppf(tail, x, n - x + 1) >= float(standard) - 1e-12)
    return right < n and bool(beta.isf(tail, x + 1, n - x) <= float(standard) + 1e-12)


def posterior(right: Fraction, n: int, standard: Fraction, *, jeffreys: bool) -> Fraction:
    """The probability of the standard or more; of whole numbers, every share as likely, by exact integrals."""
    if jeffreys or right.denominator > 1:
        half = 0.5 if jeffreys else 1.0
        tail = beta.sf(float(standard), float(right) + half, float(n - right) + half)
        return Fraction(float(tail)) + Fraction(1, 10**12)
    x = int(right)

    def area(to: Fraction) -> Fraction:
        terms = ((-1) ** k * math.comb(n - x, k) * to ** (x + k + 1) / (x + k + 1) for k in range(n - x + 1))
        return sum(terms, start=ZERO)

    return 1 - area(standard) / area(ONE)


# ── what is written ──────────────────────────────────────────────────────────────────────────


def rounded(value: Fraction, decimals: int) -> str:
    """A number with so many decimals, a half rounded up."""
    steps = math.floor(value * 10**decimals + Fraction(1, 2))
    whole, rest = divmod(abs(steps), 10**decimals)
    return f"{'-' if steps < 0 else ''}{whole}" + (f".{rest:0{decimals}d}" if decimals else "")


def points_text(points: Fraction) -> str:
    """Points with as few decimals as say them exactly, four at most."""
    exact = (places for places in range(4) if (points * 10**places).denominator == 1)
    return rounded(points, next(exact, 4))


def percent_text(points: Fraction, most: Fraction) -> str:
    return rounded(100 * points / most, 2) if most else ""


def score(
    folder: Path, blueprint: Rule, files: Sequence[Path], corrections: Iterable[Rule] = (),
    cuts: dict[str, Fraction] | None = None,
) -> Scored:  # fmt: skip
    """Score wide answer files by the key of a package and the rules of its blueprint."""
    forms = read_forms(folder, corrections)
    criteria = {q.pc: q for questions in forms.values() for q in questions}
    scoring = SCORING | blueprint.get("scoring", {})
    judgement = JUDGEMENT | blueprint.get("judgement", {})
    rows, aside = settle(files)
    least = {q: least_share(scoring, q) for questions in forms.values() for q in questions}
    candidates: dict[str, dict[str, str]] = {}
    results: dict[str, dict[str, str]] = {}
    percents: dict[str, list[Fraction]] = {pc: [] for pc in criteria}
    for candidate, (form, cells) in rows.items():
        marks = [mark_of(cell, len(q.options)) for cell, q in zip(cells, forms[form], strict=True)]
        by_pc = {pc: Sum(ZERO, ZERO, ZERO, 0) for pc in criteria}
        for mark, q in zip(marks, forms[form], strict=True):
            if q.points:
                earned = Sum(q.points * share(scoring, q, mark), q.points * least[q], Fraction(q.points), 1)
                by_pc[q.pc] = add([by_pc[q.pc], earned])
        total = add(by_pc.values())
        if scoring["floor"] == "total":
            total = total._replace(points=max(total.points, ZERO))
        cut = cuts[form] if cuts else None
        good = passes(blueprint.get("pass", {}), total, cut, places_of(by_pc, criteria))
        told = [
            candidate, form, points_text(total.points), points_text(total.most),
            percent_text(total.points, total.most), "pass" if good else "fail", *map(str, kinds_of(marks)),
        ]  # fmt: skip
        candidates[candidate] = dict(zip(CONTRACT, told, strict=True))
        results[candidate] = {"candidate_id": candidate, "form": form}
        for pc, one in by_pc.items():
            status = judged(judgement, criteria[pc].unit, one)
            shown = status != "not_assessed"
            texts = points_text(one.points) if shown else "", percent_text(one.points, one.most), status
            names = (f"{pc}_{name}" for name in ("correct", "percent", "status"))
            results[candidate] |= dict(zip(names, texts, strict=True))
            if shown:
                percents[pc].append(100 * one.points / one.most)
    coverage: dict[str, dict[str, str]] = {}
    for pc, q in criteria.items():
        n = len(percents[pc])
        mean = rounded(sum(percents[pc], start=ZERO) / n, 2) if n else ""
        coverage[pc] = {
            "unit": q.unit,
            "element": q.element,
            "pc": pc,
            "candidates": str(n),
            "mean_percent": mean,
        }
        for form, questions in forms.items():
            coverage[pc][f"items_{form}"] = str(
                sum(other.pc == pc and other.points > 0 for other in questions)
            )
        statuses = [row[f"{pc}_status"] for row in results.values()]
        coverage[pc] |= {status: str(statuses.count(status)) for status in ("met", "not_met", "insufficient")}
    read = sum(len(read_answers(path)) for path in files)
    counts = {"read": read, "scored": len(rows), "quarantined": sum(len(r) for r in aside.values())}
    counts["identical_repeats"] = read - counts["scored"] - counts["quarantined"]
    return Scored(candidates, results, coverage, counts, {c: reasons[0] for c, reasons in aside.items()})


def least_share(scoring: Rule, question: Question) -> Fraction:
    """The least that a mark can earn."""
    letters = LETTERS[: len(question.options)]
    marks: list[Mark] = [
        frozenset(letter for k, letter in enumerate(letters) if n >> k & 1) for n in range(2 ** len(letters))
    ]
    return min(share(scoring, question, mark) for mark in [None, *marks])


def places_of(by_pc: dict[str, Sum], criteria: dict[str, Question]) -> dict[str, dict[str, Sum]]:
    """What a form asks, by criterion, element and unit."""
    asked = {pc: one for pc, one in by_pc.items() if one.n_items}
    places: dict[str, dict[str, Sum]] = {"criteria": asked, "elements": {}, "units": {}}
    for pc, one in asked.items():
        for kind, code in (("elements", criteria[pc].element), ("units", criteria[pc].unit)):
            places[kind][code] = add([one, *([places[kind][code]] if code in places[kind] else [])])
    return places


def kinds_of(marks: Sequence[Mark]) -> tuple[int, int, int, int]:
    """How many marks are one letter, blank, several letters, and no option."""
    sizes = [None if mark is None else len(mark) for mark in marks]
    single, blank, invalid = sizes.count(1), sizes.count(0), sizes.count(None)
    return single, blank, len(marks) - single - blank - invalid, invalid


def settle(files: Sequence[Path]) -> tuple[dict[str, tuple[str, list[str]]], dict[str, list[str]]]:
    """The row of each candidate; of those with rows that differ the reason, as often as they have rows."""
    found: dict[str, list[tuple[Path, str, list[str]]]] = defaultdict(list)
    for path in files:
        for candidate, form, cells in read_answers(path):
            found[candidate].append((path, form, cells))
    rows, aside = {}, {}
    for candidate, mine in found.items():
        if any(row[1:] != mine[0][1:] for row in mine):
            reason = "conflicting_rows" if len({row[0] for row in mine}) == 1 else "candidate_in_two_files"
            aside[candidate] = [reason] * len(mine)
        else:
            rows[candidate] = mine[0][1:]
    return rows, aside


# ── the comparison ───────────────────────────────────────────────────────────────────────────


def compare(results: Path, expected: Scored) -> None:
    """Every column that the contract names, and every row."""
    tables = {"candidates": "candidate_id", "pc_results": "candidate_id", "pc_coverage": "pc"}
    for table, own in zip(tables, expected[:3], strict=True):
        rows = read_csv(results / f"{table}.csv")
        assert sorted(row[tables[table]] for row in rows) == sorted(own)
        for row in rows:
            wanted = own[row[tables[table]]]
            assert {name: row[name] for name in wanted} == wanted, table
    audit = json.loads((results / "audit.json").read_text("utf-8"))
    assert audit["rows"] == expected.rows
    decisions = [row["decision"] for row in expected.candidates.values()]
    assert {name: audit["decisions"][name] for name in ("pass", "fail")} == {
        name: decisions.count(name) for name in ("pass", "fail")
    }
    aside = read_csv(results / "quarantine.csv")
    assert {row["candidate_id"]: row["reason"] for row in aside} == expected.aside
    assert len(aside) == expected.rows["quarantined"]
