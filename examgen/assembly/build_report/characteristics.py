"""Operating characteristics of an exam → tables and sentences on how reliable its decisions will be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from examgen.assembly.build_report.rows import some
from examgen.core.models.figures import (
    MOST_FORMS,
    MOST_LENGTH,
    TRUE_PERCENTS,
    Chances,
    Characteristics,
    CriteriaKind,
    Length,
)
from examgen.core.uncertainty import AROUND, wrong_statuses
from examgen.core.words import Message, option, tell, tell_n

_MOST_CODES = 8
_MOST_LINES = 60
"""The maximum number of lines in the table of the page."""


class CharacteristicsRow(NamedTuple):
    """A line of a table: the decision, where it applies, and its percentage at each true share and for a
    guesser."""

    name: Message
    where: str
    cells: tuple[str, ...]


class CharacteristicsTable(NamedTuple):
    """A table with the headings of its cells, and sentences that explain it."""

    heads: tuple[Message, ...]
    lines: tuple[CharacteristicsRow, ...]
    sentences: tuple[Message, ...]
    assumed: tuple[Message, ...]


def shown_characteristics(found: Characteristics) -> CharacteristicsTable:
    """Return the full table for the page."""
    lines = _of_kinds(found)
    for met in found.criteria_met:
        name = tell_n(
            "at least one of the {n} judged criterion met",
            "at least one of the {n} judged criteria met",
            met.judged,
        )
        lines.append(CharacteristicsRow(name, _on(found, met.forms), percents(met.any, 1)))
    for passed in found.passed:
        where = _on(found, passed.forms)
        lines.append(CharacteristicsRow(tell("passes"), where, percents(passed.chances, 1)))
    if len(lines) > _MOST_LINES:
        more = tell("({n} more in {json})", n=len(lines) - _MOST_LINES, json=option("json"))
        lines[_MOST_LINES:] = [CharacteristicsRow(more, "", ("",) * len(heads()))]
    return _table(found, lines)


def _of_kinds(found: Characteristics) -> list[CharacteristicsRow]:
    """Return lines on how often each kind of criterion is met and, if certainty is required, left
    undecided."""
    lines = []
    for one in found.kinds:
        where = some(one.places, _MOST_CODES)
        lines.append(CharacteristicsRow(_name(one), where, percents(one.met, 1)))
        if found.certainty is not None:
            lines.append(CharacteristicsRow(tell("undecided"), "", percents(one.undecided, 1)))
    return lines


def _table(found: Characteristics, lines: Sequence[CharacteristicsRow]) -> CharacteristicsTable:
    return CharacteristicsTable(heads(), tuple(lines), tuple(sentences(found)), tuple(assumed(found)))


def heads() -> tuple[Message, ...]:
    """Return the headings after the first column."""
    return (*(tell("{percent} %", percent=percent) for percent in TRUE_PERCENTS), tell("guesser"))


def percents(chances: Chances, decimals: int = 0) -> tuple[str, ...]:
    """Return the probabilities in per cent."""
    return tuple(percent_text(one, decimals) for one in (*chances.at, chances.guesser))


def percent_text(chance: float, decimals: int = 0) -> str:
    """Return a probability in per cent. A value that is not exactly 0 or 100 is never shown as such."""
    step = 10.0**-decimals
    if 1e-12 < chance < step / 200:
        return f"< {step:g}"
    if 1e-12 < 1 - chance < step / 200:
        return f"> {100 - step:.{decimals}f}"
    return f"{100 * chance:.{decimals}f}"


# ── the table of the page ────────────────────────────────────────────────────────────────────


def _name(one: CriteriaKind) -> Message:
    """Return the name of a kind of criterion: `8 criteria of 5 items, met from 3 points`."""
    n = len(one.places)
    places = {
        "criterion": tell_n("{n} criterion", "{n} criteria", n),
        "element": tell_n("{n} element", "{n} elements", n),
        "unit": tell_n("{n} unit", "{n} units", n),
    }[one.level]
    if one.met_from is None:
        return tell("{places} of {items} items, never met", places=places, items=one.n_items)
    n_points = 1 if one.met_from == "1" else 2  # 1.5 points
    points = tell_n("{points} point", "{points} points", n_points, points=one.met_from)
    return tell(
        "{places} of {items} items, met from {points}", places=places, items=one.n_items, points=points
    )


def _on(found: Characteristics, forms: Sequence[str]) -> str:
    """Return the names of the forms, or nothing if all forms are alike."""
    return some(forms, _MOST_CODES) if len(found.criteria_met) > 1 or len(found.passed) > 1 else ""


# ── sentences ────────────────────────────────────────────────────────────────────────────────


def sentences(found: Characteristics) -> Iterator[Message]:
    """Yield sentences that explain the figures: the usual criterion, a guesser, and the number of items
    needed."""
    usual = usual_kind(found)
    if usual and usual.met_from is not None:
        yield tell(
            "With {items} items and {points} of {most} points required, a candidate with a "
            "true share of {below} % meets the criterion in {met} of 100 sittings, and a "
            "candidate with a true share of {above} % does not meet it in {missed} of 100.",
            items=usual.n_items,
            points=usual.met_from,
            most=usual.points,
            below=short(usual.below),
            above=short(usual.above),
            met=percent_text(usual.false_met),
            missed=percent_text(usual.false_not_met),
        )
    if usual and found.certainty is not None:
        if usual.met_from is None:
            yield tell(
                "{items} items cannot show with {certainty} % certainty that a criterion "
                "is met, even if all answers are right. Use more items, or require less "
                "certainty.",
                items=usual.n_items,
                certainty=short(found.certainty),
            )
        yield tell(
            "If {certainty} % certainty is required, {items} items leave candidates with a "
            "true share of {percents} % undecided in {shares} of 100 sittings.",
            certainty=short(found.certainty),
            items=usual.n_items,
            shares=", ".join(percents(usual.undecided)[:-1]),
            percents=", ".join(map(str, TRUE_PERCENTS)),
        )
    elif (
        usual
        and usual.met_from is not None
        and (not (found.penalty or found.parts) and usual.points == str(usual.n_items))
    ):
        standard = float(usual.percent) / 100
        wrong = wrong_statuses(usual.n_items, int(usual.met_from), standard)
        yield tell(
            "Results from {items} items are wrong for about {share} of 100 candidates "
            "whose true shares are spread evenly within {around} points of the standard. "
            "Every report with such results calls them indications. If the blueprint "
            "requires certainty, uncertain results are withheld.",
            items=usual.n_items,
            share=round(100 * wrong),
            around=round(100 * AROUND),
        )
    if found.criteria_met:
        judged = sorted({one.judged for one in found.criteria_met})
        met = sorted(one.any.guesser for one in found.criteria_met)
        low, high = percent_text(met[0]), percent_text(met[-1])
        yield tell_n(
            "A candidate who only guesses meets at least one of the {judged} judged "
            "criterion in {share} % of sittings.",
            "A candidate who only guesses meets at least one of the {judged} judged "
            "criteria in {share} % of sittings.",
            judged[-1],
            judged=_range(judged[0], judged[-1]),
            share=_range(low, high),
        )
    for one in found.needed:
        people = {"below": short(one.below), "above": short(one.above), "percent": short(one.percent)}
        if one.both.least is None or one.both.always is None:
            yield tell(
                "Up to {most} items, no criterion with a standard of {percent} % keeps "
                "wrong results to {error} of 100 sittings, both for candidates at {below} "
                "% (wrongly met) and at {above} % (wrongly not met).",
                most=MOST_LENGTH,
                error=short(one.error),
                **people,
            )
        else:
            yield tell(
                "To have at most {error} of 100 results wrong for candidates at {below} % "
                "(wrongly met) and at {above} % (wrongly not met), a criterion with a "
                "standard of {percent} % needs {least}.",
                least=_items(one.both),
                error=short(one.error),
                **people,
            )
        if one.decided is not None:
            yield tell(
                "To have at most {undecided} of 100 results undecided for candidates at "
                "{below} % and at {above} %, a criterion with a standard of {percent} % "
                "needs {least}.",
                undecided=short(one.undecided),
                least=_items(one.decided),
                **people,
            )
    if found.unlike > MOST_FORMS:
        yield tell(
            "{n} forms differ in items, options or right answers per criterion. Only the "
            "first {most} are shown.",
            n=found.unlike,
            most=MOST_FORMS,
        )
    if found.pass_unknown:
        yield tell(
            "The chance of meeting the pass rule is not shown, because there are "
            "too many points to compute it."
        )


def certainty(found: Characteristics) -> Message | None:
    """Return a line on how many results by criterion are wrong near the standard; None if unknown."""
    kinds = [one for one in found.kinds if one.level == "criterion" and one.met_from is not None]
    if found.certainty is not None:
        return tell("criterion results that are not {certainty} % certain stay undecided",
                    certainty=short(found.certainty))  # fmt: skip
    if not kinds or found.penalty or found.parts or any(one.points != str(one.n_items) for one in kinds):
        return None
    wrong = [
        round(100 * wrong_statuses(one.n_items, int(one.met_from or 0), float(one.percent) / 100))
        for one in kinds
    ]
    lengths = [one.n_items for one in kinds]
    return tell_n(
        "with {n} item per criterion, about {share} of 100 criterion results near the standard are wrong",
        "with {items} items per criterion, about {share} of 100 criterion results near "
        "the standard are wrong",
        max(lengths),
        items=_range(min(lengths), max(lengths)),
        share=_range(min(wrong), max(wrong)),
    )


def usual_kind(found: Characteristics) -> CriteriaKind | None:
    """Return the most frequent kind of criterion; if several are, the one with the fewest items."""
    criteria = [one for one in found.kinds if one.level == "criterion"]
    return min(criteria, key=lambda one: (-len(one.places), one.n_items), default=None)


def _range(low: object, high: object) -> str:
    return str(low) if low == high else f"{low}–{high}"


def _items(length: Length) -> Message:
    if length.least is None or length.always is None:
        return tell("more than {n} items", n=MOST_LENGTH)
    if length.least == length.always:
        return tell_n("{n} item or more", "{n} items or more", length.least)
    runs: list[list[int]] = []
    for n in (length.least, *length.between):
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    known = ", ".join(_range(one[0], one[-1]) for one in runs)
    return tell("{n} items, or any number from {always}", n=known, always=length.always)


def short(value: Decimal) -> str:
    """Return a percentage in its shortest form: 60, 62.5."""
    return f"{value.normalize():f}"


def assumed(found: Characteristics) -> Iterator[Message]:
    """Yield the assumptions behind the figures."""
    yield tell(
        "Computed only from the rule and the forms (binomial model). It assumes that all "
        "items are equally hard for a person, answers are independent, no answer is blank, "
        "and the true share is the same in all criteria. A guesser marks at random."
    )
    if found.penalty:
        yield tell(
            "Wrong answers cost points, so the true share is what a person earns on "
            "average after these deductions."
        )
    if found.parts:
        yield tell(
            "For items scored in parts, each option is judged separately with the same "
            "chance. A guesser marks as many options as are right."
        )
    elif found.several:
        yield tell("For items that require all right options, a guesser marks as many options as are right.")
