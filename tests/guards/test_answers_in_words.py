"""Answers given as the texts of options, on forms of one order and on orders drawn for each candidate.

A decoder that reads one cell after the other, by what that candidate's form printed, says what should come out.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.guards.answer_files import Question, Scored, built, save_parquet, save_workbook, score, write_bank
from tests.guards.commands import Examgen, read_csv, write_csv

LATIN, THAI = "ABCDE", "กขคงจ"
N_PEOPLE, N_ITEMS = 500, 8
PERSONAL = {"personal": {"options": True, "items": True}}

# ── one order ────────────────────────────────────────────────────────────────────────────────

ASKED = (
    Question("ข้อใดคือหน้าที่ของหัวหน้างาน", ("วางแผนการผลิต", "ซ่อม เครื่องจักร, สายพาน", "**ขาย** สินค้า", "10 kΩ")),
    Question("ค่าใดมากที่สุด", ("2", "4", "6", "8"), "d"),
    Question("ควรทำสิ่งใดก่อน", ("แจ้ง หัวหน้า", "หยุดเครื่อง", "น้ำมันรั่ว", "หยุด  เครื่อง"), "c"),
    Question("ข้อใดผิด", ("mW", "MW", "kW", "W"), "b"),
)
WORDS = [
    # an option's text, spaces and emphasis aside
    (1, "A", "วางแผนการผลิต¦ วางแผน การผลิต ¦วางแผนการผลิต."), (1, "C", "ขาย สินค้า¦**ขาย** สินค้า"),
    (1, "D", "10 kΩ¦10 KΩ¦10\u00a0kΩ"), (3, "C", "น้ำมันรั่ว¦น้ํามันรั่ว"), (3, "A", "แจ้ง หัวหน้า¦แจ้งหัวหน้า"),
    (4, "A", "mW"), (4, "B", "MW"), (4, "*", "Mw¦mw"),
    # a letter and a text: only where they agree
    (1, "A", "ก. วางแผนการผลิต¦ก) วางแผนการผลิต¦(ก) วางแผนการผลิต¦A: วางแผนการผลิต¦1. วางแผนการผลิต¦ก - วางแผนการผลิต¦ก.วางแผนการผลิต"),
    (1, "*", "ข. วางแผนการผลิต¦ก. แจ้ง หัวหน้า¦ก. อะไรก็ได้"),
    # several, as check boxes export them
    (1, "(AC)", "วางแผนการผลิต, **ขาย** สินค้า"), (1, "(AD)", "วางแผนการผลิต;10 kΩ;¦วางแผนการผลิต;10 kΩ¦ก. วางแผนการผลิต, ง. 10 kΩ"),
    (1, "B", "ซ่อม เครื่องจักร, สายพาน"), (1, "(BD)", "ซ่อม เครื่องจักร, สายพาน, 10 kΩ"), (1, "(AB)", "ก) ข)"),
    # what proves nothing: a text that two options have, one of another question, any other
    (3, "*", "หยุดเครื่อง¦หยุด เครื่อง"), (1, "*", "แจ้ง หัวหน้า¦ไม่ทราบ"), (1, "-", ""),
    # figures are letters by their number, unless no letter has it
    (2, "B", "2"), (2, "C", "6"), (2, "D", "8¦4"),
]  # fmt: skip
"""Question, what its cell means, and cells divided by `¦`."""


@pytest.fixture(scope="module")
def exam(examgen: Examgen, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One form of the four questions above, in their order."""
    workspace = tmp_path_factory.mktemp("words")
    write_bank(workspace, {f"E1.0{n}": [one] for n, one in enumerate(ASKED, 1)})
    return built(examgen, workspace, "words", forms=1, items=4, criteria={"all": 1})


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_a_cell_is_the_option_whose_text_it_has(
    kind: str, examgen: Examgen, exam: Path, tmp_path: Path
) -> None:
    cases = [(question, mark, cell) for question, mark, cells in WORDS for cell in cells.split("¦")]
    table = [["candidate_id", "Q1", "Q2", "Q3", "Q4"]]
    for n, (question, _, cell) in enumerate(cases):
        table.append([f"c{n}", *("A" if k != question else cell for k in (1, 2, 3, 4))])
    save = {"csv": write_csv, "xlsx": save_workbook, "parquet": save_parquet}[kind]
    found = score(examgen, exam, [save(tmp_path / f"a.{kind}", table)])
    wrong = {
        cell: found.marks.get(f"c{n}", ("", ""))[1]
        for n, (question, mark, cell) in enumerate(cases)
        if found.marks.get(f"c{n}") != ("A", "A" * (question - 1) + mark + "A" * (4 - question))
    }
    assert not wrong


STEMS = [one.stem for one in ASKED]
HEADINGS = [
    STEMS,
    [f"{n}. {stem}" for n, stem in enumerate(STEMS, 1)],
    [f"ข้อ {n} {stem}" for n, stem in enumerate(STEMS, 1)],
    [f"ข้อที่ ๙. {stem}" for stem in STEMS],  # a web form numbers other fields too: the stem decides
]


def test_questions_are_found_by_their_stems_in_any_order(
    examgen: Examgen, exam: Path, tmp_path: Path
) -> None:
    files = []
    for n, heads in enumerate(HEADINGS):
        row = [
            "ก. วางแผนการผลิต",
            "2",
            "น้ำมันรั่ว",
            "kW",
        ]  # under a stem the text `2` comes before the second letter
        order = Random(n).sample(range(4), 4)
        rows = [
            ["ประทับเวลา", "เลขประจำตัวสอบ", *(heads[k] for k in order)],
            ["t", f"00{n}", *(row[k] for k in order)],
        ]
        files.append(write_csv(tmp_path / f"{n}.csv", rows))
    found = score(examgen, exam, files)
    assert found.marks == {f"00{n}": ("A", "AACC") for n in range(len(HEADINGS))}


# ── an order for each candidate ──────────────────────────────────────────────────────────────


def bank_of(random: Random) -> dict[str, list[Question]]:
    """Questions of two to five options, whose texts come again in other questions."""
    texts = ["หยุดเครื่อง", "แจ้งหัวหน้า", "ล้างมือ", "ตรวจ ซ้ำ", "10 mA", "10 MA", "วาด, เขียน", "ออกไป"]
    return {
        f"E1.{k:02d}": [
            Question(
                f"คำถาม {k}/{n} ทำสิ่งใด",
                tuple(random.sample(texts, size)),
                random.choice("abcde"[:size]),
                f"E1.{k:02d}-{n:03d}",
            )
            for n in range(1, 5)
            for size in [random.randint(2, 5)]
        ]
        for k in range(1, 5)
    }


Printed = list[tuple[Question, tuple[str, ...]]]
"""The questions of a personal form in their order, each with the texts of its options as printed."""


def decode(cell: str, texts: tuple[str, ...]) -> str:
    """What a cell marks of options with these texts, as `Scored` writes it."""
    if not cell:
        return "-"
    marked = set()
    for part in cell.split(";"):
        before, dot, behind = part.partition(". ")
        letter = LATIN.find(before) if before in LATIN else THAI.find(before)
        text = behind if dot else part
        if not dot and len(part) == 1:
            places = [letter] if 0 <= letter < len(texts) else []
        else:
            exact = [n for n, one in enumerate(texts) if one == text]
            alike = [n for n, one in enumerate(texts) if one.casefold() == text.casefold()]
            places = [n for n in exact or alike if not dot or n == letter]
        if len(places) != 1:
            return "*"
        marked |= {*places}
    letters = "".join(LATIN[n] for n in sorted(marked))
    return letters if len(letters) == 1 else f"({letters})"


def answer(random: Random, texts: tuple[str, ...]) -> str:
    """A cell as somebody may write it."""
    place = random.randrange(len(texts))
    letter, other = random.choice([LATIN, THAI])[place], (place + 1) % len(texts)
    kinds = {
        "text": texts[place], "letter": letter, "both": f"{letter}. {texts[place]}", "blank": "",
        "unlike": f"{letter}. {texts[other]}", "two": f"{texts[place]};{texts[other]}", "foreign": "ข้อความอื่น",
        "of another": random.choice(["หยุดเครื่อง", "ล้างมือ", "ออกไป", "10 mA", "10 MA"]), "beyond": "E",
    }  # fmt: skip
    return kinds[random.choices([*kinds], [10, 5, 5, 1, 1, 1, 1, 2, 1])[0]]


@pytest.fixture(scope="module")
def personal(
    examgen: Examgen, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, tuple[str, Printed]]]:
    """An exam printed for 500 candidates; candidate → form, and what that form printed."""
    workspace = tmp_path_factory.mktemp("personal")
    questions = bank_of(Random(500))
    write_bank(workspace, questions)
    asked = {one.id: one for ones in questions.values() for one in ones}
    shuffled = {"order": {"items": "mixed", "options": "shuffled"}, "papers": PERSONAL}
    exam = built(examgen, workspace, "personal", forms=2, items=N_ITEMS, criteria={"all": 2}, **shuffled)
    people: list[list[object]] = [[f"69{n:04d}", f"ก ข{n}", "1", n + 1] for n in range(N_PEOPLE)]
    listed = write_csv(workspace / "list.csv", [["candidate_id", "name", "room", "seat"], *people])
    examgen("render", exam, "--candidates", listed, "--per", "sitting", cwd=workspace)
    printed: dict[str, Printed] = {}
    for row in read_csv(exam / "secure" / "forms.csv"):
        question = asked[row["item"]]
        texts = dict(zip("abcde", question.options, strict=False))
        printed.setdefault(row["form"], []).append(
            (question, tuple(texts[one] for one in row["options"].split()))
        )
        assert int(row["question"]) == len(printed[row["form"]])
        assert sorted(row["options"].split()) == sorted(texts)
    dealt = read_csv(exam / "secure" / "candidates.csv")
    return exam, {
        row["candidate_id"]: (row["form"], printed[row["form"]]) for row in dealt if row["candidate_id"]
    }


def test_each_order_is_another_and_its_key_is_the_letter_of_the_right_text(
    personal: tuple[Path, dict[str, tuple[str, Printed]]],
) -> None:
    exam, people = personal
    key = {(row["form"], int(row["question"])): row["key"] for row in read_csv(exam / "secure" / "key.csv")}
    assert len({form for form, _ in people.values()}) == N_PEOPLE
    orders = Counter(
        str([(question.id, texts) for question, texts in printed]) for _, printed in people.values()
    )
    assert len(orders) == N_PEOPLE
    for form, printed in people.values():
        assert len({question.id for question, _ in printed}) == N_ITEMS
        for n, (question, texts) in enumerate(printed, 1):
            assert texts[LATIN.index(key[form, n])] == question.options["abcde".index(question.key)]


@pytest.mark.parametrize("by", ["wide by serial", "wide by list", "long", "xlsx"])
def test_500_personal_orders_are_scored_as_a_decoder_reads_them(
    by: str, examgen: Examgen, personal: tuple[Path, dict[str, tuple[str, Printed]]], tmp_path: Path
) -> None:
    exam, people = personal
    random = Random(by)
    questions = [f"Q{n}" for n in range(1, N_ITEMS + 1)]
    named = ["candidate_id"] if by == "wide by list" else ["candidate_id", "form"]
    table: list[list[object]] = [[*named, *(["question", "answer"] if by == "long" else questions)]]
    expected: dict[str, tuple[str, list[str]]] = {}
    for who, (form, printed) in people.items():
        cells = [answer(random, texts) for _, texts in printed]
        marks = [decode(cell, texts) for cell, (_, texts) in zip(cells, printed, strict=True)]
        expected[who] = (form, marks)
        start = [who, form][: len(named)]
        table += (
            [[*start, n, cell] for n, cell in enumerate(cells, 1)] if by == "long" else [[*start, *cells]]
        )
    save = save_workbook if by == "xlsx" else write_csv
    found = score(
        examgen,
        exam,
        [save(tmp_path / ("a.xlsx" if by == "xlsx" else "a.csv"), table)],
        "--unreadable",
        "score",
    )
    assert_decoded(found, expected, people)


def assert_decoded(
    found: Scored, expected: dict[str, tuple[str, list[str]]], people: dict[str, tuple[str, Printed]]
) -> None:
    """Each result is the decoder's."""
    assert (found.aside, found.read) == ([], N_PEOPLE)
    assert found.marks == {who: (form, "".join(marks)) for who, (form, marks) in expected.items()}
    assert len(Counter(mark for _, marks in expected.values() for mark in marks)) > 10
    for row in found.candidates:
        marks, printed = expected[row["candidate_id"]][1], people[row["candidate_id"]][1]
        right = [texts.index(question.options["abcde".index(question.key)]) for question, texts in printed]
        assert int(row["score"]) == sum(mark == LATIN[n] for mark, n in zip(marks, right, strict=True))
