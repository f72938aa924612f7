"""Data sets for the examples in the documentation, simulated with a seed or shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from examgen.stats.arguments import number, whole, word
from examgen.stats.matrix import NOT_ADMINISTERED
from examgen.stats.response_data import Responses, responses

SHIPPED = ("sim2pl", "sim_dif")
_FOLDER = Path(__file__).resolve().parents[1] / "data" / "psychometrics"


def example(
    kind: str = "scores", n_persons: int = 500, n_items: int = 8, *, missing: float = 0.0, seed: int = 1
) -> Responses:
    """Return simulated responses for trying out an analysis.

    Parameters
    ----------
    kind : {"scores", "choices", "partial", "sim2pl", "sim_dif"}
        Scores 0 and 1 of a 2PL; options A to D with a key, for the analysis of distractors; scores from 0 to
        3 of a graded model. Or a shipped data set (CC0, the reference set with results of R): `sim2pl` is
        from a 2PL, `sim_dif` has DIF and the column `group` (`reference`, `focal`) in `others`; the other
        arguments do not apply to these.
    n_persons, n_items : int
        At least 1 each; the items are named `I01`, `I02` …, from easy to hard.
    missing : float
        Proportion of cells, 0 to 0.9, that were not administered.
    seed : int
        The same seed gives the same responses.

    Returns
    -------
    Responses
        With the column `sex` (`f`, `m`) in `others`: for `m` the first item is harder than it should be.

    Raises
    ------
    ArgumentError
        If the kind is unknown, or a size is out of range.

    See Also
    --------
    responses : your own data.

    Notes
    -----
    Abilities are N(0, 1), slopes run from 0.8 to 1.6, difficulties from −1.5 to 1.5. In R:
    `mirt::simdata`.

    Examples
    --------
    >>> import examgen.stats as es
    >>> es.example(n_items=4)
    500 persons × 4 items, scores 0–1, 0.0 % missing
    person  I01  I02  I03  I04
    P001      1    0    1    0
    P002      1    0    0    0
    P003      1    1    0    1
    P004      0    0    0    0
    P005      1    1    0    1
    … 495 more persons
    """
    kind = word("kind", kind, ("scores", "choices", "partial", *SHIPPED))
    if kind in SHIPPED:
        table = pl.read_csv(_FOLDER / f"{kind}.csv.gz", infer_schema_length=None)
        return responses(table, exclude=[name for name in ("group",) if name in table.columns])
    n, k = whole("n_persons", n_persons, 1, 10_000_000), whole("n_items", n_items, 1, 10_000)
    number("missing", missing, 0.0, 0.9)
    rng = np.random.default_rng(whole("seed", seed, 0))
    theta, male = rng.normal(size=n), np.arange(n) % 2 == 1
    a = 0.8 + 0.8 * rng.random(k)
    b = np.linspace(-1.5, 1.5, k) if k > 1 else np.zeros(1)
    z = a * (theta[:, None] - b)
    z[male, 0] -= 0.8
    noise = rng.logistic(size=(n, k))
    cells = (noise < z).astype(np.int8)
    if kind == "partial":
        cells = sum(((noise < z + shift).astype(np.int8) for shift in (1.0, 0.0, -1.0)), np.zeros_like(cells))
    digits_p, digits_i = max(len(str(n)), 3), max(len(str(k)), 2)
    persons = tuple(f"P{row + 1:0{digits_p}d}" for row in range(n))
    items = tuple(f"I{j + 1:0{digits_i}d}" for j in range(k))
    others = pl.DataFrame({"sex": np.where(male, "m", "f")})
    gone = rng.random((n, k)) < missing
    if kind == "choices":
        keys, wrong = np.arange(k) % 4, rng.choice(3, size=(n, k), p=[0.5, 0.3, 0.2]) + 1
        places = np.where(cells == 1, keys, (keys + wrong) % 4)
        letters = np.array(list("ABCD"), dtype=object)[places]
        letters[gone] = None
        made = responses(
            letters, items=items, persons=persons, key=[("A", "B", "C", "D")[one] for one in keys]
        )
        return Responses(made.persons, made.items, made.cells, made.choices, others)
    cells[gone] = NOT_ADMINISTERED
    return Responses(persons, items, cells, None, others)
