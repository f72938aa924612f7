"""The committee's book: everybody in it once, numbers as in the files, whom corrections moved."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from examgen.core.resources import fonts, template_folders
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import Words, face_addresses
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.templates.filling import fill
from examgen.reports.committee_report import page as pages
from examgen.reports.committee_report.report import committee_book
from examgen.reports.tables import committee_tables
from examgen.scoring.compare import Compared, compare
from examgen.scoring.scored_run import ScoredRun
from tests.reports.scored_samples import blank, first, right, sat

FOLDERS = template_folders(Path())
WORDS = Words(messages(FOLDERS))
SIGNED = r'<table class="[^"]*\bsigned\b'


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ScoredRun:
    people = {"C10": right, "C9": first(8), "C2": first(7), "C3": blank}
    extra = {who: {"room": "2" if who == "C10" else "1"} for who in people}
    return sat(tmp_path_factory.mktemp("committee") / "exam", people, extra=extra)


def _html(
    run: ScoredRun, book: object, lang: str = "en", faces: dict[str, str] | None = None, **more: Any
) -> str:
    page = pages.committee_page(run, book, lang, WORDS, faces or {"400": "f"}, **more)  # type: ignore[arg-type]
    return fill("report-committee.html", page, FOLDERS, line_setter(FOLDERS))


def _cells(row: str) -> list[str]:
    return [
        re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
    ]


def test_a_list_too_long_for_the_pdf_is_on_the_page_alone(
    run: ScoredRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_IN_BOOK", 3)
    html = _html(run, committee_book(run), faces=face_addresses())
    assert "All 4 candidates stand in report.html beside this book." in html
    assert not re.search(SIGNED, html)
    context = pages.committee_page(run, committee_book(run), "en", WORDS)
    page = fill("report-committee.html", context, FOLDERS, line_setter(FOLDERS))
    assert "beside this book" not in page
    assert all(who in page.split('id="list"')[1] for who in run.candidates["candidate_id"])


def test_orders_of_their_own_change_under_the_form_that_they_were_drawn_from() -> None:
    """Of 200,000 of them the book had a line each."""
    forms = ["A-0001-15", "B-0002-09", "A-0003-06", "B-0004-03"]
    before = pl.DataFrame(
        {"candidate_id": list("1234"), "form": forms, "score": [1.0] * 4, "decision": "fail"}
    )
    found = compare(before, before.with_columns(score=pl.Series([2.0, 1.0, 2.0, 0.0])))
    changes = [(one.name, one.candidates_after, one.up, one.down) for one in found.groups["form"]]
    assert changes == [("A", 2, 2, 0), ("B", 2, 0, 1)]
    assert found.rows["form_after"].to_list() == ["A-0001-15", "A-0003-06", "B-0004-03"]


def test_a_change_of_thirds_is_that_of_points_before_they_were_rounded(run: ScoredRun) -> None:
    """From −0.6667 to 0.6667 is 4/3, in the book and in its table."""
    now = run.candidates.select(
        "candidate_id", "form", pl.col("score").cast(pl.String).cast(pl.Float64), "decision"
    )
    before, after = (
        now.with_columns(score=pl.when(pl.col("candidate_id") == "C2").then(points).otherwise("score"))
        for points in (-0.6667, 0.6667)
    )
    found = committee_book(run, Compared("0001", "0002", ("corrections",), compare(before, after)))
    html = _html(run, found)
    assert _cells(html[html.index("Results that differ from those of run 1</span> (1)") :].split("<tbody>")[1])[1:4] == [
        "−0.6667", "0.6667 / 12", "+1.3333",
    ]  # fmt: skip
    table = committee_tables(found)["moved"]
    assert table.select("score_before", "score_after", "change", "decision_after").row(0) == (
        -0.6667, 0.6667, 1.333333, now.row(by_predicate=pl.col("candidate_id") == "C2")[3],
    )  # fmt: skip


def test_of_many_who_moved_or_were_confirmed_those_with_another_decision_alone_are_listed(
    run: ScoredRun,
) -> None:
    """Six pages listed people of whom a correction changed nothing but a point, or a second look nothing."""
    many = [f"C{n}" for n in range(60)]
    before = pl.DataFrame({"candidate_id": many, "form": "A", "score": [6.0] * 60, "decision": ["fail"] * 60})
    after = before.with_columns(score=pl.lit(7.0), decision=pl.Series(["pass"] * 3 + ["fail"] * 57))
    found = committee_book(run, Compared("0001", "0002", ("corrections",), compare(before, after)))
    html = _html(run, found)
    part = html[html.index("Results that differ from those of run 1</span> (60)") :].split("</table>")[0]
    assert "The decision stays the same for 57 of them." in part
    assert part.count("<tr>") == 1 + 3
    assert committee_tables(found)["moved"].height == 60


def test_of_many_forms_those_with_the_most_changes_are_shown(
    run: ScoredRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_ROWS", 2)
    before = pl.DataFrame(
        {"candidate_id": list("123456"), "form": list("ABBCCC"), "score": [1.0] * 6, "decision": "fail"}
    )
    after = before.with_columns(score=pl.Series([1.0, 2.0, 1.0, 2.0, 2.0, 1.0]))
    for now, caption, shown in (
        (after, "The 2 forms with the most changes, of 3.", ["C", "B"]),
        (after.head(3), "", ["A", "B"]),
    ):
        found = compare(before.head(now.height), now)
        html = _html(run, committee_book(run, Compared("0001", "0002", ("corrections",), found)))
        [table] = [
            one for one in re.findall(r"<table[^>]*>(.*?)</table>", html, re.S) if ">score changed<" in one
        ]
        assert ("<caption>" in table) == bool(caption)
        assert caption in table
        assert [_cells(row)[0] for row in table.split("<tr>")[2:]] == shown


def test_contents_lead_to_every_part_and_the_book_says_it_is_confidential(run: ScoredRun) -> None:
    html = _html(run, committee_book(run), "both")
    anchors = re.findall(r'class="to" data-to="#(\w[\w-]*)"', html)
    assert len(anchors) >= 7
    assert all(html.count(f'id="{anchor}"') == 1 for anchor in anchors)
    assert "CONFIDENTIAL" in html


@pytest.mark.long("a whole PDF; the page that it is made of is read each time")
def test_the_pdf_has_contents_with_page_numbers(run: ScoredRun, tmp_path: Path) -> None:
    faces = {
        "400": (fonts() / "Sarabun-Regular.ttf").as_uri(),
        "700": (fonts() / "Sarabun-Bold.ttf").as_uri(),
    }
    html = _html(run, committee_book(run), "en", faces)
    readable = (*FOLDERS, fonts())
    path = tmp_path / "book.pdf"
    path.write_bytes(render_pdf(html, title="book", language="en", readable=readable, variant="pdf/ua-1"))
    said = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    pages_of = said.split("\f")
    listed = dict(re.findall(r"\d\. ([^.\n]+?) ?\.{3,} ?(\d+)", pages_of[0]))
    assert len(listed) == 8
    assert all(name in pages_of[int(page) - 1] for name, page in listed.items())


@pytest.mark.parametrize("faces", [None, face_addresses()])
def test_a_list_too_long_for_a_page_is_left_to_the_table_beside(
    run: ScoredRun, monkeypatch: pytest.MonkeyPatch, faces: dict[str, str] | None
) -> None:
    monkeypatch.setattr(pages, "MOST_SHOWN", 3)
    html = _html(run, committee_book(run), faces=faces)
    assert "All 4 candidates stand in list.csv beside this book." in html
    assert not re.search(SIGNED, html)
    assert "C10" not in html.split('id="near"')[0]


def test_of_many_rooms_the_ledger_shows_those_that_do_not_add_up(run: ScoredRun) -> None:
    heads = ("by", "name", "registered", "present", "absent", "scored", "missing")
    rooms = [
        ("room", f"R{n}", "2", "2", "0", "1" if n == 7 else "2", "1" if n == 7 else "0") for n in range(400)
    ]
    total = ("total", "", "800", "800", "0", "799", "1")
    for shown, wanted in ((rooms[:20], 21), (rooms, 2)):
        ledger = pl.DataFrame([total, *shown], dict.fromkeys(heads, pl.String), orient="row")
        html = _html(run, committee_book(run._replace(ledger=ledger)))
        [table] = re.findall(r'<table class="[^"]*ledger">.*?</table>', html, re.S)
        assert len(re.findall("<tr class=", table)) == wanted
        assert ">R7<" in table
        assert ("stand here only where somebody is in quarantine" in html) == (wanted == 2)
