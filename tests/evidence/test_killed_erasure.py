"""An erasure that is killed (SIGKILL) at any change of the disk has happened whole, or not at all, for
whoever looks next."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

from examgen.core.changes import settle
from tests import kills
from tests.effort import some

WHO = "SYN-00006"
WORDS = ("forget", WHO, "--by", "DPO", "--reason", "asked")


def traces(place: Path) -> list[str]:
    """Files that say the number; by their bytes, since what reads tables has threads, and these are lost in
    a copy of a process."""
    return [name for name, data in kills.contents(place).items() if WHO.encode() in data]


def test_killed_anywhere(tmp_path: Path) -> None:
    with kills.small_process() as call:
        call(_killed_anywhere, tmp_path)


def _killed_anywhere(above: Path) -> None:
    begun, place = above / "begun", above / "place"
    begun.mkdir()
    kills.decided(begun)
    old = kills.contents(begun)
    shutil.copytree(begun, place)
    status, n = kills.run(place, WORDS)
    assert status == 0, (above / "log.txt").read_text("utf-8")[-3000:]
    assert not traces(place)
    seen = set()
    for change in some(range(n), 9):
        shutil.rmtree(place)
        shutil.copytree(begun, place)
        assert kills.run(place, WORDS, change)[0] == -signal.SIGKILL
        # copies that were prepared and not used lie about until somebody writes there: told, as of all commands
        assert kills.run(place, ("verify", "output/X"))[0] in (0, 1), change
        is_done = (place / "erasures.jsonl").is_file()
        seen.add(is_done)
        if is_done:
            assert not traces(place), change
        else:
            now = kills.contents(place)
            assert {name: now[name] for name in old} == old, change
        assert kills.run(place, ("score", "output/X"))[0] in (0, 3), change
        if not is_done:
            assert kills.run(place, WORDS)[0] == 0, change
        assert not traces(place), change
        settle(place / "output")  # as whoever writes there next does
        status = kills.run(place, ("verify", "output/X"))[0]
        assert status == 0, (change, (above / "log.txt").read_text("utf-8")[-1500:])
    assert seen == {True, False}
