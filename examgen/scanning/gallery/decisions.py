"""Tables of decisions → decisions, or every fault in them; and the state of a doubt that several people
decided.

A decision records the person, the time, what was read and what was decided on one crop. It is never changed:
a person who decides again has two decisions, of which the later one counts. If two people differ, nothing
holds until it is settled.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple

from examgen.capture.cells import is_damaged, read_mark
from examgen.capture.decision_files import day_of
from examgen.capture.likely_ids import offers
from examgen.core.candidate_numbers import canonical_number
from examgen.core.problems import Problem
from examgen.core.text.characters import LETTERS
from examgen.core.text.thai import FIRST_BUDDHIST_YEAR
from examgen.core.words import Message, command, option, tell

COLUMNS = (
    *("scan", "code", "kind", "source", "page", "question", "task", "read"),
    *("decided", "form", "by", "time", "note", "way", "seconds"),
)
"""The columns of a file of decisions and of review/decisions.csv; older files lack the last two."""
SHEET, ROW = "sheet", "row"
"""Values of `way`: decided together with the others of its sheet, or by itself."""
_LONGEST_TIME = 3600.0
"""The maximum time of a decision in seconds."""
BLANK = "-"
NOBODY = "-"
"""Values of `decided`: nothing is marked; the sheet belongs to nobody."""
UNDECIDED = "?"
_TASKS = ("first", "second", "settle")
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_DASHES = ("-", "–", "—")
_LONGEST = 64
"""The maximum length of a candidate number that is on no list."""


class CropDecision(NamedTuple):
    """The decision of one person on one crop, as in review/decisions.csv."""

    scan: str
    code: str
    kind: str
    source: str
    page: int
    question: int
    """The question from 1; 0 for an identity."""
    task: str
    read: str
    decided: str
    """For a mark `A`, `A|C` or `-`; for an identity the candidate number, empty to keep the row's own, `-`
    for nobody."""
    form: str
    """For an identity the form, empty to keep the row's own."""
    by: str
    time: str
    """ISO 8601: a day, or a day and time with its zone."""
    note: str
    way: str = ""
    """`SHEET` or `ROW`; empty if unknown."""
    seconds: str = ""
    """How long the person looked at it; for a sheet, its share of the time. Empty if not measured."""

    @property
    def said(self) -> tuple[object, ...]:
        """All fields except the scan, the way and the seconds, for recognising the same decision."""
        return self[1 : self._fields.index("way")]

    def cells(self) -> tuple[str, ...]:
        """Return the line of review/decisions.csv."""
        return tuple("" if text == 0 else str(text) for text in self)

    @property
    def value(self) -> tuple[str, str]:
        """The decided value: mark or candidate, and form."""
        return (self.decided, self.form)

    @property
    def day(self) -> str:
        """The day it was decided."""
        return self.time[:10]


def as_marked(number: str) -> str:
    """Return a candidate number as it can be marked on a sheet; unchanged if it cannot."""
    plain = canonical_number(number)
    return plain if re.fullmatch("[0-9A-Za-z]+", plain) else number


class IssuedForms(NamedTuple):
    """The assigned booklets of an exam; empty if it was not printed for a list."""

    forms: Mapping[str, tuple[str, ...]] = {}
    """The forms of each candidate. A form with its own order is listed under its own name, because the key of
    the form it was drawn from would score it wrong."""
    with_sheet: frozenset[str] = frozenset()
    """Candidates whose sheet was read without a doubt."""
    only_bases: frozenset[str] = frozenset()
    """Forms of which every booklet, including spare ones, has its own order, so that nobody can have answered
    them."""
    writing: Callable[[str], str] = as_marked
    """Returns a candidate number as the list writes it; without a list, as it is marked."""


class KnownDoubt(NamedTuple):
    """The facts about a doubt of this scan that decisions on it need."""

    kind: str
    source: str
    page: int
    question: int
    read: str
    letters: str
    forms: tuple[str, ...]
    candidate_id: str = ""
    """The candidate of the row, as it was read."""
    dealt: IssuedForms = IssuedForms()


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


class DecisionState(NamedTuple):
    """The state of a doubt. In the states `settled` and `decided`, `final` is the decision that holds.

    `each` has the last decision of each person.
    """

    state: Literal["open", "decided", "disputed", "settled"]
    final: CropDecision | None
    each: tuple[CropDecision, ...]


def person(name: str) -> str:
    """Return a name in the form used for comparisons."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def standing(decisions: Sequence[CropDecision]) -> DecisionState:
    """Return the state of one doubt from its decisions, in the order they were made."""
    last: dict[str, CropDecision] = {}
    settled: CropDecision | None = None
    # where one names its day alone, those of a day are in the order in which they were taken in
    by_day = any(len(one.time) == len("2026-11-25") for one in decisions)
    for one in sorted(decisions, key=lambda one: _when(one, by_day)):
        if one.task == "settle":
            settled = one
        else:
            last.pop(person(one.by), None)
            last[person(one.by)] = one
    each = tuple(sorted(last.values(), key=lambda one: _TASKS.index(one.task)))
    if settled is not None:
        return DecisionState("settled", settled, each)
    if not each:
        return DecisionState("open", None, ())
    if len({one.value for one in each}) > 1:
        return DecisionState("disputed", None, each)
    return DecisionState("decided", each[0], each)


def _when(one: CropDecision, by_day: bool) -> datetime:
    found = moment(one.time) or _LONG_AGO
    return datetime(found.year, found.month, found.day, tzinfo=UTC) if by_day else found


def moment(text: str) -> datetime | None:
    """Return the time that a decision states, for a day its beginning; None if it is not a time."""
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# ── files of decisions ───────────────────────────────────────────────────────────────────────


class FilledLines(NamedTuple):
    """The content of a file of decisions: decisions with their lines, the number of lines left empty,
    decisions on replaced scans, and faults."""

    decisions: tuple[tuple[str, CropDecision], ...]
    n_open: int
    passed_over: tuple[PassedOver, ...]
    faults: tuple[Problem, ...]


class DecisionLine(NamedTuple):
    """A line of a file: its place, and its cells by column."""

    source: str
    cells: Mapping[str, str]


class Reader(NamedTuple):
    """What is needed to read decisions: known scans and doubts, and the default person and time."""

    scans: frozenset[str]
    """Digests of the scans for which galleries of this folder were written."""
    known: Mapping[str, KnownDoubt]
    by: str = ""
    time: str = ""
    """The person and the time of decisions that the file does not state."""
    is_own: bool = False
    """Whether all decisions are by `by`, whatever name was typed into the file."""
    replaced: Callable[[str], ReplacedCrop | None] = lambda _: None
    """Returns the crop with a code, if its page was replaced by another scan."""


def read_lines(lines: Iterable[DecisionLine], reader: Reader) -> FilledLines:
    """Return the decisions in the lines of a file."""
    decisions, passed_over, faults, n_open = [], [], [], 0
    said: dict[tuple[str, ...], CropDecision] = {}
    for line in lines:
        if not any(_text(line, column) for column in ("decided", "form")):
            n_open += 1
            continue
        code = _code(line)
        is_gone = code not in reader.known and _text(line, "scan") in reader.scans
        if is_gone and (crop := reader.replaced(code)) is not None:
            value = _value(line, crop.question == 0, reader)
            passed_over.append(PassedOver(crop, *value, _by(line, reader)))
        elif problems := list(_faults(line, reader)):
            faults += problems
        else:
            known = reader.known[code]
            decided, form = _value(line, known.kind == "identity", reader)
            one = CropDecision(
                scan=_text(line, "scan"),
                code=code,
                kind=known.kind,
                source=known.source,
                page=known.page,
                question=known.question,
                task=_text(line, "task"),
                read=known.read,
                decided=known.dealt.writing(decided),
                form=form,
                by=_by(line, reader),
                time=_time(line, reader),
                note=_text(line, "note"),
                way=_text(line, "way"),
                seconds=_text(line, "seconds"),
            )
            before = said.setdefault((one.code, one.task, one.by, one.time), one)
            if one.kind == "mark" and before.decided != one.decided:
                message = tell(
                    "{code} has another decision in this file by the same person at the same "
                    "time ({decided}). Keep one of them",
                    code=before.code,
                    decided=before.decided,
                )
                faults.append(Problem(line.source, "decided-twice", message, field="decided"))
            decisions.append((line.source, one))
    return FilledLines(tuple(decisions), n_open, tuple(passed_over), tuple(faults))


def _value(line: DecisionLine, is_identity: bool, reader: Reader) -> tuple[str, str]:
    """Return the decision and the form in a line."""
    decided = _text(line, "decided")
    if not is_identity:
        mark = read_mark(decided)
        return "|".join(letter for n, letter in enumerate(LETTERS) if mark >> n & 1) or BLANK, ""
    return (NOBODY, "") if decided in _DASHES else (decided, _text(line, "form"))


def _text(line: DecisionLine, column: str) -> str:
    text = _plain(line.cells.get(column, ""))
    return text[1:] if re.match("'[=+@-]", text) else text


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _faults(line: DecisionLine, reader: Reader) -> Iterable[Problem]:
    if _text(line, "scan") not in reader.scans:
        message = tell(
            "is a decision on another scan ({scan}). Add it with the folder of its own gallery",
            scan=_text(line, "scan") or "–",
        )
        yield Problem(line.source, "other-scan", message, field="scan")
        return
    if (known := reader.known.get(_code(line))) is None:
        message = tell("{code} is not a crop of this scan", code=_code(line) or "–")
        yield Problem(line.source, "unknown-crop", message, field="code")
        return
    if other := _other_place(line, known):
        yield Problem(line.source, "other-crop", other, field="code")
        return
    if _text(line, "read") != known.read:
        message = tell(
            "was decided when the scan read {before}, but now it reads {now}. Decide again in a new gallery",
            before=_text(line, "read") or "–",
            now=known.read or "–",
        )
        yield Problem(line.source, "read-otherwise", message, field="read")
    if _text(line, "task") not in _TASKS:
        message = tell("{task} is not a task. Write first, second or settle", task=_text(line, "task") or "–")
        yield Problem(line.source, "unknown-task", message, field="task")
    if (way := _text(line, "way")) not in ("", SHEET, ROW):
        message = tell("{way} is not a way of deciding. Write sheet or row", way=_shown(way))
        yield Problem(line.source, "unknown-way", message, field="way")
    if (seconds := _text(line, "seconds")) and not _is_time(seconds):
        message = tell("{seconds} is not a number of seconds", seconds=_shown(seconds))
        yield Problem(line.source, "bad-seconds", message, field="seconds")
    if known.kind != "mark":
        yield from _identity_faults(line, known, reader)
    else:
        decided = _text(line, "decided")
        mark = read_mark(decided)
        if not decided or mark >> len(LETTERS):
            message = tell(
                "{decided} is not a mark. Write a letter, or several as A|C, or - for a blank",
                decided=decided or "–",
            )
            yield Problem(line.source, "no-mark", message, field="decided")
        elif mark >> len(known.letters):
            message = tell(
                "{decided} is not an option of question {n}. Its options: {letters}",
                decided=decided,
                n=known.question,
                letters=known.letters,
            )
            yield Problem(line.source, "no-such-option", message, field="decided")
    if not any(map(str.isalpha, _by(line, reader))):
        message = tell(
            "has no name of the person who decided. Fill in `by`, or use {by}", by=option("by", "NAME")
        )
        yield Problem(line.source, "no-by", message, field="by")
    if (written := _text(line, "time")) and not _time(line, reader):
        message = tell("{time} is not a date or time. Write for example 2026-11-20", time=written)
        yield Problem(line.source, "bad-time", message, field="time")
    elif not _time(line, reader):
        message = tell(
            "has no date of the decision. Write it as 2026-11-20, or use {date}",
            date=option("date"),
        )
        yield Problem(line.source, "no-time", message, field="time")


def _other_place(line: DecisionLine, known: KnownDoubt) -> Message | None:
    """Return a message that a line names a place other than that of its code, as in a table of which one
    column was sorted; None if it does not. Empty cells contradict nothing."""
    stands = {"source": _plain(known.source), "page": str(known.page), "question": str(known.question)}
    says = {name: _text(line, name) for name in stands}
    if known.kind == "identity" and says["question"] in _DASHES:
        says["question"] = ""
    # a whole number may come back as a spreadsheet writes it
    whole = {name: re.fullmatch(r"(\d{1,9})(\.0+)?", said) for name, said in says.items()}
    differ = ", ".join(
        f"{name} {_shown(said)}"
        for name, said in says.items()
        if said and stands[name] != said and not ((one := whole[name]) and stands[name] == str(int(one[1])))
    )
    if not differ:
        return None
    where = {"differ": differ, "code": _code(line), "source": known.source, "page": known.page}
    if known.kind == "identity":
        return tell(
            "says {differ}, but {code} is the crop of the candidate on {source}, page {page}. "
            "Check whether a column was sorted alone or a line moved",
            **where,
        )
    return tell(
        "says {differ}, but {code} is the crop of {source}, page {page}, question {n}. Check "
        "whether a column was sorted alone or a line moved",
        **where,
        n=known.question,
    )


def _identity_faults(line: DecisionLine, known: KnownDoubt, reader: Reader) -> Iterable[Problem]:
    decided, form = known.dealt.writing(_text(line, "decided")), _text(line, "form")
    listed = known.dealt.forms
    if decided and decided not in _DASHES and decided not in listed:
        if not any(map(str.isalnum, decided)) or not _is_name(line, "decided"):
            message = tell(
                "{decided} is not a candidate number. Write at most {n} characters on one line, "
                "or - if the sheet belongs to no candidate",
                decided=_shown(decided),
                n=_LONGEST,
            )
            yield Problem(line.source, "no-candidate-id", message, field="decided")
        elif is_damaged(decided):
            message = tell(
                "{decided}: a spreadsheet has changed the number. Write it as text", decided=decided
            )
            yield Problem(line.source, "candidate-id-damaged", message, field="decided")
        elif not (listed or _text(line, "note") or re.fullmatch("[0-9A-Za-z]+", decided)):
            message = tell(
                "{decided} cannot be marked on a sheet. Write only digits 0–9 and letters A–Z, "
                "or explain in `note` why the number is different",
                decided=decided,
            )
            yield Problem(line.source, "not-as-marked", message, field="decided")
        elif listed and not _text(line, "note"):
            # the candidate that the scan would offer; those with a sheet of their own are left out
            with_sheet = known.dealt.with_sheet
            offer = offers([decided], listed, with_sheet, with_sheet).get(decided)
            may_be = offer.candidate_id if offer else ""
            if may_be:
                message = tell(
                    "{decided} was assigned no booklet, but it may be {candidate}. Write that "
                    "number, or explain in `note` how {decided} came to take the exam",
                    decided=decided,
                    candidate=may_be,
                )
            else:
                message = tell(
                    "{decided} was assigned no booklet. Check the number, or explain in `note` "
                    "how {decided} came to take the exam",
                    decided=decided,
                )
            yield Problem(line.source, "not-on-list", message, field="decided")
    who = decided or known.candidate_id
    own = listed.get(who, ())
    if not form or form in own or decided in _DASHES:
        return
    if (known.forms and form not in known.forms) or not _is_name(line, "form"):
        message = tell("{form} is not a form of this exam", form=_shown(form))
        yield Problem(line.source, "unknown-form", message, field="form")
    elif form in known.dealt.only_bases:
        message = tell(
            "every booklet of form {form} has its own order of questions. Write the name "
            "printed on the answered booklet, for example {example}",
            form=form,
            example=own[0] if own else f"{form}-0001-23",
        )
        yield Problem(line.source, "other-form", message, field="form")
    elif own and not _text(line, "note"):
        message = tell(
            "{form} is not the form assigned to {candidate}, which is {dealt}. Write that form, "
            "or explain in `note` why it is a different one",
            form=form,
            candidate=who,
            dealt=own[0],
        )
        yield Problem(line.source, "other-form", message, field="form")


def _is_name(line: DecisionLine, column: str) -> bool:
    """Return whether a cell may be a number or a form: short, on one line, printable, and no path, formula or
    markup."""
    written, text = line.cells.get(column, "").strip(), _text(line, column)
    is_line = all(one.isprintable() or unicodedata.category(one) == "Zs" for one in written)
    return is_line and len(text) <= _LONGEST and text[0] not in "=+-@/<" and not re.search(r"\\|\.\.", text)


def _shown(text: str) -> str:
    """Return a cell as a message shows it."""
    plain = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    return plain if len(plain) <= _LONGEST else f"{plain[:20]}…"


def _is_time(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text)) and float(text) <= _LONGEST_TIME


def _code(line: DecisionLine) -> str:
    return _text(line, "code").upper()


def _by(line: DecisionLine, reader: Reader) -> str:
    if reader.is_own:
        return reader.by
    return _text(line, "by") or reader.by


def _time(line: DecisionLine, reader: Reader) -> str:
    """Return the time in ISO 8601; empty if there is none that can be read."""
    written = _text(line, "time") or reader.time
    found = moment(written)
    if found is not None:
        return written if found.year < FIRST_BUDDHIST_YEAR else ""
    day = day_of(written)
    return "" if isinstance(day, str) else day.isoformat()


# ── beside what is on record ─────────────────────────────────────────────────────────────────


class NewDecisions(NamedTuple):
    """New decisions, the number already recorded, and faults that contradict the rest."""

    new: tuple[CropDecision, ...]
    n_known: int
    faults: tuple[Problem, ...]


def beside(
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
    seen = {one.said for one in record}
    last = {(one.code, one.task, person(one.by)): one.said for one in record}
    firsts: dict[tuple[str, str], CropDecision] = {
        (one.code, person(one.by)): one for one in record if one.task == "first"
    }
    firsts |= {(one.code, person(one.by)): one for _, one in given if one.task == "first"}
    by_code: dict[str, list[CropDecision]] = {}
    for one in (*record, *(one for _, one in given)):
        if one.task != "settle":
            by_code.setdefault(one.code, []).append(one)
    disputed = {code for code, found in by_code.items() if standing(found).state == "disputed"}
    new, faults, known = [], [], 0
    for source, one in given:
        key = one.code, one.task, person(one.by)
        has_moment = len(one.time) > len("2026-11-25")
        if one.said in seen and (has_moment or (last.get(key) == one.said and one.code not in anew)):
            known += 1
            continue
        if one.task == "second" and one.code not in checked:
            message = tell(
                "{code} was not selected for a second check. Decide it as `first`, or select "
                "more with {command}",
                code=one.code,
                command=command("scan gallery", "--share"),
            )
            faults.append(Problem(source, "not-drawn", message, field="task"))
            continue
        if one.task == "settle" and one.code not in disputed:
            message = tell("there is no difference on {code} to settle. Decide it as `first`", code=one.code)
            faults.append(Problem(source, "nobody-differs", message, field="task"))
            continue
        if one.task == "second" and (one.code, person(one.by)) in firsts:
            message = tell(
                "{by} made the first decision on {code}, so another person must check it",
                by=one.by,
                code=one.code,
            )
            faults.append(Problem(source, "checked-by-the-first", message, field="by"))
            continue
        seen.add(one.said)
        last[key] = one.said
        new.append(one)
    return NewDecisions(tuple(new), known, tuple(faults))
