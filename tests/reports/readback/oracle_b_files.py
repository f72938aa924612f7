"""The files of a scored run, read without examgen, and numbers as reports write them.

Imports nothing that makes a report or a score: csv, json, yaml and arithmetic.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from statistics import NormalDist
from typing import Any

import yaml

from tests.reports.readback.frame import key_version
from tests.reports.readback.raw import fingerprint

Row = dict[str, str]
MIN_N = 10
"""On fewer candidates no percentage stands without its count."""
WORDS = {"pass": "■ Pass", "fail": "▲ Not passed", "": "–"}
SIGNALS = {
    "blank_row": "no answer at all",
    "one_letter": "one letter throughout",
    "same_answers": "exactly the same answers",
}
LEDGER = (
    "registered", "present", "absent", "scored", "quarantined", "missing", "status_unknown", "absent_but_scored",
    "absent_in_quarantine", "not_on_roster",
)  # fmt: skip


def table(path: Path) -> list[Row]:
    """The rows of a CSV file; none where there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class Files:
    """The files of one run of a package."""

    def __init__(self, package: Path, run: int) -> None:
        self.package, self.run = package, run
        self.folder = package / "results" / "runs" / f"{run:04d}"

    def rows(self, name: str) -> list[Row]:
        """A table of the run."""
        return table(self.folder / f"{name}.csv")

    @cached_property
    def candidates(self) -> list[Row]:
        """candidates.csv."""
        return self.rows("candidates")

    @cached_property
    def audit(self) -> dict[str, Any]:
        """audit.json."""
        found: dict[str, Any] = json.loads((self.folder / "audit.json").read_bytes())
        return found

    @cached_property
    def statuses(self) -> dict[str, dict[str, str]]:
        """Candidate → criterion → status, in the order of the file."""
        end = "_status"
        return {
            row["candidate_id"]: {
                name.removesuffix(end): row[name] or "not_assessed" for name in row if name.endswith(end)
            }
            for row in self.rows("pc_results")
        }

    @cached_property
    def exam(self) -> dict[str, Any]:
        """exam.yaml."""
        found: dict[str, Any] = yaml.safe_load((self.package / "exam.yaml").read_text("utf-8"))
        return found

    @property
    def fingerprint(self) -> str:
        """First digits of the SHA-256 of the audit."""
        return hashlib.sha256((self.folder / "audit.json").read_bytes()).hexdigest()[:16]

    @property
    def before(self) -> Files | None:
        """The run before."""
        return Files(self.package, self.run - 1) if self.run > 1 else None

    @property
    def foot(self) -> list[tuple[str, str]]:
        """What every report of the run says of itself."""
        editions = self.audit["editions"]
        record = self.package / "sitting/record.jsonl"
        acts = record.read_bytes().splitlines(keepends=True) if record.is_file() else []
        return [
            ("Exam", self.audit["exam"]),
            ("Run", f"{self.run} ({self.fingerprint})"),
            *([("Last entry of the record", fingerprint(acts[-1]))] if acts else []),
            ("Key version", key_version(self.audit, self.package)),
            ("Edition of the standard", ", ".join(f"{unit} ({of[:8]})" for unit, of in editions.items())),
            ("Paper", self.audit["manifest"][:16]),
        ]

    @property
    def running(self) -> str:
        """The same in one line, and that nothing was released."""
        said = [f"{name} {value}" for name, value in self.foot]
        return " · ".join([*said[:2], "Release not released", *said[2:]])

    @property
    def place(self) -> tuple[str, str]:
        """What candidates are grouped by, as a heading says it, and those of whom it is not told."""
        if any(one.get("centre") for one in self.candidates):
            return "Centre", "no centre given"
        is_room = any(one.get("room") for one in self.candidates)
        return ("Room", "no room given") if is_room else ("Answer file", "not known")

    def centre(self, row: Row) -> str:
        """Where a candidate sat: the centre; where nobody's is named the room; where no room is either, the
        answer file whose rows stand there."""
        for name in ("centre", "room"):
            if any(one.get(name) for one in self.candidates):
                return row.get(name, "")
        place, before = self.candidates.index(row), 0
        for one in self.audit["inputs"]:
            before += one["scored"]
            if place < before:
                return Path(one["file"]).name if len(self.audit["inputs"]) > 1 else ""
        raise AssertionError("the inputs have fewer rows than candidates.csv")


def counted(values: Iterable[str]) -> list[tuple[str, int]]:
    """How often each occurs, the most frequent first, then by name."""
    return sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))


# ── numbers ──────────────────────────────────────────────────────────────────────────────────


def wilson(n: int, of: int) -> tuple[float, float]:
    """Ends of Wilson's 95 % interval: the roots of (p − π)² = z² π (1 − π) / of."""
    z = NormalDist().inv_cdf(0.975)
    a, b, c = of + z * z, -(2 * n + z * z), n * n / of
    root = (b * b - 4 * a * c) ** 0.5
    return max((-b - root) / (2 * a), 0.0), min((-b + root) / (2 * a), 1.0)


def percent(n: int, of: int, decimals: int = 1) -> str:
    """`62.5 %`."""
    return f"{100 * n / of:.{decimals}f} %" if of else "–"


def interval(n: int, of: int) -> str:
    """`23–54 %`."""
    if not of:
        return "–"
    low, high = wilson(n, of)
    return f"{100 * low:.0f}–{100 * high:.0f} %"


def points(value: Decimal | None, sign: bool = False) -> str:
    """Points without noughts at the end, a real minus, a plus where a change is told."""
    if value is None:
        return "–"
    text = f"{abs(value):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return ("−" if value < 0 else "+" if sign and value > 0 else "") + text


def real(value: float | None, decimals: int = 2) -> str:
    """A number with so many decimals."""
    if value is None:
        return "–"
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if not Decimal(text.replace(",", "")) else text.replace("-", "−")


def as_people_count(name: str) -> list[tuple[int, str]]:
    """A key that puts room 2 before room 10."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part.casefold()) for part in re.split(r"(\d+)", name)
    ]


def newest(package: Path) -> Files:
    """The files of a package's newest run."""
    return Files(package, max(int(one.name) for one in (package / "results" / "runs").iterdir()))
