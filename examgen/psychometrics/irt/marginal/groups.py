"""Scores of several groups → a logistic model (Rasch, 1PL, 2PL, 3PL) with the same items in all groups but
for those that are let free, by marginal maximum likelihood. Groups need not have been given the same items.

Ability is N(0, 1) in the first group (in a Rasch model N(0, σ²)) and N(μ, σ²) in the others as long as an
item is shared; the quadrature is mirt's, 61 nodes on [−6, 6] that do not move.

A model without asymptotes is a map from the parameters of all groups to its free ones (`GroupConstraints`);
the ascent knows nothing else of it. The 3PL is a `problem` of several groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.core.responses.matrix import Scores, group_numbers, score_cells, score_ranges
from examgen.core.words import tell
from examgen.psychometrics.irt.marginal import ascent
from examgen.psychometrics.irt.marginal.asymptotes import C_AT_ZERO, ends, rough_start
from examgen.psychometrics.irt.marginal.category_curves import Asymptotes, sigmoid
from examgen.psychometrics.irt.marginal.fitting import LEAST_CANDIDATES, STEEPEST, WORDS
from examgen.psychometrics.irt.marginal.logistic import Expectation, complete_matrix, expectation, gradient
from examgen.psychometrics.irt.marginal.observed_information import observed_information
from examgen.psychometrics.irt.marginal.priors import Prior, checked, on_logit
from examgen.psychometrics.irt.marginal.problem import marginal_problem, maximise_posterior
from examgen.psychometrics.irt.marginal.responses import Responses, prepare
from examgen.stats.irt_models import Note
from examgen.stats.quadrature import Ability, ability, beyond_nodes, normal_grid, renormalised

MODELS = ("rasch", "1pl", "2pl", "3pl")
FEWEST_VARYING = 2
"""With fewer items that some of a group got right and some wrong, nothing is known of its ability."""
FIXED = -1
ENOUGH = 1e-10
"""Stop when the next step promises less log-likelihood than this."""
STEEP = 25.0
"""A slope that gets so far runs to infinity: it is held there."""
_LIMIT_D = 150.0
FAR, NARROW, WIDE = 5.0, 0.1, 5.0
"""Means and standard deviations of ability beyond which the nodes tell nothing."""
_ROUNDING = 1e-9
_FEW = 30
"""Fewer candidates hardly tell how a group is distributed."""
MOST_STEPS = 100
_LONGEST = 2.0
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class GroupsFit(NamedTuple):
    """A model for G groups and J items. NaN for items that were left out."""

    a: Floats
    """(G, J) slopes."""
    d: Floats
    """(G, J) intercepts: P = 1/(1 + exp(−(aθ + d)))."""
    se_a: Floats
    """(G, J); NaN where fixed."""
    se_d: Floats
    covariance_ad: Floats
    """(G, J) covariance of an item's slope and intercept."""
    mean: Floats
    """(G,) of ability."""
    sd: Floats
    se_mean: Floats
    """(G,) NaN where fixed."""
    se_sd: Floats
    log_likelihood: float
    n_parameters: int
    n_candidates: int
    converged: bool
    """Whether the climb ended; what ran into a bound on the way is told in `notes`, see `settled`."""
    iterations: int
    notes: tuple[Note, ...]
    c: Floats
    """(G, J) lower asymptotes; 0 unless 3PL."""
    se_c: Floats

    @property
    def settled(self) -> bool:
        """Whether the climb ended at a maximum, with no slope and no ability at a bound of the nodes."""
        lost = {"slope-to-infinity", "ability-out-of-range"}
        return self.converged and lost.isdisjoint(note.code for note in self.notes)

    @property
    def se_b(self) -> Floats:
        """(G, J) by the delta method; a slope that is fixed has no error."""
        se_a, both = np.nan_to_num(self.se_a), np.nan_to_num(self.covariance_ad)
        with np.errstate(divide="ignore", invalid="ignore"):
            square = self.se_d**2 + 2.0 * self.b * both + self.b**2 * se_a**2
            return np.asarray(np.sqrt(square) / np.abs(self.a))

    @property
    def b(self) -> Floats:
        """(G, J) difficulties −d/a."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(-self.d / self.a)


def fit_groups(
    scores: Scores,
    groups: ArrayLike,
    *,
    model: str = "2pl",
    free: NDArray[np.bool_] | None = None,
    standard_errors: bool = True,
    prior_c: Prior | None = None,
) -> GroupsFit:
    """Fit one model to all groups.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        0, 1, or negative or NaN where missing. Items that nobody or everybody got right are left out; of
        those that are let free, where that is so in one group.
    groups : array_like, shape (N,)
        0 … G − 1, or names, which are numbered in their order.
    model : {'2pl', '1pl', 'rasch', '3pl'}
    free : ndarray of bool, shape (J,), optional
        Items with parameters of their own in each group; the others are the same in all (all, by default).
    standard_errors : bool
        From the observed information.
    prior_c : Prior, optional
        Of the lower asymptotes, for `3pl`.

    References
    ----------
    Bock & Zimowski (1997), Multiple group IRT. Louis (1982) for the information.
    """
    if model not in MODELS:
        raise ValueError(f"model is {model!r}; it must be one of {MODELS}")
    scores = score_cells(scores)
    groups = group_numbers(groups, len(scores))
    n_items = scores.shape[1]
    free = np.zeros(n_items, dtype=np.bool_) if free is None else np.asarray(free, dtype=np.bool_)
    data, usable, notes = prepared(scores, groups, free)
    if model == "3pl" and usable.any():
        return _three_parameters(scores, groups, free, usable, notes, prior_c, standard_errors)
    if not data or usable.sum() < 1:
        table = np.full((max(int(groups.max(initial=-1)) + 1, 1), n_items), np.nan)
        each = table.sum(axis=1)
        return GroupsFit(
            a=table, d=table, se_a=table, se_d=table, covariance_ad=table, mean=each, sd=each, se_mean=each,
            se_sd=each, log_likelihood=float("nan"), n_parameters=0, n_candidates=0, converged=False,
            iterations=0, notes=tuple(notes), c=table, se_c=table,
        )  # fmt: skip
    places, n_groups = np.flatnonzero(usable), len(data)
    n_used = len(places)
    shape = constrained(n_groups, n_used, free[usable], free[usable], model == "rasch", model == "1pl")
    found = maximise_groups(data, shape, start(data))
    a, d = found.parameters[:, :n_used], found.parameters[:, n_used:-2]
    mean, sd = found.parameters[:, -2], np.exp(found.parameters[:, -1])
    # of each group's parameters (G, 2J + 2, 2J + 2), NaN where fixed
    covariance = np.full((n_groups, 2 * n_used + 2, 2 * n_used + 2), np.nan)
    if standard_errors:
        lower, upper = _bounds(shape)
        values = _values(found.parameters, shape)
        inside = np.flatnonzero((values > lower) & (values < upper))
        inverse = np.full((shape.n_free, shape.n_free), np.nan)
        own_inverse = inverse_of(assembled(found.curvatures, shape)[np.ix_(inside, inside)])
        if own_inverse is None:
            words = tell("The information matrix is not positive definite, so there are no standard errors.")
            notes.append(Note("no-standard-errors", None, words))
        else:
            inverse[np.ix_(inside, inside)] = own_inverse
            for own, place in zip(covariance, shape.place, strict=True):
                some = np.flatnonzero(place >= 0)
                own[np.ix_(some, some)] = inverse[np.ix_(place[some], place[some])]
    if not found.converged:
        words = tell("The likelihood was still rising after {most_steps} steps.", most_steps=MOST_STEPS)
        notes.append(Note("not-converged", None, words))
    steep = np.asarray((np.abs(found.parameters[:, :n_used]) >= STEEP).any(axis=0))
    for j in np.flatnonzero(steep):
        words = tell("The slope is infinite, so it is not an estimate.")
        notes.append(Note("slope-to-infinity", int(places[j]), words))
    n = np.array([g.n_candidates for g in data])
    if n_groups > 1:
        notes += _falling(a, steep, places)
        mean, sd, more = told_abilities(mean, sd, n)
        notes += more
    deviation = np.sqrt(np.einsum("gpp->gp", covariance))
    deviation[:, np.concatenate([steep, steep, [False, False]])] = np.nan
    items = np.arange(n_used)

    def spread(values: Floats) -> Floats:
        out = np.full((n_groups, n_items), np.nan)
        out[:, usable] = values
        return out

    return GroupsFit(
        a=spread(a), d=spread(d), se_a=spread(deviation[:, :n_used]), se_d=spread(deviation[:, n_used:-2]),
        covariance_ad=spread(covariance[:, items, n_used + items]),
        mean=mean, sd=sd, se_mean=deviation[:, -2], se_sd=deviation[:, -1] * sd,
        log_likelihood=found.log_likelihood, n_parameters=shape.n_free, n_candidates=int(n.sum()),
        converged=found.converged, iterations=found.iterations, notes=tuple(notes),
        c=spread(np.zeros_like(a)), se_c=np.full((n_groups, n_items), np.nan),
    )  # fmt: skip


def prepared(
    scores: NDArray[np.int8], groups: NDArray[np.integer], free: Bools | None = None
) -> tuple[list[Responses], Bools, list[Note]]:
    """Answers by group, of the items that can be estimated, and which items those are: in every group; where
    `free` says which are not the same in all, the others are estimated from all groups together."""
    n_groups = int(groups.max(initial=-1)) + 1
    usable, notes = np.ones(scores.shape[1], dtype=np.bool_), []
    for g in range(n_groups):
        cells = scores[groups == g]
        lowest, highest = score_ranges(cells)
        odd = (highest != 1) | (lowest != 0)
        if free is not None and (~odd).sum() >= FEWEST_VARYING:
            odd &= free
        for j in np.flatnonzero(odd & usable):
            words = tell("Its answers are all the same, missing, or not right and wrong, so it is excluded.")
            notes.append(Note("not-estimable", int(j), words, group=g))
        usable &= ~odd
    if free is not None:
        lowest, highest = score_ranges(scores)
        odd = ((highest != 1) | (lowest != 0)) & ~free
        words = tell("Its answers are all the same, missing, or not right and wrong, so it is excluded.")
        notes += [Note("not-estimable", int(j), words) for j in np.flatnonzero(odd)]
        usable &= ~odd
    given = range(n_groups if usable.any() else 0)
    return [prepare(scores[groups == g][:, usable], "weighted sum") for g in given], usable, notes


def start(data: Sequence[Responses]) -> Floats:
    """(G, 2J + 2) slopes of 1, intercepts from the proportions right, standard normal ability."""
    right, answers = sum(g.right for g in data), sum(g.taken for g in data)
    share = (np.asarray(right) + 0.5) / (np.asarray(answers) + 1.0)
    one = np.concatenate([np.ones(len(share)), 1.2 * np.log(share / (1.0 - share)), [0.0, 0.0]])
    return np.tile(one, (len(data), 1))


def _falling(a: Floats, steep: Bools, places: NDArray[np.integer]) -> list[Note]:
    """A note on each item whose slope (G, J) is negative in a group."""
    notes = []
    for j in np.flatnonzero((a < -1e-6).any(axis=0) & ~steep):
        slope = float(a[:, j].min())
        words = tell(WORDS["negative-slope"], slope=slope)
        notes.append(Note("negative-slope", int(places[j]), words, (f"{slope:.2f}",)))
    return notes


def told_abilities(mean: Floats, sd: Floats, n: NDArray[np.integer]) -> tuple[Floats, Floats, list[Note]]:
    """(G,) means and standard deviations of ability, NaN where the likelihood rises beyond what the nodes
    tell, and what to say of them; `n` (G,) candidates."""
    notes = []
    away, wide = np.abs(mean) >= FAR, sd >= WIDE * (1.0 - _ROUNDING)
    narrow = sd <= NARROW * (1.0 + _ROUNDING)
    for g in range(len(mean)):
        if n[g] < _FEW:
            words = tell(
                "it has only {n} candidates, so its mean and sd are uncertain, and so is the "
                "scale if it is the first group",
                n=int(n[g]),
            )
            notes.append(Note("few-in-group", None, words, group=g))
        if away[g] or wide[g]:
            words = tell(
                "the mean or sd of its ability cannot be estimated, because the likelihood "
                "rises to the end of the range of the model"
            )
            notes.append(Note("ability-out-of-range", None, words, group=g))
        elif narrow[g]:
            words = tell(
                "the sd of its ability approaches 0, so its candidates differ no more than by chance"
            )
            notes.append(Note("no-variance", None, words, group=g))
        elif beyond_nodes(float(mean[g]), float(sd[g])):
            words = tell(
                "the model integrates over abilities from −6 to 6, but those of the group go "
                "beyond. Its mean and sd have errors of a few percent or more"
            )
            notes.append(Note("wide-ability", None, words, group=g))
    return np.where(away, np.nan, mean), np.where(narrow | wide, np.nan, sd), notes


def inverse_of(information: Floats) -> Floats | None:
    """The inverse of an information; None where it is not positive definite."""
    try:
        np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return None
    return np.asarray(np.linalg.inv(information))


class GroupConstraints(NamedTuple):
    """Which of P free parameters stands for which of a group's: the constraints."""

    place: Ints
    """(G, 2J + 2) place among the free parameters of each group's slopes, intercepts, mean and log sd; or
    FIXED, then the start value stands."""
    n_free: int


def constrained(
    n_groups: int, n_items: int, free_a: Bools, free_d: Bools, rasch: bool, common_slope: bool = False
) -> GroupConstraints:
    """The constraints: shared items but for the slopes `free_a` and intercepts `free_d` (J,).

    Where nothing is shared, ability is standard normal in every group. With `common_slope` all items have
    one slope, in every group.
    """
    place = np.full((n_groups, 2 * n_items + 2), FIXED, dtype=np.int64)
    n_free = 0
    for block, free in ((0, free_a), (1, free_d)):
        if rasch and block == 0:
            continue
        columns = slice(block * n_items, (block + 1) * n_items)
        if common_slope and block == 0:
            place[:, columns], n_free = n_free, n_free + 1
            continue
        place[:, columns] = np.arange(n_free, n_free + n_items)
        n_free += n_items
        for g in range(1, n_groups):
            place[g, columns][free] = np.arange(n_free, n_free + free.sum())
            n_free += int(free.sum())
    linked = not free_d.all()
    for g in range(n_groups):
        if g > 0 and linked:
            place[g, -2], n_free = n_free, n_free + 1
        if rasch or (g > 0 and ((linked and not free_a.all()) or common_slope)):
            place[g, -1], n_free = n_free, n_free + 1
    return GroupConstraints(place, n_free)


class GroupPoint(NamedTuple):
    """One group at some parameters."""

    prior: Ability
    found: Expectation
    gradient: Floats
    """(2J + 2,) by slopes, intercepts, mean and log sd."""


class GroupsMaximum(NamedTuple):
    """Where the climb ended."""

    parameters: Floats
    """(G, 2J + 2) slopes, intercepts, mean and log sd of each group."""
    log_likelihood: float
    curvatures: tuple[Floats, ...]
    """(2J + 2, 2J + 2) observed information of each group, at or very near the maximum."""
    converged: bool
    iterations: int


def maximise_groups(
    data: Sequence[Responses],
    model: GroupConstraints,
    first: Floats,
) -> GroupsMaximum:
    """Climb from `first` (`ascent`).

    Parameters stay within bounds beyond which the nodes tell nothing; one that runs into its bound is held
    there.
    """
    curves: tuple[Floats, ...] = ()
    grid, n_items = normal_grid(), first.shape[1] // 2 - 1

    def of_group(responses: Responses, own: Floats, every: int) -> GroupPoint:
        prior = renormalised(ability(grid.every(every) if every else grid, own[-2], own[-1]))
        precision = np.float32 if every else np.float64
        found = expectation(responses, own[:n_items], own[n_items:-2], prior, precision)
        return GroupPoint(prior, found, gradient(found, prior))

    def at(free: Floats, data: Sequence[Responses] = data, every: int = 0) -> ascent.Evaluation:
        now, where = first.copy(), model.place >= 0
        now[where] = free[model.place[where]]
        points = tuple(of_group(*one, every) for one in zip(data, now, strict=True))
        # by the free parameters: the sum over all that each stands for
        slope = np.zeros(model.n_free)
        for point, place in zip(points, model.place, strict=True):
            np.add.at(slope, place[place >= 0], point.gradient[place >= 0])
        value = sum(point.found.log_likelihood for point in points)
        whole = assembled([complete_matrix(point.found, point.prior) for point in points], model)
        scale = np.sqrt(np.maximum(np.abs(np.diagonal(whole)), 1e-6))
        step = np.linalg.solve(whole / scale / scale[:, None], slope / scale) / scale
        step *= min(1.0, _LONGEST / max(float(np.abs(step).max(initial=0.0)), 1e-300))
        proposal = np.clip(free + step, hill.low, hill.high)
        return ascent.Evaluation(free, value, slope, proposal, scale, (now, points))

    def observed(point: ascent.Evaluation) -> Floats:
        nonlocal curves
        curves = tuple(
            observed_information(responses, own[:n_items], own[n_items:-2], one.prior, one.found)
            for responses, own, one in zip(data, *point.state, strict=True)
        )
        return assembled(curves, model)

    hill = ascent.Objective(at, observed, *_bounds(model), costly=True)
    begun, near_enough = _values(first, model), ascent.NEAR * ascent.TOLERANCE
    if sum(responses.n_single_rows for responses in data) >= ascent.ROUGH_FROM:
        n = sum(responses.n_candidates for responses in data)
        begun = ascent.roughly(
            begun,
            hill,
            lambda every: partial(at, data=[one.anew() for one in data], every=every),
            n,
            near_enough,
        )
    reached = ascent.maximise(
        begun, hill._replace(information=None), tolerance=near_enough, max_iterations=ascent.EM_STEPS
    )
    found = ascent.newton(reached, hill, ENOUGH, MOST_STEPS)
    now, _ = found.point.state
    if not curves:
        observed(found.point)
    return GroupsMaximum(now, found.point.value, curves, found.converged, found.iterations)


def _bounds(model: GroupConstraints) -> tuple[Floats, Floats]:
    """(P,) lowest and highest value of each free parameter."""
    n_items = model.place.shape[1] // 2 - 1
    upper = np.array([STEEP] * n_items + [_LIMIT_D] * n_items + [FAR, np.log(WIDE)])
    lower = np.concatenate([-upper[:-1], [np.log(NARROW)]])
    shape = model.place.shape
    return _values(np.broadcast_to(lower, shape), model), _values(np.broadcast_to(upper, shape), model)


def _values(parameters: Floats, model: GroupConstraints) -> Floats:
    """(P,) the free parameters."""
    out = np.zeros(model.n_free)
    for own, place in zip(parameters, model.place, strict=True):
        out[place[place >= 0]] = own[place >= 0]
    return out


def assembled(matrices: Sequence[Floats], model: GroupConstraints) -> Floats:
    """(P, P) information on the free parameters; a place that occurs twice in a group is a common slope."""
    # what is fixed has a last place of its own, which is dropped
    size = model.n_free + 1
    out = np.zeros(size * size)
    for matrix, place in zip(matrices, np.where(model.place < 0, model.n_free, model.place), strict=True):
        out += np.bincount((place[:, None] * size + place).ravel(), matrix.ravel(), len(out))
    return np.ascontiguousarray(out.reshape(size, size)[:-1, :-1])


def _three_parameters(
    scores: NDArray[np.int8],
    groups: NDArray[np.integer],
    free: Bools,
    usable: Bools,
    notes: list[Note],
    prior: Prior | None,
    standard_errors: bool,
) -> GroupsFit:
    """The 3PL: an item that is let free is a column for each group, blank for the others.

    Maximises Σ_g Σ_i log Σ_q w_gq P(x_i | θ_q) + Σ_j log p(c_j) (Bock & Zimowski, 1997; Mislevy, 1986). Every
    item has two different scores in all groups together.
    """
    prior = None if prior is None else checked(prior)
    n_groups = int(groups.max(initial=-1)) + 1
    place = np.full((n_groups, scores.shape[1]), -1, dtype=np.int64)
    columns: list[NDArray[np.int8]] = []
    item_of: list[int] = []
    for j in np.flatnonzero(usable):
        for g in range(n_groups) if free[j] else (slice(None),):
            place[g, j] = len(columns)
            mine = scores[:, j] if isinstance(g, slice) else np.where(groups == g, scores[:, j], -1)
            columns.append(mine.astype(np.int8))
            item_of.append(int(j))
    cells, k = np.stack(columns, axis=1), len(columns)
    answered = (cells >= 0).any(axis=1)
    n_candidates = np.bincount(groups[groups >= 0], minlength=n_groups)
    cells, groups = cells[answered], groups[answered]
    logit, linked = on_logit(prior), not free[usable].all()
    problem = marginal_problem(
        [cells[groups == g] for g in range(n_groups)], np.full(k, 2), Asymptotes(logit, prior),
        normal_grid(), np.ones((k, 3), dtype=np.bool_), *ends(logit),
        np.repeat((np.arange(n_groups)[:, None] > 0) & linked, 2, axis=1),
    )  # fmt: skip
    # mean 0 and sd 1 of each group, moved by what it has right of the items that others have, too
    right = np.where(cells > 0, 1.0, 0.0).sum(axis=0) / np.maximum((cells >= 0).sum(axis=0), 1)
    begun = np.tile([0.0, 1.0], (n_groups, 1))
    for g in range(n_groups if linked else 0):
        own = cells[groups == g]
        away = np.where(own >= 0, own - right, 0.0).sum() / max(int((own >= 0).sum()), 1)
        begun[g, 0] = np.clip(5.0 * away, -2.0, 2.0)
    begun[:, 0] -= begun[0, 0]
    maximum = maximise_posterior(
        problem, rough_start(cells, prior, logit), begun, information=standard_errors
    )

    x, of_groups = maximum.state.x, maximum.state.group
    c, steep = sigmoid(x[:, 2]) if logit else x[:, 2], np.abs(x[:, 0]) >= STEEPEST
    size = len(maximum.held)
    covariance = np.full((size, size), np.nan)
    if standard_errors and maximum.information.size:
        inside = np.flatnonzero(~maximum.held)
        inverse = inverse_of(maximum.information[np.ix_(inside, inside)])
        if inverse is None:
            notes.append(Note("singular-information", None, tell(WORDS["singular-information"])))
        else:
            covariance[np.ix_(inside, inside)] = inverse
    chain = np.ones(size)
    if logit:
        chain[2 * k : 3 * k] = c * (1.0 - c)
    deviation = np.sqrt(np.diagonal(covariance)) * chain
    deviation[: 2 * k][np.tile(steep, 2)] = np.nan
    if not maximum.converged:
        words = tell(WORDS["not-converged"], steps=maximum.iterations)
        notes.append(Note("not-converged", None, words, (f"{maximum.iterations}",)))
    for j in np.flatnonzero(steep):
        words = tell(WORDS["slope-to-infinity"], slope=x[j, 0])
        notes.append(Note("slope-to-infinity", item_of[j], words, (f"{x[j, 0]:.0f}",)))
    if not logit:
        at_zero = np.flatnonzero(maximum.held[2 * k : 3 * k] & (c < 0.5))
        notes += [Note("c-at-zero", item_of[j], C_AT_ZERO) for j in at_zero]
    if len(cells) < LEAST_CANDIDATES["3pl"]:
        words = tell(WORDS["few-candidates"], n=len(cells))
        notes.append(Note("few-candidates", None, words, (f"{len(cells)}",)))
    notes += _falling(x[None, :, 0], steep, np.array(item_of))
    mean, sd, more = told_abilities(of_groups[:, 0], of_groups[:, 1], n_candidates)
    errors_of_groups = np.vstack([[np.nan, np.nan], deviation[3 * k :].reshape(-1, 2)])

    def spread(values: Floats) -> Floats:
        return np.where(place >= 0, values[np.maximum(place, 0)], np.nan)

    return GroupsFit(
        a=spread(x[:, 0]), d=spread(x[:, 1]), se_a=spread(deviation[:k]), se_d=spread(deviation[k : 2 * k]),
        covariance_ad=spread(np.diagonal(covariance[:k, k : 2 * k])), mean=mean, sd=sd,
        se_mean=errors_of_groups[:, 0], se_sd=errors_of_groups[:, 1],
        log_likelihood=maximum.state.log_likelihood, n_parameters=size, n_candidates=len(cells),
        converged=maximum.converged, iterations=maximum.iterations, notes=(*notes, *more), c=spread(c),
        se_c=spread(deviation[2 * k : 3 * k]),
    )  # fmt: skip
