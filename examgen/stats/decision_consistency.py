"""Consistency and accuracy of pass–fail decisions from scores and cuts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from examgen.stats import data_notes
from examgen.stats import decision_methods as numerics
from examgen.stats.ability import against_answers
from examgen.stats.arguments import (
    ArgumentError,
    DataError,
    collection,
    number,
    shown,
    vector,
    whole,
    word,
)  # fmt: skip
from examgen.stats.decision_methods import Agreement
from examgen.stats.irt_abilities import eap, own_population
from examgen.stats.irt_items import KnownItems, parameters_from
from examgen.stats.irt_models import ItemParameters
from examgen.stats.matrix import Bools, Cells, Floats
from examgen.stats.response_data import as_responses, totals_alone
from examgen.stats.results import Argument, Note, Result, frame, sentences

FEW_FOR_SLOPES = 500
"""With fewer persons, the Rasch model is used for items scored 0 or 1."""
RIGHT_OR_WRONG = ("rasch", "1pl", "2pl")
MODELS = (*RIGHT_OR_WRONG, "grm", "pcm", "gpcm")
METHODS = (*numerics.BY_TOTALS, *numerics.BY_ABILITIES)
_NUMBERS = (
    "consistency", "kappa", "accuracy", "false_pass", "false_fail", "chance", "pass_rate", "pass_again",
    "fail_again",
)  # fmt: skip
ENOUGH = 100
"""The number of persons from which the consistency is more than a rough estimate."""
SIMULATED = 20_000
"""The number of persons simulated for each form with a decision rule; the standard error of a share is below
0.004."""
MOST_POINTS = 100_000.0
"""A greater full score is treated as a mistake."""
_FAR_OFF = 0.05
_ROUNDED, _OFF_BY_ROUNDING = 0.3, 0.03
"""How far a cut on the test of effective length is from the whole number taken for it, and by what share of
candidates the pass rate is off, from which on a note tells it."""
_OFF_MEAN, _OFF_SD, _SURE = 0.25, 0.15, 4.0
"""Shares of the standard deviation of totals by which known items miss their mean or that deviation, beyond
so many standard errors."""
TEXTS: dict[str, str] = {
    "title": "Consistency and accuracy of decisions, {n:,} [candidate|candidates]",
    # refusals
    "no-cut": "{argument} is the lowest passing score. Write a number",
    "no-complete-row": "{data} has no candidate with a score on every item. Give one form at a time, "
    "and write 0 where a blank counts as wrong",
    "no-totals": "{data} contains no totals",
    "no-full-score": "{data} contains totals. Give the maximum score with {argument}",
    "ends": "the totals are between {low:g} and {high:g}. {least} and {most} must include all of them",
    "items-of-totals": "{argument} needs item responses, but {data} contains totals",
    "model-of-scores": "{argument} does not fit these scores. Use {others}",
    # notes
    "left-out": "{n} [candidate lacks|candidates lack] a score and [is|are] excluded. Write 0 where a blank "
    "counts as wrong",
    "cut-outside": "a cut of {cut:g} is not between {low:g} and {high:g}, so it separates no candidates",
    "kr21": "reliability cannot be computed from totals. KR-21 is used, which is too low if items differ in "
    "difficulty; use {argument} if the reliability is known",
    "kr21.steps": "reliability cannot be computed from totals. KR-21 is used, which takes the maximum score "
    "for the number of items; use {argument} if the reliability is known",
    "reliability-unused": "{argument} changes no figure here: only {methods} use it",
    "few-candidates": "{n} candidates are few: with fewer than {enough}, figures are rough estimates",
    "one-candidate": "one candidate does not show how scores vary",
    "one-sided.all": "at a cut of {cut:g} all candidates passed, so little is known about it",
    "one-sided.none": "at a cut of {cut:g} no candidate passed, so little is known about it",
    "no-model": "there are too few data to fit an item response model",
    "no-model.gap": "some intermediate scores do not occur, so no model of partial scores is fitted",
    "no-model.items": "without parameters of {items} the ability-based methods are not used",
    "cut-between": "a cut of {cut:g} is between two scores. {least} is the lowest score that passes. Give it "
    "as the cut, for some methods take a cut as it is written",
    "not-converged": "the model {model} did not converge, so methods that rest on it have no figures",
    "endless-slope": "the model counts an item without a finite slope as free of error, so figures that rest "
    "on the model are somewhat too favourable",
    "of-method": "{method}: {reason}",
    "of-form": "form {form}: {reason}",
    "simulated": "the rule uses more than a total. An item response model of each form simulates two "
    "administrations of {n:,} candidates, and the rule decides both",
    "cut-rounded": "{method}: the effective length {length:.2f} is rounded to {n} items and the cut on them, "
    "{exact:.2f}, to {rounded}. By them {simulated:.0%} would pass, and {seen:.0%} did, so of the two kinds "
    "of wrong decisions one is shown too often, the other too seldom",
    "far-off": "according to the model {simulated:.0%} of candidates pass, but {seen:.0%} did. Use its "
    "figures with care",
    "items-off": "by the parameters of {argument}, totals would have a mean of {mean:.1f} and a standard "
    "deviation of {sd:.1f}; they have {seen:.1f} and {seen_sd:.1f}. The methods by abilities need items on a "
    "scale on which these candidates have mean 0 and standard deviation 1, without the constant 1.7",
    # why a method has no result
    "no-variance": "all totals are the same, so nothing is known about their errors",
    "no-reliability": "there is no reliability",
    "reliability-not-positive": "the reliability is not above 0, so nothing is known about true scores",
    "reliability-one": "with a reliability of 1 there is no error, so every decision would repeat",
    "too-short": "according to its reliability the test has the length of one item or less",
    "no-true-variance": "true scores do not vary",
    "no-beta": "no beta distribution has the mean and variance of the true scores",
    "two-parameters": "{methods}: no beta distribution with four parameters has the moments of the true "
    "scores and stays within the scale, so one with two parameters is taken",
    "two-terms": "Lord's k is too large for a two-term error distribution",
    "not-number-right": "this method needs the number right of items with one point each",
    "no-ability": "no ability has an expected score as high or as low as the cut",
    # findings
    "same-decision": "about {share:.0f} of 100 candidates would get the same decision on a parallel form "
    "(kappa {kappa:.2f})",
    "same-decision.all": "about {share:.0f} of 100 candidates would get the same decision on a parallel form",
    "again": "about {passing:.0f} of 100 who passed would pass again; about {failing:.0f} of 100 who failed "
    "would fail again",
    "right": "according to true scores about {right:.0f} of 100 decisions are right, {false_pass:.1f} pass "
    "but should not, and {false_fail:.1f} fail but should not",
    "columns": "consistency: share of all candidates with the same decision on a parallel form. kappa: the "
    "same beyond chance. accuracy: share with the decision of their true score. false pass: pass although "
    "the true score is below the cut; false fail: the reverse. pass again: share of those passing who would "
    "also pass on the parallel form.",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
note = sentences(TEXTS)


class DecisionConsistency(Result):
    """The consistency and accuracy of decisions, as returned by `decisions` and `decisions_of_forms`.

    Attributes
    ----------
    table : polars.DataFrame
        A row for each cut and method: `consistency` (the same decision twice), `kappa`, `accuracy` (the
        decision that the true score implies), `false_pass`, `false_fail`, `chance`, `pass_rate`,
        `pass_again`, `fail_again`, as proportions. Null if the method has no result; `notes` explain why.
    levels : polars.DataFrame or None
        With several cuts, the same columns for all levels together.
    contingency, truth : polars.DataFrame
        Proportions of persons by `cut` and `method`: in `contingency` by level in the `first` and in the
        `second` administration, in `truth` by `true` and `decided` level. Levels count from 0; `cut` is null
        for several cuts together.
    parameters : polars.DataFrame
        What each method estimated: `alpha`, `beta`, `low`, `high`, `n_parameters` of true scores (as shares
        of the scale), `effective_length`, `effective_length_rounded`, `cuts_on_test`, `lords_k`,
        `theta_cuts`.
    cuts : tuple of float
    min_score, max_score : float or None
        Ends of the scale; None if each form has its own.
    reliability : float or None
        Reliability of the totals; None if each form has its own.
    reliability_kind : str
        `given`, `alpha` or `kr21`.
    model : str or None
        The item response model used by Lee's and Rudner's methods; `given` if the item parameters were known.
    ability_mean, ability_sd : float or None
        The distribution of ability.
    n_persons, n_items : int
        The number of persons with a score on every item, and of items; None for total scores.
    mean, sd : float or None
        Mean and standard deviation of the totals.
    notes : tuple of Note
        Remarks on the data and the figures.
    findings : tuple of Note
        The meaning of the figures, in sentences.
    forms : polars.DataFrame or None
        For each form: `form`, `n` persons, `cut`, `points`, `reliability` (alpha).
    pass_rate_seen : float or None
        The proportion of persons on all forms who passed.
    """

    table: pl.DataFrame
    levels: pl.DataFrame | None
    contingency: pl.DataFrame
    truth: pl.DataFrame
    parameters: pl.DataFrame
    n_persons: int
    notes: tuple[str, ...]
    cuts: tuple[float, ...] = ()
    min_score: float | None = None
    max_score: float | None = None
    reliability: float | None = None
    reliability_kind: str = "alpha"
    model: str | None = None
    ability_mean: float | None = None
    ability_sd: float | None = None
    n_items: int | None = None
    mean: float | None = None
    sd: float | None = None
    findings: tuple[Note, ...] = ()
    forms: pl.DataFrame | None = None
    pass_rate_seen: float | None = None

    @property
    def title(self) -> str:
        """The kind of analysis and the number of candidates."""
        return note("title", n=self.n_persons)

    @property
    def figures(self) -> Mapping[str, object]:
        """The scale, the reliability and the model."""
        names = ("min_score", "max_score", "mean", "sd", "reliability", "model", "pass_rate_seen")
        found = {name: getattr(self, name) for name in names}
        if self.reliability is not None and math.isfinite(self.reliability):
            found["reliability_kind"] = self.reliability_kind
        return {name: value for name, value in found.items() if value is not None}

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Decisions by cut and method, the levels, and the forms."""
        found = {"decisions": self.table, "levels": self.levels, "forms": self.forms}
        left = {"chance", "fail_again"} | ({"cut"} if self.forms is not None else set())
        return {
            name: table if name == "forms" else table.select(pl.exclude(left))
            for name, table in found.items()
            if table is not None and len(table)
        }


class FormTotals(NamedTuple):
    """The total scores on a form, with its cut."""

    form: str
    cut: float
    totals: numerics.ScaledTotals


def decisions(
    data: object, cut: object, *, reliability: float | None = None, min_score: float = 0.0,
    max_score: float | None = None, methods: object = None, model: str | None = None, items: object = None,
    beta: int = 4,
) -> DecisionConsistency:  # fmt: skip
    """Estimate the consistency (on a parallel form) and the accuracy of pass–fail decisions.

    Parameters
    ----------
    data : Responses, data frame, array or vector
        Persons × items as `responses` takes it; persons without a score on every item are excluded. Or total
        scores, with `max_score`: a vector, or a table with one column besides ids.
    cut : float or sequence of float
        The lowest passing score; several cuts divide the scale into levels.
    reliability : float, optional
        Reliability of the totals, from -1 to 1. By default, alpha for responses, and KR-21 for a vector of
        totals.
    min_score, max_score : float, optional
        Ends of the scale of the totals; `max_score` is by default the sum of the items' highest scores.
    methods : str or sequence of str, optional
        One or more of `livingston-lewis`, `hanson-brennan`, `lee` (at the abilities of the persons),
        `lee-quadrature` (over the distribution of ability), `rudner`. By default all that the data allow.
    model : {"rasch", "1pl", "2pl", "grm", "pcm", "gpcm"}, optional
        The model for `lee` and `rudner`. By default `2pl` from 500 persons, `rasch` with fewer, and `grm` if
        items have several points.
    items : data frame or mapping, optional
        Known parameters, `fit.items` or such a table, on a scale where ability has mean 0 and sd 1; no model
        is fitted.
    beta : {4, 2}
        The number of parameters of the beta distribution of true scores.

    Returns
    -------
    DecisionConsistency

    Raises
    ------
    ArgumentError
        If scores are beyond the ends of the scale, a method is unknown, or the model does not fit the kind of
        scores.

    See Also
    --------
    angoff, borderline_group : standard setting, for the cuts.

    Notes
    -----
    Livingston & Lewis (1995), Hanson & Brennan (1990), Lee (2010), Rudner (2001). Equal to
    betafunctions' `LL.CA` and `HB.CA` and to cacIRT's `class.Lee` and `class.Rud` in R.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.decisions(es.example(n_items=20), cut=10, methods=["livingston-lewis", "lee"])
    >>> found.table.select("method", "consistency", "accuracy").rows()
    [('livingston-lewis', 0.79..., 0.85...), ('lee', 0.78..., 0.84...)]
    """
    cuts, least, most, model = checked(cut, reliability, min_score, max_score, model, beta)
    if not cuts:
        raise ArgumentError(note("no-cut", argument=Argument("cut")))
    wanted: tuple[str, ...] = METHODS
    if methods is not None:
        wanted = tuple(word("methods", one, METHODS) for one in collection("methods", methods, 1))
    notes: list[str] = []
    names: tuple[str, ...] = ()
    cells: Cells | None = None
    if alone := totals_alone("data", data):
        values = vector("data", alone["total"], missing=True)
        read = [one for one in getattr(data, "notes", ()) if getattr(one, "code", "") != "below-zero"]
        notes += [*read, *data_notes.repeated_ids(alone.get("id"))]
        kept = np.isfinite(values)
        if not kept.any():
            raise DataError(note("no-totals", data="data"))
        if items is not None:
            raise ArgumentError(note("items-of-totals", argument=Argument("items"), data="data"))
        if methods is not None and not set(wanted).isdisjoint(numerics.BY_ABILITIES):
            raise ArgumentError("methods lee and rudner need responses to items, and data are total scores")
    else:
        own = as_responses(data)
        if model in RIGHT_OR_WRONG and (unlike := [*data_notes.not_right_or_wrong(own)]):
            raise DataError(*unlike)
        notes += [*own.notes, *data_notes.notes_on_data(own)]
        kept = np.asarray((own.cells >= 0).all(axis=1))
        if not kept.any():
            raise DataError(note("no-complete-row", data="data"))
        names, cells = own.items, own.cells[kept]
        values = own.cells.sum(axis=1, dtype=np.int64).astype(np.float64)
    values = values[kept]
    if lacking := int((~kept).sum()):
        notes.append(note("left-out", n=lacking))
    of_items = None if cells is None else float(np.maximum(cells.max(axis=0), 1).sum(dtype=np.int64))
    if most is None:
        if of_items is None:
            raise ArgumentError(note("no-full-score", data="data", argument=Argument("max_score")))
        most = of_items
    low, high = float(values.min()), float(values.max())
    if of_items is not None and 2 * of_items <= most:
        notes.append(data_notes.note("far-below-full", scores="totals", high=high, most=most))
    if not least < most or low < least or high > most:
        ends = {"least": Argument("min_score"), "most": Argument("max_score")}
        raise ArgumentError(note("ends", low=low, high=high, **ends))
    kind = "given" if reliability is not None else "kr21" if cells is None else "alpha"
    totals = numerics.ScaledTotals(values, least, most, math.nan if reliability is None else reliability)
    if reliability is None:
        known = numerics.kr21(totals) if cells is None else numerics.alpha(cells)
        totals = totals._replace(reliability=known)
    within = [one for one in cuts if least < one <= most]
    notes += [note("cut-outside", cut=one, low=least, high=most) for one in cuts if one not in within]
    notes += [told for one in within for told in data_notes.cut_as_share(one, most)]
    if (values == np.rint(values)).all():
        between = [one for one in within if one % 1 and one > 1]
        notes += [note("cut-between", cut=one, least=math.ceil(one)) for one in between]
    if cells is None:
        notes += data_notes.notes_on_totals(values, "totals", most=most)
        is_formula = kind == "given" and least < 0  # points are taken off
        steps = [] if is_formula else [*data_notes.few_of_scale(values)]
        notes += steps
        if kind == "kr21" and math.isfinite(totals.reliability):
            notes.append(note("kr21" + ".steps" * bool(steps), argument=Argument("reliability")))
    if kind == "given" and set(wanted).isdisjoint(numerics.BY_TOTALS):
        used_by = ", ".join(numerics.BY_TOTALS)
        notes.append(note("reliability-unused", argument=Argument("reliability"), methods=used_by))
    if len(values) < 2:
        notes.append(note("one-candidate"))
    elif len(values) < ENOUGH:
        notes.append(note("few-candidates", n=len(values), enough=ENOUGH))
    for one in within:
        if low >= one or high < one:
            notes.append(note("one-sided.all" if low >= one else "one-sided.none", cut=one))
    fitted, name = None, None
    if cells is not None and not set(wanted).isdisjoint(numerics.BY_ABILITIES):
        fitted, name = _fitted(names, cells, model, items, notes)
    found = numerics.methods_of(totals, cells, fitted, int(beta))
    if methods is None and cells is None:
        wanted = numerics.BY_TOTALS
    outcomes = []
    for at in [*([one] for one in cuts), *([list(cuts)] if len(cuts) > 1 else [])]:
        for method in wanted:
            outcome = Outcome(method, at[0] if len(at) == 1 else None)
            if method in found and set(at) <= set(within):
                try:
                    states = found[method](at)
                    outcome = outcome._replace(agreed=numerics.agreement(states.states), told=states.told)
                    notes += _cut_rounded(outcome, totals)
                except numerics.NoTrueScores as reason:
                    why = _why(reason, "of-method", method=method)
                    notes += [why] * (why not in notes)
            outcomes.append(outcome)
    with_two = dict.fromkeys(one.method for one in outcomes if one.told.get("n_parameters") == 2)
    if int(beta) == 4 and with_two:
        notes.append(note("two-parameters", methods=", ".join(with_two)))
    singles = [one for one in outcomes if one.cut is not None]
    return DecisionConsistency(
        **_tables(singles, [one for one in outcomes if one.cut is None]), n_persons=len(values),
        notes=tuple(notes), cuts=cuts, min_score=least, max_score=most, reliability=totals.reliability,
        reliability_kind=kind, model=name, ability_mean=None if fitted is None else fitted.mean,
        ability_sd=None if fitted is None else fitted.sd, n_items=None if cells is None else cells.shape[1],
        mean=totals.mean, sd=math.sqrt(totals.variance) if len(values) > 1 else None,
    )  # fmt: skip


def _cut_rounded(outcome: Outcome, totals: numerics.ScaledTotals) -> Iterator[Note]:
    """Yield a note if the effective test of Livingston & Lewis has no whole number near the cut, so that its
    pass rate is not that of the candidates."""
    if outcome.cut is None or outcome.agreed is None or "cuts_on_test" not in outcome.told:
        return
    length, (rounded,) = outcome.told["effective_length"], outcome.told["cuts_on_test"]
    seen = float(np.mean(totals.values >= outcome.cut))
    off, scale = outcome.agreed.pass_rate - seen, totals.most - totals.least
    # half a point below the cut, as a share of either scale: it is lower where rounding lets more pass
    moved = (rounded - 0.5) / round(length) - (outcome.cut - totals.least - 0.5) / scale
    exact = round(length) * (outcome.cut - totals.least) / scale
    if abs(exact - rounded) > _ROUNDED and abs(off) > _OFF_BY_ROUNDING and off * moved < 0:
        yield note(
            "cut-rounded", method=outcome.method, length=length, n=round(length), exact=exact,
            rounded=rounded, simulated=outcome.agreed.pass_rate, seen=seen,
        )  # fmt: skip


class FormRule(NamedTuple):
    """The scores (N, J) of 0 and 1 on a form, with its decision rule: a function of scores (n, J) that
    returns who passes (n,)."""

    form: str
    items: tuple[str, ...]
    cells: Cells
    passes: Callable[[Cells], Bools]


def form_totals(
    form: str, cut: float, units: Floats, least: int, most: int, unit: int, sums: Floats, squares: Floats
) -> FormTotals:
    """Return the totals (N,) on a form in points. They and the ends of their scale are given in fractions of
    a point, `unit` of them to the point; alpha comes from the sums and the sums of squares (J,) of the items.
    """
    spread = squares - sums**2 / len(units)
    found = numerics.alpha_of(spread[spread > 0], float(((units - units.mean()) ** 2).sum()))
    return FormTotals(form, cut, numerics.ScaledTotals(units / unit, least / unit, most / unit, found))


def decisions_of_forms(
    forms: Sequence[FormTotals], *, number_right: bool, notes: Sequence[Note] = ()
) -> DecisionConsistency:
    """Return the consistency and accuracy on several forms together, weighted by their persons, each form
    with its own cut.

    Uses Hanson & Brennan's method if every form is the `number_right` of items of one point, else Livingston
    & Lewis's, with the same cut in both administrations. Null if a form has no result.
    """
    method = "hanson-brennan" if number_right else "livingston-lewis"
    by_method = numerics.hanson_brennan if number_right else numerics.livingston_lewis
    remarks, agreed = list[str](notes), list[Agreement | None]()
    for one in forms:
        try:
            agreed.append(numerics.agreement(by_method(one.totals, [one.cut]).states))
        except numerics.NoTrueScores as reason:
            remarks.append(_why(reason, "of-form", form=one.form))
            agreed.append(None)
    columns = {
        "form": [one.form for one in forms],
        "n": [len(one.totals.values) for one in forms],
        "cut": [one.cut for one in forms],
        "points": [one.totals.most for one in forms],
        "reliability": [one.totals.reliability for one in forms],
    }
    passed = sum(int(np.count_nonzero(one.totals.values >= one.cut)) for one in forms)
    return _of_forms(method, agreed, frame(columns), passed, remarks)


def decisions_of_rule(forms: Sequence[FormRule], *, seed: int = 1) -> DecisionConsistency:
    """Estimate by simulation how often any decision rule would decide the same again, over several forms
    weighted by their persons.

    An item response model of each form (`2pl` from 500 persons, else `rasch`) generates two administrations
    for each simulated person, and the rule decides on both. Null if a form has no model.
    """
    remarks: list[str] = [note("simulated", n=SIMULATED)]
    rng = np.random.default_rng(seed)
    agreed, passed = list[Agreement | None](), 0
    for one in forms:
        model, _ = _fitted(one.items, one.cells, None, None, remarks)
        passed += int(np.count_nonzero(one.passes(one.cells)))
        if model is None or model.flat:
            agreed.append(None)
            continue
        twice = numerics.two_administrations(model, SIMULATED, rng)
        first, second = (one.passes(cells) for cells in twice)
        counts = np.bincount(2 * first + second, minlength=4).reshape(2, 2)
        # which administration comes first says nothing
        agreed.append(Agreement((counts + counts.T) / (2 * SIMULATED), np.full((2, 2), math.nan)))
    columns = {"form": [one.form for one in forms], "n": [len(one.cells) for one in forms]}
    return _of_forms("simulation", agreed, frame(columns), passed, remarks)


def _of_forms(
    method: str, agreed: Sequence[Agreement | None], forms: pl.DataFrame, passed: int, notes: list[str]
) -> DecisionConsistency:
    """Forms together, by the agreement and the `n` persons of each; unknown where that of one is."""
    n = sum(forms["n"])
    seen, together = passed / n if n else None, None
    known = [one for one in agreed if one is not None]
    if known and len(known) == len(agreed):
        shares = (forms["n"] / n).to_numpy()
        contingency, truth = (np.tensordot(shares, np.stack(own), 1) for own in zip(*known, strict=True))
        together = Agreement(contingency, truth)
        if seen is not None and abs(together.pass_rate - seen) > _FAR_OFF:
            notes.append(note("far-off", simulated=together.pass_rate, seen=seen))
    tables = _tables([Outcome(method, None, together)], [])
    return DecisionConsistency(**tables, n_persons=n, notes=tuple(notes), forms=forms, pass_rate_seen=seen)


# ── arguments ────────────────────────────────────────────────────────────────────────────────


def checked(
    cut: object = None, reliability: object = None, min_score: object = 0.0, max_score: object = None,
    model: object = None, beta: object = 4,
) -> tuple[tuple[float, ...], float, float | None, str | None]:  # fmt: skip
    """Return the cuts in order, the ends of the scale and the model. Raises ArgumentError for arguments that
    are invalid for any data."""
    cuts = tuple(sorted({number("cut", one) for one in ([] if cut is None else collection("cut", cut, 1))}))
    if reliability is not None:
        number("reliability", reliability, -1.0, 1.0)
    if whole("beta", beta, 2, 4) == 3:
        word("beta", beta, ("4", "2"))
    return (
        cuts,
        number("min_score", min_score),
        None if max_score is None else number("max_score", max_score, high=MOST_POINTS),
        None if model is None else word("model", model, MODELS),
    )


def _fitted(
    names: Sequence[str], cells: Cells, model: str | None, items: object, notes: list[str]
) -> tuple[numerics.AbilityModel | None, str | None]:
    """The model of every item, as given or calibrated on complete scores; None, with a note, where there is
    none."""
    from examgen.stats.mml_fit import POLYTOMOUS, consecutive, fit_mml

    if items is not None:
        given = items if isinstance(items, KnownItems) else parameters_from(items, names, model, "items")
        notes += given.notes
        found, name = numerics.AbilityModel(given.parameters, given.counted(cells, "data"), 0.0, 1.0), "given"
        theta = eap(found.cells, found.parameters, own_population(0.0, 1.0)).theta
        usable = found.parameters.usable
        notes += against_answers(names, found.parameters, usable, found.cells, theta, "items")
        notes += _off_scale(found.parameters.part(usable), found.cells[:, usable])
    else:
        if len(cells) < 2 or cells.shape[1] < 2:
            notes.append(note("no-model"))
            return None, None
        partial = bool(cells.max() > 1)
        name = model or ("grm" if partial else "rasch" if len(cells) < FEW_FOR_SLOPES else "2pl")
        if partial != (name in POLYTOMOUS):
            others = "grm, pcm, gpcm" if partial else "rasch, 1pl, 2pl"
            raise ArgumentError(note("model-of-scores", argument=Argument("model", name), others=others))
        if partial and not np.array_equal(consecutive(cells)[0], cells):
            notes.append(note("no-model.gap"))
            return None, None
        fit = fit_mml(cells, name)  # like `irt`, to the last digit
        flat = any(one.code == "no-variance" for one in fit.notes)
        is_doubtful = flat or not fit.settled or not fit.converged
        # that it did not converge is told below, with what follows of it
        doubts = [
            one
            for one in fit.notes
            if one.code == "wide-ability" or (is_doubtful and one.code != "not-converged")
        ]
        notes += data_notes.notes_of_items(doubts, names)
        if not fit.settled:
            notes.append(note("not-converged", model=name))
            return None, None
        if not fit.converged:
            notes.append(note("endless-slope"))
        found = numerics.AbilityModel(fit.parameters, cells, float(fit.mean[0]), float(fit.sd[0]), flat)
    known = numerics.with_constants(found.parameters, found.cells)
    if known is None or not math.isfinite(found.sd):
        lacking = [
            item for item, one in zip(names, numerics.is_known(found.parameters), strict=True) if not one
        ]
        notes.append(note("no-model.items", items=shown(lacking)))
        return None, None
    return found._replace(parameters=known), name


def _off_scale(items: ItemParameters, cells: Cells) -> Iterator[Note]:
    """That known items do not make the totals of these complete scores (N, J) under N(0, 1)."""
    grid = own_population(0.0, 1.0)
    p, totals = items.probabilities(grid.nodes), cells.sum(axis=1, dtype=np.int64)
    k, n = np.arange(p.shape[2]), len(totals)
    expected = (p @ k).sum(axis=1)
    mean = float(grid.weights @ expected)
    errors = (p @ k**2 - (p @ k) ** 2).sum(axis=1)
    sd = math.sqrt(float(grid.weights @ (errors + (expected - mean) ** 2)))
    seen, seen_sd = float(totals.mean()), float(totals.std())
    off = abs(seen - mean) > sd * max(_OFF_MEAN, _SURE / math.sqrt(n))
    if off or abs(seen_sd - sd) > sd * max(_OFF_SD, _SURE / math.sqrt(2 * n)):
        yield note("items-off", argument=Argument("items"), mean=mean, sd=sd, seen=seen, seen_sd=seen_sd)


# ── what was found ───────────────────────────────────────────────────────────────────────────


class Outcome(NamedTuple):
    """The result of a method at one cut, or at all cuts together (`cut` None), and the parameters that it
    used."""

    method: str
    cut: float | None
    agreed: Agreement | None = None
    told: Mapping[str, Any] = {}


def _why(reason: numerics.NoTrueScores, text: str, **of: str) -> Note:
    """Why a method has no result, with the code of the reason."""
    own = note(str(reason.args[0]))
    return Note(own.code, TEXTS[text], reason=own, **of)


def _tables(singles: Sequence[Outcome], together: Sequence[Outcome]) -> dict[str, Any]:
    """The rows of single cuts, and of all, what they are made of, the parameters of the methods, and what the
    single cuts mean."""
    known = [(one, one.agreed) for one in (*singles, *together) if one.agreed is not None]
    estimated = [{"method": one.method, "cut": one.cut, **one.told} for one, _ in known if one.told]
    return {
        "table": _rows(singles),
        "levels": _rows(together).drop("cut") if together else None,
        "contingency": _shares([(one, agreed.contingency) for one, agreed in known], "first", "second"),
        "truth": _shares(
            [(one, agreed.truth) for one, agreed in known if not np.isnan(agreed.truth).any()],
            "true", "decided",
        ),
        "parameters": pl.DataFrame(estimated, infer_schema_length=None),
        "findings": _findings(singles),
    }  # fmt: skip


def _rows(outcomes: Sequence[Outcome]) -> pl.DataFrame:
    columns: dict[str, object] = {
        "method": [one.method for one in outcomes],
        "cut": np.array([math.nan if one.cut is None else one.cut for one in outcomes]),
    }
    columns |= {
        name: np.array([getattr(one.agreed, name, math.nan) for one in outcomes]) for name in _NUMBERS
    }
    return frame(columns)


def _shares(found: Sequence[tuple[Outcome, Floats]], row: str, column: str) -> pl.DataFrame:
    cells = [
        (one.method, one.cut, *place, float(share))
        for one, shares in found
        for place, share in np.ndenumerate(shares)
    ]
    schema = {"method": pl.String, "cut": pl.Float64, row: pl.Int64, column: pl.Int64, "share": pl.Float64}
    return pl.DataFrame(cells, schema=schema, orient="row")


def _findings(outcomes: Sequence[Outcome]) -> tuple[Note, ...]:
    """What the figures of one method and cut mean, or what the columns of several do."""
    if len(outcomes) > 1:
        return (note("columns"),)
    own = outcomes[0].agreed
    if own is None:
        return ()
    same = note("same-decision", share=100 * own.consistency, kappa=own.kappa)
    found = [same if math.isfinite(own.kappa) else note("same-decision.all", share=100 * own.consistency)]
    if math.isfinite(own.pass_again) and math.isfinite(own.fail_again):
        found.append(note("again", passing=100 * own.pass_again, failing=100 * own.fail_again))
    if math.isfinite(own.accuracy):
        wrong = {"false_pass": 100 * own.false_pass, "false_fail": 100 * own.false_fail}
        found.append(note("right", right=100 * own.accuracy, **wrong))
    return tuple(found)
