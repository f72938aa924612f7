"""Aiken: stem, lettered options and `ANSWER: B`, a question after the other.

References
----------
Moodle documentation, "Aiken format".
"""

from __future__ import annotations

import re

from examgen import foreign
from examgen.interchange import markup, weights
from examgen.interchange.questions import Choice, Question, Reading, SetAside
from examgen.words import Message, tell

_OPTION = re.compile(r"\s*([A-Z])[.)]\s?(.*)")
_ANSWER = re.compile(r"\s*ANSWER\s*:(.*)", re.I)
_END = re.compile(r"^[ \t]*ANSWER[ \t]*:", re.I | re.MULTILINE)


def is_one(text: str) -> bool:
    """Whether a text is of this format: lettered options, and the line of an answer."""
    return bool(_END.search(text)) and bool(re.search(r"^[ \t]*A[.)]", text, re.MULTILINE))


def read(data: bytes, name: str) -> Reading:
    """The questions of a file, in its order; what has no answer, or no options, is set aside."""
    text, notes = foreign.decoded(data, name)
    reading = Reading("aiken", notes=notes)
    lines: list[tuple[int, str]] = []
    for n, line in enumerate(text.splitlines(), 1):
        if found := _ANSWER.fullmatch(line):
            _end(reading, lines, found[1].strip(), name, n)
            lines = []
        elif line.strip() or lines:
            lines.append((n, line))
    if any(line.strip() for _, line in lines):
        _no_answer(reading, lines, name)
    return reading


def _begins_again(lines: list[tuple[int, str]], place: int, options: int) -> int | None:
    """Where the question of a second option A begins: below the last blank line above it, or at that option;
    None where it is the stem that began like an option."""
    for at in range(place - 1, -1, -1):
        if not lines[at][1].strip():
            return at + 1
    return None if options == 1 else place


def _no_answer(reading: Reading, lines: list[tuple[int, str]], name: str) -> None:
    """Sets aside what has no line of an answer."""
    source = f"{name}:{lines[0][0]}"
    reading.set_aside.append(SetAside(source, "unfinished", tell("has no ANSWER line"), _begin(lines)))


def _begin(lines: list[tuple[int, str]]) -> str:
    words = markup.plain_of(" ".join(line for _, line in lines))
    return words if len(words) <= 60 else words[:59] + "…"


def _end(reading: Reading, lines: list[tuple[int, str]], answer: str, name: str, line: int) -> None:
    """What stands above an ANSWER line, as a question."""
    source = f"{name}:{lines[0][0] if lines else line}"
    stem: list[str] = []
    options: list[tuple[str, list[str]]] = []
    for place, (_, text) in enumerate(lines):
        found = _OPTION.fullmatch(text)
        if found and found[1] == "A" and options:
            begin = _begins_again(lines, place, len(options))
            if begin is None:  # the line that began like an option was a name in the stem: A. Smith
                stem, options = [line for _, line in lines[:place]], []
            else:
                _no_answer(reading, lines[:begin], name)
                _end(reading, lines[begin:], answer, name, line)
                return
        if found and found[1] == chr(ord("A") + len(options)):
            options.append((found[1], [found[2]]))
        elif options and text.strip():
            options[-1][1].append(text)
        elif not options:
            stem.append(text)
    if not options:
        reading.set_aside.append(
            SetAside(source, "no-options", tell("has no lettered options"), _begin(lines))
        )
        return
    keys = re.split(r"[\s,;]+", answer.strip().upper().rstrip(".)"))
    unknown = [key for key in keys if key not in {letter for letter, _ in options}]
    notes: list[Message] = []
    if unknown:
        notes.append(tell("its answer {answer!r} is none of its options", answer=answer))
    choices = tuple(
        Choice(markup.from_plain("\n".join(text), "lines", latex=True), letter in keys and not unknown)
        for letter, text in options
    )
    question = Question(
        id=source,
        source=source,
        kind="single" if len(keys) < 2 else "multiple",
        stem=markup.from_plain("\n".join(stem), latex=True),
        choices=choices,
        warnings=tuple(notes),
    )
    reading.questions.append(weights.with_concerns(question))
