"""Aiken: stem, lettered options and `ANSWER: B`, a question after the other.

References
----------
Moodle documentation, "Aiken format".
"""

from __future__ import annotations

import re
from dataclasses import replace

from examgen.bank.workbook.texts import spelled
from examgen.core import foreign
from examgen.core.words import Message, joined, listed, option, tell
from examgen.interchange import answer_lines as beside
from examgen.interchange import markup, weights
from examgen.interchange.questions import Choice, Question, QuestionFile, RefusedQuestion

_OPTION = re.compile(r"\s*([A-Z])[.)]\s?(.*)")
_ANSWER = re.compile(r"\s*ANSWER\s*:(.*)", re.I)
_END = re.compile(r"^[ \t]*ANSWER[ \t]*:", re.I | re.MULTILINE)


def is_one(text: str) -> bool:
    """Whether a text is of this format: lettered options, and the line of an answer."""
    return bool(_END.search(text)) and bool(re.search(r"^[ \t]*A[.)]", text, re.MULTILINE))


def read(data: bytes, name: str) -> QuestionFile:
    """The questions of a file, in its order; what has no answer, or no options, is set aside."""
    text, notes = foreign.decoded(data, name)
    reading = QuestionFile("aiken", notes=notes)
    lines: list[tuple[int, str]] = []
    last: str | None = None
    for n, line in enumerate(text.splitlines(), 1):
        if found := _ANSWER.fullmatch(line):
            if last is not None and not any(one.strip() for _, one in lines):
                # a second ANSWER for the question above: where it says another thing, there is no key
                first, second = last.strip(), found[1].strip()
                if reading.questions and first.upper() != second.upper():
                    question = reading.questions[-1]
                    said = tell("its keys differ ({claims})", claims=joined((first, second), "; "))
                    choices = tuple(replace(one, right=False) for one in question.choices)
                    reading.questions[-1] = weights.with_concerns(
                        replace(question, choices=choices, doubt=said)
                    )
                continue
            _end(reading, lines, found[1].strip(), name, n)
            lines, last = [], found[1]
        elif (
            last is not None
            and not lines
            and beside.told(line).kind in ("why", "source")
            and not beside.asks(line)
        ):
            # below an answer stands why the right options of the question above are so, or its source
            if not reading.questions:
                continue
            question = reading.questions[-1]
            if beside.told(line).kind == "source":
                reading.questions[-1] = replace(question, reference=line.strip())
                continue
            why = markup.from_plain(line.strip(), "lines", latex=True)
            choices = tuple(replace(one, feedback=why) if one.right else one for one in question.choices)
            reading.questions[-1] = weights.with_concerns(replace(question, choices=choices))
        elif line.strip() or lines:
            lines.append((n, line))
    if any(line.strip() for _, line in lines):
        _no_answer(reading, lines, name)
    return reading


def _no_answer(reading: QuestionFile, lines: list[tuple[int, str]], name: str) -> None:
    """Sets aside what has no line of an answer."""
    source = f"{name}:{lines[0][0]}"
    reading.set_aside.append(RefusedQuestion(source, "unfinished", tell("has no ANSWER line"), _begin(lines)))


def _begin(lines: list[tuple[int, str]]) -> str:
    return markup.shortened(markup.plain_of(" ".join(line for _, line in lines)))


def _end(reading: QuestionFile, lines: list[tuple[int, str]], answer: str, name: str, line: int) -> None:
    """Add the lines above an ANSWER line as a question."""
    source = f"{name}:{lines[0][0] if lines else line}"
    stem: list[str] = []
    options: list[tuple[str, list[str]]] = []
    strays: list[str] = []
    for place, (_, text) in enumerate(lines):
        found = _OPTION.fullmatch(text)
        if found and found[1] == "A" and options:
            blank = next((at for at in range(place - 1, -1, -1) if not lines[at][1].strip()), None)
            if blank is None and len(options) == 1:
                # the line that began like an option was a name in the stem: A. Smith
                stem, options, strays = [line for _, line in lines[:place]], [], []
            else:  # the question of this option begins below the last blank line above it, or here
                begin = place if blank is None else blank + 1
                _no_answer(reading, lines[:begin], name)
                _end(reading, lines[begin:], answer, name, line)
                return
        if found and found[1] == chr(ord("A") + len(options)):
            options.append((found[1], [found[2]]))
        elif options and text.strip():
            options[-1][1].append(text)
            strays += [found[1]] if found else []
        elif not options:
            stem.append(text)
    if not options:
        reading.set_aside.append(
            RefusedQuestion(source, "no-options", tell("has no lettered options"), _begin(lines))
        )
        return
    keys = re.split(r"[\s,;]+", answer.strip().upper().rstrip(".)"))
    unknown = [key for key in keys if key not in {letter for letter, _ in options}]
    notes: list[Message] = []
    doubt: Message | None = None
    if unknown:
        doubt = tell("its answer {answer} is not one of its options", answer=spelled(answer))
    below = [one for one in options[-1][1][1:] if one.strip()]
    found_keys = [said for one in below if (said := beside.answer_of(one)) is not None]
    claimed = {letter.upper() for one in found_keys for letter in one.letters}
    if claimed and claimed != set(keys):
        doubt = tell("its keys differ ({claims})", claims=joined((answer, *sorted(claimed)), "; "))
        unknown = keys
    elif below:
        shown = " / ".join(one.strip() for one in below)[:120]
        notes.append(
            tell(
                "a line below its last option was added to the option because of its layout: {line}",
                line=shown,
            )
        )
    if len(others := beside.passage_of(" ".join(stem)) or ()) > 1:
        notes.append(
            tell(
                "its stem also applies to other questions, which do not contain it ({numbers})",
                numbers=listed(others),
            )
        )
    choices = tuple(
        Choice(markup.from_plain("\n".join(text), "lines", latex=True), letter in keys and not unknown)
        for letter, text in options
    )
    feedback = next((text for _, text in lines if beside.without_sign_of_feedback(text)), None)
    # two lines below the beginning of a stem that look like its first option; one that the stem itself begins
    # with may be a name
    first = [place for place, (_, text) in enumerate(lines) if re.match(r"\s*A[.)]", text)]
    if len(first) > 1 and any(text.strip() for _, text in lines[: first[0]]):
        doubt = tell("has two lines that begin with A:, so the first option is not clear")
    elif strays:
        doubt = tell(
            "has a line with the letter {letter} where another letter is expected. Letter "
            "its options A, B, C …",
            letter=strays[0],
        )
    elif feedback is not None:
        doubt = tell(
            "has a line of feedback ({line}), which this format does not have. Read the file with {format}.",
            line=feedback.strip()[:60],
            format=option("format", "text", command="bank import"),
        )
    question = Question(
        id=source,
        source=source,
        kind="single" if len(keys) < 2 else "multiple",
        stem=markup.from_plain("\n".join(stem), latex=True),
        choices=choices,
        warnings=tuple(notes),
        doubt=doubt,
    )
    reading.questions.append(weights.with_concerns(question))
