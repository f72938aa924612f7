"""Files of decisions → the decisions in them, and every fault; and which of them are new."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from examgen.capture.cells import is_damaged, read_mark
from examgen.capture.decision_files import day_of
from examgen.capture.likely_ids import offers
from examgen.core.candidate_numbers import canonical_number, writing_of
from examgen.core.csv_files import read_csv
from examgen.core.exam.names import CANDIDATES_CSV
from examgen.core.problems import Problem, Refused
from examgen.core.tables.opening import open_tables
from examgen.core.tables.records import Table, visible
from examgen.core.text.characters import LETTERS
from examgen.core.text.thai import FIRST_BUDDHIST_YEAR
from examgen.core.words import Message, command, option, tell
from examgen.scanning.gallery.decisions import (
    BLANK,
    NOBODY,
    ROW,
    SHEET,
    TASKS,
    CropDecision,
    moment,
    person,
    standing,
)
from examgen.scanning.gallery.in_doubt import (
    Doubt,
    ReplacedCrop,
    ScanInDoubt,
    ScannedExam,
    replaced_crops,
)

UNDECIDED = "?"
_DASHES = ("-", "–", "—")
_LONGEST = 64
"""The maximum length of a candidate number that is on no list."""
_LONGEST_TIME = 3600.0
"""The maximum time of a decision in seconds."""

Fault = tuple[str, str, Message]
"""The code of a fault, the column with it, and its message."""


class PassedOver(NamedTuple):
    """A decision on a crop of a scan that no longer counts."""

    crop: ReplacedCrop
    decided: str
    form: str
    by: str

    @property
    def said(self) -> str:
        """Say what was decided."""
        return " ".join(filter(None, (self.decided, self.form)))

    @property
    def says_otherwise(self) -> bool:
        """Whether the scan that counts is sure of something else."""
        reads = self.crop.reads
        if self.crop.question:
            return reads != UNDECIDED and self.decided != (reads or BLANK)
        whose = self.decided not in ("", reads) or self.form not in ("", self.crop.form)
        return reads is not None and whose


class _IssuedForms(NamedTuple):
    """The assigned booklets of an exam; empty if it was not printed for a list."""

    forms: Mapping[str, tuple[str, ...]]
    """The forms of each candidate. A form with its own order is listed under its own name, because the key of
    the form it was drawn from would score it wrong."""
    with_sheet: frozenset[str]
    """Candidates whose sheet was read without a doubt."""
    only_bases: frozenset[str]
    """Forms of which every booklet, including spare ones, has its own order, so that nobody can have answered
    them."""
    writing: Callable[[str], str]
    """Returns a candidate number as the list writes it; without a list, as it is marked."""


def _issued_forms(scan: ScanInDoubt, exam: ScannedExam) -> _IssuedForms:
    if exam.package is None or not (path := exam.package / CANDIDATES_CSV).is_file():
        return _IssuedForms({}, frozenset(), frozenset(), _as_marked)
    forms: dict[str, tuple[str, ...]] = {}
    rows = read_csv(path, {})
    for one in rows.iter_rows(named=True):
        if who := one["candidate_id"]:
            forms[who] = tuple(dict.fromkeys((*forms.get(who, ()), one["form"])))
    sound = (page for page in scan.pages.values() if page.exam == exam.code and not page.reason)
    only_bases = set(rows["base"]) - set(rows["form"]) if "base" in rows.columns else set()
    with_sheet = frozenset(page.candidate_id for page in sound)
    return _IssuedForms(forms, with_sheet, frozenset(only_bases), writing_of(forms))


def _as_marked(number: str) -> str:
    """Return a candidate number as it can be marked on a sheet; unchanged if it cannot."""
    plain = canonical_number(number)
    return plain if re.fullmatch("[0-9A-Za-z]+", plain) else number


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a file: its place in messages, and its cells by column."""

    place: str
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """Return the text of a cell, without the apostrophe that protects a formula."""
        text = _plain(self.cells.get(column, ""))
        return text[1:] if re.match("'[=+@-]", text) else text

    def is_name(self, column: str) -> bool:
        """Return whether a cell may be a number or a form: short, on one line, printable, and no path,
        formula or markup."""
        written, text = self.cells.get(column, "").strip(), self[column]
        is_line = all(one.isprintable() or unicodedata.category(one) == "Zs" for one in written)
        return (
            is_line and len(text) <= _LONGEST and text[0] not in "=+-@/<" and not re.search(r"\\|\.\.", text)
        )


class DecisionReader:
    """Reads files of decisions on a scan: decisions with their lines, and every fault of every file."""

    def __init__(
        self, scan: ScanInDoubt, scans: Collection[str], by: str, time: str, is_own: bool = False
    ) -> None:
        """`scans` are the digests of the scans for which galleries of this folder were written, `by` and
        `time` the person and time of lines that state none. With `is_own`, every decision is by `by`."""
        self.decisions: list[tuple[str, CropDecision]] = []
        self.passed_over: list[PassedOver] = []
        self.faults: list[Problem] = []
        self.n_open = 0
        """The number of lines left empty."""
        self._scan, self._scans, self._by, self._time, self._is_own = scan, scans, by, time, is_own
        self._doubts = {one.code: one for one in scan.doubts}
        self._exams = {one.code: one for one in scan.exams}
        self._issued = {one.code: _issued_forms(scan, one) for one in scan.exams}
        self._replaced = cache(lambda: replaced_crops(scan.folder))

    def read(self, name: str, data: bytes) -> None:
        """Read a file."""
        first: dict[tuple[str, ...], CropDecision] = {}
        for line in table_lines(name, data, self.faults):
            code = line["code"].upper()
            doubt = self._doubts.get(code)
            is_gone = doubt is None and line["scan"] in self._scans
            if not line["decided"] and not line["form"]:
                self.n_open += 1
            elif is_gone and (crop := self._replaced().get(code)) is not None:
                value = _value(line, crop.question == 0)
                self.passed_over.append(PassedOver(crop, *value, self._by_of(line)))
            elif faults := list(self._faults(line, code, doubt)):
                self.faults += [
                    Problem(line.place, code, message, field=field) for code, field, message in faults
                ]
            elif doubt is not None:
                one = self._decision(line, doubt)
                before = first.setdefault((one.code, one.task, one.by, one.time), one)
                if one.kind == "mark" and before.decided != one.decided:
                    message = tell(
                        "{code} has another decision in this file by the same person at the same "
                        "time ({decided}). Keep one of them",
                        code=before.code,
                        decided=before.decided,
                    )
                    self.faults.append(Problem(line.place, "decided-twice", message, field="decided"))
                self.decisions.append((line.place, one))

    def _decision(self, line: _Line, doubt: Doubt) -> CropDecision:
        decided, form = _value(line, doubt.kind == "identity")
        writing = self._issued[self._scan.pages[doubt.page].exam].writing
        return CropDecision(
            line["scan"],
            doubt.code,
            doubt.kind,
            *doubt.page,
            doubt.question,
            line["task"],
            doubt.read,
            writing(decided),
            form,
            self._by_of(line),
            self._time_of(line),
            *(line[column] for column in ("note", "way", "seconds")),
        )

    def _by_of(self, line: _Line) -> str:
        return self._by if self._is_own else line["by"] or self._by

    def _time_of(self, line: _Line) -> str:
        """Return the time in ISO 8601; empty if there is none that can be read."""
        written = line["time"] or self._time
        if (found := moment(written)) is not None:
            return written if found.year < FIRST_BUDDHIST_YEAR else ""
        day = day_of(written)
        return "" if isinstance(day, str) else day.isoformat()

    def _faults(self, line: _Line, code: str, doubt: Doubt | None) -> Iterator[Fault]:
        if line["scan"] not in self._scans:
            yield "other-scan", "scan", tell(
                "is a decision on another scan ({scan}). Add it with the folder of its own gallery",
                scan=line["scan"] or "–",
            )  # fmt: skip
            return
        if doubt is None:
            yield "unknown-crop", "code", tell("{code} is not a crop of this scan", code=code or "–")
            return
        if differ := _other_place(line, doubt):
            yield "other-crop", "code", tell(
                "says {differ}, but {code} is the crop of {source}, page {page}, question {n}. Check "
                "whether a column was sorted alone or a line moved",
                differ=differ, code=code, source=doubt.page[0], page=doubt.page[1], n=doubt.question or "–",
            )  # fmt: skip
            return
        if line["read"] != doubt.read:
            yield "read-otherwise", "read", tell(
                "was decided when the scan read {before}, but now it reads {now}. Decide again in a new "
                "gallery",
                before=line["read"] or "–", now=doubt.read or "–",
            )  # fmt: skip
        if line["task"] not in TASKS:
            message = tell("{task} is not a task. Write first, second or settle", task=line["task"] or "–")
            yield "unknown-task", "task", message
        if (way := line["way"]) not in ("", SHEET, ROW):
            yield "unknown-way", "way", tell(
                "{way} is not a way of deciding. Write sheet or row", way=_shown(way)
            )  # fmt: skip
        if not re.fullmatch(r"([0-9]{1,4}(\.[0-9]{1,3})?)?", seconds := line["seconds"]) or (
            float(seconds or 0) > _LONGEST_TIME
        ):
            message = tell("{seconds} is not a number of seconds", seconds=_shown(seconds))
            yield "bad-seconds", "seconds", message
        yield from _mark_faults(line, doubt) if doubt.kind == "mark" else self._identity_faults(line, doubt)
        if not any(map(str.isalpha, self._by_of(line))):
            yield "no-by", "by", tell(
                "has no name of the person who decided. Fill in `by`, or use {by}", by=option("by", "NAME")
            )  # fmt: skip
        if self._time_of(line):
            return
        if line["time"]:
            message = tell("{time} is not a date or time. Write for example 2026-11-20", time=line["time"])
            yield "bad-time", "time", message
        else:
            yield "no-time", "time", tell(
                "has no date of the decision. Write it as 2026-11-20, or use {date}", date=option("date")
            )  # fmt: skip

    def _identity_faults(self, line: _Line, doubt: Doubt) -> Iterator[Fault]:
        page = self._scan.pages[doubt.page]
        issued, forms = self._issued[page.exam], self._exams[page.exam].forms
        decided, form = issued.writing(line["decided"]), line["form"]
        if decided in _DASHES:
            return
        if decided and decided not in issued.forms:
            yield from _number_faults(line, decided, issued)
        who = decided or page.candidate_id
        own = issued.forms.get(who, ())
        if not form or form in own:
            return
        if (forms and form not in forms) or not line.is_name("form"):
            yield "unknown-form", "form", tell("{form} is not a form of this exam", form=_shown(form))
        elif form in issued.only_bases:
            yield "other-form", "form", tell(
                "every booklet of form {form} has its own order of questions. Write the name "
                "printed on the answered booklet, for example {example}",
                form=form, example=own[0] if own else f"{form}-0001-23",
            )  # fmt: skip
        elif own and not line["note"]:
            yield "other-form", "form", tell(
                "{form} is not the form assigned to {candidate}, which is {dealt}. Write that form, "
                "or explain in `note` why it is a different one",
                form=form, candidate=who, dealt=own[0],
            )  # fmt: skip


def _mark_faults(line: _Line, doubt: Doubt) -> Iterator[Fault]:
    decided, letters = line["decided"], LETTERS[: doubt.n_options]
    mark = read_mark(decided)
    if not decided or mark >> len(LETTERS):
        yield "no-mark", "decided", tell(
            "{decided} is not a mark. Write a letter, or several as A|C, or - for a blank",
            decided=decided or "–",
        )  # fmt: skip
    elif mark >> len(letters):
        yield "no-such-option", "decided", tell(
            "{decided} is not an option of question {n}. Its options: {letters}",
            decided=decided, n=doubt.question, letters=letters,
        )  # fmt: skip


def _number_faults(line: _Line, decided: str, issued: _IssuedForms) -> Iterator[Fault]:
    """Yield the fault of a candidate number that is not on the list."""
    if not any(map(str.isalnum, decided)) or not line.is_name("decided"):
        yield "no-candidate-id", "decided", tell(
            "{decided} is not a candidate number. Write at most {n} characters on one line, "
            "or - if the sheet belongs to no candidate",
            decided=_shown(decided), n=_LONGEST,
        )  # fmt: skip
    elif is_damaged(decided):
        yield "candidate-id-damaged", "decided", tell(
            "{decided}: a spreadsheet has changed the number. Write it as text", decided=decided
        )  # fmt: skip
    elif line["note"]:
        return
    elif not issued.forms:
        if not re.fullmatch("[0-9A-Za-z]+", decided):
            yield "not-as-marked", "decided", tell(
                "{decided} cannot be marked on a sheet. Write only digits 0–9 and letters A–Z, "
                "or explain in `note` why the number is different",
                decided=decided,
            )  # fmt: skip
    # the candidate that the scan would offer; those with a sheet of their own are left out
    elif offer := offers([decided], issued.forms, issued.with_sheet, issued.with_sheet).get(decided):
        yield "not-on-list", "decided", tell(
            "{decided} was assigned no booklet, but it may be {candidate}. Write that "
            "number, or explain in `note` how {decided} came to take the exam",
            decided=decided, candidate=offer.candidate_id,
        )  # fmt: skip
    else:
        yield "not-on-list", "decided", tell(
            "{decided} was assigned no booklet. Check the number, or explain in `note` "
            "how {decided} came to take the exam",
            decided=decided,
        )  # fmt: skip


def _other_place(line: _Line, doubt: Doubt) -> str:
    """Return the place that a line names, if it is not that of its code, as in a table of which one column
    was sorted. Empty cells contradict nothing."""
    places = {"source": _plain(doubt.page[0]), "page": str(doubt.page[1]), "question": str(doubt.question)}
    says = {name: line[name] for name in places}
    for name in ("page", "question"):  # a whole number may come back as a spreadsheet writes it
        says[name] = re.sub(r"\.0+$", "", says[name])
    if not doubt.question and says["question"] in _DASHES:
        says["question"] = ""
    return ", ".join(f"{name} {_shown(text)}" for name, text in says.items() if text and text != places[name])


def _value(line: _Line, is_identity: bool) -> tuple[str, str]:
    """Return the decision and the form in a line."""
    decided = line["decided"]
    if not is_identity:
        mark = read_mark(decided)
        return "|".join(letter for n, letter in enumerate(LETTERS) if mark >> n & 1) or BLANK, ""
    return (NOBODY, "") if decided in _DASHES else (decided, line["form"])


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _shown(text: str) -> str:
    """Return a cell as a message shows it."""
    plain = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    return plain if len(plain) <= _LONGEST else f"{plain[:20]}…"


def table_lines(name: str, data: bytes, problems: list[Problem]) -> list[_Line]:
    """Return the lines of the first table in a file that has the columns of decisions; faults of the file
    are added to `problems`."""
    try:
        tables = open_tables(name, data)
    except Refused as refused:
        problems += refused.problems
        return []
    for table in tables:
        if heads := decision_columns(table):
            return [
                _Line(f"{visible(name)}:{record.line}", dict(zip(heads, record.fields, strict=False)))
                for record in table.body(len(heads))
            ]
    message = tell(
        "is not a file saved by the gallery, because it lacks a column `scan`, `code` or "
        "`decided` (marks.csv and identities.csv are for scoring)"
    )
    problems.append(Problem(visible(name), "not-decisions", message))
    return []


def decision_columns(table: Table) -> list[str]:
    """Return the column names of a table of decisions; none if it is another table."""
    heads = [cell.lower().strip() for cell in table.header.fields]
    return heads if {"scan", "code", "decided"} <= set(heads) else []


# ── beside what is on record ─────────────────────────────────────────────────────────────────


class NewDecisions(NamedTuple):
    """New decisions, the number already recorded, and faults that contradict the rest."""

    new: tuple[CropDecision, ...]
    n_known: int
    faults: tuple[Problem, ...]


def new_decisions(
    record: Sequence[CropDecision],
    given: Sequence[tuple[str, CropDecision]],
    checked: Collection[str],
    anew: Collection[str] = (),
) -> NewDecisions:
    """Compare added decisions, each with its line, with those on record.

    A decision with a time of day is known if it is on record. One with only a day is known if it is the last
    of that person, and nothing else was decided on the crop since (`anew`). A second check by the first
    person is refused, as is one of a crop that was not drawn for it (`checked` has the codes drawn), and a
    settlement if nobody differs.
    """
    both = (*record, *(one for _, one in given))
    firsts = {(one.code, person(one.by)) for one in both if one.task == "first"}
    by_code: dict[str, list[CropDecision]] = {}
    for one in both:
        if one.task != "settle":
            by_code.setdefault(one.code, []).append(one)
    disputed = {code for code, decisions in by_code.items() if standing(decisions).state == "disputed"}
    seen = {one.said for one in record}
    last = {(one.code, one.task, person(one.by)): one.said for one in record}
    new, faults, n_known = [], [], 0
    for source, one in given:
        key = one.code, one.task, person(one.by)
        if one.said in seen and (one.has_moment or (last.get(key) == one.said and one.code not in anew)):
            n_known += 1
        elif one.task == "second" and one.code not in checked:
            message = tell(
                "{code} was not selected for a second check. Decide it as `first`, or select "
                "more with {command}",
                code=one.code,
                command=command("scan gallery", "--share"),
            )
            faults.append(Problem(source, "not-drawn", message, field="task"))
        elif one.task == "settle" and one.code not in disputed:
            message = tell("there is no difference on {code} to settle. Decide it as `first`", code=one.code)
            faults.append(Problem(source, "nobody-differs", message, field="task"))
        elif one.task == "second" and (one.code, person(one.by)) in firsts:
            message = tell(
                "{by} made the first decision on {code}, so another person must check it",
                by=one.by,
                code=one.code,
            )
            faults.append(Problem(source, "checked-by-the-first", message, field="by"))
        else:
            seen.add(one.said)
            last[key] = one.said
            new.append(one)
    return NewDecisions(tuple(new), n_known, tuple(faults))
