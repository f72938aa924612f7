"""A person → an archive of what the body holds of them, for them (section 30 of the Personal Data Protection
Act of Thailand).

    index.html      what is held, in Thai and English, with where it comes from
    data.json       the same for programs
    reports/ …      their own reports, as they were made
    sheets/ …       the pages of their own answer sheets

What is in it is what stands under their number: lines of lists, answers, results, decisions, cases,
certificates. Never in it: a key, other people's data (their numbers are struck out of what is said of
several), the secret of codes, analyses.
"""

from __future__ import annotations

import html
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import yaml

from examgen.capture.cells import fold
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.erasures import TOMBSTONE
from examgen.core.exam.names import ANALYSIS, REPORTS, RESULTS, SECURE, SITTING
from examgen.core.exam.runs import RUNS
from examgen.core.problems import WrongUsage
from examgen.core.storage import PRIVATE, json_bytes, new_file
from examgen.core.words import Message, tell
from examgen.evidence.persons import scans
from examgen.evidence.persons.columns import is_whose, names_candidates
from examgen.evidence.persons.erasing import checked_number, scratch_folder
from examgen.evidence.persons.found import bytes_of
from examgen.evidence.persons.known import Known, tables_in, theirs_in
from examgen.evidence.persons.spelling import SHORTEST, Person, Spellings
from examgen.evidence.persons.walking import Prefilter, files_of
from examgen.scanning.folder import SCAN, SCANS
from examgen.scanning.input.sources import pages_of

_OF_OTHERS = frozenset(map(fold, ("assessor", "invigilators", "checked_by", "trainer", "with", "may_be")))
_KEY_FOLDERS = ("codes", "exports", ANALYSIS, "annotated")
_STRUCK = "…"
_REPORTS = (".pdf", ".html")


class _Part(NamedTuple):
    """A part of the extract: its name, and what it is called."""

    name: str
    called: Message


_PARTS = (
    _Part("register", tell("Who you are to us: lists of candidates")),
    _Part("answers", tell("Your answers, as they were taken in and read")),
    _Part("results", tell("Your results")),
    _Part("decisions", tell("What was decided on you")),
    _Part("cases", tell("Your appeals and complaints")),
    _Part("certificates", tell("Your certificates")),
    _Part("other", tell("What else names you")),
)


class Extracted(NamedTuple):
    """An extract: the file, how many entries each part has, and how many reports and pages go with it."""

    path: Path
    entries: Mapping[str, int]
    reports: int
    sheets: int


class _Entry(NamedTuple):
    source: str
    said: Mapping[str, Any]


def extract(
    workspace: Path,
    number: str,
    out: Path,
    replace: bool = False,
    progress: Callable[[str], None] = lambda text: None,
) -> Extracted:
    """Writes the archive. Raises WrongUsage where nothing is held of that number."""
    workspace = workspace.resolve()
    if out.exists() and not replace:
        raise WrongUsage(tell("{path} is there already: name a new file", path=out))
    with scratch_folder(workspace) as scratch:
        progress(tell("reading the lists"))
        known = Known(workspace, [Person(checked_number(number), TOMBSTONE)], scratch)
        gathering = _Gathering(workspace, known)
        progress(tell("looking at every file"))
        parts = gathering.parts()
        if not any(parts.values()) and not gathering.reports:
            raise WrongUsage(tell("nothing is held of {number}", number=number))
        with new_file(out) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            data = {name: [one._asdict() for one in entries] for name, entries in parts.items()}
            archive.writestr("data.json", json_bytes({"candidate_id": number, **data}))
            reports = [*_named(gathering.reports)]
            for name, path in reports:
                archive.write(path, name)
            sheets = 0
            for folder, theirs in gathering.pages:
                for name, picture in _sheets(folder, theirs):
                    archive.writestr(f"sheets/{name}", picture)
                    sheets += 1
            archive.writestr("index.html", _index(number, parts, [name for name, _ in reports], sheets))
        out.chmod(PRIVATE)
    return Extracted(out, {name: len(entries) for name, entries in parts.items()}, len(reports), sheets)


class _Gathering:
    """What is held of a person."""

    def __init__(self, workspace: Path, known: Known) -> None:
        self.workspace, self.known = workspace, known
        self.spellings = known.spellings()
        self.reports: list[Path] = []
        self.pages: list[tuple[Path, scans.TheirPages]] = []
        others = [Person(one, _STRUCK) for one in known.others if len(one) >= SHORTEST]
        self._others = Spellings(others)
        self._found: dict[str, list[_Entry]] = {part.name: [] for part in _PARTS}

    def parts(self) -> dict[str, list[_Entry]]:
        """By part what is held."""
        may_hold = Prefilter(self.spellings)
        for path in files_of(self.workspace):
            name = path.relative_to(self.workspace).as_posix()
            if path.name == SCAN and scans.is_scan(path.parent):
                theirs = scans.pages_in(path.parent, self.spellings, self.known.serials)
                if theirs.sources and SITTING in path.parts:
                    self.pages.append((path.parent, theirs))
            if self._is_left_out(path, name):
                continue
            if REPORTS in path.parts and path.suffix in _REPORTS:
                if self.spellings.of_candidate(path.stem) is not None:
                    self.reports.append(path)
                continue
            if path.suffix not in (".csv", ".tsv", ".xlsx", ".json", ".jsonl", ".yaml", ".yml"):
                continue
            data = bytes_of(path)
            if data.startswith(b"PK") or may_hold(data):
                self._take(path, name, data)
        return self._found

    def _is_left_out(self, path: Path, name: str) -> bool:
        parts = PurePosixPath(name).parts
        if RESULTS in parts and RUNS not in parts:
            return True  # the same as in the run that is shown
        return any(one in parts for one in _KEY_FOLDERS) or (REPORTS in parts and path.suffix not in _REPORTS)

    def _take(self, path: Path, name: str, data: bytes) -> None:
        entries: list[dict[str, Any]] = []
        if path.suffix in (".csv", ".tsv", ".xlsx"):
            for rows in tables_in(data):
                for row in theirs_in(rows, self.spellings):
                    entries.append({head: cell for head, cell in row.said.items() if head and cell})
        else:
            with suppress(ValueError, yaml.YAMLError):
                for document in _documents(path, data):
                    entries += _objects(document, self.spellings)
        for said in entries:
            self._found[_part(path, said)].append(_Entry(name, self._of_theirs(said)))

    def _of_theirs(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """An entry without what is of other people."""
        found: dict[str, Any] = {}
        for name, value in said.items():
            if fold(str(name)) in _OF_OTHERS or name in ("seal", "previous"):
                continue
            if isinstance(value, str):
                is_other = names_candidates(name) and not is_whose(name)
                number = canonical_number(value) if is_other else ""
                found[name] = _STRUCK if number in self.known.others else self._others.in_text(value)
            elif isinstance(value, dict):
                found[name] = self._of_theirs(value)
            else:
                found[name] = value
        return found


def _documents(path: Path, data: bytes) -> Iterator[Any]:
    if path.suffix == ".jsonl":
        for line in data.splitlines():
            if line.strip():
                yield json.loads(line)
    elif path.suffix == ".json":
        yield json.loads(data)
    else:
        yield yaml.safe_load(data)


def _objects(value: Any, spellings: Spellings) -> Iterator[dict[str, Any]]:
    """Every object that is of the person."""
    if isinstance(value, dict):
        is_act = value.get("kind") in ("person", "proposed", "case")
        for name, one in value.items():
            if (
                isinstance(one, str | int)
                and (is_whose(str(name)) or (is_act and name == "name"))
                and spellings.of_candidate(str(one)) is not None
            ):
                yield value
                return
        if is_act and any(spellings.of_candidate(one) for one in _texts(value)):
            yield value
            return
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(one, spellings)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _part(path: Path, said: Mapping[str, Any]) -> str:
    if said.get("kind") == "case":
        return "cases"
    if path.parent.name == "register":
        return "certificates"
    if said.get("kind") in ("person", "proposed") or path.name in (
        "identities.csv",
        "marks.csv",
        "moderated.csv",
    ):
        return "decisions"
    if RESULTS in path.parts:
        return "results"
    if path.parent.name == SECURE or path.name in ("roster.csv", "candidates.csv", "sitting.yaml"):
        return "register"
    return "answers" if SITTING in path.parts else "other"


def _named(paths: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """The reports by their names in the archive."""
    for path in paths:
        run = next((part for part in path.parts if part.startswith("run-")), "")
        at = path.parts.index(REPORTS)
        yield "/".join(part for part in ("reports", path.parts[at - 1], run, path.name) if part), path


def _sheets(folder: Path, theirs: scans.TheirPages) -> Iterator[tuple[str, bytes]]:
    """The pages of the person as pictures, one by one: of a file of many people nothing else."""
    from PIL import Image

    for n, ((digest, page), _) in enumerate(sorted(theirs.sources.items()), 1):
        source = next(iter(sorted((folder / SCANS).glob(f"{digest}.*"))), None)
        if source is None:
            continue
        with pages_of(source) as take:
            found = take(page)
        if found.image is None:
            continue
        out = io.BytesIO()
        Image.fromarray(found.image).save(out, "PNG")
        yield f"{folder.name}-{n}.png", out.getvalue()


# ── the index ────────────────────────────────────────────────────────────────────────────────


_LAW = tell(
    "Section 30 of the Personal Data Protection Act B.E. 2562: you may see and have a copy of what is held "
    "of you. Keys and the data of other people are not in it."
)


def _index(number: str, parts: Mapping[str, list[_Entry]], reports: Sequence[str], sheets: int) -> str:
    """What is held, in Thai and English."""

    def both(message: Message) -> str:
        return f"{html.escape(message.th)} · {html.escape(message.en)}"

    lines = [
        "<!doctype html>",
        '<html lang="th"><meta charset="utf-8">',
        f"<title>{html.escape(number)}</title>",
        "<style>body{font-family:sans-serif;max-width:60em;margin:2em auto;line-height:1.5}"
        "table{border-collapse:collapse;margin:.5em 0 1.5em}td{border:1px solid #bbb;padding:.2em .6em;"
        "vertical-align:top}td:first-child{color:#555}h2{margin-top:2em}</style>",
        f"<h1>{both(tell('What is held of candidate {number}', number=number))}</h1>",
        f"<p>{both(_LAW)}</p>",
    ]  # fmt: skip
    for part in _PARTS:
        lines.append(f"<h2>{both(part.called)}</h2>")
        if not parts[part.name]:
            lines.append(f"<p>{both(tell('Nothing is held.'))}</p>")
        for one in parts[part.name]:
            lines.append(f"<h3>{html.escape(one.source)}</h3><table>")
            for name, value in one.said.items():
                shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                lines.append(f"<tr><td>{html.escape(str(name))}<td>{html.escape(shown)}")
            lines.append("</table>")
    lines.append(f"<h2>{both(tell('Files'))}</h2><ul>")
    lines += [f'<li><a href="{html.escape(name)}">{html.escape(name)}</a>' for name in reports]
    lines.append(f"<li>sheets/ ({sheets})</ul>")
    return "\n".join(lines) + "\n"
