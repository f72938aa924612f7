"""Runs commands of examgen, each in a copy of a process that has imported what the commands before needed.

A line of JSON on standard input has the words of a command, its folder, the files of its two streams, and the
text that everything drawn by Python's `os.urandom` follows from. The answer is its exit status on a line.
PYTHONPATH says whose examgen runs.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn

STREAMS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
NOT_LEARNED = ("django", "allauth", "csp", "examgen.site")
"""They are set up for a workspace before their modules are imported."""


def serve(learned: Path) -> None:
    """Answer until standard input is closed; `learned` has the names of modules that commands imported."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})  # examgen begins no workers on one core
    import_module("examgen.commands")
    learned.touch()
    known = 0
    for line in sys.stdin:
        names = learned.read_text().splitlines()
        for name in names[known:]:
            with suppress(Exception):
                import_module(name)
        known = len(names)
        child = os.fork()
        if not child:
            run(*json.loads(line), learned)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def run(words: list[str], folder: str, out: str, err: str, chance: str, learned: Path) -> NoReturn:
    """Run a command in this process, which ends with its status."""
    status: object = 70
    before = set(sys.modules)
    drawn: dict[int, int] = {}

    def draw(size: int) -> bytes:
        drawn[size] = drawn.get(size, 0) + 1
        return hashlib.shake_256(f"{size} {drawn[size]} {chance}".encode()).digest(size)

    try:
        os.fsync = lambda _: None  # nothing here has to outlast the machine
        for number, path, mode in ((0, os.devnull, os.O_RDONLY), (1, out, STREAMS), (2, err, STREAMS)):
            opened = os.open(path, mode, 0o600)
            os.dup2(opened, number)
            os.close(opened)
        sys.stdin = os.fdopen(0, closefd=False)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
        os.chdir(folder)
        os.urandom = random._urandom = draw  # type: ignore[attr-defined]
        random.seed(chance)
        sys.argv = ["examgen", *words]
        try:
            import_module("examgen.commands").main()
            status = 0
        except SystemExit as end:
            status = end.code or 0
        sys.stdout.flush()
        sys.stderr.flush()
        with learned.open("a") as file:
            file.write(
                "".join(
                    f"{name}\n"
                    for name in sys.modules
                    if name not in before and not name.startswith(NOT_LEARNED)
                )
            )
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status if isinstance(status, int) else 70)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
