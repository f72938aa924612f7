"""Whatever comes for an argument: a result, or a sentence; never an error of numpy or polars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es

RNG = np.random.default_rng(0)
GOOD = es.example(n_persons=60)
GROUPS = [0, 1] * 30
ITEMS: dict[str, Any] = {"item": ["i1", "i2", "i3"], "a": [1, 1.2, 0.8], "b": [-1, 0, 1.0]}
AREAS = {**ITEMS, "area": ["x", "y", "x"]}
MODULES = {**ITEMS, "module": ["1", "2", "3"]}
PANEL = [["1"], ["2", "3"]]
V = RNG.integers(0, 20, 60)
ODD: list[Any] = [
    None, 0, -1, 1.5, np.nan, np.inf, True, "x", "", b"x", 10**30, 1 + 2j, object(), es.example, range(5),
    [], [[]], {}, (), {1, 2}, [None], [np.nan] * 5, [1], [1] * 10, ["a", "b"], [[1, 0], [0, 1]],
    np.zeros((0, 3)), np.zeros((3, 0)), np.ones((4, 4, 4)), np.ones((5, 5)), np.full((5, 5), np.nan),
    np.array([[np.inf, 1], [0, 1]]), np.datetime64("2020-01-01"), np.arange(200), RNG,
    pl.DataFrame(), pl.DataFrame({"a": [1, 2]}), pl.Series([1, 2, 3]), {"a": 1}, {"a": [1, 0, 1]},
    {"item": ["a"], "b": [1.0]}, {"item": ["a", "a"], "b": [1.0, 2]}, {"item": ["a"], "a": [0.0], "b": [0.0]},
    {"item": ["a", "b"], "a": [-1, 1], "b": [0, 0]}, RNG.normal(size=60), RNG.integers(0, 2, (60, 8)),
    RNG.integers(0, 2, (60, 1)), np.zeros((60, 8)), GOOD,
]  # fmt: skip


def few(value: Any) -> Any:
    """Not so many that it takes long."""
    return 5 if isinstance(value, int) and value > 1e5 else value


CALLS: dict[str, Callable[[Any], Any]] = {
    **{
        f"dif data {method}": lambda o, method=method: es.dif(o, GROUPS, method=method)
        for method in ("mh", "logistic", "std", "sibtest", "raju", "lr")
    },
    "dif groups": lambda o: es.dif(GOOD, o),
    **{
        f"dif {name}": lambda o, name=name: es.dif(GOOD, "sex", **{name: o})
        for name in (
            "focal", "reference", "method", "adjust", "alpha", "matching", "kind", "criterion", "model",
        )
    },
    "dif least": lambda o: es.dif(GOOD, "sex", method="sibtest", least=o),
    "equate x": lambda o: es.equate(o, V),
    "equate y": lambda o: es.equate(V, o),
    "equate both": lambda o: es.equate(o, o),
    "equate one group": lambda o: es.equate(o, o, design="sg"),
    "equate replications": lambda o: es.equate(V, V, replications=few(o)),
    **{
        f"equate {name}": lambda o, name=name: es.equate(V, V, **{name: o})
        for name in ("method", "design", "points", "step", "level", "smooth", "select", "anchor", "seed")
    },
    **{
        f"equate {name}": lambda o, name=name: es.equate(V, V, "equipercentile", **{name: o})
        for name in ("degree", "bandwidth")
    },
    "equate anchor_x": lambda o: es.equate(V, V, anchor_x=o, anchor_y=V // 2),
    **{
        f"equate {name}": lambda o, name=name: es.equate(
            V, V, "tucker", anchor_x=V // 2, anchor_y=V // 2, **{name: o}
        )
        for name in ("anchor_points", "weight")
    },
    "convert": lambda o: es.equate(V, V).convert(o),
    "link x": lambda o: es.link(o, ITEMS),
    "link y": lambda o: es.link(ITEMS, o),
    "link both": lambda o: es.link(o, o),
    **{
        f"link {name}": lambda o, name=name: es.link(ITEMS, ITEMS, **{name: o})
        for name in ("anchors", "method", "model", "weights", "drift_z", "drift_rmsd")
    },
    "link equate": lambda o: es.link(ITEMS, ITEMS).equate(o),
    "simulate items": lambda o: es.simulate(o, 10),
    "simulate n": lambda o: es.simulate(ITEMS, few(o)),
    "simulate theta": lambda o: es.simulate(ITEMS, theta=o),
    **{
        f"simulate {name}": lambda o, name=name: es.simulate(ITEMS, 5, **{name: o})
        for name in ("seed", "mean", "sd", "model", "missing")
    },
    "adaptive pool": lambda o: es.simulate_adaptive(o, 10, length=1),
    "adaptive answers": lambda o: es.simulate_adaptive(ITEMS, answers=o, length=1),
    "adaptive area column": lambda o: es.simulate_adaptive(
        {**ITEMS, "area": [o] * 3}, 10, length=3, areas={"x": 1}
    ),
    "adaptive areas": lambda o: es.simulate_adaptive(AREAS, 10, length=3, areas=o),
    "adaptive length": lambda o: es.simulate_adaptive(ITEMS, 10, length=o),
    **{
        f"adaptive {name}": lambda o, name=name: es.simulate_adaptive(ITEMS, 10, **{"length": 3, name: o})
        for name in ("se", "least", "max_exposure", "randomesque", "selection", "sd", "mean", "score")
    },
    "adaptive strata": lambda o: es.simulate_adaptive(
        ITEMS, 10, length=3, selection="a-stratified", strata=o
    ),
    "panel": lambda o: es.simulate_multistage(ITEMS, o, 10),
    "panel stage": lambda o: es.simulate_multistage(ITEMS, [o], 10),
    "panel module": lambda o: es.simulate_multistage(ITEMS, [{"m": o}], 10),
    "panel routing": lambda o: es.simulate_multistage(MODULES, PANEL, 10, routing=o),
    "panel cuts": lambda o: es.simulate_multistage(MODULES, PANEL, 10, routing="theta", cuts=o),
    "panel cut": lambda o: es.simulate_multistage(MODULES, PANEL, 10, routing="theta", cuts=[o]),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_an_odd_value_gives_a_result_or_a_sentence(name: str) -> None:
    for odd in ODD:
        found = _called(CALLS[name], odd)
        if isinstance(found, es.ArgumentError):
            assert 0 < len(str(found)) < 400, odd
        if isinstance(found, es.Result):
            assert repr(found)
            assert found.summary()
            assert found.to_json()


def _called(call: Callable[[Any], Any], value: Any) -> Any:
    try:
        return call(value)
    except es.ArgumentError as refused:
        return refused
