"""Reads files of other programs safely: text of unknown encoding, XML without external references, HTML of
limited size, and archives."""

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
"""The maximum number of bytes of all members of an archive together, unpacked."""
MOST_MEMBER = 64 * 2**20
MOST_TEXT = 16 * 2**20
"""The maximum number of bytes of a text file; ten thousand questions take two million."""
MOST_RATIO = 400
"""The maximum compression ratio of a member larger than a megabyte."""

_THAI = re.compile("[\u0e01-\u0e5b]")
_BLANKS = re.compile(r"[^\S\n]{200,}")
"""Runs of blanks too long to be typed. Patterns that search for blanks would take time quadratic in their
number."""
MOST_DEPTH = 150
"""The maximum nesting depth of elements. Question editors write about twenty; Chromium's limit is 512."""
MOST_ELEMENTS = 50_000


def decoded(data: bytes, name: str) -> tuple[str, list[Message]]:
    """Returns the text of a file, and messages about how it was decoded.

    A byte order mark, or the zeros of UTF-16, determines the encoding. Otherwise it is UTF-8; or CP874 if
    that gives Thai whose marks are mostly above or below a letter; or CP1252. Raises Refused if it is not
    text.
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
    """Returns a refusal of a whole file."""
    return Refused.because(
        "{name} contains nothing that can be read", [Problem(name, code, message)], name=name
    )


def xml(data: bytes, name: str) -> Any:
    """Returns the root of an XML document, without resolving entities of its own or fetching anything.

    Raises Refused if it is not well formed, or declares entities.
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
    """The members of a zip file by path. Their number and size are limited, and paths that lead out of the
    archive are skipped."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self.outside: list[str] = []
        """Members that are never read, because their paths lead out of the archive or hide what they are."""
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
        """The members by path, in the order of the archive."""
        return self._members

    def outside_messages(self) -> list[Message]:
        """Returns a message that lists the members skipped because their paths lead out of the archive; empty
        if there are none."""
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
        """Returns the member to which a path relative to another member refers; None if there is none."""
        folder = "" if path.startswith("/") else beside.rpartition("/")[0]
        for base in (folder, ""):
            inside = normpath(f"{base}/{path}" if base else path.lstrip("/"))
            if inside in self._members:
                return inside
        return None

    def head(self, member: str) -> bytes | None:
        """Returns the first 8192 bytes of a member; None if it is damaged."""
        try:
            with self._zip.open(self._members[member]) as opened:
                return opened.read(8192)
        except Exception:  # as in `read`, which says what is wrong
            return None

    def read(self, member: str) -> bytes:
        """Returns the bytes of a member. Raises Refused if it is damaged, encrypted or a zip bomb."""
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
    """The stack of open elements, limited in depth and in total number."""

    opened = 0

    def append(self, element: Any) -> None:
        self.opened += 1
        if len(self) >= MOST_DEPTH or self.opened > MOST_ELEMENTS:
            raise OverflowError
        super().append(element)


def html_tree(text: str) -> Any:
    """Returns the root of a text parsed as HTML as browsers do; None if it exceeds the limits or the parser
    fails.

    The depth is limited, since trees are walked by recursion and the parser's time grows with the square of
    the depth. The number of elements is limited, since unclosed ones are repeated in each paragraph.
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
