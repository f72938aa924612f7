"""Fitting of item response models to responses, in one group or in several, also with known items and
population."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from examgen.stats.ability import against_answers
from examgen.stats.arguments import (
    ArgumentError,
    DataError,
    Groups,
    brief,
    collection,
    group_notes,
    groups_by_file,
    groups_of,
    number,
    shown,
    truth,
    word,
)
from examgen.stats.data_notes import not_right_or_wrong, notes_on_data, omitted_scores
from examgen.stats.irt_abilities import eap, own_population
from examgen.stats.irt_fit import IrtFit, Scale, in_sentences
from examgen.stats.irt_items import PARTIAL, ItemScores, KnownItems, parameters_from
from examgen.stats.irt_models import (
    Fit,
    ItemParameters,
    Note,
    answer_patterns,
    estimated,
    linked,
    log_likelihoods,
    without_estimates,
)
from examgen.stats.matrix import Bools, Cells, Ints
from examgen.stats.mml_curves import Prior, parse_prior
from examgen.stats.mml_fit import GroupsFit, consecutive, fit_groups, fit_mml
from examgen.stats.quadrature import normal_grid
from examgen.stats.rasch import fit_cml
from examgen.stats.response_data import Responses, as_responses
from examgen.stats.results import Argument, frame, sentences
from examgen.stats.results import Note as Sentence

MODELS = ("rasch", "rasch-cml", "1pl", "2pl", "3pl", "grm", "pcm", "gpcm")
ABILITY = ("mean", "se_mean", "sd", "se_sd")
_FEWEST_SHARED = 2
_FAR = 10
"""Logits, of a difficulty or of its standard error: beyond it nothing is known of the difficulty."""
_FIRST = 10_000
_USUAL_SD = 1.6
"""Abilities seldom spread so much more, or less, than those of the scale."""
_USUAL_MEAN = 1.5
"""Standard deviations between the mean of persons and that of the scale; groups seldom differ by more."""
_ENOUGH = 30
"""Of fewer persons the spread is not compared with one that is fixed."""
"""One of so many persons who has every item shows that all hang together."""
TEXTS: dict[str, str] = {
    # refusals
    "prior-of": "{argument} is for 3pl. {model} has no lower asymptote",
    "not-with-groups": "several groups cannot be combined with {argument}",
    "model-of-groups": "{argument} is not a model of several groups. Use {models}",
    "reference-without-groups": "{argument} names a group, and there are no groups",
    "free-without-groups": "{argument} names items that may differ between groups, and there are no groups",
    "population": "{argument} is {value}, not a mean and a standard deviation above 0. Write for example 0,1",
    "population-without-items": "{argument} needs {anchors} with the parameters of the items",
    "anchors-of-cml": "{argument} needs a model of marginal likelihood, such as {model}",
    "asymptotes": "{argument} has lower asymptotes c, and {model} has none. Use {three}",
    "slopes": "slopes of {argument} differ. Use {two}",
    "anchored-sd": "on the scale of {argument} abilities have a standard deviation of {sd:.2f}. Check that "
    "their slopes are on the logistic metric without the constant 1.7",
    "population-unlike": "by the parameters of {anchors} abilities have a mean of {mean:.2f} and a standard "
    "deviation of {sd:.2f}, unlike {argument}. Check that the parameters are of these items, and both on one "
    "scale of logits, without the constant 1.7",
    "lacking": "{argument} needs the parameters of every item, but {anchors} has none of {items}",
    "scores": "{data}: item {items} has a score of {score}. This model needs scores of 0 and 1. Use "
    "{argument} grm or gpcm for all items, in which those of 0 and 1 are 2PL items, or fit those of 0 and 1 "
    "alone",
    "scores.rasch": "{data}: item {items} has a score of {score}. This model needs scores of 0 and 1. Use "
    "{argument} pcm for all items, in which those of 0 and 1 are Rasch items, or fit those of 0 and 1 alone",
    "of-model": "{argument}: {reason}",
    "nothing-estimated": "{data}: no item can be estimated",
    "no-shared-items": "groups share no item that can be estimated. Two items tie groups together; if "
    "{argument} names all items, each group has a scale of its own",
    "not-tied": "group {group} has fewer than {n} items in common with the others, so nothing ties their "
    "scales together",
    # notes
    "empty-candidates": "{n} [candidate has|candidates have] no score on any item and [is|are] excluded",
    "difficulty-unknown": "{items}: the data do not determine the difficulty (it, or its standard error, is "
    "beyond {far})",
    "slopes-by-chance": "{n} of {all} slopes differ from 0 by no more than chance. There are too few "
    "candidates, or the items do not measure one ability; abilities and their reliability say little",
    "items-not-linked": "some items have no person in common with the others, nor through further items: "
    "they are on one scale only if the persons of both are equally able",
    "several-forms": "nobody answered both {first} and {second}, as if they were on different forms. "
    "Information and the marginal reliability are of all {n} items together, which nobody took. For a form, "
    "add up the information of its items",
    "no-common-items": "all items are free: each group was fitted by itself with mean 0, and its abilities "
    "are not on the scale of the others",
}
"""The messages by code, which ends before a dot."""
note = sentences(TEXTS)


def checked(
    model: object = "2pl",
    *,
    prior_c: object = None,
    groups: object = None,
    reference: object = None,
    free: object = (),
    anchors: object = None,
    fix_ability: object = None,
) -> tuple[str, Prior | None, tuple[float, float] | None]:
    """Return the model, the prior and the population. Raises ArgumentError for arguments that are invalid for
    any data."""
    name = word("model", model, MODELS)
    if prior_c is not None and name != "3pl":
        raise ArgumentError(note("prior-of", argument=Argument("prior_c"), model=name))
    prior = None if prior_c is None else parse_prior(prior_c if isinstance(prior_c, str) else repr(prior_c))
    if groups is not None:
        for argument, value in (("anchors", anchors), ("fix_ability", fix_ability)):
            if value is not None:
                raise ArgumentError(note("not-with-groups", argument=Argument(argument)))
        if name == "rasch-cml":
            models = ", ".join(one for one in MODELS if one != name)
            raise ArgumentError(note("model-of-groups", argument=Argument("model", name), models=models))
    elif collection("free", free):
        raise ArgumentError(note("free-without-groups", argument=Argument("free")))
    elif reference is not None:
        raise ArgumentError(note("reference-without-groups", argument=Argument("reference")))
    if anchors is not None and name == "rasch-cml":
        raise ArgumentError(
            note("anchors-of-cml", argument=Argument("anchors"), model=Argument("model", "rasch"))
        )
    if fix_ability is None:
        return name, prior, None
    try:
        mean, sd = (float(one) for one in fix_ability)  # type: ignore[attr-defined]
        population = number("mean", mean), number("sd", sd, 1e-6)
    except (TypeError, ValueError):
        values = collection("fix_ability", fix_ability)
        value = ",".join(map(str, values)) if len(values) < 4 else brief(fix_ability)
        raise ArgumentError(note("population", argument=Argument("fix_ability"), value=value)) from None
    if anchors is None:
        pair = {"argument": Argument("fix_ability"), "anchors": Argument("anchors")}
        raise ArgumentError(note("population-without-items", **pair))
    return name, prior, population


def irt(
    data: object,
    model: str = "2pl",
    *,
    groups: object = None,
    free: Collection[str] = (),
    reference: object = None,
    prior_c: str | None = None,
    anchors: object = None,
    fix_ability: tuple[float, float] | None = None,
    standard_errors: bool = True,
) -> IrtFit:
    """Fit an item response model.

    Parameters
    ----------
    data : array_like, data frame or Responses
        (N, J) scores, as `responses` takes them; missing ones are missing at random.
    model : {"rasch", "rasch-cml", "1pl", "2pl", "3pl", "grm", "pcm", "gpcm"}
        For scores 0 and 1: `rasch` (slopes 1, free sd of ability), `rasch-cml` (the same by conditional
        likelihood, without a population), `1pl` (one common slope, sd 1), `2pl`, `3pl`. For partial scores:
        `grm` (graded), `pcm`, `gpcm` (partial credit with slopes 1, or free).
    groups : str or array_like, optional
        (N,) a column of the data, texts, numbers or a mask: the items are the same in all groups, ability is
        N(0, 1) in the first and has a free mean and sd in the others. Not for `rasch-cml`.
    free : collection of str
        With groups: items with separate parameters in each group. If all items are free, each group is fitted
        separately with mean 0 (the configural model, mirt's default in `multipleGroup`). Abilities are then
        not comparable between groups, but the log-likelihood can be compared with other models.
    reference : object, optional
        The group that comes first; by default the first in order.
    prior_c : str, optional
        Prior of the lower asymptotes: `"norm:MEAN:SD"` of logit c, or `"beta:A:B"` of c. Take
        `"norm:-1.1:0.5"` for items of four options, `-1.4` for five, `-0.7` for three: logit c of chance.
        Without a prior the 3PL is often poorly identified.
    anchors : data frame or mapping, optional
        Known parameters of items (in `link`, `anchors` are names): columns `item` and `a`, `b` (`b1` …), `c`
        (or mirt's `a1`, `d`, `g`), or {item: {"b": 0.3}}. They are not estimated. The mean of ability is then
        free, and its sd is free if a slope is known.
    fix_ability : tuple of float, optional
        (mean, sd) of ability in the population. Requires anchors for every item; nothing is estimated, and
        one person is enough.
    standard_errors : bool
        Whether to compute standard errors, from the exact observed information.

    Returns
    -------
    IrtFit

    Raises
    ------
    ArgumentError
        If the arguments do not fit the model, or no item can be estimated.

    See Also
    --------
    abilities : abilities of persons from known item parameters.

    Notes
    -----
    Marginal maximum likelihood (Bock & Aitkin, 1981) on 61 nodes from −6 to 6; logistic metric, D = 1. The
    numbers are those of `mirt::mirt(data, 1, itemtype)` and `mirt::multipleGroup` in R, with b = −d / a; for
    `rasch-cml` those of `eRm::RM` (its `beta` has the opposite sign), with difficulties that sum to 0.

    Examples
    --------
    >>> import examgen.stats as es
    >>> es.irt(es.example(n_items=4), "rasch")
    Rasch model: 500 persons × 4 items, marginal maximum likelihood
    log-likelihood -1,162.414; AIC 2,334.827; BIC 2,355.900; reliability 0.352; parameters 5
    mean of ability 0.000; sd of ability 0.880
    item      a  se_a       b   se_b
    I01   1.000     –  -1.486  0.128
    I02   1.000     –  -0.600  0.108
    I03   1.000     –   0.405  0.106
    I04   1.000     –   1.595  0.132
    """
    own = as_responses(data, groups)
    model, prior, population = checked(
        model, prior_c=prior_c, groups=groups, reference=reference, free=free, anchors=anchors,
        fix_ability=fix_ability,
    )  # fmt: skip
    truth("standard_errors", standard_errors)
    if model not in PARTIAL and own.cells.max(initial=-1) > 1:
        item = own.items[int(own.cells.max(axis=0).argmax())]
        values = {"items": item, "score": int(own.cells.max()), "argument": Argument("model")}
        key = "scores.rasch" if model in ("rasch", "rasch-cml", "1pl") else "scores"
        raise DataError(*[*not_right_or_wrong(own)] or [note(key, data="data", **values)])
    if groups is not None:
        known = groups_of("groups", own.column(groups, "groups"), own.n_persons, reference)
        of_names = [*group_notes(Argument("groups"), known.names, known.spaced, known.sizes)]
        of_names += groups_by_file(Argument("groups"), known, own.starts)
        of_groups = _of_groups(own, model, known, collection("free", free), prior, standard_errors)
        notes = (*_of_data(own), *known.notes(), *of_names, *of_groups.notes)
        return replace(of_groups, notes=notes)
    known_items = None if anchors is None else _anchors(anchors, own, model)
    fixed = None if known_items is None else known_items.parameters
    cells, closed, scores = _categories(own, model, known_items)
    if population is not None and fixed is not None:
        fit = _of_known(cells, model, fixed, population, own.items)
    elif model == "rasch-cml":
        fit = fit_cml(cells, standard_errors)
    else:
        fit = fit_mml(cells, model, prior_c=prior, fixed=fixed, standard_errors=standard_errors)
    usable = fit.parameters.usable
    told = () if known_items is None else known_items.notes
    notes = (*_of_data(own), *told, *in_sentences((*closed, *fit.notes), own.items))
    if anchors is None and model != "rasch-cml" and not _hangs_together(cells):
        notes = (*notes, note("items-not-linked"))
    if not usable.any():
        raise _nothing_estimated(notes)
    if fixed is not None:
        grid = own_population(float(fit.mean[0]), float(fit.sd[0]))
        theta, given = eap(cells, fit.parameters, grid).theta, np.asarray(np.isfinite(fixed.d).any(axis=1))
        notes = (*notes, *against_answers(own.items, fit.parameters, given, cells, theta, "anchors"))
        notes = (*notes, *_unlike_population(cells, model, fixed, population))
        if population is None and abs(np.log(fit.sd[0])) > np.log(_USUAL_SD):
            notes = (*notes, note("anchored-sd", sd=float(fit.sd[0]), argument=Argument("anchors")))
    scale = Scale(None, fit.parameters, float(fit.mean[0]), float(fit.sd[0]), scores)
    return _result(
        own, model, fit, [fit], (scale,), [fit.n_candidates], cells, notes,
        _free=None if model == "rasch-cml" else estimated(model, fit.parameters, fixed),
        _settled=fit.settled, _covariance=fit.covariance,
        _labels=tuple(_label(one, own.items, model) for one in fit.free),
    )  # fmt: skip


def _result(
    own: Responses, model: str, whole: Fit | GroupsFit, fits: Sequence[Fit], scales: tuple[Scale, ...],
    n: Sequence[int], cells: Cells, notes: Sequence[str], places: Sequence[int] = (), **more: Any,
) -> IrtFit:  # fmt: skip
    """The fit with names, of one group or of several, of which items at some places are let free."""
    renumbered = any(_renumbered(scale.scores) for scale in scales)
    tables = []
    for g, (scale, one) in enumerate(zip(scales, fits, strict=True)):
        table = _items(own.items, model, one, scale.scores if renumbered else None)
        if len(scales) > 1:
            here = pl.int_range(pl.len()).is_in(places)
            label = pl.when(here).then(pl.lit(scale.name)).otherwise(None).alias("group")
            table = table.with_row_index("place").with_columns(label).filter(here | (g == 0))
        tables.append(table)
    items = tables[0]
    if len(scales) > 1:
        items = pl.concat(tables, how="diagonal").sort("place", maintain_order=True).drop("place")
        items = items.select("item", "group", pl.exclude("item", "group"))
    usable = np.logical_or.reduce([scale.parameters.usable for scale in scales])
    answered = (cells[:, usable] >= 0).astype(np.float32)
    if len(apart := np.argwhere(answered.T @ answered == 0)):
        first, second = (own.items[j] for j in np.flatnonzero(usable)[apart[0]])
        notes = (*notes, note("several-forms", first=first, second=second, n=int(usable.sum())))
    if whole.converged:
        notes = (*notes, *_undetermined(items))
    ability = {name: np.array([getattr(one, name)[0] for one in fits]) for name in ABILITY}
    return IrtFit(
        model=model, items=items,
        population=frame({"group": [one.name for one in scales], "n": n, **ability}),
        loglik=whole.log_likelihood, log_prior=getattr(whole, "log_prior", 0.0),
        n_parameters=whole.n_parameters, n_persons=whole.n_candidates, converged=whole.converged,
        iterations=whole.iterations, notes=tuple(notes),
        left_out=tuple(name for name, there in zip(own.items, usable, strict=True) if not there),
        _data=own, _cells=cells, _scales=scales, **({"_group": None} | more),
    )  # fmt: skip


def _items(names: tuple[str, ...], model: str, fit: Fit, scores: ItemScores | None) -> pl.DataFrame:
    """The items with their parameters, each with its standard error, and what their categories stand for."""
    columns: dict[str, object] = {"item": list(names)}
    if scores is not None:
        columns["scores"] = KnownItems(names, fit.parameters, scores).told_scores()
    columns |= {"a": fit.parameters.a, "se_a": fit.se_a}
    for k, b in enumerate(fit.parameters.b.T):
        name = f"b{k + 1}" if model in PARTIAL else "b"
        columns |= {name: b, f"se_{name}": fit.se_b[:, k]}
    if model == "3pl":
        columns |= {"c": fit.parameters.c, "se_c": fit.se_c}
    return frame(columns)


def _undetermined(items: pl.DataFrame) -> Iterator[Sentence]:
    """The notes of items whose difficulty the data do not determine, and of slopes that are nothing beyond
    chance."""
    far = items.filter(pl.any_horizontal(pl.col("^(se_)?b[0-9]*$").abs() > _FAR))["item"]
    if names := [*dict.fromkeys(far)]:
        yield note("difficulty-unknown", items=shown(names), far=_FAR)
    slopes = items.select((pl.col("a").abs() < 1.96 * pl.col("se_a")).alias("flat")).drop_nulls()["flat"]
    if 2 * int(slopes.sum()) > len(slopes):
        yield note("slopes-by-chance", n=int(slopes.sum()), all=len(slopes))


def _nothing_estimated(notes: Sequence[str]) -> DataError:
    """The refusal of data of which no item can be estimated, with what is known of it."""
    known = sorted((one for one in notes if isinstance(one, Sentence)), key=lambda one: "item" in one.values)
    return DataError(note("nothing-estimated", data="data"), *known)


def _of_known(
    cells: Cells, model: str, fixed: ItemParameters, population: tuple[float, float],
    items: Sequence[str],
) -> Fit:  # fmt: skip
    """The model as it is known: nothing is estimated, so that one person is enough."""
    known = fixed._replace(c=np.nan_to_num(fixed.c, nan=0.0))
    lacking = [name for name, usable in zip(items, known.usable, strict=True) if not usable]
    arguments = {"argument": Argument("fix_ability"), "anchors": Argument("anchors")}
    if lacking:
        raise ArgumentError(note("lacking", **arguments, items=shown(lacking)))
    if model == "1pl" and len(set(known.a.tolist())) > 1:
        raise ArgumentError(note("slopes", argument=Argument("anchors"), two=Argument("model", "2pl")))
    (mean, sd), there = population, (cells >= 0).any(axis=1)
    grid = normal_grid(mean=mean, sd=sd)
    logs = log_likelihoods(cells[there], known.log_probabilities(grid.nodes))
    top = logs.max(axis=1, keepdims=True, initial=-np.inf)
    log_likelihood = float((np.log(np.exp(logs - top) @ grid.weights) + top[:, 0]).sum())
    return without_estimates(
        model, known, mean=np.array([mean]), sd=np.array([sd]), log_likelihood=log_likelihood,
        n_candidates=int(there.sum()), converged=True,
    )  # fmt: skip


def _of_data(own: Responses) -> Iterator[str]:
    """What is to be known of the persons and the scores."""
    yield from own.notes
    yield from notes_on_data(own)
    yield from omitted_scores(own)
    if n := int(np.count_nonzero((own.cells < 0).all(axis=1))):
        yield note("empty-candidates", n=n)


def _unlike_population(
    cells: Cells, model: str, fixed: ItemParameters, population: tuple[float, float] | None
) -> Iterator[Sentence]:
    """The note that the answers give other abilities than those that are fixed."""
    if population is None or np.count_nonzero((cells >= 0).any(axis=1)) < _ENOUGH:
        return
    found = fit_mml(cells, model, fixed=fixed, standard_errors=False)
    (mean, sd), own_mean, own_sd = population, float(found.mean[0]), float(found.sd[0])
    if abs(np.log(own_sd / sd)) > np.log(_USUAL_SD) or abs(own_mean - mean) > _USUAL_MEAN * sd:
        names = {"anchors": Argument("anchors"), "argument": Argument("fix_ability")}
        yield note("population-unlike", mean=own_mean, sd=own_sd, **names)


def _categories(
    own: Responses, model: str, known: KnownItems | None
) -> tuple[Cells, tuple[Note, ...], list[Ints | None]]:
    """Scores as the model counts them, the notes of it, and what its categories stand for.

    Partial scores that nobody has are closed up, but not those of known items, whose steps stay in place.
    """
    if model not in PARTIAL:
        return own.cells, (), [None] * own.n_items
    if known is None:
        cells, closed = consecutive(own.cells)
        return cells, closed, _closed_up(own.cells, cells)
    anchored: Bools = np.asarray(np.isfinite(known.parameters.d).any(axis=1))
    there = np.flatnonzero([scores is not None for scores in known.scores])
    given = own.cells.copy()
    given[:, there] = known.some(there).counted(own.cells[:, there], "data")
    cells, closed = consecutive(given, ~anchored)
    found = _closed_up(own.cells, cells)
    return cells, closed, [known.scores[j] if anchored[j] else scores for j, scores in enumerate(found)]


def _closed_up(cells: Cells, counted: Cells) -> list[Ints | None]:
    """Of each item the scores that its categories stand for; None where these are the scores."""
    changed = (cells != counted).any(axis=0)
    return [
        np.unique(column[column >= 0]).astype(np.int64) if own else None
        for own, column in zip(changed.tolist(), cells.T, strict=True)
    ]


def _renumbered(scores: ItemScores) -> bool:
    return any(own is not None for own in scores)


def _hangs_together(cells: Cells) -> bool:
    """Whether the items stand on one scale by the persons who took them."""
    if (cells[:_FIRST] >= 0).all(axis=1).any():
        return True
    patterns, _, _ = answer_patterns(cells >= 0)
    patterns = patterns[patterns.any(axis=1)]
    return not len(patterns) or linked(patterns)


def _label(free: tuple[str, int, int], items: Sequence[str], model: str) -> str:
    name, j, step = free
    if name in ("mean", "sd"):
        return name
    return f"{items[j]}.{name}{step + 1 if name == 'd' and model in PARTIAL else ''}"


def _anchors(anchors: object, own: Responses, model: str) -> KnownItems:
    """Known parameters of the items; NaN is free."""
    if isinstance(anchors, IrtFit):
        anchors = anchors.items
    known = anchors if isinstance(anchors, KnownItems) else None
    known = known or parameters_from(anchors, own.items, model, "anchors", free=True)
    given, argument = known.parameters, Argument("anchors")
    if model != "3pl" and (given.c > 0).any():
        raise ArgumentError(
            note("asymptotes", argument=argument, model=model, three=Argument("model", "3pl"))
        )
    slopes = given.a[np.isfinite(given.a)]
    if model in ("rasch", "pcm") and (np.abs(slopes - 1.0) > 1e-9).any():
        raise ArgumentError(note("slopes", argument=argument, two=Argument("model", "2pl")))
    if model == "1pl" and len(slopes) and (np.abs(slopes - slopes[0]) > 1e-9).any():
        raise ArgumentError(note("slopes", argument=argument, two=Argument("model", "2pl")))
    return known


def _of_groups(
    own: Responses, model: str, groups: Groups, free: Collection[str], prior: Any, standard_errors: bool
) -> IrtFit:
    places = [own.place(one, "free") for one in free]
    apart = np.zeros(own.n_items, dtype=np.bool_)
    apart[places] = True
    taken = groups.number >= 0
    cells, of = (own.cells, groups.number) if taken.all() else (own.cells[taken], groups.number[taken])
    fit = fit_groups(cells, of, model=model, free=apart, prior_c=prior, standard_errors=standard_errors)
    notes = in_sentences(fit.notes, own.items, groups.names)
    scales = tuple(
        Scale(name, one.parameters, float(one.mean[0]), float(one.sd[0]), [None] * own.n_items)
        for name, one in zip(groups.names, fit.fits, strict=False)
    )
    known = [scale.parameters.usable for scale in scales]
    usable = np.logical_or.reduce(known or [np.zeros(own.n_items, dtype=np.bool_)])
    shared = np.flatnonzero(usable & ~apart)
    if not usable.any():
        raise _nothing_estimated(notes)
    if apart.all():
        notes = (note("no-common-items"), *notes)
    elif not len(shared):
        raise DataError(note("no-shared-items", argument=Argument("free")))
    else:
        _tied(cells, of, groups.names, shared)
    counted = own.cells
    if model in PARTIAL:
        counted, scales = _counted(own.cells, groups.number, apart, scales)
    n = np.bincount(of, minlength=len(groups.names)).tolist()
    return _result(
        own, model, fit, fit.fits, scales, n, counted, notes, places, _group=groups.number, _free=None,
        _settled=fit.converged and all(one.settled for one in fit.fits), _covariance=None, _labels=(),
    )  # fmt: skip


def _counted(
    cells: Cells, number: Ints, apart: Bools, scales: Sequence[Scale]
) -> tuple[Cells, tuple[Scale, ...]]:
    """Partial scores as a model of groups counts them, and the scales with what categories stand for.

    Scores that nobody has are closed up; of an item with parameters of its own, in each group.
    """
    rows = np.flatnonzero(number >= 0)
    counted = np.full_like(cells, -1)
    counted[rows] = consecutive(cells[rows], ~apart)[0]
    shared, made = _closed_up(cells[rows], counted[rows]), []
    for g, scale in enumerate(scales):
        here = number == g
        counted[here] = consecutive(counted[here], apart)[0]
        own = _closed_up(cells[here], counted[here])
        made.append(replace(scale, scores=[own[j] if apart[j] else shared[j] for j in range(len(own))]))
    return (cells if np.array_equal(counted, cells) else counted), tuple(made)


def _tied(cells: Cells, of: Ints, names: Sequence[str], shared: Any) -> None:
    """Refuses groups that no chain of shared items ties to the first."""
    answered = [(cells[of == g][:, shared] >= 0).any(axis=0) for g in range(len(names))]
    reached, left = answered[0].copy(), set(range(1, len(names)))
    while near := [g for g in sorted(left) if (answered[g] & reached).sum() >= _FEWEST_SHARED]:
        reached |= answered[near[0]]
        left.discard(near[0])
    if left:
        raise DataError(note("not-tied", group=names[min(left)], n=_FEWEST_SHARED))
