"""What users have of two forms (totals, scored items, counts, scored runs) → how often each score was earned.

A table with a column `total` is one of totals, with `anchor` beside it where an anchor is told, and `count`
where a row stands for several candidates; one file with `scale`, `xcount`, `ycount` holds the counts of both
forms; a folder is an exam package, or one of its runs; any other table is one of items, and the items that
two files have in common by name are the anchor.

Totals of a run are in its points, after every correction. Its anchor are the scored items that both forms
ask, with the same text and the same key as they were scored; an external one, pilot items of both.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.administration_columns import ResponseColumn
from examgen.analyses.administrations import Administration, responses_of
from examgen.analyses.equating.options import EquatingOptions
from examgen.analyses.options import ResponseSource
from examgen.analyses.sources import MOST_MEGABYTES, load_responses
from examgen.capture.cells import fold
from examgen.capture.tabular.coded_columns import CodedColumn, CodedTable, read_coded
from examgen.core.exam.names import RESULTS, base_form
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.responses.matrix import NOT_ADMINISTERED
from examgen.core.storage import read_input
from examgen.core.words import Message, joined, option, tell, tell_n
from examgen.psychometrics.equating.scores import Floats, Scales
from examgen.scoring.runs.compare import run_of
from examgen.scoring.runs.counted_key import KeyOfRun

Ints = NDArray[np.int64]
TOTAL, ANCHOR, COUNT = "total", "anchor", "count"
_COUNTS = ("scale", "xcount", "ycount")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_SHOWN = 10
MOST_POINTS = 2_000
"""Of a scale of totals; of an anchor's half as many."""
MOST_CELLS = 250_000
"""Pairs of total and anchor."""
_LARGEST = 1_000_000


class FormScores(NamedTuple):
    """What the candidates of one form earned, in parts of 1 / `parts` points.

    `least` and `most` are the ends of the scale where they are known, `items` the names of the anchor's.
    """

    label: str
    form: str | None
    sha256: str
    totals: Ints
    """(N,)"""
    anchors: Ints | None
    weights: Ints
    """(N,) how many candidates a row stands for."""
    parts: int = 1
    least: Fraction | None = None
    most: Fraction | None = None
    anchor_most: Fraction | None = None
    items: tuple[str, ...] = ()
    notices: tuple[Problem, ...] = ()
    exam: Path | None = None
    """The package of a scored run: a form of another one may have the same name."""


class ScoreCounts(NamedTuple):
    """Candidates by score: `x` (K,) and `y` (L,), or (K, V) and (L, V) with an anchor."""

    x: Floats
    y: Floats
    scales: Scales
    points_x: tuple[Fraction, ...]
    """The scores that `scales.x` has, exactly."""
    points_y: tuple[Fraction, ...]
    notices: tuple[Problem, ...]


def read_forms(source: ResponseSource, options: EquatingOptions) -> tuple[FormScores, FormScores]:
    """The scores on X and on Y; raises Refused with what is wrong with a file, WrongUsage for words that mean
    nothing."""
    files = source.files
    if any(path.is_dir() for path in files):
        return _of_runs(files, options)
    if options.forms or options.runs:
        raise WrongUsage(
            tell(
                "{forms} and {runs} are for scored runs: name the folder of the exam",
                forms=option("forms"),
                runs=option("runs"),
            )
        )
    tables = []
    for path in files:
        if not path.is_file():
            raise WrongUsage(tell("{path} is not a file", path=path))
        data = read_input(path, MOST_MEGABYTES)
        tables.append((read_coded(path.name, data), hashlib.sha256(data).hexdigest()))
    if len(tables) == 1:
        return _of_counts(files[0], *tables[0], neat=options.neat)
    if len(tables) != 2:
        raise WrongUsage(tell("name two files: the form whose scores are converted, then the other"))
    totals = [TOTAL in _columns(table) for table, _ in tables]
    if totals[0] != totals[1]:
        raise WrongUsage(
            tell(
                "{path} has a column `total` and the other file has not: give totals of both forms, or items",
                path=files[totals.index(True)],
            )
        )
    if all(totals):
        first, second = (
            _of_totals(path, *table, options=options) for path, table in zip(files, tables, strict=True)
        )
        return first, second
    return _of_items(source, options)


def _columns(table: CodedTable) -> Mapping[str, CodedColumn]:
    return {fold(column.name): column for column in reversed(table.columns)}


# ── totals and counts ────────────────────────────────────────────────────────────────────────


def _of_totals(path: Path, table: CodedTable, sha256: str, options: EquatingOptions) -> FormScores:
    columns = _columns(table)
    if options.neat and ANCHOR not in columns:
        message = tell(
            "has no column `anchor`: {design} needs the score on the common items",
            design=option("design", "neat"),
        )
        raise _refused(path.name, "no-anchor-column", message)
    names = [TOTAL, *([ANCHOR] if options.neat else [])]
    values, parts = _exact(path.name, table, [columns[name] for name in names])
    weights = np.ones(table.n_rows, np.int64)
    if COUNT in columns:
        weights = _whole(path.name, table, columns[COUNT])
    found = FormScores(
        path.name, None, sha256, values[0], values[1] if options.neat else None, weights, parts
    )  # fmt: skip
    if not weights.sum():
        raise _refused(path.name, "no-candidates", tell("has no candidate"))
    return found


def _of_counts(path: Path, table: CodedTable, sha256: str, neat: bool) -> tuple[FormScores, FormScores]:
    columns = _columns(table)
    if any(name not in columns for name in _COUNTS):
        raise WrongUsage(
            tell("one file holds the columns `scale`, `xcount`, `ycount`; else name two: X.csv Y.csv")
        )
    if neat:
        raise WrongUsage(
            tell(
                "counts of both forms in one file have no anchor: {design}, or two files with `anchor`",
                design=option("design", "eg"),
            )
        )
    (points,), parts = _exact(path.name, table, [columns["scale"]])
    if len(np.unique(points)) != len(points):
        raise _refused(path.name, "score-twice", tell("names a score of `scale` twice"))
    found = []
    for name, label in (("xcount", "X"), ("ycount", "Y")):
        weights = _whole(path.name, table, columns[name])
        if not weights.sum():
            raise _refused(path.name, "no-candidates", tell("counts no candidate in `{name}`", name=name))
        ends = Fraction(int(points.min()), parts), Fraction(int(points.max()), parts)
        found.append(FormScores(f"{path.name} {label}", None, sha256, points, None, weights, parts, *ends))
    return found[0], found[1]


def _exact(name: str, table: CodedTable, columns: Sequence[CodedColumn]) -> tuple[list[Ints], int]:
    """Numbers of columns as whole numbers of a part of 1, and what part."""
    problems: list[Problem] = []
    read: list[list[Fraction]] = []
    for column in columns:
        values = [_fraction(text) for text in column.texts]
        problems += _faults(
            name, table, column, values, tell("is not a score: write a number such as 24 or 24.5")
        )
        read.append([value or Fraction(0) for value in values])
    if problems:
        raise Refused(tell("{name} holds cells that are not scores", name=name), problems)
    occurring = [
        values[code]
        for values, column in zip(read, columns, strict=True)
        for code in np.unique(column.codes).tolist()
    ]
    parts = math.lcm(*(value.denominator for value in occurring)) if occurring else 1
    parts = min(parts, _LARGEST)
    coded = [
        np.array([round(value * parts) for value in values] or [0], np.int64)[column.codes]
        for values, column in zip(read, columns, strict=True)
    ]
    return coded, parts


def _whole(name: str, table: CodedTable, column: CodedColumn) -> Ints:
    """Counts of candidates: whole numbers, none below 0."""
    values = [_fraction(text) for text in column.texts]
    values = [one if one is not None and one >= 0 and one.denominator == 1 else None for one in values]
    message = tell("is not a count of candidates: write 0, 1, 2 …")
    if problems := _faults(name, table, column, values, message):
        raise Refused(tell("{name} holds cells that are not counts", name=name), problems)
    return np.array([int(value or 0) for value in values] or [0], np.int64)[column.codes]


def _fraction(text: str) -> Fraction | None:
    plain = fold(text).replace("−", "-").replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        return None
    value = Fraction(plain)
    return value if abs(value) <= _LARGEST else None


def _faults(
    name: str, table: CodedTable, column: CodedColumn, values: Sequence[Fraction | None], message: str
) -> list[Problem]:
    wrong = [code for code, value in enumerate(values) if value is None]
    rows = np.flatnonzero(np.isin(column.codes, wrong))
    found = [
        Problem(
            f"{name}:{table.lines[row]}",
            "not-a-number",
            tell("`{text}` {message}", text=column.texts[column.codes[row]][:40], message=message),
            field=column.name,
        )
        for row in rows[:_SHOWN].tolist()
    ]
    if len(rows) > _SHOWN:
        more = tell("and {n} more cells of this column", n=len(rows) - _SHOWN)
        found.append(Problem(name, "not-a-number", more, field=column.name))
    return found


def _refused(name: str, code: str, message: Message) -> Refused:
    return Refused(tell("{name} {message}", name=name, message=message), [Problem(name, code, message)])


# ── items ────────────────────────────────────────────────────────────────────────────────────


def _of_items(source: ResponseSource, options: EquatingOptions) -> tuple[FormScores, FormScores]:
    """Two files of items, read as one: a key may name items of either, and common items have one scale."""
    loaded = load_responses(source)
    names, most = loaded.scored.items, loaded.scored.greatest.astype(np.int64)
    firsts = [*(first for first, _ in loaded.table.parts), loaded.table.table.n_rows]
    labels = [label for _, label in loaded.table.parts[:2]]
    # which columns of both files each has: an item of which a file says nothing is not its own
    matrices: list[Ints] = []
    asked: list[list[int]] = []
    for label, first, end in zip(labels, firsts, firsts[1:], strict=False):
        cells = loaded.scored.cells[first:end].astype(np.int64)
        if not len(cells):
            raise _refused(label, "no-candidates", tell("has no candidate"))
        matrices.append(cells)
        asked.append(np.flatnonzero((cells != NOT_ADMINISTERED).any(axis=0)).tolist())
    common = [n for n in asked[0] if n in set(asked[1])]
    not_anchor = options.not_anchor
    if unknown := [item for item in not_anchor if item not in {names[n] for n in common}]:
        raise WrongUsage(tell("{items} is not common to both forms", items=", ".join(unknown)))
    anchor = [n for n in common if names[n] not in not_anchor] if options.neat else []
    if options.neat and not anchor:
        message = tell(
            "have no item in common by name: without common items use {design}, where the "
            "groups are alike, or give totals with a column `anchor`",
            design=option("design", "eg"),
        )
        raise _refused(joined(labels, " + "), "no-common-items", message)
    found = []
    for n, (label, cells, own) in enumerate(zip(labels, matrices, asked, strict=True)):
        counted = own if options.internal else [column for column in own if column not in anchor]
        if not counted:
            message = tell("has no item beside the anchor: an external anchor is not a part of the total")
            raise _refused(label, "only-anchor", message)
        notices = [] if n else list(loaded.notices)
        if n_empty := int((cells[:, own] == NOT_ADMINISTERED).sum()):
            message = tell_n(
                "{n} blank cell counts as 0 points in the totals",
                "{n} blank cells count as 0 points in the totals",
                n_empty,
            )
            notices.append(Problem(label, "blanks-wrong", message, severity="notice"))
        points = np.maximum(cells, 0)
        found.append(
            FormScores(
                label,
                None,
                loaded.sha256.split()[n],
                points[:, counted].sum(axis=1),
                points[:, anchor].sum(axis=1) if options.neat else None,
                np.ones(len(cells), np.int64),
                least=Fraction(0),
                most=Fraction(int(most[counted].sum())),
                anchor_most=Fraction(int(most[anchor].sum())) if options.neat else None,
                items=tuple(names[column] for column in anchor),
                notices=tuple(notices),
            )
        )
    return found[0], found[1]


# ── scored runs ──────────────────────────────────────────────────────────────────────────────


def _of_runs(files: Sequence[Path], options: EquatingOptions) -> tuple[FormScores, FormScores]:
    """The scores on two forms, of one run (`forms`) or of two."""
    if len(files) > 2 or not all(path.is_dir() for path in files):
        raise WrongUsage(tell("name one exam or two: the folders that `build` wrote"))
    places: list[tuple[Path, str | None]] = [  # EXAM, or one of its runs: EXAM/results/runs/0002
        (path.parents[2], path.name)
        if path.parent.name == "runs" and path.parent.parent.name == RESULTS
        else (path, None)
        for path in files
    ]
    runs = options.runs
    if runs and len(runs) != len(files):
        raise WrongUsage(tell("{runs} names one run for each exam", runs=option("runs")))
    named = [run or own for run, (_, own) in zip(runs or ("",) * len(files), places, strict=True)]
    read = [
        (responses_of(folder, run or None), KeyOfRun(folder, run_of(folder / RESULTS, run or None)))
        for (folder, _), run in zip(places, named, strict=True)
    ]
    if len(read) == 1:
        read = [read[0], read[0]]
    forms = _forms_of(options, read, one=len(files) == 1)
    exams = [folder.resolve() for folder, _ in places] * (3 - len(places))
    labels = [
        tell("{exam} run {run} form {form}", exam=found.name, run=found.run, form=form)
        for (found, _), form in zip(read, forms, strict=True)
    ]

    # what an item of the anchor is as it was scored – text, key, and what each answer earns – and its column
    standing = "scored" if options.internal else "pilot"
    rows: list[Ints] = []
    asked: list[dict[tuple[object, ...], int]] = []
    for (found, _), form in zip(read, forms, strict=True):
        rows.append(np.flatnonzero(found.form == found.forms.index(form)))
        given = (found.chosen.cells[rows[-1]] != NOT_ADMINISTERED).all(axis=0)
        signatures: dict[tuple[object, ...], int] = {}
        for n, one in enumerate(found.columns):
            if given[n] and one.standing == standing:
                worth = (Fraction(earned, found.unit) for earned in one.worth)
                own = sorted(zip(one.options[: one.n_own], worth, strict=False))
                signatures[one.item, one.item_hash, one.key_ids, one.points, *own] = n
        asked.append(signatures)
    common = [one for one in asked[0] if one in asked[1] and str(one[0]) not in options.not_anchor]
    both = {str(one[0]) for one in asked[0]} & {str(one[0]) for one in asked[1]}
    notices: tuple[Problem, ...] = ()
    if unlike := sorted(both - {str(one[0]) for one in common} - {*options.not_anchor}):
        message = tell(
            "not in the anchor, for text, key or points are not the same on both forms: {items}",
            items=", ".join(unlike[:10]) + (" …" if len(unlike) > 10 else ""),
        )
        notices = (Problem(labels[0], "anchor-unlike", message, severity="notice"),)
    if options.neat and not common:
        message = (
            tell(
                "have no scored item in common: use {design}, where the groups are alike",
                design=option("design", "eg"),
            )
            if options.internal
            else tell("have no pilot item in common")
        )
        raise Refused(
            tell("{first} and {second} {message}", first=labels[0], second=labels[1], message=message),
            [Problem(joined(labels, " + "), "no-common-items", message), *notices],
        )

    scores = []
    for n, (found, of) in enumerate(read):
        cells, unit, key = found.chosen.cells[rows[n]], found.unit, of.key
        nothing = np.zeros(len(cells), np.int64)
        totals = sum((_earned(one, cells[:, k]) for k, one in enumerate(found.columns)), nothing)
        own_parts = [np.maximum(totals, 0) if found.floor_total else totals]
        anchor = [asked[n][one] for one in common] if options.neat else []
        if options.neat:
            # a pilot item earns nothing in the run, and here its points by its key
            own_parts.append(
                sum(
                    (
                        _earned(found.columns[k], cells[:, k])
                        if options.internal
                        else np.isin(cells[:, k], list(found.columns[k].key)) * found.columns[k].points * unit
                        for k in anchor
                    ),
                    nothing,
                )
            )
        parts = unit // int(np.gcd.reduce([unit, *(int(np.gcd.reduce(one)) for one in own_parts)]))
        scaled = [one * parts // unit for one in own_parts]
        of_form = [place for place, own in enumerate(key.names) if base_form(own) == forms[n]]
        scores.append(
            FormScores(
                labels[n],
                forms[n],
                of.run.sha256,
                scaled[0],
                scaled[1] if options.neat else None,
                np.ones(len(cells), np.int64),
                parts,
                Fraction(int(key.least_total[of_form].min()), key.unit),
                Fraction(int(key.max_total[of_form].max()), key.unit),
                Fraction(sum(found.columns[k].points for k in anchor)) if options.neat else None,
                tuple(found.columns[k].item for k in anchor),
                notices if options.neat and n == 0 else (),
                exams[n],
            )
        )
    return scores[0], scores[1]


def _forms_of(
    options: EquatingOptions, read: list[tuple[Administration, KeyOfRun]], one: bool
) -> tuple[str, str]:
    """The two forms: as they are named, or the only one of each run."""
    forms = options.forms
    if forms and len(forms) != 2:
        raise WrongUsage(
            tell(
                "{forms} names two forms: the one whose scores are converted, then the other",
                forms=option("forms"),
            )
        )
    sat = [[name for n, name in enumerate(found.forms) if (found.form == n).any()] for found, _ in read]
    if not forms:
        if one or any(len(own) != 1 for own in sat):
            shown = " / ".join(", ".join(own[:10]) or tell("none") for own in (sat[:1] if one else sat))
            raise WrongUsage(
                tell(
                    "say with {forms} which two forms: there are {shown}", shown=shown, forms=option("forms")
                )
            )
        return sat[0][0], sat[1][0]
    first, second = forms
    for form, own in zip(forms, sat, strict=True):
        if form not in own:
            shown = ", ".join(own[:10]) or tell("none")
            raise WrongUsage(tell("nobody sat form {form}: there are {shown}", form=form, shown=shown))
    if one and first == second:
        raise WrongUsage(tell("{forms} names two different forms", forms=option("forms")))
    return first, second


def _earned(column: ResponseColumn, cells: NDArray[np.int8]) -> Ints:
    """Units that candidates earned by an item."""
    worth = np.array([*column.worth, 0], np.int64)
    return np.where(cells >= 0, worth[cells], np.where(cells == NOT_ADMINISTERED, 0, column.blank))


# ── counts on scales ─────────────────────────────────────────────────────────────────────────


def counted(x: FormScores, y: FormScores, options: EquatingOptions) -> ScoreCounts:
    """The candidates of both forms by score; raises Refused where scores lie off their scale."""
    notices = [*x.notices, *y.notices]
    if options.points:
        full = [*(options.points * 2)[:2]]
    elif x.most is not None and y.most is not None:
        full = [x.most, y.most]
    else:
        highest = max(Fraction(int(one.totals.max()), one.parts) for one in (x, y))
        message = tell(
            "the full score is taken to be {highest}: say another with {points}",
            highest=_said(highest),
            points=option("points"),
        )
        notices.append(Problem(x.label, "full-score-taken", message, severity="notice"))
        full = [highest, highest]
    step = options.step or _step([x, y], notices)
    scales, places = [], []
    for of, most in zip((x, y), full, strict=True):
        points, at = _placed(of, of.totals, of.least, most, step, "points")
        scales.append(points)
        places.append(at)
    counts: list[Floats] = []
    if x.anchors is None or y.anchors is None:
        for at, of, points in zip(places, (x, y), scales, strict=True):
            counts.append(np.bincount(at, of.weights, len(points)).astype(np.float64))
        told = Scales(_floats(scales[0]), _floats(scales[1]), np.empty(0))
        return ScoreCounts(counts[0], counts[1], told, scales[0], scales[1], tuple(notices))

    # with an anchor: pairs of a total and a score on it; the anchor's scale is one for both forms
    of_anchor = [
        x._replace(totals=x.anchors, least=None, most=None),
        y._replace(totals=y.anchors, least=None, most=None),
    ]
    known = [most for most in (x.anchor_most, y.anchor_most) if most is not None]
    anchor_most = options.anchor_points or (max(known) if known else None)
    if anchor_most is None:
        anchor_most = max(Fraction(int(one.totals.max()), one.parts) for one in of_anchor)
    least = min(Fraction(0), *(Fraction(int(one.totals.min()), one.parts) for one in of_anchor))
    step = _step(of_anchor, [])
    for of, anchors in ((x, x.anchors), (y, y.anchors)) if options.internal else ():
        above = int(of.weights[anchors > of.totals].sum())
        negative = bool((of.totals < 0).any() or (anchors < 0).any())
        if above and not negative:
            message = tell_n(
                "{n} candidate has more points on the anchor than in all: the anchor is not a part of the "
                "total ({anchor}), or the columns are mixed up",
                "{n} candidates have more points on the anchor than in all: the anchor is not a part of "
                "the total ({anchor}), or the columns are mixed up",
                above,
                anchor=option("anchor", "external"),
            )
            raise _refused(of.label, "anchor-above-total", message)
    anchor: tuple[Fraction, ...] = ()
    for of, at, points in zip(of_anchor, places, scales, strict=True):
        anchor, beside = _placed(of, of.totals, least, anchor_most, step, "anchor-points")
        if len(anchor) > MOST_POINTS // 2 or len(anchor) * len(points) > MOST_CELLS:
            raise _too_fine(of.label, len(anchor) * len(points), MOST_CELLS)
        flat = np.bincount(at * len(anchor) + beside, of.weights, len(points) * len(anchor))
        counts.append(flat.reshape(len(points), len(anchor)).astype(np.float64))
    told = Scales(_floats(scales[0]), _floats(scales[1]), _floats(anchor))
    return ScoreCounts(counts[0], counts[1], told, scales[0], scales[1], tuple(notices))


def _step(forms: Sequence[FormScores], notices: list[Problem]) -> Fraction:
    """1, or the part of it that occurs."""
    parts = math.lcm(*(one.parts for one in forms))
    if parts > 1:
        message = tell("there are parts of a point: scores are taken 1/{parts} of a point apart", parts=parts)
        notices.append(Problem(forms[0].label, "parts-of-points", message, severity="notice"))
        return Fraction(1, parts)
    for one in forms:
        apart = int(np.gcd.reduce(one.totals[one.weights > 0]))
        if apart > 1 and one.weights.sum() >= 30:
            message = tell(
                "all scores are multiples of {apart}: say {step} {apart} if no others can be",
                apart=apart,
                step=option("step"),
            )
            notices.append(Problem(one.label, "wide-steps", message, severity="notice"))
    return Fraction(1)


def _placed(
    of: FormScores, totals: Ints, least: Fraction | None, most: Fraction | None, step: Fraction, named: str
) -> tuple[tuple[Fraction, ...], Ints]:
    """The points of a scale, and at which of them each row is."""
    lowest, highest = (Fraction(int(one), of.parts) for one in (totals.min(), totals.max()))
    low = min(Fraction(0), lowest) if least is None else min(least, lowest)
    high = highest if most is None else most
    if high < highest:
        message = tell(
            "has a score of {highest}, more than the full score of {most}: see {option}",
            highest=_said(highest), most=_said(high), option=option(named),
        )  # fmt: skip
        raise _refused(of.label, "above-full-score", message)
    n = (high - low) / step
    if n + 1 > MOST_POINTS:
        raise _too_fine(of.label, int(n) + 1)
    off = [int(one) for one in np.unique(totals) if (Fraction(int(one), of.parts) - low) % step]
    if off or n.denominator != 1:
        message = tell(
            "has scores that are not a multiple of {step} from {low}: say how far apart they are with "
            "{step_option}",
            step=_said(step), low=_said(low), step_option=option("step")
        )  # fmt: skip
        raise _refused(of.label, "off-scale", message)
    points = tuple(low + k * step for k in range(int(n) + 1))
    unit = step * of.parts  # parts of a point in a step: whole, since every score is on the scale
    first = int(low * of.parts) if (low * of.parts).denominator == 1 else None
    if first is not None and unit.denominator == 1:
        return points, (totals - first) // int(unit)
    place = {point: k for k, point in enumerate(points)}
    return points, np.array([place[Fraction(int(one), of.parts)] for one in totals], np.int64)


def _too_fine(label: str, n: int, most: int = MOST_POINTS) -> Refused:
    message = tell(
        "has a scale of {n} points, more than {most}: round the scores, or say {step}",
        n=n, most=most, step=option("step")
    )  # fmt: skip
    return _refused(label, "scale-too-fine", message)


def _floats(points: Sequence[Fraction]) -> Floats:
    return np.array([float(point) for point in points])


def _said(value: Fraction) -> str:
    return str(int(value)) if value.denominator == 1 else f"{float(value):g}"
