"""The letter that answers an appeal or a complaint: a page in Thai, then the same in English.

It states the request, what was done, the decision with its reason, and the result before and now. It contains
neither keys nor marks from which keys could be inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from examgen.core.models.field_types import Bilingual
from examgen.core.models.papers import Digits
from examgen.core.person_decisions import TotalResult
from examgen.core.resources import fonts, template_folders
from examgen.core.words import Pair, spoken
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import (
    Words,
    day_words,
    face_addresses,
    in_its_figures,
    one_line,
    printable,
    short,
)
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.pdf.signed_file import Signs, signed_pdf
from examgen.rendering.templates.filling import fill
from examgen.scoring.sitting_cases import Case, SecondReading

TEMPLATE = "outcome-letter.html"


class OutcomeLetter(NamedTuple):
    """The contents of a letter."""

    case: Case
    day: date
    exam: str
    title: Pair
    body: Pair | None = None
    name: str = ""
    """The name of the candidate, if the list of candidates has it."""
    sat_on: date | None = None
    released_on: date | None = None
    """The day of the release that an appeal is against."""
    result_now: TotalResult | None = None
    """The result in a later release; `now_on` is the day of that release."""
    has_later_release: bool = False
    now_on: date | None = None
    awaits_result: bool = False
    in_writing: bool = False
    """Whether the standard requires more than this exam."""
    further: Pair | None = None
    """The certification body's text on how to appeal further."""
    foot: str = ""


_OUTCOMES = {
    ("appeal", "allowed"): spoken("The appeal is allowed."),
    ("appeal", "partly"): spoken("The appeal is allowed in part."),
    ("appeal", "dismissed"): spoken("The appeal is dismissed."),
    ("appeal", "withdrawn"): spoken("The appeal was withdrawn by the person who filed it."),
    ("complaint", "allowed"): spoken("The complaint is found to be right."),
    ("complaint", "partly"): spoken("The complaint is found to be right in part."),
    ("complaint", "dismissed"): spoken("The complaint is not found to be right."),
    ("complaint", "withdrawn"): spoken("The complaint was withdrawn by the person who filed it."),
}


class LetterPart(NamedTuple):
    """A part of the letter: its heading, and its paragraphs."""

    heading: Pair
    lines: Sequence[Pair]


def letter_pdf(
    letter: OutcomeLetter, workspace: Path, digits: Digits = "arabic", signer: Signs | None = None
) -> bytes:
    """Return the letter as a PDF, signed if there is a signer."""
    templates = template_folders(workspace)
    words = Words(messages(templates), digits)
    case = letter.case
    title = words("Answer to an appeal") if case.kind == "appeal" else words("Answer to a complaint")
    context = {
        "lang": "both",
        "digits": digits,
        "faces": face_addresses(),
        "printed": True,
        "languages": ("th", "en"),
        "letter_title": title,
        "body_name": letter.body,
        "facts": _facts(letter, words),
        "parts": _parts(letter, words),
        "closing": words("For the certification body"),
        "foot": letter.foot,
    }
    html = printable(fill(TEMPLATE, context, templates, line_setter(templates)))
    made = render_pdf(
        html,
        title=f"{letter.exam} – {case.number}",
        language="th",
        readable=(*templates, fonts()),
        variant="pdf/ua-1",
    )
    return made if signer is None else signed_pdf(made, signer)


def _plain(text: str) -> Pair:
    """Return a text that is the same in both languages."""
    return Bilingual(th=one_line(text), en=one_line(text))


def _day(day: date | str, digits: Digits) -> Pair:
    return in_its_figures(day_words(date.fromisoformat(day) if isinstance(day, str) else day), digits)


def _facts(letter: OutcomeLetter, words: Words) -> list[tuple[Pair, Pair]]:
    case, digits = letter.case, words.digits
    whose = case.candidate_id
    found: list[tuple[Pair, Pair]] = [(words("Number of the case"), _plain(case.number))]
    if whose:
        found.append((words("Candidate"), _plain(f"{letter.name} ({whose})" if letter.name else whose)))
    elif case.sender:
        found.append((words("Brought by"), _plain(case.sender)))
    found.append((words("Examination"), letter.title))
    if letter.sat_on is not None:
        found.append((words("Date of the sitting"), _day(letter.sat_on, digits)))
    found.append((words("Received on"), _day(case.received, digits)))
    found.append((words("Decided on"), _day(case.decided_on, digits)))
    found.append((words("Date of this letter"), _day(letter.day, digits)))
    return found


def _parts(letter: OutcomeLetter, words: Words) -> list[LetterPart]:
    case = letter.case
    asked = words("What was asked") if case.kind == "appeal" else words("What was complained of")
    parts = [LetterPart(asked, [_plain(case.about)])]
    done = [_reading(reading, words) for reading in case.readings]
    if done:
        parts.append(LetterPart(words("How it was looked into"), done))
    decision = words(_OUTCOMES[case.kind, case.outcome])
    lines = [decision, words("Reason: {reason}", reason=one_line(case.reason))]
    if case.is_late:
        day = _day(case.last_day, words.digits)
        lines.append(words("The appeal came after the last day for it, {day}.", day=day))
    parts.append(LetterPart(words("Outcome of the case"), lines))
    if case.kind == "appeal":
        parts.append(LetterPart(words("The result"), _results(letter, words)))
    if letter.further is not None:
        parts.append(LetterPart(words("How to go further"), [letter.further]))
    return parts


def _reading(reading: SecondReading, words: Words) -> Pair:
    """Return a sentence on how far a second reading agrees. It does not name the questions that differ,
    because together with both scores that would reveal their keys."""
    values = {"n": reading.n_alike, "of": reading.of, "day": _day(reading.date, words.digits)}
    return (
        words(
            "On {day} another person, who had not decided on the result, read the answers a second time from "
            "the picture of the sheet. They agree with those that were scored in {n} of {of} questions.",
            **values,
        )
        if reading.source == "picture"
        else words(
            "On {day} another person, who had not decided on the result, read the answers a second time from "
            "the paper itself. They agree with those that were scored in {n} of {of} questions.",
            **values,
        )
    )


def _results(letter: OutcomeLetter, words: Words) -> list[Pair]:
    case = letter.case
    before = _result(case.result, letter, words)
    lines = [
        words("Told before: {result}.", result=before)
        if letter.released_on is None
        else words("Told on {day}: {result}.", day=_day(letter.released_on, words.digits), result=before)
    ]
    if letter.has_later_release and letter.result_now != case.result:
        now = _result(letter.result_now, letter, words)
        lines.append(
            words("Now: {result}. It takes the place of the result before.", result=now)
            if letter.now_on is None
            else words(
                "Since {day}: {result}. It takes the place of the result before.",
                day=_day(letter.now_on, words.digits),
                result=now,
            )
        )
    elif case.closed_reason:
        lines.append(words("The result stays as it is: {reason}", reason=one_line(case.closed_reason)))
    elif letter.awaits_result:
        lines.append(words("The result has not been changed yet: you will be told when it is."))
    else:
        lines.append(words("The result stays as it is."))
    return lines


def _result(result: TotalResult | None, letter: OutcomeLetter, words: Words) -> Pair:
    if result is None:
        return words("no result")
    points = {"score": short(result.score), "most": short(result.max_score)}
    told = {
        ("pass", False): words("passed"),
        ("fail", False): words("not passed"),
        ("pass", True): words("written test passed"),
        ("fail", True): words("written test not passed"),
    }.get((result.decision, letter.in_writing))
    if told is None:
        return words("{score} of {most} points", **points)
    return words("{score} of {most} points ({decision})", decision=told, **points)
