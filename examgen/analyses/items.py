"""A response file → its classical item analysis, as a document of plain values.

The command line and Python programs call the same function. Numbers are not rounded; an undefined number is
None, and `notes` say why.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from examgen.analyses.alarms import least_of
from examgen.analyses.documents import (
    Document,
    alarm_row,
    flag_rows,
    note,
    notes,
    notices,
    numbers,
    option_rows,
    rows,
    without_group,
)
from examgen.analyses.options import ResponseSource
from examgen.analyses.sources import LoadedResponses, load_responses
from examgen.capture.response_files import groups_of
from examgen.core.responses.matrix import NOT_ADMINISTERED, Chosen, Scored
from examgen.core.words import option, tell
from examgen.psychometrics.classical.flags import flags
from examgen.psychometrics.classical.options import option_statistics
from examgen.psychometrics.classical.sem import conditional_sem
from examgen.psychometrics.classical.statistics import classical
from examgen.psychometrics.key_alarm import key_alarm


def _some(chosen: Chosen, places: Sequence[int]) -> Chosen:
    return Chosen(
        chosen.candidates,
        tuple(chosen.items[n] for n in places),
        chosen.cells.take(places, axis=1),
        tuple(chosen.options[n] for n in places),
        tuple(chosen.keys[n] for n in places),
    )


def analyse_items(source: ResponseSource, min_n: int | None = None) -> Document:
    """Classical analysis: `test`, `items`, `notes` and, with a key, `options` and `alarms`.

    `min_n` is the least number of candidates of an item for a flag or an alarm. By default it is 20 for
    findings beyond chance, and 50 for the rest.
    """
    return _analysed(load_responses(source), min_n)


def analyse_items_by(source: ResponseSource, column: str, min_n: int | None) -> Document:
    """Analyses the candidates of each value of a column by themselves, with the items that they were given.

    The document has `groups`: for each, the value (`group`) and the fields of `analyse_items`.
    """
    loaded = load_responses(
        source.model_copy(update={"exclude": tuple(dict.fromkeys((*source.exclude, column)))})
    )
    values, number = groups_of(loaded.table, column)
    scored, chosen = loaded.scored, loaded.chosen
    groups = []
    for n, value in enumerate(values):
        rows = np.flatnonzero(number == n)
        cells = scored.cells[rows]
        given = np.flatnonzero((cells != NOT_ADMINISTERED).any(axis=0)).tolist()
        items = tuple(scored.items[place] for place in given)
        candidates = tuple(np.array(scored.candidates, dtype=object)[rows].tolist())
        own = Scored(candidates, items, np.ascontiguousarray(cells[:, given]))
        options = None
        if chosen is not None:
            places = [place for place, item in enumerate(chosen.items) if item in set(items)]
            options = _some(
                chosen._replace(candidates=candidates, cells=np.ascontiguousarray(chosen.cells[rows])), places
            )
        part = loaded._replace(scored=own, chosen=options)
        groups.append({"group": value, **_analysed(part, min_n)})
    return {
        "file": loaded.name,
        "sha256": loaded.sha256,
        "by": column,
        "groups": groups,
        "notes": without_group(column, int((number < 0).sum())),
    }


def _analysed(loaded: LoadedResponses, min_n: int | None) -> Document:
    names, chosen, least = loaded.scored.items, loaded.chosen, least_of(min_n)
    found = classical(loaded.scored.cells)
    items = [{"item": name, **row} for name, row in zip(names, rows(found.items, len(names)), strict=True)]
    options: list[Document] = []
    alarms: list[Document] = []
    if chosen is None or not chosen.items:  # without a key there are only flags of items
        raised = flags(found.items, least_candidates=least.fully, least_certain=least.at_all)
    else:
        statistics, titles = option_statistics(chosen), chosen.options
        raised = flags(
            found.items,
            statistics,
            names=lambda item, option: titles[item][option],
            least_candidates=least.fully,
            least_certain=least.at_all,
        )
        every = key_alarm(chosen, statistics, least_candidates=least.at_all)
        options, alarms = option_rows(statistics, chosen), [alarm_row(alarm, chosen) for alarm in every]
    flagged = flag_rows(raised, names)
    for row in items:
        row["flags"] = [flag for flag in flagged if flag["item"] == row["item"]]
    errors = conditional_sem(loaded.scored.cells)
    error_rows = rows(errors, len(errors.score))
    told = notices(loaded.notices)
    # sets of items that no candidate shares, as with separate forms of an exam
    given = loaded.scored.cells != NOT_ADMINISTERED
    sets: list[frozenset[int]] = []
    for own in filter(None, (frozenset(np.flatnonzero(row).tolist()) for row in np.unique(given, axis=0))):
        touching = [one for one in sets if one & own]
        sets = [one for one in sets if not one & own] + [own.union(*touching)]
    if len(sets) > 1:
        sizes = ", ".join(str(len(one)) for one in sorted(sets, key=min)[:8])
        message = tell(
            "The file contains {n} sets of items with no candidate in common ({sizes} "
            "items), for example forms of an exam. Overall reliability and correlations "
            "are not computed. {by} analyses each form separately",
            by=option("by", "COLUMN"),
            n=len(sets),
            sizes=sizes + (" …" if len(sets) > 8 else ""),
        )
        told.append(note("items-apart", message))
    return {
        "file": loaded.name,
        "sha256": loaded.sha256,
        "test": numbers(found.test),
        "items": items,
        "conditional_sem": error_rows if any(row["lord"] is not None for row in error_rows) else [],
        "options": options,
        "alarms": alarms,
        "notes": [*told, *notes(found.notes, names)],
    }
