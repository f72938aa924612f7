"""An exam package and a scored run → what its candidates did with its items, as a matrix; points of forms.

It starts from the responses that the run keeps: what is analysed is what was scored, whatever was set aside
is not a part of it, and no mark can mean two things.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.analyses.administration_columns import ResponseColumn, ResponseColumns, columns_of
from examgen.capture.cells import CENTRE_HEADS, ROOM_HEADS, fold
from examgen.capture.list_columns import OneSpelling
from examgen.core.candidate_numbers import canonical_number
from examgen.core.coded_columns import changed, numbers_of
from examgen.core.exam.names import MANIFEST, RESULTS, base_form
from examgen.core.exam.package import read_written
from examgen.core.exam.runs import AUDIT
from examgen.core.models.rooms import ExamRoom
from examgen.core.problems import WrongUsage
from examgen.core.responses import table as response_table
from examgen.core.responses.matrix import NOT_ADMINISTERED, NOT_REACHED, Cells, CellsInParts, Chosen
from examgen.core.responses.rows import BLANK, Ints, Marks, Texts
from examgen.core.scored_run import UNRELEASED, ReleaseState, ScoredRun
from examgen.core.storage import without_apostrophe
from examgen.core.words import option, tell
from examgen.scoring.plan import scoring_rule_of
from examgen.scoring.runs.compare import release_of, run_of
from examgen.scoring.runs.counted_key import KeyOfRun
from examgen.scoring.runs.form_cuts import cuts_of
from examgen.scoring.runs.read import check_files, placed, roster_places

CHUNK = 8_192
"""Candidates looked at at a time."""
_N_PLACES = 128
_MANY_FORMS = 100
"""Up to so many forms, each is filled by itself, which is the fastest."""


class Administration(NamedTuple):
    """What the candidates of a scored run did.

    `chosen` has a column for each of `columns`. An option stands under its id in the bank, whatever letter
    it was printed under; an item of another form is not administered; a blank after the candidate's last
    mark, in the order of their booklet, was not reached, any other was omitted. `form` and `room` (N,) are
    places in `forms`, those that booklets were drawn from, and in `rooms`.
    """

    name: str
    """The exam's id."""
    run: int
    fingerprint: str
    chosen: Chosen
    columns: tuple[ResponseColumn, ...]
    forms: tuple[str, ...]
    form: NDArray[np.int32]
    rooms: tuple[str, ...]
    """Empty where a room is not known."""
    room: NDArray[np.int32]
    unit: int
    """Units of `Column.worth` that are a point."""
    floor_total: bool
    """Whether a total below 0 was told as 0."""
    release: ReleaseState = UNRELEASED
    """Whether the run is what people are told."""
    file_cuts: Mapping[str, float] = {}
    """The cut of each form in points, where the run was decided by that of a file."""
    answers: RunAnswers | None = None
    """Where cells are in parts: the candidates once more, with their numbers, which `chosen` then lacks, as
    rooms are lacking."""


def exam_and_run(folder: Path, run: str | None) -> tuple[Path, str | None]:
    """The package and the run that a folder means: a package, or a run of one below its `results/`.

    WrongUsage for any other folder, and for a run that is named twice.
    """
    if (folder / MANIFEST).is_file():
        return folder, run
    if not (folder / AUDIT).is_file():
        raise WrongUsage(
            tell("{folder} is neither an exam package nor the folder of a scored run", folder=folder)
        )
    above = [one for one in folder.resolve().parents if (one / MANIFEST).is_file()]
    if run is not None or not above:
        raise WrongUsage(
            tell(
                "{folder} is a run. Give its exam, and {run} with its number",
                folder=folder,
                run=option("run"),
            )
        )
    return above[0], str(folder)


def responses_of(
    folder: Path, run: str | None = None, *, results: Path | None = None, in_parts: bool = False
) -> Administration:
    """What the candidates of a run did: of the released one, before any release the newest, where `run`, its
    number, is left out. `results` is the folder that `score --out` named; `in_parts` leaves the cells on disk
    (`CellsInParts`).

    Raises Refused with every file of the run that is missing or is not as it was written, WrongUsage where
    the package has no such run.
    """
    place = results if results is not None else folder / RESULTS
    read_written(folder)
    found = run_of(place, run)
    of = KeyOfRun(folder, found)
    said = (found.audit.get("cut") or {}).get("forms") or {}
    cuts = {form: float(one["cut"]) for form, one in said.items()}
    made = answers_in_parts if in_parts else matrix_of
    return made(of, answers_of(of))._replace(release=release_of(place, found), file_cuts=cuts)


class AnswerRows(NamedTuple):
    """Some candidates of a run: `form` are places among the forms of the key, `cells` (n, J) as in
    `Chosen`."""

    ids: Texts
    form: Ints
    cells: NDArray[np.int8]


class RunAnswers:
    """What the candidates of a run did, read some thousands at a time and as often as it is gone through.

    Nothing of the size candidates × items is kept. The files of the run must be those of its audit.
    """

    def __init__(self, of: KeyOfRun, told: ResponseColumns) -> None:
        self._of, self._told = of, told
        self._path = of.run.folder / response_table.NAME
        self.n = response_table.n_rows_of(self._path)
        """How many candidates."""
        # options that are none of the item's own and that nobody has are no options of the column
        every = told.columns
        most = np.full(len(every), -1, dtype=np.int8)
        occurs = np.zeros((max((len(one.options) for one in every), default=0), len(every)), dtype=np.bool_)
        least = min((one.n_own for one in every), default=0)
        for rows in self._read():
            np.maximum(most, rows.cells.max(axis=0, initial=-1), out=most)
            for place in range(least, int(rows.cells.max(initial=-1)) + 1):
                occurs[place] |= (rows.cells == place).any(axis=0)
        kept, moves = [], False
        place_of = np.tile(np.arange(_N_PLACES, dtype=np.int8), (len(every), 1))
        for n, one in enumerate(every):
            stay = [p for p in range(len(one.options)) if p < one.n_own or occurs[p, n] or p in one.key]
            new = {p: place for place, p in enumerate(stay)}
            place_of[n, list(new)] = list(new.values())
            moves = moves or any(old != place for old, place in new.items() if old <= most[n])
            kept.append(
                one._replace(
                    options=tuple(one.options[p] for p in stay),
                    worth=tuple(one.worth[p] for p in stay),
                    key=frozenset(new[p] for p in one.key),
                )
            )
        self.columns = tuple(kept)
        """Of the cells."""
        self._place_of = place_of if moves else None

    def __iter__(self) -> Iterator[AnswerRows]:
        """The candidates in the order of the run, at most `CHUNK` at a time."""
        for rows in self._read():
            yield rows._replace(cells=self._placed(rows.cells))

    def _read(self) -> Iterator[AnswerRows]:
        for rows in response_table.read_rows(self._path, self._of.number):
            for start in range(0, len(rows.ids), CHUNK):
                part = slice(start, start + CHUNK)
                own = cells_of(self._told, self._of.key.n_questions, rows.form[part], rows.marks[part])
                yield AnswerRows(rows.ids[part], rows.form[part], own)

    def cells(self) -> Cells:
        """The cells of all, in parts."""
        kept = response_table.KeptMarks(self._path, self._of.number)

        def read(rows: slice | NDArray[np.integer]) -> Cells:
            rows = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
            form, marks = kept.of(rows)
            return self._placed(cells_of(self._told, self._of.key.n_questions, form, marks))

        return cast("Cells", CellsInParts(read, (self.n, len(self.columns))))

    def _placed(self, cells: Cells) -> Cells:
        """With the places of the options that somebody has."""
        if self._place_of is None:
            return cells
        first = np.arange(len(self.columns)) * _N_PLACES
        return np.where(cells < 0, cells, self._place_of.ravel().take(np.maximum(cells, 0) + first))

    def given(self) -> NDArray[np.bool_]:
        """(forms of the key, J) which columns each form asks."""
        found = np.zeros((len(self._told.column), len(self.columns) + 1), dtype=np.bool_)
        for q in range(self._told.column.shape[1]):
            found[np.arange(len(found)), self._told.column[:, q]] = True
        return found[:, :-1]


def answers_of(of: KeyOfRun) -> RunAnswers:
    """What the candidates of a run did. Raises Refused with every file of the run that is missing or is not
    as it was written."""
    package = read_written(of.folder)
    check_files(of.run, package, tell("its answers are not read"))
    rule = scoring_rule_of(package.manifest)
    items = {printed.item.id: printed.item for form in package.exam.forms for printed in form.items}
    return RunAnswers(of, columns_of(of.asked, of.key, items, rule.several if rule else "any"))


def matrix_of(of: KeyOfRun, answers: RunAnswers) -> Administration:
    """The matrix of a run."""
    cells = np.empty((answers.n, len(answers.columns)), dtype=np.int8)
    form_of_key = np.empty(answers.n, dtype=np.int64)
    ids: list[str] = []
    for rows in answers:
        own = slice(len(ids), len(ids) + len(rows.ids))
        cells[own], form_of_key[own] = rows.cells, rows.form
        ids += [one.decode() for one in rows.ids.tolist()]
    found = _administration(of, answers, cells, form_of_key)
    rooms, room = _rooms(of, ids)
    return found._replace(chosen=found.chosen._replace(candidates=tuple(ids)), rooms=rooms, room=room)


def answers_in_parts(of: KeyOfRun, answers: RunAnswers) -> Administration:
    """The same with cells in parts, without numbers of candidates and rooms."""
    form = np.concatenate([np.empty(0, np.int32), *(rows.form.astype(np.int32) for rows in answers)])
    return _administration(of, answers, answers.cells(), form)._replace(answers=answers)


def _administration(
    of: KeyOfRun, answers: RunAnswers, cells: Cells, form_of_key: NDArray[np.integer]
) -> Administration:
    run, key, columns = of.run, of.key, answers.columns
    base = [base_form(name) for name in key.names]  # those that the forms of the key were drawn from
    number = {name: n for n, name in enumerate(dict.fromkeys(base))}
    of_form = np.array([number[name] for name in base], dtype=np.int32)
    told = zip(*((one.name, one.options, one.key) for one in columns), strict=True)
    names, options, right = told if columns else ((), (), ())
    return Administration(
        run.audit["exam"],
        run.number,
        run.fingerprint,
        Chosen(range(answers.n), names, cells, options, right),
        columns,
        tuple(number),
        of_form[form_of_key],
        (),
        np.empty(0, np.int32),
        key.unit,
        key.floor_total,
    )


def cells_of(columns: ResponseColumns, n_questions: Ints, form: Ints, marks: Marks) -> NDArray[np.int8]:
    """(n, columns) places of options, or kinds of missing, of rows of marks (n, questions) on their forms."""
    width = columns.column.shape[1]
    marks = (
        marks[:, :width] if marks.shape[1] >= width else np.pad(marks, ((0, 0), (0, width - marks.shape[1])))
    )
    # a column more takes what lies past the end of a form
    cells = np.full((len(form), len(columns.columns) + 1), NOT_ADMINISTERED, dtype=np.int8)
    last = width - (marks[:, ::-1] != BLANK).argmax(axis=1)
    last[~marks.any(axis=1)] = 0
    here = np.unique(form)
    for n in here if len(here) <= _MANY_FORMS else ():
        rows = np.flatnonzero(form == n)
        size = int(n_questions[n])
        found = _choices(columns, columns.printing[n, :size], marks[rows, :size], last[rows])
        cells[rows[:, None], columns.column[n, :size]] = found
    if len(here) > _MANY_FORMS:
        found = _choices(columns, columns.printing[form], marks, last)
        cells[np.arange(len(form))[:, None], columns.column[form]] = found
    return cells[:, :-1]


def _choices(
    columns: ResponseColumns, printing: NDArray[np.int32], marks: Marks, last: Ints
) -> NDArray[np.int8]:
    found: NDArray[np.int8] = columns.places.ravel().take(
        printing.astype(np.int64) * columns.places.shape[1] + marks
    )
    found[(marks == BLANK) & (np.arange(marks.shape[1]) >= last[:, None])] = NOT_REACHED
    return found


def _rooms(of: KeyOfRun, ids: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Rooms, and which each candidate was in: as the roster has it, else the list of candidates, else the
    answers."""
    spelling = OneSpelling()
    given = [pl.DataFrame(of.asked.dealt), roster_places(of.run)]
    known: dict[str, str] = {}
    for one in given:
        if one is not None and one.width:
            named = _named_rooms(one, spelling)
            known |= {canonical_number(who): room for who, room in named if who and room}
    number: dict[str, int] = {}
    table = pl.scan_csv(of.run.folder / "candidates.csv", infer_schema=False)
    wanted = {fold(head) for head in (*CENTRE_HEADS, *ROOM_HEADS)}
    names = [name for name in table.collect_schema().names() if fold(name) in wanted]
    cells = pl.col("candidate_id", *names).fill_null("")
    said = zip(ids, _named_rooms(table.select(without_apostrophe(cells)).collect(), spelling), strict=True)
    found = (known.get(canonical_number(one)) or room for one, (_, room) in said)
    numbers = (number.setdefault(room, len(number)) for room in found)
    room = np.fromiter(numbers, dtype=np.int32, count=len(ids))
    return tuple(number), room


def _named_rooms(table: pl.DataFrame, spelling: OneSpelling) -> Iterator[tuple[str, str]]:
    """Each candidate with what their room is called, nothing where no room is named."""
    columns = placed(table, spelling).select("candidate_id", "centre", "room")
    for who, centre, room in columns.iter_rows():
        yield who, ExamRoom(centre, room).shown if room else ""


def points_of_forms(scored: ScoredRun, wanted: Collection[str]) -> dict[str, dict[str, Any]]:
    """Of each of the forms, and of those whose booklets were drawn from it, figures in points of the run: not
    the number right where items have other points or a penalty.

    `points_sd` has divisor n − 1, and is None of one candidate; `sem_at_cut` is one standard error of
    measurement at the cut, which marks a second look, of the kind `lord`, or `blueprint` where `second_look`
    says a number.
    """
    people = scored.candidates
    rule = scored.audit["options"]["pass"]
    cuts = cuts_of(scored) if rule is not None else {}
    kind = "lord" if ((rule or {}).get("second_look") or {}).get("sem", "lord") == "lord" else "blueprint"
    points = people.select(
        "form",
        changed(
            people["form"], lambda of: pl.Series([form if form in wanted else base_form(form) for form in of])
        ).alias("of"),
        pl.Series("score", numbers_of(people["score"])),
        pl.Series("max_score", numbers_of(people["max_score"])),
    )
    found: dict[str, dict[str, Any]] = {}
    for (form,), own in points.group_by("of", maintain_order=True):
        cut = cuts.get(own["form"][0])
        spread = own["score"].std()
        found[str(form)] = {
            "points_mean": float(own["score"].mean()),  # type: ignore[arg-type]
            "points_sd": None if spread is None else float(spread),  # type: ignore[arg-type]
            "max_points": float(own["max_score"][0]),
            "cut_points": None if cut is None else cut.points,
            "sem_at_cut": None if cut is None else cut.sem,
            "sem_kind": None if cut is None or cut.sem is None else kind,
        }
    return found


def made_up(run: Path) -> tuple[int, int]:
    """How many candidates of a run's folder are synthetic, of how many."""
    table = pl.scan_csv(run / "candidates.csv", infer_schema=False)
    is_made_up = pl.lit(False)
    if "synthetic" in table.collect_schema().names():
        is_made_up = pl.col("synthetic") == "yes"
    row = table.select(is_made_up.sum(), pl.len().alias("n")).collect(engine="streaming").row(0)
    return int(row[0] or 0), int(row[1])
