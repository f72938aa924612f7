"""Every file that any command writes opens in another program, and every `--json` is one JSON document."""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.every_command import every_command
from tests.libreoffice import soffice_of_sheets
from tests.outputs import openers
from tests.outputs.session import PASSWORD, STEPS, Kept, Session, run_session

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
    "readings.journal": openers.open_journal,
}
"""Files that have no kind."""
OWN: dict[tuple[str, str], Open] = {
    ("templates eject", "*.html"): openers.open_template,
    ("simulate", "answers.csv"): openers.open_answers,
    ("demo", "answers-*.csv"): openers.open_answers,
    ("simulate", "truth.csv"): openers.open_answers,
    # lists and answers that people wrote, faulty ones too, of which all but a person's row stays as it was
    **{
        ("forget", name): openers.open_text
        for name in ("marked.csv", "first.csv", "answers*.csv", "roster.csv")
    },
    ("forget", "uploaded/results.xlsx"): openers.open_package,
}
"""Files of one command."""

NO_FILES = frozenset(
    (
        "--help", "--workspace", "--empty", "--columns", "--unreadable", "--encoding", "--delimiter", "--sheet",
        "--strict", "--processes", "--dask", "--omitted", "--not-reached", "--not-administered",
        "--blank", "--candidate", "--criterion", "--alpha", "--no-correction", "--prior-c", "--facility", "--pair",
        "--beside", "--experts", "--passphrase", "--timestamp", "--encrypt", "--per", "--seed", "--centre",
        "--cut", "--beta", "--reliability", "--max-score", "--min-score",
        "--enemies", "--number", "--rooms",
        "--symmetric", "--weights", "--drift-z", "--drift-rmsd", "--free-slope", "--new-weight", "--own-scale",
        "--smooth", "--degree", "--select", "--anchor", "--not-anchor", "--weight",
        "--points", "--anchor-points", "--step", "--bootstrap", "--least", "--fix-ability",
        "--host", "--port", "--name", "--https", "--database", "--demo", "--check", "--forget-factor", "--take-database", "serve", "backup", "restore",
    )
)  # fmt: skip
"""Options that change what is read or asked, not which kinds of files are written."""


def lines_of(command: str) -> list[list[str]]:
    """The words after a command, of each step that runs it."""
    steps = [step.removeprefix("! ").split() for step in STEPS if isinstance(step, str)]
    n = len(command.split())
    return [words[n:] for words in steps if " ".join(words[:n]) == command]


def test_the_session_runs_every_command_with_every_option_that_may_write() -> None:
    """A new command, or a new option of one, has to be run by it, or named as one that writes nothing else."""
    lacking = []
    for command, known in every_command():
        lines = lines_of(command)
        said = {word for line in lines for word in line}
        options = [one for one in known.params if one.param_type_name == "option"]
        lacking += [
            f"{command} {one.opts[0]}" for one in options if not said & {*one.opts, *one.secondary_opts}
        ]
        lacking += [] if lines else [command]
    lacking = [name for name in lacking if name.split()[-1] not in NO_FILES]
    assert not lacking, "the session does without\n" + "\n".join(lacking)


@pytest.mark.long(
    "every file of every command in other people's readers; what each holds is tried where it is written"
)
def test_every_file_opens_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = run_session(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
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
