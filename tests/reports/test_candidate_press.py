"""Reports composed of parts: their text, pages and bytes, and what is one candidate's own in them."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from bs4 import BeautifulSoup

from examgen.core.models.base import Bilingual
from examgen.core.problems import Refused
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import Words, face_addresses, report_context
from examgen.rendering.pdf.isolate_pages import Fragment
from examgen.rendering.pdf.page_parts import parts
from examgen.rendering.pdf.slots import PieceComposer, picture
from examgen.rendering.pdf.source import comparable, expected_text
from examgen.rendering.templates.filling import fill
from examgen.reports.candidate_report.facts import candidate_facts
from examgen.reports.candidate_report.page import VerifyCode, candidate_page
from examgen.reports.candidate_report.press import CandidatePress
from examgen.reports.candidate_report.report import CandidateReport, candidate_report, candidate_rows
from examgen.scoring.scored_run import ScoredRun
from tests.effort import some
from tests.papers.pages import TEMPLATES, page_texts
from tests.reports.scored_samples import blank, first, items_of, long_unit, right, sat

LONG = ("นางสาวณัฏฐ์ชุดากาญจน์กนกวรรณ รัตนโกสินทร์มหาสถาพรพิพัฒน์กุลชัย ณ อยุธยาเมืองหลวงเก่าสุดไกลโพ้น" * 2)[:90]
PLACE = (
    (Bilingual(th="ศูนย์สอบ", en="Centre"), "น้ำพอง"),
    (Bilingual(th="ห้อง", en="Room"), "ศูนย์ประชุมกิตติคุณ ชั้น 2"),
    (Bilingual(th="ที่นั่ง", en="Seat"), "B12"),
)
LISTS: dict[str, Any] = {"skills": ["ทักษะการสื่อสาร"], "knowledge": ["ความรู้เรื่องกฎหมาย", "Social media"]}


class Made:
    """The reports of a run, and their page of HTML."""

    def __init__(self, run: ScoredRun, lang: Any = "both", digits: Any = "arabic") -> None:
        self.digits = digits
        self.code: VerifyCode | None = None
        shared = candidate_facts(run, Words(messages(TEMPLATES), digits))
        known = [candidate_report(shared, row) for row in candidate_rows(run)]
        names = ("John <b>Smith</b>", LONG, "น้ำทิพย์ ศักดิ์สิทธิ์")
        self.reports = [
            one._replace(name=name, place=PLACE if n % 2 else ())
            for n, (one, name) in enumerate(zip(known, names, strict=False))
        ]
        self.context: dict[str, Any] = {
            **report_context(run, lang, digits, face_addresses()),
            "printed": True,
        }

    def html(self, report: CandidateReport) -> str:
        page = candidate_page(self.context, report, code=self.code)
        return fill("report-candidate.html", page, TEMPLATES, line_setter(TEMPLATES))

    def press(self) -> CandidatePress:
        return CandidatePress(
            self.html,
            lambda: self.reports,
            TEMPLATES,
            digits=self.digits,
            language=str(self.context["page_lang"]),
        )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ScoredRun:
    people = {"001": right, "002": blank, "107": first(7)}
    asked = {"rank": True, "percentile": True}
    return sat(tmp_path_factory.mktemp("sat") / "exam", people, unit=LISTS, report=asked)


@pytest.fixture(scope="module", params=some(["both", "en"], 1))
def made(request: pytest.FixtureRequest, run: ScoredRun) -> Made:
    return Made(run, request.param, "thai" if request.param == "both" else "arabic")


@pytest.fixture(scope="module")
def press(made: Made) -> CandidatePress:
    return made.press()


def written(press: CandidatePress, path: Path, reports: Iterable[CandidateReport]) -> bytes:
    press.write(path, reports, "รายงานผล")
    return path.read_bytes()


def found_in(path: Path) -> str:
    """The words of a file in the order of its drawing."""
    command = ["pdftotext", "-raw", path, "-"]
    return comparable(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def wanted(html: str) -> str:
    """The words of a page but its foot."""
    body = BeautifulSoup(html, "html.parser").body
    assert body is not None
    for foot in body.select("footer"):  # on every page
        foot.decompose()
    return comparable(expected_text(str(body)))


def test_nothing_of_the_page_of_html_is_lost_and_lines_stand_in_their_order(
    made: Made, press: CandidatePress, tmp_path: Path
) -> None:
    for report in made.reports:
        press.write(tmp_path / "one.pdf", [report], "report")
        found = found_in(tmp_path / "one.pdf")
        assert Counter(wanted(made.html(report))) - Counter(found) == Counter()
        places = [found.index(comparable(line.place.title)) for line in report.lines]
        assert places == sorted(places)


def test_every_word_is_found_by_pdftotext(made: Made, press: CandidatePress, tmp_path: Path) -> None:
    for report in made.reports:
        press.write(tmp_path / "one.pdf", [report], "report")
        found = found_in(tmp_path / "one.pdf")
        values = [report.candidate_id, report.form, *(value for _, value in report.place)]
        for text in (report.name, *values, *(line.place.title for line in report.lines)):
            assert comparable(text) in found
        assert f"{report.candidate_id}·" in found
        assert all(comparable(value) in found for _, value in made.context["foot"] if isinstance(value, str))


def test_each_report_has_a_bookmark(made: Made, press: CandidatePress, tmp_path: Path) -> None:
    press.write(tmp_path / "room.pdf", made.reports, "room")
    with pikepdf.open(tmp_path / "room.pdf") as pdf, pdf.open_outline() as outline:
        titles = [one.title for one in outline.root]
        pages = [pdf.pages.index(pikepdf.Page(one.destination[0])) for one in outline.root]
    assert titles == [f"{one.candidate_id} {one.name}".strip() for one in made.reports]
    texts = page_texts((tmp_path / "room.pdf").read_bytes())
    assert all(one.candidate_id in texts[n] for one, n in zip(made.reports, pages, strict=True))


def test_the_same_bytes_again_from_a_press_of_its_own(
    run: ScoredRun, made: Made, press: CandidatePress, tmp_path: Path
) -> None:
    again = made.press()
    for reports in (made.reports, made.reports[:1]):
        assert written(press, tmp_path / "a.pdf", reports) == written(again, tmp_path / "b.pdf", reports)


@pytest.mark.long("a standard of sixty criteria; test_thirty_long_criteria_go_on_overleaf has it in HTML")
def test_a_long_standard_goes_on_below_its_head_again(tmp_path: Path) -> None:
    unit = long_unit(60, 200)
    made = Made(sat(tmp_path / "exam", {"1": first(30)}, items_of(unit, 1), unit=unit, n_items=60))
    data = written(made.press(), tmp_path / "long.pdf", made.reports)
    pages = page_texts(data)
    codes = [line.place.code for line in made.reports[0].lines if line.place.level == "pc"]
    assert len(codes) == 60
    assert len(pages) > 3
    tables = [page for page in pages if "(interval)" in page]
    assert len(tables) > 2
    assert Counter(wanted(made.html(made.reports[0]))) - Counter(comparable("".join(pages))) == Counter()
    assert all(f"{number}/{len(pages)}" in comparable(page) for number, page in enumerate(pages, 1))


@pytest.mark.long("what is laid out how often changes no page")
@pytest.mark.parametrize(("n_entries", "times"), [(1, 1), (150, 2)])
def test_entries_of_a_list_are_laid_out_only_where_it_is_taken_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_entries: int, times: int
) -> None:
    """In the list, and again alone where the list would fill half a page."""
    unit = {**LISTS, "skills": [f"Skill{n}x" for n in range(n_entries)]}
    made = Made(sat(tmp_path / "exam", {"1": blank}, unit=unit), "en")
    laid_out = list[str]()
    pieces = PieceComposer.pieces

    def noted(press: PieceComposer, parts: Sequence[Fragment]) -> Any:
        laid_out.extend(one.html for one in parts)
        return pieces(press, parts)

    monkeypatch.setattr(PieceComposer, "pieces", noted)
    written(made.press(), tmp_path / "one.pdf", made.reports)
    assert sum("Skill0x" in html for html in laid_out) == times
    assert Counter(wanted(made.html(made.reports[0]))) - Counter(found_in(tmp_path / "one.pdf")) == Counter()


def test_a_code_is_drawn_for_each_candidate(run: ScoredRun, tmp_path: Path) -> None:
    made = Made(run)
    made.code = VerifyCode(picture("รหัสตรวจสอบ"), "")
    squares = {one.candidate_id: [(n / 9, 0.5, 1 / 9, 0.25)] for n, one in enumerate(made.reports)}
    press = CandidatePress(
        made.html, lambda: made.reports, TEMPLATES, code=lambda one: squares[one.candidate_id]
    )
    written(press, tmp_path / "room.pdf", made.reports)
    with pikepdf.open(tmp_path / "room.pdf") as pdf:
        drawn = b"".join(page.Contents.read_bytes() for page in pdf.pages)
    rows = [tuple(map(float, line.split()[:4])) for line in drawn.splitlines() if line.endswith(b" re")]
    shown = [
        x / (9 * width) for x, _, width, height in rows if 9 * width == pytest.approx(4 * height, rel=1e-3)
    ]
    assert shown == pytest.approx([n / 9 for n in range(len(made.reports))], abs=1e-3)


def test_a_template_without_the_parts_is_refused(run: ScoredRun) -> None:
    made = Made(run)
    with pytest.raises(Refused, match='data-part="verdict"'):
        CandidatePress(
            lambda report: made.html(report).replace('data-part="verdict"', ""),
            lambda: made.reports,
            TEMPLATES,
        )


def test_a_run_of_nobody_has_nothing_to_write(tmp_path: Path) -> None:
    press = CandidatePress(lambda report: "", lambda: [], TEMPLATES)
    with pytest.raises(Refused, match="no candidate"):
        press.write(tmp_path / "none.pdf", [], "none")
    assert not (tmp_path / "none.pdf").exists()


def test_parts_stand_in_what_they_stood_in() -> None:
    html = (
        '<html><body><main class="m"><br><section data-part="a">x<p data-part="b">1 &lt; 2</p>'
        '<p data-part="b">z</p><svg><rect/></svg></section></main><p data-part="c">q</body></html>'
    )
    assert [(one.name, one.html) for one in parts(html, ("a", "b"))] == [
        ("a", '<main class="m"><section data-part="a">x<svg><rect/></svg></section></main>'),
        ("b", '<main class="m"><section data-part="a"><p data-part="b">1 &lt; 2</p></section></main>'),
        ("b", '<main class="m"><section data-part="a"><p data-part="b">z</p></section></main>'),
    ]
