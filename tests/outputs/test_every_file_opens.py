"""Every file that any command writes opens in another program, and every `--json` is one JSON document."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from scripts.journeys.record import Ran, Workspace, marked
from scripts.journeys.steps import JOURNEYS
from scripts.journeys.texts import PASSWORD
from tests.every_command import every_command
from tests.libreoffice import soffice_of_sheets
from tests.outputs import openers

ROOT = Path(__file__).resolve().parents[2]

Open = Callable[[Path], Iterator[str]]
OPENERS: dict[str, Open] = {
    ".csv": openers.open_csv,
    ".xlsx": openers.open_workbook,
    ".pdf": openers.opens_pdfs(PASSWORD),
    ".html": openers.open_html,
    ".json": openers.open_json,
    ".jsonl": openers.open_json_lines,
    ".yaml": openers.open_yaml,
    ".parquet": openers.open_parquet,
    ".svg": openers.open_xml,
    ".xml": openers.open_xml,
    ".gift": openers.open_text,
    ".zip": openers.open_package,
    ".docx": openers.open_document,
    ".png": openers.open_picture,
    ".jpg": openers.open_picture,
    ".tif": openers.open_picture,
    ".R": openers.open_r,
    ".css": openers.open_template,
    ".pem": openers.open_key,
    ".crt": openers.open_certificate,
    ".txt": openers.open_text,
    ".md": openers.open_text,
    ".po": openers.open_text,
}
NAMED: dict[str, Open] = {
    ".examgen": openers.open_text,
    "secret": openers.open_secret,
}
"""Files that have no kind."""
OWN: dict[tuple[str, str], Open] = {
    ("templates eject", "*.html"): openers.open_template,
    ("simulate", "answers.csv"): openers.open_answers,
    ("demo", "answers-*.csv"): openers.open_answers,
    ("simulate", "truth.csv"): openers.open_answers,
    # lists and answers that people wrote, faulty ones too, of which all but a person's row stays as it was
    **{
        ("person remove", name): openers.open_text
        for name in ("marked.csv", "first.csv", "answers*.csv", "roster.csv")
    },
    ("person remove", "uploaded/results.xlsx"): openers.open_package,
}
"""Files of one command."""

NO_FILES = frozenset(
    (
        "--help", "--workspace", "--empty", "--columns", "--unreadable", "--encoding", "--delimiter", "--sheet",
        "--strict", "--processes", "--dask", "--omitted", "--not-reached", "--not-administered",
        "--blank", "--candidate", "--criterion", "--alpha", "--no-correction", "--prior-c", "--pair",
        "--expert", "--passphrase", "--timestamp", "--date", "--encrypt", "--per", "--seed", "--centre",
        "--cut", "--beta", "--reliability", "--max-score", "--min-score",
        "--number", "--rooms", "--verbose",
        "--symmetric", "--weights", "--drift-z", "--drift-rmsd", "--free-slope", "--new-weight", "--own-scale",
        "--smooth", "--degree", "--select", "--anchor", "--not-anchor", "--weight",
        "--points", "--anchor-points", "--step", "--bootstrap", "--least", "--fix-ability",
        "--host", "--port", "--name", "--https", "--database", "--demo", "--check", "--forget-factor", "serve", "backup", "restore",
    )
)  # fmt: skip
"""Options that change what is read or asked, not which kinds of files are written."""
LEAVING: frozenset[str] = frozenset({"scan gallery --by"})
"""Options that no journey has: the page of the gallery asks who decides."""
OF_THE_SITE = ("serve", "site backup", "site restore")
"""Commands whose files the site alone reads."""
WRITING = [name for name in JOURNEYS if name not in ("damaged", "statistics", "exam-ree", "exam-dg")]
"""The journeys that together write every kind of file."""


def lines_of_commands() -> Iterator[tuple[str, set[str]]]:
    """Each command that a journey runs, as it is spelled now, with the words after it."""
    options = {name: {word for one in known.params for word in one.opts} for name, known in every_command()}

    for journey in JOURNEYS.values():
        for step in journey():
            if not callable(step) and not step.startswith("cd "):
                mark, text = marked(step)
                words = text.split()
                if words[0] == "scan" and f"scan {words[1]}" not in options:
                    words = ["scan", "read", *words[1:]]
                name = next(
                    (" ".join(words[:n]) for n in (3, 2, 1) if " ".join(words[:n]) in options), "none"
                )
                yield name, {*words, *(["--json"] if mark in ("", "+") else [])}


def test_the_journeys_run_every_command_with_every_option_that_may_write() -> None:
    """A new command, or a new option of one, has to be run by one, or named as one that writes nothing else."""
    given: dict[str, set[str]] = {}
    for name, words in lines_of_commands():
        given.setdefault(name, set()).update(words)
    lacking = []
    for command, known in every_command():
        if command in LEAVING:
            continue
        options = [one for one in known.params if one.param_type_name == "option"]
        names = [{*one.opts, *one.secondary_opts} for one in options]
        lacking += [
            f"{command} {max(one)}"
            for one in names
            if not one & (given.get(command, set()) | NO_FILES) and f"{command} {max(one)}" not in LEAVING
        ]
        lacking += [] if command in given or command in NO_FILES else [command]
    assert not lacking, "the journeys do without\n" + "\n".join(lacking)


class Kept(NamedTuple):
    """A file that a command wrote, as it was right after it."""

    command: str
    name: str
    """Its path in the workspace, `/` between folders."""
    path: Path


class Session(NamedTuple):
    """What was run, and every file that it wrote."""

    done: list[Ran]
    files: list[Kept]

    def different(self) -> list[Kept]:
        """The files, none twice that has the same bytes and the same name."""
        found = {(one.path.name, hashlib.sha256(one.path.read_bytes()).digest()): one for one in self.files}
        return list(found.values())

    def of(self, suffix: str) -> list[Kept]:
        """Those of one kind."""
        return [one for one in self.different() if one.path.suffix == suffix]


def run_journeys(folder: Path) -> Session:
    """Goes on the journeys below the folder, each step once, and keeps each file as the command left it."""
    session = Session([], [])
    for name in WRITING:
        workspace = Workspace(folder / name, ROOT)
        try:
            for n, step in enumerate(JOURNEYS[name]()):
                if workspace.move(step):
                    continue
                assert isinstance(step, str)
                mark, text = marked(step)
                words = workspace.words(text)
                if mark in ("", "+") and workspace.has(workspace.command(words), "--json"):
                    words.append("--json")
                before = workspace.stamps()
                ran = workspace.examgen(words, text)
                assert ran.status != 70, ran
                assert "Traceback" not in ran.out + ran.err, ran
                assert mark != "-" or ran.status in (0, 3), ran
                session.done.append(ran)
                if text.startswith(OF_THE_SITE):
                    continue
                for path, stamp in workspace.stamps().items():
                    if before.get(path) != stamp:
                        place = Path(path).relative_to(workspace.root)
                        kept = folder / "kept" / name / f"{n:03}" / place
                        kept.parent.mkdir(parents=True, exist_ok=True)
                        shutil.copyfile(path, kept)
                        session.files.append(Kept(" ".join(text.split()[:2]), place.as_posix(), kept))
        finally:
            os.chdir(folder)
            workspace.close()
    return session


@pytest.mark.long(
    "every file of every command in other people's readers; what each holds is tried where it is written"
)
def test_every_file_opens_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    session = run_journeys(tmp_path)
    kinds = {kind for kind in OPENERS if any(one.path.suffix == kind for one in session.files)}
    assert kinds >= {".csv", ".xlsx", ".pdf", ".html", ".json", ".yaml", ".parquet", ".svg", ".R"}
    faults = [
        f"{one.command}: {one.name}: {fault}" for one in session.different() for fault in faults_of(one)
    ]
    faults += [
        f"{' '.join(one.words)}: {fault}" for one in session.done for fault in unlike_json(one.words, one.out)
    ]
    if soffice := soffice_of_sheets():
        faults += by_libreoffice(soffice, session, tmp_path)
    assert not faults, "\n".join(faults)


def faults_of(kept: Kept) -> Iterator[str]:
    """What another program finds wrong with a file."""
    own = (
        one
        for (command, pattern), one in OWN.items()
        if kept.command.startswith(command) and kept.path.match(pattern)
    )
    found = next(own, None) or NAMED.get(kept.path.name) or OPENERS.get(kept.path.suffix)
    if found is None:
        yield "nothing here opens files of this kind"
        return
    try:
        yield from found(kept.path)
    except Exception as error:
        yield f"{type(error).__name__}: {error}"


def unlike_json(words: Sequence[str], out: str) -> Iterator[str]:
    """What is wrong with what was printed where JSON was asked for."""
    if "--json" not in words:
        return
    try:
        openers.read_json(out)
    except ValueError as error:
        yield f"{error}"


def by_libreoffice(soffice: str, session: Session, folder: Path) -> Iterator[str]:
    """Where LibreOffice reads a workbook otherwise than openpyxl does."""
    given, made = folder / "given", folder / "made"
    given.mkdir()
    books = {f"{n:03}": one for n, one in enumerate(session.of(".xlsx"))}
    for name, one in books.items():
        os.link(one.path, given / f"{name}.xlsx")
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    own = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    words = [soffice, own, "--headless", "--convert-to", every_sheet, "--outdir", str(made)]
    subprocess.run([*words, *sorted(map(str, given.iterdir()))], check=True, capture_output=True)
    for name, one in books.items():
        for title, cells in openers.sheets(one.path).items():
            path = made / f"{name}-{title.replace('/', '_')}.csv"
            if not path.is_file():
                yield f"{one.command}: {one.name}: LibreOffice does not show the sheet {title}"
                continue
            with path.open(encoding="utf-8", newline="") as file:
                shown = list(csv.reader(file))
            yield from (
                f"{one.name}: {title}: LibreOffice: {fault}" for fault in openers.unlike(cells, shown)
            )
