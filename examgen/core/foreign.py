"""Bytes of other programs: text of unknown encoding, XML that reaches for nothing, bounded HTML, archives."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from html import entities
from io import BytesIO, StringIO
from posixpath import normpath
from typing import Any

from lxml import etree

from examgen.core.archives import ArchiveFault, is_plain, open_zip, zip_words
from examgen.core.problems import Problem, Refused
from examgen.core.tables.encodings import MISPLACED, UTF8, encoding_shown
from examgen.core.words import Message, listed, tell, tell_n

MOST_BYTES = 512 * 2**20
"""Of all members of an archive together, unpacked."""
MOST_MEMBER = 64 * 2**20
MOST_TEXT = 16 * 2**20
"""Bytes of a file of text: ten thousand questions take two million."""
MOST_RATIO = 400
"""Bytes that one packed byte may become where a member is larger than a megabyte."""

_THAI = re.compile("[\u0e01-\u0e5b]")
_BLANKS = re.compile(r"[^\S\n]{200,}")
"""Blanks that nobody typed: patterns that look for some would take the square of their number."""
MOST_DEPTH = 150
"""Elements within each other. Editors of questions write twenty; Chromium ends at 512."""
MOST_ELEMENTS = 50_000


def decoded(data: bytes, name: str) -> tuple[str, list[Message]]:
    """The text of a file, and what a person must know of how it was read.

    A byte order mark decides, or the zeros of UTF-16; else UTF-8, or CP874 where that gives Thai in which no
    mark stands over nothing, or CP1252. Raises Refused where it is no text.
    """
    if len(data) > MOST_TEXT:
        raise refusal(name, "too-large", tell("has more than {n} MB", n=MOST_TEXT >> 20))
    encoding = encoding_shown(data) or UTF8
    try:
        text = data[encoding.mark :].decode(encoding.codec)
        if "\0" not in text:
            return _BLANKS.sub(" ", text), []
    except UnicodeDecodeError:
        pass
    if encoding is UTF8 and b"\0" not in data:
        try:
            text = data.decode("cp874")
        except UnicodeDecodeError:
            text = ""
        if len(_THAI.findall(text)) > 3 * len(MISPLACED.findall(text)):
            return _BLANKS.sub(" ", text), [tell("was read as CP874 (Thai Windows). Check the texts.")]
        try:
            text = _BLANKS.sub(" ", data.decode("cp1252"))
            return text, [tell("was read as CP1252 (Western Windows). Check the texts.")]
        except UnicodeDecodeError:
            pass
    raise refusal(name, "encoding", tell("is not text in UTF-8, UTF-16, CP874 or CP1252"))


def refusal(name: str, code: str, message: Message) -> Refused:
    """The refusal of a whole file."""
    return Refused(
        tell("{name} contains nothing that can be read", name=name), [Problem(name, code, message)]
    )


def xml(data: bytes, name: str) -> Any:
    """The root of an XML document; no entity is resolved, nothing is fetched.

    Raises Refused where it is not well formed, or declares entities.
    """
    if len(data) > MOST_MEMBER:
        raise refusal(name, "too-large", tell("has more than {n} MB", n=MOST_MEMBER >> 20))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, remove_comments=True,
        remove_pis=True, huge_tree=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        said = re.sub(r"\s*\(<string>, line \d+\)", "", str(error)).strip()[:200] or type(error).__name__
        raise refusal(name, "not-xml", tell("is not well-formed XML ({error})", error=said)) from None
    kind = root.getroottree().docinfo.internalDTD
    if kind is not None and any(True for _ in kind.iterentities()):
        raise refusal(name, "entities", tell("declares its own entities. Export it without a DTD."))
    # signs that HTML names (`&nbsp;`) stand in the place of their names: a file that has a document type
    # outside of itself may use them
    for one in list(root.iter(etree.Entity)):
        sign = entities.html5.get(f"{one.name};")
        if sign is None:
            raise refusal(name, "entities", tell("uses the unknown entity {name}", name=one.name))
        above, before = one.getparent(), one.getprevious()
        text = sign + (one.tail or "")
        if before is None:
            above.text = (above.text or "") + text
        else:
            before.tail = (before.tail or "") + text
        one.tail = None
        above.remove(one)
    return root


class Archive:
    """The members of a zip file, by their paths: bounded in number and size, none outside of it."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self.outside: list[str] = []
        """Members whose paths lead out of the archive, or hide what they are: never read."""
        self._members: dict[str, zipfile.ZipInfo] = {}
        try:
            self._zip = open_zip(BytesIO(data), most_bytes=MOST_BYTES)
        except ArchiveFault as fault:
            code = "not-zip" if fault.code == "damaged" else fault.code
            raise refusal(name, code, fault.message) from None
        for one in self._zip.infolist():
            if one.is_dir():
                continue
            path = one.filename.replace("\\", "/").removeprefix("./")
            if is_plain(path):
                self._members.setdefault(path, one)
            else:
                self.outside.append(path)

    @property
    def members(self) -> Mapping[str, object]:
        """By their paths, in the order of the archive."""
        return self._members

    def outside_messages(self) -> list[Message]:
        """Names the members that are not read since they lead out of the archive; nothing where none does."""
        if not self.outside:
            return []
        return [
            tell_n(
                "{n} member has a path outside the archive and was not read ({names})",
                "{n} members have a path outside the archive and were not read ({names})",
                len(self.outside),
                names=listed(self.outside[:20]),
            )
        ]

    def find(self, path: str, beside: str = "") -> str | None:
        """The member that an address beside another member names; None where there is none."""
        folder = "" if path.startswith("/") else beside.rpartition("/")[0]
        for base in (folder, ""):
            inside = normpath(f"{base}/{path}" if base else path.lstrip("/"))
            if inside in self._members:
                return inside
        return None

    def head(self, member: str) -> bytes | None:
        """The first bytes of a member; None of one that is damaged."""
        try:
            with self._zip.open(self._members[member]) as opened:
                return opened.read(8192)
        except Exception:  # as in `read`, which says what is wrong
            return None

    def read(self, member: str) -> bytes:
        """The bytes of a member. Raises Refused for one that is damaged, ciphered or a bomb."""
        info = self._members[member]
        where = f"{self.name}/{member}"
        if info.flag_bits & 1:
            raise refusal(where, "ciphered", tell("is protected by a password"))
        if info.file_size > 2**20 and info.file_size > MOST_RATIO * max(info.compress_size, 1):
            raise refusal(where, "too-large", tell("expands to more than {n} times its size", n=MOST_RATIO))
        if info.file_size > MOST_MEMBER:
            raise refusal(where, "too-large", tell("unpacks to more than {n} MB", n=info.file_size >> 20))
        try:
            with self._zip.open(info) as opened:
                data = opened.read(MOST_MEMBER + 1)
        except Exception as error:  # zlib.error and lzma.LZMAError have no base of their own
            raise refusal(where, "damaged", tell("is damaged ({error})", error=zip_words(error))) from None
        if len(data) > MOST_MEMBER:
            raise refusal(where, "too-large", tell("unpacks to more than {n} MB", n=MOST_MEMBER >> 20))
        return data


class _Bounded(list[Any]):
    """The elements that are open."""

    opened = 0

    def append(self, element: Any) -> None:
        self.opened += 1
        if len(self) >= MOST_DEPTH or self.opened > MOST_ELEMENTS:
            raise OverflowError
        super().append(element)


def html_tree(text: str) -> Any:
    """The root of a text as browsers read it; None where it is past the bounds, or past the parser.

    Bounded in depth, since trees are walked by recursion and the parser's time grows with its square, and in
    elements, since unclosed ones are written again in each paragraph.
    """
    from tinyhtml5.parser import HTMLParser
    from tinyhtml5.treebuilder import TreeBuilder

    class Tree(TreeBuilder):  # type: ignore[misc]  # the package has no types
        def reset(self) -> None:
            super().reset()
            self.open_elements = _Bounded()

    class Parser(HTMLParser):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(namespace_html_elements=False)
            self.tree = Tree(False)
            for phase in self.phases.values():
                phase.tree = self.tree

    try:
        # of a short text the parser would ask whether it names a file, and read that: it is given a stream
        return Parser().parse(StringIO(text))
    except (OverflowError, ValueError, TypeError, AttributeError, IndexError, KeyError, AssertionError):
        return None  # the others: faults of the parser with elements that overlap each other
