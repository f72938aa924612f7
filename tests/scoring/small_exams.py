"""A key, a rule and what candidates marked → the result tables, scored as `examgen score` does it."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import polars as pl

from examgen.core.column_names import CANDIDATES
from examgen.core.csv_files import csv_bytes
from examgen.core.exam.names import FORMS_CSV, KEY_CSV, MANIFEST
from examgen.core.files import quiet
from examgen.core.hashing import Hashing
from examgen.core.models.decisions import Judgement, PassRule
from examgen.core.responses.rows import INVALID
from examgen.scoring.options import ScoringOptions
from examgen.scoring.score import scored
from tests.digests import ANY_KEY, DIGEST_KEY, listed
from tests.settled import QUARANTINE

SNAPSHOT = "secure/items.yaml"
OPTIONS = "abcde"
Sat = tuple[str, str, Sequence[int]]
"""Candidate, form, and a bit mask for each question."""
Criteria = Sequence[tuple[str, str, str]]


class Scores(NamedTuple):
    """The tables of a run as they are written, nothing where a cell is empty; and what its audit says."""

    candidates: pl.DataFrame
    pc_results: pl.DataFrame
    pc_coverage: pl.DataFrame
    quarantine: pl.DataFrame
    audit: Mapping[str, Any]


def score(
    sat: Sequence[Sat] | bytes,
    key: pl.DataFrame,
    criteria: Criteria,
    judgement: Judgement,
    pass_rule: PassRule | None,
    extras: Mapping[str, Sequence[str]] | None = None,
    n_options: int = len(OPTIONS),
) -> Scores:
    """The results of a sitting (or of a file of answers) with a key in the columns of key.csv, every question
    of so many options."""
    with TemporaryDirectory(dir=_memory()) as name:
        folder = Path(name)
        write_package(folder / "exam", key, criteria, judgement, pass_rule, n_options)
        path = folder / "answers.csv"
        path.write_bytes(sat if isinstance(sat, bytes) else answers(sat, extras or {}))
        out = folder / "out"
        out.mkdir()
        wanted = ScoringOptions(processes=1, signals=False, unreadable="score")
        made = scored(folder / "exam", [path], out, wanted, quiet, None, Hashing([path]))
        return Scores(*(_table(out / f"{name}.csv", criteria) for name in _NAMES), made.audit)


_NAMES = ("candidates", "pc_results", "pc_coverage", "quarantine")


def _memory() -> Path | None:
    """Where files never reach a disk, if there is such a place."""
    place = Path("/dev/shm")
    return place if place.is_dir() else None


def answers(sat: Sequence[Sat], extras: Mapping[str, Sequence[str]]) -> bytes:
    """A wide file of answers."""
    width = max((len(marks) for _, _, marks in sat), default=1)
    lines = [["candidate_id", "form", *(f"Q{n}" for n in range(1, width + 1)), *extras]]
    for n, (candidate, form, marks) in enumerate(sat):
        cells = [letters(mark) for mark in marks] + [""] * (width - len(marks))
        lines.append([candidate, form, *cells, *(column[n] for column in extras.values())])
    return "\n".join(",".join(line) for line in lines).encode() + b"\n"


def letters(mark: int) -> str:
    """What a candidate wrote to be understood so."""
    return "*" if mark == INVALID else "".join("ABCDE"[k] for k in range(5) if mark >> k & 1)


def write_package(
    folder: Path,
    key: pl.DataFrame,
    criteria: Criteria,
    judgement: Judgement,
    pass_rule: PassRule | None,
    n_options: int,
) -> None:
    forms = key.drop("key", "points").with_columns(options=pl.lit(" ".join(OPTIONS[:n_options])))
    texts = {option: f"option {option}" for option in OPTIONS[:n_options]}
    items = [{"id": item, "stem": f"What is {item}?", "options": texts} for item in key["item"].unique()]
    files = {
        DIGEST_KEY: ANY_KEY,
        KEY_CSV: csv_bytes(key),
        FORMS_CSV: csv_bytes(forms),
        SNAPSHOT: json.dumps({"items": items}).encode(),
    }
    blueprint: dict[str, Any] = {"exam": "T", "judgement": judgement.model_dump(mode="json")}
    if pass_rule is not None:
        blueprint["pass"] = pass_rule.model_dump(mode="json", exclude_none=True)
    said = {
        "blueprint": blueprint,
        "criteria": list(criteria),
        "files": listed(files),
    }
    for name, data in {**files, MANIFEST: json.dumps(said).encode()}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def _table(path: Path, criteria: Criteria) -> pl.DataFrame:
    with path.open(encoding="utf-8-sig", newline="") as file:
        heads, *rows = csv.reader(file)
    own = {**_kinds(criteria), **CANDIDATES, **QUARANTINE} if path.stem != "pc_coverage" else {}
    texts = ("unit", "element", "pc", "mean_percent") if path.stem == "pc_coverage" else ()
    columns: dict[str, pl.Series] = {}
    for head, column in zip(heads, zip(*rows, strict=True) if rows else [()] * len(heads), strict=True):
        kind = own.get(head) if path.stem != "pc_coverage" else str if head in texts else int
        read = partial(_cell, kind)
        columns[head] = pl.Series(head, list(map(read, column)), dtype=pl.Int64 if kind is int else pl.String)
    return pl.DataFrame(columns)


def _kinds(criteria: Criteria) -> dict[str, type]:
    """The columns of pc_results.csv."""
    counts = Counter(pc for _, _, pc in criteria)
    names = [pc if counts[pc] == 1 else f"{unit}:{pc}" for unit, _, pc in criteria]
    return {f"{name}_{of}": int if of == "correct" else str for name in names for of in _OF}


_OF = ("correct", "percent", "status")


def _cell(kind: type | None, text: str) -> Any:
    """A cell; one of an extra column (no kind) is a text even where it is empty."""
    plain = text[1:] if text[:2] in ("'=", "'+", "'-", "'@") else text
    if kind is None:
        return plain
    return None if plain == "" else kind(plain)
