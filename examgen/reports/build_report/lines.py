"""Figures of a build → lines of plain text for the terminal: what was asked and met, and how parallel."""

from __future__ import annotations

from collections.abc import Sequence

from examgen.models.figures import SERIES, BuildFigures, Difference, Known
from examgen.reports.build_report.rows import asked_count, misses, number, rounded_up, some

MOST_COLUMNS = 8
"""More forms than these are shown as a range."""
MOST_CRITERIA = 24
"""More criteria than these are shown only where they differ or are not as asked."""
_FAMILIES = {"cognitive": "", "level": "level ", "status": "status ", "set": "set ", "pilot": ""}
_NAMES = {
    "mean reading_length": "mean reading length",
    "mean time_s": "mean time in seconds",
    "mean age_days": "mean age in days",
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


def lines(found: BuildFigures) -> list[str]:
    """The verdict, what each form holds and measures, how far forms lie apart, shared items, key letters."""
    return [
        verdict(found),
        *(
            f"  not as asked: {one.code}: asked {one.asked}, found {_spaced(one.found)}"
            for one in misses(found)
        ),
        *_table(found),
        *_parallel(found),
        _shared(found),
        _exposed(found),
        _keys(found),
    ]


def _spaced(text: str) -> str:
    return text.replace("\u00a0", " ")


def verdict(found: BuildFigures) -> str:
    """`33 of 33 demands met, counted anew from the forms`."""
    n = len(found.asked)
    return f"{n - len(found.missed)} of {n} demands met, counted anew from the forms"


# ── the table ────────────────────────────────────────────────────────────────────────────────


def _table(found: BuildFigures) -> list[str]:
    """Every count that is asked and the measures of the forms, a column for each form or the range."""
    heads = found.names if len(found.names) <= MOST_COLUMNS else (f"{len(found.names):,} forms",)
    rows = [["", "asked", *heads], *_counts(found), *_measures(found)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return [
        "  ".join(c.rjust(w) if n else c.ljust(w) for n, (c, w) in enumerate(pairs)).rstrip()
        for pairs in (list(zip(row, widths, strict=True)) for row in rows)
    ]


def _counts(found: BuildFigures) -> list[list[str]]:
    asked = [
        one for one in found.tallies if one.field and one.family not in ("anchor", "stimulus", "enemies")
    ]
    alike = [one for one in asked if one.family == "criterion" and len(set(one.counts)) == 1]
    if len(alike) <= MOST_CRITERIA:
        alike = []
    rows = [
        [f"{_FAMILIES.get(one.family, '')}{one.name}", asked_count(one), *_cells(found, "", one.counts)]
        for one in asked
        if one not in alike or one.missed
    ]
    left_out = f"({len(alike)} criteria, each alike in all forms)"
    return [*rows, [left_out, *[""] * (len(rows[0]) - 1)]] if alike else rows


def _measures(found: BuildFigures) -> list[list[str]]:
    means = [(f"mean {one.name}", one.mean) for one in found.measured if one.name != "times_used"]
    shown: list[tuple[str, Sequence[Known]]] = [
        (name, values) for name, values in means if any(value is not None for value in values)
    ]
    if found.information:
        shown.append(("expected score", found.information.expected_score))
        shown.append(("marginal reliability", found.information.reliability))
    return [[_NAMES.get(name, name), "", *_cells(found, name, values)] for name, values in shown]


def _cells(found: BuildFigures, name: str, values: Sequence[Known]) -> list[str]:
    texts = ["–" if value is None else number(name, value) for value in values]
    if len(found.names) <= MOST_COLUMNS:
        return texts
    known = [value for value in values if value is not None]
    if not known:
        return ["–"]
    low, high = number(name, min(known)), number(name, max(known))
    return [low if low == high else f"{low} – {high}"]


# ── sentences ────────────────────────────────────────────────────────────────────────────────


def _parallel(found: BuildFigures) -> list[str]:
    """`parallel within: information 0.41 % (A < D), facility 0.003 (B < A)`."""
    told = [_apart(one) for one in found.differences if one.name in _APART]
    return ["parallel within: " + ", ".join(told)] if told else []


def _apart(one: Difference) -> str:
    by_share = one.share is not None and one.name.startswith(("information", "mean reading"))
    size = f"{100 * (one.share or 0):.2f} %" if by_share else number(one.name, one.value)
    forms = f" ({one.low} < {one.high})" if one.value else ""
    return f"{_APART[one.name]} {size}{forms}"


def _shared(found: BuildFigures) -> str:
    """`overlap: two forms share 0 to 3 items, 1.2 on average, beside an anchor of 10`."""
    pairs, mean = found.sharing.pairs, found.sharing.mean
    if mean is None:
        return "overlap: one form only"
    low, high = pairs[0][0], pairs[-1][0]
    text = f"{low}" if low == high else f"{low} to {high}"
    average = "" if low == high else f", {mean:.2f} on average"
    anchor = f", beside an anchor of {len(found.sharing.anchor)}" if found.sharing.anchor else ""
    return f"overlap: two forms share {text} items{average}{anchor}"


def _exposed(found: BuildFigures) -> str:
    """`exposure: 226 items: 10 in 4 forms, 216 in 1`."""
    parts = [f"{items:,} in {n:,}" for n, items in reversed(found.exposure.distribution)]
    return f"exposure: {len(found.exposure.uses):,} items by forms that hold them: {some(parts, 5)}"


def _keys(found: BuildFigures) -> str:
    """`right answers: one letter at most 5 times running, …; orders tell at most 0.0004 bit of a form's key`.

    No counts of letters, which belong into the secure folder.
    """
    run, spread = max(found.keys.longest_run, default=0), max(found.keys.spread, default=0)
    return (
        f"right answers: one letter at most {run} times running, counts of letters at most {spread} apart; "
        f"{_bits(found.keys.most_bits)}"
    )


def _bits(most: float) -> str:
    """What the orders that are printed may tell of the key."""
    if not most:
        return "the printed orders tell nothing of the key"
    return (
        f"the printed orders of a form tell at most {rounded_up(most)} bits of its key, those of {SERIES} "
        f"forms {rounded_up(SERIES * most)}"
    )
