"""Scores of items that stand in testlets → a bifactor or testlet model by marginal maximum likelihood.

P(1 | θ, ζ) = 1 / (1 + exp(−(a θ + s ζ_t + d))): the general ability θ and the effect ζ_t of the item's own
testlet, all independent and N(0, 1). In the testlet model s = a σ_t, with one σ for each testlet: the
standard deviation of its effect on the scale of θ.

Given θ the testlets are independent, so that the integral over all of them is a product of integrals over one
each (Gibbons & Hedeker, 1992). Within a testlet only its different rows of answers count, of which there are
few.

A block is a testlet, or all items that stand in none; of Q general nodes and R of its own effect its curves
are (B, Q·R), and its weights of answers (U, Q·R) for U different rows.

References
----------
Gibbons, R. D., & Hedeker, D. R. (1992). Full-information item bi-factor analysis. Psychometrika 57, 423–436.
Bradlow, E. T., Wainer, H., & Wang, X. (1999). A Bayesian random effects model for testlets. Psychometrika 64,
    153–168.
Li, Y., Bolt, D. M., & Fu, J. (2006). A comparison of alternative models for testlets. Applied Psychological
    Measurement 30, 3–21.
Louis, T. A. (1982). Finding the observed information matrix when using the EM algorithm. JRSS B 44, 226–233.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.core.responses.matrix import Scores, group_numbers, score_cells
from examgen.core.words import tell
from examgen.psychometrics.irt.abilities import Abilities
from examgen.psychometrics.irt.items import Note
from examgen.psychometrics.irt.marginal import ascent
from examgen.psychometrics.irt.marginal.category_curves import sigmoid
from examgen.psychometrics.irt.marginal.fitting import WORDS, easiness, left_out, seen
from examgen.psychometrics.irt.quadrature import Grid, normal_grid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MODELS = ("bifactor", "testlet")
LEAST_ITEMS = {"bifactor": 3, "testlet": 2}
"""Items of a testlet that determine its effect."""
N_GENERAL, N_OWN = 31, 25
"""Nodes of the general ability and of a testlet's effect, equally spaced on [−6, 6]."""
LEAST_CANDIDATES = 250
STEEPEST = 25.0
_STEEPEST_LOGIT = 300.0


class BifactorFit(NamedTuple):
    """A bifactor or testlet model of J items and T testlets; NaN of items that were left out."""

    model: str
    testlet: Ints
    """(J,) 0 … T − 1; −1 of items on the general ability alone."""
    a: Floats
    """(J,) slopes on the general ability."""
    specific: Floats
    """(J,) slopes on the testlet's effect; 0 of items that stand in none."""
    d: Floats
    """(J,) intercepts."""
    se_a: Floats
    se_specific: Floats
    """By the delta method in the testlet model."""
    se_d: Floats
    sigma: Floats
    """(T,) standard deviations of the testlets' effects; NaN in the bifactor model, which has none."""
    se_sigma: Floats
    log_likelihood: float
    n_parameters: int
    n_candidates: int
    """With at least one answer to an item of the fit."""
    converged: bool
    iterations: int
    covariance: Floats
    """Of the free parameters, in the order of `free`; empty where it is not known."""
    free: tuple[tuple[str, int], ...]
    """(`a`, item), (`d`, item), (`specific`, item) or (`sigma`, testlet)."""
    notes: tuple[Note, ...]


class _Block(NamedTuple):
    items: Ints
    """(B,) places among the items of the fit."""
    right: Floats
    """(U, B) different rows of answers: 1 where right."""
    there: Floats
    """(U, B) 1 where answered."""
    which: Ints
    """(N,) the row of each candidate."""
    order: Ints
    """(N,) candidates sorted by row."""
    first: Ints
    """(U,) where each row begins in that order."""
    own: Grid
    """Nodes of the testlet's effect; one node at 0 where there is none."""


class _BlockState(NamedTuple):
    chance: Floats
    """(B, Q, R) of a right answer."""
    within: Floats
    """(U, Q, R) distribution of the effect given the row of answers and the general ability."""
    log_likelihood: Floats
    """(U, Q) of the rows given the general ability."""


class _Problem(NamedTuple):
    blocks: tuple[_Block, ...]
    general: Grid
    testlet: Ints
    """(J,) of each item of the fit; −1 in none."""
    model: str

    @property
    def specific(self) -> Ints:
        """Items with a slope on an effect."""
        return np.flatnonzero(self.testlet >= 0)


class _State(NamedTuple):
    slopes: Floats
    """(3, J) general slope, specific slope, intercept."""
    blocks: tuple[_BlockState, ...]
    posterior: Floats
    """(N, Q) of the general ability."""
    gradient: Floats
    """(3, J)."""
    complete: Floats
    """(J, 3, 3) information of each item, were abilities known."""


def fit_bifactor(
    scores: Scores,
    testlets: ArrayLike,
    *,
    model: str = "bifactor",
    standard_errors: bool = True,
) -> BifactorFit:
    """Fit a bifactor or a testlet model.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        0 or 1; negative or NaN where missing.
    testlets : array_like, shape (J,)
        0 … T − 1, or names, which are numbered in their order; negative, NaN or blank for an item that stands
        in none. A testlet of which fewer than three items vary (two in the testlet model) has no effect of
        its own in the model, and a note says so.
    model : {'bifactor', 'testlet'}
    standard_errors : bool
        From the observed information (Louis, 1982); else NaN.

    Returns
    -------
    BifactorFit
        Slopes are turned so that those of an ability sum to more than 0.

    Raises
    ------
    ValueError
        For another model, scores above 1, or testlets of another number of items.

    Notes
    -----
    Ability and effects are integrated over 31 and 25 equally spaced nodes on [−6, 6]: with slopes up to 3 the
    log-likelihood of a thousand candidates is right to some 1e-4. Two testlets of three items each do not
    determine a bifactor model: a note then says that its information is singular, or that a slope runs away.
    The standard error of a σ near 0 tells little; compare log-likelihoods.
    """
    if model not in MODELS:
        raise ValueError(f"model is {model!r}; it must be bifactor or testlet")
    cells = score_cells(scores)
    if cells.size and cells.max() > 1:
        raise ValueError("the scores of this model are 0 and 1")
    n_items = cells.shape[1]
    if np.shape(testlets) != (n_items,):
        raise ValueError(f"testlets must have a value for each of {n_items} items, not {np.shape(testlets)}")
    testlet = np.maximum(group_numbers(testlets, n_items), -1)
    what = seen(cells)
    notes = left_out(what)
    items = np.flatnonzero(what.lowest < what.highest)
    n_testlets = int(testlet.max(initial=-1)) + 1
    own = testlet[items].copy()
    for t in range(n_testlets):
        if (n := int((own == t).sum())) < LEAST_ITEMS[model]:
            own[own == t] = -1
            words = tell(
                "Testlet {number} has {n} item(s) whose answers differ; its effect takes {least}. They are "
                "on the general ability alone.",
                number=t + 1,
                n=n,
                least=LEAST_ITEMS[model],
            )
            notes.append(Note("small-testlet", None, words, group=t))
    used = cells[:, items]
    used = used[(used >= 0).any(axis=1)]
    if len(items) < 3 or len(np.unique(own)) < 2:
        code = "not-identified" if len(items) else "nothing-to-fit"
        words = tell(
            "A general ability beside effects of testlets takes three items, and two testlets or a testlet "
            "and other items."
        )
        return _nothing(model, testlet, len(used), [*notes, Note(code, None, words)])
    problem = _Problem(tuple(_blocks(used, own)), normal_grid(N_GENERAL), own, model)
    _, slope = easiness(used, np.ones(len(items), dtype=np.intp))
    right = (used == 1).sum(axis=0) / np.maximum((used >= 0).sum(axis=0), 1)
    begun = np.stack([np.clip(slope, 0.3, 2.0), 0.6 * np.ones(len(items)), np.zeros(len(items))])
    begun[2] = np.log(right / (1.0 - right)) * np.sqrt(1.0 + (begun[0] ** 2 + 0.36) / 2.9)
    found, observed = _maximised(problem, begun, standard_errors)

    state: _State = found.point.state
    x = _turned(problem, found.point.x)
    slopes = _slopes(problem, x)
    endless = (np.abs(slopes[:2]) > 0.99 * STEEPEST).any(axis=0)
    for j in np.flatnonzero(endless):
        steepest = float(np.abs(slopes[:2, j]).max())
        words = tell(WORDS["slope-to-infinity"], slope=steepest)
        notes.append(Note("slope-to-infinity", int(items[j]), words, (f"{steepest:.0f}",)))
    for j in np.flatnonzero((slopes[0] < -1e-6) & ~endless):
        words = tell(WORDS["negative-slope"], slope=float(slopes[0, j]))
        notes.append(Note("negative-slope", int(items[j]), words, (f"{slopes[0, j]:.2f}",)))
    if not found.converged:
        words = tell(WORDS["not-converged"], steps=found.iterations)
        notes.append(Note("not-converged", None, words, (f"{found.iterations}",)))
    if len(used) < LEAST_CANDIDATES:
        notes.append(
            Note("few-candidates", None, tell(WORDS["few-candidates"], n=len(used)), (f"{len(used)}",))
        )
    covariance = np.full((len(x), len(x)), np.nan)
    if observed is not None:
        inside = np.flatnonzero(np.abs(x) < 0.99 * STEEPEST)
        inverse = _inverse(observed[np.ix_(inside, inside)])
        if inverse is None:
            notes.append(Note("singular-information", None, tell(WORDS["singular-information"])))
        else:
            turned = np.where(x * found.point.x < 0, -1.0, 1.0)[inside]
            covariance[np.ix_(inside, inside)] = inverse * np.outer(turned, turned)
    jacobian = _jacobian(problem, x)
    known = np.where(np.isnan(covariance), 0.0, covariance)
    variance = np.einsum("ip,pq,iq->i", jacobian, known, jacobian)
    unknown = np.abs(jacobian) @ np.isnan(np.diag(covariance)).astype(np.float64) > 0
    error = np.sqrt(np.where(unknown | (variance <= 0), np.nan, variance)).reshape(3, -1)
    n_own = len(items)
    sigma, se_sigma = np.full((2, n_testlets), np.nan)
    free = [(name, int(j)) for name in ("a", "d") for j in items]
    if model == "testlet":
        there = np.unique(own[own >= 0])
        sigma[there], se_sigma[there] = x[2 * n_own :], np.sqrt(np.diag(covariance)[2 * n_own :])
        free += [("sigma", int(t)) for t in there]
    else:
        free += [("specific", int(items[j])) for j in problem.specific]

    def spread(values: Floats) -> Floats:
        out = np.full(n_items, np.nan)
        out[items] = values
        return out

    shown = testlet.copy()
    shown[items] = own
    return BifactorFit(
        model=model, testlet=shown, a=spread(slopes[0]), specific=spread(slopes[1]), d=spread(slopes[2]),
        se_a=spread(error[0]), se_specific=spread(error[1]), se_d=spread(error[2]), sigma=sigma,
        se_sigma=se_sigma, log_likelihood=found.point.value, n_parameters=len(x),
        n_candidates=len(state.posterior), converged=found.converged and not bool(endless.any()),
        iterations=found.iterations,
        covariance=np.empty((0, 0)) if np.isnan(covariance).all() else covariance, free=tuple(free),
        notes=tuple(notes),
    )  # fmt: skip


def bifactor_eap(scores: Scores, fit: BifactorFit) -> Abilities:
    """Expected a posteriori of the general ability: its mean and standard deviation given all answers.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        0 or 1; negative or NaN where missing.
    fit : BifactorFit

    Returns
    -------
    Abilities
        NaN without an answer to an item of the fit.

    Raises
    ------
    ValueError
        For scores above 1, or of another number of items.

    References
    ----------
    Gibbons & Hedeker (1992), eq. 19 and 20.
    """
    cells = score_cells(scores)
    if cells.shape[1] != len(fit.a) or (cells.size and cells.max() > 1):
        raise ValueError(f"scores {cells.shape} of 0 and 1 are wanted for {len(fit.a)} items")
    items = np.flatnonzero(np.isfinite(fit.a))
    used = cells[:, items]
    some = (used >= 0).any(axis=1)
    theta, se = np.full((2, len(cells)), np.nan)
    if some.any():
        problem = _Problem(
            tuple(_blocks(used[some], fit.testlet[items])),
            normal_grid(N_GENERAL),
            fit.testlet[items],
            fit.model,
        )
        slopes = np.stack([fit.a, fit.specific, fit.d])[:, items]
        posterior, _ = _posterior(problem, [_block_state(problem, block, slopes) for block in problem.blocks])
        nodes = problem.general.nodes
        theta[some] = posterior @ nodes
        se[some] = np.sqrt((posterior * (nodes - theta[some, None]) ** 2).sum(axis=1))
    return Abilities(theta, se)


def _nothing(model: str, testlet: Ints, n_candidates: int, notes: list[Note]) -> BifactorFit:
    item = np.full(len(testlet), np.nan)
    effect = np.full(int(testlet.max(initial=-1)) + 1, np.nan)
    return BifactorFit(
        model, testlet, item, item, item, item, item, item, effect, effect, np.nan, 0, n_candidates, False, 0,
        np.empty((0, 0)), (), tuple(notes),
    )  # fmt: skip


def _blocks(cells: NDArray[np.int8], testlet: Ints) -> list[_Block]:
    own_nodes = normal_grid(N_OWN)
    made = []
    for t in np.unique(testlet):
        items = np.flatnonzero(testlet == t)
        part = np.ascontiguousarray(np.maximum(cells[:, items], -1))
        rows = part.view(np.dtype((np.void, part.shape[1])))[:, 0]
        _, first, which = np.unique(rows, return_index=True, return_inverse=True)
        which = which.reshape(-1).astype(np.int64)
        order = np.argsort(which, kind="stable")
        starts = np.searchsorted(which[order], np.arange(len(first)))
        grid = own_nodes if t >= 0 else Grid(np.zeros(1), np.ones(1))
        different = part[first]
        made.append(
            _Block(
                items,
                (different == 1).astype(np.float64),
                (different >= 0).astype(np.float64),
                which,
                order,
                starts.astype(np.int64),
                grid,
            )
        )
    return made


# ── parameters: general slopes, intercepts, then specific slopes or the testlets' σ ──────────


def _slopes(problem: _Problem, x: Floats) -> Floats:
    """(3, J) general slope, specific slope, intercept."""
    n = len(problem.testlet)
    out = np.stack([x[:n], np.zeros(n), x[n : 2 * n]])
    some, rest = problem.specific, x[2 * n :]
    out[1, some] = out[0, some] * rest[_place(problem)] if problem.model == "testlet" else rest
    return out


def _place(problem: _Problem) -> Ints:
    """Of each item with an effect, which σ is its testlet's."""
    return np.unique(problem.testlet[problem.specific], return_inverse=True)[1].astype(np.int64)


def _jacobian(problem: _Problem, x: Floats) -> Floats:
    """(3J, P) derivatives of `_slopes`."""
    n, some = len(problem.testlet), problem.specific
    out = np.zeros((3 * n, len(x)))
    every = np.arange(n)
    out[every, every] = 1.0
    out[2 * n + every, n + every] = 1.0
    if problem.model == "testlet":
        place = _place(problem)
        out[n + some, some] = x[2 * n + place]
        out[n + some, 2 * n + place] = x[some]
    else:
        out[n + some, 2 * n + np.arange(len(some))] = 1.0
    return out


def _turned(problem: _Problem, x: Floats) -> Floats:
    """The same model with slopes of each ability that sum to more than 0."""
    n, out = len(problem.testlet), x.copy()
    general = -1.0 if out[:n].sum() < 0 else 1.0
    out[:n] *= general
    rest = out[2 * n :]
    if problem.model == "testlet":
        rest[:] = np.abs(rest)
        return out
    for t in np.unique(problem.testlet[problem.specific]):
        mine = problem.testlet[problem.specific] == t
        if rest[mine].sum() < 0:
            rest[mine] *= -1.0
    return out


# ── the likelihood, its gradient and its information ─────────────────────────────────────────


def _block_state(problem: _Problem, block: _Block, slopes: Floats) -> _BlockState:
    theta, effect = problem.general.nodes, block.own.nodes
    a, s, d = slopes[:, block.items]
    z = a[:, None, None] * theta[:, None] + s[:, None, None] * effect + d[:, None, None]
    np.clip(z, -_STEEPEST_LOGIT, _STEEPEST_LOGIT, out=z)
    shape = z.shape
    flat = z.reshape(len(a), -1)
    wrong = -np.logaddexp(0.0, flat)
    value = block.right @ flat + block.there @ wrong
    value = value.reshape(-1, *shape[1:])
    value += np.log(block.own.weights)
    top = value.max(axis=2, keepdims=True)
    value -= top
    np.exp(value, out=value)
    total = value.sum(axis=2, keepdims=True)
    value /= total
    return _BlockState(sigmoid(z), value, (top + np.log(total))[:, :, 0])


def _posterior(problem: _Problem, states: Sequence[_BlockState]) -> tuple[Floats, float]:
    """(N, Q) posterior of the general ability, and the log-likelihood."""
    value = np.log(problem.general.weights) + sum(
        state.log_likelihood[block.which] for block, state in zip(problem.blocks, states, strict=True)
    )
    top = value.max(axis=1, keepdims=True)
    share = np.exp(value - top)
    total = share.sum(axis=1, keepdims=True)
    return share / total, float((top + np.log(total)).sum())


def _joint(block: _Block, state: _BlockState, posterior: Floats) -> Floats:
    """(U, Q·R) expected numbers of candidates with each row at each pair of nodes."""
    at = np.add.reduceat(posterior[block.order], block.first, axis=0)
    return np.asarray((at[:, :, None] * state.within).reshape(len(at), -1))


def _directions(problem: _Problem, block: _Block) -> Floats:
    """(3, Q·R) what a logit's derivatives are by general slope, specific slope and intercept."""
    theta, effect = problem.general.nodes, block.own.nodes
    pair = np.broadcast_arrays(theta[:, None], effect)
    return np.stack([*(one.ravel() for one in pair), np.ones(len(theta) * len(effect))])


def _evaluated(problem: _Problem, slopes: Floats) -> tuple[_State, float]:
    states = [_block_state(problem, block, slopes) for block in problem.blocks]
    posterior, value = _posterior(problem, states)
    gradient, complete = np.zeros_like(slopes), np.zeros((slopes.shape[1], 3, 3))
    for block, state in zip(problem.blocks, states, strict=True):
        joint, towards = _joint(block, state, posterior), _directions(problem, block)
        chance = state.chance.reshape(len(block.items), -1)
        there = block.there.T @ joint
        gradient[:, block.items] = towards @ (block.right.T @ joint - there * chance).T
        weight = there * chance * (1.0 - chance)
        complete[block.items] = np.einsum("cn,jn,en->jce", towards, weight, towards, optimize=True)
    return _State(slopes, tuple(states), posterior, gradient, complete), value


def _complete(state: _State) -> Floats:
    """(3J, 3J) in the order of `_slopes`."""
    n = state.slopes.shape[1]
    out, every = np.zeros((3, n, 3, n)), np.arange(n)
    out[:, every, :, every] = state.complete
    return out.reshape(3 * n, 3 * n)


def _observed(problem: _Problem, state: _State) -> Floats:
    """(3J, 3J) minus the second derivatives of the log-likelihood: the complete data's information less the
    covariance of each candidate's scores (x − P) · (θ, ζ, 1) under the posterior."""
    n = state.slopes.shape[1]
    out = _complete(state).reshape(3, n, 3, n)
    means, slots = [], np.arange(3)
    for block, own in zip(problem.blocks, state.blocks, strict=True):
        joint, towards = _joint(block, own, state.posterior), _directions(problem, block)
        chance = own.chance.reshape(len(block.items), -1)
        size = len(block.items)
        # Σ_u w_u (x_j − m_j P_j)(x_k − m_k P_k) at each pair of nodes, from sums of products of the rows
        first, second = np.repeat(np.arange(size), size), np.tile(np.arange(size), size)
        x, m = block.right, block.there
        square = (x[:, first] * x[:, second]).T @ joint
        square -= ((x[:, first] * m[:, second]).T @ joint) * chance[second]
        square -= ((m[:, first] * x[:, second]).T @ joint) * chance[first]
        square += ((m[:, first] * m[:, second]).T @ joint) * chance[first] * chance[second]
        inner = np.einsum("cn,pn,en->cpe", towards, square, towards, optimize=True).reshape(3, size, size, 3)
        out[np.ix_(slots, block.items, slots, block.items)] -= inner.transpose(0, 1, 3, 2)
        means.append(_given_general(problem, block, own))
    # between blocks: independent given the general ability
    between = np.zeros((3 * n, 3 * n))
    columns = np.concatenate([block.items for block in problem.blocks])
    order = np.concatenate([c * n + columns for c in range(3)])
    whole = np.zeros((len(state.posterior), 3, n))
    for q in range(len(problem.general.nodes)):
        at = [mean[:, :, q][block.which] for mean, block in zip(means, problem.blocks, strict=True)]
        scores = np.concatenate(at, axis=2)
        whole += state.posterior[:, q, None, None] * scores
        scores = (scores * np.sqrt(state.posterior[:, q])[:, None, None]).reshape(len(scores), -1)
        between += scores.T @ scores
    flat = whole.reshape(len(whole), -1)
    product = flat.T @ flat
    of_block = np.concatenate([np.full(len(b.items), k) for k, b in enumerate(problem.blocks)])
    other = np.tile(of_block, 3)[:, None] != np.tile(of_block, 3)
    result = out.reshape(3 * n, 3 * n)
    result[np.ix_(order, order)] += product - np.where(other, between, 0.0)
    return np.asarray(0.5 * (result + result.T))


def _given_general(problem: _Problem, block: _Block, own: _BlockState) -> Floats:
    """(U, 3, Q, B) expected scores of the rows given the general ability."""
    theta, effect = problem.general.nodes, block.own.nodes
    chance = np.einsum("uqr,jqr->uqj", own.within, own.chance, optimize=True)
    weighted = own.within * effect
    with_effect = np.einsum("uqr,jqr->uqj", weighted, own.chance, optimize=True)
    mean_effect = weighted.sum(axis=2)
    x, m = block.right[:, None], block.there[:, None]
    plain = x - m * chance
    specific = x * mean_effect[:, :, None] - m * with_effect
    return np.stack([plain * theta[:, None], specific, plain], axis=1)


def _maximised(
    problem: _Problem, begun: Floats, standard_errors: bool
) -> tuple[ascent.Optimum, Floats | None]:
    """The maximum from a start (3, J), and the observed information of the free parameters there."""
    rest = begun[1, problem.specific]
    if problem.model == "testlet":
        rest = np.full(len(np.unique(problem.testlet[problem.specific])), 0.6)
    start = np.concatenate([begun[0], begun[2], rest])

    def evaluate(x: Floats) -> ascent.Evaluation:
        state, value = _evaluated(problem, _slopes(problem, x))
        jacobian = _jacobian(problem, x)
        gradient = state.gradient.ravel() @ jacobian
        whole = jacobian.T @ _complete(state) @ jacobian
        scale = np.sqrt(np.maximum(np.diag(whole), 1e-6))
        within = whole / scale / scale[:, None] + 1e-8 * np.eye(len(x))
        step = np.linalg.solve(within, gradient / scale) / scale
        step *= min(1.0, 1.5 / max(float(np.abs(step).max(initial=0.0)), 1e-300))
        return ascent.Evaluation(x, value, gradient, np.clip(x + step, -STEEPEST, STEEPEST), scale, state)

    def information(point: ascent.Evaluation) -> Floats:
        state: _State = point.state
        jacobian = _jacobian(problem, point.x)
        out = jacobian.T @ _observed(problem, state) @ jacobian
        if problem.model == "testlet":
            # a product of two parameters has a second derivative of its own
            some, place = problem.specific, 2 * len(problem.testlet) + _place(problem)
            out[some, place] -= state.gradient[1, some]
            out[place, some] -= state.gradient[1, some]
        return np.asarray(out)

    hill = ascent.Objective(evaluate, information, -STEEPEST, STEEPEST, costly=True)
    # near a standard deviation of 0 the information is nearly singular: the steps before it go nearer
    found = ascent.maximise(
        start, hill, tolerance=ascent.TOLERANCE, max_iterations=ascent.MOST_STEPS, nearer=1e-5
    )
    if not standard_errors:
        return found, None
    return found, information(found.point) if found.observed is None else found.observed


def _inverse(information: Floats) -> Floats | None:
    """Of an information that determines all parameters; None of one that does not."""
    diagonal = np.diag(information)
    if diagonal.min(initial=np.inf) <= 0:
        return None
    root = 1.0 / np.sqrt(diagonal)
    values, vectors = np.linalg.eigh(information * np.outer(root, root))
    if values[0] <= 1e-7 * values[-1]:
        return None
    return np.asarray((vectors / values) @ vectors.T * np.outer(root, root))
