"""Designs with known truth → lines between scales of partial scores, and how often
tests of pairs, items and persons flag what is sound and what is not.

The third part of the study of docs/validation/recovery.md, and of its small test; what a replication is says `recovery`.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats import irt_abilities as abilities
from examgen.stats.fit import local_dependence, person_fit, q3
from examgen.stats.linking_methods import METHODS, LinkRule, ability_grid, link_scales
from examgen.stats.mml_fit import fit_mml
from examgen.stats.nonparametric_fit import patterns
from examgen.stats.quadrature import normal_grid
from examgen.stats.rasch import item_wald
from tests.psychometrics.by_definition import drawn
from tests.psychometrics.dif_columns import analysed, columns
from tests.psychometrics.recovery import DIF_ITEM, DIF_SIZE, Design, answers, truth
from tests.psychometrics.recovery_models import graded_items

Floats = NDArray[np.float64]
A, B = 1.3, -0.4
"""Of the new group: N(−0.4, 1.3²), so that θ of the first group is 1.3 θ of its own − 0.4."""


def stream(name: str, seed: int, replication: int) -> np.random.Generator:
    return np.random.default_rng([seed, replication, zlib.crc32(name.encode())])


# ── the line between two scales of partial scores ────────────────────────────────────────────


class LinkingDesign(NamedTuple):
    """Two groups, N(0, 1) and N(−0.4, 1.3²), calibrated apart; items of four categories, all in common."""

    model: str
    n_each: int
    n_items: int

    @property
    def name(self) -> str:
        return f"{self.model}, groups of {self.n_each:,}, {self.n_items} common items"


def linking_recovered(design: LinkingDesign, seed: int, replication: int) -> dict[str, tuple[float, float]]:
    """By each method, A and B less what they are."""
    rng, items = stream(design.name, seed, replication), graded_items(design.model, design.n_items, seed)
    old, new = (
        fit_mml(
            drawn(items, rng.normal(mean, sd, design.n_each), rng), design.model, standard_errors=False
        ).parameters
        for mean, sd in ((0.0, 1.0), (B, A))
    )
    lines = {method: link_scales(new, old, LinkRule(method, ability_grid())) for method in METHODS}
    return {method: (line.slope - A, line.intercept - B) for method, line in lines.items()}


# ── what is flagged ──────────────────────────────────────────────────────────────────────────

ODD_SHARE, PAIR = 0.05, 0.7
"""Persons who do not answer by the model; the sd of the effect that two items have in common."""


class FlagDesign(NamedTuple):
    """`pairs`: 2PL, and then two items with a common effect of sd 0.7. `items`: Rasch, and then one with a slope of
    1.5. `persons`: 2PL, 5 % of persons mark at random, one of four right. `sibtest`: as `recovery.DifDesign`."""

    what: str
    n: int
    n_items: int

    @property
    def name(self) -> str:
        return f"{self.what} {self.n:,} × {self.n_items}"


def flags(design: FlagDesign, seed: int, replication: int) -> dict[str, tuple[float, float]]:
    """Of each test the share of what is sound that it flags at 5 %, and the share of what is not."""
    of = {"pairs": _pairs, "items": _items, "persons": _persons, "sibtest": _sibtest}[design.what]
    return of(design, seed, replication, stream(design.name, seed, replication))


def _pairs(
    design: FlagDesign, seed: int, replication: int, rng: np.random.Generator
) -> dict[str, tuple[float, float]]:
    a, b, _ = truth(Design("2pl", 0, design.n_items), seed, replication)
    a[:2], b[:2] = 1.0, (-0.3, 0.3)
    theta, effect = rng.standard_normal((2, design.n))
    above = np.triu_indices(design.n_items, 1)
    found: dict[str, list[float]] = {}
    for size in (0.0, PAIR):
        logits = a * (theta[:, None] - b)
        logits[:, :2] += size * effect[:, None]
        scores = np.asarray(rng.random(logits.shape) < 1 / (1 + np.exp(-logits)), np.int8)
        fit = fit_mml(scores, "2pl", standard_errors=False).parameters
        p = local_dependence(scores, fit).p
        adjusted = q3(scores, fit, abilities.eap(scores, fit, normal_grid(121)).theta).adjusted
        for name, flagged in (("LD X²", p < 0.05), ("Q3 above its mean by 0.2", adjusted > 0.2)):
            one = bool(flagged[0, 1]) if size else float(flagged[above].mean())
            found.setdefault(name, []).append(float(one))
    return {name: (quiet, loud) for name, (quiet, loud) in found.items()}


def _items(
    design: FlagDesign, seed: int, replication: int, rng: np.random.Generator
) -> dict[str, tuple[float, float]]:
    _, b, _ = truth(Design("rasch", 0, design.n_items), seed, replication)
    b[0] = 0.8
    theta = rng.standard_normal(design.n)
    shares = []
    for slope in (1.0, 1.5):
        a = np.where(np.arange(design.n_items) == 0, slope, 1.0)
        scores = np.asarray(
            rng.random((design.n, design.n_items)) < 1 / (1 + np.exp(-a * (theta[:, None] - b)))
        )
        p = item_wald(scores.astype(np.int8)).p
        shares.append(float((p < 0.05).mean()) if slope == 1.0 else float(p[0] < 0.05))
    return {"Wald, groups by the median score": (shares[0], shares[1])}


def _persons(
    design: FlagDesign, seed: int, replication: int, rng: np.random.Generator
) -> dict[str, tuple[float, float]]:
    """The limits of all three are those of 5 % of persons whom the fitted model simulates."""
    items, theta = truth(Design("2pl", 0, design.n_items), seed, replication), rng.standard_normal(design.n)
    scores = answers(items, theta, rng)
    odd = np.arange(design.n) < round(ODD_SHARE * design.n)
    scores[odd] = rng.random((odd.sum(), design.n_items)) < 0.25
    fit = fit_mml(scores, "2pl", standard_errors=False).parameters
    by_model = answers(items._replace(a=fit.a, b=fit.b[:, 0]), rng.standard_normal(design.n), rng)
    found = {}
    for name, of in (
        ("Ht", lambda s: patterns(s)[1]),
        ("U3", lambda s: -patterns(s)[2]),
        ("lz*", lambda s: person_fit(s, fit, abilities.wle(s, fit).theta, method="wle").lz_star),
    ):
        limit = np.nanquantile(of(by_model), 0.05)
        flagged = of(scores) < limit
        found[name] = (float(flagged[~odd].mean()), float(flagged[odd].mean()))
    return found


def _sibtest(
    design: FlagDesign, seed: int, replication: int, rng: np.random.Generator
) -> dict[str, tuple[float, float]]:
    items = truth(Design("2pl", 0, design.n_items), seed, replication)
    items.a[DIF_ITEM], items.b[DIF_ITEM] = 1.0, 0.0
    group = np.repeat([0, 1], [design.n - design.n // 4, design.n // 4])
    theta = rng.standard_normal(design.n) - 0.5 * group
    fair = answers(items, theta, rng)
    harder = items._replace(b=items.b + DIF_SIZE * (np.arange(design.n_items) == DIF_ITEM))
    unfair = np.where(group[:, None] == 1, answers(harder, theta, rng), answers(items, theta, rng))
    found = {}
    for least in (2, 5):
        quiet, loud = (columns(analysed(s, group, "sibtest", least=least))["p"] for s in (fair, unfair))
        found[f"SIBTEST, scores with more than {least} of each group"] = (
            float((quiet < 0.05).mean()),
            float(loud[DIF_ITEM] < 0.05),
        )
    return found
