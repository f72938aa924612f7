"""An item of an analysis → its page: text, options, figures, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from examgen.core.models.base import Bilingual
from examgen.core.words import Pair, tell
from examgen.rendering.plot import in_both, signed
from examgen.reports.analysis_report import figures
from examgen.reports.analysis_report.words import FLAGS, note_words, sentence

Document = Mapping[str, Any]


class ItemText(NamedTuple):
    """The text of an item as HTML, as it was asked."""

    stem: object
    options: Mapping[str, object]
    rationale: Mapping[str, object]
    criterion: str


def both(th: str, en: str) -> Pair:
    """Words in both languages."""
    return Bilingual(th=th, en=en)


def number(value: Any, digits: int = 2) -> str:
    """A number with a real minus sign; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return signed(value, digits)


def percent(value: Any) -> str:
    """A share in per cent."""
    return "–" if value is None else f"{value * 100:.0f}"


COLUMNS = (
    (both("n", "n"), "n", 0),
    (tell("facility"), "facility", 2),
    (tell("item–rest"), "item_rest", 2),
    (both("D27", "D27"), "d27", 2),
    (tell("b"), "difficulty", 2),
    (tell("outfit"), "outfit", 2),
    (both("Z", "Z"), "outfit_z", 2),
)
"""Names, fields of the item or of its model, decimals."""

_ITEM_WORDS: list[Pair] = [
    tell(
        "Facility: proportion right. Item–rest: correlation with the sum of the other items. "
        "D27: proportion right in the upper less that in the lower 27 %. b: ability at which "
        "the model expects half to be right (without guessing). Outfit: 1 where answers are "
        "as the model expects; its Z tells whether another value is more than chance, and an item is "
        "named for an outfit outside 0.7 to 1.3 whose Z is beyond ±2.58. On the page of an item r, rest "
        "is the correlation of choosing the option with the sum of the other items, and mean, % the "
        "share of all items that those who chose it have right. Fifths are of the candidates of a form."
    ),
]


def item_words(found: Document) -> list[Pair]:
    """How to read the table of items."""
    if is_linked(found):
        return _ITEM_WORDS
    apart = tell(
        "The forms share no items: b stands with its form, and b of different forms compare only if their "
        "candidates are alike."
    )
    return [*_ITEM_WORDS, apart]


def is_linked(found: Document) -> bool:
    """Whether the forms share items, so that the model has them on one scale."""
    return not any(note["code"] == "forms-not-linked" for note in found["notes"])


def _cells(row: Document, found: Document) -> Iterator[str]:
    """The figures of an item in the table; beside b the form, where forms have scales of their own."""
    forms = ",".join(dict.fromkeys(asked["form"] for asked in row["asked"][:_MOST]))
    for _, field, digits in COLUMNS:
        value = {**row["irt"], **row}.get(field)
        shown = number(value, digits)
        apart = field == "difficulty" and value is not None and not is_linked(found)
        yield f"{shown} {forms}" if apart else shown


def item_page(
    row: Document, found: Document, text: ItemText | None, anchor: str, letters: Sequence[str]
) -> dict[str, object]:
    """The page of an item, and its line in the table."""
    options = found["options"][row["name"]]
    shown = [option for option in options if option["option"] is not None]
    fifths = {option["option"]: option["fifths"] for option in shown}
    keys = [option["option"] for option in shown if option["is_key"]]
    seen = [(t, share, low, high, int(n)) for t, share, low, high, n in row["seen"]]
    plots = [figures.option_curves(f"{anchor}-options", fifths, options[0]["fifths_n"], keys)]
    notes = [note for note in found["notes"] if note["item"] == row["name"]]
    if row["curve"]:
        plots.append(figures.item_curve(f"{anchor}-curve", [(t, p) for t, p in row["curve"]], seen))
    elif not notes:
        notes = [{"code": "no-parameters", "item": row["name"], "message": "the model has no curve for it"}]
    where = " · ".join(f"{asked['form']} {asked['question']}" for asked in row["asked"][:8])
    flags = [
        {"short": FLAGS[code].short, "sentence": sentence(same)}
        for code, same in _by_kind(row["flags"]).items()
    ]
    return {
        "item": row["name"],
        "anchor": anchor,
        "is_examined": row["examined"] != "no",
        "where": " · ".join(part for part in (row["pc"], where) if part),
        "cells": list(_cells(row, found)),
        "criterion": text.criterion if text else "",
        "stem": text.stem if text else "",
        "options": [_option(option, row, letters, text) for option in options],
        "figures": _figures(row),
        "flags": flags,
        "notes": note_words(notes),
        "plots": plots,
    }


def _by_kind(flags: Sequence[Document]) -> dict[str, list[Document]]:
    """Flags of each kind, in their order."""
    found: dict[str, list[Document]] = {}
    for flag in flags:
        found.setdefault(flag["code"], []).append(flag)
    return found


def _printed(option: str, row: Document, letters: Sequence[str]) -> str:
    """The letters that an option was printed under: one, or one for each form."""
    places = {
        asked["form"]: letters[asked["order"].index(option)]
        for asked in row["asked"]
        if option in asked["order"]
    }
    if len(set(places.values())) == 1:
        return str(next(iter(places.values())))
    return ", ".join(f"{form} {letter}" for form, letter in places.items()) if len(places) <= _MOST else ""


_MOST = 4
"""Of so many forms the letters of an option are shown where they differ."""


def _option(
    option: Document, row: Document, letters: Sequence[str], text: ItemText | None
) -> dict[str, object]:
    name = option["option"]
    return {
        "name": "–" if name is None else name,
        "printed": "" if name is None else _printed(name, row, letters),
        "text": _option_text(name, text),
        "why": text.rationale.get(name, "") if text and name is not None else "",
        "is_key": option["is_key"],
        "n": number(option["n"]),
        "share": percent(option["share"]),
        "correlation": number(option["point_biserial_rest"]),
        "mean": percent(option["mean_share"]),
    }


def _option_text(name: str | None, text: ItemText | None) -> object:
    if name is None:
        return f"({in_both(tell('blank'))})"
    if name == "*":
        return f"({in_both(tell('several marks, or no such option'))})"
    return text.options.get(name, "") if text else ""


def _interval(row: Document, field: str) -> str:
    low, high = row[f"{field}_low"], row[f"{field}_high"]
    return "" if low is None or high is None else f"{number(low)} – {number(high)}"


def _figures(row: Document) -> list[tuple[Pair, str, str]]:
    """Name, value, and under it the interval or the standard error."""
    irt = row["irt"]
    found = [
        (tell("facility"), number(row["facility"]), _interval(row, "facility")),
        (tell("item–rest"), number(row["item_rest"]), _interval(row, "item_rest")),
        (tell("biserial"), number(row["biserial"]), ""),
        (both("D27", "D27"), number(row["d27"]), ""),
        (tell("difficulty b"), number(irt["difficulty"]), _error(irt["se_b"])),
        (tell("slope a"), number(irt["a"]), _error(irt["se_a"])),
    ]
    if irt["c"]:
        found.append((tell("asymptote c"), number(irt["c"]), _error(irt["se_c"])))
    found += [
        (tell("infit"), number(irt["infit"]), _z(irt.get("infit_z"))),
        (tell("outfit"), number(irt["outfit"]), _z(irt.get("outfit_z"))),
        (both("S-X2", "S-X2"), number(irt.get("s_x2"), 1), _p(irt.get("s_x2_p"))),
    ]
    return found


def _error(value: Any) -> str:
    return "" if value is None else f"± {number(value)}"


def _z(value: Any) -> str:
    return "" if value is None else f"z {number(value, 1)}"


def _p(value: Any) -> str:
    if value is None:
        return ""
    return "p < 0.001" if value < 0.001 else f"p {value:.3f}"
