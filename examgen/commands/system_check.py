"""Checks what examgen uses on this machine, what is missing, and how to install it."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import NamedTuple

from examgen import DISTRIBUTION
from examgen.bank.workspaces import find_workspace
from examgen.core.changes import left_below
from examgen.core.problems import MissingDependency, install
from examgen.core.resources import builtin, fonts
from examgen.core.words import tell


class Finding(NamedTuple):
    """One thing that examgen uses: whether it is present, whether it is required, and details."""

    what: str
    ok: bool
    needed: bool
    detail: str


def examine() -> list[Finding]:
    """Return all findings. If one has `needed and not ok`, papers cannot be printed here."""
    faces = sorted(path.name for path in fonts().glob("Sarabun-*.ttf"))
    place = find_workspace(Path.cwd())
    left = left_below(place, place / "item_bank", place / "output")
    left_words = tell(
        "Left by interrupted commands; the next command that writes there removes them: {paths}",
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
        *_extras(),
        _program("pdftoppm", "poppler-utils", tell("converts papers to pictures for the tests")),
        _program("tesseract", "tesseract-ocr tesseract-ocr-tha", tell("reads printed Thai in the tests")),
    ]


def _pango() -> Finding:
    try:
        from examgen.rendering.pdf import engine

        return Finding("Pango", True, True, engine.version())
    except MissingDependency as error:
        return Finding("Pango", False, True, error.message)


def _thai_words() -> Finding:
    """Check whether Pango breaks lines between Thai words, which requires libthai."""
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


def _extras() -> Iterator[Finding]:
    """Yield whether the libraries of each extra of examgen are installed."""
    uses = {
        "web": tell("the web site"),
        "scan": tell("reading scanned sheets, and PDF files"),
        "signing": tell("signed reports and certificates"),
        "dask": tell("workers of a cluster"),
        "plot": tell("plots of statistics in Python"),
    }
    asked = _asked()
    for extra, use in uses.items():
        own = [one for one in asked if re.search(rf"extra == ['\"]{extra}['\"]", one)]
        names = [re.match(r"[\w.-]+", one)[0] for one in own]  # type: ignore[index]
        is_there = bool(own) and all(map(_is_here, names))
        there = tell("installed") if is_there else f"`{install(extra)}`"
        yield Finding(
            f"{DISTRIBUTION}[{extra}]", is_there, False, tell("{use}: {there}", use=use, there=there)
        )


def _asked() -> list[str]:
    """Return the requirements of examgen, including extras; empty if it is not installed as a package."""
    try:
        return requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return []


def _is_here(library: str) -> bool:
    try:
        return bool(version(library))
    except PackageNotFoundError:
        return False


def _program(name: str, package: str, use: str) -> Finding:
    found = shutil.which(name)
    there = found or f"apt-get install {package}"
    return Finding(name, found is not None, False, tell("{use}: {there}", use=use, there=there))
