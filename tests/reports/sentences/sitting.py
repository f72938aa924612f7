"""A small sitting, said in a few lines → a package that was built, sat and scored as users do it.

Nothing here says what a report must say: that is told by the files alone (`facts.py`).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

from examgen.analysis.exam import analyse_exam
from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.bindings import exam_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.models.decisions import FormCut
from examgen.core.models.form import Candidate
from examgen.core.models.papers import PapersRule
from examgen.reports.analysis_report.writing import write_report
from examgen.scoring import score as sittings
from examgen.scoring.releases import release
from tests.reports.sentences.people import SHEET, Person, wrong
from tests.samples import blueprint, shelf
from tests.sittings import print_for

SAID = {"by": "คณะกรรมการ ครั้งที่ 7/2569", "date": "2026-11-20"}


# ── the sitting ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Sitting:
    """What is special about a sitting, and what reports are read of it."""

    name: str
    people: Sequence[Person]
    asked: Mapping[str, Any] = field(default_factory=dict)
    """Of the blueprint, beside an exam of 12 items that is passed with 60 %."""
    unit: Mapping[str, Any] = field(default_factory=dict)
    items: Sequence[Mapping[str, Any]] | None = None
    cuts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Angoff cuts by form, as a build writes them."""
    cut: Mapping[str, Any] = field(default_factory=dict)
    """The method, the reason and the forms of a standard setting, given as a file with every scoring."""
    odd: Sequence[Sequence[str]] = ()
    """Rows beside those of the people, as they stand in the file: id, form, answers."""
    files: int = 1
    """The people are in so many answer files, in turn."""
    printed: bool = False
    """Whether papers were printed for the people."""
    spare: int = 0
    """Spare booklets beside these."""
    register: Sequence[SHEET] | None = None
    """The roster, where one is given: rows beside those of the people, who are present."""
    unlisted: Sequence[int] = ()
    """Who of the people is not on it, by place in the list."""
    absent: Sequence[int] = ()
    """Who of the people is on it as absent."""
    corrections: Sequence[Mapping[str, Any]] = ()
    """Made after a first scoring; the key `other` is a letter that was not right."""
    decided: Sequence[tuple[int, str]] = ()
    """Decided after that: of rows by their line whose they are (`-`: nobody's)."""
    corrections_later: Sequence[Mapping[str, Any]] = ()
    """Made after that, beside the others."""
    thai: Literal["", "list", "answers"] = ""
    """Where candidate numbers are in Thai digits."""
    signals: bool | None = None
    released: Sequence[int] = ()
    """The runs that were released, one after the other."""
    read: int | None = None
    """The run that is reported on, where it is another than examgen chooses."""
    day: str | None = None
    """That of the releases."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """What the certification body says, in `examgen.yaml`."""
    analysed: bool = False
    told: Sequence[int] = (0, -1)
    """Whose pages are read, by place in the list."""

    def made(self, folder: Path) -> Path:
        """The package, built, sat and scored."""
        folder.mkdir(exist_ok=True)
        package = folder / "package"
        bank = shelf(items=None if self.items is None else [dict(one) for one in self.items], **self.unit)
        built = assemble([bank], *blueprint(**self.asked))
        if self.cuts:
            cuts = {form: FormCut.model_validate(cut) for form, cut in self.cuts.items()}
            built = built.model_copy(update={"cuts": cuts})
        write_package(package, exam_files(built, bank_sha256([bank]), {}))
        if self.printed:
            print_for(package, self._listed(), PapersRule(spare=self.spare))
        answers, roster = self._answers(folder, keys(package)), self._roster(folder)
        wanted = sittings.ScoringOptions(
            roster=roster, signals=self.signals, cut=self._cut(folder, package), processes=1
        )
        sittings.score(package, answers, options=wanted)
        if self.corrections:
            wanted = wanted.model_copy(update={"corrections": _corrected(folder, package, self.corrections)})
            sittings.score(package, answers, options=wanted)
        if self.decided:
            wanted = wanted.model_copy(update={"identities": (self._decided(folder, answers[0]),)})
            sittings.score(package, answers, options=wanted)
        if self.corrections_later:
            _corrected(folder, package, [*self.corrections, *self.corrections_later])
            sittings.score(package, answers, options=wanted)
        for run in self.released:
            day = None if self.day is None else date.fromisoformat(self.day)
            release(package, run, "คณะกรรมการ", "ประชุมครั้งที่ 7/2569", day, open_looks="ภายหลัง")
        if self.body:
            said = yaml.safe_dump({"reports": dict(self.body)}, allow_unicode=True)
            (folder / "examgen.yaml").write_text(said, "utf-8")
        if self.analysed:
            write_report(package, analyse_exam(package), folder, pdf=False)
        return package

    def ids(self) -> list[str]:
        """The ids of the people, as results have them."""
        return [self._written(n, "list") for n in range(len(self.people))]

    def _written(self, n: int, where: str) -> str:
        number = f"{n + 1:04d}"
        return number.translate(_THAI) if self.thai == where else number

    def _decided(self, folder: Path, answers: Path) -> Path:
        path = folder / "identities.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["file", "line", "candidate_id", "reason", "by", "date"])
            out.writerows(
                [answers.name, line, who, "ดูกระดาษแล้ว", *SAID.values()] for line, who in self.decided
            )
        return path

    def _listed(self) -> list[Candidate]:
        """The people as the list has them that papers are printed for."""
        told = [{**one.own, **one.listed} for one in self.people]
        names = ("name", "centre", "room", "seat")
        return [
            Candidate(candidate_id=own_id, **{name: one[name] for name in names if name in one})
            for own_id, one in zip(self.ids(), told, strict=True)
        ]

    def _cut(self, folder: Path, package: Path) -> Path | None:
        if not self.cut:
            return None
        manifest = yaml.load((package / "exam.yaml").read_bytes(), yaml.CSafeLoader)
        said = {
            "exam": manifest["blueprint"]["exam"],
            "fingerprint": exam_sha256(manifest),
            "sources": [{"file": "ratings.csv", "sha256": "0" * 64}],
            **SAID,
            **self.cut,
        }
        path = folder / "cut.yaml"
        path.write_text(yaml.safe_dump(said, allow_unicode=True), "utf-8")
        return path

    def _answers(self, folder: Path, key: Mapping[str, Sequence[str]]) -> list[Path]:
        columns = [*dict.fromkeys(name for one in self.people for name in one.own)]
        most = max(map(len, key.values()))
        head = ["candidate_id", "form", *(f"Q{n}" for n in range(1, most + 1)), *columns]
        paths = [folder / f"answers-{n + 1}.csv" for n in range(self.files)]
        for n, path in enumerate(paths):
            with path.open("w", encoding="utf-8", newline="") as file:
                out = csv.writer(file)
                out.writerow(head)
                for k, one in [*enumerate(self.people)][n :: self.files]:
                    own_id = self._written(k, "answers")
                    marks = [one.answer(q, letters) for q, letters in enumerate(key[one.form], 1)]
                    marks += [""] * (most - len(marks))
                    out.writerow([own_id, one.form, *marks, *(one.own.get(name, "") for name in columns)])
                if n == 0:
                    out.writerows(self.odd)
        return paths

    def _roster(self, folder: Path) -> Path | None:
        if self.register is None:
            return None
        rows = [
            {
                "candidate_id": own_id,
                "status": "absent" if n in self.absent else "present",
                **one.own,
                **one.listed,
            }
            for n, (own_id, one) in enumerate(zip(self.ids(), self.people, strict=True))
            if n not in self.unlisted
        ]
        rows += list(self.register)
        columns = [*dict.fromkeys(name for one in rows for name in one)]
        path = folder / "roster.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, columns, restval="")
            out.writeheader()
            out.writerows(rows)
        return path


_THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


def _corrected(folder: Path, package: Path, corrections: Sequence[Mapping[str, Any]]) -> Path:
    path = folder / "corrections.yaml"
    entries = [{"reason": "ตีความได้สองทาง", **SAID, **_with_key(one, package)} for one in corrections]
    path.write_text(yaml.safe_dump(entries, allow_unicode=True), "utf-8")
    return path


def _with_key(one: Mapping[str, Any], package: Path) -> Mapping[str, Any]:
    if one.get("key") != "other":
        return one
    question = one["question"]
    return {**one, "key": wrong(question, keys(package)[one["form"]][question - 1])}


def keys(package: Path) -> dict[str, list[str]]:
    """Form → the right letters of its questions, in their order."""
    found: dict[str, list[str]] = {}
    with (package / "secure" / "key.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in sorted(csv.DictReader(file), key=lambda row: int(row["question"])):
            found.setdefault(row["form"], []).append(row["key"])
    return found
