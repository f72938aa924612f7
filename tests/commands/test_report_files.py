"""`examgen report --kind candidate --by …`: which reports are in which file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.papers.pages import page_texts
from tests.reports.scored_samples import first, right, sat

PLACES = {
    "P-01": ("ขอนแก่น", "101"), "P-02": ("น้ำพอง", "101"), "P-03": ("ขอนแก่น", "102"),
    "P-04": ("ขอนแก่น", "101"), "P-05": ("น้ำพอง", ""), "P-06": ("", "9"), "P-07": ("", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sat")
    people = {one: right if one == "P-01" else first(5) for one in PLACES}
    extra = {one: {"centre": centre, "room": room} for one, (centre, room) in PLACES.items()}
    sat(folder, people, extra=extra)
    (package,) = {path.parent for path in folder.rglob("exam.yaml")}
    return package


def whose(folder: Path) -> dict[str, list[str]]:
    """By name of a file the candidates whose reports are in it, in their order."""
    found = {}
    for path in sorted(folder.glob("*.pdf")):
        pages = page_texts(path.read_bytes())
        ids = [next(one for one in PLACES if one in page) for page in pages]
        found[path.name] = [*dict.fromkeys(ids)]
    return found


def test_a_file_for_each_centre_where_nothing_is_said(package: Path, run: Run, tmp_path: Path) -> None:
    run.ok("report", package, "--kind", "candidate", "--lang", "th", "--out", tmp_path / "out")
    assert whose(tmp_path / "out") == {
        "without-centre.pdf": ["P-06", "P-07"],  # a room is no centre
        "ขอนแก่น.pdf": ["P-01", "P-03", "P-04"],
        "น้ำพอง.pdf": ["P-02", "P-05"],
    }


def test_a_file_for_each_room_and_one_for_those_without(package: Path, run: Run, tmp_path: Path) -> None:
    words = ("--kind", "candidate", "--lang", "th", "--by", "room", "--out", tmp_path / "out")
    ran = run.ok("report", package, *words, "--json")
    assert whose(tmp_path / "out") == {
        "9.pdf": ["P-06"], "without-room.pdf": ["P-05", "P-07"], "ขอนแก่น-101.pdf": ["P-01", "P-04"],
        "ขอนแก่น-102.pdf": ["P-03"], "น้ำพอง-101.pdf": ["P-02"],
    }  # fmt: skip
    (problem,) = json.loads(ran.out)["problems"]
    assert (problem["source"], problem["code"]) == ("without-room.pdf", "no-room")
    assert "2 candidates" in problem["message"]


def test_files_for_what_nobody_knows_are_refused(package: Path, run: Run) -> None:
    ran = run("report", package, "--kind", "candidate", "--by", "seat")
    assert ran.status == 2
    assert "--by must be one of centre, room, candidate, not seat" in ran.text


def test_files_of_an_earlier_report_that_go_are_named(package: Path, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("report", package, "--kind", "candidate", "--no-pdf", "--lang", "th", "--out", out)
    assert "removed" not in run(*words).text
    before = {path.name for path in out.glob("*.html")}
    fewer = run(*words, "--candidate", "P-01")
    gone = before - {path.name for path in out.glob("*.html")}
    assert gone == {f"P-0{n}.html" for n in range(2, 8)}
    assert "files of the earlier report removed from" in " ".join(fewer.text.split())
    assert "6 (P-02.html, P-03.html, P-04.html, P-05.html, P-06.html …)" in " ".join(fewer.text.split())
    assert run.json(*words, "--candidate", "P-02")["reports"][0]["removed"] == ["P-01.html"]
