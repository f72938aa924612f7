"""How well equating recovers a conversion that is known, and how fast it is beside R's equate.

`python benchmarks/equating.py recovery` prints the tables of docs/equating.md, `… small [SEED]` that of 60
candidates a form and what is advised of them; `… speed` needs R with its package equate (R_LIBS says where).

Recovery: forms of 40 items (2PL) of unlike difficulty, 12 of them the anchor. The distributions of total and
anchor in each population are exact (Lord & Wingersky 1984, over 81 points of ability), samples are drawn from
them, and the true conversion is the equipercentile one where everybody of both populations takes both forms.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from examgen.analyses.equating.equate import equate_forms  # noqa: E402
from examgen.analyses.equating.options import EquatingOptions  # noqa: E402
from examgen.analyses.options import ResponseSource  # noqa: E402
from examgen.psychometrics.equating import methods  # noqa: E402
from examgen.psychometrics.equating.errors import bootstrap  # noqa: E402
from examgen.psychometrics.equating.methods import MethodOptions, equated  # noqa: E402
from examgen.psychometrics.equating.presmoothing import Degrees, LogLinear, choose, fit  # noqa: E402
from examgen.psychometrics.equating.scores import Scales  # noqa: E402

Floats = npt.NDArray[np.float64]

ITEMS, ANCHOR = 40, 12
SIZES = (200, 1_000, 5_000)
REPLICATIONS, SAMPLES = 200, 100
"""Of the study; of the bootstrap in each."""
APART = (-0.15, 0.15)
"""Mean abilities of the populations of a NEAT design; both are 0 with equivalent groups."""


class Population(NamedTuple):
    """Shares (K, V) of total and anchor among those who take a form."""

    joint: Floats


def _scores(right: Floats) -> Floats:
    """(J + 1, Q) distribution of the number right at each ability, from (J, Q) chances (Lord & Wingersky)."""
    found = np.ones((1, right.shape[1]))
    for own in right:
        found = np.pad(found * (1 - own), ((0, 1), (0, 0))) + np.pad(found * own, ((1, 0), (0, 0)))
    return found


def form(seed: int, harder: float) -> tuple[Floats, Floats]:
    """Slopes and difficulties of the items that a form has by itself."""
    rng = np.random.default_rng(seed)
    n = ITEMS - ANCHOR
    return np.exp(rng.normal(0, 0.3, n)), rng.normal(harder, 1, n)


def population(own: tuple[Floats, Floats], common: tuple[Floats, Floats], mean: float) -> Floats:
    """(K, V) shares of a population of that mean ability and variance 1."""
    theta = np.linspace(-5, 5, 81)
    weights = np.exp(-0.5 * (theta - mean) ** 2)
    weights /= weights.sum()
    rest, anchor = (_scores(1 / (1 + np.exp(-a[:, None] * (theta - b[:, None])))) for a, b in (own, common))
    joint = np.zeros((ITEMS + 1, ANCHOR + 1))
    for v in range(ANCHOR + 1):
        joint[v : v + ITEMS - ANCHOR + 1, v] = (rest * anchor[v] * weights).sum(axis=1)
    return joint


class Case(NamedTuple):
    """A method as it is tried: how its samples are smoothed, whether by kernels."""

    name: str
    method: str
    smooth: str = ""
    kernel: bool = False


EG = (
    *(Case(name, name) for name in ("identity", "mean", "linear", "circle-arc", "equipercentile")),
    Case("equipercentile, log-linear by AIC", "equipercentile", "aic"),
    Case("kernel, log-linear by AIC", "equipercentile", "aic", True),
)  # fmt: skip
NEAT = (
    *(Case(name, name) for name in (
        "identity", "tucker", "levine", "braun-holland", "chained-linear", "chained-circle-arc",
        "frequency-estimation", "chained-equipercentile",
    )),
    Case("frequency-estimation, log-linear 4,4,2", "frequency-estimation", "4,4,2"),
    Case("chained-equipercentile, log-linear 4,4,2", "chained-equipercentile", "4,4,2"),
)  # fmt: skip


class Found(NamedTuple):
    """Of a method and a size: means over the scores of X, each as often as it is earned; in points."""

    case: str
    n: int
    bias: float
    """Mean absolute difference of the mean conversion from the true one."""
    own_bias: float
    """Of the method's conversion in the populations from the true one: what no sample size mends."""
    rmse: float
    covered: float
    """How often the bootstrap's 95 % interval holds the method's conversion in the populations."""
    by_errors: float
    """How often conversion ± 1.96 bootstrap errors does."""


def models(x: Floats, y: Floats, scales: Scales, how: str) -> tuple[LogLinear, LogLinear] | None:
    if not how:
        return None
    axes = [[scales.x], [scales.y]] if x.ndim == 1 else [[scales.x, scales.anchor], [scales.y, scales.anchor]]
    if how == "aic":
        found = [choose(own, axis, how)[0] for own, axis in zip((x, y), axes, strict=True)]
    else:
        degrees = Degrees(*map(int, how.split(",")))
        found = [fit(own, axis, degrees) for own, axis in zip((x, y), axes, strict=True)]
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def asked_of(case: Case, x: Floats, y: Floats, scales: Scales) -> MethodOptions | None:
    smooth = models(x, y, scales, case.smooth)
    if case.smooth and smooth is None:
        return None
    asked = MethodOptions(case.method, 0.5, smooth=smooth)
    if case.kernel:
        asked = asked._replace(bandwidths=methods.bandwidths_of(x, y, scales, asked, None))
    return asked


class Setting(NamedTuple):
    """Shares of those who take X and Y; the true conversion, and how often each score on X is earned."""

    first: Floats
    second: Floats
    scales: Scales
    true: Floats
    weights: Floats

    @property
    def difference(self) -> float:
        """Points by which X is harder at the mean."""
        return float(self.weights @ (self.true - self.scales.x))


def setting(design: str, harder: float) -> Setting:
    common = np.exp(np.random.default_rng(3).normal(0, 0.3, ANCHOR)), np.linspace(-1.6, 1.6, ANCHOR)
    form_x, form_y = form(1, harder), form(2, 0.0)
    means = APART if design == "neat" else (0.0, 0.0)
    first, second = population(form_x, common, means[0]), population(form_y, common, means[1])
    both = [sum(population(own, common, mean).sum(axis=1) for mean in means) / 2 for own in (form_x, form_y)]
    scale, anchor = np.arange(ITEMS + 1.0), np.arange(ANCHOR + 1.0)
    if design == "eg":
        first, second, anchor = first.sum(axis=1), second.sum(axis=1), np.empty(0)
    scales = Scales(scale, scale, anchor)
    eg = scales._replace(anchor=np.empty(0))
    true = equated(both[0] * 1e9, both[1] * 1e9, eg, MethodOptions("equipercentile"))
    return Setting(first, second, scales, true, first if first.ndim == 1 else first.sum(axis=1))


def study(design: str, n: int) -> Iterator[Found]:
    """Every method on the same samples."""
    rng = np.random.default_rng(20_240_700 + n)
    first, second, scales, true, weights = setting(design, 0.35)
    samples = [
        [rng.multinomial(n, own.ravel()).reshape(own.shape).astype(np.float64) for own in (first, second)]
        for _ in range(REPLICATIONS)
    ]
    for case in EG if design == "eg" else NEAT:
        whole = asked_of(case, first * 1e9, second * 1e9, scales)
        assert whole is not None
        target = equated(first * 1e9, second * 1e9, scales, whole)
        estimates, covered, near = [], [], []
        for k, (x, y) in enumerate(samples):
            asked = asked_of(case, x, y, scales)
            if asked is None:
                continue
            own = equated(x, y, scales, asked)
            if not np.isfinite(own).all():
                continue
            made = bootstrap(x, y, scales, asked, SAMPLES, k)
            low, high = made.interval()
            estimates.append(own)
            covered.append((low - 1e-9 <= target) & (target <= high + 1e-9))
            near.append(np.abs(own - target) <= 1.96 * made.errors() + 1e-9)
        all_of = np.array(estimates)
        print(f"{design} {n} {case.name}: {len(all_of)} of {REPLICATIONS}", file=sys.stderr)
        yield Found(
            case.name,
            n,
            float(weights @ np.abs(all_of.mean(axis=0) - true)),
            float(weights @ np.abs(target - true)),
            float(np.sqrt(weights @ ((all_of - true) ** 2).mean(axis=0))),
            float(weights @ np.mean(covered, axis=0)),
            float(weights @ np.mean(near, axis=0)),
        )


def recovery(designs: list[str]) -> None:
    for design in designs or ["eg", "neat"]:
        print(f"\n--design {design}\n")
        print("| method | n | bias | of the method | RMSE | 95 % interval | ± 1.96 se |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        rows = [one for n in SIZES for one in study(design, n)]
        order = [case.name for case in (EG if design == "eg" else NEAT)]
        for one in sorted(rows, key=lambda row: (order.index(row.case), row.n)):
            sure = ("–", "–") if one.case == "identity" else (f"{one.covered:.1%}", f"{one.by_errors:.1%}")
            print(
                f"| {one.case} | {one.n:,} | {one.bias:.3f} | {one.own_bias:.3f} | {one.rmse:.3f} | "
                f"{sure[0]} | {sure[1]} |",
                flush=True,
            )


def small(seed: int, n: int = 60, replications: int = 1_000) -> None:
    """Of samples of n: the error of the command's own method, of identity, and of what it advises."""
    print(
        "| design | true difference | samples | identity advised | RMSE of what is advised | of identity | "
        "of the default | identity errs less in |\n|---|---:|---:|---:|---:|---:|---:|---:|"
    )
    with tempfile.TemporaryDirectory() as made:
        for design in ("eg", "neat"):
            for goal in (0.0, 1.0, 3.0):
                low, high = -1.0, 2.0
                for _ in range(30):
                    middle = (low + high) / 2
                    low, high = (middle, high) if setting(design, middle).difference < goal else (low, middle)
                print(_row_of_small(Path(made), design, goal, setting(design, low), seed, n, replications))


def _row_of_small(
    folder: Path, design: str, goal: float, known: Setting, seed: int, n: int, replications: int
) -> str:
    rng = np.random.default_rng([seed, design == "eg", int(goal)])
    squares = np.zeros((replications, 2))
    advised = np.zeros(replications, dtype=np.intp)
    for k in range(replications):
        files = []
        for name, shares in (("x", known.first), ("y", known.second)):
            cells = np.argwhere(np.ones(shares.shape)).repeat(rng.multinomial(n, shares.ravel()), axis=0)
            rows = "\n".join(",".join(map(str, row)) for row in cells.tolist())
            path = folder / f"{name}.csv"
            path.write_text(("total,anchor" if shares.ndim == 2 else "total") + f"\n{rows}\n")
            files.append(path)
        options = EquatingOptions(design=design, points=(str(ITEMS),), anchor_points=str(ANCHOR))
        found = equate_forms(ResponseSource(files=tuple(files)), options)
        squares[k] = [known.weights @ (own - known.true) ** 2 for own in (found.conversion, known.scales.x)]
        advised[k] = (found.document["advice"] or {}).get("method") == "identity"
    own, identity = np.sqrt(squares.mean(axis=0))
    chosen = np.sqrt(squares[np.arange(replications), advised].mean())
    less = (squares[:, 1] < squares[:, 0]).mean()
    return (
        f"| {design} | {goal:.0f} | {replications} | {advised.mean():.0%} | {chosen:.2f} | {identity:.2f} | "
        f"{own:.2f} | {less:.0%} |"
    )


# ── speed ────────────────────────────────────────────────────────────────────────────────────

R = """
suppressMessages(library(equate))
x <- read.csv("x.csv"); y <- read.csv("y.csv"); set.seed(1)
report <- function(name, reps, ...) {
  t <- system.time(bootstrap(equate(...), reps = reps))
  cat(name, reps, t[["user.self"]] + t[["sys.self"]], "\\n")
}
fx <- freqtab(x$total, scales = 0:100); fy <- freqtab(y$total, scales = 0:100)
both <- list(0:100, 0:30)
jx <- freqtab(x[, c("total", "anchor")], scales = both)
jy <- freqtab(y[, c("total", "anchor")], scales = both)
eq <- "equipercentile"
report("equipercentile", REPS, fx, fy, type = eq)
report("loglinear", REPS, fx, fy, type = eq, smoothmethod = "loglinear", degrees = 6)
report("linear", FEW, fx, fy, type = "linear")
report("tucker", FEW, jx, jy, type = "linear", method = "tucker")
report("frequency-estimation", FEW, jx, jy, type = eq, method = "frequency estimation")
report("chained-equipercentile", FEW, jx, jy, type = eq, method = "chained")
report("neat-loglinear", LEAST, jx, jy, type = eq, method = "frequency estimation",
       smoothmethod = "loglinear", degrees = list(4, 2))
"""
COMMANDS = {
    "linear": "--design eg --method linear",
    "equipercentile": "--design eg --method equipercentile",
    "loglinear": "--design eg --method equipercentile --degree 6",
    "tucker": "--design neat --method tucker",
    "frequency-estimation": "--design neat --method frequency-estimation",
    "chained-equipercentile": "--design neat --method chained-equipercentile",
    "neat-loglinear": "--design neat --method frequency-estimation --degree 4,4,2",
}


def write_forms(folder: Path, n: int = 20_000, k: int = 100, v: int = 30) -> None:
    """Totals and anchor of two forms of 100 items."""
    for name, seed, able in (("x", 1, 0.0), ("y", 2, 0.1)):
        rng = np.random.default_rng(seed)
        theta = rng.normal(able, 1, n)[:, None]
        b = np.concatenate([np.linspace(-2, 2, v), rng.normal(0, 1, k - v)])
        right = rng.random((n, k)) < 1 / (1 + np.exp(b - theta))
        rows = zip(right.sum(axis=1).tolist(), right[:, :v].sum(axis=1).tolist(), strict=True)
        text = "\n".join(["total,anchor", *(f"{t},{a}" for t, a in rows)])
        (folder / f"{name}.csv").write_text(text + "\n")


def speed() -> None:
    """Processor time of 1,000 replications, some of R told from fewer; ours is that of the whole command."""
    reps, few, least = (
        int(os.environ.get(name, value)) for name, value in (("REPS", 1000), ("FEW", 30), ("LEAST", 3))
    )
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_forms(folder)
        ours = {}
        for name, words in COMMANDS.items():
            command = [sys.executable, "-m", "examgen", "analyse", "equate", "x.csv", "y.csv", *words.split()]
            begun = _children()
            subprocess.run(
                [*command, "--points", "100", "--anchor-points", "30", "--bootstrap", "1000", "--json"],
                cwd=folder, check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            ours[name] = _children() - begun
        script = R.replace("REPS", str(reps)).replace("FEW", str(few)).replace("LEAST", str(least))
        (folder / "speed.R").write_text(script)
        print(
            "| method | R's equate, s | examgen, whole command, s | ratio |\n|---|---:|---:|---:|", flush=True
        )
        with subprocess.Popen(["Rscript", "speed.R"], cwd=folder, stdout=subprocess.PIPE, text=True) as ran:
            for line in ran.stdout or ():
                name, n, seconds = line.split()
                theirs, own = float(seconds) * 1000 / int(n), ours[name]
                row = f"| {name} ({n} replications of R) | {theirs:.1f} | {own:.2f} | {theirs / own:.0f} |"
                print(row, flush=True)


def _children() -> float:
    """Seconds of processor time of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    if sys.argv[1] == "speed":
        speed()
    elif sys.argv[1] == "small":
        small(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    else:
        recovery(sys.argv[2:])
