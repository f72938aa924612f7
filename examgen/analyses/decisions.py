"""Responses or totals and cut scores → consistency and accuracy of decisions, by each method that applies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from examgen.analyses.documents import Document, notes, notices
from examgen.analyses.files import read_anchors
from examgen.analyses.options import DecisionOptions, ResponseSource
from examgen.analyses.sources import LoadedResponses, load_responses, load_table
from examgen.capture.cells import fold
from examgen.capture.response_files import BLANKS
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.responses.matrix import Cells
from examgen.core.words import Message, option, tell, tell_n
from examgen.psychometrics.decisions.abilities import is_known, with_constants
from examgen.psychometrics.decisions.consistency import Agreement, agreement
from examgen.psychometrics.decisions.methods import AbilityModel, Method, methods_of
from examgen.psychometrics.decisions.strong_true_scores import (
    REASONS,
    NoTrueScores,
    ScaledTotals,
    alpha,
    kr21,
)
from examgen.psychometrics.irt.marginal.models import POLYTOMOUS, fit_mml
from examgen.psychometrics.irt.marginal.polytomous import consecutive
from examgen.stats.results import plain

FEW_FOR_SLOPES = 500
"""With fewer candidates, the Rasch model calibrates items scored 0 or 1."""


def analyse_decisions(source: ResponseSource, asked: DecisionOptions) -> Document:
    """How often pass and fail (with several cuts: the levels) would repeat on a parallel form, and how often
    they agree with the true score: `methods`, `notes` and, with several cuts, `levels`.

    A file with one column beside the candidates holds totals; any other file holds responses. Raises
    WrongUsage for options that do not fit the data, Refused with every fault of the file.
    """
    if not asked.cut:
        raise WrongUsage(
            tell(
                "{cut} is the lowest passing score. Write a number",
                cut=option("cut", command="analyse decisions"),
            )
        )
    cuts = tuple(sorted(set(asked.cut)))
    loaded, cells, values = _read(source)
    said = [one | {"method": None} for one in notices(loaded.notices)]
    if lacking := loaded.table.table.n_rows - len(values):
        said.append(
            note(
                "left-out",
                tell_n(
                    "{n} candidate lacks a score and is excluded",
                    "{n} candidates lack a score and are excluded",
                    lacking,
                ),
            )
        )
    most = asked.max_score
    if most is None:
        if cells is None:
            raise WrongUsage(
                tell(
                    "{name} contains totals. Give the maximum score with {max_score}",
                    name=loaded.name,
                    max_score=option("max-score"),
                )
            )
        most = float(np.maximum(cells.max(axis=0), 1).sum(dtype=np.int64))
    if not asked.min_score < most or values.min() < asked.min_score or values.max() > most:
        raise WrongUsage(
            tell(
                "the totals are between {low} and {high}. {min_score} and {max_score} must "
                "include all of them",
                low=f"{values.min():g}",
                high=f"{values.max():g}",
                min_score=option("min-score"),
                max_score=option("max-score"),
            )
        )
    totals = ScaledTotals(values, asked.min_score, most, math.nan)
    if asked.reliability is not None:
        totals, kind = totals._replace(reliability=asked.reliability), "given"
    elif cells is not None:
        totals, kind = totals._replace(reliability=alpha(cells)), "alpha"
    else:
        totals, kind = totals._replace(reliability=kr21(totals)), "kr21"
    ends = {"low": f"{totals.least:g}", "high": f"{totals.most:g}"}
    said += [
        note(
            "cut-outside",
            tell(
                "a cut of {cut} is not between {low} and {high}, so it separates no candidates",
                cut=f"{cut:g}",
                **ends,
            ),
        )
        for cut in cuts
        if not totals.least < cut <= totals.most
    ]
    if kind == "kr21":
        message = tell(
            "reliability cannot be computed from totals. KR-21 is used, which is too low if "
            "items differ in difficulty; give the reliability with {reliability}",
            reliability=option("reliability"),
        )
        said.append(note("kr21", message))
    if len(totals.values) < 2:
        said.append(note("one-candidate", tell("one candidate does not show how scores vary")))
    for cut in cuts:
        passed = (totals.values >= cut).mean()
        if passed in (0.0, 1.0) and totals.least < cut <= totals.most:
            who = tell("all candidates passed") if passed else tell("no candidate passed")
            message = tell("at a cut of {cut} {who}, so little is known about it", cut=f"{cut:g}", who=who)
            said.append(note("one-sided", message))
    fitted, n_beta = _fitted(loaded, cells, asked, said), int(asked.beta)
    model = None if fitted is None else fitted.model
    methods = methods_of(totals, cells, model, n_beta)
    within = [cut for cut in cuts if totals.least < cut <= totals.most]
    found = [
        (name, {cut: _asked_of(name, method, [cut], said) if cut in within else None for cut in cuts}, method)
        for name, method in methods.items()
    ]
    together = within == list(cuts) and len(cuts) > 1
    levels = [
        (name, _asked_of(name, method, cuts, said) if together else None) for name, method in methods.items()
    ]
    return {
        "file": loaded.name,
        "sha256": loaded.sha256,
        "n_candidates": len(values),
        "n_items": None if cells is None else cells.shape[1],
        "min_score": totals.least,
        "max_score": totals.most,
        "mean": plain(totals.mean),
        "sd": plain(math.sqrt(totals.variance) if len(values) > 1 else math.nan),
        "reliability": plain(totals.reliability),
        "reliability_kind": kind,
        "model": None if fitted is None else fitted.told,
        "cuts": list(cuts),
        "methods": [agreement_row(name, {"cut": cut}, each[cut]) for cut in cuts for name, each, _ in found],
        "levels": [agreement_row(name, {"cuts": list(cuts)}, one) for name, one in levels]
        if len(cuts) > 1
        else [],
        "notes": said,
    }


# ── what is asked, and what the file holds ───────────────────────────────────────────────────


def _read(source: ResponseSource) -> tuple[LoadedResponses, Cells | None, Any]:
    """The responses; scores (N, J) of candidates with a score on every item, None for totals; totals."""
    if source.key is None:
        table = load_table(source)
        if len(table.table.items) == 1:
            [column] = table.table.items
            values: list[float | None] = []  # NaN for a blank, None for what is not a number
            for text in map(fold, column.texts):
                try:
                    value = math.nan if text in BLANKS else float(text.replace(",", "."))
                except ValueError:
                    value = math.inf
                values.append(None if text not in BLANKS and not math.isfinite(value) else value)
            wrong = [n for n, value in enumerate(values) if value is None]
            rows = np.flatnonzero(np.isin(column.codes, wrong))[:20]
            if len(rows):
                raise Refused(
                    tell("{name} contains totals that are not numbers", name=table.name),
                    [
                        Problem(
                            table.table.where(int(row)),
                            "not-a-total",
                            tell("`{text}` is not a number", text=column.texts[column.codes[row]][:40]),
                            field=column.name,
                        )
                        for row in rows
                    ],
                )
            totals = np.array([math.nan if value is None else value for value in values])[column.codes]
            totals = totals[np.isfinite(totals)]
            if not len(totals):
                message = tell("contains no totals")
                raise Refused(
                    tell("{name} {message}", name=table.name, message=message),
                    [Problem(table.name, "no-totals", message)],
                )
            return table, None, totals
    loaded = load_responses(source)
    cells = loaded.scored.cells
    cells = cells[(cells >= 0).all(axis=1)]
    if not len(cells):
        message = tell("has no candidate with a score on every item. Give one form at a time")
        raise Refused(
            tell("{name} {message}", name=loaded.name, message=message),
            [Problem(loaded.name, "no-complete-row", message)],
        )
    return loaded, cells, cells.sum(axis=1, dtype=np.int64).astype(np.float64)


def note(code: str, message: Message, method: str | None = None) -> Document:
    """A note for the reader, on one method or on all."""
    return {"code": code, "item": None, "message": message, "method": method}


# ── methods ──────────────────────────────────────────────────────────────────────────────────


class _Fitted(NamedTuple):
    """The model of every item, and its entry in the document."""

    model: AbilityModel
    told: Document


def _fitted(
    loaded: LoadedResponses, cells: Cells | None, asked: DecisionOptions, said: list[Document]
) -> _Fitted | None:
    """The model of every item, from the user's parameters or our own calibration; None, with a note, if
    there is none."""
    if cells is None:
        if asked.items is not None:
            raise WrongUsage(
                tell(
                    "{items} needs item responses, but {name} contains totals",
                    name=loaded.name,
                    items=option("items"),
                )
            )
        return None
    names = loaded.scored.items
    if asked.items is not None:
        known = read_anchors(asked.items, names)
        known = known._replace(c=np.nan_to_num(known.c, nan=0.0))  # the file does not give it
        told = {"name": "given", "source": asked.items.name, "n_candidates": None, "mean": 0.0, "sd": 1.0}
        return _of_every_item(_Fitted(AbilityModel(known, cells, 0.0, 1.0), told), names, said)
    if len(cells) < 2 or cells.shape[1] < 2:
        said.append(note("no-model", tell("there are too few data to fit an item response model")))
        return None

    partial = bool(cells.max() > 1)
    model = asked.model or ("grm" if partial else "rasch" if len(cells) < FEW_FOR_SLOPES else "2pl")
    if partial != (model in POLYTOMOUS):
        raise WrongUsage(
            tell(
                "{model_option} {model} does not fit these scores. Use {others}",
                model=model,
                others="grm, pcm, gpcm" if partial else "rasch, 1pl, 2pl",
                model_option=option("model"),
            )
        )
    if partial and not np.array_equal(consecutive(cells)[0], cells):
        message = tell("some intermediate scores do not occur, so no model of partial scores is fitted")
        said.append(note("no-model", message))
        return None
    fit = fit_mml(cells, model)  # like `analyse irt`, to the last digit
    told = {
        "name": model,
        "source": "calibrated",
        "n_candidates": fit.n_candidates,
        "mean": plain(fit.mean[0]),
        "sd": plain(fit.sd[0]),
    }
    flat = any(one.code == "no-variance" for one in fit.notes)
    if not fit.converged or flat:
        said += [one | {"method": None} for one in notes(fit.notes, names)]
    found = AbilityModel(fit.parameters, cells, float(fit.mean[0]), float(fit.sd[0]), flat)
    return _of_every_item(_Fitted(found, told), names, said)


def _of_every_item(found: _Fitted, names: Sequence[str], said: list[Document]) -> _Fitted | None:
    """The fit, with constants for items that all had right or all wrong; None if others lack parameters."""
    model = found.model
    known = with_constants(model.parameters, model.cells)
    if known is None or not math.isfinite(model.sd):
        unknown = np.flatnonzero(~is_known(model.parameters))
        lacking = ", ".join(names[n] for n in unknown[:8])
        said.append(
            note(
                "no-model",
                tell("without parameters of {items} the ability-based methods are not used", items=lacking),
            )
        )
        return None
    return found._replace(model=model._replace(parameters=known))


def _asked_of(
    name: str, method: Method, cuts: Sequence[float], said: list[Document]
) -> tuple[Agreement, Document] | None:
    """The agreement of a method at the cuts, and its parameters; None, with a note, if it has no result."""
    try:
        found = method(cuts)
    except NoTrueScores as reason:
        one = note(str(reason.args[0]), REASONS[str(reason.args[0])], name)
        if one not in said:
            said.append(one)
        return None
    return agreement(found.states), found.told


_NUMBERS = (
    "consistency", "accuracy", "kappa", "false_pass", "false_fail", "chance", "pass_rate", "pass_again",
    "fail_again",
)  # fmt: skip


def agreement_row(method: str, at: Document, found: tuple[Agreement, Document] | None) -> Document:
    """The row of a method; null if it has no result."""
    row: Document = {"method": method, **at, **dict.fromkeys(_NUMBERS), "contingency": None, "truth": None}
    if found is None:
        return row | {"parameters": {}}
    agreed, parameters = found
    row |= {name: plain(getattr(agreed, name)) for name in _NUMBERS}
    row["contingency"] = plain(agreed.contingency)
    row["truth"] = None if np.isnan(agreed.truth).any() else plain(agreed.truth)
    return row | {"parameters": {name: plain(value) for name, value in parameters.items()}}
