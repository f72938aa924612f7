"""The report of an exam's analysis: a planted wrong key first, figures as in the document, self-contained."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pikepdf
import pytest

from examgen.analysis.exam import ExamAnalysis, analyse_exam
from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.reports.analysis_report.figures import option_curves
from examgen.reports.analysis_report.page import number
from examgen.reports.analysis_report.words import SURE
from examgen.reports.analysis_report.writing import r_code, write_report
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from examgen.scoring.options import ScoringOptions
from examgen.stats.key_alarm import ALMOST_CERTAIN, LIKELY, POSSIBLE
from tests.reports.scored_samples import unbroken
from tests.samples import blueprint, shelf
from tests.sittings import table

WORKSPACE = Path(__file__).parents[2]


class Sat:
    """An exam that was analysed, and the item whose key was planted."""

    def __init__(self, folder: Path, candidates: int, pdf: bool = False) -> None:
        self.folder = folder / "exam"
        built = assemble([shelf()], *blueprint(forms=2, items=10, anchor=4))
        write_package(self.folder, exam_files(built, bank_sha256([shelf()]), {}))
        simulations.simulate(self.folder, candidates, 6, folder / "answers.csv")
        first = table(self.folder / "secure/key.csv")[0]
        order = next(
            row["options"].split()
            for row in table(self.folder / "secure/forms.csv")
            if row["item"] == first["item"] and row["form"] == first["form"]
        )
        right = order["ABCD".index(first["key"])]
        self.planted, self.right = str(first["item"]), right
        wrong = next(option for option in "abcd" if option != right)
        path = folder / "corrections.yaml"
        path.write_text(
            f"- {{kind: rekey, item: {self.planted}, key: {wrong}, reason: planted, by: us, "
            "date: 2026-11-20}\n",
            "utf-8",
        )
        sittings.score(self.folder, [folder / "answers.csv"], options=ScoringOptions(corrections=path))
        self.found: ExamAnalysis = analyse_exam(self.folder)
        self.made = write_report(self.folder, self.found, WORKSPACE, folder / "made", pdf=pdf).folder
        self.html = (self.made / "report.html").read_text("utf-8")


@pytest.fixture(scope="module")
def sat(tmp_path_factory: pytest.TempPathFactory) -> Sat:
    """300 candidates, and the PDF."""
    return Sat(tmp_path_factory.mktemp("sat"), 300, pdf=True)


def figures(html: str) -> Iterator[ElementTree.Element]:
    """The SVG of a page."""
    for found in re.findall(r'<svg class="plot".*?</svg>', html, re.S):
        yield ElementTree.fromstring(found)


def test_the_planted_wrong_key_is_the_first_alarm_with_its_correction(sat: Sat) -> None:
    [first, *_] = re.findall(r'<div class="alarm">.*?</pre>', sat.html, re.S)
    assert f">{sat.planted}</a>" in first
    assert f"item: {sat.planted}" in first
    assert f"key: {sat.right}" in first
    assert sat.found.document["items"][0]["name"] == sat.planted


def test_dropping_an_item_is_for_where_no_option_is_right(sat: Sat, tmp_path: Path) -> None:
    alarms = [{**sat.found.document["alarms"][0], "suggested": None, "correction": "- kind: drop"}]
    found = sat.found._replace(document={**sat.found.document, "alarms": alarms})
    made = write_report(sat.folder, found, WORKSPACE, tmp_path / "made", pdf=False)
    html = (made.folder / "report.html").read_text("utf-8")
    assert "If no option is right, this goes into corrections.yaml:" in html
    assert "If the key is wrong" not in html
    assert "If the key is wrong" in sat.html


def test_r_code_takes_what_does_not_vary_from_the_model_alone(sat: Sat) -> None:
    rows = [
        {**row, "standing": "pilot" if n == 0 else "scored"}
        for n, row in enumerate(sat.found.document["items"])
    ]
    code = r_code({**sat.found.document, "items": rows}, sat.found.chosen.items)
    model, classical = code.split("# Classical")
    assert model.index("length(unique(na.omit(x))) > 1") < model.index("k <- ncol(X)")
    assert f'pilot <- c("{rows[0]["name"]}")' in classical
    assert "Y <- A[" in classical


def test_each_figure_tells_what_it_shows_and_ids_are_its_own(sat: Sat) -> None:
    drawn = list(figures(sat.html))
    assert len(drawn) > 2 * len(sat.found.document["items"])
    for one in drawn:
        texts = {child.tag.rpartition("}")[2]: child.text for child in one[:2]}
        assert texts["title"]
        assert texts["desc"]
    ids = re.findall(r' id="([^"]+)"', sat.html)
    assert len(ids) == len(set(ids))


def test_headings_go_down_one_step_at_a_time_and_no_other_file_is_asked_for(sat: Sat) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", sat.html)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert not re.search(r'(?:src|href)="(?!#|data:)|url\("(?!data:)', sat.html)


def test_no_candidate_is_named(sat: Sat) -> None:
    names = [str(name) for name in sat.found.administration.chosen.candidates]
    assert len(names) == sat.found.document["n_candidates"] > 0
    assert not any(name in sat.html for name in names)


def test_the_same_run_gives_the_same_bytes(sat: Sat, tmp_path: Path) -> None:
    again = write_report(sat.folder, analyse_exam(sat.folder), WORKSPACE, tmp_path / "again", pdf=False)
    for name in again.names:
        assert (again.folder / name).read_bytes() == (sat.made / name).read_bytes(), name


@pytest.mark.parametrize("candidates", [1, 12])
def test_few_candidates_are_told_as_such(tmp_path: Path, candidates: int) -> None:
    few = Sat(tmp_path, candidates)
    said = "is only 1 candidate," if candidates == 1 else f"are only {candidates} candidates,"
    assert said in few.html
    assert not re.search(r">\s*(nan|None|inf)\s*<", few.html, re.I)


def test_every_curve_of_an_option_has_its_name_within_the_figure() -> None:
    shares = {"a": (0.6, 0.8, 0.9, 0.95, 1.0), **dict.fromkeys("bcd", (0.1, 0.05, 0.03, 0.01, 0.0))}
    drawn = ElementTree.fromstring(option_curves("one", shares, [20] * 5, ["a"]))
    height = float(drawn.attrib["viewBox"].split()[3])
    places = {
        str(child.text)[0]: float(child.attrib["y"])
        for child in drawn
        if child.tag.endswith("text") and str(child.text)[0] in "abcd" and "y" in child.attrib
    }
    assert set(places) == set("abcd")
    assert all(8 < y < height for y in places.values())
    assert min(abs(y - other) for y in places.values() for other in places.values() if y != other) >= 13.9


@pytest.mark.parametrize(
    ("value", "shown"), [(-0.001, "0.00"), (-0.5, "−0.50"), (None, "–"), (1200, "1,200")]
)
def test_a_number_has_a_real_minus_and_none_on_nought(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(("min_n", "examined"), [(1000, 0), (200, 4), (1, 16)])
def test_what_was_not_examined_is_never_none_found(
    sat: Sat, tmp_path: Path, min_n: int, examined: int
) -> None:
    """150 candidates a form, 4 items on both: of 16 items none, the common ones, or all have enough."""
    document = analyse_exam(sat.folder, model="rasch", min_n=min_n).document
    assert (document["n_examined"], document["n_items"]) == (examined, 16)
    assert all(alarm["n"] >= min_n for alarm in document["alarms"])
    found = sat.found._replace(document={**document, "alarms": []})
    html = (
        write_report(sat.folder, found, WORKSPACE, tmp_path, pdf=False).folder / "report.html"
    ).read_text()
    assert ("No key raised an alarm. Where few candidates answered, a wrong key may raise none." in html) is (
        examined == 16
    )
    assert ("Of the 4 items examined, no key raised" in html) is (examined == 4)
    left = 16 - examined
    assert (f"{left} of 16 items were not examined, because fewer than {min_n} candidates" in html) is bool(
        left
    )
    assert (f"{left} จาก 16 ข้อ เพราะมีผู้ตอบไม่ถึง {min_n} คน" in unbroken(html)) is bool(left)
    tiles = re.findall(r'class="tile[^>]*>.*?<b>([^<]*)</b>', html)
    assert tiles[0] == ("0" if examined else "–")
    assert (tiles[1] == "–") is (not examined)


def test_made_up_candidates_and_drafts_are_said_first(sat: Sat, tmp_path: Path) -> None:
    document = sat.found.document
    n = document["n_candidates"]
    assert (document["n_synthetic"], document["draft"]) == (n, True)
    printed = document["n_printed"]
    assert document["n_unapproved"] == printed >= document["n_items"]
    none = "Draft. No item of this exam was approved by a subject-matter expert."
    part = f"Draft. 3 of {printed} items were not approved by a subject-matter expert."
    few, some = ({**document, "n_synthetic": 7, "n_unapproved": k} for k in (3, 0))
    for found, words, draft in (
        (document, "No real person took this exam", none),
        (few, f"7 of {n:,}", part),
        (some, f"7 of {n:,}", ""),
    ):
        told = sat.found._replace(document=found)
        page = (
            write_report(sat.folder, told, WORKSPACE, tmp_path / str(len(draft)), pdf=False).folder
            / "report.html"
        ).read_text("utf-8")
        assert words in page
        assert [one for one in (none, part) if one in page] == ([draft] if draft else [])


def test_a_wrong_key_of_48_candidates_is_found_and_what_so_few_cannot_tell_is_said(tmp_path: Path) -> None:
    """One form, as most bodies sit it: the key of a question is another letter than the able marked."""
    folder = tmp_path / "exam"
    built = assemble([shelf(12)], *blueprint(items=30))
    write_package(folder, exam_files(built, bank_sha256([shelf(12)]), {}))
    simulations.simulate(folder, 48, 6, tmp_path / "answers.csv")
    rows = table(tmp_path / "answers.csv")
    keys = {row["question"]: row["key"] for row in table(folder / "secure/key.csv")}
    right = np.array([[row[f"Q{q}"] == key for q, key in keys.items()] for row in rows], dtype=float)
    with np.errstate(invalid="ignore"):  # all may have an item right
        rest = [np.corrcoef(right[:, n], np.delete(right, n, 1).sum(1))[0, 1] for n in range(30)]
    question = str(int(np.nanargmax(rest)) + 1)
    key = keys[question]
    other = "ABCD"["ABCD".index(key) - 1]
    for row in rows:
        mark = row[f"Q{question}"]
        row[f"Q{question}"] = {key: other, other: key}.get(mark, mark)
    with (tmp_path / "answers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    sittings.score(folder, [tmp_path / "answers.csv"])
    found = analyse_exam(folder)
    first = found.document["alarms"][0]
    [item] = [row["name"] for row in found.document["items"] if row["asked"][0]["question"] == int(question)]
    assert (first["item"], first["n"]) == (item, 48)
    assert first["sure"] in ("likely", "almost certain")
    assert (found.document["n_examined"], found.document["n_fully_examined"]) == (30, 0)
    html = (
        write_report(folder, found, WORKSPACE, tmp_path / "made", pdf=False).folder / "report.html"
    ).read_text("utf-8")
    assert (
        "30 of 30 items had fewer than 50 candidates each. Only findings beyond chance are listed for them."
        in html
    )
    assert "an item that is not listed may still be poor." in html
    assert "none looks as if its key" not in html
    assert "No key raised an alarm" not in html


def test_items_stand_two_to_a_page_or_closer(sat: Sat) -> None:
    with pikepdf.open(sat.made / "report.pdf") as pdf:
        assert len(pdf.pages) <= 5 + 0.6 * len(sat.found.document["items"])


def test_the_title_of_the_file_is_in_its_language(sat: Sat) -> None:
    with pikepdf.open(sat.made / "report.pdf") as pdf:
        assert str(pdf.docinfo["/Title"]).endswith(" – การวิเคราะห์ข้อสอบ (ลับ)")


def test_the_words_of_an_alarm_are_the_same_everywhere(root: Path) -> None:
    docs = (root / "docs/statistics.md").read_text("utf-8")
    assert set(SURE) == {ALMOST_CERTAIN, LIKELY, POSSIBLE}
    for word, both in SURE.items():
        assert both.en == word
        assert f"| {word}, {both.th} |" in docs


@pytest.mark.parametrize("n", [1, 2, 5])
def test_names_of_curves_and_cuts_stand_above_the_curves(n: int) -> None:
    from examgen.reports.analysis_report.figures import information

    names = "ABCDE"[:n]
    curves = {one: [(x / 4, 3.0 + x / 16) for x in range(-16, 17)] for one in names}
    svg = information("information", curves, {one: 0.1 * k for k, one in enumerate(names)}, "x")
    top = 14 + 15 * (n if n == 1 else 2 * n)  # of the panel
    texts = re.findall(r'<text x="[\d.]+" y="([\d.]+)"[^>]*>([^<]*)</text>', svg)
    named = [float(y) for y, words in texts if "cut" in words or "form" in words]
    assert len(named) == (n if n == 1 else 2 * n)
    assert max(named) <= top
    assert len(set(named)) == len(named)
