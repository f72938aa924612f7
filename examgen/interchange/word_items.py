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
from examgen.interchange.answer_lines import THAI, StatedAnswer
from examgen.interchange.questions import (
    NOTHING,
    Choice,
    Passage,
    Question,
    QuestionFile,
    QuestionPicture,
    joined,
)
from examgen.interchange.typed.answer_keys import agreed, claims_of, common_marks, places_of
from examgen.interchange.typed.lines import TypedLine, TypedOption, TypedPiece, TypedQuestion, behind
from examgen.interchange.typed.reading import questions_of as read_questions
from examgen.interchange.word_parts import ABOUT

_LETTERED = re.compile(rf"\s*\(?([{THAI}A-Ha-h])\s*[.)]\s*")
_TAKEN = frozenset(("stimulus", "stem", "list", "table", "option", "key", "rationale", "reference"))
_TAGS = (
    ("code", "code"),
    ("emphasis", "em"),
    ("italic", "i"),
    ("strong", "strong"),
    ("bold", "b"),
    ("underline", "u"),
    ("strike", "s"),
)


@dataclass(slots=True)
class _ReadItem:
    """An item as it is being read; texts are lines by what they are."""

    place: str
    about: dict[str, str] = field(default_factory=dict)
    stimulus: list[TypedLine] = field(default_factory=list)
    stem: list[TypedLine] = field(default_factory=list)
    options: list[tuple[str, list[TypedLine]]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    rationales: list[list[TypedLine]] = field(default_factory=list)
    reference: str = ""
    into: str = ""
    """Which of its texts a list or a table goes on with."""


def questions_of(lines: Sequence[TypedLine], reading: QuestionFile, name: str) -> None:
    """Reads the lines into the reading: items of ours, and what people typed between them."""
    names = {label: name for name, one in ABOUT.items() for label in (one.en, one.th)}
    items: list[_ReadItem] = []
    typed: list[TypedLine] = []
    for line in lines:
        if not line.role:
            typed.append(line)
        elif line.role == "item":
            # what it says of an item, by field: its labels are in either language
            said = [part.partition(":")[::2] for part in line.text.split(" · ")]
            about = {names[label.strip()]: text.strip() for label, text in said if label.strip() in names}
            items.append(_ReadItem(line.place, about))
        elif line.role in _TAKEN and not (
            line.table is None and not any(one.text.strip() or one.picture for one in line.pieces)
        ):
            # a stem below what ends another item begins one that has no line about it
            begins = line.role in ("stimulus", "stem")
            if not items or (begins and items[-1].into not in ("", "stimulus", "stem")):
                items.append(_ReadItem(line.place))
            _take(items[-1], line)
    for n, item in enumerate(items, 1):
        reading.questions.append(_question(item, n, f"{name}:{item.place}"))
    if any(not line.is_blank for line in typed):
        # questions among lines without a style of ours; where there are none, that they are left is told
        before = len(reading.questions) + len(reading.set_aside)
        read_questions(typed, reading, name)
        if len(reading.questions) + len(reading.set_aside) == before:
            shown = " / ".join(line.text.strip() for line in typed if not line.is_blank)
            reading.notes.append(
                tell(
                    "lines without a style of a question are left: {lines}",
                    lines=markup.shortened(shown, 200),
                )
            )


def _take(item: _ReadItem, line: TypedLine) -> None:
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
            # its letter is as Word counts it, as it was typed, or the next
            letter = THAI[len(item.options) % len(THAI)]
            text = "".join(one.text for one in line.pieces if one.kind == "text")
            if found := _LETTERED.fullmatch(line.label + " "):
                letter = found[1]
            elif not line.label and (found := _LETTERED.match(text)):
                letter = found[1]
                line.pieces = behind(line.pieces, found.end())
            item.options.append((letter, [line]))
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
        if not item.reference:  # what stands behind its label
            item.reference = text.partition(":")[2].strip() or text
        elif text:
            item.reference += f"\n{text}"


def _question(item: _ReadItem, n: int, source: str) -> Question:
    """The question of an item; without a key where its line and what is bold differ."""
    letters = [letter for letter, _ in item.options]
    pieces = [[one for line in lines for one in line.pieces] for _, lines in item.options]
    asked = TypedQuestion(
        str(n), source, options=[TypedOption(*one) for one in zip(letters, pieces, strict=True)]
    )
    asked.answers = [StatedAnswer(tuple(item.answers))] if item.answers else []
    claims, doubts = claims_of(asked, [])
    # options that show a picture or a formula alone have no letters that could be bold
    wordless = {
        place
        for place, own in enumerate(pieces)
        if own and not any(one.kind == "text" and one.text.strip() for one in own)
    }
    named = places_of(item.answers, letters) & wordless
    claims = [(what, places | named) for what, places in claims]
    stem = _passage(item.stem, "stem")
    right, notes = agreed(claims, letters, stem.plain)
    notes += doubts
    without = common_marks(pieces)
    fixed = set(re.findall(rf"[{THAI}A-H]", item.about.get("anchored", "")))
    feedback: dict[str, Passage] = {}
    for first, *others in item.rationales:
        text = "".join(one.text for one in first.pieces if one.kind == "text")
        if lettered := _LETTERED.match(text):
            rest = TypedLine(behind(first.pieces, lettered.end()), first.place, role=first.role)
            feedback[lettered[1]] = _passage([rest, *others], "lines")
    choices = tuple(
        Choice(
            _passage(lines, "lines", without),
            place in right and not doubts,
            None,
            feedback.get(letter) or None,
            letter in fixed,
        )
        for place, (letter, lines) in enumerate(item.options)
    )
    criteria = [one.strip() for one in item.about.get("criteria", "").split(",") if one.strip()]
    levels = [f"level-{one}" for one in re.findall(r"\d", item.about.get("levels", ""))]
    asks = [f"cognitive-{one}" for one in item.about.get("cognitive", "").split()]
    more = [
        f"{tag}-{text.strip()}"
        for tag, name in (("family", "family"), ("decided-by", "decided_by"))
        if (text := item.about.get(name, "")).strip()
    ]
    return weights.with_concerns(
        Question(
            id=item.about.get("id") or source,
            source=source,
            kind="multiple" if len(right) > 1 and not doubts else "single",
            stem=joined([one for one in (_passage(item.stimulus, "stem"), stem) if one], "stem"),
            choices=choices,
            name=item.about.get("id", ""),
            feedback=markup.from_plain(item.reference, "lines") or None,
            category=criteria[0] if criteria else None,
            tags=(*criteria, *levels, *asks, *more),
            warnings=tuple(notes),
        )
    )


def _passage(lines: Sequence[TypedLine], holds: Holds, without: frozenset[str] = frozenset()) -> Passage:
    """Lines as a text: those of one paragraph parted by breaks, lists as lists, tables as tables."""
    if not lines:
        return NOTHING
    made: list[str] = []
    lists: list[str] = []
    number = ""
    pictures: dict[str, QuestionPicture] = {}

    def shut(depth: int) -> None:
        while len(lists) > depth:
            made.append(f"</li></{lists.pop()}>")

    before: TypedLine | None = None
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


def html_of(pieces: Iterable[TypedPiece], without: frozenset[str] = frozenset()) -> str:
    """Letters as HTML, those with marks of the key as any others; signs about formulas are signs."""
    together: list[TypedPiece] = []  # letters of the same marks, which Word parts as it pleases
    for one in pieces:
        last = together[-1] if together else None
        if last and one.kind == "text" == last.kind and one.marks == last.marks:
            together[-1] = last._replace(text=last.text + one.text)
        else:
            together.append(one)
    made = []
    for one in together:
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


def table_html(rows: Sequence[Sequence[Sequence[TypedLine]]], aligned: Sequence[Sequence[str]]) -> str:
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
