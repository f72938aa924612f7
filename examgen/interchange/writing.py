"""Items of the bank prepared for other programs: their texts as XHTML, with the data that belong to them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from html import escape
from typing import Literal, NamedTuple
from urllib.parse import unquote

from examgen.core.models.item import Item
from examgen.core.text.formulas import UnreadableFormula, mathml
from examgen.core.text.markdown import Formula, formula_of, reader

Maths = Literal["latex", "mathml"]


class FormItem(NamedTuple):
    """An item on a form: its position, its points, and its name in packages.

    `any_mark`: one mark on any of several right answers earns the points.
    """

    category: str
    question: int
    name: str
    section: str
    points: int
    any_mark: bool


class WrittenItem(NamedTuple):
    """An item for export, with its shared text and the pictures of both by name.

    If it is from a form, its options are in the order of the form.
    """

    item: Item
    stimulus: tuple[str, str] | None
    """Its id and its text."""
    pictures: Mapping[str, bytes]
    asked: FormItem | None = None
    """Its data on a form; None for items of the bank."""

    def category(self, unit: str) -> str:
        """Return its folder: that of its form, or of its criterion."""
        return self.asked.category if self.asked else f"{unit}/{self.item.pc}"

    @property
    def has_one_mark(self) -> bool:
        """Whether a single mark earns the points."""
        return len(self.item.key) == 1 or bool(self.asked and self.asked.any_mark)

    @property
    def points(self) -> int:
        """The points of the item."""
        return self.asked.points if self.asked else 1

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags from which an import reads the criteria, levels, cognitive category, family and deciding
        factor of the item.
        """
        item = self.item
        levels = (f"level-{level}" for level in item.levels)
        more = (("family", item.family), ("decided-by", item.decided_by))
        said = (f"{name}-{text}" for name, text in more if text is not None)
        return (*item.pcs, *levels, f"cognitive-{item.cognitive}", *said)


_MARKS = {"strong_open": "<strong>", "strong_close": "</strong>", "em_open": "<em>", "em_close": "</em>"}
_CELL = "padding:0.1em 0.5em"
_RULED = {"table": "border-collapse:collapse;margin:0.5em 0", "th": _CELL, "td": _CELL}
"""Styles that give tables borders as on paper, in addition to the class of QTI 3 (`qti-bordered`)."""


def xhtml(text: str, field: str, address: Callable[[str], str], maths: Maths) -> str:
    """Return a text as well-formed XHTML; `address` returns the address of a picture."""
    made: list[str] = []
    for token in reader(field).parse(text):
        if formula := formula_of(token):
            made.append(f"<p>{_formula(formula, maths)}</p>")
        elif token.type == "inline":
            for child in token.children or ():
                if formula := formula_of(child):
                    made.append(_formula(formula, maths))
                elif child.type == "image":
                    source = escape(address(unquote(str(child.attrs["src"]))))
                    made.append(f'<img src="{source}" alt="{escape(child.content)}"/>')
                elif child.type in ("softbreak", "hardbreak"):
                    made.append("<br/>")
                elif child.type == "code_inline":
                    made.append(f"<code>{escape(child.content)}</code>")
                else:
                    made.append(_MARKS.get(child.type, escape(child.content, quote=False)))
        elif token.type in ("paragraph_open", "paragraph_close"):
            if not token.hidden:
                made.append("<p>" if token.nesting > 0 else "</p>")
        elif token.type in ("thead_open", "thead_close", "tbody_open", "tbody_close"):
            made.append(f"<{'/' if token.nesting < 0 else ''}{token.tag}>")
        elif token.tag and token.nesting:
            attribute = ""
            if token.nesting > 0:
                ruled = _RULED.get(token.tag, "") if maths == "mathml" else ""
                style = ";".join(filter(None, [str(token.attrGet("style") or ""), ruled]))
                attribute = f' style="{escape(style)}"' if style else ""
                attribute += ' class="qti-bordered"' if ruled else ""
            made.append(f"<{token.tag}{attribute}>" if token.nesting > 0 else f"</{token.tag}>")
    return "".join(made)


def _formula(formula: Formula, maths: Maths) -> str:
    if maths == "mathml":
        try:
            drawn = mathml(formula)
        except UnreadableFormula:
            return escape(formula.latex)
        inner = re.sub(r"^<math[^>]*>|</math>$", "", drawn)
        display = ' display="block"' if formula.displayed else ""
        return (
            f'<math xmlns="http://www.w3.org/1998/Math/MathML"{display}><semantics><mrow>{inner}</mrow>'
            f'<annotation encoding="application/x-tex">{escape(formula.latex)}</annotation>'
            "</semantics></math>"
        )
    left, right = (r"\[", r"\]") if formula.displayed else (r"\(", r"\)")
    return escape(f"{left}{formula.latex}{right}", quote=False)


def packed(members: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of these members, in order; the same members give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, data)
    return buffer.getvalue()
