"""DIF on the screen: the table of items, what its columns mean, and in words whom an item favours."""

from __future__ import annotations

from typing import Any

from examgen.cli.analysing_words import shown

_FIELDS = {
    "mh": ("mh_chisq", "mh_p", "mh_alpha", "mh_delta", "ets_signed", "favours", "flagged"),
    "logistic": ("lr_uniform", "lr_nonuniform", "lr_both", "p", "delta_r2", "class", "favours", "flagged"),
    "std": ("std_p_dif", "std_alpha", "std_class", "favours", "flagged"),
    "raju": ("signed_area", "signed_z", "unsigned_area", "unsigned_z", "favours", "flagged"),
    "lr": ("lr_chisq", "lr_df", "lr_p", "favours", "flagged"),
    "sibtest": ("beta", "se", "chisq", "p", "cross_beta", "cross_chisq", "cross_p", "favours", "flagged"),
}
_HEADS = {"ets_signed": "ets"}
_LEGEND = {
    "mh": (
        "mh_alpha: odds of a right answer of {r} over those of {f} with like totals; above 1 it favours {r}. "
        "mh_delta: -2.35 log mh_alpha; negative, harder for {f}.",
        "ets: A negligible, B moderate, C large; - favours {r}, + favours {f}.",
    ),
    "logistic": (
        "class: A negligible, B moderate, C large, by delta_r2. crossing: it depends on the total.",
    ),
    "std": ("std_p_dif: share right of {f} less that of {r} with like totals; negative, harder for {f}.",),
    "raju": ("signed_area: difficulty for {f} less that for {r}; positive, harder for {f}.",),
    "lr": ("favours: the group for which the item is easier, where its difficulty may differ.",),
    "sibtest": (
        "beta: share right of {r} less that of {f} with like true scores; positive, harder for {f}.",
    ),
}


def show_items(found: dict[str, Any]) -> None:
    """The table, its legend, and a line for each item that is flagged."""
    from examgen.cli import screen

    method, items = found["method"], found["items"]
    several = len(found["groups"]) > 2
    fields = [field for field in _FIELDS[method] if items and field in items[0]]
    if several:
        fields = [field for field in fields if field not in ("favours", "ets_signed")]
    rows = [[row["item"], *(shown(field, row) for field in fields)] for row in items]
    screen.table("items", ["item", *(_HEADS.get(field, field) for field in fields)], rows, wide=True)
    reference, *focal = (one["group"] for one in found["groups"])
    for words in () if several else _LEGEND[method]:
        screen.say(words.format(r=reference, f=focal[0]))
    alike = "ability" if method in ("raju", "lr") else "totals"
    for group, own in ((one["focal"], one["items"]) for one in found["contrasts"]):
        _show_flagged(own, reference, group, alike)
    if not several:
        _show_flagged(items, reference, focal[0], alike)


def _show_flagged(items: list[dict[str, Any]], reference: str, focal: str, alike: str) -> None:
    from examgen.cli import screen

    for row in items:
        if not row.get("flagged"):
            continue
        size = f" [{row['ets_signed']}]" if row.get("ets_signed") else ""
        screen.say(f"look at {row['item']}: {_whom(row.get('favours'), reference, focal, alike)}{size}")


def _whom(favours: str | None, reference: str, focal: str, alike: str) -> str:
    if favours in (reference, focal):
        other = focal if favours == reference else reference
        return f"it favours {favours}: among candidates of like {alike} it is harder for {other}"
    if favours == "crossing":
        return f"whether it favours {reference} or {focal} depends on the total"
    return f"it is not alike for {reference} and {focal}"
