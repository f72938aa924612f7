"""What a sitting has shown goes back to the bank, bound to the text that was asked."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml

from examgen.analysis import write_back
from examgen.analysis.administrations import Administration, responses_of
from examgen.analysis.write_back import (
    parameters_of,
    sitting_name,
    statistics_lines,
    why_unwritten,
    write_statistics,
)
from examgen.assembly.assemble import assemble, bank_sha256
from examgen.assembly.building import plan
from examgen.bank import statistics as bank_statistics
from examgen.bank.statistics import (
    ItemExposure,
    Statistic,
    evidence,
    exposure,
    notices_of,
    stand_ins,
    statistics_of,
)
from examgen.bank.whole_bank import with_evidence
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.models.field_types import Status
from examgen.core.problems import BlueprintNotMet, Refused
from examgen.core.words import in_language
from examgen.papers.item_pages import show_items
from examgen.reports.coverage_report.bank_coverage import bank_coverage
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from examgen.scoring.options import ScoringOptions
from examgen.stats.irt_models import Fit, dichotomous
from examgen.stats.item_moments import observed
from examgen.stats.matrix import NOT_ADMINISTERED, NOT_REACHED, OMITTED
from examgen.stats.mml_fit import fit_mml
from tests.analyses.made_once import kept_folder
from tests.samples import PCS, blueprint, blueprint_data, item_data, shelf, write_unit
from tests.sittings import table

USABLE: tuple[Status, ...] = ("draft", "pilot")
DAY = date(2026, 6, 19)
ITEMS = [item_data(pc, n) for pc in PCS for n in range(1, 11)]
ITEMS += [item_data("E1.02", n, status="pilot") for n in range(61, 64)]


@cache
def made(n: int) -> Path:
    """An exam of two forms with an anchor, the answers of n candidates, and its bank, for all tests."""
    place = kept_folder()
    write_unit(place / "item_bank", ITEMS)
    asked = blueprint(forms=2, items=9, anchor=3, pilot={"items": 1, "statuses": ["pilot"]})
    built = assemble([shelf(items=ITEMS)], *asked)
    write_package(place / "exam", exam_files(built, bank_sha256([shelf(items=ITEMS)]), {}))
    simulations.simulate(place / "exam", n, 4, place / "answers.csv")
    return place


def sat(tmp_path: Path, n: int = 200, corrections: list[dict[str, str]] | None = None) -> Administration:
    """An exam of two forms with an anchor, scored; its bank lies beside it."""
    folder = tmp_path / "exam"
    if not folder.is_dir():
        shutil.copytree(made(n), tmp_path, dirs_exist_ok=True)
    path = None
    if corrections:
        path = tmp_path / "corrections.yaml"
        said = {"reason": "r", "by": "b", "date": "2026-11-20"}
        path.write_text(yaml.safe_dump([{**one, **said} for one in corrections]), "utf-8")
    sittings.score(folder, [tmp_path / "answers.csv"], options=ScoringOptions(corrections=path))
    return responses_of(folder)


def rewrite(tmp_path: Path, item: str, **changes: object) -> None:
    """Another text of an item in the bank."""
    path = tmp_path / f"item_bank/T-1/items/{item[:5]}.yaml"
    data = yaml.safe_load(path.read_text("utf-8"))
    path.write_text(
        yaml.safe_dump(
            [{**row, **(changes if row["id"] == item else {})} for row in data], allow_unicode=True
        ),
        "utf-8",
    )


# ── the numbers ──────────────────────────────────────────────────────────────────────────────


def test_facility_and_item_rest_are_those_of_a_plain_count(tmp_path: Path) -> None:
    found = sat(tmp_path)
    lines = statistics_lines(found)["T-1"]
    key = table(tmp_path / "exam/secure/key.csv")
    answers = {row["candidate_id"]: row for row in table(tmp_path / "answers.csv")}
    assert len(lines) == len(key)
    for row in key:
        of_form = [one for one in answers.values() if one["form"] == row["form"]]
        questions = [k for k in key if k["form"] == row["form"]]
        right = np.array(
            [[one[f"Q{k['question']}"] == k["key"] for k in questions] for one in of_form], dtype=float
        )
        own = right[:, int(row["question"]) - 1]
        rest = sum(right[:, n] for n, k in enumerate(questions) if k["points"] == "1" and k is not row)
        [line] = [one for one in lines if (one.item, one.form) == (row["item"], row["form"])]
        assert line.numbers["n"] == len(of_form)
        assert line.numbers["facility"] == pytest.approx(own.mean(), abs=1e-12)
        assert line.numbers["item_rest"] == pytest.approx(np.corrcoef(own, rest)[0, 1], abs=1e-9)


def test_one_line_stands_for_too_many_forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = sat(tmp_path)
    by_form = statistics_lines(found)["T-1"]
    monkeypatch.setattr(write_back, "MOST_FORMS", 1)
    lines = statistics_lines(found)["T-1"]
    assert [line.item for line in lines] == [column.item for column in found.columns]
    for line in lines:
        parts = [(one.numbers["n"], one.numbers["facility"]) for one in by_form if one.item == line.item]
        known = [(n, facility) for n, facility in parts if n is not None and facility is not None]
        assert (line.form, line.numbers["n"]) == ("", sum(n for n, _ in known))
        pooled_facility = sum(n * facility for n, facility in known) / sum(n for n, _ in known)
        assert line.numbers["facility"] == pytest.approx(pooled_facility)


def test_what_cannot_be_said_is_nan() -> None:
    cells = np.array(
        [[1, 0, OMITTED, NOT_ADMINISTERED], [1, 1, NOT_REACHED, NOT_ADMINISTERED]], dtype=np.int8
    )
    found = observed(cells, np.array([[0.0, 1.0]] * 4), np.array([True, True, True, True]))
    assert found.n.tolist() == [2, 2, 2, 0]
    assert found.facility[:3].tolist() == [1.0, 0.5, 0.0]
    assert np.isnan(found.facility[3])
    assert np.isnan(found.item_rest).all()
    assert np.isnan(observed(cells[:0], np.array([[0.0, 1.0]] * 4), np.array([True] * 4)).facility).all()


def test_parameters_of_a_fit_stand_on_every_form_of_the_item(tmp_path: Path) -> None:
    found = sat(tmp_path)
    names = [one.name for one in found.columns]
    k = len(names)
    a, d = np.linspace(0.5, 2, k), np.linspace(-1, 1, k)
    a[0] = d[0] = np.nan  # left out of the fit
    none, one = np.full(k, np.nan), np.ones(1)
    fit = Fit("2pl", dichotomous(a, d), none, none[:, None], np.full((k, 1), 0.2), none, one - 1, one, one, one,
              0.0, 0.0, 2 * k, 200, True, 3, np.zeros((0, 0)), (), ())  # fmt: skip
    lines = statistics_lines(found, parameters=parameters_of(fit, names))["T-1"]
    place = {one.item: n for n, one in enumerate(found.columns)}
    for line in lines:
        n = place[line.item]
        known = [line.numbers[name] for name in ("a", "b", "c", "se_a", "se_b", "se_c")]
        expected = [None] * 6 if n == 0 else [a[n], -d[n] / a[n], None, None, 0.2, None]
        assert known == [None if x is None else pytest.approx(x) for x in expected]


def test_parameters_of_a_rasch_model_are_of_abilities_with_a_standard_deviation_of_1() -> None:
    """Whatever the model, the bank's scale is that of z ~ N(0, 1): the same curves, other units."""
    rng = np.random.default_rng(8)
    difficulty = np.linspace(-1.5, 1.5, 12)
    theta = 0.6 * rng.normal(size=(1500, 1))
    answers = (rng.random((1500, 12)) < 1 / (1 + np.exp(difficulty - theta))).astype(np.int8)
    names = [str(n) for n in range(12)]
    rasch = parameters_of(fit := fit_mml(answers, "rasch"), names)
    assert fit.sd[0] == pytest.approx(0.6, abs=0.06)
    same = parameters_of(one_slope := fit_mml(answers, "1pl"), names)
    assert one_slope.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-4)
    for name, own in rasch.items():
        for what in ("a", "b", "se_a", "se_b"):  # one model in two units has one estimate and one error
            assert own[what] == pytest.approx(same[name][what], abs=2e-3), (name, what)
        assert own["a"] * own["b"] == pytest.approx(difficulty[int(name)], abs=0.25)


# ── the file ─────────────────────────────────────────────────────────────────────────────────


def test_the_same_administration_again_changes_nothing_and_another_is_added(tmp_path: Path) -> None:
    found, path = sat(tmp_path), tmp_path / "item_bank/T-1/statistics.csv"
    path.write_text("item,n,facility,administration,ผู้จดบันทึก\nE1.01-001,30,0.5,2025,สมศรี\n", "utf-8")
    done = write_statistics(found, tmp_path / "item_bank", day=DAY)
    first = path.read_bytes()
    assert (done.n_lines, done.history, done.unknown) == (20, (), ())
    assert write_statistics(found, tmp_path / "item_bank", day=DAY).n_lines == 20
    assert path.read_bytes() == first
    others = responses_with(tmp_path, 150)
    write_statistics(others, tmp_path / "item_bank", name="second", day=date(2026, 9, 1))
    write_statistics(found, tmp_path / "item_bank", day=DAY)
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    assert [row["administration"] for row in rows] == ["2025"] + ["T-1-L4"] * 20 + ["second"] * 20
    assert rows[0] | {"item_hash": ""} == rows[0]
    assert rows[0]["ผู้จดบันทึก"] == "สมศรี"
    assert path.read_bytes().startswith(first)
    lines, problems = statistics_of(path.parent)
    assert (len(lines), problems) == (41, [])
    assert {one.date for one in lines} == {"", "2026-06-19", "2026-09-01"}


def responses_with(tmp_path: Path, n: int) -> Administration:
    """Other people at the same exam."""
    simulations.simulate(tmp_path / "exam", n, 5, tmp_path / "others.csv")
    wanted = ScoringOptions(without=("answers", "candidates", "corrections"))
    sittings.score(tmp_path / "exam", [tmp_path / "others.csv"], options=wanted)
    return responses_of(tmp_path / "exam")


def test_a_sitting_is_not_counted_twice_under_two_names(tmp_path: Path) -> None:
    found, folder = sat(tmp_path), tmp_path / "item_bank"
    write_statistics(found, folder, name="spring", day=DAY)
    before = (folder / "T-1/statistics.csv").read_bytes()
    item = next(one.item for one in found.columns if one.standing == "scored")
    corrected = sat(tmp_path, corrections=[{"kind": "drop", "item": item}])
    for again, day in ((found, DAY), (found, date(2026, 6, 20)), (corrected, DAY)):
        with pytest.raises(Refused) as refused:
            write_statistics(again, folder, name="June", day=day)
        assert [p.code for p in refused.value.problems] == ["administration-written-twice"]
        assert "administration spring" in refused.value.problems[0].message
        assert (folder / "T-1/statistics.csv").read_bytes() == before
    write_statistics(corrected, folder, name="spring", day=DAY)
    write_statistics(responses_with(tmp_path, 200), folder, name="autumn", day=date(2026, 9, 1))
    lines, _ = statistics_of(folder / "T-1")
    assert {one.administration for one in lines} == {"spring", "autumn"}


def test_lines_of_another_sitting_of_that_name_are_never_lost(tmp_path: Path) -> None:
    found, folder = sat(tmp_path), tmp_path / "item_bank"
    write_statistics(found, folder, day=DAY)
    before = (folder / "T-1/statistics.csv").read_bytes()
    with pytest.raises(Refused) as refused:
        write_statistics(found, folder, day=date(2027, 6, 19))
    assert [p.code for p in refused.value.problems] == ["administration-named-twice"]
    asked = {one.item for one in found.columns}
    other = next(str(row["id"]) for row in ITEMS if row["id"] not in asked)
    with (folder / "T-1/statistics.csv").open("a") as file:
        file.write(f"{other},,T-1-L4,A,2026-06-19,9,0.5,,,,,,,\n")
    with pytest.raises(Refused) as refused:
        write_statistics(found, folder, day=DAY)
    assert other in refused.value.problems[0].message
    write_statistics(found, folder, day=DAY, replace=True)
    assert (folder / "T-1/statistics.csv").read_bytes() == before


def test_a_table_that_is_none_is_left_as_it_is(tmp_path: Path) -> None:
    found, path = sat(tmp_path), tmp_path / "item_bank/T-1/statistics.csv"
    for text, code in (("a;b\n1;2\n", "statistics-columns"), ("item,n\nx,1,2\n", "statistics-fields")):
        path.write_text(text, "utf-8")
        with pytest.raises(Refused) as refused:
            write_statistics(found, tmp_path / "item_bank", day=DAY)
        assert refused.value.problems[0].code == code
        assert path.read_text("utf-8") == text
    with pytest.raises(Refused, match="cannot be written"):
        write_statistics(found, tmp_path / "nowhere", day=DAY)


# ── what still holds ─────────────────────────────────────────────────────────────────────────


def test_a_changed_text_makes_its_statistics_history(tmp_path: Path) -> None:
    """Coverage, assembly and the bank's commands no longer use them, and say so."""
    found, folder = sat(tmp_path), tmp_path / "item_bank"
    write_statistics(found, folder, day=DAY)
    measured = sorted({one.item for one in found.columns})
    asking = {
        "statistics": {"facility": {"target": 0.6, "within": 0.5}},
        "items": len(measured),
        "statuses": ["draft", "pilot"],
    }
    path = folder / "T-1/blueprints/b.yaml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(blueprint_data(**asking)), "utf-8")
    assert len(plan(path, tmp_path).exam.forms[0].items) == len(measured)
    assert bank_coverage(folder, "T-1", None, USABLE).problems == ()
    assert not bank_coverage(folder, "T-1", None, USABLE).blueprints[0].sentences

    rewrite(tmp_path, measured[0], stem="คำถามที่เขียนใหม่ ข้อใดถูก")
    covered = bank_coverage(folder, "T-1", None, USABLE)
    assert [p.code for p in covered.problems] == ["statistics-history"]
    assert measured[0] in covered.problems[0].message
    assert covered.blueprints[0].sentences
    with pytest.raises(BlueprintNotMet) as refusal:
        plan(path, tmp_path)
    assert measured[0] in next(p.message for p in refusal.value.problems if p.code == "statistics-history")
    path.write_text(yaml.safe_dump(blueprint_data(**{**asking, "items": len(measured) - 1})), "utf-8")
    planned = plan(path, tmp_path)
    assert measured[0] not in {p.item.id for p in planned.exam.forms[0].items}
    assert [p.code for p in planned.problems] == ["statistics-history", "asked-before"]

    [shown] = show_items(folder, [measured[0]])
    assert shown.exposure is not None
    assert not any(one.holds_for(shown.item) for one in shown.statistics)
    [known], _ = with_evidence([shelf(items=yaml_items(tmp_path))], folder)
    assert known.evidence[measured[0]].facility is None
    assert [use.n for use in known.evidence[measured[0]].uses] == [shown.exposure.candidates]
    # the text as it was: what was measured holds again
    rewrite(tmp_path, measured[0], stem=next(str(row["stem"]) for row in ITEMS if row["id"] == measured[0]))
    assert bank_coverage(folder, "T-1", None, USABLE).problems == ()


def yaml_items(tmp_path: Path) -> list[dict[str, object]]:
    files = sorted((tmp_path / "item_bank/T-1/items").glob("*.yaml"))
    return [row for path in files for row in yaml.safe_load(path.read_text("utf-8"))]


def test_statistics_by_another_key_hold_once_the_bank_has_that_key(tmp_path: Path) -> None:
    plain = sat(tmp_path)
    item = next(one for one in plain.columns if one.standing == "scored")
    other = next(option for option in "abcd" if option not in item.key_ids)
    found, folder = (
        sat(tmp_path, corrections=[{"kind": "rekey", "item": item.item, "key": other}]),
        tmp_path / "item_bank",
    )
    written = write_statistics(found, folder, day=DAY)
    assert (written.history, written.other_keys) == ((), {item.item: (other,)})
    [said] = written.notices()
    assert said.startswith(f"Scored with another key than the bank has: {item.item} ({other}).")
    [told] = bank_coverage(folder, "T-1", None, USABLE).problems
    assert (told.code, "a key that differs" in told.message, "changed" in told.message) == (
        "statistics-history",
        True,
        False,
    )
    rewrite(tmp_path, item.item, key=other, rationale={o: "ถูก" if o == other else "ผิด" for o in "abcd"})
    assert bank_coverage(folder, "T-1", None, USABLE).problems == ()
    assert write_statistics(found, folder, day=DAY).history == ()


def seen_of(place: Path, lines: Sequence[Statistic]) -> dict[str, ItemExposure | None]:
    """How often people were asked each item, by these lines alone."""
    known = evidence(shelf(items=yaml_items(place)).items, lines)
    return {item: exposure(one.uses) for item, one in known.items()}


def test_an_item_that_was_dropped_was_seen_and_is_not_measured(tmp_path: Path) -> None:
    item = next(one.item for one in sat(tmp_path).columns if one.standing == "scored")
    found = sat(tmp_path, corrections=[{"kind": "drop", "item": item}])
    write_statistics(found, tmp_path / "item_bank", day=DAY)
    lines = [one for one in statistics_of(tmp_path / "item_bank/T-1")[0] if one.item == item]
    assert all(one.numbers["n"] and one.numbers["facility"] is None for one in lines)
    assert seen_of(tmp_path, lines)[item] == (
        1,
        sum(one.numbers["n"] or 0 for one in lines),
        "2026-06-19",
        (),
    )


def test_parameters_of_a_fit_that_says_nothing_are_not_written_and_it_is_said_why() -> None:
    rng, names = np.random.default_rng(3), [f"i{n}" for n in range(10)]
    few = fit_mml((rng.random((16, 10)) < 0.5).astype(np.int8), "2pl")
    theta = rng.normal(size=(800, 1))
    sound = (rng.random((800, 10)) < 1 / (1 + np.exp(-theta))).astype(np.int8)
    turned = sound.copy()
    turned[:, 3] = 1 - turned[:, 3]
    many = fit_mml(turned, "2pl")
    assert parameters_of(few, names) == {}
    assert set(parameters_of(many, names)) == {*names} - {"i3"}
    whole, one = (str(why_unwritten(fit, names)) for fit in (few, many))
    assert whole.startswith("no model parameters were written: ")
    assert one.startswith("no model parameters were written for 1 item with a slope that is not above 0")
    assert one.endswith(": i3")
    assert why_unwritten(fit_mml(sound, "2pl"), names) is None


def test_statistics_of_synthetic_candidates_are_refused_or_marked(tmp_path: Path) -> None:
    found = sat(tmp_path, 20)
    with pytest.raises(Refused, match="20 of 20 candidates of run 1 are synthetic"):
        sitting_name(tmp_path / "exam", found, None, synthetic=False)
    assert sitting_name(tmp_path / "exam", found, None, synthetic=True) == f"synthetic {found.name}"
    answers = tmp_path / "answers.csv"
    answers.write_text(answers.read_text("utf-8-sig").replace(",yes\n", ",\n"), "utf-8")
    again = sat(tmp_path, 20)
    assert again.run == 2
    assert sitting_name(tmp_path / "exam", again, "May", synthetic=False) == "May"


def test_synthetic_candidates_count_only_where_no_people_have_answered(tmp_path: Path) -> None:
    people, folder = sat(tmp_path), tmp_path / "item_bank"
    write_statistics(people, folder, day=DAY)
    lines, _ = statistics_of(folder / "T-1")
    items = [
        one for one in shelf(items=yaml_items(tmp_path)).items if one.id in {c.item for c in people.columns}
    ]
    alone = evidence(items, lines)
    later = [
        one._replace(administration="synthetic T-1-L4", date="2026-09-01", numbers=one.numbers | {"facility": 0.01, "a": 9.0, "b": 9.0})
        for one in lines
    ]  # fmt: skip
    assert evidence(items, [*lines, *later]) == alone
    assert seen_of(tmp_path, [*lines, *later]) == seen_of(tmp_path, lines)
    assert stand_ins(items, [*lines, *later]) == []
    # a trial before anybody sat: they stand in, and that is told; nobody has seen the items
    assert {one.facility for one in evidence(items, later).values()} == {0.01}
    assert not any(one.uses for one in evidence(items, later).values())
    assert stand_ins(items, later) == sorted(one.id for one in items)
    [told] = [p for p in notices_of("T-1", items, later) if p.code == "statistics-synthetic"]
    assert f"{len(items)} items have statistics from synthetic candidates only" in told.message
    assert len(items) > 10
    assert f"และอีก {len(items) - 10} รายการ" in in_language(told.message, "th")
    # an item that people saw, of which a correction left nothing known, has what there is
    seen = [
        one._replace(numbers=one.numbers | dict.fromkeys(("facility", "item_rest"), None)) for one in lines
    ]
    assert bank_statistics.facility(items[0], [*seen, *later]) == 0.01


def test_parameters_on_the_scales_of_different_people_are_told(tmp_path: Path) -> None:
    people = sat(tmp_path)
    write_statistics(people, tmp_path / "item_bank", day=DAY)
    lines, _ = statistics_of(tmp_path / "item_bank/T-1")
    items = shelf(items=yaml_items(tmp_path)).items
    known = [one._replace(numbers=one.numbers | {"a": 1.0, "b": 0.2}) for one in lines]
    assert [p.code for p in notices_of("T-1", items, known)] == []
    first = known[0].item
    weaker = [
        one._replace(administration="autumn", date="2026-09-01", numbers=one.numbers | {"b": -1.0})
        for one in known
        if one.item == first
    ]
    [told] = notices_of("T-1", items, [*known, *weaker])
    n = len({one.item for one in known}) - 1
    assert (told.code, told.severity) == ("statistics-scales", "notice")
    assert f"2 scales, one for each administration (T-1-L4 ({n} items), autumn (1 item)" in told.message
    assert f"T-1-L4 ({n} ข้อ), autumn (1 ข้อ)" in in_language(told.message, "th")


# ── the scale of the bank ────────────────────────────────────────────────────────────────────


def part(found: Administration, rows: slice) -> Administration:
    """Some of the candidates."""
    chosen = found.chosen._replace(candidates=found.chosen.candidates[rows], cells=found.chosen.cells[rows])
    return found._replace(chosen=chosen, form=found.form[rows], room=found.room[rows])


def test_a_later_sitting_is_carried_to_the_scale_of_the_first(tmp_path: Path) -> None:
    """Parameters that were moved by a known line come back, the constants stand in the lines, and an item that
    has drifted has no part in it; written again, nothing changes."""
    people, bank = sat(tmp_path), tmp_path / "item_bank"
    names = [one.name for one in people.columns if one.standing == "scored"]
    rng = np.random.default_rng(2)
    first = {
        name: {"a": 0.8 + 0.05 * n, "b": float(rng.normal()), "se_a": 0.1, "se_b": 0.1}
        for n, name in enumerate(names)
    }
    second = {
        name: {**own, "a": own["a"] * 1.25, "b": (own["b"] + 0.4) / 1.25} for name, own in first.items()
    }
    second[names[0]]["b"] += 1.5
    spring = write_statistics(part(people, slice(0, 110)), bank, "spring", DAY, first)
    assert spring.link is not None
    assert (spring.link.scale, spring.link.message) == ("", "")
    autumn = (part(people, slice(110, 200)), bank, "autumn", date(2026, 9, 1), second)
    link = write_statistics(*autumn).link
    assert link is not None
    assert (link.scale, link.dropped) == ("spring", (people.columns[0].item,))
    assert (link.slope, link.intercept) == pytest.approx((1.25, -0.4), abs=1e-5)
    assert "on the scale of spring" in link.message
    lines, faults = statistics_of(bank / "T-1")
    assert not faults
    by_name = {one.name: one.item for one in people.columns}
    for one in lines:
        if one.administration == "autumn" and one.numbers["b"] is not None:
            name = next(name for name, item in by_name.items() if item == one.item)
            assert one.scale == "spring"
            a, b, slope, shift = (one.numbers[what] or 0.0 for what in ("a", "b", "slope", "intercept"))
            assert (a * slope, (b - shift) / slope) == pytest.approx(
                (second[name]["a"], second[name]["b"]), abs=1e-5
            )
    items = shelf(items=yaml_items(tmp_path)).items
    assert "statistics-scales" not in [problem.code for problem in notices_of("T-1", items, lines)]
    before = (bank / "T-1/statistics.csv").read_bytes()
    write_statistics(*autumn)
    assert (bank / "T-1/statistics.csv").read_bytes() == before
    founder = write_statistics(part(people, slice(0, 110)), bank, "spring", DAY, first).link
    assert founder is not None
    assert founder.scale == ""
    assert "others back again" in founder.message

    few = {name: second[name] for name in names[:4]}
    winter = write_statistics(part(people, slice(60, 150)), bank, "winter", date(2026, 12, 1), few).link
    assert winter is not None
    assert (winter.scale, winter.n_common) == ("", 4)
    assert "4 items in common with spring" in winter.message
    lines, _ = statistics_of(bank / "T-1")
    own = [one for one in lines if one.administration == "winter"]
    assert {(one.scale, one.numbers["slope"]) for one in own} == {("", None)}
