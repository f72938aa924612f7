"""Classical analysis of any response file: read, compute, give back as plain values.

The command line and Python programs call the same function; every number is in full, what is undefined is
None, and `notes` say why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from examgen.workflow.analysis_documents import (
    Document,
    alarm_row,
    notes,
    notices,
    numbers,
    option_rows,
    rows,
)
from examgen.workflow.pretest_items import (
    pretest_note,
    pretest_options,
    pretest_rows,
    without_pretest,
)
from examgen.workflow.response_sources import LoadedResponses, ResponseSource, load_responses


def analyse_items(source: ResponseSource, min_n: int | None = None) -> Document:
    """Classical analysis: `test`, `items`, where there is a key `options` and `alarms`, and `notes`.

    `min_n` is the least number of candidates of an item for a flag or an alarm; where it is left out, it is
    20 for what is beyond chance, and 50 for the rest.
    """
    from examgen.analysis.classical import classical

    whole = load_responses(source)
    loaded = without_pretest(whole)
    names = loaded.scored.items
    found = classical(loaded.scored.cells)
    items = [{"item": name, **row} for name, row in zip(names, rows(found.items, len(names)), strict=True)]
    flags, options, alarms = _by_options(loaded, found.items, min_n)
    for row in items:
        row["flags"] = [flag for flag in flags if flag["item"] == row["item"]]
    if whole.pretest:
        items, options = _with_pretest(whole, items, options)
    return {
        "file": loaded.name,
        "sha256": loaded.sha256,
        "test": numbers(found.test),
        "items": items,
        "conditional_sem": _conditional_sem(loaded.scored.cells),
        "options": options,
        "alarms": alarms,
        "notes": [
            *notices(loaded.notices),
            *pretest_note([name for name in whole.scored.items if name in whole.pretest]),
            *notes(found.notes, names),
        ],
    }


def _with_pretest(
    whole: LoadedResponses, items: list[Document], options: list[Document]
) -> tuple[list[Document], list[Document]]:
    """The rows of all items and of their options, pretest items in their places among the others."""
    row_of = {row["item"]: row for row in items}
    row_of |= pretest_rows(whole.scored, whole.pretest, list(items[0]))
    if whole.chosen is not None:
        for chosen, statistics in pretest_options(whole.chosen, whole.pretest):
            options = [*options, *option_rows(statistics, chosen)]
        place = {item: n for n, item in enumerate(whole.chosen.items)}
        options = sorted(options, key=lambda row: place[row["item"]])
    return [row_of[item] for item in whole.scored.items], options


def _conditional_sem(cells: Any) -> list[Document]:
    """By number right; empty where scores are not 0 and 1."""
    from examgen.analysis.classical_sem import conditional_sem

    found = conditional_sem(cells)
    told = rows(found, len(found.score))
    return told if any(row["lord"] is not None for row in told) else []


def _by_options(
    loaded: LoadedResponses, items: Any, min_n: int | None
) -> tuple[list[Document], list[Document], list[Document]]:
    """Flags, options and alarms; without a key the flags of the items alone."""
    from examgen.analysis.classical_flags import flags
    from examgen.analysis.key_alarm import key_alarm
    from examgen.analysis.options import option_statistics
    from examgen.workflow.exam_alarms import least_of

    chosen, least = loaded.chosen, least_of(min_n)
    if chosen is None or not chosen.items:
        found = flags(items, least_candidates=least.fully, least_certain=least.at_all)
        return _flags(found, loaded.scored.items), [], []
    statistics = option_statistics(chosen)
    names = chosen.options
    raised = flags(
        items,
        statistics,
        names=lambda item, option: names[item][option],
        least_candidates=least.fully,
        least_certain=least.at_all,
    )
    alarms = key_alarm(chosen, statistics, least_candidates=least.at_all)
    return (
        _flags(raised, loaded.scored.items),
        option_rows(statistics, chosen),
        [alarm_row(alarm, chosen) for alarm in alarms],
    )


def _flags(found: Sequence[Any], names: Sequence[str]) -> list[Document]:
    return [{"item": names[one.item], "code": one.code, "message": one.sentence} for one in found]
