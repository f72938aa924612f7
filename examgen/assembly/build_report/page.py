"""Figures of a build → context of `build-report.html`, a page on the demands and the forms.

The report names items by their ids and counts the letters of right answers. It contains no item text, no
key and no order of options. It still belongs in the secure folder: counts of right answers by form are
equations for the key to anybody who has the booklets of many forms. It contains no time and uses rounded
coordinates, so the same build gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from examgen.assembly.build_report.characteristics import shown_characteristics
from examgen.assembly.build_report.rows import (
    MOST_COLUMNS,
    design_rows,
    key_heads,
    key_lines,
    measured_rows,
    misses,
    quota_groups,
    some,
)
from examgen.core.models.figures import BuildFigures, Characteristics
from examgen.core.models.form import Exam
from examgen.core.words import Pair, tell
from examgen.rendering.chart import information_chart
from examgen.rendering.parts import face_addresses
from examgen.rendering.plot import signed

MOST_NAMED_ITEMS = 24


class Tile(NamedTuple):
    """A key figure at the top of the page."""

    name: Pair
    value: str
    note: str
    good: bool = True


def build_report(
    found: BuildFigures, exam: Exam, solved: Mapping[str, object], sure: Characteristics
) -> dict[str, object]:
    """Return the context of the page.

    `solved` has values that the forms do not show, if known: `path`, `objective`, `bound` and `gap` (a
    proportion) of the solver, `editions` (unit → SHA-256 of its `unit.yaml`), `bank_sha256`.
    """
    standard, others = quota_groups(found)
    blueprint = exam.blueprint
    level = [] if blueprint.level is None else [(tell("Level"), str(blueprint.level))]
    pilot = f" + {blueprint.pilot.items}" if blueprint.pilot else ""
    size = f"{len(found.names):,} × {blueprint.items}{pilot}"
    told = solved.get("editions")
    known = told if isinstance(told, Mapping) else {}
    n, missed = len(found.asked), len(found.missed)
    tiles = [Tile(tell("Requirements met"), f"{n - missed} / {n}", "", missed == 0)]
    if pairs := found.sharing.pairs:
        low, high = pairs[0][0], pairs[-1][0]
        beside = f"+ {len(found.sharing.anchor)} anchor" if found.sharing.anchor else ""
        tiles.append(Tile(tell("Shared by two forms"), str(low) if low == high else f"{low}–{high}", beside))
    if found.keys.letters:
        tiles.append(Tile(tell("Longest key run"), str(max(found.keys.longest_run)), ""))
    # What is known of the solver, as text.
    solution: list[tuple[Pair, str]] = []
    for key, words in _SOLVED.items():
        value = solved.get(key)
        if isinstance(value, float):
            solution.append((words, f"{100 * value:.2f} %" if key == "gap" else f"{value:.4f}"))
        elif value is not None:
            solution.append((words, str(value)))
    # For each number of forms, the number of items in so many forms, and their ids if they are few.
    exposed: list[tuple[int, int, str]] = []
    for n_forms, n_items in reversed(found.exposure.distribution):
        ids = [name for name, forms in found.exposure.uses if forms == n_forms]
        exposed.append((n_forms, n_items, some(ids, MOST_NAMED_ITEMS) if n_forms > 1 else ""))
    # Forms of which scored items have no parameters.
    missing = zip(found.names, found.information.missing, strict=True) if found.information else ()
    lacking = [(name, len(ids), some(ids, MOST_NAMED_ITEMS)) for name, ids in missing if ids][:MOST_COLUMNS]
    n_scored = sum(int(n or 0) for n in found.family("items")[0].values)
    return {
        "exam": exam.blueprint.exam,
        "title": exam.blueprint.title,
        "draft": exam.has_drafts,
        "facts": [
            *level,
            (tell("Forms × items"), size),
            (tell("Items used"), f"{len(found.exposure.uses):,}"),
            (tell("Seed"), str(blueprint.seed)),
        ],
        "solved": solution,
        "editions": [
            (str(unit.code), unit.title or "", str(known.get(str(unit.code)) or "")[:12])
            for unit in exam.units
        ],
        "bank": str(solved.get("bank_sha256") or ""),
        "names": found.names,
        "wide": len(found.names) <= MOST_COLUMNS,
        "n_asked": len(found.asked),
        "misses": misses(found),
        "tiles": tiles,
        "standard": standard,
        "others": others,
        "design": design_rows(found),
        "measured": measured_rows(found),
        "key_heads": key_heads(found, exam.blueprint.choices),
        "key_lines": key_lines(found),
        "chart": _chart(found, exam),
        "lacking": lacking,
        "target": found.information.target if found.information else None,
        "estimated": sum(n_scored - sum(one.known) for one in found.measured if one.name == "time_s"),
        "time_min": exam.blueprint.time_min,
        "sharing": found.sharing,
        "shades": [[sum(n >= step for step in (1, 3, 6, 11)) for n in row] for row in found.sharing.matrix],
        "exposed": exposed,
        "notices": exam.notices,
        "sure": shown_characteristics(sure),
        "faces": face_addresses(),
    }


# ── the head ─────────────────────────────────────────────────────────────────────────────────


_SOLVED = {
    "path": tell("Path"),
    "objective": tell("Objective"),
    "bound": tell("Bound"),
    "gap": tell("Gap"),
}


# ── curves, shared items, exposure ───────────────────────────────────────────────────────────


def _chart(found: BuildFigures, exam: Exam) -> str:
    if found.information is None:
        return ""
    title = f"Test information of the forms of {exam.blueprint.exam}"
    # The text alternative of the chart.
    peak, n = max((max(curve), n) for n, curve in enumerate(found.information.curves))
    at = found.information.grid[found.information.curves[n].index(peak)]
    words = [
        f"One curve for each form ({len(found.names)}) over ability from −4 to 4.",
        f"The highest is {peak:.2f} at θ = {signed(at)}, form {found.names[n]}.",
    ]
    if found.information.target:
        points = zip(found.information.target.at, found.information.target.asked, strict=True)
        told = ", ".join(f"{value * found.information.target.level:.2f} at {t:g}" for t, value in points)
        words.append(f"Target: {told}.")
    return information_chart(found.names, found.information, title, " ".join(words))
