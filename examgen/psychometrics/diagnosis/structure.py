"""How attributes go together in the population: the shares π of the 2^K profiles.

`saturated`: every profile has a share of its own, 2^K − 1 parameters. `higher-order`: attributes are as
independent as one common ability leaves them, a slope and an intercept each. `independent`: a share of
masters each, K parameters; wrong where attributes go together, as criteria of one unit do.

References
----------
de la Torre, J., & Douglas, J. A. (2004). Higher-order latent trait models for cognitive diagnosis.
Psychometrika, 69(3), 333–353.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.psychometrics.irt.items import Floats

STRUCTURES = ("saturated", "higher-order", "independent")
_NODES, _STEPS = 21, 5
_LEAST = 1e-300


class Structure(NamedTuple):
    """A distribution of profiles, and the parameters that it has."""

    kind: str
    shares: Floats
    """(C,) of the profiles, sum 1."""
    parameters: Floats
    """`higher-order`: (K, 2) slopes and intercepts; `independent`: (K,) shares of masters; else empty."""

    @property
    def n_parameters(self) -> int:
        """Free parameters."""
        return self.parameters.size if self.parameters.size else len(self.shares) - 1


def start(kind: str, profiles: Floats) -> Structure:
    """Profiles (C, K) of zeros and ones; all alike likely, or independent halves."""
    c, k = profiles.shape
    empty = Structure(kind, np.full(c, 1.0 / c), np.empty(0))
    if kind == "saturated":
        return empty
    if kind == "independent":
        return empty._replace(parameters=np.full(k, 0.5))
    return _of_ability(profiles, np.column_stack([np.ones(k), np.zeros(k)]))


def maximised(before: Structure, profiles: Floats, counts: Floats) -> Structure:
    """The structure under which the expected counts (C,) of the profiles are likeliest; of `higher-order` one
    that is likelier than `before`."""
    if before.kind == "saturated":
        return before._replace(shares=counts / counts.sum())
    if before.kind == "independent":
        p = np.clip(counts @ profiles / counts.sum(), 1e-8, 1 - 1e-8)
        shares = np.exp(profiles @ np.log(p) + (1 - profiles) @ np.log1p(-p))
        return before._replace(shares=shares, parameters=p)
    # steps of EM over the ability: a weighted logistic regression of each attribute on the nodes
    parameters = before.parameters.copy()
    for _ in range(_STEPS):
        nodes, given, weight = _by_node(profiles, parameters)
        at_node = counts @ weight
        masters = (counts[:, None] * weight).T @ profiles
        design = np.column_stack([nodes, np.ones(_NODES)])
        for k in range(profiles.shape[1]):
            p = given[:, k]
            gradient = design.T @ (masters[:, k] - at_node * p)
            information = (design * (at_node * p * (1 - p))[:, None]).T @ design + 1e-6 * np.eye(2)
            step = np.linalg.solve(information, gradient)
            parameters[k] += np.clip(step, -1.0, 1.0)
        parameters = np.clip(parameters, -12.0, 12.0)
    found = _of_ability(profiles, parameters)
    better = counts @ np.log(np.maximum(found.shares, _LEAST))
    return found if better >= counts @ np.log(np.maximum(before.shares, _LEAST)) else before


def slopes_of_log(found: Structure, profiles: Floats) -> Floats:
    """(C, parameters) how the logarithm of each share changes with each free parameter."""
    if found.kind == "saturated":
        inverse = np.diag(1.0 / np.maximum(found.shares, _LEAST))
        return np.asarray(inverse[:, 1:] - inverse[:, :1])
    if found.kind == "independent":
        p = found.parameters
        return np.asarray((profiles - p) / (p * (1 - p)))
    nodes, given, weight = _by_node(profiles, found.parameters)
    residual = profiles[:, None, :] - given[None, :, :]
    of_intercept = np.einsum("cq,cqk->ck", weight, residual)
    of_slope = np.einsum("cq,cqk,q->ck", weight, residual, nodes)
    return np.concatenate([of_slope, of_intercept], axis=1)


def _joint(profiles: Floats, parameters: Floats) -> tuple[Floats, Floats, Floats]:
    """Nodes, (Q, K) chance of each attribute, and (C, Q) profile and node together."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    weights = weights / weights.sum()
    logit = np.clip(parameters[:, 0] * nodes[:, None] + parameters[:, 1], -30, 30)
    given = 1.0 / (1.0 + np.exp(-logit))
    log = profiles @ np.log(given).T + (1 - profiles) @ np.log1p(-given).T
    return nodes, given, np.exp(log) * weights


def _of_ability(profiles: Floats, parameters: Floats) -> Structure:
    shares = _joint(profiles, parameters)[2].sum(axis=1)
    return Structure("higher-order", shares / shares.sum(), parameters)


def _by_node(profiles: Floats, parameters: Floats) -> tuple[Floats, Floats, Floats]:
    nodes, given, joint = _joint(profiles, parameters)
    return nodes, given, joint / np.maximum(joint.sum(axis=1, keepdims=True), _LEAST)
