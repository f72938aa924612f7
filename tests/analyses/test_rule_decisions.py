"""How often the decisions of a run's own rule would repeat, against brute force and against the run itself."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest

from benchmarks.decisions import ASKED, RULES, TRUTHS, Sat, brute_force, estimates
from examgen.analyses.reported.decisions import of_exam
from examgen.analyses.reported.parts import ReportedLine
from examgen.analyses.rule_decisions import RuleSitting, analyse_rule, fitted_to, repeated, standards_of
from examgen.core.models.decisions import PassRule
from examgen.core.problems import Refused
from examgen.psychometrics.decisions.criteria import EarnedCategories
from examgen.psychometrics.decisions.likelihood import fit_criteria
from examgen.reports.writing import ReportOptions, report
from examgen.scoring.decisions import decide
from tests.reports.scored_samples import Answer, right, sat, unbroken, wrong
from tests.samples import PCS, item_data

GROUPS = (np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2]), np.zeros(10, np.int64))


def earned_of(known: Sat, n: int) -> EarnedCategories:
    cells = known.answered(known.abilities(n)).astype(np.int8)
    return EarnedCategories(
        cells, np.tile([0.0, 1.0], (40, 1)), np.repeat(np.arange(10), 4), GROUPS, known.texts
    )


def test_decisions_repeat_as_often_as_brute_force_says() -> None:
    """Of every rule within the errors that docs/decisions.md tells, which knows more samples and truths."""
    known = Sat(TRUTHS[1], np.random.default_rng(5))
    standards = [standards_of(rule, ASKED, None) for rule in RULES.values()]
    errors = estimates(known, 600, standards).figures[:, :2] - brute_force(known, standards, 20_000)[:, :2]
    assert np.abs(errors).max() < 0.02
    assert np.abs(errors).mean() < 0.009


def test_correlations_of_criteria_come_back() -> None:
    known = Sat(TRUTHS[1], np.random.default_rng(6))
    found = fit_criteria(earned_of(known, 800), slopes=True, extras=False, skewed=False).model
    assert found.correlations[:2] == pytest.approx((0.85, 0.70), abs=0.06)
    assert math.isnan(found.correlations[2])
    assert float(np.median(found.slopes / known.a)) == pytest.approx(1, abs=0.08)


def test_one_ability_has_no_parts_and_skewed_ability_is_skewed() -> None:
    one = fit_criteria(
        earned_of(Sat(TRUTHS[0], np.random.default_rng(3)), 400), slopes=False, extras=True, skewed=True
    )
    assert one.model.correlations[:2] == (1.0, 1.0)
    skewed = Sat(TRUTHS[4], np.random.default_rng(4))
    general = fit_criteria(earned_of(skewed, 800), slopes=False, extras=True, skewed=True).model.general
    assert general.weights @ general.nodes == pytest.approx(0, abs=1e-9)
    assert general.weights @ general.nodes**2 == pytest.approx(1)
    assert general.weights @ general.nodes**3 == pytest.approx(-math.sqrt(2), abs=0.5)


def test_a_skewed_ability_is_found_where_items_share_texts() -> None:
    """And of so few that a normal one would put the pass rate .06 off; what a text adds comes back in its unit."""
    for number, n, sd in ((8, 400, 0.7), (9, 150, 0.0)):
        known = Sat(TRUTHS[number], np.random.default_rng(number))
        fitted = fitted_to(earned_of(known, n), [])
        assert fitted is not None
        general = fitted.model.general
        assert -2 < general.weights @ general.nodes**3 < -0.6
        assert fitted.model.text_sd == pytest.approx(sd, abs=0.3)
        assert float(np.median(fitted.model.slopes / known.a)) == pytest.approx(1, abs=0.2)


def test_the_unit_of_ability_changes_nothing() -> None:
    """Of one ability with texts: only the weights of its distribution count, for the grid is its unit."""
    earned = earned_of(Sat(TRUTHS[8], np.random.default_rng(3)), 100)
    of = fit_criteria(earned, slopes=False, extras=True, skewed=False).around.likelihood
    assert [level.free for level in of.levels] == [False, False, False, True]
    x = of.start()
    assert of.asking(root=of.asked.root._replace(nodes=of.asked.root.nodes / 2))(x)[0] == of(x)[0]


def test_what_texts_add_comes_back_or_is_bounded() -> None:
    told = Sat(TRUTHS[6], np.random.default_rng(7))
    model = fit_criteria(earned_of(told, 700), slopes=False, extras=False, skewed=False).model
    assert model.text_sd == pytest.approx(0.7, abs=0.2)
    untold = Sat(TRUTHS[7], np.random.default_rng(8))
    standards = [standards_of(rule, ASKED, None) for rule in RULES.values()]
    found, true = estimates(untold, 300, standards), brute_force(untold, standards, 10_000)[:, :2]
    assert (found.at_worst[:, 0] < true[:, 0] + 0.01).all()
    assert (true[:, 0] < found.figures[:, 0]).all()


def test_the_gradient_is_that_of_the_likelihood() -> None:
    """Against differences, with everything that can be estimated: partial scores, items that were not given,
    guessing, texts."""
    known = Sat(TRUTHS[6], np.random.default_rng(9))
    earned = earned_of(known, 60)
    earned.category[:, 3] += earned.category[:, 4]
    earned.category[:20, 7] = -1
    units = np.pad(earned.units, ((0, 0), (0, 1)), constant_values=np.nan)
    units[3, 2] = 2.0
    fitted = fit_criteria(earned._replace(units=units), slopes=True, extras=False, skewed=False)
    of = fitted.around.likelihood.asking(guessing=True)
    x = of.start() + np.random.default_rng(0).normal(0, 0.2, len(of.start()))
    slope = of(x)[1]
    for place in (0, 5, 43, 44, *range(len(x) - 4, len(x))):
        off = 1e-5 * (np.arange(len(x)) == place)
        assert (of(x + off)[0] - of(x - off)[0]) / 2e-5 == pytest.approx(slope[place], rel=1e-4, abs=1e-4)
    assert of(x)[0] == of.asking()(x)[0], "of what it keeps between two vectors nothing is left of the other"


def test_candidates_who_did_the_same_count_one_by_one() -> None:
    earned = earned_of(Sat(TRUTHS[6], np.random.default_rng(9)), 8)
    of = fit_criteria(earned, slopes=False, extras=False, skewed=False).around.likelihood
    x, everybody = of.start(), np.arange(8)
    once, twice, thrice = (of.of(np.tile(everybody, n))(x)[0] for n in (1, 2, 3))
    prior = 2 * once - twice
    assert thrice - twice == pytest.approx(once - prior)
    assert sum(of.of(everybody[[n]])(x)[0] - prior for n in range(8)) == pytest.approx(once - prior)


def test_several_models_meet_the_candidates_that_each_meets_alone() -> None:
    known = Sat(TRUTHS[6], np.random.default_rng(7))
    model = fit_criteria(earned_of(known, 60), slopes=False, extras=False, skewed=False).model
    models = [model, model._replace(guessing=0.2, slopes=1.2 * model.slopes, text_sd=0.3)]
    standards = standards_of(RULES["mixed: percent 60, elements all 50"], ASKED, None)
    given = np.random.default_rng(1).random((60, 40)) < 0.8
    sitting = RuleSitting(given, np.zeros(60, np.int64), np.zeros((60, 10), np.int64))
    together = repeated(models, standards, sitting, n=300)
    for own, found in zip(models, together, strict=True):
        [alone] = repeated([own], standards, sitting, n=300)
        assert (found.contingency == alone.contingency).all()
        assert (found.truth == alone.truth).all()
    assert (together[0].truth != together[1].truth).any()


def test_the_truth_is_held_against_the_percentage_itself() -> None:
    """At 50 % of 3 points 2 must be earned, and 1.5 be true."""
    asked = ASKED._replace(n_items=ASKED.n_items - 1, max_units=ASKED.max_units - 1)
    rules = standards_of(PassRule(criteria={"all": 50}), asked, None)
    form = np.zeros(1, np.int64)
    for true, passes in ((1.49, False), (1.5, True), (1.51, True)):
        units = np.full((1, 10), round(true * rules.finer))
        assert decide(rules.true, form, units).passed.tolist() == [passes]
    assert [decide(rules.earned, form, np.full((1, 10), n)).passed[0] for n in (1, 2)] == [False, True]


# ── of a scored run ──────────────────────────────────────────────────────────────────────────

PENALTY = {"wrong": "1/3", "floor": "none"}


def sitting(folder: Path, n: int, items: list[dict[str, Any]] | None = None, **asked: Any) -> Path:
    """A package with a run: candidates of any ability, some blanks among their marks."""
    rng = np.random.default_rng(11)

    def answers(theta: float) -> Answer:
        chances, blanks = rng.random(40), rng.random(40)

        def answer(question: int, key: str) -> str:
            if chances[question] < 1 / (1 + np.exp(-theta)):
                return key
            return "" if blanks[question] < 0.3 else wrong(question, key)

        return answer

    scored(
        {f"C{k:03d}": answers(theta) for k, theta in enumerate(rng.normal(0.8, 1, n))},
        folder,
        items=items,
        **asked,
    )
    return folder


def scored(candidates: dict[str, Answer], folder: Path, **asked: Any) -> None:
    sat(folder, candidates, n_items=12, **asked)


def with_texts(texts: Callable[[str, int], str | None]) -> list[dict[str, Any]]:
    """Four items for each criterion, and the text that an item shares, by its criterion and number."""
    return [{**item_data(pc, n), "shared_stimulus": texts(pc, n)} for pc in PCS for n in (1, 2, 3, 4)]


@pytest.mark.long(
    "three whole books; the figures of shared texts are held in test_what_texts_add_comes_back_or_is_bounded"
)
@pytest.mark.parametrize(
    ("texts", "known"), [(lambda pc, n: f"case-{pc}", False), (lambda pc, n: "case" if n == 1 else None, False),
                         (lambda pc, n: f"case-{pc}" if n < 3 else None, True)]
)  # fmt: skip
def test_the_book_says_what_texts_that_items_share_do(
    tmp_path: Path, texts: Callable[[str, int], str | None], known: bool
) -> None:
    """Of a criterion's own: bounded; through criteria of an element: bounded; beside other items: reckoned with."""
    package = sitting(tmp_path / "exam", 120, with_texts(texts), **{"pass": {"percent": 60}})
    document = analyse_rule(package)
    told, [row] = document["shared_texts"], document["methods"]
    assert (told["at_worst"] is None, told["sd"] is not None) == (known, known)
    assert [one["code"] for one in document["notes"]] == ([] if known else ["shared-stimulus"])
    if not known:
        assert told["at_worst"]["consistency"] <= row["consistency"] + 0.003
    message = "is taken into account" if known else "cannot tell what is due to the text"
    for kind in ("cohort", "committee") if known else ("committee",):
        made = report(package, tmp_path, kind, ReportOptions(lang="en", out=tmp_path / kind, pdf=False))
        pages = [unbroken(page.read_text("utf-8")) for page in (tmp_path / kind).glob("*.html")]
        assert any(message in " ".join(page.split()) for page in pages), made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """150 candidates, a penalty for wrong answers, a rule of two parts."""
    rule = {"percent": 40, "elements": {"all": 30}}
    return sitting(tmp_path_factory.mktemp("rule") / "exam", 150, **{"pass": rule, "scoring": PENALTY})


def test_who_passed_is_who_passed_in_the_run(folder: Path) -> None:
    with (folder / "results" / "candidates.csv").open(encoding="utf-8-sig", newline="") as file:
        decisions = [row["decision"] for row in csv.DictReader(file)]
    told = analyse_rule(folder)
    assert told["n_candidates"] == len(decisions) == 150
    assert told["pass_rate_seen"] == pytest.approx(decisions.count("pass") / 150)
    [row] = told["methods"]
    assert row["method"] == "rule"
    assert row["pass_rate"] == pytest.approx(told["pass_rate_seen"], abs=0.05)
    assert sum(map(sum, row["contingency"])) == pytest.approx(1)
    assert sum(map(sum, row["truth"])) == pytest.approx(1)
    assert told["notes"] == []


def test_the_same_seed_says_the_same(folder: Path) -> None:
    once, again, other = (json.dumps(analyse_rule(folder, seed=seed)) for seed in (1, 1, 2))
    assert once == again != other


def test_decisions_of_results_elsewhere_are_analysed_there(folder: Path, tmp_path: Path) -> None:
    package, elsewhere = copytree(folder, tmp_path / "exam"), tmp_path / "elsewhere"
    (package / "results").rename(elsewhere)
    asked = ReportOptions(lang="en", results=elsewhere, out=tmp_path / "out", pdf=False)
    report(package, tmp_path, "cohort", asked)
    [row] = analyse_rule(folder)["methods"]
    page = unbroken((tmp_path / "out" / "report.html").read_text("utf-8"))
    assert f"passed, about {100 * row['pass_again']:.0f} would pass again" in " ".join(page.split())


def test_every_field_of_a_rule_stands_on_the_page(folder: Path, root: Path) -> None:
    told = analyse_rule(folder)
    page = (root / "docs" / "decisions.md").read_text("utf-8")
    for head, fields in (("`rule` document", told), ("`rule` `model`", told["model"])):
        body = page.split(f"### {head}")[1].split("\n##")[0]
        cells = re.findall(r"^\| ([^|]+) \|", body, flags=re.M)
        assert {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)} == set(fields)


def test_few_candidates_are_told_and_none_alike_have_no_figures(tmp_path: Path) -> None:
    few = analyse_rule(sitting(tmp_path / "few", 20, **{"pass": {"percent": 60}}))
    assert [one["code"] for one in few["notes"]] == ["few-candidates"]
    assert few["methods"][0]["consistency"] is not None
    no_cut = analyse_rule(sitting(tmp_path / "no-cut", 20, **{"pass": {"percent": 0}}))
    assert no_cut["se"]["fail_again"] is None
    assert "not passing again –" in " ".join(
        part.text for part in of_exam(no_cut) if isinstance(part, ReportedLine)
    )
    scored({f"C{n}": right for n in range(30)}, tmp_path / "same", **{"pass": {"percent": 60}})
    same = analyse_rule(tmp_path / "same")
    assert [one["code"] for one in same["notes"]] == ["one-sided", "no-model"]
    assert (same["model"], same["methods"][0]["consistency"]) == (None, None)
    with pytest.raises(Refused, match="decided by no rule"):
        analyse_rule(sitting(tmp_path / "none", 5, **{"pass": None}))
