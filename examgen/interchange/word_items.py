"""Lines of a document that `word_writing` wrote, and people may have mended → questions.

What a line is its style says. The key stands in a line of its own and is bold among the options: where the
two differ, because somebody changed one of them, there is no key and the question says so. Lines without a
style of ours are read as those of any document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from examgen.core.text.markdown import Holds
from examgen.core.words import tell
from examgen.interchange import markup, weights
from examgen.interchange.answer_lines import THAI, Answer
from examgen.interchange.questions import NOTHING, Choice, Passage, Picture, Question, Reading
from examgen.interchange.typed.answer_keys import agreed, claims_of, common_marks, places_of
from examgen.interchange.typed.lines import Asked, Line, Option, Piece, behind
from examgen.interchange.typed.reading import questions_of as read_questions
from examgen.interchange.word_parts import ABOUT

_LETTERED = re.compile(rf"\s*\(?([{THAI}A-Ha-h])\s*[.)]\s*")


@dataclass(slots=True)
class _Item:
    """An item as it is being read; texts are lines by what they are."""

    place: str
    about: dict[str, str] = field(default_factory=dict)
    stimulus: list[Line] = field(default_factory=list)
    stem: list[Line] = field(default_factory=list)
    options: list[tuple[str, list[Line]]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    rationales: list[list[Line]] = field(default_factory=list)
    reference: str = ""
    into: str = ""
    """Which of its texts a list or a table goes on with."""


def questions_of(lines: Sequence[Line], reading: Reading, name: str) -> None:
    """Reads the lines into the reading: items of ours, and what people typed between them."""
    items: list[_Item] = []
    typed: list[Line] = []
    for line in lines:
        if not line.role:
            typed.append(line)
        elif line.role == "item":
            items.append(_Item(line.place, _about(line.text)))
        elif line.role in _TAKEN and not (
            line.table is None and not any(one.text.strip() or one.picture for one in line.pieces)
        ):
            if _begins(items, line.role):
                items.append(_Item(line.place))
            _take(items[-1], line)
    for n, item in enumerate(items, 1):
        reading.questions.append(_question(item, n, f"{name}:{item.place}"))
    if any(not line.is_blank for line in typed):
        _typed(typed, reading, name)


def _typed(lines: Sequence[Line], reading: Reading, name: str) -> None:
    """Questions among lines without a style of ours; that others of them are left is told."""
    before = len(reading.questions) + len(reading.set_aside)
    read_questions(lines, reading, name)
    if len(reading.questions) + len(reading.set_aside) == before:
        shown = " / ".join(line.text.strip() for line in lines if not line.is_blank)
        reading.notes.append(
            tell(
                "lines without a style of a question are left: {lines}",
                lines=shown if len(shown) <= 200 else shown[:199] + "…",
            )
        )


_TAKEN = frozenset(("stimulus", "stem", "list", "table", "option", "key", "rationale", "reference"))


def _begins(items: Sequence[_Item], role: str) -> bool:
    """Whether a line begins an item that has no line about it: a stem below what ends another."""
    if not items:
        return True
    last = items[-1]
    return role in ("stimulus", "stem") and last.into not in ("", "stimulus", "stem")


def _about(text: str) -> dict[str, str]:
    """What a line says of an item, by field: its labels are in either language."""
    names = {label: name for name, one in ABOUT.items() for label in (one.en, one.th)}
    found = {}
    for part in text.split(" · "):
        label, _, value = part.partition(":")
        if name := names.get(label.strip()):
            found[name] = value.strip()
    return found


def _take(item: _Item, line: Line) -> None:
    """Puts a line where it belongs."""
    role = line.role
    if role in ("stimulus", "stem"):
        item.into = role
    if role in ("stimulus", "stem", "list", "table"):
        (item.stimulus if item.into == "stimulus" else item.stem).append(line)
        return
    item.into = role
    if role == "option":
        if item.options and item.options[-1][1][0].place == line.place:
            item.options[-1][1].append(line)
        else:
            item.options.append(_option(line, len(item.options)))
    elif role == "key":
        said = line.text.partition(":")[2] or line.text
        item.answers += re.findall(rf"(?<![\w])[{THAI}A-Ha-h](?![\w])", said)
    elif role == "rationale":
        if item.rationales and item.rationales[-1][0].place == line.place:
            item.rationales[-1].append(line)
        else:
            item.rationales.append([line])
    elif role == "reference":
        text = line.text.strip()
        item.reference = "\n".join(filter(None, (item.reference, text if item.reference else _behind(text))))


def _behind(text: str) -> str:
    """What stands behind a label."""
    return text.partition(":")[2].strip() or text


def _option(line: Line, place: int) -> tuple[str, list[Line]]:
    """An option and its letter: as Word counts it, as it was typed, or the next."""
    if found := _LETTERED.fullmatch(line.label + " "):
        return found[1], [line]
    text = "".join(one.text for one in line.pieces if one.kind == "text")
    if not line.label and (found := _LETTERED.match(text)):
        line.pieces = behind(line.pieces, found.end())
        return found[1], [line]
    return THAI[place % len(THAI)], [line]


def _wordless(pieces: Sequence[Sequence[Piece]]) -> frozenset[int]:
    """Options that show a picture or a formula alone: letters that could be bold they have none."""
    return frozenset(
        place
        for place, own in enumerate(pieces)
        if own and not any(one.kind == "text" and one.text.strip() for one in own)
    )


def _question(item: _Item, n: int, source: str) -> Question:
    letters = [letter for letter, _ in item.options]
    pieces = [[one for line in lines for one in line.pieces] for _, lines in item.options]
    asked = Asked(str(n), source, options=[Option(*one) for one in zip(letters, pieces, strict=True)])
    asked.answers = [Answer(tuple(item.answers))] if item.answers else []
    claims, doubts = claims_of(asked, [])
    named = places_of(item.answers, letters) & _wordless(pieces)
    claims = [(what, places | named) for what, places in claims]
    stem = _passage(item.stem, "stem")
    right, notes = agreed(claims, letters, stem.plain)
    notes += doubts
    without = common_marks(pieces)
    fixed = set(re.findall(rf"[{THAI}A-H]", item.about.get("anchored", "")))
    feedback = _rationales(item.rationales)
    choices = tuple(
        Choice(
            _passage(lines, "lines", without),
            place in right and not doubts,
            None,
            feedback.get(letter),
            letter in fixed,
        )
        for place, (letter, lines) in enumerate(item.options)
    )
    criteria = [one.strip() for one in item.about.get("criteria", "").split(",") if one.strip()]
    levels = [f"level-{one}" for one in re.findall(r"\d", item.about.get("levels", ""))]
    asks = [f"cognitive-{one}" for one in item.about.get("cognitive", "").split()]
    stimulus = _passage(item.stimulus, "stem")
    return weights.with_concerns(
        Question(
            id=item.about.get("id") or source,
            source=source,
            kind="multiple" if len(right) > 1 and not doubts else "single",
            stem=_both(stimulus, stem),
            choices=choices,
            name=item.about.get("id", ""),
            feedback=markup.from_plain(item.reference, "lines") or None,
            category=criteria[0] if criteria else None,
            tags=(*criteria, *levels, *asks),
            warnings=tuple(notes),
        )
    )


def _both(stimulus: Passage, stem: Passage) -> Passage:
    """A stem below the text that it shares with others."""
    if not stimulus:
        return stem
    return Passage(
        f"{stimulus.markdown}\n\n{stem.markdown}".strip(),
        f"{stimulus.plain} {stem.plain}".strip(),
        (*stimulus.pictures, *stem.pictures),
        (*stimulus.lost, *stem.lost),
    )


def _rationales(rationales: Iterable[list[Line]]) -> dict[str, Passage]:
    """What is told of each option, by its letter."""
    found: dict[str, Passage] = {}
    for lines in rationales:
        first, *others = lines
        text = "".join(one.text for one in first.pieces if one.kind == "text")
        lettered = _LETTERED.match(text)
        if lettered is None:
            continue
        rest = behind(first.pieces, lettered.end())
        said = [Line(rest, first.place, role=first.role), *others]
        found[lettered[1]] = _passage(said, "lines")
    return {letter: one for letter, one in found.items() if one}


def _passage(lines: Sequence[Line], holds: Holds, without: frozenset[str] = frozenset()) -> Passage:
    """Lines as a text: those of one paragraph parted by breaks, lists as lists, tables as tables."""
    if not lines:
        return NOTHING
    made: list[str] = []
    lists: list[str] = []
    number = ""
    pictures: dict[str, Picture] = {}

    def shut(depth: int) -> None:
        while len(lists) > depth:
            made.append(f"</li></{lists.pop()}>")

    before: Line | None = None
    for line in lines:
        pictures |= {one.picture.name: one.picture for one in line.pieces if one.picture}
        html = line.table if line.table is not None else html_of(line.pieces, without)
        if before is not None and line.table is None is before.table and line.place == before.place:
            end = "</p>" * made[-1].endswith("</p>")
            made[-1] = f"{made[-1].removesuffix('</p>')}<br>{html}{end}"
        elif line.role == "list" and lists and line.entry is None:
            made.append(f"<p>{html}</p>")
        elif line.entry is not None:
            own, level, numbered = line.entry
            shut(0 if level == 0 and own != number else level + 1)
            number = own if level == 0 else number
            if len(lists) == level + 1:
                made.append("</li>")
            while len(lists) <= level:
                lists.append("ol" if numbered else "ul")
                made.append(f"<{lists[-1]}>")
            made.append(f"<li>{html}")
        else:
            shut(0)
            made.append(html if line.table is not None else f"<p>{html}</p>")
        before = line
    shut(0)
    return markup.from_html("".join(made), pictures.get, holds)


def html_of(pieces: Iterable[Piece], without: frozenset[str] = frozenset()) -> str:
    """Letters as HTML, those with marks of the key as any others; signs about formulas are signs."""
    made = []
    for one in _together(pieces):
        if one.kind == "picture" and one.picture:
            made.append(f'<img src="{escape(one.picture.name)}" alt="{escape(one.text)}">')
        elif one.kind in ("formula", "displayed"):
            left, right = (r"\[", r"\]") if one.kind == "displayed" else (r"\(", r"\)")
            made.append(f"{left}{escape(one.text)}{right}")
        else:
            text = re.sub(r"\\(?=[(\[])|\$(?=\$)", r"\g<0><span></span>", escape(one.text))
            tags = [tag for mark, tag in _TAGS if mark in one.marks and mark not in without]
            if one.kind in ("sub", "sup"):
                tags.append(one.kind)
            for tag in tags if one.text.strip() else ():
                text = f"<{tag}>{text}</{tag}>"
            made.append(text)
    return "".join(made)


def _together(pieces: Iterable[Piece]) -> list[Piece]:
    """Letters of the same marks as one piece: Word parts them as it pleases."""
    found: list[Piece] = []
    for one in pieces:
        if found and one.kind == "text" == found[-1].kind and one.marks == found[-1].marks:
            found[-1] = found[-1]._replace(text=found[-1].text + one.text)
        else:
            found.append(one)
    return found


_TAGS = (
    ("code", "code"),
    ("emphasis", "em"),
    ("italic", "i"),
    ("strong", "strong"),
    ("bold", "b"),
    ("underline", "u"),
    ("strike", "s"),
)


def table_html(rows: Sequence[Sequence[Sequence[Line]]], aligned: Sequence[Sequence[str]]) -> str:
    """A table of ours: heads by their style, each cell as it is set."""
    made = []
    for n, row in enumerate(rows):
        sides = aligned[n] if n < len(aligned) else []
        cells = []
        for place, lines in enumerate(row):
            tag = "th" if any(line.role == "head" for line in lines) else "td"
            side = sides[place] if place < len(sides) else ""
            style = f' style="text-align:{side}"' if side in ("left", "center", "right") else ""
            said = "<br>".join(html_of(line.pieces) for line in lines)
            cells.append(f"<{tag}{style}>{said}</{tag}>")
        made.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(made)}</table>"
