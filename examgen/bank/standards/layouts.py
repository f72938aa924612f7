"""Bytes of a document → its text (`decode`) → the text of its lines, whatever its layout (`lay_out`).

The encoding is UTF-8, UTF-16 or UTF-32 if there is a byte-order mark. Without one it is UTF-16 if the bytes
can be nothing else, then strict UTF-8, then CP874 (the Thai code page of Windows, which contains TIS-620).
The bytes decide, not the `charset` that a page declares: it is often wrong after saving.

Saved web pages become lines as a browser shows them; a table row has pipes between its cells. Plain text and
pipe tables are lines already. A new layout takes one function and one line in `READERS`.
"""

from __future__ import annotations

import codecs
import re
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.words import command, tell

if TYPE_CHECKING:
    from bs4.element import Tag

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WHOLE = tell(
    "keep one complete unit in a file, from its code to the methods of assessment, and "
    "check the result with {command}",
    command=command("unit import", "FILE --dry-run"),
)
_SIGNATURES = (
    (
        b"%PDF",
        tell(
            "a PDF document. Save the unit's web page as .html, or extract the text with "
            "`pdftotext -layout FILE.pdf FILE.txt`; {whole}",
            whole=_WHOLE,
        ),
    ),
    (
        b"PK\x03\x04",
        tell(
            "an Office document (.docx) or another zip archive. In the word processor, "
            "save it as plain text (.txt, UTF-8), or as a web page (.html), which keeps "
            "the tables; {whole}",
            whole=_WHOLE,
        ),
    ),
    (
        b"\xd0\xcf\x11\xe0",
        tell(
            "an old Office document (.doc, .xls). Save it as plain text (.txt, UTF-8) or as .html; {whole}",
            whole=_WHOLE,
        ),
    ),
    (
        b"{\\rtf",
        tell(
            "a rich-text document (.rtf). Save it as plain text (.txt, UTF-8) or as .html; {whole}",
            whole=_WHOLE,
        ),
    ),
    (b"\x89PNG", tell("a PNG image")),
    (b"\xff\xd8\xff", tell("a JPEG image")),
    (b"GIF8", tell("a GIF image")),
    (b"\x1f\x8b", tell("a gzip archive. Unpack it first")),
    (b"\x7fELF", tell("a program")),
)
_THAI_UTF8 = re.compile(rb"\xe0[\xb8\xb9][\x80-\xbf]")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LONGEST_CUT = 3
"""A UTF-8 character cut by the end of the file leaves at most three of its bytes."""


class NotText(Exception):
    """Raised if the bytes are not text; the message says what they are."""


def decode(data: bytes) -> str:
    """Return the text of a document in any of the known encodings; raises NotText if it has none."""
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise NotText(tell("this is {what}", what=what))
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xfe\xff"):
        raise NotText(tell("the file contains only white space") if data else tell("the file is empty"))
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _strictly(data.removeprefix(bom), encoding)
    if mark := _utf16(data):
        return _strictly(data, mark)
    if len(_CONTROL.findall(data)) * 200 > len(data):
        raise NotText(tell("this is a binary file, not text"))
    if _THAI_UTF8.search(data) or data.isascii():
        return _strictly(data, "utf-8")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = data.decode("cp874")
        except UnicodeDecodeError as error:
            raise NotText(
                tell(
                    "byte {at} (0x{byte:02X}) is not UTF-8, UTF-16 or CP874. Save the document as UTF-8.",
                    at=error.start,
                    byte=data[error.start],
                )
            ) from None
    return text


def _utf16(data: bytes) -> str | None:
    """Return the UTF-16 encoding in whose byte order nearly every second byte is the upper half of a letter,
    else None.
    """
    if not (b"\x00" in data or data.count(b"\x0e") * 4 > len(data)):
        return None
    for encoding, upper in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        known = sum(upper.count(byte) for byte in (b"\x00", b"\x0e", b"\x20"))
        if known * 10 >= len(upper) * 9 and upper.count(b"\x0e") * 5 > len(upper):
            return encoding
    return None


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8" and error.end >= len(data) >= error.start >= len(data) - _LONGEST_CUT:
            return data[: error.start].decode(encoding)
        raise NotText(
            tell(
                "the text is damaged (invalid {encoding} at byte {at} of {n})",
                encoding=encoding.upper(),
                at=error.start,
                n=len(data),
            )
        ) from None


WEB_PAGE = "web page"
_HTML_NAME = re.compile(r"\.x?html?$", re.I)
_HTML_START = re.compile(
    "\\s*(?:<\\?xml[^>]*>\\s*)?(?:<!--.*?-->\\s*)*<(?:!doctype\\s+html|html|head|body|div|table|meta|section|main|pre)\\b",
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
"""Closes a tag, quotation or comment that does not end; otherwise it is itself a comment. Without it the
parser would search the whole rest of the page for each missing end.
"""
_NUMBERED = re.compile(r"(?:[\d๐-๙]{1,2}\s*[.)]\s*\S|หน่วยสมรรถนะ\s*$)")
_CODE = re.compile(r"[A-Za-z0-9-]*\d[A-Za-z0-9-]*\.\d{1,3}\s*$")


class DocumentLayout(NamedTuple):
    """A layout of documents: the functions that recognise it (by name and text) and turn it into lines."""

    name: str
    recognises: Callable[[str, str], bool]
    lines: Callable[[str], str]


def lay_out(name: str, text: str) -> str:
    """Return the text of a document with one line for each line that a reader sees; raises NotText if it
    cannot be read.
    """
    try:
        return layout_of(name, text).lines(text)
    except RecursionError:
        raise NotText(tell("the web page is nested too deeply. Save its text as .txt.")) from None


def layout_of(name: str, text: str) -> DocumentLayout:
    """Return the first layout that recognises the document."""
    return next(layout for layout in READERS if layout.recognises(name, text))


def _is_web_page(name: str, text: str) -> bool:
    if _HTML_START.match(text[:5000]):
        return True
    return bool(_HTML_NAME.search(name)) and len(_TAG.findall(text)) >= 3


def _web_page(text: str) -> str:
    from bs4 import BeautifulSoup

    if text.count("<") > MOST_TAGS:
        raise NotText(
            tell(
                "the web page has {n:,} tags (at most {most:,}). Save it as .txt.",
                n=text.count("<"),
                most=MOST_TAGS,
            )
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        soup = BeautifulSoup(re.sub(r"^\s*<\?xml[^>]*>", "", text) + _CLOSING, "html.parser")
    lines = [" ".join(line.split(" ")) for line in "".join(_texts(soup)).split("\n")]
    return "\n".join(lines)


def _texts(node: Tag, keep_space: bool = False) -> Iterator[str]:
    """Yield the texts of a node, with a line end wherever a browser shows one."""
    from bs4.element import NavigableString, PageElement, PreformattedString, Tag

    children: list[PageElement] = list(node.children)
    for child in children:
        if isinstance(child, PreformattedString):
            continue
        if isinstance(child, NavigableString):
            yield str(child) if keep_space else re.sub(r"[ \t\r\n\f]+", " ", str(child))
        elif isinstance(child, Tag) and child.name not in _DROPPED:
            if child.name == "br":
                yield "\n"
            elif child.name == "tr" and child.find("tr") is None:
                # a table row: pipes between its cells; a label and its body keep their own lines
                cells = ["".join(_texts(cell)) for cell in child.find_all(["td", "th"], recursive=False)]
                filled = [cell for cell in cells if cell.strip()]
                row = " | ".join(re.sub(r"\s+", " ", cell).strip() for cell in cells) + " |"
                if len(filled) <= 1 and not (len(cells) > 2 and filled and _CODE.search(filled[0])):
                    row = "".join(filled)
                elif (
                    any("\n" in cell.strip() for cell in filled)
                    and _NUMBERED.match(filled[0].strip())
                    and len(filled) == 2
                ):
                    row = "\n".join(filled)
                yield f"\n{row}\n"
            elif child.name in _BLOCKS or child.name in ("td", "th"):
                yield "\n• " if child.name == "li" else "\n"
                yield from _texts(child, keep_space or child.name == "pre")
                yield "\n"
            else:
                yield from _texts(child, keep_space)


READERS: tuple[DocumentLayout, ...] = (
    DocumentLayout(WEB_PAGE, _is_web_page, _web_page),
    DocumentLayout("lines", lambda name, text: True, lambda text: text),
)
