"""Text of a document → the text of its lines, whatever its layout.

Saved web pages become lines as a browser shows them, a table row as cells parted by pipes; plain
text and pipe tables are lines already. A new layout is one function and one line in `READERS`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from examgen.standards.decoding import NotText

if TYPE_CHECKING:
    from bs4.element import Tag

WEB_PAGE = "web page"
_HTML_NAME = re.compile(r"\.x?html?$", re.I)
_HTML_START = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|div|table|meta|section|main|pre)\b",
    re.I | re.S,
)
_TAG = re.compile(r"</?(?:p|div|table|tr|td|li|br|span|body|html|pre)\b[^<>]*>", re.I)
_DROPPED = {"script", "style", "head", "title", "noscript", "template", "svg", "iframe", "select", "object"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main",
    "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul", "caption",
}  # fmt: skip
MOST_TAGS = 50_000
_CLOSING = "<!-- \"'>]]>-->"
"""A comment; or the end of a tag, quotation or comment that does not end, of which the parser would look for
the end of each through all of the rest."""
_NUMBERED = re.compile(r"(?:[\d๐-๙]{1,2}\s*[.)]\s*\S|หน่วยสมรรถนะ\s*$)")
_CODE = re.compile(r"[A-Za-z0-9-]*\d[A-Za-z0-9-]*\.\d{1,3}\s*$")


class Layout(NamedTuple):
    """How a kind of document is recognised (by name and text) and turned into lines."""

    name: str
    recognises: Callable[[str, str], bool]
    lines: Callable[[str], str]


def lay_out(name: str, text: str) -> str:
    """The document's text, one line a line, read by the first layout that recognises it."""
    try:
        return layout_of(name, text).lines(text)
    except RecursionError:
        raise NotText("a web page nested too deeply: save its text as .txt") from None


def layout_of(name: str, text: str) -> Layout:
    """The first layout that recognises the document."""
    return next(layout for layout in READERS if layout.recognises(name, text))


def _is_web_page(name: str, text: str) -> bool:
    if _HTML_START.match(text[:5000]):
        return True
    return bool(_HTML_NAME.search(name)) and len(_TAG.findall(text)) >= 3


def _web_page(text: str) -> str:
    from bs4 import BeautifulSoup

    if text.count("<") > MOST_TAGS:
        raise NotText(
            f"a web page of {text.count('<'):,} tags, {MOST_TAGS:,} at most are read: save it as .txt"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        soup = BeautifulSoup(re.sub(r"^\s*<\?xml[^>]*>", "", text) + _CLOSING, "html.parser")
    lines = [" ".join(line.split(" ")) for line in "".join(_texts(soup)).split("\n")]
    return "\n".join(lines)


def _texts(node: Tag, keep_space: bool = False) -> Iterator[str]:
    """The text below a node, with a line end wherever a browser shows one."""
    from bs4.element import NavigableString, PageElement, PreformattedString, Tag

    children: list[PageElement] = list(node.children)
    for child in children:
        if isinstance(child, PreformattedString):
            continue
        if isinstance(child, NavigableString):
            yield str(child) if keep_space else re.sub(r"[ \t\r\n\f]+", " ", str(child))
        elif isinstance(child, Tag) and child.name not in _DROPPED:
            yield from _element(child, keep_space)


def _element(tag: Tag, keep_space: bool) -> Iterator[str]:
    if tag.name == "br":
        yield "\n"
    elif tag.name == "tr" and tag.find("tr") is None:
        yield "\n" + _row(tag) + "\n"
    elif tag.name in _BLOCKS or tag.name in ("td", "th"):
        yield "\n• " if tag.name == "li" else "\n"
        yield from _texts(tag, keep_space or tag.name == "pre")
        yield "\n"
    else:
        yield from _texts(tag, keep_space)


def _row(tag: Tag) -> str:
    """A table row: its cells parted by pipes; cells of a label and its body keep their own lines."""
    cells = ["".join(_texts(cell)) for cell in tag.find_all(["td", "th"], recursive=False)]
    filled = [cell for cell in cells if cell.strip()]
    if len(filled) <= 1 and not (len(cells) > 2 and filled and _CODE.search(filled[0])):
        return "".join(filled)
    if (
        any("\n" in cell.strip() for cell in filled)
        and _NUMBERED.match(filled[0].strip())
        and len(filled) == 2
    ):
        return "\n".join(filled)
    return " | ".join(re.sub(r"\s+", " ", cell).strip() for cell in cells) + " |"


READERS: tuple[Layout, ...] = (
    Layout(WEB_PAGE, _is_web_page, _web_page),
    Layout("lines", lambda name, text: True, lambda text: text),
)
