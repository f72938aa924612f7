"""Which row a decision is about: the answer file by its name, and the line in it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePath

from examgen.capture.cells import INVISIBLE, drop_invisible, fold, unwrap
from examgen.capture.overlays import restored
from examgen.capture.records import visible
from examgen.problems import Problem
from examgen.register import composed_text

_UNTIDY = re.compile(f"^[\\s=]|\\s\\s|\\s$|[^\\S ]|[{INVISIBLE}\u0e4d]").search
"""Finds what cannot stand in a cell that is kept as it is."""


def shown_names(paths: Sequence[Path]) -> list[str]:
    """What answer files are called: by name, with as many folders before it as tell namesakes apart."""
    found: dict[Path, str] = {}
    for n in range(1, max([1, *(len(path.parts) for path in paths)]) + 1):
        tails = {path: PurePath(*path.parts[-n:]).as_posix() for path in set(paths) - found.keys()}
        often = Counter(tails.values())
        found |= {path: tail for path, tail in tails.items() if often[tail] == 1 or n >= len(path.parts)}
    return [visible(found[path]) for path in paths]


def file_named(source: str, cell: str, files: Sequence[str]) -> str | Problem:
    """The answer file of that name: as it is shown, or with more or fewer folders before it."""
    named = restored(clean_text(cell))
    found = [named] if named in files else [file for file in files if _ends_alike(file, named)]
    if len(found) == 1:
        return found[0]
    if found:
        message = f"{named} may be {' or '.join(found)}: write the name as on the command line"
        return Problem(source, "ambiguous-file", message, field="file")
    given = ", ".join(files[:5]) + (", …" if len(files) > 5 else "")
    message = f"{named or 'an empty name'} is none of the answer files given: {given}"
    return Problem(source, "unknown-file", message, field="file")


def _ends_alike(one: str, other: str) -> bool:
    first, second = _steps(one), _steps(other)
    n = min(len(first), len(second))
    return n > 0 and first[-n:] == second[-n:]


def _steps(path: str) -> list[str]:
    steps = clean_text(path).replace("\\", "/").split("/")
    return [step for step in steps if step not in ("", ".", "..")]


def line_number(source: str, cell: str) -> int | Problem:
    """The number of a line, from 1, as people and spreadsheets write it."""
    found = re.fullmatch(r"([0-9]{1,15})(?:\.0+)?", fold(cell))
    if found and int(found[1]):
        return int(found[1])
    message = f"{cell.strip()[:30]!r} is not a line: write the number that quarantine.csv shows"
    return Problem(source, "no-line-number", message, field="line")


def clean_text(cell: str) -> str:
    """A cell as it is kept: composed (NFC), single-spaced, without invisible characters."""
    if not _UNTIDY(cell) and unicodedata.is_normalized("NFC", cell):
        return cell
    return composed_text(" ".join(unwrap(drop_invisible(cell).strip()).split()))
