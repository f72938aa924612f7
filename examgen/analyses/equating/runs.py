"""Scored runs of examgen → what the candidates of two of their forms earned, and on their common items.

Totals are those of the run, in its points, after every correction. The anchor are the scored items that both
forms ask, with the same text and the same key as they were scored; an external one, pilot items of both.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.administration_columns import Column
from examgen.analyses.administrations import Administration, responses_of
from examgen.analyses.equating.scores import FormScores, Wanted, run_place
from examgen.core.exam.names import RESULTS, base_form
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.responses.matrix import NOT_ADMINISTERED
from examgen.core.words import tell
from examgen.scoring.runs.compare import run_of
from examgen.scoring.runs.counted_key import KeyOfRun

Ints = NDArray[np.int64]


class _Form(NamedTuple):
    """A form of a run: the rows of its candidates, and the columns that it asks."""

    found: Administration
    name: str
    label: str
    sha256: str
    rows: Ints
    columns: dict[tuple[object, ...], int]
    """What an item is as it was scored → its place; only scored, or only pilot ones."""
    least: Fraction
    most: Fraction
    exam: Path


def read_runs(wanted: Wanted) -> tuple[FormScores, FormScores]:
    """The scores on two forms, of one run (`forms`) or of two."""
    files = wanted.source.files
    if len(files) > 2 or not all(path.is_dir() for path in files):
        raise WrongUsage(tell("name one exam or two: the folders that `build` wrote"))
    places = [run_place(path) for path in files]
    if wanted.runs and len(wanted.runs) != len(files):
        raise WrongUsage(tell("--runs names one run for each exam"))
    named = [run or own for run, (_, own) in zip(wanted.runs or ("",) * len(files), places, strict=True)]
    read = [_run(folder, run or None) for (folder, _), run in zip(places, named, strict=True)]
    if len(read) == 1:
        read = [read[0], read[0]]
    forms = _forms_of(wanted, read, one=len(files) == 1)
    standing = "scored" if wanted.internal else "pilot"
    exams = [folder.resolve() for folder, _ in places] * (3 - len(places))
    x, y = (_form(*own, form, standing, exam) for own, form, exam in zip(read, forms, exams, strict=True))
    common = [signature for signature in x.columns if signature in y.columns]
    common = [one for one in common if str(one[0]) not in wanted.not_anchor]
    if wanted.neat and not common:
        message = (
            tell("have no scored item in common: use --design eg, where the groups are alike")
            if wanted.internal
            else tell("have no pilot item in common")
        )
        raise Refused(
            tell("{first} and {second} {message}", first=x.label, second=y.label, message=message),
            [
                Problem(f"{x.label} + {y.label}", "no-common-items", message),
                *_unlike(x, y, common, wanted),
            ],
        )
    first = _scores(x, common, wanted)
    if wanted.neat:
        first = first._replace(notices=_unlike(x, y, common, wanted))
    return first, _scores(y, common, wanted)


def _unlike(x: _Form, y: _Form, common: list[tuple[object, ...]], wanted: Wanted) -> tuple[Problem, ...]:
    """Items that both forms ask and that are not in the anchor, for they were not scored alike."""
    asked = [{str(one[0]) for one in form.columns} for form in (x, y)]
    unlike = sorted(asked[0] & asked[1] - {str(one[0]) for one in common} - {*wanted.not_anchor})
    if not unlike:
        return ()
    message = tell(
        "not in the anchor, for text, key or points are not the same on both forms: {items}",
        items=", ".join(unlike[:10]) + (" …" if len(unlike) > 10 else ""),
    )
    return (Problem(x.label, "anchor-unlike", message, severity="notice"),)


def _run(folder: Path, run: str | None) -> tuple[Administration, KeyOfRun]:
    return responses_of(folder, run), KeyOfRun(folder, run_of(folder / RESULTS, run))


def _forms_of(wanted: Wanted, read: list[tuple[Administration, KeyOfRun]], one: bool) -> tuple[str, str]:
    """The two forms: as they are named, or the only one of each run."""
    if wanted.forms and len(wanted.forms) != 2:
        raise WrongUsage(tell("--forms names two forms: the one whose scores are converted, then the other"))
    sat = [[name for n, name in enumerate(found.forms) if (found.form == n).any()] for found, _ in read]
    if not wanted.forms:
        if one or any(len(own) != 1 for own in sat):
            shown = " / ".join(", ".join(own[:10]) or tell("none") for own in (sat[:1] if one else sat))
            raise WrongUsage(tell("say with --forms which two forms: there are {shown}", shown=shown))
        return sat[0][0], sat[1][0]
    first, second = wanted.forms
    for form, own in zip(wanted.forms, sat, strict=True):
        if form not in own:
            shown = ", ".join(own[:10]) or tell("none")
            raise WrongUsage(tell("nobody sat form {form}: there are {shown}", form=form, shown=shown))
    if one and first == second:
        raise WrongUsage(tell("--forms names two different forms"))
    return first, second


def _form(found: Administration, of: KeyOfRun, name: str, standing: str, exam: Path) -> _Form:
    rows = np.flatnonzero(found.form == found.forms.index(name))
    given = (found.chosen.cells[rows] != NOT_ADMINISTERED).all(axis=0)
    columns = {
        _signature(column, found.unit): n
        for n, column in enumerate(found.columns)
        if given[n] and column.standing == standing
    }
    key = of.key
    places = [n for n, own in enumerate(key.names) if base_form(own) == name]
    least = Fraction(int(key.least_total[places].min()), key.unit)
    most = Fraction(int(key.max_total[places].max()), key.unit)
    label = tell("{exam} run {run} form {form}", exam=found.name, run=found.run, form=name)
    return _Form(found, name, label, of.run.sha256, rows, columns, least, most, exam)


def _signature(column: Column, unit: int) -> tuple[object, ...]:
    """What must be the same for an item to be common: text, key, and what each answer earns."""
    worth = (Fraction(earned, unit) for earned in column.worth)
    own = sorted(zip(column.options[: column.n_own], worth, strict=False))
    return column.item, column.item_hash, column.key_ids, column.points, *own


def _scores(of: _Form, common: list[tuple[object, ...]], wanted: Wanted) -> FormScores:
    unit, cells = of.found.unit, of.found.chosen.cells
    totals = np.zeros(len(of.rows), np.int64)
    for n, column in enumerate(of.found.columns):
        totals += _earned(column, cells[of.rows, n])
    if of.found.floor_total:
        totals = np.maximum(totals, 0)
    anchors, anchor_most = None, None
    if wanted.neat:
        own = [of.columns[signature] for signature in common]
        anchors = sum(
            (_anchor(of.found.columns[n], cells[of.rows, n], unit) for n in own),
            np.zeros(len(of.rows), np.int64),
        )
        anchor_most = Fraction(sum(of.found.columns[n].points for n in own))
    own_parts = [totals] if anchors is None else [totals, anchors]
    parts = unit // int(np.gcd.reduce([unit, *(int(np.gcd.reduce(one)) for one in own_parts)]))
    scaled = [one * parts // unit for one in own_parts]
    return FormScores(
        of.label,
        of.name,
        of.sha256,
        scaled[0],
        scaled[1] if wanted.neat else None,
        np.ones(len(of.rows), np.int64),
        parts,
        of.least,
        of.most,
        anchor_most,
        tuple(of.found.columns[of.columns[one]].item for one in common) if wanted.neat else (),
        exam=of.exam,
    )


def _earned(column: Column, cells: NDArray[np.int8]) -> Ints:
    """Units that candidates earned by an item."""
    worth = np.array([*column.worth, 0], np.int64)
    return np.where(cells >= 0, worth[cells], np.where(cells == NOT_ADMINISTERED, 0, column.blank))


def _anchor(column: Column, cells: NDArray[np.int8], unit: int) -> Ints:
    """Units on an item of the anchor; a pilot item earns none in the run, and here its points by its key."""
    if column.standing == "scored":
        return _earned(column, cells)
    return np.isin(cells, list(column.key)).astype(np.int64) * column.points * unit
