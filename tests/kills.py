"""Code that is killed (SIGKILL) before a change of the disk, in copies of a small process.

A change is what opens a file to write, makes, renames, links, removes or re-modes. Commands are killed by
`tests/guards/test_killed_commands.py`.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

CHANGES = frozenset((
    "open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.link", "os.symlink", "os.truncate",
))  # fmt: skip
_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT
OURS = (".examgen-tmp", ".printing-", ".scoring-", ".lock")


# ── in a process that is quickly copied ──────────────────────────────────────────────────────


@contextmanager
def small_process() -> Iterator[Callable[..., None]]:
    """Calls functions of modules in a process that has imported these and no more.

    To copy it takes a twentieth of what it takes to copy one that runs tests, whose memory is a gigabyte.
    """
    command = [sys.executable, "-c", "from tests.kills import serve; serve()"]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as process:
        assert process.stdin
        assert process.stdout
        asked, answers = process.stdin, process.stdout

        def call(function: Callable[..., None], *arguments: object) -> None:
            pickle.dump((function, arguments), asked)
            asked.flush()
            fault = pickle.load(answers)
            assert fault is None, fault

        yield call
        asked.close()


def serve() -> None:
    """Does what standard input asks for, a call after the other; answers with what was raised."""
    os.fsync = lambda _: None  # a killed process has written what it has written
    with suppress(EOFError):
        while True:
            function, arguments = pickle.load(sys.stdin.buffer)
            try:
                function(*arguments)
                fault = None
            except Exception:
                fault = traceback.format_exc()
            pickle.dump(fault, sys.stdout.buffer)
            sys.stdout.buffer.flush()


# ── commands in processes of their own ───────────────────────────────────────────────────────


def copied(place: Path, doing: Callable[[], int], kill_at: int | None = None) -> tuple[int, int, list[str]]:
    """Does something in a copy of this process, killed before that change of a folder.

    Returns its exit status (-9), how many changes there were, and the modules that it imported."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _be(place, doing, kill_at, writing)
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    count, modules = json.loads(said or b"[0, []]")
    return os.waitstatus_to_exitcode(status), count, modules


def _be(place: Path, doing: Callable[[], int], kill_at: int | None, writing: int) -> None:
    """The copy of this process, which never leaves here."""
    code, count, known = 70, 0, set(sys.modules)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if event in CHANGES and is_change(event, arguments, str(place)):
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1

    try:
        os.chdir(place)
        sys.addaudithook(hook)
        code = doing()
    finally:
        with open(writing, "wb") as pipe:
            pipe.write(json.dumps([count, [name for name in sys.modules if name not in known]]).encode())
        os._exit(code)


def is_change(event: str, arguments: tuple[Any, ...], place: str) -> bool:
    if event == "open" and (isinstance(arguments[0], int) or not (arguments[2] or 0) & _TO_WRITE):
        return False
    return _path(arguments).startswith(place)


def _path(arguments: tuple[Any, ...]) -> str:
    """The path that is changed; where it is told from an open folder, that folder."""
    named = arguments[0]
    first = os.readlink(f"/proc/self/fd/{named}") if isinstance(named, int) else os.fsdecode(named)
    folder = next((one for one in arguments[1:] if isinstance(one, int) and one > 2), None)
    if os.path.isabs(first) or folder is None or not os.path.isdir(f"/proc/self/fd/{folder}"):
        return os.path.abspath(first)
    return f"{os.readlink(f'/proc/self/fd/{folder}')}/{first}"


def contents(place: Path, hidden: bool = False) -> dict[str, bytes]:
    """Every file; if asked, what commands prepare, and empty folders, too."""
    return {
        name: b"" if path.is_dir() else path.read_bytes()
        for path in place.rglob("*")
        if (name := path.relative_to(place).as_posix())
        and (hidden or not name_of_ours(name))
        and (path.is_file() or (hidden and not any(path.iterdir())))
    }


def name_of_ours(name: str) -> bool:
    """Whether a path leads into what a command prepares."""
    return any(part.startswith(OURS) for part in name.split("/"))
