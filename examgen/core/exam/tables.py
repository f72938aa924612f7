"""The tables of an exam package: the questions on each form, and the key.

A booklet with its own order has its own rows, under its serial number. They are written while they are drawn,
so that ten thousand booklets take no memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import BinaryIO

import polars as pl

from examgen.core.column_names import ANCHORS, CENTRE, DEALT, FORMS, KEY
from examgen.core.csv_files import csv_bytes, csv_cells
from examgen.core.models.form import Booklet, Exam, Form, PrintedItem
from examgen.core.text.characters import LETTERS

ByOptions = dict[tuple[int, ...], str]
"""The cells of a question, by the order of its options."""


def forms_table(exam: Exam) -> pl.DataFrame:
    """Returns the questions on each form, without the key."""
    rows = [(*_question(form, p), " ".join(p.order)) for form in exam.forms for p in form.items]
    return pl.DataFrame(rows, schema=FORMS, orient="row")


def key_table(exam: Exam) -> pl.DataFrame:
    """Returns the key: the printed letters of the right answer to every question."""
    rows = [(*_question(form, p), p.key_letters, p.points) for form in exam.forms for p in form.items]
    table = pl.DataFrame(rows, schema=KEY, orient="row")
    if not exam.instruments:
        return table
    anchors = ["|".join(map(str, exam.tasks[p.item.id].points)) for form in exam.forms for p in form.items]
    return table.with_columns(pl.Series(ANCHORS, anchors))


def _question(form: Form, p: PrintedItem) -> tuple[str | int, ...]:
    return form.name, p.question, p.item.id, p.unit, p.element, p.item.pc


# ── booklets ─────────────────────────────────────────────────────────────────────────────────


def write_tables(exam: Exam, booklets: Iterable[Booklet], forms_csv: BinaryIO, key_csv: BinaryIO) -> None:
    """Writes the rows of every form used by a booklet, once each, in the order of the booklets."""
    forms_csv.write(csv_bytes(pl.DataFrame(schema=FORMS)))
    key_csv.write(csv_bytes(pl.DataFrame(schema=KEY)))
    forms = {form.name: form for form in exam.forms}
    numbers = [str(n) for n in range(1, 1 + max(len(form.items) for form in exam.forms))]
    seen: set[str] = set()

    @lru_cache(maxsize=64)
    def cells(name: str) -> list[tuple[str, str, ByOptions, ByOptions]]:
        # of each question the cells before its options and its points; what follows from an order of options
        items = forms[name].items
        return [(csv_cells((p.item.id, p.unit, p.element, p.item.pc)), str(p.points), {}, {}) for p in items]

    for booklet in booklets:
        name, order = booklet.form, booklet.order
        if name == order.base:
            if name in seen:
                continue
            seen.add(name)
        base, printed, keyed = cells(order.base), [], []
        for number, place, options in zip(numbers, order.items, order.options, strict=False):
            item, points, texts, letters = base[place]
            if options not in texts:
                p = forms[order.base].items[place]
                own = [p.order[n] for n in options]
                texts[options] = " ".join(own)
                letters[options] = "|".join(LETTERS[n] for n, one in enumerate(own) if one in p.item.key)
            printed.append(f"{name},{number},{item},{texts[options]}\n")
            keyed.append(f"{name},{number},{item},{letters[options]},{points}\n")
        forms_csv.write("".join(printed).encode())
        key_csv.write("".join(keyed).encode())


def candidates_table(booklets: Iterable[Booklet]) -> pl.DataFrame:
    """Returns the booklet assigned to each candidate, and the spare ones without a candidate; with the centre
    if the list names any, and the extra columns of the list."""
    rows: list[dict[str, str]] = []
    extras: dict[str, None] = {}
    for booklet in booklets:
        who = booklet.candidate
        extras |= dict.fromkeys(who.extra) if who else {}
        rows.append(
            {
                "candidate_id": who.candidate_id if who else "",
                "name": who.name if who else "",
                "room": booklet.room,
                "seat": who.seat if who else "",
                "form": booklet.form,
                "serial": booklet.serial,
                "base": booklet.order.base,
                CENTRE: booklet.centre,
                **(who.extra if who else {}),
            }
        )
    schema = {**DEALT, **dict.fromkeys((CENTRE, *extras), pl.String)}
    table = pl.DataFrame(rows, schema=schema, orient="row").fill_null("")
    return table if (table[CENTRE] != "").any() else table.drop(CENTRE)
