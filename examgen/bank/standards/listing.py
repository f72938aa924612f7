"""Bodies of sections → lists of texts (8, 10), skills and knowledge (13), or one text (6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from examgen.bank.standards.lines import (
    BULLETS,
    arabic,
    bulleted,
    join,
    list_number,
    nothing,
    squeeze,
    unmarked,
)
from examgen.core.models.standard import ReadingWarning
from examgen.core.words import tell

Body = Sequence[tuple[int, str]]
_CERTAIN_BULLETS = re.escape(BULLETS.replace("*", "").replace("·", ""))
_LABEL = r"(?:\(\s*(?:ก|ข|a|b|1|2)\s*\)|(?:ก|ข|1|2|13\.\d)\s*[.)]?)"
_WANTED = r"(?:ที่(?:ต้องการ|จำเป็น))"
_PART = (
    rf"(?:{_LABEL}\s*(?:ความต้องการ)?(?:ด้าน)?THAI{_WANTED}?|ความต้องการด้านTHAI|(?:ด้าน)?THAI{_WANTED})"
    r"(?P<en>\s*\((?:Required )?ENGLISH[^()]*\))?(?P<colon>\s*:)?"
)
_SKILLS = re.compile(_PART.replace("THAI", "ทักษะ").replace("ENGLISH", "Skills?"), re.I)
_KNOWLEDGE = re.compile(_PART.replace("THAI", "ความรู้").replace("ENGLISH", "Knowledge"), re.I)


class Listed(NamedTuple):
    """Skills and knowledge of section 13."""

    skills: tuple[str, ...]
    knowledge: tuple[str, ...]
    warnings: tuple[ReadingWarning, ...]
    uses: dict[int, str]


def read_text(body: Body) -> str | None:
    """One text: paragraphs joined, list numbers and bullets off; null where it says "none"."""
    text = join(unmarked(piece.replace("|", " ")) for _, piece in body if piece.strip(" |"))
    return None if nothing(text) else text


def read_list(body: Body) -> tuple[str, ...]:
    """The entries of a list, wherever its lines were broken."""
    entries: list[str] = []
    marked = False
    for _, piece in body:
        for text in split_entries(piece):
            if bulleted(text) or not marked or not entries:
                entries.append(unmarked(text))
            else:
                entries[-1] = join((entries[-1], text))
            marked = marked or bulleted(text)
    return tuple(entry for entry in map(squeeze, entries) if entry and not nothing(entry))


def unclear_entries(body: Body) -> tuple[ReadingWarning, ...]:
    """A warning for each line that begins with a dash and holds more dashes that may be bullets."""
    return tuple(
        ReadingWarning(
            kind="list_unclear",
            message=tell("a dash within a line may begin another entry of the list"),
            line=line,
            text=squeeze(piece),
        )
        for line, piece in body
        if re.match(r"[-–]\s*\S.*\s[-–]\s+\S", squeeze(piece.replace("|", " "))) and not nothing(piece)
    )


def split_entries(piece: str) -> list[str]:
    """A line cut before each bullet in it, and before each number of a list that runs 1, 2, 3 …"""
    text = squeeze(piece.replace("|", " "))
    parts = [part for part in re.split(rf"(?=[{_CERTAIN_BULLETS}])", text) if part.strip()]
    return [entry for part in parts for entry in _split_numbered(part)]


def _split_numbered(text: str) -> list[str]:
    first = list_number(text)
    if first is None:
        return [text]
    cuts, expected = [0], first + 1
    for found in re.finditer(r"(?<=[\s)ก-๙])(\d{1,2})\s*[.)](?!\d)\s*", arabic(text)):
        if int(found[1]) == expected and found.start() > 0:
            cuts.append(found.start())
            expected += 1
    return [text[a:b] for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def read_skills_and_knowledge(body: Body) -> Listed:
    """Section 13 parted at its two sub-headings; without them only by entries that name themselves."""
    parts: dict[str, list[tuple[int, str]]] = {"before": [], "skills": [], "knowledge": []}
    uses: dict[int, str] = {}
    at = "before"
    for line, piece in body:
        for kind, text in _parts(piece, at):
            if kind != at:
                at = kind
                uses.setdefault(line, "boilerplate:sub-heading")
            if text.strip(" |"):
                parts[at].append((line, text))
                uses[line] = "skills_knowledge" if at == "before" else at
    if not parts["before"] or nothing(join(text for _, text in parts["before"])):
        return Listed(read_list(parts["skills"]), read_list(parts["knowledge"]), (), uses)
    # Entries before any sub-heading: sorted only where every one begins with ทักษะ or ความรู้.
    entries = read_list(parts["before"])
    skills = tuple(e for e in entries if re.match(r"(?:มี)?ทักษะ(?!และความรู้)", e))
    knowledge = tuple(e for e in entries if re.match(r"(?:มี)?ความรู้(?!และทักษะ)", e))
    line, text = parts["before"][0]
    certain = len(skills) + len(knowledge) == len(entries)
    message = (
        tell("no sub-heading parts skills from knowledge: each entry was placed by its first word")
        if certain
        else tell("no sub-heading parts skills from knowledge: they were left out, sort them by hand")
    )
    warning = ReadingWarning(kind="skills_knowledge_unclear", message=message, line=line, text=squeeze(text))
    if not certain:
        skills, knowledge = (), ()
    return Listed(
        (*skills, *read_list(parts["skills"])), (*knowledge, *read_list(parts["knowledge"])), (warning,), uses
    )


def _parts(piece: str, at: str) -> list[tuple[str, str]]:
    """A line cut at the sub-headings in it: the part each opens, and the text that follows it."""
    marks = sorted(
        (found.start(), found.end(), kind)
        for kind, pattern in (("skills", _SKILLS), ("knowledge", _KNOWLEDGE))
        for found in pattern.finditer(arabic(piece))
        if _is_subheading(piece, found, at, kind)
    )
    parts = [(at, piece[: marks[0][0]] if marks else piece)]
    stops = [*(start for start, _, _ in marks[1:]), len(piece)] if marks else []
    parts += [(kind, piece[end:stop]) for (_, end, kind), stop in zip(marks, stops, strict=True)]
    return parts


def _is_subheading(piece: str, found: re.Match[str], at: str, kind: str) -> bool:
    """At a line's start, alone or labelled; within a line only `(ข) ความต้องการด้าน…`."""
    if at == kind or (at == "knowledge" and kind == "skills" and "ความต้องการ" not in found[0]):
        return False
    rest = piece[found.end() :]
    if not piece[: found.start()].strip(f" |{BULLETS}-"):
        whole = not rest.strip(f" |:{BULLETS}-") or bool(found["en"] or found["colon"])
        return whole or "ความต้องการ" in found[0]
    return found[0].startswith("(") and "ความต้องการ" in found[0]
