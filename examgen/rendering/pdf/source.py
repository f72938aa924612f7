"""HTML → the text that should be extracted from its PDF, and a comparison of the two.

It is the text of visible elements, with the markers of lists and the text of SVG pictures, which WeasyPrint
draws as text. Text that a style sheet adds or hides is not considered.
"""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from examgen.core.text.fonts import UNSEEN
from examgen.core.words import tell
from examgen.rendering.pdf.engine import weasyprint

_NOT_SHOWN = {
    "head", "style", "script", "title", "template", "desc", "metadata", "noscript", "datalist", "area",
    "rp", "param", "source", "track",
}  # fmt: skip
_INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "mark", "q", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tspan",
    "tt", "u", "var", "wbr",
}  # fmt: skip
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*(hidden|collapse)")
# of lists in lists too: paper.css sets all with the one bullet that Sarabun has
_BULLET = "•"

# nikhahit and sara aa look like sara am; a tone mark may be between them
_SARA_AM = re.compile("(?:\u0e4d([\u0e48-\u0e4b]?)|([\u0e48-\u0e4b])\u0e4d)\u0e32")
_DROPPED = {ord(char): None for char in UNSEEN}


def comparable(text: str) -> str:
    """Return a text for comparison: equal drawings have equal spelling, and characters that draw nothing are
    left out."""
    plain = unicodedata.normalize("NFC", text).translate(_DROPPED)
    return re.sub(r"\s+", "", _SARA_AM.sub("\\1\\2\u0e33", plain))


def difference(drawn: str, source: str) -> str:
    """Return how a drawn text differs from its source, in words; "" if it does not, apart from white space.

    Both must have the same characters, and each line of `source` must be found in one piece. The order of
    lines may differ, because WeasyPrint draws the markers of a list, for example, after the texts of its
    items.
    """
    found, wanted = comparable(drawn), comparable(source)
    if found == wanted:
        return ""
    lost, added = Counter(wanted) - Counter(found), Counter(found) - Counter(wanted)
    if lost or added:
        return "; ".join(
            f"{what} {''.join(sorted(chars.elements()))!r}"
            for what, chars in (("lost", lost), ("added", added))
            if chars
        )
    torn = next((line for line in source.splitlines() if comparable(line) not in found), None)
    return tell("another order of {torn!r}", torn=torn) if torn else ""


def expected_text(html: str, readable: Sequence[Path] = ()) -> str:
    """Return the source text of an HTML fragment, with a line for each block and each line break.

    Pictures are looked up below the folders of `readable`.
    """
    return text_of(weasyprint().HTML(string=html).etree_element, readable)


def text_of(element: ET.Element, readable: Sequence[Path] = ()) -> str:
    """Return the text of an element of a page that WeasyPrint has parsed."""
    return re.sub(r"\s*\n\s*", "\n", "".join(_texts(element, readable))).strip()


def _texts(element: ET.Element, readable: Sequence[Path]) -> Iterator[str]:
    """Yield the texts of an element in source order."""
    tag = _tag(element)
    if tag in _NOT_SHOWN or _is_hidden(element):
        return
    edge = "" if tag in _INLINE else "\n"
    yield edge
    address = element.get("src", "")
    if tag == "img" and address.lower().endswith(".svg"):
        path = next((path for folder in readable if (path := folder / unquote(address)).is_file()), None)
        shown = (one for one in ET.parse(path).iter() if _tag(one) == "text") if path else ()
        yield "\n".join("".join(one.itertext()) for one in shown)
    # the marks before the items of a list are those of WeasyPrint's own style sheet
    has_own_style = "list-style" in element.get("style", "")
    number: int | None = None
    yield element.text or ""
    for child in element:
        if _tag(child) == "li" and not _is_hidden(child):
            marker = "" if has_own_style else _BULLET
            if tag == "ol" and not has_own_style:
                number = int(element.get("start", 1)) if number is None else number + 1
                marker = f"{number}."
            yield f"\n{marker}\n"
        yield from _texts(child, readable)
        yield child.tail or ""
    yield edge


def _tag(element: ET.Element) -> str:
    """Return the name of an element without its namespace; for a comment "style", which is not shown."""
    return element.tag.rsplit("}", 1)[-1].lower() if isinstance(element.tag, str) else "style"


def _is_hidden(element: ET.Element) -> bool:
    return "hidden" in element.attrib or bool(_HIDING.search(element.get("style", "")))
