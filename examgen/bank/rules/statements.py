"""Makes the statements that answers to a stem imply, to find explanations that state a wrong one.

“Which is a wood joint?” and “rivet” make “The rivet is a wood joint”. Words are compared literally; a
paraphrase is not recognised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from examgen.bank.rules.patterns import (
    ARTICLES,
    ASKED_IN_ENGLISH,
    ASKED_IN_THAI,
    CONCLUDES,
    COPULAS_IN_THAI,
    ENDS_STATEMENT,
    GAP,
    HAS_IN_THAI,
    IS_IN_THAI,
    OF_IN_THAI,
    PLACE_OF_QUESTION,
    TO_BE_COMPLETED,
    VERB_OF_QUESTION,
)

Frame = tuple[str, str]
"""The text before and after the answer in a statement, without spaces and articles."""


def states(stem: str, option: str, sentence: str) -> bool:
    """Return whether a sentence states that an option is what the stem asks for."""
    said, answer = ARTICLES.sub("", sentence.casefold()), _joined(option)
    joined = "".join(said.split())
    for before, after in _frames(stem):
        whole = before + answer + after
        if answer and joined.startswith(whole) and ENDS_STATEMENT.match(_behind(said, len(whole))):
            return True
        # `A full shell makes oxygen noble`
        made = f"{answer}{after.removeprefix('is').removeprefix('are')}"
        if (
            answer
            and after.startswith(("is", "are"))
            and re.search(f"ma[kd]es?{re.escape(made)}$", joined.rstrip(".!"))
        ):
            return True
        # `Gallium melts early, so it melts in the hand`
        end = joined.rstrip(".!")
        if answer and not before and joined.startswith(answer) and end.endswith(after):
            next_letter = _behind(said, len(answer))[:1]
            is_whole = not (next_letter.isalnum() and next_letter.isascii())
            if is_whole and CONCLUDES.search(end[len(answer) : -len(after)]):
                return True
    return False


@lru_cache(maxsize=4096)
def _frames(stem: str) -> tuple[Frame, ...]:
    """Return the statements that answer a stem, in every word order."""
    whole = " ".join(stem.split())
    stems = dict.fromkeys((whole, PLACE_OF_QUESTION.sub("", whole.rstrip("? ."))))
    found = ((_joined(before), _joined(after)) for one in stems for before, after in _orders(one))
    return tuple(dict.fromkeys(one for one in found if any(one)))


def _orders(stem: str) -> Iterator[tuple[str, str]]:
    question = re.split(r"(?<=[.!?:])\s+", stem.rstrip("? "))[-1]
    if gap := GAP.search(stem):
        yield stem[: gap.start()], stem[gap.end() :].rstrip(".? ")
    elif found := ASKED_IN_THAI.search(question):
        before, after = found["before"], (found["after"] or "").strip()
        if after:
            yield "", after
            yield before, after
            if subject := IS_IN_THAI.fullmatch(after):
                yield from _converse(subject["thing"])
        else:
            yield before, ""
            yield before.split(" ")[-1], ""
            copula = next((one for one in COPULAS_IN_THAI if before.endswith(one)), "")
            yield from _converse(before.removesuffix(copula)) if copula else ()
    elif found := ASKED_IN_ENGLISH.match(question):
        words = found["rest"].split()
        verbs = [n for n, word in enumerate(words) if VERB_OF_QUESTION.fullmatch(word)][:3]
        if verbs:
            yield "", " ".join(words)
        for verb in verbs:  # a noun may end like a verb (`gas`)
            if verb == verbs[0] or verb < len(words) - 1:
                yield "", " ".join(words[verb:])
            if verb == 1 and len(words) == 3:  # `which gas is noble`: is the noble gas
                yield "", f"{words[1]} {words[2]} {words[0]}"
            if words[verb].lower() in ("is", "are", "was", "were") and words[verb + 1 :][:1] != ["not"]:
                yield f"{' '.join(words[verb + 1 :])} {words[verb]}", ""
    elif TO_BE_COMPLETED.search(question):
        yield question.rstrip(": "), ""


def _converse(thing: str) -> Iterator[tuple[str, str]]:
    """Yield “the unit of power is …” and, in Thai, also “power has the unit …”."""
    what, of, whose = thing.partition(OF_IN_THAI)
    for is_ in COPULAS_IN_THAI:
        yield thing + is_, ""
        if of:
            yield whose + HAS_IN_THAI + what + is_, ""


def _joined(text: str) -> str:
    """Return a text in lower case without articles, spaces and punctuation at its ends."""
    return "".join(ARTICLES.sub("", text.casefold()).split()).strip(" .,:;!?“”\"'*")


def _behind(text: str, n: int) -> str:
    """Return the text after its first `n` characters that are not spaces."""
    places = [place for place, char in enumerate(text) if not char.isspace()]
    return text[places[n - 1] + 1 :] if n <= len(places) else ""
