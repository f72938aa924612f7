"""This machine → what printing needs of it, what is there, and how to get what is missing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from examgen.bank.workspaces import find_workspace
from examgen.core.exam.leftovers import left_below
from examgen.core.problems import MissingDependency
from examgen.core.resources import builtin, fonts
from examgen.core.words import tell


class Finding(NamedTuple):
    """One thing that examgen uses: whether it is there, and whether it cannot do without."""

    what: str
    ok: bool
    needed: bool
    detail: str


def examine() -> list[Finding]:
    """Every finding; `needed and not ok` means that papers cannot be printed here."""
    faces = sorted(path.name for path in fonts().glob("Sarabun-*.ttf"))
    place = find_workspace(Path.cwd())
    left = left_below(place, place / "item_bank", place / "output")
    left_words = tell(
        "left by killed commands, the next that writes there removes it: {paths}",
        paths=", ".join(map(str, left)),
    )
    return [
        Finding("Python", sys.version_info >= (3, 11), True, sys.version.split()[0]),
        Finding(
            tell("fonts"), len(faces) >= 3, True, ", ".join(faces) or tell("none in {folder}", folder=fonts())
        ),
        Finding(tell("templates"), builtin("templates").is_dir(), True, str(builtin("templates"))),
        _pango(),
        _thai_words(),
        Finding(tell("clean workspace"), not left, False, left_words if left else str(place)),
        _program("pdftoppm", "poppler-utils", tell("turns papers into pictures for the tests")),
        _program(
            "tesseract", "tesseract-ocr tesseract-ocr-tha", tell("reads printed Thai back in the tests")
        ),
    ]


def _pango() -> Finding:
    try:
        from examgen.rendering.pdf import engine

        return Finding("Pango", True, True, engine.version())
    except MissingDependency as error:
        return Finding("Pango", False, True, error.message)


def _thai_words() -> Finding:
    """Whether Pango breaks Thai between words: it does so only where libthai is installed."""
    from examgen.rendering.pdf import engine

    try:
        broken = engine.breaks_thai_words()
    except MissingDependency as error:
        return Finding(tell("Thai line breaking"), False, True, error.message)
    detail = (
        tell("lines are broken between words")
        if broken
        else tell("install {packages}", packages="libthai0, libthai-data")
    )
    return Finding(tell("Thai line breaking"), broken, True, detail)


def _program(name: str, package: str, use: str) -> Finding:
    found = shutil.which(name)
    there = found or f"apt-get install {package}"
    return Finding(name, found is not None, False, tell("{use}: {there}", use=use, there=there))
