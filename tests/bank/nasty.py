"""Texts and items as nobody would write them, and as somebody will, for property tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

_ODD = [
    "=1+1", "+1", "-1", "@x", "'=1", "''x", "\tx", "yes", "no", "null", "~", "1.0", "0x1F", "1e3", "1:30", "2026-11-20",
    "TRUE", "a: b", "x #y", "# z", "- a", "? a", "back\\", '"', "'", "[", "{a", "*a", "&a", "!t", "%d", "|", ">", "...",
    "---", "น้ำ", "ที่\u200bนี่", "😀👩\u200d🔬", "a\nb", "a\r\nb", "a\rb", "\n", " ", " x ", "\u00a0x", "x\u0085y", "a\u2028b", "_x000D_",
    "x005F_", "_x005F_", "⟦U+000D⟧", "⟦", "\x07", "\x7f", "\ufeff", "\ufffe", "#N/A", "a\n\n", "a\n b\n", "  a\nb", "a \nb", "a\tb", "๓", "ก,ข",
]  # fmt: skip
_CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cs"])
nasty_texts = st.one_of(
    st.sampled_from(_ODD),
    st.lists(st.sampled_from(_ODD), min_size=2, max_size=3).map("".join),
    st.text(_CHARACTERS, min_size=1, max_size=20),
)
"""Any text that a bank's file can hold."""

clean_texts = nasty_texts.filter(
    lambda text: (
        not any(
            (ord(c) < 32 and c != "\n") or 0x200B <= ord(c) <= 0x200F or ord(c) in (0x2060, 0xFEFF, 0xAD)
            for c in text
        )
        and "\u0e4d" not in text
    )
)
"""Texts that stem and options may hold by the rules of the bank."""


def bank_items(texts: st.SearchStrategy[str] = nasty_texts) -> st.SearchStrategy[dict[str, Any]]:
    """An item of unit T-1 as plain data, with any texts."""
    return st.builds(
        _item,
        st.sampled_from(["E1.01", "E1.02", "E2.01"]),
        st.integers(1, 30),
        st.lists(texts, min_size=4, max_size=4),
        st.lists(st.sampled_from([3, 4, 5]), min_size=1, max_size=3),
        st.sampled_from(["a", "b", ["b"], ["a", "b"], ["b", "a"]]),
        st.sampled_from(["remember", "understand", "apply", "analyse", "evaluate"]),
        st.sampled_from(["draft", "review", "approved", "pilot", "operational", "retired"]),
        st.sampled_from(["bca", "abc", "azb"]),
        st.sampled_from([{}, {}, {"anchored": ["b"]}, {"anchored": ["b", "a"], "time_s": 90}, {"time_s": 1}]),
    )


def _item(
    pc: str,
    n: int,
    texts: list[str],
    levels: list[int],
    key: Any,
    cognitive: str,
    status: str,
    letters: str,
    more: dict[str, Any],
) -> dict[str, Any]:
    options = {letter: f"{letter}{texts[1]}" if n % 2 else f"{texts[1]}{letter}" for letter in letters}
    return {
        "id": f"{pc}-{n:03d}",
        "pcs": [pc],
        "levels": levels,
        "cognitive": cognitive,
        "stem": texts[0],
        "options": options,
        "key": key,
        "rationale": dict.fromkeys(letters, texts[2]),
        "reference": texts[3],
        "status": status,
        **more,
    }


STIMULI = ["case-1", "=1+1", "-x", "2026-11-20", " x"]


@st.composite
def bank_lists(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Items of one unit, some of them enemies of each other, some with a second criterion or a stimulus."""
    items = draw(st.lists(bank_items(clean_texts), min_size=1, max_size=4, unique_by=lambda data: data["id"]))
    names = [item["id"] for item in items]
    for item in items:
        others = [name for name in names if name != item["id"]]
        if others and draw(st.booleans()):
            item["enemies"] = draw(st.lists(st.sampled_from(others), unique=True))
        if draw(st.booleans()):
            item["shared_stimulus"] = draw(st.sampled_from(STIMULI))
        if draw(st.booleans()):
            item["pcs"] = list(dict.fromkeys([*item["pcs"], "E1.02"]))
    return items
