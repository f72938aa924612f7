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
            questions[n] = {
                "rekey": lambda q=question, k=letters: q._replace(right=k),
                "accept": lambda q=question, k=letters: q._replace(right_too=q.right_too | k),
                "drop": lambda q=question: q._replace(points=0),
                "credit_all": lambda q=question: q._replace(credit="all"),
                "credit_answered": lambda q=question: q._replace(credit="answered"),
            }[one["kind"]]()


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
    columns = [sum(values, start=ZERO) for values in zip(*sums, strict=True)]
    return Sum(*columns[:3], int(columns[3])) if columns else Sum(ZERO, ZERO, ZERO, 0)


def names(pattern: str, code: str) -> bool:
    """Whether `all`, `E1.*` or a code names a place."""
    return pattern in ("all", code) or (pattern.endswith(".*") and code.startswith(pattern[:-1]))


def passes(rule: Rule, total: Sum, cut: Fraction | None, places: dict[str, dict[str, Sum]]) -> bool:
    """Whether every part of a pass rule holds; `places` are criteria, elements and units that the form asks."""
    if cut is not None and total.points < cut:
        return False
    if cut is None and "percent" in rule and not total.reaches(rule["percent"]):
        return False
    if cut is None and "cut" in rule and total.points < rule["cut"]:
        return False
    for kind, asked in places.items():
        for pattern, percent in rule.get(kind, {}).items():
            if not all(one.reaches(percent) for code, one in asked.items() if names(pattern, code)):
                return False
    if (some := rule.get("at_least")) is None:
        return True
    asked = places[some.get("of", "criteria")]
    among = [one for code, one in asked.items() if any(names(p, code) for p in some.get("among", ["all"]))]
    return sum(one.reaches(some["percent"]) for one in among) >= some["met"]


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
    criteria = {q.pc: q for form in forms.values() for q in form}
    scoring, judgement = (
        SCORING | blueprint.get("scoring", {}),
        JUDGEMENT | blueprint.get("judgement", {}),
    )
    rows, aside = settle(files)
    candidates: dict[str, dict[str, str]] = {}
    results: dict[str, dict[str, str]] = {}
    tally: dict[str, list[tuple[Fraction, str]]] = defaultdict(list)
    least: dict[Question, Fraction] = {}
    for form in forms.values():
        for q in form:
            every = [m for m in all_marks(len(q.options)) if scoring["invalid"] == "wrong" or m is not None]
            least[q] = min(share(scoring, q, mark) for mark in every) if q.points else ZERO
    for candidate, (form, cells) in rows.items():
        marks = [mark_of(cell, len(q.options)) for cell, q in zip(cells, forms[form], strict=True)]
        earned: dict[str, list[Sum]] = {pc: [] for pc in criteria}
        for mark, q in zip(marks, forms[form], strict=True):
            if q.points:
                points = q.points * share(scoring, q, mark)
                earned[q.pc].append(Sum(points, q.points * least[q], Fraction(q.points), 1))
        by_pc = {pc: add(sums) for pc, sums in earned.items()}
        asked = {pc: one for pc, one in by_pc.items() if one.n_items}
        places = {"criteria": asked, "elements": {}, "units": {}}
        for kind, field in (("elements", "element"), ("units", "unit")):
            for code in {getattr(criteria[pc], field) for pc in asked}:
                mine = [one for pc, one in asked.items() if getattr(criteria[pc], field) == code]
                places[kind][code] = add(mine)
        total = add(by_pc.values())
        if scoring["floor"] == "total":
            total = total._replace(points=max(total.points, ZERO))
        good = passes(blueprint.get("pass", {}), total, cuts[form] if cuts else None, places)
        kinds = [
            sum(mark is not None and len(mark) == 1 for mark in marks),
            marks.count(BLANK),
            0,
            marks.count(None),
        ]
        kinds[2] = len(marks) - sum(kinds)
        told = [
            candidate, form, points_text(total.points), points_text(total.most),
            percent_text(total.points, total.most), "pass" if good else "fail", *map(str, kinds),
        ]  # fmt: skip
        candidates[candidate] = dict(zip(CONTRACT, told, strict=True))
        line = {"candidate_id": candidate, "form": form}
        for pc, one in by_pc.items():
            status = judged(judgement, criteria[pc].unit, one)
            there = status != "not_assessed"
            line[f"{pc}_correct"] = points_text(one.points) if there else ""
            line[f"{pc}_percent"] = percent_text(one.points, one.most) if there else ""
            line[f"{pc}_status"] = status
            if there:
                tally[pc].append((100 * one.points / one.most, status))
        results[candidate] = line
    coverage = {}
    for pc, q in criteria.items():
        percents, statuses = [p for p, _ in tally[pc]], [status for _, status in tally[pc]]
        mean = rounded(sum(percents, start=ZERO) / len(percents), 2) if percents else ""
        coverage[pc] = {
            "unit": q.unit,
            "element": q.element,
            "pc": pc,
            "candidates": str(len(percents)),
            "mean_percent": mean,
        }
        coverage[pc] |= {
            f"items_{form}": str(sum(o.pc == pc and o.points > 0 for o in forms[form])) for form in forms
        }
        coverage[pc] |= {status: str(statuses.count(status)) for status in ("met", "not_met", "insufficient")}
    read = sum(len(read_answers(path)) for path in files)
    counts = {"read": read, "scored": len(rows), "quarantined": sum(len(r) for r in aside.values())}
    counts["identical_repeats"] = read - counts["scored"] - counts["quarantined"]
    return Scored(candidates, results, coverage, counts, {c: r[0] for c, r in aside.items()})


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


def all_marks(n_options: int) -> list[Mark]:
    """Every mark that a question of so many options can have."""
    letters = LETTERS[:n_options]
    return [None, *(frozenset(c for k, c in enumerate(letters) if n >> k & 1) for n in range(2**n_options))]


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
