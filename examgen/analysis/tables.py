"""Tables for functions of `examgen.stats` besides responses: read as texts, with faults by line.

Tables of item parameters: output of `analyse irt` or another program, or a unit's `statistics.csv`.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from examgen.analysis.shown import TextTable, message_note
from examgen.core.csv_files import without_apostrophe
from examgen.core.files import MOST_MEGABYTES, read_input
from examgen.core.problems import WrongUsage
from examgen.core.tables.coded import CodedColumn, CodedTable, read_coded
from examgen.core.words import tell, tell_n
from examgen.stats.arguments import BLANK_WORDS
from examgen.stats.arguments import shown as few
from examgen.stats.results import Note


def content_of(path: Path, megabytes: int = MOST_MEGABYTES) -> bytes:
    """Return the content of a file; raises WrongUsage if there is no such file."""
    if not path.is_file():
        raise WrongUsage.because("{path} is not a file", path=path)
    return read_input(path, megabytes)


def read_table(path: Path) -> TextTable:
    """Read the cells of a file as texts."""
    return text_table(path.name, read_coded(path.name, content_of(path)))


def text_table(name: str, table: CodedTable, *, typed: bool = False) -> TextTable:
    """Return the cells of a file as texts; headings in lower case, or as they are `typed`.

    The apostrophe that our files put before a cell, so that spreadsheets do not run it as a formula, is
    removed.
    """
    columns = dict[str, CodedColumn]()
    for one in table.columns:
        columns.setdefault(one.name.strip() if typed else one.name.strip().lower(), one)
    cells = {head: [one.texts[code].strip() for code in one.codes] for head, one in columns.items()}
    frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    places = [f"{name}:{line}" for line in table.lines]
    return TextTable(name, frame.select(without_apostrophe(pl.all())), places)


# ── tables of parameters ──────────────────────────────────────────────────────────────────────────────


def read_parameters(path: Path) -> tuple[TextTable, list[Note]]:
    """Read a table of item parameters for functions of `examgen.stats`, with notes on it.

    `statistics.csv` has a line for each item and administration; the last one of an item with a difficulty
    counts.

    Raises WrongUsage if there is no such file.
    """
    coded = read_coded(path.name, content_of(path))
    table = text_table(path.name, coded)
    if not {"item", "administration", "b"} <= set(table.frame.columns):
        return text_table(path.name, coded, typed=True), []
    rows = table.frame.with_row_index("row").with_columns(
        known=~pl.col("b").str.to_lowercase().is_in(list(BLANK_WORDS))
    )
    last = rows.sort("known", "row").unique("item", keep="last").sort("row")
    known = rows.filter("known")
    numbers = [name for name in ("a", "b", "c") if name in rows.columns]
    again = known.select("item", *numbers).unique().filter(pl.col("item").is_duplicated())["item"]
    notes = []
    if names := [item for item in last["item"] if item in set(again)]:
        words = tell_n(
            "{name}: {n} item has several lines with different numbers, and the last one counts: {items}",
            "{name}: {n} items have several lines with different numbers, and the last ones count: {items}",
            len(names),
            name=table.name,
            items=few(names),
        )
        notes.append(message_note("several-lines", words))
    on = pl.col("scale").replace("", None).fill_null(pl.col("administration"))
    scales = known.select(on if "scale" in rows.columns else "administration").to_series()
    if len(names := scales.unique(maintain_order=True).to_list()) > 1:
        words = tell(
            "{name}: the lines are of several scales ({scales}), which do not link as one",
            name=table.name,
            scales=few(names),
        )
        notes.append(message_note("several-scales", words))
    places = [table.places[row] for row in last["row"]]
    return TextTable(table.name, last.drop("row", "known"), places), notes
