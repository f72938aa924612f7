"""Converts marked-up text of other programs (HTML, the XHTML of QTI, plain text, Markdown) into passages.

Every passage is read back: if its Markdown would show other characters than the file, it is written again
with every sign escaped, and without emphasis if necessary.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Set
from html import unescape
from itertools import chain
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from lxml.html import defs

from examgen.core.foreign import MOST_DEPTH
from examgen.core.foreign import html_tree as parsed
from examgen.core.text.markdown import Holds, formula_of, images, reader
from examgen.core.words import tell
from examgen.interchange.mathml import characters, is_unread, latex_of
from examgen.interchange.questions import NOTHING, Passage, QuestionPicture

FindPicture = Callable[[str], QuestionPicture | None]
"""A function that returns the picture at an address in a text; None if it is not a picture of the file."""

BLOCKS = frozenset(
    re.findall(
        r"\S+",
        "address article aside blockquote body caption center dd details dialog div dl dt fieldset "
        "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre "
        "section summary table tbody td tfoot th thead tr ul prompt itemBody item-body rubricBlock "
        "rubric-block stimulus-body",
    )
)
_STRONG, _EMPHASIS, _CODE = {"b", "strong"}, {"i", "em", "cite", "dfn", "var"}, {"code", "kbd", "samp", "tt"}
_DROPPED = frozenset(
    re.findall(
        r"\S+",
        "rt rp script style head title template noscript annotation stylesheet",
    )
)
_UNSAYABLE = frozenset(
    re.findall(
        r"\S+",
        "ruby u s del strike ins audio video iframe embed input select textarea button svg canvas",
    )
)
_ELEMENTS = defs.tags | frozenset(
    re.findall(
        r"\S+",
        "bdi data dialog frame main noframes picture rb rtc slot template prompt image annotation "
        "annotation-xml maction maligngroup malignmark menclose merror mfenced mfrac mi mlabeledtr "
        "mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub "
        "msubsup msup mtable mtd mtext mtr munder munderover none semantics circle clippath defs desc "
        "ellipse filter g line lineargradient marker mask path pattern polygon polyline radialgradient "
        "rect stop switch symbol text textpath tspan use view",
    )
)
"""The elements of HTML (including obsolete ones), MathML and SVG."""
_STAND_ALONE = frozenset(("br", "wbr"))
_CELLS = dict.fromkeys(re.findall(r"\S+", "caption col colgroup tbody td tfoot th thead tr"), ("table",))
_LEFT_OPEN: dict[str, tuple[str, ...]] = {
    "p": (), "div": (), "hr": (), "li": ("ul", "ol"), "dd": ("dl",), "dt": ("dl",), **_CELLS,
}  # fmt: skip
"""Elements that programs leave unclosed, each with the elements that may contain it."""
_TAG_LIKE = re.compile(
    r"""<(?P<end>/?)(?P<name>[A-Za-z][\w:.-]*)(?:(?P<attributes>(?:[^<>"']|"[^"<]*"|'[^'<]*')*)>)?"""
)
_ATTRIBUTES = re.compile(
    r"""(?:\s+(?:[^\s=>"'/]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+)"""
    r"""|allowfullscreen|async|autoplay|checked|compact|controls|default|defer|disabled|download|hidden|ismap|loop"""
    r"""|multiple|muted|noshade|nowrap|open|readonly|required|reversed|selected))*\s*/?""",
    re.I,
)
"""Attributes with values, and the attributes of HTML that need none."""
_MARKDOWN_PICTURE = re.compile(r"!\[[^]]*\]\((?:<[^>]*>|[^()\s]*)(?:\s+\"[^\"]*\")?\)")
MOST_CELLS = 10_000
"""The maximum number of cells of a table, counting all rows as wide as the widest."""
_TOO_DEEP = "markup nested too deep"
_SUPER, _SUB = (dict(zip("0123456789", digits, strict=True)) for digits in ("⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"))
"""Superscript and subscript digits, which the fonts of papers have; signs and letters become formulas."""
_BASE = re.compile(r"(?<![\w.,])(?:\d+(?:[.,]\d+)*|[A-Za-z])$", re.ASCII)
"""A number or letter before a superscript or subscript, which becomes part of the same formula."""
_AS_FORMULA = re.compile(r"[A-Za-z0-9]+|[A-Za-z]?[0-9+=()/−-]+[A-Za-z]?(?:[+−-][0-9]+)?")
_LATEX = re.compile(r"\\\((.{1,2000}?)\\\)|\\\[(.{1,2000}?)\\\]|\$\$(.{1,2000}?)\$\$", re.DOTALL)
_SIGNS = re.compile(r"[\\`*_$&]|!(?=\[)")
_ALL_SIGNS = re.compile(r"[!-/:-@\[-`{-~]")
_RAISED = re.compile(r"vertical-align\s*:\s*(super|sub)\b", re.I)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*[0-3](?:\.\d+)?(?:px|pt|\s*(?:[;!]|$))"
    r"|opacity\s*:\s*(?:0?\.[0-2]\d*|0(?![.\d]))|(?:left|top|text-indent|margin-left)\s*:\s*-\d{3,}|(?<![-\w])clip(?:-path)?\s*:"
    r"|(?<![-\w])(?:max-)?(?:height|width)\s*:\s*0(?![.\d])",
    re.I,
)
_WHITE = re.compile(
    r"(?<![-\w])color\s*:\s*(?:white|transparent|#fff\b|#(?:f[\da-f]){3}\b|rgba?\((?:\s*2[45]\d\s*,?){3}|rgba\([^)]*,\s*0\s*\))",
    re.I,
)
"""Text in white or transparent letters, which are not visible on paper."""
_HIDING_CLASSES = frozenset(
    ("qti-hidden", "qti-visually-hidden", "visually-hidden", "sr-only", "hidden", "d-none", "accesshide")
)
_COLOURED = re.compile(
    r"(?:^|[;\s]|background-)color\s*:\s*(?!black|inherit|#000|auto|rgb\(0, ?0, ?0\)|initial)", re.I
)
_STYLED_AS = (
    ("struck-out text", re.compile(r"text-decoration[\w-]*\s*:[^;]*line-through", re.I)),
    ("u", re.compile(r"text-decoration[\w-]*\s*:[^;]*underline", re.I)),
    ("overline", re.compile(r"text-decoration[\w-]*\s*:[^;]*overline", re.I)),
    ("capitals set by a style", re.compile(r"text-transform\s*:\s*(?:upper|lower|capital)", re.I)),
    ("hidden text", _HIDDEN),
    ("symbol", re.compile(r"font-family\s*:\s*[\"']?(?:symbol|wingdings|webdings|zapf)", re.I)),
    ("rtl", re.compile(r"direction\s*:\s*rtl", re.I)),
)
OTHERWISE_SEEN = {
    "s": tell("struck-out text"),
    "del": tell("struck-out text"),
    "strike": tell("struck-out text"),
    "struck-out text": tell("struck-out text"),
    "overline": tell("a line above the text"),
    "object": tell("a text or medium of another file (object)"),
    "hidden text": tell("hidden text"),
    "capitals set by a style": tell("capitals set by a style"),
    "other numbers of a list": tell("a list that does not begin with 1, 2, 3"),
    "note": tell("a footnote or endnote"),
    "field": tell("a field without a result"),
    "symbol": tell("a symbol of another font"),
    "rtl": tell("text from right to left"),
    "drawing": tell("a chart, shape or other drawing"),
    "formula": tell("a formula that cannot be read"),
    "content": tell("content of Word that is not read"),
}
"""Features lost from a passage that change what a reader of the file sees, with their names in words."""
_ALIGNED = re.compile(r"text-align:\s*(left|center|right)")
_LIST_MARK = re.compile(r"^(\s*)(?:([-+*])(?=\s|$)|(\d{1,9})([.)])(?=\s|$))", re.MULTILINE)
_RULES = {"left": ":---", "center": ":---:", "right": "---:"}
_PAIR = re.compile(
    r"(?P<before>(?<![\x07]).)?\x05(?P<mark>\*+)\x07(?P<inner>[^\x05\x06]+)\x06(?P=mark)\x07(?=(?P<after>.?))"
)
_WAYS = (
    (True, True, None), (True, True, _SIGNS), (True, False, _SIGNS),
    (False, True, _SIGNS), (False, False, _SIGNS), (False, False, _ALL_SIGNS),
)  # fmt: skip
"""Ways to write Markdown, from the plainest to the safest: whether lists are lists, whether emphasis is kept,
which signs are escaped.
"""


def name_of(element: Any) -> str:
    """Return the local name of an element, without namespace and without the `qti-` of QTI 3; "" for a
    comment.
    """
    tag = element.tag
    return tag.rpartition("}")[2].removeprefix("qti-") if isinstance(tag, str) else ""


def plain_of(text: str) -> str:
    """Replace each run of white space by one space."""
    return " ".join(text.split())


def shortened(text: str, most: int = 60) -> str:
    """Shorten a text to at most this number of characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def from_html(text: str, find: FindPicture | None = None, holds: Holds = "stem") -> Passage:
    """Read HTML as browsers do; if it is nested too deeply, only its words."""
    if "<" not in text and "&" not in text:
        return from_plain(" ".join(text.split()), holds, latex=True)
    tags = _tags_of(text)
    root = parsed(_TAG_LIKE.sub(lambda one: one[0] if one.start() in tags else "&lt;" + one[0][1:], text))
    if root is None:
        bare = from_plain(" ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split()), holds, latex=True)
        return bare._replace(lost=(_TOO_DEEP,))
    return from_element(root, find, holds)


_NEAR = 500
"""The number of characters on each side of a tag that are examined."""


def _tags_of(text: str) -> set[int]:
    """Return where the tags of HTML begin in a text.

    Text that only looks like a tag was typed: it has a name or attributes unknown in HTML (`a<b and c>d`,
    `<unit>`), or has no attributes and no matching tag (`cp <source> <target>`, `get<b>(v)`), unless its
    element is often left unclosed: around a block, or in a list or table.
    """
    found: set[int] = set()
    opened: dict[str, list[re.Match[str]]] = {}
    single: list[re.Match[str]] = []
    closed = set(re.findall(r"</(\w+)>", text.lower()))
    for one in _TAG_LIKE.finditer(text):
        name, attributes = one["name"].lower(), one["attributes"]
        if attributes is None or not (name in _ELEMENTS or ":" in name):
            continue
        if not _ATTRIBUTES.fullmatch(attributes):
            continue
        if attributes or name in _STAND_ALONE:
            found.add(one.start())
        if one["end"] and opened.get(name):  # an open paragraph ends the one before, others stand in another
            pair = opened[name].pop(0 if name in _LEFT_OPEN else -1)
            found |= {pair.start(), one.start()}
        elif one["end"]:
            single.append(one)
        else:
            opened.setdefault(name, []).append(one)
    for one in chain(single, *opened.values()):
        name = one["name"].lower()
        holders = _LEFT_OPEN.get(name)
        if holders is None:
            continue
        before, after = text[max(0, one.start() - _NEAR) : one.start()], text[one.end() : one.end() + _NEAR]
        if one["end"]:
            is_at_edge = re.search(r"\S$", before[-1:]) and re.match(r"\s*(?:<|$)", after)
        else:
            is_at_edge = re.search(r"(?:^|>|\n)\s*$", before[-20:]) and re.match(r"[^ ]", after)
        near = before if one["end"] else after
        shows = is_at_edge and (len(near) == _NEAR or _TAG_LIKE.sub("", near).strip())
        if closed & {*holders} or (not holders and shows):
            found.add(one.start())
    return found


def from_plain(text: str, holds: Holds = "stem", *, latex: bool = False) -> Passage:
    """Read plain text, keeping line ends. With `latex`, the delimiters of MathJax mark formulas."""
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    kept = "\n".join(lines)
    return _written([_Inline(list(_pieces(kept, _LATEX if latex else None)))], plain_of(text), holds, (), ())


def from_markdown(text: str, find: FindPicture | None = None) -> Passage:
    """Read Markdown of another program; syntax that items of the bank do not use stays as characters."""
    text = text.strip()
    found = [(one.name, find(one.name) if find else None) for one in images(text, "stem")]
    for address, picture in found:
        if picture is not None:
            text = re.sub(rf"\]\(<?{re.escape(address)}>?", f"]({_address(picture.name)}", text)
    plain = plain_of(_MARKDOWN_PICTURE.sub("", text))
    return Passage(text, plain, tuple(picture for _, picture in found if picture), ())


def from_element(
    element: Any, find: FindPicture | None, holds: Holds, skip: Set[str] = frozenset()
) -> Passage:
    """Read the words of an element of HTML or QTI; elements whose names are in `skip` are left out."""
    walk = _Walk(
        find or (lambda address: QuestionPicture(unquote(address.removeprefix("@@PLUGINFILE@@/")), None)),
        skip,
        holds,
    )
    walk.whole = plain_of("".join(element.itertext()))
    walk.within(element)
    walk.close()
    return _written(walk.blocks, plain_of("".join(walk.plain)), holds, walk.pictures, walk.lost)


class _Inline(list[tuple[str, str]]):
    """A paragraph as a list of pieces, each with its kind: text, formula, displayed, code, image, open, shut,
    break.
    """

    before: str = ""
    """The text before each line: the mark of a list entry."""


class _TableBlock(list[list["_Inline"]]):
    """A table as rows of cells."""

    aligned: tuple[str, ...] = ()
    """The alignment of each column: `left`, `center`, `right`, or unspecified."""


class _Walk:
    def __init__(self, find: FindPicture, skip: Set[str], holds: Holds) -> None:
        self.find, self.skip, self.holds = find, skip, holds
        self.depth = 0
        self.plain: list[str] = []
        self.pictures: list[QuestionPicture] = []
        self.lost: dict[str, None] = {}
        self.blocks: list[_Inline | _TableBlock] = []
        self.now = _Inline()
        self.lists: list[int | None] = []
        self.whole = ""
        """The words of the text as a whole."""

    def close(self) -> None:
        """End the current paragraph."""
        if any(
            kind not in ("break", "open", "shut") and (text.strip() or kind == "image")
            for kind, text in self.now
        ):
            self.blocks.append(self.now)
        before = self.now.before
        self.now = _Inline()
        self.now.before = " " * len(before) if before and self.lists else ""

    def text(self, text: str | None, verbatim: bool = False) -> None:
        if not text:
            return
        self.plain.append(text)
        if verbatim:
            for n, line in enumerate(text.strip("\n").split("\n")):
                if line.strip() and line[0] in " \t":
                    self.lost["indentation of lines"] = None
                if n:
                    self.now.append(("break", ""))
                self.now.append(("text", line))
            return
        self.now.extend(_pieces(re.sub(r"[ \t\r\n\f]+", " ", text), _LATEX))

    def within(self, element: Any, verbatim: bool = False) -> None:
        if self.depth >= MOST_DEPTH:
            self.lost[_TOO_DEEP] = None
            self.text("".join(element.itertext()), verbatim)
            return
        self.depth += 1
        self.text(element.text, verbatim)
        for child in element:
            self.child(child, verbatim)
            self.text(child.tail, verbatim)
        self.depth -= 1

    def child(self, element: Any, verbatim: bool) -> None:
        name = name_of(element)
        if name in ("title", "template", "script", "noscript") and plain_of("".join(element.itertext())):
            self.lost[name] = None
        if not name or name in _DROPPED or name in self.skip:
            return
        if name in _UNSAYABLE:
            self.lost[name] = None
        self.note_style(element, name)
        # Canvas draws formulas as pictures, and says their LaTeX
        latex = element.get("data-equation-content") or ""
        if not latex and "equation_image" in (element.get("class") or "").split():
            latex = (element.get("alt") or "").removeprefix("LaTeX:")
        if name == "img" and (latex := plain_of(latex)):
            self.plain.append(latex)
            self.now.append(("formula", latex))
        elif name == "math":
            self.plain.append(characters(element))
            if is_unread(element):
                self.lost["formula"] = None
            displayed = element.get("display") == "block" and self.holds != "lines"
            self.now.append(("displayed" if displayed else "formula", latex_of(element)))
        elif name == "br":
            self.plain.append(" ")
            self.now.append(("break", ""))
        elif name in ("img", "object", "image") and self.picture(element, name):
            return
        elif name in ("sub", "sup"):
            self.raised(element, name)
        elif (how := _RAISED.search(element.get("style") or "")) and not len(element):
            self.raised(element, "sup" if how[1].lower() == "super" else "sub")
        elif name == "table" and self.holds != "lines":
            self.table(element)
        elif name in BLOCKS:
            self.block(element, name, verbatim or name == "pre")
        else:
            self.inline(element, name, verbatim)

    def note_style(self, element: Any, name: str) -> None:
        """Record styles of an element that its words do not show, such as hidden text."""
        style, has_text = element.get("style") or "", bool("".join(element.itertext()).strip())
        if name == "font":
            style += f";color:{element.get('color') or 'inherit'};font-family:{element.get('face') or ''}"
        if has_text:
            is_hidden = element.get("hidden") is not None or _HIDING_CLASSES & set(
                (element.get("class") or "").split()
            )
            looks = [look for look, pattern in _STYLED_AS if style and pattern.search(style)]
            if _WHITE.search(style) and "background" not in style:
                looks.append("hidden text")
            if element.get("dir") == "rtl" or name == "bdo":
                looks.append("rtl")
            self.lost.update(dict.fromkeys([*looks, *(["hidden text"] if is_hidden else [])]))
            is_coloured = name in ("mark", "u") or (_COLOURED.search(style) and not is_hidden)
            if is_coloured:
                is_whole = plain_of("".join(element.itertext())) == self.whole
                self.lost["colour" if is_whole else "coloured words"] = None
        kind, start = element.get("type") or "1", element.get("start") or "1"
        if (name == "ol" and (kind, start) != ("1", "1")) or (name == "li" and element.get("value")):
            self.lost["other numbers of a list"] = None

    def inline(self, element: Any, name: str, verbatim: bool) -> None:
        if name in _CODE and not len(element) and (element.text or "").strip() and "`" not in element.text:
            self.plain.append(element.text)
            self.now.append(("code", plain_of(element.text)))
            return
        if name == "q":
            self.text("“")
            self.within(element, verbatim)
            self.text("”")
            return
        mark = "**" if name in _STRONG else "*" if name in _EMPHASIS else ""
        self.now.append(("open", mark))
        self.within(element, verbatim)
        self.now.append(("shut", mark))

    def block(self, element: Any, name: str, verbatim: bool) -> None:
        self.plain.append(" ")
        self.close()
        if name in ("ul", "ol"):
            self.lists.append(0 if name == "ol" else None)
        if name == "li" and self.lists and self.holds != "lines":
            count = self.lists[-1]
            if count is not None:
                self.lists[-1] = count + 1
            indent = "   " * (len(self.lists) - 1)
            self.now.before = f"{indent}{'-' if count is None else f'{count + 1}.'} "
        self.within(element, verbatim)
        self.close()
        if name in ("ul", "ol"):
            self.lists.pop()
        if name == "li":
            self.now.before = ""
        self.plain.append(" ")

    def table(self, element: Any) -> None:
        self.plain.append(" ")
        self.close()
        outer, self.blocks, holds, self.holds = self.blocks, [], self.holds, "lines"
        rows = _TableBlock()
        for part in element.iter():
            name = name_of(part)
            if name == "caption":
                self.block(part, name, False)
                outer += self.blocks
                self.blocks = []
            if name != "tr":
                continue
            rows.append([])
            if not rows.aligned:
                rows.aligned = tuple(
                    found[1]
                    if (found := _ALIGNED.search(cell.get("style") or ""))
                    else cell.get("align") or ""
                    for cell in part
                    if name_of(cell) in ("td", "th")
                )
            for cell in part:
                if name_of(cell) in ("td", "th"):
                    self.block(cell, "td", False)
                    line = _Inline()  # the paragraphs of a cell, and of tables in it
                    for block in self.blocks:
                        for one in [block] if isinstance(block, _Inline) else chain.from_iterable(block):
                            line += [("text", " ")] if line else []
                            line += (("text", " ") if kind == "break" else (kind, text) for kind, text in one)
                    rows[-1].append(line)
                    self.blocks = []
                    if cell.get("rowspan", "1") != "1" or cell.get("colspan", "1") != "1":
                        self.lost["merged cells"] = None
        self.blocks, self.holds = outer, holds
        kept = _TableBlock(row for row in rows if row)
        kept.aligned = rows.aligned
        if len(kept) * max(map(len, kept), default=0) > MOST_CELLS:
            self.lost["table too large"] = None
            self.blocks += [cell for row in kept for cell in row]
        elif kept:
            self.blocks.append(kept)
        self.plain.append(" ")

    def raised(self, element: Any, name: str) -> None:
        signs = _SUPER if name == "sup" else _SUB
        text = plain_of("".join(element.itertext()))
        self.plain.append(text)
        if text and all(sign in signs for sign in text):
            self.now.append(("text", "".join(signs[sign] for sign in text)))
        elif text:
            text = text.replace("−", "-")
            inner = text if _AS_FORMULA.fullmatch(text) else rf"\text{{{text}}}"
            base = None
            if self.now and self.now[-1][0] == "text" and (base := _BASE.search(self.now[-1][1])):
                self.now[-1] = ("text", self.now[-1][1][: base.start()])
            sign = "^" if name == "sup" else "_"
            self.now.append(("formula", f"{base[0] if base else '{}'}{sign}{{{inner}}}"))

    def picture(self, element: Any, name: str) -> bool:
        address = element.get("src") or element.get("data") or element.get("href") or ""
        if name == "object" and not (
            element.get("type", "").startswith("image/")
            or re.search(r"\.(png|jpe?g|gif|svg|webp)$", address, re.I)
        ):
            kind = element.get("type", "")
            self.lost[kind if kind in OTHERWISE_SEEN else "object"] = None
            return False
        if not address:
            return False
        if address.startswith("data:"):  # the picture stands in the address itself (RFC 2397)
            found = None
            head, _, body = address[5:].partition(",")
            if kind := re.match(r"image/(png|jpe?g|gif|svg\+xml|webp)", head):
                try:
                    encoded = "base64" in head
                    data = base64.b64decode(unquote(body)) if encoded else unquote_to_bytes(body)
                except ValueError:
                    data = b""
                suffix = kind[1].removesuffix("+xml").replace("jpeg", "jpg")
                found = QuestionPicture(
                    f"picture-{hashlib.sha256(data).hexdigest()[:8]}.{suffix}", data or None
                )
        else:
            found = self.find(address)
        found = found or QuestionPicture(
            address[:200], None
        )  # of another site, or of a kind that no browser shows
        self.pictures.append(found)
        alt = plain_of(element.get("alt") or "") or plain_of("".join(element.itertext()))
        self.now.append(("image", f"{re.sub(r'[][]', '', alt)}\0{found.name}"))
        return True


def _pieces(text: str, pattern: re.Pattern[str] | None) -> Iterator[tuple[str, str]]:
    """Yield the text and the formulas in it; line ends become breaks."""
    at = 0
    for found in pattern.finditer(text) if pattern else ():
        yield from _lines(text[at : found.start()])
        displayed = found[2] or found[3]
        yield ("displayed" if displayed else "formula", plain_of(next(one for one in found.groups() if one)))
        at = found.end()
    yield from _lines(text[at:])


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for n, line in enumerate(text.split("\n")):
        if n:
            yield "break", ""
        if line:
            yield "text", line


def _written(
    blocks: Iterable[_Inline | _TableBlock],
    plain: str,
    holds: Holds,
    pictures: Iterable[QuestionPicture],
    lost: Iterable[str],
) -> Passage:
    """Return the passage with the simplest Markdown that shows the content of the blocks."""
    blocks = [block for block in blocks if block]
    if not blocks:
        return NOTHING if not plain else Passage(_ALL_SIGNS.sub(r"\\\g<0>", plain), plain)
    text, named = "", list(lost)
    for lists, marked, signs in _WAYS:
        text = _markdown(blocks, holds, lists, marked, signs)
        if _squeezed(_read_back(text, holds)) == _squeezed("".join(_shown(block, lists) for block in blocks)):
            break
    pieces = (
        one
        for block in blocks
        for line in ([block] if isinstance(block, _Inline) else chain.from_iterable(block))
        for one in line
    )
    if not marked and any(kind == "open" and mark for kind, mark in pieces):
        named.append("emphasis")
    return Passage(text, plain, tuple(pictures), tuple(named))


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _shown(block: _Inline | _TableBlock, lists: bool = True) -> str:
    """Return the text of a block as a reader sees it; control characters mark formulas, pictures, cells and
    list entries.
    """
    if isinstance(block, _TableBlock):
        width = max(map(len, block))
        return "".join(
            "\x03" + _shown(cell) for row in block for cell in row + [_Inline()] * (width - len(row))
        )
    head = "" if not block.before.strip() else "\x02" if lists else _bullet(block)
    return head + "".join(
        text if kind in ("text", "code")
        else f"\x01{text}\x01" if kind in ("formula", "displayed")
        else "\x04" + text.partition("\0")[2] if kind == "image"
        else ""
        for kind, text in block
    )  # fmt: skip


def _bullet(block: _Inline) -> str:
    """Return the mark of a list entry that is written as a line."""
    mark = block.before.strip()
    return "•" if mark == "-" else mark.replace(".", ")")


def _read_back(text: str, holds: Holds) -> str:
    """Return the text that a reader of examgen's papers sees for this Markdown."""
    parts: list[str] = []
    for block in reader({"lines": "options.a", "stem": "stem", "stimulus": "stimulus"}[holds]).parse(text):
        if block.type == "list_item_open":
            parts.append("\x02")
        if block.type in ("td_open", "th_open"):
            parts.append("\x03")
        for token in (block, *(block.children or ())):
            if formula := formula_of(token):
                parts.append(f"\x01{formula.latex}\x01")
            elif token.type == "image":
                parts.append("\x04" + unquote(str(token.attrs["src"])))
            elif token.type in ("text", "code_inline", "text_special"):
                parts.append(token.content)
    return "".join(parts)


def _markdown(
    blocks: list[_Inline | _TableBlock],
    holds: Holds,
    lists: bool,
    marked: bool,
    signs: re.Pattern[str] | None,
) -> str:
    made: list[str] = []
    entry = False
    for block in blocks:
        if isinstance(block, _TableBlock):
            width = max(map(len, block))
            texts = [[_line_text(cell, marked, signs).replace("\n", " ") for cell in row] for row in block]
            cells = [[re.sub(r"(?<!\\)\|", r"\|", text) for text in row] for row in texts]
            lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in cells]
            rules = [_RULES.get(one, "---") for one in block.aligned[:width]]
            head = "|" + "".join(f"{rule}|" for rule in rules + ["---"] * (width - len(rules)))
            text, is_entry = "\n".join([lines[0], head, *lines[1:]]), False
        else:
            text = _line_text(block, marked, signs)
            if holds != "lines" and not block.before.strip():
                text = (
                    _LIST_MARK.sub(
                        lambda found: (
                            f"{found[1]}\\{found[2]}" if found[2] else f"{found[1]}{found[3]}\\{found[4]}"
                        ),
                        text,
                    ).replace("|", r"\|")
                    if signs
                    else text
                )
            is_entry = bool(block.before)
            if lists:
                text = block.before + text.replace("\n", "\n" + " " * len(block.before))
            elif block.before.strip():
                text = f"{_bullet(block).replace(')', chr(92) + ')')} {text}"
        between = "" if not made else "\n" if (entry and is_entry) or holds == "lines" else "\n\n"
        made += [between, text]
        entry = is_entry
    return "".join(made).strip("\n")


def _line_text(block: _Inline, marked: bool, signs: re.Pattern[str] | None) -> str:
    """Return a paragraph in Markdown, with emphasis around words and never around spaces."""
    parts: list[str] = []
    for kind, text in block:
        if kind == "text":
            parts.append(signs.sub(r"\\\g<0>", text) if signs else text)
        elif kind == "formula":
            parts.append(f"${text}$")
        elif kind == "displayed":
            parts.append(f"$${text}$$")
        elif kind == "code":
            parts.append(f"`{text}`")
        elif kind == "break":
            parts.append("\n")
        elif kind == "image":
            alt, _, name = text.partition("\0")
            parts.append(f"![{alt}]({_address(name)})")
        elif marked and text:
            parts.append({"open": "\x05", "shut": "\x06"}[kind] + text + "\x07")
    text = _emphasised("".join(parts))
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).strip(" ") for line in text.split("\n")]
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip("\n")


def _address(name: str) -> str:
    return f"<{name}>" if re.search(r"[\s()]", name) else name


def _emphasised(text: str) -> str:
    """Move emphasis marks next to the words they enclose, and remove those that enclose only spaces."""
    while (again := re.sub(r"\x05(\*+)\x07([\s\u00a0]*)\x06\1\x07", r"\2", text)) != text:
        text = again
    text = re.sub(r"(\x05\*+\x07)([\s\u00a0]+)", r"\2\1", text)
    text = re.sub(r"([\s\u00a0]+)(\x06\*+\x07)", r"\2\1", text)
    text = re.sub(r"\x06(\*+)\x07\x05\1\x07", "", text)
    return re.sub(r"[\x05\x06](\*+)\x07", r"\1", _PAIR.sub(_kept, text))


def _kept(found: re.Match[str]) -> str:
    """Return marks around words, or only the words if CommonMark would print the marks (punctuation just
    inside a mark and a letter just outside).
    """
    inner, before, after = found["inner"], found["before"] or "", found["after"]
    printed = (_is_sign(inner[0]) and _is_letter(before)) or (_is_sign(inner[-1]) and _is_letter(after))
    mark = "" if printed else found["mark"]
    return f"{before}{mark}{inner}{mark}"


def _is_sign(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"


def _is_letter(char: str) -> bool:
    return bool(char) and not char.isspace() and not _is_sign(char)
