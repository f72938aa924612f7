"""An item of an analysis → its page: text, options, figures, what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from examgen.analyses.reported.items import ITEM_COLUMNS, ItemColumn
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


MODEL_COLUMNS = (
    ItemColumn("a"),
    ItemColumn("se_a"),
    ItemColumn("difficulty", on_page=tell("b")),
    ItemColumn("se_b"),
    ItemColumn("c"),
    ItemColumn("se_c"),
    ItemColumn("infit"),
    ItemColumn("infit_z"),
    ItemColumn("outfit", on_page=tell("outfit")),
    ItemColumn("outfit_z", on_page=both("Z", "Z")),
    ItemColumn("s_x2"),
    ItemColumn("s_x2_df"),
    ItemColumn("s_x2_p"),
)
"""What the model says of it."""
COLUMNS = tuple(
    (one.on_page, one.field, one.digits) for one in (*ITEM_COLUMNS, *MODEL_COLUMNS) if one.on_page is not None
)
"""Those of the page: headings, fields, decimals."""
_MOST = 4
"""Of so many forms the letters of an option are shown where they differ."""

_ITEM_WORDS: list[Pair] = [
    tell(
        "Facility: proportion right. Item–rest: correlation with the sum of the other items. "
        "D27: proportion right in the upper 27 % minus that in the lower 27 %. b: ability at "
        "which the model expects half of the candidates to be right (without guessing). Outfit: "
        "1 if answers are as the model expects. Its Z shows whether a different value is more "
        "than chance; an item is listed if its outfit is outside 0.7 to 1.3 and its Z beyond "
        "±2.58. On the page of an item, r, rest is the correlation between choosing the option "
        "and the sum of the other items, and mean, % is the average share of all items that "
        "those who chose it answered right. Fifths are fifths of the candidates of a form."
    ),
]


def item_words(found: Document) -> list[Pair]:
    """How to read the table of items."""
    if is_linked(found):
        return _ITEM_WORDS
    apart = tell(
        "The forms share no items. Each b belongs to its form; compare values across forms only "
        "if the candidates are equally able."
    )
    return [*_ITEM_WORDS, apart]


def is_linked(found: Document) -> bool:
    """Whether the forms share items, so that the model has them on one scale."""
    return not any(note["code"] == "forms-not-linked" for note in found["notes"])


def item_page(
    row: Document, found: Document, text: ItemText | None, anchor: str, letters: Sequence[str]
) -> dict[str, object]:
    """The page of an item, and its line in the table."""
    irt, asked = row["irt"], row["asked"]
    options = found["options"][row["name"]]
    shown = [option for option in options if option["option"] is not None]
    fifths = {option["option"]: option["fifths"] for option in shown}
    keys = [option["option"] for option in shown if option["is_key"]]
    plots = [figures.option_curves(f"{anchor}-options", fifths, options[0]["fifths_n"], keys)]
    notes = [note for note in found["notes"] if note["item"] == row["name"]]
    if row["curve"]:
        seen = [(t, share, low, high, int(n)) for t, share, low, high, n in row["seen"]]
        plots.append(figures.item_curve(f"{anchor}-curve", [(t, p) for t, p in row["curve"]], seen))
    elif not notes:
        notes = [{"code": "no-parameters", "item": row["name"], "message": "the model has no curve for it"}]
    where = " · ".join(f"{one['form']} {one['question']}" for one in asked[:8])
    by_kind: dict[str, list[Document]] = {}
    for flag in row["flags"]:
        by_kind.setdefault(flag["code"], []).append(flag)
    # beside b stands the form, where forms have scales of their own
    cells = []
    for _, field, digits in COLUMNS:
        value = {**irt, **row}.get(field)
        cells.append(number(value, digits))
        if field == "difficulty" and value is not None and not is_linked(found):
            cells[-1] += f" {','.join(dict.fromkeys(one['form'] for one in asked[:_MOST]))}"
    return {
        "item": row["name"],
        "anchor": anchor,
        "is_examined": row["examined"] != "no",
        "where": " · ".join(part for part in (row["pc"], where) if part),
        "cells": cells,
        "criterion": text.criterion if text else "",
        "stem": text.stem if text else "",
        "options": [_option(option, row, letters, text) for option in options],
        "figures": _figures(row),
        "flags": [{"short": FLAGS[code].short, "sentence": sentence(same)} for code, same in by_kind.items()],
        "notes": note_words(notes),
        "plots": plots,
    }


def _option(
    option: Document, row: Document, letters: Sequence[str], text: ItemText | None
) -> dict[str, object]:
    name = option["option"]
    # the letters that it was printed under: one, or one for each form
    places = {one["form"]: letters[one["order"].index(name)] for one in row["asked"] if name in one["order"]}
    printed = ""
    if len(set(places.values())) == 1:
        printed = str(next(iter(places.values())))
    elif len(places) <= _MOST:
        printed = ", ".join(f"{form} {letter}" for form, letter in places.items())
    if name is None:
        words: object = f"({in_both(tell('blank'))})"
    elif name == "*":
        words = f"({in_both(tell('several marks, or not an option'))})"
    else:
        words = text.options.get(name, "") if text else ""
    return {
        "name": "–" if name is None else name,
        "printed": printed,
        "text": words,
        "why": text.rationale.get(name, "") if text and name is not None else "",
        "is_key": option["is_key"],
        "n": number(option["n"]),
        "share": percent(option["share"]),
        "correlation": number(option["point_biserial_rest"]),
        "mean": percent(option["mean_share"]),
    }


def _figures(row: Document) -> list[tuple[Pair, str, str]]:
    """Name, value, and under it the interval or the standard error."""
    irt = row["irt"]

    def interval(field: str) -> str:
        low, high = row[f"{field}_low"], row[f"{field}_high"]
        return "" if low is None or high is None else f"{number(low)} – {number(high)}"

    def error(value: Any) -> str:
        return "" if value is None else f"± {number(value)}"

    def z(value: Any) -> str:
        return "" if value is None else f"z {number(value, 1)}"

    p = irt.get("s_x2_p")
    found = [
        (tell("facility"), number(row["facility"]), interval("facility")),
        (tell("item–rest"), number(row["item_rest"]), interval("item_rest")),
        (tell("biserial"), number(row["biserial"]), ""),
        (both("D27", "D27"), number(row["d27"]), ""),
        (tell("difficulty b"), number(irt["difficulty"]), error(irt["se_b"])),
        (tell("slope a"), number(irt["a"]), error(irt["se_a"])),
    ]
    if irt["c"]:
        found.append((tell("asymptote c"), number(irt["c"]), error(irt["se_c"])))
    found += [
        (tell("infit"), number(irt["infit"]), z(irt.get("infit_z"))),
        (tell("outfit"), number(irt["outfit"]), z(irt.get("outfit_z"))),
        (
            both("S-X2", "S-X2"),
            number(irt.get("s_x2"), 1),
            "" if p is None else "p < 0.001" if p < 0.001 else f"p {p:.3f}",
        ),
    ]
    return found
