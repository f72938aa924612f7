"""CONTRIBUTING.md names files and registries that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOMS = ("", "examgen", "examgen/site")


def test_the_files_and_registries_that_it_names_exist(root: Path) -> None:
    text = (root / "CONTRIBUTING.md").read_text("utf-8")
    paths = set(re.findall(r"`((?:\w[\w.-]*/)+\w[\w.-]*\.\w+)`", text))
    gone = [path for path in paths if not any((root / room / path).exists() for room in ROOMS)]
    assert gone == []
    code = "\n".join(
        path.read_text("utf-8") for room in ("examgen", "tests") for path in (root / room).rglob("*.py")
    )
    names = set(re.findall(r"`([A-Z][A-Z_]{3,}|_?[a-z]+(?:_[a-z]+)+)`", text))
    assert len(paths) > 50
    assert len(names) > 30
    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", code)] == []
