"""A scored run → statistics of its options, and the items to look at: alarms and flags.

Each key alarm includes the entry of `corrections.yaml` to use if the people who decide on the key agree.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import polars as pl

from examgen.analysis.administrations import Administration
from examgen.analysis.parts import Document
from examgen.analysis.shown import message as in_both
from examgen.core.files import yaml_bytes
from examgen.core.text.characters import LETTERS, THAI_LETTERS
from examgen.stats.item_flags import flags
from examgen.stats.key_alarm import key_alarm
from examgen.stats.matrix import Chosen, Floats
from examgen.stats.option_statistics import option_statistics
from examgen.stats.results import Note, plain

MOST_SHOWN = 12
"""The largest number of places for which a comment lists the printed letters."""


def correction_of(found: Administration, place: int, suggested: str | None, reason: str) -> str:
    """Return a correction as YAML: a new key if the alarm suggests one, otherwise the item is dropped.

    `place` is the position of the item in `found.columns`. The entry names options by their ids; a comment
    lists the letters that each form printed. The entry leaves the person and the date empty: `examgen score
    --corrections` refuses it until they are filled in.
    """
    one = found.columns[place]
    kind, ids = ("drop", []) if suggested is None else ("rekey", suggested.split("|"))
    # The item with the ids of its options; or, if forms score it differently, each form and question with the
    # letters printed there, for that place only.
    where: list[tuple[dict[str, object], list[str]]] = [({"item": one.item}, ids)]
    if sum(other.item == one.item for other in found.columns) > 1 and one.asked:
        where = [
            (
                {"form": form, "question": question, "only_here": True},
                [LETTERS[order.index(option)] for option in ids],
            )
            for form, question, order in one.asked
        ]
    entries = []
    for at, key in where:
        right = {"key": key[0] if len(key) == 1 else key} if key else {}
        lines = yaml_bytes({"kind": kind, **at, **right, "reason": reason}).decode().splitlines()
        body = "\n".join(f"{'  ' if n else '- '}{line}" for n, line in enumerate(lines))
        entries.append(
            f"{body}\n  by:      # who decided: name, committee, minutes\n  date:    # 2026-11-20\n"
        )
    shown = [
        f"{form} {question}: {_change(_letters(order, one.key_ids), _letters(order, ids))}"
        for form, question, order in one.asked[:MOST_SHOWN]
    ]
    more = f"; and {len(one.asked) - MOST_SHOWN} more" if len(one.asked) > MOST_SHOWN else ""
    of = f"; form and question {'; '.join(shown)}{more}" if shown else ""
    comment = f"# {one.item}: key {_change(', '.join(one.key_ids), ', '.join(ids))}{of}\n"
    return comment + "".join(entries)


def _change(old: str, new: str) -> str:
    return f"{old} → {new}" if new else old


def _letters(order: tuple[str, ...], ids: Collection[str]) -> str:
    places = [order.index(option) for option in ids if option in order]
    return ", ".join(f"{LETTERS[n]}/{THAI_LETTERS[n]}" for n in sorted(places))


def raised(
    found: Administration,
    chosen: Chosen,
    places: Sequence[int],
    items: pl.DataFrame,
    min_n: int | None,
    ability: Floats | None,
) -> tuple[dict[str, list[Document]], list[Document], list[Document]]:
    """Return statistics of options by item, key alarms, and flags.

    Groups of candidates are formed within each form, or by `ability` (N,) on a common scale if it is given:
    with many forms, each form has too few candidates. `items` has the statistics of the items.
    """
    counted = np.array([found.columns[place].standing == "scored" for place in places])
    form = None if ability is not None else np.asarray(found.form, dtype=np.int64)
    rows = option_statistics(chosen, form=form, ability=ability, counted=counted, not_reached_wrong=True)
    options: dict[str, list[Document]] = {name: [] for name in chosen.items}
    for row in plain(rows):
        options[row.pop("item")].append(row)
    every = key_alarm(chosen, rows, form=form, counted=counted, not_reached_wrong=True, min_n=min_n)
    place_of = dict(zip(chosen.items, places, strict=True))
    alarms = []
    for rank, (row, note) in enumerate(zip(plain(every.table), every.notes, strict=True), start=1):
        *own, blank = options[row["item"]]
        message = in_both(note)
        alarms.append({
            **row, "message": message, "options": [one["option"] for one in own],
            "share": [one["share"] for one in own], "fifths": [one["fifths"] for one in own],
            "fifths_n": blank["fifths_n"], "rank": rank,
            "correction": correction_of(found, place_of[row["item"]], row["suggested"], message),
        })  # fmt: skip
    return options, alarms, [flag_row(one) for one in flags(items, rows, min_n)]


def flag_row(flag: Note) -> Document:
    """Return a flag of an item as plain values, with its text in English and in Thai."""
    words = in_both(flag)
    return {
        "item": flag.values["item"],
        "code": flag.code,
        "option": flag.values.get("option"),
        "message": words.en,
        "message_th": words.th,
    }
