"""Checks whether runs were scored with the package in its present state.

Each run has a copy of `exam.yaml` from the time of scoring. Its content about the exam, and about the tables
by which answers are scored, must match the present one. The papers may have been printed again since then,
which is noted.

The fingerprint of the **exam** is the same however often it is printed. That of the **package** is the
SHA-256 of `exam.yaml`, which lists every file as last printed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.exam.manifest import manifest_bytes, manifest_of
from examgen.core.exam.names import (
    BUILD_REPORT,
    CANDIDATES_CSV,
    FORMS_CSV,
    KEY_CSV,
    MANIFEST,
    MEDIA,
    PAPERS,
    RUN_PACKAGE,
    SNAPSHOT,
)
from examgen.core.exam.runs import AUDIT, LEAST_FINGERPRINT, Run
from examgen.core.files import read_input, sha256, yaml_bytes
from examgen.core.problems import Problem, Refused
from examgen.core.words import TRANSLATABLE, Message, listed, tell, tell_n
from examgen.core.yamlfile import parse

OF_PRINTING = ("files", "printing")
NOTICE_IDS = "notices" + TRANSLATABLE
"""The field with the ids and values of the notices, which has the same content as the notices."""
RECORDS = (FORMS_CSV, KEY_CSV, CANDIDATES_CSV)
"""The tables by which answers are scored, and the list of candidates."""
_LONGEST, _MOST_FILES = 80, 5


class Fingerprints(NamedTuple):
    """The SHA-256 of the exam as built, and of the package as last printed."""

    exam: str
    package: str

    def told(self) -> dict[str, str]:
        """Returns the short fingerprints to write into the minutes, by what they identify."""
        return {name: digest[:LEAST_FINGERPRINT] for name, digest in self._asdict().items()}


def fingerprints_of(folder: Path) -> Fingerprints:
    """Returns the fingerprints of the package in a folder."""
    written = manifest_bytes(folder)
    return recorded_fingerprints(manifest_of(folder, written), written)


def recorded_fingerprints(manifest: Mapping[str, Any], written: bytes) -> Fingerprints:
    """Returns the fingerprints of a manifest, given as data and as the bytes of its file."""
    return Fingerprints(exam_sha256(manifest), sha256(written))


def exam_sha256(manifest: Mapping[str, Any]) -> str:
    """Returns the SHA-256 of a manifest's content about the exam, as JSON with sorted fields and without
    whitespace."""
    text = json.dumps(
        _plain(recorded_exam(manifest)), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return sha256(text.encode(errors="backslashreplace"))


def recorded_exam(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a manifest's content about the exam itself: everything except the printing, and only the files
    that `build` alone writes.

    The tables of keys and forms are left out, because they follow from `items.yaml` and from the printing.
    """
    files = {
        path: said
        for path, said in manifest["files"].items()
        if path in (SNAPSHOT, BUILD_REPORT) or path.startswith(f"{MEDIA}/")
    }
    said = {name: value for name, value in manifest.items() if name not in (*OF_PRINTING, NOTICE_IDS)}
    return {**said, "files": files}


def _plain(data: Any) -> Any:
    """Returns data that JSON can represent. A name that is not text is marked, so that it never equals one
    that is."""
    if isinstance(data, Mapping):
        return {key if isinstance(key, str) else f"!{key!r}": _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return data if data is None or isinstance(data, str | bool | int | float) else f"!{data!r}"


# ── differences ──────────────────────────────────────────────────────────────────────────────


class ManifestDifference(NamedTuple):
    """A field in which two manifests differ, with the value in each; None if it is missing."""

    path: tuple[int | str, ...]
    before: Any
    after: Any

    @property
    def field(self) -> str:
        """The field as written in messages."""
        return ".".join(map(str, self.path))


def differences(before: Any, after: Any, path: Sequence[int | str] = ()) -> Iterator[ManifestDifference]:
    """Yields the differences between two trees of plain data, each as deep in the trees as possible."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            if name in before and name in after:
                yield from differences(before[name], after[name], (*path, name))
            else:
                yield ManifestDifference((*path, name), before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for n, pair in enumerate(zip(before, after, strict=True)):
            yield from differences(*pair, (*path, n))
    elif _plain(before) != _plain(after) or type(before) is not type(after):
        yield ManifestDifference(tuple(path), before, after)


class Bindings(NamedTuple):
    """The result of comparing runs with their package."""

    problems: list[Problem]
    notes: list[Problem]
    bound: list[int]
    """The numbers of the runs that match their own copy of the manifest and were compared."""
    printed: dict[str, str]
    """By SHA-256 of an `exam.yaml` with which runs were scored and which has changed since: what changed."""


def check_bindings(folder: Path, runs: Iterable[Run]) -> Bindings:
    """Compares the package in a folder with the copies of its manifest in the runs."""
    written = manifest_bytes(folder)
    now = manifest_of(folder, written)
    found = Bindings([], [], [], {})
    alike: dict[bytes, list[Run]] = {}
    for run in runs:
        path = run.folder / RUN_PACKAGE
        copy = read_input(path) if path.is_file() else b""
        if RUN_PACKAGE in run.files and sha256(copy) == run.audit.get("manifest"):
            found.bound.append(run.number)
            alike.setdefault(copy, []).append(run)
            continue
        message = tell("does not belong to the {manifest} named in {audit}", manifest=MANIFEST, audit=AUDIT)
        found.problems.append(Problem(f"{run.folder.name}/{RUN_PACKAGE}", "package-changed", message))
    for copy, own in alike.items():
        if copy != written:
            try:
                before, scored = manifest_of(own[0].folder, copy), _scored(own)
            except Refused as refused:
                found.problems.append(Problem(RUN_PACKAGE, "package-changed", refused.message))
                continue
            since = _since(before, now)
            if problems := list(_changed(before, now, written, scored)):
                found.problems.extend(problems)
            else:
                message = tell(
                    "was printed again after {scored} ({since}); exam and key are the same",
                    scored=scored,
                    since=since,
                )
                found.notes.append(Problem(PAPERS, "printed-anew", message, severity="notice"))
            found.printed[sha256(copy)] = since
    return found


def _changed(
    before: Mapping[str, Any], now: Mapping[str, Any], written: bytes, scored: Message
) -> Iterator[Problem]:
    """Yields the differences between the exam, and the tables by which answers are scored, now and when runs
    were scored. If there are none, yields a change of only the manifest's text, such as a comment."""
    others = list(differences(recorded_exam(before), recorded_exam(now)))
    document = parse(written.decode("utf-8-sig"), MANIFEST)[0] if others else None
    for one in others:
        if one.path[0] == "files":
            yield _other_file(str(one.path[1]), scored)
            continue
        is_now = (
            tell("is missing") if one.after is None else tell("contains {value}", value=_shown(one.after))
        )
        was = tell("no such field") if one.before is None else _shown(one.before)
        message = tell("{now}, but {scored} with {before}", now=is_now, scored=scored, before=was)
        source = document.at(one.path) if document is not None else MANIFEST
        yield Problem(source, "package-changed", message, field=one.field)
    records = [path for path in RECORDS if before["files"].get(path) != now["files"].get(path)]
    yield from (_other_file(path, scored) for path in records)
    if not others and not records and (before == now or yaml_bytes(now) != written):
        message = tell(
            "has the same content but other text than when {scored} (a comment, quotes, "
            "another order). Restore it.",
            scored=scored,
        )
        yield Problem(MANIFEST, "package-changed", message)


def _scored(runs: Sequence[Run]) -> Message:
    numbers = listed(str(run.number) for run in runs)
    return tell_n("run {runs} was scored", "runs {runs} were scored", len(runs), runs=numbers)


def _other_file(path: str, scored: Message) -> Problem:
    return Problem(path, "package-changed", tell("is not the file with which {scored}", scored=scored))


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _since(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    files = [str(one.path[0]) for one in differences(before["files"], now["files"])]
    more = tell(" and {n} more", n=len(files) - _MOST_FILES) if len(files) > _MOST_FILES else ""
    return (
        tell("{files}{more} changed", files=", ".join(files[:_MOST_FILES]), more=more)
        if files
        else tell("{manifest} reports a change, but no file changed", manifest=MANIFEST)
    )
