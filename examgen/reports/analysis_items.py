"""An item of an analysis → its page: text, options, figures, what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from examgen.models import Bilingual
from examgen.reports import analysis_figures as figures
from examgen.reports.analysis_words import FLAGS, sentence

Document = Mapping[str, Any]


class ItemText(NamedTuple):
    """The text of an item as HTML, as it was asked."""

    stem: object
    options: Mapping[str, object]
    rationale: Mapping[str, object]
    criterion: str


def both(th: str, en: str) -> Bilingual:
    """Words in both languages."""
    return Bilingual(th=th, en=en)


def number(value: Any, digits: int = 2) -> str:
    """A number with a real minus sign; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.{digits}f}".replace("-", "−")


def percent(value: Any) -> str:
    """A share in per cent."""
    return "–" if value is None else f"{value * 100:.0f}"


COLUMNS = (
    (both("n", "n"), "n", 0),
    (both("ความง่าย", "facility"), "facility", 2),
    (both("อำนาจจำแนก", "item–rest"), "item_rest", 2),
    (both("D27", "D27"), "d27", 2),
)

ITEM_WORDS = [
    both(
        "ความง่าย คือสัดส่วนผู้ตอบถูก อำนาจจำแนก คือสหสัมพันธ์ของข้อกับคะแนนข้ออื่นรวมกัน "
        "D27 คือผลต่างของสัดส่วนผู้ตอบถูกระหว่างกลุ่มสูงและกลุ่มต่ำ ร้อยละ 27",
        "Facility: proportion right. Item–rest: correlation with the sum of the other items. D27: proportion "
        "right in the upper less that in the lower 27 %.",
    ),
]


def item_page(
    row: Document, found: Document, text: ItemText | None, anchor: str, letters: Sequence[str]
) -> dict[str, object]:
    """The page of an item, and its line in the table."""
    options = found["options"][row["name"]]
    shown = [option for option in options if option["option"] is not None]
    names = _letters(row, shown, letters)
    fifths = {names[option["option"]]: option["fifths"] for option in shown}
    keys = [names[option["option"]] for option in shown if option["is_key"]]
    seen = [(t, share, low, high, int(n)) for t, share, low, high, n in row["seen"]]
    plots = [figures.option_curves(f"{anchor}-options", fifths, keys)]
    if row["curve"]:
        plots.append(figures.item_curve(f"{anchor}-curve", [(t, p) for t, p in row["curve"]], seen))
    where = " · ".join(f"{asked['form']} {asked['question']}" for asked in row["asked"][:8])
    flags = [
        {"short": FLAGS[flag["code"]].short, "sentence": sentence(flag)}
        for flag in _each_once(row["flags"])
        if flag["code"] in FLAGS
    ]
    return {
        "item": row["name"],
        "anchor": anchor,
        "where": " · ".join(part for part in (row["pc"], where) if part),
        "cells": [number(row[field], digits) for _, field, digits in COLUMNS],
        "criterion": text.criterion if text else "",
        "stem": text.stem if text else "",
        "options": [_option(option, names, text) for option in options],
        "figures": _figures(row),
        "flags": flags,
        "plots": plots,
    }


def _each_once(flags: Sequence[Document]) -> list[Document]:
    """Flags of one kind as one, their words joined."""
    found: dict[str, dict[str, Any]] = {}
    for flag in flags:
        if flag["code"] in found:
            found[flag["code"]]["message"] += f"; {flag['message']}"
        else:
            found[flag["code"]] = dict(flag)
    return list(found.values())


def _letters(row: Document, options: Sequence[Document], letters: Sequence[str]) -> dict[str, str]:
    """What options are called: by the letter they were printed under where that was one and the same."""
    orders = {tuple(asked["order"]) for asked in row["asked"]}
    if len(orders) == 1:
        order = next(iter(orders))
        return {
            option["option"]: letters[order.index(option["option"])]
            if option["option"] in order
            else option["option"]
            for option in options
        }
    return {option["option"]: option["option"] for option in options}


def _option(option: Document, names: Mapping[str, str], text: ItemText | None) -> dict[str, object]:
    name = option["option"]
    return {
        "letter": "–" if name is None else names[name],
        "text": "(เว้นว่าง blank)" if name is None else (text.options.get(name, "") if text else ""),
        "why": text.rationale.get(name, "") if text and name is not None else "",
        "is_key": option["is_key"],
        "n": number(option["n"]),
        "share": percent(option["share"]),
        "correlation": number(option["point_biserial_rest"]),
        "mean": number(option["mean_score"], 1),
    }


def _with_interval(row: Document, field: str) -> str:
    low, high = number(row[f"{field}_low"]), number(row[f"{field}_high"])
    return f"{number(row[field])} [{low}–{high}]"


def _figures(row: Document) -> list[tuple[Bilingual, str]]:
    irt = row["irt"]
    return [
        (
            both("ความง่าย", "facility"),
            f"{number(row['facility'])} [{number(row['facility_low'])}–{number(row['facility_high'])}]",
        ),
        (
            both("จำแนก", "item–rest"),
            f"{number(row['item_rest'])} [{number(row['item_rest_low'])}–{number(row['item_rest_high'])}]",
        ),
        (both("ไบซีเรียล", "biserial"), number(row["biserial"])),
        (both("D27", "D27"), number(row["d27"])),
        (both("ความยาก", "b (se)"), f"{number(irt['difficulty'])} ({number(irt['se_b'])})"),
        (both("ความชัน", "a (se)"), f"{number(irt['a'])} ({number(irt['se_a'])})"),
        (both("อินฟิต", "infit"), number(irt["infit"])),
        (both("เอาต์ฟิต", "outfit"), number(irt["outfit"])),
    ]
