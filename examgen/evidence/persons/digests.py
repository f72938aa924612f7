"""Files that changed → every file that names their digests, with the digests of today, in a fixed state.

Digests are named in a direction: files of a run by its audit, that by the next run, by a release, that by
the record of the sitting, this by later runs. So naming them anew ends: each pass renews what names something
that the pass before has changed.

Seals go with it: the SHA-256 of the rest of a document (`core/exam/runs.sealed`), and of lines that are
chained the one before and the rest of the line. A seal that does not hold before is refused: nobody could
tell afterwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from blake3 import blake3

from examgen.core.exam.erasures import ERASURES
from examgen.core.exam.names import MANIFEST
from examgen.core.exam.runs import AUDIT, LEAST_FINGERPRINT, RELEASES, sealed
from examgen.core.problems import Problem, Refused
from examgen.core.storage import OWN, json_bytes, sha256
from examgen.core.words import tell
from examgen.evidence.persons.documents import json_like
from examgen.evidence.persons.found import Looked, bytes_of, looking
from examgen.scoring.sitting_record import ISSUED, RECORD, REVIEW

_DIGEST = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9a-f]{64}|[0-9a-f]{16})(?![0-9A-Fa-f])")
_DIGEST_BYTES = re.compile(rb"(?<![0-9A-Fa-f])(?:[0-9a-f]{64}|[0-9a-f]{16})(?![0-9A-Fa-f])")
_RUNS = bytes(b"0"[0] if chr(one) in "0123456789ABCDEFabcdef" else 32 for one in range(256))
_SHORTEST = b"0" * LEAST_FINGERPRINT
_NAMING = (".json", ".jsonl", ".yaml", ".yml", ".csv", ".examgen")
"""Endings of files that may name digests of others; pages for people keep the fingerprint that they were
printed with."""
_MOST_PASSES = 2000


class Renewed(NamedTuple):
    """A digest of today, in the place of one of before, with the sizes of what it is of."""

    digest: str
    size_before: int
    size: int


Digests = dict[str, Renewed]


class _Named:
    """A file that names digests: how it is written with others."""

    def __init__(self, path: str, original: bytes, base: bytes) -> None:
        self.path, self.original, self.base = path, original, base
        name = path.rpartition("/")[2]
        self.lines: list[dict[str, Any]] | None = None
        self.line_digests: list[str] = []
        self.data: Any = None
        self.is_sealed = self.is_signed = False
        if name.endswith(".jsonl"):
            self._read_lines()
        elif name.endswith(".json") or (name == OWN and base.startswith(b"{")):
            self._read_json()

    def _read_lines(self) -> None:
        was = [_json(line) for line in self.original.splitlines(keepends=True)]
        if not was or not all(isinstance(one, dict) and {"seal", "previous"} <= set(one) for one in was):
            return
        previous = ""
        for n, (one, line) in enumerate(zip(was, self.original.splitlines(keepends=True), strict=True), 1):
            if one["previous"] != previous or _line(_without_seal(one)) != line:
                raise _unsealed(f"{self.path}:{n}")
            previous = sha256(line)
            self.line_digests.append(previous)
        self.lines = [_json(line) for line in self.base.splitlines(keepends=True)]

    def _read_json(self) -> None:
        data = _json(self.base)
        if data is None:
            return
        if isinstance(data, dict) and "proof" in data:
            self.is_signed = True
            return
        was = _json(self.original)
        if isinstance(was, dict) and isinstance(was.get("seal"), str):
            if was["seal"] != sealed(was):
                raise _unsealed(self.path)
            self.is_sealed = True
        self.data = data

    def renewed(self, digests: Digests, short: Mapping[str, str]) -> tuple[bytes, list[tuple[str, bytes]]]:
        """The bytes with the digests of today, and the lines that are another now by the digest that they
        had."""
        if self.lines is not None:
            made: list[bytes] = []
            changed: list[tuple[str, bytes]] = []
            previous = ""
            for one, digest in zip(self.lines, self.line_digests, strict=True):
                now = _value(_without_seal(one), digests, short)
                line = _line({**now, "previous": previous})
                previous = sha256(line)
                made.append(line)
                if previous != digest:
                    changed.append((digest, line))
            return b"".join(made), changed
        if self.data is not None:
            now = _value(self.data, digests, short)
            if self.is_sealed:
                now["seal"] = sealed(now)
                return (json_bytes(now) if now != _json(self.original) else self.original), []
            return (json_like(self.base, self.data, now) if now != self.data else self.base), []
        if self.is_signed:  # a signature holds for the very bytes
            return self.base, []
        text = self.base.decode("utf-8", "surrogateescape")
        put = _text(text, digests, short)
        return (put.encode("utf-8", "surrogateescape") if put != text else self.base), []


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _without_seal(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != "seal"}


def _line(said: Mapping[str, Any]) -> bytes:
    """A chained line, as the record of a sitting has them."""
    seal = sha256(json.dumps(said, ensure_ascii=False).encode())
    return json.dumps({**said, "seal": seal}, ensure_ascii=False).encode() + b"\n"


def _unsealed(source: str) -> Refused:
    message = tell("is not as it was written: its seal does not fit. Put it back from a copy first")
    return Refused(
        tell("nothing is erased where a seal does not hold: afterwards nobody could tell"),
        [Problem(source, "seal-broken", message)],
    )


def _text(text: str, digests: Digests, short: Mapping[str, str]) -> str:
    def put(found: re.Match[str]) -> str:
        one = found[0]
        if len(one) == LEAST_FINGERPRINT:
            return short.get(one, one)
        return digests[one].digest if one in digests else one

    return _DIGEST.sub(put, text)


def _value(value: Any, digests: Digests, short: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _text(value, digests, short) if len(value) >= LEAST_FINGERPRINT else value
    if isinstance(value, list):
        return [_value(one, digests, short) for one in value]
    if isinstance(value, dict):
        found = {name: _value(one, digests, short) for name, one in value.items()}
        for name in ("sha256", "blake3"):
            of = digests.get(value[name]) if isinstance(value.get(name), str) else None
            if of is not None and value.get("size") == of.size_before:
                found["size"] = of.size
        return found
    return value


def renew(
    workspace: Path,
    changed: MutableMapping[str, bytes],
    removed: Iterable[str],
    paths: Iterable[Path],
    emptied: Collection[str] = (),
    looked: Looked | None = None,
) -> Digests:
    """Names the digests of today in every file that names those of before: `changed` grows by these. Scans
    of which pages were `emptied` are called by the digest that they had. Raises Refused where a seal or a
    chain did not hold before."""
    gone, looked = set(removed), looked or looking()
    digests: Digests = {}
    short: dict[str, str] = {}
    first: dict[str, str] = {}  # of files that were the same, the one by which their digest is named

    def learn(name: str, old: bytes, new: bytes) -> bool:
        is_new = False
        for digest in (sha256, lambda data: blake3(data).hexdigest()):
            before, after = digest(old), Renewed(digest(new), len(old), len(new))
            is_its = first.setdefault(before, name) == name
            if is_its and digests.get(before) != after and before != after.digest:
                digests[before], is_new = after, True
        if _has_fingerprint(name) and first[sha256(old)] == name:
            short[sha256(old)[:LEAST_FINGERPRINT]] = sha256(new)[:LEAST_FINGERPRINT]
        return is_new

    for name, new in changed.items():
        if name not in emptied:
            learn(name, bytes_of(workspace / name), new)
    # what names anything that looks like a digest, by the digests that it names
    named: dict[str, _Named] = {}
    naming: dict[str, set[str]] = {}
    for path in paths:
        name = path.relative_to(workspace).as_posix()
        if name in gone or name == ERASURES or not path.name.endswith(_NAMING):
            continue
        if found := looked.of(("digests", path), [path], partial(_named_in, path)):
            naming[name] = found
        if path.name == RECORD or (path.name.endswith(".jsonl") and name in changed):
            naming.setdefault(name, set())
    _learn_folders(workspace, changed, digests)
    waiting = {name for name in naming if name in changed}
    for _ in range(_MOST_PASSES):
        known = {*digests, *short}
        waiting |= {name for name, found in naming.items() if not known.isdisjoint(found)}
        is_still = True
        for name in sorted(waiting):
            if name not in named:
                original = bytes_of(workspace / name)
                named[name] = _Named(name, original, changed.get(name, original))
            original = named[name].original
            new, lines = named[name].renewed(digests, short)
            for digest, line in lines:
                after = Renewed(sha256(line), 0, 0)
                known_by = digests.get(digest)  # a file of one line has the digest of that
                if known_by is None or known_by.digest != after.digest:
                    digests[digest], is_still = after, False
            if new != changed.get(name, original):
                changed[name], is_still = new, False
            if new != original and learn(name, original, new):
                is_still = False
        if _learn_folders(workspace, changed, digests):
            is_still = False
        if is_still:
            return digests
    raise RuntimeError("digests name each other in a circle")


def _named_in(path: Path) -> set[str]:
    """What looks like a digest in a file."""
    data = bytes_of(path)
    # twenty times as fast as the pattern, and most tables have nothing of the kind
    if _SHORTEST not in data.translate(_RUNS):
        return set()
    return {one.decode() for one in _DIGEST_BYTES.findall(data)}


def _has_fingerprint(name: str) -> bool:
    last = name.rpartition("/")[2]
    return last in (AUDIT, MANIFEST, RECORD) or name.split("/")[-2:-1] == [RELEASES]


def _learn_folders(workspace: Path, changed: Mapping[str, bytes], digests: Digests) -> bool:
    """Digests of folders, as acts on decisions from galleries name them; whether one is new."""
    is_new = False
    folders = {name.rpartition("/")[0] for name in changed}
    for folder in sorted(one for one in folders if one.endswith((f"/{REVIEW}", f"-{REVIEW}"))):
        place = workspace / folder
        anew = place / ISSUED
        files = sorted(one for one in place.rglob("*") if one.is_file() and one != anew)
        before = _of_folder(place, files, bytes_of)
        now = _of_folder(
            place,
            files,
            lambda path: changed.get(path.relative_to(workspace).as_posix()) or bytes_of(path),
        )
        after = Renewed(now[0], before[1], now[1])
        if before[0] != now[0] and digests.get(before[0]) != after:
            digests[before[0]], is_new = after, True
    return is_new


def _of_folder(place: Path, files: Iterable[Path], read: Callable[[Path], bytes]) -> tuple[str, int]:
    lines, size = [], 0
    for path in files:
        data = read(path)
        size += len(data)
        lines.append(f"{path.relative_to(place).as_posix()}\n{sha256(data)}\n")
    return sha256("".join(lines).encode()), size
