"""The files of a scored run as they stand on disk, read by csv, json and yaml alone."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

import polars as pl
import yaml
from scipy.stats import binomtest

Line = dict[str, str]
Place = tuple[str, str, str, tuple[str, ...]]
"""Level, code, text and criteria of a unit, an element or a criterion."""


def read_table(path: Path) -> list[Line]:
    """A CSV file: each line by its columns."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def per_cent(one: Line) -> float:
    """Somebody's score in per cent, from the points."""
    return 100 * float(one["score"]) / float(one["max_score"])


def mean_of(pc: str, criteria: list[Line], scale: list[Line]) -> float | None:
    """The mean over people of the percentage of a criterion's points, from the points."""
    most: dict[str, Fraction] = {}
    for row in scale:
        if (row["level"], row["pc"]) == ("pc", pc) and row["correct"]:
            for form in row["forms"].split(" "):
                most[form] = max(most.get(form, Fraction(0)), Fraction(row["correct"]))
    found = []
    for one in criteria:
        of = most.get(one["form"]) or most.get(one["form"].partition("-")[0])
        if of and one[f"{pc}_correct"]:
            found.append(100 * Fraction(one[f"{pc}_correct"]) / of)
    return float(sum(found) / len(found)) if found else None


def fingerprint(line: bytes) -> str:
    """What people copy of the digest of an act."""
    digest = json.loads(line)["digest"]
    return f"{digest[:4]} {digest[4:8]} {digest[8:12]} {digest[12:16]}"


class Raw:
    """A run of a package."""

    def __init__(self, package: Path, run: int | None = None) -> None:
        runs = sorted(path for path in (package / "results" / "runs").iterdir() if path.name.isdecimal())
        self.folder = runs[-1] if run is None else next(path for path in runs if int(path.name) == run)
        self.run = int(self.folder.name)
        self.package = package
        audit = (self.folder / "audit.json").read_bytes()
        self.fingerprint = hashlib.sha256(audit).hexdigest()[:16]
        self.audit: dict[str, Any] = json.loads(audit)
        self.candidates = read_table(self.folder / "candidates.csv")
        self.criteria = read_table(self.folder / "pc_results.csv")
        self.coverage = read_table(self.folder / "pc_coverage.csv")
        self.scale = read_table(self.folder / "pc_scale.csv")
        self.quarantine = read_table(self.folder / "quarantine.csv")
        self.ledger = self._optional("ledger.csv")
        self.unreconciled = self._optional("unreconciled.csv")
        self.key = read_table(package / "secure" / "key.csv")
        self._marked = {
            who: dict(enumerate(marks, 1))
            for who, marks in pl.read_parquet(self.folder / "responses.parquet")
            .select("candidate_id", "marks")
            .iter_rows()
        }
        self._count_what_was_asked()
        self._place()
        self.exam = yaml.load((package / "exam.yaml").read_text("utf-8"), yaml.CSafeLoader)
        items = yaml.load((package / "secure" / "items.yaml").read_text("utf-8"), yaml.CSafeLoader)
        self.units: list[dict[str, Any]] = items["units"]
        self.rule: dict[str, Any] | None = self.audit["options"]["pass"]
        self.judgement: dict[str, Any] = self.audit["options"]["judgement"]

    def _place(self) -> None:
        """Where people sat by the roster, of whom the answers do not say it."""
        where = {row["candidate_id"]: row for row in self._optional("places.csv") or ()}
        for one in self.candidates:
            for name in ("centre", "room", "seat", "organisation"):
                one[name] = one.get(name) or where.get(one["candidate_id"], {}).get(name, "")

    def _count_what_was_asked(self) -> None:
        """Several marks where several answers are asked are answers."""
        if (self.audit["options"].get("scoring") or {}).get("several", "any") == "any":
            return
        asked = {(row["form"], int(row["question"])) for row in self.key if "|" in row["key"]}
        for one in self.candidates:
            own = self._marked[one["candidate_id"]]
            n = sum(
                mark < 128 and mark.bit_count() > 1 and (one["form"], q) in asked for q, mark in own.items()
            )
            one["answered"], one["multiple"] = str(int(one["answered"]) + n), str(int(one["multiple"]) - n)

    def unmarked(self, person: Line, code: str) -> bool:
        """Whether no question of a criterion that counts has a mark."""
        own = self._marked[person["candidate_id"]]
        lost = {
            (place["form"], int(place["question"]))
            for one in self.audit.get("corrections") or ()
            if one["kind"] == "drop"
            for place in one.get("places") or [one]
        }
        questions = [
            int(row["question"])
            for row in self.key
            if row["form"] == person["form"] and row["pc"] == code and row["points"] != "0"
        ]
        return not any(own[q] for q in questions if (person["form"], q) not in lost)

    def _optional(self, name: str) -> list[Line] | None:
        path = self.folder / name
        return read_table(path) if path.is_file() else None

    @property
    def acts(self) -> list[bytes]:
        """The lines of the record, the first first."""
        path = self.package / "sitting/record.jsonl"
        return path.read_bytes().splitlines(keepends=True) if path.is_file() else []

    @property
    def last_act(self) -> str:
        """The fingerprint of the last act; nothing before any."""
        return fingerprint(self.acts[-1]) if self.acts else ""

    @property
    def releases(self) -> list[bytes]:
        """The acts that are releases, the first first."""
        return [line for line in self.acts if json.loads(line)["kind"] == "release"]

    @property
    def release_mark(self) -> str:
        """Number and fingerprint of the release of this run, where it is the last one; else nothing."""
        if not self.releases:
            return ""
        last = self.releases[-1]
        assert json.loads(last)["run"] == self.run, "the oracle knows the released run alone"
        return f"{len(self.releases)} ({fingerprint(last)})"

    @property
    def earlier_release(self) -> Raw | None:
        """The run of the release before the last one."""
        if len(self.releases) < 2:
            return None
        return Raw(self.package, json.loads(self.releases[-2])["run"])

    @property
    def n(self) -> int:
        """How many candidates."""
        return len(self.candidates)

    @cached_property
    def passed(self) -> int:
        """How many passed."""
        return sum(one["decision"] == "pass" for one in self.candidates)

    def percents(self) -> list[float]:
        """Scores in per cent, from the points."""
        return [per_cent(one) for one in self.candidates]

    def mean(self, pc: str) -> float | None:
        """The mean of a criterion in per cent of its points."""
        return mean_of(pc, self.criteria, self.scale)

    def ends(self, row: Line) -> tuple[float, float]:
        """The interval of the points of a line of pc_scale.csv, in per cent."""
        same = [
            Decimal(one["correct"])
            for one in self.scale
            if all(one[name] == row[name] for name in ("level", "unit", "element", "pc", "forms"))
        ]
        n, least, most, x = int(row["asked"]), float(min(same)), float(max(same)), float(row["correct"])
        confidence = float(self.judgement["confidence"]) / 100
        if self.judgement["interval"] != "wilson":
            found = binomtest(round(n * (x - least) / (most - least)), n).proportion_ci(confidence, "exact")
            return 100 * found.low, 100 * found.high
        p, z = (x - least) / (most - least), NormalDist().inv_cdf((1 + confidence) / 2)
        middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low, high = ((middle + sign * half) / (1 + z * z / n) for sign in (-1, 1))
        return 100 * (least + (most - least) * low) / most, 100 * (least + (most - least) * high) / most

    @property
    def printed(self) -> int:
        """How many forms the exam has."""
        return len({row["form"] for row in read_table(self.package / "secure" / "key.csv")})

    @property
    def place_column(self) -> str:
        """What candidates are grouped by: the centre where any is named, else the room, never both."""
        return next(
            (name for name in ("centre", "room") if any(one.get(name) for one in self.candidates)), ""
        )

    def centre(self, one: Line) -> str:
        """The centre of a candidate, or where nobody's is named the room; empty where it is not told."""
        return one.get(self.place_column, "")

    @property
    def in_points(self) -> bool:
        """Whether points are no count of right items: a wrong answer costs some, or parts are earned."""
        rule = self.audit["options"].get("scoring") or {}
        return bool(rule.get("wrong")) or rule.get("several") == "partial"

    # ── the cut ──────────────────────────────────────────────────────────────────────────────

    def cut(self, most: str) -> Decimal | None:
        """The cut on the total of so many points."""
        if self.rule is None or self.rule["percent"] is None:
            return None
        assert self.rule["cut"] is None, "the oracle knows no other cut than a percentage"
        return Decimal(str(self.rule["percent"])) * Decimal(most) / 100

    def sem(self, x: Decimal, most: str, form: str) -> Decimal | None:
        """One standard error at x points: that of the rule, or Lord's of the form's items."""
        said = (self.rule or {}).get("second_look", {}).get("sem", "lord")
        if said != "lord":
            return Decimal(str(said))
        n, m = self.items(form), Decimal(most)
        least = self.least(form) + self.given(form)[1]
        return ((x - least) * (m - x) / (n - 1)).sqrt() if n > 1 else None

    def scale_ends(self, form: str) -> tuple[Decimal, Decimal]:
        """The least and the most points of a form, before anything is cut at 0."""
        rows = [self.scales("unit", unit["code"], form) for unit in self.units]
        points = [[Decimal(row["correct"] or 0) for row in own] for own in rows]
        return sum(map(min, points), Decimal(0)), sum(map(max, points), Decimal(0))

    def least(self, form: str) -> Decimal:
        """The least that those items can earn which nobody is given: lines of criteria are cut at 0, so that
        of those with a given item they do not tell it."""
        if not self.given(form)[0]:
            return self.scale_ends(form)[0]
        wrong = (self.audit["options"].get("scoring") or {}).get("wrong", 0)
        cost = Decimal(1) / 3 if wrong == "by_options" else Decimal(str(wrong))
        return -cost * self.items(form)

    def items(self, form: str) -> int:
        """How many items the score of a form rests on, beside those that everybody has right."""
        asked = sum(int(self.scales("unit", unit["code"], form)[0]["asked"]) for unit in self.units)
        return asked - self.given(form)[0]

    def given(self, form: str) -> tuple[int, Decimal]:
        """How many questions of a form a correction gives to everybody, and their points."""
        made = [one for one in self.audit.get("corrections") or () if one["kind"] == "credit_all"]
        where = [place for one in made for place in one.get("places") or [one]]
        questions = {str(one["question"]) for one in where if one.get("form") == form}
        key = read_table(self.package / "secure" / "key.csv")
        points = [
            Decimal(row["points"]) for row in key if row["form"] == form and row["question"] in questions
        ]
        return len(points), sum(points, Decimal(0))

    # ── the standard ─────────────────────────────────────────────────────────────────────────

    def scales(self, level: str, code: str, form: str) -> list[Line]:
        """The lines of pc_scale.csv of a place on a form."""
        return [
            row
            for row in self.scale
            if row["level"] == level and row[level] == code and form in row["forms"].split(" ")
        ]

    def places(self) -> list[Place]:
        """Each unit, element and criterion in the order of the standard."""
        found: list[Place] = []
        for unit in self.units:
            below = [tuple(one["code"] for one in element["criteria"]) for element in unit["elements"]]
            every = tuple(code for codes in below for code in codes)
            found.append(("unit", unit["code"], unit["title"], every))
            for element, codes in zip(unit["elements"], below, strict=True):
                found.append(("element", element["code"], element["title"], codes))
                found += [("pc", one["code"], one["text"], (one["code"],)) for one in element["criteria"]]
        return found

    def partly(self, judged: Iterable[Place], forms: Iterable[str]) -> str:
        """Those of the judged units and elements that some of the forms do not ask whole: with how many of
        their criteria."""
        found, asking = [], list(dict.fromkeys(forms))
        for _, code, _, members in (place for place in judged if place[0] != "pc"):
            asked = [
                sum(int(self.scales("pc", one, form)[0]["asked"] or 0) > 0 for one in members)
                for form in asking
            ]
            if min(asked) < len(members):
                ends = "–".join(map(str, sorted({min(asked), max(asked)})))
                found.append(f"{code} {ends}/{len(members)}")
        assert len(found) <= 6, "the oracle knows no longer list"
        return ", ".join(found)

    def line(self, person: Line, place: Place) -> Line:
        """The line of pc_scale.csv with what a candidate reached in a place."""
        level, code, _, members = place
        own = next(row for row in self.criteria if row["candidate_id"] == person["candidate_id"])
        rows = self.scales(level, code, person["form"])
        if not rows[0]["correct"]:
            (found,) = rows
            return found
        points = sum((Decimal(own[f"{one}_correct"] or 0) for one in members), Decimal(0))
        return min(rows, key=lambda row: abs(Decimal(row["correct"]) - points))

    def statuses(self) -> dict[tuple[str, str], list[str]]:
        """Level and code of a place → what each candidate reached there, in the order of the file."""
        known: dict[tuple[str, str, str, Decimal], str] = {}
        single: dict[tuple[str, str, str], str] = {}
        for row in self.scale:
            for form in row["forms"].split(" "):
                where = (row["level"], row[row["level"]], form)
                single[where] = row["status"]
                if row["correct"]:
                    known[*where, Decimal(row["correct"])] = row["status"]
        found: dict[tuple[str, str], list[str]] = {}
        for level, code, _, members in self.places():
            own = found.setdefault((level, code), [])
            for row in self.criteria:
                if level == "pc":
                    own.append(row[f"{code}_status"])
                    continue
                points = sum((Decimal(row[f"{one}_correct"] or 0) for one in members), Decimal(0))
                where = (level, code, row["form"])
                own.append(known.get((*where, points), single[where]))
        if self.rule is not None and len(self.units) == 1:  # the decision is the status of the unit
            told = {"pass": "met", "fail": "not_met"}
            found["unit", self.units[0]["code"]] = [told[one["decision"]] for one in self.candidates]
        return found
