"""Runs commands of examgen, each in a copy of a process that has imported what the commands before needed.

A line of JSON on standard input asks for a command: its words, its folder, its environment, and the files of its
two streams; the answer is its exit status on a line. Which examgen runs is a matter of PYTHONPATH: no module of
the tests is imported here.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn

STREAMS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def serve(learned: Path) -> None:
    """Answer until standard input is closed; `learned` has the names of modules that commands imported."""
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


def run(
    words: list[str], folder: str, environment: dict[str, str], out: str, err: str, learned: Path
) -> NoReturn:
    """Run a command in this process, which ends with its status."""
    status: object = 70
    before = set(sys.modules)
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
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["examgen", *words]
        try:
            import_module("examgen.commands").main()
            status = 0
        except SystemExit as end:
            status = end.code or 0
        sys.stdout.flush()
        sys.stderr.flush()
        with learned.open("a") as file:
            file.write("".join(f"{name}\n" for name in sys.modules if name not in before))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status if isinstance(status, int) else 70)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
