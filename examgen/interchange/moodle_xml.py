"""Moodle XML, as Moodle exports its question bank.

References
----------
Moodle documentation, "Moodle XML format"; what else real files contain is in docs/interchange.md.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote, unquote

from examgen.core import foreign
from examgen.core.text.markdown import Holds
from examgen.core.words import tell
from examgen.interchange import markup, weights
from examgen.interchange.question_context import Rubric, under
from examgen.interchange.questions import (
    NOTHING,
    Choice,
    Kind,
    Passage,
    Question,
    QuestionFile,
    QuestionPicture,
    RefusedQuestion,
    joined,
)
from examgen.interchange.writing import WrittenItem, xhtml

_TRUE = frozenset(("1", "true", "yes"))
_FALSE = frozenset(("0", "false", "no"))


def is_one(data: bytes) -> bool:
    """Return whether the bytes are of this format."""
    return b"<quiz" in data[:4096]


def read(data: bytes, name: str) -> QuestionFile:
    """Read the questions of a file, in order. Raises Refused if it is not well-formed XML."""
    root = foreign.xml(data, name)
    if markup.name_of(root) != "quiz":
        raise foreign.refusal(
            name, "not-moodle", tell("has <{tag}>, not <quiz>, as its root", tag=markup.name_of(root))
        )
    reading = QuestionFile("moodle-xml")
    category, rubric = None, Rubric()
    for element in root:
        if markup.name_of(element) != "question":
            continue
        kind, source = element.get("type", ""), f"{name}:{element.sourceline}"
        if kind == "category":
            category = _text(element.find("category")).strip() or None
            rubric.read((category or "").rpartition("/")[2])
            continue
        try:
            if kind in ("multichoice", "truefalse"):
                one = _question(element, source, category, kind == "truefalse")
                reading.questions.append(under(one, rubric.over_next()))
                continue
            if kind == "description":
                rubric.read(_passage(element.find("questiontext"), {}).plain)
            kind = kind or "?"
            reason = tell("is a question of type {kind}, not multiple choice", kind=kind)
        except ValueError as error:
            reason = tell("cannot be read: {error}", error=error)
        title = markup.from_html(_text(element.find("name"))).plain
        reading.set_aside.append(RefusedQuestion(source, kind, reason, title))
    return reading


def _text(element: Any) -> str:
    if element is None:
        return ""
    inner = element.find("text")
    return "".join((element if inner is None else inner).itertext())


class _Files:
    """The pictures stored with a text, including the format of Moodle 1.9."""

    def __init__(self, element: Any, also: Mapping[str, bytes | None]) -> None:
        self.held: dict[str, bytes | None] = dict(also)
        names: set[str] = set()
        for one in element.findall("file") if element is not None else ():
            name, data = one.get("name", ""), _bytes(one)
            self.held[one.get("path", "/").strip("/") + "/" + name] = data
            if name not in names:
                self.held[name] = data
            names.add(name)

    def find(self, address: str) -> QuestionPicture | None:
        inside = address.partition("@@PLUGINFILE@@/")[2]
        if not inside and (":" in address or address.startswith("//")):
            return None
        named = unquote(inside or address).partition("?")[0]
        short = named.rpartition("/")[2]
        for one in (named, short):
            if one in self.held:
                return QuestionPicture(
                    short if self.held.get(short) == self.held[one] else one, self.held[one]
                )
        return QuestionPicture(named, None)


def _bytes(element: Any) -> bytes | None:
    """Return the content of a file; None if it is empty or damaged."""
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _passage(element: Any, also: Mapping[str, bytes | None], holds: Holds = "stem") -> Passage:
    """Return a text, read in the format that it states."""
    if element is None:
        return NOTHING
    text, kind = _text(element), element.get("format", "moodle_auto_format")
    found = _Files(element, also)
    if kind == "plain_text":
        return markup.from_plain(text, holds, latex=True)
    if kind == "markdown":
        return markup.from_markdown(text, found.find)
    if kind == "moodle_auto_format" and "<" not in text:
        text = "<br>".join(text.strip().splitlines())
    return markup.from_html(text, found.find, holds)


def _images_of_old(element: Any) -> dict[str, bytes | None]:
    name, held = element.find("image"), element.find("image_base64")
    if name is None or not (name.text or "").strip():
        return {}
    return {name.text.strip(): None if held is None else _bytes(held)}


def _question(element: Any, source: str, category: str | None, is_truth: bool) -> Question:
    """Return a multiple-choice or true/false question. Raises ValueError with the part that cannot be
    read.
    """
    old = _images_of_old(element)
    said = (_line(element, "single") or "true").lower()
    if not is_truth and said not in _TRUE | _FALSE:
        raise ValueError(tell("`single` is {said!r}, not true or false", said=said))
    kind: Kind = "truefalse" if is_truth else "single" if said in _TRUE else "multiple"
    answers = element.findall("answer")
    shares = []
    for answer in answers:
        fraction = answer.get("fraction", "0").strip()
        try:
            shares.append(weights.number(fraction) / 100)
        except ValueError:
            raise ValueError(tell("the fraction {text!r} is not a number", text=fraction)) from None
    right = weights.right_of(kind, shares)
    choices = tuple(
        Choice(
            markup.from_plain(_text(answer), "lines") if is_truth else _passage(answer, old, "lines"),
            is_right,
            share,
            _passage(answer.find("feedback"), old, "lines") or None,
        )
        for answer, is_right, share in zip(answers, right, shares, strict=True)
    )
    title = markup.from_html(_text(element.find("name"))).plain
    stem = _passage(element.find("questiontext"), old)
    for name, data in old.items():
        if name not in {one.name for one in stem.pictures}:
            picture = QuestionPicture(name, data)
            shown = markup.from_html(f'<p><img src="{escape(name)}"></p>', lambda _: picture)  # noqa: B023
            stem = joined([stem, shown], "stem")
    shuffle = _line(element, "shuffleanswers")
    further = [*element.findall("hint")]
    further += [element.find(f"{one}feedback") for one in ("correct", "partiallycorrect", "incorrect")]
    left = []
    if element.findall("hint"):
        left.append(tell("its hints are left out, because the bank has none"))
    if any(_line(element, f"{one}feedback") for one in ("correct", "partiallycorrect", "incorrect")):
        left.append(tell("its general feedback for right and wrong answers is left out"))
    if (_line(element, "hidden") or "0") in _TRUE:
        left.append(tell("is hidden in Moodle"))
    return weights.with_concerns(
        Question(
            id=_line(element, "idnumber") or title or source,
            source=source,
            kind=kind,
            stem=stem,
            choices=choices,
            points=weights.number_or_none(_line(element, "defaultgrade")),
            name=title,
            shuffle=shuffle.lower() in _TRUE if shuffle else None,
            feedback=_passage(element.find("generalfeedback"), old) or None,
            further=tuple(_passage(one, old, "lines") for one in further),
            category=category,
            tags=tuple(text for tag in element.findall("tags/tag") if (text := _text(tag).strip())),
            warnings=tuple(left),
        ),
        shares,
    )


def _line(element: Any, name: str) -> str:
    found = element.find(name)
    return "" if found is None else markup.plain_of("".join(found.itertext()))


def write(sent: Sequence[WrittenItem], unit: str) -> bytes:
    """Return a question bank for Moodle, with a category for each criterion of the unit or for each form.

    Item ids become idnumbers; criteria, levels and cognitive categories become tags; rationales become the
    feedback of answers.
    """
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n']
    category = ""
    for one in sent:
        if one.category(unit) != category:
            category = one.category(unit)
            parts.append(
                '<question type="category"><category>'
                f"<text>$course$/top/{_text_of(category)}</text></category></question>\n"
            )
        item, n = one.item, 1 if one.has_one_mark else len(one.item.key)
        right = f"{100 / n:.5f}".rstrip("0").rstrip(".") if n > 1 else "100"
        body = xhtml(item.stem, "stem", _address, "latex")
        if one.stimulus:
            body = (
                f'<div class="stimulus">{xhtml(one.stimulus[1], "stimulus", _address, "latex")}</div>{body}'
            )
        shuffle = "false" if item.anchored or one.asked else "true"
        answers = "".join(
            f'<answer fraction="{right if name in item.key else 0}" format="html">'
            f'{_html(text, f"options.{name}", one)}<feedback format="html">'
            f"{_html(item.rationale.get(name, ''), f'rationale.{name}', one)}</feedback></answer>\n"
            for name, text in item.options.items()
        )
        tags = "".join(f"<tag><text>{_text_of(tag)}</text></tag>" for tag in one.tags)
        parts.append(
            f'<question type="multichoice">\n<name><text>{_text_of(item.id)}</text></name>\n'
            f'<questiontext format="html"><text>{_whole(body)}</text>{_files(body, one)}</questiontext>\n'
            f'<generalfeedback format="plain_text"><text>{_whole(item.reference)}</text></generalfeedback>\n'
            f"<defaultgrade>{one.points}</defaultgrade><penalty>0</penalty><hidden>0</hidden>"
            f"<idnumber>{_text_of(item.id)}</idnumber>\n"
            f"<single>{'true' if n == 1 else 'false'}</single><shuffleanswers>{shuffle}</shuffleanswers>"
            f"<answernumbering>abc</answernumbering>\n{answers}<tags>{tags}</tags>\n</question>\n"
        )
    parts.append("</quiz>\n")
    return "".join(parts).encode()


def _text_of(text: str) -> str:
    return escape(text, quote=False)


def _whole(text: str) -> str:
    """Return a text as CDATA, as Moodle writes it, because its importer drops spaces between escaped signs
    (`&gt; &lt;`).
    """
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>" if text else ""


def _address(name: str) -> str:
    return f"@@PLUGINFILE@@/{quote(name)}"


def _html(text: str, field: str, one: WrittenItem) -> str:
    html = xhtml(text, field, _address, "latex") if text else ""
    return f"<text>{_whole(html)}</text>{_files(html, one)}"


def _files(html: str, one: WrittenItem) -> str:
    """Return the pictures that a text shows, as file elements."""
    return "".join(
        f'<file name="{escape(name)}" path="/" encoding="base64">{base64.b64encode(data).decode()}</file>'
        for name, data in one.pictures.items()
        if f'"{_address(name)}"' in html
    )
