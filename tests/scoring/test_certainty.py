"""Judgements that must be certain: met, not met or undecided, against another reckoning of each rule."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from examgen.core.models.decisions import Judgement
from examgen.core.models.scoring import ScoringRule
from examgen.scoring.characteristics import ScoredItem, characteristics, needed
from examgen.scoring.judge import criterion_scale
from tests.scoring.plain_scorer import judged
from tests.scoring.small_exams import Scores, score
from tests.scoring.test_characteristics import EIGHT, ONE, tail
from tests.scoring.test_score import A, B, key_table

RULES: list[dict[str, Any]] = [
    {"by": "posterior"},
    {"by": "posterior", "prior": "jeffreys"},
    {"by": "interval"},
    {"by": "interval", "interval": "clopper_pearson"},
]
SIGNS = {"met": "M", "not_met": "n", "undecided": "?", "insufficient": "i", "not_assessed": "-"}


def judgement(certainty: float, percent: float = 60, **rule: Any) -> Judgement:
    own = {name: rule.pop(name) for name in ("interval", "units", "min_items") if name in rule}
    return Judgement.model_validate({"percent": percent, **own, "certainty": {"percent": certainty, **rule}})


def signs(n: int, rule: Judgement, most: int | None = None, least: int = 0) -> str:
    return "".join(SIGNS[one] for one in criterion_scale(n, most or n, least, 1, rule).status)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("percent", [0, 40, 62.5, 99])
def test_every_number_of_points_is_judged_as_another_reckoning_has_it(
    rule: dict[str, Any], percent: float
) -> None:
    for certainty, n in product((50, 80, 99.9), (3, 5, 8)):
        own = judgement(certainty, percent, **rule)
        said = own.model_dump(mode="json")
        for most, least in ((n, 0), (2 * n, 0), (3 * n, -n)):
            found = criterion_scale(n, most, least, 1, own).status
            units = range(least, most + 1)
            plain = [judged(Fraction(u), Fraction(most), Fraction(least), n, said) for u in units]
            assert list(found) == plain
            # from not met over undecided to met, and never back
            order = ["not_met", "undecided", "met"]
            assert [*found] == sorted(found, key=order.index)


def test_known_cases_of_a_standard_of_60_per_cent() -> None:
    assert signs(5, judgement(80)) == "nnn??M"
    assert signs(10, judgement(80)) == "nnnnn???MMM"
    assert signs(5, judgement(80, by="posterior", prior="jeffreys")) == "nnn?MM"
    assert signs(3, judgement(95)) == "n???"
    assert signs(5, judgement(99.9)) == "??????"
    # P(share >= 1/2 | 1 of 1) is 3/4 exactly
    assert signs(1, judgement(75, 50, min_items=1)) == "nM"
    assert signs(1, judgement(75.01, 50, min_items=1)) == "??"
    # an interval of which half lies on either side is the number right itself
    for n in (3, 5, 10, 37):
        assert signs(n, judgement(50, by="interval")) == signs(n, Judgement())


def test_many_items_are_judged_as_exactly_by_the_beta_function() -> None:
    for n in (60, 61):
        for rule in RULES:
            own = judgement(90, 60, **rule)
            said = own.model_dump(mode="json")
            found = criterion_scale(n, n, 0, 1, own).status
            assert list(found) == [
                judged(Fraction(u), Fraction(n), Fraction(0), n, said) for u in range(n + 1)
            ]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"percent": 100, "certainty": {"percent": 80}}, "no answers can prove with certainty"),
        ({"units": {"U": 100}, "certainty": {"percent": 80}}, "no answers can prove with certainty"),
        ({"certainty": {"percent": 49}}, "greater than or equal to 50"),
        ({"certainty": {"percent": 100}}, "less than or equal to"),
        ({"certainty": {"percent": 80, "by": "interval", "prior": "uniform"}}, "has no prior"),
        ({"certainty": {}}, "Field required"),
    ],
)
def test_what_cannot_be_asked_is_refused(said: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Judgement.model_validate(said)


def test_without_certainty_nothing_is_written_of_it() -> None:
    assert set(Judgement().model_dump(mode="json")) == {
        "min_items", "percent", "units", "interval", "confidence",
    }  # fmt: skip
    assert judgement(80).model_dump(mode="json")["certainty"] == {"percent": 80, "by": "posterior"}
    assert Judgement.model_validate(judgement(80).model_dump(mode="json")) == judgement(80)


# ── a sitting ────────────────────────────────────────────────────────────────────────────────

CRITERIA = [("U", "E1", "E1.1"), ("U", "E1", "E1.2")]
KEY = key_table([("A", pc, "A", 1) for pc in ("E1.1", "E1.2") for _ in range(5)])


def sat(*right: tuple[int, int], **said: Any) -> Scores:
    people = [
        (str(n), "A", [*[A] * one, *[B] * (5 - one), *[A] * two, *[B] * (5 - two)])
        for n, (one, two) in enumerate(right, 1)
    ]
    return score(people, KEY, CRITERIA, Judgement.model_validate(said), None)


def test_results_have_the_third_status_and_coverage_its_column() -> None:
    found = sat((5, 4), (3, 2), (4, 5), certainty={"percent": 80})
    assert found.pc_results["E1.1_status"].to_list() == ["met", "undecided", "undecided"]
    assert found.pc_results["E1.2_status"].to_list() == ["undecided", "not_met", "met"]
    assert found.pc_coverage.columns[-4:] == ["met", "not_met", "insufficient", "undecided"]
    assert found.pc_coverage.select("met", "not_met", "insufficient", "undecided").rows() == [
        (1, 0, 0, 2),
        (1, 1, 0, 1),
    ]
    assert "undecided" not in sat((5, 4)).pc_coverage.columns
    assert found.audit["options"]["judgement"]["certainty"] == {"percent": 80, "by": "posterior"}


def test_a_unit_has_its_own_standard_to_be_certain_of() -> None:
    other = sat((5, 4), (4, 3), units={"U": 40}, certainty={"percent": 80})
    assert other.pc_results["E1.1_status"].to_list() == ["met", "met"]
    assert other.pc_results["E1.2_status"].to_list() == ["met", "met"]


# ── what it costs ────────────────────────────────────────────────────────────────────────────


def test_what_certainty_costs_is_told_beforehand() -> None:
    form = [(n, ONE) for n in range(8) for _ in range(5)]
    found = characteristics({"A": form}, EIGHT, judgement(80), ScoringRule(), None)
    kind = found.kinds[0]
    assert (kind.met_from, kind.not_met_below) == ("5", "3")
    assert kind.met.at == pytest.approx([tail(5, 5, p / 100) for p in (40, 50, 60, 70, 80)])
    assert kind.not_met.at == pytest.approx([1 - tail(3, 5, p / 100) for p in (40, 50, 60, 70, 80)])
    for met, not_met, undecided in zip(kind.met.at, kind.not_met.at, kind.undecided.at, strict=True):
        assert met + not_met + undecided == pytest.approx(1)
    assert kind.undecided.at[2] == pytest.approx(tail(3, 5, 0.6) - 0.6**5)
    assert found.criteria_met[0].any.guesser == pytest.approx(1 - (1 - 0.25**5) ** 8)
    never = characteristics({"A": form}, EIGHT, judgement(99), ScoringRule(), None).kinds[0]
    assert (never.met_from, never.met.at[-1]) == (None, 0)


def test_items_needed_for_few_undecided() -> None:
    own = Judgement.model_validate(
        {"certainty": {"percent": 80}, "error": {"apart": 20, "undecided": 25, "percent": 10}}
    )
    found = needed(Decimal(60), own)

    def ends(n: int) -> tuple[int, int]:
        text = signs(n, own)
        return text.count("n"), n + 1 - text.count("M")

    does = []
    for n in range(3, 120):
        below, met = ends(n)
        does.append(all(tail(below, n, p) - tail(met, n, p) <= 0.25 for p in (0.4, 0.8)))
    assert found.decided is not None
    assert found.decided.always == 3 + len(does) - does[::-1].index(False)
    assert needed(Decimal(60), Judgement()).decided is None


def test_penalties_move_the_share_that_must_be_certain() -> None:
    rule = ScoringRule(wrong="by_options")
    found = characteristics({"A": [(0, ScoredItem(1, 4, 1))] * 6}, EIGHT[:1], judgement(80), rule, None)
    # 3.6 of 6 points are (3.6 + 2) / 8 = 70 % of the way from all wrong to all right: five right and a
    # blank (5 points, 5.25 items' worth) are not certain to lie above it
    assert found.kinds[0].met_from == "5.3333"
