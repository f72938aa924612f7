"""The folder of a scan → the doubts in it and, with the decisions on record, who is asked what.

A *crop code* identifies a row of bubbles, or the head of a sheet, by the content of the scan: the SHA-256 of
its source, the page, and the question. It stays the same if scans are added to the folder, and no other scan
has it.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import polars as pl

from examgen.capture.grader_decisions import restored
from examgen.core.exam.names import SHEET_JSON
from examgen.core.files import read_input
from examgen.core.problems import Problem, Refused
from examgen.core.text.characters import LETTERS
from examgen.core.words import tell
from examgen.scanning.folder import BUBBLES, PAGES, ROWS, SCANS, read_scan_json
from examgen.scanning.gallery.decisions import BLANK, SHEET, CropDecision, Task, standing
from examgen.scanning.page_reading import NOTHING
from examgen.scanning.reading.deciding import DOUBTFUL_LEAST
from examgen.scanning.tables import BETWEEN, read_pages, read_rows

GALLERY = "gallery.html"
SHEET_LEAST = 4
"""The minimum number of doubtful rows on a page for deciding them together, as one sheet."""
_OF_A_HAND = ("faint", "partly", "crossed", "ringed", "page")
"""Reasons for doubt that can be judged at once on the whole sheet, because they are the person's way of
marking. Erased, hidden and multiple marks are judged row by row."""
EMPTY = "empty"
"""The case of a sheet on which no doubtful row seems to be marked."""
_CASES = (EMPTY, "faint", "partly", "crossed", "ringed", "page")
_WHYS = ("several", "erased", "crossed", "faint", "partly", "ringed", "hidden", "beside", "page", "")
"""Cases of sheets, and reasons of rows, in the order in which they are asked."""
PAGE_MISSING = "page-missing"
"""The reason of a sheet that lacks a page. No person can tell what is on it."""


Kind = Literal["mark", "identity"]

_PLAIN = str.maketrans("ILO", "189")
"""Letters of base32 (A–Z, 2–7) that may be mistaken for digits, and their replacements."""

PageKey = tuple[str, int]
"""The name of the source, and the page in it, from 1."""
ALL_ROWS = "all-rows"
"""The state of a row whose whole page is asked, because so many of its rows are in doubt that all are."""
_TOLD = ("source", "page", "sha256", "exam", "serial", "candidate_id", "form", "rotation", "reason")
"""The columns of pages.csv that are copied unchanged."""


class ResponseLine(NamedTuple):
    """The row of responses.csv that a page belongs to."""

    line: int
    raw: str
    """The original text of the row, as `examgen score` compares it."""


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """A page that was read: where it is from, and the candidate and form that it states."""

    source: str
    page: int
    sha256: str
    exam: str
    serial: str
    candidate_id: str
    form: str
    rotation: int
    """Degrees clockwise by which it must be turned to be upright."""
    row: ResponseLine
    reason: str = ""
    """The code of the reason why it was set aside; empty if it was not."""
    offers: tuple[str, ...] = ()
    """Candidates to whom it may belong; they are offered to a person, never chosen."""

    @property
    def key(self) -> PageKey:
        """The key by which other tables name it."""
        return (self.source, self.page)


class DoubtBubbles(NamedTuple):
    """The bubbles of a row, or of the head of a sheet, in pixels of the scan as stored."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    radius: float
    darkness: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing to decide: the mark of a question, or the candidate of a sheet."""

    code: str
    kind: Kind
    page: PageKey
    question: int
    """The question from 1; 0 for the identity of a sheet."""
    read: str
    """The reading, `?` in doubt; for an identity the candidate number and form that were read."""
    state: str
    """The state of the row; for an identity the reason why it is asked."""
    margin: float
    bubbles: DoubtBubbles
    n_options: int = 0
    """For a question, the number of letters in its row."""
    why: str = ""
    """Why a row is in doubt, as in `RowReading.doubt`; empty if unknown."""
    likely: str = ""
    """The reading if the darkest marks are intended; empty if unknown."""
    case: str = ""
    """The case of the sheet with which the row is decided; empty if it is decided by itself."""


class Ask(NamedTuple):
    """A doubt, with the tasks and who may do them."""

    doubt: Doubt
    tasks: tuple[Task, ...]
    not_by: tuple[str, ...]
    """The people who decided it, who may not check it a second time."""
    said: tuple[CropDecision, ...]
    """For a doubt to be settled, the decision of each person; otherwise empty."""


class CheckSample(NamedTuple):
    """The doubts to be decided by a second person: a share of each kind, drawn with a seed."""

    share: float
    seed: int


@dataclass(frozen=True, slots=True)
class ScannedExam:
    """An exam of the scan: its printed letters, its forms, and its file of responses."""

    code: str
    labels: tuple[str, ...] = tuple(LETTERS)
    forms: tuple[str, ...] = ()
    file: str = "responses.csv"
    package: Path | None = None
    """The folder of the exam, which may no longer exist."""


class ScanInDoubt(NamedTuple):
    """A scan on disk, with everything that people need to decide on it."""

    folder: Path
    digest: str
    """The digest of the sources and of what was read from them."""
    exams: tuple[ScannedExam, ...]
    pages: Mapping[PageKey, ScannedPage]
    doubts: tuple[Doubt, ...]


class ReplacedCrop(NamedTuple):
    """A crop of a page that another scan replaced (both named like `a.pdf:3`), and what the other scan reads:
    the mark (empty for none, `?` in doubt), or the candidate; None if that is in doubt."""

    page: str
    question: int
    """The question from 1; 0 for an identity."""
    counts: str
    reads: str | None
    form: str = ""

    @property
    def says(self) -> str:
        """Say what the scan that counts shows."""
        return " ".join(filter(None, (self.reads, self.form))) or BLANK


def read_scan(folder: Path) -> ScanInDoubt:
    """Return the scan in a folder. Raises Refused if one of its files is missing or damaged."""
    said = read_scan_json(folder)
    lacking = [name for name in (PAGES, ROWS, BUBBLES) if not (folder / name).is_file()]
    if lacking:
        message = tell("is missing. Read the scans again")
        problems = [Problem(str(folder / name), "not-a-scan", message) for name in lacking]
        raise Refused.because("{folder} does not contain a complete scan", problems, folder=folder)
    pages = read_pages(folder / PAGES)
    rows = read_rows(folder / ROWS)
    bubbles = pl.scan_parquet(folder / BUBBLES)
    exams: list[ScannedExam] = []
    for one in said["exams"]:
        # the letters that its sheet prints, where the package is still there
        code, file, package = one["code"], one["responses"], Path(one["package"])
        sheet = package / SHEET_JSON
        if not sheet.is_file():
            exams.append(ScannedExam(code, file=file, package=package))
            continue
        geometry = json.loads(read_input(sheet))
        on_sheet = (bubble for page in geometry["pages"] for bubble in page["bubbles"])
        labels = {bubble["value"]: bubble["label"] for bubble in on_sheet if bubble["group"] == "item"}
        printed = tuple(labels[letter] for letter in LETTERS if letter in labels)
        exams.append(ScannedExam(code, printed, tuple(geometry["forms"]), file, package))
    lines = {exam.code: lines_of_pages(folder, exam.file, said) for exam in exams}
    # The pages that a row of answers came from: read, or set aside until somebody decides on their candidate.
    known: dict[PageKey, ScannedPage] = {}
    for one in pages.filter(pages["outcome"].is_in(["read", "set_aside"])).iter_rows(named=True):
        key = (one["source"], one["page"])
        row = lines.get(one["exam"], {}).get(key)
        if row is not None:
            told = {name: one[name] for name in _TOLD}
            known[key] = ScannedPage(**told, row=row, offers=(one["may_be"],) if one["may_be"] else ())
    doubts = (*_with_cases([*_marks(rows, bubbles, known)]), *_identities(bubbles, known))
    # Of the hashes of the sources, and of what was read.
    whole = hashlib.sha256()
    for sha256 in sorted(source["sha256"] for source in said["sources"]):
        whole.update(sha256.encode())
    for name in (PAGES, ROWS):
        whole.update(hashlib.sha256(read_input(folder / name)).digest())
    return ScanInDoubt(folder, whole.hexdigest()[:32], tuple(exams), known, tuple(doubts))


def replaced_crops(folder: Path) -> dict[str, ReplacedCrop]:
    """Return, by code, the crops of pages that another scan replaced."""
    pages, rows = read_pages(folder / PAGES), read_rows(folder / ROWS)
    name = pl.format("{}:{}", "source", "page").alias("name")
    reads = {(of, n): read for of, n, read in rows.select(name, "question", "read").iter_rows()}
    of_page = pages.filter(pages["outcome"] == "read").select(name, "candidate_id", "form").iter_rows()
    whose = {of: (candidate, form) for of, candidate, form in of_page}
    items = pl.scan_parquet(folder / BUBBLES).filter(pl.col("group") == "item").select(pl.col("place").max())
    last = items.collect().item() or 0
    found: dict[str, ReplacedCrop] = {}
    # a file that was given again has the codes of the first one, which says what counts
    is_replaced = (pages["outcome"] == "repeated") & (pages["reason"] != "same-file")
    replaced = pages.filter(is_replaced).select(name, "sha256", "page", "with")
    for of, sha256, page, counts in replaced.iter_rows():
        for n in range(last + 1):
            said = (reads.get((counts, n)), "") if n else whose.get(counts, (None, ""))
            found[crop_code(sha256, page, n)] = ReplacedCrop(of, n, counts, *said)
    return found


def scan_file(folder: Path, sha256: str) -> Path:
    """Return the stored source with that hash. Raises Refused if it is missing."""
    found = sorted((folder / SCANS).glob(f"{sha256}*"))
    if not found:
        message = tell("is not in {folder}. Restore the scan, or read it again", folder=folder / SCANS)
        raise Refused(message, [Problem(sha256, "scan-missing", message)])
    return found[0]


# ── which row of responses.csv a page is part of ─────────────────────────────────────────────


def lines_of_pages(
    folder: Path, file: str, said: Mapping[str, Any] | None = None
) -> dict[PageKey, ResponseLine]:
    """Return, by page, the row of answers to which it belongs, with its line as `examgen score` counts.
    `file` is the file of an exam's answers, `said` the content of scan.json."""
    path = folder / file
    sources = {source["name"] for source in (said or read_scan_json(folder))["sources"]}
    if not path.is_file():
        return {}
    texts = read_input(path).decode("utf-8-sig").splitlines(keepends=True)
    reader = csv.reader(texts)
    head = next(reader, [])
    if not {"source", "page"} <= set(head):
        return {}
    at_source, at_page = head.index("source"), head.index("page")
    found: dict[PageKey, ResponseLine] = {}
    before = reader.line_num
    for fields in reader:
        line = ResponseLine(before + 1, "".join(texts[before : reader.line_num]).rstrip("\r\n"))
        before = reader.line_num
        if max(at_source, at_page) >= len(fields):
            continue
        # several pages of one sheet stand behind one another, and so do their sources
        pages = fields[at_page].split(BETWEEN)
        named = restored(fields[at_source])
        of_pages = [named] * len(pages) if named in sources else named.split(BETWEEN)
        for source, page in zip(of_pages, pages, strict=False):
            if page.isdigit():
                found[source, int(page)] = line
    return found


# ── pages and what is in doubt on them ───────────────────────────────────────────────────────


def _marks(
    rows: pl.DataFrame, bubbles: pl.LazyFrame, pages: Mapping[PageKey, ScannedPage]
) -> Iterator[Doubt]:
    """Yield the rows that the reader left in doubt."""
    open_rows = rows.filter(pl.col("state") == "uncertain").select(
        "source",
        "page",
        pl.col("question").alias("place"),
        "read",
        pl.col("margin").fill_nan(0.0),
        "doubt",
        "likely",
    )
    of_page = rows.group_by("source", "page").agg((pl.col("state") == "uncertain").all(), pl.len())
    whole = {
        (source, page) for source, page, is_all, n in of_page.iter_rows() if is_all and n > DOUBTFUL_LEAST
    }
    of_row = _found(bubbles.filter(pl.col("group") == "item"), open_rows, ("source", "page", "place"))
    for source, page, question, read, margin, why, likely in open_rows.iter_rows():
        found = of_row.get((source, page, question))
        if found is not None and (source, page) in pages:
            code = crop_code(pages[source, page].sha256, page, question)
            place = (source, page)
            state = ALL_ROWS if place in whole else "uncertain"
            known = Doubt(code, "mark", place, question, read, state, margin, found, len(found.x))
            yield replace(known, why=why, likely=likely)


def _with_cases(marks: Sequence[Doubt]) -> Iterator[Doubt]:
    """Yield the doubtful rows; those that are decided together have the case of their sheet."""
    together: dict[PageKey, list[Doubt]] = defaultdict(list)
    for one in marks:
        if one.likely and one.why in _OF_A_HAND:
            together[one.page].append(one)
    cases: dict[PageKey, str] = {}
    for page, found in together.items():
        if len(found) >= SHEET_LEAST:
            whys = Counter(one.why for one in found if one.likely != NOTHING)
            cases[page] = max(whys, key=lambda why: whys[why]) if whys else EMPTY
    codes = {one.code for page in cases for one in together[page]}
    for one in marks:
        yield replace(one, case=cases[one.page]) if one.code in codes else one


def _identities(bubbles: pl.LazyFrame, pages: Mapping[PageKey, ScannedPage]) -> Iterator[Doubt]:
    """Yield the sheets whose candidate is not certain, or of which two scans differ, each once."""
    first_of: dict[tuple[str, int], ScannedPage] = {}
    for page in sorted(pages.values(), key=lambda one: one.key):
        if page.reason and page.reason != PAGE_MISSING:
            first_of.setdefault((page.exam, page.row.line), page)
    open_pages = list(first_of.values())
    keys = [page.key for page in open_pages]
    wanted = pl.DataFrame(keys, schema={"source": pl.String, "page": pl.Int64}, orient="row")
    of_page = _found(bubbles.filter(pl.col("group") != "item"), wanted, ("source", "page"))
    for page in open_pages:
        if (found := of_page.get(page.key)) is not None:
            read = f"{page.candidate_id or '–'} {page.form or '–'}"
            code = crop_code(page.sha256, page.page, 0)
            yield Doubt(code, "identity", page.key, 0, read, page.reason, 0.0, found)


def _found(
    bubbles: pl.LazyFrame, wanted: pl.DataFrame, by: Sequence[str]
) -> dict[tuple[Any, ...], DoubtBubbles]:
    """Return the bubbles of each requested row or page, in the order of the sheet."""
    keys = wanted.select(by).lazy()
    places = [pl.col(name).cast(pl.Int64) for name in by if name != "source"]
    found = bubbles.with_columns(places).join(keys, on=by, how="semi", maintain_order="left").collect()
    # what is not a number is none in JSON
    found = found.with_columns(pl.col(pl.Float32, pl.Float64).fill_nan(0.0))
    return {
        key: DoubtBubbles(
            tuple(group["x"].cast(float).to_list()),
            tuple(group["y"].cast(float).to_list()),
            float(group["radius"][0]),
            tuple(group["darkness"].cast(float).to_list()),
        )
        for key, group in found.group_by(by, maintain_order=True)
    }


# ── what is asked of whom ────────────────────────────────────────────────────────────────────


def crop_code(sha256: str, page: int, question: int) -> str:
    """Return a crop code such as `K7QD-M2XA-3TRN`: 60 bits of a hash in characters that cannot be mistaken
    for one another."""
    digest = hashlib.sha256(f"{sha256}:{page}:{question}".encode()).digest()
    text = base64.b32encode(digest)[:12].decode().translate(_PLAIN)
    return "-".join(text[n : n + 4] for n in (0, 4, 8))


def drawn(doubts: Iterable[Doubt], sample: CheckSample) -> frozenset[str]:
    """Return the codes of the sample: the given share of sheets, of rows and of identities, rounded up, by
    the hash of the seed and the first code. Rows that are decided as one sheet are drawn together."""
    units: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for one in doubts:
        units[(SHEET, *map(str, one.page)) if one.case else (one.kind, one.code)].append(one.code)
    by_kind: dict[str, list[list[str]]] = defaultdict(list)
    for (kind, *_), codes in units.items():
        by_kind[kind].append(sorted(codes))
    found: set[str] = set()
    for of_kind in by_kind.values():
        of_kind.sort(key=lambda codes: hashlib.sha256(f"{sample.seed}:{codes[0]}".encode()).digest())
        found.update(*of_kind[: math.ceil(round(sample.share * len(of_kind), 9))])
    return frozenset(found)


def asks(
    doubts: Sequence[Doubt], decisions: Mapping[str, Sequence[CropDecision]], sample: CheckSample
) -> list[Ask]:
    """Return the open doubts: whole sheets, then rows, similar ones together; those without a reason by
    margin, the most doubtful first. `decisions` are by code, in the order they were made.

    Undecided doubts are asked. Doubts of the sample that one person decided are asked of another person, and
    doubts that two people decided differently are to be settled.
    """
    checked = drawn(doubts, sample)
    found: list[Ask] = []
    for one in doubts:
        stands, is_checked = standing(decisions.get(one.code, ())), one.code in checked
        if stands.state == "open":
            found.append(Ask(one, ("first", "second") if is_checked else ("first",), (), ()))
        elif stands.state == "disputed":
            found.append(Ask(one, ("settle",), (), stands.each))
        elif stands.state == "decided" and len(stands.each) == 1 and is_checked:
            found.append(Ask(one, ("second",), tuple(each.by for each in stands.each), ()))
    return sorted(found, key=lambda one: _place(one.doubt))


def _place(one: Doubt) -> tuple[bool, int, float, PageKey, int]:
    """Return the key by which doubts are sorted."""
    kind = _CASES.index(one.case) if one.case else _WHYS.index(one.why if one.why in _WHYS else "")
    return (not one.case, kind, 0.0 if one.why else one.margin, one.page, one.question)
