"""Cut scores of forms from Angoff ratings: by hand, against the ratings' own statistics, and as built."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from examgen.assembly.building import build
from examgen.bank.cuts import form_cuts
from examgen.bank.reviews.ratings import Rating, angoff_cut
from examgen.core.exam.package import cuts_of, read_package
from examgen.core.models.decisions import AngoffRule, FormCut
from examgen.core.models.form import Form, PrintedItem
from examgen.core.models.item import Item
from examgen.core.problems import Refused
from tests.samples import PCS, blueprint_data, item_data, write_unit

DAY = date(2026, 11, 20)
NO_LEVEL = {"T-1": 4, "T-2": 4}


def ratings(values: dict[str, list[Any]], **changes: Any) -> list[Rating]:
    """By item, the rating of each judge; None where there is none."""
    fields = {
        "kind": "angoff", "level": 4, "hash": "a" * 64, "pc": "E1.01", "edition": "e" * 64, "date": DAY, **changes,
    }  # fmt: skip
    return [
        Rating.model_validate({**fields, "expert": f"expert-{n}", "item": item, "value": value})
        for item, said in values.items()
        for n, value in enumerate(said, 1)
        if value is not None
    ]


def form(name: str, *items: str, unit: str = "T-1", points: int = 1) -> Form:
    return Form(name=name, items=tuple(printed(n, item, unit, points) for n, item in enumerate(items, 1)))


def printed(question: int, item: str, unit: str = "T-1", points: int = 1) -> PrintedItem:
    data = Item.model_validate(item_data("E1.01", 1, id=item))
    return PrintedItem(
        question=question, item=data, unit=unit, element="E1", order=tuple("abcd"), points=points
    )


def form_cut(**figures: str | int) -> FormCut:
    return FormCut.model_validate(figures)


THREE = {"i1": [0.5, 0.7, 0.6], "i2": [0.8, 0.8, 0.5], "i3": [0.2, 0.3, 0.4]}


def test_a_cut_is_the_sum_of_the_means_and_its_error_is_over_judges() -> None:
    # sums 1.5, 1.8, 1.5: mean 1.6, deviation √.03, over √3 judges: 0.1
    found = form_cuts([form("A", *THREE)], {"T-1": ratings(THREE)}, AngoffRule(), NO_LEVEL)
    assert found == {"A": form_cut(cut="1.6", judged="1.6", se="0.1", judges=3)}


def test_each_form_has_its_own_cut_and_pilot_items_have_none() -> None:
    forms = [
        form("A", "i1", "i2"),
        Form(name="B", items=(printed(1, "i3", points=2), printed(2, "new", points=0))),
    ]
    found = form_cuts(forms, {"T-1": ratings(THREE)}, AngoffRule(), NO_LEVEL)
    assert {name: one.cut for name, one in found.items()} == {"A": Decimal("1.3"), "B": Decimal("0.6")}


@pytest.mark.parametrize(("se", "cut"), [(-1, "1.5"), (2, "1.8"), (0.5, "1.65"), (0, "1.6")])
def test_a_cut_is_moved_by_its_standard_error(se: float, cut: str) -> None:
    rule = AngoffRule.model_validate({"adjust_se": se})
    found = form_cuts([form("A", *THREE)], {"T-1": ratings(THREE)}, rule, NO_LEVEL)["A"]
    assert (found.cut, found.judged) == (Decimal(cut), Decimal("1.6"))


def test_thirds_are_rounded_half_up_to_four_decimals_and_a_third_of_a_sum_is_whole() -> None:
    said = {"i1": [1, 0, 0], "i2": [0, 1, 0], "i3": [0, 0, 1]}
    kind = {"kind": "angoff-yes-no"}
    one = form_cuts([form("A", "i1")], {"T-1": ratings(said, **kind)}, AngoffRule(), NO_LEVEL)["A"]
    assert one.cut == Decimal("0.3333")
    three = form_cuts([form("A", *said)], {"T-1": ratings(said, **kind)}, AngoffRule(), NO_LEVEL)["A"]
    assert (three.cut, three.se) == (Decimal(1), Decimal(0))


def test_errors_of_the_panels_of_two_units_add_up_in_squares() -> None:
    both = Form(name="A", items=(printed(1, "i1"), printed(2, "j1", unit="T-2")))
    said = {"T-1": ratings({"i1": [0.2, 0.8]}), "T-2": ratings({"j1": [0.1, 0.9]})}
    # 0.3 and 0.4 make 0.5
    assert form_cuts([both], said, AngoffRule(), NO_LEVEL)["A"] == FormCut(
        cut=1, judged=1, se="0.5", judges=2
    )


def test_the_last_round_counts_unless_another_is_named() -> None:
    said = {"T-1": ratings({"i1": [0.2]}) + ratings({"i1": [0.6]}, round=2) + ratings({"i1": [0.9]}, level=3)}
    last = form_cuts([form("A", "i1")], said, AngoffRule(), NO_LEVEL)["A"]
    assert (last.cut, last.se, last.judges) == (Decimal("0.6"), None, 1)
    assert form_cuts([form("A", "i1")], said, AngoffRule(round=1), NO_LEVEL)["A"].cut == Decimal("0.2")


def test_every_item_without_a_rating_is_named_once() -> None:
    forms = [form("A", "i1", "new", "i9"), form("B", "new")]
    with pytest.raises(Refused) as refused:
        form_cuts(forms, {"T-1": ratings(THREE)}, AngoffRule(), NO_LEVEL)
    assert [(one.code, one.item) for one in refused.value.problems] == [
        ("item-unrated", "i9"),
        ("item-unrated", "new"),
    ]
    assert (
        "its present wording has no Angoff rating of level 4 in round 1" in refused.value.problems[0].message
    )
    assert "form A and 1 more" in refused.value.problems[1].message


def test_two_kinds_of_ratings_or_no_error_to_move_by_are_refused() -> None:
    two = ratings({"i1": [0.5]}) + ratings({"i1": [1]}, kind="angoff-yes-no")
    with pytest.raises(Refused) as refused:
        form_cuts([form("A", "i1")], {"T-1": two}, AngoffRule(), NO_LEVEL)
    assert [one.code for one in refused.value.problems] == ["angoff-two-kinds"]
    assert form_cuts([form("A", "i1")], {"T-1": two}, AngoffRule(kind="angoff"), NO_LEVEL)[
        "A"
    ].cut == Decimal("0.5")
    with pytest.raises(Refused, match="cannot be adjusted"):
        form_cuts(
            [form("A", "i1")], {"T-1": ratings({"i1": [0.5]})}, AngoffRule(adjust_se=Decimal(-1)), NO_LEVEL
        )


@given(st.integers(1, 5).flatmap(
    lambda judges: st.lists(
        st.lists(st.one_of(st.none(), st.integers(0, 20).map(lambda n: n / 20)), min_size=judges, max_size=judges)
        .filter(lambda said: any(value is not None for value in said)),
        min_size=1, max_size=6,
    )
))  # fmt: skip
def test_cuts_agree_with_the_statistics_of_the_ratings(values: list[list[float | None]]) -> None:
    said = ratings({f"i{n}": row for n, row in enumerate(values)})
    items = [f"i{n}" for n in range(len(values))]
    expected = angoff_cut(said, items)
    found = form_cuts([form("A", *items)], {"T-1": said}, AngoffRule(), NO_LEVEL)["A"]
    assert float(found.judged) == pytest.approx(expected.cut, abs=5.1e-5)
    assert (found.se is None) == (expected.se is None)
    if expected.se is not None:
        assert float(found.se or 0) == pytest.approx(expected.se, abs=5.1e-5)
    assert found.judges == len(expected.sums)


# ── as built ─────────────────────────────────────────────────────────────────────────────────


def workspace(folder: Path, rated: tuple[str, ...], **changes: Any) -> Path:
    """A bank whose items of some PCs are rated 0.6, 0.7 and 0.8 by three judges; the blueprint's path."""
    unit = write_unit(folder / "item_bank")
    records = [
        {
            "kind": "angoff", "level": 4, "expert": f"expert-{judge}", "item": item.id, "hash": item.sha256(),
            "pc": item.pc, "edition": "e" * 64, "value": 0.5 + judge / 10, "date": DAY.replace(),
        }
        for pc in rated
        for item in (Item.model_validate(item_data(pc, n)) for n in range(1, 11))
        for judge in (1, 2, 3)
    ]  # fmt: skip
    (unit / "ratings.yaml").write_text(yaml.safe_dump(records, allow_unicode=True), "utf-8")
    path = folder / "bp.yaml"
    path.write_text(yaml.safe_dump(blueprint_data(**changes), allow_unicode=True), "utf-8")
    return path


def test_a_build_freezes_the_cut_in_the_package(tmp_path: Path) -> None:
    built = build(
        workspace(tmp_path, PCS, **{"pass": {"cut": "angoff", "angoff": {"adjust_se": -1}}}, forms=2),
        tmp_path,
    )
    # twelve items at 0.7; sums 7.2, 8.4, 9.6: deviation 1.2, over √3 judges
    cut = form_cut(cut="7.7072", judged="8.4", se="0.6928", judges=3)
    assert built.exam.cuts == {"A": cut, "B": cut}
    read = read_package(built.folder).exam
    assert read.cuts == built.exam.cuts
    asked = read_package(built.folder)
    own = cuts_of(asked.manifest, ["A", "B-0001-19"])
    assert own == dict.fromkeys(["A", "B-0001-19"], Decimal("7.7072"))


def test_a_build_on_unrated_items_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    path = workspace(tmp_path, PCS[:2], **{"pass": {"cut": "angoff"}, "criteria": {"all": 4}})
    with pytest.raises(Refused) as refused:
        build(path, tmp_path)
    assert {one.code for one in refused.value.problems} == {"item-unrated"}
    assert {str(one.item)[:5] for one in refused.value.problems} == {"E2.01"}
    assert len(refused.value.problems) == 4
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"elements": {"E9": 50}}, "pass-rule-names-nothing"),
        ({"at_least": {"met": 4, "percent": 50}}, "pass-rule-out-of-reach"),
    ],
)
def test_a_build_with_a_pass_rule_that_cannot_be_applied_is_refused(
    tmp_path: Path, rule: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        build(workspace(tmp_path, (), **{"pass": rule}), tmp_path)
    assert [one.code for one in refused.value.problems] == [code]
