"""What each form prints, in words: the stem of each question and its options in their printed order.

Read only where an answer file speaks of questions or options by their text.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from examgen.exam.names import FORMS_CSV, SNAPSHOT
from examgen.storage import read_input
from examgen.yamlfile import load


class PrintedQuestion(NamedTuple):
    """A question of a form: its stem, and the texts of its options as they are lettered."""

    stem: str
    options: tuple[str, ...]


class PrintedTexts(NamedTuple):
    """The texts of a package, read from its folder when they are asked for."""

    folder: Path

    def questions(self, form: str) -> tuple[PrintedQuestion, ...]:
        """The questions of a form, or of a booklet with an order of its own, from the first."""
        return _questions(self.folder).get(form, ())

    def forms(self) -> tuple[str, ...]:
        """The names of all that is printed."""
        return tuple(_questions(self.folder))


@lru_cache(maxsize=2)
def _questions(folder: Path) -> dict[str, tuple[PrintedQuestion, ...]]:
    items = {one["id"]: one for one in load(read_input(folder / SNAPSHOT))["items"]}
    found: dict[str, dict[int, PrintedQuestion]] = {}
    with (folder / FORMS_CSV).open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            item = items[row["item"]]
            texts = tuple(str(item["options"][option]) for option in row["options"].split())
            found.setdefault(row["form"], {})[int(row["question"])] = PrintedQuestion(
                str(item["stem"]), texts
            )
    return {form: tuple(by_number[n] for n in sorted(by_number)) for form, by_number in found.items()}
