"""Every field that `--json` has stands in docs/standard-setting.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.standard_setting.conftest import Set, write

COMMANDS = {
    "angoff": ("angoff", "r.csv", "--totals", "g.csv", "--statistics", "p.csv"),
    "ebel": ("ebel", "e.csv", "s.csv"),
    "bookmark": ("bookmark", "b.csv", "--parameters", "p.csv"),
    "borderline-group": ("borderline", "g.csv"),
    "contrasting-groups": ("contrasting", "g.csv"),
    "borderline-regression": ("regression", "g.csv", "--border", "2"),
    "hofstee": ("hofstee", "h.csv", "--totals", "g.csv"),
}


def fields(found: Any, inside: str = "") -> Iterator[str]:
    if isinstance(found, list):
        for one in found:
            yield from fields(one, inside)
    elif isinstance(found, dict) and inside not in (
        "own",
        "bookmarks",
        "values",
    ):  # by names of judges, and of what a note tells
        for name, one in found.items():
            yield name
            yield from fields(one, name)


@pytest.mark.parametrize("method", COMMANDS)
def test_fields(found: Set, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    monkeypatch.chdir(tmp_path)
    write("r.csv", "judge,i1,i2,i3\nA,0.4,0.6,0.3\nB,0.6,0.8,0.5")
    write("p.csv", "item,b,facility\ni1,0,0.5\ni2,-1,0.7\ni3,1,0.3")
    write("e.csv", "item,difficulty,relevance\ni1,easy,high\ni2,easy,high")
    write("s.csv", "judge,difficulty,relevance,share\nA,easy,high,0.5\nB,easy,high,0.6")
    write("b.csv", "judge,bookmark\nA,2\nB,3")
    scores = [(5, "no", 1), (7, "borderline", 2), (8, "yes", 2), (6, "yes", 2), (7, "no", 3), (9, "yes", 3)]
    write("g.csv", "score,group,grade\n" + "\n".join(",".join(map(str, row)) for row in scores))
    write("h.csv", "judge,min_cut,max_cut,min_fail,max_fail\nA,5,8,0,80\nB,6,9,0,90")
    said = found(*COMMANDS[method])
    assert said["method"] == method
    text = (root / "docs/standard-setting.md").read_text("utf-8")
    assert [name for name in dict.fromkeys(fields(said)) if f"`{name}`" not in text] == []
