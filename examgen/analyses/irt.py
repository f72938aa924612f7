"""An item response model of any response file: read, fit, give back as plain values.

The command line and Python programs call the same function; every number is in full, what is undefined is
None, and `notes` say why.

A fitted model and responses → a file of abilities and how well each candidate's answers go with theirs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from examgen.analyses.documents import Document, fit_items, fit_model, in_both, note, notes, notices, numbers
from examgen.analyses.files import read_anchors
from examgen.analyses.options import IrtOptions, ResponseSource, may_write
from examgen.analyses.sources import load_responses
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.responses.matrix import Cells, Scored
from examgen.core.storage import csv_bytes, write_file
from examgen.core.words import listed, option, tell
from examgen.psychometrics.fit.items import item_fit
from examgen.psychometrics.fit.local import q3
from examgen.psychometrics.fit.model import model_fit
from examgen.psychometrics.fit.persons import person_fit
from examgen.psychometrics.fit.s_x2 import s_x2
from examgen.psychometrics.irt.conditional.persons import rasch_fit
from examgen.psychometrics.irt.conditional.rasch import andersen, fit_cml
from examgen.stats import irt_abilities as abilities
from examgen.stats.irt_curves import (
    conditional_sem,
    empirical_reliability,
    expected_scores,
    item_information,
    linked,
    log_curves,
    log_likelihoods,
    marginal_reliability,
    test_information,
)
from examgen.stats.irt_models import Fit, Note, estimated
from examgen.stats.mml_curves import parse_prior
from examgen.stats.mml_fit import consecutive, fit_mml
from examgen.stats.quadrature import normal_grid
from examgen.stats.results import plain

PARTIAL_MODELS = ("grm", "pcm", "gpcm")
_MOST_PAIRS = 20
_FIRST = 10_000
"""One of so many candidates who has every item shows that all hang together."""
_THETA = np.linspace(-4.0, 4.0, 17)
"""Where curves are told."""
_SHOWN = 8
_MOST_REASONS = 50


def write_scores(path: Path, scored: Scored, cells: Cells, fit: Fit) -> None:
    """A line for each candidate; empty where there is no ability, and for ML without a maximum.

    `cells` are the scores as `fit` counts them. Person fit (lz, lz*, infit, outfit) is at the weighted
    likelihood estimate.
    """
    found = fit.parameters
    weighted = abilities.wle(cells, found)
    kinds = {"ml": abilities.ml(cells, found), "wle": weighted}
    mean, sd = float(fit.mean[0]), float(fit.sd[0])
    if math.isfinite(mean) and math.isfinite(sd):  # else the model has no distribution of ability
        grid = normal_grid(121, mean=mean, sd=sd)
        kinds["map"] = abilities.map(cells, found, mean, sd)
        kinds["eap"] = abilities.eap(cells, found, grid)
        kinds["eap_sum"] = abilities.eap_sum(cells, found, grid)
    columns: dict[str, Any] = {}
    for kind, one in kinds.items():
        columns |= {kind: plain(one.theta), f"{kind}_se": plain(one.se)}
    fitting = person_fit(cells, found, weighted.theta, method="wle")
    columns |= {name: plain(getattr(fitting, name)) for name in ("lz", "lz_star", "infit", "outfit")}
    table = {
        "candidate_id": list(scored.candidates),
        "score": np.where(scored.cells >= 0, scored.cells, 0).sum(axis=1, dtype=np.int64),
        "answered": (scored.cells >= 0).sum(axis=1),
        **columns,
    }
    schema = {"candidate_id": pl.String, "score": pl.Int64, "answered": pl.Int64}
    frame = pl.DataFrame(table, schema={**schema, **dict.fromkeys(columns, pl.Float64)})
    write_file(path, csv_bytes(frame, numbers=list(columns)))


def analyse_irt(source: ResponseSource, options: IrtOptions) -> Document:
    """An item response model: `model`, `items`, `notes`; with `scores` also a file of abilities (CSV).

    `anchors` names a file of known parameters, which are not estimated; ability has a free mean then, or the
    mean and standard deviation that `fix_ability` says (`0,1`), and nothing is estimated but abilities.

    Raises WrongUsage for a model or prior that is none, Refused where the responses are not for it.
    """
    model, anchors, scores = options.model, options.anchors, options.scores
    prior = prior_of(options.prior_c, model)
    population = None
    if options.fix_ability is not None:
        try:
            mean, sd = map(float, options.fix_ability.split(","))
        except ValueError:
            mean, sd = math.nan, math.nan
        if not (math.isfinite(mean) and 0 < sd < math.inf):
            raise WrongUsage(
                tell(
                    "{fix_ability} {said} is not a mean and a standard deviation. Write for example 0,1",
                    said=options.fix_ability,
                    fix_ability=option("fix-ability"),
                )
            )
        population = mean, sd
    may_write(scores, source, anchors)
    loaded = load_responses(source, None if model in PARTIAL_MODELS else 1)
    names, cells = loaded.scored.items, loaded.scored.cells
    closed: tuple[Note, ...] = ()
    if model in PARTIAL_MODELS:
        cells, closed = consecutive(cells)
    fixed: Any = None
    if anchors is not None:
        if model not in ("rasch", "1pl", "2pl", "3pl"):
            raise WrongUsage(
                tell(
                    "{anchors} applies to rasch, 1pl, 2pl and 3pl, not {model}",
                    model=model,
                    anchors=option("anchors"),
                )
            )
        fixed = read_anchors(anchors, names)
        if model != "3pl" and (fixed.c > 0).any():
            raise WrongUsage(
                tell(
                    "{anchors} {path}: {model} has no lower asymptote c. Use 3pl, or remove c",
                    path=anchors,
                    model=model,
                    anchors=option("anchors"),
                )
            )
    if population is not None:
        fit = _of_known(cells, model, fixed, population, names)
    elif model == "rasch-cml":
        fit = fit_cml(cells)
    else:
        try:
            fit = fit_mml(cells, model, prior_c=prior, fixed=fixed)
        except ValueError as reason:  # anchors that the model does not allow
            message = tell(
                "{model_option} {model}: {reason}", model=model, reason=reason, model_option=option("model")
            )
            raise WrongUsage(message) from reason
    if not (np.isfinite(fit.parameters.a) & np.isfinite(fit.parameters.d).any(axis=1)).any():
        ordered = sorted(fit.notes, key=lambda one: one.item is not None)
        told = [
            Problem(
                loaded.name, one.code, in_both(one.message), None if one.item is None else names[one.item]
            )
            for one in ordered[:_MOST_REASONS]
        ]
        if len(ordered) > _MOST_REASONS:
            told.append(
                Problem(
                    loaded.name,
                    "more",
                    tell("and {n} more messages of this kind", n=len(ordered) - _MOST_REASONS),
                )
            )
        raise Refused(tell("{loaded}: no item can be estimated", loaded=loaded.name), told)
    fitting = _conditional(cells, fit) if model == "rasch-cml" else marginal(cells, fit, fixed)[1]
    apart: list[Document] = []
    whole = (cells[:_FIRST] >= 0).all(axis=1).any()
    if anchors is None and model != "rasch-cml" and not whole:
        answered = cells >= 0
        answered = answered[answered.any(axis=1)]
        if len(answered) and not linked(answered):
            message = tell(
                "Some items share no candidates with the others, not even through further "
                "items. They are on one scale only if the candidates of both are equally able."
            )
            apart.append(note("items-not-linked", message))
    partial = loaded.scored.cells if model in PARTIAL_MODELS else None
    items = [row | more for row, more in zip(fit_items(fit, names, partial), fitting.items, strict=True)]
    information = plain(item_information(fit.parameters, _THETA).T)
    if scores is not None:
        write_scores(scores, loaded.scored, cells, fit)
    expected = np.nansum(expected_scores(fit.parameters, _THETA), axis=1)
    columns = (expected, test_information(fit.parameters, _THETA), conditional_sem(fit.parameters, _THETA))
    return {
        "file": loaded.name,
        "sha256": loaded.sha256,
        "model": {**fit_model(fit), **fitting.model},
        "items": items,
        "curves": [
            {"theta": float(t), "expected_score": plain(e), "information": plain(i), "se": plain(se)}
            for t, e, i, se in zip(_THETA, *columns, strict=True)
        ],
        "item_information": [
            {"item": name, "information": own} for name, own in zip(names, information, strict=True)
        ],
        "local_dependence": fitting.pairs(names),
        "notes": [*notices(loaded.notices), *apart, *notes((*closed, *fitting.notes), names)],
    }


def prior_of(text: str | None, model: str) -> Any:
    """The prior on c that `--prior-c` says; WrongUsage where the model has none, or it is none."""
    if text is None:
        return None

    if model != "3pl":
        raise WrongUsage(
            tell(
                "{prior_c} applies to 3pl. {model} has no lower asymptote",
                model=model,
                prior_c=option("prior-c"),
            )
        )
    try:
        return parse_prior(text)
    except ValueError as reason:
        raise WrongUsage(tell("{prior_c}: {reason}", reason=reason, prior_c=option("prior-c"))) from reason


class Fitting(NamedTuple):
    """What is told beside the parameters."""

    model: Document
    items: list[Document]
    notes: tuple[Note, ...]
    q3: Any = None
    """Correlations of residuals, where items were compared in pairs."""

    def pairs(self, names: Sequence[str]) -> Document | None:
        """The mean of Q3 over all pairs of items, and the pairs that lie furthest from it."""
        if self.q3 is None or not np.isfinite(self.q3.mean):
            return None
        upper = np.triu(np.nan_to_num(np.abs(self.q3.adjusted)), 1)
        largest = np.argsort(-upper, axis=None, kind="stable")[:_MOST_PAIRS]
        places = [divmod(int(place), len(names)) for place in largest if upper.flat[place] > 0]
        return {
            "mean_q3": plain(self.q3.mean),
            "largest": [
                {
                    "item": names[i],
                    "with": names[j],
                    "q3": plain(self.q3.q3[i, j]),
                    "adjusted": plain(self.q3.adjusted[i, j]),
                }
                for i, j in places
            ],
        }


def _of_known(
    cells: Cells, model: str, fixed: Any, population: tuple[float, float], names: Sequence[str]
) -> Fit:
    """The model as it is known: nothing is estimated, so that one candidate is enough."""
    known = fixed._replace(c=np.nan_to_num(fixed.c, nan=0.0))
    lacking = [name for name, d in zip(names, known.d[:, 0], strict=True) if not math.isfinite(d)]
    if lacking:
        raise WrongUsage(
            tell(
                "{fix_ability} needs the parameters of every item, but {anchors} lacks {items}",
                items=listed(lacking[:_SHOWN]),
                fix_ability=option("fix-ability"),
                anchors=option("anchors"),
            )
        )
    slopes = set(known.a.tolist())
    if (model == "rasch" and slopes != {1.0}) or (model == "1pl" and len(slopes) > 1):
        raise WrongUsage(
            tell(
                "{model_option} {model}: slopes of {anchors} differ. Use 2pl",
                model=model,
                model_option=option("model"),
                anchors=option("anchors"),
            )
        )
    mean, sd = population
    nodes, weights = normal_grid(mean=mean, sd=sd)
    there = (cells >= 0).any(axis=1)
    logs = log_likelihoods(cells[there], log_curves(known, nodes))
    top = logs.max(axis=1, keepdims=True)
    nothing, unknown = np.full(len(names), np.nan), np.full(known.d.shape, np.nan)
    return Fit(
        model, known, nothing, unknown, unknown, nothing,
        np.array([mean]), np.array([sd]), np.array([np.nan]), np.array([np.nan]),
        float((np.log(np.exp(logs - top) @ weights) + top[:, 0]).sum()), 0.0, 0, int(there.sum()),
        True, 0, np.empty((0, 0)), (), (),
    )  # fmt: skip


def _conditional(cells: Any, fit: Fit) -> Fitting:
    """Infit and outfit as eRm, and Andersen's test."""
    fitted = rasch_fit(cells, fit)
    mean = fitted.items
    columns = {
        "n": mean.n,
        "infit": mean.infit,
        "infit_t": mean.infit_t,
        "outfit": mean.outfit,
        "outfit_t": mean.outfit_t,
    }
    told: Document = {"separation_reliability": plain(fitted.separation_reliability)}
    reported_notes = [*fit.notes, *fitted.notes]
    for split in ("median", "mean"):
        test = andersen(cells, split)
        told[f"andersen_{split}"] = numbers(test)
        reported_notes += [one for one in test.notes if one not in reported_notes]
    return Fitting(told, _item_rows(columns), tuple(reported_notes))


def marginal(cells: Any, fit: Fit, fixed: Any = None) -> tuple[Fit, Fitting]:
    """Infit and outfit (at ML abilities), S-X², M2 and reliabilities, as mirt."""
    found = fit.parameters
    mean, sd = float(fit.mean[0]), float(fit.sd[0])
    free = estimated(fit.model, found, fixed)
    ml = abilities.ml(cells, found, bounded=True)
    eap = abilities.eap(cells, found, normal_grid(121, mean=mean, sd=sd))
    residual = item_fit(cells, found, ml.theta)
    grid = normal_grid(mean=mean, sd=sd)
    summed = s_x2(cells, found, free, grid)
    whole = model_fit(cells, found, free, grid)
    columns = {
        "n": residual.n,
        "infit": residual.infit,
        "infit_z": residual.z_infit,
        "outfit": residual.outfit,
        "outfit_z": residual.z_outfit,
        "s_x2": summed.statistic,
        "s_x2_df": summed.df,
        "s_x2_p": summed.p,
        "s_x2_rmsea": summed.rmsea,
    }
    told = {
        "fit": numbers(whole),
        "empirical_reliability": plain(empirical_reliability(eap.theta, eap.se)),
        "marginal_reliability": plain(marginal_reliability(found, mean, sd)),
        "marginal_rxx": plain(marginal_reliability(found, mean, sd, as_mirt=True)),
    }
    pairs = q3(cells, found, eap.theta)
    told_why = {one.item for one in fit.notes}
    others = (*residual.notes, *summed.notes, *whole.notes, *pairs.notes)
    every = (*fit.notes, *(n for n in others if n.code != "no-parameters" or n.item not in told_why))
    return fit, Fitting(told, _item_rows(columns), tuple(dict.fromkeys(every)), pairs)


def _item_rows(columns: dict[str, Any]) -> list[Document]:
    told = {name: plain(values) for name, values in columns.items()}
    return [dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=True)]
