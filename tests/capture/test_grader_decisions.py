"""Decisions of graders, as they are written and saved: read whole, or refused with every fault and its line."""

from __future__ import annotations

import io
import pickle
from collections.abc import Sequence
from random import Random

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.capture.decision_files import SittingNames, file_named, read_grader_decisions
from examgen.capture.declared_columns import CellFault
from examgen.capture.grader_decisions import (
    NO_DECISIONS,
    GraderDecisions,
    IdentityDecision,
    Met,
    unmet,
    without_effect,
)
from examgen.core.csv_files import csv_bytes
from examgen.core.problems import Problem, Refused
from tests.settled import QUARANTINE

SITTING = SittingNames(("answers/north.csv", "answers/south.csv"), ("A", "B", "A-0001"), 40)
IDENTITIES = """file,line,candidate_id,form,reason,by,date
north.csv,12,0012345678901,B,มีลายเซ็นบนกระดาษคำตอบ,สมศรี ตรวจดี,2026-11-20
answers/north.csv,13,,A,the sheet says A,สมศรี ตรวจดี,2026-11-20
south.csv,7,-,,a second sheet of 0012345678901,สมศรี ตรวจดี,2026-11-20
"""
MARKS = """file,line,question,answer,reason,by,date
north.csv,12,12,C,the tick was corrected,A. Grader,2026-11-20
north.csv,12,ข้อ ๓,ก|ค,two marks,A. Grader,2026-11-20
south.csv,9,1,-,rubbed out,A. Grader,2026-11-20
"""


def read(
    identities: str | bytes = "", marks: str | bytes = "", sitting: SittingNames = SITTING
) -> GraderDecisions:
    named, marked = (text.encode() if isinstance(text, str) else text for text in (identities, marks))
    return read_grader_decisions(
        [("identities.csv", named)] if named else [], [("marks.csv", marked)] if marked else [], sitting
    )


def faults(identities: str | bytes = "", marks: str = "") -> tuple[Problem, ...]:
    with pytest.raises(Refused) as caught:
        read(identities, marks)
    return caught.value.problems


def codes(identities: str = "", marks: str = "") -> list[tuple[str, str]]:
    return [(problem.source.partition(":")[2], problem.code) for problem in faults(identities, marks)]


def test_a_row_is_that_candidate_and_that_form() -> None:
    read_ = read(IDENTITIES)
    assert read_.identity("answers/north.csv", 12) == IdentityDecision(
        candidate_id="0012345678901",
        form="B",
        void=False,
        raw=None,
        source="identities.csv:2",
        reason="มีลายเซ็นบนกระดาษคำตอบ",
        by="สมศรี ตรวจดี",
        date="2026-11-20",
    )
    kept = read_.identity("answers/north.csv", 13)
    assert kept is not None
    assert (kept.candidate_id, kept.form, kept.void) == ("", "A", False)
    nobody = read_.identity("answers/south.csv", 7)
    assert nobody is not None
    assert (nobody.candidate_id, nobody.form, nobody.void) == ("", "", True)
    assert read_.identity("answers/south.csv", 8) is None
    assert read_.identity("answers/other.csv", 12) is None


def test_a_question_has_that_mark() -> None:
    read_ = read(marks=MARKS)
    three, twelve = read_.marks("answers/north.csv", 12)
    assert (three.question, three.mark, twelve.question, twelve.mark) == (3, 0b101, 12, 0b100)
    assert [one.mark for one in read_.marks("answers/south.csv", 9)] == [0]
    assert read_.marks("answers/south.csv", 10) == ()


def test_repairs_of_identity_and_of_marks_never_touch_each_other() -> None:
    both, named, marked = read(IDENTITIES, MARKS), read(IDENTITIES), read(marks=MARKS)
    assert both.identities == named.identities
    assert both.repairs == marked.repairs
    assert named.marks("answers/north.csv", 12) == ()
    assert marked.identity("answers/north.csv", 12) is None


def test_decisions_say_which_files_and_lines_they_name_and_travel_to_other_processes() -> None:
    both = read(IDENTITIES, MARKS)
    assert both.lines("answers/south.csv") == {7, 9}
    assert both.names("answers/north.csv")
    assert not read(marks=MARKS).names("answers/none.csv")
    assert not NO_DECISIONS.names("answers/north.csv")
    assert pickle.loads(pickle.dumps(both)) == both


def test_every_decision_is_on_record_by_file_and_line() -> None:
    record = read(IDENTITIES, MARKS).record()
    assert [(one["file"], one["line"], one["decision"]) for one in record] == [
        ("answers/north.csv", 12, "candidate 0012345678901, form B"),
        ("answers/north.csv", 12, "question 3 is ก|ค"),
        ("answers/north.csv", 12, "question 12 is C"),
        ("answers/north.csv", 13, "form A"),
        ("answers/south.csv", 7, "void"),
        ("answers/south.csv", 9, "question 1 is -"),
    ]
    assert {one["by"] for one in record} == {"สมศรี ตรวจดี", "A. Grader"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp874"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_decisions_are_the_same_however_they_were_saved(delimiter: str, encoding: str, end: str) -> None:
    named, marked = (
        text.replace(",", delimiter).replace("\n", end).encode(encoding) for text in (IDENTITIES, MARKS)
    )
    assert read(named, marked) == read(IDENTITIES, MARKS)


def test_a_workbook_is_read_too() -> None:
    import datetime

    book = openpyxl.Workbook()
    book.active.append(["file", "line", "candidate_id", "form", "why", "by", "date", "action"])
    book.active.append(
        ["north.csv", 12, 1100700000014, "b", "signed", "S", datetime.date(2026, 11, 20), None]
    )
    book.active.append(["north.csv", 13, "007", "", "blank sheet", "S", "2026-11-20", "void"])
    data = io.BytesIO()
    book.save(data)
    read_ = read(data.getvalue())
    one, two = read_.identity("answers/north.csv", 12), read_.identity("answers/north.csv", 13)
    assert one is not None
    assert (one.candidate_id, one.form, one.date) == ("1100700000014", "B", "2026-11-20")
    assert two is not None
    assert two.void


def test_every_fault_is_told_with_its_line() -> None:
    head = "file,line,candidate_id,form,reason,by,date\n"
    told = codes(
        head + "east.csv,2,1,A,r,b,2026-11-20\n"
        "north.csv,two,1,A,r,b,2026-11-20\n"
        "north.csv,0,1,A,r,b,2026-11-20\n"
        "north.csv,2,1,Z,r,b,2026-11-20\n"
        "north.csv,3,,,r,b,2026-11-20\n"
        "north.csv,4,1.1E+12,,r,b,2026-11-20\n"
        "north.csv,5,1,A,,,\n"
        "north.csv,6,1,A,r,b,2569-11-20\n"
        "north.csv,7,1,A,r,b,tomorrow\n"
        "north.csv,8,1,A,r,b,2026-02-30\n"
        "north.csv,9,1,A,r,b\n"
        "north.csv,10,1,A,r,b,2026-11-20\n"
        "north.csv,10,2,A,r,b,2026-11-20\n"
        "north.csv,11,//,A,r,b,2026-11-20\n"
        "north.csv,12,1,A,unknown_form,b,2026-11-20\n"
    )
    assert told == [
        ("2", "unknown-file"), ("3", "no-line-number"), ("4", "no-line-number"), ("5", "unknown-form"),
        ("6", "no-decision"), ("7", "candidate-id-damaged"), ("8", "no-reason"), ("8", "no-by"),
        ("8", "no-date"), ("9", "bad-date"), ("10", "bad-date"), ("11", "bad-date"), ("12", "too-few-fields"),
        ("14", "decided-twice"), ("15", "no-candidate-id"), ("16", "reason-is-a-code"),
    ]  # fmt: skip


def test_every_fault_of_a_mark_is_told_with_its_line() -> None:
    head = "file,line,question,answer,reason,by,date\n"
    told = codes(
        "",
        head + "north.csv,2,41,A,r,b,2026-11-20\n"
        "north.csv,2,0,A,r,b,2026-11-20\n"
        "north.csv,2,,A,r,b,2026-11-20\n"
        "north.csv,2,1,Z,r,b,2026-11-20\n"
        "north.csv,2,2,,r,b,2026-11-20\n"
        "north.csv,2,3,A,r,b,2026-11-20\n"
        "north.csv,2,3,ก,again the same,b,2026-11-20\n"
        "north.csv,2,3,B,r,b,2026-11-20\n",
    )
    assert told == [
        ("2", "unknown-question"), ("3", "unknown-question"), ("4", "unknown-question"), ("5", "no-answer"),
        ("6", "no-answer"), ("9", "decided-twice"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("2569-11-20", "Write 2026-11-20"),
        ("๒๕๖๙-๑๑-๒๐", "Write 2026-11-20"),
        ("20/11/2569", "Write 2026-11-20"),
        ("05/06/2026", "Write 2026-05-06 or 2026-06-05"),
        ("5/6/2569", "Write 2026-05-06 or 2026-06-05"),
        ("20 พ.ย. 2569", "year-month-day"),
        ("99/99/2026", "year-month-day"),
    ],
)
def test_a_date_that_is_none_is_told_what_to_write(date: str, said: str) -> None:
    [problem] = faults(IDENTITIES.replace("S,2026", "S,").replace("2026-11-20", date, 1))
    assert problem.code == "bad-date"
    assert said in problem.message


@pytest.mark.parametrize("date", ["20/11/2026", "11/20/2026", "2026-11-20", "๒๐๒๖-๑๑-๒๐", "20.11.2026"])
def test_a_day_that_can_be_no_other_is_read(date: str) -> None:
    found = read(IDENTITIES.replace("2026-11-20", date)).identity("answers/north.csv", 12)
    assert found is not None
    assert found.date == "2026-11-20"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("\n\n", "empty-file"),
        ("file,line,form,reason,by,date\n", "column-missing"),
        ("file,line,candidate_id,candidate_id,reason,by,date\n", "ambiguous-columns"),
        ("\ufeff", "empty-file"),
    ],
)
def test_what_is_no_table_of_decisions_is_refused(text: str, code: str) -> None:
    assert [problem.code for problem in faults(text)] == [code]


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("answers/north.csv", "answers/north.csv"),
        ("./answers/north.csv", "answers/north.csv"),
        (r"C:\exam\answers\north.csv", "answers/north.csv"),
        ("/home/x/answers/north.csv", "answers/north.csv"),
        ("bkk/one.csv", "bkk/one.csv"),
    ],
)
def test_a_file_is_named_with_any_folders_before_it(named: str, found: str) -> None:
    sitting = SittingNames(("answers/north.csv", "bkk/one.csv", "cnx/one.csv"), ("A",), 4)
    text = f"file,line,candidate_id,form,reason,by,date\n{named},2,1,A,r,b,2026-11-20\n"
    assert list(read(text, sitting=sitting).identities) == [found]


def test_a_name_that_two_files_have_is_asked_for_in_full() -> None:
    sitting = SittingNames(("bkk/one.csv", "cnx/one.csv"), ("A",), 4)
    text = "file,line,candidate_id,form,reason,by,date\none.csv,2,1,A,r,b,2026-11-20\n"
    with pytest.raises(Refused) as caught:
        read(text, sitting=sitting)
    [problem] = caught.value.problems
    assert problem.code == "ambiguous-file"
    assert "bkk/one.csv or cnx/one.csv" in problem.message


# ── quarantine.csv handed back ───────────────────────────────────────────────────────────────

SET_ASIDE = (
    ("answers/north.csv", 4, None, "no_candidate", ",A,ABCD"),
    ("answers/north.csv", 5, "=1+1", "unknown_form", '=1+1,Z,"AB\nCD"'),
    ("answers/south.csv", 6, "-7", "unknown_form", "-7,Z,ABCD"),
    ("answers/gone.csv", 7, "8", "unknown_form", "8,Z,ABCD"),
)
OPTIONS = {"A": (4, 4, 4, 4), "B": (4, 4, 4, 5), "A-0001": (4, 4, 4, 4)}


def handed_back(decisions: dict[int, dict[str, str]], names: tuple[str, ...]) -> str:
    """quarantine.csv as a run writes it, with columns that a grader added."""
    table = pl.DataFrame(SET_ASIDE, schema=QUARANTINE, orient="row")
    added = {name: [decisions.get(line, {}).get(name, "") for line in table["line"]] for name in names}
    return csv_bytes(table.with_columns(**{name: pl.Series(cells) for name, cells in added.items()})).decode()


def test_quarantine_handed_back_is_read_and_undecided_lines_are_counted() -> None:
    signed = {"why": "signed", "by": "S", "date": "2026-11-20"}
    text = handed_back({5: signed | {"form": "B"}, 6: signed | {"form": "a"}}, ("form", "why", "by", "date"))
    read_ = read(text)
    assert read_.undecided == 2
    one, two = read_.identity("answers/north.csv", 5), read_.identity("answers/south.csv", 6)
    assert one is not None
    assert (one.candidate_id, one.form, one.reason) == ("=1+1", "B", "signed")
    assert two is not None
    assert (two.candidate_id, two.form) == ("-7", "A")
    rows = {5: Met('=1+1,Z,"AB\nCD"', "=1+1", "B")}
    assert unmet(read_, "answers/north.csv", rows, OPTIONS, ().__contains__) == []


def test_a_grader_may_write_their_reason_over_that_of_the_quarantine() -> None:
    text = handed_back({6: {"form": "A", "by": "S", "date": "2026-11-20"}}, ("form", "by", "date"))
    [problem] = faults(text)
    assert (problem.code, problem.source) == ("reason-is-a-code", "identities.csv:5")
    assert "`why`" in problem.message
    assert read(text.replace("-7,unknown_form", "-7,signed")).undecided == 3


# ── afterwards ───────────────────────────────────────────────────────────────────────────────


def after(row: Met | None, identity: str = "", mark: str = "", listed: Sequence[str] = ()) -> list[str]:
    head = "file,line,candidate_id,form,raw,reason,by,date\n"
    named = f"{head}north.csv,4,{identity},r,b,2026-11-20\n" if identity else ""
    marks = "file,line,question,answer,reason,by,date\n" + f"north.csv,4,{mark},r,b,2026-11-20\n"
    rows = {4: row} if row else {}
    found = unmet(read(named, marks if mark else ""), "answers/north.csv", rows, OPTIONS, listed.__contains__)
    return [problem.code for problem in found]


@pytest.mark.parametrize(
    ("row", "identity", "mark", "found"),
    [
        (None, "1,A,", "", ["row-not-found"]),
        (None, "", "1,A", ["row-not-found"]),
        (None, "1,A,", "1,A", ["row-not-found", "row-not-found"]),
        (Met("x,A", "x", "A"), '1,A,"x,A"', "", []),
        (Met("x,A", "x", "A"), "1,A,", "", []),
        (Met("x,B", "x", "A"), '1,A,"x,A"', "", ["row-changed"]),
        (Met("007,B", "007", "B"), '7,B,"007,B"', "", ["leading-zeros-lost"]),
        (Met("007,B", "007", "B"), '007,B,"007,B"', "", []),
        (Met("7,B", "7", "B"), '007,B,"7,B"', "", []),
        (Met("7,A", "7", "A"), "", "4,E", ["no-such-option"]),
        (Met("7,B", "7", "B"), "", "4,E", []),
        (Met("7,B", "7", "B"), "", "4,A|E", []),
        (Met("7,B", "7", "B"), "", "5,A", ["unknown-question"]),
        (Met("7,Z", "7", None), "", "5,A", []),
    ],
)
def test_a_decision_on_another_state_of_the_file_is_found(
    row: Met | None, identity: str, mark: str, found: list[str]
) -> None:
    assert after(row, identity, mark) == found


def test_zeros_that_a_list_does_not_have_are_left_out_by_a_decision() -> None:
    """What `unlisted.csv` offers of such a row was refused, and with it the scoring."""
    assert after(Met("007,B", "007", "B"), '7,B,"007,B"', listed=["7"]) == []


def test_a_decision_that_changes_nothing_is_told() -> None:
    read_ = read(IDENTITIES, MARKS)
    rows = {12: Met("x", "x", None), 13: Met("y", "y", "A")}
    found = without_effect(read_, "answers/north.csv", rows)
    assert [(one.source, one.code, one.severity) for one in found] == [
        ("identities.csv:2", "no-effect", "warning"),
    ]
    assert found[0].message.startswith("3 decisions on line 12 of answers/north.csv have no effect")
    nobodys = {7: Met("z", "z", None), 9: Met("z", "z", "B")}
    assert without_effect(read_, "answers/south.csv", nobodys) == []


LINES = st.dictionaries(
    st.tuples(st.sampled_from(SITTING.files), st.integers(2, 10**9)),
    st.tuples(st.sampled_from(["", "007", "ก-1", "1100700000014"]), st.sampled_from(SITTING.forms)),
    min_size=1,
    max_size=20,
)


@given(LINES, st.randoms(use_true_random=False))
def test_whatever_was_decided_is_on_record_in_whatever_order(
    decided: dict[tuple[str, int], tuple[str, str]], random: Random
) -> None:
    lines = [
        f"{file},{line},{candidate},{form},r,b,2026-11-20\n"
        for (file, line), (candidate, form) in decided.items()
    ]
    random.shuffle(lines)
    read_ = read("file,line,candidate_id,form,reason,by,date\n" + "".join(lines))
    for (file, line), said in decided.items():
        found = read_.identity(file, line)
        assert found is not None
        assert (found.candidate_id, found.form) == said
    assert len(read_.record()) == len(decided)


@pytest.mark.parametrize(("n", "more"), [(5, ""), (6, ", …")])
def test_a_file_that_was_not_given_is_told_with_five_of_those_that_were(n: int, more: str) -> None:
    found = file_named("z.csv", [f"{k}.csv" for k in range(n)])
    assert isinstance(found, CellFault)
    assert found.message.endswith(f": 0.csv, 1.csv, 2.csv, 3.csv, 4.csv{more}")
