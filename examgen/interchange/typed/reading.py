"""Numbered questions as people type them, in Word or as plain text → questions.

Lines are cut into questions (`cutting`), their keys are found (`keys`); what is left is told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from examgen.core import foreign
from examgen.core.words import joined, listed, tell
from examgen.interchange import answer_lines as beside
from examgen.interchange import weights
from examgen.interchange.answer_lines import ordinal
from examgen.interchange.questions import Choice, Passage, Question, Reading, SetAside
from examgen.interchange.typed.answer_keys import (
    agreed,
    claims_of,
    common_marks,
    places_of,
    starless,
)
from examgen.interchange.typed.cutting import Found, Numbered, cut
from examgen.interchange.typed.lines import Asked, Line, Piece, from_pieces, line_shown, passage_from


def questions_of(lines: Sequence[Line], reading: Reading, name: str) -> None:
    """Reads the lines into the reading: every question, and what is left of the text."""
    found = cut(lines)
    questions = [one for one in found.asked if one.options]
    numbers = Counter(one.number for one in questions)
    twice = {number for number, n in numbers.items() if number and n > 1}
    by_part = bool(twice) and _names_parts(found, questions)
    keys = found.keys if by_part or not twice else {}
    if found.keys and not keys:
        reading.notes.append(
            tell(
                "its list of keys is not used: the numbers {numbers} stand for several questions",
                numbers=listed(sorted(twice)),
            )
        )
    by_number: dict[str, list[Numbered]] = {}
    for at in keys:
        by_number.setdefault(at[1], []).append(at)
    own = {
        id(one): [at for at in by_number.get(one.number, ()) if _is_of(at, one, by_part)] for one in questions
    }
    used = {at for ats in own.values() for at in ats}
    unused = [at for at in keys if at not in used]
    shifted = _shifted(found.asked, own, unused)
    for one in found.asked:
        source = f"{name}:{one.place}"
        if not one.options:
            shown = passage_from(one.stem).plain
            title = shown if len(shown) <= 60 else shown[:59] + "…"
            message = tell("has no lettered options: a question to be written, or a text")
            reading.set_aside.append(SetAside(source, "no-options", message, f"{one.number} {title}".strip()))
            continue
        listed_keys = own[id(one)]
        if listed_keys and shifted and int(one.number) > shifted:
            one.notes.append(
                tell(
                    "its key is not used: the list and the paper number questions differently from {n} on",
                    n=shifted,
                )
            )
            listed_keys = []
        one.whys += [(len(one.options), found.whys[at]) for at in listed_keys if at in found.whys]
        letters = {keys[at] for at in listed_keys}
        reading.questions.append(_question(one, "".join(letters) if len(letters) < 2 else "?", source))
    if unused:
        reading.notes.append(
            tell(
                "its list of keys names questions that are not there: {numbers}",
                numbers=listed(number for _, number in sorted(unused, key=lambda at: (at[0], int(at[1])))),
            )
        )
    reading.notes += found.notes


def _is_of(at: Numbered, one: Asked, by_part: bool) -> bool:
    """Whether a key with the number of a question is its own: so is its part, where both have one."""
    return at[0] == one.part or (not by_part and "" in (at[0], one.part))


def _shifted(
    asked: Sequence[Asked], own: Mapping[int, Sequence[Numbered]], unused: Sequence[Numbered]
) -> int:
    """The number from which the list may count questions that the paper numbers otherwise: it has keys for
    numbers that the paper lacks, and none for some that it has. 0 where it may not."""
    there = {one.number for one in asked}
    more = [int(number) for _, number in unused if number not in there]
    fewer = [int(one.number) for one in asked if one.options and one.number and not own[id(one)]]
    return min(more + fewer) if more and fewer else 0


def _names_parts(found: Found, questions: Sequence[Asked]) -> bool:
    """Whether the list of keys says which part of the paper each is of, and no number stands twice in one."""
    own = Counter((one.part, one.number) for one in questions)
    named = {part for part, _ in found.keys}
    return "" not in named and named <= {part for part, _ in own} and max(own.values()) == 1


def _question(one: Asked, listed_key: str, source: str) -> Question:
    order = [ordinal(option.letter) for option in one.options]
    if sorted(order) == list(range(len(order))):  # down the columns of a table, for one
        one.options.sort(key=lambda option: ordinal(option.letter))
    letters = [option.letter for option in one.options]
    texts = [starless(option.pieces) for option in one.options]
    claims, doubts = claims_of(one, [star for _, star in texts])
    kinds = {"".join(piece.text for piece in option.pieces).strip()[:1] for option in one.options}
    if "☒" in kinds and kinds & set("✓✔☑√✅*"):
        doubts.append(tell("its boxes have ticks of two kinds: it is not plain which is right"))
    if listed_key:
        claims.append((tell("the list of keys"), places_of([listed_key], letters)))
    why = {letter for _, line in one.whys if (letter := beside.right_by(line.text))}
    if len(why) == 1:
        claims.append((tell("the explanation"), places_of(why, letters)))
    stem = passage_from(one.stem)
    right, notes = agreed(claims, letters, stem.plain)
    notes += doubts
    if doubts:
        right = set()
    notes += one.notes
    others = [n for n in beside.passage_of(stem.plain) or () if n != one.number]
    if others and (one.number or len(others) > 1):
        notes.append(
            tell(
                "its stem is for other questions, too, which do not have it: {numbers}",
                numbers=listed(others),
            )
        )
    rationales, general = _told_why(one, right)
    marks = common_marks([pieces for pieces, _ in texts])
    choices = tuple(
        Choice(_option_passage(pieces, marks), place in right, None, rationales.get(place))
        for place, (pieces, _) in enumerate(texts)
    )
    doubt = None
    if order != list(range(len(order))):
        doubt = tell(
            "its options are lettered {letters}: one may be lost, letter them in order",
            letters=joined((_letter_of(place, letters) for place in order), " "),
        )
    return weights.with_concerns(
        Question(
            id=one.number or source,
            source=source,
            kind="multiple" if len(right) > 1 else "single",
            stem=stem,
            choices=choices,
            feedback=general,
            reference=" ".join(filter(None, map(line_shown, one.sources))),
            stimulus=_stimulus(one),
            warnings=tuple(notes),
            doubt=doubt,
        )
    )


def _told_why(one: Asked, right: set[int]) -> tuple[dict[int, Passage], Passage | None]:
    """What is told of options, by their places, and of the question as a whole. Lines below an option while
    others follow are of that option, those below all are of the right ones; of all, where no key is sure."""
    n = len(one.options)
    above = {at for at, _ in one.whys if at < n}
    by_option = above == set(range(1, n))
    lines: dict[int, list[list[Piece]]] = {}
    whole: list[list[Piece]] = []
    said = [(n, [Piece(answer.rest)]) for answer in one.answers if answer.rest]
    for at, pieces in [*said, *((at, line.pieces) for at, line in one.whys)]:
        places = [at - 1] if at < n or by_option else sorted(right)
        for place in places:
            lines.setdefault(place, []).append(pieces)
        if not places:
            whole.append(pieces)
    told = {place: from_pieces(own) for place, own in lines.items()}
    return told, from_pieces(whole) if whole else None


def _stimulus(one: Asked) -> tuple[str, Passage] | None:
    """The text that a question shares with others, under the line that says so."""
    if not one.shared:
        return None
    return " / ".join(name for name, _ in one.shared), passage_from(
        [line for _, own in one.shared for line in own]
    )


def _letter_of(place: int, letters: Iterable[str]) -> str:
    return next(one for one in letters if ordinal(one) == place)


def _option_passage(pieces: Sequence[Piece], without: frozenset[str]) -> Passage:
    bare = [one._replace(marks=one.marks - without) for one in pieces]
    return from_pieces([bare])


_OPTIONS = re.compile(r"^[ \t]*+[*✓]?[ \t]*+\(?(?:[กขคง]|[A-Da-d])[ \t]*+[.)][ \t]*+\S", re.MULTILINE)


def is_text(text: str) -> bool:
    """Whether a text has questions as people type them: at least two lettered options."""
    return len(_OPTIONS.findall(text)) > 1


def read_text(data: bytes, name: str) -> Reading:
    """The questions of a file of plain text, in its order."""
    text, notes = foreign.decoded(data, name)
    reading = Reading("text", notes=notes)
    lines = [Line([Piece(line)], str(n)) for n, line in enumerate(text.splitlines(), 1)]
    questions_of(lines, reading, name)
    return reading
