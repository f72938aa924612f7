"""Figures of a build → rows of its tables, as text: a value for each form, the range over the forms, and
what the blueprint requires. Also the demands that are not met, with their forms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from examgen.assembly.constraints import category_name, level_name, status_name
from examgen.assembly.figures import EXPECTED_SCORE, RELIABILITY
from examgen.assembly.measures import QUANTITY_NAMES
from examgen.core.models.figures import BuildFigures, Demand, Family, Known
from examgen.core.text.characters import THAI_LETTERS
from examgen.core.words import Message, tell
from examgen.rendering.plot import signed

FAMILIES = {
    "items": tell("The whole form"),
    "pilot": tell("Pilot items, unscored"),
    "unit": tell("Unit of competency"),
    "element": tell("Elements and criteria"),
    "criterion": tell("Elements and criteria"),
    "cognitive": tell("Category of behaviour"),
    "level": tell("Level of the items"),
    "status": tell("Status of the items"),
    "set": tell("Named sets of items"),
    "stimulus": tell("Shared stimuli"),
    "enemies": tell("Items that must not share a form"),
    "anchor": tell("Items that all forms share"),
}
"""Names of the kinds of demand."""
MOST_COLUMNS = 12
"""With more forms, a page shows the range in place of a column for each."""
_MOST_NAMED = 8


class FormCell(NamedTuple):
    """A value of one form."""

    text: str
    missed: bool


class FormRow(NamedTuple):
    """A line of a table, with a cell for each form and the range over them."""

    name: str
    """A code, or a message."""
    asked: str
    cells: tuple[FormCell, ...]
    range: str
    text: str = ""
    """The text of the criterion or element in the standard."""
    heading: bool = False
    code: str = ""

    @property
    def missed(self) -> bool:
        """Whether any form misses the demand."""
        return any(cell.missed for cell in self.cells)


class RowGroup(NamedTuple):
    """Rows under a common title."""

    title: Message
    rows: list[FormRow]


# ── texts ────────────────────────────────────────────────────────────────────────────────────

_DIGITS = {
    "facility": 3, "reading length": 1, "seconds": 1, "minutes": 1, "times used": 2, "reliability": 3,
    "score": 2, "information": 2, "standard error": 3,
}  # fmt: skip


def number(name: str, value: Known, more: int = 0) -> str:
    """Return a count, or a measured value with the number of digits that suits its name, plus `more`;
    proportions are shown in per cent."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    if name == "information off target":
        return f"{100 * value:.{2 + more}f} %"
    digits = more + next((d for word, d in _DIGITS.items() if word in name), 0)
    return signed(value, digits) if abs(value) < 1000 else f"{value:,.0f}"


def range_text(name: str, values: Sequence[Known]) -> str:
    """Return the range from the smallest to the largest value as text."""
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    low, high = number(name, min(known)), number(name, max(known))
    return low if low == high else f"{low}–{high}" if isinstance(known[0], int) else f"{low} – {high}"


def bounds_text(one: Demand) -> str:
    """Return the bounds of a demand as text: `5`, `≥ 0.85`, `≤ 3`, `0.45–0.55`; a dash if there are none."""
    low, high = one.least, one.greatest
    if not one.field:
        return "–"
    if low is None and high == 0:
        return "0"
    if low is None or high is None:
        ends = [("≥", low), ("≤", high)]
        text = " ".join(f"{sign} {_short(one.name, end)}" for sign, end in ends if end is not None) or "–"
    else:
        text = _short(one.name, low) if low == high else f"{_short(one.name, low)}–{_short(one.name, high)}"
    return f"0, {text}" if one.or_none and low else text


def _short(name: str, value: float) -> str:
    if name == "information off target":
        return f"{100 * value:g} %"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.10g}".replace("-", "−")


def shown_name(one: Demand) -> str:
    """Return the name of a kind of items, or of a value: a message, or a code."""
    if one.family == "cognitive":
        return category_name(one.name)
    if one.family == "status":
        return status_name(one.name)
    return level_name(int(one.name)) if one.family == "level" else one.name


def some(names: Sequence[str], most: int = _MOST_NAMED) -> str:
    """Return the first few names, and how many more there are."""
    more = f" +{len(names) - most:,}" if len(names) > most else ""
    return ", ".join(names[:most]) + more


# ── rows ─────────────────────────────────────────────────────────────────────────────────────


def quota_groups(found: BuildFigures) -> tuple[list[RowGroup], list[RowGroup]]:
    """Return the rows of the standard with its elements and criteria, and then groups for length, mixes, sets
    and the like."""
    standard = found.family("element", "criterion")
    units = found.family("unit")
    if len(units) > 1 or any(one.field for one in units):
        standard = [*units, *standard]
    families: tuple[tuple[Family, ...], ...] = (
        ("items", "pilot", "enemies"),
        ("cognitive",),
        ("level",),
        ("status",),
        ("set",),
        ("stimulus",),
    )
    groups = [
        RowGroup(
            FAMILIES[names[0]],
            [_row(one) for one in found.demands if one.family in names and (one.field or any(one.values))],
        )
        for names in families
    ]
    return [RowGroup(FAMILIES["criterion"], list(map(_row, standard)))], [one for one in groups if one.rows]


def _row(one: Demand) -> FormRow:
    """Return the row of a demand or a count."""
    return FormRow(
        shown_name(one),
        bounds_text(one),
        tuple(FormCell(number(one.name, value), n in one.missed) for n, value in enumerate(one.values)),
        range_text(one.name, one.values),
        one.text,
        one.family in ("unit", "element"),
        one.name if one.family in ("unit", "element", "criterion") else "",
    )


def design_rows(found: BuildFigures) -> list[FormRow]:
    """Return the requirements of the exam as a whole: forms, shared items, exposure, single items, and the
    anchor with its own quotas."""
    named = {one.name: shown_name(one) for one in found.demands if one.family != "anchor"}
    rows = []
    for one in [*found.family("measured"), *found.family("anchor")]:
        if not one.per_form:
            row, is_missed = _row(one), bool(one.missed)
            if one.family == "anchor" and one.name in named:
                row = row._replace(name=tell("{code} in the anchor", code=named[one.name]))
            rows.append(row._replace(cells=(FormCell(row.range, is_missed),), text=""))
    return rows


def measured_rows(found: BuildFigures) -> list[FormRow]:
    """Return the rows for quantities and statistics of the forms, followed by other demands on each form."""
    shown: dict[str, Sequence[Known]] = {}
    for one in found.measured:
        if one.name == "time_s":
            minutes = [None if total is None else total / 60 for total in one.total]
            shown[tell("expected time in minutes")] = minutes
        elif any(value is not None for value in one.mean):
            shown[tell("mean {quantity}", quantity=QUANTITY_NAMES[one.name])] = one.mean
    if found.information:
        shown[EXPECTED_SCORE] = found.information.expected_score
        shown[RELIABILITY] = found.information.reliability
    asked = [one for one in found.family("measured") if one.per_form]
    shown |= {one.name: one.values for one in asked if one.name not in shown}
    return [*(_value_row(asked, name, values) for name, values in shown.items()), *_points(found)]


def _value_row(demands: Sequence[Demand], name: str, values: Sequence[Known], asked: str = "–") -> FormRow:
    """Return the row of a value for each form, with the demand on it."""
    own = [one for one in demands if one.name == name]
    missed = {n for one in own for n in one.missed}
    cells = tuple(FormCell(number(name, value), n in missed) for n, value in enumerate(values))
    return FormRow(name, ", ".join(map(bounds_text, own)) or asked, cells, range_text(name, values))


def _points(found: BuildFigures) -> Iterator[FormRow]:
    """Yield the rows for information at each point of the target, or at five round values of θ."""
    shown = found.information
    if shown is None:
        return
    target = shown.target
    for t in sorted(target.at) if target else [-2.0, -1.0, 0.0, 1.0, 2.0]:
        asked, theta = "–", f"{t:g}".replace("-", "−")
        if target:
            k = target.at.index(t)
            values, value = [form[k] for form in target.values], target.asked[k] * target.level
            asked = f"{value:.2f}–{value * (1 + target.within):.2f}"
            if target.kind == "absolute":
                asked = f"{value:.2f} ± {100 * target.within:g} %"
        else:
            values = [curve[shown.grid.index(t)] for curve in shown.curves]
        yield _value_row((), tell("information at θ = {theta}", theta=theta), values, asked)


class KeyLine(NamedTuple):
    """The key counts of a form: right answers by letter, items with several right answers, the difference
    between the largest and smallest count, and the longest run."""

    form: str
    counts: tuple[str, ...]


def key_heads(found: BuildFigures, choices: str) -> list[str]:
    """Return the headings of the columns of keys."""
    thai = dict(zip("ABCDE", THAI_LETTERS, strict=True))
    letters = [thai[letter] if choices == "thai" else letter for letter in found.keys.letters]
    several = [tell("several right answers")] if any(found.keys.several) else []
    return [*letters, *several, tell("spread of key letters"), tell("longest run of a key letter")]


def key_lines(found: BuildFigures) -> list[KeyLine]:
    """Return a line of counts for each form or, for many forms, one with the range of each column. They
    contain no item's key."""
    keys, several = found.keys, any(found.keys.several)
    if not keys.letters:
        return []
    columns = [*zip(*keys.counts, strict=True), *([keys.several] if several else [])]
    columns += [keys.spread, keys.longest_run]
    if len(found.names) > MOST_COLUMNS:
        ends = tuple(range_text("", column) for column in columns)
        return [KeyLine(f"{len(found.names):,}", ends)]
    return [KeyLine(name, tuple(str(column[n]) for column in columns)) for n, name in enumerate(found.names)]


class Miss(NamedTuple):
    """A demand that is not met: its name, its bounds, and the values of the forms that miss it."""

    name: Message | str
    asked: str
    found: str


def misses(found: BuildFigures) -> list[Miss]:
    """Return all demands that are not met."""
    told: list[Miss] = []
    for one in found.missed:
        values = [_beyond(one, one.values[n]) for n in one.missed]
        name: Message | str = one.name
        if one.family != "measured":
            name = tell("{kind}: {name}", kind=FAMILIES[one.family], name=shown_name(one))
        where = ", ".join(dict.fromkeys(values))
        if one.per_form:
            pairs = zip(one.missed, values, strict=True)
            where = some([f"{found.names[n]} {value}".replace(" ", "\u00a0") for n, value in pairs])
        told.append(Miss(name, bounds_text(one), where))
    return told


def _beyond(one: Demand, value: Known) -> str:
    """Return a value with enough digits to show that it is out of bounds."""
    bounds = [bound for bound in (one.least, one.greatest) if bound is not None]
    for more in range(4):
        text = number(one.name, value, more)
        if all(text != number(one.name, bound, more) for bound in bounds):
            break
    return text
