"""`examgen bank blind`: options go out without their questions, choices come back."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from openpyxl import load_workbook

from examgen.bank.blind.forms import FORM_FILE, SHEET
from tests.commands.conftest import Once, Run
from tests.samples import item_data, write_unit

FORM = "T-1-11"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    rows = [
        item_data(pc, n, decided_by="judgement") for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 9)
    ]
    for row in rows[:3]:
        row["family"] = "E1.01-F01"
        row["options"] = {name: f"ทางเลือกร่วม {name}" for name in "abcd"}
    for row, key in zip(rows[:3], "abc", strict=True):
        row |= {"key": key, "right_if": {name: f"ถูกเมื่อ {name}" for name in "abcd"}}
    write_unit(tmp_path / "item_bank", rows)
    return tmp_path


@pytest.fixture(autouse=True)
def _page(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page without text, but for the test that reads it."""
    if (
        request.node.name
        != "test_a_form_has_options_in_a_drawn_order_no_stem_no_key_and_one_item_of_a_family"
    ):
        monkeypatch.setattr("examgen.papers.blind_forms.blind_pdf", lambda *_: b"%PDF")


def _form(place: Path, run: Run, *more: str) -> Path:
    out = place / "blind"
    result = run("bank", "blind", "T-1", "--seed", "11", "--out", out, "--workspace", place, *more)
    assert result.status == 0, result.err
    return out


@pytest.fixture
def five(place: Path, run: Run, once: Once) -> Path:
    """The folder of a form of five items."""

    def made(run: Run) -> None:
        _form(place, run, "--items", "5")

    once(place, made, run)
    return place / "blind"


def _fill(path: Path, choices: dict[int, tuple[str, str]]) -> None:
    book = load_workbook(path)
    for row in book[SHEET].iter_rows(min_row=2):
        choice = choices.get(int(row[1].value))
        if choice:
            row[-2].value, row[-1].value = choice
    book.save(path)


def _right(place: Path, out: Path) -> dict[int, str]:
    """The letter of the key of each question."""
    form = json.loads((out / FORM_FILE).read_text("utf-8"))
    keys = {f"{pc}-{n:03d}": "abcd"[n % 4] for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 9)}
    keys |= {"E1.01-001": "a", "E1.01-002": "b", "E1.01-003": "c"}
    return {one["question"]: "ABCD"[one["order"].index(keys[one["item"]])] for one in form["questions"]}


def test_a_form_has_options_in_a_drawn_order_no_stem_no_key_and_one_item_of_a_family(
    place: Path, run: Run
) -> None:
    out = _form(place, run, "--items", "20", "--readers", "2")
    names = {path.name for path in out.iterdir()}
    assert names == {FORM_FILE, "options.pdf", f"{FORM}-reader-1.xlsx", f"{FORM}-reader-2.xlsx"}
    form = json.loads((out / FORM_FILE).read_text("utf-8"))
    asked = [one["item"] for one in form["questions"]]
    assert len(set(asked)) == 20
    assert len({"E1.01-001", "E1.01-002", "E1.01-003"} & set(asked)) <= 1
    assert {"".join(one["order"]) for one in form["questions"]} != {"abcd"}
    text = "".join(
        page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(out / "options.pdf")
    )
    cells = [
        str(cell.value)
        for sheet in load_workbook(out / f"{FORM}-reader-1.xlsx")
        for row in sheet
        for cell in row
    ]
    for said in (text, "\n".join(cells)):
        assert "ข้อใดถูก" not in said
        assert not any(item in said for item in asked)
        assert "ตัวเลือก" in said
    again = place / "again"
    run("bank", "blind", "T-1", "--seed", "11", "--items", "20", "--out", again, "--workspace", place)
    assert (again / FORM_FILE).read_bytes() == (out / FORM_FILE).read_bytes()


def test_readers_are_counted_by_item_level_kind_and_sureness(place: Path, run: Run) -> None:
    out = _form(place, run, "--items", "12")
    right = _right(place, out)
    wrong = {n: next(letter for letter in "ABCD" if letter != key) for n, key in right.items()}
    # the first and the second find the keys of questions 1 to 6, and are sure of 1 to 3
    for reader in (1, 2):
        other = {n: [letter for letter in "ABCD" if letter != right[n]][reader] for n in right}
        given = {n: (right[n] if n <= 6 else other[n], "3" if n <= 3 else "1") for n in right}
        _fill(out / f"{FORM}-reader-{reader}.xlsx", given)
    (out / "third.csv").write_text(
        "form,question,choice,sure\n" + "".join(f"{FORM},{n},{wrong[n]},2\n" for n in right), encoding="utf-8"
    )
    found = json.loads(run("bank", "blind", "T-1", "--read", out, "--workspace", place, "--json").out)
    assert (found["all"]["answers"], found["all"]["right"]) == (36, 12)
    assert found["all"]["share"] == pytest.approx(1 / 3)
    assert found["all"]["chance"] == 0.25
    assert found["all"]["low"] < 1 / 3 < found["all"]["high"]
    assert [one["right"] for one in found["readers"]] == [6, 6, 0]
    assert [(one["name"], one["right"]) for one in found["sureness"]] == [("1", 6), ("2", 0), ("3", 6)]
    assert [one["name"] for one in found["decided_by"]] == ["judgement"]
    given_away = {one["item"] for one in found["items"] if one["gives_away"]}
    form = json.loads((out / FORM_FILE).read_text("utf-8"))
    assert given_away == {one["item"] for one in form["questions"] if one["question"] <= 3}
    shown = run("bank", "blind", "T-1", "--read", out, "--workspace", place)
    assert "33% of 36 answers were right without the question" in shown.out


def test_an_item_of_a_family_stands_for_all_of_it(place: Path, run: Run) -> None:
    out = _form(place, run, "--items", "22")
    right = _right(place, out)
    questions = json.loads((out / FORM_FILE).read_text("utf-8"))["questions"]
    of_family = {one["question"] for one in questions if one["item"] in {f"E1.01-00{n}" for n in (1, 2, 3)}}
    assert len(of_family) == 1
    letters = {n: key if n in of_family else next(x for x in "ABCD" if x != key) for n, key in right.items()}
    _fill(out / f"{FORM}-reader-1.xlsx", {n: (letter, "2") for n, letter in letters.items()})
    found = json.loads(run("bank", "blind", "T-1", "--read", out, "--workspace", place, "--json").out)
    assert found["all"]["share"] == pytest.approx(1 / 22)
    assert [(one["name"], one["answers"], one["right"]) for one in found["families"]] == [
        ("family", 1, 1),
        ("single", 21, 0),
    ]
    assert found["of_unit"] == pytest.approx(3 / 24)
    assert (
        "Over all items of the unit: 12%"
        in run("bank", "blind", "T-1", "--read", out, "--workspace", place).out
    )


def test_an_item_that_was_changed_since_is_left_out_and_named(place: Path, five: Path, run: Run) -> None:
    out = five
    right = _right(place, out)
    _fill(out / f"{FORM}-reader-1.xlsx", {n: (letter, "2") for n, letter in right.items()})
    form = json.loads((out / FORM_FILE).read_text("utf-8"))
    first = form["questions"][0]["item"]
    path = place / "item_bank" / "T-1" / "items" / f"{first[:5]}.yaml"
    path.write_text(path.read_text("utf-8").replace(f"คำถามที่ {int(first[6:])} ", "คำถามใหม่ ", 1), "utf-8")
    found = json.loads(run("bank", "blind", "T-1", "--read", out, "--workspace", place, "--json").out)
    assert found["changed"] == [first]
    assert found["all"]["answers"] == 4


def test_an_item_that_was_retired_since_still_counts(place: Path, five: Path, run: Run) -> None:
    out = five
    right = _right(place, out)
    _fill(out / f"{FORM}-reader-1.xlsx", {n: (letter, "2") for n, letter in right.items()})
    first = json.loads((out / FORM_FILE).read_text("utf-8"))["questions"][0]["item"]
    path = place / "item_bank" / "T-1" / "items" / f"{first[:5]}.yaml"
    before, item = path.read_text("utf-8").split(f"id: {first}\n")
    path.write_text(
        f"{before}id: {first}\n{re.sub('status: [a-z]+', 'status: retired', item, count=1)}", "utf-8"
    )
    found = json.loads(run("bank", "blind", "T-1", "--read", out, "--workspace", place, "--json").out)
    assert (found["all"]["answers"], found["changed"]) == (5, [])


def test_a_reader_counts_once(place: Path, five: Path, run: Run) -> None:
    out = five
    right = _right(place, out)
    lines = "".join(f"{FORM},{n},{letter}.,{n % 3 + 1} sure\n" for n, letter in right.items())
    for name in ("one.csv", "copy.csv"):
        (out / name).write_text(f"form,question,choice,sure\n{lines}", "utf-8")
    (out / f"~${FORM}-reader-1.xlsx").write_bytes(b"lock")
    refused = run("bank", "blind", "T-1", "--read", out, "--workspace", place)
    assert refused.status != 0
    assert "one.csv: has the same answers as" in refused.err
    (out / "copy.csv").unlink()
    found = json.loads(run("bank", "blind", "T-1", "--read", out, "--workspace", place, "--json").out)
    assert (found["all"]["answers"], found["all"]["right"]) == (5, 5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("form,question,choice\nT-1-11,1,E\n", "`E` is not an option. Write a letter from A to D."),
        ("form,question,choice\nT-1-11,1,A\nT-1-11,1,B\n", "answers question 1 a second time"),
        ("form,question,choice\nT-1-11,99,A\n", "`99` is not a question of this reading"),
        ("form,question,choice,sure\nT-1-11,1,A,9\n", "`9` is not 1, 2 or 3"),
        ("form,question,choice\nT-1-12,1,A\n", "is for form T-1-12, not T-1-11"),
        ("question,choice\n1,A\n", "does not state its form. Write T-1-11 in `form`."),
        ("form,question,choice\n,1,A\n", "does not state its form"),
        ("item,answer\n1,A\n", "has no columns `question` and `choice`"),
        ("form,question,choice\nT-1-11,1,\n", "contains no choices"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(
    place: Path, five: Path, run: Run, text: str, said: str
) -> None:
    out = five
    path = place / "reader.csv"
    path.write_text(text, "utf-8")
    result = run("bank", "blind", "T-1", "--read", out, path, "--workspace", place)
    assert result.status == 1
    assert said in result.err


def test_what_else_lies_in_the_folder_is_passed_over_and_told_and_a_workbook_never_is(
    place: Path, five: Path, run: Run
) -> None:
    out = five
    right = _right(place, out)
    _fill(out / f"{FORM}-reader-1.xlsx", {n: (letter, "2") for n, letter in right.items() if n != 4})
    (out / "addresses.csv").write_text("name,mail\nA,a@example.org\n", "utf-8")
    found = json.loads(run("bank", "blind", "T-1", "--read", out, "--workspace", place, "--json").out)
    assert found["all"]["answers"] == 4
    assert [Path(name).name for name in found["passed_over"]] == ["addresses.csv"]
    assert list(found["unanswered"].values()) == [[4]]
    shown = run("bank", "blind", "T-1", "--read", out, "--workspace", place).out
    assert "skipped, because they are not readers' files" in shown
    assert f"questions not answered: {FORM}-reader-1.xlsx (4)" in shown
    named = run("bank", "blind", "T-1", "--read", out, out / "addresses.csv", "--workspace", place)
    assert named.status == 1
    book = load_workbook(out / f"{FORM}-reader-2.xlsx")
    del book[SHEET]
    book.save(out / f"{FORM}-reader-2.xlsx")
    refused = run("bank", "blind", "T-1", "--read", out, "--workspace", place)
    assert refused.status == 1
    assert "reader-2.xlsx" in refused.err


def test_workbooks_of_the_form_before_go_unless_somebody_has_filled_them_in(
    place: Path, five: Path, run: Run
) -> None:
    out = five
    _fill(out / f"{FORM}-reader-2.xlsx", {1: ("A", "2")})
    again = ("bank", "blind", "T-1", "--seed", "12", "--out", out, "--workspace", place)
    assert run(*again).status == 2
    done = run(*again, "--readers", "1", "--replace")
    assert "completed for an earlier form and were kept: T-1-11-reader-2.xlsx" in done.out
    names = {path.name for path in out.iterdir()}
    assert names == {FORM_FILE, "options.pdf", "T-1-12-reader-1.xlsx", f"{FORM}-reader-2.xlsx"}
    assert (
        "is for form T-1-11, not T-1-12"
        in run("bank", "blind", "T-1", "--read", out, "--workspace", place).err
    )


def test_what_is_there_is_not_overwritten_and_an_empty_folder_is_told(place: Path, run: Run) -> None:
    out = _form(place, run, "--items", "4")
    again: Any = run("bank", "blind", "T-1", "--seed", "11", "--out", out, "--workspace", place)
    assert again.status == 2
    assert "already exists" in again.err
    none = run("bank", "blind", "T-1", "--read", out, "--workspace", place)
    assert none.status == 1
    assert "no completed file from a reader" in none.err
    assert run("bank", "blind", "T-1", "--read", place, "--workspace", place).status == 2


def test_of_a_family_each_item_is_drawn_as_often(place: Path, run: Run) -> None:
    """A family of three weighs three times what a single item does."""
    from examgen.bank.blind.forms import draw
    from examgen.core.models.item import Item

    single = [Item.model_validate(item_data("E1.02", n)) for n in range(1, 31)]
    kin = [Item.model_validate(item_data("E1.01", n, family=f"F{n // 3}")) for n in range(30)]
    seeds = random.Random(5)
    of_kin = sum(
        one.item.startswith("E1.01")
        for _ in range(300)
        for one in draw("T-1", [*single, *kin], 4, seeds.randrange(10**6)).questions
    )
    assert 0.38 <= of_kin / 1200 <= 0.56  # 30 of 60 items; each draw from a family takes its kin out
