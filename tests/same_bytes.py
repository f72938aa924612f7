"""One answer file scored in several ways: whole, or in small parts, by one process or two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any
from unittest.mock import patch

from examgen.capture.answer_layout import LIMITS
from examgen.core.models.papers import PapersRule
from examgen.core.problems import Refused
from examgen.scoring import answer_rows, exam_layout
from examgen.scoring import score as scoring_run
from examgen.scoring import score as sittings
from tests.sittings import build, list_of, print_for

SIZES = {"A": 16, "B": 16}
"""Questions of the forms of the package that is scored."""
N_LISTED = 40
SMALL_PART = 300
"""Bytes: a table of some rows has several parts."""

Results = dict[str, bytes] | str


WAYS = ("whole", "parts", "processes")
"""`parts` are small ones, read by this process, `processes` the same by the workers."""


class Ways:
    """What scores a file by one package in any of `WAYS`."""

    def __init__(self, folder: Path, workers: Executor | None, signals: bool) -> None:
        self._folder, self._workers, self._signals = folder, workers, signals
        self._packages = [build(folder / "exam")]

    def compared(
        self, data: bytes, ways: Sequence[str] = WAYS, with_list: bool = False
    ) -> tuple[str, list[str]]:
        """What became of the file, and what differs from the first of the ways; by the package as it is, or
        as it was printed for a list of some of those who answer."""
        if with_list and len(self._packages) < 2:
            listed = build(self._folder / "listed")
            print_for(listed, list_of(N_LISTED), PapersRule.model_validate({"spare": 1}))
            self._packages.append(listed)
        self._package = self._packages[with_list]
        path = self._folder / "a.csv"
        path.write_bytes(data)
        first = self._scored(path, ways[0])
        others = ((way, self._scored(path, way)) for way in ways[1:])
        differing = [f"{way}: {name}" for way, found in others for name in _differing(first, found)]
        return ("refused" if isinstance(first, str) else "scored"), differing

    def results(self, name: str) -> bytes:
        """A file of the results of the last way."""
        return (self._folder / "out" / name).read_bytes()

    def last(self) -> Results:
        """All of the results of the last way."""
        out = self._folder / "out"
        return {one.name: one.read_bytes() for one in sorted(out.glob("*")) if one.is_file()}

    def _scored(self, path: Path, way: str) -> Results:
        out = self._folder / "out"
        rmtree(out, ignore_errors=True)
        wanted = sittings.ScoringOptions(elements=True, processes=1, signals=self._signals, formats=())
        try:
            with in_small_parts() if way != "whole" else ExitStack():
                executor = self._workers if way == "processes" else None
                audit = sittings.score(self._package, [path], out, options=wanted, executor=executor).audit
        except Refused as refused:
            return "\n".join(sorted(map(str, refused.problems)))
        rows = audit["rows"]
        assert rows["read"] == rows["scored"] + rows["identical_repeats"] + rows["quarantined"]
        return {one.name: one.read_bytes() for one in sorted(out.iterdir()) if one.is_file()}


def _differing(first: Results, second: Results) -> list[str]:
    if isinstance(first, str) or isinstance(second, str):
        return [] if first == second else [f"{first!r:.300} and {second!r:.300}"]
    return sorted(name for name in {*first, *second} if first.get(name) != second.get(name))


@contextmanager
def in_small_parts() -> Iterator[None]:
    """Answer files of some rows are read in several parts."""
    with patch.object(answer_rows, "LIMITS", LIMITS._replace(block=SMALL_PART)):
        yield


@contextmanager
def remembered() -> Iterator[None]:
    """What is read of a package, and its key, kept between scorings."""
    known: dict[tuple[object, ...], Any] = {}
    read_package, compile_key = scoring_run.read_package, exam_layout.compile_key

    def once(name: tuple[object, ...], make: Any, *given: Any) -> Any:
        if name not in known:
            known[name] = make(*given)
        return known[name]

    with (
        patch.object(
            scoring_run, "read_package", lambda folder: once(("asked", folder), read_package, folder)
        ),
        patch.object(
            exam_layout, "compile_key", lambda *given: once(("key", tuple(given[1])), compile_key, *given)
        ),
    ):
        yield
