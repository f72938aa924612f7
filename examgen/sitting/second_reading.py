"""A second, independent reading of a candidate's answers: what a run scored, the picture of the sheet, who
may read, and the answers that were read.

The picture is the page as it was scanned, turned upright, without drawings or results. The reader had no part
in earlier decisions about this candidate (ISO/IEC 17024:2012, 9.8.4).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from examgen.capture.cells import PLAIN, read_mark
from examgen.capture.grader_decisions import clean_text, shown_names
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam import manifest
from examgen.core.exam.runs import Run
from examgen.core.files import read_input
from examgen.core.models.decisions import DECISION_KINDS
from examgen.core.person_names import same_person
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.responses import table as response_table
from examgen.core.text.characters import LETTERS
from examgen.core.words import Message, listed, tell
from examgen.scanning.folder import SCAN
from examgen.scanning.gallery.in_doubt import read_scan, scan_file
from examgen.scanning.input.sources import pages_of
from examgen.scoring.counted_key import KeyOfRun
from examgen.scoring.run_tables import read_table
from examgen.scoring.sitting_cases import Case, ReadOtherwise, cases_about, cases_of
from examgen.scoring.sitting_folder import Sitting, file_shown
from examgen.scoring.sitting_record import RESPONSES, SCANS, SittingAct
from examgen.sitting import worklist

_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
_DPI = 150
_PAIR = re.compile(r"(?:Q|ข้อ)?\s*([0-9]+)\s*[=:,;\t]\s*(.*)", re.IGNORECASE)
"""A question and its answer."""


class ScoredRow(NamedTuple):
    """The answers of a candidate as a run scored them, and where they came from."""

    run: Run
    candidate_id: str
    form: str
    file: str
    """The answer file as the run shows it; `known_as` is the name that decisions on its rows use."""
    known_as: str
    line: int
    marks: tuple[int, ...]
    """The mark of each question, as a bit mask of options."""
    n_options: tuple[int, ...]
    letters: str
    """The letters that the papers print."""

    def shown(self, mark: int) -> str:
        """Return a mark in the letters that the paper prints."""
        return letters_of(mark, self.letters)


def scored_row(sitting: Sitting, run: Run, candidate: str) -> ScoredRow | None:
    """Return the row of a candidate in a run; None if the run did not score that number."""
    number = canonical_number(candidate)
    written = read_table(run.folder / "candidates.csv")["candidate_id"]
    who = next((one for one in written if canonical_number(one) == number), None)
    if who is None:
        return None
    key = KeyOfRun(sitting.exam, run)
    path = run.folder / response_table.NAME
    files = response_table.files_of(path)
    inputs = [Path(str(one["file"])) for one in run.audit.get("inputs") or ()]
    known = file_shown(inputs)
    letters = manifest.letters_of(sitting.exam)
    for rows in response_table.read_rows(path, key.number):
        for n in np.flatnonzero(rows.ids == who.encode()).tolist():
            form = int(rows.form[n])
            n_questions = int(key.key.n_questions[form])
            return ScoredRow(
                run,
                who,
                key.key.names[form],
                files[rows.file],
                known.get(files[rows.file], files[rows.file]),
                int(rows.line[n]),
                tuple(rows.marks[n][:n_questions].tolist()),
                tuple(key.key.n_options[form][:n_questions].tolist()),
                letters,
            )
    return None


def letters_of(mark: int, letters: str = LETTERS) -> str:
    """Return the letters of a mark: `-` if nothing is marked, `?` if it is no option."""
    if mark >= 1 << len(letters):
        return "?"
    return "|".join(letter for n, letter in enumerate(letters) if mark >> n & 1) or "-"


# ── the picture ──────────────────────────────────────────────────────────────────────────────


def sheet_pictures(sitting: Sitting, row: ScoredRow) -> list[Image.Image]:
    """Return the pages of the sheet as they were scanned, upright. Raises Refused if there is no picture,
    because the answers came in a file or the scan no longer exists."""
    folder = _scan_folder(sitting, row)
    if folder is None:
        number = row.known_as.rpartition("/")[0]
        if number.isdecimal():
            raise Refused.because(
                "scan {n} with the answers of {who} no longer exists. Read the paper itself, "
                "and confirm that you did",
                n=number,
                who=row.candidate_id,
            )
        raise Refused.because(
            "the answers of {who} came in a file ({file}, line {line}), so there is no image of "
            "the sheet. Read the paper itself, and confirm that you did",
            who=row.candidate_id,
            file=row.file,
            line=row.line,
        )
    found = sorted(
        (page for page in read_scan(folder).pages.values() if page.row.line == row.line),
        key=lambda page: (page.source, page.page),
    )
    pictures = []
    for page in found:
        with pages_of(scan_file(folder, page.sha256)) as take:
            image = take(page.page).image
        if image is None:
            raise Refused.because("{path} can no longer be read. Restore the scan", path=page.source)
        picture = Image.fromarray(image)
        pictures.append(picture.transpose(_TURNS[page.rotation]) if page.rotation else picture)
    if not pictures:
        raise Refused.because("the scan no longer contains a page of {who}. Restore it", who=row.candidate_id)
    return pictures


def has_picture(sitting: Sitting, row: ScoredRow) -> bool:
    """Return whether the answers came from a scan that still exists."""
    return _scan_folder(sitting, row) is not None


def _scan_folder(sitting: Sitting, row: ScoredRow) -> Path | None:
    """Return the folder of the scan that a row came from; None if there is none."""
    number = row.known_as.rpartition("/")[0]
    inputs = [Path(str(one["file"])) for one in row.run.audit.get("inputs") or ()]
    given = dict(zip(shown_names(inputs), inputs, strict=True)).get(row.file)
    folders = [sitting.place / SCANS / number] if number.isdecimal() else []
    if given is not None and given.name == RESPONSES:
        folders.append(given.parent)
    return next((folder for folder in folders if (folder / SCAN).is_file()), None)


def sheet_file(pictures: Sequence[Image.Image], suffix: str) -> bytes:
    """Return the pages of a sheet as one file (PDF or PNG), without metadata."""
    out = io.BytesIO()
    if suffix == ".pdf":
        first, *others = (one.convert("L") for one in pictures)
        first.save(
            out, "PDF", save_all=True, append_images=others, resolution=_DPI, creationDate=None, modDate=None
        )
    else:
        width, height = max(one.width for one in pictures), sum(one.height for one in pictures)
        whole, top = Image.new("L", (width, height), 255), 0
        for one in pictures:
            whole.paste(one, (0, top))
            top += one.height
        whole.save(out, "PNG", optimize=False)
    return out.getvalue()


# ── who may read ─────────────────────────────────────────────────────────────────────────────


class HadPart(NamedTuple):
    """A person who had a part in decisions about a candidate, and which part."""

    name: str
    what: Message


def who_decided(
    sitting: Sitting, acts: Sequence[SittingAct], candidate: str, rows: Sequence[ScoredRow]
) -> Iterator[HadPart]:
    """Yield the persons who decided on a mark or a row of a candidate, or on the person other than on an
    appeal."""
    number = canonical_number(candidate)
    for row in rows:
        made = [
            one
            for one in row.run.audit.get("decided") or ()
            if (one["file"], int(one["line"])) == (row.file, row.line)
        ]
        now = worklist.decided_rows(sitting).get((row.known_as, row.line), [])
        for said in (*made, *(one.said for one in now)):
            for name in filter(None, (said.get("by"), said.get("checked_by"))):
                yield HadPart(str(name), tell("decided on a mark or a row of this candidate"))
    for act in acts:
        is_on_person = act.kind in ("person", "proposed") and canonical_number(act.name) == number
        if is_on_person and DECISION_KINDS[act.act].about in ("result", "second look", "marking"):
            for name in filter(None, (act.by, act.confirmed_by)):
                yield HadPart(name, tell("decided on this candidate before"))


def who_read(acts: Sequence[SittingAct], candidate: str) -> Iterator[HadPart]:
    """Yield the persons who read the answers of a candidate before, and those who decided or proposed on an
    appeal."""
    number = canonical_number(candidate)
    for act in acts:
        is_on_person = act.kind in ("person", "proposed") and canonical_number(act.name) == number
        if is_on_person and DECISION_KINDS[act.act].about == "appeal":
            for name in filter(None, (act.by, act.confirmed_by)):
                yield HadPart(name, tell("decided on an appeal of this candidate"))
    for case in cases_about(cases_of(acts).values(), candidate):
        for reading in case.readings:
            yield HadPart(reading.by, tell("read these answers before"))


def refuse_who_had_part(by: str, had_part: Iterable[HadPart], refusal: Message) -> None:
    """Raise Refused, naming the part, if this person had a part before."""
    found = dict.fromkeys(one.what for one in had_part if same_person(one.name, by))
    if found:
        message = tell("{what}, so another person must do it", what=listed(found))
        raise Refused(refusal, [Problem(by, "had-part", message)])


# ── the answers that somebody reads ──────────────────────────────────────────────────────────


def answers_given(given: str) -> list[tuple[str, str, str]]:
    """Return answers as they were written, from a text such as `1=A 2=- 3=B,C` or from a file with a question
    and its answer on each line: the place, the question (`?` if there is none), and the text of each."""
    path = Path(given)
    try:
        is_file = len(given) < 1000 and path.is_file()
    except (OSError, ValueError):
        is_file = False
    if not is_file:
        return [_pair(given[:40], one) for one in re.split(r"[\s;]+", given.strip()) if one]
    try:
        lines = read_input(path, 10).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        message = tell("is not UTF-8 text. Save it as CSV UTF-8")
        raise Refused.because(
            "the second reading was not saved", [Problem(path.name, "not-utf-8", message)]
        ) from None
    is_heading = bool(lines) and not any(map(str.isdecimal, lines[0]))
    numbered = list(enumerate(lines, 1))[is_heading:]
    return [_pair(f"{path.name}:{n}", line.strip()) for n, line in numbered if line.strip(' ,;\t"')]


def _pair(where: str, text: str) -> tuple[str, str, str]:
    pair = _PAIR.fullmatch(text.translate(PLAIN))
    return (where, pair[1], pair[2].strip('"')) if pair is not None else (where, "?", text)


def answers_read(given: Sequence[tuple[str, str, str]], row: ScoredRow) -> tuple[int, ...]:
    """Return the mark of each question. Raises Refused with every fault: a question that the form does not
    have, that appears twice or is missing, or an answer that is no option."""
    n_questions = len(row.marks)
    problems: list[Problem] = []
    marks: dict[int, int] = {}
    for where, question, written in given:
        text = question.translate(PLAIN).strip()
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= n_questions):
            message = tell(
                "{question} is not a question of form {form}. Write 1 to {last}, for example {example}",
                question=clean_text(question if question != "?" else written) or "–",
                form=row.form,
                last=n_questions,
                example="1=A",
            )
            problems.append(Problem(where, "no-such-question", message, field="question"))
            continue
        at, mark = int(text), read_mark(written)
        if at in marks:
            message = tell("question {n} appears twice", n=at)
            problems.append(Problem(where, "question-twice", message, field="question"))
        elif mark >= 1 << row.n_options[at - 1]:
            message = tell(
                "{answer} is not an option of question {n}. Write {letters}, several separated "
                "by commas, or - for a blank",
                answer=clean_text(written),
                n=at,
                letters=", ".join(row.letters[: row.n_options[at - 1]]),
            )
            problems.append(Problem(where, "no-such-option", message, field="answer"))
        marks[at] = mark
    if lacking := [n for n in range(1, n_questions + 1) if n not in marks]:
        some = ", ".join(map(str, lacking[:20])) + (" …" if len(lacking) > 20 else "")
        message = tell("lacks question {some}. Write - for a blank", some=some)
        problems.append(Problem("answers", "question-missing", message, field="question"))
    if problems:
        raise Refused.because("the second reading was not saved", problems)
    return tuple(marks[n] for n in range(1, n_questions + 1))


def compared(row: ScoredRow, read: Sequence[int]) -> tuple[ReadOtherwise, ...]:
    """Return the questions for which a reading has different marks from those scored."""
    return tuple(
        ReadOtherwise(n, letters_of(scored), letters_of(mark))
        for n, (scored, mark) in enumerate(zip(row.marks, read, strict=True), 1)
        if scored != mark
    )


def written(read: Sequence[int]) -> str:
    """Return answers as they are recorded: `1=A 2=- 3=B|C`."""
    return " ".join(f"{n}={letters_of(mark)}" for n, mark in enumerate(read, 1))


def in_print(text: str, letters: str) -> str:
    """Replace the letters of the record by those that the papers print."""
    return text.translate(str.maketrans(LETTERS, letters))


def rows_of(sitting: Sitting, case: Case, runs: Mapping[int, Run]) -> list[ScoredRow]:
    """Return the rows of a candidate in some runs, if there are any."""
    found = []
    for run in runs.values():
        try:
            row = scored_row(sitting, run, case.candidate_id)
        except ExamgenError:  # an earlier run may be gone
            continue
        if row is not None:
            found.append(row)
    return found
