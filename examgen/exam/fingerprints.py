"""A manifest → what it says of the exam itself, and the fingerprints of the exam and of its package.

The fingerprint of the **exam** is the same however often it is printed, that of the **package** is the
SHA-256 of `exam.yaml`, which lists every file as it is printed now.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.exam.manifest import manifest_bytes, manifest_of
from examgen.exam.names import BUILD_REPORT, MEDIA, SNAPSHOT
from examgen.exam.runs import LEAST_FINGERPRINT
from examgen.storage import sha256

_OF_PRINTING = ("files", "printing")


class Fingerprints(NamedTuple):
    """SHA-256 of the exam as it was built, and of the package as it is printed now."""

    exam: str
    package: str

    def told(self) -> dict[str, str]:
        """What is written into the minutes, by what it is of."""
        return {name: digest[:LEAST_FINGERPRINT] for name, digest in self._asdict().items()}


def fingerprints_of(folder: Path) -> Fingerprints:
    """The fingerprints of the package in a folder."""
    written = manifest_bytes(folder)
    return Fingerprints(exam_sha256(manifest_of(folder, written)), sha256(written))


def exam_sha256(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of what a manifest says of the exam, as JSON without blanks, its fields sorted."""
    text = json.dumps(_plain(exam_said(manifest)), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode(errors="backslashreplace"))


def exam_said(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What a manifest says of the exam itself: all but the printing, and the files that `build` alone writes.

    The tables of keys and forms follow from `items.yaml` and from the printing.
    """
    files = {path: said for path, said in manifest["files"].items() if _is_of_exam(path)}
    said = {name: value for name, value in manifest.items() if name not in _OF_PRINTING}
    return {**said, "files": files}


def _is_of_exam(path: str) -> bool:
    return path in (SNAPSHOT, BUILD_REPORT) or path.startswith(f"{MEDIA}/")


def _plain(data: Any) -> Any:
    """Data as JSON takes it; a name that is not a text is never taken for one that is."""
    if isinstance(data, Mapping):
        return {key if isinstance(key, str) else f"!{key!r}": _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return data if data is None or isinstance(data, str | bool | int | float) else f"!{data!r}"


# ── differences ──────────────────────────────────────────────────────────────────────────────


class Difference(NamedTuple):
    """A field that two manifests do not say alike, and what each says; None where it says nothing."""

    path: tuple[int | str, ...]
    before: Any
    after: Any

    @property
    def field(self) -> str:
        """The field as it is written in messages."""
        return ".".join(map(str, self.path))


def differences(before: Any, after: Any, path: Sequence[int | str] = ()) -> Iterator[Difference]:
    """What is not the same in two trees of plain data, as deep as they are alike."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            if name in before and name in after:
                yield from differences(before[name], after[name], (*path, name))
            else:
                yield Difference((*path, name), before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for n, pair in enumerate(zip(before, after, strict=True)):
            yield from differences(*pair, (*path, n))
    elif _plain(before) != _plain(after) or type(before) is not type(after):
        yield Difference(tuple(path), before, after)
