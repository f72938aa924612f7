"""A key alarm → the entry of `corrections.yaml` that would follow, if those who decide agree."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from examgen.analysis.key_alarm import Alarm
from examgen.letters import LETTERS, THAI_LETTERS
from examgen.storage import yaml_bytes
from examgen.workflow.administration_columns import Column
from examgen.workflow.administrations import Administration

MOST_SHOWN = 12
"""Of so many forms the printed letter is told."""


def correction_of(found: Administration, alarm: Alarm, columns: Sequence[int] | None = None) -> str:
    """The entry of a correction: a new key where the alarm suggests one, else the item dropped.

    Options are named by their ids, with the letters that each form printed in a comment. `columns` are the
    places in `found.columns` of the items that the alarm was raised among, all in order if left out. Who
    decides and when is left empty: `examgen score --corrections` refuses the entry until it is filled in.
    """
    one = found.columns[columns[alarm.item] if columns is not None else alarm.item]
    kind, ids = "drop", list[str]()
    if alarm.suggested is not None:
        kind, ids = "rekey", one.options[alarm.suggested].split("|")
    entries = [_entry(kind, where, key, alarm.sentence) for where, key in _places(found, one, ids)]
    return _comment(one, ids) + "".join(entries)


def _places(found: Administration, one: Column, ids: list[str]) -> list[tuple[dict[str, object], list[str]]]:
    """The item with the options' ids; or, where it was scored otherwise on other forms, each form and
    question with the letters as printed there, and of that place alone."""
    if sum(other.item == one.item for other in found.columns) == 1 or not one.asked:
        return [({"item": one.item}, ids)]
    return [
        (
            {"form": form, "question": question, "only_here": True},
            [LETTERS[order.index(option)] for option in ids],
        )
        for form, question, order in one.asked
    ]


def _entry(kind: str, where: dict[str, object], key: list[str], why: str) -> str:
    right = {"key": key[0] if len(key) == 1 else key} if key else {}
    lines = yaml_bytes({"kind": kind, **where, **right, "reason": why}).decode().splitlines()
    body = "\n".join(f"{'  ' if n else '- '}{line}" for n, line in enumerate(lines))
    return f"{body}\n  by:      # who decided: name, committee, minutes\n  date:    # 2026-11-20\n"


def _comment(one: Column, ids: Collection[str]) -> str:
    """What the key is now and what it would be, by the letters that candidates saw."""
    shown = [
        f"{form} {question}: {_change(_letters(order, one.key_ids), _letters(order, ids))}"
        for form, question, order in one.asked[:MOST_SHOWN]
    ]
    more = f"; and {len(one.asked) - MOST_SHOWN} more" if len(one.asked) > MOST_SHOWN else ""
    of = f"; form and question {'; '.join(shown)}{more}" if shown else ""
    return f"# {one.item}: key {_change(', '.join(one.key_ids), ', '.join(ids))}{of}\n"


def _change(old: str, new: str) -> str:
    return f"{old} → {new}" if new else old


def _letters(order: tuple[str, ...], ids: Collection[str]) -> str:
    places = [order.index(option) for option in ids if option in order]
    return ", ".join(f"{LETTERS[n]}/{THAI_LETTERS[n]}" for n in sorted(places))
