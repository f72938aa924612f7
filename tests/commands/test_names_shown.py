"""Items, groups and judges keep their names on the screen, whatever columns of a result are called."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.commands.conftest import Run


def test_an_item_called_like_a_column_keeps_its_name(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    theta = rng.normal(size=(400, 1))
    cells = (rng.random((400, 6)) < 1 / (1 + np.exp(-(theta - np.linspace(-1, 1, 6))))).astype(int)
    names = ["q1", "q2", "q3", "se", "kr20", "infit"]
    rows = "".join(
        f"C{n},{','.join(map(str, row))},{'se' if n % 2 else 'q3'}\n" for n, row in enumerate(cells)
    )
    path = tmp_path / "x.csv"
    path.write_text("id," + ",".join(names) + ",g\n" + rows)
    for words in (
        ("items", path, "--exclude", "g"),
        ("irt", path, "--exclude", "g", "--model", "rasch"),
        ("dif", path, "--group", "g", "--reference", "q3"),
        ("irt", path, "--group", "g", "--model", "rasch"),
    ):
        more = [] if words[0] == "dif" else ["--verbose"]
        shown = run.ok("analyse", *words, *more).out.split()
        assert set(names) <= set(shown), (words[0], set(names) - set(shown))
    groups = run.ok("analyse", "irt", path, "--group", "g", "--model", "rasch", "--verbose").out
    assert "\nq3 " in groups
    assert "\nse " in groups
