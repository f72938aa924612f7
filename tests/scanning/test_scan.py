"""`examgen scan`: every page accounted for, each sheet whose it is, and on from there to a scoring."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from examgen.core.problems import Refused
from examgen.scanning.gallery.commands import take_decisions
from examgen.scanning.gallery.in_doubt import crop_code
from tests.commands.conftest import Run
from tests.scanning import drawn_sheets as sheets
from tests.sittings import table

IDS = ["10001", "10002", "10003", "10004", "10005", "10006", "1007", "20071"]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sheets.exam_with_sheets(tmp_path_factory.mktemp("exams") / "exam", IDS)


@pytest.fixture
def exam(printed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(printed, "exam")
    return Path("exam")


def pages(folder: str = "out") -> dict[str, dict[str, str]]:
    return {f"{row['source']}:{row['page']}": row for row in table(Path(folder) / "pages.csv")}


def serials(exam: Path) -> dict[str, str]:
    """Serials by candidate."""
    return {row["candidate_id"]: serial for serial, row in sheets.dealt(exam).items() if row["candidate_id"]}


def test_sheets_of_a_folder_a_pdf_and_a_zip_come_to_results(run: Run, exam: Path) -> None:
    serial = serials(exam)
    given = {one: ["ABCD"[(k + n) % 4] for n in range(4)] for k, one in enumerate(IDS)}
    image = {one: sheets.personal(exam, serial[one], given[one]) for one in IDS}
    sheets.save(image["10001"], Path("scans/a 2.png"))
    sheets.save(np.rot90(image["10002"], 2).copy(), Path("scans/a 10.jpg"))
    Path("scans/.DS_Store").write_bytes(b"x")
    Path("scans/.x").write_bytes(b"x")
    one, two = (Image.fromarray(image[name]) for name in ("10003", "10004"))
    one.save("scans/b.tif", save_all=True, append_images=[two], compression="tiff_lzw", dpi=(150, 150))
    Image.fromarray(image["10005"]).save("scans/c.pdf", resolution=150)
    with zipfile.ZipFile("d.zip", "w") as packed:
        packed.write(sheets.save(image["10006"], Path("x.png")), "in/x.png")
    done = run("scan", "scans", "d.zip", "--exam", "exam", "--out", "out", "--processes", "1", "--json")
    assert done.status == 3, done.text
    told = json.loads(done.out)
    assert told["reasons"] == {"hidden-file": 1}
    assert (told["pages"], told["rows"]) == (
        {"all": 7, "read": 6, "set_aside": 1, "blank": 0, "repeated": 0},
        {"all": 24, "uncertain": 0},
    )
    rows = table(Path("out/responses.csv"))
    assert [(row["source"], row["page"]) for row in rows] == [
        ("scans/a 2.png", "1"), ("scans/a 10.jpg", "1"), ("scans/b.tif", "1"), ("scans/b.tif", "2"),
        ("scans/c.pdf", "1"), ("d.zip/in/x.png", "1"),
    ]  # fmt: skip
    dealt = sheets.dealt(exam)
    for row in rows:
        assert [row[f"Q{n}"] for n in range(1, 5)] == given[row["candidate_id"]]
        assert row["sheet"] == serial[row["candidate_id"]]
        assert row["form"] == dealt[row["sheet"]]["form"]
    assert oct(os.stat("out").st_mode & 0o777) == "0o700"
    bubbles = pl.read_parquet("out/marks.parquet")
    marked = bubbles.filter(pl.col("group") == "item", pl.col("state") == "marked")
    assert sorted(marked.select("source", "value").rows()) == sorted(
        (row["source"], row[f"Q{n}"]) for row in rows for n in range(1, 5)
    )
    scored = run("score", "exam", "out/responses.csv")
    assert scored.status == 0, scored.text
    assert len(table(Path("exam/results/candidates.csv"))) == 6


def test_a_doubt_waits_for_a_person_and_then_counts(run: Run, exam: Path) -> None:
    serial = serials(exam)
    letters = ["A", "B", "C", "D"]
    image = sheets.personal(exam, serial["10001"], letters, darkness={("item", 2): 190})
    sheets.save(image, Path("scan.png"))
    done = run("scan", "scan.png", "--exam", "exam", "--out", "out", "--processes", "1")
    assert done.status == 3
    assert "1 of them in doubt" in done.out
    [row] = table(Path("out/responses.csv"))
    assert [row[f"Q{n}"] for n in range(1, 5)] == ["A", "?", "C", "D"]
    [doubt] = [one for one in table(Path("out/rows.csv")) if one["state"] == "uncertain"]
    assert (doubt["question"], doubt["read"], doubt["candidate_id"]) == ("2", "?", "10001")
    assert run("score", "exam", "out/responses.csv").status == 3
    [aside] = table(Path("exam/results/quarantine.csv"))
    assert (aside["reason"], aside["undecided"]) == ("undecided_marks", "Q2")
    Path("marks.csv").write_text(
        "file,line,question,answer,reason,by,date\nresponses.csv,2,2,B,light,me,2026-11-20\n"
    )
    assert run("score", "exam", "out/responses.csv", "--marks", "marks.csv").status == 0
    Path("out/review").mkdir()
    shutil.copy("marks.csv", "out/review/marks.csv")
    refused = run("scan", "scan.png", "x.png", "--exam", "exam", "--out", "out")
    assert refused.status == 2
    sheets.save(sheets.personal(exam, serial["10002"], letters), Path("x.png"))
    refused = run("scan", "scan.png", "x.png", "--exam", "exam", "--out", "out", "--processes", "1")
    assert refused.status == 1
    assert "decisions were already made" in refused.err


def test_decisions_on_a_scan_that_a_better_one_has_replaced_are_passed_over(run: Run, exam: Path) -> None:
    serial = serials(exam)
    light = {("item", 2): 190}
    for who in ("10001", "10002"):
        sheets.save(sheets.personal(exam, serial[who], "ABCD", darkness=light), Path(f"s/{who}.png"))
    read = ("scan", "s", "--exam", "exam", "--out", "out", "--processes", "1")
    assert "2 of them in doubt" in run(*read).out
    run("scan", "gallery", "out", "--share", "0")
    [digest] = json.loads(Path("out/review/gallery.json").read_text("utf-8"))["scans"]
    head = "scan,code,page,question,task,read,decided,by,time\n"
    codes = [crop_code(one["sha256"], 1, 2) for one in pages().values()]
    lines = [f"{digest},{code},1,2,first,?,B,me,2026-11-20\n" for code in codes]
    Path("d.csv").write_text(head + "".join(lines))
    Path("other.csv").write_text(head + lines[0].replace(codes[0], crop_code("0" * 64, 1, 2)))
    sheets.save(sheets.personal(exam, serial["10001"], "ABCD"), Path("s/better.png"))
    shutil.copy("s/10001.png", "s/once-more.png")
    assert "1 of them in doubt" in run(*read).out
    assert "not a crop of this scan" in run("take", "exam", "out", "other.csv").text
    done = run("take", "exam", "out", "d.csv")
    assert done.status == 0, done.text
    assert "1 decision is new" in done.out
    assert "lines skipped, because a better scan of the sheet counts: 1" in done.out
    assert len(table(Path("exam/sitting/scans/1/review/marks.csv"))) == 1
    nobody = lines[0].replace(codes[0], crop_code(pages()["s/10001.png:1"]["sha256"], 1, 0))
    Path("d.csv").write_text(
        head + nobody.replace("2,first,?,B,", ",first,,-,") + lines[0].replace(",B,", ",D,")
    )
    done = run("take", "exam", "d.csv")
    assert done.status == 3
    assert "s/10001.png:1  me: -; s/better.png:1: 10001" in done.out
    assert "s/10001.png:1 Q2  me: D; s/better.png:1: B" in done.out


def decided(folder: str, letters: dict[int, str]) -> Path:
    """What somebody decides in the gallery of a folder, by question."""
    run_of = json.loads((Path(folder) / "review/gallery.json").read_text("utf-8"))["scans"][-1]
    doubts = [row for row in table(Path(folder) / "rows.csv") if row["state"] == "uncertain"]
    hashes = {(row["source"], row["page"]): row["sha256"] for row in table(Path(folder) / "pages.csv")}
    lines = ["scan,code,page,question,task,read,decided,by,time"]
    for row in doubts:
        n, page = int(row["question"]), int(row["page"])
        code = crop_code(hashes[row["source"], row["page"]], page, n)
        lines.append(f"{run_of},{code},{page},{n},first,?,{letters[n]},me,2026-11-20")
    path = Path(f"{folder}.decisions.csv")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_a_late_second_page_is_decided_on_the_sheet_that_has_both(run: Run, exam: Path) -> None:
    """The row of a page that was decided alone has fewer marks in doubt than that of the whole sheet, but
    nobody can decide on the page that is not there."""
    sheet = sheets.sheet_of(exam)
    second = json.loads(json.dumps(sheet["pages"][0])) | {"page": 2}
    for page, has in ((sheet["pages"][0], (1, 2, 3)), (second, (4,))):
        items = [one for one in page["bubbles"] if one.get("question") in has]
        page["bubbles"] = [one for one in page["bubbles"] if "question" not in one] + items
    sheet["pages"].append(second)
    (exam / "papers/sheet.json").write_text(json.dumps(sheet), "utf-8")
    serial, letters = serials(exam)["10001"], sheets.answers("ABCD")
    head = {**sheets.number("10001"), ("form", 0): sheets.dealt(exam)[serial]["base"]}
    light = {("item", 2): 190, ("item", 4): 190}
    for n in (1, 2):
        code = sheets.code_text(sheet, serial, "10001", page=n)
        sheets.save(sheets.drawn(sheet, head | letters, code, n, light), Path(f"s/{n}.png"))
    for folder, scans in (("one", ["s/1.png"]), ("two", ["s/2.png"]), ("both", ["s"])):
        run("scan", *scans, "--exam", "exam", "--out", folder, "--processes", "1")
    assert [row["reason"] for row in table(Path("one/pages.csv"))] == ["page-missing"]
    run("scan", "gallery", "one", "--share", "0")
    take_decisions(Path("one"), [decided("one", {2: "B"})])
    for folder in ("two", "both"):
        run("scan", "gallery", folder, "--share", "0")
    with pytest.raises(Refused):  # of another scan
        take_decisions(Path("two"), [Path("one.decisions.csv")])
    take_decisions(Path("both"), [decided("both", {2: "B", 4: "D"})])
    answers = [f"{folder}/responses.csv" for folder in ("one", "two", "both")]
    marks = [w for f in ("one", "both") for w in ("--marks", f"{f}/review/marks.csv")]
    done = run("score", "exam", *answers, *marks)
    assert done.status == 0, done.text
    assert "3 rows read = 1 scored + 2 repeated + 0 set aside" in done.out
    [row] = table(Path("exam/results/candidates.csv"))
    assert row["page"] == "1|1"


def test_sheets_without_a_mark_are_named(run: Run, exam: Path) -> None:
    for one, answers in (("10001", ["", "", "", ""]), ("10002", ["", "B", "", ""])):
        sheets.save(sheets.personal(exam, serials(exam)[one], answers), Path(f"scans/{one}.png"))
    asked = ("scan", "scans", "--exam", "exam", "--out", "out", "--processes", "1")
    told = "1 sheet has no marks. Check that it was handed in empty: scans/10001.png:1 (10001)"
    assert told in run(*asked).out
    assert json.loads(run(*asked, "--json").out)["without_marks"] == [["scans/10001.png:1"]]


def test_sheets_of_two_exams_in_one_batch_go_each_to_its_own(run: Run, exam: Path) -> None:
    shutil.copytree("exam", "second")
    for name in ("exam.yaml", "papers/sheet.json"):
        path = Path("second") / name
        code = str(sheets.sheet_of(exam)["exam"])
        path.write_text(path.read_text("utf-8").replace(code, f"{code}-2"), "utf-8")
    serial = serials(exam)
    sheets.save(sheets.personal(exam, serial["10001"], "ABCD"), Path("s/1.png"))
    sheets.save(sheets.personal(Path("second"), serial["10002"], "DCBA"), Path("s/2.png"))
    nobody = {**sheets.number("10003"), ("form", 0): "A", **sheets.answers("ABCD")}
    sheets.save(sheets.drawn(sheets.sheet_of(exam), nobody, None), Path("s/3.png"))
    run("scan", "s", "--exam", "exam", "--exam", "second", "--out", "out", "--processes", "1")
    code = sheets.sheet_of(exam)["exam"]
    for name, who, q1 in ((code, "10001", "A"), (f"{code}-2", "10002", "D")):
        [row] = table(Path("out") / name / "responses.csv")
        assert (row["candidate_id"], row["Q1"]) == (who, q1)
    assert [row["reason"] for row in table(Path("out/pages.csv"))] == ["", "", "exam-not-told"]
    again = run(
        "scan", "s", "--exam", "exam", "--exam", "second", "--out", "out", "--processes", "1", "--json"
    )
    assert json.loads(again.out)["read_before"] == 3


def test_a_sheet_that_is_drawn_and_not_scanned_is_read_without_a_doubt(
    run: Run, package: Path, tmp_path: Path
) -> None:
    """The sheets as they were printed, as where candidates fill the PDF on a tablet: nothing is marked yet."""
    [sheet] = (package / "papers").rglob("sheets.pdf")
    run("scan", sheet, "--exam", package, "--out", tmp_path / "read")
    rows = table(tmp_path / "read/rows.csv")
    assert len(rows) == 3 * 6
    assert {row["state"] for row in rows} == {"blank"}
