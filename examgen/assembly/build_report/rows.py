"""Figures of a build → rows of its tables, as text: a column for each form or, for many forms, the range.
Also the names of the figures in Thai and English, and the demands that are not met, with their forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from examgen.core.models.field_types import Bilingual
from examgen.core.models.figures import BuildFigures, Demand, Known, Tally
from examgen.core.text.characters import THAI_LETTERS
from examgen.core.text.thai import kind_th
from examgen.core.words import Pair, noted, tell
from examgen.rendering.chart import strip
from examgen.rendering.plot import signed

FAMILIES = {
    "items": (noted("The whole form"), "The whole form"),
    "pilot": (noted("Pilot items, unscored"), "Pilot items, unscored"),
    "unit": (noted("Unit of competency"), "Unit"),
    "element": (noted("Elements and criteria"), "Elements and criteria"),
    "criterion": (noted("Elements and criteria"), "Elements and criteria"),
    "cognitive": (noted("Category of behaviour"), "Category"),
    "level": (noted("Level of the items"), "Level"),
    "status": (noted("Status of the items"), "Status"),
    "set": (noted("Named sets of items"), "Named sets"),
    "stimulus": (noted("Shared stimuli"), "Stimuli"),
    "enemies": (noted("Items that must not share a form"), "Enemies"),
    "anchor": (noted("Items that all forms share"), "Anchor"),
}
"""Names of the kinds of demand: the full name for Thai, and a short English name for a narrow column."""
_NAMES = {
    noted("scored items"): "scored",
    noted("pilot items"): "pilot",
    noted("enemy pairs"): "enemies",
    noted("stimuli used"): "stimuli used",
    noted("items of the anchor"): "anchor",
    noted("spread of facility"): "spread of facility",
    noted("expected time in minutes"): "minutes",
    noted("information off target"): "off target, at most",
    noted("marginal reliability"): "reliability",
    noted("expected score"): "expected score",
    noted("forms"): "forms",
    noted("shared items"): "shared",
    noted("anchor items that a form lacks"): "lacking",
    noted("forms that hold an item"): "forms that hold an item",
    noted("share of forms that hold an item"): "share of forms that hold an item",
    noted("longest run of a key letter"): "longest run",
    noted("spread of key letters"): "spread",
    noted("several right answers"): "several",
    noted("information at the points"): "at the points",
    noted("information from −2 to 2"): "information",
    noted("characteristic curve"): "expected score",
    noted("items of a criterion"): "criterion",
    noted("items of a cognitive"): "category",
    noted("mean facility"): "facility",
    noted("mean reading_length"): "length",
    noted("mean time_s"): "seconds",
    noted("mean times_used"): "times used",
    noted("sum facility"): "facility, sum",
    noted("sum reading_length"): "length, sum",
    noted("sum time_s"): "seconds, sum",
    noted("sum times_used"): "times used, sum",
    noted("each facility"): "facility, each",
    noted("each reading_length"): "length, each",
    noted("each time_s"): "seconds, each",
    noted("each times_used"): "times used, each",
}
"""Short English names of figures and demands for a narrow column; their Thai names are in the catalogue."""
_ERROR = "standard error at "


def bilingual(name: str) -> Pair:
    """Return the name of a figure or a demand in both languages; an unknown name is returned unchanged."""
    if name.startswith(_ERROR):
        said = tell("SEM at {theta}", theta=name.removeprefix(_ERROR))
        return Bilingual(th=said.th, en="standard error")
    return Bilingual(th=_thai(name), en=_NAMES.get(name, name))


def _thai(name: str) -> str:
    if name == "information":
        return tell("information from −4 to 4").th
    return tell(name).th if name in _NAMES else name


def thai_name(family: str, name: str) -> str:
    """Return a kind of item in Thai; a code or a number is returned unchanged."""
    if family in ("cognitive", "status"):
        return kind_th(name)
    return tell("level {name}", name=name).th if family == "level" else _thai(name)


MOST_COLUMNS = 12
"""With more forms, rows show a range and name the forms that differ."""
_MOST_NAMED = 8
_ROOMY = 6
"""Up to this number of forms, a column has room for a second number in brackets."""


class FormCell(NamedTuple):
    """A value of one form."""

    text: str
    missed: bool


class FormRow(NamedTuple):
    """A line of a table. With many forms, `cells` is empty and `range` is filled."""

    name: Pair
    asked: str
    cells: tuple[FormCell, ...]
    missed: bool
    range: str = ""
    apart: str = ""
    """The forms that differ from most."""
    text: str = ""
    """The text of the criterion or element in the standard."""
    strip: str = ""
    heading: bool = False
    code: str = ""


class RowGroup(NamedTuple):
    """Rows under a common title."""

    title: Pair
    rows: list[FormRow]


# ── counts ───────────────────────────────────────────────────────────────────────────────────


def quota_groups(found: BuildFigures) -> tuple[list[RowGroup], list[RowGroup]]:
    """Return the rows of the standard with its elements and criteria, and then groups for length, mixes, sets
    and the like."""
    top = _top(found.family("element", "criterion"))
    standard = [_tally(found, one, top) for one in found.family("element", "criterion")]
    units = found.family("unit")
    if len(units) > 1 or any(one.field for one in units):
        standard = [*(_tally(found, one, top) for one in units), *standard]
    whole = _group(found, ("items", "pilot", "enemies"), "items")
    stimuli = found.family("stimulus")
    if stimuli:
        # The number of stimuli that each form uses, and each stimulus that misses its demand.
        counts = tuple(
            sum(n > 0 for n in form) for form in zip(*(one.counts for one in stimuli), strict=True)
        )
        row = _tally(found, Tally("stimulus", "stimuli used", "", counts), 1)._replace(strip="")
        whole.rows.extend([row, *(_tally(found, one, _top([one])) for one in stimuli if one.missed)])
    others = [whole, *(_group(found, (name,), name) for name in ("cognitive", "level", "status", "set"))]
    return [RowGroup(_title("criterion"), standard)], [group for group in others if group.rows]


def _title(family: str) -> Pair:
    whole, en = FAMILIES[family]
    return Bilingual(th=tell(whole).th, en=en)


def _group(found: BuildFigures, families: Sequence[str], title: str) -> RowGroup:
    tallies = [one for one in found.tallies if one.family in families]
    shown = [one for one in tallies if one.field or any(one.counts)]
    return RowGroup(_title(title), [_tally(found, one, _top(tallies)) for one in shown])


def _top(tallies: Iterable[Tally]) -> int:
    return max((n for one in tallies for n in (*one.counts, one.least, one.greatest or 0)), default=1)


def _tally(found: BuildFigures, one: Tally, top: int) -> FormRow:
    en = f"level {one.name}" if one.family == "level" else bilingual(one.name).en
    row = _row(
        found,
        Bilingual(th=thai_name(one.family, one.name), en=en),
        demand_text(one),
        [str(n) for n in one.counts],
        set(one.missed),
        _range(one.counts),
        _apart(found.names, one.counts),
    )
    return row._replace(
        text=one.text,
        strip=strip(one, top),
        heading=one.family in ("unit", "element"),
        code=one.name if one.family in ("unit", "element", "criterion") else "",
    )


def _row(
    found: BuildFigures,
    name: Pair,
    asked: str,
    texts: Sequence[str],
    missed: set[int],
    span: str,
    apart: str,
) -> FormRow:
    """Return a row with a cell for each form or, for many forms, with the range and the forms that differ."""
    if len(found.names) > MOST_COLUMNS:
        return FormRow(name, asked, (), bool(missed), span, apart)
    return FormRow(
        name, asked, tuple(FormCell(text, n in missed) for n, text in enumerate(texts)), bool(missed)
    )


def demand_text(one: Tally) -> str:
    """Return the bounds of a demand on counts as text: `5`, `≥ 5`, `≤ 12`, `5–7`; a dash if there are
    none."""
    if not one.field:
        return "–"
    if one.greatest is None:
        text = f"≥ {one.least}" if one.least else "–"
    elif one.least == one.greatest:
        text = str(one.least)
    else:
        text = f"{one.least}–{one.greatest}" if one.least else f"≤ {one.greatest}"
    return f"0, {text}" if one.or_none and one.least else text


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"


def _apart(names: Sequence[str], counts: Sequence[int]) -> str:
    """Return the forms whose count differs from that of most, as in `3: D, K`."""
    usual, n = Counter(counts).most_common(1)[0]
    if n == len(counts):
        return ""
    if len(set(counts)) > 4:
        return _ends(names, counts)
    words = []
    for value in sorted(set(counts) - {usual}):
        who = [name for name, count in zip(names, counts, strict=True) if count == value]
        words.append(f"{value}: {some(who)}")
    return "; ".join(words)


def some(names: Sequence[str], most: int = _MOST_NAMED) -> str:
    """Return the first few names, and how many more there are."""
    more = f" +{len(names) - most:,}" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def anchor_rows(found: BuildFigures) -> list[FormRow]:
    """Return the rows for the anchor's own quotas, with one count for all forms."""
    rows = []
    for one in found.family("anchor"):
        family = next((tally.family for tally in found.tallies if tally.name == one.name), "anchor")
        en = bilingual(one.name).en
        name = Bilingual(
            th=thai_name(family, one.name),
            en=en if one.name == "items of the anchor" else f"{en} in the anchor",
        )
        cell = FormCell(str(one.counts[0]), bool(one.missed))
        rows.append(FormRow(name, demand_text(one), (cell,), bool(one.missed), text=one.text))
    return rows


# ── measured values ──────────────────────────────────────────────────────────────────────────

_DIGITS = {
    "facility": 3, "reading_length": 1, "time_s": 1, "times_used": 2, "reliability": 3,
    "minutes": 1, "score": 2, "information": 2, "characteristic": 2, "standard error": 3,
}  # fmt: skip


def number(name: str, value: float, more: int = 0) -> str:
    """Return a value with the number of digits that suits its name, plus `more`; proportions are shown in per
    cent."""
    if name in ("information off target", "share of forms that hold an item"):
        return f"{100 * value:.{2 + more}f} %"
    digits = more + next((d for word, d in _DIGITS.items() if word in name), 0)
    return signed(value, digits) if abs(value) < 1000 else f"{value:,.0f}"


def demand_value_text(one: Demand) -> str:
    """Return the bounds of a demand as text: `≥ 0.85`, `≤ 3`, `0.45–0.55`, `2`."""
    low, high = one.least, one.greatest
    if low is None and high == 0:
        return "0"
    if low is None or high is None:
        bounds = [("≥", low), ("≤", high)]
        return " ".join(f"{sign} {_short(one.name, v)}" for sign, v in bounds if v is not None) or "–"
    if low == high:
        return _short(one.name, low)
    return f"{_short(one.name, low)}–{_short(one.name, high)}"


def _short(name: str, value: float) -> str:
    if name in ("information off target", "share of forms that hold an item"):
        return f"{100 * value:g} %"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.10g}".replace("-", "−")


def value_row(found: BuildFigures, name: str, values: Sequence[Known], label: Pair | None = None) -> FormRow:
    """Return the row of a value for each form, with the demand on it."""
    demands = [one for one in found.demands if one.name == name and one.per_form]
    return _row(
        found,
        label or bilingual(name),
        ", ".join(demand_value_text(one) for one in demands) or "–",
        value_texts(name, values),
        {n for one in demands for n in one.missed},
        value_range(name, values),
        _ends(found.names, values),
    )


def value_texts(name: str, values: Sequence[Known]) -> list[str]:
    """Return each value as text."""
    return ["–" if value is None else number(name, value) for value in values]


def value_range(name: str, values: Sequence[Known]) -> str:
    """Return the range from the smallest to the largest value as text."""
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    low, high = number(name, min(known)), number(name, max(known))
    return low if low == high else f"{low} – {high}"


def _ends(names: Sequence[str], values: Sequence[Known]) -> str:
    """Return the forms with the smallest and the largest value."""
    known = [(value, name) for value, name in zip(values, names, strict=True) if value is not None]
    if not known or min(known)[0] == max(known)[0]:
        return ""
    return f"{min(known)[1]} … {max(known)[1]}"


def measured_rows(found: BuildFigures) -> list[FormRow]:
    """Return the rows for quantities and statistics of the forms, followed by other demands on each form."""
    rows: dict[str, FormRow] = {}
    for one in found.measured:
        name = "expected time in minutes" if one.name == "time_s" else f"mean {one.name}"
        if one.name == "time_s":
            minutes = [None if total is None else total / 60 for total in one.total]
            rows[name] = value_row(found, name, minutes)
        elif any(value is not None for value in one.mean):
            row = rows[name] = value_row(found, name, one.mean)
            if 0 < len(row.cells) <= _ROOMY:  # there is room for the standard deviation
                cells = tuple(
                    cell if sd is None else cell._replace(text=f"{cell.text} ({number(name, sd)})")
                    for cell, sd in zip(row.cells, one.sd, strict=False)
                )
                with_sd = Bilingual(th=row.name.th, en=f"{row.name.en} (SD)")
                rows[name] = row._replace(cells=cells, name=with_sd)
    others: list[tuple[str, Sequence[Known]]] = []
    if found.information:
        others.append(("expected score", found.information.expected_score))
        others.append(("marginal reliability", found.information.reliability))
    known = {*rows, *(name for name, _ in others)}
    others += [(one.name, one.values) for one in found.demands if one.per_form and one.name not in known]
    return [*rows.values(), *(value_row(found, name, values) for name, values in others)]


def point_rows(found: BuildFigures) -> list[FormRow]:
    """Return the rows for information and standard error at each point of the target, or at five round values
    of θ."""
    shown = found.information
    if shown is None:
        return []
    target = shown.target
    points = sorted(target.at) if target else [-2.0, -1.0, 0.0, 1.0, 2.0]
    rows, roomy = [], len(found.names) <= _ROOMY
    for t in points:
        if target:
            k = target.at.index(t)
            values = [form[k] for form in target.values]
            value = target.asked[k] * target.level
            if target.kind == "absolute":
                asked = f"{value:.2f} ± {100 * target.within:g} %"
            else:
                asked = f"{value:.2f}–{value * (1 + target.within):.2f}"
        else:
            values, asked = [curve[shown.grid.index(t)] for curve in shown.curves], "–"
        theta = signed(t, 0) if float(t).is_integer() else f"{t:g}".replace("-", "−")
        label = Bilingual(
            th=tell("information at θ = {theta}", theta=theta).th,
            en="information" + (" (SEM)" if roomy else ""),
        )
        row = value_row(found, "information", values, label)
        cells = tuple(
            (cell._replace(text=f"{cell.text} ({v**-0.5:.2f})") if v > 0 else cell)
            for cell, v in zip(row.cells, values, strict=False)
        )
        rows.append(row._replace(asked=asked, cells=cells if roomy else row.cells))
    return rows


def design_rows(found: BuildFigures) -> list[FormRow]:
    """Return the requirements of the exam as a whole: forms, shared items, anchor, exposure, single items."""
    rows = []
    for one in found.demands:
        if not one.per_form:
            cell = FormCell(value_range(one.name, one.values), bool(one.missed))
            rows.append(FormRow(bilingual(one.name), demand_value_text(one), (cell,), bool(one.missed)))
    return rows


class KeyLine(NamedTuple):
    """The key counts of a form: right answers by letter, items with several right answers, the difference
    between the largest and smallest count, and the longest run."""

    form: str
    counts: tuple[str, ...]


def key_heads(found: BuildFigures, choices: str) -> list[Pair]:
    """Return the headings of the columns of keys."""
    thai = dict(zip("ABCDE", THAI_LETTERS, strict=True))
    letters = [
        Bilingual(th=thai[letter], en=letter) if choices == "thai" else Bilingual(th=letter, en=" ")
        for letter in found.keys.letters
    ]
    several = [bilingual("several right answers")] if any(found.keys.several) else []
    return [*letters, *several, bilingual("spread of key letters"), bilingual("longest run of a key letter")]


def key_lines(found: BuildFigures) -> list[KeyLine]:
    """Return a line of counts for each form or, for many forms, one with the range of each column. They
    contain no item's key."""
    keys, several = found.keys, any(found.keys.several)
    if not keys.letters:
        return []
    columns = [*zip(*keys.counts, strict=True), *([keys.several] if several else [])]
    columns += [keys.spread, keys.longest_run]
    if len(found.names) > MOST_COLUMNS:
        return [KeyLine(f"{len(found.names):,}", tuple(map(_range, columns)))]
    return [KeyLine(name, tuple(str(column[n]) for column in columns)) for n, name in enumerate(found.names)]


class Miss(NamedTuple):
    """A demand that is not met: its code, its name, its bounds, and the values of the forms that miss it."""

    code: str
    name: Pair
    asked: str
    found: str


def misses(found: BuildFigures) -> list[Miss]:
    """Return all demands that are not met."""
    told: list[Miss] = []
    for one in found.missed:
        if isinstance(one, Tally):
            whole, en = FAMILIES[one.family]
            thai = f"{tell(whole).th}: {thai_name(one.family, one.name)}"
            name: Pair = Bilingual(th=thai, en=f"{en.lower()}: {one.name}")
            values, asked = [str(one.counts[n]) for n in one.missed], demand_text(one)
            code = one.name if one.family in one.name else f"{one.family} {one.name}"
        else:
            values = ["–" if (v := one.values[n]) is None else _beyond(one, v) for n in one.missed]
            code, name, asked = one.name, bilingual(one.name), demand_value_text(one)
        if one.per_form:
            pairs = zip(one.missed, values, strict=True)
            where = some([f"{found.names[n]} {value}".replace(" ", "\u00a0") for n, value in pairs])
        else:
            where = ", ".join(dict.fromkeys(values))
        told.append(Miss(code, name, asked, where))
    return told


def _beyond(one: Demand, value: float) -> str:
    """Return a value with enough digits to show that it is out of bounds."""
    bounds = [bound for bound in (one.least, one.greatest) if bound is not None]
    for more in range(4):
        text = number(one.name, value, more)
        if all(text != number(one.name, bound, more) for bound in bounds):
            break
    return text
