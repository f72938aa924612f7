"""Reading of ratings by assessors, from the kinds of tables in use, as `Ratings`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.arguments import (
    GREATEST_POINTS,
    ArgumentError,
    DataError,
    RowFaults,
    alike_names,
    brief,
    number_of,
    objects,
    shown,
)
from examgen.stats.checklists import ASSESSOR_NAMES, BESIDE, CENTRE_HEADS, NO, POINTS_NAMES, TASK_NAMES, YES
from examgen.stats.columns import IDS, ROW_NAMES, columns_of
from examgen.stats.data_notes import (
    coded_from_1,
    codes_above,
    falls_at_the_top,
    far_above,
    repeated_ids,
    those_that_fall,
)
from examgen.stats.judge_ratings import TOTALS
from examgen.stats.matrix import Bools, Floats, Ints
from examgen.stats.plain_text import plain_text
from examgen.stats.response_tables import name_of
from examgen.stats.results import Argument, Note, sentences
from examgen.stats.summaries import summaries, two_scales

FEW = 30
"""With fewer candidates rated by two assessors, figures are rough."""
COLUMNS = {
    "candidate": (
        *("candidate", *IDS),
        *("no", "no.", "nr", "#", "number", *ROW_NAMES),
    ),
    "assessor": tuple(name for tier in ASSESSOR_NAMES for name in tier),
    "task": tuple(name for tier in TASK_NAMES for name in tier),
    "score": (*(name for tier in POINTS_NAMES for name in tier), "resp"),
    "centre": CENTRE_HEADS,
}
"""The usual names of the columns in a table of ratings, by role; used for columns not named by the user."""
_OF_PEOPLE = (
    *("age", "sex", "gender", "year", "years", "minutes", "time", "อายุ", "เพศ", "ปี", "เวลา"),
    *("form", "ฟอร์ม", "ชุด", "ชุดข้อสอบ", "group", "กลุ่ม", "batch", "รุ่น", "remarks"),
)
_SOME = 20
"""A column with as many different values as there are candidates, where there are more than these and the
others have half as many, holds no ratings."""
_NEARLY_ALL = 0.9
"""Of the numbers of a column that differ, where they may number the candidates."""
_WIDTH = 4
"""Points at least that a column of other numbers is beyond the ratings."""
_SURELY = 3.0
"""Standard errors; what is farther off is not by chance."""
_BY_CHANCE = 0.001
_ENOUGH = 10
"""Ratings at least of which a scale is seen."""
_MOST_LEVELS = 12
"""Different values at most of a column that may be a facet, such as the round."""
_COUNTED = 6
"""Candidates at least whose numbers rise by one from row to row."""
TEXTS: dict[str, str] = {
    "no-column": "the ratings have no column of the {what}. Their columns are {columns}. Name it with "
    "{argument}",
    "not-a-column": "{argument} is {value}, but the columns are {columns}",
    "no-rated": "the ratings have no column of points. Their columns are {columns}",
    "no-rating": "the ratings have no points",
    "unlike": "{column} has {different} different values of {n} candidates, unlike ratings. Name it with "
    "{argument} if it names the candidates, else leave it out",
    "unlike.scale": "{column} has ratings from {low:g} to {high:g}, the others from {least:g} to {most:g}. "
    "Leave it out if it holds no ratings, else put all ratings on one scale",
    "no-points": "`{value}` is not a number of points (candidate {candidate}, assessor {assessor}). Write a "
    "number, or yes or no",
    "no-points.below": "`{value}` is below 0 (candidate {candidate}, assessor {assessor}). Points must be 0 "
    "or more",
    "no-points.blank": "there are no points (candidate {candidate}, assessor {assessor}). Write them, or "
    "remove the row",
    "no-name": "the {what} is missing",
    "rated-twice": "candidate {candidate} has two ratings by {assessor} on {task}. Keep one of them",
    "rated-twice.task": "candidate {candidate} has two ratings by {assessor}. Keep one of them, or tell "
    "tasks apart with {argument}",
    "mixed": "the ratings mix numbers ({number}) and names ({names}). Write one or the other",
    "second-length": "second has {n} ratings; it must have {of}, as many as the first assessor",
    "order-twice": "order has a category twice",
    "order-lacks": "order has no {categories}; it must have every category",
    "names-alike": "{names} differ only in capital letters or spaces and count as several assessors. Write a "
    "name in one way if it is one person",
    "ids-alike": "{names} differ only in capital letters or spaces and count as several candidates. Write an "
    "id in one way if it is one person",
    "tasks-alike": "{names} differ only in capital letters or spaces and count as several tasks. Write a "
    "name in one way if it is one task",
    "centres-alike": "{names} differ only in capital letters or spaces and count as several centres. Write a "
    "name in one way if it is one centre",
    "ratings-below-0": "{n} [rating is|ratings are] below 0 and [counts|count] as points. Leave the "
    "[cell|cells] blank if [it stands|they stand] for no rating",
    "gap": "{names}: the highest rating is {codes}, and no rating is from {low:g} to {high:g}. Leave the "
    "cell blank if {codes} stands for no rating. Here it counts as points",
    "other-scale": "{name} has ratings from {low:g} to {high:g}, the other assessors from {least:g} to "
    "{most:g} on the same tasks. If {name} used another scale, put all ratings on one",
    "columns-left-out": "{names}: left out, as a column of that name holds totals or means, and no ratings",
    "columns-left-out.beside": "{names}: left out, as columns with such names hold no ratings",
    "columns-left-out.long": "{names}: left out, as one column holds the points of all",
    "reversed": "{names}: points are high where the other points of the same candidates are low (correlation "
    "{r:.2f}). If the scale was used the other way round, turn these points first",
    "code-among-scores": "{names}: where the rating is {score}, the other ratings are lower than where it is "
    "{lower}. Leave the cell blank if {score} stands for no rating. Here it counts as points",
    "from-1": "{names}: every rating is 1 or 2, and every other rating is 0 or 1. Subtract 1 from these "
    "ratings if 1 is the lowest one",
    "same-to-all": "{name} gave all candidates the same rating on each task, and others did not. These "
    "ratings tell no candidates apart, and severity says little here. Ask whether each candidate was rated",
    "few-shared": "only {n} [candidate has|candidates have] two assessors. Figures are rough estimates with "
    "fewer than {few}",
    "few-shared.none": "no candidate has two assessors, so agreement cannot be computed",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
note = sentences(TEXTS)


class Ratings(NamedTuple):
    """Ratings, one in each row (M,), with the indices of candidate, assessor and task in their lists of
    names. There is at most one rating for each combination of the three. Rows are in the order of candidate,
    task, assessor."""

    points: Floats
    """Points; for ratings by names of categories, their indices in `categories`."""
    candidate: Ints
    assessor: Ints
    task: Ints
    candidates: tuple[str, ...]
    assessors: tuple[str, ...]
    tasks: tuple[str, ...]
    categories: tuple[str, ...]
    """The different ratings, from the lowest to the highest; names without an order are sorted
    alphabetically."""
    is_ordered: bool
    facets: Mapping[str, tuple[Ints, tuple[str, ...]]]
    """Further facets by column: the index of each rating's level (−1 if it has none), and the names of the
    levels; `centre` if the table has it."""
    left_out: tuple[str, ...] = ()
    """Columns that were ignored because their names denote totals, means or other values that are not
    ratings."""
    unused: tuple[str, ...] = ()
    """Further columns of a table in long form, which are not used."""

    def of(self, kept: Bools | Ints) -> Ratings:
        """Return some of the ratings, with all the names."""
        return self._replace(
            points=self.points[kept], candidate=self.candidate[kept], assessor=self.assessor[kept],
            task=self.task[kept],
            facets={name: (place[kept], names) for name, (place, names) in self.facets.items()},
        )  # fmt: skip

    @property
    def thing(self) -> Ints:
        """(M,) a number for each combination of candidate and task."""
        return self.candidate * len(self.tasks) + self.task

    @property
    def pairs(self) -> tuple[Ints, Ints]:
        """The row indices of all pairs of ratings of the same candidate on the same task, the assessor with
        the lower number first."""
        begins = np.flatnonzero(np.diff(self.thing, prepend=-1))
        sizes = np.diff(begins, append=len(self.points))
        first, second = [begins[:0]], [begins[:0]]
        for size in np.unique(sizes[sizes > 1]).tolist():
            for i, j in combinations(range(size), 2):
                first.append(begins[sizes == size] + i)
                second.append(begins[sizes == size] + j)
        return np.concatenate(first), np.concatenate(second)

    @property
    def assessors_of(self) -> Bools:
        """(N, A) whether each assessor rated each candidate."""
        found = np.zeros((len(self.candidates), len(self.assessors)), dtype=np.bool_)
        found[self.candidate, self.assessor] = True
        return found

    @property
    def totals(self) -> Floats:
        """(N, A) the total points of each candidate by each assessor; NaN if the assessor did not rate every
        task."""
        shape = len(self.candidates), len(self.assessors)
        key = self.candidate * shape[1] + self.assessor
        count = np.bincount(key, minlength=shape[0] * shape[1])
        total = np.bincount(key, self.points, shape[0] * shape[1])
        return np.where(count == len(self.tasks), total, np.nan).reshape(shape)

    def remarks(self) -> list[Note]:
        """Return notes on suspicious data, such as names that differ only in case and numbers that may not be
        points."""
        names = {"names-alike": alike_names(self.assessors), "ids-alike": alike_names(self.candidates)}
        names["tasks-alike"] = alike_names(self.tasks)
        names["centres-alike"] = alike_names(self.facets["centre"][1] if "centre" in self.facets else ())
        found = [note(code, names=shown(of_kind)) for code, of_kind in names.items() if of_kind]
        found += repeated_ids(self.candidates)  # in zeros at the beginning
        of_totals = [name for name in self.left_out if plain_text(name) in _TOTALS]
        beside = [name for name in self.left_out if name not in of_totals]
        for key, columns in (("columns-left-out", of_totals), ("columns-left-out.beside", beside)):
            found += [note(key, names=shown(columns))] if columns else []
        found += [note("columns-left-out.long", names=shown(self.unused))] if self.unused else []
        found += self._same_to_all()
        if not self.is_ordered:
            return found
        found += [*self._of_other_scales(), *self._reversed(), *self._codes_among_scores()]
        found += self._summaries()
        for place, task in enumerate(self.tasks):
            found += two_scales(self.points[self.task == place], task)
        if n := int((self.points < 0).sum()):
            found.append(note("ratings-below-0", n=n))
        own = self.points >= 0
        scores = [np.unique(self.points[own & (self.task == n)]) for n in range(len(self.tasks))]
        gaps: dict[tuple[float, ...], list[str]] = {}
        for place, (task, of_task) in enumerate(zip(self.tasks, scores, strict=True)):
            above = codes_above(of_task)
            if not above and (far := far_above(self.points[own & (self.task == place)])):
                above = far["high"], far["code"]
            gaps.setdefault(above, []).append(task)
        for ends, tasks in ((ends, tasks) for ends, tasks in gaps.items() if ends):
            codes = shown([f"{one:g}" for one in ends[1:]])
            found.append(note("gap", names=shown(tasks), codes=codes, low=ends[0] + 1, high=ends[1] - 1))
        by_assessor = [np.unique(self.points[self.assessor == n]) for n in range(len(self.assessors))]
        for own_names, of_each in ((self.tasks, scores), (self.assessors, by_assessor)):
            if from_1 := coded_from_1(own_names, of_each):
                found.append(note("from-1", names=shown(from_1)))
        return found

    def _summaries(self) -> Iterator[Note]:
        """The notes of assessors, and of a last candidate, whose points are those of the others together."""
        shape = len(self.candidates), len(self.tasks), len(self.assessors)
        table = np.full(shape, np.nan)
        table[self.candidate, self.task, self.assessor] = self.points
        yield from summaries(table.reshape(-1, shape[2]).T, self.assessors, all_rows=True)
        yield from summaries(table.reshape(shape[0], -1), self.candidates)

    def _same_to_all(self) -> Iterator[Note]:
        """The notes of assessors who give everybody one rating on each task, not by chance as others rate."""
        for place, name in enumerate(self.assessors):
            by, chances = self.assessor == place, [1.0]
            tasks = [self.task == task for task in np.unique(self.task[by]).tolist()]
            for own, others in ((self.points[on & by], self.points[on & ~by]) for on in tasks):
                chances.append(float(np.mean(others == own[0]) ** len(own)) if len(others) else 1.0)
            is_one = all(np.ptp(self.points[on & by]) == 0 for on in tasks)
            if is_one and by.sum() >= _ENOUGH * len(tasks) and min(chances) < _BY_CHANCE:
                yield note("same-to-all", name=name)

    def _of_other_scales(self) -> list[Note]:
        """The notes of assessors whose ratings lie on another scale than those of the others, on most tasks
        that both have rated: beyond them, or from 1 on where the others begin at 0."""
        found = []
        for place, assessor in enumerate(self.assessors):
            is_other = []
            for task in np.unique(self.task[self.assessor == place]).tolist():
                on_task, by = self.task == task, self.assessor == place
                own, others = self.points[on_task & by], self.points[on_task & ~by]
                if min(len(own), len(others)) < _ENOUGH:
                    continue
                low, high, least, most = own.min(), own.max(), others.min(), others.max()
                is_beyond = np.median(own) > max(most, 1) or (4 * high <= most and np.median(others) > high)
                is_shifted = 0 == least < low <= 1 and most < high <= most + 1
                is_other.append((is_beyond or (is_shifted and len(own) >= _SOME), low, high, least, most))
            if 2 * sum(one[0] for one in is_other) > len(is_other):
                low, least = (float(min(one[k] for one in is_other)) for k in (1, 3))
                high, most = (float(max(one[k] for one in is_other)) for k in (2, 4))
                ends = {"low": low, "high": high, "least": least, "most": most}
                found.append(note("other-scale", name=assessor, **ends))
        return found

    def _reversed(self) -> Iterator[Note]:
        """The notes of assessors, and of tasks, whose points go against all others."""
        for kind, names, rows in (
            (self.assessor, self.assessors, self.thing),
            (self.task, self.tasks, self.candidate),
        ):
            size, total = np.zeros((2, int(rows.max()) + 1, len(names)))
            np.add.at(size, (rows, kind), 1.0)
            np.add.at(total, (rows, kind), self.points)
            table = np.where(size > 0, total, np.nan) / np.maximum(size, 1.0)
            for n, name in enumerate(names):
                others = np.delete(table, n, axis=1)
                seen = ~np.isnan(table[:, n]) & ~np.isnan(others).all(axis=1)
                if seen.sum() < _ENOUGH:
                    continue
                one, rest = table[seen, n], np.nanmean(others[seen], axis=1)
                r = float(np.corrcoef(one, rest)[0, 1]) if np.ptp(one) and np.ptp(rest) else 0.0
                if np.arctanh(np.clip(r, -0.999, 0.999)) * np.sqrt(len(one) - 3) < -_SURELY:
                    yield note("reversed", names=name, r=r)

    def _codes_among_scores(self) -> Iterator[Note]:
        """The notes of tasks whose highest rating goes with low ratings by the others."""
        total = np.bincount(self.thing, self.points)
        size = np.bincount(self.thing)[self.thing]
        others = (total[self.thing] - self.points) / np.maximum(size - 1, 1)
        falls: list[tuple[float, float, str, float]] = []
        for n, name in enumerate(self.tasks):
            own = (self.task == n) & (size > 1)
            z, values = falls_at_the_top(self.points[own], others[own]), np.unique(self.points[own])
            if np.isfinite(z) and not codes_above(values):
                falls.append((float(values[-2]), float(values[-1]), name, z))
        for lower, score, names in those_that_fall(falls):
            yield note("code-among-scores", names=names, score=f"{score:g}", lower=f"{lower:g}")

    def few(self) -> list[Note]:
        """Return a note if too few candidates were rated by two assessors."""
        n = int((self.assessors_of.sum(axis=1) > 1).sum())
        if n >= FEW:
            return []
        return [note("few-shared", n=n, few=FEW) if n else note("few-shared.none")]


def ratings_of(
    data: object,
    second: object = None,
    *,
    names: Mapping[str, str | None] = {},
    facets: Sequence[str] = (),
    order: object = None,
    takes_names: bool = False,
    takes_below: bool = False,
) -> Ratings:
    """Read ratings from a long table, from a table with a column for each assessor or task, or from two
    vectors.

    Parameters
    ----------
    data : object
        A frame or a mapping of columns, or a matrix; ratings already read are returned as they are.
    second : object
        The ratings of a second assessor; `data` then holds those of the first.
    names : mapping of str to str or None
        The names of the columns for `candidate`, `assessor`, `task`, `score` and `centre`, if they are not
        the usual ones.
    facets : sequence of str
        Columns of further facets.
    order : object
        Names of categories in order.
    takes_names : bool
        Whether ratings may be names of categories.
    takes_below : bool
        Whether ratings may be below 0.

    Raises
    ------
    ArgumentError
        If a column is missing, or an assessor rated a candidate twice on the same task.
    """
    if isinstance(data, Ratings):
        return data
    columns, index, plain = _columns(data, second)
    roles = _roles(columns, names)
    if unknown := [name for name in facets if name not in columns]:
        raise ArgumentError(
            note("not-a-column", argument=Argument("facets"), value=shown(unknown), columns=shown(columns))
        )
    by_name, is_long = "assessor" in roles, "score" in roles
    n = len(next(iter(columns.values()), ()))
    beside = [] if is_long else [name for name in columns if name not in roles.values()]
    left_out = tuple(name for name in beside if plain_text(name) in _NO_RATINGS - _IDS)
    known = {*roles.values(), *facets}
    unused = tuple(
        name
        for name, cells in columns.items()
        if is_long and name not in known and plain_text(name) not in _IDS and not _is_remark(name, cells)
    )
    if not is_long:
        columns, roles = _lengthened(columns, index, roles, plain, is_table=second is None)
    points, categories, is_ordered = _points(columns[roles["score"]], order, takes_names)
    kept = np.isfinite(points)
    field = roles["score"] if is_long else "task" if by_name else "assessor"
    takes = {"below": takes_below, "blank": not is_long or takes_names}
    _refuse_rows({what: columns[name] for what, name in roles.items()}, points, n, field, **takes)
    if not kept.any():
        raise DataError(note("no-rating"))
    candidate, assessor, task = (
        _placed(columns[roles[what]], kept, in_order=what == "assessor" and by_name)
        if what in roles
        else (np.zeros(int(kept.sum()), dtype=np.int64), (what,))
        for what in ("candidate", "assessor", "task")
    )
    further = {name: name for name in facets} | ({"centre": roles["centre"]} if "centre" in roles else {})
    ratings = Ratings(
        points[kept], candidate[0], assessor[0], task[0], candidate[1], assessor[1], task[1], categories,
        is_ordered, {name: _placed(columns[column], kept) for name, column in further.items()}, left_out,
        unused,
    )  # fmt: skip
    key = (ratings.candidate * len(task[1]) + ratings.task) * len(assessor[1]) + ratings.assessor
    once, first = np.unique(key, return_index=True)
    faults, rows = RowFaults("ratings"), np.flatnonzero(kept)
    for row in sorted({*range(len(key))} - {*first.tolist()}) if len(once) < len(key) else ():
        faults.add(int(rows[row]) % n, None, note(
            "rated-twice" + ".task" * ("task" not in roles), candidate=candidate[1][candidate[0][row]],
            assessor=assessor[1][assessor[0][row]], task=task[1][task[0][row]], argument=Argument("task"),
        ))  # fmt: skip
    faults.end()
    return ratings.of(first)  # in one order, whatever the order of the rows


_NAMES = (COLUMNS["candidate"], TOTALS, BESIDE, (*_OF_PEOPLE, *COLUMNS["assessor"], *CENTRE_HEADS))
_IDS, _TOTALS, _BESIDE, _OTHERS = (frozenset(map(plain_text, names)) for names in _NAMES)
_NO_RATINGS = _IDS | _TOTALS | _BESIDE | _OTHERS
"""Other columns with these headings hold no ratings."""


def _is_remark(name: str, cells: NDArray[Any]) -> bool:
    """Whether a column has a usual name beside ratings, such as `comment`, and few or too many levels."""
    levels = len({name_of(one) for one in cells.tolist()} - {""})
    return plain_text(name) in _BESIDE and not 1 < levels <= _MOST_LEVELS


def _columns(data: object, second: object) -> tuple[dict[str, NDArray[Any]], NDArray[Any] | None, bool]:
    """The columns by their names, the names of the rows, and whether the names are ours."""
    if second is None:
        columns, index = columns_of(data, "ratings")
        return columns, index, not isinstance(data, Mapping) and not hasattr(data, "columns")
    one, other = objects("ratings", data), objects("second", second)
    if len(one) != len(other):
        raise ArgumentError(note("second-length", n=len(other), of=len(one)))
    return {"first": one, "second": other}, None, False


def roles_of(columns: Iterable[str]) -> dict[str, str]:
    """Return the columns of candidates, assessors, tasks, scores and centres, where their names are usual."""
    folded = {plain_text(name): name for name in reversed(list(columns))}
    usual = {
        what: next((folded[one] for one in map(plain_text, names) if one in folded), None)
        for what, names in COLUMNS.items()
    }
    return {what: column for what, column in usual.items() if column is not None}


def _roles(columns: Mapping[str, object], names: Mapping[str, str | None]) -> dict[str, str]:
    """Return the column of each role, by the name in `names` or by a usual name."""
    named = {what: column for what, column in names.items() if column is not None}
    for what, column in named.items():
        if not isinstance(column, str) or column not in columns:
            raise ArgumentError(
                note("not-a-column", argument=Argument(what), value=brief(column), columns=shown(columns))
            )
    roles = {what: column for what, column in (roles_of(columns) | named).items() if what in COLUMNS}
    lacking = {"candidate", "assessor"} - roles.keys() if "score" in roles else set()
    if {"assessor", "task"} <= roles.keys() and "score" not in roles:
        lacking = {"score"}
    for what in sorted(lacking):
        raise DataError(note("no-column", what=what, columns=shown(columns), argument=Argument(what)))
    return roles


def _lengthened(
    columns: dict[str, NDArray[Any]],
    index: NDArray[Any] | None,
    roles: Mapping[str, str],
    plain: bool,
    *,
    is_table: bool,
) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """A table with a column for each assessor, or for each task beside the assessor, as a long one, with the
    names of its columns."""
    excluded = {name for name in columns if name in roles.values() or plain_text(name) in _NO_RATINGS}
    rated = {name: values for name, values in columns.items() if name not in excluded}
    if not rated:
        raise DataError(note("no-rated", columns=shown(columns)))
    n = len(next(iter(rated.values())))
    # tasks may have very different highest points, assessors have not
    _refuse_unlike(rated, n, plain, are_assessors=is_table and "assessor" not in roles)
    rows = {what: columns[column] for what, column in roles.items()}
    if "candidate" not in rows:
        rows["candidate"] = index if index is not None else np.arange(1, n + 1)
    titles = [f"assessor {k + 1}" if plain else name for k, name in enumerate(rated)]
    made = {what: np.tile(values, len(rated)) for what, values in rows.items()}
    made["task" if "assessor" in rows else "assessor"] = np.repeat(np.array(titles, dtype=object), n)
    made["score"] = np.empty(n * len(rated), dtype=object)
    made["score"][:] = [one for values in rated.values() for one in values.tolist()]
    return made, {what: what for what in made}


def _refuse_rows(
    columns: Mapping[str, NDArray[Any]], points: Floats, n: int, field: str, *, below: bool, blank: bool
) -> None:
    """Refuses ratings that are no numbers, which are infinite in `points`, those below 0 and blanks unless
    they are taken, and ratings without a candidate, an assessor or a task.

    `n` is how many rows the table has, of which `columns` may hold several copies; `field` says whose name
    the column of a rating has.
    """
    faults = RowFaults("ratings")
    wrong = (
        (np.abs(points) > GREATEST_POINTS) | (np.isnan(points) & (not blank)) | ((points < 0) & (not below))
    )
    for row in np.flatnonzero(wrong).tolist():
        who = {what: name_of(columns[what][row]) for what in ("candidate", "assessor")}
        kind = ".blank" * bool(np.isnan(points[row])) or ".below" * bool(-GREATEST_POINTS <= points[row] < 0)
        fault = note("no-points" + kind, value=str(columns["score"][row]).strip()[:40], **who)
        faults.add(row % n, name_of(columns[field][row]) if field in ("task", "assessor") else field, fault)
    rated = np.flatnonzero(np.isfinite(points)).tolist()
    for what in columns.keys() & {"candidate", "assessor", "task"}:
        nameless = (row % n for row in rated if not name_of(columns[what][row]))
        for row in dict.fromkeys(nameless):
            faults.add(row, what, note("no-name", what=what))
    faults.end()


def _refuse_unlike(rated: Mapping[str, NDArray[Any]], n: int, plain: bool, *, are_assessors: bool) -> None:
    """Refuses columns that hold no ratings.

    They have as many different values as there are candidates, where others have half as many. Where columns
    are assessors, they also have whole numbers that nearly all differ and leave the scale of the others (half
    of them by more than its width, or any where they are counted from row to row), or half of their numbers
    are far beyond the others.
    """
    different = {name: len(set(map(str, values.tolist()))) for name, values in rated.items()}
    usual = max((count for count in different.values() if count < n), default=n)
    unlike = [name for name, count in different.items() if count == n and n > _SOME and usual <= n / 2]
    titles = {name: f"assessor {place}" if plain else name for place, name in enumerate(rated, start=1)}
    cells = {name: [_rating(one) for one in values.tolist()] for name, values in rated.items()}
    numbers = {
        name: np.array([one for one in own if isinstance(one, float)], dtype=np.float64)
        for name, own in cells.items()
        if are_assessors
    }
    far = list[Note]()
    for name, own in numbers.items():
        others = [values for other, values in numbers.items() if other != name and len(values)]
        if not len(own) or not others:
            continue
        scale = np.concatenate(others)
        least, most = float(scale.min()), float(scale.max())
        beyond = np.maximum(least - own, own - most)  # the scale of the others
        numbering = len(own) > 2 and different[name] >= _NEARLY_ALL * n and bool((own == np.rint(own)).all())
        counted = len(own) >= _COUNTED and bool((np.diff(own) == 1).all()) and own.max() > most
        if numbering and (counted or 2 * int((beyond > most - least).sum()) >= len(own)):
            unlike.append(name)
        elif 2 * int((beyond > max(most - least, _WIDTH)).sum()) >= len(own):
            ends = {"low": float(own.min()), "high": float(own.max()), "least": least, "most": most}
            far.append(note("unlike.scale", column=titles[name], **ends))
    if unlike:
        values = {"column": titles[unlike[0]], "different": different[unlike[0]], "n": n}
        far.insert(0, note("unlike", **values, argument=Argument("candidate")))
    if far:
        raise DataError(far[0])


def _placed(values: NDArray[Any], kept: Bools, *, in_order: bool = False) -> tuple[Ints, tuple[str, ...]]:
    """Places of the kept rows in their names, −1 of those without one, and the names as they come or in
    order."""
    texts = [name_of(one) for one, is_kept in zip(values.tolist(), kept.tolist(), strict=True) if is_kept]
    names: Iterable[str] = dict.fromkeys(text for text in texts if text)
    names = tuple(sorted(names) if in_order else names)
    place = {name: n for n, name in enumerate(names)}
    return np.array([place.get(text, -1) for text in texts], dtype=np.int64), names


def _points(values: NDArray[Any], order: object, takes_names: bool) -> tuple[Floats, tuple[str, ...], bool]:
    """Ratings as numbers, NaN where there is none, their categories, and whether these have an order.

    Words of a checklist are 1 and 0 where there is no other name.
    """
    cells = [_rating(one, "none" if takes_names else None) for one in values.tolist()]
    names = {one for one in cells if isinstance(one, str)}
    if order is not None:
        titles = [str(one) for one in objects("order", order).tolist()]
        listed = [_rating(one, "none") for one in titles]
        if len(set(listed)) < len(listed):
            raise ArgumentError(note("order-twice"))
        if lacking := sorted(map(str, set(cells) - {None, *listed})):
            raise ArgumentError(note("order-lacks", categories=shown(lacking)))
    elif takes_names and any(_plain(one) not in _CHECKLIST for one in names):
        if numbers := [one for one in cells if isinstance(one, float)]:
            raise ArgumentError(note("mixed", number=f"{numbers[0]:g}", names=shown(sorted(names))))
        titles = [*sorted(names)]
        listed = [*titles]
    else:
        plain = [_CHECKLIST.get(_plain(one), math.inf) if isinstance(one, str) else one for one in cells]
        points = np.array([math.nan if one is None else one for one in plain], dtype=np.float64)
        return points, tuple(f"{one:g}" for one in np.unique(points[np.isfinite(points)])), True
    place: dict[object, float] = {one: float(k) for k, one in enumerate(listed)}
    points = np.array([np.nan if one is None else place[one] for one in cells])
    return points, tuple(titles), order is not None


def _rating(value: object, none: object = None) -> object:
    """A number, as text too; None for a blank; any other text as it is, also `none` where that is a name."""
    if isinstance(value, complex):
        raise ArgumentError("ratings has complex numbers; expected numbers or names of categories")
    number, text = number_of(value), str(value).strip()
    if number is None or (isinstance(value, str) and text.casefold() == none):
        return text
    return None if math.isnan(number) else number


def _plain(word: str) -> str:
    return "".join(word.casefold().replace("_", " ").split())


_CHECKLIST = {_plain(word): float(word in YES) for word in (*YES, *NO)}
