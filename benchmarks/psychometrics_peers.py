"""The statistics beside the Python packages one could install instead: digits that agree with R, and seconds.

Every program runs each task on the same data in a process of its own with one thread, ours in this
interpreter, the peers in that of PEERS (an environment with mirt, girth, statsmodels and EqUMP):

    PEERS=/path/to/bin/python python benchmarks/psychometrics_peers.py [TASK …] [--write] [--json FILE]
    python benchmarks/psychometrics_peers.py --million       ours alone, on a million candidates

Tasks: 2pl, 3pl-prior, 3pl, grm, gpcm, cml, groups, eap, mh, equipercentile, and `digits`; all by default.
Seconds are the processor's, the median of five calls after the first (two of a call above 1.6 s, the first
itself above 8 s). Fits are compared at equal quality: the parameters of each program are put into one
log-likelihood of 601 nodes on [−6, 6] (with the log prior, where there is one). A fit that is more than 0.1
below ours is marked as poorer, and no ratio of medians counts it. With `--write` the tables go into
docs/psychometrics-peers.md.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from math import lgamma
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "psychometrics-peers.md"
REFERENCES = (
    HERE.parent / "tests" / "data" / "psychometrics",
    HERE.parents[1] / "shared" / "reference" / "psychometrics",
    Path("/work/shared/reference/psychometrics"),
)
SEED, SECONDS = 20261127, 150
"""Of the simulated data; before a call is given up."""
POORER, DIFFERENT = 0.1, 5e-4
"""A log-likelihood so far below ours, and another figure so far from it, is no correct answer."""
BETA = (5.0, 17.0)
Floats = NDArray[np.float64]
Scores = NDArray[np.int8]


class Task(NamedTuple):
    """A task, the size of its data and who can do it."""

    name: str
    title: str
    model: str
    n: int
    k: int
    peers: tuple[str, ...]
    blanks: bool = True
    """Whether it is done with missing answers, too."""


TASKS = (
    Task("2pl", "2PL 3,000 × 30", "2pl", 3_000, 30, ("mirt", "mirt-61", "girth", "EqUMP")),
    Task("2pl", "2PL 20,000 × 100", "2pl", 20_000, 100, ("mirt", "mirt-61", "girth")),
    Task("3pl-prior", "3PL, Beta(5, 17), 5,000 × 40", "3pl", 5_000, 40, ("mirt", "mirt-61")),
    Task("3pl", "3PL, no prior, 5,000 × 40", "3pl", 5_000, 40, ("mirt", "mirt-61", "girth")),
    Task("grm", "GRM 5,000 × 30 × 4", "grm", 5_000, 30, ("mirt", "mirt-61", "girth")),
    Task("gpcm", "GPCM 5,000 × 30 × 4", "gpcm", 5_000, 30, ("mirt", "mirt-61", "girth", "EqUMP")),
    Task("cml", "Rasch CML 20,000 × 50", "2pl", 20_000, 50, ("girth",)),
    Task("groups", "2PL of two groups, 4,000 × 30", "2pl", 4_000, 30, ("mirt", "mirt-61")),
    Task("eap", "EAP 20,000 × 100", "2pl", 20_000, 100, ("mirt", "mirt-61", "girth")),
    Task("mh", "MH DIF 20,000 × 100", "2pl", 20_000, 100, ("mirt", "statsmodels")),
    Task("equipercentile", "Equipercentile, 1,000 bootstraps, 40 items", "2pl", 3_000, 40, ("mirt",), False),
)
BLANKS = {"complete": "complete", "mcar": "10 % blank", "forms": "two forms"}


def simulated(task: Task) -> dict[str, Any]:
    """Complete data of a task, the same in each run."""
    rng = np.random.default_rng(SEED)
    n, k = task.n, task.k
    theta, a, b = rng.normal(size=n), np.exp(0.25 * rng.normal(size=k)), rng.normal(size=k)
    groups = (np.arange(n) % 2).astype(np.int64)
    if task.name == "groups":
        theta = np.where(groups == 1, 0.4 + 1.2 * theta, theta)
    if task.model in {"grm", "gpcm"}:
        steps = b[:, None] + 0.8 * np.sort(rng.normal(size=(k, 3)), axis=1)
        scores = np.zeros((n, k), dtype=np.int8)
        for start in range(0, n, 1_000):
            z = a[:, None] * (theta[start : start + 1_000, None, None] - steps)
            u = rng.random((len(z), k, 1))
            if task.model == "grm":
                scores[start : start + 1_000] = (u < 1.0 / (1.0 + np.exp(-z))).sum(axis=2)
            else:
                p = np.exp(np.concatenate([np.zeros((len(z), k, 1)), z.cumsum(axis=2)], axis=2))
                scores[start : start + 1_000] = (u > p.cumsum(axis=2) / p.sum(axis=2, keepdims=True)).sum(2)
        return {"scores": scores, "groups": groups}
    c = rng.beta(*BETA, size=k) if task.model == "3pl" else np.zeros(k)
    if task.name == "cml":
        a = np.ones(k)
    chance = c + (1.0 - c) / (1.0 + np.exp(-a * (theta[:, None] - b)))
    scores = (rng.random((n, k)) < chance).astype(np.int8)
    if task.name == "equipercentile":
        x, y = scores[: n // 2].sum(axis=1), scores[n // 2 :].sum(axis=1)
        return {"x": np.bincount(x, minlength=k + 1) * 1.0, "y": np.bincount(y, minlength=k + 1) * 1.0}
    known = {"a": a, "d": -(a * b)[:, None], "c": c} if task.name == "eap" else {}
    return {"scores": scores, "groups": groups, **known}


def with_blanks(data: dict[str, Any], how: str) -> dict[str, Any]:
    """The same data with a tenth of the answers away at random, or as two forms with a third in common."""
    if how == "complete":
        return data
    scores = data["scores"].copy()
    n, k = scores.shape
    if how == "mcar":
        scores[np.random.default_rng(SEED).random(scores.shape) < 0.1] = -1
    else:
        # the groups alternate, so candidates are dealt two by two
        second = np.arange(n) % 4 >= 2
        scores[np.ix_(~second, np.arange(k - k // 3, k))] = -1
        scores[np.ix_(second, np.arange(k // 3))] = -1
    return {**data, "scores": scores}


class Run(NamedTuple):
    """What a program did: its figures and what it found, or why there is nothing."""

    figures: dict[str, float]
    found: dict[str, Any]
    trouble: str = ""


def run(program: str, task: str, data: dict[str, Any]) -> Run:
    """One program on one task, in a process of its own with one thread."""
    python = sys.executable if program == "examgen" else os.environ["PEERS"]
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
    with tempfile.TemporaryDirectory() as name:
        of_data, of_found = Path(name) / "data.npz", Path(name) / "found.npz"
        np.savez(of_data, **data)
        command = [
            python,
            str(HERE / "psychometrics_peers_calls.py"),
            program,
            task,
            *map(str, (of_data, of_found)),
        ]
        surroundings = {**os.environ, **dict.fromkeys(threads, "1")}
        if program != "examgen":
            surroundings.pop("PYTHONPATH", None)
        try:
            ran = subprocess.run(
                command, capture_output=True, text=True, timeout=SECONDS, check=False, env=surroundings
            )
        except subprocess.TimeoutExpired:
            return Run({}, {}, f"over {SECONDS} s")
        if ran.returncode:
            return Run({}, {}, "error: " + (ran.stderr.strip().splitlines() or ["?"])[-1][:90])
        return Run(json.loads(ran.stdout.splitlines()[-1]), dict(np.load(of_found)))


def log_likelihood(task: Task, data: dict[str, Any], found: dict[str, Any]) -> float:
    """Of the parameters found, at 601 nodes on [−6, 6], with the log prior of c where the task has one."""
    nodes = np.linspace(-6.0, 6.0, 601)
    a, d = found["a"], found["d"].reshape(len(found["a"]), -1)
    log_p = _log_p(task.model, a, d, found.get("c", np.zeros(len(a))), nodes)
    mean, sd = found.get("mean", np.zeros(1)), found.get("sd", np.ones(1))
    total = 0.0
    for g in range(len(mean)):
        cells = data["scores"][data["groups"] == g] if len(mean) > 1 else data["scores"]
        weights = -0.5 * ((nodes - mean[g]) / sd[g]) ** 2
        weights -= np.log(np.exp(weights).sum())
        for start in range(0, len(cells), 2_000):
            piece = cells[start : start + 2_000]
            own = weights + sum((piece == k).astype(float) @ log_p[k] for k in range(len(log_p)))
            top = own.max(axis=1)
            total += float((top + np.log(np.exp(own - top[:, None]).sum(axis=1))).sum())
    if task.name == "3pl-prior":
        p, q = BETA
        c = np.clip(found["c"], 1e-12, 1 - 1e-12)
        beta = lgamma(p) + lgamma(q) - lgamma(p + q)
        total += float(((p - 1) * np.log(c) + (q - 1) * np.log1p(-c) - beta).sum())
    return total


def _log_p(model: str, a: Floats, d: Floats, c: Floats, nodes: Floats) -> list[Floats]:
    """Log probabilities (J, Q) of each category."""
    z = a[:, None, None] * nodes + d[:, :, None]
    if model == "gpcm":
        steps = np.arange(1, d.shape[1] + 1)[:, None] * a[:, None, None] * nodes + d[:, :, None]
        of_all = np.concatenate([np.zeros((len(a), 1, len(nodes))), steps], axis=1)
        of_all -= np.log(np.exp(of_all).sum(axis=1, keepdims=True))
        return list(of_all.transpose(1, 0, 2))
    above = c[:, None, None] + (1.0 - c[:, None, None]) / (1.0 + np.exp(-z))
    edges = np.concatenate(
        [np.ones((len(a), 1, len(nodes))), above, np.zeros((len(a), 1, len(nodes)))], axis=1
    )
    return list(np.log(np.maximum(edges[:, :-1] - edges[:, 1:], 1e-300)).transpose(1, 0, 2))


def compared(
    task: Task, data: dict[str, Any], ours: dict[str, Any], other: dict[str, Any]
) -> dict[str, float]:
    """How far another program's answer is from ours: log-likelihood below ours, or the largest difference."""
    if "d" in ours and task.name != "eap":
        return {
            "log_likelihood": log_likelihood(task, data, other),
            "below": log_likelihood(task, data, ours) - log_likelihood(task, data, other),
        }
    name = next(name for name in ("theta", "chi2", "yx", "b") if name in ours)
    mine, theirs = np.asarray(ours[name]), np.asarray(other[name])
    if name == "b":
        mine, theirs = mine - mine.mean(), theirs - theirs.mean()
    if name == "yx":
        # beside scores that nobody earned, programs have conventions of their own
        near = np.abs(mine[:, None] - np.flatnonzero(data["y"] == 0)) <= 1.0
        told = (data["x"] > 0) & ~near.any(axis=1)
        mine, theirs = mine[told], theirs[told]
    return {"difference": float(np.nanmax(np.abs(mine - theirs)))}


def measured(task: Task, how: str) -> dict[str, Any]:
    """A line of the table: every program on the same data."""
    data = with_blanks(simulated(task), how)
    line: dict[str, Any] = {"task": task.title, "data": BLANKS[how], "programs": {}}
    ours = run("examgen", task.name, data)
    if ours.trouble:
        raise RuntimeError(ours.trouble)
    for program in ("examgen", *task.peers):
        ran = ours if program == "examgen" else run(program, task.name, data)
        figures: dict[str, Any] = dict(ran.figures)
        if ran.trouble:
            figures["trouble"] = ran.trouble
        else:
            figures |= compared(task, data, ours.found, ran.found)
            figures["correct"] = (
                figures.get("below", 0.0) <= POORER and figures.get("difference", 0.0) < DIFFERENT
            )
        line["programs"][program] = figures
    return line


# ---- agreement with R ------------------------------------------------------------------------------------


def reference(relative: str) -> Path | None:
    """A file of the reference sets; None where it is not at hand."""
    return next((root / relative for root in REFERENCES if (root / relative).is_file()), None)


def _scores(name: str) -> tuple[Scores, list[str]]:
    path = reference(f"data/{name}.csv") or reference(f"data/{name}_scored.csv") or Path()
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    items = [title for title in rows[0] if title not in {"id", "Anger", "Gender", "group"}]
    cells = [[int(row[item]) if row[item] else -1 for item in items] for row in rows]
    return np.array(cells, np.int8), [row.get("group", "") for row in rows]


def _results(name: str) -> dict[str, Any]:
    return dict(json.loads((reference(f"results/{name}.json") or Path()).read_text("utf-8")))


def digits(difference: float) -> str:
    """A largest difference as the number of decimals that agree."""
    return (
        "—"
        if not np.isfinite(difference)
        else f"{min(max(-np.log10(max(difference, 1e-16)), 0.0), 15) + 0.0:.1f}"
    )


def agreement() -> list[dict[str, Any]]:
    """Lines of the table of digits: the largest difference from R over items, or candidates, of each set."""
    lines: list[dict[str, Any]] = []

    def line(
        title: str, sets: list[tuple[str, dict[str, Any], str, dict[str, Floats]]], peers: tuple[str, ...]
    ) -> None:
        """`sets`: name, data, task and what R found."""
        for name, data, task, truth in sets:
            out: dict[str, Any] = {"what": title, "set": name, "programs": {}}
            for program in ("examgen", *peers):
                ran = run(program, task, data)
                if ran.trouble:
                    out["programs"][program] = ran.trouble
                    continue
                found = ran.found
                if "b" in found:
                    found["b"] = found["b"] - found["b"].mean()
                far = [
                    float(np.nanmax(np.abs(np.ravel(found[key]) - np.ravel(value))))
                    for key, value in truth.items()
                    if key in found
                ]
                out["programs"][program] = max(far) if far else float("nan")
            lines.append(out)

    def exists(*names: str) -> list[str]:
        return [name for name in names if reference(f"results/{name}.json")]

    def fits(kind: str, task: str, *names: str, with_c: bool = False) -> list[Any]:
        made = []
        for name in exists(*(f"{own}__{kind}" for own in names)):
            of_r, own = _results(name), name.split("__")[0]
            truth = {"a": np.array(of_r["a"], float), "d": np.array(of_r["d"], float)}
            truth |= {"c": np.array(of_r["g"], float)} if with_c else {}
            made.append((own, {"scores": _scores(own)[0]}, task, truth))
        return made

    line(
        "2PL: a, d (R mirt)",
        fits("2pl_mml", "2pl", "irtoys_scored", "sat12", "sim2pl", "lsat7", "verbal"),
        ("mirt", "mirt-61", "girth", "EqUMP"),
    )
    line(
        "3PL, normal prior on logit c: a, d, c (R mirt)",
        fits("3pl_prior_mml", "3pl-normal", "irtoys_scored", "sat12", with_c=True),
        (),
    )
    made = []
    for name in exists(
        "irtoys_scored__rasch_cml", "sat12__rasch_cml", "sim2pl__rasch_cml", "raschdat1__rasch_cml"
    ):
        own, of_r = name.split("__")[0], _results(name)
        made.append((own, {"scores": _scores(own)[0]}, "cml", {"b": np.array(of_r["difficulty"], float)}))
    line("Rasch CML: b (R eRm)", made, ("girth",))
    made = []
    for own in ("irtoys_scored", "sim2pl"):
        table = reference(f"results/{own}__2pl_mml_scores.csv")
        if table:
            of_r = _results(f"{own}__2pl_mml")
            with table.open(encoding="utf-8") as file:
                theta = np.array([float(row["eap"]) for row in csv.DictReader(file)])
            a, d = np.array(of_r["a"], float), np.array(of_r["d"], float)[:, None]
            data = {"scores": _scores(own)[0], "a": a, "d": d, "c": np.zeros(len(a))}
            made.append((own, data, "eap", {"theta": theta}))
    line("EAP, parameters of R given (R mirt)", made, ("mirt", "mirt-61", "girth"))
    made = []
    if exists("sim_dif__dif_mantel_haenszel"):
        of_r = _results("sim_dif__dif_mantel_haenszel")["results"]
        plain = of_r["not_purified_continuity_corrected"]["items"]
        cells, groups = _scores("sim_dif")
        data = {"scores": cells, "groups": (np.array(groups) == "focal").astype(np.int64)}
        truth = {"chi2": np.array(plain["MH_chisq"], float), "odds": np.array(plain["alphaMH"], float)}
        made.append(("sim_dif", data, "mh", truth))
    line("MH DIF: χ², odds ratio (R difR)", made, ("mirt", "statsmodels"))
    made = []
    if exists("actmath__equating"):
        of_r = _results("actmath__equating")
        data = {"x": np.array(of_r["xcount"], float), "y": np.array(of_r["ycount"], float)}
        # where nobody earned a score on X, programs have conventions of their own
        yx = np.where(data["x"] > 0, np.array(of_r["results"]["equipercentile"]["yx"], float), np.nan)
        made.append(("actmath", data, "equipercentile", {"yx": yx}))
    line("Equipercentile (R equate)", made, ("mirt",))
    return lines


# ---- a million candidates --------------------------------------------------------------------------------


def million(n: int = 1_000_000, k: int = 100) -> list[dict[str, Any]]:
    """2PL with standard errors and EAP of a million candidates, complete and with blanks: seconds, memory."""
    rng = np.random.default_rng(SEED)
    a, b = np.exp(0.25 * rng.normal(size=k)), rng.normal(size=k)
    scores = np.empty((n, k), dtype=np.int8)
    for start in range(0, n, 20_000):
        theta = rng.normal(size=20_000)[:, None]
        scores[start : start + 20_000] = rng.random((20_000, k)) < 1.0 / (1.0 + np.exp(-a * (theta - b)))
    lines = []
    for how, blanks in BLANKS.items():
        cells = scores if how == "complete" else scores.copy()
        if how == "mcar":
            for start in range(0, n, 20_000):
                piece = cells[start : start + 20_000]
                piece[rng.random(piece.shape) < 0.1] = -1
        if how == "forms":
            cells[::2, k - k // 3 :], cells[1::2, : k // 3] = -1, -1
        data = {"scores": cells, "a": a, "d": -(a * b)[:, None], "c": np.zeros(k)}
        for task, title in (("2pl", "2PL with standard errors"), ("eap", "EAP")):
            ran = run("examgen", task, data)
            lines.append({"what": title, "data": blanks, **(ran.figures or {"trouble": ran.trouble})})
    return lines


# ---- the page --------------------------------------------------------------------------------------------


def machine() -> str:
    """What it ran on, and how loaded that was."""
    named = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    load = ", ".join(f"{x:.2f}" for x in os.getloadavg())
    name = named[0].split(":")[1].strip() if named else platform.processor()
    return (
        f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}; "
        f"load averages at the start {load}"
    )


def versions() -> str:
    """Of the peers."""
    names = ("mirt", "girth", "statsmodels", "EqUMP", "numpy")
    asked = f"import importlib.metadata as m; print(*(n + ' ' + m.version(n) for n in {names}), sep=', ')"
    command = [os.environ["PEERS"], "-c", asked]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def speed_table(lines: list[dict[str, Any]]) -> str:
    """Markdown: seconds of ours, and of each peer with its ratio to ours and what its answer lacks."""
    names = ["mirt", "mirt-61", "girth", "EqUMP", "statsmodels"]
    out = ["| task | data | examgen | " + " | ".join(names) + " |", "|---" * (3 + len(names)) + "|"]
    for line in lines:
        ours = line["programs"]["examgen"]["seconds"]
        cells = [line["task"], line["data"], f"{ours:.3f} s"]
        for name in names:
            figures = line["programs"].get(name)
            if figures is None:
                cells.append("")
            elif "trouble" in figures:
                cells.append(figures["trouble"].split(":")[0])
            else:
                note = ""
                if "below" in figures and figures["below"] > POORER:
                    note = f", poorer: −{figures['below']:.1f}"
                elif figures.get("difference", 0.0) > DIFFERENT:
                    note = f", differs: {figures['difference']:.2g}"
                cells.append(f"{figures['seconds']:.3f} s = {figures['seconds'] / ours:.1f}×{note}")
        out.append("| " + " | ".join(cells) + " |")
    return "\n".join(out)


def summary(lines: list[dict[str, Any]]) -> str:
    """The ratio to the fastest correct peer: least and median."""
    ratios = {}
    for line in lines:
        of_all = line["programs"]
        correct = [f["seconds"] for n, f in of_all.items() if n != "examgen" and f.get("correct")]
        if correct:
            ratios[f"{line['task']}, {line['data']}"] = min(correct) / of_all["examgen"]["seconds"]
    if not ratios:
        return ""
    least = min(ratios, key=lambda name: ratios[name])
    alone = len(lines) - len(ratios)
    middle = statistics.median(ratios.values())
    return (
        f"The fastest peer with a correct answer takes {middle:.1f} times as long in the middle of "
        f"{len(ratios)} lines, and {ratios[least]:.1f} times at the least ({least}). In {alone} other lines "
        "no peer has a correct answer."
    )


def digits_table(lines: list[dict[str, Any]]) -> str:
    """Markdown: decimals that agree with R."""
    names = ["examgen", "mirt", "mirt-61", "girth", "EqUMP", "statsmodels"]
    out = ["| what | set | " + " | ".join(names) + " |", "|---" * (2 + len(names)) + "|"]
    for line in lines:
        cells = [line["what"], line["set"]]
        for name in names:
            value = line["programs"].get(name, "")
            cells.append(digits(value) if isinstance(value, float) else value.split(":")[0])
        out.append("| " + " | ".join(cells) + " |")
    return "\n".join(out)


def million_table(lines: list[dict[str, Any]]) -> str:
    """Markdown: seconds and memory."""
    out = ["| what | data | seconds | MB above the data |", "|---|---|---|---|"]
    for line in lines:
        shown = line.get("trouble") or f"{line['seconds']:.1f}"
        out.append(
            f"| {line['what']} | {line['data']} | {shown} | {line.get('memory_mb', float('nan')):.0f} |"
        )
    return "\n".join(out)


TEXT = """# Beside other Python packages

Which package has which statistic stands in [what other Python packages have](psychometrics-features.md).

Written by `benchmarks/psychometrics_peers.py --write` on {date}. {machine}. Peers: {versions}. One
thread each, seconds of the processor, median of several calls in one process.

## Seconds

{summary}

Behind the seconds of a peer stands how many times as long it takes. *Poorer* is a fit whose log-likelihood,
at 601 nodes, is so far below ours. *Differs*: an ability, χ² or difficulty is more than 0.0005 from ours.
`mirt-61` is mirt with 61 nodes (121 for EAP) and a tolerance of 1e-6 instead of its defaults. A blank cell:
it was not run, mostly because the package does not have it. All fits are with standard errors where the
package has them (girth has none). *10 % blank*: answers away at random, nearly every candidate with a pattern
of their own. *Two forms*: a third of the items in common. MH in mirt is at 2,000 strata, since its five
quantile strata give other numbers. Equipercentile is compared
at scores that somebody earned on both forms. Other work ran on the machine (see the load averages): take
ratios below 1.5 as even.

{speed}

## Digits

Decimals to which the largest difference from R agrees, over all items or candidates of the set. R's own
stopping rules limit this to 5 or 6 for fits. Of GRM, GPCM and several groups no R result is in these
sets: there only the log-likelihood above is compared.

{digits}

## A million candidates

A million candidates by 100 items, 2PL: the int8 matrix has 95 MB. Memory is the greatest of the process
above that with the data.

{million}
"""


def write_page(everything: dict[str, Any]) -> None:
    """The page of all figures."""
    made = TEXT.format(
        date=everything["date"], machine=everything["machine"], versions=versions(),
        summary=summary(everything["speed"]), speed=speed_table(everything["speed"]),
        digits=digits_table(everything["digits"]), million=million_table(everything["million"]),
    )  # fmt: skip
    PAGE.write_text(made, "utf-8")


def main() -> None:
    """Everything, or what the command line names."""
    parser = argparse.ArgumentParser(description="The statistics beside other Python packages.")
    parser.add_argument("tasks", nargs="*", help="names of tasks, or digits; all by default")
    parser.add_argument("--million", action="store_true", help="ours alone, on a million candidates")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}, with the million")
    parser.add_argument("--json", type=Path, help="where all figures go")
    parser.add_argument("--again", type=Path, help="write the page from the figures of an earlier --json")
    options = parser.parse_args()
    if options.again:
        write_page(json.loads(options.again.read_text("utf-8")))
        return
    everything: dict[str, Any] = {"date": datetime.now(UTC).date().isoformat(), "machine": machine()}
    start = time.perf_counter()
    if not options.million:
        everything["speed"], everything["digits"] = [], []
        for task in TASKS:
            if options.tasks and task.name not in options.tasks:
                continue
            for how in BLANKS if task.blanks else ("complete",):
                line = measured(task, how)
                everything["speed"].append(line)
                print(speed_table([line]).splitlines()[-1], flush=True)
        if not options.tasks or "digits" in options.tasks:
            everything["digits"] = agreement()
            print(digits_table(everything["digits"]))
        print(summary(everything["speed"]))
    if options.million or options.write:
        everything["million"] = million()
        print(million_table(everything["million"]))
    everything["minutes"] = (time.perf_counter() - start) / 60
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1), "utf-8")
    if options.write:
        write_page(everything)


if __name__ == "__main__":
    main()
