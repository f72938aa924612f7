"""`examgen scan annotate`: scored sheets → one PDF each, for the candidate to look at.

On the upright scan, a ring surrounds each counted mark, green if it is right and red if it is not; a square
surrounds the correct answer if it was missed; a line underlines a row that a person decided. Each row also
has a tick, a cross or a dash beside it, for people who cannot distinguish the colours. The result is below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from examgen.capture.grader_decisions import shown_names
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.manifest import read_manifest
from examgen.core.exam.names import MANIFEST, RESULTS, SECURE
from examgen.core.files import Progress, own_folder, quiet, sha256_of
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.processes import ALONE, Workers, at_work, in_order
from examgen.core.resources import fonts
from examgen.core.responses import table as response_table
from examgen.core.text.characters import LETTERS
from examgen.core.words import Message, Pair, noted, option, tell, tell_n
from examgen.rendering.parts import release_notice
from examgen.rendering.pdf.encryption import encrypted
from examgen.scanning.exam_sheets import read_packages
from examgen.scanning.folder import ANNOTATED, JOURNAL, read_scan_json
from examgen.scanning.input.sources import pages_of
from examgen.scanning.journal import Journal
from examgen.scanning.page_reading import PageReading
from examgen.scanning.sheet_layout import ITEM, SheetLayout
from examgen.scanning.tables import BETWEEN
from examgen.scoring.counted_key import KeyOfRun
from examgen.scoring.method_results import scope_of
from examgen.scoring.run_tables import read_table
from examgen.scoring.runs import release_of, run_of

if TYPE_CHECKING:
    from examgen.core.exam.runs import Run
    from examgen.scoring.key import Key

Verdict = Literal["right", "part", "wrong", "not_counted"]

_WIDTH, _DPI = 1240, 150
"""The width of a page in pixels, and pixels per inch: A4."""
_MARGIN, _LINE, _SIZE = 40, 34, 24
_GREEN, _RED, _GREY, _AMBER, _BLACK = (0, 120, 60), (196, 0, 20), (110, 110, 110), (214, 120, 0), (0, 0, 0)
_COLOURS = {"right": _GREEN, "part": _AMBER, "wrong": _RED, "not_counted": _GREY}
_STATUS = {
    "met": noted("met"),
    "not_met": noted("not met"),
    "undecided": noted("undecided"),
    "insufficient": noted("too few items"),
    "not_assessed": noted("not assessed"),
}
_SHEETS_OF_TASK = 8
_OF_OTHERS = 0o077
"""The permissions of group and others for a folder."""


class Annotated(NamedTuple):
    """The annotated sheets, and their folder."""

    folder: Path
    run: int
    names: tuple[str, ...]
    notice: Message | None
    """The notice on every sheet of a run that is not released."""


class _Question(NamedTuple):
    """The result of a question on a sheet: the letters that count as marked, and the correct ones."""

    marked: int
    right: int
    verdict: Verdict


class SheetPanel(NamedTuple):
    """The text below the last page of a sheet: heading lines in bold, cells of a table, notes."""

    heads: tuple[str, ...]
    cells: tuple[str, ...]
    notes: tuple[str, ...]


class _Sheet(NamedTuple):
    """A sheet to be annotated: its candidate and its file name."""

    who: str
    file: str
    pages: tuple[tuple[Path, int, PageReading], ...]
    """The file of each page, its number in the file, and its reading."""
    questions: Mapping[int, _Question]
    panel: SheetPanel


def annotate(
    folder: Path,
    exam: Path | None = None,
    run: str | None = None,
    results: Path | None = None,
    candidates: Sequence[str] = (),
    out: Path | None = None,
    password: str | None = None,
    workers: Workers = ALONE,
    progress: Progress = quiet,
) -> Annotated:
    """Annotate the sheets of candidates who were scored from a scan folder, as PDF files that only their
    owner can read.

    They show the results of a scored run: `run`, otherwise the released one or the newest.
    """
    if out is not None:
        _check_private(out)
    said = read_scan_json(folder)
    # The exam that is named, or the only one of the scan.
    if exam is None:
        if len(said["exams"]) > 1:
            codes = ", ".join(one["code"] for one in said["exams"])
            raise WrongUsage.because(
                "the scan contains several exams ({codes}). Choose one with {exam}",
                codes=codes,
                exam=option("exam"),
            )
        exam = Path(said["exams"][0]["package"])
    if not exam.is_dir():
        raise WrongUsage.because(
            "{path} does not exist. Give the exam package with {exam}", path=exam, exam=option("exam")
        )
    code = read_manifest(exam)["blueprint"]["exam"]
    if not any(one["code"] == code for one in said["exams"]):
        raise WrongUsage.because("{path} is not an exam in this scan", path=exam)
    scored = run_of(results or exam / RESULTS, run)
    answers = folder / next(one["responses"] for one in said["exams"] if one["code"] == code)
    # What the run calls the answers of the scan; refused where it was not scored from them.
    digest, inputs = sha256_of(answers), scored.audit["inputs"]
    names_of_inputs = shown_names([Path(one["file"]) for one in inputs])
    name = next((names_of_inputs[n] for n, one in enumerate(inputs) if one["sha256"] == digest), None)
    if name is None:
        message = tell(
            "run {n} was not scored from the current state of {path}. Score it again, then "
            "return the sheets",
            n=scored.number, path=answers,
        )  # fmt: skip
        raise Refused(message, [Problem(str(answers), "not-scored", message)])
    place = out or folder / ANNOTATED
    layout = read_packages([exam])[0].sitting.layout
    with Journal(folder / JOURNAL) as readings:
        sheets = [*_sheets(folder, said, scored, exam, name, readings, candidates)]
    has_sheet = {canonical_number(sheet.who) for sheet in sheets}
    if lacking := sorted(one for one in candidates if canonical_number(one) not in has_sheet):
        raise WrongUsage.because("{who} has no scored sheet in this scan", who=", ".join(lacking))
    progress(tell_n("drawing {n:,} sheet", "drawing {n:,} sheets", len(sheets)))
    draw = partial(_draw, password)
    names: list[str] = []
    with (
        own_folder(place) as made,
        at_work(workers, len(sheets) // _SHEETS_OF_TASK) as executor,
    ):
        tasks = (sheets[n : n + _SHEETS_OF_TASK] for n in range(0, len(sheets), _SHEETS_OF_TASK))
        for drawn in in_order(executor, draw, tasks, partial(_layout, layout)):
            for file, data in drawn:
                (made / file).write_bytes(data)
                names.append(file)
    notice = release_notice(release_of(scored.folder.parent.parent, scored))
    return Annotated(place, scored.number, tuple(names), notice)


def _layout(layout: SheetLayout) -> SheetLayout:
    return layout


def _check_private(place: Path) -> None:
    """Raise WrongUsage for a folder that others can read, because annotated sheets show the key."""
    where = place.resolve()
    for package in (where, *where.parents):
        if (package / MANIFEST).is_file() and where.relative_to(package).parts[:1] != (SECURE,):
            raise WrongUsage.because(
                "{folder} is inside the exam package {package}, which is handed out, but "
                "the sheets show the key. Choose a folder outside it, or one in {secure}/",
                folder=place,
                package=package,
                secure=SECURE,
            )
    if where.is_dir() and where.stat().st_mode & _OF_OTHERS:
        raise WrongUsage.because(
            "other users can open {folder}, but the sheets show the key. Choose a new "
            "folder, or restrict this one to you (chmod 700)",
            folder=place,
        )


# ── what became of each sheet ────────────────────────────────────────────────────────────────


def _sheets(
    folder: Path,
    said: Mapping[str, Any],
    run: Run,
    package: Path,
    name: str,
    readings: Journal,
    candidates: Sequence[str],
) -> Iterator[_Sheet]:
    """Yield the scored sheets of the scan, or of those candidates."""
    kept = {one["name"]: one for one in said["sources"]}
    of_run, scope = KeyOfRun(package, run), scope_of(package)
    key = of_run.key
    of_release = release_notice(release_of(run.folder.parent.parent, run))
    of_all = [of_release] if of_release is not None else []
    files = response_table.files_of(run.folder / response_table.NAME)
    results = read_table(run.folder / "candidates.csv").iter_rows(named=True)
    criteria = read_table(run.folder / "pc_results.csv").iter_rows(named=True)
    taken: set[str] = set()
    wanted = set(map(canonical_number, candidates))
    for rows in response_table.read_rows(run.folder / response_table.NAME, of_run.number):
        for form, marks in zip(rows.form.tolist(), rows.marks, strict=True):
            one, judged = next(results), next(criteria)
            who = one["candidate_id"]
            if files[rows.file] != name or (wanted and canonical_number(who) not in wanted):
                continue
            pages = tuple(_pages(one, kept, folder, readings))
            questions: dict[int, _Question] = {}
            for n in range(int(key.n_questions[form])):
                mark, worth = int(marks[n]), int(key.points[form, n])
                worth_of = key.tables[key.table[form, n]]
                earned, full = int(worth_of[mark]), int(worth_of.max())
                verdict: Verdict = "right" if earned >= full else "part" if earned > 0 else "wrong"
                questions[n + 1] = _Question(
                    mark, int(key.keys[form, n]), verdict if worth else "not_counted"
                )
            panel = _panel(run, key, form, one, judged, scope, of_all)
            # A name that no other sheet has, for every file system.
            plain = file = "".join(char if char.isalnum() or char in "-_" else "_" for char in who)[:80]
            times = 1
            while file.casefold() in taken:
                times += 1
                file = f"{plain}-{times}"
            taken.add(file.casefold())
            yield _Sheet(who, f"{file}.pdf", pages, questions, panel)


def _pages(
    one: Mapping[str, Any], kept: Mapping[str, Any], folder: Path, readings: Journal
) -> Iterator[tuple[Path, int, PageReading]]:
    """Yield the pages that a row of results came from, according to its columns `source` and `page`."""
    numbers = (one.get("page") or "").split(BETWEEN)
    source = one.get("source") or ""
    sources = [source] * len(numbers) if source in kept else source.split(BETWEEN)
    for name, number in zip(sources, numbers, strict=True):
        is_there = name in kept and number.isdigit()
        read = readings.page(kept[name]["sha256"], int(number)) if is_there else None
        if read is None or not len(read.reading.x):
            raise Refused.because(
                "page {page} of {name} is not in the scan. Read it again", page=number, name=name
            )
        yield folder / kept[name]["kept"], int(number), read.reading


def _panel(
    run: Run,
    key: Key,
    form: int,
    one: Mapping[str, Any],
    judged: Mapping[str, Any],
    scope: Message | None,
    notices: Sequence[Pair],
) -> SheetPanel:
    """Return the results on a sheet: the score, and the result of each criterion."""
    said = {"pass": tell("pass"), "fail": tell("fail")}.get(one["decision"] or "")
    if scope is not None:
        said = {"pass": tell("written test passed"), "fail": tell("written test not passed")}.get(
            one["decision"] or ""
        )
    score = tell(
        "{score} of {most} points ({percent} %)", score=one["score"], most=one["max_score"],
        percent=one["percent"],
    )  # fmt: skip
    made_up = [tell("synthetic – not a real candidate")] if one.get("synthetic") == "yes" else []
    heads = (
        *map(_both, (*notices, *made_up)),
        _both(tell("Candidate {who} · form {form} · sheet {sheet}", who=one["candidate_id"], form=one["form"],
                   sheet=one.get("sheet") or "–")),
        _both(score) + (f" · {_both(said)}" if said else ""),
        *((_both(scope),) if scope is not None else ()),
    )  # fmt: skip
    cells = []
    for n, (_, _, pc) in enumerate(key.criteria):
        if n_items := int(key.n_items[form, n]):
            status = _STATUS[judged[f"{pc}_status"]]
            cells.append(f"{pc}  {judged[f'{pc}_correct']}/{n_items}  {_both(tell(status))}")
    notes = (
        _both(tell("ring: counts as marked; square: correct answer; line: decided by a person")),
        _both(tell("tick: right; cross: wrong; dash: does not count")),
        _both(tell("This page shows the key. View it only under supervision; do not take it away.")),
        _both(tell("run {n}, fingerprint {print}", n=run.number, print=run.fingerprint)),
    )
    return SheetPanel(heads, tuple(cells), notes)


def _both(text: Pair) -> str:
    """Return a text in Thai and English."""
    return text.en if text.th == text.en else f"{text.th} · {text.en}"


# ── drawing ──────────────────────────────────────────────────────────────────────────────────


def _draw(password: str | None, layout: SheetLayout, sheets: Sequence[_Sheet]) -> list[tuple[str, bytes]]:
    """Return the files of some sheets, with their names."""
    found = []
    for sheet in sheets:
        pages = [_page(*page, layout, sheet.questions) for page in sheet.pages]
        pdf = sheet_pdf(pages, sheet.panel, f"{layout.exam} – {sheet.who}")
        found.append((sheet.file, encrypted(pdf, password) if password else pdf))
    return found


def _page(
    path: Path, page: int, reading: PageReading, layout: SheetLayout, questions: Mapping[int, _Question]
) -> Image.Image:
    """Draw a page of a sheet, upright, with the result of each of its questions."""
    with pages_of(path) as take:
        scan = take(page)
    if scan.image is None:
        raise Refused.because("{path} can no longer be read. Restore the scan, or read it again", path=path)
    upright = np.ascontiguousarray(np.rot90(scan.image, -reading.rotation // 90))
    times = _WIDTH / upright.shape[1]
    size = (_WIDTH, round(upright.shape[0] * times))
    picture = Image.fromarray(upright).convert("RGB")
    picture = picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    draw = ImageDraw.Draw(picture)
    radius = float(reading.radius) / scan.scale * times
    line = max(3, round(radius / 4))
    # Places of the scan in pixels of the upright picture.
    height, width = scan.image.shape
    x_of, y_of = ((np.asarray(axis, np.float64) + 0.5) / scan.scale for axis in (reading.x, reading.y))
    if reading.rotation == 90:
        x_of, y_of = height - y_of, x_of
    elif reading.rotation == 180:
        x_of, y_of = width - x_of, height - y_of
    elif reading.rotation == 270:
        x_of, y_of = y_of, width - x_of
    places = np.stack((x_of, y_of), axis=1) * times
    of = layout.pages[reading.sheet_page - 1]
    read = {row.question: row.read for row in reading.rows}
    for choice in of.choices:
        if choice.group != ITEM or (question := questions.get(choice.place)) is None:
            continue
        at = places[choice.bubbles].tolist()
        for n, (x, y) in zip(choice.bubbles.tolist(), at, strict=True):
            bit = 1 << LETTERS.index(of.value[n])
            if question.marked & bit:
                r = 1.3 * radius
                draw.ellipse((x - r, y - r, x + r, y + r), outline=_COLOURS[question.verdict], width=line)
            elif question.right & bit and question.verdict in ("wrong", "part"):
                r = 1.2 * radius
                draw.rectangle((x - r, y - r, x + r, y + r), outline=_GREEN, width=line)
        (left, y0), (x, y) = at[0], at[-1]
        letters = [letter for letter in read.get(choice.place, "").split("|") if letter]
        is_sure = all(letter in LETTERS for letter in letters)
        own = sum(1 << LETTERS.index(letter) for letter in letters) if is_sure else None
        if own != question.marked:  # a person decided
            low = 1.5 * radius
            draw.line((left - radius, y0 + low, x + radius, y + low), fill=_AMBER, width=line)
        # A tick, a cross, both for a part, or a dash.
        verdict, x, r = question.verdict, x + 2.6 * radius, radius * 0.75
        strokes = []
        if verdict in ("right", "part"):
            strokes.append([(x - r, y), (x - r / 3, y + r * 0.7), (x + r, y - r)])
        if verdict in ("wrong", "part"):
            strokes.append([(x - r, y - r), (x + r, y + r)])
        if verdict == "wrong":
            strokes.append([(x - r, y + r), (x + r, y - r)])
        if verdict == "not_counted":
            strokes.append([(x - r, y), (x + r, y)])
        for stroke in strokes:
            draw.line(stroke, fill=_COLOURS[verdict], width=line)
    return picture


def sheet_pdf(pages: Sequence[Image.Image], panel: SheetPanel, title: str) -> bytes:
    """Return the pages of a sheet as a PDF file, with the panel below the last one."""
    out = BytesIO()
    page = pages[-1]
    bold, plain = _font("Bold"), _font("Regular")
    widest = max((plain.getlength(cell) for cell in panel.cells), default=1.0)
    columns = max(1, int((_WIDTH - 2 * _MARGIN + _SIZE) / (widest + _SIZE)))
    n_rows = -(-len(panel.cells) // columns)
    notes = [line for note in panel.notes for line in _broken(note, plain)]
    heads = [line for head in panel.heads for line in _broken(head, bold)]
    height = 2 * _MARGIN + _LINE * (len(heads) + n_rows + len(notes) + 1)
    whole = Image.new("RGB", (_WIDTH, page.height + height), "white")
    whole.paste(page)
    draw = ImageDraw.Draw(whole)
    y = page.height + _MARGIN // 2
    draw.line((_MARGIN, y, _WIDTH - _MARGIN, y), fill=_GREY, width=2)
    y += _MARGIN // 2
    for head in heads:
        draw.text((_MARGIN, y), head, fill=_BLACK, font=bold)
        y += _LINE
    across = (_WIDTH - 2 * _MARGIN) / columns
    for n, cell in enumerate(panel.cells):
        column, row = divmod(n, n_rows)
        draw.text((_MARGIN + column * across, y + row * _LINE), cell, fill=_BLACK, font=plain)
    y += _LINE * n_rows + _LINE // 2
    for note in notes:
        draw.text((_MARGIN, y), note, fill=_GREY, font=plain)
        y += _LINE
    first, *others = (*pages[:-1], whole)
    first.save(
        out, "PDF", save_all=True, append_images=others, resolution=_DPI, quality=72, subsampling=0,
        title=title, creationDate=None, modDate=None,
    )  # fmt: skip
    return out.getvalue()


def _broken(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    """Break a text at spaces into lines that fit."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > _WIDTH - 2 * _MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


@lru_cache(maxsize=2)
def _font(face: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(fonts() / f"Sarabun-{face}.ttf", _SIZE)
