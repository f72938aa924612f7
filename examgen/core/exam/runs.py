"""Reads scored runs from disk.

    results/                  or the folder given by --out
        candidates.csv … audit.json    the released run, or the newest before any release: links to its files
        runs/0001/ 0002/ …             every run with its audit.json, never changed again

An `audit.json` records the digest and size of every file of its run (`files`), the run's number (`run`), the
SHA-256 of the previous audit (`previous`, which makes a chain), that of the act of the newest release when
the run was made (`last_release`), and the SHA-256 of all its other content (`seal`). It contains no time: the
same scoring gives the same bytes. The SHA-256 of the newest audit is the fingerprint of all runs: anyone who
has it in the minutes can detect even a chain that was rewritten from its first run.

Digests are BLAKE3, as `b3sum` prints them. The results of a national sitting are a quarter of a gigabyte, and
SHA-256, which cannot be computed in parallel, would take half as long as the scoring.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from blake3 import blake3

from examgen.core.exam.removals import check_kept, is_as_removed
from examgen.core.files import check_regular, read_input, sha256
from examgen.core.problems import Refused, WrongUsage
from examgen.core.words import command, tell

BLAKE3 = "blake3"
RUNS = "runs"
AUDIT = "audit.json"
OWN_FIELDS = ("run", "previous", "last_release", "seal")
"""The fields of an audit about the chain, not about the scoring."""
LEAST_FINGERPRINT = 16
"""The number of hexadecimal digits of a run's fingerprint that are reported: 64 bits, too many to forge."""


class RecordedFile(NamedTuple):
    """The record of a file in an audit: its BLAKE3 in hexadecimal, and its size in bytes."""

    digest: str
    size: int

    def as_dict(self) -> dict[str, str | int]:
        """Returns the record as it is written in an audit."""
        return {BLAKE3: self.digest, "size": self.size}


def recorded_file(data: object) -> RecordedFile | None:
    """Returns the record of a file, read from an audit; None if it is not valid."""
    if not isinstance(data, dict) or not isinstance(size := data.get("size"), int):
        return None
    digest = data.get(BLAKE3)
    return RecordedFile(digest, size) if isinstance(digest, str) else None


def digest_of(path: Path) -> str:
    """Returns the BLAKE3 of a file of any size, in hexadecimal."""
    check_regular(path)
    return blake3().update_mmap(path).hexdigest()


def record_of_files(folder: Path, own: str) -> dict[str, dict[str, str | int]]:
    """Returns the records of all files in a folder except the one called `own`, which will contain them."""
    return {
        path.name: RecordedFile(digest_of(path), path.stat().st_size).as_dict()
        for path in sorted(folder.iterdir())
        if path.name != own
    }


class Run(NamedTuple):
    """A run as read: its number, its folder, and the SHA-256 and content of its audit."""

    number: int
    folder: Path
    sha256: str
    audit: Mapping[str, Any]

    @property
    def files(self) -> dict[str, RecordedFile]:
        """The recorded files of the run except its audit, without files that were removed at the end of their
        retention period or in which names were blanked."""
        files = recorded_files(self.audit.get("files"))
        exam, below = self.folder.absolute().parents[2], "/".join(self.folder.parts[-3:])
        return {name: said for name, said in files.items() if not is_as_removed(exam, f"{below}/{name}")}

    @property
    def names(self) -> list[str]:
        """The names of all files that belong in its folder, including those in which names were blanked."""
        files, listed = self.files, recorded_files(self.audit.get("files"))
        return sorted(name for name in listed if name in files or (self.folder / name).is_file())

    @property
    def fingerprint(self) -> str:
        """The short code to write into the minutes."""
        return self.sha256[:LEAST_FINGERPRINT]


def recorded_files(data: object) -> dict[str, RecordedFile]:
    """Returns the files listed in an audit under `files`.

    Raises ValueError if it is not a valid list.
    """
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ValueError("no list of files")
    found = {name: said for name, entry in data.items() if (said := recorded_file(entry)) and is_plain(name)}
    if len(found) < len(data):
        raise ValueError("no list of files")
    return found


def is_plain(name: str) -> bool:
    """Returns whether a name is that of a file directly in the folder, not hidden, and neither the audit nor
    the runs."""
    return bool(name) and not name.startswith(".") and name not in (AUDIT, RUNS) and Path(name).name == name


def run_name(number: int) -> str:
    """Returns the name of a run's folder: `0001`."""
    return f"{number:04d}"


def run_folders(results: Path) -> dict[int, Path]:
    """Returns the folders of the runs in a results folder by number, in ascending order."""
    found = [path for path in _children(results / RUNS) if re.fullmatch(r"[0-9]{4,}", path.name)]
    return {int(path.name): path for path in found if path.name == run_name(int(path.name))}


def _children(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(folder.iterdir(), key=lambda path: (len(path.name), path.name))


def read_run(number: int, folder: Path) -> Run:
    """Reads a run from its folder. Raises ValueError if its audit is damaged, OSError if it is missing."""
    data = read_input(folder / AUDIT)
    audit = json.loads(data)
    if not isinstance(audit, dict):
        raise ValueError("no audit")
    run = Run(number, folder, sha256(data), audit)
    if not run.files:
        raise ValueError("lists no files")
    return run


def is_scored(results: Path) -> bool:
    """Returns whether a results folder exists and contains more than an interrupted first scoring leaves."""
    there = [path.name for path in _children(results)]
    return results.exists() and (there != [RUNS] or bool(run_folders(results)))


def all_runs(results: Path) -> Iterator[Run]:
    """Yields every run whose audit can be read, oldest first."""
    for number, folder in run_folders(results).items():
        with suppress(ValueError, OSError):
            yield read_run(number, folder)


def newest_run(results: Path) -> Run | None:
    """Returns the newest run; None if there are no runs. Raises Refused if its audit cannot be read."""
    folders = run_folders(results)
    if not folders:
        return None
    number, folder = max(folders.items())
    try:
        return read_run(number, folder)
    except (ValueError, OSError) as error:
        raise Refused.because(
            "{folder} is missing or damaged, so scoring cannot continue. Restore it "
            "from a backup. {command} lists everything else that changed.",
            folder=folder / AUDIT,
            command=command("verify"),
        ) from error


def find_run(results: Path, name: str) -> Path:
    """Returns the folder of a run, given by its number or by a path. Raises WrongUsage if there is no such
    run."""
    folders = run_folders(results)
    if name.isascii() and name.isdecimal():
        if int(name) in folders:
            return folders[int(name)]
        there = ", ".join(map(str, folders)) or tell("none")
        raise WrongUsage.because(
            "{results} contains no run {name} (found: {there})", results=results, name=int(name), there=there
        )
    check_kept(Path(name) / "candidates.csv")
    if (Path(name) / "candidates.csv").is_file():
        return Path(name)
    raise WrongUsage.because(
        "{name} is not a run. Give its number, or the path of a folder that contains candidates.csv.",
        name=name,
    )


def sealed(audit: Mapping[str, Any]) -> str:
    """Returns the seal of an audit: the SHA-256 of its other fields as JSON, sorted and without
    whitespace."""
    rest = {name: value for name, value in audit.items() if name != "seal"}
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode(errors="backslashreplace"))


def recorded_scoring(audit: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields of an audit about the scoring and its files, which do not depend on its position in
    the chain."""
    return {name: value for name, value in audit.items() if name not in OWN_FIELDS}


def is_of_a_chain(audit: Path) -> bool:
    """Whether a file is the audit of a numbered run."""
    try:
        said = json.loads(read_input(audit))
    except (ValueError, OSError):
        return False
    return isinstance(said, dict) and "seal" in said
