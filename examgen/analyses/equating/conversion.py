"""A link that was found, with scores equated by it → the file that `examgen score --scaled` reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from examgen import __version__
from examgen.analyses.documents import Document
from examgen.core.storage import write_file


def write_linked(path: Path, found: Document, decimals: int) -> None:
    """The conversion of `analyse link --equate`, likewise: number right on NEW as number right on OLD."""
    write_file(path, linked_text(found, decimals).encode())


def linked_text(found: Document, decimals: int) -> str:
    """YAML: the table unrounded, held between 0 and the full score of OLD."""
    table, link = (
        found["equating"]["table"],
        f"slope {found['slope']:.6f}, intercept {found['intercept']:.6f}",
    )
    method = f"{found['equating']['method']} scores, {found['method']}, {link}"
    lines = [
        "# Points of X as points of Y, for `examgen score --scaled`. Written by `examgen analyse link`.",
        "source:",
        f"  examgen: {quoted(__version__)}",
        "  design: irt",
        f"  method: {quoted(method)}",
    ]
    for name, side in (("x", found["new"]), ("y", found["old"])):
        lines += [
            f"  {name}:",
            f"    name: {quoted(side['file'])}",
            f"    sha256: {quoted(side['sha256'])}",
        ]
    lines += [f"decimals: {decimals}", "floor: 0", f"ceiling: {found['old']['n_items']}"]
    lines += [f"points: {found['new']['n_items']}", "table:"]
    lines += [f"  {row['x']}: {decimal(row['y'])}" for row in table]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A text in YAML."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def decimal(value: float) -> str:
    """The shortest decimal that is this number, never with an exponent, which YAML may take for a text."""
    return np.format_float_positional(value, unique=True, trim="0")
