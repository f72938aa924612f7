"""The notebooks of docs/notebooks run from top to bottom, without jupyter."""

from __future__ import annotations

import ast
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))


def test_there_are_some() -> None:
    assert len(NOTEBOOKS) == 7


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    book = json.loads(path.read_text("utf-8"))
    assert (book["nbformat"], book["cells"][0]["cell_type"]) == (4, "markdown")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for number, cell in enumerate(book["cells"]):
        if cell["cell_type"] != "code":
            continue
        assert not cell["outputs"], "outputs are not kept"
        if "matplotlib" in cell["metadata"].get("tags", ()) and find_spec("matplotlib") is None:
            continue
        shown = _run("".join(cell["source"]), f"{path.stem}[{number}]", names)
        assert shown is None or len(repr(shown)) < 6_000, "one screen"


def _run(source: str, name: str, names: dict[str, Any]) -> object:
    """What the last line of a cell shows."""
    tree = ast.parse(source)
    last = tree.body[-1]
    if not isinstance(last, ast.Expr):
        exec(compile(tree, name, "exec"), names)
        return None
    exec(compile(ast.Module(tree.body[:-1], []), name, "exec"), names)
    found = eval(compile(ast.Expression(last.value), name, "eval"), names)
    if hasattr(found, "_repr_html_"):
        assert found._repr_html_()
    return found
