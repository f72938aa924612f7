"""A scored run and its exam package → a matrix of the options that candidates chose, and points of forms.

The matrix is made from the responses that the run stores. It contains exactly the candidates who were scored,
and each mark as it was scored.

The forms and the key of a scored run → the columns of its matrix, and the cell for each mark.

A column is an item as it was scored: with one key and one scoring. An item that a correction changed on only
one form has two columns, because its two versions have different statistics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.capture.cells import ROOM_HEADS, fold
from examgen.capture.list_columns import OneSpelling
from examgen.core.candidate_numbers import canonical_number
from examgen.core.coded_columns import changed, coded, numbers_of
from examgen.core.csv_files import without_apostrophe
from examgen.core.exam.names import MANIFEST, RESULTS, base_form
from examgen.core.exam.package import Package, question_places, read_written
from examgen.core.exam.releases import UNRELEASED, ReleaseState
from examgen.core.exam.runs import AUDIT
from examgen.core.models.field_types import ExamRoom
from examgen.core.models.item import Item
from examgen.core.problems import Refused, WrongUsage
from examgen.core.responses import table as response_table
from examgen.core.responses.rows import BLANK, INVALID, Ints, Marks
from examgen.core.words import option, tell
from examgen.scoring.counted_key import KeyOfRun
from examgen.scoring.exam_layout import scoring_rule_of
from examgen.scoring.form_cut_scores import cuts_of
from examgen.scoring.key import Key
from examgen.scoring.run_tables import placed
from examgen.scoring.runs import check_files, release_of, roster_places, run_of
from examgen.scoring.scored_run import ScoredRun
from examgen.stats.checklists import CENTRE_HEADS
from examgen.stats.data_notes import note as data_note
from examgen.stats.matrix import MISSING_KINDS, NOT_ADMINISTERED, NOT_REACHED, OMITTED, Cells, Chosen
from examgen.stats.response_data import Responses
from examgen.stats.results import Note

Standing = Literal["scored", "pilot", "dropped", "credited"]
"""How an item counts.

`scored` counts by its key; `pilot` and `dropped` count for nobody; `credited` gives the same points to all
candidates, or to all who answered it, whatever they chose.
"""

ODD = "*"
"""The name for marks that are none of an item's options: several marks, or a letter it does not have."""
MOST_PLACES = 100
"""The largest number of places (form and question) that are recorded for an item."""
_MARKS = 256

Asked = tuple[str, int, tuple[str, ...]]
"""Form, question, and option ids in the printed order."""


class ResponseColumn(NamedTuple):
    """An item of an administration, as it was scored.

    `options` are its option ids in alphabetical order, followed by names for any other marks; `key` are
    positions in `options`. `item_hash` is the hash of the text that was printed, with the key by which it was
    scored. `worth` are the units that each option earns, and `blank` those of a blank, in parts of
    1/`Administration.unit` of a point; `points` is the full score of the item. `asked` has the places where
    forms print the item: form, question, and option ids in the printed order. Personal booklets are not
    included.
    """

    name: str
    item: str
    unit: str
    element: str
    pc: str
    options: tuple[str, ...]
    n_own: int
    """How many of `options` are the item's own."""
    key: frozenset[int]
    standing: Standing
    points: int
    worth: tuple[int, ...]
    blank: int
    item_hash: str
    asked: tuple[Asked, ...]

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the right options, as the item was scored."""
        return tuple(sorted({one for place in self.key for one in self.options[place].split("|")}))


class ResponseColumns(NamedTuple):
    """All columns, and the cell for each mark on each form.

    `column` (forms, questions) is the position of each question's column, -1 after the last question of a
    form. `printing` (forms, questions) is a row of `places` (printings, 256), which gives for each mark the
    position of the option, or the kind of missing.
    """

    columns: tuple[ResponseColumn, ...]
    column: NDArray[np.int32]
    printing: NDArray[np.int32]
    places: NDArray[np.int8]


def columns_of(asked: Package, key: Key, items: Mapping[str, Item], several: str) -> ResponseColumns:
    """Return the columns, in the order of the forms and of the questions on them.

    `items` are the texts that were printed, by id. `several` is the scoring of items with several right
    answers (`any`, `all`, `partial`).
    """
    shape = key.keys.shape
    at, of_key = (question_places(table, key.names) for table in (asked.forms, asked.key))
    names, item_codes = coded(asked.forms["item"])
    orders, order_codes = coded(asked.forms["options"])
    item_at, order_at, points_at, line_at = (np.full(shape, -1, np.int32) for _ in range(4))
    item_at[at], order_at[at] = item_codes, order_codes
    points_at[of_key] = asked.key["points"].cast(pl.String).cast(pl.Int32).to_numpy()
    line_at[of_key] = np.arange(len(of_key[0]))
    # 200,000 booklets print few questions in different ways: each way is looked at once, where it is first
    there = item_at >= 0
    ways = (item_at, order_at, key.table, key.keys, points_at, key.points)
    first, which = _different([one[there] for one in ways])
    marks: list[NDArray[np.int8]] = []
    numbers: dict[ResponseColumn, int] = {}
    of_printing: list[int] = []
    for f, q in np.argwhere(there)[first].tolist():
        line, options = int(line_at[f, q]), orders[order_at[f, q]].split()
        one, own_places = _printed(
            key, (f, q), items[names[item_at[f, q]]], options, several, int(points_at[f, q])
        )
        marks.append(own_places)
        pc = key.criteria[key.criterion[f, q]][2]
        one = one._replace(unit=asked.key["unit"][line], element=asked.key["element"][line], pc=pc)
        of_printing.append(numbers.setdefault(one, len(numbers)))
    column, printing = np.full(shape, -1, np.int32), np.zeros(shape, np.int32)
    printing[there] = which
    column[there] = np.array(of_printing, np.int32)[which]
    places: list[list[Asked]] = [[] for _ in numbers]
    for f, form in enumerate(key.names):
        for q in np.flatnonzero(there[f]).tolist() if base_form(form) == form else ():
            own = places[column[f, q]]
            if len(own) < MOST_PLACES:
                own.append((form, q + 1, tuple(orders[order_at[f, q]].split())))
    columns = [one._replace(asked=tuple(own)) for one, own in zip(numbers, places, strict=True)]
    # with names of their own: the item's id, or that and the forms, or that and the key
    times = Counter(one.item for one in columns)
    named, taken = [], set[str]()
    for one in columns:
        name = one.item
        if times[name] > 1:
            on = ", ".join(dict.fromkeys(form for form, _, _ in one.asked))
            name = f"{one.item} ({on or 'key ' + '|'.join(one.key_ids)})"
        while name in taken:
            name += "*"
        taken.add(name)
        named.append(one._replace(name=name))
    return ResponseColumns(tuple(named), column, printing, np.stack(marks))


def _different(parts: Sequence[NDArray[np.integer]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the index of the first occurrence of each distinct row, and for each row its distinct row.

    The rows have one value in each array of `parts`. Distinct rows are in the order of their first
    occurrence.
    """
    table = pl.DataFrame({str(n): part for n, part in enumerate(parts)})
    alike = table.with_row_index("row").group_by(table.columns, maintain_order=True).agg("row")["row"]
    which = np.empty(len(table), np.int64)
    which[alike.explode().to_numpy()] = np.repeat(np.arange(len(alike)), alike.list.len().to_numpy())
    return alike.list.first().cast(pl.Int64).to_numpy(), which


def _printed(
    key: Key, at: tuple[int, int], item: Item, order: Sequence[str], several: str, printed_points: int
) -> tuple[ResponseColumn, NDArray[np.int8]]:
    """Return the column of a question as one order of options prints it, and the position of each mark.

    The column still lacks its name, unit, element, criterion and places.
    """
    table, mask, points = key.tables[key.table[at]].tolist(), int(key.keys[at]), int(key.points[at])
    own = sorted(order)
    letters = [own.index(option) for option in order]
    right = frozenset(letters[k] for k in range(len(order)) if mask >> k & 1)
    in_sets = several != "any" and len(right) > 1
    options, places, worth = list(own), np.zeros(_MARKS, np.int8), dict[int, int]()
    places[BLANK] = OMITTED
    # marks in an order that does not depend on that of the options as printed
    for canonical in sorted(range(1, 1 << len(own)), key=int.bit_count):
        marked = [place for place in range(len(own)) if canonical >> place & 1]
        mark = sum(1 << letters.index(place) for place in marked)
        name = "|".join(own[place] for place in marked) if in_sets or len(marked) == 1 else ODD
        places[mark] = _place(options, worth, name, table[mark])
    places[1 << len(own) :] = _place(options, worth, ODD, table[INVALID])
    full = points * key.unit
    standing: Standing = "scored"
    if not printed_points:
        standing = "pilot"
    elif not full:
        standing = "dropped"
    elif len(set(table[BLANK + 1 :])) == 1:
        standing = "credited"
    ids = {own[place] for place in right}
    if in_sets:  # where several letters must be marked together, what is right are the sets that earn all
        right = frozenset([options.index("|".join(own[place] for place in sorted(right)))])
        if standing == "scored":
            right = frozenset(place for place, earned in worth.items() if earned == full)
        ids = {one for place in right for one in options[place].split("|")}
    text = item.model_copy(update={"key": tuple(sorted(ids))})
    column = ResponseColumn(
        "", item.id, "", "", "", tuple(options), len(own), right, standing, points or printed_points,
        tuple(worth[n] for n in range(len(options))), table[BLANK], text.sha256(), (),
    )  # fmt: skip
    return column, places


def _place(options: list[str], worth: dict[int, int], name: str, earned: int) -> int:
    """Return the position of the option with this name and these units; add one if there is none."""
    for n, said in enumerate(options):
        if said.strip(ODD) == name.strip(ODD) and worth.setdefault(n, earned) == earned:
            return n
    while name in options:
        name += ODD
    options.append(name)
    worth[len(options) - 1] = earned
    return len(options) - 1


# ── columns of responses ──────────────────────────────────────────────────────────────────────────────


_N_KINDS = len(MISSING_KINDS)
CHUNK = 8_192
"""The number of candidates processed at a time."""
_MANY_FORMS = 100
"""Up to this number of forms, cells are filled form by form, which is the fastest way."""


class Administration(NamedTuple):
    """The responses of the candidates of a scored run.

    `chosen` has a column for each entry of `columns`. An option is identified by its id in the bank, whatever
    letter it was printed under. An item that is not on a candidate's form is not administered. A blank after
    the candidate's last mark, in the order of their booklet, is not reached; any other blank is omitted.
    `form` and `room` (N,) are positions in `rooms` and in `forms`, the forms from which booklets were drawn.
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
    """Names of rooms; the empty text stands for an unknown room."""
    room: NDArray[np.int32]
    unit: int
    """The number of units of `ResponseColumn.worth` in a point."""
    floor_total: bool
    """Whether a total below 0 counts as 0."""
    release: ReleaseState = UNRELEASED
    """Whether the run is released, replaced by another one, or not released."""
    booklet: NDArray[np.int64] = np.empty(0, np.int64)
    """(N,) positions of the candidates' forms, or personal booklets, among those of the key."""

    def places(self, folder: Path, *standings: Standing) -> list[int]:
        """Return the positions of the columns with these standings.

        Raises Refused if there is no such column, or no candidate.
        """
        found = [n for n, one in enumerate(self.columns) if one.standing in standings]
        if not len(self.chosen.candidates) or not found:
            raise Refused.because(
                "{folder}: run {run} has no scores on any item, so there is nothing to analyse",
                folder=folder,
                run=self.run,
            )
        return found

    def blank_sheets(self) -> tuple[Note, ...]:
        """Return the note on candidates who answered nothing, if there are any."""
        n = int(np.count_nonzero((self.chosen.cells < 0).all(axis=1)))
        return (data_note("blank-sheets", n=n),) if n else ()

    def worth(self) -> NDArray[np.int64]:
        """Return the units that each kind of cell earns, as an array (columns, kinds of missing and options).

        The value for a cell is at the cell plus the number of kinds of missing; it is 0 for items not
        administered.
        """
        most = max((len(one.worth) for one in self.columns), default=0)
        worth = np.zeros((len(self.columns), _N_KINDS + most), dtype=np.int64)
        for row, column in zip(worth, self.columns, strict=True):
            row[_N_KINDS + NOT_ADMINISTERED + 1 : _N_KINDS] = column.blank
            row[_N_KINDS : _N_KINDS + len(column.worth)] = column.worth
        return worth


def responses_of(folder: Path, run: str | None = None, *, results: Path | None = None) -> Administration:
    """Return the responses of the candidates of a run.

    `run` is the number of the run, by default the released one, or the newest one before any release.
    `results` is the folder that `score --out` named.

    Raises Refused with every file of the run that is missing or has changed, WrongUsage if the package has no
    such run.
    """
    read_written(folder)
    place = results if results is not None else folder / RESULTS
    found = run_of(place, run)
    return administration_of(KeyOfRun(folder, found))._replace(release=release_of(place, found))


def administration_of(of: KeyOfRun) -> Administration:
    """Return the responses of the candidates of a run, without its state of release.

    Raises Refused with every file of the run that is missing or has changed.
    """
    run, key, package = of.run, of.key, read_written(of.folder)
    check_files(run, package, tell("its answers are not read"))
    rule = scoring_rule_of(package.manifest)
    items = {printed.item.id: printed.item for form in package.exam.forms for printed in form.items}
    every = columns_of(of.asked, key, items, rule.several)
    path = run.folder / response_table.NAME
    n = response_table.n_rows_of(path)
    cells = np.empty((n, len(every.columns)), dtype=np.int8)
    booklet = np.empty(n, dtype=np.int64)
    ids: list[str] = []
    for rows in response_table.read_rows(path, of.number):
        for start in range(0, len(rows.ids), CHUNK):
            part, first = slice(start, start + CHUNK), len(ids)
            ids += [one.decode() for one in rows.ids[part].tolist()]
            booklet[first : len(ids)] = rows.form[part]
            cells[first : len(ids)] = cells_of(every, key.n_questions, rows.form[part], rows.marks[part])
    columns = _options_in_use(every.columns, cells)
    base = [base_form(name) for name in key.names]  # those that the forms of the key were drawn from
    number = {name: place for place, name in enumerate(dict.fromkeys(base))}
    names, options, right = ([getattr(one, field) for one in columns] for field in ("name", "options", "key"))
    rooms, room = _rooms(of, ids)
    return Administration(
        run.audit["exam"],
        run.number,
        run.fingerprint,
        Chosen(tuple(ids), tuple(names), cells, tuple(options), tuple(right)),
        columns,
        tuple(number),
        np.array([number[name] for name in base], dtype=np.int32)[booklet],
        rooms,
        room,
        key.unit,
        key.floor_total,
        booklet=booklet,
    )


def _options_in_use(columns: Sequence[ResponseColumn], cells: Cells) -> tuple[ResponseColumn, ...]:
    """Return the columns without unused options, and renumber `cells` in place.

    An option is unused if it is not the item's own, not in the key, and nobody chose it.
    """
    kept = []
    for n, column in enumerate(columns):
        times = np.bincount(cells[:, n].astype(np.int64) - NOT_ADMINISTERED, minlength=_N_KINDS)[_N_KINDS:]
        used = {*range(column.n_own), *np.flatnonzero(times).tolist(), *column.key}
        if len(used) < len(column.options):
            places = sorted(used)
            moved = np.arange(-_N_KINDS, len(column.options), dtype=np.int8)
            moved[[place + _N_KINDS for place in places]] = np.arange(len(places))
            cells[:, n] = moved[cells[:, n].astype(np.int64) + _N_KINDS]
            column = column._replace(  # noqa: PLW2901
                options=tuple(column.options[place] for place in places),
                worth=tuple(column.worth[place] for place in places),
                key=frozenset(moved[place + _N_KINDS].item() for place in column.key),
            )
        kept.append(column)
    return tuple(kept)


def read_run(folder: str | Path) -> Responses:
    """Read the responses of a run as every function of `examgen.stats` takes them: right or wrong by item.

    Parameters
    ----------
    folder : path
        An exam package, of which the released run is read, or the newest one before any release; or the
        folder of a run, as `score(…).folder` gives it.

    Returns
    -------
    Responses
        The items that count, by their ids: 1 right, 0 wrong or omitted; missing where an item was not
        administered or not reached. `choices` has the options; `others` the `form` and, where rooms are
        known, the `room`.

    Raises
    ------
    Refused
        If a file of the run is missing or has changed.
    WrongUsage
        If the folder is neither an exam package nor a run.
    """
    found = responses_of(*exam_and_run(Path(folder), None))
    counted = [n for n, column in enumerate(found.columns) if column.standing == "scored"]
    others = {"form": [found.forms[n] for n in found.form.tolist()]}
    if found.rooms:
        others["room"] = [found.rooms[n] or None for n in found.room.tolist()]
    left_out = [name for n, name in enumerate(found.chosen.items) if n not in set(counted)]
    notes = (f"left out, as they do not count: {', '.join(left_out)}",) if left_out else ()
    chosen = found.chosen.part(counted)
    scored = chosen.scored()
    ids = tuple(map(str, chosen.candidates))
    return Responses(ids, scored.items, scored.cells, chosen, pl.DataFrame(others), notes)


def exam_and_run(folder: Path, run: str | None) -> tuple[Path, str | None]:
    """Return the exam package and the run that a folder stands for: a package, or a run in its `results/`.

    Raises WrongUsage for any other folder, and for the folder of a run if `run` is given too.
    """
    if (folder / MANIFEST).is_file():
        return folder, run
    if not (folder / AUDIT).is_file():
        raise WrongUsage.because(
            "{folder} is neither an exam package nor the folder of a scored run", folder=folder
        )
    above = [one for one in folder.resolve().parents if (one / MANIFEST).is_file()]
    if run is not None or not above:
        raise WrongUsage.because(
            "{folder} is a run. Give its exam, and {run} with its number", folder=folder, run=option("run")
        )
    return above[0], str(folder)


def cells_of(columns: ResponseColumns, n_questions: Ints, form: Ints, marks: Marks) -> NDArray[np.int8]:
    """Return the cells (n, columns) of marks (n, questions): positions of options, or kinds of missing.

    `form` (n,) are the forms of the rows, and `n_questions` the numbers of questions of all forms.
    """
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
    """Return the names of rooms, and the position of each candidate's room among them.

    A room is taken from the roster, or else from the candidate list, or else from the answers.
    """
    spelling = OneSpelling()
    given = [of.asked.candidates, roster_places(of.run)]
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
    """Yield each candidate with the name of their room, which is empty if no room is known."""
    columns = placed(table, spelling).select("candidate_id", "centre", "room")
    for who, centre, room in columns.iter_rows():
        yield who, ExamRoom(centre, room).shown if room else ""


def points_of_forms(scored: ScoredRun) -> dict[str, dict[str, Any]]:
    """Return figures of each form, including the booklets drawn from it, in points of the run.

    Points differ from the number right if items have other points or a penalty. `points_sd` has divisor n −
    1, and is None for a single candidate. `sem_at_cut` is the standard error of measurement at the cut,
    within which results get a second look. `sem_kind` is `lord` if it was computed, and `blueprint` if
    `second_look` states it.
    """
    people = scored.candidates
    rule = scored.audit["options"]["pass"]
    cuts = cuts_of(scored) if rule is not None else {}
    kind = "lord" if ((rule or {}).get("second_look") or {}).get("sem", "lord") == "lord" else "blueprint"
    points = people.select(
        "form",
        changed(people["form"], lambda names: pl.Series(map(base_form, names))).alias("base"),
        pl.Series("score", numbers_of(people["score"])),
        pl.Series("max_score", numbers_of(people["max_score"])),
    )
    found: dict[str, dict[str, Any]] = {}
    for (form,), own in points.group_by("base", maintain_order=True):
        cut, score = cuts.get(own["form"][0]), own["score"].to_numpy()
        found[str(form)] = {
            "points_mean": float(score.mean()),
            "points_sd": float(score.std(ddof=1)) if len(score) > 1 else None,
            "max_points": float(own["max_score"][0]),
            "cut_points": None if cut is None else cut.points,
            "sem_at_cut": None if cut is None else cut.sem,
            "sem_kind": None if cut is None or cut.sem is None else kind,
        }
    return found


def made_up(run: Path) -> tuple[int, int]:
    """Return how many candidates in a run's folder are synthetic, and how many there are."""
    table = pl.scan_csv(run / "candidates.csv", infer_schema=False)
    is_made_up = pl.lit(False)
    if "synthetic" in table.collect_schema().names():
        is_made_up = pl.col("synthetic") == "yes"
    row = table.select(is_made_up.sum(), pl.len().alias("n")).collect(engine="streaming").row(0)
    return int(row[0] or 0), int(row[1])
