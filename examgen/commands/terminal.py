"""Output on a terminal with rich: colours, and tables that fit its width."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text


class _Screen(Console):
    """A console that does not change the exit status if the reading program ends early (`| head`)."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


screen = _Screen(highlight=False, emoji=False)
errors = Console(stderr=True, highlight=False, emoji=False)


def say(text: str, style: str) -> None:
    """Prints one line on standard output."""
    screen.print(Text(text, style=style), soft_wrap=True)


def print_to_stderr(text: str, style: str, rest: str) -> None:
    """Prints one line on the error stream, `rest` in the usual colour of the terminal."""
    errors.print(Text(text, style=style).append(rest, style="default"), soft_wrap=True)


def table(rows: Sequence[Sequence[str]], numbers_from: int, widths: Sequence[int] | None = None) -> None:
    """Prints a table whose first row contains the headings. Columns from `numbers_from` on are
    right-aligned."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for n, head in enumerate(rows[0]):
        justify: Literal["right", "left"] = "right" if n >= numbers_from else "left"
        grid.add_column(
            Text(head), justify=justify, overflow="fold", width=None if widths is None else widths[n]
        )
    for row in rows[1:]:
        grid.add_row(*map(Text, row))
    screen.print(grid)
