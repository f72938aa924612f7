"""Reports composed of parts: their text, pages and bytes, and what is one candidate's own in them."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from bs4 import BeautifulSoup

from examgen.core.models.field_types import Bilingual
from examgen.core.problems import Refused
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import Words, face_addresses, report_context
from examgen.rendering.pdf.slots import picture
from examgen.rendering.pdf.source import comparable, expected_text
from examgen.rendering.templates.filling import fill
from examgen.reports.candidate_report.facts import candidate_facts
from examgen.reports.candidate_report.page import VerifyCode, candidate_page
from examgen.reports.candidate_report.report import CandidateReport, candidate_report, candidate_rows
from examgen.reports.codes import modules
from examgen.reports.press import Cutter, OwnValues, Press
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
        self._press: Press | None = None
        shared = candidate_facts(run, Words(messages(TEMPLATES), digits))
        known = [candidate_report(shared, row) for row in candidate_rows(run)]
        names = ("John <b>Smith</b>", LONG, "น้ำทิพย์ ศักดิ์สิทธิ์")
        self.reports = [
            one._replace(name=name, place=PLACE if n % 2 else ())
            for n, (one, name) in enumerate(zip(known, names, strict=False))
        ]
        self.context: dict[str, Any] = report_context(run, lang, digits, face_addresses())

    def html(self, report: CandidateReport, own: OwnValues | None = None) -> str:
        page = candidate_page(self.context, report, code=self.code, own=own)
        return fill("report-candidate.html", page, TEMPLATES, line_setter(TEMPLATES))

    def write(
        self, path: Path, reports: Sequence[CandidateReport], codes: Sequence[str] = (), again: bool = False
    ) -> None:
        """Writes these reports with the parts of all, which are laid out once or again."""
        cutter, sheets = Cutter(), {}
        for n, one in enumerate(self.reports):
            own = OwnValues()
            bookmark = " ".join(filter(None, (one.candidate_id, one.name)))
            code = codes[n] if codes else ""
            html = self.html(one, own)
            sheets[one.candidate_id] = cutter.sheet(html, own, bookmark, f"{one.candidate_id} · ", code)
        if again or self._press is None:
            self._press = Press(
                cutter, TEMPLATES, digits=self.digits, language=str(self.context["page_lang"])
            )
        self._press.write(path, [sheets[one.candidate_id] for one in reports], "รายงานผล")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ScoredRun:
    people = {"001": right, "002": blank, "107": first(7)}
    asked = {"rank": True, "percentile": True}
    return sat(tmp_path_factory.mktemp("sat") / "exam", people, unit=LISTS, report=asked)


@pytest.fixture(scope="module", params=some(["both", "en"], 1))
def made(request: pytest.FixtureRequest, run: ScoredRun) -> Made:
    return Made(run, request.param, "thai" if request.param == "both" else "arabic")


def wanted(html: str) -> str:
    """The words of a page but its foot."""
    body = BeautifulSoup(html, "html.parser").body
    assert body is not None
    for foot in body.select("footer"):  # on every page
        foot.decompose()
    return comparable(expected_text(str(body)))


def test_nothing_of_the_page_of_html_is_lost_and_lines_stand_in_their_order(
    made: Made, tmp_path: Path
) -> None:
    path = tmp_path / "one.pdf"
    for report in made.reports:
        made.write(path, [report])
        command = ["pdftotext", "-raw", path, "-"]
        found = comparable(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        assert Counter(wanted(made.html(report))) - Counter(found) == Counter()
        places = [found.index(comparable(line.place.title)) for line in report.lines]
        assert places == sorted(places)
        assert f"{report.candidate_id}·" in found
        assert all(comparable(value) in found for _, value in made.context["foot"] if isinstance(value, str))


@pytest.mark.long("printed twice; test_nothing_of_the_page_of_html_is_lost prints it each time")
def test_each_report_has_a_bookmark_and_the_same_bytes_again(made: Made, tmp_path: Path) -> None:
    for name in ("room.pdf", "again.pdf"):
        made.write(tmp_path / name, made.reports, again=name == "again.pdf")
    assert (tmp_path / "room.pdf").read_bytes() == (tmp_path / "again.pdf").read_bytes()
    with pikepdf.open(tmp_path / "room.pdf") as pdf, pdf.open_outline() as outline:
        titles = [one.title for one in outline.root]
        pages = [pdf.pages.index(pikepdf.Page(one.destination[0])) for one in outline.root]
    assert titles == [f"{one.candidate_id} {one.name}".strip() for one in made.reports]
    texts = page_texts((tmp_path / "room.pdf").read_bytes())
    assert all(one.candidate_id in texts[n] for one, n in zip(made.reports, pages, strict=True))


@pytest.mark.long("a standard of sixty criteria; test_thirty_long_criteria_go_on_overleaf has it in HTML")
@pytest.mark.parametrize("n_entries", [1, 150])
def test_a_long_standard_goes_on_below_its_head_again_and_long_lists_entry_by_entry(
    tmp_path: Path, n_entries: int
) -> None:
    unit = {**long_unit(60, 200), **LISTS, "skills": [f"Skill{n}x" for n in range(n_entries)]}
    made = Made(sat(tmp_path / "exam", {"1": first(30)}, items_of(unit, 1), unit=unit, n_items=60))
    made.write(tmp_path / "long.pdf", made.reports)
    pages = page_texts((tmp_path / "long.pdf").read_bytes())
    assert len([line for line in made.reports[0].lines if line.place.level == "pc"]) == 60
    assert len([page for page in pages if "(interval)" in page]) > 2
    assert Counter(wanted(made.html(made.reports[0]))) - Counter(comparable("".join(pages))) == Counter()
    assert all(f"{number}/{len(pages)}" in comparable(page) for number, page in enumerate(pages, 1))


@pytest.mark.long("pictures of codes; test_signed_pages reads the code of each report")
def test_a_code_is_drawn_for_each_candidate(run: ScoredRun, tmp_path: Path) -> None:
    made = Made(run)
    made.code = VerifyCode(picture("รหัสตรวจสอบ"), "")
    codes = [f"EG1:{n}" for n, _ in enumerate(made.reports)]
    made.write(tmp_path / "room.pdf", made.reports, codes)
    with pikepdf.open(tmp_path / "room.pdf") as pdf:
        drawn = b"".join(page.Contents.read_bytes() for page in pdf.pages)
    assert drawn.count(b" re") >= sum(len(modules(code)) for code in codes)


def test_a_template_without_a_foot_is_refused_and_so_is_a_run_of_nobody(run: ScoredRun) -> None:
    made, cutter, own = Made(run), Cutter(), OwnValues()
    html = made.html(made.reports[0], own).replace('data-part="foot"', "")
    cutter.sheet(html, own, "", "")
    with pytest.raises(Refused, match='data-part="foot"'):
        Press(cutter, TEMPLATES)
    with pytest.raises(Refused, match="no candidate"):
        Press(Cutter(), TEMPLATES)


def test_parts_stand_in_what_they_stood_in() -> None:
    own, cutter = OwnValues(), Cutter()
    value = own("<b>สมชาย")
    html = (
        '<html><body><main class="m"><br><section data-part="a">x<p data-part="b" data-flow="keep">1 &lt; 2</p>'
        f'<p id="q" data-part="b">{value}</p><svg><rect/></svg></section></main><p data-part="c">q</body></html>'
    )
    sheet = cutter.sheet(html, own, "", "")
    parts = [(one.name, [*one.flow], one.html) for one in cutter.numbers]
    assert parts == [
        ("a", [], '<main class="m"><section data-part="a">x<svg><rect/></svg></section></main>'),
        (
            "b",
            ["keep"],
            '<main class="m"><section data-part="a"><p data-part="b" data-flow="keep">1 &lt; 2</p>'
            "</section></main>",
        ),
        ("b", [], '<main class="m"><section data-part="a"><p data-part="b">‡own_a‡</p></section></main>'),
    ]
    assert (sheet.parts, sheet.values) == ((0, 1, 2), ("<b>สมชาย",))
