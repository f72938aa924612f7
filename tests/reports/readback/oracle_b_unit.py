"""A workspace → what the report of a unit over its administrations must say, line by line, and its tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.reports.readback.oracle_b_coverage import Coverage, Rows
from tests.reports.readback.oracle_b_files import MIN_N, Row, newest, percent, table, wilson
from tests.reports.readback.oracle_b_told import BETWEEN, Told, row_of

COLUMNS = 8
"""Administrations that have a column of their own."""
_MONTHS = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม",
    "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip


class Administration(NamedTuple):
    """Items asked by criterion, and who met it of those judged."""

    name: str
    day: date | None
    candidates: int | None
    items: dict[str, set[str]]
    met: dict[str, tuple[int, int]]
    run: str
    by_form: dict[str, dict[str, int]]
    is_draft: bool = False
    """Whether no item of the package was approved."""

    def each(self, code: str) -> tuple[int, int]:
        """The least and the most items of a criterion on a form."""
        counts = [own.get(code, 0) for own in self.by_form.values()]
        return min(counts), max(counts)


class UnitOracle:
    """What a unit's folder, its packages and its statistics.csv say; `until` is the newest day if left out."""

    def __init__(self, workspace: Path, code: str, until: date | None = None) -> None:
        folder = workspace / "item_bank" / code
        unit = yaml.safe_load((folder / "unit.yaml").read_text("utf-8"))
        self.code, self.title = code, unit["title"]
        self.criteria = [
            (element["code"], one["code"], one["text"])
            for element in unit["elements"]
            for one in element["criteria"]
        ]
        packages = [
            found
            for path in sorted((workspace / "output").iterdir())
            if (found := _of_package(path, code)) is not None
        ]
        known = {
            row["id"]: row["pcs"][0]
            for path in (folder / "items").iterdir()
            for row in yaml.safe_load(path.read_text("utf-8"))
        }
        lines = [row for row in table(folder / "statistics.csv") if row["item"] in known]
        self.all = sorted(
            _with_statistics(packages, lines, known),
            key=lambda one: (one.day or date.min, "" if one.day else one.name),
        )
        days = [one.day for one in self.all if one.day]
        self.until = until or max(days, default=None)

    def asked(self, code: str) -> list[int]:
        """Items of a criterion by administration."""
        return [len(one.items.get(code, ())) for one in self.all]

    def last(self, code: str) -> tuple[str, int | None, int | None]:
        """Who asked it last, how many administrations and days ago."""
        asked = [n for n, count in enumerate(self.asked(code)) if count]
        if not asked:
            return "", None, None
        one = self.all[asked[-1]]
        days = (self.until - one.day).days if self.until and one.day else None
        return one.name, len(self.all) - 1 - asked[-1], days

    @property
    def waiting(self) -> list[tuple[str, str]]:
        """Criteria that the newest did not ask: never asked first, then the longest ago."""
        found = [(code, text) for _, code, text in self.criteria if self.last(code)[1] != 0]
        return sorted(found, key=lambda one: float("-inf") if (n := self.last(one[0])[1]) is None else -n)

    # ── the page ─────────────────────────────────────────────────────────────────────────────

    def lines(self) -> list[Told]:
        """Every line with a number, and every row of a table, in the order of the page."""
        shown = ", ".join(one.name for one in self.all[-COLUMNS:])
        foot = [("Unit of competence", self.code), ("Administrations", shown)]
        return [
            Told("heard", " · ".join(f"{name} {value}" for name, value in foot)),
            *self._front(),
            *self._waiting(),
            *self._history(),
            *self._administrations(),
            *(Told("foot", f"{name}: {value}") for name, value in foot),
        ]

    def _front(self) -> Iterator[Told]:
        of = len(self.criteria)
        is_dated = bool(self.all) and self.all[-1].day is not None
        which = "newest administration" if is_dated else "administration that stands last"
        never = sum(self.last(code)[1] is None for _, code, _ in self.criteria)
        yield Told("0 title", f"{self.code} – Coverage over administrations")
        yield Told("0 p", f"{self.code} {self.title}")
        for one in self.all:
            if one.is_draft:
                said = f"{one.name}: Draft. No item of this exam was approved by a subject-matter expert."
                yield Told("0 p", said, spoken=said)
        yield Told("0 p", f"{len(self.all)} administration{'s' * (len(self.all) != 1)}")
        yield Told("0 p", f"{never} / {of} criteria never asked")
        yield Told("0 p", f"{len(self.waiting)} / {of} criteria not asked by the {which}")

    def _waiting(self) -> Iterator[Told]:
        if not self.waiting:
            return
        yield row_of(1, "Criterion", "asked last by", "administrations since", "days since")
        for code, text in self.waiting:
            name, since, days = self.last(code)
            said = ("–" if n is None else f"{n:,}" for n in (since, days))
            yield row_of(1, f"{code} {text}", name or "never asked", *said)
        if self.until:
            said_th, said_en = day_th(self.until), day_en(self.until)
            english = f"Days are counted up to {said_en}."
            yield Told("1 p", english, said_th, english)

    def _history(self) -> Iterator[Told]:
        if earlier := max(len(self.all) - COLUMNS, 0):
            said = (
                "Items that a candidate was asked, from the least to the most of the forms; in brackets the share of those judged who met the criterion, where a scored run "
                f"tells it. {earlier} earlier administrations are in the table beside this report."
            )
            yield Told("2 caption", said, spoken=said)
        yield row_of(
            2, "Criterion", *(one.name for one in self.all[-COLUMNS:]), "administrations that asked it"
        )
        for _, code, text in self.criteria:
            times = sum(n > 0 for n in self.asked(code))
            yield row_of(2, f"{code} {text}", *(_cell(one, code) for one in self.all[-COLUMNS:]), str(times))

    def _administrations(self) -> Iterator[Told]:
        yield row_of(3, "Administration", "Date", "candidates", "criteria asked", "Run, key and edition")
        for one in self.all:
            asked = sum(bool(one.items.get(code)) for _, code, _ in self.criteria)
            rest = (
                "–" if one.candidates is None else str(one.candidates),
                f"{asked}/{len(self.criteria)}",
                f"run {one.run}" if one.run else "statistics.csv",
            )
            english = row_of(3, one.name, day_en(one.day) if one.day else "–", *rest)
            thai = BETWEEN.join((one.name, day_th(one.day) if one.day else "–", *rest))
            spoken = BETWEEN.join(
                ("", day_en(one.day) if one.day else "", "", "", rest[-1] if one.run else "")
            )
            yield english._replace(thai=thai, spoken=spoken)

    # ── the tables ───────────────────────────────────────────────────────────────────────────

    def tables(self) -> dict[str, Rows]:
        """Name → rows of the tables beside the page."""
        since: Rows = []
        asked: Rows = []
        for element, code, text in self.criteria:
            name, n_since, days = self.last(code)
            times = sum(n > 0 for n in self.asked(code))
            since.append(
                {"element": element, "pc": code, "text": text, "administrations": times, "last": name,
                 "administrations_since": n_since, "days_since": days}
            )  # fmt: skip
            for one in self.all:
                n, of = one.met.get(code, (None, 0))
                low, high = wilson(n, of) if of and n is not None else (None, None)
                is_told = code in one.met
                asked.append(
                    {"administration": one.name, "pc": code, "items": len(one.items.get(code, ())),
                     **dict(zip(("least_items", "most_items"), one.each(code), strict=True)),
                     "met": n, "judged": of if is_told else None,
                     "share": n / of if of and n is not None else None, "low": low, "high": high}
                )  # fmt: skip
        administrations: Rows = [
            {"administration": one.name, "date": one.day.isoformat() if one.day else "",
             "candidates": one.candidates, "run": one.run}
            for one in self.all
        ]  # fmt: skip
        return {"not_asked_since": since, "asked": asked, "administrations": administrations}


def _of_package(package: Path, unit: str) -> Administration | None:
    """What the newest run of a package says of a unit that it asks."""
    if not (package / "results").is_dir():
        return None
    files = newest(package)
    if unit not in files.audit["editions"]:
        return None
    found, items = Coverage(files), dict[str, set[str]]()
    by_form: dict[str, dict[str, int]] = {}
    for row in table(package / "secure" / "key.csv"):
        own = by_form.setdefault(row["form"], {})
        if row["unit"] == unit:
            items.setdefault(row["pc"], set()).add(row["item"])
            own[row["pc"]] = own.get(row["pc"], 0) + 1
    said = dict(files.foot)
    edition = files.audit["editions"][unit][:8]
    run = f"{said['Run']}, not released, key {said['Key version']}, edition {edition}"
    met = {code: found.met(unit, code) for code in items}
    bank = yaml.safe_load((package / "secure" / "items.yaml").read_text("utf-8"))["items"]
    is_draft = all(one["status"] in ("draft", "review") for one in bank)
    return Administration(
        files.audit["exam"], None, len(files.candidates), items, met, run, by_form, is_draft
    )


def _with_statistics(
    packages: list[Administration], lines: list[Row], criterion: dict[str, str]
) -> Iterator[Administration]:
    """Packages with the day that the lines tell, and administrations that the lines alone tell of."""
    known = {one.name: one for one in packages}
    for name in dict.fromkeys((*known, *(row["administration"] for row in lines))):
        own = [row for row in lines if row["administration"] == name]
        day = max((date.fromisoformat(row["date"]) for row in own if row["date"]), default=None)
        items: dict[str, set[str]] = {}
        by_form: dict[str, dict[str, int]] = {}
        for row in own:
            pc = criterion[row["item"]]
            items.setdefault(pc, set()).add(row["item"])
            by_form.setdefault(row["form"], {})[pc] = by_form.get(row["form"], {}).get(pc, 0) + 1
        yield (
            known[name]._replace(day=day)
            if name in known
            else Administration(name, day, None, items, {}, "", by_form)
        )


def _cell(one: Administration, code: str) -> str:
    """Items, and the share of those judged who met the criterion: a count where they are few."""
    (least, most), (met, of) = one.each(code), one.met.get(code, (0, 0))
    if not most:
        return "−"
    said = str(most) if least == most else f"{least}–{most}"
    share = f"{met}/{of}" if of < MIN_N else percent(met, of, 0)
    return f"{said} ({share})" if of else said


def day_en(day: date) -> str:
    """20 November 2026."""
    return f"{day.day} {day:%B} {day.year}"


def day_th(day: date) -> str:
    """20 พฤศจิกายน 2569."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year + 543}"
