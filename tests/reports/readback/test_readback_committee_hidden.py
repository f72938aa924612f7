"""A committee's book that names nobody: the same numbers under codes, as HTML, PDF and tables."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pikepdf
import pypdfium2
import pytest

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.reports.kinds import KINDS
from examgen.reports.writing import ReportOptions, report
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from tests.reports.readback.oracle_b_committee import Committee
from tests.reports.readback.oracle_b_committee_tables import committee_tables
from tests.reports.readback.oracle_b_files import newest, table
from tests.reports.readback.oracle_b_sittings import sat
from tests.reports.readback.oracle_b_tables import table_faults
from tests.reports.readback.oracle_b_told import differences, tokens, told
from tests.reports.readback.reader import Page
from tests.samples import blueprint, shelf
from tests.sittings import RULE, bank_items, list_of, print_for

PARTS = (
    "How it was decided", "List for signature", "Decisions near the cut", "Corrections and whom they moved", "Integrity signals",
    "Is everybody accounted for?", "Item analysis", "Signatures of the committee",
)  # fmt: skip
_FOOT = re.compile(r"CONFIDENTIAL · Exam.*?(\d+) / (\d+)\s*$", re.DOTALL)


class Made(NamedTuple):
    """A book, what should stand in it, its pages, and the codes by id."""

    folder: Path
    expected: Committee
    pages: list[str]
    """The text of each page of the PDF."""
    codes: dict[str, str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    workspace = sat(tmp_path_factory)
    package, out = workspace / "output" / "T-1-L4", tmp_path_factory.mktemp("hidden") / "book"
    (package / "codes").mkdir(mode=0o700)
    (package / "codes" / "secret").write_bytes(bytes(range(1, 33)))  # codes that have figures in them
    (package / "codes" / "secret").chmod(0o600)
    written = report(package, workspace, "committee", ReportOptions(lang="en", pseudonymous=True, out=out))
    assert written.codes is not None
    codes = {row["candidate_id"]: row["code"] for row in table(written.codes)}
    with pypdfium2.PdfDocument(out / "report.pdf") as pdf:
        pages = [pdf[n].get_textpage().get_text_bounded().replace("\r\n", "\n") for n in range(len(pdf))]
    return Made(out, Committee(newest(package), codes), pages, codes)


def test_the_book_and_its_tables_are_the_files_under_codes(made: Made) -> None:
    found = told(Page((made.folder / "report.html").read_text("utf-8")))
    assert not (differ := differences(made.expected.lines(), found)), differ
    assert not (faults := table_faults(made.folder, committee_tables(made.expected))), faults


# ── as a PDF ─────────────────────────────────────────────────────────────────────────────────


def test_contents_and_centres_name_the_pages_on_which_they_are(made: Made) -> None:
    first, *_ = made.pages
    for name in PARTS:
        (page,) = re.findall(rf"^{re.escape(name)}[. ]+(\d+)$", first, re.MULTILINE)
        assert _pages_with(made, rf"^{re.escape(name)}$") == [int(page)], name
    for named, rows in made.expected.centres:
        name = named or made.expected.files.place[1]
        (page,) = re.findall(
            rf"^{re.escape(name)} {len(rows)} \d+/.*?(\d+)$", "\n".join(made.pages[1:3]), re.MULTILINE
        )
        assert _pages_with(made, rf"^{re.escape(name)} {len(rows)} candidates;") == [int(page)], name


def _pages_with(made: Made, pattern: str) -> list[int]:
    return [n for n, text in enumerate(made.pages, 1) if re.search(pattern, text, re.MULTILINE)]


def test_every_page_has_its_number_and_says_what_it_is_of(made: Made) -> None:
    for n, text in enumerate(made.pages, start=1):
        foot = _FOOT.search(text)
        assert foot is not None, n
        assert foot.groups() == (str(n), str(len(made.pages)))
        assert " ".join(foot[0].split()) == f"CONFIDENTIAL · {made.expected.files.running} {n} / {foot[2]}"


def test_the_pdf_lists_everybody_once_with_the_same_cells(made: Made) -> None:
    _, lists = re.split("^List for signature$", "\n".join(made.pages), flags=re.MULTILINE)
    lists, _ = re.split("^Decisions near the cut$", lists, flags=re.MULTILINE)
    lines = [" ".join(line.split()) for line in lists.split("\n")]
    for one in made.expected.lines():
        code, *cells = one.text.split(" | ")
        if one.place == "3 row" and code in made.codes.values():
            assert lines.count(" ".join(filter(None, [code, *cells])).strip()) == 1, one
    assert Counter(re.findall(r"P-\w+", lists)) == Counter(
        made.codes[row["candidate_id"]] for row in made.expected.people
    )


def test_the_pdf_has_the_numbers_of_the_page_and_no_others(made: Made) -> None:
    read: Counter[str] = Counter()
    for text in made.pages:
        read.update(tokens(_FOOT.sub("", text)))
    contents = [str(n) for n in range(1, len(PARTS) + 1)]
    places = [page for name in PARTS for page in _pages_with(made, rf"^{re.escape(name)}$")]
    for centre, rows in made.expected.centres:
        name = centre or made.expected.files.place[1]
        places += _pages_with(made, rf"^{re.escape(name)} {len(rows)} candidates;")
    elsewhere = ("heard", "0 title", "foot")
    said = (tokens(one.text) for one in made.expected.lines() if one.place not in elsewhere)
    wanted = Counter(token for line in said for token in line) + Counter([*contents, *map(str, places)])
    del read["†"], wanted["†"]  # a head that stands on each page again
    assert (read - wanted, wanted - read) == (Counter(), Counter())


# ── nobody is named ──────────────────────────────────────────────────────────────────────────


def _secrets(made: Made) -> set[str]:
    """Ids, names, seats, files and graders of the sitting."""
    files = made.expected.files
    rows = [
        *files.candidates,
        *(files.before or files).candidates,
        *files.rows("unreconciled"),
        *files.rows("quarantine"),
    ]
    found = {row[name] for row in rows for name in ("candidate_id", "name", "seat") if row.get(name)}
    return {
        *found,
        *made.codes,
        "north.csv",
        "south.csv",
        "roster.csv",
        "สมศรี ใจเย็น",
        "00102",
        "คณะกรรมการ ครั้งที่",
    }


def test_no_name_and_no_id_stands_anywhere(made: Made) -> None:
    secrets = _secrets(made)
    assert len(secrets) > 100
    texts = dict(_texts(made.folder))
    assert {"report.html", "report.pdf", "tables.xlsx: xl/workbook.xml"} < set(texts)
    assert [(name, one) for name, text in texts.items() for one in _said(text, secrets)] == []


def _said(text: str, secrets: Iterable[str]) -> list[str]:
    plain = re.sub("[\u200b\u2060\u00ad]", "", text)
    return [
        one for one in secrets if one in plain and re.search(rf"(?<![\w.-]){re.escape(one)}(?![\w-])", plain)
    ]


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything that can be read in the files of a report: pages, metadata, parts of a workbook."""
    for path in folder.iterdir():
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                for name in book.namelist():
                    yield f"{path.name}: {name}", book.read(name).decode()
        elif path.suffix == ".pdf":
            yield path.name, "\n".join(_pdf_texts(path))
        elif path.suffix in (".html", ".csv"):
            yield path.name, path.read_text("utf-8")


def _pdf_texts(path: Path) -> Iterator[str]:
    with pypdfium2.PdfDocument(path) as pdf:
        yield from (pdf[n].get_textpage().get_text_bounded() for n in range(len(pdf)))
    with pikepdf.open(path) as pdf:
        with pdf.open_metadata() as metadata:
            yield str(metadata)
        for one in pdf.objects:
            if isinstance(one, pikepdf.Dictionary):
                yield from (
                    str(value) for value in one.as_dict().values() if isinstance(value, pikepdf.String)
                )


# ── booklets of one's own ────────────────────────────────────────────────────────────────────


OWN_ORDERS = {"forms": 2, "pilot": 2}


@pytest.mark.parametrize("asked", [OWN_ORDERS], ids=["own-orders"])
def test_under_codes_no_booklet_leads_to_a_candidate(tmp_path: Path, asked: dict[str, object]) -> None:
    bank = shelf(items=bank_items())
    built = assemble([bank], *blueprint(items=14, **asked))
    package, answers = tmp_path / "own", tmp_path / "answers.csv"
    write_package(package, exam_files(built, bank_sha256([bank]), {}))
    print_for(package, list_of(8), RULE.model_copy(update={"spare": 0}))
    simulations.simulate(package, 8, 5, answers)
    sittings.score(package, [answers])
    columns = ("serial",)
    dealt = {row[name] for row in table(package / "secure" / "candidates.csv") for name in columns}
    plain, hidden = tmp_path / "plain", tmp_path / "hidden"
    report(package, tmp_path, "committee", ReportOptions(pdf=False, out=plain))
    assert len(_said((plain / "list.csv").read_text("utf-8"), dealt)) == 8
    for kind in KINDS[1:]:
        report(package, tmp_path, kind, ReportOptions(pdf=False, pseudonymous=True, out=hidden))
        texts = dict(_texts(hidden))
        assert [(name, one) for name, text in texts.items() for one in _said(_seen(text), dealt)] == [], kind
    rows = table(package / "codes" / "run-0001-codes.csv")
    assert {row["form"] for row in rows} <= dealt
    assert len({row["form_code"] for row in rows}) == 8


def _seen(text: str) -> str:
    """What is read of a page: coordinates and styles name no form."""
    return re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL)
