"""How well `analyse link` finds a line that is known.

`python benchmarks/linking.py [REPLICATIONS [TABLE]]` prints the tables of docs/linking.md. Two forms of 40
items, 20 of them in common, the first 5, 10 or all of which link; N candidates each, the new ones
N(0.5, 1.2²) on the scale of the old, so that slope and intercept are 1.2 and 0.5. Each sitting is calibrated
by itself (3PL with the prior norm:-1.1:0.5 on c). Items and candidates are drawn anew each time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from examgen.analyses.equating.linking import link_calibrations  # noqa: E402
from examgen.analyses.equating.options import LinkingOptions  # noqa: E402
from examgen.analyses.equating.parameters import Calibration, calibration_of  # noqa: E402
from examgen.core.problems import Refused  # noqa: E402
from examgen.psychometrics.equating.irt_equating import true_scores  # noqa: E402
from examgen.psychometrics.equating.irt_linking import METHODS, Items  # noqa: E402
from examgen.psychometrics.irt.marginal.groups import fit_groups  # noqa: E402
from examgen.psychometrics.irt.marginal.models import fit_mml  # noqa: E402
from examgen.psychometrics.irt.marginal.priors import LogitNormal  # noqa: E402

Floats = npt.NDArray[np.float64]
SLOPE, INTERCEPT = 1.2, 0.5
FORM, COMMON, ANCHORS = 40, 20, (5, 10, 20)
DRIFT = 0.6
CELLS = (("2pl", 250), ("2pl", 500), ("2pl", 2000), ("3pl", 1000), ("3pl", 3000))


def drawn(rng: np.random.Generator, model: str, n: int) -> Items:
    """True parameters of items on the old scale."""
    c = rng.beta(8, 32, n) if model == "3pl" else np.zeros(n)
    return Items(rng.lognormal(0.0, 0.3, n), rng.normal(0.0, 1.0, n), c, np.ones(n))


def sat(rng: np.random.Generator, items: Items, n: int, mean: float, sd: float) -> npt.NDArray[np.int8]:
    """Scores of N(mean, sd²) candidates."""
    theta = rng.normal(mean, sd, n)[:, None]
    chance = items.c + (1.0 - items.c) / (1.0 + np.exp(-items.a * (theta - items.b)))
    return (rng.random(chance.shape) < chance).astype(np.int8)


def calibrated(
    rng: np.random.Generator, model: str, items: Items, n: int, mean: float, sd: float, name: str
) -> Calibration:
    """A sitting and its calibration; the first 20 items are C0 … C19."""
    scores = sat(rng, items, n, mean, sd)
    fit = fit_mml(scores, model, prior_c=LogitNormal(-1.1, 0.5) if model == "3pl" else None)
    names = [f"C{k}" if k < COMMON else f"{name}{k}" for k in range(FORM)]
    return calibration_of(name, names, fit)


def only(one: Calibration, n_anchors: int) -> Calibration:
    """The calibration as if fewer items were in common."""
    names = [f"own-{name}" if name[0] == "C" and int(name[1:]) >= n_anchors else name for name in one.names]
    return one._replace(names=tuple(names))


def both(*parts: Items) -> Items:
    return Items(*(np.concatenate(own) for own in zip(*parts, strict=True)))


def replication(rng: np.random.Generator, model: str, n: int) -> tuple[dict[int, Any], Floats]:
    """Links by so many anchors; the true conversion."""
    common = drawn(rng, model, COMMON)
    old_items, new_items = (both(common, drawn(rng, model, FORM - COMMON)) for _ in range(2))
    old = calibrated(rng, model, old_items, n, 0.0, 1.0, "old")
    new = calibrated(rng, model, new_items, n, INTERCEPT, SLOPE, "new")
    asked = LinkingOptions(equate="true")
    found = {k: link_calibrations(old, only(new, k), asked) for k in ANCHORS}
    return found, true_scores(new_items, old_items).y


def drifting(rng: np.random.Generator, model: str, n: int) -> tuple[Any, Any]:
    """Links of 20 anchors that are sound, and where the first has become harder; purified."""
    common = drawn(rng, model, COMMON)
    old_items, new_items = (both(common, drawn(rng, model, FORM - COMMON)) for _ in range(2))
    moved = new_items._replace(b=new_items.b + DRIFT * (np.arange(FORM) == 0))
    old = calibrated(rng, model, old_items, n, 0.0, 1.0, "old")
    news = (calibrated(rng, model, one, n, INTERCEPT, SLOPE, "new") for one in (new_items, moved))
    first, second = (link_calibrations(old, one, LinkingOptions(purify=True)) for one in news)
    return first, second


def told(values: Iterable[float], truth: float) -> tuple[str, str]:
    away = np.array(list(values)) - truth
    return f"{away.mean():+.3f}", f"{np.sqrt((away**2).mean()):.3f}"


def held(rows: list[Any], what: str, truth: float) -> str:
    inside = [abs(row[what] - truth) <= 1.96 * row[f"se_{what}"] for row in rows]
    return f"{100 * np.mean(inside):.0f}"


def constants(replications: int) -> None:
    """The tables of constants and conversions, as Markdown."""
    lines: list[Any] = []
    conversions: list[Any] = []
    for model, n in CELLS:
        rng = np.random.default_rng([n, len(model), ord(model[0])])
        runs = []
        for _ in range(replications):
            with suppress(Refused):
                runs.append(replication(rng, model, n))
        if len(runs) < replications:
            print(f"{model}, N = {n}: {replications - len(runs)} replications could not be linked\n")
        for k in ANCHORS:
            for m, method in enumerate(METHODS):
                rows = [run[0][k]["constants"][m] for run in runs]
                cells = [model, n, k, method]
                for what, truth in (("slope", SLOPE), ("intercept", INTERCEPT)):
                    cells += [*told((row[what] for row in rows), truth), held(rows, what, truth)]
                lines.append(cells)
            away, inside = [], []
            for found, truth in runs:
                table = found[k]["equating"]["table"]
                if len(table) != FORM + 1:
                    continue  # an item that could not be estimated
                y, se = (np.array([row[what] for row in table])[1:-1] for what in ("y", "se"))
                away.append(y - truth[1:-1])
                inside.append(np.abs(away[-1]) <= 1.96 * se)
            each = np.stack(away)
            bias, rmse = np.abs(each.mean(axis=0)).max(), np.sqrt((each**2).mean())
            conversions.append([model, n, k, f"{bias:.2f}", f"{rmse:.2f}", f"{100 * np.mean(inside):.0f}"])
    show("model|N|anchors|method|slope: bias|RMSE|95 % held|intercept: bias|RMSE|95 % held", lines)
    show("model|N|anchors|largest bias|RMSE|95 % held", conversions)


def drifts(replications: int) -> None:
    """The table of drift."""
    lines: list[Any] = []
    for model, n in CELLS:
        rng = np.random.default_rng([n, len(model), ord(model[0]), 1])
        runs = []
        for _ in range(replications):
            with suppress(Refused):
                runs.append(drifting(rng, model, n))
        clean = [row["drifts"] for run in runs for row in run[0]["anchors"]]
        planted = [{row["item"]: row["drifts"] for row in run[1]["anchors"]}.get("C0", False) for run in runs]
        others = [row["drifts"] for run in runs for row in run[1]["anchors"] if row["item"] != "C0"]
        shares = [f"{100 * np.mean(one):.1f}" for one in (clean, planted, others)]
        lines.append([model, n, *shares, *told((run[1]["intercept"] for run in runs), INTERCEPT)])
    show("model|N|flagged of sound ones|of those that drifted|of the others|intercept: bias|RMSE", lines)


def concurrent(replications: int) -> None:
    """The table of both sittings calibrated at once, as `analyse irt --group` does."""
    lines: list[Any] = []
    for model, n in (("2pl", 500), ("3pl", 1000)):
        rng = np.random.default_rng([n, len(model), ord(model[0]), 2])
        fits = []
        for _ in range(replications):
            common = drawn(rng, model, COMMON)
            parts = [both(common, drawn(rng, model, FORM - COMMON)) for _ in range(2)]
            scores = np.full((2 * n, 2 * FORM - COMMON), -1, dtype=np.int8)
            scores[:n, :FORM] = sat(rng, parts[0], n, 0.0, 1.0)
            scores[n:, :COMMON], scores[n:, FORM:] = np.split(
                sat(rng, parts[1], n, INTERCEPT, SLOPE), [COMMON], axis=1
            )
            prior = LogitNormal(-1.1, 0.5) if model == "3pl" else None
            fits.append(fit_groups(scores, np.repeat([0, 1], n), model=model, prior_c=prior))
        cells: list[Any] = [model, n]
        for what, truth in (("sd", SLOPE), ("mean", INTERCEPT)):
            rows = [{what: getattr(f, what)[1], f"se_{what}": getattr(f, f"se_{what}")[1]} for f in fits]
            cells += [*told((row[what] for row in rows), truth), held(rows, what, truth)]
        lines.append(cells)
    show("model|N|sd: bias|RMSE|95 % held|mean: bias|RMSE|95 % held", lines)


def show(head: str, rows: list[Any]) -> None:
    names = head.split("|")
    print("|", " | ".join(names), "|")
    print("|" + "---|" * len(names))
    for row in rows:
        print("|", " | ".join(map(str, row)), "|")
    print()


if __name__ == "__main__":
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for table in (constants, drifts, concurrent):
        if sys.argv[2:] in ([], [table.__name__]):
            table(n)
