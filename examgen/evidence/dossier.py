"""An exam → its accreditation file: a zip of the reports and records that exist, with an index by clause.

  index.html                by section and by clause: present, withheld or missing, and how to get it
  manifest.json             every file with size, SHA-256, clauses, state; what is withheld or missing
  manifest.json.sig         the body's Ed25519 signature of manifest.json, if a key was given
  1-scheme/ … 8-persons/

The same package, options and day give the same bytes. The archive contains no key, no correct answer and no
text of an item. Such files are withheld, and can be identified by their digest when they are shown on site.
Digests of files that are withheld or were shortened are keyed with `secure/digest.key`, because a person who
has the paper could otherwise find the key by trial. Reasons of corrections are left out, because they often
state the correct answer.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import polars as pl

from examgen import __version__
from examgen.assembly.verification import verify
from examgen.bank.reviews.statuses import reviews_of
from examgen.bank.settings import SETTINGS_FILE, body_words, retention_settings
from examgen.core.csv_files import csv_bytes
from examgen.core.exam.bindings import fingerprints_of
from examgen.core.exam.digests import digest_key_of, keyed_of
from examgen.core.exam.names import CANDIDATES_CSV, DIGEST_KEY, RECORD, RESULTS, SECURE
from examgen.core.exam.package import read_package
from examgen.core.exam.releases import all_releases, released_run
from examgen.core.exam.runs import AUDIT, LEAST_FINGERPRINT, all_runs
from examgen.core.files import (
    OWN,
    Progress,
    json_bytes,
    new_file,
    quiet,
    read_input,
    same_but_for_case,
    sha256_of,
)
from examgen.core.models.field_types import Bilingual
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.resources import fonts, template_folders
from examgen.core.words import TRANSLATABLE, Message, Pair, command, option, tell
from examgen.evidence.certificates import RECORD as REGISTER_RECORD
from examgen.evidence.certificates import REGISTER, read_register
from examgen.evidence.clauses import CLAUSES, THIRD_EDITION
from examgen.evidence.conflicts import conflicts_of
from examgen.evidence.participation import SittingSources
from examgen.evidence.removal import PLACES
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import (
    day_words,
    face_addresses,
    footing,
    notices,
    running_foot,
    with_labels,
)
from examgen.rendering.self_contained import self_contained
from examgen.rendering.templates.filling import fill
from examgen.reports.bodies import with_body
from examgen.scoring.run_tables import read_table
from examgen.scoring.runs import read_scored
from examgen.scoring.sitting_folder import CORRECTIONS, sitting_of

if TYPE_CHECKING:
    from examgen.core.signing.detached import SigningKey

MANIFEST, SIGNATURE = "manifest.json", "manifest.json.sig"
FOLDER = "dossier"
"""The folder of a package for its accreditation files."""
MOST_PATHS = 6
"""The maximum number of files of a document listed in the index; the manifest lists all."""
STATES: Mapping[str, tuple[str, Message]] = {
    "present": ("■", tell("in this file")),
    "withheld": ("◆", tell("withheld")),
    "missing": ("▲", tell("not yet available")),
    "none": ("−", tell("there was none")),
}
State = Literal["present", "withheld", "missing", "none"]
SECRET = tell("contains items or keys; shown on site")
PERSONAL = tell("contains personal data; shown on site")

_NO_TIME = (1980, 1, 1, 0, 0, 0)
_PRIVATE = 0o600 << 16
_KEY_FIELDS = frozenset(("key", "keys", "suggested", "correction", "item_hash"))
"""Fields that state correct answers. A `key` that is a mapping (as in an audit) is kept: it has only the
key's version and digest."""
_READ_FIELDS = frozenset(("answers", "keyed"))
"""The answers read in a second reading, and their keyed digests. Both are left out; neither the seal nor the
fingerprint reveals them."""
_TEXT_COLUMNS = ("raw", "answer")
"""Columns to drop from lists of rows and of decisions on rows."""

_NOT_SHOWN = "…"


def file_name(exam: str) -> str:
    """Return the file name for an exam, from the folder of its package."""
    return f"{exam}.zip"


# ── files without what is right ──────────────────────────────────────────────────────────────


def _without_keys(value: Any) -> Any:
    """Return a document without correct answers and reasons of corrections; version and digest of the key
    stay."""
    if isinstance(value, Mapping):
        found = {
            name: _without_keys(one)
            for name, one in _without_read(value).items()
            if name not in _KEY_FIELDS or (name == "key" and isinstance(one, Mapping))
        }
        if isinstance(found.get("corrections"), list):
            found["corrections"] = [{**one, "reason": ""} for one in found["corrections"]]
        return found
    return [_without_keys(one) for one in value] if isinstance(value, list | tuple) else value


def _without_read(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a decision on a mark, or a second reading, without the answers that were read. Together with a
    score that rose, these would reveal the key."""
    found = {name: one for name, one in document.items() if name not in _READ_FIELDS}
    whole = found.get(f"decision{TRANSLATABLE}")
    if isinstance(whole, Mapping) and "answer" in (whole.get("values") or {}):
        values = {**whole["values"], "answer": _NOT_SHOWN}
        found[f"decision{TRANSLATABLE}"] = {**whole, "values": values}
        found["decision"] = str(whole["id"]).format(**values)
    if isinstance(found.get("differences"), list):
        found["differences"] = [{"question": one.get("question")} for one in found["differences"]]
    return found


def _act_shown(line: bytes) -> bytes:
    """Return an act of the record without the answers of a second reading."""
    act = json.loads(line)
    if not act.get("details"):
        return line
    return json.dumps({**act, "details": _without_read(act["details"])}, ensure_ascii=False).encode() + b"\n"


def _shown(path: Path) -> bytes | None:
    """Return the content of a file without correct answers; None if the file can be copied as it is."""
    if path.name == AUDIT:
        return json_bytes(_without_keys(json.loads(read_input(path))))
    if path.name == RECORD:
        data = read_input(path)
        return b"".join(map(_act_shown, data.splitlines(keepends=True))) if b'"answers"' in data else None
    if path.name in ("quarantine.csv", "identities.csv", "marks.csv"):
        table = read_table(path)
        return csv_bytes(table.drop([name for name in _TEXT_COLUMNS if name in table.columns]))
    return None


# ── an exam and its files ────────────────────────────────────────────────────────────────────


class DossierMember(NamedTuple):
    """A file for the archive: its name below the folder of the section, its content or path, and the reason
    if it is withheld."""

    name: str
    content: bytes | Path
    why: Message | None = None


Files = Iterable[DossierMember]


class DossierSource:
    """One administration: the package of an exam, its runs and its sitting, the workspace."""

    def __init__(self, exam: Path, workspace: Path) -> None:
        self.exam, self.workspace, self.results = exam, workspace, exam / RESULTS
        self.package, self.sitting = read_package(exam), sitting_of(exam)
        self.acts = self.sitting.acts(files=False)
        self.run = released_run(self.results)
        """The released run or, before any release, the newest; None if there is no run."""

    @property
    def name(self) -> str:
        """The id of the exam."""
        return self.package.exam.blueprint.exam

    @cached_property
    def fingerprints(self) -> dict[str, Any]:
        """The full fingerprints, which the minutes quote in short form."""
        return {
            **fingerprints_of(self.exam)._asdict(),
            "runs": [{"run": one.number, "sha256": one.sha256} for one in all_runs(self.results)],
            "releases": [
                {"release": one.number, "run": one.run, "sha256": one.sha256}
                for one in all_releases(self.results)
            ],
            "record": {
                "acts": len(self.acts),
                "sha256": self.acts[-1].digest if self.acts else None,
            },
        }

    def keyed(self, path: Path) -> str:
        """Return the keyed digest of a file that contains correct answers, which is safe to publish."""
        return keyed_of(digest_key_of(self.exam), path)

    def below(self, *patterns: str) -> Iterator[tuple[str, Path]]:
        """Yield the files of the package that match these patterns, each with its name in the archive.
        `{run}` in a pattern stands for
        the number of `run`."""
        if self.run is None:
            patterns = tuple(one for one in patterns if "{run}" not in one)
        for pattern in patterns:
            number = "" if self.run is None else f"{self.run.number:04d}"
            for path in sorted(self.exam.glob(pattern.format(run=number))):
                parts = path.relative_to(self.exam).parts
                if path.is_file() and not any(part.startswith(".") for part in parts) and path.name != OWN:
                    # files of secure/ keep their folder: the archive has a forms.csv of its own
                    place = "/".join(parts if len(parts) == 1 or parts[0] == SECURE else parts[1:])
                    yield place.replace("runs/", "run-", 1) if parts[:2] == (RESULTS, "runs") else place, path


def _copies(*patterns: str) -> Callable[[DossierSource], Files]:
    """Return a function that yields copies of files of the package, without correct answers."""

    def files(source: DossierSource) -> Files:
        for name, path in source.below(*patterns):
            shown = _shown(path)
            yield DossierMember(name, path if shown is None else shown)

    return files


def _withheld(why: Message, *patterns: str) -> Callable[[DossierSource], Files]:
    """Return a function that yields files of the package as withheld, so that only their keyed digests are
    listed."""

    def files(source: DossierSource) -> Files:
        for name, path in source.below(*patterns):
            if path not in (source.exam / CANDIDATES_CSV, source.exam / DIGEST_KEY):
                yield DossierMember(name, path, why)

    return files


def _table(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Files:
    """Yield a table of texts as CSV with protected cells; nothing if there are no rows."""
    cells = [["" if one is None else str(one) for one in row] for row in rows]
    if cells:
        table = pl.DataFrame(cells, dict.fromkeys(heads, pl.String), orient="row")
        yield DossierMember(name, csv_bytes(table))


# ── documents that are no copies ─────────────────────────────────────────────────────────────


def _verified(source: DossierSource) -> Files:
    """Yield the fingerprints and everything that `verify` finds."""
    found = verify(source.exam)
    document = {
        "fingerprints": source.fingerprints,
        "problems": [one.as_dict() for one in found.problems],
        "notes": [one.as_dict() for one in found.notes],
        "checked": found.checked,
        "unchecked": found.unchecked,
    }
    yield DossierMember("verify.json", json_bytes(json.loads(json.dumps(document, default=str))))


def _standards(source: DossierSource) -> Files:
    """Yield the units as stored in the exam, and the methods of assessment that they require at its level."""
    exam = source.package.exam
    document = {
        "units": [one.model_dump(mode="json") for one in exam.units],
        "level": exam.blueprint.level,
        "this_exam": exam.blueprint.method,
        "also_required": {one.unit: list(one.methods) for one in exam.other_methods},
    }
    yield DossierMember("standard.json", json_bytes(document))


def _rules_of_body(source: DossierSource) -> Files:
    """Yield the rules of examgen.yaml on validity, resitting and appeals, and on data retention."""
    if (source.workspace / SETTINGS_FILE).is_file():
        document = {
            "reports": body_words(source.workspace).model_dump(mode="json", exclude_none=True),
            "retention": retention_settings(source.workspace).model_dump(mode="json"),
        }
        yield DossierMember("body.json", json_bytes(document))


def _reviews(source: DossierSource) -> Files:
    """Yield every change of status of a printed item, without comments, which may state a key."""
    printed = {(one.unit, one.item.id) for form in source.package.exam.forms for one in form.items}
    rows: list[tuple[object, ...]] = []
    for unit in dict.fromkeys(unit for unit, _ in printed):
        records, problems = reviews_of(source.workspace / "item_bank" / unit)
        if problems:
            raise Refused(problems[0].message, problems)
        rows += [
            (unit, one.item, one.before, one.after, one.verdict, one.by, one.date, one.edition)
            for one in records
            if (unit, one.item) in printed
        ]
    heads = ("unit", "item", "from", "to", "verdict", "by", "date", "edition")
    yield from _table("reviews.csv", heads, sorted(rows, key=lambda row: str(row[0])))


def _origins(source: DossierSource) -> Files:
    """Yield the records of who drafted, reviewed and is responsible for the items, and with what help."""
    for unit in source.package.exam.units:
        path = source.workspace / "item_bank" / str(unit.code) / "provenance.yaml"
        if path.is_file():
            yield DossierMember(f"provenance-{unit.code}.yaml", path)


def _forms(source: DossierSource) -> Files:
    """Yield the position of each item in each form."""
    heads = ("form", "question", "item", "unit", "element", "pc", "cognitive", "points")
    rows = [
        (name, one.question, one.item.id, one.unit, one.element, one.item.pc, one.item.cognitive, one.points)
        for name, items in ((form.name, form.items) for form in source.package.exam.forms)
        for one in items
    ]
    yield from _table("forms.csv", heads, rows)


def _certificates(source: DossierSource) -> Files:
    """Yield the lines of the register of certificates that belong to the exam."""
    own = [one for one in read_register(source.workspace) if one.issued.exam == source.name]
    acts = [act.n for one in own for act in one.acts]
    if acts:
        lines = read_input(source.workspace / REGISTER / REGISTER_RECORD).splitlines(keepends=True)
        yield DossierMember("certificates.jsonl", b"".join(lines[n - 1] for n in sorted(acts)))


def _conflicts(source: DossierSource) -> Files:
    """Yield the parts of each person, and the broken rules on conflicts of interest."""
    parts = SittingSources(source.exam, source.workspace)
    document = conflicts_of(parts, parts.events.declarations).as_dict()
    if document["people"] or document["declarations"]:
        yield DossierMember("conflicts.json", json_bytes(json.loads(json.dumps(document, default=str))))


def _places_of_names(source: DossierSource) -> Files:
    """Yield where a package stores names and numbers, and which period of `retention` removes them."""
    yield from _table("names-and-numbers.csv", ("path", "first_time", "second_time"), PLACES)


# ── the sections ─────────────────────────────────────────────────────────────────────────────


class DossierDocument(NamedTuple):
    """A document of the archive, of one or several files: its clauses of ISO/IEC 17024:2012, and the text
    shown if it is missing. If `may_be_none`, that text says that there was none."""

    name: str
    title: Message
    clauses: tuple[str, ...]
    files: Callable[[DossierSource], Files]
    missing: Message
    may_be_none: bool = False


_OF_RUNS = (AUDIT, "ledger.csv", "unreconciled.csv", "reassign.csv", "quarantine.csv")
_SCORE = tell("score the answers with {command}", command=command("score"))
_RETURNS = tell("add the returns of the centres")
_REPORT = tell("write reports with {command}", command=command("report"))
_BUILD = tell("build the exam")
SECTIONS: tuple[tuple[str, Message, tuple[DossierDocument, ...]], ...] = (
    ("scheme", tell("The scheme"), (
        DossierDocument(
            "standard", tell("The standard as imported, and the methods that it requires"), ("8", "9.2"),
            _standards, _BUILD,
        ),
        DossierDocument(
            "body", tell("Public information: validity, resitting, appeals; retention"), ("7.2", "7.3"),
            _rules_of_body, tell("write `reports` into examgen.yaml of the workspace"),
        ),
        DossierDocument(
            "job-analysis", tell("The job and task analysis behind the standard"), ("8",),
            _copies(), tell("kept by the owner of the standard; add it by hand"),
        ),
    )),
    ("items", tell("The items"), (
        DossierDocument(
            "origins", tell("Origin of the items"), ("9.3", "6.2"),
            _origins, tell("write provenance.yaml in the unit of the bank"),
        ),
        DossierDocument(
            "reviews", tell("Status changes of each item"), ("9.3", "6.2"),
            _reviews,
            tell("review items with {command}, which records each change", command=command("bank status")),
        ),
    )),
    ("exam", tell("Exam and papers"), (
        DossierDocument(
            "exam", tell("Build and printing: blueprint, pass rule, settings and digests"),
            ("8", "9.3", "7.4"), _copies("exam.yaml"), _BUILD,
        ),
        DossierDocument("forms", tell("Forms: position of each item"), ("9.3",), _forms, _BUILD),
        DossierDocument(
            "verify", tell("Fingerprints, and the check of the package, its runs and its record"),
            ("7.4", "10"), _verified, tell("check the package: {command}", command=command("verify")),
        ),
        DossierDocument(
            "cut", tell("Cut scores and conversions from files"), ("8", "9.3"),
            _copies("sitting/cut.*", "sitting/scaled.*"), tell("no cut score came from a file"), True,
        ),
        DossierDocument(
            "secret", tell("Key, items, build report and review book"), ("7.4", "9.3"),
            _withheld(SECRET, "secure/**/*"), _BUILD,
        ),
    )),
    ("sitting", tell("The sitting"), (
        DossierDocument(
            "plan", tell("The plan of the sitting, with accommodations"), ("9.3", "9.1", "9.2"),
            _copies("sitting/sitting.yaml"), tell("add a plan (sitting.yaml) to the sitting"),
        ),
        DossierDocument(
            "roster", tell("Roster with rooms and attendance"), ("7.1", "9.1"),
            _copies("sitting/roster.csv"), tell("add a roster"),
        ),
        DossierDocument(
            "returns", tell("Lists as received from the centres: attendance, identity, incidents, interests"),
            ("9.3", "7.4", "4.3"), _copies("sitting/returns/*"), _RETURNS,
        ),
        DossierDocument(
            "answers", tell("Answer files as received"), ("9.3", "7.3"),
            _withheld(PERSONAL, "sitting/answers/*"),
            tell("add answers with {command}, which records them", command=command("take")),
        ),
    )),
    ("scoring", tell("The scoring"), (
        DossierDocument(
            "runs", tell("Every run: audit file without keys, attendance check, quarantine"), ("9.3", "10"),
            _copies(*(f"results/runs/*/{name}" for name in _OF_RUNS)), _SCORE,
        ),
        DossierDocument(
            "record", tell("The record of the sitting: files added, by whom, decisions, releases, cases"),
            ("4.2", "7.1", "9.3", "9.4", "9.8", "9.9", "10"), _copies(f"sitting/{RECORD}"),
            tell("add answers with {command}, which records them", command=command("take")),
        ),
        DossierDocument(
            "decisions", tell("Decisions on rows and marks"), ("9.3", "10"),
            _copies("sitting/identities.csv", "sitting/marks.csv"), tell("none recorded"), True,
        ),
        DossierDocument(
            "corrections", tell("Corrections of the key"), ("9.3", "10"),
            _withheld(SECRET, f"sitting/{CORRECTIONS}"), tell("the key was not corrected"), True,
        ),
    )),
    ("reports", tell("Reports"), (
        DossierDocument(
            "technical", tell("The technical report"), ("9.3",),
            _copies("reports/run-{run}/technical/*"),
            tell(
                "write it with {command}; there is none for exams rated by assessors",
                command=command("report", "--kind technical"),
            ),
        ),
        DossierDocument(
            "groups", tell("Reports of the cohort, of centres and of coverage"), ("9.3",),
            _copies(*(f"reports/run-{{run}}/{kind}/*" for kind in ("cohort", "centre", "coverage"))), _REPORT,
        ),
        DossierDocument(
            "book", tell("The committee’s book and the item analysis"), ("9.4", "4.2", "9.3"),
            _withheld(SECRET, "reports/run-*/committee/*", "analysis/run-*/*"), _REPORT,
        ),
        DossierDocument(
            "candidates", tell("Reports made for candidates"), ("7.1", "9.4"),
            _withheld(PERSONAL, "reports/run-*/candidate*/*"), _REPORT,
        ),
    )),
    ("decision", tell("The decision, and what followed"), (
        DossierDocument(
            "results", tell("Results of the candidates"), ("9.4", "7.1"),
            _copies("results/runs/{run}/candidates.csv"), _SCORE,
        ),
        DossierDocument(
            "signed-pages", tell("The pages that the committee signed"), ("9.4",),
            _copies(), tell("kept on paper; shown on site"),
        ),
        DossierDocument(
            "certificates", tell("Certificates: issued, suspended, withdrawn, renewed"),
            ("9.4", "9.5", "9.6", "9.7"),
            _certificates, tell("the register has no certificate of this exam"), True,
        ),
        DossierDocument(
            "cases", tell("Papers of appeals and complaints"), ("9.8", "9.9"),
            _withheld(PERSONAL, "sitting/cases/**/*"), tell("none recorded"), True,
        ),
    )),
    ("persons", tell("People involved"), (
        DossierDocument(
            "conflicts", tell("People who took part, declarations of interest, and broken rules"),
            ("4.3", "5.1", "5.2", "6.1", "6.2"), _conflicts, tell("nothing recorded"),
        ),
        DossierDocument(
            "where", tell("Location of names and numbers"), ("7.3",),
            _places_of_names, tell("add a roster"),
        ),
    )),
)  # fmt: skip
"""The sections in the order of an audit: name of the folder (a number precedes it), title, documents."""


# ── the archive ──────────────────────────────────────────────────────────────────────────────


class DossierLine(NamedTuple):
    """A line of the manifest: a file that is present or withheld, or a document that is missing or of which
    there was none."""

    path: str
    section: int
    document: str
    title: Message
    clauses: tuple[str, ...]
    state: State
    size: int = 0
    sha256: str = ""
    why: Message | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of the manifest."""
        entry = {**self._asdict(), "title": _in_both(self.title), "clauses": list(self.clauses)}
        if self.state not in ("present", "withheld"):
            del entry["size"], entry["sha256"]
        if self.why is None:
            del entry["why"]
        else:
            entry["why"] = _in_both(self.why)
        return entry


def _in_both(message: Message) -> dict[str, str]:
    return {"en": message.en, "th": message.th}


class MadeDossier(NamedTuple):
    """An accreditation file that was written."""

    path: Path
    sha256: str
    key_id: str
    """The id of the signing key; empty if the file is not signed."""
    lines: tuple[DossierLine, ...]
    run: int | None

    def count(self, state: State) -> int:
        """Return the number of documents in this state."""
        return sum(_state_of(lines) == state for lines in _by_document(self.lines).values())

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for JSON."""
        return {
            "file": str(self.path),
            "sha256": self.sha256,
            "key": self.key_id or None,
            "run": self.run,
            "documents": {name: self.count(name) for name in STATES},  # type: ignore[arg-type]
            "lines": [one.as_dict() for one in self.lines],
        }


def _by_document(lines: Iterable[DossierLine]) -> dict[str, list[DossierLine]]:
    found: dict[str, list[DossierLine]] = {}
    for one in lines:
        found.setdefault(one.document, []).append(one)
    return found


def _state_of(lines: Iterable[DossierLine]) -> str:
    states = {one.state for one in lines}
    return next(name for name in STATES if name in states)


def make_dossier(
    exam: Path,
    workspace: Path,
    out: Path | None = None,
    *,
    key: SigningKey | None = None,
    day: date | None = None,
    progress: Progress = quiet,
) -> MadeDossier:
    """Write the accreditation file of an exam, replacing an earlier one with the same name. Raises Refused if
    the package was changed, WrongUsage if the file cannot be written there."""
    source = DossierSource(exam, workspace)
    place = out or exam / FOLDER / file_name(exam.resolve().name)
    if out is None:
        place.parent.mkdir(mode=0o700, exist_ok=True)
    _check_place(place)
    with (
        new_file(place) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
    ):
        lines = list(_written(source, archive, progress))
        head: dict[str, Any] = {
            "kind": "examgen accreditation file",
            "version": 1,
            "examgen": __version__,
            "exam": source.name,
            "title": source.package.exam.blueprint.title.model_dump(),
            "made": None if day is None else day.isoformat(),
            "run": None if source.run is None else source.run.number,
            "fingerprints": _short_fingerprints(source),
            "standard": "ISO/IEC 17024:2012",
        }
        page = _index_page(source, head, lines, day)
        size, digest = _put(archive, "index.html", page)
        title = tell("Index by section and by clause")
        lines.append(DossierLine("index.html", 0, "index", title, (), "present", size, digest))
        manifest = json_bytes({**head, "lines": [one.as_dict() for one in lines]})
        _put(archive, MANIFEST, manifest)
        if key is not None:
            from examgen.core.signing.detached import signature_of  # signing is an extra

            _put(archive, SIGNATURE, signature_of(key, manifest, MANIFEST))
    return MadeDossier(place, sha256_of(place), key.key_id if key else "", tuple(lines), head["run"])


def _check_place(place: Path) -> None:
    """Raise WrongUsage or Refused unless an accreditation file can be written there, or replaced."""
    if place.suffix.lower() != ".zip" or place.is_dir() or not place.parent.is_dir():
        raise WrongUsage.because("{out} must be a zip file in an existing folder", out=option("out"))
    if other := same_but_for_case(place):
        raise WrongUsage.because(
            "{other} already exists and differs only in capital letters. Choose another name", other=other
        )
    if place.is_file() and not _is_dossier(place):
        message = tell(
            "{path} already exists and is not an accreditation file. Choose another name", path=place
        )
        raise Refused(message, [Problem(str(place), "not-a-dossier", message)])


def _is_dossier(path: Path) -> bool:
    """Return whether a file is an accreditation file, which may be replaced."""
    try:
        with zipfile.ZipFile(path) as archive:
            return MANIFEST in archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False


def _short_fingerprints(source: DossierSource) -> dict[str, str | None]:
    """Return the short fingerprints, as papers and reports print them."""
    full, run = source.fingerprints, source.run
    told = [one["sha256"] for one in full["releases"] if run and one["run"] == run.number]
    values = {
        "exam": full["exam"],
        "package": full["package"],
        "run": None if run is None else run.sha256,
        "release": told[-1] if told else None,
    }
    return {name: value and value[:LEAST_FINGERPRINT] for name, value in values.items()}


def _written(source: DossierSource, archive: zipfile.ZipFile, progress: Progress) -> Iterator[DossierLine]:
    """Write every document, and yield the lines of the manifest."""
    for number, (folder, title, documents) in enumerate(SECTIONS, start=1):
        progress(tell("{number} {title}", number=number, title=title))
        for document in documents:
            common = number, document.name, document.title, document.clauses
            members = list(document.files(source))
            for one in members:
                path = f"{number}-{folder}/{one.name}"
                if one.why is not None and isinstance(one.content, Path):
                    size, digest = one.content.stat().st_size, source.keyed(one.content)
                    yield DossierLine(path, *common, "withheld", size, digest, one.why)
                else:
                    yield DossierLine(path, *common, "present", *_put(archive, path, one.content))
            if not members:
                state: State = "none" if document.may_be_none else "missing"
                yield DossierLine("", *common, state, why=document.missing)


def _put(archive: zipfile.ZipFile, name: str, content: bytes | Path) -> tuple[int, str]:
    """Write a member without a time, and return its size and SHA-256."""
    data = content if isinstance(content, bytes) else read_input(content)
    info = zipfile.ZipInfo(name, _NO_TIME)
    info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, _PRIVATE, 3
    archive.writestr(info, data)
    return len(data), hashlib.sha256(data).hexdigest()


# ── the index ────────────────────────────────────────────────────────────────────────────────


def _index_page(
    source: DossierSource, head: Mapping[str, Any], lines: Sequence[DossierLine], day: date | None
) -> bytes:
    """Return the index by section and by clause, as a self-contained page."""
    templates = template_folders(source.workspace)
    shown = {name: _document_shown(own) for name, own in _by_document(lines).items()}
    run = None if source.run is None else read_scored(source.exam, str(source.run.number))
    foot = [(tell("Exam"), source.name)] if run is None else footing(with_body(run, source.workspace))
    context = {
        "faces": face_addresses(),
        "printed": False,
        "lang": "both",
        "page_lang": "th",
        "exam": source.name,
        "title": source.package.exam.blueprint.title,
        "digits": "arabic",
        "labelled": with_labels,
        "foot": foot,
        **running_foot(foot, "both"),
        "notices": [] if run is None else notices(run),
        "dated": None if day is None else day_words(day),
        "counts": [
            (sign, _pair(word), sum(one["state"] == name for one in shown.values()))
            for name, (sign, word) in STATES.items()
        ],
        "fingerprints": [(name, value) for name, value in head["fingerprints"].items() if value],
        "sections": [
            (number, _pair(title), [shown[one.name] for one in documents])
            for number, (_, title, documents) in enumerate(SECTIONS, start=1)
        ],
        "clauses": [
            {
                "number": clause.number,
                "title": _pair(clause.title),
                "documents": [one for one in shown.values() if clause.number in one["clauses"]],
                "outside": None if clause.outside is None else _pair(clause.outside),
            }
            for clause in CLAUSES
        ],
        "third_edition": _pair(THIRD_EDITION),
    }
    html = fill("dossier-index.html", context, templates, line_setter(templates, browsers=True))
    return self_contained(html, (*templates, fonts())).encode()


def _document_shown(lines: Sequence[DossierLine]) -> dict[str, Any]:
    first, state = lines[0], _state_of(lines)
    sign, word = STATES[state]
    return {
        "title": _pair(first.title),
        "section": first.section,
        "clauses": first.clauses,
        "state": state,
        "sign": sign,
        "word": _pair(word),
        "files": [(one.state, one.path, one.sha256[:16]) for one in lines[:MOST_PATHS] if one.path],
        "more": max(len(lines) - MOST_PATHS, 0),
        "why": None if first.why is None else _pair(first.why),
    }


def _pair(message: Pair) -> Bilingual:
    """Return a message as a text in both languages, because a template would take it for plain text."""
    return Bilingual(th=message.th, en=message.en)
