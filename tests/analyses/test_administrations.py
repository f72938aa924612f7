"""A run's matrix says what its scoring says: the same marks, the same totals, whatever was done to the rows."""

from __future__ import annotations

import csv
import io
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from openpyxl import Workbook

from examgen.analysis.administrations import (
    Administration,
    ResponseColumns,
    cells_of,
    columns_of,
    read_run,
    responses_of,
)
from examgen.core.exam.package import Package, read_package
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.models.item import Item
from examgen.core.models.papers import PapersRule
from examgen.core.problems import Refused, WrongUsage
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from examgen.scoring.earn import earn, total_of
from examgen.scoring.options import ScoringOptions
from examgen.scoring.synthetic import dirty
from examgen.stats.matrix import NOT_ADMINISTERED, NOT_REACHED, OMITTED, Chosen
from tests.analyses.run_matrices import choices_of, places_of, scores_of, units_of
from tests.effort import examples, some
from tests.scoring.sat_exams import Sat, exams
from tests.sittings import build, list_of, print_for, small_package, table

WHO = {"reason": "seen on the sheet", "by": "สมศรี", "date": "2026-11-20"}


# ── every rule, every correction ─────────────────────────────────────────────────────────────


def columns_for(sat: Sat) -> ResponseColumns:
    said = sat.key()
    names = ("form", "question", "item", "unit", "element", "pc", "key", "points")
    key = {name: [str(row[name]) for row in sat.rows] for name in names}
    key["unit"], key["element"], key["pc"] = (
        [str(row[name]) for row in sat.rows] for name in ("unit", "element", "pc")
    )
    forms = {name: list(column) for name, column in key.items()} | {
        "options": [sat.printed[row["form"], row["question"]] for row in sat.rows]
    }
    items = {
        str(row["item"]): Item.model_construct(id=row["item"], stem="?", options={}, key=("a",))
        for row in sat.rows
    }
    asked = Package(Path(), {}, b"", pl.DataFrame(key), pl.DataFrame(forms), pl.DataFrame())
    return columns_of(asked, said, items, str(sat.rule["several"]))


def administered(sat: Sat, columns: ResponseColumns) -> Administration:
    key = sat.key()
    cells = cells_of(columns, key.n_questions, sat.form_numbers, sat.bytes)
    own = columns.columns
    chosen = Chosen(
        range(len(cells)),
        tuple(c.name for c in own),
        cells,
        tuple(c.options for c in own),
        tuple(c.key for c in own),
    )
    form = sat.form_numbers.astype(np.int32)
    return Administration(
        "x", 1, "f", chosen, own, key.names, form, ("",), form * 0, key.unit, key.floor_total
    )


@settings(max_examples=examples(150))
@given(exams())
def test_totals_of_the_matrix_are_those_of_scoring_under_every_rule_and_correction(sat: Sat) -> None:
    key = sat.key()
    found = administered(sat, columns_for(sat))
    assert units_of(found).tolist() == total_of(key, earn(key, sat.form_numbers, sat.bytes).units).tolist()


@given(exams())
def test_categories_are_equal_steps_of_what_is_earned(sat: Sat) -> None:
    found = administered(sat, columns_for(sat))
    scores = scores_of(found)
    for n, place in enumerate(places_of(found)):
        column, cells = found.columns[place], found.chosen.cells[:, place]
        step = math.gcd(*(max(worth, 0) for worth in column.worth))
        for category, cell in zip(scores.cells[:, n].tolist(), cells.tolist(), strict=True):
            if cell >= 0:
                assert category * step == max(column.worth[cell], 0)
            else:
                assert category == (0 if cell == OMITTED else cell)


@given(exams())
def test_an_option_is_the_same_option_on_every_form(sat: Sat) -> None:
    found = administered(sat, columns_for(sat))
    place = {(row["form"], row["item"]): row["question"] for row in sat.rows}
    for n, (form, marks) in enumerate(zip(sat.forms, sat.marks, strict=True)):
        last = max([0, *(q for q, mark in enumerate(marks, 1) if mark != frozenset())])
        asked = 0
        for cell, column in zip(found.chosen.cells[n].tolist(), found.columns, strict=True):
            if cell == NOT_ADMINISTERED:
                continue
            asked += 1
            question = place[form, column.item]
            mark, printed = marks[question - 1], sat.printed[form, question].split()
            if mark == frozenset():
                assert cell == (NOT_REACHED if question > last else OMITTED)
            elif mark is None:
                assert column.options[cell].strip("*") == ""
            else:
                ids = sorted(printed["ABCDE".index(letter)] for letter in mark)
                assert column.options[cell] == "|".join(ids) or (
                    len(ids) > 1 and column.options[cell][0] == "*"
                )
        assert asked == len(marks)


# ── a sitting as it comes in ─────────────────────────────────────────────────────────────────


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def write(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    path.write_bytes(file.getvalue().encode(encoding, "replace"))
    return path


def sat(tmp_path: Path, personal: bool) -> tuple[Path, list[Path], ScoringOptions]:
    """A package and two dirty answer files with repeats, repairs of rows and marks, and corrections."""
    folder = build(tmp_path / "exam")
    if personal:
        print_for(folder, list_of(240))
    simulations.simulate(folder, 240, 5, tmp_path / "all.csv")
    text = (tmp_path / "all.csv").read_text("utf-8-sig")
    head, *rows = rows_of(dirty(text, 80, 9))
    rows = [[*row, "หมายเหตุ" if row == head else "มาสาย"] for row in rows]
    head = [*head, "หมายเหตุ"]
    for row in rows[10:60:3]:
        row[7:8], row[-2:-1] = ["AC"], [""]
    north, south = rows[:150], rows[150:]
    south.append(rows[20])  # an identical repeat in another file
    south.append([*rows[21][:4], *"ABCD", *rows[21][8:]])  # rows that differ
    files = [
        write(tmp_path / "north.csv", [head, *north]),
        write(tmp_path / "south.csv", [head, *south], "cp874"),
    ]
    sittings.score(folder, files)
    aside = table(folder / "results/quarantine.csv")
    repaired = [row for row in aside if row["reason"] == "no_candidate"][:4]
    void = [row for row in aside if row["reason"] == "conflicting_rows"][:1]
    lines = [[row["file"], row["line"], f"9{n:03d}", "", *WHO.values()] for n, row in enumerate(repaired)]
    lines += [[row["file"], row["line"], "-", "", *WHO.values()] for row in void]
    who = write(tmp_path / "identities.csv", [["file", "line", "candidate_id", "form", *WHO], *lines])
    good = next(n for n, row in enumerate(north, 2) if row[0] and len(row) == len(head))
    marks = [
        ["file", "line", "question", "answer", *WHO],
        *[["north.csv", str(good), q, "B", *WHO.values()] for q in "123"],
    ]
    path = tmp_path / "corrections.yaml"
    path.write_text(
        yaml.safe_dump([{**one, **WHO} for one in corrections(folder)], allow_unicode=True), "utf-8"
    )
    wanted = ScoringOptions(identities=[who], marks=[write(tmp_path / "marks.csv", marks)], corrections=path)
    return folder, files, wanted


def corrections(folder: Path) -> list[dict[str, object]]:
    """One of each kind, on items that count; an accepted letter on one form alone."""
    scored = [
        row for row in table(folder / "secure/key.csv") if row["points"] == "1" and "|" not in row["key"]
    ]
    items = list(dict.fromkeys(row["item"] for row in scored))
    form, number, key = scored[-1]["form"], scored[-1]["question"], scored[-1]["key"]
    items.remove(scored[-1]["item"])
    right = {p.item.id: p.item.key for f in read_package(folder).exam.forms for p in f.items}
    other = next(option for option in "abcd" if option not in right[items[0]])
    return [
        {"kind": "rekey", "item": items[0], "key": other},
        {"kind": "drop", "item": items[1]},
        {"kind": "credit_all", "item": items[2]},
        {"kind": "credit_answered", "item": items[3]},
        {
            "kind": "accept",
            "form": form,
            "question": int(number),
            "only_here": True,
            "key": "ABCD"[("ABCD".index(key) + 1) % 4],
        },
    ]


@pytest.mark.parametrize("personal", [False, True], ids=["plain", "personal"])
@pytest.mark.parametrize("processes", some([1, 2], 1))
def test_the_matrix_has_the_score_of_every_candidate(tmp_path: Path, personal: bool, processes: int) -> None:
    folder, files, wanted = sat(tmp_path, personal)
    done = sittings.score(folder, files, options=wanted.model_copy(update={"processes": processes}))
    assert done.audit["rows"]["quarantined"]
    assert done.audit["rows"]["identical_repeats"]
    assert len(done.audit["decided"]) >= 7
    assert len(done.audit["corrections"]) == 5
    found = responses_of(folder)
    rows = table(folder / "results/candidates.csv")
    assert list(found.chosen.candidates) == [row["candidate_id"] for row in rows]
    assert [found.forms[n] for n in found.form] == [row["form"][0] for row in rows]
    # by the places of the right options alone, and what was credited
    right = np.zeros(len(rows), dtype=np.int64)
    for column, cells in zip(found.columns, found.chosen.cells.T, strict=True):
        if column.standing == "scored":
            right += np.isin(cells, sorted(column.key))
        elif column.standing == "credited":
            right += (cells >= 0) | ((cells != NOT_ADMINISTERED) & (column.blank > 0))
    assert right.tolist() == [int(row["score"]) for row in rows]
    assert right.tolist() == units_of(found).tolist()
    credit = [column.standing == "credited" for column in found.columns]
    given = sum((found.chosen.cells[:, credit] >= 0).astype(int).T)
    given += sum(
        (cells < 0) & (cells != NOT_ADMINISTERED) & (column.blank > 0)
        for column, cells in zip(found.columns, found.chosen.cells.T, strict=True)
    )
    counted = scores_of(found, not_reached_wrong=True)
    assert (counted.cells.clip(0).sum(axis=1) + given).tolist() == right.tolist()
    whole = choices_of(found, places_of(found)).scored(not_reached_wrong=True)
    assert (whole.cells == counted.cells).all()
    assert whole.items == counted.items
    assert found.unit == 1
    missing = (found.chosen.cells == OMITTED) | (found.chosen.cells == NOT_REACHED)
    assert missing.sum(axis=1).tolist() == [int(row["blank"]) for row in rows]
    odd = sum(
        (cells >= column.n_own).astype(int)
        for column, cells in zip(found.columns, found.chosen.cells.T, strict=True)
    )
    assert np.asarray(odd).tolist() == [int(row["multiple"]) + int(row["invalid"]) for row in rows]


def test_corrections_stand_in_the_columns(tmp_path: Path) -> None:
    folder, files, wanted = sat(tmp_path, False)
    before = responses_of(folder)
    sittings.score(folder, files, options=wanted)
    after = responses_of(folder)
    [rekey, drop, credit, answered, accept] = corrections(folder)
    by_item = {one.item: one for one in after.columns}
    first = {one.item: one for one in before.columns}
    assert by_item[rekey["item"]].key_ids == (rekey["key"],)  # type: ignore[index]
    assert by_item[rekey["item"]].item_hash != first[rekey["item"]].item_hash  # type: ignore[index]
    standing = [by_item[one["item"]].standing for one in (drop, credit, answered)]  # type: ignore[index]
    assert standing == ["dropped", "credited", "credited"]
    accepted = [
        one
        for one in after.columns
        for form, q, _ in one.asked
        if (form, q) == (accept["form"], accept["question"])
    ]
    assert [len(one.key) for one in accepted] == [2]
    assert sum(one.standing == "pilot" for one in after.columns) == 4
    same = read_package(folder).exam
    hashes = {p.item.id: p.item.sha256() for form in same.forms for p in form.items}
    assert all(hashes[one.item] == one.item_hash for one in before.columns)
    # the run of old still says what it said
    again = responses_of(folder, "1")
    assert (again.chosen.cells == before.chosen.cells).all()
    assert again.fingerprint == before.fingerprint


def test_an_item_that_one_form_scores_otherwise_is_two_columns(tmp_path: Path) -> None:
    folder = tmp_path / "exam"
    from examgen.assembly.assemble import assemble, bank_sha256
    from tests.samples import blueprint, shelf

    bank = shelf()
    built = assemble([bank], *blueprint(forms=2, items=6, anchor=3))
    write_package(folder, exam_files(built, bank_sha256([bank]), {}))
    simulations.simulate(folder, 40, 3, tmp_path / "answers.csv")
    key = table(folder / "secure/key.csv")
    items = [row["item"] for row in key]
    shared = next(row for row in key if items.count(row["item"]) == 2 and row["form"] == "B")
    one = {
        "kind": "rekey",
        "form": "B",
        "question": int(shared["question"]),
        "only_here": True,
        "key": "ABCD"["ABCD".index(shared["key"]) - 1],
    }
    path = tmp_path / "corrections.yaml"
    path.write_text(yaml.safe_dump([{**one, **WHO}]), "utf-8")
    sittings.score(folder, [tmp_path / "answers.csv"], options=ScoringOptions(corrections=path))
    found = responses_of(folder)
    own = [column for column in found.columns if column.item == shared["item"]]
    assert [column.name for column in own] == [f"{shared['item']} (A)", f"{shared['item']} (B)"]
    assert own[0].key != own[1].key
    assert len(found.columns) == 10
    score = [int(row["score"]) for row in table(folder / "results/candidates.csv")]
    assert found.chosen.scored(not_reached_wrong=True).cells.clip(0).sum(axis=1).tolist() == score


# ── blanks ───────────────────────────────────────────────────────────────────────────────────


def test_blanks_behind_the_last_answer_were_not_reached(tmp_path: Path) -> None:
    folder = small_package(tmp_path / "exam")
    lines = ["candidate_id,form,answers", "1,A,A-B-", "2,A,----", "3,B,---C", "4,A,A-*-"]
    (tmp_path / "answers.csv").write_text("\n".join(lines), "utf-8")
    sittings.score(folder, [tmp_path / "answers.csv"])
    found = responses_of(folder)
    place = {(form, q): n for n, one in enumerate(found.columns) for form, q, _ in one.asked}
    cells = [
        [int(row[place[form, q]]) for q in range(1, 5)]
        for row, form in zip(found.chosen.cells, "AABA", strict=True)
    ]
    blank, end = OMITTED, NOT_REACHED
    assert [c if c < 0 else 0 for c in cells[0]] == [0, blank, 0, end]
    assert cells[1] == [end] * 4
    assert [c if c < 0 else 0 for c in cells[2]] == [blank, blank, blank, 0]
    assert [c if c < 0 else 0 for c in cells[3]] == [0, blank, 0, end]
    assert found.columns[place["A", 3]].options[cells[3][2]] == "*"
    assert (found.chosen.cells == NOT_ADMINISTERED).sum(axis=1).tolist() == [4] * 4


# ── what was scored is what is read ──────────────────────────────────────────────────────────


def scored(tmp_path: Path, name: str = "answers.csv") -> tuple[Path, Path]:
    folder = small_package(tmp_path / "exam")
    simulations.simulate(folder, 30, 1, tmp_path / name)
    sittings.score(folder, [tmp_path / name])
    return folder, tmp_path / name


def test_answer_files_and_decisions_are_needed_no_more(tmp_path: Path) -> None:
    """They may be gone or be other ones: the run has what was scored."""
    folder, files, wanted = sat(tmp_path, False)
    sittings.score(folder, files, options=wanted)
    before = responses_of(folder)
    files[0].write_bytes(files[0].read_bytes() + b"31,A,A,A,A,A\n")
    for path in (files[1], *wanted.identities, *wanted.marks, wanted.corrections):
        assert path is not None
        path.unlink()
    after = responses_of(folder.rename(tmp_path / "elsewhere"))
    assert (after.chosen.cells == before.chosen.cells).all()
    assert (after.booklet == before.booklet).all()
    same = {name: getattr(before, name) for name in ("chosen", "form", "room", "booklet")}
    assert after._replace(**same) == before


@pytest.mark.parametrize("name", ["responses.parquet", "candidates.csv", "audit.json"])
def test_a_file_of_the_run_that_was_touched_is_refused_by_name(tmp_path: Path, name: str) -> None:
    folder, _ = scored(tmp_path)
    path = folder / "results/runs/0001" / name
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)
    with pytest.raises((Refused, WrongUsage)) as refused:
        responses_of(folder)
    assert str(path) in "\n".join([str(refused.value), *(one.source for one in refused.value.problems)])
    path.unlink()
    with pytest.raises((Refused, WrongUsage)):
        responses_of(folder)


def test_a_run_of_another_package_is_refused(tmp_path: Path) -> None:
    folder, _ = scored(tmp_path)
    other = build(tmp_path / "other")
    with pytest.raises(Refused) as refused:
        responses_of(other, results=folder / "results")
    assert "other-key" in {one.code for one in refused.value.problems}


def test_what_the_scoring_was_told_of_a_workbook_is_told_by_its_audit(tmp_path: Path) -> None:
    folder = small_package(tmp_path / "exam")
    book = Workbook()
    sheets = {
        "เช้า": [["01", "A", "A", "B", "C", "D"]],
        "บ่าย": [["02", "B", "D", "C", "B", "A"], ["03", "B", "", "", "A", ""]],
    }
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in [["candidate_id", "form", "Q1", "Q2", "Q3", "Q4"], *rows]:
            sheet.append(row)
    del book["Sheet"]
    book.save(tmp_path / "answers.xlsx")
    sittings.score(folder, [tmp_path / "answers.xlsx"], options=ScoringOptions(sheet="บ่าย"))
    assert responses_of(folder).chosen.candidates == ("02", "03")


def test_rooms_are_those_of_the_list_else_of_the_answers(tmp_path: Path) -> None:
    folder = small_package(tmp_path / "exam")
    (tmp_path / "a.csv").write_text(
        "candidate_id,form,answers,ห้อง\n1,A,ABCD,r1\n2,A,ABCD, r2 \n3,B,ABCD,\n", "utf-8"
    )
    sittings.score(folder, [tmp_path / "a.csv"])
    found = responses_of(folder)
    assert [found.rooms[n] for n in found.room] == ["r1", "r2", ""]
    dealt = build(tmp_path / "dealt")
    print_for(dealt, list_of(24))
    simulations.simulate(dealt, 24, 1, tmp_path / "b.csv")
    sittings.score(dealt, [tmp_path / "b.csv"])
    found = responses_of(dealt)
    assert [found.rooms[n] for n in found.room] == ["ห้อง/0"] * 12 + ["ห้อง/1"] * 12


@pytest.mark.parametrize("unlisted", [None, "score"])
@pytest.mark.parametrize("lists", ["booklets", "roster", "booklets, roster"])
def test_who_is_on_no_list_is_so_when_read_again(tmp_path: Path, lists: str, unlisted: str | None) -> None:
    folder = small_package(tmp_path / "exam")
    if "booklets" in lists:
        print_for(folder, list_of(4), PapersRule())
    form = (
        {row["candidate_id"]: row["form"] for row in table(folder / "secure/candidates.csv")}
        if "b" in lists
        else {}
    )
    who = ["0000", "1", "ก-07", "0002", "กข", "0009", "=0007"]
    rows = [[one, form.get(one, "A"), *"ABCD"] for one in who]
    path = write(tmp_path / "a.csv", [["candidate_id", "form", "Q1", "Q2", "Q3", "Q4"], *rows])
    # a grader has decided on one who is on no list, and not on another row with that id
    decided = [["file", "line", "candidate_id", "form", *WHO], ["a.csv", "7", "0009", "", *WHO.values()]]
    listed = [["candidate_id"], ["0000"], ["0002"], ["กข"], ["ก-07"]]
    roster = write(tmp_path / "r.csv", listed) if "roster" in lists else None
    wanted = ScoringOptions(roster=roster, unlisted=unlisted, identities=[write(tmp_path / "i.csv", decided)])
    sittings.score(folder, [path], options=wanted)
    scored = [row["candidate_id"] for row in table(folder / "results/candidates.csv")]
    assert (
        len(scored) == {"booklets": 3, "roster": 5, "booklets, roster": 5}[lists] if unlisted is None else 7
    )
    if roster is not None:
        roster.unlink()
    assert list(responses_of(folder).chosen.candidates) == [one.removeprefix("'") for one in scored]


def test_without_a_run_it_is_said_what_to_do(tmp_path: Path) -> None:
    folder = small_package(tmp_path / "exam")
    with pytest.raises(WrongUsage, match="Score the answers first"):
        responses_of(folder)


def test_negative_marking_and_parts_of_points_come_out_exactly(tmp_path: Path) -> None:
    folder = tmp_path / "exam"
    from examgen.assembly.assemble import assemble, bank_sha256
    from tests.samples import blueprint, shelf
    from tests.sittings import bank_items

    bank = shelf(items=bank_items())
    rule = {"several": "partial", "wrong": "1/3", "floor": "none", "invalid": "wrong"}
    built = assemble([bank], *blueprint(items=44, scoring=rule))
    write_package(folder, exam_files(built, bank_sha256([bank]), {}))
    simulations.simulate(folder, 60, 2, tmp_path / "plain.csv")
    text = (
        (tmp_path / "plain.csv")
        .read_text("utf-8-sig")
        .replace(",A,B,", ",AC,X,")
        .replace(",C,D,", ",AB,ABC,")
    )
    (tmp_path / "answers.csv").write_text(text, "utf-8")
    sittings.score(folder, [tmp_path / "answers.csv"])
    found = responses_of(folder)
    rows = table(folder / "results/candidates.csv")
    points = [Fraction(int(units), found.unit) for units in units_of(found)]
    assert found.unit > 1
    assert min(points) < 0
    assert [Decimal(row["score"]) for row in rows] == [
        Decimal(round(point * 10_000)) / 10_000 for point in points
    ]


def test_a_run_is_read_as_responses_of_the_items_that_count(tmp_path: Path) -> None:
    folder = build(tmp_path / "exam")
    simulations.simulate(folder, 24, 1, tmp_path / "a.csv")
    run = sittings.score(str(folder), str(tmp_path / "a.csv"))
    assert repr(run).startswith(f"run 1 of {run.audit['exam']}: rows 24 read, 24 scored")
    for place in (run.folder, run.files, str(folder)):
        found = read_run(place)
        scores = {row["candidate_id"]: int(row["score"]) for row in table(run.folder / "candidates.csv")}
        totals = np.maximum(found.cells, 0).sum(axis=1).tolist()
        assert dict(zip(found.persons, totals, strict=True)) == scores
        assert set(found.others["form"]) == {"A", "B"}
        assert found.notes[0].startswith("left out, as they do not count: ")
        assert 14 <= found.n_items <= 28
    with pytest.raises(WrongUsage):
        read_run(tmp_path)
