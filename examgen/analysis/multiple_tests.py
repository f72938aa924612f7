"""p-values of tests that belong together → which of them are beyond chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.irt import Floats


def holm(p: Floats, level: float) -> NDArray[np.bool_]:
    """(T,) which of T hypotheses fall: the chance that any true one is among them is at most `level`.

    As R's `p.adjust(p, "holm") <= level`.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of
    Statistics, 6.
    """
    fallen = np.zeros(len(p), dtype=np.bool_)
    for done, place in enumerate(np.argsort(p, kind="stable").tolist()):
        if not p[place] <= level / (len(p) - done):
            break
        fallen[place] = True
    return fallen
