"""A scored run with a pass rule on the total → how often its decisions would repeat on a parallel form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.administrations import RunAnswers, answers_of
from examgen.analyses.decisions import agreement_row, note
from examgen.analyses.documents import Document
from examgen.core.exam.names import RESULTS, base_form
from examgen.core.exam.package import read_written
from examgen.core.models.decisions import PassRule
from examgen.core.problems import Problem, Refused
from examgen.core.responses.matrix import MISSING_KINDS, NOT_ADMINISTERED
from examgen.core.words import tell
from examgen.psychometrics.decisions.consistency import Agreement, agreement
from examgen.psychometrics.decisions.strong_true_scores import (
    REASONS,
    NoTrueScores,
    ScaledTotals,
    hanson_brennan,
    livingston_lewis,
)
from examgen.scoring.decisions import total_cuts
from examgen.scoring.runs.compare import release_of, run_of
from examgen.scoring.runs.counted_key import KeyOfRun
from examgen.stats.results import plain

_N_BETA = 4
_FAR_OFF = 0.05
_ADMINISTERED = len(MISSING_KINDS) + NOT_ADMINISTERED + 1
"""The first kind of missing of whoever had the item."""


class FormTotals(NamedTuple):
    """The totals on a form, in points, with its cut."""

    form: str
    cut: float
    totals: ScaledTotals


def analyse_run(folder: Path, run: str | None = None) -> Document:
    """Hanson & Brennan on the totals of each form where items are of one point, else Livingston & Lewis,
    together for all who sat: of the released run, before any release the newest, where `run` is left out.

    Where the rule asks for more than a total there are no figures, and a note says so. Raises Refused where
    a file of the run is not as it was written, where nobody was scored, and where the run has no pass rule.
    """
    read_written(folder)
    of = KeyOfRun(folder, run_of(folder / RESULTS, run))
    answers = answers_of(of)
    said = of.run.audit["options"].get("pass")
    if not said:
        message = tell("was decided without a rule, because the blueprint has no `pass`")
        raise Refused(
            tell("run {number} {message}", number=of.run.number, message=message),
            [Problem("blueprint", "no-pass-rule", message, field="pass")],
        )
    if not answers.n:
        raise Refused(tell("{folder}: run {run} has no scored candidates", folder=folder, run=of.run.number))
    rule = PassRule.model_validate(said)
    notes: list[Document] = []
    forms: list[FormTotals] = []
    if rule.criteria or rule.elements or rule.units or rule.at_least:
        message = tell("the rule uses more than a total, so decision consistency is not computed")
        notes.append(note("more-than-total", message))
    else:
        forms = list(_forms(answers, of, rule))
    agreed = []
    is_number_right = all({*one.worth, one.blank} <= {0, of.key.unit} for one in answers.columns)
    method = "hanson-brennan" if is_number_right else "livingston-lewis"
    states_of = hanson_brennan if is_number_right else livingston_lewis
    for one in forms:
        try:
            found = agreement(states_of(one.totals, [one.cut], _N_BETA).states)
        except NoTrueScores as reason:
            message = tell("form {form}: {reason}", form=one.form, reason=REASONS[str(reason.args[0])])
            notes.append(note(str(reason.args[0]), message, method))
        else:
            agreed.append((len(one.totals.values), found))
    together = _together(agreed) if agreed and len(agreed) == len(forms) else None
    seen = sum(int(np.count_nonzero(one.totals.values >= one.cut)) for one in forms) / answers.n
    if together is not None and abs(together.pass_rate - seen) > _FAR_OFF:
        message = tell(
            "according to the model {simulated} of candidates pass, but {seen} did. Use its "
            "figures with care",
            simulated=f"{together.pass_rate:.0%}",
            seen=f"{seen:.0%}",
        )
        notes.append(note("far-off", message, method))
    return {
        "exam": of.run.audit["exam"],
        "run": of.run.number,
        "fingerprint": of.run.fingerprint,
        "release": release_of(folder / RESULTS, of.run).as_dict(),
        "n_candidates": answers.n,
        "rule": said,
        "pass_rate_seen": seen if forms else None,
        "forms": [
            {
                "form": one.form,
                "n": len(one.totals.values),
                "cut": one.cut,
                "points": one.totals.most,
                "reliability": plain(one.totals.reliability),
            }
            for one in forms
        ],
        "methods": [agreement_row(method, {}, None if together is None else (together, {}))],
        "notes": notes,
    }


def _together(agreed: list[tuple[int, Agreement]]) -> Agreement:
    """Of the candidates of all forms; of two administrations that are cut alike."""
    n = sum(size for size, _ in agreed)
    contingency, truth = np.zeros((2, 2, 2))
    for size, one in agreed:
        contingency += size / n * (one.contingency if one.alike is None else one.alike)
        truth += size / n * one.truth
    return Agreement(contingency, truth)


def _forms(answers: RunAnswers, of: KeyOfRun, rule: PassRule) -> Iterator[FormTotals]:
    """The forms that somebody sat; booklets drawn from a form that differ in cut or points stand apart."""
    key, unit = of.key, of.key.unit
    most, least = key.max_units.sum(axis=1).tolist(), key.least_units.sum(axis=1).tolist()
    if key.floor_total:
        least = [max(units, 0) for units in least]
    cuts = total_cuts(rule, key, of.cuts) or []
    kinds = [
        (base_form(name), cut, low, high)
        for name, cut, low, high in zip(key.names, cuts, least, most, strict=True)
    ]
    number = {kind: n for n, kind in enumerate(dict.fromkeys(kinds))}
    kind_of = np.array([number[kind] for kind in kinds])
    worth = _worth(answers)
    columns, n_kinds = np.arange(len(answers.columns)), len(MISSING_KINDS)
    group, totals = np.empty(answers.n, dtype=np.int64), np.empty(answers.n, dtype=np.int64)
    sums, squares = np.zeros((2, len(number), len(answers.columns)))
    start = 0
    for rows in answers:
        end = start + len(rows.form)
        units = worth[columns, rows.cells + n_kinds]
        group[start:end], totals[start:end] = kind_of[rows.form], units.sum(axis=1)
        for n in np.unique(group[start:end]):
            own = units[group[start:end] == n].astype(np.float64)
            sums[n] += own.sum(axis=0)
            squares[n] += (own**2).sum(axis=0)
        start = end
    if key.floor_total:
        totals = np.maximum(totals, 0)
    for (form, cut, low, high), n in number.items():
        values = totals[group == n].astype(np.float64)
        if not len(values):
            continue
        variances = squares[n] - sums[n] ** 2 / len(values)
        differ = variances > 0
        spread, k = ((values - values.mean()) ** 2).sum(), int(np.count_nonzero(differ))
        known = k > 1 and spread > 0
        alpha = k / (k - 1) * (1.0 - float(variances[differ].sum()) / spread) if known else float("nan")
        yield FormTotals(form, float(cut / unit), ScaledTotals(values / unit, low / unit, high / unit, alpha))


def _worth(answers: RunAnswers) -> NDArray[np.int64]:
    """(J, kinds of missing and options) units of each cell; 0 of an item that a form does not have."""
    n_kinds, most = len(MISSING_KINDS), max((len(one.worth) for one in answers.columns), default=0)
    worth = np.zeros((len(answers.columns), n_kinds + most), dtype=np.int64)
    for row, column in zip(worth, answers.columns, strict=True):
        row[_ADMINISTERED:n_kinds] = column.blank
        row[n_kinds : n_kinds + len(column.worth)] = column.worth
    return worth
