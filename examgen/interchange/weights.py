"""Finds the right options from their points, and lists what a person must check; the same for every
format.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import combinations

from examgen.bank.rules import explanations
from examgen.bank.rules.evidence import Evidence, Relation
from examgen.core.text.characters import turned
from examgen.core.text.markdown import with_formulas_as
from examgen.core.words import Message, joined, listed, tell, tell_n
from examgen.interchange import line_kinds as beside
from examgen.interchange import markup, question_context
from examgen.interchange.questions import Choice, Kind, Passage, Question, unlike

FULL = 0.99990
"""The share from which points count as full, because programs round: three times 33.33333 % is not
quite 1.
"""
MOST_TRIED = 10
"""The maximum number of options of a question for which every answer is tried."""
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
    r"|(?:ม\.ค|ก\.พ|มี\.ค|เม\.ย|พ\.ค|มิ\.ย|ก\.ค|ส\.ค|ก\.ย|ต\.ค|พ\.ย|ธ\.ค)\.?"
)
_DATE = re.compile(
    rf"\d{{1,2}}[-/](?:{_MONTH})(?:[-/]\d{{2,4}})?|(?:{_MONTH})[-/]\d{{2,4}}"
    r"|\d{4}-\d\d-\d\d(?: 00:00:00)?",
    re.I,
)
"""A date that spreadsheets make from `1/2` and `3-4`."""
_PLACEHOLDER = re.compile(r"\{\d+:[A-Z_]+:|@@\w+@@")
"""Text that another program replaces by a text or a field."""
_LABEL = re.compile(rf"\(?([A-Ha-h{beside.THAI}])\\?[.)]\s+(?=\S)")
"""The letter at the beginning of an option."""
_LABEL_BELOW = re.compile(rf"\n\s*\(?[A-Ha-h{beside.THAI}]\\?[.)]\s")
_NUMBER = re.compile(r"\s*(?:(?:question|q|ข้อ(?:ที่)?)\s*)?[0-9๐-๙]{1,3}\\?[.)]\s+", re.I)
_LISTED = re.compile(r"(?:^|\s)\(?[0-9๐-๙]{1,2}\\?[.)](?:\s|$)")
"""A number in a list of statements."""
_CELL_ERROR = re.compile(r"#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|SPILL!|CALC!)|^\s*#{2,}\s*$")
_DITTO = re.compile(
    r"""\s*(?:[-–—]?["”“″〃]+[-–—]?|''|,,|ๆ|[-–—]?\s?do\s?[-–—.]|ditto|same(?: as)? above|เหมือนข้างบน)\s*""",
    re.I,
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_TEX = re.compile(
    r"\$(?=\S)[^$\n]*?(?:\\[A-Za-z]+|[A-Za-z0-9)}][_^]\{?[\w+-])[^$\n]*(?<=\S)\$(?!\w)|\\\([^\n]+?\\\)|\\\[[^\n]+?\\\]"
    r"|\\(?:frac|sqrt|begin|text|mathrm|vec|overline)\s?\{"
)
"""TeX between dollar signs or brackets, or a command with its argument."""
_LOST: dict[str, str] = {
    "u": tell("underline"),
    "ins": tell("underline"),
    "audio": tell("sound"),
    "video": tell("video"),
    "svg": tell("a drawing (svg)"),
    "merged cells": tell("merged cells"),
    "markup nested too deep": tell("markup nested too deep"),
    "indentation of lines": tell("indentation of lines"),
    "table too large": tell("table too large"),
    "ruby": tell("signs above the text"),
}


def number(text: str) -> float:
    """Return a number from a file. Raises ValueError if it is not a number or not finite."""
    found = float(text)
    if not math.isfinite(found):
        raise ValueError(text)
    return found


def number_or_none(text: str | None) -> float | None:
    """Return a number from a file; None if there is none."""
    with suppress(ValueError):
        return number(text or "")
    return None


def right_of(kind: Kind, shares: Sequence[float]) -> list[bool]:
    """Return for each option whether it is right: in a question with one answer, if it earns all points; in
    one with several, if it earns any.
    """
    return [share > 0 if kind == "multiple" else share >= FULL for share in shares]


Answer = frozenset[int]
"""The positions of the options that are marked."""


def key_of(n: int, several: bool, earns: Callable[[Answer], float]) -> Answer | Message:
    """Return the options that must be marked, and no others, to earn the most points, by trying every answer.

    Options that change nothing count as wrong. If there is no such key, returns the reason: nothing earns
    points, or several answers earn the most.
    """
    if n > MOST_TRIED:
        return tell("has {n} options, but scoring rules are checked only up to {most}", n=n, most=MOST_TRIED)
    sizes = range(n + 1) if several else range(2)
    scores = {frozenset(one): earns(frozenset(one)) for size in sizes for one in combinations(range(n), size)}
    most = max(scores.values())
    near = 1e-4 * max(1.0, abs(most))
    if most < near:
        return tell("has no key, because no answer earns points under its scoring rules")
    best = [one for one, score in scores.items() if score > most - near]
    key = frozenset.intersection(*best)
    idle = frozenset.union(*best) - key
    if (
        key
        and key in best
        and not any(
            scores[one | {place}] > score + near
            for place in idle
            for one, score in scores.items()
            if one | {place} in scores
        )
    ):
        return key
    answers = [
        tell_n(
            "option {places}", "options {places}", len(one), places=listed(str(n + 1) for n in sorted(one))
        )
        if one
        else tell("no option marked")
        for one in best[:3]
    ]
    return tell(
        "has no single key, because several answers earn the most points under its scoring rules ({answers})",
        answers=joined(answers, "; "),
    )


def concerns(
    kind: str, stem: Passage, choices: Sequence[Choice], weights: Sequence[float] | None, held: bool = False
) -> tuple[Message, ...]:
    """Return what a person should check before the question becomes an item.

    For a question that is `held` back, the reason for a missing key is already known and is not repeated.
    """
    found: list[Message] = []
    right = [place for place, choice in enumerate(choices) if choice.right]
    if not right and not held:
        best = max(weights, default=0.0) if weights else 0.0
        found.append(
            tell(
                "has no key, because no option earns all of its points (at most {percent:g} %)",
                percent=round(100 * best, 5),
            )
            if best > 0
            else tell("has no key, because no option is marked as right")
        )
    if len(choices) < 2:
        found.append(tell_n("has {n} option", "has {n} options", len(choices)))
    if right and len(right) == len(choices) > 1:
        found.append(tell("has no wrong option"))
    if weights and kind == "single" and any(0 < weight < FULL for weight in weights):
        found.append(tell("gives partial points to some options, but the bank has only right and wrong"))
    if weights and kind == "multiple" and right and abs(sum(w for w in weights if w > 0) - 1) > 1e-3:
        total = round(100 * sum(weight for weight in weights if weight > 0), 5)
        found.append(tell("gives {percent:g} % of its points to all right options together", percent=total))
    if weights and any(weight < 0 for weight in weights):
        found.append(tell("deducts points for wrong options, which is set in the exam's scoring here"))
    if not stem:
        found.append(tell("has no stem"))
    blank = [
        n
        for n, choice in enumerate(choices, 1)
        if not choice.text.pictures and not choice.text.plain.strip(" .-–_…")
    ]
    if blank:
        found.append(
            tell_n(
                "option {places} is empty; a picture may be missing",
                "options {places} are empty; a picture may be missing",
                len(blank),
                places=listed(str(place) for place in blank),
            )
        )
    elif not unlike(choices):
        found.append(tell("has two options with the same text"))
    texts = [stem, *(choice.text for choice in choices)]
    if lost := dict.fromkeys(
        _LOST.get(name, name)
        for text in texts
        for name in text.lost
        if name not in (*markup.OTHERWISE_SEEN, "colour", "coloured words")
    ):
        found.append(tell("was written without {names}, which the bank does not support", names=listed(lost)))
    if n := sum(text.markdown.count("![](") for text in texts):
        found.append(
            tell_n(
                "shows a picture without alternative text. Write what it shows.",
                "shows {n} pictures without alternative text. Write what they show.",
                n,
            )
        )
    pictures = dict.fromkeys(one.name for text in texts for one in text.pictures if one.data is None)
    if pictures:
        found.append(
            tell_n(
                "the picture {names} is not in the file",
                "the pictures {names} are not in the file",
                len(pictures),
                names=listed(pictures),
            )
        )
    return tuple(found)


def _bare(text: Passage) -> str:
    """Return a text in its lines, without escaping backslashes."""
    return re.sub(r"\\(?=\W)", "", text.markdown)


def with_concerns(question: Question, weights: Sequence[float] | None = None) -> Question:
    """Return the question without printed numbers and letters of the other program, and with all its
    warnings, its own first.
    """
    question = _without_notes(_without_labels(question))
    doubt = (
        question.doubt
        or _fault_of_texts(question)
        or _seen_otherwise(question)
        or _doubt_of_key(question, weights)
        or _contradiction(question)
        or question_context.lacking(question)
    )
    found = [*concerns(question.kind, question.stem, question.choices, weights, doubt is not None)]
    if (
        doubt is None
        and _look_of_one(question) is not None
        and "**" in question.choices[question.right[0]].text.markdown
    ):
        found.append(tell("only its key is in bold, which candidates would see"))
    typed = [choice.text.markdown for choice in question.choices]
    if doubt is None and (
        sole := explanations.mark_of_one([*map(explanations.typed, typed)], question.stem.plain)
    ):
        found.append(
            tell(
                "only option {place} has “{mark}”, which may mark it as right or wrong",
                place=sole[0] + 1,
                mark=sole[1],
            )
        )
    if doubt is None and (missing := question_context.what_is_missing(question)):
        found.append(missing.message)
    if doubt is None and (other := _other_answer(question)):
        found.append(other)
    if question.feedback:
        found.append(
            tell("its general feedback is left out, because the bank only has rationales of options")
        )
    said = (*question.warnings, *([doubt] if doubt is not None else []), *found)
    return replace(question, warnings=tuple(dict.fromkeys(said)), doubt=doubt)


def _without_labels(question: Question) -> Question:
    """Return the question without the number of its stem and without the letters of its options, if these are
    in order. The number of a list of statements is kept.
    """
    lines = [line for line in question.stem.markdown.splitlines() if line.strip()]
    rest = [_NUMBER.sub("", lines[0], count=1), *lines[1:]] if lines else []
    if lines and _NUMBER.match(lines[0]) and not any(_LISTED.search(line) for line in rest):
        question = replace(question, stem=_from(question.stem, _NUMBER))
    found = [_LABEL.match(choice.text.markdown) for choice in question.choices]
    letters = [beside.ordinal(one[1]) for one in found if one]
    if len(letters) != len(found) or len(found) < 2 or question.doubt is not None:
        return question
    if letters != list(range(len(found))):
        is_order = sorted(letters) == list(range(len(found)))
        told = tell("its options begin with letters in another order, which would be printed")
        return replace(question, warnings=(*question.warnings, *([told] if is_order else [])))
    choices = tuple(replace(choice, text=_from(choice.text, _LABEL)) for choice in question.choices)
    told = tell("the letters that its options begin with are left out")
    return replace(question, choices=choices, warnings=(*question.warnings, told))


def _without_notes(question: Question) -> Question:
    """Return the question without notes of its writer (`(ความยาก 0.45)`) behind its stem and options, unless
    all options have one.
    """
    note = beside.NOTE_OF_MARKING
    texts = [question.stem, *(choice.text for choice in question.choices)]
    found = [hit[0].strip() if (hit := note.search(text.plain)) and hit.start() else "" for text in texts]
    if not any(found) or (len(found) > 1 and all(found[1:])):
        return question
    choices = tuple(
        replace(choice, text=_from(choice.text, note)) if one else choice
        for choice, one in zip(question.choices, found[1:], strict=True)
    )
    stem = _from(question.stem, note) if found[0] else question.stem
    told = tell("notes behind its texts are left out: {notes}", notes=listed(filter(None, found)))
    return replace(question, stem=stem, choices=choices, warnings=(*question.warnings, told))


def _from(text: Passage, label: re.Pattern[str]) -> Passage:
    """Return a text without its label."""
    return text._replace(
        markdown=label.sub("", text.markdown, count=1), plain=label.sub("", text.plain, count=1)
    )


def _fault_of_texts(question: Question) -> Message | None:
    """Return why a text of the question cannot be in the bank: a character that reverses its direction, an
    error or a date made by a spreadsheet, or a ditto mark; None if there is no such fault.
    """
    for text in (question.id, question.name, question.reference):
        if why := turned(text):
            return tell("its name or reference {why}", why=why)
    shared = question.stimulus[1] if question.stimulus else None
    for one in filter(None, (question.stem, shared)):
        if why := turned(one.markdown) or _debris(one.plain):
            return tell("its stem {why}", why=why)
    texts = [question.stem, *([shared] if shared else []), *(choice.text for choice in question.choices)]
    if fault := _typed_tex(texts):
        return fault
    options = [choice.text.plain for choice in question.choices]
    if all(map(_CELL_ERROR.search, options)):
        return None  # which it asks about
    dates = [place for place, one in enumerate(question.choices, 1) if _DATE.fullmatch(one.text.plain)]
    for place, choice in enumerate(question.choices, 1):
        if why := turned(choice.text.markdown) or _debris(choice.text.plain):
            return tell("option {place} {why}", place=place, why=why)
        if choice.feedback and (why := turned(choice.feedback.markdown) or _debris(choice.feedback.plain)):
            return tell("the feedback of option {place} {why}", place=place, why=why)
    if dates and len(dates) < len(question.choices):
        return tell(
            "option {place} may be a date that a spreadsheet made of a number ({text}). Type it as text.",
            place=dates[0],
            text=question.choices[dates[0] - 1].text.plain,
        )
    return None


def _typed_tex(texts: Sequence[Passage]) -> Message | None:
    """Return the fault if a text has TeX that is not read as a formula; else None."""
    for text in texts:
        typed = _ESCAPED.sub(r"\1", with_formulas_as(text.markdown, lambda _: " "))
        if found := _TEX.search(typed):
            return tell(
                "contains TeX, which would be printed as typed ({text}). Write it as plain text, or as a "
                "formula that the format has.",
                text=found[0][:60],
            )
    return None


def _debris(text: str) -> Message | None:
    """Return the fault if a spreadsheet or typist left something in place of a text; else None."""
    if found := _CELL_ERROR.search(text):
        return tell("shows an error of a spreadsheet ({text})", text=found[0])
    if found := _PLACEHOLDER.search(text):
        return tell("has a placeholder of another program ({text})", text=found[0])
    if _DITTO.fullmatch(text):
        return tell("only repeats what stands above it ({text}). Write the text.", text=text.strip())
    return None


def _seen_otherwise(question: Question) -> Message | None:
    """Return why the words of a question differ from what a reader of the file sees; None if they do not."""
    shared = [question.stimulus[1]] if question.stimulus else []
    texts = [question.stem, *shared, *(choice.text for choice in question.choices)]
    lost = (name for text in texts for name in text.lost if name in markup.OTHERWISE_SEEN)
    if names := dict.fromkeys(markup.OTHERWISE_SEEN[name] for name in lost):
        return tell(
            "has {names}, so that other words would be printed than the file shows. Change it in the file.",
            names=listed(names),
        )
    return None


def _doubt_of_key(question: Question, weights: Sequence[float] | None) -> Message | None:
    """Return why the options marked as right may not be the key, or would be revealed to candidates; None if
    there is no doubt.
    """
    if question.kind != "multiple" and (n := len(question.right)) > 1:
        return tell("allows one answer, but {n} options earn all of its points", n=n)
    if question.kind == "multiple" and weights and question.right:
        found = key_of(len(weights), True, lambda one: min(1.0, sum(weights[place] for place in one)))
        if isinstance(found, Message):
            return found
    n_asked, n_right = beside.asked_for(question.stem.plain), len(question.right)
    if n_asked and n_right and n_asked != n_right:
        return tell("its stem asks for {n} of the options, but its key has {right}", n=n_asked, right=n_right)
    if (place := _look_of_one(question)) is not None and place not in question.right:
        return tell("only option {place} is emphasised or coloured, but it is not the key", place=place + 1)
    # words that read like the key would be printed in booklets
    marks = explanations.marked_options([choice.text.plain for choice in question.choices])
    for place, mark in marks.items():
        return tell("option {place} is marked as right or wrong by “{mark}”", place=place + 1, mark=mark)
    for place, choice in enumerate(question.choices, 1):
        said = re.split(r"\s[@#]\s", choice.text.plain, maxsplit=1)[1:]
        if said and explanations.verdict(said[0]) is not None:
            return tell("option {place} is marked as right or wrong by “{mark}”", place=place, mark=said[0])
        if _LABEL_BELOW.search(choice.text.markdown):
            return tell("option {place} has a line that begins like another option", place=place)
        if words := beside.key_in_option(choice.text.plain):
            return tell(
                "option {place} contains words that look like a key ({words})", place=place, words=words
            )
    texts = [question.stem, *([question.stimulus[1]] if question.stimulus else [])]
    if words := next(filter(None, (beside.key_in_stem(_bare(one)) for one in texts)), None):
        return tell("its stem contains words that look like a key ({words})", words=words)
    return None


def _look_of_one(question: Question) -> int | None:
    """Return the position of the only option that is entirely bold or coloured; None if there is not exactly
    one.
    """
    found = [
        place
        for place, choice in enumerate(question.choices)
        if "colour" in choice.text.lost or re.fullmatch(r"\*\*[^*]+\*\*", choice.text.markdown)
    ]
    return found[0] if len(found) == 1 < len(question.choices) else None


def _explanations(question: Question) -> Iterator[tuple[int | None, Passage]]:
    """Yield the explanations of a question, each with the position of its option if it is of one."""
    general = [(None, text) for text in (question.feedback, *question.further)]
    for place, text in (*general, *enumerate(choice.feedback for choice in question.choices)):
        if text:
            yield place, text


def _other_answer(question: Question) -> Message | None:
    """Return a warning if an explanation may name another answer than the key; else None."""
    options = [choice.text.plain for choice in question.choices]
    for place, text in _explanations(question) if question.right else ():
        if words := explanations.may_name_another_option(
            options, question.right, _bare(text), question.stem.plain, place
        ):
            return tell("its explanation may name another answer than the key ({words})", words=words[:120])
    return next(
        (
            _may_contradict(found)
            for found in _relations(question)
            if found.relation is Relation.MAY_CONTRADICT
        ),
        None,
    )


def _may_contradict(found: Evidence) -> Message:
    return tell("its explanation may contradict the key ({words})", words=found.clause[:120])


def _relations(question: Question) -> Iterator[Evidence]:
    """Yield how each explanation of a question relates to its key."""
    options = [choice.text.plain for choice in question.choices]
    for place, text in _explanations(question) if question.right else ():
        yield explanations.relation_to_key(options, question.right, _bare(text), question.stem.plain, place)


def is_uncompared(question: Question) -> bool:
    """Return whether a question has explanations, but none that is known to agree with its key."""
    found = [*_relations(question)]
    return bool(found) and all(one.relation is Relation.UNKNOWN for one in found)


def _contradiction(question: Question) -> Message | None:
    """Return a message if an explanation or feedback contradicts the key; else None."""
    if not question.right:
        return None
    options = [choice.text.plain for choice in question.choices]
    stem = question.stem.plain
    for place, text in _explanations(question):
        is_otherwise = question.kind == "truefalse" and place is None
        if is_otherwise and explanations.statement_called_otherwise(0 in question.right, text.plain):
            words: str | None = text.plain
        else:
            words = explanations.another_option_called_right(
                options, question.right, _bare(text), stem, place
            )
        if words:
            return tell("its explanation says that another option is right ({words})", words=words[:120])
    feedback = {
        place: choice.feedback.plain for place, choice in enumerate(question.choices) if choice.feedback
    }
    place = explanations.verdict_against_key(stem, options, question.right, feedback)
    if place is None:
        sure = (one for one in _relations(question) if one.relation is Relation.CONTRADICTS)
        found = next(sure, None)
        return found and tell("its explanation contradicts the key ({words})", words=found.clause[:120])
    return tell(
        "the feedback of option {place} contradicts the key ({words})",
        place=place + 1,
        words=feedback[place][:60],
    )
