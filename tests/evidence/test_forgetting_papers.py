"""A sitting with papers, scans and signed reports: pictures, PDF and codes of a person who is forgotten."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pypdfium2
import pytest
import yaml
from PIL import Image

from examgen.evidence.public import answer_to
from examgen.reports.verifying import verify_report
from tests.commands.conftest import write_blueprint
from tests.evidence.people import NAME, OTHER, OTHER_NAME, PERSON, ok, tombstone_in
from tests.evidence.searching import traces
from tests.samples import write_unit
from tests.sittings import table, write_table

ASKED = ("--by", "DPO", "--reason", "request 3/2569")
THIRD = "1-1002-00300-55-1"


@pytest.mark.long("prints, scans and signs; each kind of file is tried in the other tests of this folder")
def test_papers_scans_and_signed_reports(tmp_path: Path) -> None:
    place = tmp_path / "ws"
    place.mkdir()
    write_unit(place / "item_bank")
    (place / "output").mkdir()
    number = {"candidate_number": {"length": 13}}
    write_blueprint(
        place / "bp.yaml", forms=1, items=6, exam="X", papers={"personal": {"options": True}, **number}
    )
    ok(place, "build", "bp.yaml")
    people = [[PERSON, NAME, "301"], [OTHER, OTHER_NAME, "301"], [THIRD, "นายสาม สามคน", "302"]]
    write_table(place / "list.csv", people, ["candidate_id", "name", "room"])
    ok(place, "render", "output/X", "--candidates", "list.csv", "--replace")
    ok(place, "simulate", "output/X", "--scans", "sheets", "--seed", 1, "--format", "pdf")
    ok(place, "scan", "read", "sheets/scans", "--exam", "output/X", "--out", "read")
    ok(place, "scan", "gallery", "read", "--by", "clerk")
    ok(place, "take", "output/X", "read", "--as", "scan")
    ok(place, "score", "output/X")
    ok(
        place,
        "release",
        "output/X",
        "--run",
        1,
        "--by",
        "c",
        "--reason",
        "r",
        "--date",
        "2026-11-20",
        "--open-looks",
        "x",
    )
    ok(place, "site", "keys", "body.pem", "--body", "Body")
    (place / "keys").mkdir()
    shutil.copy(place / "body.public.json", place / "keys")
    ok(
        place,
        "report",
        "output/X",
        "--kind",
        "candidate",
        "--by",
        "candidate",
        "--html",
        "--verify-code",
        "body.pem",
    )
    ok(place, "report", "output/X", "--kind", "committee", "--lang", "th")
    ok(place, "scan", "annotate", "read", "--exam", "output/X", "--out", "annotated")
    reports = {one: place / f"output/X/reports/run-0001/candidate/{one}.pdf" for one in (PERSON, OTHER)}
    given = {one: tmp_path / f"{n}.pdf" for n, one in enumerate(reports)}
    for one, path in reports.items():
        shutil.copy(path, given[one])
    assert {"booklets.pdf", "sheets.pdf"} <= {
        Path(one.split(":")[0]).name for one in traces(place, [PERSON, NAME])
    }
    pages = _ink(place)

    text = ok(place, "forget", PERSON, *ASKED)
    tombstone = tombstone_in(text)
    assert traces(place, [PERSON, NAME, "ชูใจ ทองคำแท้"]) == []
    assert "examgen render output/X --candidates LIST" in text
    after = _ink(place)
    emptied = [key for key, ink in pages.items() if ink and not after.get(key)]
    theirs = [row for row in table(place / "read/pages.csv") if row["candidate_id"] == tombstone]
    assert len(emptied) == 3 * len(theirs) > 0  # as they were given, as they were read, as they were taken
    assert sum(after.values()) == sum(pages.values()) - len(emptied)
    ok(place, "verify", "output/X")
    ok(place, "score", "output/X")
    ok(place, "scan", "gallery", "read", "--by", "clerk")
    ok(place, "scan", "annotate", "read", "--exam", "output/X", "--out", "again")
    assert traces(place, [PERSON, NAME]) == []

    codes = {
        one: verify_report(str(path), [place / "body.public.json"]).codes[0].statement.candidate_id
        for one, path in given.items()
    }
    assert codes == {PERSON: PERSON, OTHER: OTHER}
    answers = {one: answer_to(place, _code(path)) for one, path in given.items()}
    assert answers[OTHER].standing == "valid"
    assert answers[OTHER].who == OTHER_NAME
    assert (answers[PERSON].standing, answers[PERSON].who) == ("unknown", "")
    said = json.loads(ok(place, "verify", "output/X", "--json"))
    assert yaml.safe_load((place / "output/X/exam.yaml").read_text("utf-8"))["files"]
    assert said["runs"][0]["run"] == 1


def _ink(place: Path) -> dict[tuple[str, int], bool]:
    """Of each page of a scan whether anything is on it."""
    found = {}
    for path in sorted(place.rglob("scans/*.pdf")):
        with pypdfium2.PdfDocument(path.read_bytes()) as document:
            for n, page in enumerate(document):
                picture: Image.Image = page.render(scale=0.3, grayscale=True).to_pil()
                low, _ = picture.getextrema()
                found[path.relative_to(place).as_posix(), n] = isinstance(low, int | float) and low < 200
    return found


def _code(path: Path) -> str:
    from examgen.reports.code_search import codes_on_pages

    return codes_on_pages(path)[0][0][1]
