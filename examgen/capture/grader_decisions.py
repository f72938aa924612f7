"""Recorded decisions of a grader on rows of answer files; the files themselves are never changed.

Uses what `decision_files` reads; the readers of answers look up the decision on a row by the name of the
answer file and the line in it. A decision on identity (`identities.csv`) never changes marks, and one on a
mark (`marks.csv`) never changes identity.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

from examgen.capture.cells import UNDECIDED
from examgen.core.problems import Problem
from examgen.core.responses.rows import INVALID
from examgen.core.tables.records import INVISIBLE, drop_invisible, unwrap, visible
from examgen.core.text.characters import LETTERS, composed_text
from examgen.core.words import tell, tell_n, with_ids

VOIDED = "voided_by_grader"
"""The reason for rows that a grader has declared to belong to nobody."""


LONGEST_CELL = 32_767
"""The most characters in a cell of a spreadsheet; longer texts are cut off when they come back."""
_REVIEW = "review"
"""The folder in that of a scan with people's decisions on its answers."""
_UNTIDY = re.compile(f"^[\\s=]|\\s\\s|\\s$|[^\\S ]|[{INVISIBLE}\u0e4d]").search
"""Finds anything that a normalised cell cannot contain."""


class DecidedCrop(NamedTuple):
    """The place on the image of a scanned sheet to which a decision refers, as in the gallery's columns."""

    picture: str
    """The scan file."""
    page: str
    crop: str
    read: str
    """The mark that was read before."""
    checked_by: str
    """Who else checked it."""
    settled: str
    """`yes` if the two had decided differently."""
    time: str
    """ISO 8601, with the precision that is known."""


class IdentityDecision(NamedTuple):
    """The decision that a row is of this candidate, or of this form; with `void` it belongs to nobody and is
    set aside.

    An empty `candidate_id` or `form` keeps that of the row. `form` is a form or the serial of a booklet, as
    named in the exam; if it is given, it overrides the assigned form. `raw` is the text of the row as the
    grader saw it, None if it was not recorded. `source` is the line of the decision.
    """

    candidate_id: str
    form: str
    void: bool
    raw: str | None
    source: str
    reason: str
    by: str
    date: str
    seen: DecidedCrop | None = None

    @property
    def decision(self) -> str:
        """The decision, in words."""
        if self.void:
            return tell("void")
        if self.candidate_id and self.form:
            return tell("candidate {candidate}, form {form}", candidate=self.candidate_id, form=self.form)
        if self.candidate_id:
            return tell("candidate {candidate}", candidate=self.candidate_id)
        return tell("form {form}", form=self.form) if self.form else ""


class MarkRepair(NamedTuple):
    """The decision that this row's question (from 1) has that mark, a bit mask as in `read_mark`; `answer` is
    the mark as written.
    """

    question: int
    mark: int
    answer: str
    raw: str | None
    source: str
    reason: str
    by: str
    date: str
    seen: DecidedCrop | None = None

    @property
    def decision(self) -> str:
        """The decision, in words."""
        return tell("question {n} is {answer}", n=self.question, answer=self.answer)


class GraderDecisions(NamedTuple):
    """Decisions by displayed name of the answer file and line of the row, from 1."""

    identities: Mapping[str, Mapping[int, IdentityDecision]]
    repairs: Mapping[str, Mapping[int, tuple[MarkRepair, ...]]]
    undecided: int = 0
    """Lines of a quarantine.csv that were returned without a decision."""

    def identity(self, file: str, line: int) -> IdentityDecision | None:
        """Return the decision on the identity of a row; None if there is none."""
        return self.identities.get(file, _NOBODY).get(line)

    def marks(self, file: str, line: int) -> tuple[MarkRepair, ...]:
        """Return the decisions on marks of a row, in the order of the questions."""
        return self.repairs.get(file, _NO_MARKS).get(line, ())

    def names(self, file: str) -> bool:
        """Return whether any row of the file has a decision."""
        return bool(self.lines(file))

    def lines(self, file: str) -> frozenset[int]:
        """Return the lines of the file that have a decision."""
        return frozenset((*self.identities.get(file, ()), *self.repairs.get(file, ())))

    def record(self) -> list[dict[str, object]]:
        """Return every decision for the audit, by file and line."""
        return [
            {
                "file": file,
                "line": line,
                **with_ids("decision", one.decision),
                "reason": one.reason,
                "by": one.by,
                "date": one.date,
                "source": one.source,
                **({} if one.seen is None else one.seen._asdict()),
            }
            for file in sorted({*self.identities, *self.repairs})
            for line in sorted(self.lines(file))
            for one in (self.identity(file, line), *self.marks(file, line))
            if one is not None
        ]


_NOBODY: Mapping[int, IdentityDecision] = {}
_NO_MARKS: Mapping[int, tuple[MarkRepair, ...]] = {}
NO_DECISIONS = GraderDecisions({}, {})


# ── whether the decisions met their rows ─────────────────────────────────────────────────────


class Met(NamedTuple):
    """A row with a decision, as it is in the file: its own text and id.

    `form` is the form by which it is scored, None if it is set aside. `inside` means that it is one line of a
    row that begins on another line; `whole` has all lines of a row that begins here. `as_read` are the marks,
    before any decision, of a row that is scored with decided marks. A row that `waits` is set aside until
    other marks of it are decided.
    """

    raw: str
    candidate_id: str
    form: str | None
    inside: bool = False
    whole: str = ""
    as_read: bytes = b""
    waits: bool = False

    @property
    def names_nobody(self) -> bool:
        """Whether the row names no candidate."""
        return not any(map(str.isalnum, self.candidate_id))


def unmet(
    grader_decisions: GraderDecisions,
    file: str,
    rows: Mapping[int, Met],
    options: Mapping[str, tuple[int, ...]],
    is_listed: Callable[[str], bool],
) -> list[Problem]:
    """Return the faults of the decisions on a file, once it is read; `rows` are its rows with decisions, by
    line.

    A decision on a line on which no row begins, or whose text differs from what the grader saw, was made on
    another version of the file. A mark must be of a question and option of the form; `options` are the
    numbers of options of each form's questions. An id without the leading zeros of the row is no fault if
    `is_listed` knows it: the row then has too many zeros.
    """
    found: list[Problem] = []
    for line in sorted(grader_decisions.lines(file)):
        identity, marks = grader_decisions.identity(file, line), grader_decisions.marks(file, line)
        decisions: list[IdentityDecision | MarkRepair] = [*([identity] if identity else []), *marks]
        row = rows.get(line)
        for one in decisions:
            if row is None:
                message = tell(
                    "{file} has no row that starts on line {line}. Check that the line number "
                    "is from quarantine.csv and that the file is the same",
                    file=file,
                    line=line,
                )
                found.append(Problem(one.source, "row-not-found", message))
            elif row.inside and not (row.names_nobody and isinstance(one, IdentityDecision)):
                message = tell(
                    "line {line} of {file} is part of a row that starts on an earlier line. "
                    "Decide on the first line of its candidate",
                    line=line,
                    file=file,
                )
                found.append(Problem(one.source, "inside-a-row", message))
            elif one.raw is not None and not any(same_text(one.raw, now) for now in (row.raw, row.whole)):
                now, then = _where_apart(row.raw, one.raw)
                message = tell(
                    "line {line} of {file} now reads {now!r}, not {then!r}. Decide on it again",
                    line=line,
                    file=file,
                    now=now,
                    then=then,
                )
                found.append(Problem(one.source, "row-changed", message))
        if row is None:
            continue
        own = row.candidate_id
        said = identity.candidate_id if identity else ""
        if identity and said != own and said == own.lstrip("0") != "" and not is_listed(said):
            message = tell(
                "line {line} of {file} is {own}, but a spreadsheet has removed its leading "
                "zeros. Leave the candidate number empty to keep that of the row",
                line=line,
                file=file,
                own=own,
            )
            found.append(Problem(identity.source, "leading-zeros-lost", message))
        if row.form is None:
            continue
        numbers = options[row.form]
        for repair in marks:
            if repair.question > len(numbers):
                message = tell(
                    "line {line} of {file} is form {form}, which has {n} questions",
                    line=line,
                    file=file,
                    form=row.form,
                    n=len(numbers),
                )
                found.append(Problem(repair.source, "unknown-question", message))
            elif repair.mark != INVALID and repair.mark >> numbers[repair.question - 1]:
                message = tell(
                    "{answer} is not an option of question {question} of form {form}. Its options: {numbers}",
                    answer=repair.answer,
                    question=repair.question,
                    form=row.form,
                    numbers=numbers[repair.question - 1],
                )
                found.append(Problem(repair.source, "no-such-option", message))
    return found


def without_effect(grader_decisions: GraderDecisions, file: str, rows: Mapping[int, Met]) -> list[Problem]:
    """Return a warning for each row that is set aside despite decisions on it."""
    found: list[Problem] = []
    for line in sorted(grader_decisions.lines(file)):
        identity = grader_decisions.identity(file, line)
        of_identity = [identity] if identity and not identity.void else []
        decisions: list[IdentityDecision | MarkRepair] = [*of_identity, *grader_decisions.marks(file, line)]
        row = rows.get(line)
        if row is None or row.form is not None or row.waits or not decisions:
            continue
        message = tell_n(
            "{n:,} decision on line {line} of {file} has no effect, because the row is set "
            "aside for another reason (see quarantine.csv)",
            "{n:,} decisions on line {line} of {file} have no effect, because the row is set "
            "aside for another reason (see quarantine.csv)",
            len(decisions), line=line, file=file,
        )  # fmt: skip
        found.append(Problem(decisions[0].source, "no-effect", message, severity="warning"))
    return found


def over_certain_marks(
    grader_decisions: GraderDecisions, file: str, rows: Mapping[int, Met]
) -> list[Problem]:
    """Return warnings of decisions that change a mark that was understood and not in doubt, for example
    because of a mistyped line number.
    """
    found: list[Problem] = []
    for line, row in sorted(rows.items()):
        for one in grader_decisions.marks(file, line):
            before = row.as_read[one.question - 1] if one.question <= len(row.as_read) else INVALID
            if before in (one.mark, UNDECIDED, INVALID):
                continue
            letters = "|".join(letter for n, letter in enumerate(LETTERS) if before >> n & 1)
            message = tell(
                "line {line} of {file}: question {n} was read as {before} and is now {answer}",
                line=line,
                file=file,
                n=one.question,
                before=letters or "-",
                answer=one.answer,
            )
            found.append(Problem(one.source, "certain-mark", message, severity="warning"))
    return found


_SHOWN, _ALIKE_SHOWN = 60, 15


def _where_apart(now: str, then: str) -> tuple[str, str]:
    """Return two texts from shortly before the first character that differs, so that the difference is
    visible.
    """
    now, then = _as_seen(now), _as_seen(then)
    pairs = enumerate(zip(now, then, strict=False))
    alike = next((n for n, (one, other) in pairs if one != other), min(len(now), len(then)))
    start = max(0, alike - _ALIKE_SHOWN) if max(len(now), len(then)) > _SHOWN else 0
    begin = "…" if start else ""
    return begin + now[start : start + _SHOWN], begin + then[start : start + _SHOWN]


def same_text(seen: str, now: str) -> bool:
    """Return whether two texts are the same row, after one went through quarantine.csv and a spreadsheet."""
    seen, now = _as_seen(seen), _as_seen(now)
    return seen == now or (len(seen) >= LONGEST_CELL - 1 and now.startswith(seen))


def _as_seen(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return restored(text).strip()


def restored(text: str) -> str:
    """Return the original text of a cell of a result file, without the apostrophe that keeps a spreadsheet
    from running it.
    """
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@\t\r") else text


def shown_names(paths: Sequence[Path]) -> list[str]:
    """Return the names to show for answer files: the file name, with as many folders before it as distinguish
    files of the same name.
    """
    found: dict[Path, str] = {}
    for n in range(1, max([1, *(len(path.parts) for path in paths)]) + 1):
        tails = {path: PurePath(*path.parts[-n:]).as_posix() for path in set(paths) - found.keys()}
        often = Counter(tails.values())
        found |= {path: tail for path, tail in tails.items() if often[tail] == 1 or n >= len(path.parts)}
    return [visible(found[path]) for path in paths]


def of_same_scan(decisions: Path, answers: Sequence[Path]) -> list[str]:
    """Return the answer files, by displayed name, of the scan in whose folder a file of decisions is; the
    files of all scans have the same names.
    """
    place = decisions.resolve().parent
    if place.name == _REVIEW:
        place = place.parent
    elif place.parent.name == _REVIEW:  # of one of several exams
        place = place.parent.parent / place.name
    else:
        return []
    shown = zip(answers, shown_names(answers), strict=True)
    return [name for path, name in shown if path.resolve().parent == place]


def clean_text(cell: str) -> str:
    """Return a cell in normalised form: composed (NFC), single-spaced, without invisible characters."""
    if not _UNTIDY(cell) and unicodedata.is_normalized("NFC", cell):
        return cell
    return composed_text(" ".join(unwrap(drop_invisible(cell).strip()).split()))
