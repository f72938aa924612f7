"""Answers beside the list that the booklets were printed for: whose booklet, by serial or by form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from examgen.core.models.papers import PapersRule
from examgen.scoring import score as sittings
from tests.sittings import RULE, build, list_of, print_for, table

PLAIN = PapersRule.model_validate({"spare": 1})
"""Booklets of candidates that are printed as their form stands."""


@pytest.fixture(params=[PLAIN, RULE], ids=["plain", "personal"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = build(tmp_path / "exam")
    print_for(folder, list_of(8), request.param)
    return folder


def dealt(folder: Path) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The candidates' booklets, and the spare one."""
    rows = table(folder / "secure/candidates.csv")
    [spare] = [row for row in rows if not row["candidate_id"]]
    return [row for row in rows if row["candidate_id"]], spare


def right_answers(folder: Path, form: str) -> list[str]:
    return [row["key"].split("|")[0] for row in table(folder / "secure/key.csv") if row["form"] == form]


def scored(
    folder: Path, rows: list[tuple[str, str, str]], long: bool = False, unlisted: str | None = None
) -> dict[str, str]:
    """Candidate → score, or the reason why the row was set aside, of (candidate, form named, key of)."""
    path = folder.parent / "answers.csv"
    lines = ["candidate_id,form,answers"]
    lines += [f"{who},{named},{''.join(right_answers(folder, form))}" for who, named, form in rows]
    if long:
        lines = ["candidate_id,form,question,answer"]
        lines += [
            f"{who},{named},{n},{letter}"
            for who, named, form in rows
            for n, letter in enumerate(right_answers(folder, form), 1)
        ]
    path.write_text("\n".join(lines), "utf-8")
    sittings.score(folder, [path], options=sittings.ScoringOptions(unlisted=unlisted))
    results = folder / "results"
    return {row["candidate_id"]: row["score"] for row in table(results / "candidates.csv")} | {
        row["candidate_id"]: row["reason"] for row in table(results / "quarantine.csv")
    }


def not_on_list(folder: Path) -> int:
    return int(json.loads((folder / "results/audit.json").read_bytes())["not_on_list"])


@pytest.mark.parametrize("long", [False, True])
def test_a_serial_is_scored_by_the_form_of_its_booklet(folder: Path, long: bool) -> None:
    mine, _ = dealt(folder)
    rows = [(row["candidate_id"], row["serial"], row["form"]) for row in mine]
    assert scored(folder, rows, long) == {row["candidate_id"]: "14" for row in mine}
    forms = {row["candidate_id"]: row["form"] for row in table(folder / "results/candidates.csv")}
    assert forms == {row["candidate_id"]: row["form"] for row in mine}
    assert not_on_list(folder) == 0
    assert scored(folder, [(who, serial.lower(), form) for who, serial, form in rows], long) == {
        row["candidate_id"]: "14" for row in mine
    }


@pytest.mark.parametrize("long", [False, True])
def test_an_empty_form_cell_says_what_the_list_says(folder: Path, long: bool) -> None:
    mine, _ = dealt(folder)
    rows = [(row["candidate_id"], row["serial"] if n % 2 else " ", row["form"]) for n, row in enumerate(mine)]
    found = scored(folder, [*rows, ("guest", "", mine[0]["form"])], long, unlisted="score")
    assert found == {**{row["candidate_id"]: "14" for row in mine}, "guest": "unknown_form"}


@pytest.mark.parametrize("long", [False, True])
def test_nobody_is_scored_by_a_booklet_that_was_dealt_to_another(folder: Path, long: bool) -> None:
    mine, spare = dealt(folder)
    one, two, three = mine[:3]
    other_form = next(row["form"] for row in mine if row["form"] != three["form"])
    rows = [
        (one["candidate_id"], two["serial"], two["form"]),
        (two["candidate_id"], spare["serial"], spare["form"]),
        (three["candidate_id"], other_form, other_form),
        ("stranger", one["serial"], one["form"]),
        ("guest", spare["serial"], spare["form"]),
    ]
    assert scored(folder, rows, long) == {
        one["candidate_id"]: "form_not_dealt",
        two["candidate_id"]: "14",
        three["candidate_id"]: "form_not_dealt",
        "stranger": "not_on_list",
        "guest": "not_on_list",
    }
    assert not_on_list(folder) == 0
    assert scored(folder, rows, long, unlisted="score") == {
        one["candidate_id"]: "form_not_dealt",
        two["candidate_id"]: "14",
        three["candidate_id"]: "form_not_dealt",
        "stranger": "form_not_dealt",
        "guest": "14",
    }
    assert not_on_list(folder) == 1


def test_lines_of_another_booklet_are_no_part_of_a_candidates_answers(tmp_path: Path) -> None:
    folder = build(tmp_path / "exam")
    print_for(folder, list_of(8), PLAIN)
    mine, _ = dealt(folder)
    one = mine[0]
    same_form = next(row for row in mine[1:] if row["form"] == one["form"])
    lines = ["candidate_id,form,question,answer"]
    lines += [f"{one['candidate_id']},{(one if n < 9 else same_form)['serial']},{n},A" for n in range(1, 17)]
    (tmp_path / "answers.csv").write_text("\n".join(lines), "utf-8")
    sittings.score(folder, [tmp_path / "answers.csv"])
    reasons = [row["reason"] for row in table(folder / "results/quarantine.csv")]
    assert reasons == ["question_missing", "form_not_dealt"]
    assert table(folder / "results/candidates.csv") == []


def test_a_stranger_whose_id_is_taken_as_it_is_may_name_a_plain_form_and_is_counted(tmp_path: Path) -> None:
    folder = build(tmp_path / "exam")
    print_for(folder, list_of(8), PLAIN)
    rows = [("x1", "A", "A"), ("0000", "A", "A"), ("0001", "B", "B")]
    assert scored(folder, rows, unlisted="score") == {
        "x1": "14",
        "0000": "14",
        "0001": "14",
    }
    assert not_on_list(folder) == 1


def test_without_a_list_nobody_is_missing_from_it(tmp_path: Path) -> None:
    folder = build(tmp_path / "exam")
    assert scored(folder, [("x1", "A", "A"), ("x2", "A-0001-19", "A")]) == {
        "x1": "14",
        "x2": "unknown_form",
    }
    assert "not_on_list" not in json.loads((folder / "results/audit.json").read_bytes())


def test_who_has_no_row_is_named_as_on_the_printed_list(folder: Path) -> None:
    mine, _ = dealt(folder)
    last = mine[-1]
    scored(folder, [(row["candidate_id"], row["serial"], row["form"]) for row in mine[:-1]])
    [absent] = table(folder / "results/unreconciled.csv")
    assert (absent["candidate_id"], absent["name"]) == (last["candidate_id"], last["name"])
    assert last["name"]
