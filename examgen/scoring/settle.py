"""All rows of a sitting → which of them are scored, which are set aside, and why.

A row may be set aside because its candidate has another row, because its sheet may be somebody else's,
because it may be part of a note, or because of a decision about the candidate. Each rule considers the rows
that the rules before it have not set aside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.capture.cells import UNDECIDED
from examgen.capture.columns import PAGE, SHEET
from examgen.capture.file_chunks import quoted_notes, raw_rows
from examgen.capture.grader_decisions import VOIDED
from examgen.capture.quarantine_reasons import FORM_NOT_DEALT
from examgen.capture.rows import beyond_options, options_alone
from examgen.core.candidate_numbers import canonical_number
from examgen.core.responses.rows import Marks, QuarantinedRow, row_texts
from examgen.scoring.answer_rows import ReadAnswers, RowSource, SetAside

Bools = npt.NDArray[np.bool_]
Place = tuple[int, int]
"""The number of an answer file, and a line in it."""
BETWEEN_PAGES = "|"
_BROKEN = "broken_quote"
_NOBODY = "-"
"""The owner of a row that belongs to nobody by decision; an empty number means that the owner is unknown."""


class Settled(NamedTuple):
    """Which rows are scored (n,), how many repeat another row, and all rows that are set aside, by file and
    line.
    """

    is_scored: Bools
    identical_repeats: int
    quarantine: Sequence[SetAside]


def settle(
    source: RowSource,
    read: ReadAnswers,
    without_result: Mapping[str, str] = {},
    in_doubt: Mapping[int, str] = {},
) -> Settled:
    """Decide what happens to candidates with several rows, and to rows that may be part of a note.

    Of identical rows the first is scored; of rows that differ in form or marks none is. Rows from an earlier
    run were settled in that run, and only this comparison is repeated. `without_result` gives the reason why
    a candidate has no result, by canonical number; `in_doubt` the reason why a row waits, by row index.
    """
    rows = Settling(source, read)
    if source.kept is None:
        rows.set_notes_aside()
    rows.compare_repeats()
    if source.kept is None:
        rows.compare_sheets()
        rows.compare_undecided()
        rows.compare_forms()
    for place, reason in in_doubt.items():
        rows.put_aside_if_scored(place, reason)
    for who, places in rows.unsettled(without_result).items():
        rows.put_aside(places, without_result[who])
    return rows.settled()


class _OnSheet(NamedTuple):
    """A row with the serial of a sheet, and its owner: a candidate's canonical number, nobody by decision
    (`_NOBODY`), or empty if unknown.
    """

    place: Place
    whose: str
    serial: str


class _ComparedRow(NamedTuple):
    """A row to be compared with another: its marks on all questions of its form (0 if undecided), and which
    questions are decided.
    """

    place: Place
    form: int
    marks: Marks
    decided: Bools
    sheets: Collection[str]
    """Its serial, if a scan recorded one; for a row that counts, also those of its repeats."""
    n_pages: int = 1
    """The number of pages of its sheet that were present when it was read."""


class Settling:
    """Rows that are being settled: which of them still count, which repeat one that counts, and why each of
    the others is set aside.
    """

    def __init__(self, source: RowSource, read: ReadAnswers) -> None:
        self._files, self._layout, self._met = source.files, source.layout, read.met
        self._rows, self._aside = read.rows, read.set_aside
        self._counts = np.ones(len(read.rows), np.bool_)
        self._reasons: dict[int, str] = {}
        self._undecided: dict[Place, str] = {}
        """For each row with undecided marks whose candidate has another row: empty if it repeats that row,
        otherwise why it is set aside with it.
        """
        self._sheets = read.rows.extras.get(SHEET)
        self._sizes = list(source.layout.sizes.values())
        self._n_repeats_undecided = 0

    def settled(self) -> Settled:
        """Return the result of the rules applied so far."""
        n_repeats = len(self._counts) - int(self._counts.sum()) - len(self._reasons)
        return Settled(self._counts, n_repeats + self._n_repeats_undecided, list(self._quarantine()))

    # ── rows of candidates ───────────────────────────────────────────────────────────────────

    def unsettled(self, candidates: Collection[str]) -> dict[str, list[int]]:
        """Return the rows of some candidates that are not set aside, by canonical number."""
        if not candidates:
            return {}
        found = self._rows.places_of(candidates)
        return {who: [one for one in own if one not in self._reasons] for who, own in found.items()}

    def put_aside(self, places: Iterable[int], reason: str) -> None:
        """Set rows aside: they are neither scored nor count as repeats any longer."""
        for place in places:
            self._counts[place] = False
            self._reasons[place] = reason

    def put_aside_if_scored(self, place: int, reason: str) -> None:
        """Set a row aside if it would be scored."""
        if self._counts[place]:
            self.put_aside([place], reason)

    def _conflict(self, files: Collection[int]) -> str:
        """Return the reason for which differing rows of one candidate in these files are set aside."""
        return "conflicting_rows" if len(files) == 1 else "candidate_in_two_files"

    def _place(self, row: int) -> Place:
        return int(self._rows.file[row]), int(self._rows.line[row])

    def _files_of(self, rows: Iterable[int]) -> set[int]:
        return {int(self._rows.file[row]) for row in rows}

    def _sheet(self, row: int) -> str:
        """The serial of a row, empty where none is known."""
        return (self._sheets[row] or "") if self._sheets is not None else ""

    def _is_decided(self, place: Place) -> bool:
        """Whether a person has decided whose a row is."""
        file, line = place
        name = self._files[file].structure.name
        return self._layout.grader_decisions.identity(name, line) is not None

    def _extra(self, one: SetAside, name: str) -> str | None:
        """A cell of a row that was set aside, in the extra column of this name; None where there is none."""
        names = self._files[one.file].structure.extra_names
        return one.row.extras[names.index(name)] if name in names and one.row.extras else None

    # ── rows in notes ────────────────────────────────────────────────────────────────────────

    def set_notes_aside(self) -> None:
        """Set aside rows that may be part of a note: those between a line that opens a quotation and one that
        closes it.
        """
        broken: dict[int, list[tuple[int, str]]] = {}
        for file, row in self._aside:
            if row.reason == _BROKEN:
                broken.setdefault(file, []).append((row.line, row.raw))
        for file, lines in broken.items():
            stretches = quoted_notes(self._files[file], sorted(lines))
            if not stretches:
                continue
            firsts, lasts = np.array(stretches, np.int64).T
            own = np.flatnonzero(self._rows.file == file)
            line = self._rows.line[own]
            at = np.searchsorted(firsts, line) - 1
            decided = list(self._layout.grader_decisions.lines(self._files[file].structure.name))
            is_between = (at >= 0) & (line < lasts[at]) & ~np.isin(line, decided)
            self.put_aside(own[is_between].tolist(), _BROKEN)

    # ── several rows of one candidate ────────────────────────────────────────────────────────

    def compare_repeats(self) -> None:
        """Count the first of several identical rows of a candidate; set aside all rows of a candidate that
        differ.
        """
        among = np.flatnonzero(self._counts)
        places = among[self._rows.numbers.gather(among).is_duplicated().to_numpy()]
        if not len(places):
            return
        rows = self._rows
        frame = pl.DataFrame(
            {
                "who": rows.numbers.gather(places),
                "place": places,
                "form": rows.form[places],
                "marks": row_texts(rows.marks[places]),
            }
        )
        answers = pl.struct("form", "marks").n_unique().alias("answers")
        of_candidate = frame.group_by("who", maintain_order=True).agg("place", answers)
        for own, n_answers in of_candidate.select("place", "answers").iter_rows():
            if n_answers == 1:
                self._counts[own[1:]] = False
            else:
                self.put_aside(own, self._conflict(self._files_of(own)))

    # ── one sheet, several candidates ────────────────────────────────────────────────────────

    def compare_sheets(self) -> None:
        """Set aside rows that bear the serial of one sheet but belong to different candidates, or share it
        with a row that is nobody's or has no candidate, as when another scan was read or decided on
        differently.

        Rows are not set aside if a person has decided on the owner of each. If the serial of one is unknown,
        rows of one candidate are taken to be of one sheet if one repeats the other. A candidate also waits
        while the sheet assigned to them is without a candidate.
        """
        aside = list(self._aside_on_sheets())
        on_sheets = self._contested(aside)
        several = {who for rows in on_sheets.values() for who in self._undecided_of(rows)}
        several |= self._decided_otherwise(on_sheets)
        owners = self._layout.assignment.owners
        nobodys = (owners.get(row.serial) for row in aside if not row.whose)
        in_doubt = {canonical_number(owner) for owner in nobodys if owner} - several
        found = self._rows.places_of(several | in_doubt) if several or in_doubt else {}
        for who, places in found.items():
            if who in several or not any(self._is_decided(self._place(one)) for one in places):
                self.put_aside([one for one in places if one not in self._reasons], "sheet_of_two")

    def _aside_on_sheets(self) -> Iterator[_OnSheet]:
        """The rows with a serial that were set aside when they were read."""
        for one in self._aside:
            if (serial := self._extra(one, SHEET)) is not None:
                row = one.row
                whose = _NOBODY if row.reason == VOIDED else canonical_number(row.candidate_id or "")
                yield _OnSheet((one.file, row.line), whose, serial)

    def _contested(self, aside: Sequence[_OnSheet]) -> dict[str, list[_OnSheet]]:
        """By serial the rows of sheets that were dealt, where they are not all of one candidate."""
        owners = self._layout.assignment.owners
        found: dict[str, list[_OnSheet]] = {}
        if not owners or self._sheets is None:
            return found
        # on a sheet of an earlier printing, its candidate follows the serial
        dealt = {serial: (serial or "").partition(" ")[0] in owners for serial in self._sheets.unique()}
        for place, serial in enumerate(self._sheets):
            if dealt[serial]:
                whose = self._rows.numbers[place].decode()
                found.setdefault(serial, []).append(_OnSheet(self._place(place), whose, serial))
        for row in aside:
            if row.serial.partition(" ")[0] in owners:
                found.setdefault(row.serial, []).append(row)
        return {serial: rows for serial, rows in found.items() if len({one.whose for one in rows}) > 1}

    def _undecided_of(self, rows: Sequence[_OnSheet]) -> set[str]:
        """Return the candidates of rows of one sheet if somebody must still decide whose it is."""
        decided: dict[str, bool] = {}
        for row in (row for row in rows if row.whose != _NOBODY):
            decided[row.whose] = decided.get(row.whose, False) or self._is_decided(row.place)
        return set() if len(decided) < 2 or all(decided.values()) else {*decided} - {""}

    def _decided_otherwise(self, on_sheets: Mapping[str, Sequence[_OnSheet]]) -> set[str]:
        """Return the candidates with a row that nobody has decided on and that agrees with another row of its
        sheet, one that was assigned to nobody or to somebody else. A row that differs from that one is
        another paper, or was compared with it before the decision.
        """
        read_as: dict[Place, str] = {}
        others = set[str]()
        for file, met in enumerate(self._met):
            for line, row in met.items():
                identity = self._layout.grader_decisions.identity(self._files[file].structure.name, line)
                if identity is None:
                    continue
                own, decided = map(canonical_number, (row.candidate_id, identity.candidate_id))
                if identity.void or decided not in ("", own):
                    read_as[file, line] = own
                    others.add(decided)
        if not read_as:
            return set()
        whose = {place: {candidate} for place, candidate in read_as.items()}
        for rows in on_sheets.values():
            for nobodys in (row for row in rows if row.whose == _NOBODY):
                whose.setdefault(nobodys.place, set()).update(one.whose for one in rows)
        names = {one for theirs in whose.values() for one in theirs} - {"", _NOBODY}
        places = self._rows.places_of(names | others - {""})
        elsewhere = [*self._compared(one for one in self._aside if (one.file, one.row.line) in whose)]
        elsewhere += [
            self._as_read(one) for who in others for one in places.get(who, ()) if self._place(one) in read_as
        ]
        return {
            who
            for held in elsewhere
            for who in whose[held.place]
            for one in places.get(who, ())
            if one not in self._reasons and not self._is_decided(self._place(one))
            if _is_one_sheet(held, self._as_read(one))
        }

    # ── rows with undecided marks ────────────────────────────────────────────────────────────

    def compare_undecided(self) -> None:
        """Compare rows with undecided marks with the other rows of their candidate.

        A row whose decided marks differ from the scored row contradicts it, and no row of the candidate is
        scored. A row that nowhere differs repeats the scored row if it is of the same sheet, or agrees on
        decided marks at half of the questions: nobody need decide on it. A person decides on any other row,
        which may be anybody's. If all rows of a candidate have undecided marks and nowhere differ, those that
        agree with one of them at half of the questions repeat it: the one with the most pages of its sheet
        and, of these, the fewest undecided marks. A person decides on that row alone.
        """
        undecided: dict[str, list[SetAside]] = {}
        for one in self._aside:
            if one.row.undecided:
                undecided.setdefault(canonical_number(one.row.candidate_id or ""), []).append(one)
        places = self._rows.places_of(undecided) if undecided else {}
        for candidate, rows in undecided.items():
            own = places.get(candidate, [])
            scored = next((one for one in own if self._counts[one]), None)
            if scored is None and (own or len(rows) < 2):
                continue
            same = [one for one in own if one not in self._reasons]
            compared = list(self._compared(rows))
            if scored is None:
                first = _first_of(compared)
            else:
                serials = {serial for one in same if (serial := self._sheet(one))}
                first = self._as_read(scored)._replace(sheets=serials)
            if first is None:
                continue
            contradicting = [one for one in compared if _differ(first, one)]
            repeating = [one for one in compared if one is not first and _is_repeat(first, one)]
            reason = ""
            if scored is None or not contradicting:
                self._n_repeats_undecided += len(repeating)
            else:
                repeating += contradicting
                files = self._files_of(same) | {one.place[0] for one in repeating}
                reason = self._conflict(files)
                self.put_aside(same, reason)
            self._undecided.update((one.place, reason) for one in repeating)

    def _compared(self, rows: Iterable[SetAside]) -> Iterator[_ComparedRow]:
        """Those rows that were set aside with their marks, to be held against others."""
        beyond = beyond_options(self._layout)
        forms = {name: n for n, name in enumerate(self._layout.options)}
        for one in rows:
            row = one.row
            if not row.marks:
                continue
            read, form = np.frombuffer(row.marks, np.uint8), forms[row.form]
            [marks] = options_alone(read[None], np.array([form]), beyond)
            decided = read != UNDECIDED
            serial, pages = self._extra(one, SHEET), self._extra(one, PAGE)
            yield _ComparedRow(
                (one.file, row.line),
                form,
                np.where(decided, marks, 0).astype(np.uint8),
                decided,
                (serial,) if serial else (),
                1 if pages is None else 1 + pages.count(BETWEEN_PAGES),
            )

    def _as_read(self, row: int) -> _ComparedRow:
        """A row of answers that others are held against: all of it is decided."""
        form, serial = int(self._rows.form[row]), self._sheet(row)
        marks = self._rows.marks[row, : self._sizes[form]]
        decided = np.ones(len(marks), np.bool_)
        return _ComparedRow(self._place(row), form, marks, decided, (serial,) if serial else ())

    # ── a sheet of another form ──────────────────────────────────────────────────────────────

    def compare_forms(self) -> None:
        """Set aside the rows of a candidate who has also answered on a form that was not assigned to them, if
        it may be a spare sheet: the rows do not show which of the two counts.

        Rows are not set aside if no spare sheet has that form, if the row bears the serial of somebody's
        sheet, or if a person has decided on the row that would be scored.
        """
        assignment = self._layout.assignment
        spare = {assignment.forms[serial] for serial, owner in assignment.owners.items() if not owner}
        others: dict[str, set[int]] = {}
        for one in self._aside:
            row = one.row
            if row.reason == FORM_NOT_DEALT and row.form in spare and any(row.marks):
                serial = self._extra(one, SHEET)
                if not assignment.owners.get(serial or ""):
                    others.setdefault(canonical_number(row.candidate_id or ""), set()).add(one.file)
        for who, places in self.unsettled(others).items():
            if not any(self._is_decided(self._place(one)) for one in places):
                self.put_aside(places, self._conflict(others[who] | self._files_of(places)))

    # ── all that is set aside ────────────────────────────────────────────────────────────────

    def _quarantine(self) -> Iterator[SetAside]:
        """Every row that is set aside, in the order of files and lines."""
        of_file: dict[int, list[int]] = {}
        for place in sorted(self._reasons):
            of_file.setdefault(int(self._rows.file[place]), []).append(place)
        aside: dict[int, list[SetAside]] = {}
        for one in self._aside:
            aside.setdefault(one.file, []).append(one)
        for file in self._files:
            faults = (one for one in map(self._fault, aside.get(file.number, ())) if one is not None)
            later = self._with_texts(file.number, of_file.get(file.number, []))
            yield from merge(faults, later, key=lambda one: one.row.line)

    def _fault(self, one: SetAside) -> SetAside | None:
        """A row that was set aside when it was read; None where it repeats another."""
        reason = self._undecided.get((one.file, one.row.line))
        if reason is None:
            return one
        return one._replace(row=one.row._replace(reason=reason, undecided=())) if reason else None

    def _with_texts(self, file: int, places: Sequence[int]) -> list[SetAside]:
        """Rows that were read and are set aside; their texts are read once more where they were not kept."""
        rows = self._rows
        lines = {int(rows.line[place]) for place in places if not rows.raws.get(place)}
        texts = raw_rows(self._files[file], lines) if lines else {}
        found = []
        for place in places:
            line = int(rows.line[place])
            raw = rows.raws.get(place) or texts[line]
            row = QuarantinedRow(line, rows.ids[place].decode(), self._reasons[place], raw)
            found.append(SetAside(file, row))
        return sorted(found, key=lambda one: one.row.line)


# ── rows held against each other ─────────────────────────────────────────────────────────────


def _differ(one: _ComparedRow, other: _ComparedRow) -> bool:
    both = one.decided & other.decided if one.form == other.form else None
    return both is None or bool((both & (one.marks != other.marks)).any())


def _is_repeat(one: _ComparedRow, other: _ComparedRow) -> bool:
    if _differ(one, other):
        return False
    is_same_sheet = not {*one.sheets}.isdisjoint(other.sheets)
    has_more = one.n_pages > other.n_pages and not (other.decided & ~one.decided).any()
    # else a page of it is lost
    if is_same_sheet and (one.decided.all() or has_more):
        return True
    return 2 * int((one.decided & other.decided).sum()) >= len(other.decided)


def _is_one_sheet(one: _ComparedRow, other: _ComparedRow) -> bool:
    """Whether two rows that nowhere differ are of one sheet: by their serials, or by their marks where one of
    them has none."""
    if one.sheets and other.sheets:
        return one.sheets == other.sheets and not _differ(one, other)
    return _is_repeat(one, other)


def _first_of(compared: Sequence[_ComparedRow]) -> _ComparedRow | None:
    """Return, of rows that nowhere differ, the one with the most pages, because nobody can decide on a
    missing page; of these, the one with the fewest undecided marks, in whatever order they come. None if rows
    differ.
    """
    if len({one.form for one in compared}) > 1:
        return None
    marks, decided = np.stack([one.marks for one in compared]), np.stack([one.decided for one in compared])
    if (np.where(decided, marks, 255).min(axis=0) < marks.max(axis=0)).any():
        return None

    def rank(one: _ComparedRow) -> tuple[int, int, bytes, bytes, Place]:
        return -one.n_pages, int((~one.decided).sum()), one.decided.tobytes(), one.marks.tobytes(), one.place

    return min(compared, key=rank)
