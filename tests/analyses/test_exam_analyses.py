"""Of a form, what counts is analysed as its total: no pilot item, and nothing that everybody was given."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from examgen.analysis import exam as exam_analyses
from examgen.analysis.exam import analyse_exam
from examgen.analysis.parts import Document, ReportedLine, notes_of
from examgen.analysis.subscores import subscores_of_run
from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.problems import Refused
from examgen.reports.analysis_report.page import form_rows
from examgen.reports.analysis_report.writing import write_report
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from examgen.scoring.options import ScoringOptions
from examgen.stats.results import Note
from tests.analyses.made_once import kept_folder
from tests.samples import blueprint, shelf
from tests.sittings import bank_items, table, write_table

WHO = {"reason": "r", "by": "b", "date": "2026-11-20"}


def built(folder: Path, n: int = 120, **asked: object) -> Path:
    """A package of two forms with pilot items, and the answers of `n` candidates beside it."""
    shutil.copytree(_made(n, json.dumps(asked)), folder, dirs_exist_ok=True)
    return folder / "exam"


@cache
def _made(n: int, asked: str) -> Path:
    """The same for all tests that ask for it."""
    folder, bank = kept_folder(), shelf(items=bank_items())
    rules = {"forms": 2, "items": 10, "anchor": 4, "pilot": 2, **json.loads(asked)}
    made = assemble([bank], *blueprint(**rules))
    write_package(folder / "exam", exam_files(made, bank_sha256([bank]), {}))
    simulations.simulate(folder / "exam", n, 6, folder / "answers.csv")
    return folder


def scored(folder: Path, *corrections: dict[str, object]) -> Path:
    """The package of `folder`, scored."""
    path = folder / "corrections.yaml"
    path.write_text(yaml.safe_dump([{**one, **WHO} for one in corrections]), "utf-8")
    wanted = ScoringOptions(corrections=path) if corrections else ScoringOptions()
    sittings.score(folder / "exam", [folder / "answers.csv"], options=wanted)
    return folder / "exam"


def right(folder: Path, form: str) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """By item, who of a form has it right, from the key and the answers alone."""
    rows = [row for row in table(folder / "answers.csv") if row["form"] == form]
    return {
        k["item"]: np.array([row[f"Q{k['question']}"] in k["key"].split("|") for row in rows], dtype=float)
        for k in table(folder / "exam/secure/key.csv")
        if k["form"] == form
    }


def points(folder: Path) -> dict[str, str]:
    return {row["item"]: row["points"] for row in table(folder / "exam/secure/key.csv")}


def kr20(columns: list[np.ndarray[tuple[int], np.dtype[np.float64]]]) -> float:
    x = np.stack(columns, axis=1)
    k = x.shape[1]
    return float(k / (k - 1) * (1 - x.var(axis=0, ddof=1).sum() / x.sum(axis=1).var(ddof=1)))


def form_of(document: Document, name: str) -> Document:
    found: dict[str, Document] = {one["form"]: one for one in document["forms"]}
    return found[name]


def test_pilot_items_are_no_part_of_a_forms_total(tmp_path: Path) -> None:
    built(tmp_path)
    found = analyse_exam(scored(tmp_path)).document
    worth = points(tmp_path)
    for name in "AB":
        form, of = form_of(found, name), right(tmp_path, name)
        counted = [x for item, x in of.items() if worth[item] == "1"]
        assert (form["n_items"], form["n_pilot"], form["cut"]) == (10, 2, 6.0)
        assert form["mean"] == pytest.approx(sum(counted).mean())  # type: ignore[union-attr]
        assert form["alpha"] == pytest.approx(kr20(counted))
        assert len(form["score_counts"]) == 11
    for row in found["items"]:
        if row["standing"] == "pilot":
            [name] = {one["form"] for one in row["asked"]}
            of = right(tmp_path, name)
            rest = sum(x for item, x in of.items() if worth[item] == "1")
            assert row["facility"] == pytest.approx(of[row["name"]].mean())
            assert row["item_rest"] == pytest.approx(np.corrcoef(of[row["name"]], rest)[0, 1])
            assert row["item_total"] is None


def test_what_everybody_was_given_is_taken_off_the_cut(tmp_path: Path) -> None:
    built(tmp_path, anchor=None, pilot=None)
    given: dict[str, object] = {"kind": "credit_all", "form": "A", "question": 1}
    found = analyse_exam(scored(tmp_path, given)).document
    of_a, of_b = form_of(found, "A"), form_of(found, "B")
    assert (of_a["n_items"], of_a["cut"]) == (9, 5.0)  # 60 per cent of 10 points, of which one is given
    assert (of_b["n_items"], of_b["cut"]) == (10, 6.0)
    assert found["irt"]["cuts"]["A"] is not None


@pytest.mark.parametrize(("blank", "cut", "told"), [(60, 6.0, []), (3, 5.0, ["for 3 of 60"]), (0, 5.0, [])])
def test_points_for_an_answer_are_taken_off_the_cut_where_most_answered(
    tmp_path: Path, blank: int, cut: float, told: list[str]
) -> None:
    built(tmp_path, anchor=None, pilot=None)
    rows = table(tmp_path / "answers.csv")
    of_a = [row for row in rows if row["form"] == "A"]
    for n, row in enumerate(of_a):
        row["Q1"] = "" if n < blank else "A"
    write_table(tmp_path / "answers.csv", rows)
    found = analyse_exam(scored(tmp_path, {"kind": "credit_answered", "form": "A", "question": 1})).document
    assert form_of(found, "A")["cut"] == cut
    notes = [note["message"] for note in found["notes"] if note["code"] == "cut-unlike"]
    assert [message.split(" candidates")[0] for message in notes] == told


def test_cuts_are_not_held_against_each_other_by_a_fit_that_did_not_converge(tmp_path: Path) -> None:
    built(tmp_path, 80)
    irt = analyse_exam(scored(tmp_path), model="3pl").document["irt"]
    assert not irt["model"]["converged"]
    assert None not in irt["cut_errors"].values()
    assert irt["cuts_apart"] is None


def first_right(folder: Path, n: int) -> Document:
    """The analysis of `n` candidates, all of whom have question 1 right."""
    built(folder, n, anchor=None, pilot=None)
    key = {k["form"]: k["key"] for k in table(folder / "exam/secure/key.csv") if k["question"] == "1"}
    write_table(
        folder / "answers.csv", [row | {"Q1": key[row["form"]]} for row in table(folder / "answers.csv")]
    )
    return analyse_exam(scored(folder)).document


def test_a_question_that_all_have_right_leaves_the_cut_where_giving_it_to_all_does(tmp_path: Path) -> None:
    found = first_right(tmp_path, 120)["irt"]
    everybody: dict[str, object] = {"kind": "credit_all", "form": "A", "question": 1}
    given = analyse_exam(scored(tmp_path, everybody)).document["irt"]
    assert found["cuts"]["A"] == pytest.approx(given["cuts"]["A"], abs=1e-9)
    assert found["cut_errors"]["A"] == pytest.approx(given["cut_errors"]["A"], rel=1e-6)


def test_a_question_that_few_had_and_all_have_right_leaves_no_ability_at_the_cut(tmp_path: Path) -> None:
    found = first_right(tmp_path, 60)
    told = [note for note in found["notes"] if note["code"] == "cut-without-ability"]
    assert found["irt"]["cuts"] == {"A": None, "B": None}
    assert [(one["form"], one["message"].split(" candidates")[0]) for one in told] == [
        ("A", "only 30"),
        ("B", "only 30"),
    ]
    shown = [part.text for part in notes_of(found) if isinstance(part, ReportedLine)]
    assert [text.split(" candidates")[0] for text in shown if "ability" in text] == [
        "note: form A, form B: only 30",
    ]


def test_a_cut_that_nobody_is_expected_to_reach_is_told(tmp_path: Path) -> None:
    built(tmp_path, anchor=None, pilot=None, **{"pass": {"cut": 10, "reason": "all of them"}})
    found = analyse_exam(scored(tmp_path)).document
    told = [
        (note["form"], note["message"]) for note in found["notes"] if note["code"] == "cut-without-ability"
    ]
    assert found["irt"]["cuts"] == {"A": None, "B": None}
    assert told == [(form, "no ability has an expected score as high or as low as the cut") for form in "AB"]


def test_a_cut_in_points_that_are_not_items_right_is_not_shown(tmp_path: Path) -> None:
    built(tmp_path, scoring={"wrong": 0.25})
    found = analyse_exam(scored(tmp_path)).document
    assert [form["cut"] for form in found["forms"]] == [None, None]
    assert found["irt"]["cuts"] == {"A": None, "B": None}


def test_no_item_is_said_to_misfit_on_too_few_candidates_or_a_model_that_did_not_converge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(tmp_path)
    folder = scored(tmp_path)
    monkeypatch.setattr(exam_analyses, "misfit", lambda item, row: Note("misfit", "m", item=item))
    rows = analyse_exam(folder, min_n=61).document["items"]
    told = {row["name"]: "misfit" in [flag["code"] for flag in row["flags"]] for row in rows}
    assert told == {row["name"]: row["n"] >= 61 for row in rows}
    assert set(told.values()) == {True, False}
    estimate = exam_analyses._irt

    def not_converged(*of: Any) -> Any:
        fit, *rest = estimate(*of)
        return fit._replace(converged=False), *rest

    monkeypatch.setattr(exam_analyses, "_irt", not_converged)
    rows = analyse_exam(folder, min_n=1).document["items"]
    assert not any(flag["code"] == "misfit" for row in rows for flag in row["flags"])


@pytest.mark.parametrize("most", [20, 1], ids=["by-form", "too-many-forms"])
@pytest.mark.parametrize("anchor", [4, None])
def test_forms_without_common_items_are_told_however_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, anchor: int | None
) -> None:
    built(tmp_path, anchor=anchor)
    monkeypatch.setattr(exam_analyses, "MOST_FORMS", most)
    found = analyse_exam(scored(tmp_path)).document
    codes = {note["code"] for note in found["notes"]}
    assert bool(found["forms"]) == (most > 1)
    assert ("forms-not-linked" in codes) == (anchor is None)
    assert ("incomplete" in codes) == (most == 1)  # by form, S-X² leaves out nobody


def test_a_form_of_which_every_point_was_given_away_has_no_scores_of_parts(tmp_path: Path) -> None:
    built(tmp_path, 60, items=4, anchor=None, pilot=None)
    given: list[dict[str, object]] = [{"kind": "credit_all", "form": "A", "question": q} for q in range(1, 5)]
    found = analyse_exam(scored(tmp_path, *given)).document
    assert {row["n"] for row in found["subscores"] if row["n_items"] > 1} == {30}
    given += [{"kind": "credit_all", "form": "B", "question": q} for q in range(1, 5)]
    with pytest.raises(Refused, match="has no scores on any item"):
        subscores_of_run(scored(tmp_path, *given))


def test_a_form_has_its_own_halves_and_errors_of_r(
    tmp_path: Path,
) -> None:
    built(tmp_path, pilot=None)
    keys = {(k["form"], k["item"]): k for k in table(tmp_path / "exam/secure/key.csv")}
    known = next(item for form, item in keys if form == "B" and ("A", item) in keys)
    rows = table(tmp_path / "answers.csv")
    for row in rows:
        if row["form"] == "B":
            row[f"Q{keys['B', known]['question']}"] = keys["B", known]["key"]
    write_table(tmp_path / "answers.csv", rows)
    found = analyse_exam(scored(tmp_path)).document
    for name in "AB":
        of = right(tmp_path, name)
        x = np.stack([of[item] for item in sorted(of, key=lambda item: int(keys[name, item]["question"]))])
        r = np.corrcoef(x[::2].sum(axis=0), x[1::2].sum(axis=0))[0, 1]
        assert form_of(found, name)["split_half_r"] == pytest.approx(r)
    of = right(tmp_path, "A")
    r, n = np.corrcoef(of[known], sum(of.values()) - of[known])[0, 1], len(of[known])  # type: ignore[operator]
    (row,) = (row for row in found["items"] if row["name"] == known)
    ends = np.tanh(np.arctanh(r) + np.array([-1, 1]) * 1.959964 / np.sqrt(n - 3))
    assert [row["item_rest"], row["item_rest_low"], row["item_rest_high"]] == pytest.approx([r, *ends])


def test_groups_by_score_are_formed_within_a_form(tmp_path: Path) -> None:
    """Of two forms, of which one is far harder, each item's fifths are those of its own form's totals."""
    built(tmp_path, anchor=None, pilot=None)
    rows = table(tmp_path / "answers.csv")
    keys = {(k["form"], k["question"]): k["key"] for k in table(tmp_path / "exam/secure/key.csv")}
    for n, row in enumerate(row for row in rows if row["form"] == "B"):
        for question in range(1, 11):
            if (n + question) % 3:
                wrong = "ABCD".replace(keys["B", str(question)], "")
                row[f"Q{question}"] = wrong[(n + question) % 2]
    write_table(tmp_path / "answers.csv", rows)
    found = analyse_exam(scored(tmp_path)).document
    means = [form_of(found, name)["mean"] for name in "AB"]
    assert means[0] > means[1] + 2
    for item, options in found["options"].items():
        [form] = {one["form"] for row in found["items"] if row["name"] == item for one in row["asked"]}
        of = right(tmp_path, form)
        total = sum(of.values())
        cuts = np.quantile(total, [0.2, 0.4, 0.6, 0.8])
        fifth = np.searchsorted(cuts, total, side="left")
        sizes = np.bincount(fifth, minlength=5).tolist()
        able = total >= np.quantile(total, 0.73)
        [key] = [option for option in options if option["is_key"]]
        shares = [of[item][fifth == n].mean() if sizes[n] else None for n in range(5)]
        assert key["fifths_n"] == sizes
        assert key["fifths"] == pytest.approx(shares)
        assert (key["able_n"], key["able"]) == (able.sum(), pytest.approx(of[item][able].mean()))
        if of[item].any():
            assert key["point_biserial_rest"] == pytest.approx(np.corrcoef(of[item], total - of[item])[0, 1])
            assert key["mean_share"] == pytest.approx(total[of[item] > 0].mean() / 10)


def test_with_many_forms_groups_go_by_ability(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(tmp_path)
    monkeypatch.setattr(exam_analyses, "MOST_FORMS", 1)
    found = analyse_exam(scored(tmp_path)).document
    shared = [row["name"] for row in found["items"] if len(row["asked"]) == 2]
    assert shared
    for item in shared:
        sizes = found["options"][item][0]["fifths_n"]
        assert sum(sizes) == 120
        # candidates of equal ability, as those of one form with as many right answers, stay in one fifth
        assert all(16 <= size <= 32 for size in sizes)


def test_points_under_a_penalty_stand_beside_the_number_right(tmp_path: Path) -> None:
    built(tmp_path, scoring={"wrong": 0.25, "floor": "none"})
    folder = scored(tmp_path)
    analysis = analyse_exam(folder)
    found = analysis.document
    people = table(folder / "results/candidates.csv")
    for name in "AB":
        form = form_of(found, name)
        points = np.array([float(row["score"]) for row in people if row["form"] == name])
        assert form["points_mean"] == pytest.approx(points.mean())
        assert form["points_sd"] == pytest.approx(points.std(ddof=1))
        assert form["mean"] > form["points_mean"] + 0.5
        assert (form["cut"], form["cut_points"], form["sem_kind"]) == (None, 6.0, "lord")
        assert form["sem_at_cut"] == pytest.approx(((6 + 10 / 4) * (10 - 6) / 9) ** 0.5)
    shown = {head.en: cells for head, cells in form_rows(found["forms"])}
    assert shown["points of the run: mean"] == [f"{form['points_mean']:.2f}" for form in found["forms"]]
    page = write_report(folder, analysis, tmp_path, tmp_path / "made", pdf=False).folder / "report.html"
    assert "describe the number right, not the points of the run." in page.read_text("utf-8")
