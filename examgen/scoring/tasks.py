"""One part of the answers → its rows, read, measured and written by tasks that run in any process.

A task takes the folder of the scoring in progress and the number of its part, and leaves the rows of the
part in that folder, which also holds what all tasks share. So the tasks work with any
`concurrent.futures.Executor` whose workers see the folder, and the resulting bytes are always the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from examgen.capture.columns import PAGE, SHEET
from examgen.capture.files import AnswerFile
from examgen.capture.parts import NotUtf8, read_part
from examgen.capture.reasons import UNREADABLE_MARKS
from examgen.core.candidate_numbers import canonical_numbers
from examgen.core.problems import ExamgenError, Problem
from examgen.core.processes import leave, taken
from examgen.core.responses.rows import KINDS, Batch, Ints, Part, QuarantinedRow, ResultRows, id_hash
from examgen.scoring.coverage import CriterionTally
from examgen.scoring.decisions import decide
from examgen.scoring.plan import ScoringPlan
from examgen.scoring.points import earn, total_places
from examgen.scoring.spooled import (
    Block,
    IdAscent,
    Order,
    Spool,
    as_range,
    blocks,
    some_rows,
    together,
    with_places,
)

_INVALID = KINDS.index("invalid")
_EXAMPLES = 3
PLAN, COHORT_PLAN = "plan.pickle", "cohort.pickle"
"""The files that all tasks share: the plan of the scoring, and the plan with the cohort, for results that
depend on other candidates."""
BETWEEN_PAGES = "|"


class PartSums(NamedTuple):
    """What the rows of a part add to the counts of a scoring, and to each result file in bytes."""

    rows: int
    passed: int
    second_look: int
    tally: CriterionTally
    sizes: tuple[int, ...]
    invalid: tuple[int, int]
    """The number of marks that are not options, and of rows with such marks."""

    def without(self, other: PartSums) -> PartSums:
        """The sums without those of some of the rows; the tally of this object is reused."""
        self.tally.take_out(other.tally)
        sizes = tuple(own - out for own, out in zip(self.sizes, other.sizes, strict=True))
        return PartSums(
            self.rows - other.rows,
            self.passed - other.passed,
            self.second_look - other.second_look,
            self.tally,
            sizes,
            (self.invalid[0] - other.invalid[0], self.invalid[1] - other.invalid[1]),
        )


class PartRead(NamedTuple):
    """The result of reading a part: numbers of quarantined rows and of lines, its encoding, the rows with a
    grader's decision (`met`), and the sums of its rows of answers.

    `counts` (forms, totals) has the numbers of rows by form and by units above the least total of the form.
    `ascent` is None if an id is less than the one before it. `is_utf8` means that all bytes were checked to
    be UTF-8; `is_guess`, that some are not ASCII and were read as UTF-8 only because that is possible.
    """

    set_aside: int
    lines: int
    counts: Ints
    encoding: Any
    met: dict[int, Any]
    sums: PartSums
    ascent: IdAscent | None
    is_utf8: bool
    is_guess: bool
    unreadable: tuple[QuarantinedRow, ...]
    """The first rows whose marks are mostly not understood."""
    n_unreadable: int

    @property
    def rows(self) -> int:
        """The number of rows of answers."""
        return self.sums.rows


class FailedPart(NamedTuple):
    """A part that cannot be read: the message, problems and class of the exception for the user."""

    message: str
    problems: tuple[Problem, ...]
    kind: type[ExamgenError]


def sheet_column(file: AnswerFile) -> int | None:
    """The place of the extra column with the sheet of a row, as in the answers of a scan, or None."""
    return _extra_column(file, SHEET)


def page_column(file: AnswerFile) -> int | None:
    """The place of the extra column with the pages of the sheet (separated by `BETWEEN_PAGES`), or None."""
    return _extra_column(file, PAGE)


def _extra_column(file: AnswerFile, name: str) -> int | None:
    names = file.structure.extra_names
    return names.index(name) if name in names else None


def place(folder: Path, what: str, part: int) -> Path:
    """The path of a part's `rows`, `hashes` of their ids, hashes of their `sheets`, or rows set `aside`."""
    return folder / f"{what}-{part:05d}"


_MOST_HELD = 4
_held: dict[Path, Any] = {}
"""What the tasks of a scoring share, by its file, as this process made or read it."""


def share(folder: Path, name: str, value: object) -> None:
    """Leaves the tasks of a scoring a value in a file; those in this process have it as it is."""
    leave(folder / name, value)
    _hold(folder / name, value)


def shared(folder: Path, name: str) -> Any:
    """A value that all tasks of a scoring share."""
    path = folder / name
    found = _held.get(path)
    if found is None:  # or another thread has made room meanwhile
        found = taken(path)
        _hold(path, found)
    return found


def _hold(path: Path, value: object) -> None:
    while len(_held) >= _MOST_HELD:
        _held.pop(next(iter(_held)), None)
    _held[path] = value


def let_go(folder: Path) -> None:
    """Holds nothing more of a scoring that is done."""
    for path in [path for path in _held if path.parent == folder]:
        _held.pop(path, None)


def part_of(folder: Path, number: int) -> Part:
    """The part with this number."""
    plan: ScoringPlan = shared(folder, PLAN)
    return plan.parts[number]


def read(folder: Path, number: int, guess: bool = True) -> PartRead | FailedPart:
    """Reads and scores a part; leaves its rows and quarantined rows in the folder.

    If the ids are out of order from the first chunk on, it leaves the hashes of the ids, too. With `guess`,
    the part is read as UTF-8 if that is possible, whatever the encoding of the rest of its file.
    """
    plan: ScoringPlan = shared(folder, PLAN)
    if guess:
        with suppress(NotUtf8, ExamgenError):
            return _read(folder, number, plan, guess=True)
    try:
        return _read(folder, number, plan, guess=False)
    except ExamgenError as error:
        return FailedPart(error.message, error.problems, type(error))


def _read(folder: Path, number: int, plan: ScoringPlan, guess: bool) -> PartRead:
    part, key = plan.parts[number], plan.key
    # there may be thousands of personal forms and hundreds of parts: counted only if a cohort needs it
    by_cohort = not plan.at_once
    counts = np.zeros((len(key.names), key.most_total + 1) if by_cohort else (0, 0), dtype=np.int64)
    n_aside = n_lines = 0
    encoding: Any = None
    is_guess = False
    met: dict[int, Any] = {}
    unreadable: list[QuarantinedRow] = []
    n_unreadable = 0
    sums, order = _SumsOfRows(plan, part.file), Order()
    column = sheet_column(plan.files[part.file]) if plan.kept is None else None
    if plan.kept is None:
        chunks = read_part(plan.files[part.file], part, plan.layout, guess=guess)
    else:
        from examgen.scoring.kept_responses import chunks_of

        chunks = chunks_of(plan.kept[number], part.file, {name: n for n, name in enumerate(key.names)})
    hashed = place(folder, "hashes", number)
    hashed.unlink(missing_ok=True)
    with ExitStack() as stack:
        rows, aside, sheets = (
            stack.enter_context(Spool(place(folder, what, number))) for what in ("rows", "aside", "sheets")
        )
        id_hashes: Spool | None = None
        for chunk in chunks:
            n_lines, encoding, is_guess = chunk.lines, chunk.encoding, chunk.is_guess
            met.update(chunk.met)
            if chunk.set_aside:
                aside.append({"rows": [tuple(row) for row in chunk.set_aside]})
                n_aside += len(chunk.set_aside)
                more = [row for row in chunk.set_aside if row.reason == UNREADABLE_MARKS]
                unreadable += more[: _EXAMPLES - len(unreadable)]
                n_unreadable += len(more)
            if chunk.batch is not None and chunk.batch.size:
                numbers = canonical_numbers(chunk.batch.ids)
                order.add(numbers)
                if not order.holds and not sums.rows:
                    id_hashes = stack.enter_context(Spool(hashed))
                if id_hashes is not None or column is not None:
                    of_ids = {"id": id_hash(numbers)}
                    if id_hashes is not None:
                        id_hashes.append(of_ids)
                    if column is not None:
                        serials = chunk.batch.extras[column].array()
                        sheets.append({"sheet": id_hash(serials), **of_ids})
                block = _scored(chunk.batch, plan)
                if by_cohort:
                    form = block["form"].astype(np.int64)
                    flat = form * counts.shape[1] + total_places(key, form, block["units"])
                    counts += np.bincount(flat, minlength=counts.size).reshape(counts.shape)
                sums.add(block)
                rows.append(block)
    ascent = order.ascent()
    return PartRead(
        n_aside, n_lines, counts, encoding, met, sums.sums(), ascent, guess, is_guess, tuple(unreadable),
        n_unreadable,
    )  # fmt: skip


def _scored(batch: Batch, plan: ScoringPlan) -> Block:
    """The rows with the points that they earned and, under a pass rule, the decisions."""
    key = plan.key
    earned = earn(key, batch.form, batch.marks, batch.plain, odd=batch.odd)
    decided = None if plan.standard is None else decide(plan.standard, batch.form, earned.units)
    return {
        "ids": batch.ids,
        "line": as_range(batch.line),
        "form": batch.form.astype(np.min_scalar_type(len(key.names))),
        "units": earned.units,
        "kinds": earned.kinds,
        "passed": None if decided is None else decided.passed,
        "second_look": None if decided is None or not plan.second_look else decided.second_look,
        "marks": batch.marks,
        "extras": batch.extras,
        "raws": dict(batch.raws),
    }


def hash_ids(folder: Path, number: int) -> None:
    """Leaves the hashes of the ids of a part in the folder, if reading has not done so."""
    path = place(folder, "hashes", number)
    if path.exists():
        return
    with Spool(path) as found:
        for block in blocks(place(folder, "rows", number)):
            found.append({"id": id_hash(canonical_numbers(block["ids"]))})


# ── judging and writing ──────────────────────────────────────────────────────────────────────


class _SumsOfRows:
    """Sums up rows block by block; `file` is the number of their answer file."""

    def __init__(self, plan: ScoringPlan, file: int) -> None:
        self._plan, self._file = plan, file
        self._sizes = np.zeros(len(plan.tables), dtype=np.int64)
        self._forms = np.zeros(len(plan.key.names), dtype=np.int64)
        self._tally = CriterionTally(plan.key)
        self.rows = self._passed = self._second_look = self._invalid = self._invalid_rows = 0

    def add(self, block: Block) -> None:
        """Adds the rows of a block."""
        rows = result_rows(block, self._plan, self._file)
        self.rows += len(rows.ids)
        self._passed += 0 if rows.passed is None else int(np.count_nonzero(rows.passed))
        self._second_look += 0 if rows.second_look is None else int(np.count_nonzero(rows.second_look))
        if rows.kinds is not None:
            invalid = rows.kinds[:, _INVALID]
            self._invalid += int(invalid.sum())
            self._invalid_rows += int(np.count_nonzero(invalid))
        self._tally.add(rows.form, rows.units)
        if self._plan.at_once:
            self._sizes += self._plan.writer.lengths(self._plan.tables, rows, counted=True)
            self._forms += np.bincount(rows.form, minlength=len(self._forms))

    def sums(self) -> PartSums:
        """The sums of the rows added so far."""
        plan, tally, sizes = self._plan, self._tally, self._sizes.tolist()
        if plan.at_once and "pc_results" in plan.tables:
            judged = plan.writer.counted_length(self._forms, tally.columns, tally.counts)
            sizes[plan.tables.index("pc_results")] += judged
        tally.forget_forms()
        invalid = self._invalid, self._invalid_rows
        return PartSums(self.rows, self._passed, self._second_look, tally, tuple(sizes), invalid)


def result_rows(block: Block, plan: ScoringPlan, file: int) -> ResultRows:
    """The rows of a block as they are written; `file` is the number of their answer file."""
    form = block["form"].astype(np.int64)
    nothing: list[str | None] = [None] * len(form)
    extras = tuple(
        block["extras"][place] if place is not None else nothing for place in plan.extra_places[file]
    )
    if plan.coverage is not None:
        extras = (*plan.coverage.columns(form, block["units"]), *extras)
    units, kinds, passed = block["units"], block["kinds"], block["passed"]
    return ResultRows(block["ids"], form, units, kinds, passed, block["second_look"], extras)


def kept_rows(folder: Path, number: int, dropped: Ints) -> Iterator[Block]:
    """The rows of a part that are scored: all except those at the places in `dropped` (ascending)."""
    for block, inside in with_places(place(folder, "rows", number), dropped):
        yield some_rows(block, inside, keep=False) if len(inside) else block


def left_out(folder: Path, number: int, dropped: Ints) -> PartSums:
    """The sums of the rows of a part that are not scored (`dropped`)."""
    plan: ScoringPlan = shared(folder, PLAN)
    sums = _SumsOfRows(plan, plan.parts[number].file)
    found = [
        some_rows(block, own, keep=True)
        for block, own in with_places(place(folder, "rows", number), dropped)
        if len(own)
    ]
    for block in together(found):
        sums.add(block)
    return sums.sums()


def measure(folder: Path, number: int, dropped: Ints) -> PartSums:
    """The sums of the rows of a part that are scored, once the plan with the cohort exists."""
    plan: ScoringPlan = shared(folder, COHORT_PLAN)
    sums = _SumsOfRows(plan, plan.parts[number].file)
    for block in kept_rows(folder, number, dropped):
        sums.add(block)
    return sums.sums()


def write(
    folder: Path, number: int, dropped: Ints, target: Path, offsets: Sequence[int], plan_file: str
) -> int:
    """Writes the rows of a part into the files of the run, in each from its place on; `plan_file` names the
    plan.

    Returns the number of the part.
    """
    plan: ScoringPlan = shared(folder, plan_file)
    of_file = plan.parts[number].file
    at = list(offsets)
    with ExitStack() as stack:
        files = [
            stack.enter_context((target / f"{name}.csv").open("r+b", buffering=0)) for name in plan.tables
        ]
        for block in kept_rows(folder, number, dropped):
            rows = result_rows(block, plan, of_file)
            for n, data in enumerate(plan.writer.lines_of(plan.tables, rows)):
                os.lseek(files[n].fileno(), at[n], os.SEEK_SET)
                at[n] += len(data)
                left = data
                while left:
                    left = left[os.write(files[n].fileno(), left) :]
    return number
