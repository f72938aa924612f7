"""Responses, totals or a scored run → `examgen.stats.decisions`: how often pass and fail would repeat.

A file with a single column besides the candidates contains totals; any other file contains responses. The
forms of an exam are judged by its own pass rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.analysis.administrations import CHUNK, Administration, administration_of
from examgen.analysis.options import DecisionOptions, ResponseSource
from examgen.analysis.shown import Analysed, TextTable, Words, analysed, message_note, with_notes
from examgen.analysis.sources import codes_of, load_responses
from examgen.analysis.tables import read_parameters
from examgen.core.exam.names import RESULTS, base_form
from examgen.core.exam.package import read_written
from examgen.core.models.decisions import PassRule
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell
from examgen.scoring.counted_key import KeyOfRun
from examgen.scoring.decisions import decide, passing_standard, total_cuts
from examgen.scoring.runs import release_of, run_of
from examgen.stats import decision_consistency as stats
from examgen.stats.decision_consistency import DecisionConsistency, FormRule, FormTotals
from examgen.stats.matrix import MISSING_KINDS, NOT_ADMINISTERED
from examgen.stats.response_data import total_cells, unmet_codes

# fmt: off
WORDS: Words = {
    "decisions": tell("decisions by method"), "levels": tell("levels of all cuts"), "method": tell("method"),
    "cut": tell("cut"), "consistency": tell("consistency"), "kappa": tell("kappa"),
    "accuracy": tell("accuracy"), "false_pass": tell("false pass"), "false_fail": tell("false fail"),
    "pass_rate": tell("pass"), "pass_again": tell("pass again"), "forms": tell("totals of the forms"),
    "form": tell("form"), "n": tell("candidates"), "points": tell("points"),
    "reliability": tell("reliability"), "reliability_kind": tell("reliability by"), "alpha": tell("alpha"),
    "kr21": tell("KR-21"), "given": tell("as given"), "model": tell("model"), "mean": tell("mean"),
    "sd": tell("sd"), "min_score": tell("lowest possible score"), "max_score": tell("maximum score"),
    "totals": tell("scores"), "pass_rate_seen": tell("share of candidates who passed"),
}
# fmt: on
"""The labels shown for the names in a result."""


# ── files ────────────────────────────────────────────────────────────────────────────────────


def decisions_of_files(source: ResponseSource, options: DecisionOptions) -> Analysed[DecisionConsistency]:
    """Compute the consistency of decisions by the given cuts, from files of responses or of totals.

    Raises WrongUsage for options that do not fit the data, Refused with every fault of the file.
    """
    loaded = load_responses(source)
    notes: Sequence[str] = ()
    tables: dict[str, TextTable] = {}
    arguments = {"cut": None, **options.arguments()}
    if options.items is not None:
        tables["items"], notes = read_parameters(options.items)
        arguments["items"] = tables["items"].frame
    if source.key is None and len(loaded.table.items) == 1:
        [totals] = loaded.table.items
        codes = codes_of(source)
        data: object = {"id": list(loaded.table.persons), "total": total_cells(totals, codes)}
        notes = [*loaded.table.notes, *loaded.table.spaces(), *unmet_codes([totals], codes), *notes]
        tables["data"] = TextTable(
            loaded.name, pl.DataFrame(), [*map(loaded.table.where, range(len(totals.codes)))]
        )
    else:
        data = loaded.responses
    return analysed(
        partial(stats.decisions, data, **arguments), WORDS, loaded.name, loaded.sources, notes, tables
    )


# ── a scored run ─────────────────────────────────────────────────────────────────────────────


def decisions_of_run(folder: Path, run: str | None = None) -> Analysed[DecisionConsistency]:
    """Compute the consistency of the decisions of a run, form by form.

    `run` is by default the released run, or the newest one before any release. If the rule uses more than a
    total, its decisions in two simulated administrations are compared; if items also give parts of their
    points, such a rule has no figures, and a note says so.

    Raises Refused if a file of the run has changed, if nobody was scored, or if the run has no pass rule.
    """
    read_written(folder)
    of = KeyOfRun(folder, run_of(folder / RESULTS, run))
    answers = administration_of(of)
    said = of.run.audit["options"].get("pass")
    if not said:
        message = tell("was decided without a rule, because the blueprint has no `pass`")
        raise Refused.because(
            "run {number} {message}",
            [Problem("blueprint", "no-pass-rule", message, field="pass")],
            number=of.run.number,
            message=message,
        )
    if not len(answers.booklet):
        raise Refused.because(
            "{folder}: run {run} has no scored candidates", folder=folder, run=of.run.number
        )
    rule = PassRule.model_validate(said)
    if not (rule.criteria or rule.elements or rule.units or rule.at_least):
        is_number_right = all({*one.worth, one.blank} <= {0, of.key.unit} for one in answers.columns)
        result = stats.decisions_of_forms([*_forms(answers, of, rule)], number_right=is_number_right)
    elif all(len({*one.worth, one.blank}) <= 2 for one in answers.columns):
        result = stats.decisions_of_rule([*_form_rules(answers, of, rule)])
    else:
        message = tell(
            "the rule uses more than a total and items give parts of their points, so decision consistency "
            "is not computed"
        )
        result = stats.decisions_of_forms(
            [], number_right=False, notes=[message_note("more-than-total", message)]
        )
    sources = {
        "exam": of.run.audit["exam"],
        "run": of.run.number,
        "fingerprint": of.run.fingerprint,
        "release": release_of(folder / RESULTS, of.run).as_dict(),
        "n_candidates": len(answers.booklet),
        "rule": said,
    }
    return Analysed(with_notes(result, answers.blank_sheets()), WORDS, sources)


def _forms(answers: Administration, of: KeyOfRun, rule: PassRule) -> Iterator[FormTotals]:
    """Yield the totals of each form that somebody took.

    Booklets drawn from a form that differ in cut or points are forms of their own.
    """
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
    worth = answers.worth()
    columns, n_kinds = np.arange(len(answers.columns)), len(MISSING_KINDS)
    group, totals = kind_of[answers.booklet], np.empty(len(answers.booklet), dtype=np.int64)
    sums, squares = np.zeros((2, len(number), len(answers.columns)))
    for start in range(0, len(group), CHUNK):
        part = slice(start, start + CHUNK)
        units = worth[columns, answers.chosen.cells[part] + n_kinds]
        totals[part] = units.sum(axis=1)
        for n in np.unique(group[part]):
            own = units[group[part] == n].astype(np.float64)
            sums[n] += own.sum(axis=0)
            squares[n] += (own**2).sum(axis=0)
    if key.floor_total:
        totals = np.maximum(totals, 0)
    for (form, cut, low, high), n in number.items():
        values = totals[group == n].astype(np.float64)
        if len(values):
            yield stats.form_totals(form, float(cut / unit), values, low, high, unit, sums[n], squares[n])


def _form_rules(answers: Administration, of: KeyOfRun, rule: PassRule) -> Iterator[FormRule]:
    """Yield each form that somebody took: right and wrong answers, and the scorer's decision function."""
    key, cells = of.key, answers.chosen.cells
    sat, first = np.unique(answers.booklet, return_index=True)
    given = dict(zip(sat.tolist(), cells[first] != NOT_ADMINISTERED, strict=True))
    standard = passing_standard(rule, key, of.cuts)
    criterion = {names: n for n, names in enumerate(key.criteria)}
    member = np.zeros((len(answers.columns), len(key.criteria)), dtype=np.int64)
    for row, column in zip(member, answers.columns, strict=True):
        row[criterion[column.unit, column.element, column.pc]] = 1
    worth = answers.worth()
    low = np.array([min(*one.worth, one.blank) for one in answers.columns])
    high = np.array([max(*one.worth, one.blank) for one in answers.columns])
    columns, n_kinds = np.arange(len(answers.columns)), len(MISSING_KINDS)
    chunks = (cells[start : start + CHUNK] for start in range(0, len(cells), CHUNK))
    right = np.concatenate([worth[columns, some + n_kinds] > low for some in chunks])
    for name, asked in dict.fromkeys((base_form(key.names[k]), given[k].tobytes()) for k in given):
        # booklets with orders of their own ask the same
        numbers = [k for k in given if (base_form(key.names[k]), given[k].tobytes()) == (name, asked)]
        items = np.flatnonzero(given[numbers[0]] & (high > low))  # others give the same to everybody
        of_all = low @ (member * given[numbers[0]][:, None])

        def passes(
            cells: NDArray[np.int8],
            number: int = numbers[0],
            of_all: NDArray[np.int64] = of_all,
            earned: NDArray[np.int64] = (high - low)[items, None] * member[items],
        ) -> NDArray[np.bool_]:
            units = (of_all + cells @ earned).astype(np.int32)
            return decide(standard, np.full(len(cells), number), units).passed

        own = right[np.isin(answers.booklet, numbers)][:, items].astype(np.int8)
        yield FormRule(name, tuple(answers.columns[k].name for k in items.tolist()), own, passes)
