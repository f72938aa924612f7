"""What candidates earned → the parameters under which it is most likely: marginal likelihood on a tree.

The abilities of criteria hang on a tree: the exam, its units, their elements, the criteria. Each is its
parent's, times ρ of its level, plus a part of its own, all with variance 1. Given the ability of a criterion
its items are independent, so the likelihood of a candidate is a product of sums from the leaves to the root
(Gibbons & Hedeker, 1992; Rijmen, 2010, of second-order models), each sum a product of matrices on one grid
of abilities; and the way back gives all derivatives. Candidates who did the same below a node are one kind
there: of the few items of a criterion there are few kinds.

Items of one criterion that share a text are leaves below it, their ability being the criterion's plus a draw
with a variance of its own (testlets: Bradlow, Wainer & Wang, 1999): known where some pair of items of a
criterion shares no text.

Items follow the graded model, those of two categories with a lower asymptote that they have in common, where
the likelihood asks for one. The distribution at the root is normal, or, where the likelihood asks for it, the
histogram of a few steps of EM (Bock & Aitkin, 1981; Mislevy, 1984): many would follow noise.
A level of the tree stays only where abilities without parts of their own there are less likely.

References
----------
Bradlow, E. T., Wainer, H., & Wang, X. (1999). A Bayesian random effects model for testlets. Psychometrika,
    64, 153–168.
Bock, R. D., & Aitkin, M. (1981). Marginal maximum likelihood estimation of item parameters: application of
    an EM algorithm. Psychometrika, 46, 443–459.
Gibbons, R. D., & Hedeker, D. R. (1992). Full-information item bi-factor analysis. Psychometrika, 57, 423–436.
Mislevy, R. J. (1984). Estimating latent distributions. Psychometrika, 49, 359–381.
Rijmen, F. (2010). Formal relations and an empirical comparison among the bi-factor, the testlet, and a
    second-order multidimensional IRT model. Journal of Educational Measurement, 47, 361–372.
Self, S. G., & Liang, K.-Y. (1987). Asymptotic properties of maximum likelihood estimators and likelihood
    ratio tests under nonstandard conditions. Journal of the American Statistical Association, 82, 605–610.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from examgen.psychometrics.decisions.consistency import Floats
from examgen.psychometrics.decisions.criteria import (
    AbilityDistribution,
    Bools,
    CriteriaModel,
    EarnedCategories,
    Ints,
)

STEP = 0.25
GRID: Floats = np.arange(-17, 18, dtype=np.float64) * STEP
_TINY = 1e-280
_LEAST_PAIRS = 10
"""Candidates who had both items of a pair; with fewer it is left out."""
_SLOPE_SD, _THRESHOLD_SD = 0.35, 5.0
"""Of the priors: log slopes lie about their middle, thresholds about 0."""
_GAIN_OF_GUESSING, _GAIN_OF_HISTOGRAM, _LOSS_OF_LEVEL = 1.92, 6.0, 1.35
"""By how much the log-likelihood must rise, or may fall: half the 95 % points of χ² with one degree of
freedom and of a variance that may be 0 (Self & Liang, 1987); by a histogram what 2 in 100 of 1,200 simulated
samples of 100 to 1,500 candidates with a normal ability gained."""
_NEARLY_ONE, _GAIN_OF_STEPS = 0.85, 4.0
"""From which ρ on a level is tried without, and what the steps must gain by themselves to go on."""
_STEPS, _ROUNDS = 3, 3
_DENSITY: Floats = np.exp(-0.5 * GRID**2)
_NORMAL = AbilityDistribution(GRID, _DENSITY / _DENSITY.sum())
_MOST_AT_FIRST = 400
_CELLS_FOR_ERRORS = 40_000
"""Answers by which the information is reckoned."""


class _TreeLevel(NamedTuple):
    """A level of the tree, from the root: `parent` (n,) of each of its nodes; `own` (n,) whether a node has a
    part of its own; `free` whether its parameter is estimated; `is_text` whether that is the standard
    deviation of texts, not ρ."""

    parent: Ints
    own: Bools
    free: bool
    is_text: bool = False


class _FreeParameters(NamedTuple):
    """What is estimated beside thresholds and levels; the distribution at the root is given."""

    slopes: bool
    guessing: bool
    root: AbilityDistribution


class FittedCriteria(NamedTuple):
    """The model, and draws of it from the normal distribution of its estimates about them."""

    model: CriteriaModel
    around: _Neighbourhood


def fit_criteria(earned: EarnedCategories, *, slopes: bool, extras: bool, skewed: bool) -> FittedCriteria:
    """The model of what candidates earned, with a slope of each item or one for all; `extras` allow guessing
    and levels without parts of their own, `skewed` a distribution of ability that is not normal, each where
    the likelihood asks for it.

    Raises ValueError with fewer than two items that vary.
    """
    varies = [len(np.unique(own[own >= 0])) > 1 for own in earned.category.T]
    if sum(varies) < 2:
        raise ValueError("fewer than two items vary")
    levels, leaf = _tree(earned)
    best = _maximum(_Likelihood(earned, levels, leaf, _FreeParameters(slopes, False, _NORMAL)))
    for place in range(len(earned.groups), -1, -1) if extras else ():
        if best.rho(place) > _NEARLY_ONE:
            simpler = _maximum(best.likelihood.without(place), best)
            best = simpler if best.value - simpler.value < _LOSS_OF_LEVEL else best
    if extras and (best.likelihood.sizes == 2).any():
        guessed = _maximum(best.likelihood.asking(guessing=True), best)
        best = guessed if guessed.value - best.value > _GAIN_OF_GUESSING else best
    curved = best
    for _ in range(_ROUNDS if skewed else 0):
        asking = curved.likelihood.asking(root=curved.likelihood.root_after(curved.x))
        if -asking(curved.x)[0] - best.value < _GAIN_OF_STEPS:
            break
        curved = _maximum(asking, curved)
    return (curved if curved.value - best.value > _GAIN_OF_HISTOGRAM else best).told(earned)


# ── the tree ─────────────────────────────────────────────────────────────────────────────────


def _tree(earned: EarnedCategories) -> tuple[list[_TreeLevel], Ints]:
    """Units, elements, criteria, leaves; and (J,) the leaf of each item.

    The parameter of a level is known where pairs of items meet there; of several levels without pairs in
    between, the lowest has it.
    """
    near = _nearness(earned)
    given = (earned.category >= 0).astype(np.float32)
    met = (given.T @ given >= _LEAST_PAIRS) & ~np.eye(len(near), dtype=np.bool_)
    shares = (earned.text[:, None] == earned.text) & (earned.text >= 0)
    present = [level for level in range(1, len(earned.groups) + 2) if (met & (near == level)).any()]
    free = dict.fromkeys(range(1, len(earned.groups) + 2), False)
    free |= dict.fromkeys(present[1:], True)
    free[1] = bool(present) and bool((met & (near == 0)).any())
    if present and present[0] != 1:
        free[present[0]] = False
    keys: dict[tuple[int, int], int] = {}
    leaf = np.empty(len(near), dtype=np.int64)
    for j, c in enumerate(earned.criterion.tolist()):
        together = shares[j] & (near[j] == 0)
        leaf[j] = keys.setdefault((c, int(earned.text[j]) if together.sum() > 1 else -1), len(keys))
    for c in range(len(earned.groups[0])):
        if not (earned.criterion == c).any():
            keys[c, -1] = len(keys)
    of_leaf = np.array([c for c, _ in keys], dtype=np.int64)
    is_text = np.array([text >= 0 for _, text in keys], dtype=np.bool_)
    known = bool(is_text.any()) and bool((met & (near == 0) & ~shares).any())
    levels = []
    groups = [*earned.groups[::-1], np.arange(len(earned.groups[0]))]
    above = np.zeros(len(earned.groups[0]), dtype=np.int64)
    for number, group in zip(range(len(groups), 0, -1), groups, strict=True):
        parent = np.zeros(int(group.max(initial=0)) + 1, dtype=np.int64)
        parent[group] = above
        levels.append(_TreeLevel(parent, np.ones(len(parent), np.bool_), free[number]))
        above = group
    return [*levels, _TreeLevel(of_leaf, is_text, known, is_text=True)], leaf


def _nearness(earned: EarnedCategories) -> Ints:
    """(J, J) how wide the narrowest group is that holds both items: 0 a criterion, then level by level."""
    own = earned.criterion
    found = np.full((len(own), len(own)), len(earned.groups) + 1)
    for level, group in reversed(list(enumerate(earned.groups, start=1))):
        found[group[own][:, None] == group[own]] = level
    found[own[:, None] == own] = 0
    return found


def _kernel(spread: float, centres: Floats) -> Floats:
    """(Q, Q) chances of the grid's abilities, normal about each centre."""
    logs = -0.5 * (GRID - centres[:, None]) ** 2 / max(spread, 1e-6)
    found = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(found / found.sum(axis=1, keepdims=True))


# ── the likelihood ───────────────────────────────────────────────────────────────────────────


_Slopes = list[tuple[Floats, Floats | None]]
"""Of items that are alike the derivatives of categories by thresholds (n, k, k − 1, Q) and by c (n, k, Q),
which is None of items that are not guessed."""


class _CandidateKinds(NamedTuple):
    """The K kinds of candidates at a node: `sizes` (K,) how many candidates are of each, and `of_each` (N,)
    of which each is."""

    sizes: Floats
    of_each: Ints


class _Child(NamedTuple):
    """A node as the one above it, with K kinds, has it: `kinds` (K,) which of its own L kinds each of those
    is, and `sums` (L, K), which adds up what is of one kind here. None where both have the same kinds."""

    kinds: Ints
    sums: Any


class _NodeLikelihood(NamedTuple):
    """The likelihood (K, Q) of what each kind did below a node, but for factors; the log of those that were
    taken out here, of all candidates; and what all of it rests on, as bytes."""

    own: Floats
    total: float
    rests_on: object


class _Parts(NamedTuple):
    """The vector of parameters, taken apart."""

    slopes: Floats
    thresholds: Floats
    guessing: float
    structure: Floats


class _Likelihood:
    """Minus the log-likelihood with priors, and its gradient, of a vector: log slopes (one or J), thresholds
    end to end, logit c, and of each free level atanh ρ or the texts' deviation."""

    def __init__(
        self, earned: EarnedCategories, levels: list[_TreeLevel], leaf: Ints, asked: _FreeParameters
    ) -> None:
        self.earned, self.levels, self.leaf, self.asked = earned, levels, leaf, asked
        self.sizes = np.count_nonzero(np.isfinite(earned.units), axis=1)
        self.ends = np.concatenate([[0], np.cumsum(self.sizes - 1)])
        self.items = [np.flatnonzero(leaf == n) for n in range(len(levels[-1].parent))]
        self._find_kinds()
        self.n_slopes = len(self.sizes) if asked.slopes else 1
        self.free = [level for level in levels if level.free]
        order = np.concatenate([np.empty(0, dtype=np.int64), *self.items])
        n_rows = self.sizes[order]
        starts = np.cumsum(n_rows) - n_rows
        self.rows = np.split(
            np.arange(int(n_rows.sum())), np.cumsum([self.sizes[items].sum() for items in self.items])[:-1]
        )
        # items of the same number of categories k, as the leaves have them: items (n,), rows (n, k) of their
        # categories among those of all items, ends (n, k − 1) of their thresholds among those of all
        self.alike = [
            (
                order[n_rows == size],
                starts[n_rows == size, None] + np.arange(size),
                self.ends[order[n_rows == size], None] + np.arange(size - 1),
            )
            for size in np.unique(n_rows).tolist()
        ]
        self.arrays: dict[tuple[object, ...], Floats] = {}
        self.rests_on: dict[tuple[object, ...], object] = {}
        self.totals: dict[tuple[object, ...], float] = {}

    def _find_kinds(self) -> None:
        """Of each leaf the kinds of candidates, and what they did (K, R); from the root level by level the
        kinds of each node, and how it has the nodes below."""
        category, below = self.earned.category, []
        self.marked: list[Floats] = []
        for items in self.items:
            first, kinds = _alike_in(len(category), [category[:, j] + 1 for j in items.tolist()])
            did = [category[first][:, [j]] == np.arange(self.sizes[j]) for j in items.tolist()]
            self.marked.append(np.hstack([np.empty((len(first), 0)), *did]))
            below.append(kinds)
        self.leaf_sizes = [kinds.sizes for kinds in below]
        self.nodes: list[tuple[list[_CandidateKinds], list[_Child | None]]] = []
        for level in reversed(self.levels):
            above: list[_CandidateKinds] = []
            children: list[_Child | None] = [None] * len(level.parent)
            for parent in range(int(level.parent.max()) + 1):
                own = np.flatnonzero(level.parent == parent).tolist()
                if len(own) == 1:
                    above.append(below[own[0]])
                    continue
                first, kinds = _alike_in(len(category), [below[n].of_each for n in own])
                above.append(kinds)
                for n in own:
                    children[n] = _child(below[n], first)
            self.nodes.insert(0, (above, children))
            below = above

    def asking(self, **more: object) -> _Likelihood:
        """The same, with something else asked."""
        return _Likelihood(self.earned, self.levels, self.leaf, self.asked._replace(**more))  # type: ignore[arg-type]

    def without(self, place: int) -> _Likelihood:
        """The same without parts of their own on a level."""
        levels = [level._replace(free=level.free and n != place) for n, level in enumerate(self.levels)]
        return _Likelihood(self.earned, levels, self.leaf, self.asked)

    def of(self, some: Ints) -> _Likelihood:
        """The same of some candidates."""
        earned = self.earned._replace(category=self.earned.category[some])
        return _Likelihood(earned, self.levels, self.leaf, self.asked)

    # the vector

    def start(self) -> Floats:
        """Where to begin: slopes of 1, thresholds by the shares who earned so much."""
        found = []
        for j, size in enumerate(self.sizes.tolist()):
            own = self.earned.category[:, j]
            n = np.count_nonzero(own >= 0)
            found += [(np.count_nonzero(own >= k) + 0.5) / (n + 1.0) for k in range(1, size)]
        shares = np.array(found)
        structure = [0.5 if level.is_text else 1.5 for level in self.free]
        guessing = [-2.0] * self.asked.guessing
        logits = 1.15 * np.log(shares / (1.0 - shares))
        return np.concatenate([np.zeros(self.n_slopes), logits, guessing, structure])

    def from_other(self, x: Floats, other: _Likelihood) -> Floats:
        """A vector of another, for what both estimate."""
        found = self.start()
        n = self.n_slopes + int(self.ends[-1])
        found[:n] = x[:n]
        if other.asked.guessing and self.asked.guessing:
            found[n] = x[n]
        places = [place for place, level in enumerate(other.levels) if level.free]
        at = dict(zip(places, other.parts(x).structure.tolist(), strict=True))
        own = [at[place] for place, level in enumerate(self.levels) if level.free]
        return np.concatenate([found[: len(found) - len(own)], own])

    def bounds(self) -> list[tuple[float, float]]:
        """Of each element of the vector."""
        levels = [(0.0, 2.0) if level.is_text else (0.02, 4.0) for level in self.free]
        own = [(-2.5, 1.8)] * self.n_slopes + [(-12.0, 12.0)] * int(self.ends[-1])
        return [*own, *[(-6.0, 0.0)] * self.asked.guessing, *levels]

    def parts(self, x: Floats) -> _Parts:
        """The vector in its parts."""
        n, d = self.n_slopes, self.n_slopes + int(self.ends[-1])
        a = np.exp(x[:n]) if n > 1 else np.full(len(self.sizes), np.exp(x[0]))
        if self.asked.guessing:
            return _Parts(a, x[n:d], float(1.0 / (1.0 + np.exp(-x[d]))), x[d + 1 :])
        return _Parts(a, x[n:d], 0.0, x[d:])

    def kernels(self, s: Floats) -> list[Floats | None]:
        """The kernel of each level, None of one without a part of its own."""
        values, nodes = iter(s.tolist()), self.asked.root.nodes
        if not any(level.free for level in self.levels[:-1]):
            # items without a text stand at the root: the zero and the unit of ability are the grid's
            nodes = GRID
        kernels: list[Floats | None] = []
        for level in self.levels:
            if not level.free:
                kernels.append(None)
            elif level.is_text:
                kernels.append(_kernel(next(values) ** 2, nodes))
            else:
                rho = np.tanh(next(values))
                kernels.append(_kernel(1.0 - rho * rho, rho * nodes))
            nodes = GRID if level.free else nodes
        return kernels

    # value and gradient

    def __call__(self, x: Floats) -> tuple[float, Floats]:
        a, d, c, s = self.parts(x)
        logs, slopes = self._curves(a, d, c)
        value, posteriors, _, joint = self._passes(logs, self.kernels(s))
        counts = np.empty_like(logs)
        for rows, marked, posterior in zip(self.rows, self.marked, posteriors, strict=True):
            counts[rows] = marked.T @ posterior
        by_a, by_d, by_c = self._of_items(slopes, counts, a)
        by_s = np.array([self._along(s, n, joint) for n in range(len(s))])
        log_slopes = x[: self.n_slopes]
        off = log_slopes - log_slopes.mean()
        value -= float((off**2).sum()) / (2.0 * _SLOPE_SD**2) + float((d**2).sum()) / (2.0 * _THRESHOLD_SD**2)
        by_a = by_a - off / _SLOPE_SD**2 if self.n_slopes > 1 else by_a.sum(keepdims=True)
        guessing = [by_c * c * (1.0 - c)] * self.asked.guessing
        return -value, -np.concatenate([by_a, by_d - d / _THRESHOLD_SD**2, guessing, by_s])

    def _of_items(self, slopes: _Slopes, counts: Floats, a: Floats) -> tuple[Floats, Floats, float]:
        by_a, by_d, by_c = np.zeros(len(self.sizes)), np.zeros(int(self.ends[-1])), 0.0
        for (items, rows, ends), (by_z, by_guess) in zip(self.alike, slopes, strict=True):
            seen = counts[rows]
            by = np.einsum("nkq,nktq->ntq", seen, by_z)
            by_d[ends] = by.sum(axis=2)
            by_a[items] = a[items] * [float(one @ GRID) for one in by.sum(axis=1)]
            if by_guess is not None:
                by_c = sum((seen * by_guess).reshape(len(seen), -1).sum(axis=1).tolist(), by_c)
        return by_a, by_d, by_c

    def _along(self, s: Floats, n: int, joint: list[Floats | None]) -> float:
        """The derivative by one parameter of the levels: those by kernels, times how these change with it."""
        step = np.zeros(len(s))
        step[n] = 1e-4
        found = 0.0
        for counts, one, two in zip(joint, self.kernels(s + step), self.kernels(s - step), strict=True):
            if counts is not None and one is not None and two is not None:
                found += float((counts * (one - two)).sum())
        return found / 2e-4

    def _curves(self, a: Floats, d: Floats, c: float) -> tuple[Floats, _Slopes]:
        """Of all categories, leaf by leaf, log P (R, Q), and their derivatives."""
        logs, slopes = np.empty((sum(self.sizes.tolist()), len(GRID))), _Slopes()
        for items, rows, ends in self.alike:
            size = rows.shape[1]
            p = 0.5 * (1.0 + np.tanh(0.5 * (a[items, None, None] * GRID + d[ends, None])))
            guessed = c if size == 2 else 0.0
            above, steep = guessed + (1.0 - guessed) * p, (1.0 - guessed) * p * (1.0 - p)
            one = np.ones((len(items), 1, len(GRID)))
            steps = np.concatenate([one, above, 0.0 * one], axis=1)
            chance = np.maximum(steps[:, :-1] - steps[:, 1:], 1e-12)
            by_z = np.zeros((len(items), size, size - 1, len(GRID)))
            for k in range(size - 1):
                by_z[:, k + 1, k], by_z[:, k, k] = steep[:, k] / chance[:, k + 1], -steep[:, k] / chance[:, k]
            is_guessed = self.asked.guessing and size == 2
            by_c = np.concatenate([p - 1.0, 1.0 - p], axis=1) / chance if is_guessed else None
            logs[rows] = np.log(chance)
            slopes.append((by_z, by_c))
        return logs, slopes

    def root_after(self, x: Floats) -> AbilityDistribution:
        """The distribution at the root after some steps of EM, its mean 0 and its variance 1 again."""
        a, d, c, s = self.parts(x)
        _, _, root, _ = self._passes(self._curves(a, d, c)[0], self.kernels(s))
        [of_root], _ = self.nodes[0]
        shares = of_root.sizes / len(of_root.of_each)
        nodes, weights = self.asked.root
        for _ in range(_STEPS):
            weights = weights * ((shares / np.maximum(root @ weights, _TINY)) @ root)
        mean = float(weights @ nodes)
        return AbilityDistribution((nodes - mean) / float(np.sqrt(weights @ (nodes - mean) ** 2)), weights)

    def forget(self) -> None:
        """Gives back the memory of the passes."""
        for kept in (self.arrays, self.rests_on, self.totals):
            kept.clear()

    def _array(self, n: int, *name: object) -> Floats:
        """(n, Q) to be filled in each pass: to ask the system for memory takes as long as to fill it."""
        found = self.arrays.get(name)
        if found is None or len(found) < n:
            found = self.arrays[name] = np.empty((n, len(GRID)))
        return found[:n]

    def _is_new(self, name: tuple[object, ...], rests_on: object) -> bool:
        """Whether an array has to be filled anew: it rests on something else than the time before."""
        is_new = self.rests_on.get(name) != rests_on
        self.rests_on[name] = rests_on
        return is_new

    def _leaf(self, n: int, logs: Floats) -> _NodeLikelihood:
        """What candidates did on the items of a leaf."""
        name, rests_on, marked = ("leaf", n), logs.tobytes(), self.marked[n]
        own = self._array(len(marked), *name)
        if self._is_new(name, rests_on):
            np.matmul(marked, logs, out=own)
            top = own.max(axis=1, keepdims=True)
            np.exp(np.subtract(own, top, out=own), out=own)
            self.totals[name] = float(self.leaf_sizes[n] @ top[:, 0])
        return _NodeLikelihood(own, self.totals[name], rests_on)

    def _through(self, name: tuple[object, ...], kernel: Floats, node: _NodeLikelihood) -> _NodeLikelihood:
        """A node as the ability above it sees it."""
        rests_on = (kernel.tobytes(), node.rests_on)
        own = self._array(len(node.own), *name)
        if self._is_new(name, rests_on):
            np.matmul(node.own, kernel.T, out=own)
        return _NodeLikelihood(own, 0.0, rests_on)

    def _above(
        self,
        name: tuple[object, ...],
        nodes: Sequence[_NodeLikelihood],
        children: Sequence[_Child | None],
        of: _CandidateKinds,
    ) -> _NodeLikelihood:
        """The node above some: their product."""
        rests_on = tuple(node.rests_on for node in nodes)
        own = self._array(len(of.sizes), *name)
        if self._is_new(name, rests_on):
            own.fill(1.0)
            for node, child in zip(nodes, children, strict=True):
                own *= node.own if child is None else node.own.take(child.kinds, axis=0)
            # a product is quicker than to look for the greatest
            scale = np.maximum(own @ np.ones(len(GRID)), _TINY)
            self.totals[name] = float(of.sizes @ np.log(scale))
            own /= scale[:, None]
        return _NodeLikelihood(own, self.totals[name], rests_on)

    def _passes(
        self, logs: Floats, kernels: list[Floats | None]
    ) -> tuple[float, list[Floats], Floats, list[Floats | None]]:
        """Up the tree and down again: the log-likelihood, posteriors (K, Q) of the kinds of each leaf, of all
        candidates together, (K, Q) the likelihood at the root but for a factor, and what all gains by the
        kernel of each level. The arrays are used again."""
        nodes = [self._leaf(n, logs[rows]) for n, rows in enumerate(self.rows)]
        total, weights = sum(node.total for node in nodes), self.asked.root.weights
        seen, told = [], []
        levels = list(zip(count(), self.levels, kernels, self.nodes, strict=False))
        for place, level, kernel, (kinds, children) in reversed(levels):
            up = [
                self._through(("up", place, n), kernel, node) if kernel is not None and level.own[n] else node
                for n, node in enumerate(nodes)
            ]
            seen.append(nodes)
            told.append(up)
            nodes = []
            for parent, of in enumerate(kinds):
                own = np.flatnonzero(level.parent == parent).tolist()
                below = [up[child] for child in own]
                # of one alone the greatest is 1 already
                is_one = kernel is None and len(below) == 1
                nodes.append(
                    below[0]._replace(total=0.0)
                    if is_one
                    else self._above(("own", place, parent), below, [children[child] for child in own], of)
                )
                total += nodes[-1].total
        top_of_tree, [[of_root], _] = nodes[0].own, self.nodes[0]
        chance = np.maximum(top_of_tree @ weights, _TINY)
        posterior = np.multiply(top_of_tree, weights, out=self._array(len(chance), "root"))
        posterior *= (of_root.sizes / chance)[:, None]
        posteriors, joint = [posterior], []
        for place, level, kernel, (_, children) in levels:
            nodes, up = seen.pop(), told.pop()
            found, counts = [], None if kernel is None else np.zeros_like(kernel)
            for n, (child, parent) in enumerate(zip(children, level.parent.tolist(), strict=True)):
                of_kinds: Floats = posteriors[parent] if child is None else child.sums @ posteriors[parent]
                if kernel is None or counts is None or not level.own[n]:
                    found.append(of_kinds)
                    continue
                outside = np.maximum(up[n].own, _TINY, out=self._array(len(of_kinds), "outside"))
                np.divide(of_kinds, outside, out=outside)
                counts += outside.T @ nodes[n].own
                inside = np.matmul(outside, kernel, out=self._array(len(of_kinds), "inside", place, n))
                inside *= nodes[n].own
                found.append(inside)
            posteriors = found
            joint.append(counts)
        return total + float(of_root.sizes @ np.log(chance)), posteriors, top_of_tree, joint


def _alike_in(n: int, columns: Sequence[NDArray[np.integer]]) -> tuple[Ints, _CandidateKinds]:
    """Which of n candidates have the same in all columns of whole numbers from 0: of each kind the first, and
    the kinds."""
    code = np.zeros(n, dtype=np.int64)
    for own in columns:
        # numbered anew each time, so that products stay small
        code = np.unique(code * (int(own.max(initial=0)) + 1) + own, return_inverse=True)[1]
    _, first, kinds, sizes = np.unique(code, return_index=True, return_inverse=True, return_counts=True)
    return first, _CandidateKinds(sizes.astype(np.float64), kinds)


def _child(below: _CandidateKinds, first: Ints) -> _Child:
    """A node below one of whose kinds these candidates are the first."""
    kinds, n = below.of_each[first], len(first)
    return _Child(kinds, csr_array((np.ones(n), (kinds, np.arange(n))), shape=(len(below.sizes), n)))


# ── the maximum ──────────────────────────────────────────────────────────────────────────────


class _Maximum(NamedTuple):
    likelihood: _Likelihood
    x: Floats
    value: float

    def rho(self, place: int) -> float:
        """Of a level; 0 where it is not estimated."""
        free = [n for n, level in enumerate(self.likelihood.levels) if level.free]
        of = self.likelihood.parts(self.x).structure
        return float(np.tanh(of[free.index(place)])) if place in free else 0.0

    def told(self, earned: EarnedCategories) -> FittedCriteria:
        """As a model."""
        around = _Neighbourhood(self.likelihood, self.x, earned)
        return FittedCriteria(around.model(self.x), around)


def _maximum(likelihood: _Likelihood, before: _Maximum | None = None) -> _Maximum:
    from scipy.optimize import minimize

    n = len(likelihood.earned.category)
    if before is not None:
        start = likelihood.from_other(before.x, before.likelihood)
    elif n > 2 * _MOST_AT_FIRST:
        # most of the way is gone with few candidates
        start = _maximum(likelihood.of(np.arange(0, n, n // _MOST_AT_FIRST))).x
    else:
        start = likelihood.start()
    options = {"maxiter": 200, "ftol": 1e-8, "maxcor": 20}
    bounds = likelihood.bounds()
    found = minimize(likelihood, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    likelihood.forget()
    return _Maximum(likelihood, np.asarray(found.x), -float(found.fun))


class _Neighbourhood:
    """Where else the parameters might lie: normal about the estimates, by the inverse of the information."""

    def __init__(self, likelihood: _Likelihood, x: Floats, earned: EarnedCategories) -> None:
        self.likelihood, self.x, self.earned = likelihood, x, earned

    def draws(self, n: int, rng: np.random.Generator) -> Iterator[CriteriaModel]:
        """So many models; the information is that of some candidates, times how many more there are."""
        root = self._root(rng)
        low, high = np.array(self.likelihood.bounds()).T
        for _ in range(n // 2):
            off = root @ rng.standard_normal(len(self.x))
            for sign in (1.0, -1.0):
                yield self.model(np.clip(self.x + sign * off, low, high))

    def _root(self, rng: np.random.Generator) -> Floats:
        everybody = len(self.earned.category)
        some = min(everybody, max(_CELLS_FOR_ERRORS // len(self.likelihood.sizes), 200))
        likelihood = self.likelihood.of(rng.choice(everybody, some, replace=False))
        n, step = len(self.x), 1e-4
        second = np.tile(-likelihood(self.x)[1], (n, 1))
        for k in range(n):
            second[k] += likelihood(self.x + step * (np.arange(n) == k))[1]
        second /= step
        values, vectors = np.linalg.eigh(0.5 * (second + second.T) * (everybody / some))
        # the symmetric root is one, whichever vectors rounding makes of values that are alike
        return np.asarray(vectors / np.sqrt(np.maximum(values, 0.5)) @ vectors.T)

    def model(self, x: Floats) -> CriteriaModel:
        """The model of a vector."""
        likelihood, earned = self.likelihood, self.earned
        a, d, c, s = likelihood.parts(x)
        root = likelihood.asked.root
        table = np.full((len(a), earned.units.shape[1] - 1), np.nan)
        for j, size in enumerate(likelihood.sizes.tolist()):
            table[j, : size - 1] = d[likelihood.ends[j] : likelihood.ends[j + 1]]
        *groups, texts = likelihood.levels
        values = iter(s.tolist())
        r, known = 1.0, []
        # ρ from the root down; correlations from the criteria up
        rho = [float(np.tanh(next(values))) if level.free else 1.0 for level in groups]
        for one in reversed(rho):
            r *= one**2
            known.append(r)
        text_sd = next(values) if texts.free else 0.0
        if not any(level.free for level in groups):
            # nothing stands between root and items: the unit and the zero of ability are the root's
            spread = STEP / float(root.nodes[1] - root.nodes[0])
            mean = -float(root.nodes[len(GRID) // 2]) * spread
            table, a, text_sd = table + (a * mean)[:, None], a * spread, text_sd / spread
        near = _nearness(earned)
        there = [(near == level).any() for level in range(1, len(known) + 1)]
        text = np.where(texts.own[likelihood.leaf] & texts.free, likelihood.leaf, -1)
        return CriteriaModel(
            slopes=a,
            thresholds=table,
            guessing=c,
            units=earned.units,
            criterion=earned.criterion,
            groups=earned.groups,
            correlations=tuple(r if met else float("nan") for r, met in zip(known, there, strict=True)),
            n_candidates=len(earned.category),
            general=root,
            text=text,
            text_sd=text_sd,
            redrawn=tuple(
                np.zeros(int(group.max(initial=0)) + 1, dtype=np.bool_)
                for group in (np.arange(len(earned.groups[0])), *earned.groups)
            ),
        )
