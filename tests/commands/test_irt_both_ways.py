"""`examgen analyse irt` and `es.irt`: the same numbers and the same notes, of every case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import examgen.stats as es
from tests.commands.conftest import Run


def answers(n: int, n_items: int, *, blank: float = 0.0, top: int = 1, shift: int = 0) -> np.ndarray:
    rng = np.random.default_rng(n + n_items)
    theta, b = rng.normal(size=(n, 1, 1)), np.linspace(-1.2, 1.2, n_items)[:, None]
    steps = np.linspace(-0.7, 0.7, top) if top > 1 else np.zeros(1)
    cells = (rng.random((n, n_items, 1)) < 1 / (1 + np.exp(-(theta - b - steps)))).sum(axis=2) + shift
    return np.where(rng.random(cells.shape) < blank, -1, cells)


def written(path: Path, cells: np.ndarray, groups: list[str] | None = None) -> Path:
    names = [f"I{j + 1}" for j in range(cells.shape[1])]
    lines = [",".join(["id", *(["g"] if groups else []), *names])]
    for n, row in enumerate(cells):
        own = [groups[n % len(groups)]] if groups else []
        lines.append(",".join([f"P{n}", *own, *("" if x < 0 else str(x) for x in row)]))
    path.write_text("\n".join(lines) + "\n")
    return path


def both(
    run: Run, path: Path, words: list[object], **arguments: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the command prints, and what the function says of the same file."""
    exclude = [arguments["groups"]] if "groups" in arguments else []
    command = json.loads(run("analyse", "irt", path, *words, "--json").out)
    library = es.irt(es.read_responses(path, exclude=exclude), **arguments).to_dict()
    for name in ("file", "sha256"):
        command.pop(name)
    return command, library


@pytest.mark.parametrize(
    ("words", "arguments", "data"),
    [
        ([], {}, answers(300, 8)),
        (["--model", "rasch"], {"model": "rasch"}, answers(200, 6, blank=0.2)),
        (["--model", "rasch-cml"], {"model": "rasch-cml"}, answers(200, 6)),
        (["--model", "1pl"], {"model": "1pl"}, answers(90, 6)),
        (
            ["--model", "3pl", "--prior-c", "norm:-1.1:0.5"],
            {"model": "3pl", "prior_c": "norm:-1.1:0.5"},
            answers(300, 8),
        ),
        (["--model", "grm"], {"model": "grm"}, answers(300, 5, top=3)),
        (["--model", "gpcm"], {"model": "gpcm"}, answers(300, 5, top=2, shift=1)),
        (["--model", "pcm"], {"model": "pcm"}, answers(300, 5, top=2, blank=0.1)),
    ],
)
def test_command_and_library_say_the_same(
    run: Run, tmp_path: Path, words: list[object], arguments: dict[str, Any], data: np.ndarray
) -> None:
    command, library = both(run, written(tmp_path / "a.csv", data), words, **arguments)
    assert command == library


def test_of_groups(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", answers(400, 8), ["m", "f"])
    words = ["--group", "g", "--free", "I1", "--reference", "m"]
    command, library = both(run, path, words, groups="g", free=["I1"], reference="m")
    assert command == library
    assert [row["group"] for row in command["population"]] == ["m", "f"]


def test_known_items_and_a_known_population(run: Run, tmp_path: Path) -> None:
    path, known = written(tmp_path / "a.csv", answers(300, 6)), tmp_path / "known.csv"
    items = {f"I{j + 1}": {"a": 1.0, "b": float(b)} for j, b in enumerate(np.linspace(-1.2, 1.2, 6))}
    known.write_text("item,a,b\n" + "".join(f"{name},1.0,{one['b']!r}\n" for name, one in items.items()))
    for more, arguments in (([], {}), (["--fix-ability", "0,1"], {"fix_ability": (0, 1)})):
        command, library = both(run, path, ["--anchors", known, *more], anchors=items, **arguments)
        assert command == library
    assert command["n_parameters"] == 0
