"""The manifest of an exam package: its files, and their digests when they were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from examgen import __version__
from examgen.core.changes import complete
from examgen.core.exam.digests import digest_key_of, is_assigned_as, is_secret, listed_digest
from examgen.core.exam.names import (
    CANDIDATES_CSV,
    DIGEST_KEY,
    FORMS_CSV,
    KEY_CSV,
    MANIFEST,
    SECURE,
    SNAPSHOT,
    leads_outside,
)
from examgen.core.exam.removals import is_as_removed, removed_files
from examgen.core.files import read_input
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.text.characters import printed_letters
from examgen.core.words import command, tell
from examgen.core.yamlfile import load

FORMAT = 1
"""The current format of packages. Manifests name the format from 2 on; those of format 1 name none, and stay
unchanged."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """Returns the manifest of the package in `folder`. Raises WrongUsage or Refused if there is no valid
    one."""
    return manifest_of(folder, manifest_bytes(folder))


def manifest_bytes(folder: Path) -> bytes:
    """Returns the manifest as bytes, after completing interrupted changes of the package. Raises WrongUsage
    if the folder has no manifest."""
    path = folder / MANIFEST
    complete(folder)
    if not folder.is_dir():
        raise WrongUsage.because(
            "{folder} is not a folder. Give the folder that {command} wrote.",
            folder=folder,
            command=command("build"),
        )
    if not path.is_file():
        raise WrongUsage.because(
            "{folder} contains no {manifest}. Give the folder that {command} wrote.",
            folder=folder,
            manifest=MANIFEST,
            command=command("build"),
        )
    return read_input(path)


def manifest_of(folder: Path, written: bytes) -> dict[str, Any]:
    """Returns the content of a manifest. Raises Refused if it is damaged, or was written by a later
    version."""
    path = folder / MANIFEST
    try:
        manifest = load(written)
    except ValueError as error:
        raise Refused.because("{path} is damaged. Build the exam again.", path=path) from error
    if isinstance(manifest, dict) and manifest.get("format", FORMAT) != FORMAT:
        raise Refused.because(
            "{path} has format {format}, from a newer examgen. This version, "
            "{version}, reads format {own}. Install the newer version.",
            path=path,
            format=manifest["format"],
            version=__version__,
            own=FORMAT,
        )
    files = manifest.get("files") if isinstance(manifest, dict) else None
    lists_files = (
        isinstance(files, dict)
        and all(isinstance(part, str) for pair in files.items() for part in pair)
        and {DIGEST_KEY, FORMS_CSV, KEY_CSV, SNAPSHOT} <= set(files)
    )
    if not isinstance(manifest, dict) or not lists_files:
        raise Refused.because(
            "{path} is not the manifest of a package, because it does not list the files of an exam",
            path=path,
        )
    return manifest


def is_rated(manifest: Mapping[str, Any]) -> bool:
    """Returns whether assessors rate the exam. The manifest of a written test names no method."""
    return "method" in manifest["blueprint"]


def letters_of(folder: Path) -> str:
    """Returns the letters printed before the options in the papers of the package."""
    return letters_by(read_manifest(folder))


def letters_by(manifest: Mapping[str, Any]) -> str:
    """Returns the same letters, from a manifest that was already read."""
    return printed_letters((manifest.get("blueprint") or {}).get("choices", "thai"))


def without_sheets(files: Mapping[str, str]) -> dict[str, str]:
    """Returns the files without printed sheets, which may have been moved elsewhere."""
    return {path: said for path, said in files.items() if not path.endswith((".pdf", ".html"))}


def check_files(folder: Path, files: Mapping[str, str]) -> None:
    """Raises Refused if a file is missing, or was changed after it was written."""
    problems = list(changed_files(folder, files))
    if problems:
        raise Refused.because("{folder} was changed after it was built", problems, folder=folder)


def changed_files(folder: Path, files: Mapping[str, str]) -> Iterator[Problem]:
    """Yields a problem for each file that is missing or was changed. If the key of the digests is missing or
    wrong, secret files are only checked for existence."""
    key = b""
    if any(map(is_secret, files)):
        if not (folder / SECURE).is_dir():
            message = tell("is not here, so key, forms and items cannot be checked")
            yield Problem(SECURE, "secure-missing", message)
            files = {path: said for path, said in files.items() if not is_secret(path)}
        elif fault := _digest_key_fault(folder, files):
            yield fault
            there = {path for path in files if is_secret(path) and (folder / path).is_file()}
            files = {path: said for path, said in files.items() if path not in {*there, DIGEST_KEY}}
        else:
            key = digest_key_of(folder)
    for path, expected in files.items():
        if leads_outside(path):
            yield Problem(
                MANIFEST, "path-outside", tell("lists {path}, which is outside the package", path=path)
            )
        elif is_as_removed(folder, path):
            if path == CANDIDATES_CSV and not _is_assigned_as_printed(folder, key):
                message = tell("does not assign the booklets as they were printed. Restore it from a backup.")
                yield Problem(path, "assignment-changed", message)
        elif path in removed_files(folder) and (folder / path).exists():
            message = tell(
                "was changed after the recorded removal, so names or contacts may be present again"
            )
            yield Problem(path, "removed-is-back", message)
        elif not (folder / path).is_file():
            yield Problem(path, "file-missing", tell("is missing"))
        elif listed_digest(key, path, folder / path) != expected:
            yield Problem(path, "file-changed", tell("was changed (its SHA-256 differs)"))


def _is_assigned_as_printed(folder: Path, key: bytes) -> bool:
    printing = read_manifest(folder).get("printing")
    said = printing.get("assigned") if isinstance(printing, dict) else None
    return is_assigned_as(key, folder / CANDIDATES_CSV, said)


def _digest_key_fault(folder: Path, files: Mapping[str, str]) -> Problem | None:
    """Returns the reason why the digests of secret files cannot be checked; None if they can."""
    try:
        key = digest_key_of(folder)
    except Refused as refused:
        return refused.problems[0]
    if files.get(DIGEST_KEY, listed := listed_digest(key, DIGEST_KEY, key)) != listed:
        message = tell("was changed, and secure/ cannot be checked without it. Restore it.")
        return Problem(DIGEST_KEY, "file-changed", message)
    return None
