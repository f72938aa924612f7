"""Rows of all parts → what becomes of candidates that have several, found by hashes, judged by their rows;
and of rows that were read from lines which may stand in a quoted note.

Takes what the tasks left in the folder of the scoring; returns the places of rows that are not scored, and
those of them that are set aside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from heapq import merge
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.cells import UNDECIDED
from examgen.capture.grader_decisions import VOIDED
from examgen.capture.parts import quoted_notes, raw_rows
from examgen.capture.reasons import FORM_NOT_DEALT
from examgen.capture.rows import beyond_options, options_alone
from examgen.core.candidate_numbers import canonical_bytes, canonical_number, canonical_numbers
from examgen.core.processes import results
from examgen.core.responses.rows import Hashes, Ints, Marks, QuarantinedRow, Texts, id_hash, marks_hash
from examgen.scoring import tasks
from examgen.scoring.spooled import blocks, lines_at, lines_of, with_places

if TYPE_CHECKING:
    from examgen.scoring.parts import ReadParts
    from examgen.scoring.plan import ScoringPlan

AT_ONCE = 500_000
"""Hashes sorted at a time: more rows are looked at in several passes, each by whom it comes to, so that
memory does not grow."""

_BROKEN = "broken_quote"

Found = tuple[tuple[Any, ...], dict[tuple[int, int], str]]
"""The columns of `_Rows`, and the texts of those that were read with care, by part and place."""


class ResolvedRepeats(NamedTuple):
    """By part, the places of rows that are not scored (ascending); identical repeats among them; and the
    rows that are set aside, by part and line, without their text where they were proven."""

    dropped: tuple[Ints, ...]
    identical_repeats: int
    set_aside: Mapping[int, Sequence[QuarantinedRow]]
    totals: Sequence[tuple[int, int]]
    """Form and total in units of each row that is not scored."""
    of_undecided: Mapping[tuple[int, int], str] = MappingProxyType({})
    """Of rows with undecided marks, by part and line, whose candidate has another row: what becomes of them.
    Nothing where they repeat it, else why they are set aside with it."""


class _CandidateRows(NamedTuple):
    """Rows whose candidate may have several, in the order of their places: where they stand, who and what
    they say; `raws` are the texts of those that were read with care."""

    part: Ints
    at: Ints
    line: Ints
    ids: Texts
    form: Ints
    marks: Hashes
    total: Ints
    raws: Mapping[tuple[int, int], str]


def settle(folder: Path, executor: Executor | None, plan: ScoringPlan, read: ReadParts) -> ResolvedRepeats:
    """What becomes of candidates with several rows, and of rows that may stand in a note.

    Identical rows are kept once, the first; of rows that differ in form or marks none is scored. Rows that a
    run kept were settled when it was made: of them, only that is found out.
    """
    in_notes = rows_in_notes(folder, plan, read) if plan.kept is None else {}
    settled = resolve_repeats(folder, executor, read, in_notes)
    if plan.kept is None:
        settled = _with_sheets(folder, executor, plan, read, settled)
        settled = _with_undecided(folder, executor, plan, read, settled)
        settled = _with_other_forms(folder, executor, plan, read, settled)
    if plan.without_result:
        settled = _without_result(folder, executor, plan, read, settled)
    return settled


def _without_result(
    folder: Path, executor: Executor | None, plan: ScoringPlan, read: ReadParts, settled: ResolvedRepeats
) -> ResolvedRepeats:
    """The same, with the rows of those set aside of whom it was decided that they have no result."""
    columns = _sheet_columns(plan, read)
    whole = _whole_rows(folder, executor, columns, settled, plan.without_result.keys())
    rows = [(who, one) for who, own in whole.items() for one in own if not one.is_quarantined]
    return _with_aside(settled, plan.without_result, rows)


# ── several rows of one candidate ────────────────────────────────────────────────────────────


def resolve_repeats(
    folder: Path, executor: Executor | None, read: ReadParts, in_notes: Mapping[int, Ints]
) -> ResolvedRepeats:
    """What becomes of candidates with several rows; `in_notes`, by part, are the places of rows that are set
    aside whatever others there are."""
    repeated = read.repeated
    if repeated is not None and not any(map(len, repeated)):
        settled = ResolvedRepeats(tuple(repeated), 0, {}, [])
    else:
        rows = _rows(folder, executor, read.sizes, repeated)
        if in_notes:
            kept = np.ones(len(rows.at), dtype=np.bool_)
            for part, places in in_notes.items():
                kept &= ~((rows.part == part) & np.isin(rows.at, places))
            rows = _CandidateRows(
                rows.part[kept],
                rows.at[kept],
                rows.line[kept],
                rows.ids[kept],
                rows.form[kept],
                rows.marks[kept],
                rows.total[kept],
                rows.raws,
            )
        _, first, candidate, several = np.unique(
            canonical_numbers(rows.ids), return_index=True, return_inverse=True, return_counts=True
        )
        lead = first[candidate]
        differs = (rows.form != rows.form[lead]) | (rows.marks != rows.marks[lead])
        contradicted = np.zeros(len(first), dtype=np.bool_)
        contradicted[candidate[differs]] = True
        conflicting = contradicted[candidate]
        repeats = (several[candidate] > 1) & ~conflicting & (lead != np.arange(len(lead)))
        dropped = conflicting | repeats
        files: dict[int, set[int]] = {}
        for n in np.flatnonzero(conflicting).tolist():
            files.setdefault(int(candidate[n]), set()).add(read.parts[rows.part[n]].file)
        set_aside: dict[int, list[QuarantinedRow]] = {}
        for n in np.flatnonzero(conflicting).tolist():
            part, at = int(rows.part[n]), int(rows.at[n])
            reason = _conflict(files[int(candidate[n])])
            row = QuarantinedRow(
                int(rows.line[n]), rows.ids[n].decode(), reason, rows.raws.get((part, at), "")
            )
            set_aside.setdefault(part, []).append(row)
        settled = ResolvedRepeats(
            tuple(rows.at[dropped & (rows.part == part)] for part in range(len(read.parts))),
            int(np.count_nonzero(repeats)),
            set_aside,
            list(zip(rows.form[dropped].tolist(), rows.total[dropped].tolist(), strict=True)),
        )
    for part, places in in_notes.items():
        columns, raws = rows_in_places(folder, part, places)
        _, ats, lines, ids, forms, _, totals = columns
        aside = [
            QuarantinedRow(line, name.decode(), _BROKEN, raws.get((part, at), ""))
            for at, line, name in zip(ats.tolist(), lines.tolist(), ids.tolist(), strict=True)
        ]
        dropped_of = list(settled.dropped)
        dropped_of[part] = np.union1d(dropped_of[part], places)
        together = sorted([*settled.set_aside.get(part, ()), *aside], key=lambda row: row.line)
        settled = settled._replace(
            dropped=tuple(dropped_of),
            set_aside={**settled.set_aside, part: together},
            totals=[*settled.totals, *zip(forms.tolist(), totals.tolist(), strict=True)],
        )
    return settled


# ── one sheet, several candidates ────────────────────────────────────────────────────────────


class _OnSheet(NamedTuple):
    """A row with the serial of a sheet, and whose it is: a candidate's number as it is compared, nobody's by
    decision (`_NOBODY`), or empty where nobody knows."""

    part: int
    line: int
    whose: str
    serial: str


_NOBODY = "-"


def _with_sheets(
    folder: Path, executor: Executor | None, plan: ScoringPlan, read: ReadParts, settled: ResolvedRepeats
) -> ResolvedRepeats:
    """The same, with rows set aside that bear the serial of one sheet and are of different candidates, or
    beside which one is nobody's or without a candidate: as where another scan of it was read or decided on
    otherwise. Not where a person has decided of each of them whose it is. Where the serial of one is not
    known, rows of one candidate are of one sheet if one repeats the other. A candidate waits, too, while the
    sheet that they were dealt is without a candidate.
    """
    columns = _sheet_columns(plan, read)
    found: dict[str, list[_OnSheet]] = {}
    for row in _contested_rows(folder, plan, read, columns):
        found.setdefault(row.serial, []).append(row)
    several = {who for rows in found.values() for who in _undecided_of(rows, plan, read)}
    several |= _decided_otherwise(folder, executor, plan, read, columns, settled, found)
    owners = plan.layout.assignment.owners
    nobodys = (row for row in _aside_on_sheets(folder, read, columns) if not row.whose)
    in_doubt = {canonical_number(owner) for row in nobodys if (owner := owners.get(row.serial))} - several
    if not several and not in_doubt:
        return settled
    whole = _whole_rows(folder, executor, columns, settled, several | in_doubt)
    for who in in_doubt:
        if any(_is_decided(plan, read, one.part, one.line) for one in whole.get(who, ())):
            del whole[who]
    rows = [(candidate, one) for candidate, own in whole.items() for one in own if not one.is_quarantined]
    return _with_aside(settled, {candidate: "sheet_of_two" for candidate, _ in rows}, rows)


def _is_decided(plan: ScoringPlan, read: ReadParts, part: int, line: int) -> bool:
    """Whether a person has decided whose a row is."""
    file = plan.files[read.parts[part].file].structure.name
    return plan.layout.grader_decisions.identity(file, line + read.first_line[part]) is not None


def _undecided_of(rows: Sequence[_OnSheet], plan: ScoringPlan, read: ReadParts) -> set[str]:
    """The candidates of rows of one sheet, where it is to be decided whose it is."""
    decided: dict[str, bool] = {}
    for row in (row for row in rows if row.whose != _NOBODY):
        is_decided = _is_decided(plan, read, row.part, row.line)
        decided[row.whose] = decided.get(row.whose, False) or is_decided
    return set() if len(decided) < 2 or all(decided.values()) else {*decided} - {""}


def _contested_rows(
    folder: Path, plan: ScoringPlan, read: ReadParts, columns: Sequence[int | None]
) -> Iterator[_OnSheet]:
    """The rows of sheets that were dealt, of those sheets whose rows are not all of one candidate."""
    owners = plan.layout.assignment.owners
    if not owners or all(column is None for column in columns):
        return

    def is_assigned(serial: str) -> bool:
        return serial.partition(" ")[0] in owners  # of an earlier printing its candidate stands behind it

    aside = [row for row in _aside_on_sheets(folder, read, columns) if is_assigned(row.serial)]
    of_aside = [id_hash(np.array([one.encode() for one in texts] or [b""], np.bytes_))[: len(aside)]
                for texts in ([row.serial for row in aside], [row.whose for row in aside])]  # fmt: skip
    blocks_of = [[*blocks(tasks.place(folder, "sheets", part))] for part in range(len(columns))]
    sheets = [np.concatenate([_NONE, *(block["sheet"] for block in own)]) for own in blocks_of]
    ids = [block["id"] for own in blocks_of for block in own]
    contested = _shared_by_several(
        np.concatenate([*sheets, of_aside[0]]), np.concatenate([_NONE, *ids, of_aside[1]])
    )
    if not len(contested):
        return
    of_contested = np.isin(of_aside[0], contested).tolist()
    dealt = {row.serial.encode() for row, is_one in zip(aside, of_contested, strict=True) if is_one}
    for part, values in enumerate(sheets):
        # one row of each tells whether it was dealt: of another program, one name may stand in all rows
        places = np.flatnonzero(_among(contested, values))
        _, firsts = np.unique(values[places], return_index=True)
        for row in _on_sheets(folder, part, columns[part], np.sort(places[firsts])):
            if is_assigned(row.serial):
                dealt.add(row.serial.encode())
    if not dealt:
        return
    wanted = np.sort(id_hash(np.array([*dealt], np.bytes_)))
    for part, values in enumerate(sheets):
        yield from _on_sheets(folder, part, columns[part], np.flatnonzero(_among(wanted, values)))
    yield from (row for row in aside if row.serial.encode() in dealt)


def _decided_otherwise(
    folder: Path,
    executor: Executor | None,
    plan: ScoringPlan,
    read: ReadParts,
    columns: Sequence[int | None],
    settled: ResolvedRepeats,
    on_sheets: Mapping[str, Sequence[_OnSheet]],
) -> set[str]:
    """The candidates who have a row that nobody has decided on, and that is as another of the same sheet
    which was made nobody's, or somebody else's. One that differs from it is another paper, or was held
    against it before somebody decided."""
    own: dict[tuple[int, int], str] = {}
    others = set[str]()
    for part, found in enumerate(read.found):
        file = plan.files[read.parts[part].file].structure.name
        for line, met in found.met.items():
            identity = plan.layout.grader_decisions.identity(file, line)
            if identity is None:
                continue
            read_as, decided = map(canonical_number, (met.candidate_id, identity.candidate_id))
            if identity.void or decided not in ("", read_as):
                own[part, line] = read_as
                others.add(decided)
    if not own:
        return set()
    whose = {place: {candidate} for place, candidate in own.items()}
    for rows in on_sheets.values():
        for row in (row for row in rows if row.whose == _NOBODY):
            whose.setdefault((row.part, row.line), set()).update(one.whose for one in rows)
    names = {one for theirs in whose.values() for one in theirs} - {"", _NOBODY}
    whole = _whole_rows(folder, executor, columns, settled, names | others - {""})
    forms, beyond = {name: n for n, name in enumerate(plan.layout.options)}, beyond_options(plan.layout)
    elsewhere = [
        _ComparedRow.of(part, row, forms[row.form], beyond, columns[part])
        for part, row in _aside(folder, read)
        if row.marks and (part, row.line) in whose
    ]
    elsewhere += [one.as_held for who in others for one in whole.get(who, ()) if (one.part, one.line) in own]
    return {
        who
        for held in elsewhere
        for who in whose[held.place]
        for one in whole.get(who, ())
        if not one.is_quarantined and not _is_decided(plan, read, one.part, one.line)
        if _is_one_sheet(held, one.as_held)
    }


def _is_one_sheet(one: _ComparedRow, other: _ComparedRow) -> bool:
    """Whether two rows that nowhere differ are of one sheet: by their serials, or by their marks where one of
    them has none."""
    if one.sheets and other.sheets:
        return one.sheets == other.sheets and not _differ(one, other)
    return _is_repeat(one, other)


def _shared_by_several(sheets: Hashes, ids: Hashes) -> Hashes:
    """The hashes of sheets (ascending) whose rows have different ids."""
    in_order = np.sort(sheets)
    again = in_order[1:][in_order[1:] == in_order[:-1]]
    if not len(again):
        return _NONE
    places = np.flatnonzero(_among(again, sheets))
    places = places[np.argsort(sheets[places])]
    sheets, ids = sheets[places], ids[places]
    is_other = (sheets[1:] == sheets[:-1]) & (ids[1:] != ids[:-1])
    return np.asarray(np.unique(sheets[1:][is_other]))


def _on_sheets(folder: Path, part: int, column: int | None, places: Ints) -> Iterator[_OnSheet]:
    """The rows of a part in these places (ascending)."""
    if column is None or not len(places):
        return
    for block, own in with_places(tasks.place(folder, "rows", part), places):
        if len(own):
            serials = block["extras"][column].pieces()
            for n, line in zip(own.tolist(), lines_at(block, own).tolist(), strict=True):
                yield _OnSheet(part, line, canonical_bytes(block["ids"][n]).decode(), serials[n].decode())


def _aside_on_sheets(folder: Path, read: ReadParts, columns: Sequence[int | None]) -> Iterator[_OnSheet]:
    """The rows that were set aside when they were read."""
    for part, row in _aside(folder, read):
        column = columns[part]
        if column is not None and row.extras:
            whose = _NOBODY if row.reason == VOIDED else canonical_number(row.candidate_id or "")
            yield _OnSheet(part, row.line, whose, row.extras[column])


def _with_aside(
    settled: ResolvedRepeats, reasons: Mapping[str, str], rows: Sequence[tuple[str, _Whole]]
) -> ResolvedRepeats:
    """The same, with these rows of candidates set aside as well, scored or repeats, for the reason of each
    candidate."""
    dropped, set_aside = list(settled.dropped), dict(settled.set_aside)
    scored = [one for _, one in rows if one.is_scored]
    for part in {one.part for one in scored}:
        places = [one.at for one in scored if one.part == part]
        dropped[part] = np.union1d(dropped[part], np.array(places, dtype=np.int64))
    for part in {one.part for _, one in rows}:
        aside = [
            QuarantinedRow(one.line, one.candidate_id, reasons[who], one.raw)
            for who, one in rows
            if one.part == part
        ]
        set_aside[part] = sorted([*set_aside.get(part, ()), *aside], key=lambda row: row.line)
    return settled._replace(
        dropped=tuple(dropped),
        identical_repeats=settled.identical_repeats - (len(rows) - len(scored)),
        set_aside=set_aside,
        totals=[*settled.totals, *((one.form, one.total) for one in scored)],
    )


def _sheet_columns(plan: ScoringPlan, read: ReadParts) -> list[int | None]:
    """By part `sheet_column`."""
    of_file = [tasks.sheet_column(file) for file in plan.files]
    return [of_file[part.file] for part in read.parts]


# ── a sheet of another form ──────────────────────────────────────────────────────────────────


def _with_other_forms(
    folder: Path, executor: Executor | None, plan: ScoringPlan, read: ReadParts, settled: ResolvedRepeats
) -> ResolvedRepeats:
    """The same, with the rows of a candidate set aside who has answered on a form that they were not dealt,
    too, where it may be a spare sheet: which of the two they have given up, the rows do not say.

    Not where there is no spare sheet of that form, or the row bears the serial of somebody's; nor where a
    person has decided on the row that would be scored.
    """
    assignment = plan.layout.assignment
    spare = {assignment.forms[serial] for serial, owner in assignment.owners.items() if not owner}
    if not spare:
        return settled
    sheets = _sheet_columns(plan, read)
    others: dict[str, set[int]] = {}
    for part, row in _aside(folder, read):
        if row.reason == FORM_NOT_DEALT and row.form in spare and any(row.marks):
            column = sheets[part]
            serial = row.extras[column] if column is not None else ""
            if not assignment.owners.get(serial):
                others.setdefault(canonical_number(row.candidate_id or ""), set()).add(read.parts[part].file)
    if not others:
        return settled
    held, reasons = list[tuple[str, _Whole]](), dict[str, str]()
    for who, own in _whole_rows(folder, executor, sheets, settled, others).items():
        rows = [one for one in own if not one.is_quarantined]
        if not any(_is_decided(plan, read, one.part, one.line) for one in rows):
            held += ((who, one) for one in rows)
            reasons[who] = _conflict(others[who] | {read.parts[one.part].file for one in rows})
    return _with_aside(settled, reasons, held)


def _conflict(files: Collection[int]) -> str:
    """Why rows of one candidate in these files are set aside that differ."""
    return "conflicting_rows" if len(files) == 1 else "candidate_in_two_files"


def also_scored(
    folder: Path,
    executor: Executor | None,
    read: ReadParts,
    settled: ResolvedRepeats,
    candidates: Collection[str],
) -> set[str]:
    """Those of some candidates of whom a row is scored, however it writes their number."""
    _hash_all(folder, executor, len(read.parts))
    of = [canonical_number(one).encode("utf-8", "surrogatepass") for one in candidates]
    values, wanted = np.unique(id_hash(np.array(of))), frozenset(of)
    found: set[bytes] = set()
    for part, dropped in enumerate(settled.dropped):
        places = np.setdiff1d(_places_of(folder, part, values), dropped)
        if len(places):
            blocks_of = with_places(tasks.place(folder, "rows", part), places)
            found.update(canonical_bytes(block["ids"][n]) for block, own in blocks_of for n in own.tolist())
    found &= wanted
    return {one for one, number in zip(candidates, of, strict=True) if number in found}


def _hash_all(folder: Path, executor: Executor | None, n_parts: int) -> None:
    """Leaves the hashes of the ids of every part, where they are not there yet."""
    left = [(folder, part) for part in range(n_parts) if not tasks.place(folder, "hashes", part).exists()]
    for _ in results(executor, tasks.hash_ids, left):
        pass


# ── rows with undecided marks ────────────────────────────────────────────────────────────────


def _with_undecided(
    folder: Path, executor: Executor | None, plan: ScoringPlan, read: ReadParts, settled: ResolvedRepeats
) -> ResolvedRepeats:
    """The same, with rows of undecided marks held against the others of their candidate.

    One that differs in what was decided from the row that is scored contradicts it, and none of the candidate
    is scored. One that nowhere differs repeats it where it is of the same sheet, or seen to be the same at
    half of the questions: nobody need decide on it. Of others, which may be anybody's, a person decides.
    Where all rows of a candidate have undecided marks and nowhere differ, those that are as one of them at
    half of the questions repeat the one that has the most pages of its sheet, and of these that which leaves
    the fewest: a person decides on it alone.
    """
    open_: dict[str, list[tuple[int, QuarantinedRow]]] = {}
    for part, row in _aside(folder, read):
        if row.undecided:
            open_.setdefault(canonical_number(row.candidate_id or ""), []).append((part, row))
    if not open_:
        return settled
    forms = {name: n for n, name in enumerate(plan.layout.options)}
    beyond = beyond_options(plan.layout)
    sheets = _sheet_columns(plan, read)
    of_file = [tasks.page_column(file) for file in plan.files]
    pages = [of_file[part.file] for part in read.parts]
    whole = _whole_rows(folder, executor, sheets, settled, open_)
    said: dict[tuple[int, int], str] = {}
    contradicted: list[tuple[str, _Whole]] = []
    reasons: dict[str, str] = {}
    n_repeats = 0
    for candidate, rows in open_.items():
        own = whole.get(candidate, [])
        scored = next((one for one in own if one.is_scored), None)
        if scored is None and (own or len(rows) < 2):
            continue
        held = [
            _ComparedRow.of(part, row, forms[row.form], beyond, sheets[part], pages[part])
            for part, row in rows
        ]
        serials = {one.sheet for one in own if one.sheet and not one.is_quarantined}
        first = _first_of(held) if scored is None else scored.as_held._replace(sheets=serials)
        if first is None:
            continue
        contradicting = [one for one in held if _differ(first, one)]
        repeating = [one for one in held if one is not first and _is_repeat(first, one)]
        if scored is None or not contradicting:
            said.update({one.place: "" for one in repeating})
            n_repeats += len(repeating)
            continue
        same = [one for one in own if not one.is_quarantined]
        parts = {one.part for one in same}.union(one.part for one in (*contradicting, *repeating))
        files = {read.parts[part].file for part in parts}
        reasons[candidate] = _conflict(files)
        said.update({one.place: reasons[candidate] for one in (*contradicting, *repeating)})
        contradicted += ((candidate, one) for one in same)
    settled = _with_aside(settled, reasons, contradicted)
    n_repeats += settled.identical_repeats
    return settled._replace(identical_repeats=n_repeats, of_undecided=MappingProxyType(said))


class _ComparedRow(NamedTuple):
    """A row that is held against another one: its marks (0 where undecided), and at which questions they are
    decided."""

    part: int
    line: int
    form: int
    marks: npt.NDArray[np.uint8]
    decided: npt.NDArray[np.bool_]
    sheets: Collection[str]
    """Its serial, where a scan has told it; of a row that counts also those of its repeats."""
    n_pages: int = 1
    """Of its sheet, as many as were there when it was read."""

    @classmethod
    def of(
        cls,
        part: int,
        row: QuarantinedRow,
        form: int,
        beyond: Marks,
        sheet: int | None,
        page: int | None = None,
    ) -> _ComparedRow:
        """A row that was set aside with its marks, its sheet and its pages in those extra columns."""
        read = np.frombuffer(row.marks, np.uint8)
        marks, decided = options_alone(read[None], np.array([form]), beyond)[0], read != UNDECIDED
        told = "" if sheet is None else row.extras[sheet]
        sheets = (told,) if told else ()
        n_pages = 1 if page is None else 1 + row.extras[page].count(tasks.BETWEEN_PAGES)
        marks = np.where(decided, marks, 0).astype(np.uint8)
        return cls(part, row.line, form, marks, decided, sheets, n_pages)

    @property
    def place(self) -> tuple[int, int]:
        """Its part and line."""
        return self.part, self.line


def _differ(one: _ComparedRow, other: _ComparedRow) -> bool:
    unlike = np.not_equal(one.marks[: len(other.marks)], other.marks)
    return one.form != other.form or bool((_both(one, other) & unlike).any())


def _is_repeat(one: _ComparedRow, other: _ComparedRow) -> bool:
    if _differ(one, other):
        return False
    is_same_sheet = not {*one.sheets}.isdisjoint(other.sheets)
    has_more = one.n_pages > other.n_pages and not (other.decided & ~one.decided).any()
    # else a page of it is lost
    if is_same_sheet and (one.decided.all() or has_more):
        return True
    return 2 * int(_both(one, other).sum()) >= len(other.decided)


def _both(one: _ComparedRow, other: _ComparedRow) -> npt.NDArray[np.bool_]:
    return np.logical_and(one.decided[: len(other.decided)], other.decided)


def _first_of(held: Sequence[_ComparedRow]) -> _ComparedRow | None:
    """Of rows that nowhere differ the one with the most pages, for nobody can decide on a page that is not
    there, and of these with the fewest undecided marks, whatever their order; None of others."""
    if len({one.form for one in held}) > 1:
        return None
    marks, decided = np.stack([one.marks for one in held]), np.stack([one.decided for one in held])
    if (np.where(decided, marks, 255).min(axis=0) < marks.max(axis=0)).any():
        return None
    return min(
        held,
        key=lambda one: (
            -one.n_pages,
            int((~one.decided).sum()),
            one.decided.tobytes(),
            one.marks.tobytes(),
            one.part,
            one.line,
        ),
    )


class _Whole(NamedTuple):
    """A row without undecided marks; one that is neither scored nor set aside repeats another."""

    candidate_id: str
    part: int
    at: int
    line: int
    form: int
    total: int
    marks: npt.NDArray[np.uint8]
    raw: str
    sheet: str
    is_scored: bool
    is_quarantined: bool

    @property
    def as_held(self) -> _ComparedRow:
        """As a row that others are held against: all of it is decided."""
        decided = np.ones(len(self.marks), dtype=np.bool_)
        return _ComparedRow(
            self.part, self.line, self.form, self.marks, decided, (self.sheet,) if self.sheet else ()
        )


def _aside(folder: Path, read: ReadParts) -> Iterator[tuple[int, QuarantinedRow]]:
    """Rows that were set aside when they were read, each with its part."""
    for number, found in enumerate(read.found):
        if found.set_aside:
            for block in blocks(tasks.place(folder, "aside", number)):
                yield from ((number, QuarantinedRow(*one)) for one in block["rows"])


def _whole_rows(
    folder: Path,
    executor: Executor | None,
    sheets: Sequence[int | None],
    settled: ResolvedRepeats,
    candidates: Collection[str],
) -> dict[str, list[_Whole]]:
    """By number, as it is compared, the rows without undecided marks of these candidates; `sheets` as
    `_sheet_columns`."""
    n_parts = len(sheets)
    ids = np.array([one.encode("utf-8", "surrogatepass") for one in candidates])
    values = np.unique(id_hash(ids))
    _hash_all(folder, executor, n_parts)
    wanted = frozenset(ids.tolist())
    found: dict[str, list[_Whole]] = {}
    for part in range(n_parts):
        places = _places_of(folder, part, values)
        if not len(places):
            continue
        dropped = frozenset(places[np.isin(places, settled.dropped[part])].tolist())
        aside = frozenset(row.line for row in settled.set_aside.get(part, ())) if dropped else frozenset()
        before = 0
        for block, own in with_places(tasks.place(folder, "rows", part), places):
            column = sheets[part] if len(own) else None
            serials = None if column is None else list(block["extras"][column])
            for n, line in zip(own.tolist(), lines_at(block, own).tolist(), strict=True):
                candidate_id = block["ids"][n]
                who = canonical_bytes(candidate_id)
                if who in wanted:
                    total = int(block["units"][n].sum(dtype=np.int64))
                    said = block["marks"][n], block["raws"].get(n, ""), "" if serials is None else serials[n]
                    became = before + n not in dropped, line in aside
                    place = candidate_id.decode(), part, before + n, line
                    row = _Whole(*place, int(block["form"][n]), total, *said, *became)
                    found.setdefault(who.decode(), []).append(row)
            before += len(block["line"])
    return found


def _rows(
    folder: Path, executor: Executor | None, sizes: Sequence[int], repeated: Sequence[Ints] | None
) -> _CandidateRows:
    """The rows whose candidate may have several: those in the places that are known, or those whose hash of
    the id is not the only one of its value."""
    if repeated is None:
        _hash_all(folder, executor, len(sizes))
        passes = max(1, -(-sum(sizes) // AT_ONCE))
        hashing = [(folder, len(sizes), n, passes) for n in range(passes)]
        values = np.sort(np.concatenate(list(results(executor, repeated_hashes, hashing))))
        wanted = range(len(sizes) if len(values) else 1)
        found = list(results(executor, rows_with_hashes, [(folder, part, values) for part in wanted]))
    else:
        calls = [(folder, part, places) for part, places in enumerate(repeated) if len(places)]
        found = list(results(executor, rows_in_places, calls))
    of_part, at, line, ids, form, marks, total = map(
        np.concatenate, zip(*(own for own, _ in found), strict=True)
    )
    raws = {place: raw for _, own in found for place, raw in own.items()}
    return _CandidateRows(of_part, at, line, ids, form, marks, total, raws)


def repeated_hashes(folder: Path, n_parts: int, n: int, passes: int) -> Hashes:
    """The hashes that occur more than once, of those whose remainder by the number of passes is `n`."""
    own = [_NONE]
    for part in range(n_parts):
        for block in blocks(tasks.place(folder, "hashes", part)):
            values = block["id"]
            own.append(values if passes == 1 else values[values % np.uint64(passes) == n])
    found = np.concatenate(own)
    found.sort()
    again = found[1:] == found[:-1]
    again[1:] &= ~again[:-1]  # once each; by np.unique it takes long to load what that asks of numpy
    return np.asarray(found[1:][again])


_NONE: Hashes = np.empty(0, dtype=np.uint64)


def rows_with_hashes(folder: Path, part: int, values: Hashes) -> Found:
    """The rows of a part whose hash of the id is among the values (ascending)."""
    return rows_in_places(folder, part, _places_of(folder, part, values))


def _places_of(folder: Path, part: int, values: Hashes) -> Ints:
    hashed = [block["id"] for block in blocks(tasks.place(folder, "hashes", part))]
    return np.flatnonzero(_among(values, np.concatenate([_NONE, *hashed])))


def rows_in_places(folder: Path, part: int, places: Ints) -> Found:
    """The rows of a part in these places (ascending)."""
    none = np.empty(0, dtype=np.int64)
    found: list[tuple[Any, ...]] = [(none, np.empty(0, dtype="S1"), none, none)]
    marks: list[Hashes] = [_NONE]
    raws: dict[tuple[int, int], str] = {}
    before = 0
    for block, own in with_places(tasks.place(folder, "rows", part), places):
        if len(own):
            kept = block["raws"]
            raws.update({(part, before + n): kept[n] for n in own.tolist() if n in kept})
            form = block["form"][own].astype(np.int64)
            total = block["units"][own].sum(axis=1, dtype=np.int64)
            found.append((lines_at(block, own), block["ids"][own], form, total))
            marks.append(marks_hash(form, block["marks"][own]))
        before += len(block["line"])
    line, ids, form, total = map(np.concatenate, zip(*found, strict=True))
    return (np.full(len(places), part), places, line, ids, form, np.concatenate(marks), total), raws


def _among(values: Hashes, found: Hashes) -> npt.NDArray[np.bool_]:
    """Which of the hashes are among the values (ascending)."""
    if not len(values):
        return np.zeros(len(found), dtype=np.bool_)
    nearest = np.minimum(np.searchsorted(values, found), len(values) - 1)
    return np.asarray(values[nearest] == found)


# ── rows in notes ────────────────────────────────────────────────────────────────────────────


def rows_in_notes(folder: Path, plan: ScoringPlan, read: ReadParts) -> Mapping[int, Ints]:
    """By part, the places of the rows (ascending), but of those that a grader has decided on."""
    broken: dict[int, list[tuple[int, str]]] = {}
    for number, (part, before) in enumerate(zip(read.parts, read.first_line, strict=True)):
        if not read.found[number].set_aside:
            continue
        for block in blocks(tasks.place(folder, "aside", number)):
            own = [(line + before, raw) for line, _, reason, raw, *_ in block["rows"] if reason == _BROKEN]
            broken.setdefault(part.file, []).extend(own)
    stretches_of = {file: quoted_notes(plan.files[file], sorted(lines)) for file, lines in broken.items()}
    found: dict[int, Ints] = {}
    for number, (part, before) in enumerate(zip(read.parts, read.first_line, strict=True)):
        stretches = stretches_of.get(part.file)
        if not stretches:
            continue
        decided = plan.layout.grader_decisions.lines(plan.files[part.file].structure.name)
        firsts, lasts = np.array(stretches, np.int64).T
        places: list[Ints] = []
        start = 0
        for block in blocks(tasks.place(folder, "rows", number)):
            lines = lines_of(block) + before
            at = np.searchsorted(firsts, lines) - 1
            is_between = (at >= 0) & (lines < lasts[at]) & ~np.isin(lines, list(decided))
            places.append(start + np.flatnonzero(is_between))
            start += len(lines)
        if any(map(len, places)):
            found[number] = np.concatenate(places)
    return found


# ── rows that are not scored ─────────────────────────────────────────────────────────────────


def quarantined_rows(
    folder: Path, plan: ScoringPlan, read: ReadParts, settled: ResolvedRepeats
) -> Iterator[tuple[str, QuarantinedRow]]:
    """Every row that is not scored, with its file, in the order of files and lines."""
    # the text of rows that were not kept when they were read
    unkept: dict[int, set[int]] = {}
    for number, rows in settled.set_aside.items():
        lines = {row.line + read.first_line[number] for row in rows if not row.raw}
        if lines:
            unkept.setdefault(read.parts[number].file, set()).update(lines)
    proven = {file: raw_rows(plan.files[file], lines) for file, lines in unkept.items()}
    for number, (part, before) in enumerate(zip(read.parts, read.first_line, strict=True)):
        name = plan.files[part.file].structure.name
        later = (
            (name, row._replace(line=row.line + before, raw=row.raw or proven[part.file][row.line + before]))
            for row in settled.set_aside.get(number, ())
        )
        yield from merge(faults(folder, plan, read, settled, number), later, key=lambda one: one[1].line)


def faults(
    folder: Path, plan: ScoringPlan, read: ReadParts, settled: ResolvedRepeats, part: int
) -> Iterator[tuple[str, QuarantinedRow]]:
    """The rows of a part that were set aside when they were read and stay so, with their file."""
    name, before = plan.files[read.parts[part].file].structure.name, read.first_line[part]
    for block in blocks(tasks.place(folder, "aside", part)):
        for row in block["rows"]:
            one, reason = QuarantinedRow(*row), settled.of_undecided.get((part, row[0]))
            if reason:
                one = one._replace(reason=reason, undecided=())
            if reason != "":
                yield name, one._replace(line=one.line + before)
