"""Answer files as text: structures, encodings, quotes, quarantine and refusal."""

from __future__ import annotations

import gzip

import pytest

from examgen.capture.answer_layout import AnswerLayout
from examgen.capture.quarantine_reasons import QUARANTINE_REASONS
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import INVALID
from tests.settled import Responses, read_answers

TWO = AnswerLayout({"A": (4, 4, 4), "B": (4, 4, 5)})
ONE = AnswerLayout({"A": (4, 4, 4)})
HEAD = "candidate_id,form,Q1,Q2,Q3\n"


def read(text: str | bytes, layout: AnswerLayout = TWO, name: str = "a.csv") -> Responses:
    found = read_answers([(name, text.encode() if isinstance(text, str) else text)], layout)
    assert found.rows_read == found.rows.height + found.identical_repeats + found.quarantine.height
    assert found.marks.shape == (found.rows.height, 3)
    return found


def marks(found: Responses) -> dict[str, list[int]]:
    return dict(zip(found.rows["candidate_id"].to_list(), found.marks.tolist(), strict=True))


def reasons(found: Responses) -> list[tuple[int, str | None, str]]:
    return [(row["line"], row["candidate_id"], row["reason"]) for row in found.quarantine.to_dicts()]


def refusal(text: str | bytes, layout: AnswerLayout = TWO) -> Problem:
    with pytest.raises(Refused) as caught:
        read(text, layout)
    (problem,) = caught.value.problems
    assert problem.source.startswith("a.csv")
    return problem


# ── structures ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "header",
    [
        "candidate_id,form,Q1,Q2,Q3",
        "CANDIDATE ID,Form,q1,q2,q3",
        "id,ชุด,1,2,3",
        "เลขประจำตัวสอบ,ชุดข้อสอบ,ข้อ 1,ข้อ ๒,ข้อที่ 3",
        " รหัสผู้สอบ , แบบ ,1.0,2.0,3.0",
        '"candidate_id","form","ข้อ\n1","Q2","Q3"',
    ],
)
def test_wide_headers(header: str) -> None:
    found = read(f"{header}\n007,A,ก,,4\n")
    assert marks(found) == {"007": [1, 0, 8]}
    assert found.files[0].structure == "wide, 3 answers, comma, UTF-8"


def test_columns_in_any_order_and_extra_columns_pass_through() -> None:
    found = read("ห้อง,Q3,Q1,form,line,Q2,id,score\n ๑๐๑,C,A,B,x,B,9,-1\n")
    assert marks(found) == {"9": [1, 2, 4]}
    assert found.extra_columns == ("ห้อง", "line (as given)", "score (as given)")
    assert found.rows.row(0)[4:] == (" ๑๐๑", "x", "-1")


def test_the_better_name_is_the_candidate() -> None:
    found = read("id,candidate_id,form,answers\n1,007,A,ABC\n")
    assert marks(found) == {"007": [1, 2, 4]}
    assert found.extra_columns == ("id",)


def test_one_string_keeps_blanks_at_both_ends() -> None:
    found = read("candidate_id,form,answers\n1,A, B \n2,A,.ข-\n3,A,ab\n4,A,abcd\n5,A,１๒ค\n")
    assert marks(found) == {"1": [0, 2, 0], "2": [0, 2, 0], "5": [1, 2, 4]}
    assert reasons(found) == [(4, "3", "answers_wrong_length"), (5, "4", "answers_wrong_length")]
    assert found.files[0].structure == "one string, 3 answers, comma, UTF-8"


def test_long_lines_of_a_candidate_may_stand_anywhere() -> None:
    text = "candidate_id,form,question,answer\n1,A,Q2,B\n2,B,1,A\n1,A,ข้อ ๑,A\n2,B,3,E\n1,A,3,E\n2,B,2,\n"
    found = read(text)
    assert marks(found) == {"1": [1, 2, INVALID], "2": [1, 0, 16]}
    assert found.rows["line"].to_list() == [2, 3]
    assert found.rows_read == 2


def test_long_faults() -> None:
    lines = ["id,form,question,answer,room"]
    lines += ["1,A,1,A,x", "1,A,2,A,x"]
    lines += ["2,A,1,A,x", "2,A,2,A,x", "2,A,3,A,x", "2,A,3,A,y"]
    lines += ["3,A,1,A,x", "3,A,2,A,x", "3,A,4,A,x"]
    lines += ["4,Z,1,A,x", "4,Z,2,A,x"]
    lines += [",A,1,A,x", "5,A,1", "id,form,question,answer,room"]
    lines += ["6,A,1,A,x", "6,A,2,A,y", "6,A,3,A,x"]
    lines += ["7,A,1,A,x", "7,A,2,A,x", "7,A,3,A,x", "7,B,1,A,x", "7,B,2,A,x", "7,B,3,A,x"]
    found = read("\n".join(lines))
    assert reasons(found) == [
        (2, "1", "question_missing"), (4, "2", "question_repeated"), (8, "3", "unknown_question"),
        (11, "4", "unknown_form"), (13, None, "no_candidate"), (14, "5", "too_few_fields"),
        (15, "id", "header_repeated"), (19, "7", "conflicting_rows"), (22, "7", "conflicting_rows"),
    ]  # fmt: skip
    assert found.quarantine["raw"][0] == "1,A,1,A,x\n1,A,2,A,x"
    assert found.rows["room"].to_list() == ["x | y"]


def test_a_long_file_appended_to_itself_is_repeats() -> None:
    body = "1,A,1,A\n1,A,2,B\n1,A,3,C\n"
    assert read("id,form,question,answer\n" + body + body).identical_repeats == 1
    differing = read("id,form,question,answer\n" + body + body.replace("C", "D"))
    assert [reason for _, _, reason in reasons(differing)] == ["conflicting_rows"] * 2


def test_a_single_form_needs_no_form_column() -> None:
    assert read("id,answers\n1,ABC\n", ONE).rows["form"].to_list() == ["A"]
    assert refusal("id,answers\n1,ABC\n").code == "no-form-column"


def test_forms_of_different_length() -> None:
    layout = AnswerLayout({"A": (4, 4), "B": (4, 4, 4)})
    found = read(HEAD + "1,A,A,B,\n2,B,A,B,C\n3,A,A,B,C\n", layout)
    assert marks(found) == {"1": [1, 2, 0], "2": [1, 2, 4]}
    assert reasons(found) == [(4, "3", "unknown_question")]
    short = read("candidate_id,form,Q1,Q2\n1,A,A,B\n2,B,A,B\n", layout)
    assert reasons(short) == [(3, "2", "question_missing")]


# ── encodings, delimiters, line ends ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp874"])
def test_every_encoding_delimiter_and_line_end(codec: str, delimiter: str, end: str) -> None:
    lines = ["เลขประจำตัวสอบ,form,Q1,Q2,Q3,ชื่อ", "007,A,ก,b,๓,น้ำทิพย์", "", "008,B,-,ค,จ,ปู่"]
    found = read(end.join(lines).replace(",", delimiter).encode(codec))
    assert marks(found) == {"007": [1, 2, 4], "008": [0, 4, 16]}
    assert found.rows["ชื่อ"].to_list() == ["น้ำทิพย์", "ปู่"]
    assert found.rows["line"].to_list() == [2, 4]


def test_one_damaged_row_does_not_change_the_encoding_of_the_others() -> None:
    text = (HEAD.strip() + ",ชื่อ\n1,A,A,A,A,สมชาย\n2,A,A,A,A,สมหญิง\n").encode()
    found = read(text + "3,A,ก,A,A,สมศรี\n".encode("cp874") + b"4,A,\xff,A,A,x\n5,A,A\0,A,A,x\n")
    assert marks(found) == {"1": [1, 1, 1], "2": [1, 1, 1]}
    assert reasons(found) == [(4, "3", "undecodable"), (5, "4", "undecodable"), (6, "5", "undecodable")]
    assert found.quarantine["raw"].to_list()[1:] == ["4,A,\\xff,A,A,x", "5,A,A\\x00,A,A,x"]


def test_western_letters_are_not_taken_for_thai() -> None:
    found = read((HEAD + "Jos\u00e9,A,A,A,A\n2,A,A,A,A\n").encode("latin-1"))
    assert [row[2] for row in reasons(found)] == ["undecodable"]


def test_a_utf16_file_cut_in_the_middle_of_a_character() -> None:
    found = read((HEAD + "1,A,A,B,C\n2,A,A,B,C").encode("utf-16")[:-1])
    assert marks(found) == {"1": [1, 2, 4]}
    assert reasons(found) == [(3, "2", "undecodable")]


def test_the_separator_line_and_end_mark_of_old_programs() -> None:
    found = read("sep=;\r\n" + HEAD.replace(",", ";") + "1;A;A;B;C\r\n\x1a")
    assert marks(found) == {"1": [1, 2, 4]}
    assert found.rows["line"].to_list() == [3]


def test_no_other_character_ends_a_line() -> None:
    found = read("candidate_id,form,Q1,Q2,Q3,note\n1,A,A,B,C,a\u2028b\u0085c\n")
    assert found.rows["note"].to_list() == ["a\u2028b\u0085c"]


def test_gzip_in_several_members() -> None:
    found = read(gzip.compress(HEAD.encode(), mtime=0) + gzip.compress(b"1,A,A,B,C\n", mtime=0))
    assert marks(found) == {"1": [1, 2, 4]}
    assert found.files[0].structure.endswith("gzip")


# ── quotes ───────────────────────────────────────────────────────────────────────────────────


def test_quoted_fields() -> None:
    found = read(
        HEAD.strip() + ',note\n"007","A","A,C","b","",x\n8,A,A,A,A,"5"" pipe, ""new"""\n9,A,A,A,A,5" pipe\n'
    )
    assert marks(found)["007"] == [5, 2, 0]
    assert found.rows["note"].to_list() == ["x", '5" pipe, "new"', '5" pipe']


def test_a_note_may_run_over_lines_but_an_answer_may_not() -> None:
    found = read(HEAD.strip() + ',note\n1,A,A,A,A,"two\nlines"\n2,A,A,"A\nB",A,x\n3,A,A,A,A,y\n')
    assert found.rows["note"].to_list() == ["two\nlines", "y"]
    assert found.rows["line"].to_list() == [2, 6]
    assert reasons(found) == [(4, "2", "broken_quote")]
    assert found.quarantine["raw"].to_list() == ['2,A,A,"A\nB",A,x']


@pytest.mark.parametrize(
    "broken",
    ['2,A,"A,A,A,x', '2,A,A,A,A,"x', '2,A,A,A,A,"x"y', '2,A,"A"A,A,A,x', '"2,A,A,A,A,x', '2,A,A,A,A,"'],
)
def test_a_broken_quote_takes_no_other_row_with_it(broken: str) -> None:
    text = HEAD.strip() + f',note\n1,A,A,A,A,"q"\n{broken}\n3,A,A,A,A,z\n4,A,A,A,A,"q"\n'
    found = read(text)
    assert found.rows["candidate_id"].to_list() == ["1", "3", "4"]
    assert reasons(found) == [(3, "2", "broken_quote")]
    assert found.quarantine["raw"].to_list() == [broken]


def test_two_broken_quotes_do_not_swallow_the_rows_between_them() -> None:
    rows = [f"{i},A,A,A,A,n" for i in range(1, 9)]
    rows[1], rows[6] = '2,A,A,A,A,"n', '7,A,A,A,A,n"'
    found = read(HEAD.strip() + ",note\n" + "\n".join(rows))
    assert reasons(found) == [(3, "2", "broken_quote"), (8, "7", "broken_quote")]
    assert found.rows["candidate_id"].to_list() == list("134568")


def test_damaged_rows_between_two_broken_quotes_are_each_set_aside() -> None:
    found = read(HEAD.strip() + ',note\n2,A,A,"n\n3,A,A\n4,A,A,n",z\n')
    assert reasons(found) == [
        (2, "2", "broken_quote"),
        (3, "3", "too_few_fields"),
        (4, "4", "broken_quote"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ส\u0e331", "ส\u0e4d\u0e321"),
        ("น\u0e49\u0e33", "น\u0e4d\u0e49\u0e32"),
        ("Ren\u00e9-1", "Rene\u0301-1"),
    ],
)
def test_an_id_typed_in_other_characters_that_are_the_same_is_one_id(one: str, other: str) -> None:
    alike = read(f"{HEAD}{one},A,A,A,A\n{other},A,A,A,A\n9,A,A,A,A\n")
    assert (alike.rows["candidate_id"].to_list(), alike.identical_repeats) == ([one, "9"], 1)
    unlike = read(f"{HEAD}{one},A,A,A,A\n{other},A,A,A,B\n9,A,A,A,A\n")
    assert unlike.rows["candidate_id"].to_list() == ["9"]
    assert reasons(unlike) == [(2, one, "conflicting_rows"), (3, one, "conflicting_rows")]


# ── quarantine ───────────────────────────────────────────────────────────────────────────────


def test_row_faults() -> None:
    rows = [
        "1,A,A,B,C", ",A,A,B,C", "-,A,A,B,C", "2,C,A,B,C", "3,,A,B,C", "4,A,A,B", "5,A,A,B,C,D", "6,A,A,B,C,",
        "7", "Candidate_ID,FORM,q1,Q2,Q3", "1.10E+12,A,A,B,C", "รวม",
    ]  # fmt: skip
    found = read(HEAD + "\n".join(rows))
    assert reasons(found) == [
        (3, None, "no_candidate"), (4, "-", "no_candidate"), (5, "2", "unknown_form"), (6, "3", "unknown_form"),
        (7, "4", "too_few_fields"), (8, "5", "too_many_fields"), (9, "6", "too_many_fields"),
        (10, "7", "too_few_fields"), (11, "Candidate_ID", "header_repeated"),
        (12, "1.10E+12", "candidate_id_damaged"), (13, "รวม", "too_few_fields"),
    ]  # fmt: skip
    assert found.quarantine["raw"].to_list() == rows[1:]
    assert set(found.quarantine["reason"]) <= {reason.code for reason in QUARANTINE_REASONS}


def test_a_header_with_bom_in_the_middle_of_joined_files_is_set_aside() -> None:
    found = read((HEAD + "1,A,A,B,C\n").encode("utf-8-sig") * 1 + (HEAD + "2,A,A,B,C\n").encode("utf-8-sig"))
    assert [reason for _, _, reason in reasons(found)] == ["header_repeated"]
    assert sorted(marks(found)) == ["1", "2"]


def test_a_second_header_of_other_columns_is_refused() -> None:
    problem = refusal(HEAD + "1,A,A,B,C\ncandidate_id,form,Q3,Q2,Q1\n2,A,C,B,A\n")
    assert (problem.source, problem.code) == ("a.csv:3", "second-header")
    moved = refusal("candidate_id,Q1,Q2,Q3\n1,A,B,C\nQ1,Q2,Q3,candidate_id\nC,B,A,2\n", ONE)
    assert moved.code == "second-header"


def test_blank_lines_are_no_rows() -> None:
    found = read(HEAD + '\n  \n,,,,\n"","","","",""\n1,A,A,B,C\n\n')
    assert (found.rows_read, found.rows["line"].to_list()) == (1, [6])


def test_repeats_and_conflicts_within_and_across_files() -> None:
    first = HEAD + "1,A,A,B,C\n2,A,A,B,C\n1,a,ก,2,c\n3,A,A,B,C\n4,A,A,X,C\n"
    second = HEAD + "1,A,A,B,C\n2,B,A,B,C\n3,A,A,B,\n4,A,A,E,C\n5,A,A,A,A\n"
    found = read_answers([("a.csv", first.encode()), ("b.csv", second.encode())], TWO)
    assert found.rows["candidate_id"].to_list() == ["1", "4", "5"]
    assert found.identical_repeats == 3
    assert found.rows_read == 10
    set_aside = [(row["file"], row["line"], row["candidate_id"]) for row in found.quarantine.to_dicts()]
    assert set_aside == [("a.csv", 3, "2"), ("a.csv", 5, "3"), ("b.csv", 3, "2"), ("b.csv", 4, "3")]
    assert set(found.quarantine["reason"]) == {"candidate_in_two_files"}
    assert [file.rows for file in found.files] == [5, 5]


def test_a_third_row_that_agrees_with_one_of_two_is_set_aside_with_them() -> None:
    found = read(HEAD + "1,A,A,B,C\n1,A,A,B,C\n1,A,A,B,D\n")
    assert [line for line, _, _ in reasons(found)] == [2, 3, 4]
    assert found.identical_repeats == 0


def test_options_decide_what_a_letter_means() -> None:
    found = read(HEAD + "1,A,E,A,CE\n2,B,A,E,E\n")
    assert marks(found) == {"1": [INVALID, 1, INVALID], "2": [1, INVALID, 16]}


def test_extra_columns_of_several_files_are_all_kept() -> None:
    files = [("a", "id,form,answers,room\n1,A,ABC,r\n"), ("b", "id,form,answers,seat\n2,A,ABC,=1+1\n")]
    found = read_answers([(name, text.encode()) for name, text in files], TWO)
    assert found.rows.select("room", "seat").rows() == [("r", None), (None, "=1+1")]


# ── refusal ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty-file"),
        (b"\xef\xbb\xbf\r\n \t\n", "empty-file"),
        (b"\xff\xfe", "empty-file"),
        (b"\0" * 500, "empty-file"),
        (b"sep=,\n", "empty-file"),
        (b"%PDF-1.7 ...", "not-an-answer-file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not-an-answer-file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not-an-answer-file"),
        (bytes(range(256)) * 4, "binary-file"),
        (b"\x7fELF\x02\x01\x01\0\0", "binary-file"),
        (b"PK\x03\x04 no archive", "damaged-workbook"),
        (b"PAR1 no table PAR1", "damaged-parquet"),
        (gzip.compress(HEAD.encode(), mtime=0)[:-9], "damaged-gzip"),
        (gzip.compress(gzip.compress(HEAD.encode(), mtime=0), mtime=0), "not-an-answer-file"),
        (b"1,A,A,B,C\n2,A,A,B,C\n", "not-an-answer-file"),
        ("ผลสอบ\n1,A,A,B,C\n" + HEAD + "1,A,A,B,C\n", "not-an-answer-file"),
        (b"<html><body>candidate_id,form,Q1</body></html>", "not-an-answer-file"),
        (HEAD, "no-rows"),
        (HEAD + "\n,,,,\n", "no-rows"),
        ("form,Q1,Q2,Q3\nA,A,B,C\n", "not-an-answer-file"),
        ("candidate_id,form\n1,A\n", "not-an-answer-file"),
        ("candidate_id,form,Q1,Q3\n1,A,A,A\n", "question-columns-missing"),
        ("candidate_id,form,Q1,Q2\n1,A,A,A\n", "question-columns-missing"),
        ("candidate_id,form,Q1,Q2,ข้อ ๒,Q3\n1,A,A,A,A,A\n", "question-columns-repeated"),
        ("candidate_id,form,Q1,Q2,Q3,Q4\n1,A,A,A,A,A\n", "questions-of-another-exam"),
        ("candidate_id,form,Q0,Q1,Q2,Q3\n1,A,A,A,A,A\n", "question-columns-unknown"),
        ("candidate_id,form,Q1,Q2,Q3,answers\n1,A,A,A,A,ABC\n", "ambiguous-columns"),
        ("candidate_id,candidate_id,form,answers\n1,2,A,ABC\n", "ambiguous-columns"),
        ("candidate,examinee,form,answers\n1,2,A,ABC\n", "ambiguous-columns"),
        ('candidate_id,form,Q1,Q2,"Q3\n1,A,A,A,A\n', "unreadable-header"),
        (b"candidate_id,form,Q1,Q2,Q3,\xff\n1,A,A,A,A,x\n", "unreadable-header"),
    ],
)  # fmt: skip
def test_what_is_no_answer_file_is_refused(data: str | bytes, code: str) -> None:
    problem = refusal(data)
    assert problem.code == code
    assert len(problem.message) > 20


def test_every_file_is_looked_at_before_refusing() -> None:
    files = [("a.csv", b""), ("good.csv", (HEAD + "1,A,A,B,C").encode()), ("c.csv", b"x,y\n1,2\n")]
    with pytest.raises(Refused) as caught:
        read_answers(files, TWO)
    assert [problem.source for problem in caught.value.problems] == ["a.csv", "c.csv:1"]
    assert "`candidate_id`" in caught.value.problems[1].message


def test_the_missing_columns_are_named() -> None:
    problem = refusal("candidate_id;form;Q1;Q3\n1;A;A;A\n")
    assert problem.source == "a.csv:1"
    assert "Q2" in problem.message
