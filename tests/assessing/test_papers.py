"""What assessors and candidates are given: nothing of a guide leaves with a candidate, four pages at most, a
workbook that comes back as ratings."""

from __future__ import annotations

import shutil
from pathlib import Path

import pypdfium2
import pytest
import yaml
from openpyxl import load_workbook

from tests.assessing.interviews import ASSESSORS, UNIT, tasks_of, write
from tests.commands.conftest import Run, run
from tests.sittings import table

__all__ = ["run"]
CANDIDATES = ("candidate_id", "name", "room", "seat")


@pytest.fixture
def place(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(root / "item_bank" / UNIT, tmp_path / "item_bank" / UNIT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def built(run: Run, name: str) -> Path:
    """An interview of one form."""
    exam, path = Path("output") / name, Path(f"item_bank/{UNIT}/blueprints/{name}.yaml")
    path.write_text(path.read_text("utf-8").replace("forms: 2", "forms: 1"), "utf-8")
    run.ok("build", path, "--out", exam)
    return exam


def text_of(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


def n_pages(path: Path) -> int:
    with pypdfium2.PdfDocument(path) as document:
        return len(document)


LONG = pytest.mark.long("prints a form of four pages or more: one of them is printed in every run")


@pytest.mark.long("prints a form of four pages; a candidate's sheet is printed each time")
@pytest.mark.parametrize(
    "name", ["interview-7", *(pytest.param(f"interview-{level}", marks=LONG) for level in (3, 5, 6))]
)
def test_an_assessors_form_has_four_pages_at_most_and_everything_to_rate_by(
    place: Path, run: Run, name: str
) -> None:
    exam = built(run, name)
    run.ok("render", exam, "--workspace", place)
    for form, tasks in tasks_of(exam).items():
        path = exam / f"secure/assessors/assessor-form-{form}.pdf"
        assert n_pages(path) <= 4
        text = text_of(path)
        assert all(task in text for task in tasks)
        assert text.count("แนวทางคำตอบ") == len(tasks)
        assert "ลายมือชื่อผู้ประเมิน" in text.replace(" ", "")
        assert n_pages(exam / f"papers/candidate-sheet-{form}.pdf") <= 2


def test_a_candidates_sheet_is_the_same_whatever_the_guides_say(place: Path, run: Run) -> None:
    """Byte for byte: nothing of a guide, an anchor or what is asked in an interview is in it."""
    sheets = []
    for mark in ("SECRETONE", "SECRETTWO"):
        for path in (place / "item_bank" / UNIT / "instruments").glob("interview-7*.yaml"):
            data = yaml.safe_load(path.read_text("utf-8"))
            for task in data["tasks"]:
                task |= {"guide": f"{mark} g", "evidence": f"{mark} e", "ask": f"{mark} ask?"}
                task["anchors"] = {n: f"{mark} {n}" for n in task["anchors"]}
            data["for_assessor"] = f"{mark} assessor"
            path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")
        shutil.rmtree("output", ignore_errors=True)
        exam = built(run, "interview-7")
        run.ok("render", exam, "--workspace", place)
        assert mark in text_of(exam / "secure/assessors/assessor-form-A.pdf")
        sheets.append({path.name: path.read_bytes() for path in (exam / "papers").iterdir()})
        assert not any(mark.encode() in data for data in sheets[-1].values())
    assert sheets[0].keys() == {"candidate-sheet-A.pdf"}
    assert sheets[0] == sheets[1]


@pytest.mark.long("prints a form of many pages; a candidate's sheet is compared each time")
def test_the_tasks_of_a_portfolio_are_given_to_candidates_and_its_guides_are_not(
    place: Path, run: Run
) -> None:
    exam = built(run, "portfolio")
    run.ok("render", exam, "--workspace", place)
    [instrument] = yaml.safe_load((exam / "secure/items.yaml").read_text("utf-8"))["instruments"]
    text = "".join(text_of(exam / "papers/candidate-sheet-A.pdf").split())
    for task in instrument["tasks"]:
        first = "".join(task["ask"].split("\n")[0].split())[:20]
        assert first in text, task["id"]
        for anchor in task["anchors"].values():
            assert "".join(anchor.split())[:25] not in text, task["id"]


@pytest.mark.long(
    "eight pages for each of two candidates; forms are printed, and workbooks of ratings read, elsewhere"
)
def test_each_candidate_has_a_form_for_each_assessor_and_the_workbook_comes_back(
    place: Path, run: Run
) -> None:
    exam = built(run, "interview-5")
    people = [
        ("7001", "=นางสาวใจดี มีสุข", "ห้อง 1", "1"),
        ("7003", "นายงาม", "ห้อง 2", "1"),
    ]
    run.ok("render", exam, "--workspace", place, "--candidates", write(Path("c.csv"), people, CANDIDATES))
    folder = exam / "secure/assessors"
    forms = {row["candidate_id"]: row["base"] for row in table(exam / "secure/candidates.csv")}
    first, second = folder / "ห้อง 1/assessor-forms.pdf", folder / "ห้อง 2/assessor-forms.pdf"
    assert n_pages(second) == n_pages(first) == 8
    text = text_of(second)
    assert "7003" in text
    assert "7001" not in text
    assert not [path for path in (exam / "papers").rglob("*") if "assessor" in path.name]

    # two assessors fill in the workbooks of the rooms, each a copy of their own
    given = {}
    for path in folder.glob("*/ratings-*.xlsx"):
        for n, name in enumerate(ASSESSORS[:2]):
            book = load_workbook(path)
            sheet = book["ratings"]
            heads = [cell.value for cell in sheet[3]]
            for row in sheet.iter_rows(min_row=4):
                who = row[0].value
                row[2].value = name
                for k, head in enumerate(heads):
                    if head in tasks_of(exam)[forms[who]]:
                        row[k].value = given[who, name, head] = (k + n) % 4
            book.save(place / f"{path.parent.name}-{path.stem}-{n}.xlsx")
    assert {who for who, _, _ in given} == {"7001", "7003"}
    run.ok("take", exam, *place.glob("*.xlsx"))
    assert run("score", exam).status in (0, 3)
    found = {
        (r["candidate_id"], r["assessor"], r["task"]): int(r["points"])
        for r in table(exam / "results/ratings.csv")
    }
    assert found == given


def test_options_of_booklets_are_refused(place: Path, run: Run) -> None:
    exam = built(run, "interview-7")
    for option in (("--books",), ("--accessible",), ("--large-print",)):
        assert "has no booklets" in run.refused("render", exam, *option, status=2)
