"""The R packages that practitioners use, on the same data: processor seconds of each call, packages loaded.

R's library is looked for in R_LIBS and in /opt/rlib. Where Rscript or a package is missing, so are times.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

LIBRARY = "/opt/rlib"

_READ = """
suppressMessages(library({package}))
args <- commandArgs(TRUE); n <- as.integer(args[2]); k <- as.integer(args[3])
X <- matrix(readBin(args[1], "integer", n * k, size = 1, signed = TRUE), n, k); X[X < 0] <- NA
colnames(X) <- sprintf("I%03d", seq_len(k)); g <- rep(0:1, length.out = n); invisible(gc())
tm <- function(e) {{ t <- system.time(r <- e); list(r = r, s = unname(t[1] + t[2])) }}
{call}
cat(sprintf("RESULT %.6f %.8f %s\\n", t$s, value, as.character(packageVersion("{package}"))))
"""

_TECHNICAL = "verbose = FALSE, technical = list(NCYCLES = 5000)"
_PRIOR = 'mirt.model(sprintf("F = 1-%d\\nPRIOR = (1-%d, g, norm, -1.386, 0.5)", k, k))'
CALLS = {
    "two_parameters": (
        "mirt",
        f't <- tm(mirt(X, 1, "2PL", {_TECHNICAL})); value <- extract.mirt(t$r, "logLik")',
    ),
    "two_parameters_with_errors": (
        "mirt",
        f't <- tm(mirt(X, 1, "2PL", SE = TRUE, {_TECHNICAL})); value <- extract.mirt(t$r, "logLik")',
    ),
    "three_parameters": (
        "mirt",
        f't <- tm(mirt(X, {_PRIOR}, "3PL", {_TECHNICAL})); '
        'value <- extract.mirt(t$r, "logLik") + extract.mirt(t$r, "logPrior")',
    ),
    "conditional": ("eRm", "t <- tm(RM(X)); value <- t$r$loglik"),
    "dif_mantel_haenszel": ("difR", "t <- tm(difMH(X, g, focal.name = 1)); value <- t$r$MH[1]"),
    "dif_logistic": ("difR", "t <- tm(difLogistic(X, g, focal.name = 1)); value <- t$r$Logistik[1]"),
}
"""Package and call of each case; mirt at its default tolerance, 1e-4."""

PUBLISHED = {
    ("two_parameters", 20_000, 0.0): 6.31,
    ("two_parameters_with_errors", 5_000, 0.0): 3.87,
    ("two_parameters", 20_000, 0.1): 9.6,
    ("three_parameters", 20_000, 0.0): 31.0,
    ("conditional", 5_000, 0.0): 2.02,
    ("dif_mantel_haenszel", 20_000, 0.0): 18.42,
    ("dif_logistic", 20_000, 0.0): 8.51,
}
"""Seconds on a small AMD EPYC server, R 4.2.2, reference BLAS, one thread (timing/README.md of the reference
set; those with missing answers and of the 3PL from trials on another machine, the lower end)."""


class Timed(NamedTuple):
    """One call of a package."""

    seconds: float
    value: float
    package: str


def timed(case: str, path: Path, shape: tuple[int, int]) -> Timed | None:
    """A case's call on a file of bytes, item by item (negative is missing); None where it cannot be run."""
    package, call = CALLS[case]
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    script = path.with_suffix(".R")
    script.write_text(_READ.format(package=package, call=call), "utf-8")
    libraries = os.pathsep.join(filter(None, [os.environ.get("R_LIBS"), LIBRARY]))
    one_thread = {"R_LIBS": libraries, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run(
        [rscript, str(script), str(path), *map(str, shape)],
        capture_output=True, text=True, env={**os.environ, **one_thread}, check=False,
    )  # fmt: skip
    for line in ran.stdout.splitlines():
        if line.startswith("RESULT "):
            _, seconds, value, version = line.split()
            return Timed(float(seconds), float(value), f"{package} {version}")
    return None
