"""One statistic by one program, in a process of its own: prints seconds as JSON and stores what was found.

    python benchmarks/psychometrics_peers_calls.py PROGRAM TASK DATA.npz FOUND.npz

The same file runs in our interpreter and in that of the peers, so each call imports its own program. A call
takes the arrays of DATA.npz and returns a function without arguments, which is what is timed; that function
returns arrays. Item parameters come back as slopes `a` (J,), intercepts `d` (J, M) and lower asymptotes `c`
(J,) of P = c + (1 − c) / (1 + exp(−(aθ + d))), of the graded or of the partial credit model.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Data = dict[str, Any]
Found = dict[str, Any]
Ready = Callable[[], Found]
TURNS, LONG = 5, 8.0
"""Timed calls after the first; with a first call of so many seconds there are no others."""
SAMPLES = 1_000


def ours(task: str, data: Data) -> Ready:
    """Examgen, at its defaults."""
    from examgen.psychometrics.dif.methods import analyse_dif
    from examgen.psychometrics.equating.errors import bootstrap
    from examgen.psychometrics.equating.methods import MethodOptions, equated
    from examgen.psychometrics.equating.scores import Scales
    from examgen.psychometrics.irt.abilities import eap
    from examgen.psychometrics.irt.conditional.rasch import fit_cml
    from examgen.psychometrics.irt.items import dichotomous
    from examgen.psychometrics.irt.marginal.groups import fit_groups
    from examgen.psychometrics.irt.marginal.models import fit_mml
    from examgen.psychometrics.irt.marginal.priors import BetaPrior, LogitNormal

    scores = data.get("scores")

    def fitted(model: str, prior: Any = None) -> Found:
        fit = fit_mml(scores, model, prior_c=prior)
        a, d, c = fit.parameters.a, fit.parameters.d, fit.parameters.c
        return {"a": a, "d": d, "c": c, "se_a": fit.se_a, "converged": fit.converged}

    def conditional() -> Found:
        fit = fit_cml(scores)
        return {"b": fit.parameters.b[:, 0], "se_b": fit.se_b[:, 0]}

    def grouped() -> Found:
        fit = fit_groups(scores, data["groups"])
        return {"a": fit.a[0], "d": fit.d[0][:, None], "mean": fit.mean, "sd": fit.sd}

    def abilities() -> Found:
        found = eap(scores, dichotomous(data["a"], data["d"][:, 0], data["c"], np.ones(len(data["a"]))))
        return {"theta": found.theta, "se": found.se}

    def screened() -> Found:
        found = analyse_dif(scores, data["groups"], "mh")
        return {"chi2": found.mh_chisq, "odds": found.mh_alpha}

    def conversions() -> Found:
        none = np.empty(0)
        scales = Scales(np.arange(len(data["x"]), dtype=float), np.arange(len(data["y"]), dtype=float), none)
        asked = MethodOptions("equipercentile")
        made = bootstrap(data["x"], data["y"], scales, asked, SAMPLES, 1)
        return {"yx": equated(data["x"], data["y"], scales, asked), "se": made.errors()}

    return {
        "2pl": lambda: fitted("2pl"),
        "3pl-prior": lambda: fitted("3pl", BetaPrior(5, 17)),
        "3pl-normal": lambda: fitted("3pl", LogitNormal(-1.386, 0.5)),
        "3pl": lambda: fitted("3pl"),
        "grm": lambda: fitted("grm"),
        "gpcm": lambda: fitted("gpcm"),
        "cml": conditional,
        "groups": grouped,
        "eap": abilities,
        "mh": screened,
        "equipercentile": conversions,
    }[task]


def mirt(task: str, data: Data, **fine: Any) -> Ready:
    """mirt of PyPI, at its defaults unless nodes and tolerance are given."""
    import mirt as package
    from mirt.estimation.priors import BetaPrior
    from mirt.utils.empirical import mantel_haenszel

    scores = data["scores"].astype(np.int64) if "scores" in data else None

    def parameters(held: dict[str, Any]) -> Found:
        a = held["discrimination"]
        b = held.get("difficulty", held.get("thresholds", held.get("steps")))
        b = np.asarray(b).reshape(len(a), -1)
        b = np.cumsum(b, axis=1) if "steps" in held else b
        return {"a": a, "d": -a[:, None] * b, "c": held.get("guessing", np.zeros(len(a)))}

    def fitted(model: str, priors: Any = None) -> Found:
        fit = package.fit_mirt(scores, model=model, priors=priors, **fine)
        se = fit.standard_errors.get("discrimination", np.full(scores.shape[1], np.nan))
        return {**parameters(fit.model.parameters), "se_a": se, "converged": fit.converged}

    def grouped() -> Found:
        fit = package.fit_multigroup(scores, data["groups"], model="2PL", invariance="scalar", **fine)
        held = {name: np.asarray(value) for name, value in fit.model.get_group_parameters(0).items()}
        distributions = fit.latent_distributions
        return {
            **parameters(held),
            "mean": np.array([float(np.ravel(one.mean)[0]) for one in distributions]),
            "sd": np.array([float(np.sqrt(np.ravel(one.cov)[0])) for one in distributions]),
        }

    def screened() -> Found:
        total = np.where(scores > 0, scores, 0).sum(axis=1)
        found = [
            mantel_haenszel(scores, data["groups"], total, j, n_strata=2_000) for j in range(scores.shape[1])
        ]
        return {"chi2": [one[0] for one in found], "odds": [one[2] for one in found]}

    def conversions() -> Found:
        rng = np.random.default_rng(1)
        x, y = data["x"], data["y"]
        n, m = int(x.sum()), int(y.sum())
        drawn = [
            package.equating.equipercentile_equating(
                rng.multinomial(n, x / n) / n, rng.multinomial(m, y / m) / m
            )
            for _ in range(SAMPLES)
        ]
        yx = package.equating.equipercentile_equating(x / n, y / m)
        return {"yx": yx, "se": np.std(drawn, axis=0, ddof=1)}

    if task == "eap":
        model = package.TwoParameterLogistic(scores.shape[1])
        model.set_parameters(discrimination=data["a"], difficulty=-data["d"][:, 0] / data["a"])
        model._is_fitted = True
        nodes = {"n_quadpts": 121} if fine else {}

        def abilities() -> Found:
            found = package.fscores(model, scores, **nodes)
            return {"theta": np.ravel(found.theta), "se": np.ravel(found.standard_error)}

        return abilities
    return {
        "2pl": lambda: fitted("2PL"),
        "3pl-prior": lambda: fitted("3PL", {"guessing": BetaPrior(5, 17)}),
        "3pl": lambda: fitted("3PL"),
        "grm": lambda: fitted("GRM"),
        "gpcm": lambda: fitted("GPCM"),
        "groups": grouped,
        "mh": screened,
        "equipercentile": conversions,
    }[task]


def mirt_fine(task: str, data: Data) -> Ready:
    """mirt of PyPI at 61 nodes and a tolerance of 1e-6."""
    return mirt(task, data, n_quadpts=61, tol=1e-6)


def girth(task: str, data: Data) -> Ready:
    """girth, at its defaults; it has no standard errors but by its own bootstrap."""
    import girth as package

    scores = np.ascontiguousarray(data["scores"].T.astype(np.int64))
    cells = package.tag_missing_data(scores, list(range(int(scores.max()) + 1)))
    if task == "cml":
        if (scores < 0).any():
            raise ValueError("girth has no conditional likelihood with blanks")
        cells = scores

    def fitted(function: Callable[..., Any], cumulated: bool = False) -> Found:
        found = function(cells)
        a, b = found["Discrimination"], found["Difficulty"].reshape(len(cells), -1)
        return {"a": a, "d": -a[:, None] * (np.cumsum(b, axis=1) if cumulated else b), "c": np.zeros(len(a))}

    return {
        "2pl": lambda: fitted(package.twopl_mml),
        "3pl": lambda: fitted(package.threepl_mml),
        "grm": lambda: fitted(package.grm_mml),
        "gpcm": lambda: fitted(package.pcm_mml, cumulated=True),
        "cml": lambda: {"b": package.rasch_conditional(cells)["Difficulty"]},
        "eap": lambda: {"theta": package.ability_eap(cells, -data["d"][:, 0] / data["a"], data["a"])},
    }[task]


def eqump(task: str, data: Data) -> Ready:
    """EqUMP, with D = 1."""
    from EqUMP.base.estimation import mmle_em

    scores = np.where(data["scores"] < 0, np.nan, data["scores"])
    model = {"2pl": "2PL", "3pl": "3PL", "gpcm": "GPCM"}[task]

    def fitted() -> Found:
        fit = mmle_em(scores, [model] * scores.shape[1], D=1.0)
        items = [one["params"] for one in fit.items]
        a = np.array([one["a"] for one in items])
        if model == "GPCM":
            d = -a[:, None] * np.cumsum([np.ravel(one["b"]) for one in items], axis=1)
        else:
            d = -a[:, None] * np.array([[one["b"]] for one in items])
        return {"a": a, "d": d, "c": np.array([one.get("c", 0.0) for one in items])}

    return fitted


def statsmodels(task: str, data: Data) -> Ready:
    """statsmodels: tables of each item by hand, then `StratifiedTable`."""
    from statsmodels.stats.contingency_tables import StratifiedTable

    scores, focal = data["scores"], data["groups"] == 1
    if task != "mh":
        raise KeyError(task)

    def screened() -> Found:
        total = np.where(scores > 0, scores, 0).sum(axis=1)
        size = int(total.max()) + 1
        chi2, odds = [], []
        for column in scores.T:
            counts = [
                np.bincount(total[(focal == of_focal) & (column == right)], minlength=size)
                for of_focal in (False, True)
                for right in (1, 0)
            ]
            tables = np.array(counts, dtype=float).reshape(2, 2, size)
            tables = tables[:, :, (tables.sum(axis=1) > 0).all(axis=0)]
            found = StratifiedTable(tables)
            chi2.append(found.test_null_odds(correction=True).statistic)
            odds.append(found.oddsratio_pooled)
        return {"chi2": np.array(chi2), "odds": np.array(odds)}

    return screened


PROGRAMS: dict[str, Callable[[str, Data], Ready]] = {
    "examgen": ours, "mirt": mirt, "mirt-61": mirt_fine, "girth": girth, "EqUMP": eqump,
    "statsmodels": statsmodels,
}  # fmt: skip


def peak_mb() -> float:
    """Greatest resident memory so far. Not `getrusage`, whose peak begins with that of the parent process."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """The call of the command line: seconds of the processor, of the first call and the median of others."""
    program, task, data, found = sys.argv[1:5]
    warnings.simplefilter("ignore")
    sys.stdout = sys.stderr  # programs may print
    arrays = dict(np.load(data))
    run = PROGRAMS[program](task, arrays)
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak starts anew
    before, start, clock = peak_mb(), time.process_time(), time.perf_counter()
    made = run()
    first, wall = time.process_time() - start, time.perf_counter() - clock
    memory, seconds = peak_mb() - before, []
    for _ in range(TURNS if first < LONG / TURNS else 2 if first < LONG else 0):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    np.savez(found, **{name: np.asarray(value) for name, value in made.items()})
    figures = {
        "seconds": statistics.median(seconds or [first]), "first": first, "wall": wall, "memory_mb": memory
    }  # fmt: skip
    print(json.dumps(figures), file=sys.__stdout__)


if __name__ == "__main__":
    main()
