"""What a scan folder holds stays: other scans are refused, more are welcome, nothing given goes unnamed."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.commands.conftest import Ran, Run
from tests.scanning import drawn_sheets as sheets
from tests.scanning.test_scan import exam, pages, printed, serials

__all__ = ["exam", "printed"]
READ = ("--exam", "exam", "--out", "out", "--processes", "1")


@pytest.fixture
def rooms(exam: Path) -> Path:
    """Two rooms of a sheet each."""
    for room, who in (("a", "10001"), ("b", "10002")):
        sheets.save(sheets.personal(exam, serials(exam)[who], "ABCD"), Path(f"{room}/{who}.png"))
    return exam


def contents(folder: str = "out") -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def is_refused(done: Ran, *said: str) -> bool:
    return done.status == 1 and all(one in done.err for one in said)


def test_other_scans_do_not_take_the_place_of_finished_ones(run: Run, rooms: Path) -> None:
    assert run("scan", "a", *READ).status == 0
    before = contents()
    assert is_refused(run("scan", "b", *READ), "1 scan file (a/10001.png)", "a separate folder")
    assert contents() == before
    assert run("scan", "a", *READ).status == 0
    assert contents() == before
    shutil.copy("a/10001.png", "b/renamed.png")
    more = run("scan", "b", *READ, "--json")
    assert (more.status, json.loads(more.out)["read_before"], len(pages())) == (0, 1, 2)
    assert is_refused(run("scan", "a", *READ), "2 scan files", "now: b/10002.png. ")
    assert not Path("out/begun.json").exists()


def test_a_source_that_is_gone_or_another_after_an_interruption_is_named(
    run: Run, rooms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from examgen.scanning import scan

    with monkeypatch.context() as patch:

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(scan, "settled", interrupted)
        assert run("scan", "a", "b", *READ).status == 130
    assert not Path("out/scan.json").exists()
    before = contents()
    assert is_refused(run("scan", "a", *READ), "now: b/10002.png. ")
    shutil.copy("b/10002.png", "kept.png")
    shutil.copy("a/10001.png", "b/10002.png")
    assert is_refused(run("scan", "a", "b", *READ), "b/10002.png (a different file now has this name)")
    assert contents() == before
    shutil.copy("kept.png", "b/10002.png")
    done = run("scan", "a", "b", *READ, "--json")
    assert (done.status, json.loads(done.out)["read_before"]) == (0, 2)


def test_a_file_that_could_not_be_read_may_be_replaced(run: Run, rooms: Path) -> None:
    whole = Path("a/10001.png").read_bytes()
    Path("a/10001.png").write_bytes(b"")
    assert run("scan", "a", *READ).status == 3
    assert is_refused(run("scan", "b", *READ), "a/10001.png")
    Path("a/10001.png").write_bytes(whole)
    assert run("scan", "a", *READ).status == 0


def test_hidden_files_are_named_and_not_read(run: Run, rooms: Path) -> None:
    for name in ("a/.x.png", "a/.DS_Store", "a/Thumbs.db", "a/.old/y.png"):
        Path(name).parent.mkdir(exist_ok=True)
        shutil.copy("b/10002.png", name)
    with zipfile.ZipFile("z.zip", "w") as packed:
        packed.write("b/10002.png", "10002.png")
        packed.write("b/10002.png", "__MACOSX/._10002.png")
    assert run("scan", "a", "z.zip", *READ).status == 3
    aside = {name[:-2]: row["reason"] for name, row in pages().items() if row["outcome"] == "set_aside"}
    hidden = ("a/.x.png", "a/.DS_Store", "a/Thumbs.db", "a/.old/y.png", "z.zip/__MACOSX/._10002.png")
    assert aside == dict.fromkeys(hidden, "hidden-file")
    assert sum(row["outcome"] == "read" for row in pages().values()) == 2
    assert len(os.listdir("out/scans")) == 3
    os.remove("a/.DS_Store")
    assert run("scan", "a", "z.zip", *READ).status == 3
    assert is_refused(run("scan", "b", *READ), "2 scan files (a/10001.png, z.zip/10002.png)")


def test_litter_of_file_managers_is_told_in_a_line_and_counts_for_nothing(run: Run, rooms: Path) -> None:
    for name in ("a/.DS_Store", "a/Thumbs.db", "a/desktop.ini", "a/._10001.png"):
        Path(name).write_bytes(b"\0\5\x16\7 of the system")
    with zipfile.ZipFile("z.zip", "w") as packed:
        packed.write("b/10002.png", "10002.png")
        packed.writestr("__MACOSX/._10002.png", b"\0\5\x16\7")
    done = run("scan", "a", "z.zip", *READ)
    assert (done.status, len(pages())) == (0, 2)
    assert "5 files of file managers were skipped: a/._10001.png, " in done.out + done.err
    assert json.loads(run("scan", "a", "z.zip", *READ, "--json").out)["passed_over"][-1].startswith("z.zip/")
    Path("only").mkdir()
    shutil.copy("a/.DS_Store", "only")
    assert run("scan", "only", "--exam", "exam", "--out", "other").status == 2


def test_a_folder_that_is_a_link_is_named(run: Run, rooms: Path) -> None:
    Path("a/more").symlink_to(Path("b").resolve())
    assert run("scan", "a", *READ).status == 3
    found = {name: (row["outcome"], row["reason"]) for name, row in pages().items()}
    assert found == {"a/10001.png:1": ("read", ""), "a/more:0": ("set_aside", "linked-folder")}
    os.remove("a/more")
    assert run("scan", "a", *READ).status == 0
    Path("linked").symlink_to(Path("b").resolve())  # named by the user: followed
    assert run("scan", "linked", "--exam", "exam", "--out", "other").status == 0


def test_a_folder_whose_scan_json_is_damaged_is_left_alone(run: Run, rooms: Path) -> None:
    assert run("scan", "a", *READ).status == 0
    whole = Path("out/scan.json").read_bytes()
    for damaged in (whole[:40], b"", b"[]", b'{"sources": [{"name": "x"}]}'):
        Path("out/scan.json").write_bytes(damaged)
        before = contents()
        for scans in ("a", "b"):
            assert is_refused(run("scan", scans, *READ), "scan.json is damaged", "a new folder")
        assert contents() == before


def test_a_folder_is_read_for_other_exams_only_elsewhere(run: Run, rooms: Path) -> None:
    code = str(sheets.sheet_of(rooms)["exam"])
    shutil.copytree(rooms, "second")
    for name in ("second/exam.yaml", "second/papers/sheet.json"):
        Path(name).write_text(Path(name).read_text("utf-8").replace(code, f"{code}-2"), "utf-8")
    assert run("scan", "a", *READ).status == 0
    before = contents()
    for exams in (("--exam", "second"), ("--exam", "exam", "--exam", "second")):
        done = run("scan", "a", *exams, "--out", "out")
        assert is_refused(done, f"contains a scan of {code}, not of", "a separate folder"), exams
        assert contents() == before
    assert run("scan", "a", *READ).status == 0


def test_nothing_is_left_where_nothing_was_there_to_be_read(run: Run, exam: Path) -> None:
    Path("empty").mkdir()
    assert run("scan", "empty", *READ).status == 2
    assert not Path("out").exists()
