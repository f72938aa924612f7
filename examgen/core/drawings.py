"""Checks whether an SVG picture can be printed.

A drawing must be self-contained: no scripts, no other files, no HTML text, and no fonts except ours. Anything
that would be silently left out in print, or take minutes to draw, is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from examgen.core.problems import Refused
from examgen.core.text.fonts import missing, missing_message

MOST_MEGABYTES = 10
MOST_SHAPES = 20_000
"""The maximum number of elements of a drawing, each counted as often as it is drawn: about 5 seconds of work.
"""
AS_A_SHAPE = 40
"""The number of characters of a path, or of other values, that take as long to draw as one element or letter.
"""
MOST_TRIALS = 1_000_000
"""The maximum of the number of style rules times the number of elements."""
_OF_A_CORNER = 4
"""The minimum number of characters of a path between corners, at which markers are drawn."""
MOST_NESTED = 200
FONT = "sarabun"

SVG = "{http://www.w3.org/2000/svg}"
_ROOT = '<svg xmlns="http://www.w3.org/2000/svg">'
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
_DECLARATION = re.compile(rb"<!(DOCTYPE|ENTITY)", re.I)
_STYLESHEET = re.compile(rb"<\?xml-stylesheet", re.I)
_ENCODING = re.compile(rb"""\A<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""")
_URL = re.compile(r"""url\(\s*["']?\s*([^"')]*)""", re.I)
_FAMILY = re.compile(r"font(?:-family)?\s*:\s*([^;}]*)", re.I)
_LENGTH = re.compile(r"\s*\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*(px|pt|pc|mm|cm|in|q|em|ex|ch|rem)?\s*", re.I)
_REUSING = {"use", "pattern", "linearGradient", "radialGradient", "filter"}
_DRAWN = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "use"}


def drawing_fault(data: bytes) -> str | None:
    """Returns the fault of an SVG picture as a predicate ("is …", "contains …"); None if it can be
    printed."""
    try:
        root = read_drawing(data)
        _check_size(root)
        for element in root.iter():
            _check_alone(element)
        # every rule of a style sheet is tried on every element
        n_rules = sum(css.count("{") for element in root.iter() for css in _styles(element))
        if n_rules * sum(1 for _ in root.iter()) > MOST_TRIALS:
            raise Refused.because(
                "has {n:,} style rules for all its parts. Export it without style sheets.", n=n_rules
            )
        _Reuse(root).size(root)
        if not any(_local(element) in _DRAWN for element in root.iter()):
            raise Refused.because("draws nothing. Export it again.")
        _check_text(root)
    except Refused as reason:
        return reason.message
    return None


def read_drawing(data: bytes) -> ElementTree.Element:
    """Returns the `svg` element. Declarations are rejected before anything is parsed. Raises Refused."""
    if len(data) > MOST_MEGABYTES * 1_000_000:
        raise Refused.because(
            "is {mb:,.0f} MB. Simplify it to {most} at most.", mb=len(data) / 1e6, most=MOST_MEGABYTES
        )
    text = data.removeprefix(b"\xef\xbb\xbf")
    encoding = _ENCODING.match(text)
    if b"\0" in text or (encoding and encoding[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii")):
        raise Refused.because("is not UTF-8 text. Save it as UTF-8.")
    if found := _DECLARATION.search(text):
        raise Refused.because(
            "contains <!{what} …>, which is not supported. Remove it.", what=found[1].decode().upper()
        )
    if _STYLESHEET.search(text):
        raise Refused.because("uses a style sheet in another file. Put the styles into the drawing.")
    try:
        text.decode("utf-8")
        root = ElementTree.fromstring(text)
    except UnicodeDecodeError as error:
        raise Refused.because("is not UTF-8 text (byte {n}). Save it as UTF-8.", n=error.start) from error
    except (ElementTree.ParseError, ValueError) as error:
        raise Refused.because("is not a readable SVG ({error}). Export it again.", error=error) from error
    if root.tag != f"{SVG}svg":
        raise Refused.because("is not an SVG, because its first element is {element}", element=_ROOT)
    return root


def _local(element: ElementTree.Element) -> str:
    """Returns the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


# ── size ─────────────────────────────────────────────────────────────────────────────────────


def _check_size(root: ElementTree.Element) -> None:
    """Raises if a drawing has no valid size: neither an absolute width and height nor a viewBox."""
    stated = (root.get(name) for name in ("width", "height"))
    given = [
        one for one in stated if one is not None and one.strip() != "auto" and not one.strip().endswith("%")
    ]
    for length in given:
        found = _LENGTH.fullmatch(length)
        if found is None or not 0 < float(found[1] + (found[2] or "")) < 1e6:
            raise Refused.because(
                "has no size. Width and height must be numbers above 0, not {found!r}.", found=length[:40]
            )
    box = root.get("viewBox")
    if box is not None:
        try:
            left, top, width, height = map(float, box.replace(",", " ").split())
        except ValueError:
            width = 0.0
        if not (0 < width < 1e9 and 0 < height < 1e9 and abs(left) < 1e9 and abs(top) < 1e9):
            raise Refused.because(
                'has no size. viewBox must be like "0 0 600 400", not {found!r}.', found=box[:40]
            )
    if box is None and len(given) < 2:
        raise Refused.because('has no size. Give it a viewBox, for example viewBox="0 0 600 400".')


# ── nothing but itself ───────────────────────────────────────────────────────────────────────


def _check_alone(element: ElementTree.Element) -> None:
    """Raises if an element contains a script or HTML, or refers to another file."""
    name = _local(element)
    if name == "script" or any(key.lower().startswith("on") for key in element.attrib):
        raise Refused.because("contains a script. Remove it.")
    if name == "foreignObject":
        raise Refused.because(
            "contains text as HTML (foreignObject), which is not drawn. Export it with SVG text."
        )
    for key in _HREFS:
        if not element.get(key, "#").strip().startswith("#"):
            raise _elsewhere(element.get(key, ""))
    for css in _styles(element):
        if "\\" in css:
            raise Refused.because("contains styles with \\. Write them without it.")
        if "@import" in css.lower():
            raise Refused.because("imports a style sheet with @import. Put the styles into the drawing.")
    for text in (*element.attrib.values(), *_styles(element)):
        for address in _URL.findall(text):
            if not address.startswith("#"):
                raise _elsewhere(address)


def _elsewhere(address: str) -> Refused:
    shown = address.strip() if len(address) <= 60 else f"{address.strip()[:60]}…"
    return Refused.because(
        "refers to {shown!r}. A drawing must contain everything it shows, and no pixel images.", shown=shown
    )


def _styles(element: ElementTree.Element) -> Iterator[str]:
    """Yields the CSS of an element: its style attribute, and its content if it is a style sheet."""
    yield element.get("style", "")
    if _local(element) == "style":
        yield "".join(element.itertext())


# ── parts that are drawn again ───────────────────────────────────────────────────────────────


class _Reuse:
    """Computes the size of a drawing in which each part is drawn wherever it is referenced."""

    def __init__(self, root: ElementTree.Element) -> None:
        self._named = {name: element for element in root.iter() if (name := element.get("id"))}
        self._sizes: dict[ElementTree.Element, tuple[int, int]] = {}
        self._open: set[ElementTree.Element] = set()

    def size(self, element: ElementTree.Element) -> tuple[int, int]:
        """Returns the number of shapes of an element and their nesting depth. Raises if it contains itself or
        is too large."""
        if element in self._sizes:
            return self._sizes[element]
        if element in self._open:
            name = element.get("id", _local(element))
            raise Refused.because("draws part {name!r} inside itself. Remove it.", name=name)
        if len(self._open) > MOST_NESTED:
            raise _too_much()
        self._open.add(element)
        # what it takes to draw without its parts
        n_letters = len(element.tail or "") // AS_A_SHAPE
        text = (element.text or "").strip()
        n_letters += len(text) // AS_A_SHAPE if _local(element) == "style" else len(text)
        shapes, depth = 1 + n_letters + sum(map(len, element.attrib.values())) // AS_A_SHAPE, 1
        for part, often in self._parts(element):
            inner, nested = self.size(part)
            shapes, depth = shapes + often * inner, max(depth, nested + 1)
        self._open.remove(element)
        if shapes > MOST_SHAPES or depth > MOST_NESTED:
            raise _too_much()
        self._sizes[element] = shapes, depth
        return self._sizes[element]

    def _parts(self, element: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, int]]:
        """Yields the parts drawn with an element, each with the number of times it is drawn."""
        yield from ((part, 1) for part in element)
        named = [
            (address, key.startswith("marker") or "marker" in text)
            for key, text in element.attrib.items()
            for address in _URL.findall(text)
        ]
        if _local(element) in _REUSING:
            named += [(element.get(key, ""), False) for key in _HREFS]
        corners = 2 + max(len(element.get(key, "")) for key in ("d", "points")) // _OF_A_CORNER
        for name, is_marker in named:
            if (part := self._named.get(name.strip().removeprefix("#"))) is not None:
                yield part, corners if is_marker else 1


def _too_much() -> Refused:
    return Refused.because(
        "becomes more than {shapes:,} shapes (a letter, or {characters} characters of "
        "a path, count as one), or more than {nested} levels deep. Simplify it.",
        shapes=MOST_SHAPES,
        characters=AS_A_SHAPE,
        nested=MOST_NESTED,
    )


# ── text ─────────────────────────────────────────────────────────────────────────────────────


def _check_text(root: ElementTree.Element) -> None:
    """Raises if our fonts lack a letter of the text, or the text is not set in them."""
    texts = ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]
    for char in missing("".join(texts)):
        raise Refused.because("contains text that cannot be printed: {why}", why=missing_message(char))
    if not any(text.strip() for text in texts):
        return
    families = [
        family.strip()
        for element in root.iter()
        for family in (
            *filter(None, [element.get("font-family")]),
            *(one for css in _styles(element) for one in _FAMILY.findall(css)),
        )
    ]
    for family in families:
        if FONT not in family.lower().split(",")[0]:
            raise Refused.because(
                'uses the font {family!r}. Write font-family="Sarabun".', family=family[:40]
            )
    if not families:
        raise Refused.because('has no font for its text. Write font-family="Sarabun" into <svg …>.')
