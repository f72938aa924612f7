"""Reads a unit document: the unit, and the use made of every line of the document.

Follows the published form of TPQI units with its eighteen numbered sections. Whatever is uncertain comes with
a warning; a document that cannot be read as one unit is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from examgen.bank.standards import words
from examgen.bank.standards.assessment import Assessed, read_assessment
from examgen.bank.standards.elements import UNPLACED, read_elements
from examgen.bank.standards.headings import KINDS, DocumentParts, DocumentSection, cut
from examgen.bank.standards.layouts import WEB_PAGE, NotText, decode, lay_out, layout_of
from examgen.bank.standards.levels import stated
from examgen.bank.standards.lines import (
    BULLETS,
    DocumentLine,
    arabic,
    bulleted,
    join,
    list_number,
    nothing,
    split_lines,
    squeeze,
    unmarked,
)
from examgen.bank.standards.occupations import Occupations, read_occupations
from examgen.bank.standards.rows import NotReadable
from examgen.core.models.standard import AssessmentQuote, ReadingWarning, Refusal, Source, Unit
from examgen.core.words import listed, tell

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
_MARKER = re.compile(r"หน่วยสมรรถนะ")
_ABOVE = "boilerplate:above the page"
_DETAILS = re.compile(r"รายละเอียดหน่วยสมรรถนะ")
_FIELD = re.compile(r"(?:สาขาวิชาชีพ|สมรรถนะสนับสนุนการทำงาน|กลุ่มอาชีพ)")
_TICKS = re.compile(r"[\s|\d☐☑☒✓✔√/xX-]*")
_UNIT_CODE = re.compile(r"[A-Za-z0-9-]*\d[A-Za-z0-9-]*")
_DASHES = str.maketrans("‐‑‒–—−", "------")
_ENOUGH_HEADINGS = 3
MOST_MEGABYTES, MOST_CHARACTERS, MOST_LINES = 2, 100_000, 10_000
"""Limits for a document: the size of its file, and the characters and lines of its text. The page of a unit
has some 6,000 characters.
"""
_ALONE = tell("Save the page of the unit alone, without its pictures.")
_LAST_THAT_MAY_END_A_CUT_PAGE = 15
_UNFINISHED = re.compile(r"(?:[(,/]|และ|หรือ|ได้แก่|เช่น|โดย|\d{1,2}\s*[.)])\s*$")


@dataclass(frozen=True, slots=True)
class LineUse:
    """The use of a line, or of a part of it if two sections share the line."""

    line: int
    text: str
    use: str


@dataclass(frozen=True, slots=True)
class UnitReading:
    """A unit that was read, and the use of every non-blank line of its document."""

    unit: Unit
    account: tuple[LineUse, ...]


@dataclass
class _UnitDraft:
    """The content read so far."""

    fields: dict[str, Any] = field(default_factory=dict)
    warnings: list[ReadingWarning] = field(default_factory=list)
    uses: dict[tuple[int, int], str] = field(default_factory=dict)
    """The use by section and line if it differs from that of the section; section 0 is the head of the page.
    """
    quotes: tuple[AssessmentQuote, ...] = ()
    error: Refusal | None = None

    def warn(self, kind: str, message: str, line: int | None = None, text: str | None = None) -> None:
        """Add a warning."""
        self.warnings.append(ReadingWarning(kind=kind, message=message, line=line, text=text))


def read_unit(data: bytes, name: str) -> UnitReading:
    """Read the unit in a document. If the document is refused, `unit.error` gives the reason."""
    source = Source(document=name, sha256=hashlib.sha256(data).hexdigest())
    try:
        if len(data) > MOST_MEGABYTES * 1_000_000 and not data.startswith(b"%PDF"):
            raise NotText(
                tell(
                    "it has {size:,.0f} MB (at most {most}). {advice}",
                    size=len(data) / 1e6,
                    most=MOST_MEGABYTES,
                    advice=_ALONE,
                )
            )
        decoded = decode(data)
        text = lay_out(name, decoded)
        if len(text) > MOST_CHARACTERS or text.count("\n") > MOST_LINES:
            raise NotText(
                tell(
                    "it has {n:,} characters in {lines:,} lines (at most {most:,} in "
                    "{most_lines:,}). {advice}",
                    n=len(text),
                    lines=text.count("\n") + 1,
                    most=MOST_CHARACTERS,
                    most_lines=MOST_LINES,
                    advice=_ALONE,
                )
            )
    except NotText as error:
        return _refused(source, tell("{name}: {why}", name=name, why=error.args[0]), ())
    lines, residue = split_lines(text)
    parts = cut(lines)
    if len(parts.sections) < _ENOUGH_HEADINGS or not {1, 11, 13, 18} & {s.kind for s in parts.sections}:
        message = tell(
            "{name} is not a unit of competency, because the Thai section headings (such "
            "as รหัสหน่วยสมรรถนะ) are missing",
            name=name,
        )
        return _refused(source, message, lines)
    draft = _read(parts, lines)
    draft.warnings[:0] = [*residue, *parts.warnings]
    # In plain text nothing but the unit is expected; a web page has menus and a footer around it.
    several = draft.error is not None and draft.error.kind == "multiple_units"
    if layout_of(name, decoded).name != WEB_PAGE and not several:
        above = [(line, text) for line, text in parts.preamble if draft.uses[0, line] == _ABOVE]
        below = [(line, text) for line, text in parts.footer if not text.strip(" |").startswith("ยินดีต้อนรับ")]
        for line, text in (*above, *below):
            draft.warn(
                "text_unplaced", tell("a line next to the unit belongs to no field"), line, squeeze(text)
            )
    warnings = tuple(sorted(draft.warnings, key=lambda w: w.line or 0))
    unit = Unit(
        **{"code": None, "title": None} | draft.fields,
        warnings=warnings,
        error=draft.error,
        source=source.model_copy(update={"assessment": draft.quotes}),
    )
    # Every line with its use; a line that two sections share has two
    found: dict[int, list[tuple[str, str]]] = {line.number: [] for line in lines}
    for line, shown in parts.preamble:
        found[line].append((squeeze(shown), draft.uses[0, line]))
    for section in parts.sections:
        use = KINDS[section.kind - 1].use
        body: dict[int, str] = {}
        for line, shown in section.body:
            body[line] = squeeze(f"{body.get(line, '')} {shown}")
        for line, shown in section.heading:
            if not body.get(line):
                found[line].append((squeeze(shown), "boilerplate:heading"))
        for line, shown in body.items():
            if shown:
                found[line].append((shown, draft.uses.get((section.kind, line), use)))
    for line, shown in parts.footer:
        found[line].append((squeeze(shown), "boilerplate:page foot"))
    return UnitReading(
        unit,
        tuple(
            LineUse(line.number, shown if len(found[line.number]) > 1 and shown else line.printed, use)
            for line in lines
            for shown, use in found[line.number] or [("", "boilerplate:markup")]
        ),
    )


def _refused(source: Source, message: str, lines: Sequence[DocumentLine]) -> UnitReading:
    error = Refusal(kind="not_a_unit", message=message)
    account = tuple(LineUse(line.number, line.printed, "boilerplate:not a unit") for line in lines)
    return UnitReading(Unit(code=None, title=None, error=error, source=source), account)


def _read(parts: DocumentParts, lines: Sequence[DocumentLine]) -> _UnitDraft:
    draft = _UnitDraft()
    sections = {section.kind: section for section in parts.sections}
    head_title = _read_head(parts, sections, draft)
    # Two units: the headings of another one begin after those of the first
    repeated = parts.repeated
    heads = {1, 2} <= repeated and len(repeated) >= 3
    if heads or len(repeated - {8, 9, 10}) >= 5 or {11, 18} <= repeated:
        message = tell(
            "the document contains more than one unit of competency. Save each as a separate file."
        )
        return _UnitDraft(uses=draft.uses, error=Refusal(kind="multiple_units", message=message))
    _read_identity(sections, head_title, draft)
    try:
        # A page that stops early: the form prints all its headings, so the last ones cannot be missing
        if not parts.footer:
            last = max(section.kind for section in parts.sections)
            final = lines[-1]
            begun = re.match(r"\s*(\d{1,2})\s*\.\s*\S*", arabic(final.text))
            next_heading = begun is not None and int(begun[1]) == last + 1
            unfinished = last < 18 and (_UNFINISHED.search(final.text) or next_heading)
            if last <= _LAST_THAT_MAY_END_A_CUT_PAGE or unfinished:
                raise NotReadable(
                    "truncated",
                    tell(
                        "the document ends in section {section} ({use}), line {line}. Save the whole page.",
                        section=last,
                        use=words.use(KINDS[last - 1].use),
                        line=final.number,
                    ),
                    final.number,
                )
        if 11 not in sections:
            raise NotReadable(
                "no_criteria", tell("the document has no section of elements and performance criteria (11)")
            )
        try:
            read = read_elements(sections[11].body)
        except NotReadable as reason:
            if reason.line is None:
                reason.line = sections[11].heading[0][0]
            raise
        draft.fields["elements"] = read.elements
        draft.warnings += read.warnings
        draft.uses.update({(11, line): use for line, use in read.uses.items()})
    except NotReadable as reason:
        draft.error = Refusal(kind=reason.kind, message=reason.message)
    for number, name in ((8, "sector"), (10, "regulations")):
        if number in sections:
            draft.fields[name] = read_list(sections[number].body)
    for number in {8, 10, 13} & set(sections):
        draft.warnings += unclear_entries(sections[number].body)
    if 13 in sections:
        named = read_skills_and_knowledge(sections[13].body)
        draft.fields |= {"skills": named.skills, "knowledge": named.knowledge}
        draft.warnings += named.warnings
        draft.uses.update({(13, line): use for line, use in named.uses.items()})
    for line, text in sections[7].body if 7 in sections else ():
        if _TICKS.fullmatch(arabic(text)):
            draft.uses[7, line] = "boilerplate:tick row"
    # Occupations, assessment, and the levels that sections 5 and 18 state
    five = read_occupations(sections[5].body) if 5 in sections else Occupations((), (), (), {})
    by_occupation = {level for occupation in five.occupations for level in occupation.levels}
    stated_in_5 = by_occupation | set(five.levels)
    eighteen = Assessed((), (), (), ())
    if 18 in sections:
        names = [occupation.name for occupation in five.occupations]
        eighteen = read_assessment(sections[18].body, sections[18].printed_number, names)
    levels = tuple(sorted(stated_in_5 | set(eighteen.levels)))
    draft.fields |= {"occupations": five.occupations, "assessment": eighteen.assessment, "levels": levels}
    draft.quotes = eighteen.quotes
    draft.warnings += [*five.warnings, *eighteen.warnings]
    draft.uses.update({(5, line): use for line, use in five.uses.items()})
    if not levels:
        place = sections[5].heading[0] if 5 in sections else (None, None)
        draft.warn("levels_not_stated", tell("neither section 5 nor section 18 states a level"), *place)
    elif eighteen.levels and stated_in_5 and stated_in_5 != set(eighteen.levels):
        line, text = next((line, text) for line, text in sections[18].body if stated(text))
        message = tell(
            "section 5 states the levels {five}, but section 18 states {eighteen}",
            five=listed(map(str, sorted(stated_in_5))),
            eighteen=listed(map(str, sorted(set(eighteen.levels)))),
        )
        draft.warn("levels_conflict", message, line, squeeze(text))
    is_cut = draft.error is not None and draft.error.kind == "truncated"
    for kind in KINDS:
        if kind.number not in sections and not (is_cut and kind.number > max(sections)):
            draft.warn(
                "section_missing",
                tell("section {n} ({use}) is not in the document", n=kind.number, use=words.use(kind.use)),
            )
    if is_cut:
        draft.warnings = [warning for warning in draft.warnings if warning.kind != "levels_not_stated"]
    return draft


# ── head of the page, sections 1–4 and 6 ─────────────────────────────────────────────────────


def _read_head(parts: DocumentParts, sections: dict[int, DocumentSection], draft: _UnitDraft) -> str | None:
    """Read the field from the lines above the first section, and return the title printed there."""
    lines = [(number, squeeze(text.replace("|", " ").strip(" #*"))) for number, text in parts.preamble]
    marker = max((i for i, (_, text) in enumerate(lines) if _MARKER.fullmatch(text)), default=-1)
    for i, (number, text) in enumerate(lines):
        if _MARKER.fullmatch(text) or _DETAILS.fullmatch(text):
            draft.uses[0, number] = "boilerplate:page head"
        elif i < marker:
            draft.uses[0, number] = _ABOVE
    free = [(number, text) for number, text in lines if (0, number) not in draft.uses]
    own_title = _title(sections)
    at = next((i for i, (_, text) in enumerate(free) if _FIELD.match(text) and text != own_title), None)
    title = next((i for i, (_, text) in enumerate(free) if i != at and _alike(text, own_title)), None)
    if at is None and title is not None and title + 1 < len(free):
        at = title + 1
    elif at is None and title is None and len(free) == 2 and marker >= 0:
        title, at = 0, 1
    if at is not None:
        draft.fields["field"] = None if nothing(free[at][1]) else free[at][1]
        draft.uses[0, free[at][0]] = "field"
        title = at - 1 if title is None and at else title
    if title is None and at is None and len(free) == 1 and marker >= 0:
        title = 0
    if title is not None:
        draft.uses[0, free[title][0]] = "title"
    for i, (number, text) in enumerate(free):
        if i not in (at, title):
            draft.uses[0, number] = UNPLACED
            draft.warn("text_unplaced", tell("a line above the sections belongs to no field"), number, text)
    return free[title][1] if title is not None else None


def _alike(text: str, title: str | None) -> bool:
    return title is not None and text.replace(" ", "") == title.replace(" ", "")


def _title(sections: dict[int, DocumentSection]) -> str | None:
    return _plain(sections.get(2))


def _plain(section: DocumentSection | None) -> str | None:
    """Return the words of a section as printed; None if it has none or says "none"."""
    if section is None:
        return None
    text = squeeze(" ".join(piece.replace("|", " ") for _, piece in section.body).strip(" :"))
    text = text.strip(" :*")
    return None if nothing(text) else text


def _read_identity(sections: dict[int, DocumentSection], head_title: str | None, draft: _UnitDraft) -> None:
    _read_code(sections.get(1), draft)
    title = _title(sections)
    shown = head_title if head_title and not nothing(head_title) else None
    if title and shown and not _alike(shown, title):
        line = sections[2].heading[0][0]
        draft.warn(
            "title_conflict",
            tell(
                "the page has the heading {shown}, but its section 2 has {title}",
                shown=repr(shown),
                title=repr(title),
            ),
            line,
            title,
        )
    draft.fields["title"] = title or shown
    revision = _plain(sections.get(3))
    draft.fields["revision"] = revision if revision and re.search(r"\d", arabic(revision)) else None
    if 6 in sections:
        draft.fields["description"] = read_text(sections[6].body)


def _read_code(section: DocumentSection | None, draft: _UnitDraft) -> None:
    text = _plain(section)
    if section is None or text is None:
        draft.fields["code"] = None
        if section is not None:
            draft.warn("code_not_stated", tell("section 1 states no code"), section.heading[0][0])
        return
    plain = arabic(text).translate(_DASHES)
    found = _UNIT_CODE.search(plain)
    solid = re.sub(r"\s*-\s*", "-", plain)
    if _UNIT_CODE.fullmatch(solid):
        draft.fields["code"] = solid
    else:
        draft.fields["code"] = found[0] if found else text
        message = (
            tell("section 1 contains more than a code") if found else tell("section 1 contains no usual code")
        )
        draft.warn("code_unclear", message, section.heading[0][0], text)


# ── texts and lists of a section: 6, 8, 10 and 13 ────────────────────────────────────────────


class SkillsAndKnowledge(NamedTuple):
    """The skills and knowledge in section 13."""

    skills: tuple[str, ...]
    knowledge: tuple[str, ...]
    warnings: tuple[ReadingWarning, ...]
    uses: dict[int, str]


def read_text(body: Body) -> str | None:
    """Return a section as one text, with paragraphs joined and without list numbers and bullets; None if it
    says "none".
    """
    text = join(unmarked(piece.replace("|", " ")) for _, piece in body if piece.strip(" |"))
    return None if nothing(text) else text


def read_list(body: Body) -> tuple[str, ...]:
    """Return the entries of a list, whose lines may be broken anywhere."""
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
    """Return a warning for each line that begins with a dash and contains more dashes that may be bullets."""
    return tuple(
        ReadingWarning(
            kind="list_unclear",
            message=tell("a dash within a line may begin another list entry"),
            line=line,
            text=squeeze(piece),
        )
        for line, piece in body
        if re.match(r"[-–]\s*\S.*\s[-–]\s+\S", squeeze(piece.replace("|", " "))) and not nothing(piece)
    )


def split_entries(piece: str) -> list[str]:
    """Split a line before each bullet in it, and before each number of a list that runs 1, 2, 3 …"""
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


def read_skills_and_knowledge(body: Body) -> SkillsAndKnowledge:
    """Split section 13 at its two sub-headings. Without sub-headings, entries are sorted only if each begins
    with the word for skill or knowledge.
    """
    parts: dict[str, list[tuple[int, str]]] = {"before": [], "skills": [], "knowledge": []}
    uses: dict[int, str] = {}
    at = "before"
    for line, piece in body:
        # A line cut at the sub-headings in it: the part each opens, and the text that follows it
        marks = sorted(
            (found.start(), found.end(), kind)
            for kind, pattern in (("skills", _SKILLS), ("knowledge", _KNOWLEDGE))
            for found in pattern.finditer(arabic(piece))
            if _is_subheading(piece, found, at, kind)
        )
        pieces = [(at, piece[: marks[0][0]] if marks else piece)]
        stops = [*(start for start, _, _ in marks[1:]), len(piece)] if marks else []
        pieces += [(kind, piece[end:stop]) for (_, end, kind), stop in zip(marks, stops, strict=True)]
        for kind, text in pieces:
            if kind != at:
                at = kind
                uses.setdefault(line, "boilerplate:sub-heading")
            if text.strip(" |"):
                parts[at].append((line, text))
                uses[line] = "skills_knowledge" if at == "before" else at
    if not parts["before"] or nothing(join(text for _, text in parts["before"])):
        return SkillsAndKnowledge(read_list(parts["skills"]), read_list(parts["knowledge"]), (), uses)
    # Entries before any sub-heading: sorted only where every one begins with ทักษะ or ความรู้.
    entries = read_list(parts["before"])
    skills = tuple(e for e in entries if re.match(r"(?:มี)?ทักษะ(?!และความรู้)", e))
    knowledge = tuple(e for e in entries if re.match(r"(?:มี)?ความรู้(?!และทักษะ)", e))
    line, text = parts["before"][0]
    certain = len(skills) + len(knowledge) == len(entries)
    message = (
        tell("no sub-heading separates skills from knowledge, so each entry was placed by its first word")
        if certain
        else tell("no sub-heading separates skills from knowledge, so they were left out. Sort them by hand.")
    )
    warning = ReadingWarning(kind="skills_knowledge_unclear", message=message, line=line, text=squeeze(text))
    if not certain:
        skills, knowledge = (), ()
    return SkillsAndKnowledge(
        (*skills, *read_list(parts["skills"])), (*knowledge, *read_list(parts["knowledge"])), (warning,), uses
    )


def _is_subheading(piece: str, found: re.Match[str], at: str, kind: str) -> bool:
    """Return whether a match is a sub-heading: at the start of a line it must be alone or labelled; within a
    line it must be `(ข) ความต้องการด้าน…`.
    """
    if at == kind or (at == "knowledge" and kind == "skills" and "ความต้องการ" not in found[0]):
        return False
    rest = piece[found.end() :]
    if not piece[: found.start()].strip(f" |{BULLETS}-"):
        whole = not rest.strip(f" |:{BULLETS}-") or bool(found["en"] or found["colon"])
        return whole or "ความต้องการ" in found[0]
    return found[0].startswith("(") and "ความต้องการ" in found[0]
