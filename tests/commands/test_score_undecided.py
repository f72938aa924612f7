"""`examgen score` of marks that a person has yet to decide (`?`): never scored, and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from examgen.core.models.papers import PapersRule
from tests.commands.conftest import Run
from tests.sittings import key_of, list_of, print_for, small_package, table

SIGNED = ",seen on the sheet,me,2026-11-20"


@pytest.fixture
def exam_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return small_package(tmp_path / "exam").relative_to(tmp_path)


def wide(key: list[str], doubts: dict[str, list[int]]) -> str:
    """All right, but for what is in doubt."""
    lines = [",".join(["candidate_id", "form", *(f"Q{n}" for n in range(1, len(key) + 1))])]
    for who, questions in doubts.items():
        marks = ["?" if n in questions else mark for n, mark in enumerate(key, 1)]
        lines.append(",".join([who, "A", *marks]))
    return "\n".join(lines) + "\n"


def long(key: list[str], doubts: dict[str, list[int]]) -> str:
    lines = ["candidate_id,form,question,answer"]
    for who, questions in doubts.items():
        lines += [f"{who},A,{n},{'？' if n in questions else mark}" for n, mark in enumerate(key, 1)]
    return "\n".join(lines) + "\n"


def string(key: list[str], doubts: dict[str, list[int]]) -> str:
    lines = ["candidate_id,form,answers"]
    for who, questions in doubts.items():
        lines.append(f"{who},A,{''.join('?' if n in questions else mark for n, mark in enumerate(key, 1))}")
    return "\n".join(lines) + "\n"


HEAD = ",".join(["candidate_id", "form", "sheet", *(f"Q{n}" for n in range(1, 5))])


def decide(*lines: str) -> None:
    """Writes the decisions on whose a row is, each with the end of its line."""
    Path("i.csv").write_text("file,line,candidate_id,form,reason,by,date\n" + "".join(lines), "utf-8")


DOUBTS = {"01": [], "02": [2], "03": [], "04": [1, 4], "05": []}


@pytest.mark.parametrize("shape", [wide, long, string])
def test_a_mark_in_doubt_is_never_scored(run: Run, exam_dir: Path, shape: object) -> None:
    key = key_of(exam_dir)
    many = DOUBTS | {f"1{n:03}": [] for n in range(100)}  # enough to be read at once
    Path("a.csv").write_text(shape(key, many), "utf-8")  # type: ignore[operator]
    done = run("score", exam_dir, "a.csv", "--unreadable", "score")
    assert done.status == 3
    assert "3 marks in 2 rows are undecided" in done.text
    assert "04: Q1 Q4" in done.text
    aside = table(exam_dir / "results/quarantine.csv")
    assert [(row["candidate_id"], row["reason"], row["undecided"]) for row in aside] == [
        ("02", "undecided_marks", "Q2"),
        ("04", "undecided_marks", "Q1 Q4"),
    ]
    scored = table(exam_dir / "results/candidates.csv")
    assert {row["candidate_id"] for row in scored} == set(many) - {"02", "04"}
    assert {row["percent"] for row in scored} == {"100.00"}


def test_marks_decided_on_a_row_that_waits_for_others_count(run: Run, exam_dir: Path) -> None:
    """As of a sheet of which a page is missing."""
    key = key_of(exam_dir)
    Path("a.csv").write_text(wide(key, {"01": [1, 2, 3]}), "utf-8")
    Path("m.csv").write_text(f"file,line,question,answer,reason,by,date\na.csv,2,1,A{SIGNED}\n")
    done = run("score", exam_dir, "a.csv", "--marks", "m.csv")
    assert "a.csv:2: 01: Q2–Q3" in done.text
    assert "changes nothing" not in done.text


def test_who_is_decided_on_is_scored_and_the_others_stay(run: Run, exam_dir: Path) -> None:
    key = key_of(exam_dir)
    rows = wide(key, DOUBTS).replace(f"05,A,{key[0]}", "05,A,#")  # nobody knows what it is
    Path("a.csv").write_text(rows, "utf-8")
    Path("marks.csv").write_text(
        f"file,line,question,answer,reason,by,date\na.csv,3,2,{key[1]}{SIGNED}\na.csv,5,4,-{SIGNED}\n"
        f"a.csv,2,3,-{SIGNED}\na.csv,4,3,{key[2]}{SIGNED}\na.csv,6,1,{key[0]}{SIGNED}\n"
    )
    done = run("score", exam_dir, "a.csv", "--marks", "marks.csv")
    assert "1 decision changes a mark that was not in doubt" in done.text
    assert f"marks.csv:4: line 2 of a.csv: question 3 was read as {key[2]} and is now -" in done.text
    thai = run("--lang", "th", "score", exam_dir, "a.csv", "--marks", "marks.csv").text
    assert f"marks.csv:4: บรรทัด 2 ของ a.csv: ข้อ 3 เดิมอ่านได้ {key[2]} ตอนนี้เป็น -" in thai
    aside = table(exam_dir / "results/quarantine.csv")
    assert [(row["candidate_id"], row["undecided"]) for row in aside] == [("04", "Q1")]
    assert "a.csv:5: 04: Q1" in done.text
    assert "02" in {row["candidate_id"] for row in table(exam_dir / "results/candidates.csv")}
    assert run("score", exam_dir, "--elements", "--without", "decisions").status != 70
    Path("nothing.csv").write_text(f"file,line,question,answer,reason,by,date\na.csv,5,1,?{SIGNED}\n")
    refused = run("score", exam_dir, "a.csv", "--marks", "nothing.csv")
    assert refused.status == 1
    assert "is not an answer" in refused.text


def test_what_is_undecided_stays_named_when_a_run_is_scored_again(run: Run, exam_dir: Path) -> None:
    key = key_of(exam_dir)
    Path("a.csv").write_text(wide(key, DOUBTS), "utf-8")
    run("score", exam_dir, "a.csv")
    first = table(exam_dir / "results/quarantine.csv")
    Path("drop.yaml").write_text(
        "- {kind: drop, form: A, question: 1, everywhere: true, reason: two keys, by: me, date: 2026-11-20}\n",
        "utf-8",
    )
    again = run("score", exam_dir, "--corrections", "drop.yaml")
    assert again.status == 3, again.text
    assert table(exam_dir / "results/quarantine.csv") == first


@pytest.mark.parametrize("order", [("a.csv", "b.csv"), ("b.csv", "a.csv"), ("both.csv",)])
def test_what_is_undecided_is_held_against_other_rows(
    run: Run, exam_dir: Path, order: tuple[str, ...]
) -> None:
    key = key_of(exam_dir)
    most = [*range(1, len(key))]
    first = wide(key, {"02": [2], "03": [1], "04": most, "05": [3]})
    other = "ABCD".replace(key[-1], "")[0]
    second = wide(key, {"02": [], "03": [], "04": []}).replace(
        ",".join(["03", "A", *key]), ",".join(["03", "A", *key[:-1], other])
    )
    Path("a.csv").write_text(first, "utf-8")
    Path("b.csv").write_text(second, "utf-8")
    Path("both.csv").write_text(first + second.split("\n", 1)[1], "utf-8")
    assert "7 rows read = 2 scored + 1 repeated + 4 set aside" in run("score", exam_dir, *order).text
    reason = "conflicting_rows" if order == ("both.csv",) else "candidate_in_two_files"
    aside = table(exam_dir / "results/quarantine.csv")
    told = sorted((row["candidate_id"], row["reason"], row["undecided"]) for row in aside)
    open_ = " ".join(f"Q{n}" for n in most)
    assert told == [
        ("03", reason, ""), ("03", reason, ""), ("04", "undecided_marks", open_), ("05", "undecided_marks", "Q3"),
    ]  # fmt: skip
    scored = table(exam_dir / "results/candidates.csv")
    assert sorted((row["candidate_id"], row["percent"]) for row in scored) == [
        ("02", "100.00"),
        ("04", "100.00"),
    ]
    Path("marks.csv").write_text(
        f"file,line,question,answer,reason,by,date\n{order[-1] if len(order) == 1 else 'a.csv'},5,3,{key[2]}{SIGNED}\n"
    )
    assert (
        "3 scored + 1 repeated + 3 set aside" in run("score", exam_dir, *order, "--marks", "marks.csv").text
    )


def test_who_repeats_a_contradicted_row_is_set_aside_with_it(run: Run, exam_dir: Path) -> None:
    key = key_of(exam_dir)
    other = "ABCD".replace(key[-1], "")[0]
    again = wide(key, {"02": []})
    rows = again + wide(key, {"02": [1]}).split("\n", 1)[1] + again.split("\n", 1)[1]
    Path("a.csv").write_text(rows + ",".join(["02", "A", "?", *key[1:-1], other]) + "\n", "utf-8")
    assert "4 rows read = 0 scored + 0 repeated + 4 set aside" in run("score", exam_dir, "a.csv").text
    aside = table(exam_dir / "results/quarantine.csv")
    assert [(row["line"], row["reason"]) for row in aside] == [
        (str(line), "conflicting_rows") for line in (2, 3, 4, 5)
    ]


@pytest.mark.parametrize("order", [("a.csv", "b.csv"), ("b.csv", "a.csv")])
def test_of_undecided_rows_that_agree_one_waits(run: Run, exam_dir: Path, order: tuple[str, str]) -> None:
    key = key_of(exam_dir)
    other = "ABCD".replace(key[3], "")[0]
    Path("a.csv").write_text(wide(key, {"02": [1], "03": [1], "04": [1, 2, 3], "05": [1]}), "utf-8")
    differs = wide([*key[:3], other], {"05": [1]}).split("\n", 1)[1]
    Path("b.csv").write_text(wide(key, {"02": [2], "03": [1, 3], "04": [4]}) + differs, "utf-8")
    assert "8 rows read = 0 scored + 2 repeated + 6 set aside" in run("score", exam_dir, *order).text
    aside = table(exam_dir / "results/quarantine.csv")
    assert sorted((row["candidate_id"], row["undecided"]) for row in aside) == [
        ("02", "Q1"), ("03", "Q1"), ("04", "Q1 Q2 Q3"), ("04", "Q4"), ("05", "Q1"), ("05", "Q1"),
    ]  # fmt: skip


def test_a_row_of_another_form_is_no_repeat_whatever_its_letters(run: Run, exam_dir: Path) -> None:
    key = key_of(exam_dir)
    rows = wide(key, {"02": [], "03": [], "04": [1]}).splitlines()
    rows += [",".join([who, "B", "?", *key[1:]]) for who in ("02", "04")]
    Path("a.csv").write_text("\n".join([*rows, ""]), "utf-8")
    assert "5 rows read = 1 scored + 0 repeated + 4 set aside" in run("score", exam_dir, "a.csv").text
    aside = table(exam_dir / "results/quarantine.csv")
    assert [(row["candidate_id"], row["reason"]) for row in aside] == [
        ("02", "conflicting_rows"), ("04", "undecided_marks"), ("02", "conflicting_rows"), ("04", "undecided_marks"),
    ]  # fmt: skip


def test_the_sheet_of_a_row_in_a_note_is_not_of_the_scored_row(run: Run, exam_dir: Path) -> None:
    key = key_of(exam_dir)
    ahead = [f"{HEAD},note", ",".join(["07", "A", "", *key, '"see'])]
    in_note = ",".join(["02", "A", "A-1", *key, "x"])
    scored, open_ = ",".join(["02", "A", "", *key, "x"]), ",".join(["02", "A", "A-1", *"???", key[3], "x"])
    Path("a.csv").write_text("\n".join([*ahead, in_note, 'end"', scored, open_, ""]), "utf-8")
    run("score", exam_dir, "a.csv", "--unreadable", "score")
    aside = table(exam_dir / "results/quarantine.csv")
    assert [(row["line"], row["reason"]) for row in aside] == [
        ("2", "broken_quote"), ("3", "broken_quote"), ("4", "broken_quote"), ("6", "undecided_marks"),
    ]  # fmt: skip
    assert [row["candidate_id"] for row in table(exam_dir / "results/candidates.csv")] == ["02"]


def test_an_undecided_row_of_the_same_sheet_is_a_repeat(run: Run, exam_dir: Path) -> None:
    key = key_of(exam_dir)
    lines = [HEAD]
    for who, sheet, other in (("02", "A-1", "A-1"), ("03", "A-2", "A-9"), ("04", "", "")):
        lines += [",".join([who, "A", other, *"???", key[3]]), ",".join([who, "A", sheet, *key])]
    lines += [",".join(["05", "A", "A-5", *pages]) for pages in (["?", "?", *key[2:]], [*key[:2], "?", "?"])]
    Path("a.csv").write_text("\n".join(lines) + "\n", "utf-8")
    assert "8 rows read = 3 scored + 1 repeated + 4 set aside" in run("score", exam_dir, "a.csv").text
    aside = table(exam_dir / "results/quarantine.csv")
    assert [row["candidate_id"] for row in aside] == ["03", "04", "05", "05"]


def test_two_candidates_on_one_spare_sheet_wait_for_both_decisions(run: Run, exam_dir: Path) -> None:
    print_for(exam_dir, list_of(3), PapersRule.model_validate({"spare": 2}))
    dealt = table(exam_dir / "secure/candidates.csv")
    serials = {row["candidate_id"]: row["serial"] for row in dealt if row["form"] == "A"}
    head, key = HEAD, key_of(exam_dir)
    for file, rows in (("a", ["0000"]), ("b", ["0002", "0002"])):
        lines = [",".join([who, "A", serials[""], *key]) for who in rows]
        Path(f"{file}.csv").write_text("\n".join([head, *lines, ""]), "utf-8")
    # the row of the first scan repeats this one
    Path("typed.csv").write_text(f"{head.replace('sheet,', '')}\n0000,A,{','.join(key)}\n", "utf-8")
    score = ("score", exam_dir, "typed.csv", "a.csv", "b.csv", "--identities", "i.csv")
    decided = [f"{file}.csv,2,{who},A{SIGNED}\n" for file, who in (("a", "0000"), ("b", "0002"))]
    decide(decided[0])
    assert "4 rows read = 0 scored + 0 repeated + 4 set aside" in run(*score).text
    assert {row["reason"] for row in table(exam_dir / "results/quarantine.csv")} == {"sheet_of_two"}
    decide(*decided)
    assert "4 rows read = 2 scored + 2 repeated + 0 set aside" in run(*score).text
    Path("a.csv").write_text(f"{head}\n0000,A,{serials['']},?,{','.join(key[1:])}\n", "utf-8")
    done = run("score", exam_dir, "a.csv", "b.csv", "--without", "answers,decisions")
    assert "3 rows read = 0 scored + 0 repeated + 3 set aside" in done.text


def test_a_sheet_of_two_candidates_in_two_files_waits_for_both(run: Run, exam_dir: Path) -> None:
    print_for(exam_dir, list_of(14), PapersRule.model_validate({"spare": 2}))
    dealt = table(exam_dir / "secure/candidates.csv")
    sheet = {row["candidate_id"]: row["serial"] for row in dealt}
    key = key_of(exam_dir)
    first = [("0000", "0000"), ("", "0002"), ("", "0004"), ("0008", "0008"), ("0008", "0008"), ("", "0010")]
    then = [("0000", "0000"), ("0002", "0002"), ("0004", "0004"), ("0010", "0010"), ("0012", "0012")]
    for file, rows in (("a", first), ("b", then)):
        lines = [",".join([who, "A", sheet[of], *key]) for who, of in rows]
        Path(f"{file}.csv").write_text("\n".join([HEAD, *lines, ""]), "utf-8")
    text = Path("a.csv").read_text("utf-8")
    # another row of its sheet that says otherwise, and a sheet of an earlier printing
    text = text.replace(f"0008,A,{sheet['0008']},{key[0]}", f"0008,A,{sheet['0008']},", 1)
    Path("a.csv").write_text(text.replace(f",A,{sheet['0010']},", f",A,{sheet['0010']} 0001,"), "utf-8")
    decided = [f"a.csv,2,-,{SIGNED}\n", f"a.csv,4,0006,A{SIGNED}\n", f"a.csv,5,-,{SIGNED}\n"]
    decide(*decided)
    for order in (("a.csv", "b.csv"), ("b.csv", "a.csv")):
        assert "11 rows read = 3 scored" in run("score", exam_dir, *order, "--identities", "i.csv").text
        scored = table(exam_dir / "results/candidates.csv")
        assert sorted(row["candidate_id"] for row in scored) == ["0008", "0010", "0012"]
        aside = table(exam_dir / "results/quarantine.csv")
        assert sorted(row["candidate_id"] for row in aside if row["reason"] == "sheet_of_two") == [
            "0000", "0002", "0004", "0006",
        ]  # fmt: skip
    nobodys = f"a.csv,3,-,{SIGNED}\n"  # it had no candidate
    decide(*decided, nobodys)
    assert "11 rows read = 3 scored" in run("score", exam_dir, *order, "--identities", "i.csv").text
    decided += [f"a.csv,3,0002,{SIGNED}\n", f"b.csv,2,,A{SIGNED}\n", f"b.csv,4,-,{SIGNED}\n"]
    decide(*decided)
    done = run("score", exam_dir, "a.csv", "b.csv", "--identities", "i.csv", "--without", "decisions")
    assert "11 rows read = 6 scored + 1 repeated + 4 set aside" in done.text


def test_who_has_another_row_waits_while_their_dealt_sheet_is_nobodys(run: Run, exam_dir: Path) -> None:
    print_for(exam_dir, list_of(3), PapersRule.model_validate({"spare": 2}))
    dealt = table(exam_dir / "secure/candidates.csv")
    sheet = {row["candidate_id"]: row["serial"] for row in dealt if row["form"] == "A"}
    key = ",".join(key_of(exam_dir))
    lines = [HEAD, f",A,{sheet['0000']},{key}", f"0000,A,{sheet['']},{key}", ""]
    Path("a.csv").write_text("\n".join(lines), "utf-8")
    for said, scored in (("", []), (f"a.csv,2,-,{SIGNED}\n", ["0000"]), (f"a.csv,3,,A{SIGNED}\n", ["0000"])):
        decide(said)
        run("score", exam_dir, "a.csv", "--identities", "i.csv", "--without", "decisions")
        assert [row["candidate_id"] for row in table(exam_dir / "results/candidates.csv")] == scored


def test_a_row_made_nobodys_does_not_come_back_in_another_file(run: Run, exam_dir: Path) -> None:
    key = key_of(exam_dir)
    other = "ABCD".replace(key[0], "")[0]
    lines = wide(key, {"02": [2], "03": [], "04": []})
    Path("a.csv").write_text(lines + ",".join(["05", "A", other, *key[1:]]) + "\n", "utf-8")
    Path("b.csv").write_text(wide(key, {"02": [], "03": [], "04": [], "05": []}), "utf-8")
    decided = [f"a.csv,{line},{who},{SIGNED}\n" for line, who in ((2, "-"), (3, "13"), (5, "-"))]
    decide(*decided)
    for order in (("a.csv", "b.csv"), ("b.csv", "a.csv")):
        done = run("score", exam_dir, *order, "--identities", "i.csv")
        assert "8 rows read = 3 scored + 1 repeated + 4 set aside" in done.text
        scored = table(exam_dir / "results/candidates.csv")
        assert sorted(row["candidate_id"] for row in scored) == ["04", "05", "13"]
    aside = table(exam_dir / "results/quarantine.csv")
    of_two = [(row["file"], row["candidate_id"]) for row in aside if row["reason"] == "sheet_of_two"]
    assert of_two == [("b.csv", "02"), ("b.csv", "03")]
    decided += [f"b.csv,2,-,{SIGNED}\n", f"b.csv,3,,A{SIGNED}\n"]
    decide(*decided)
    done = run("score", exam_dir, "a.csv", "b.csv", "--identities", "i.csv")
    assert "8 rows read = 4 scored + 1 repeated + 3 set aside" in done.text


def test_nor_where_its_form_is_in_the_list_or_its_marks_on_lines(run: Run, exam_dir: Path) -> None:
    print_for(exam_dir, list_of(6), PapersRule())
    key, dealt = key_of(exam_dir), table(exam_dir / "secure/candidates.csv")
    whose = [row["candidate_id"] for row in dealt if row["form"] == "A" and row["candidate_id"]]
    listed = [",".join(one for n, one in enumerate(row.split(",")) if n != 1)
              for row in wide(key, {whose[0]: []}).splitlines()]  # fmt: skip
    Path("a.csv").write_text("\n".join([*listed, ""]), "utf-8")
    Path("b.csv").write_text(long(key, {whose[1]: []}), "utf-8")
    Path("c.csv").write_text(wide(key, {one: [] for one in whose}), "utf-8")
    decided = "".join(f"{file}.csv,2,-,{SIGNED}\n" for file in "ab")
    decide(decided)
    run("score", exam_dir, "a.csv", "b.csv", "c.csv", "--identities", "i.csv")
    assert [row["candidate_id"] for row in table(exam_dir / "results/candidates.csv")] == whose[2:]


def test_decisions_in_the_folder_of_a_scan_are_of_its_own_rows(run: Run, exam_dir: Path) -> None:
    key = key_of(exam_dir)
    for scan, doubts in (("s1", {"02": [1]}), ("s2", {"02": [2], "03": [2]})):
        (Path(scan) / "review").mkdir(parents=True)
        (Path(scan) / "responses.csv").write_text(wide(key, doubts), "utf-8")
        lines = [f"responses.csv,{n},{q},{key[q - 1]}{SIGNED}\n" for n, [q] in enumerate(doubts.values(), 2)]
        (Path(scan) / "review/marks.csv").write_text(
            "file,line,question,answer,reason,by,date\n" + "".join(lines)
        )
    first = ("s1/responses.csv", "--marks", "s1/review/marks.csv")
    run.ok("score", exam_dir, *first)
    done = run("score", exam_dir, *first, "s2/responses.csv", "--marks", "s2/review/marks.csv")
    assert "3 rows read = 2 scored + 1 repeated + 0 set aside" in done.text
    Path("marks.csv").write_bytes(Path("s2/review/marks.csv").read_bytes())
    refused = run("score", exam_dir, *first, "s2/responses.csv", "--marks", "marks.csv")
    assert "responses.csv could be s1/responses.csv or s2/responses.csv" in refused.text
