"""QTI 1.2 → questions, in the dialects of Canvas, Blackboard and programs that write like them.

References
----------
IMS Question & Test Interoperability: ASI XML Binding Specification 1.2 (2002); docs/interchange.md describes
the dialects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from html import escape
from typing import Any
from urllib.parse import unquote

from examgen.core import foreign
from examgen.core.problems import Refused
from examgen.core.text.markdown import Holds
from examgen.core.words import tell
from examgen.interchange import markup, qti12_scoring, weights
from examgen.interchange.markup import FindPicture, name_of
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

_ROOT = re.compile(rb"<(\w+:)?questestinterop[\s>]")
_DECLARATION = re.compile(rb'(<\?xml\s+version\s*=\s*"[^"]*")(encoding)')
_GENERAL = frozenset(
    ("correct", "incorrect", "correct_fb", "incorrect_fb", "general_fb", "general_incorrect_fb")
)
_TRUE_FALSE = frozenset(("true_false_question", "true/false", "cc.true_false.v0p1", "either/or"))
_CHOICES = _TRUE_FALSE | {
    "multiple_choice_question", "multiple_answers_question", "multiple choice", "multiple answer",
    "multiple response", "cc.multiple_choice.v0p1", "cc.multiple_response.v0p1",
}  # fmt: skip
_BLACKBOARD = re.compile(r"@X@EmbeddedFile\.(?:requestUrlStub|location)@X@")
_RESPONDUS = re.compile(r"%%LINKPATH%%/?")
_CANVAS = re.compile(r"(\$|%24)IMS-CC-FILEBASE(\$|%24)/?")


def is_one(data: bytes) -> bool:
    """Whether the bytes are a file of this format."""
    return bool(_ROOT.search(data[:8192]))


def is_package(archive: foreign.Archive) -> bool:
    """Whether an archive holds files of this format."""
    return any(is_one(archive.head(member) or b"") for member in _members(archive))


def _members(archive: foreign.Archive) -> Iterator[str]:
    for member in archive.members:
        if member.lower().endswith((".xml", ".dat", ".qti")):
            yield member


def read_file(data: bytes, name: str) -> QuestionFile:
    """The questions of a single file."""
    reading = QuestionFile("qti12")
    _read(reading, data, name, None)
    return reading


def read_package(archive: foreign.Archive) -> QuestionFile:
    """The questions of a package. Canvas writes some files twice: only the complete one is read."""
    reading = QuestionFile("qti12")
    heads = {member: archive.head(member) for member in _members(archive)}
    members = [member for member, head in heads.items() if head is None or is_one(head)]
    whole = {member.rpartition("/")[2].partition(".")[0] for member in members if member.endswith(".qti")}
    seen: set[bytes] = set()
    for member in members:
        if member.endswith("/assessment_qti.xml") and member.split("/")[-2] in whole:
            continue
        source = f"{archive.name}/{member}"
        try:
            data = archive.read(member)
            if data in seen:
                continue  # Blackboard's exports may hold every member a second time
            seen.add(data)
            _read(reading, data, source, archive)
        except Refused as error:
            reading.set_aside.append(
                RefusedQuestion(source, "damaged", tell("{why}", why=error.problems[0].message))
            )
    reading.notes += archive.outside_messages()
    return reading


def _read(reading: QuestionFile, data: bytes, source: str, archive: foreign.Archive | None) -> None:
    root = foreign.xml(_DECLARATION.sub(rb"\1 \2", data, count=1), source)
    if name_of(root) != "questestinterop":
        raise foreign.refusal(
            source, "not-qti", tell("has <{tag}>, not <questestinterop>, as its root", tag=name_of(root))
        )
    find = partial(_picture, archive, source)
    for item in _all(root, "item"):
        found = _item(item, f"{source}:{item.sourceline}", find)
        if isinstance(found, Question):
            reading.questions.append(found)
        else:
            reading.set_aside.append(found)


def _all(element: Any, *names: str) -> Iterator[Any]:
    for one in element.iter():
        if name_of(one).lower() in names:
            yield one


def _picture(archive: foreign.Archive | None, source: str, address: str) -> QuestionPicture | None:
    """The picture at an address as Canvas, Blackboard and others write it; None if it is on the web."""
    path = unquote(_RESPONDUS.sub("", _CANVAS.sub("", _BLACKBOARD.sub("", address))).partition("?")[0])
    member = None
    if archive:
        if xid := re.search(r"xid-[\d_]+", path):
            wanted = re.compile(rf"__{re.escape(xid[0])}(\.|$)")
            member = next((one for one in archive.members if wanted.search(one)), None)
        beside = source.removeprefix(f"{archive.name}/")
        for one in (path, f"web_resources/{path}"):
            member = member or archive.find(one, beside)
    if member and archive:
        try:
            return QuestionPicture(member, archive.read(member))
        except Refused:
            return QuestionPicture(member, None)
    return None if re.match(r"(https?:)?//", path) else QuestionPicture(path, None)


def _item(item: Any, source: str, find: FindPicture) -> Question | RefusedQuestion:
    """The question of an item with one choice interaction; other items are refused."""
    # metadata by label; Blackboard's are elements, by name
    told: dict[str, str] = {}
    for one in _all(item, "qtimetadatafield"):
        texts = ["".join(child.itertext()).strip() for child in one if name_of(child)]
        if len(texts) == 2:
            told.setdefault(texts[0], texts[1])
    for block in _all(item, "itemmetadata"):
        for one in block:
            if name_of(one) and not len(one) and (one.text or "").strip():
                told.setdefault(name_of(one), one.text.strip())
    kind = told.get("question_type") or told.get("bbmd_questiontype") or told.get("cc_profile") or ""
    title = markup.plain_of(item.get("title") or "")
    identifier = item.get("ident") or told.get("bbmd_asi_object_id") or title or source
    presentation = next(_all(item, "presentation"), None)
    responses = (
        []
        if presentation is None
        else list(
            _all(presentation, "response_lid", "response_str", "response_num", "response_xy", "response_grp")
        )
    )
    choices = [one for one in responses if any(True for _ in _all(one, "render_choice"))]
    shown = ", ".join(dict.fromkeys(name_of(one) for one in responses))
    aside = kind or (f"{len(responses)} × {shown}" if len(responses) > 1 else shown) or "information"
    is_choice = not kind or kind.lower() in _CHOICES
    if any((one.get("rcardinality") or "").lower() == "ordered" for one in choices):
        aside, is_choice = "ordered", False
    if not is_choice or len(choices) != 1 or len(responses) != 1 or name_of(choices[0]) != "response_lid":
        message = tell("is a question of the type {kind}, not multiple choice", kind=aside)
        return RefusedQuestion(source, aside, message, title or identifier)
    [response] = choices
    labels = list(_all(response, "response_label"))
    names = [(label.get("ident") or "").strip() for label in labels]
    several = (response.get("rcardinality") or "Single").lower() != "single"
    scored = qti12_scoring.prove(item, response, names, several)
    said: dict[str, Passage] = {}
    for one in _all(item, "itemfeedback"):
        if text := _material(one, find, "stem"):
            said.setdefault(one.get("ident") or "", text)
    # feedback of one option belongs to it; feedback of several options, or the solution, to the question
    shown_for: dict[str, str] = {}
    of_several: list[str] = []
    for condition in _all(item, "respcondition"):
        tests = list(_all(condition, "varequal"))
        if len(tests) != 1 or any(True for _ in _all(condition, "not")):
            continue
        for one in _all(condition, "displayfeedback"):
            link, name = one.get("linkrefid") or "", (tests[0].text or "").strip()
            if (one.get("feedbacktype") or "").lower() == "solution":
                of_several.append(link)
            elif link not in _GENERAL:
                shown_for.setdefault(name, link)
    links = list(shown_for.values())
    of_several += [link for link in links if links.count(link) > 1]
    own = {name: link for name, link in shown_for.items() if link not in of_several}
    render = next(_all(response, "render_choice"))
    shuffled = (render.get("shuffle") or "").lower()
    options = tuple(
        Choice(
            _material(label, find, "lines"),
            place in scored.right,
            None if scored.is_plain else scored.shares[place],
            said.get(own.get(name, ""), said.get(f"{name}_fb")) or None,
            shuffled == "yes" and (label.get("rshuffle") or "").lower() == "no",
        )
        for place, (label, name) in enumerate(zip(labels, names, strict=True))
    )
    of_kind: Kind = "truefalse" if kind.lower() in _TRUE_FALSE else "multiple" if several else "single"
    doubt = scored.why
    most = render.get("maxnumber") or ""
    if doubt is None and most.isdigit() and 0 < int(most) < len(scored.right):
        doubt = tell(
            "allows at most {most} marked options, but its key has {n}", most=most, n=len(scored.right)
        )
    fields = ("points_possible", "qmd_absolutescore_max", "qmd_maximumscore", "cc_weighting")
    points = [found for one in fields if (found := weights.number_or_none(told.get(one))) is not None]
    question = Question(
        id=identifier,
        source=source,
        kind=of_kind,
        stem=_material(presentation, find, "stem", "response_label"),
        choices=options,
        points=points[0] if points else None,
        name=title,
        shuffle=shuffled == "yes" if shuffled else None,
        feedback=said.get("general_fb") or next((said[one] for one in of_several if one in said), None),
        tags=tuple(word for label in ("keywords", "curriculum") if (word := told.get(label))),
        doubt=doubt,
    )
    return weights.with_concerns(question, None if scored.is_plain else scored.shares)


def _material(element: Any, find: FindPicture, holds: Holds, but: str = "") -> Passage:
    """The texts and pictures in an element, without those in elements named `but`."""
    parts: list[Passage] = []
    for one in _all(element, "mattext", "mat_formattedtext", "matimage"):
        if but and any(name_of(above) == but for above in one.iterancestors()):
            continue
        if name_of(one) == "matimage":
            address = one.get("uri") or one.get("label") or ""
            parts.append(
                markup.from_html(f'<img src="{escape(address)}">', find, holds) if address else NOTHING
            )
        elif len(one):
            parts.append(markup.from_element(one, find, holds))
        else:
            text, kind = one.text or "", (one.get("texttype") or one.get("type") or "text/plain").lower()
            is_html = "html" in kind or (kind == "smart_text" and "<" in text)
            parts.append(markup.from_html(text, find, holds) if is_html else markup.from_plain(text, holds))
    return joined([part for part in parts if part], holds)
