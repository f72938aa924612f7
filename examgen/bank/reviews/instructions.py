"""Instructions for a panel of experts: what it rates, and what each level of the unit requires."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from examgen.bank.finding import untested_levels
from examgen.bank.levels import descriptor
from examgen.bank.reviews.ratings import Kind, RatingPanel
from examgen.bank.workbook.columns import both
from examgen.core.models.standard import Unit, UnitLevels
from examgen.core.words import Language, Message, in_language, tell

Lines = list[tuple[str, bool]]
"""Lines of text; True marks a heading."""

_ROUND = tell(
    "The columns “Before” show your rating of the last round and the group's. Keep or "
    "change your rating, but rate every item again."
)
_SUITS = tell(
    "If you can, choose the level that the item suits. At that level, candidates who meet "
    "the requirements answer it correctly and the others do not. At lower levels, all "
    "would guess; at higher levels, all would know. The requirements of each level are "
    "shown below."
)
_OF_WORKBOOKS = (
    tell("Rate every item on your own. Fill in only the yellow cells."),
    tell(
        "In the comment, write what should be corrected in the stem, options or key. "
        "Pictures are in the PDF that came with this file."
    ),
    tell(
        "This file contains items and keys and is confidential. Save it as .xlsx and "
        "return it only to the coordinator."
    ),
)
_TITLES: dict[Kind, Message] = {
    "ioc": tell("index of congruence (IOC)"),
    "angoff": tell("Angoff rating"),
    "angoff-yes-no": tell("Angoff rating (yes/no)"),
}


def tested_levels(unit: Unit) -> tuple[int, ...]:
    """Return the levels that a unit tests in writing."""
    untested = untested_levels(unit)
    return tuple(level for level in unit.levels if level not in untested)


def levels_asked(panel: RatingPanel, unit: Unit) -> tuple[int, ...]:
    """Return the levels from which experts choose; empty if they are not asked for the level of an item."""
    levels = tested_levels(unit)
    return levels if panel.kind == "ioc" and len(levels) > 1 else ()


def title(unit: Unit, panel: RatingPanel) -> str:
    """Return the title of a rating form, in Thai."""
    level = [tell("at level {n}", n=panel.level).th] if panel.level else []
    number = tell("round {n}", n=panel.round).th
    return " · ".join([str(unit.code), _TITLES[panel.kind].th, *level, number, both(tell("CONFIDENTIAL"))])


def instructions(
    panel: RatingPanel, least_ioc: float, unit: Unit, meanings: UnitLevels | None, language: Language
) -> Lines:
    """Return the instructions for experts who rate on pages, in one language."""
    asked = levels_asked(panel, unit)
    parts = [_task(panel, least_ioc), *([_SUITS] if asked else []), *([_ROUND] if panel.round > 1 else [])]
    lines = [(in_language(part, language), False) for part in parts]
    return [*lines, *_levels(asked, meanings, language)]


def guide(panel: RatingPanel, least_ioc: float, unit: Unit, meanings: UnitLevels | None) -> Lines:
    """Return the instructions for experts who rate in a workbook, Thai first."""
    lines: Lines = []
    languages: tuple[Language, ...] = ("th", "en")
    for language in languages:
        told = instructions(panel, least_ioc, unit, meanings, language)
        n_tasks = next((n for n, (_, is_heading) in enumerate(told) if is_heading), len(told))
        tasks = [text for text, _ in told[:n_tasks]]
        tasks += [in_language(part, language) for part in _OF_WORKBOOKS]
        lines.append((in_language(tell("Instructions for experts"), language), True))
        lines += [(f"{n}. {text}", False) for n, text in enumerate(tasks, 1)]
        lines += [*told[n_tasks:], ("", False)]
    return lines


def _task(panel: RatingPanel, least_ioc: float) -> Message:
    level = panel.level
    if panel.kind == "ioc":
        return tell(
            "Rate whether the item measures its criterion: +1 yes, 0 not sure, -1 no. The "
            "mean over experts is the index of item-objective congruence (IOC). Items "
            "below {least_ioc:.2f} are revised.",
            least_ioc=least_ioc,
        )
    if panel.kind == "angoff":
        if level is None:
            return tell(
                "Think of 100 minimally competent candidates. How many of them would "
                "answer the item correctly (0–100)? Judge what they would do, not what "
                "they should do."
            )
        return tell(
            "Think of 100 minimally competent candidates at level {level}. How many of "
            "them would answer the item correctly (0–100)? Judge what they would do, not "
            "what they should do.",
            level=level,
        )
    if level is None:
        return tell(
            "Think of one minimally competent candidate. Would this candidate answer the "
            "item correctly (yes / no)?"
        )
    return tell(
        "Think of one minimally competent candidate at level {level}. Would this candidate "
        "answer the item correctly (yes / no)?",
        level=level,
    )


def _levels(
    levels: Sequence[int], meanings: UnitLevels | None, language: Language
) -> Iterator[tuple[str, bool]]:
    """Yield the requirements of each level, from the unit or else from the framework."""
    if not levels:
        return
    heading = tell("Requirements of each level")
    if meanings is not None and meanings.is_draft:
        heading = tell("Requirements of each level (a draft by {by})", by=meanings.drafted_by)
    yield in_language(heading, language), True
    for level in levels:
        own = meanings.of(level) if meanings is not None else None
        asked = own.asked if own else descriptor(level).skills
        who = f" ({getattr(own.occupation, language)})" if own and own.occupation else ""
        yield f"{in_language(tell('Level {n}', n=level), language)}{who}: {getattr(asked, language)}", False
        if own is None:
            continue
        if own.adds:
            adds = in_language(tell("What this level adds"), language)
            yield f"    {adds}: {getattr(own.adds, language)}", False
        for example in own.examples:
            shown = in_language(tell("Example"), language)
            case, weighed = getattr(example.case, language), getattr(example.weighed, language)
            yield f"    {shown}: {case} → {weighed}", False
        for code, one in own.elements.items():
            yield f"    {code}: {getattr(one, language)}", False
