"""The known formats of question files by name, and the recognition of the format of a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import PurePath
from typing import NamedTuple

from examgen.core import foreign
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import Message, either, option, tell
from examgen.interchange import gift, moodle_xml, qti, word
from examgen.interchange.questions import QuestionFile
from examgen.interchange.typed.reading import is_aiken, is_text, read_aiken, read_text

_START = 256 * 1024
"""The number of characters of a text that are examined to recognise its format."""


class QuestionFormat(NamedTuple):
    """A format: its name, its title, and the function that reads its files."""

    name: str
    title: Message
    read: Callable[[bytes, str], QuestionFile]


def _qti(data: bytes, name: str) -> QuestionFile:
    if not data.startswith(b"PK"):
        return qti.read_item(data, name)
    archive = foreign.Archive(data, name)
    if not qti.is_package(archive):
        raise foreign.refusal(name, "no-items", tell("contains no items of QTI 2 or 3"))
    return qti.read_package(archive)


FORMATS: tuple[QuestionFormat, ...] = (
    QuestionFormat("moodle-xml", tell("Moodle XML"), moodle_xml.read),
    QuestionFormat("gift", tell("GIFT (text format of Moodle)"), gift.read),
    QuestionFormat("aiken", tell("Aiken (stem, A. B. C., ANSWER:)"), read_aiken),
    QuestionFormat("qti", tell("QTI 2.1, 2.2 or 3.0: an item, or a package"), _qti),
    QuestionFormat("docx", tell("a Word document with numbered questions"), word.read),
    QuestionFormat("text", tell("plain text with numbered questions"), read_text),
)
_ALIASES = {
    "qti21": "qti",
    "qti22": "qti",
    "qti30": "qti",
    "qti2": "qti",
    "qti3": "qti",
    "moodle": "moodle-xml",
    "word": "docx",
}


def format_named(name: str) -> QuestionFormat:
    """Return the format with that name. Raises WrongUsage if it is unknown."""
    wanted = _ALIASES.get(name.lower(), name.lower())
    for one in FORMATS:
        if one.name == wanted:
            return one
    known = either((*(one.name for one in FORMATS), "table"))
    raise WrongUsage.because(
        "{format} {name} is unknown. Choose one of {known}.",
        name=name,
        known=known,
        format=option("format", command="bank import"),
    )


def format_of(data: bytes, name: str) -> QuestionFormat | None:
    """Return the format of a file, recognised by its content; None if it is none of these."""
    if data.startswith(b"PK"):
        archive = foreign.Archive(data, name)
        if word.is_package(archive):
            return format_named("docx")
        return format_named("qti") if qti.is_package(archive) else None
    begin = data[:_START]
    if begin[:2] in (b"\xff\xfe", b"\xfe\xff"):
        begin = begin.decode("utf-16", "replace").encode()
    if moodle_xml.is_one(begin):
        return format_named("moodle-xml")
    if qti.is_item(begin):
        return format_named("qti")
    if re.match(rb"[\xef\xbb\xbf\s]*<(?:\?xml|!doctype html|html)", data, re.I) or _is_json(data):
        return None
    text = foreign.decoded(data, name)[0][:_START]
    if is_aiken(text):
        return format_named("aiken")
    if gift.is_one(text) or PurePath(name).suffix.lower() == ".gift":
        return format_named("gift")
    return format_named("text") if is_text(text) else None


def _is_json(data: bytes) -> bool:
    """Return whether a file is JSON, whose braces and tildes resemble GIFT."""
    if not data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"{", b"[")):
        return False
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def read(data: bytes, name: str, format: str | None = None) -> QuestionFile:
    """Read the questions of a file in the named format, or in the one that its content shows.

    Raises Refused if nothing in it can be read.
    """
    found = format_named(format) if format else format_of(data, name)
    if found is None:
        known = either(one.name for one in FORMATS)
        said = tell("has a format that cannot be read. Use one of {known}.", known=known)
        faults = qti.package_faults(foreign.Archive(data, name)) if data.startswith(b"PK") else []
        raise Refused.because(
            "{name} contains nothing that can be read",
            [*faults, Problem(name, "unknown-format", said)],
            name=name,
        )
    return found.read(data, name)
