"""Figures of a build → lines of text for the terminal: demands met and missed, and how parallel the forms
are."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from examgen.assembly.build_report.rows import (
    bilingual,
    demand_text,
    misses,
    number,
    some,
    thai_name,
    value_range,
    value_texts,
)
from examgen.core.models.figures import BuildFigures, Known
from examgen.core.words import Language, Message, in_language, joined, tell, tell_n

MOST_COLUMNS = 8
"""With more forms, the table shows a range instead of a column for each."""
MOST_CRITERIA = 24
"""If more criteria have equal counts in all forms, those that meet their demand are left out."""
_MOST_USES = 5
_FAMILIES = {"cognitive": "", "level": "level ", "status": "status ", "set": "set ", "pilot": ""}
_NAMES = {
    "mean reading_length": "mean reading length",
    "mean time_s": "mean time in seconds",
}
_APART = {
    "information at the points": "information at the points",
    "information from −2 to 2": "information from −2 to 2",
    "expected score": "expected score",
    "mean facility": "facility",
    "mean reading_length": "reading length",
    "items of a criterion": "items of a criterion",
    "items of a cognitive": "items of a category",
}


def report_lines(found: BuildFigures, language: Language = "en") -> list[str]:
    """Return the verdict, a line for each demand that is not met, the table of the forms, and lines on
    differences between forms, shared items, exposure and key letters."""
    uses = list(reversed(found.exposure.distribution))
    parts = joined(tell("{items:,} in {n:,}", items=items, n=n) for n, items in uses[:_MOST_USES])
    run, spread = max(found.keys.longest_run, default=0), max(found.keys.spread, default=0)
    # `information 0.41 % (A < D), facility 0.003 (B < A)`.
    apart: list[str] = []
    for one in found.differences:
        if one.name in _APART:
            by_share = one.share is not None and one.name.startswith(("information", "mean reading"))
            size = f"{100 * (one.share or 0):.2f} %" if by_share else number(one.name, one.value)
            what = bilingual(one.name).th if language == "th" else _APART[one.name]
            apart.append(f"{what} {size}" + (f" ({one.low} < {one.high})" if one.value else ""))
    told = [
        *([tell("parallel within {told}", told=joined(apart))] if apart else []),
        _shared(found),
        tell(
            "exposure of {n:,} items, by number of forms: {parts}{more}",
            n=len(found.exposure.uses),
            parts=parts,
            more=some([""] * max(0, len(uses) - _MOST_USES), 0),
        ),
    ]
    if found.keys.letters:
        told.append(
            tell(
                "right answers: at most {run} times the same letter in a row, counts of "
                "letters differ by at most {spread}; the key does not affect the order",
                run=run,
                spread=spread,
            )
        )
    # Demanded counts and the measures of the forms: a column for each form, or a range.
    n_forms = tell_n("{n:,} form", "{n:,} forms", len(found.names))
    heads = found.names if len(found.names) <= MOST_COLUMNS else (n_forms,)
    means = [(f"mean {one.name}", one.mean) for one in found.measured if one.name != "times_used"]
    shown: list[tuple[str, Sequence[Known]]] = [
        (name, values) for name, values in means if any(value is not None for value in values)
    ]
    if found.information:
        shown.append(("expected score", found.information.expected_score))
        shown.append(("marginal reliability", found.information.reliability))
    names = {name: bilingual(name).th if language == "th" else _NAMES.get(name, name) for name, _ in shown}
    said = [
        ["", tell("requested"), *heads],
        *_counts(found, language),
        *[[names[name], "", *_cells(found, name, values)] for name, values in shown],
    ]
    rows = [[in_language(cell, language) for cell in row] for row in said]
    widths = [max(_width(row[n]) for row in rows) for n in range(len(rows[0]))]
    return [
        in_language(verdict(found), language),
        *miss_lines(found, language),
        *[
            "  ".join(
                [
                    first + " " * (widths[0] - _width(first)),
                    *(
                        " " * (most - _width(cell)) + cell
                        for cell, most in zip(cells, widths[1:], strict=True)
                    ),
                ]
            ).rstrip()
            for first, *cells in rows
        ],
        *(in_language(one, language) for one in told),
    ]


def miss_lines(found: BuildFigures, language: Language = "en") -> list[str]:
    """Return a line for each demand that is not met."""
    return [
        in_language(
            tell(
                "  not as requested: {what} (requested {asked}, found {found})",
                what=miss.name.th if language == "th" else miss.code,
                asked=miss.asked,
                found=miss.found.replace("\u00a0", " "),
            ),
            language,
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


def verdict(found: BuildFigures) -> Message:
    """Return the first line: `33 of 33 requirements met, counted again from the forms`."""
    n = len(found.asked)
    return tell("{met} of {n} requirements met, counted again from the forms", met=n - len(found.missed), n=n)


# ── the table ────────────────────────────────────────────────────────────────────────────────


def _width(text: str) -> int:
    """Return the width of a text in terminal columns; marks above and below a letter take none."""
    return sum(unicodedata.category(char) != "Mn" for char in text)


def _counts(found: BuildFigures, language: Language) -> list[list[str]]:
    asked = [
        one for one in found.tallies if one.field and one.family not in ("anchor", "stimulus", "enemies")
    ]
    alike = [one for one in asked if one.family == "criterion" and len(set(one.counts)) == 1]
    if len(alike) <= MOST_CRITERIA:
        alike = []
    rows: list[list[str]] = []
    for one in asked:
        if one not in alike or one.missed:
            english = f"{_FAMILIES.get(one.family, '')}{one.name}"
            name = thai_name(one.family, one.name) if language == "th" else english
            rows.append([name, demand_text(one), *_cells(found, "", one.counts)])
    left_out = tell("({n} criteria, the same in all forms)", n=len(alike))
    return [*rows, [left_out, *[""] * (len(rows[0]) - 1)]] if alike else rows


def _cells(found: BuildFigures, name: str, values: Sequence[Known]) -> list[str]:
    """Return a text for each form, or the range if there are many forms."""
    return value_texts(name, values) if len(found.names) <= MOST_COLUMNS else [value_range(name, values)]


# ── sentences ────────────────────────────────────────────────────────────────────────────────


def _shared(found: BuildFigures) -> Message:
    """Return the line on overlap: `overlap: two forms share 0 to 3 items, 1.20 on average, not counting an
    anchor of 10`."""
    pairs, mean = found.sharing.pairs, found.sharing.mean
    if mean is None:
        return tell("overlap: one form only")
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
    if not found.sharing.anchor:
        return shared
    return tell("{shared}, not counting an anchor of {n}", shared=shared, n=len(found.sharing.anchor))
