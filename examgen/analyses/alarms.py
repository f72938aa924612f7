"""A scored run → statistics of its options, and the items to look at: alarms and flags.

Each key alarm comes with the entry of `corrections.yaml` that would follow if those who decide agree.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from examgen.analyses.administrations import Administration
from examgen.analyses.documents import Document, alarm_row, flag_row, flag_rows, option_rows
from examgen.core.responses.matrix import Chosen
from examgen.core.storage import yaml_bytes
from examgen.core.text.characters import LETTERS, THAI_LETTERS
from examgen.psychometrics.classical.flag_words import misfit_curve, misfit_outfit
from examgen.psychometrics.classical.flags import LEAST_CANDIDATES, LEAST_CERTAIN, Flag, flags
from examgen.psychometrics.classical.options import option_statistics, options_by_form
from examgen.psychometrics.key_alarm import Alarm, key_alarm
from examgen.stats.irt_models import Floats

MOST_SHOWN = 12
"""The most forms whose printed letters a comment names."""


def correction_of(found: Administration, alarm: Alarm, columns: Sequence[int] | None = None) -> str:
    """The YAML of a correction: a new key if the alarm suggests one, else the item is dropped.

    The entry names options by their ids; a comment has the letters that each form printed. `columns` are the
    places in `found.columns` of the items of the alarm; by default all, in order. Who decides and when is
    left empty: `examgen score --corrections` refuses the entry until somebody fills that in.
    """
    one = found.columns[columns[alarm.item] if columns is not None else alarm.item]
    kind, ids = "drop", list[str]()
    if alarm.suggested is not None:
        kind, ids = "rekey", one.options[alarm.suggested].split("|")
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
        lines = yaml_bytes({"kind": kind, **at, **right, "reason": alarm.sentence}).decode().splitlines()
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


class Least(NamedTuple):
    """How many candidates an item needs for a flag or an alarm."""

    at_all: int
    """For findings beyond chance: key alarms, and flags whose whole interval is beyond the limit."""
    fully: int
    """For every flag."""


def least_of(min_n: int | None) -> Least:
    """The numbers that apply when the user gives one (for both) or none."""
    return Least(LEAST_CERTAIN, LEAST_CANDIDATES) if min_n is None else Least(min_n, min_n)


def raised(
    found: Administration,
    chosen: Chosen,
    places: Sequence[int],
    pooled: Any,
    least: Least,
    ability: Floats | None,
) -> tuple[dict[str, list[Document]], list[Document], list[Document]]:
    """Statistics of options by item, alarms, and flags.

    Groups of candidates are formed within forms or, if it is given, by `ability` (N,) on a common scale: with
    many forms, each form has too few candidates. `pooled` has the statistics of the items.
    """
    counted = np.array([found.columns[place].standing == "scored" for place in places])
    form = None if ability is not None else np.asarray(found.form, dtype=np.int64)
    if form is None:
        statistics = option_statistics(chosen, not_reached_wrong=True, counted=counted, ability=ability)
    else:
        statistics = options_by_form(chosen, form, not_reached_wrong=True, counted=counted)
    options: dict[str, list[Document]] = {name: [] for name in chosen.items}
    for row in option_rows(statistics, chosen):
        options[row.pop("item")].append(row)
    names = chosen.options
    told = flags(
        pooled,
        statistics,
        names=lambda item, option: names[item][option],
        least_candidates=least.fully,
        least_certain=least.at_all,
    )
    every = key_alarm(
        chosen, statistics, form=form, counted=counted, not_reached_wrong=True, least_candidates=least.at_all
    )
    alarms = [
        {**alarm_row(alarm, chosen), "rank": rank, "correction": correction_of(found, alarm, places)}
        for rank, alarm in enumerate(every, start=1)
    ]
    return options, alarms, flag_rows(told, chosen.items)


def misfits(own: Document) -> list[Document]:
    """A flag if the model does not fit: outfit beyond chance and far from 1, or p of S-X² below 0.001."""
    outfit, z, p = own.get("outfit"), own.get("outfit_z"), own.get("s_x2_p")
    if outfit is not None and z is not None and abs(z) > 2.58 and not 0.7 <= outfit <= 1.3:
        seen = misfit_outfit(outfit, z)
    elif p is not None and p < 0.001:
        seen = misfit_curve()
    else:
        return []
    return [flag_row(own["item"], Flag("misfit", 0, seen.en, seen.th))]
