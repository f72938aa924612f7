"""Rows as a grader decided: identity and marks apart, and nothing else changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.capture.answer_layout import NO_LIST, AnswerLayout, BookletAssignment, assignment_of, closed
from examgen.capture.decision_files import SittingNames, read_grader_decisions
from tests.settled import Responses, read_answers

OPTIONS = {"A": (4, 4, 4), "B": (4, 4, 4)}
SITTING = SittingNames(("a.csv",), tuple(OPTIONS), 3)
NAMED = "file,line,candidate_id,form,reason,by,date\n"
MARKED = "file,line,question,answer,reason,by,date\n"
SIGNED = ",r,b,2026-11-20\n"

Decided = dict[int, tuple[str, str]]


def read(text: str, named: str = "", marked: str = "", assignment: BookletAssignment = NO_LIST) -> Responses:
    grader_decisions = read_grader_decisions(
        [("identities.csv", (NAMED + named).encode())], [("marks.csv", (MARKED + marked).encode())], SITTING
    )
    layout = AnswerLayout(OPTIONS, assignment, grader_decisions, accepts_unreadable=True)
    return read_answers([("a.csv", text.encode())], layout)


def rows(found: Responses) -> dict[int, tuple[str, str, list[int]]]:
    """Id, form and marks by line."""
    columns = (found.rows[name].to_list() for name in ("line", "candidate_id", "form"))
    return {
        line: (candidate, form, marks)
        for line, candidate, form, marks in zip(*columns, found.marks.tolist(), strict=True)
    }


def reasons(found: Responses) -> dict[int, str]:
    return dict(zip(found.quarantine["line"].to_list(), found.quarantine["reason"].to_list(), strict=True))


TEXT = "candidate_id,form,Q1,Q2,Q3\n,A,A,B,C\n2,Z,A,B,C\n3,A,A,B\n3,A,A,B,C\n4,A,B,B,B\n4,A,C,C,C\n"


def test_rows_are_mended_and_their_marks_stay() -> None:
    named = f"a.csv,2,001,{SIGNED}a.csv,3,,B{SIGNED}a.csv,7,-,{SIGNED}"
    found = read(TEXT, named)
    assert rows(found) == {
        2: ("001", "A", [1, 2, 4]),
        3: ("2", "B", [1, 2, 4]),
        5: ("3", "A", [1, 2, 4]),
        6: ("4", "A", [2, 2, 2]),
    }
    assert reasons(found) == {4: "too_few_fields", 7: "voided_by_grader"}
    assert found.rows_read == 6


def test_an_identity_mends_no_lost_field() -> None:
    assert reasons(read(TEXT, f"a.csv,4,5,A{SIGNED}"))[4] == "too_few_fields"


def test_marks_are_mended_and_the_row_stays_whose_it_is() -> None:
    found = read(TEXT, marked=f"a.csv,5,3,D{SIGNED}a.csv,5,1,-{SIGNED}a.csv,2,1,D{SIGNED}")
    assert rows(found) == {5: ("3", "A", [0, 2, 8])}
    assert reasons(found)[2] == "no_candidate"


def test_rows_that_differed_are_one_where_the_marks_were_mended() -> None:
    found = read(TEXT, marked="".join(f"a.csv,7,{question},B{SIGNED}" for question in (1, 2, 3)))
    assert rows(found)[6] == ("4", "A", [2, 2, 2])
    assert found.identical_repeats == 1


@pytest.mark.parametrize(("form", "reason"), [("", "form_not_dealt"), ("A", None)])
def test_a_form_that_a_grader_names_stands_over_what_was_dealt(form: str, reason: str | None) -> None:
    assignment = assignment_of([("9", "B", "000001"), ("3", "A", "000002")])
    found = read(
        "candidate_id,form,Q1,Q2,Q3\n8,A,A,B,C\n3,A,A,A,A\n", f"a.csv,2,9,{form}{SIGNED}", "", assignment
    )
    assert reasons(found).get(2) == reason


def test_a_form_that_is_decided_alone_takes_nobody_off_the_list_nor_puts_them_on_it() -> None:
    assignment = closed(assignment_of([("3", "A", "000002")]))
    text = "candidate_id,form,Q1,Q2,Q3\n3,A,A,B,C\n8,A,A,A,A\n"
    found = read(text, f"a.csv,2,,B{SIGNED}a.csv,3,,B{SIGNED}", assignment=assignment)
    assert rows(found) == {2: ("3", "B", [1, 2, 4])}
    assert reasons(found) == {3: "not_on_list"}


LETTERS = st.sampled_from(["A", "b", "ค", "", "-", "4.0", "AC", "*"])
TABLES = st.lists(
    st.tuples(st.sampled_from(["A", "B", "Z"]), LETTERS, LETTERS, LETTERS), min_size=1, max_size=8
)
LINES = st.integers(2, 9)


@given(
    TABLES,
    st.dictionaries(LINES, st.tuples(st.sampled_from(["", "x1", "x2"]), st.sampled_from(["A", "B"]))),
    st.dictionaries(st.tuples(LINES, st.integers(1, 3)), st.sampled_from(["A", "ข", "-"])),
)
def test_identity_and_marks_are_mended_apart(
    table: list[tuple[str, str, str, str]], named: Decided, marked: dict[tuple[int, int], str]
) -> None:
    text = "candidate_id,form,Q1,Q2,Q3\n" + "".join(f"{n},{','.join(row)}\n" for n, row in enumerate(table))
    said = {
        line: (f"{candidate}{line}" if candidate else "", form) for line, (candidate, form) in named.items()
    }
    identities = "".join(f"a.csv,{line},{who},{form}{SIGNED}" for line, (who, form) in said.items())
    marks = "".join(f"a.csv,{line},{n},{answer}{SIGNED}" for (line, n), answer in marked.items())
    plain, both = rows(read(text)), rows(read(text, identities, marks))
    by_name, by_mark = rows(read(text, identities)), rows(read(text, "", marks))
    assert {line: row[:2] for line, row in both.items()} == {line: row[:2] for line, row in by_name.items()}
    assert {line: row[:2] for line, row in by_mark.items()} == {line: row[:2] for line, row in plain.items()}
    value = {"A": 1, "ข": 2, "-": 0}
    for line, (candidate, form, found) in both.items():
        own = str(line - 2), table[line - 2][0]
        who = said.get(line, ("", ""))
        assert (candidate, form) == (who[0] or own[0], who[1] or own[1])
        unmended = by_name[line][2]
        assert found == [
            value[marked[line, n]] if (line, n) in marked else unmended[n - 1] for n in (1, 2, 3)
        ]
        assert line not in plain or unmended == plain[line][2]


LONG = "candidate_id,form,question,answer\n"


def long_rows(candidate: str, answers: str) -> str:
    return "".join(f"{candidate},A,{n},{answer}\n" for n, answer in enumerate(answers, 1))


@pytest.mark.parametrize(
    ("named", "left"),
    [
        ("a.csv,2,-,", {5: ("1", "A", [2, 2, 2])}),
        ("a.csv,5,-,", {2: ("1", "A", [1, 1, 1])}),
        ("a.csv,5,9,", {2: ("1", "A", [1, 1, 1]), 5: ("9", "A", [2, 2, 2])}),
    ],
)
def test_of_two_rows_in_lines_each_is_decided_on_by_its_first_line(
    named: str, left: dict[int, tuple[str, str, list[int]]]
) -> None:
    text = LONG + long_rows("1", "AAA") + long_rows("1", "BBB")
    assert reasons(read(text)) == {2: "conflicting_rows", 5: "conflicting_rows"}
    assert rows(read(text, named + SIGNED)) == left


def test_lines_that_are_set_aside_together_stay_so_beside_a_decision() -> None:
    text = LONG + (long_rows("1", "AAA") * 2).replace("1,A", "1,Z") + long_rows("2", "ABC")
    assert reasons(read(text)) == reasons(read(text, f"a.csv,8,3,{SIGNED}")) == {2: "unknown_form"}
