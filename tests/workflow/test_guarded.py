"""Workers that read what anybody may have made end by themselves once there is nothing left to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from examgen.core import subprocess_sandbox as guarded


class Doubled(NamedTuple):
    numbers: tuple[int, ...]

    def results(self, means: int) -> Iterator[int]:
        for number in self.numbers:
            yield means * number

    def lost(self, n: int, reason: str) -> tuple[int | None, Doubled | None]:
        raise AssertionError(f"{self.numbers[n]}: {reason}")


def _two() -> int:
    return 2


def test_workers_end_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Any] = []
    worker = guarded._worker

    def remembered(*means: Any) -> Any:
        begun.append(worker(*means))
        return begun[-1]

    monkeypatch.setattr(guarded, "_worker", remembered)
    monkeypatch.setattr(guarded, "_LAST_SECONDS", 10.0)
    tasks = [Doubled((1, 2)), Doubled((3,)), Doubled((4,))]
    assert sorted(guarded.run(tasks, _two, (), processes=2)) == [2, 4, 6, 8]
    assert [one.process.exitcode for one in begun] == [0, 0], "killed, for nobody told them to end"
