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


def forms_table(found: BuildFigures) -> tuple[list[str], list[list[str]]]:
    """Return the headings and rows of the table: what is required, and what each form has."""
    by_form = len(found.names) <= MOST_COLUMNS
    standard, others = quota_groups(found)
    rows = [row for group in (*others, *standard) for row in group.rows if row.asked != "–"]
    return (
        ["", tell("requested"), *(found.names if by_form else [_forms(len(found.names))])],
        [
            [row.name, row.asked, *([cell.text for cell in row.cells] if by_form else [row.range])]
            for row in (*rows, *measured_rows(found))
        ],
    )


def _forms(n: int) -> Message:
    return tell_n("{n:,} form", "{n:,} forms", n)


def notes(found: BuildFigures) -> Iterator[Message]:
    """Yield lines on shared items, exposure and key letters."""
    pairs, mean = found.sharing.pairs, found.sharing.mean
    if mean is None:
        yield tell("overlap: one form only")
    else:
        low, high = pairs[0][0], pairs[-1][0]
        shared = (
            tell_n("overlap: two forms share {n} item", "overlap: two forms share {n} items", low)
            if low == high
            else tell(
                "overlap: two forms share {low} to {high} items, {mean:.2f} on average",
                low=low,
                high=high,
                mean=mean,
            )
        )
        n = len(found.sharing.anchor)
        yield tell("{shared}, not counting an anchor of {n}", shared=shared, n=n) if n else shared
    uses = list(reversed(found.exposure.distribution))
    parts = [tell("{items:,} in {n:,}", items=items, n=n) for n, items in uses[:_MOST_USES]]
    yield tell(
        "exposure of {n:,} items, by number of forms: {parts}{more}",
        n=len(found.exposure.uses),
        parts=joined(parts),
        more=" …" if len(uses) > _MOST_USES else "",
    )
    if found.keys.letters:
        yield tell(
            "right answers: at most {run} times the same letter in a row, counts of "
            "letters differ by at most {spread}; the key does not affect the order",
            run=max(found.keys.longest_run, default=0),
            spread=max(found.keys.spread, default=0),
        )


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
