"""Statements of the report on a unit over its administrations, and the files that they are held against."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.reports.sentences.facts import Facts, rows_of
from tests.reports.sentences.statement import About, Catalogue
from tests.reports.sentences.statement import row as row_at

UNIT = "unit"
MOST = 8
"""Administrations that stand beside each other."""

MONTHS = {3: "มีนาคม", 5: "พฤษภาคม", 11: "พฤศจิกายน"}


class Given(NamedTuple):
    """An administration: its day where it is known, and the items of each criterion."""

    name: str
    day: date | None
    items: Counter[str]


class UnitFacts:
    """What `item_bank/T-1`, its statistics.csv and the packages below `output/` hold of the unit."""

    def __init__(self, workspace: Path) -> None:
        bank = workspace / "item_bank" / "T-1"
        self.unit = yaml.safe_load((bank / "unit.yaml").read_text("utf-8"))
        self.codes = [one["code"] for e in self.unit["elements"] for one in e["criteria"]]
        self.runs = [Facts(one.parent) for one in sorted((workspace / "output").glob("*/results"))]
        found: dict[str, Given] = {}
        for run in self.runs:
            items = Counter({code: max(n[code] for n in run.asked_printed.values()) for code in self.codes})
            found[run.audit["exam"]] = Given(run.audit["exam"], None, items)
        for row in rows_of(bank / "statistics.csv"):
            day = date.fromisoformat(row["date"]) if row["date"] else None
            known = found.setdefault(row["administration"], Given(row["administration"], day, Counter()))
            if known.name in {run.audit["exam"] for run in self.runs}:
                found[known.name] = known._replace(day=known.day or day)
            else:
                known.items[row["item"].partition("-")[0]] += 1
        packages = [one.parent for one in sorted((workspace / "output").glob("*/exam.yaml"))]
        unsat = [one for one in packages if not (one / "results").is_dir()]
        self.printed = [one.name for one in unsat if "\nprinting:" in (one / "exam.yaml").read_text("utf-8")]
        self.given = sorted(
            found.values(),
            key=lambda one: (one.day is not None, one.day or date.min, "" if one.day else one.name),
        )

    @property
    def newest(self) -> Given | None:
        """The last of those with a day; without any the last that is known."""
        return self.given[-1] if self.given else None

    @property
    def waiting(self) -> list[str]:
        """Criteria that the newest administration did not ask."""
        newest = self.newest
        return [code for code in self.codes if newest is None or not newest.items[code]]

    @property
    def never(self) -> list[str]:
        return [code for code in self.codes if not any(one.items[code] for one in self.given)]

    def data(self) -> list[str]:
        """Every text that is no sentence."""
        places = [x for e in self.unit["elements"] for one in (e, *e["criteria"]) for x in one.values()]
        told = [text for one in places if isinstance(one, str) for text in (one,)]
        found = [
            self.unit["code"],
            self.unit["title"],
            *told,
            "statistics.csv",
            *(x.name for x in self.given),
            *self.printed,
        ]
        for one in self.given:
            if day := one.day:
                found += [f"{day.day} {day:%B} {day.year}", f"{day.day} {MONTHS[day.month]} {day.year + 543}"]
        return found


says = Catalogue(UNIT)


def _dated(about: About) -> bool:
    """Whether the last administration has a day."""
    given = _facts(about).given
    return bool(given) and given[-1].day is not None


def _facts(about: About) -> UnitFacts:
    found = about.facts
    assert isinstance(found, UnitFacts)
    return found


says(
    "No administration of this unit is known: neither a scored run nor a line of statistics.csv.",
    when=lambda a: not _facts(a).given,
)
says(
    "These exams are printed but not known to have been sat, and are not counted here: {names}",
    when=lambda a: _facts(a).printed,
    says=lambda a, v, at: v["names"] == ", ".join(_facts(a).printed),
)
says(
    "Some administrations have no date: they stand before the others, and days are not counted from them.",
    when=lambda a: any(one.day is None for one in _facts(a).given) and _dated(a),
)
says(
    "No administration has a date: they stand in the order of their names, and the last of them need not be the "
    "newest.",
    when=lambda a: _facts(a).given and not _dated(a),
)
for _which, _is_dated in (("newest administration", True), ("administration that stands last", False)):
    says(
        f"Nothing: the {_which} asked every criterion.",
        when=lambda a, is_so=_is_dated: _facts(a).given and not _facts(a).waiting and _dated(a) == is_so,
    )
    says(
        f"criteria not asked by the {_which}",
        when=lambda a, is_so=_is_dated: (_dated(a) or not _facts(a).given) == is_so,
    )


def _run_said(a: About, v: dict[str, str], at: str) -> bool:
    run = next(run for run in _facts(a).runs if run.audit["exam"] == row_at(at))
    state = {"released": ("released", "ประกาศผลแล้ว"), "unreleased": ("not released", "ยังไม่ประกาศ")}[run.state]
    return (int(v["run"]), v["mark"]) == (run.run, run.fingerprint[:16]) and v["state"] in state


says(
    "run {run} ({mark}), {state}, key {version}, edition {edition}",
    when=lambda a: _facts(a).runs,
    says=_run_said,
)
says(
    "Synthetic candidates: nobody sat this exam",
    when=lambda a: any(0 < x.made_up == x.n for x in _facts(a).runs),
)
says(
    "Draft: no item of this exam was approved by a subject-matter expert",
    when=lambda a: any(all(x.unapproved) for x in _facts(a).runs),
)
says(
    "{name}: candidates of these statistics are synthetic.",
    when=lambda a: any(one.name.startswith("synthetic ") for one in _facts(a).given),
    says=lambda a, v, at: v["name"].startswith("synthetic "),
)
says("never asked", when=lambda a: _facts(a).never)


def _until(a: About, v: dict[str, str], at: str) -> bool:
    day = _facts(a).given[-1].day
    return (
        day is not None
        and str(day.day) in v["day"]
        and v["day"].endswith((str(day.year), str(day.year + 543)))
    )


says(
    "Days are counted up to {day}.",
    when=lambda a: _facts(a).waiting and any(one.day for one in _facts(a).given),
    says=_until,
)
says(
    "Items that a candidate was asked, from the least to the most of the forms; in brackets the share of those "
    "judged who met the criterion, where a scored run tells it.",
    when=lambda a: _facts(a).given,
)
says(
    "{n} earlier administration is in the table beside this report.",
    "{n} earlier administrations are in the table beside this report.",
    when=lambda a: len(_facts(a).given) > MOST,
    says=lambda a, v, at: int(v["n"]) == len(_facts(a).given) - MOST,
)
