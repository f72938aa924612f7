"""Responses with pretest items → those of the items that count, and what is said of each pretest item.

A pretest item is tried out: it counts in no total, and is compared with the total of the scored items.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from examgen.item_responses import Chosen, Scored
from examgen.problems import Problem, Refused
from examgen.workflow.analysis_documents import Document, plain
from examgen.workflow.response_sources import LoadedResponses

if TYPE_CHECKING:
    from examgen.analysis.options import OptionStatistics

_KEPT = frozenset(
    ("item", "option", "is_key", "n", "administered", "share", "point_biserial_rest", "rest_df")
)
"""Of the statistics of options, those in which the item is in no total."""


def without_pretest(loaded: LoadedResponses) -> LoadedResponses:
    """The items that count; raises Refused where there are none."""
    if not loaded.pretest:
        return loaded
    scored, chosen = loaded.scored, loaded.chosen
    kept = [place for place, item in enumerate(scored.items) if item not in loaded.pretest]
    if not kept:
        message = "holds pretest items only, which count in no total: mark the items that count with Y"
        raise Refused(f"{loaded.name} {message}", [Problem(loaded.name, "pretest-only", message)])
    items = tuple(scored.items[place] for place in kept)
    counted = Scored(scored.candidates, items, scored.cells.take(kept, axis=1))
    if chosen is not None:
        chosen = _some(chosen, [n for n, item in enumerate(chosen.items) if item not in loaded.pretest])
    return loaded._replace(scored=counted, chosen=chosen)


def _some(chosen: Chosen, places: Sequence[int]) -> Chosen:
    return Chosen(
        chosen.candidates,
        tuple(chosen.items[n] for n in places),
        chosen.cells.take(places, axis=1),
        tuple(chosen.options[n] for n in places),
        tuple(chosen.keys[n] for n in places),
    )


def pretest_rows(scored: Scored, pretest: frozenset[str], fields: Sequence[str]) -> dict[str, Document]:
    """By item, its `n`, `facility` and `item_rest`, the rest being the total of the scored items; the other
    `fields` are null."""
    from examgen.analysis.observed import observed

    counted = np.array([item not in pretest for item in scored.items], dtype=np.bool_)
    greatest = scored.greatest.astype(np.float64)
    # points, not shares of them: the total is the sum of scores, as that of the test
    points = np.tile(np.arange(int(greatest.max(initial=1)) + 1.0), (len(counted), 1))
    found = observed(scored.cells, points, counted)
    return {
        scored.items[j]: {
            **dict.fromkeys(fields),
            "item": scored.items[j],
            "n": int(found.n[j]),
            "facility": plain(found.facility[j] / greatest[j]),
            "item_rest": plain(found.item_rest[j]),
            "flags": [],
            "pretest": True,
        }
        for j in np.flatnonzero(~counted).tolist()
    }


def pretest_options(chosen: Chosen, pretest: frozenset[str]) -> list[tuple[Chosen, OptionStatistics]]:
    """For each pretest item, the scored items with it behind them, and the statistics of its own options."""
    from examgen.analysis.options import option_statistics

    counted = [n for n, item in enumerate(chosen.items) if item not in pretest]
    several = [_some(chosen, [*counted, n]) for n, item in enumerate(chosen.items) if item in pretest]
    return [(some, _of_last(option_statistics(some), len(counted))) for some in several]


def _of_last(statistics: OptionStatistics, place: int) -> OptionStatistics:
    own = statistics.of(place)
    rows = {name: column[own] for name, column in statistics._asdict().items()}
    return statistics._replace(
        **{name: rows[name] if name in _KEPT else np.full_like(rows[name], np.nan) for name in rows}
    )


def pretest_note(names: Sequence[str]) -> list[Document]:
    """That the items count in no total, where there are any."""
    if not names:
        return []
    shown = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
    message = (
        f"{len(names)} pretest item(s) count in no total, and are compared with that of the scored items: "
        f"{shown}"
    )
    return [{"code": "pretest", "item": None, "message": message}]
