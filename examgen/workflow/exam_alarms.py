"""Options of a scored run → who chose them, form by form, and the items to look at: alarms and flags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from examgen.item_responses import Chosen
from examgen.workflow.administrations import Administration
from examgen.workflow.analysis_documents import Document, alarm_row, flag_row, flag_rows, option_rows

if TYPE_CHECKING:
    from examgen.analysis.irt import Floats


class Least(NamedTuple):
    """How many candidates an item must have had."""

    at_all: int
    """For what is beyond chance: key alarms, and flags whose whole interval lies beyond the limit."""
    fully: int
    """For every flag."""


def least_of(min_n: int | None) -> Least:
    """The numbers that hold, where the user gives one or none."""
    from examgen.analysis.classical_flags import LEAST_CANDIDATES, LEAST_CERTAIN

    return Least(LEAST_CERTAIN, LEAST_CANDIDATES) if min_n is None else Least(min_n, min_n)


class Raised(NamedTuple):
    """Of the items of a run."""

    options: dict[str, list[Document]]
    """By item."""
    alarms: list[Document]
    flags: list[Document]


def raised(
    found: Administration,
    chosen: Chosen,
    places: Sequence[int],
    pooled: Any,
    least: Least,
    ability: Floats | None,
) -> Raised:
    """Statistics of options, alarms and flags.

    Groups of candidates are formed within their forms; by `ability` (N,) on a common scale where it is given,
    as where there are too many forms for each to be a group. `pooled` are the statistics of the items.
    """
    from examgen.analysis.classical_flags import flags
    from examgen.analysis.key_alarm import key_alarm
    from examgen.analysis.options import option_statistics
    from examgen.analysis.options_by_form import options_by_form
    from examgen.workflow.alarm_corrections import correction_of

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
    return Raised(options, alarms, flag_rows(told, chosen.items))


def misfits(own: Document) -> list[Document]:
    """A flag where the model does not hold: an outfit beyond chance and far from 1, or S-X² below 0.001."""
    from examgen.analysis.classical_flags import Flag
    from examgen.analysis.flag_words import misfit_curve, misfit_outfit

    outfit, z, p = own.get("outfit"), own.get("outfit_z"), own.get("s_x2_p")
    if outfit is not None and z is not None and abs(z) > 2.58 and not 0.7 <= outfit <= 1.3:
        seen = misfit_outfit(outfit, z)
    elif p is not None and p < 0.001:
        seen = misfit_curve()
    else:
        return []
    return [flag_row(own["item"], Flag("misfit", 0, seen.en, seen.th))]
