"""Runs commands of examgen that kill themselves (SIGKILL) before the n-th change of a folder on the disk.

A line of JSON on standard input: words, folder, the change or null. The answer is the exit status and the number
of changes. A change is what opens a file to write, makes, renames, links, removes, cuts or re-modes.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

CHANGES = frozenset((
    "open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.link", "os.symlink", "os.truncate",
))  # fmt: skip
TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def changed_path(arguments: tuple[Any, ...]) -> str:
    """The path that is changed; where it is named from an open folder, below that folder."""
    named = arguments[0]
    first = os.readlink(f"/proc/self/fd/{named}") if isinstance(named, int) else os.fsdecode(named)
    folder = next((one for one in arguments[1:] if isinstance(one, int) and one > 2), None)
    if os.path.isabs(first) or folder is None or not os.path.isdir(f"/proc/self/fd/{folder}"):
        return os.path.abspath(first)
    return f"{os.readlink(f'/proc/self/fd/{folder}')}/{first}"


def count_changes(place: str, kill_at: int | None, counted: mmap.mmap) -> None:
    """Count this process's changes of a folder, and end it before one of them."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in CHANGES:
            return
        if event == "open" and (isinstance(arguments[0], int) or not (arguments[2] or 0) & TO_WRITE):
            return
        if changed_path(arguments).startswith(place):
            n = int.from_bytes(counted[:8], "big")
            if n == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            counted[:8] = (n + 1).to_bytes(8, "big")

    sys.addaudithook(hook)


def main(streams: str, learned: Path) -> None:
    """Answer until standard input is closed."""
    sys.path.insert(0, str(Path(__file__).parent))
    server = import_module("server")
    sys.path.pop(0)
    import_module("examgen.commands")
    learned.touch()
    counted, known = mmap.mmap(-1, 8), 0
    for line in sys.stdin:
        names = learned.read_text().splitlines()
        for name in names[known:]:
            with suppress(Exception):
                import_module(name)
        known = len(names)
        words, folder, kill_at = json.loads(line)
        counted[:8] = bytes(8)
        child = os.fork()
        if not child:
            count_changes(folder, kill_at, counted)
            server.run(words, folder, dict(os.environ), f"{streams}/out", f"{streams}/err", learned)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps([status, int.from_bytes(counted[:8], "big")]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[1]) / "learned")
