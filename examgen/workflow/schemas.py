"""JSON Schema of the files that people write, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from examgen.bank.schema import KINDS
from examgen.bank.schema import schema as schema_of
from examgen.problems import WrongUsage
from examgen.storage import json_bytes, write_file


def schema(kind: str | None = None) -> dict[str, Any]:
    """The schema of one kind of file, or of all."""
    if kind is not None and kind not in KINDS:
        raise WrongUsage(f"--kind {kind} is not one of {', '.join(KINDS)}")
    return schema_of(kind)


def write_schema(kind: str | None, path: Path) -> None:
    """The same into a file."""
    write_file(path, json_bytes(schema(kind)), shared=True)
