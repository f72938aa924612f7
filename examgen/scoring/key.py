"""The key's columns, the rule and the corrections → `Key`: what each mark earns on every form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.core.coded_columns import coded, texts_of
from examgen.core.column_names import ANCHORS
from examgen.core.exam.places import Place
from examgen.core.models.scoring import ScoringRule
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import Marks
from examgen.core.text.characters import LETTER_PLACES, LETTERS
from examgen.core.words import tell, tell_n
from examgen.scoring.corrections import KeyRows, Options, corrected
from examgen.scoring.criteria import FormTotals
from examgen.scoring.rules import compile_tables

if TYPE_CHECKING:
    from examgen.core.models.scoring import Correction

Ints = npt.NDArray[np.signedinteger]
Bools = npt.NDArray[np.bool_]
Units = npt.NDArray[np.int32]
Criteria = Sequence[tuple[str, str, str]]
"""(unit, element, PC) of every criterion that the exam's units state, in the standard's order."""

SOURCE = "key.csv"
MOST_UNITS = 2**31 - 1


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Key:
    """What scoring needs to know about F forms of at most Q questions, under a rule and after corrections.

    Points are integer numbers of units, with `unit` units to a point: the smallest number that makes every
    score of every item an integer. `tables` (T, 256) has the units that each mark earns, `table` (F, Q) the
    index of each question's table. `keys` (F, Q) are bit masks of the right letters, including those accepted
    by a correction; `points` (F, Q) what a question is worth, 0 if it counts for nobody; `criterion` (F, Q)
    the index of its PC, `items` (F, Q) that of its item in `item_ids`; `n_options` (F, Q). After the last of
    a form's `n_questions` (F,) all of them are 0. `n_items`, `max_units` and `least_units` (F, C) are, for
    each PC, the number of items that earn points, and the maximum and the minimum that they earn; the minimum
    is never above 0. `floor_total` says that a total below 0 is reported as 0.
    """

    names: tuple[str, ...]
    criteria: tuple[tuple[str, str, str], ...]
    n_questions: Ints
    n_options: Marks
    keys: Marks
    points: Ints
    criterion: npt.NDArray[np.int32]
    items: npt.NDArray[np.int32]
    item_ids: tuple[str, ...]
    unit: int
    tables: Units
    table: npt.NDArray[np.int32]
    n_items: Ints
    max_units: Ints
    least_units: Ints
    floor_total: bool
    totals: FormTotals
    printed_points: Ints
    """Maximum points of each form as printed, before any question was dropped, (F,)."""
    corrected: tuple[Sequence[Place], ...] = ()
    """The places to which each correction applies."""

    @property
    def number(self) -> dict[str, int]:
        """The indices of the forms, by name."""
        return {name: n for n, name in enumerate(self.names)}

    @property
    def max_total(self) -> Ints:
        """The maximum units of each form, (F,)."""
        return np.asarray(self.max_units.sum(axis=1), dtype=np.int64)

    @property
    def least_total(self) -> Ints:
        """The lowest total in units that is reported on each form, (F,)."""
        least = np.asarray(self.least_units.sum(axis=1), dtype=np.int64)
        return np.zeros_like(least) if self.floor_total else least


def compile_key(
    table: pl.DataFrame,
    n_options: Mapping[str, Sequence[int]],
    criteria: Criteria,
    rule: ScoringRule | None = None,
    corrections: Sequence[Correction] = (),
    options: Options | None = None,
    letters: str = LETTERS,
) -> Key:
    """Return the key from the rows of `key.csv`, all texts. Its forms are in the order of `n_options`, which
    has the number of options of each question as printed.

    Without a rule, one mark on any right letter earns the points and nothing else earns any. `options` is
    needed by corrections that name options of an item; `letters` are those on the papers. Raises Refused with
    every fault of the key, including a printed form that has no key or another length; if there is none, with
    every fault of the corrections.
    """
    rows, criterion = _rows(table, n_options, criteria)
    printed = np.bincount(rows.form, weights=rows.points, minlength=len(rows.names)).astype(np.int64)
    places: Sequence[Sequence[Place]] = ()
    if corrections:
        rows, places = corrected(rows, corrections, options or {}, letters)
    key = _compiled(rows, criterion, tuple(criteria), rule or ScoringRule(), printed)
    return replace(key, corrected=tuple(places))


def letters_mask(letters: object) -> int | None:
    """Return the bit mask of `C` or `A|C`; None for any other value."""
    named = letters.split("|") if isinstance(letters, str) else [""]
    if not all(len(letter) == 1 and letter in LETTERS for letter in named):
        return None
    return sum(1 << LETTER_PLACES[letter] for letter in set(named))


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _rows(
    table: pl.DataFrame, n_options: Mapping[str, Sequence[int]], criteria: Criteria
) -> tuple[KeyRows, Ints]:
    """Return the rows of a key as numbers, and the criterion of each. Raises Refused with every fault."""
    if not table.height:
        problem = Problem(SOURCE, "empty-key", tell("the key has no rows. Build the exam again"))
        raise Refused(tell_n("the key has {n} error", "the key has {n} errors", 1), [problem])
    names = tuple(n_options)
    (items, item), (pcs, pc), (units, unit) = (coded(table[name]) for name in ("item", "pc", "unit"))
    scales, scale = ("",), np.zeros(table.height, np.int32)
    if ANCHORS in table.columns:
        scales = tuple(dict.fromkeys(["", *texts_of(table[ANCHORS])]))
        scale = _read(table[ANCHORS], scales.index)
    question = _read(table["question"], _whole)
    rows = KeyRows(
        names=names,
        item_ids=tuple(items),
        form=_read(table["form"], {name: n for n, name in enumerate(names)}.get),
        question=question,
        item=item,
        n_options=np.zeros(len(question), np.int8),
        key=_read(table["key"], letters_mask).astype(np.int16),
        accepted=np.zeros(len(question), np.int16),
        credit=np.zeros(len(question), np.int8),
        points=_read(table["points"], _whole),
        scale=scale,
        scales=[tuple(map(int, name.split("|"))) if name else () for name in scales],
    )
    place = {(unit, pc): n for n, (unit, _, pc) in enumerate(criteria)}
    by_texts = [[place.get((one, of), -1) for of in pcs] for one in units]
    criterion = np.array(by_texts, np.int32)[unit, pc]
    faulty = np.flatnonzero((rows.key < 0) | (criterion < 0) | (rows.points < 0))
    problems: list[Problem] = []
    for n in faulty.tolist():
        source, named = f"{SOURCE}:{n + 2}", table["item"][n]
        if rows.key[n] < 0:
            message = tell(
                "{key!r} is not a key. Write one of {letters}, or several as A|C",
                key=table["key"][n],
                letters=", ".join(LETTERS),
            )
            problems.append(Problem(source, "key-not-a-letter", message, named, "key"))
        if rows.points[n] < 0:
            message = tell(
                "{points!r} is not a number of points. Write a whole number, 0 or more",
                points=table["points"][n],
            )
            problems.append(Problem(source, "points-not-a-number", message, named, "points"))
        if criterion[n] < 0:
            message = tell(
                "criterion {pc} of {unit} is not in any unit that this exam names",
                pc=table["pc"][n],
                unit=table["unit"][n],
            )
            problems.append(Problem(source, "unknown-criterion", message, named, "pc"))
    problems += _form_problems(table["form"], rows, n_options)
    if not problems:
        # the options of each row's question, as it was printed
        sizes = np.fromiter(map(len, n_options.values()), np.int32, len(n_options))
        flat = np.fromiter(chain.from_iterable(n_options.values()), np.int8, int(sizes.sum()))
        starts = (np.cumsum(sizes) - sizes).astype(np.int32)
        rows = rows._replace(n_options=flat[starts[rows.form] + question - 1])
        for n in np.flatnonzero(rows.key >> rows.n_options).tolist():
            message = tell(
                "question {question} of form {names} was printed with {n_options} options. "
                "Write one of {letters}",
                question=rows.question[n],
                names=rows.names[rows.form[n]],
                n_options=rows.n_options[n],
                letters=", ".join(LETTERS[: rows.n_options[n]]),
            )
            item = rows.item_ids[rows.item[n]]
            problems.append(Problem(f"{SOURCE}:{n + 2}", "key-not-an-option", message, item, "key"))
    if problems:
        raise Refused(tell_n("the key has {n} error", "the key has {n} errors", len(problems)), problems)
    return rows, criterion


def _read(column: pl.Series, read: Callable[[str], int | None]) -> Ints:
    """Return each text as read by `read`, which is called once for each different text; -1 if it returns
    None.
    """
    texts, codes = coded(column)
    found = map(read, texts)
    return np.array([-1 if number is None else number for number in found], np.int32)[codes]


def _whole(text: str) -> int | None:
    """Return a whole number, 0 or more; None for other texts, and for a number too large for a score."""
    if text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= MOST_UNITS:
        return int(text)
    return None


def _form_problems(
    forms: pl.Series, rows: KeyRows, n_options: Mapping[str, Sequence[int]]
) -> Iterator[Problem]:
    """Yield the faults of forms that are only in the key or only printed, and of those whose questions are
    not 1, 2, 3 …
    """
    unknown = np.flatnonzero(rows.form < 0)
    first = {forms[n]: n for n in unknown[::-1].tolist()}
    for name, n in sorted(first.items(), key=lambda entry: entry[1]):
        message = tell("form {name} was not printed. Score with the key of this exam", name=name)
        yield Problem(f"{SOURCE}:{n + 2}", "form-not-printed", message, field="form")
    known = rows.form >= 0
    sizes = np.bincount(rows.form[known], minlength=len(rows.names))
    for name, size, printed in zip(rows.names, sizes.tolist(), n_options.values(), strict=True):
        if not size:
            message = tell("the key has no form {name}. Score with the key of this exam", name=name)
            yield Problem(SOURCE, "form-without-key", message, field="form")
        elif size != len(printed):
            message = tell(
                "form {name} has {size} questions in the key but {n} in print",
                name=name,
                size=size,
                n=len(printed),
            )
            yield Problem(SOURCE, "form-of-other-length", message, field="form")
    form, question = rows.form[known], rows.question[known]
    is_later = (form[1:] > form[:-1]) | (form[1:] == form[:-1]) & (question[1:] > question[:-1])
    if not is_later.all():
        order = np.lexsort((question, form))
        form, question = form[order], question[order]
    starts = (np.cumsum(sizes) - sizes).astype(np.int32)
    expected = np.arange(1, len(form) + 1, dtype=np.int32)
    expected -= starts[form]
    for n in sorted(set(form[question != expected].tolist())):
        message = tell(
            "form {names}: questions must be numbered from 1 to {sizes}, each once",
            names=rows.names[n],
            sizes=sizes[n],
        )
        yield Problem(SOURCE, "questions-not-in-order", message, field="question")


# ── compiling ────────────────────────────────────────────────────────────────────────────────


def _compiled(
    rows: KeyRows,
    criterion: Ints,
    criteria: tuple[tuple[str, str, str], ...],
    rule: ScoringRule,
    printed: Ints,
) -> Key:
    n_questions = np.bincount(rows.form, minlength=len(rows.names)).astype(np.int64)
    shape = len(rows.names), int(n_questions.max())
    keyed = rows.n_options, rows.key, rows.accepted, rows.credit, rows.scale
    unit, tables, number = compile_tables(keyed, rows.points, rule, rows.scales)
    kinds = (np.uint8, np.uint8, np.int64, np.int32, np.int32, np.int32)
    values = (rows.n_options, rows.key | rows.accepted, rows.points, criterion, rows.item, number)
    placed: list[Any] = [np.zeros(shape, kind) for kind in kinds]
    for into, column in zip(placed, values, strict=True):
        into[rows.form, rows.question - 1] = column
    n_printed, keys, points, of, items, table = placed

    # By criterion, and of what the total of each form is made: by the most and the least units of each
    # question, over what everybody is given. Past the last question of a form all are 0.
    n_items, max_units, least_units = (np.zeros((shape[0], len(criteria)), np.int64) for _ in range(3))
    totals = FormTotals(*(np.zeros(shape[0], np.int64) for _ in FormTotals._fields))
    forms, most_of, least_of = np.arange(shape[0]), tables.max(axis=1), tables.min(axis=1)
    for worth, pc, kind in zip(points.T, of.T, table.T, strict=True):
        most, least = most_of[kind], least_of[kind]
        given = np.maximum(least, 0)
        n_items[forms, pc] += worth > 0
        max_units[forms, pc] += worth * unit
        least_units[forms, pc] += least
        for total, more in zip(totals, (most > least, most - given, least - given, given), strict=True):
            np.add(total, more, out=total)
    if max_units.sum(axis=1).max() > MOST_UNITS:
        message = tell(
            "the points of a form are too many to count in parts of 1/{unit}. Give the items fewer points",
            unit=unit,
        )
        raise Refused(message, [Problem(SOURCE, "points-too-many", message, field="points")])
    return Key(
        names=tuple(rows.names),
        criteria=criteria,
        n_questions=n_questions,
        n_options=n_printed,
        keys=keys,
        points=points,
        criterion=of,
        items=items,
        item_ids=tuple(rows.item_ids),
        unit=unit,
        tables=tables.astype(np.int32),
        table=table,
        n_items=n_items,
        max_units=max_units,
        least_units=np.minimum(least_units, 0),
        floor_total=rule.floor == "total",
        totals=totals,
        printed_points=printed,
    )
