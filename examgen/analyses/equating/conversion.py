"""A conversion that was found → the file that `examgen score --scaled` reads."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from examgen import __version__
from examgen.analyses.documents import Document
from examgen.analyses.equating.equate import Equated
from examgen.core.storage import write_file


def write_conversion(path: Path, found: Equated, decimals: int) -> None:
    """The conversion as the file that `examgen score --scaled` reads."""
    write_file(path, conversion_text(found, decimals).encode())


def conversion_text(found: Equated, decimals: int) -> str:
    """YAML: the table unrounded, each number to the last digit; scoring rounds what is told to `decimals`.

    What is told is rounded and what is kept is not: a table of rounded numbers, read again for another number
    of decimals or between two of its points, would be wrong by up to half a unit.
    """
    told = found.document
    lines = [
        "# Points of X as points of Y, for `examgen score --scaled`. Written by `examgen analyse equate`.",
        "source:",
        f"  examgen: {_quoted(__version__)}",
        f"  design: {told['design']}",
        f"  method: {told['method']}",
    ]
    for name, form in (("x", found.x), ("y", found.y)):
        lines += [
            f"  {name}:",
            f"    name: {_quoted(form.label)}",
            f"    sha256: {_quoted(form.sha256)}",
            f"    candidates: {told[name]['n']}",
        ]
    if (advice := told["advice"]) and advice["method"] == "identity":
        errors = [f"    {name}: {_decimal(round(advice[name], 4))}" for name in ("error", "identity_error")]
        lines += ["  advice:", "    method: identity", *errors]
    lines.append(f"decimals: {decimals}")
    lines += [f"floor: {_written(found.ends[0])}", f"ceiling: {_written(found.ends[1])}"]
    indent = ""
    if found.x.form is not None:
        lines += ["forms:", f"  {_quoted(found.x.form)}:"]
        indent = "    "
    if found.full.denominator == 1 and found.full > 0:
        lines.append(f"{indent}points: {int(found.full)}")
    lines.append(f"{indent}table:")
    pairs = zip(found.points, found.conversion.tolist(), strict=True)
    lines += [f"{indent}  {_written(x)}: {_decimal(y)}" for x, y in pairs]
    if found.y.form is not None and found.y.exam == found.x.exam and found.y.form != found.x.form:
        lines += [f"  {_quoted(found.y.form)}: {{slope: 1, intercept: 0}}"]
    return "\n".join(lines) + "\n"


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
        f"  examgen: {_quoted(__version__)}",
        "  design: irt",
        f"  method: {_quoted(method)}",
    ]
    for name, side in (("x", found["new"]), ("y", found["old"])):
        lines += [
            f"  {name}:",
            f"    name: {_quoted(side['file'])}",
            f"    sha256: {_quoted(side['sha256'])}",
        ]
    lines += [f"decimals: {decimals}", "floor: 0", f"ceiling: {found['old']['n_items']}"]
    lines += [f"points: {found['new']['n_items']}", "table:"]
    lines += [f"  {row['x']}: {_decimal(row['y'])}" for row in table]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _written(value: Fraction) -> str:
    return _decimal(float(value)) if value.denominator != 1 else str(int(value))


def _decimal(value: float) -> str:
    """The shortest decimal that is this number, never with an exponent, which YAML may take for a text."""
    return np.format_float_positional(value, unique=True, trim="0")
