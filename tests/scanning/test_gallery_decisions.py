"""Decisions on doubtful marks, taken in by `examgen take`: what stands, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from examgen.commands import main
from examgen.core.problems import Refused, WrongUsage
from examgen.core.words import in_language
from examgen.scanning import scan as reading
from examgen.scanning.gallery.commands import GalleryOptions, take_decisions, write_gallery
from examgen.scanning.gallery.decisions import COLUMNS
from examgen.scanning.gallery.why_decided import decision_messages
from examgen.scoring import score as sittings
from tests.scanning import drawn_sheets
from tests.scanning.scan_folders import Folder, write_scan

Lines = list[dict[str, str]]


def whys(scan: Folder, name: str = "marks") -> list[str]:
    """Why each line of an overlay was decided so, as people are told."""
    of_file = table(scan.path / f"review/{name}.csv")
    return [decision_messages({**one, "decision": ""})["reason"] for one in of_file]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A scan of four pages, one of nobody, with its gallery: a quarter is to be checked twice."""
    folder = write_scan(
        tmp_path_factory.mktemp("decided") / "scan", n_pages=4, doubts_per_page=4, unknown=(2,)
    )
    write_gallery(folder.path, GalleryOptions(share=0.25, seed=3))
    return folder


@pytest.fixture
def scan(made: Folder, tmp_path: Path) -> Folder:
    """A copy of its own."""
    path = tmp_path / "scan"
    shutil.copytree(made.path, path)
    return made._replace(path=path)


def records(folder: Path) -> dict[str, Any]:
    """What the page holds, apart from its pictures."""
    page = (folder / "gallery.html").read_text("utf-8")
    found = re.search(r'<script type="application/json" id="records">(.*?)</script>', page, re.S)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]


def rows_of(folder: Path) -> dict[int, tuple[int, str]]:
    """The line and the text of the row of answers of each page."""
    texts = (folder / "responses.csv").read_text("utf-8-sig").splitlines()
    return {int(text.split(",")[3]): (n, text) for n, text in enumerate(texts[1:], 2)}


def test_a_page_of_which_every_row_is_asked_says_so(made: Folder, tmp_path: Path) -> None:
    """Clear marks among them would look like mistakes of the reader."""
    whole = write_scan(tmp_path / "whole", n_pages=1, doubts_per_page=20)
    write_gallery(whole.path, GalleryOptions())
    assert {one["all"] for one in records(whole.path)["marks"]} == {True}
    assert {one["all"] for one in records(made.path)["marks"]} == {False}


def table(path: Path) -> Lines:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def lines(
    of: Mapping[str, Any], decided: Sequence[str], task: str = "first", by: str = "สมศรี", hour: int = 10
) -> Lines:
    """Decisions as the page saves them: of the marks, in the order of the page."""
    asked = [one for one in of["marks"] if task in one["tasks"]]
    found = []
    for n, (one, mark) in enumerate(zip(asked, decided, strict=False)):
        page = of["pages"][one["page"]]
        cells = {
            **{
                "scan": of["scan"],
                "code": one["code"],
                "kind": "mark",
                "source": of["sources"][page["source"]],
            },
            **{
                "page": str(page["page"]),
                "question": str(one["question"]),
                "task": task,
                "read": one["read"],
            },
            **{
                "decided": mark,
                "form": "",
                "by": by,
                "time": f"2026-11-20T{hour}:{n:02}:00+07:00",
                "note": "",
            },
        }
        found.append(cells)
    return found


def save(path: Path, found: Lines) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(found)
    return path


def codes(error: Refused) -> list[str]:
    return [one.code for one in error.problems]


def test_decisions_become_overlays_and_a_record_that_only_grows(scan: Folder, tmp_path: Path) -> None:
    of = records(scan.path)
    assert (len(of["marks"]), len(of["people"])) == (16, 1)
    assert [one["margin"] for one in of["marks"]] == sorted(one["margin"] for one in of["marks"])
    first = save(tmp_path / "first.csv", lines(of, ["B", "A|C", "-", "ง"]))
    done = take_decisions(scan.path, [first])
    assert (done.n_new, done.n_known, done.n_marks, done.n_identities, done.n_left) == (4, 0, 4, 0, 13)
    overlay = {(one["line"], one["question"]): one for one in table(scan.path / "review/marks.csv")}
    rows = rows_of(scan.path)
    for record, answer in zip(of["marks"], ["B", "A|C", "'-", "D"], strict=False):
        page = of["pages"][record["page"]]
        number, raw = rows[page["page"]]
        line = overlay[str(number), str(record["question"])]
        assert (line["file"], line["answer"], line["by"], line["date"]) == (
            "responses.csv",
            answer,
            "สมศรี",
            "2026-11-20",
        )
        assert line["raw"] == raw
        assert raw.split(",")[2:5] == [page["serial"], str(page["page"]), of["sources"][0]]
        assert raw.split(",")[4 + record["question"]] == "?"
    before = (scan.path / "review/decisions.csv").read_bytes()
    assert take_decisions(scan.path, [first]).n_known == 4
    assert (scan.path / "review/decisions.csv").read_bytes() == before
    # who decides anew has the last word, and the first stays on record
    take_decisions(scan.path, [save(tmp_path / "again.csv", lines(of, ["C"], hour=11))])
    after = (scan.path / "review/decisions.csv").read_bytes()
    assert after.startswith(before)
    assert len(table(scan.path / "review/decisions.csv")) == 5
    assert [one["answer"] for one in table(scan.path / "review/marks.csv")].count("C") == 1
    # a gallery made anew asks what is left
    assert write_gallery(scan.path, GalleryOptions()).n_marks == 12
    n_second = sum("second" in one["tasks"] for one in of["marks"][:4])
    assert len(records(scan.path)["marks"]) == 12 + n_second


def test_a_second_check_is_blind_and_two_who_differ_are_settled_by_a_third_act(
    scan: Folder, tmp_path: Path
) -> None:
    of = records(scan.path)
    sample = [n for n, one in enumerate(of["marks"]) if "second" in one["tasks"]]
    assert len(sample) == 4  # a quarter of sixteen
    done = take_decisions(scan.path, [save(tmp_path / "first.csv", lines(of, ["A"] * 16))])
    assert (done.n_checked, done.n_unchecked) == (0, 4)
    made = write_gallery(scan.path)
    assert (made.n_marks, made.n_second, made.n_settle) == (0, 5, 0)  # and the sheet of nobody
    again = records(scan.path)
    # the page of the second person has no trace of what the first decided
    assert all(
        (one["said"], one["tasks"], one["not"]) == ([], ["second"], ["สมศรี"]) for one in again["marks"]
    )
    assert again["share"] == 0.25
    own = save(tmp_path / "own.csv", lines(again, ["A"], "second"))
    with pytest.raises(Refused) as refused:
        take_decisions(scan.path, [own])
    assert codes(refused.value) == ["checked-by-the-first"]
    checked = lines(again, ["A", "A", "B", "A"], "second", "มานะ", 12)
    done = take_decisions(scan.path, [save(tmp_path / "second.csv", checked)])
    assert (done.n_checked, done.n_unchecked, done.n_marks, len(done.disputes)) == (4, 0, 15, 1)
    [dispute] = done.disputes
    assert dispute.doubt.code == again["marks"][2]["code"]
    assert [(one.by, one.decided) for one in dispute.each] == [("สมศรี", "A"), ("มานะ", "B")]
    reasons = whys(scan)
    assert sum("checked by มานะ" in one for one in reasons) == 3
    marks = table(scan.path / "review/marks.csv")
    assert [one["checked_by"] for one in marks].count("มานะ") == 3
    assert {(one["by"], one["time"][:10], one["settled"]) for one in marks} == {("สมศรี", "2026-11-20", "")}
    assert len({one["crop"] for one in marks}) == 15
    assert {one["reason"] for one in marks} == {"as seen on the image of the sheet"}
    told = [in_language(one, "th") for one in reasons]
    assert sum("ตรวจซ้ำโดย มานะ" in one for one in told) == 3
    assert not [one for one in told if re.search("page|crop|read", one)]
    assert write_gallery(scan.path).n_settle == 1
    third = records(scan.path)
    [asked] = third["marks"]
    assert [(one["by"], one["v"]) for one in asked["said"]] == [("สมศรี", "A"), ("มานะ", "B")]
    settled = save(tmp_path / "third.csv", lines(third, ["B"], "settle", "ประธาน", 13))
    done = take_decisions(scan.path, [settled])
    assert (done.n_marks, done.disputes) == (16, ())
    assert [
        one["by"]
        for one in table(scan.path / "review/marks.csv")
        if (one["settled"], one["checked_by"]) == ("yes", "สมศรี, มานะ")
    ] == ["ประธาน"]
    [said] = [one for one in whys(scan) if "settled" in one]
    assert in_language(said, "th").endswith("ชี้ขาดระหว่าง สมศรี, มานะ")
    assert said in whys(scan)


def test_what_nobody_asked_for_is_neither_checked_nor_settled(scan: Folder, tmp_path: Path) -> None:
    of = records(scan.path)
    first = lines(of, ["A"] * 16)
    drawn = [n for n, one in enumerate(of["marks"]) if "second" in one["tasks"]]
    other = next(n for n in range(16) if n not in drawn)
    second = first[other] | {"task": "second", "by": "มานะ"}
    settle = first[drawn[0]] | {"task": "settle", "by": "ประธาน", "decided": "C"}
    agrees = first[drawn[0]] | {"task": "second", "by": "มานะ"}
    for given in ([settle], [first[drawn[0]], settle], [first[drawn[0]], agrees, settle]):
        with pytest.raises(Refused) as refused:
            take_decisions(scan.path, [save(tmp_path / "wrong.csv", [*given, second])])
        last = len(given) + 1
        assert [(one.source, one.code) for one in refused.value.problems] == [
            (f"{tmp_path}/wrong.csv:{last}", "nobody-differs"),
            (f"{tmp_path}/wrong.csv:{last + 1}", "not-drawn"),
        ]
        assert not (scan.path / "review/decisions.csv").exists()
    # both at once, in any order; and what an earlier gallery drew is still checked after another draw
    write_gallery(scan.path, GalleryOptions(share=0.0))
    saved = save(tmp_path / "all.csv", [settle, agrees | {"decided": "B"}, first[drawn[0]]])
    done = take_decisions(scan.path, [saved])
    assert (done.n_new, done.n_checked, done.disputes) == (3, 1, ())
    assert take_decisions(scan.path, [saved]).n_known == 3
    [line] = table(scan.path / "review/marks.csv")
    assert (line["answer"], line["by"]) == ("C", "ประธาน")


def test_the_way_and_the_time_are_on_record(scan: Folder, tmp_path: Path) -> None:
    of = records(scan.path)
    given = [one | {"way": "row", "seconds": "2.13"} for one in lines(of, ["A", "B"])]
    wrong = [given[0] | {"way": "guess"}, given[1] | {"seconds": "-1"}, given[1] | {"seconds": "99999"}]
    with pytest.raises(Refused) as refused:
        take_decisions(scan.path, [save(tmp_path / "wrong.csv", wrong)])
    assert codes(refused.value) == ["unknown-way", "bad-seconds", "bad-seconds"]
    take_decisions(scan.path, [save(tmp_path / "a.csv", given)])
    path = scan.path / "review/decisions.csv"
    assert [(one["way"], one["seconds"]) for one in table(path)] == [("row", "2.13")] * 2


def test_a_sheet_that_is_one_case_is_drawn_for_the_second_check_as_one(tmp_path: Path) -> None:
    scan = write_scan(
        tmp_path / "scan", n_pages=8, doubts_per_page=5, why=dict.fromkeys(range(1, 7), "crossed")
    )
    write_gallery(scan.path, GalleryOptions(share=0.5, seed=2))
    of = records(scan.path)
    drawn: dict[bool, dict[int, set[bool]]] = {True: {}, False: {}}
    for one in of["marks"]:
        drawn[bool(one["case"])].setdefault(one["page"], set()).add("second" in one["tasks"])
    assert sorted(map(len, drawn[True].values())) == [1] * 6, "all of a sheet, or nothing"
    assert sum(True in each for each in drawn[True].values()) == 3
    assert sum("second" in one["tasks"] for one in of["marks"] if not one["case"]) == 5
    order = [(not one["case"], one["page"] if one["case"] else 0) for one in of["marks"]]
    assert order == sorted(order), "sheets come first, each together"


def deal(scan: Folder, *lines: str) -> None:
    """Writes who was dealt which form."""
    package = Path(json.loads((scan.path / "scan.json").read_text("utf-8"))["exams"][0]["package"])
    (package / "secure").mkdir(exist_ok=True)
    text = "\n".join(["\ufeffserial,candidate_id,form,base", *lines, ""])
    (package / "secure/candidates.csv").write_text(text, "utf-8")


def own_package(scan: Folder) -> None:
    """Gives the copy of a scan a copy of its package."""
    said = json.loads((scan.path / "scan.json").read_text("utf-8"))
    [exam] = said["exams"]
    shutil.copytree(exam["package"], scan.path.parent / "package")
    exam["package"] = str(scan.path.parent / "package")
    (scan.path / "scan.json").write_text(json.dumps(said), "utf-8")


def test_a_line_that_says_another_place_than_its_code_is_refused(scan: Folder, tmp_path: Path) -> None:
    of = records(scan.path)
    good = lines(of, ["A"] * 4)
    # a spreadsheet of which one column was sorted
    codes_moved = [
        one | {"code": other["code"]} for one, other in zip(good, good[1:] + good[:1], strict=True)
    ]
    with pytest.raises(Refused) as refused:
        take_decisions(scan.path, [save(tmp_path / "moved.csv", codes_moved)])
    assert codes(refused.value) == ["other-crop"] * 4
    for told, other in zip(refused.value.problems, good[1:] + good[:1], strict=True):
        place = f"{other['code']} is the crop of {other['source']}, page {other['page']}, question "
        assert place + other["question"] in told.message
    for wrong in ({"source": "x.tif"}, {"page": "77"}, {"question": "99"}, {"question": "–"}):
        with pytest.raises(Refused) as refused:
            take_decisions(scan.path, [save(tmp_path / "wrong.csv", [good[0] | wrong])])
        assert codes(refused.value) == ["other-crop"]
    assert not (scan.path / "review/decisions.csv").exists()
    left_out = [good[0] | {"source": "", "page": f"{good[0]['page']}.0", "question": ""}]
    assert take_decisions(scan.path, [save(tmp_path / "good.csv", left_out)]).n_new == 1


def test_an_identity_is_somebody_who_was_dealt_that_form_or_says_why_not(
    scan: Folder, tmp_path: Path
) -> None:
    own_package(scan)
    of = records(scan.path)
    base = lines(of | {"marks": [of["people"][0] | {"question": ""}]}, [""])[0] | {"kind": "identity"}

    def faults(*filled: dict[str, str]) -> list[str]:
        with pytest.raises(Refused) as refused:
            take_decisions(scan.path, [save(tmp_path / "wrong.csv", [base | one for one in filled])])
        assert not (scan.path / "review/decisions.csv").exists()
        return [f"{one.code} {one.message}" for one in refused.value.problems]

    shapes = ["=1+1", "../../evil", "<b>x</b>", "9" * 400, "123\n45", "C:\\x", "-12", "1\x1b[2J2"]
    for note in ("", "why"):
        found = faults(*({"decided": one, "note": note} for one in shapes))
        assert [one.split()[0] for one in found] == ["no-candidate-id"] * len(shapes)
        assert not any("\x1b" in one or len(one) > 300 for one in found)
    assert faults({"decided": "7.91E+12", "note": "why"})[0].startswith("candidate-id-damaged 7.91E+12:")
    [bare] = faults({"decided": "๐๐๐๐๒"}, {"decided": "00-002"}, {"decided": "นายทดลอง"})
    assert bare.startswith("not-as-marked นายทดลอง")
    deal(scan, "S-1,00001,A-1,A", "S-2,10002,B,B", "S-3,10003,A-7,A", "S-5,,A-9,A")
    found = faults(*({"decided": who, "form": "A", "note": "why"} for who in ("10003", "999999")))
    assert all(one.startswith("other-form every booklet of form A has its own order") for one in found)
    assert found[0].endswith(", for example A-7")
    deal(scan, "S-1,00001,A,A", "S-2,10002,B,B", "S-3,10003,A-7,A", "S-4,'=7,B,B", "S-5,,A,A")
    [unknown, near, form, own, base_of_own] = faults(
        {"decided": "999999"},
        {"decided": "๑๐๐๒๐"},
        {"decided": "10002", "form": "A"},
        {"decided": "10003", "form": "B"},
        {"decided": "10003", "form": "A"},
    )
    assert unknown.startswith("not-on-list 999999 was assigned no booklet. Check the number")
    assert "but it may be 10002" in near
    assert form.startswith("other-form A is not the form assigned to 10002, which is B")
    assert "which is A-7" in own
    assert "which is A-7" in base_of_own
    taken = [
        *({"decided": "10002"}, {"decided": "10003", "form": "A-7"}, {"decided": "=7", "form": "B"}),
        *({"decided": "-"}, {"decided": "999999", "form": "A", "note": "ที่นั่งเสริม"}),
        {"decided": "10002", "form": "A", "note": "หยิบผิดชุด"},
    ]
    saved = save(tmp_path / "good.csv", [base | one for one in taken])
    assert take_decisions(scan.path, [saved]).n_new == len(taken)
    thai = save(tmp_path / "thai.csv", [base | {"decided": "๑๐-๐๐๒", "by": "ข"}])
    assert take_decisions(scan.path, [thai]).n_new == 1
    with (scan.path / "review/decisions.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [*csv.DictReader(file)][-1]["decided"] == "10002"


def test_an_identity_is_decided_apart_from_marks(scan: Folder, tmp_path: Path) -> None:
    own_package(scan)
    deal(scan, "S-1,'=00002,B,B")  # what begins as a formula must be on the list
    of = records(scan.path)
    [one] = of["people"]
    number, _ = rows_of(scan.path)[of["pages"][one["page"]]["page"]]
    base = dict.fromkeys(COLUMNS, "") | {
        **{"scan": of["scan"], "code": one["code"], "kind": "identity", "task": "first", "read": one["read"]},
        **{"by": "สมศรี", "time": "2026-11-20"},
    }
    take_decisions(
        scan.path, [save(tmp_path / "a.csv", [base | {"decided": "=00002", "form": "B", "note": "ที่นั่ง 2"}])]
    )
    [line] = table(scan.path / "review/identities.csv")
    assert (line["line"], line["candidate_id"], line["form"], line["action"]) == (
        str(number),
        "'=00002",
        "B",
        "",
    )
    assert (line["reason"], line["page"], line["crop"]) == ("ที่นั่ง 2", "2", one["code"])
    [told] = whys(scan, "identities")
    thai = in_language(decision_messages({**line, "decision": ""})["reason"], "th")
    assert re.search("page 2, crop .*, read .*: ที่นั่ง 2", told)
    assert re.search("หน้า 2 ภาพ .* อ่านได้ .*: ที่นั่ง 2", thai)
    typed = {"decision": "", "reason": "ที่นั่ง page 2"}
    assert in_language(decision_messages(typed)["reason"], "th") == "ที่นั่ง page 2"
    take_decisions(scan.path, [save(tmp_path / "b.csv", [base | {"decided": "-", "time": "2026-11-21"}])])
    [line] = table(scan.path / "review/identities.csv")
    assert (line["candidate_id"], line["form"], line["action"]) == ("", "", "void")
    wrong = save(tmp_path / "c.csv", [base | {"decided": "…"}, base | {"form": "Z"}])
    with pytest.raises(Refused) as refused:
        take_decisions(scan.path, [wrong])
    assert codes(refused.value) == ["no-candidate-id", "unknown-form"]


def test_every_fault_of_every_file_is_named_and_nothing_is_written(scan: Folder, tmp_path: Path) -> None:
    of = records(scan.path)
    good = lines(of, ["A"] * 8)
    faulty = [
        good[0] | {"scan": "0" * 32}, good[1] | {"code": "AAAA-AAAA-AAAA"}, good[2] | {"read": "B"},
        good[3] | {"decided": "ถูก"}, good[4] | {"decided": "E"}, good[5] | {"by": " "},
        good[6] | {"time": "2569-11-20"}, good[7] | {"task": "third"},
    ]  # fmt: skip
    other = tmp_path / "marks.csv"
    other.write_text("file,line,question,answer,reason,by,date\n", "utf-8")
    with pytest.raises(Refused) as refused:
        take_decisions(scan.path, [save(tmp_path / "bad.csv", faulty), other])
    assert codes(refused.value) == [
        *("other-scan", "unknown-crop", "read-otherwise", "no-mark", "no-such-option", "no-by", "bad-time"),
        *("unknown-task", "not-decisions"),
    ]
    assert [one.source.rsplit(":", 1)[-1] for one in refused.value.problems[:8]] == [
        str(n) for n in range(2, 10)
    ]
    assert not (scan.path / "review/decisions.csv").exists()
    with pytest.raises(WrongUsage):
        take_decisions(scan.path, [tmp_path / "nowhere.csv"])


def test_two_answers_to_one_crop_on_lines_of_one_file_are_refused(scan: Folder, tmp_path: Path) -> None:
    """Of a table that was filled by hand: the last of them would stand without a word."""
    good = lines(records(scan.path), ["A"] * 3)
    with pytest.raises(Refused) as refused:
        take_decisions(scan.path, [save(tmp_path / "two.csv", [*good, good[0] | {"decided": "B"}])])
    assert codes(refused.value) == ["decided-twice"]
    assert take_decisions(scan.path, [save(tmp_path / "again.csv", [*good, good[0]])])


def test_decisions_of_an_earlier_gallery_count_after_scans_were_added(scan: Folder, tmp_path: Path) -> None:
    of = records(scan.path)
    saved = save(tmp_path / "first.csv", lines(of, ["A", "B"]))
    with (scan.path / "pages.csv").open("a", encoding="utf-8") as file:
        file.write("new.tif,1,blank,blank-page,,,,0,T-1-L4,1\n")
    assert take_decisions(scan.path, [saved]).n_new == 2
    write_gallery(scan.path)
    assert records(scan.path)["scan"] != of["scan"]
    assert take_decisions(scan.path, [saved]).n_known == 2
    # a row that is read otherwise now is not what was decided on
    rows = (scan.path / "rows.csv").read_text("utf-8-sig").replace(",?,uncertain,", ",A?,uncertain,")
    (scan.path / "rows.csv").write_text("\ufeff" + rows, "utf-8")
    with pytest.raises(Refused) as refused:
        take_decisions(scan.path, [saved])
    assert set(codes(refused.value)) == {"read-otherwise"}


def test_the_commands(
    scan: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["examgen", "scan", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
        return (int(stop.value.code or 0), *capsys.readouterr())

    status, out, _ = run("gallery", scan.path, "--share", "0.5", "--seed", "9", "--by", "มานะ", "--json")
    said = json.loads(out)
    assert (status, said["n_marks"], said["n_identities"], said["n_second"]) == (0, 16, 1, 9)
    of = records(scan.path)
    assert of["by"] == "มานะ"
    saved = save(tmp_path / "first.csv", [*lines(of, ["A"] * 3), *lines(of, ["B"], "second", "มานี")])
    status, out, _ = run("gallery", scan.path, "--decisions", saved)
    assert (status, "4 new decisions recorded" in out, "Two people disagree, " in out) == (3, True, True)
    status, _, err = run("gallery", tmp_path, "--decisions", saved)
    assert (status, "contains no finished scan" in err) == (1, True)


def test_a_table_of_decisions_says_who_and_when(scan: Folder, tmp_path: Path) -> None:
    bare = [one | {"by": "", "time": ""} for one in lines(records(scan.path), ["A"] * 4)]
    filled = save(tmp_path / "first.csv", [*bare[:2], *(one | {"decided": ""} for one in bare[2:])])
    with pytest.raises(Refused) as refused:
        take_decisions(scan.path, [filled])
    assert set(codes(refused.value)) == {"no-by", "no-time"}
    done = take_decisions(scan.path, [filled], "มานี", "2026-11-22")
    assert (done.n_new, done.n_open_lines, done.n_marks) == (2, 2, 2)


def test_no_answer_key_is_anywhere_in_a_gallery(made: Folder) -> None:
    page = re.sub(
        r'<script type="text/plain".*?</script>',
        "",
        (made.path / "gallery.html").read_text("utf-8"),
        flags=re.S,
    )
    of = records(made.path)
    assert not re.search(r'"(key|right|correct|points)"', json.dumps(of))
    assert "key.csv" not in page
    assert pl.read_parquet(made.path / "marks.parquet").height > 0


def test_from_the_scan_to_the_score(tmp_path: Path) -> None:
    """What people decide of doubtful marks and sheets, scored, is what a scoring of the truth gives."""
    exam = drawn_sheets.exam_with_sheets(tmp_path / "exam", ["10001", "10002", "10003"])
    serials = {row["candidate_id"]: serial for serial, row in drawn_sheets.dealt(exam).items()}
    truth = {"10001": "ABCD", "10002": "BA-C", "10003": "DDAA"}
    light = {("item", n): 205 for n in (1, 4)}
    for n, (who, letters) in enumerate(truth.items()):
        image = drawn_sheets.personal(exam, serials[who], letters, darkness=light if n < 2 else {})
        if who == "10003":  # somebody has marked another number on the sheet printed for 10003
            sheet, row = drawn_sheets.sheet_of(exam), drawn_sheets.dealt(exam)[serials[who]]
            marks = {
                **drawn_sheets.number("10009"),
                ("form", 0): row["base"],
                **drawn_sheets.answers(letters),
            }
            image = drawn_sheets.drawn(sheet, marks, drawn_sheets.code_text(sheet, serials[who], who))
        drawn_sheets.save(np.rot90(image, n).copy(), tmp_path / f"scans/{n}.png")
    folder = tmp_path / "scan"
    reading.scan([tmp_path / "scans"], [exam], folder, processes=1)
    assert write_gallery(folder, GalleryOptions(share=0.0)).n_identities == 1
    of = records(folder)
    asked = {(of["sources"][of["pages"][one["page"]]["source"]], one["question"]) for one in of["marks"]}
    assert asked == {(f"scans/{n}.png", q) for n in (0, 1) for q in (1, 4)}
    answers = [folder / "responses.csv"]
    sittings.score(exam, answers, exam / "undecided")
    assert len(table(exam / "undecided/quarantine.csv")) == 3
    letters_of = {f"scans/{n}.png": letters for n, letters in enumerate(truth.values())}
    marks = [
        letters_of[of["sources"][of["pages"][one["page"]]["source"]]][one["question"] - 1]
        for one in of["marks"]
    ]
    [person] = of["people"]
    assert person["reason"]["en"] == "the marked candidate number differs from the printed one"
    identity = lines(of | {"marks": [person | {"question": ""}]}, ["10003"])[0] | {"kind": "identity"}
    take_decisions(folder, [save(tmp_path / "decisions.csv", [*lines(of, marks), identity])])
    overlays = {name: [folder / f"review/{name}.csv"] for name in ("identities", "marks")}
    sittings.score(exam, answers, exam / "decided", options=sittings.ScoringOptions(**overlays))
    dealt = {row["candidate_id"]: row["form"] for row in drawn_sheets.dealt(exam).values()}
    told = tmp_path / "truth.csv"
    told.write_text(
        "candidate_id,form,answers\n"
        + "".join(f"{who},{dealt[who]},{letters}\n" for who, letters in truth.items())
    )
    sittings.score(exam, [told], exam / "true")
    ours, theirs = (
        sorted(
            tuple(row[name] for name in ("candidate_id", "form", "score", "answered", "blank"))
            for row in table(exam / one / "candidates.csv")
        )
        for one in ("decided", "true")
    )
    assert ours == theirs
    assert len(ours) == 3
    recorded = json.loads((exam / "decided/audit.json").read_text("utf-8"))["decided"]
    assert {one["crop"] for one in recorded} == {one["code"] for one in (*of["marks"], person)}
    assert all(one["time"].startswith(one["date"]) and one["picture"] for one in recorded)


def test_both_pages_of_a_sheet_are_decided_in_its_one_row(scan: Folder, tmp_path: Path) -> None:
    path = scan.path / "responses.csv"
    head, first, second, *rest = path.read_text("utf-8-sig").splitlines()
    cells = first.split(",")
    one_row = ",".join([*cells[:3], f"{cells[3]}|{second.split(',')[3]}", *cells[4:]])
    path.write_text("\n".join(["\ufeff" + head, *rest, one_row, ""]), "utf-8")
    made = write_gallery(scan.path)
    assert (made.n_marks, made.n_identities) == (16, 1)
    of = records(scan.path)
    take_decisions(scan.path, [save(tmp_path / "first.csv", lines(of, ["A"] * 16))])
    overlay = table(scan.path / "review/marks.csv")
    assert sorted(one["line"] for one in overlay) == ["2"] * 4 + ["3"] * 4 + ["4"] * 8


def test_each_of_several_exams_has_overlays_of_its_own(scan: Folder, tmp_path: Path) -> None:
    said = json.loads((scan.path / "scan.json").read_text("utf-8"))
    [one] = said["exams"]
    said["exams"] = [
        one | {"responses": f"{one['code']}/responses.csv"},
        one | {"code": "OTHER", "responses": "OTHER/responses.csv"},
    ]
    (scan.path / "scan.json").write_text(json.dumps(said), "utf-8")
    (scan.path / one["code"]).mkdir()
    (scan.path / "responses.csv").rename(scan.path / one["code"] / "responses.csv")
    write_gallery(scan.path)
    take_decisions(scan.path, [save(tmp_path / "first.csv", lines(records(scan.path), ["A"] * 16))])
    assert len(table(scan.path / "review" / one["code"] / "marks.csv")) == 16
    assert table(scan.path / "review/OTHER/marks.csv") == []
    assert not (scan.path / "review/marks.csv").exists()


def test_a_scan_that_can_no_longer_be_read_is_told(scan: Folder) -> None:
    [kept] = (scan.path / "scans").iterdir()
    kept.write_bytes(kept.read_bytes()[:2000])
    made = write_gallery(scan.path)
    assert (made.n_marks, made.n_unreadable) == (0, 17)
    kept.unlink()
    with pytest.raises(Refused) as refused:
        write_gallery(scan.path)
    assert codes(refused.value) == ["scan-missing"]
