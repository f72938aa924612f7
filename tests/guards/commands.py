"""Commands of examgen as guards run them: words and a folder go in, a status, two streams and files come out.

EXAMGEN_OF=FOLDER has the guards look at the examgen of another checkout: `git worktree add ../before 46b8730a`,
then `EXAMGEN_OF=../before pytest tests/guards` holds them against the code before the house was halved.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
CODE = Path(os.environ.get("EXAMGEN_OF", ROOT)).resolve()
"""The checkout whose examgen is run."""


class Ran(NamedTuple):
    """A command that has ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document of a command that was asked for --json."""
        return json.loads(self.out)


class Examgen:
    """Runs commands one after the other; the folder given has the streams of the last one."""

    def __init__(self, folder: Path) -> None:
        self._streams = (folder / "out", folder / "err")
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(CODE),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LANG": "C.UTF-8",
            "COLUMNS": "110",
            "TZ": "UTC",
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
            "OPENBLAS_NUM_THREADS": "1",
            "POLARS_MAX_THREADS": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-P", Path(__file__).with_name("server.py"), folder / "learned"],
            env=self.environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, *words: object, cwd: Path, status: int | None = 0, **environment: str) -> Ran:
        """Run `examgen WORDS` in a folder; it must end with `status`, if one is given."""
        asked = [[str(word) for word in words], str(cwd), self.environment | environment]
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([*asked, *map(str, self._streams)]) + "\n")
        self._process.stdin.flush()
        ended = int(self._process.stdout.readline())
        ran = Ran(ended, *(path.read_text("utf-8", "backslashreplace") for path in self._streams))
        assert "Traceback" not in ran.out + ran.err, ran
        assert status is None or ran.status == status, (words, ran)
        return ran

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file that examgen wrote, by heading."""
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def write_csv(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """Write rows, the heading first, as a person's spreadsheet does; the path."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path
