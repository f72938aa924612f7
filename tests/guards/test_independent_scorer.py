"""A scorer of its own agrees with `examgen score` in every cell, under every rule that a blueprint can give.

And percentages are exact: at each boundary the decision is what whole numbers say, and the printed percentage is
the true one with a half rounded up.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.guards import plain_scorer
from tests.guards.commands import Examgen, read_csv
from tests.guards.plain_scorer import compare
from tests.guards.small_exams import blueprint, build, drawn_answers, item, wide, write_unit, write_yaml

QUIET = "--no-signals"
"""What else a scoring may look at costs time, and is no matter of this guard."""


def decided_by(folder: Path, name: str, percent: object) -> Path:
    """The package with another percentage to pass and to be met: what a build with that blueprint writes."""
    copy = folder.with_name(name)
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("results"))
    text = (copy / "exam.yaml").read_text("utf-8")
    for rule in ("pass:\n", "judgement:\n    min_items: 1\n"):
        assert text.count(f"  {rule}    percent: 60\n") == 1
        text = text.replace(f"  {rule}    percent: 60\n", f"  {rule}    percent: {percent}\n")
    (copy / "exam.yaml").write_text(text, "utf-8")
    return copy


# ── every rule ───────────────────────────────────────────────────────────────────────────────

POOL = [
    *(item(pc, n) for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 8)),
    *(item("E1.01", n, key=["a", "c"]) for n in range(11, 16)),
    *(item("E2.01", n, key=["a", "b", "e"], n_options=5) for n in range(11, 15)),
    *(item("E1.02", n, n_options=2 + n % 2) for n in range(11, 15)),
    *(item("E1.01", n, key=["a", "b", "d"]) for n in range(21, 24)),
    *(item("E2.02", n, key=["b", "c"]) for n in range(1, 3)),
]
OTHER = [item(pc, n) for pc in ("F1.01", "F1.02") for n in range(1, 6)]


@pytest.fixture(scope="module")
def bank(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two units: items of two to five options, some with several right answers."""
    workspace = tmp_path_factory.mktemp("bank") / "workspace"
    shutil.copytree(starter, workspace)
    write_unit(workspace, "U-1", POOL)
    write_unit(workspace, "U-2", OTHER)
    return workspace


PLAN = blueprint(
    ["U-1", "U-2"],
    forms=2,
    items=36,
    overlap={"min": 20, "max": 36},
    criteria={"E2.02": 2, "E1.01": {"min": 12}},
)


@pytest.fixture(scope="module")
def package(examgen: Examgen, bank: Path) -> Path:
    return build(examgen, bank, "plain", PLAN)


@pytest.fixture(scope="module")
def answers(package: Path) -> list[Path]:
    """Two files: 240 candidates, of whom some have repeats, and some rows that differ."""
    rows = drawn_answers(package, 240, seed=3)
    changed = [[*row[:2], "A" if row[2] != "A" else "B", *row[3:]] for row in rows[200:206]]
    first = wide(package.with_name("first.csv"), [*rows[:200], *rows[5:9], *changed[:3], *rows[200:203]])
    return [first, wide(package.with_name("second.csv"), [*rows[203:], *rows[:4], *changed[3:]])]


PARTS = ["false2", "false", "true", "all", "none", "moodle"]
SCORING: list[dict[str, Any]] = [
    {},
    {"wrong": 0.5},
    {"wrong": "by_options", "floor": "none"},
    {"wrong": "1/3", "multiple": "blank"},
    {"wrong": "25%", "invalid": "wrong", "floor": "none"},
    {"several": "all"},
    {"several": "all", "wrong": 1, "floor": "none"},
    *({"several": "partial", "partial": part, "wrong": 0.5, "floor": "none"} for part in PARTS),
    {"several": "partial", "partial": "true"},
    {"several": "partial", "wrong": "by_options", "multiple": "blank", "invalid": "wrong"},
    {"several": "partial", "floor": "item"},
]
PASS: list[dict[str, Any]] = [
    {"percent": 55},
    {"criteria": {"all": 30}},
    {"criteria": {"E1.*": "33.4%", "F1.02": 50}},
    {"percent": 45, "criteria": {"E1.01": 40}},
    {"elements": {"all": 40}},
    {"elements": {"E2": 50}, "units": {"U-2": 40}},
    {"units": {"all": 45}},
    {"at_least": {"met": 3, "percent": 50}},
    {"at_least": {"met": 2, "of": "elements", "percent": 50, "among": ["E1", "E2"]}},
    {"at_least": {"met": 2, "of": "units", "percent": 45}, "percent": 50},
    {"cut": 18, "reason": "minutes 3/2569"},
    {"cut": 15, "percent": 50, "reason": "minutes 3/2569"},
    {"percent": 0},
    {"percent": 100},
]  # fmt: skip
JUDGEMENT: list[dict[str, Any]] = [
    {},
    {"min_items": 1, "percent": 33.3},
    {"min_items": 4, "percent": 50, "units": {"U-2": 80}},
    {"min_items": 2, "certainty": {"percent": 80}},
    {"min_items": 2, "certainty": {"percent": 75, "prior": "jeffreys"}},
    {"min_items": 2, "certainty": {"percent": 80, "by": "interval"}},
    {"min_items": 2, "interval": "clopper_pearson", "certainty": {"percent": 80, "by": "interval"}},
]


@pytest.mark.parametrize("number", range(max(len(SCORING), len(PASS), len(JUDGEMENT))))
def test_every_cell_is_that_of_the_plain_scorer(
    examgen: Examgen, bank: Path, answers: list[Path], number: int
) -> None:
    """Each rule of a list is met once at least: the shorter lists go round."""
    some = [rules[number % len(rules)] for rules in (SCORING, PASS, JUDGEMENT)]
    rules = dict(zip(("scoring", "pass", "judgement"), some, strict=True))
    folder = build(examgen, bank, f"rules-{number}", PLAN | rules)
    examgen("score", folder, *answers, QUIET, cwd=folder, status=3)
    compare(folder / "results", plain_scorer.score(folder, rules, answers))


def test_the_audit_names_the_files_and_the_rules(examgen: Examgen, bank: Path, answers: list[Path]) -> None:
    rules: dict[str, dict[str, Any]] = {
        "scoring": {"wrong": "1/4"},
        "judgement": {"percent": 55.5},
        "pass": {"percent": 51.5},
    }
    folder = build(examgen, bank, "audited", PLAN | rules)
    examgen("score", folder, *answers, QUIET, cwd=folder, status=3)
    audit = json.loads((folder / "results/audit.json").read_text("utf-8"))
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in answers]
    assert [one["sha256"] for one in audit["inputs"]] == digests
    for name, rule in rules.items():
        for key, value in rule.items():
            assert str(audit["options"][name][key]) == str(value)


def test_the_cut_of_a_file_replaces_what_is_asked_of_the_total(
    examgen: Examgen, bank: Path, answers: list[Path]
) -> None:
    rules = {"scoring": {"wrong": 0.25}, "pass": {"percent": 100, "criteria": {"E1.01": 30}}}
    folder = build(examgen, bank, "cut", PLAN | rules)
    fingerprint = examgen("verify", folder, "--json", cwd=folder).json["fingerprints"]["exam"]
    cuts = {"A": Fraction("16.25"), "B": Fraction("16.2501")}
    forms = {
        form: {"cut": str(float(cut)), "judged": "16", "judges": 5, "points": 36}
        for form, cut in cuts.items()
    }
    said = {
        "sources": [{"file": "ratings.yaml", "sha256": "0" * 64}],
        "by": "committee",
        "reason": "minutes",
        "date": "2026-11-21",
    }
    cut = {"exam": "TRIAL", "fingerprint": fingerprint, "method": "angoff", "forms": forms, **said}
    path = write_yaml(folder.with_name("cut.yaml"), cut)
    examgen("score", folder, *answers, "--cut", path, QUIET, cwd=folder, status=3)
    compare(folder / "results", plain_scorer.score(folder, rules, answers, cuts=cuts))


# ── exact percentages ────────────────────────────────────────────────────────────────────────

MAXIMA = {"A": 300, "B": 299, "C": 293, "D": 250, "E": 200, "F": 150, "G": 125, "H": 64}
"""What each form gives after questions were dropped; all had 300."""
SIZES = (*range(1, 20), 25, 35, 50)
"""Items of the criteria, in the order of the questions: together 300."""
QUICK = ["64.4", "58", "28", "7.2", "57.6", "50", "33.3", "66.7", "0.1", "99.9"]
"""Cuts that many of these maxima have exactly, at which floating point decides wrongly (64.4 % of 250, 58 % of 300,
28 % of 25, 7.2 % of 125), and some that none has."""


@pytest.fixture(scope="module")
def ladder(examgen: Examgen, starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of eight forms of the same 300 items, in criteria of 1 to 50 items."""
    workspace = tmp_path_factory.mktemp("ladder") / "workspace"
    shutil.copytree(starter, workspace)
    write_unit(
        workspace, "L-1", [item(f"E1.{k:02d}", n) for k, size in enumerate(SIZES, 1) for n in range(size)]
    )
    rules = {"judgement": {"min_items": 1, "percent": 60}, "pass": {"percent": 60}}
    plan = blueprint(["L-1"], forms=len(MAXIMA), items=300, overlap=300, **rules)
    return build(examgen, workspace, "ladder", plan)


def every_score(folder: Path, maxima: dict[str, int]) -> tuple[Path, list[dict[str, Any]]]:
    """An answer file with every score of every form, and corrections that leave each form its maximum.

    Who has s points has the first s questions of the form right, so every score of every criterion is there too.
    """
    forms = plain_scorer.read_forms(folder)
    rows, drops = [], []
    said = {"reason": "not taught", "by": "committee", "date": "2026-11-20"}
    for form, most in maxima.items():
        right = [next(iter(q.right)) for q in forms[form]]
        wrong = ["B" if letter == "A" else "A" for letter in right]
        rows += [[f"{form}{s:03d}", form, *right[:s], *wrong[s:]] for s in range(most + 1)]
        dropped = [{"kind": "drop", "form": form, "question": q} for q in range(most + 1, 301)]
        drops += [one | {"only_here": True} | said for one in dropped]
    return wide(folder.with_name("scores.csv"), rows), drops


def percentages_are_exact(
    examgen: Examgen, folder: Path, answers: Path, drops: list[dict[str, Any]], percent: str
) -> None:
    """Decision, status and printed percentage of every score at this cut, by whole numbers alone."""
    decided = decided_by(folder, f"cut-{percent}", percent)
    corrections = [write_yaml(folder.with_name("drops.yaml"), drops)] if drops else []
    words = [word for path in corrections for word in ("--corrections", path)]
    examgen("score", decided, answers, *words, QUIET, cwd=folder)
    tenths = int(Fraction(percent) * 10)
    sizes = {form: 300 - sum(one["form"] == form for one in drops) for form in MAXIMA}

    def at(score: int, most: int) -> tuple[bool, str]:
        hundredths = (20000 * score + most) // (2 * most)
        return 1000 * score >= tenths * most, f"{hundredths // 100}.{hundredths % 100:02d}"

    for row in read_csv(decided / "results/candidates.csv"):
        score, most = int(row["candidate_id"][1:]), sizes[row["form"]]
        good, printed = at(score, most)
        assert (row["score"], row["max_score"]) == (str(score), str(most))
        assert (row["decision"], row["percent"]) == ("pass" if good else "fail", printed), row
    statuses = set()
    for row in read_csv(decided / "results/pc_results.csv"):
        before = 0
        for k, whole in enumerate(SIZES, 1):
            size = min(max(sizes[row["form"]] - before, 0), whole)
            score = min(max(int(row["candidate_id"][1:]) - before, 0), size)
            before += whole
            good, printed = at(score, size) if size else (False, "")
            status = ("met" if good else "not_met") if size else "not_assessed"
            cells = row[f"E1.{k:02d}_percent"], row[f"E1.{k:02d}_status"]
            assert cells == (printed, status), (row["candidate_id"], k)
            statuses.add(status)
    assert {"met", "not_met"} <= statuses
    shutil.rmtree(decided)


@pytest.mark.parametrize("percent", QUICK)
def test_percentages_are_exact_at_the_boundary(examgen: Examgen, ladder: Path, percent: str) -> None:
    """8 maxima × all their scores × 10 cuts, and all scores of up to 50 items in the criteria of each form."""
    answers, drops = every_score(ladder, MAXIMA)
    percentages_are_exact(examgen, ladder, answers, drops, percent)


@pytest.mark.long("every maximum up to 300, each with all its scores; the quick ones are tried each time")
@pytest.mark.parametrize("first", range(1, 301, 8))
def test_every_maximum_up_to_300(examgen: Examgen, ladder: Path, first: int) -> None:
    """Each score of each maximum is printed and decided at five cuts: of 45,450 pairs, 227,250 decisions."""
    maxima = {form: min(first + k, 300) for k, form in enumerate(MAXIMA)}
    answers, drops = every_score(ladder, maxima)
    for k in range(5):
        tenths = (first * 37 + k * 199) % 1000 + 1
        percentages_are_exact(examgen, ladder, answers, drops, f"{tenths / 10:.1f}")


@pytest.mark.long("every tenth of a percent at eight maxima; the quick ones are tried each time")
@pytest.mark.parametrize("first", range(1, 1001, 50))
def test_every_tenth_of_a_percent(examgen: Examgen, ladder: Path, first: int) -> None:
    """All 1,000 cuts, each at every score of 300, 299, 293, 250, 200, 150, 125 and 64 points."""
    answers, drops = every_score(ladder, MAXIMA)
    for tenths in range(first, first + 50):
        percentages_are_exact(examgen, ladder, answers, drops, f"{tenths / 10:.1f}")
