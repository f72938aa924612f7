"""A problem of items with asymptotes or many categories → where its likelihood is highest (`ascent`)."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.irt.marginal import problem as mml_problem
from examgen.psychometrics.irt.marginal.ascent import (
    MOST_STEPS,
    TOLERANCE,
    Evaluation,
    Objective,
    maximise,
    newton,
)
from examgen.psychometrics.irt.marginal.problem import MarginalProblem, MarginalState

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
CHEAP = 2e8
"""Multiplications of one observed information below which Newton starts early."""
MOST_PARAMETERS = 4000
"""Beyond this many free parameters no matrix among them is built."""


class PosteriorMaximum(NamedTuple):
    """Where the way ended."""

    state: MarginalState
    gradient: Floats
    """Of the free parameters, in the order of `pack`."""
    information: Floats
    """Observed information there; empty where it was not built."""
    held: Flags
    """Free parameters at an end of their range."""
    converged: bool
    iterations: int
    """Expectation steps."""


def maximise_posterior(
    problem: MarginalProblem,
    x: Floats,
    group: Floats,
    *,
    information: bool,
    tolerance: float = TOLERANCE,
    newton_steps: bool = True,
) -> PosteriorMaximum:
    """The maximum of the log posterior from a start; with the observed information there, if asked.

    Without Newton's steps it is reached by those of EM alone, for models of which these are few.
    """
    size = int(problem.free.sum() + problem.group_free.sum())
    n_rows, n_columns = problem.responses.z.shape
    work = float(n_rows) * n_columns**2 * len(problem.nodes)
    hill = Objective(
        partial(_point, problem, x, group),
        partial(_information, problem) if newton_steps and 0 < size <= MOST_PARAMETERS else None,
        *mml_problem.bounds(problem),
        costly=work >= CHEAP,
    )
    found = maximise(
        mml_problem.pack(problem, x, group),
        hill,
        tolerance=tolerance,
        max_iterations=MOST_STEPS,
        em_steps=25 if hill.costly else 6,
    )
    if information and found.observed is None and hill.information is not None:
        found = newton(found, hill, tolerance, MOST_STEPS)
    point, observed = found.point, np.empty((0, 0)) if found.observed is None else found.observed
    held = hill.held(point)
    return PosteriorMaximum(point.state, point.gradient, observed, held, found.converged, found.iterations)


def _point(problem: MarginalProblem, x: Floats, group: Floats, free: Floats) -> Evaluation:
    """What is known where the free parameters are those, and all others those of x and group."""
    at = mml_problem.unpack(problem, free, x, group)
    if not mml_problem.inside(problem, *at):
        return Evaluation(free, np.nan, np.zeros_like(free), free, None)
    state = mml_problem.evaluate(problem, *at)
    new_x, new_group, slope_x, slope_group = mml_problem.maximised(problem, state)
    gradient, proposal = (
        mml_problem.pack(problem, *of) for of in ((slope_x, slope_group), (new_x, new_group))
    )
    return Evaluation(free, state.value, gradient, proposal, None, state)


def _information(problem: MarginalProblem, point: Evaluation) -> Floats:
    return mml_problem.observed_information(problem, point.state)
