"""Figures of a build → lines for the terminal: demands that are missed, and a summary."""

from __future__ import annotations

from collections.abc import Iterator

from examgen.assembly.build_report.rows import misses
from examgen.core.models.figures import BuildFigures
from examgen.core.words import Message, tell, tell_n


def miss_lines(found: BuildFigures) -> list[Message]:
    """Return a line for each demand that is not met."""
    return [
        tell(
            "  not as requested: {what} (requested {asked}, found {found})",
            what=miss.name,
            asked=miss.asked,
            found=miss.found.replace("\u00a0", " "),
        )
        for miss in misses(found)
    ]


def in_short(found: BuildFigures) -> Iterator[Message]:
    """Yield a summary of shared items, reading length and expected minutes of the forms."""
    pairs, mean = found.sharing.pairs, found.sharing.mean
    if mean is not None:
        low, high = pairs[0][0], pairs[-1][0]
        most = tell_n("{n} item", "{n} items", high)
        yield (
            tell("forms share {items}", items=most)
            if low == high
            else tell("forms share {low} to {items}", low=low, items=most)
        )
    means = {one.name: [value for value in one.mean if value is not None] for one in found.measured}
    if lengths := means.get("reading_length"):
        low_length, high_length = round(min(lengths)), round(max(lengths))
        yield (
            tell("questions of {n} characters on average", n=low_length)
            if low_length == high_length
            else tell("questions of {low}–{high} characters on average", low=low_length, high=high_length)
        )
    totals = next((one.total for one in found.measured if one.name == "time_s"), ())
    if totals and None not in totals:
        minutes = round(max(total for total in totals if total is not None) / 60)
        yield tell_n("about {n} minute", "about {n} minutes", minutes)
