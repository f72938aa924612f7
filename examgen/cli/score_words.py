"""The words of a plain `examgen score EXAM ANSWERS…`, understood without typer.

Typer has pydantic look at every word. With the commands of `scoring.py` alone loaded, it takes 0.18 s of a
processor until a scoring begins, in place of 0.07, and 0.70 s with a scoring of 60 candidates in place of
0.60 (two cores, the least of ten or more calls in turn).
Of the one second in which a national sitting is to be scored that is a tenth. What is not plain here, help
and faults among it, typer understands, and says what is wrong; what is plain means the same to both.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

_SWITCHES = {
    "--careful": ("careful", True),
    "--elements": ("elements", True),
    "--json": ("json", True),
    "--no-signals": ("signals", False),
    "--signals": ("signals", True),
    "--strict": ("strict", True),
}
_TAKE_A_NAME = {"--without": "without"}
_TAKE_A_PATH = {"--corrections": "corrections", "--cut": "cut", "--out": "out", "--roster": "roster"}


class ScoreWords(NamedTuple):
    """What is to be scored, and what was asked beside it, as options of `examgen score` by their names."""

    exam_dir: Path
    answers: list[Path]
    asked: dict[str, Any]


def score_words(words: Sequence[str]) -> ScoreWords | None:
    """What the words after `examgen` ask; None where they are not a plain scoring of some answer files."""
    if words[:1] != ["score"] or sys.platform == "win32":  # there, typer finds the files that `*.csv` means
        return None
    paths: list[Path] = []
    asked: dict[str, Any] = {}
    left = iter(words[1:])
    value: Path | str | bool
    for word in left:
        if word in _SWITCHES:
            name, value = _SWITCHES[word]
        elif word in _TAKE_A_PATH and _is_plain(path := next(left, "")):
            name, value = _TAKE_A_PATH[word], Path(path)
        elif word in _TAKE_A_NAME and _is_plain(path := next(left, "")):
            name, value = _TAKE_A_NAME[word], path
        elif _is_plain(word):
            paths.append(Path(word))
            continue
        else:
            return None
        if name in asked:
            return None
        asked[name] = value
    return ScoreWords(paths[0], paths[1:], asked) if len(paths) > 1 else None


def _is_plain(word: str) -> bool:
    return bool(word) and not word.startswith("-")
