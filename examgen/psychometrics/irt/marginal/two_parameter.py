"""0/1 scores → a Rasch model, one- or two-parameter logistic model by marginal maximum likelihood.

`fit_logistic` decides which parameters are free, starts from one factor of the item–rest covariances,
maximises the likelihood as a function of the free parameters (`LogisticProblem`), and inverts the observed
information there for standard errors.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.words import noted, tell
from examgen.psychometrics.irt.items import Fit, ItemParameters, Note, dichotomous
from examgen.psychometrics.irt.marginal.ascent import Evaluation, Objective, Optimum, maximise, newton
from examgen.psychometrics.irt.marginal.counts import Ability, ability, least_log_sd, renormalised
from examgen.psychometrics.irt.marginal.logistic import (
    Expectation,
    complete_information,
    expectation,
    gradient,
)
from examgen.psychometrics.irt.marginal.observed_information import observed_information
from examgen.psychometrics.irt.marginal.responses import (
    PackedResponses,
    column_sums,
    prepare,
    row_sums,
    unpacked,
)
from examgen.psychometrics.irt.quadrature import Grid, beyond_nodes

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_WEAKEST, _STRONGEST = 0.25, 0.92
"""Least and greatest biserial correlation with the factor that a start is given."""
MOST_PARAMETERS = 4000
"""Beyond this many free parameters no matrix among them is built."""
_STEPS_WITHOUT_MATRIX = 60
_LEAST_ITEMS = {"rasch": 2, "1pl": 2, "2pl": 3}
_LEAST_CANDIDATES = {"rasch": 50, "1pl": 100, "2pl": 200}
"""Fewer than these are told of (Linacre, 1994; de Ayala, 2009, chapters 3 and 5)."""
_REFUSED = 10
"""Fewer candidates than these have no slopes: every answer can be explained by some."""
WORDS = {
    "no-answers": noted("nobody answered it: it is left out"),
    "all-right": noted("everybody who answered is right: it is left out"),
    "all-wrong": noted("everybody who answered is wrong: it is left out"),
    "not-dichotomous": noted("it has scores above 1: it is left out; fit a graded or partial credit model"),
    "slope-to-infinity": noted(
        "a slope of {slope:.0f} is a step between two nodes: the data know no finite one"
    ),
    "negative-slope": noted("the slope is negative ({slope:.2f}): the able do worse; look at the key"),
    "nothing-to-fit": noted("no item has two different scores: there is nothing to fit"),
    "not-identified": noted(
        "{n} item(s) do not determine the parameters of this model: it takes at least {least}"
    ),
    "too-few-candidates": noted(
        "{n} candidates cannot tell slopes: it takes at least {least}, and 200 to be of use"
    ),
    "few-candidates": noted(
        "{n} candidates are few for this model: errors are wide and their size is uncertain"
    ),
    "not-converged": noted("no maximum was reached after {steps} steps: take the numbers as provisional"),
    "no-variance": noted("the sd of ability goes to 0: candidates differ no more than by chance"),
    "wide-ability": noted(
        "the model integrates over abilities from −6 to 6, and those of the candidates (mean {mean:.1f}, "
        "sd {sd:.1f}) reach further: sd and difficulties are off by some per cent, or more"
    ),
    "wide-rasch": noted(
        "the model integrates over abilities from −6 to 6, and those of the candidates (mean {mean:.1f}, "
        "sd {sd:.1f}) reach further: sd and difficulties are off by some per cent, or more; 1pl is the same "
        "model without that"
    ),
}


def fit_logistic(
    scores: NDArray[np.int8],
    model: str,
    fixed: ItemParameters | None,
    grid: Grid,
    standard_errors: bool,
    max_iterations: int,
    tolerance: float,
) -> Fit:
    """Fit `rasch`, `1pl` or `2pl`; arguments as `models.fit_mml`.

    Raises
    ------
    ValueError
        For fixed slopes that the model does not allow: other than 1 (Rasch), or different ones (1PL).
    """
    task = _task(scores, model, fixed)
    items = np.flatnonzero(task.kept)
    responses = prepare(scores if task.kept.all() else scores[:, items], common_slope=model != "2pl")
    if not len(items) or not responses.n_candidates:
        return _nothing(task, responses.n_candidates, "nothing-to-fit")
    design = _design(task, responses, grid)
    anchored = bool(np.isfinite(task.fixed_a).any() or np.isfinite(task.fixed_d).any())
    if len(items) < _LEAST_ITEMS[model] and not anchored:
        return _nothing(task, responses.n_candidates, "not-identified", len(items), _LEAST_ITEMS[model])
    if model == "2pl" and responses.n_candidates < _REFUSED and not anchored:
        return _nothing(task, responses.n_candidates, "too-few-candidates", responses.n_candidates, _REFUSED)
    matrices = int(design.free.sum()) <= MOST_PARAMETERS
    ascent = _climb(design, tolerance, max_iterations, matrices)
    slopes = design.place(ascent.point.x)[0]
    if model == "2pl" and matrices and (np.abs(slopes) > _steepest(grid)).any():
        # A slope runs to infinity: such likelihoods have several maxima.
        again = _climb(_neutral(design), tolerance, max_iterations, matrices)
        ascent = again if again.point.value > ascent.point.value + tolerance else ascent
    if standard_errors and matrices and ascent.observed is None and ascent.converged:
        ascent = newton(ascent, _hill(design), tolerance, max_iterations)
    return _result(task, items, design, ascent, standard_errors)


class _Task(NamedTuple):
    """What is to be fitted, over all J items of the scores."""

    model: str
    kept: Flags
    """(J,) items of the fit."""
    fixed_a: Floats
    """(J,) NaN where free."""
    fixed_d: Floats
    notes: tuple[Note, ...]


def _task(scores: NDArray[np.int8], model: str, fixed: ItemParameters | None) -> _Task:
    """Which items can be fitted, and what of them is fixed."""
    n_items = scores.shape[1]
    a, d = np.full(n_items, np.nan), np.full(n_items, np.nan)
    if fixed is not None:
        a, d = np.array(fixed.a, dtype=np.float64), np.array(fixed.d[:, 0], dtype=np.float64)
    known = a[np.isfinite(a)]
    if model == "rasch":
        if (known != 1.0).any():
            raise ValueError(tell("the slopes of a Rasch model are 1: fixed ones cannot be others"))
        a = np.full(n_items, np.nan)
    if model == "1pl" and len(known):
        if (known != known[0]).any():
            raise ValueError(tell("a 1PL has one slope: fixed ones cannot be different"))
        a = np.full(n_items, known[0])
    notes = []
    lowest, highest = _range(scores)
    both = np.isfinite(d) & (np.isfinite(a) | (model == "rasch"))
    kept = (highest >= 0) & (highest <= 1) & (both | (lowest != highest))
    for j in np.flatnonzero(~kept):
        top = int(highest[j])
        code = {-1: "no-answers", 0: "all-wrong", 1: "all-right"}.get(top, "not-dichotomous")
        notes.append(Note(code, int(j), tell(WORDS[code])))
    return _Task(model, kept, a, d, tuple(notes))


def _range(scores: NDArray[np.int8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(J,) lowest and highest score; −1 where nobody answered."""
    highest = scores.max(axis=0, initial=-1).astype(np.int64)
    highest = np.maximum(highest, -1)
    # seen from below, missing is the greatest
    lowest = scores.view(np.uint8).min(axis=0, initial=255).astype(np.int64)
    return np.where(highest < 0, -1, lowest), highest


def _design(task: _Task, responses: PackedResponses, grid: Grid) -> LogisticProblem:
    """Start values and what is free. Fixed intercepts free the mean, fixed slopes the sd of ability."""
    kept = task.kept
    fixed_a, fixed_d = task.fixed_a[kept], task.fixed_d[kept]
    a, d = start_values(responses)
    free_a = np.isnan(fixed_a)
    if task.model != "2pl":
        free_a = np.array([task.model == "1pl" and bool(np.isnan(task.fixed_a[0]))])
        fixed_a = np.ones(1) if task.model == "rasch" else fixed_a[:1]
    free_d = np.isnan(fixed_d)
    base = np.concatenate([np.where(free_a, a, fixed_a), np.where(free_d, d, fixed_d), [0.0, 0.0]])
    free_mean = not free_d.all()
    free_sd = task.model == "rasch" or not free_a.all()
    free = np.concatenate([free_a, free_d, [free_mean, free_sd]])
    return LogisticProblem(responses, grid, base, free, ability(grid, 0.0, 0.0))


def start_values(responses: PackedResponses) -> tuple[Floats, Floats]:
    """Slopes (J,) or (1,), and intercepts (J,), from facilities and item–rest covariances.

    With cov(x_j, x_k) = λ_j λ_k the covariance with the rest is λ_j (Λ − λ_j), Λ = Σ λ. Over the ordinate of
    the normal density λ is a biserial correlation ρ; slope and intercept are 1.7 ρ / √(1 − ρ²) and
    1.7 Φ⁻¹(p) / √(1 − ρ²) (Lord, 1980, equations 3-4 and 3-9).
    """
    facility = np.clip(responses.right / np.maximum(responses.taken, 1.0), 1e-4, 1 - 1e-4)
    if responses.common_slope:
        return np.ones(1), np.asarray(1.2 * np.log(facility / (1.0 - facility)))
    z = np.array([NormalDist().inv_cdf(p) for p in facility.tolist()])
    ordinate = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    rest = _item_rest_covariances(responses, facility)
    loading = np.sqrt(np.maximum(rest, 0.0) / max(responses.n_items - 1, 1))
    for _ in range(5):
        total = np.sqrt(max(rest.sum() + float(loading @ loading), 1e-8))
        loading = rest / np.maximum(total - loading, 0.2 * total)
    correlation = loading / ordinate
    sign = np.where(correlation < -0.05, -1.0, 1.0)
    correlation = sign * np.clip(np.abs(correlation), _WEAKEST, _STRONGEST)
    stretch = 1.702 / np.sqrt(1.0 - correlation**2)
    return correlation * stretch, z * stretch


def _item_rest_covariances(responses: PackedResponses, facility: Floats) -> Floats:
    """(J,) covariances of each item with the sum of the others, over those who took it; with missing answers
    stretched to the whole test."""
    n_items, weights = responses.n_items, responses.weights
    above = row_sums(responses.codes, np.ones(n_items))
    answered = np.empty(len(weights))
    for part in responses.parts:
        masks = unpacked(part.masks, n_items)
        sizes = np.diff(np.append(part.first, part.stop - part.start))
        rows = slice(part.start, part.stop)
        above[rows] -= np.repeat(masks @ facility, sizes)
        answered[rows] = np.repeat(masks.sum(axis=1), sizes)
    of_right = column_sums(responses.codes, weights * above, n_items)
    of_all, others = np.zeros(n_items), np.zeros(n_items)
    for part in responses.parts:
        masks = unpacked(part.masks, n_items)
        rows = slice(part.start, part.stop)
        of_all += np.add.reduceat(weights[rows] * above[rows], part.first) @ masks
        others += np.add.reduceat(weights[rows] * (answered[rows] - 1.0), part.first) @ masks
    taken = np.maximum(responses.taken, 1.0)
    covariance = (of_right - facility * of_all) / taken - facility * (1.0 - facility)
    return np.asarray(covariance * (n_items - 1) / np.maximum(others / taken, 1e-9))


class LogisticProblem(NamedTuple):
    """One group's model: slopes (S), intercepts (J), mean and log sd, and what of them is free."""

    responses: PackedResponses
    grid: Grid
    base: Floats
    """(S + J + 2,) values of what is fixed; starts of what is free."""
    free: NDArray[np.bool_]
    prior: Ability
    """Distribution of ability at `base`."""

    @property
    def n_slopes(self) -> int:
        """J, or 1 with a common slope."""
        return len(self.base) - 2 - self.responses.n_items

    def place(self, x: Floats) -> tuple[Floats, Floats, Ability]:
        """Slopes, intercepts and distribution of ability at the free parameters x."""
        full = self.base.copy()
        full[self.free] = x
        full[-1] = max(full[-1], least_log_sd(self.grid))
        prior = ability(self.grid, full[-2], full[-1]) if self.free[-2:].any() else self.prior
        return full[: self.n_slopes], full[self.n_slopes : -2], prior

    def evaluate(self, x: Floats) -> Evaluation:
        """One E-step: objective, gradient and EM step."""
        a, d, prior = self.place(x)
        found = expectation(self.responses, a, d, prior)
        slope = gradient(found, prior)
        if self.at_least_sd(x):
            slope[-1] = max(slope[-1], 0.0)
        step, scale = self._em_step(found, prior, np.where(self.free, slope, 0.0))
        free = self.free
        return Evaluation(x, found.objective, slope[free], x + step[free], scale[free])

    def information(self, x: Floats) -> Floats:
        """Observed information of the free parameters."""
        a, d, prior = self.place(x)
        return self._of_free(observed_information(self.responses, a, d, prior), x)

    def reported_information(self, x: Floats) -> Floats:
        """The same of the log-likelihood that is reported, for standard errors.

        As in mirt, of mean and variance under renormalised weights. In the scale of log sd a curvature by the
        variance is that by log sd less twice the slope, which is not 0 where the nodes cut the tails.
        """
        a, d, prior = self.place(x)
        prior = renormalised(prior)
        found = expectation(self.responses, a, d, prior)
        full = observed_information(self.responses, a, d, prior, found)
        full[-1, -1] += 2.0 * float(found.posterior @ prior.first[:, 1])
        return self._of_free(full, x)

    def _of_free(self, full: Floats, x: Floats) -> Floats:
        """Rows and columns of what is free; an sd at its lower end stands alone."""
        if self.at_least_sd(x):
            full[-1], full[:, -1], full[-1, -1] = 0.0, 0.0, 1.0
        return np.asarray(full[np.ix_(self.free, self.free)])

    def at_least_sd(self, x: Floats) -> bool:
        """Whether a free sd of ability is at its lower end: it is not told from 0."""
        return bool(self.free[-1] and x[-1] <= least_log_sd(self.grid))

    def log_likelihood(self, point: Evaluation) -> float:
        """As it is reported: with renormalised weights."""
        return point.value - self.responses.n_candidates * self.place(point.x)[2].log_total

    def _em_step(self, found: Expectation, prior: Ability, slope: Floats) -> tuple[Floats, Floats]:
        """Step of scoring on the complete data, and the roots of the information of each parameter."""
        aa, ad, dd, of_ability = complete_information(found, prior)
        n, s = self.responses.n_items, self.n_slopes
        free_a, free_d = self.free[:s], self.free[s:-2]
        dd = np.where(free_d, dd, 1.0) + 1e-9
        ad = np.where(free_a & free_d, ad, 0.0)
        g_a, g_d = slope[:s], slope[s:-2]
        step = np.zeros(len(slope))
        if self.responses.common_slope:
            alone = (aa.sum() if free_a[0] else 1.0) + 1e-9
            step[0] = (g_a[0] - (ad / dd) @ g_d) / max(alone - float((ad / dd) @ ad), 1e-9)
            of_slopes = np.array([alone])
        else:
            of_slopes = np.where(free_a, aa, 1.0) + 1e-9
            step[:n] = (g_a - ad / dd * g_d) / np.maximum(of_slopes - ad * ad / dd, 1e-9)
        step[s:-2] = (g_d - ad * step[:s]) / dd
        kept = self.free[-2:]
        block = np.where(np.outer(kept, kept), of_ability, np.eye(2)) + 1e-6 * np.eye(2)
        step[-2:] = np.linalg.solve(block, slope[-2:]) if kept.any() else 0.0
        _shorten(step, s)
        return step, np.sqrt(np.concatenate([of_slopes, dd, np.abs(np.diag(block)) + 1e-9]))


def _shorten(step: Floats, n_slopes: int) -> None:
    """No parameter goes further than 2 in one step; slope and intercept of an item are shortened together."""
    if np.abs(step).max(initial=0.0) <= 2.0:
        return
    if n_slopes == 1:
        step *= 2.0 / np.abs(step).max()
        return
    longest = np.maximum(np.abs(step[:n_slopes]), np.abs(step[n_slopes:-2]))
    factor = np.minimum(1.0, 2.0 / np.maximum(longest, 1e-300))
    step[:n_slopes] *= factor
    step[n_slopes:-2] *= factor
    step[-2:] = np.clip(step[-2:], -1.0, 1.0)


def _climb(design: LogisticProblem, tolerance: float, max_iterations: int, matrices: bool) -> Optimum:
    """The ascent from the start values, without Newton where there are too many parameters."""
    return maximise(
        design.base[design.free],
        _hill(design) if matrices else _hill(design)._replace(information=None),
        tolerance=tolerance,
        max_iterations=max_iterations if matrices else min(max_iterations, _STEPS_WITHOUT_MATRIX),
    )


def _hill(design: LogisticProblem) -> Objective:
    return Objective(design.evaluate, lambda point: design.information(point.x))


def _steepest(grid: Grid) -> float:
    """A slope at which the curve is a step between two nodes: to the likelihood it is infinite."""
    return 2.0 / float(np.diff(grid.nodes).max()) if len(grid.nodes) > 1 else np.inf


def _neutral(design: LogisticProblem) -> LogisticProblem:
    """The same with slopes of 1 and intercepts from facilities as start."""
    responses = design.responses
    facility = np.clip(responses.right / np.maximum(responses.taken, 1.0), 1e-3, 1 - 1e-3)
    values = np.concatenate(
        [np.ones(responses.n_items), np.log(facility / (1.0 - facility)), design.base[-2:]]
    )
    return design._replace(base=np.where(design.free, values, design.base))


def _nothing(task: _Task, n_candidates: int, code: str, n: int | None = None, least: int = 0) -> Fit:
    """The fit where there is nothing to fit."""
    n_items = len(task.kept)
    none, nan = np.full(n_items, np.nan), float("nan")
    note = Note(code, None, tell(WORDS[code], n=n, least=least), () if n is None else (str(n), str(least)))
    return Fit(
        model=task.model,
        parameters=dichotomous(task.fixed_a, task.fixed_d),
        se_a=none,
        se_d=none[:, None],
        se_b=none[:, None],
        se_c=none,
        se_u=none,
        mean=np.array([nan]),
        sd=np.array([nan]),
        se_mean=np.array([nan]),
        se_sd=np.array([nan]),
        log_likelihood=nan,
        log_prior=0.0,
        n_parameters=0,
        n_candidates=n_candidates,
        converged=False,
        iterations=0,
        covariance=np.empty((0, 0)),
        free=(),
        notes=(*task.notes, note),
    )


def _result(
    task: _Task, items: NDArray[np.int64], design: LogisticProblem, ascent: Optimum, asked: bool
) -> Fit:
    """The fit from where the ascent ended."""
    full = design.base.copy()
    full[design.free] = ascent.point.x
    full[-1] = max(full[-1], least_log_sd(design.grid))
    n_slopes = design.n_slopes
    # Without anchors the direction of ability is ours to choose.
    anchored = np.isfinite(task.fixed_a).any() or np.isfinite(task.fixed_d).any()
    sign = -1.0 if not anchored and full[:n_slopes].sum() < 0 else 1.0
    full[:n_slopes] *= sign
    a, d = task.fixed_a.copy(), task.fixed_d.copy()
    if task.model == "rasch":
        a[:] = 1.0
    a[items], d[items] = full[:n_slopes], full[n_slopes:-2]
    left = ~task.kept & (np.isnan(task.fixed_d) | (np.isnan(task.fixed_a) & (task.model != "rasch")))
    a[left], d[left] = np.nan, np.nan
    a[np.abs(a) < 1e-6] = 0.0
    endless = np.isnan(task.fixed_a) & np.isfinite(a) & (np.abs(a) > _steepest(design.grid))
    labels = labels_of(items, design)
    covariance, labels, trouble = covariance_of(labels, design, ascent, endless, asked, sign)
    se_a, se_d, se_b = errors_of(labels, covariance, a, d)
    if task.model == "1pl" and labels and labels[0][0] == "a":
        se_a = np.where(np.isfinite(a), se_a[items[0]], np.nan)
        se_b = common_slope_errors(labels, covariance, a, d)
    of_ability = {label[0]: n for n, label in enumerate(labels) if label[0] in {"mean", "sd"}}
    error = {name: float(np.sqrt(covariance[n, n])) for name, n in of_ability.items()}
    notes = [*task.notes, *_notes(task, a, endless, design, ascent), *trouble]
    nan = np.full(len(a), np.nan)
    return Fit(
        model=task.model,
        parameters=dichotomous(a, d),
        se_a=se_a,
        se_d=se_d[:, None],
        se_b=se_b[:, None],
        se_c=nan,
        se_u=nan,
        mean=full[-2:-1].copy(),
        sd=np.exp(full[-1:]),
        se_mean=np.array([error.get("mean", np.nan)]),
        se_sd=np.array([error.get("sd", np.nan)]),
        log_likelihood=design.log_likelihood(ascent.point),
        log_prior=0.0,
        n_parameters=int(design.free.sum()),
        n_candidates=design.responses.n_candidates,
        converged=ascent.converged and not endless.any(),
        iterations=ascent.iterations,
        covariance=covariance,
        free=tuple(labels),
        notes=tuple(notes),
    )


def _notes(task: _Task, a: Floats, endless: Flags, design: LogisticProblem, ascent: Optimum) -> list[Note]:
    """What a user must know of the fit."""
    notes = []
    for j in np.flatnonzero(endless) if task.model == "2pl" else []:
        notes.append(
            Note("slope-to-infinity", int(j), tell(WORDS["slope-to-infinity"], slope=a[j]), (f"{a[j]:.0f}",))
        )
    if task.model == "1pl" and endless.any():
        notes.append(
            Note(
                "slope-to-infinity",
                None,
                tell(WORDS["slope-to-infinity"], slope=a[endless][0]),
                (f"{a[endless][0]:.0f}",),
            )
        )
    for j in np.flatnonzero((a < 0) & ~endless & np.isnan(task.fixed_a)):
        notes.append(
            Note("negative-slope", int(j), tell(WORDS["negative-slope"], slope=a[j]), (f"{a[j]:.2f}",))
        )
    if not ascent.converged:
        notes.append(
            Note(
                "not-converged",
                None,
                tell(WORDS["not-converged"], steps=ascent.iterations),
                (f"{ascent.iterations}",),
            )
        )
    if design.at_least_sd(ascent.point.x) or (task.model == "1pl" and np.abs(a[np.isfinite(a)]).max() < 0.05):
        notes.append(Note("no-variance", None, tell(WORDS["no-variance"])))
    full = design.base.copy()
    full[design.free] = ascent.point.x
    mean, sd = float(full[-2]), float(np.exp(full[-1]))
    if beyond_nodes(mean, sd, float(np.abs(design.grid.nodes).max())):
        alone = task.model == "rasch" and not design.free[-2]
        words = tell(WORDS["wide-rasch" if alone else "wide-ability"], mean=mean, sd=sd)
        notes.append(Note("wide-ability", None, words, (f"{mean:.1f}", f"{sd:.1f}")))
    n = design.responses.n_candidates
    if n < _LEAST_CANDIDATES[task.model] and np.isnan(task.fixed_d).any():
        notes.append(Note("few-candidates", None, tell(WORDS["few-candidates"], n=n), (f"{n}",)))
    return notes


def labels_of(items: NDArray[np.int64], design: LogisticProblem) -> list[tuple[str, int, int]]:
    """(parameter, item, step) of each free parameter; a common slope is that of the first item."""
    names = [("a", int(j), 0) for j in items[: design.n_slopes]] + [("d", int(j), 0) for j in items]
    names += [("mean", 0, 0), ("sd", 0, 0)]
    return [name for name, is_free in zip(names, design.free, strict=True) if is_free]


def covariance_of(
    labels: list[tuple[str, int, int]],
    design: LogisticProblem,
    ascent: Optimum,
    endless: Flags,
    asked: bool,
    sign: float,
) -> tuple[Floats, list[tuple[str, int, int]], list[Note]]:
    """Inverse of the observed information of what has a finite estimate; its labels; what went wrong."""
    none = np.empty((0, 0))
    if not asked:
        return none, [], []
    if len(labels) > MOST_PARAMETERS:
        return (
            none,
            [],
            [
                Note(
                    "too-many-parameters",
                    None,
                    tell("no standard errors: more than 4,000 free parameters"),
                    ("4,000",),
                )
            ],
        )
    if design.free[-2:].any():
        observed = design.reported_information(ascent.point.x)
    else:
        observed = ascent.observed if ascent.observed is not None else design.information(ascent.point.x)
    common = design.responses.common_slope
    keep = np.array(
        [name not in {"a", "d"} or not endless[j] or (common and name == "d") for name, j, _ in labels]
    )
    keep[-1:] &= not design.at_least_sd(ascent.point.x)
    observed = observed[np.ix_(keep, keep)]
    labels = [label for label, kept in zip(labels, keep, strict=True) if kept]
    diagonal = np.diag(observed)
    root = None
    if labels and np.isfinite(observed).all() and diagonal.min() > 0.0:
        scale = 1.0 / np.sqrt(diagonal)
        root = _root(observed * np.outer(scale, scale))
    if root is None:
        return (
            none,
            [],
            [
                Note(
                    "singular-information",
                    None,
                    tell("no standard errors: the data do not determine all parameters"),
                )
            ]
            if labels
            else [],
        )
    half = np.linalg.inv(root) * scale
    chain = np.array([sign if name == "a" else 1.0 for name, _, _ in labels])
    if labels and labels[-1][0] == "sd":
        chain[-1] = np.exp(ascent.point.x[-1])
    return np.asarray(half.T @ half * np.outer(chain, chain)), labels, []


def _root(matrix: Floats) -> Floats | None:
    """Cholesky factor; None where the matrix is singular, or as good as."""
    try:
        root = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return None
    return None if np.diag(root).min() < 1e-6 else np.asarray(root)


def errors_of(
    labels: list[tuple[str, int, int]], covariance: Floats, a: Floats, d: Floats
) -> tuple[Floats, Floats, Floats]:
    """Standard errors of slopes, intercepts and difficulties b = −d / a, these by the delta method."""
    variance = {"a": np.full(len(a), np.nan), "d": np.full(len(a), np.nan)}
    place = {"a": np.full(len(a), -1), "d": np.full(len(a), -1)}
    for n, (name, j, _) in enumerate(labels):
        if name in place:
            variance[name][j], place[name][j] = covariance[n, n], n
    both = (place["a"] >= 0) & (place["d"] >= 0)
    shared = np.zeros(len(a))
    shared[both] = covariance[place["a"][both], place["d"][both]]
    with np.errstate(divide="ignore", invalid="ignore"):
        b = -d / a
        of_b = np.nan_to_num(variance["d"]) + b * b * np.nan_to_num(variance["a"]) + 2.0 * b * shared
        of_b = np.where(((place["a"] >= 0) | (place["d"] >= 0)) & (a != 0.0), of_b / a**2, np.nan)
    return np.sqrt(variance["a"]), np.sqrt(variance["d"]), np.sqrt(np.maximum(of_b, 0.0))


def common_slope_errors(
    labels: list[tuple[str, int, int]], covariance: Floats, a: Floats, d: Floats
) -> Floats:
    """Standard errors of difficulties with one slope, which stands first."""
    out = np.full(len(a), np.nan)
    for j in np.flatnonzero(np.isfinite(d) & (a != 0.0)):
        weights = np.zeros(len(labels))
        weights[0] = d[j] / a[j] ** 2
        if ("d", int(j), 0) in labels:
            weights[labels.index(("d", int(j), 0))] = -1.0 / a[j]
        out[j] = np.sqrt(max(float(weights @ covariance @ weights), 0.0))
    return out
