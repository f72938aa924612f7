"""Reads numbered questions as people type them, in Word or as plain text.

Lines are split into questions (`cutting`) and their keys are found (`answer_keys`); what is left out is
listed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from examgen.bank.workbook.texts import spelled
from examgen.core import foreign
from examgen.core.words import joined, listed, tell
from examgen.interchange import line_kinds as beside
from examgen.interchange import weights
from examgen.interchange.line_kinds import ordinal
from examgen.interchange.markup import shortened
from examgen.interchange.question_context import under
from examgen.interchange.questions import Choice, Question, QuestionFile, RefusedQuestion
from examgen.interchange.typed.answer_keys import (
    agreed,
    claims_of,
    common_marks,
    is_by_look,
    places_of,
    starless,
)
from examgen.interchange.typed.cutting import Numbered, cut
from examgen.interchange.typed.lines import (
    TypedLine,
    TypedPiece,
    TypedQuestion,
    between,
    from_pieces,
    line_shown,
    passage_from,
)

_OPTIONS = re.compile(r"^[ \t]*+[*✓]?[ \t]*+\(?(?:[กขคง]|[A-Da-d])[ \t]*+[.)][ \t]*+\S", re.MULTILINE)


def questions_of(lines: Sequence[TypedLine], reading: QuestionFile, name: str) -> None:
    """Add every question in the lines to the reading, with notes on what is left out."""
    lines, markers = _without_markers(lines)
    if markers:
        reading.notes.append(
            tell(
                "markers of another program are left out: {markers}", markers=shortened(listed(markers), 200)
            )
        )
    asked, listed_at_end, whys, notes = cut(lines)
    questions = [one for one in asked if one.options]
    numbers = Counter(one.number for one in questions)
    twice = {number for number, n in numbers.items() if number and n > 1}
    # the list of keys may say which part of the paper each is of, if no number stands twice in one
    n_own = Counter((one.part, one.number) for one in questions)
    named = {part for part, _ in listed_at_end}
    is_told = "" not in named and named <= {part for part, _ in n_own}
    by_part = bool(twice) and is_told and max(n_own.values()) == 1
    keys = listed_at_end if by_part or not twice else {}
    if listed_at_end and not keys:
        reading.notes.append(
            tell(
                "its key list is not used, because the numbers {numbers} occur more than once",
                numbers=listed(sorted(twice)),
            )
        )
    by_number: dict[str, list[Numbered]] = {}
    for at in keys:
        by_number.setdefault(at[1], []).append(at)
    # a key with the number of a question is its own: so is its part, where both have one
    own = {
        id(one): [
            at
            for at in by_number.get(one.number, ())
            if at[0] == one.part or (not by_part and "" in (at[0], one.part))
        ]
        for one in questions
    }
    used = {at for ats in own.values() for at in ats}
    unused = [at for at in keys if at not in used]
    # the list may count questions that the paper numbers otherwise: it has keys for numbers that the paper
    # lacks, and none for some that it has
    there = {one.number for one in asked}
    more = [int(number) for _, number in unused if number not in there]
    fewer = [int(one.number) for one in questions if one.number and not own[id(one)]]
    shifted = min(more + fewer) if more and fewer else 0
    by_look: list[Question] = []
    for one in asked:
        source = f"{name}:{one.place}"
        if not one.options:
            title = shortened(passage_from(one.stem).plain)
            message = tell("has no lettered options, so it is an open question or a text")
            reading.set_aside.append(
                RefusedQuestion(source, "no-options", message, f"{one.number} {title}".strip())
            )
            continue
        listed_keys = own[id(one)]
        if listed_keys and shifted and int(one.number) > shifted:
            one.notes.append(
                tell(
                    "its key list is not used, because the list and the paper are numbered "
                    "differently from {n} on",
                    n=shifted,
                )
            )
            listed_keys = []
        one.whys += [(len(one.options), whys[at]) for at in listed_keys if at in whys]
        letters = {keys[at] for at in listed_keys}
        if reading.format == "aiken" and (marked := [o.letter for o in one.options if starless(o.pieces)[1]]):
            one.notes.append(tell("the marks of options {letters} are left out", letters=listed(marked)))
        question = _question(one, "".join(letters) if len(letters) < 2 else "?", source)
        reading.questions.append(question)
        if one.is_by_look and question.right:
            by_look.append(question)
    others = sum(bool(one.right) for one in reading.questions) - len(by_look)
    if by_look:
        reading.notes.append(
            tell(
                "the keys of {questions} are known only by the look of their letters. Check them.",
                questions=listed(one.id for one in by_look),
            )
        )
    if others > len(by_look):  # the paper marks its keys in another way
        only = tell("its key is not clear ({why})", why=tell("only the look of an option shows it"))
        reading.questions = [
            replace(one, doubt=one.doubt or only) if one in by_look else one for one in reading.questions
        ]
    if unused:
        reading.notes.append(
            tell(
                "its key list has questions that do not exist: {numbers}",
                numbers=listed(number for _, number in sorted(unused, key=lambda at: (at[0], int(at[1])))),
            )
        )
    reading.notes += notes


def _without_markers(lines: Sequence[TypedLine]) -> tuple[list[TypedLine], list[str]]:
    """Return the lines without the markers that another program prints about a question, and these
    markers.
    """
    kept: list[TypedLine] = []
    markers: dict[str, None] = {}
    for line in lines:
        found = beside.MARKERS.search(line.text) if line.table is None else None
        if found:
            markers[" ".join(found[0].split())] = None
            kept.append(TypedLine(between(line.pieces, 0, found.start()), line.place))
        else:
            kept.append(line)
    return kept, list(markers)


def _question(one: TypedQuestion, listed_key: str, source: str) -> Question:
    """Return a question, with its key if all its sources agree: the options, lines below them, and the
    list.
    """
    order = [ordinal(option.letter) for option in one.options]
    if sorted(order) == list(range(len(order))):  # down the columns of a table, for one
        one.options.sort(key=lambda option: ordinal(option.letter))
    letters = [option.letter for option in one.options]
    texts = [starless(option.pieces) for option in one.options]
    claims, doubts = claims_of(one, [star for _, star in texts])
    kinds = {"".join(piece.text for piece in option.pieces).strip()[:1] for option in one.options}
    if "☒" in kinds and kinds & set("✓✔☑√✅*"):
        doubts.append(tell("its boxes have ticks of two kinds, so the right option is not clear"))
    if listed_key:
        claims.append((tell("the key list"), places_of([listed_key], letters)))
    why = {letter for _, line in one.whys if (letter := beside.right_by(line.text))}
    if len(why) == 1:
        claims.append((tell("the explanation"), places_of(why, letters)))
    one.is_by_look = is_by_look(claims)
    stem = passage_from(one.stem)
    right, notes = agreed(claims, letters, stem.plain)
    notes += doubts
    if doubts:
        right = set()
    # a key that is there, and is not known for sure
    doubt = notes[0] if notes and not right else None
    if doubt is not None and one.unclear and len(claims) == 1:
        doubt = tell(
            "its answer {answer} is not one of its options, or matches several ({letters})",
            answer=spelled(one.unclear),
            letters=joined(letters, " "),
        )
    if doubt is not None:
        doubt = tell("its key is not clear ({why})", why=one.contradiction or doubt)
    notes += one.notes
    for comment in _comments(one):
        notes.append(tell("has a comment in Word ({comment})", comment=shortened(comment, 120)))
        if beside.answer_of(comment) or beside.right_by(comment):
            doubt = doubt or notes[-1]
    others = [n for n in beside.passage_of(stem.plain) or () if n != one.number]
    if others and (one.number or len(others) > 1):
        notes.append(
            tell(
                "its stem also applies to other questions, which do not contain it ({numbers})",
                numbers=listed(others),
            )
        )
    # lines below an option while others follow are of that option, those below all are of the right ones; of
    # the question as a whole, where no key is sure
    n = len(one.options)
    by_option = {at for at, _ in one.whys if at < n} == set(range(1, n))
    lines: dict[int, list[list[TypedPiece]]] = {}
    general: list[list[TypedPiece]] = []
    answers = [(n, [TypedPiece(answer.rest)]) for answer in one.answers if answer.rest]
    for at, pieces in [*answers, *((at, line.pieces) for at, line in one.whys)]:
        places = [at - 1] if at < n or by_option else sorted(right)
        for place in places:
            lines.setdefault(place, []).append(pieces)
        if not places:
            general.append(pieces)
    for place, line in one.of_options:
        if place < n:
            lines.setdefault(place, []).append(line.pieces)
    rationales = {place: from_pieces(own) for place, own in lines.items()}
    marks = common_marks([pieces for pieces, _ in texts])
    choices = tuple(
        Choice(
            from_pieces([[piece._replace(marks=piece.marks - marks) for piece in pieces]]),
            place in right,
            None,
            rationales.get(place),
        )
        for place, (pieces, _) in enumerate(texts)
    )
    stimulus = None
    if one.shared:  # the texts that it shares with others, under the lines that say so
        below = [line for _, own in one.shared for line in own]
        stimulus = (" / ".join(name for name, _ in one.shared), passage_from(below))
    if order != list(range(len(order))):
        by_place = {ordinal(letter): letter for letter in reversed(letters)}
        doubt = tell(
            "its options are lettered {letters}, so one may be missing. Letter them in order.",
            letters=joined((by_place[place] for place in order), " "),
        )
    question = weights.with_concerns(
        Question(
            id=one.number or source,
            source=source,
            kind="multiple" if len(right) > 1 else "single",
            stem=stem,
            choices=choices,
            feedback=from_pieces(general) if general else None,
            reference=" ".join(filter(None, map(line_shown, one.sources))),
            stimulus=stimulus,
            warnings=tuple(notes),
            doubt=doubt,
        )
    )
    return under(question, one.rubric)


def _comments(one: TypedQuestion) -> list[str]:
    """Return the Word comments on a question."""
    pieces = [line.pieces for line in (*one.stem, *one.below)] + [option.pieces for option in one.options]
    return [piece.text for piece in chain(*pieces) if piece.kind == "comment"]


def is_text(text: str) -> bool:
    """Return whether a text has typed questions: at least two lettered options."""
    return len(_OPTIONS.findall(text)) > 1


def is_aiken(text: str) -> bool:
    """Return whether a text has the format Aiken: lettered options, and lines such as `ANSWER: B`."""
    return bool(
        re.search(r"^[ \t]*ANSWER[ \t]*:", text, re.I | re.M) and re.search(r"^[ \t]*A[.)]", text, re.M)
    )


def read_aiken(data: bytes, name: str) -> QuestionFile:
    """Read the questions of an Aiken file, which are typed questions without numbers."""
    return read_text(data, name, "aiken")


def read_text(data: bytes, name: str, format: str = "text") -> QuestionFile:
    """Read the questions of a plain-text file, in order."""
    text, notes = foreign.decoded(data, name)
    reading = QuestionFile(format, notes=notes)
    lines = [TypedLine([TypedPiece(line)], str(n)) for n, line in enumerate(text.splitlines(), 1)]
    questions_of(lines, reading, name)
    return reading
