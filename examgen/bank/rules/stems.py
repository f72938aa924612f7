"""Finds typing faults in texts (digits, vowels, marks, spaces, brackets, unprintable characters) and faults
of stems (an inconspicuous negative, no question).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from examgen.bank.checks import UnitDraft
from examgen.bank.rules.item_words import is_thai, plain
from examgen.bank.rules.patterns import (
    ENUMERATOR,
    LOOK_LIKE_QUESTIONS,
    MAY_POINT_AT_CONTEXT,
    NEGATIVES,
    NO_QUESTION,
    NO_TOPIC,
    POINTS_AT_CONTEXT,
    REPEATED,
    SARA_AE,
    SARA_E,
    THAI_COMPLETION,
    THAI_DIGIT,
    THAI_NEGATIVE,
    THAI_QUESTION,
    WHICH,
)
from examgen.bank.rules.rule import RuleFault, Setting, texts
from examgen.core.text.fonts import missing, missing_message
from examgen.core.text.formulas import fault
from examgen.core.text.markdown import Formula, formulas, in_words, with_formulas_as
from examgen.core.words import Message, tell

_NOT_ASKED_WITH = re.compile(r"\*\*.+?\*\*|__.+?__|“[^”]*(?:”|$)|\"[^\"]*\"")
"""Emphasised text and quotations."""
_ENGLISH_NEGATIVE = re.compile(
    r"\b(?:not|never|except|cannot|\w+n't|(?<!at )(?<![Ww]hat is the )least|(?<=[Ww]hat is the )least(?= \w*(?:ous|ive|ble|ful|al|ly|ent|ant|ic|ed|ing|safe)\b))\b"
)
_SUBORDINATE = re.compile(
    r"\s(?:if|when|because|that|who|whose|where|since|after|before|while|although|unless|to)\b.*"
)
_ENGLISH_QUESTION = re.compile(
    r"\?|_{2,}|\.{4,}|…|^(?:choose|select|identify|name|find|calculate|complete|match|give|state|pick|decide)\b"
    r"|\b(?:choose|select|identify) (?:the|one|an?)\b",
    re.I,
)
_ENGLISH_COMPLETION = re.compile(
    r"\b(?:is|are|was|were|be|been|by|to|of|for|a|an|the|because|that|when|if|with|from|in|on|at|as|than|into|should|must|can|"
    r"may|will|would|has|have|means?|called|known as|requires?|includes?|contains?|shows?|causes?|consists? of|and|or|it|they)"
    r"(?:/an|\(n\))?\s*[:,–-]?\s*$",
    re.I,
)
_LONGEST_NO_TOPIC = 120
_CONTAINS_TEXT = 250
"""The length above which a stem may contain the text to which it refers."""
_CODE_SPAN = re.compile(r"`[^`]*`")
_MEANT_AS_SIGNS = re.compile(
    r"(?<![\w\\])(?P<marks>__?)(?P<word>[A-Za-z]\w*?)(?P=marks)(?!\w)"
    r"|(?<=\w)(?<!\\)\*[^*\s](?:[^*\n]*[^*\s])?\*(?=\w)|(?:(?<=\s)|^)\\\\(?=\w+\\)|(?<=\w):\\[_*.]"
)
r"""Text such as `__init__`, `2*3*4`, the beginning of `\\\\server\\folder` or `C:\\_old`, in which signs of
Markdown do not mean emphasis.
"""
_EMPHASISED = frozenset(
    ("not", "NOT", "except", "EXCEPT", "never", "NEVER", "least", "LEAST", "most", "MOST", "best", "BEST")
)


def negative_not_emphasised(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if a question is reversed by a `not`, `except` or Thai equivalent that is not emphasised."""
    for one in shelf.found:
        stem = in_words(one.item.stem)
        if any(mark in stem for mark in '*_“"'):
            stem = _NOT_ASKED_WITH.sub("", stem)
        if hit := _negative(stem):
            message = tell("asks with “{hit}”. Ask what is right, or set the negative in **bold**.", hit=hit)
            yield RuleFault(one, "stem", message)


def _negative(stem: str) -> str | None:
    """Return the negative that reverses the question, as written; one inside the described case does not
    count.
    """
    if is_thai(stem):
        if not any(word in stem for word in NEGATIVES):
            return None
        hit = THAI_NEGATIVE.search(stem)
        return hit[0].strip() if hit else None
    last = re.split(r"(?<=[.?!])\s+(?=[A-Z])", plain(stem))[-1]
    hit = _ENGLISH_NEGATIVE.search(_SUBORDINATE.sub("", last))
    return hit[0] if hit else None


def stem_asks_nothing(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if a stem has no question, or one that does not state its subject."""
    for one in shelf.found:
        stem = plain(one.item.stem)
        if is_thai(stem):
            unclear = any(word in stem for word in LOOK_LIKE_QUESTIONS)
            asked = NO_QUESTION.sub("", stem) if unclear else stem
            asks = WHICH in asked or THAI_QUESTION.search(asked) or THAI_COMPLETION.search(asked)
        else:
            asks = _ENGLISH_QUESTION.search(stem) or _ENGLISH_COMPLETION.search(stem)
        if len(stem) <= _LONGEST_NO_TOPIC and NO_TOPIC.fullmatch(stem) and not one.item.shared_stimulus:
            message = tell(
                "does not state the subject of the question. Move the subject from the options into the stem."
            )
            yield RuleFault(one, "stem", message)
        elif not asks:
            message = tell(
                "asks nothing. End it with a question, or with the beginning of a sentence to complete."
            )
            yield RuleFault(one, "stem", message)


_PAIRS = {")": "(", "]": "[", "}": "{", "”": "“", "»": "«"}
_MARK = re.compile(r"[()\[\]{}“”«»\"]")
_EMOTICON = re.compile(r"[:;]-?[()]")
_FORMULA = "\ufffc"
"""The character that replaces a formula in texts searched for typing faults."""
_ADDRESS = re.compile(r"(!\[[^\]]{0,500}\])\([^)]{0,500}\)")


def _each(shelf: UnitDraft, find: Callable[[str], Message | None]) -> Iterator[RuleFault]:
    """Yield a fault for each text for which `find` returns a message."""
    for one in shelf.found:
        for field, text in texts(one).items():
            # The text with a sign for each formula, and no addresses of images: those are not prose
            prose = with_formulas_as(text, lambda formula: _FORMULA)
            if message := find(_ADDRESS.sub(r"\1", prose) if "![" in prose else prose):
                yield RuleFault(one, field, message)


def mixed_digits(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if an item mixes Thai and Arabic digits."""
    for one in shelf.found:
        seen = "".join(plain(text) for text in texts(one).values())
        if THAI_DIGIT.search(seen) and re.search(r"[0-9]", seen):
            field = next(name for name, text in texts(one).items() if THAI_DIGIT.search(text))
            yield RuleFault(one, field, tell("mixes Thai and Arabic digits in one item. Use one kind."))


class MissingContext(NamedTuple):
    """What a stem lacks, and whether it certainly refers to it."""

    message: Message
    is_certain: bool


def missing_context(stem: str) -> MissingContext | None:
    """Return what a stem refers to, or may refer to, but neither contains nor has introduced before: a picture,
    table, text or thing; None if there is nothing.
    """
    text = plain(stem)
    lines = [line for line in stem.splitlines() if line.strip()]
    if "|" in stem or "![" in stem or len(lines) > 2:
        return None
    may_contain = len(text) > _CONTAINS_TEXT
    if found := POINTS_AT_CONTEXT.search(text):
        is_text = any(one for name, one in found.groupdict().items() if "text" in name)
        if not (is_text and may_contain):
            message = tell(
                "“{words}” refers to what the item does not have. Add it, or reword the stem.",
                words=found[0].strip(" .?!"),
            )
            return MissingContext(message, True)
    found = MAY_POINT_AT_CONTEXT.search(text)
    if found is None or may_contain:
        return None
    noun = next(filter(None, found.groups())).lower()
    if noun in text[: found.start()].lower():
        return None
    message = tell(
        "“{words}” may refer to what the item does not have. Add it, or reword the stem.",
        words=found[0].strip(),
    )
    return MissingContext(message, False)


def context_missing(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if a stem without a stimulus refers to a picture, table or text that the item does not have."""
    for one in shelf.found:
        if not one.item.shared_stimulus and (missing := missing_context(one.item.stem)):
            yield RuleFault(one, "stem", missing.message)


def double_sara_e(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if sara ae is typed as two sara e, which looks the same but is not found by a search."""
    twice, meant = SARA_E * 2, SARA_AE
    message = tell("contains {twice} (two sara e). Type {meant}.", twice=twice, meant=meant)
    yield from _each(shelf, lambda text: message if twice in text else None)


def double_space(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if a text has two spaces in a row, or a space before a comma or closing bracket."""
    yield from _each(shelf, _blanks)


def _blanks(text: str) -> Message | None:
    if any("|" in line for line in text.splitlines()):
        return None  # a table's columns
    if re.search(r"\S[ \u00a0]{2,}\S", text):
        return tell("contains two spaces in a row. Keep one.")
    before_mark = re.search(r"\S [,;)\]](?!\))", text)
    return tell("contains a space before a mark. Remove it.") if before_mark else None


def signs_not_printed(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if stars, underscores or backslashes that were meant as characters are read as Markdown."""
    yield from _each(shelf, _swallowed)


def _swallowed(text: str) -> Message | None:
    shown = plain(text)
    for found in _MEANT_AS_SIGNS.finditer(_CODE_SPAN.sub("", text)):
        if found[0] not in shown and found["word"] not in _EMPHASISED:
            return tell(
                "{typed} is printed without its signs. Write a backslash before each sign that is to be printed.",
                typed=found[0],
            )
    return None


def unbalanced_marks(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if brackets or quotation marks are not closed, or not opened."""
    yield from _each(shelf, _unbalanced)


def _unbalanced(text: str) -> Message | None:
    if not _MARK.search(text):
        return None
    text = _EMOTICON.sub("", text)
    open_marks: list[str] = []
    for at, mark in enumerate(text):
        if mark in _PAIRS.values():
            open_marks.append(mark)
        elif mark == ")" and not open_marks and ENUMERATOR.search(text[max(0, at - 5) : at]):
            continue
        elif mark in _PAIRS and (not open_marks or open_marks.pop() != _PAIRS[mark]):
            return tell(
                "contains {mark} without {opening} before it. Open or remove it.",
                mark=mark,
                opening=_PAIRS[mark],
            )
    if open_marks:
        return tell("contains {mark}, which is not closed. Close or remove it.", mark=open_marks[-1])
    odd = len(re.findall(r'(?<!\d)"', text)) % 2
    return tell('contains an odd number of ". Close the quotation.') if odd else None


def repeated_marks(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if a Thai vowel or tone mark is typed twice or in the wrong order, or a punctuation mark twice."""
    yield from _each(shelf, _repeated)


def _repeated(text: str) -> Message | None:
    if hit := REPEATED.search(text):
        around = text[max(0, hit.start() - 2) : hit.end() + 2].strip()
        return tell(
            "contains a mark typed twice or out of order in “{around}”. Type it once, vowel before tone.",
            around=around,
        )
    return None


def glyph_missing(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Report characters that no shipped font has, so that no paper can be printed."""
    for one in shelf.found:
        for field, text in texts(one).items():
            for char in missing(plain(_without_formulas(text))):
                yield RuleFault(one, field, missing_message(char))
    for stimulus in shelf.stimuli:
        users = [one for one in shelf.found if one.item.shared_stimulus == stimulus.id]
        for char in missing(plain(_without_formulas(stimulus.text))) if users else ():
            yield RuleFault(
                users[0],
                "shared_stimulus",
                tell(
                    "in stimulus {stimulus} {missing_message}",
                    stimulus=stimulus.id,
                    missing_message=missing_message(char),
                ),
            )


def _without_formulas(text: str) -> str:
    return with_formulas_as(text, lambda formula: "")


_STRAY_DOLLARS = re.compile(r"(?<!\\)\$(?!\s?\d)([^$\n\u0e00-\u0e7f]*)\$")
"""Two dollar signs without Thai between them, of which the first is not before a price."""


def formula_unreadable(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Report formulas that cannot be drawn, so that no paper can be printed, or that are read as text."""
    for one in shelf.found:
        for field, text in texts(one).items():
            for message in _formula_faults(text, formulas(text, field)) if "$" in text else ():
                yield RuleFault(one, field, message)
    for stimulus in shelf.stimuli:
        if "$" not in stimulus.text:
            continue
        users = [one for one in shelf.found if one.item.shared_stimulus == stimulus.id]
        faults = _formula_faults(stimulus.text, formulas(stimulus.text, "stimulus")) if users else ()
        for message in faults:
            yield RuleFault(
                users[0],
                "shared_stimulus",
                tell("in stimulus {stimulus} {message}", stimulus=stimulus.id, message=message),
            )


def _formula_faults(text: str, found: Sequence[Formula]) -> Iterator[Message]:
    yield from (message for formula in found if (message := fault(formula)))
    if stray := _STRAY_DOLLARS.search(_without_formulas(text)):
        yield (
            tell(
                "{stray} is not a formula. Remove spaces inside the dollar signs and "
                "digits next to them, or write \\$ for a dollar sign.",
                stray=stray[0],
            )
        )
