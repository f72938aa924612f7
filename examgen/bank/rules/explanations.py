"""Finds options that are marked as right or wrong, and rationales that contradict the key in words.

The same functions check the options and explanations of imported files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from math import isclose

from examgen.bank.checks import UnitDraft
from examgen.bank.rules.evidence import Evidence, Relation, evidence
from examgen.bank.rules.item_words import plain
from examgen.bank.rules.patterns import (
    APPROVES_OR_BLAMES,
    BOUNDS,
    CITED_NUMBER,
    COMPUTES,
    COUNTED_IN_ENGLISH,
    ENDS_VERDICT,
    ENDS_WITH_NUMBER,
    EXCUSES,
    INITIAL_OF_ANSWER,
    KEY_MARK,
    LABELS,
    LAST,
    LEADS_IN,
    LETTER_ALONE,
    LETTER_OF_OPTION,
    MARK_OF_ONE,
    MARKS_OF_MARKUP,
    MARKUP,
    NEGATES,
    NOUN_OF_OPTION,
    NOUN_OF_OPTION_HERE,
    NUMBER_OF_PLACE,
    OF_OTHERS,
    OPPOSITE_OF_RIGHT,
    PLACE_OF_OPTION,
    REMARK,
    SARA_AE,
    SARA_E,
    STATEMENTS,
    THIS_OPTION,
    VERDICT,
    VERDICT_WORD,
)
from examgen.bank.rules.quantities import folded_signs, in_digits, numbers
from examgen.bank.rules.rule import RuleFault, Setting
from examgen.bank.rules.statements import contradiction, only_of_another
from examgen.core.text.thai import arabic_digits
from examgen.core.words import tell, tell_n

_MOST_NAMED = 20
"""The maximum number of items named in a message."""


def bare(text: str) -> str:
    """Return a text in lower case, single-spaced, without quotation marks and punctuation at its ends."""
    return " ".join(text.split()).replace(SARA_E * 2, SARA_AE).strip(" .,:;!?“”\"'‘’()[]*_").casefold()


def verdict(text: str, option: str = "", stem: str = "") -> bool | None:
    """Return whether an explanation of an option begins by calling it right (True) or wrong (False); None if
    neither. The call may follow a remark (`Too hot, not right`), or name the option by a noun of the stem.

    An explanation that begins with the words of its option (`No`, `False`) only repeats it.
    """
    text = LEADS_IN.sub("", text)
    if option and bare(text).startswith(bare(option)):
        return None
    clause = ENDS_VERDICT.split(text, maxsplit=1)[0]
    if (noun := NOUN_OF_OPTION_HERE.search(clause)) and (noun[1] or noun[2]).lower() in stem.lower():
        clause = clause.replace(noun[1] or noun[2], "", 1)
    if VERDICT.sub("", clause):
        remark, *rest = REMARK.split(text, maxsplit=1)
        said = ENDS_VERDICT.split(rest[0], maxsplit=1)[0] if rest else ""
        if not said or VERDICT.sub("", said) or OF_OTHERS.search(remark):
            return None
        clause = said
    found = {hit.lastgroup for hit in VERDICT.finditer(clause)}
    if (
        option
        and (answer := VERDICT.fullmatch(option.split(maxsplit=1)[0]))
        and answer.lastgroup in ("yes", "no")
    ):
        found -= {"yes", "no"}  # the options answer yes or no themselves
    return not found & {"wrong", "no"} if found & {"wrong", "no", "right", "yes"} else None


def statement_called_otherwise(is_true: bool, explanation: str) -> bool:
    """Return whether an explanation of a true statement begins by calling it false, or the reverse."""
    return verdict(explanation) not in (None, is_true)


def another_option_called_right(
    options: Sequence[str],
    right: Collection[int],
    explanation: str,
    stem: str = "",
    place_explained: int | None = None,
) -> str | None:
    """Return the line of an explanation that presents a wrong option as the answer; None if there is none.

    The line may call the option right, state it as the answer to the `stem`, or name it first. The option
    being explained does not count.
    """
    texts = tuple(bare(option) for option in options)
    is_of_key = place_explained is None or place_explained in right
    if is_of_key and (line := _another_result(texts, right, explanation, stem)):
        return line
    said = in_words(texts, explanation, None if is_of_key else place_explained)
    found = contradiction(stem, texts, frozenset(right), said, place_explained)
    if found and found.is_certain:
        return _line(explanation, said, found.clause)
    if (initial := INITIAL_OF_ANSWER.search(explanation)) is None:
        return None
    named = {place for place, option in enumerate(texts) if option.startswith(initial["letter"].lower())}
    return initial[0] if named and not named & set(right) else None


def may_name_another_option(
    options: Sequence[str], right: Collection[int], explanation: str, stem: str, place: int | None = None
) -> str | None:
    """Return the clause of an explanation that by some of its words states another answer than the key; None
    if there is none. An explanation of a wrong option, at `place`, is about that option and does not count.
    """
    if place is not None and place not in right:
        return None
    texts = tuple(map(bare, options))
    said = in_words(texts, explanation)
    found = contradiction(stem, texts, frozenset(right), said, place)
    clause = found.clause if found else only_of_another(stem, texts, frozenset(right), said)
    return _line(explanation, said, clause) if clause else None


def relation_to_key(
    options: Sequence[str], right: Collection[int], explanation: str, stem: str, place: int | None = None
) -> Evidence:
    """Return how an explanation of the key, or of the option at `place`, relates to the key, with its line."""
    texts = tuple(map(bare, options))
    said = in_words(texts, explanation, None if place is None or place in right else place)
    found = evidence(stem, texts, frozenset(right), said, place)
    return found._replace(clause=_line(explanation, said, found.clause))


def in_words(options: Sequence[str], explanation: str, explained: int | None = None) -> str:
    """Return an explanation with the texts of options in place of their letters, numbers and positions, and of
    `this` for the option that is explained.
    """

    def texts_of(found: re.Match[str]) -> str:
        group = next(n for n, label in enumerate(found.groups(), 1) if label)
        word = found[group].lower()
        if place := len(options) if word in LAST else NUMBER_OF_PLACE.get(word, 0):
            named = {place}
        else:
            named = {place_of_label(one[0]) for one in LABELS.finditer(found[group])}
        is_text = word.isdigit() and any(option.startswith(word) for option in options)
        if is_text or not named or not all(0 < place <= len(options) for place in named):
            return found[0]
        start, end = (at - found.start() for at in found.span(group))
        return found[0][:start] + ", ".join(options[one - 1] for one in sorted(named)) + found[0][end:]

    if all(any(numbers(option)) or re.search(r"\d", option) for option in options):
        explanation = in_digits(explanation, {_unit(option) for option in options})
    for option in options:
        explanation = option.join(_initials(option).split(explanation))
    for pattern in (LETTER_OF_OPTION, LETTER_ALONE, PLACE_OF_OPTION):
        explanation = pattern.sub(texts_of, explanation)
    if explained is not None:
        explanation = THIS_OPTION.sub(lambda _: options[explained], explanation)
    return NOUN_OF_OPTION.sub("", explanation)


@lru_cache(maxsize=4096)
def _initials(option: str) -> re.Pattern[str]:
    """Return a pattern that finds the initials of two or more words of an option in capitals (`HR`)."""
    letters = [word[0] for word in re.findall(r"[A-Za-z]+", option)]
    runs = {
        "".join(letters[n:m]).upper() for n in range(len(letters)) for m in range(n + 2, len(letters) + 1)
    }
    return re.compile(rf"\b(?:{'|'.join(sorted(runs)) or '$^'})\b")


def place_of_label(label: str) -> int:
    """Return the position, from 1, that a letter or number of an option means."""
    if (label := arabic_digits(label).lower()).isdigit():
        return int(label)
    return next((letters.index(label) + 1 for letters in ("abcdefgh", "กขคงจฉชซ") if label in letters), 0)


def _line(explanation: str, said: str, clause: str) -> str:
    """Return the line of an explanation from which a clause of it, as `said` in words, comes."""
    lines = zip(explanation.splitlines(), said.splitlines(), strict=True)
    return next((line for line, words in lines if clause and clause in words), clause)


def _another_result(texts: Sequence[str], right: Collection[int], explanation: str, stem: str) -> str | None:
    """Return the line of an explanation that arrives at the number of a wrong option, or a computation that
    arrives at no option.

    Applies only if the options are quantities and the number of the key does not occur in the explanation.
    """
    found = [[*numbers(text)] for text in texts]
    values = [one[0] for one in found if len(one) == 1]
    if len(set(values)) < len(texts):
        return None
    said = in_digits(BOUNDS.sub("", CITED_NUMBER.sub("", explanation)), set(map(_unit, texts)))
    if any(
        values[place] == one or (one not in values and _is_about(values[place], one))
        for place in right
        for one in numbers(said)
    ):
        return None
    given, counted = [*numbers(stem)], COUNTED_IN_ENGLISH.search(stem)
    lines = [
        pair for pair in zip(explanation.splitlines(), said.splitlines(), strict=False) if pair[1].strip()
    ]
    for line, bounded in lines:
        for part in STATEMENTS.split(bounded):
            named = {one for one in numbers(part) if one in values and one not in given}
            comes_to = ENDS_WITH_NUMBER.search(folded_signs(part)) or (counted and counted[1] in part)
            if len(named) == 1 and comes_to and not EXCUSES.search(part):
                return line
    result = COMPUTES.search(folded_signs(lines[-1][1].strip())) if lines else None
    is_in_unit = result and all(bare(result["unit"]) == _unit(text) for text in texts)
    return lines[-1][0] if is_in_unit and not EXCUSES.search(said) else None


def _unit(text: str) -> str:
    """Return the text after the number of an option."""
    return bare(re.split(r"\d[\d,.]*", folded_signs(text))[-1])


def _is_about(value: float, other: float) -> bool:
    """Return whether two numbers are equal but for rounding, or but for a factor of 100 or 1000."""
    return any(isclose(value, other * factor, rel_tol=0.01) for factor in (1, 0.01, 100, 0.001, 1000))


def verdict_against_key(
    stem: str, options: Sequence[str], right: Collection[int], explanations: Mapping[int, str]
) -> int | None:
    """Return the first option whose explanation calls it right although it is not the key, or wrong although
    it is; None if there is none.

    If the stem asks for what is wrong, all verdicts may be reversed.
    """
    judged = {
        place: found
        for place, text in explanations.items()
        if (found := verdict(text, options[place], stem)) is not None
    }
    against = [place for place, found in judged.items() if found != (place in right)]
    other_way = len(against) == len(judged) and NEGATES.search(stem)
    return None if not against or other_way else against[0]


def marked_options(options: Sequence[str]) -> dict[int, str]:
    """Return the marks that call options right or wrong (`(correct)`, `*` before a word), by position.

    Marks that all options share do not count, and neither does `right` if another option has `left`.
    """
    found = {
        place: hit
        for place, text in enumerate(options)
        if (hit := KEY_MARK.search(text))
        and hit[0].strip() != text.strip()
        and not ("*" in hit[0] and (text.count("*") > 1 or "`" in text))
        and not (hit[0].strip() in MARKS_OF_MARKUP and any(map(MARKUP.match, options)))
    }
    if OPPOSITE_OF_RIGHT.search("\n".join(options)):
        found = {place: hit for place, hit in found.items() if hit.lastgroup not in ("side", "direction")}
    kinds = {hit.lastgroup for hit in found.values()}
    marks = {place: bare(hit[0]) or hit[0].strip() for place, hit in found.items()}
    all_marked = len(found) == len(options)
    is_alike = len(set(marks.values())) == 1 or kinds == {"statement"}
    if all_marked and (is_alike or (kinds == {"points"} and not _is_zero(marks))):
        return {}
    if sum("(" in text for text in options) > 1:  # (+1) may be a charge, and (100%) a strength
        found = {place: hit for place, hit in found.items() if hit.lastgroup != "share"}
    if not all_marked:  # (F) may be fluorine
        found = {place: hit for place, hit in found.items() if hit.lastgroup != "letter"}
    if any(VERDICT_WORD.search(KEY_MARK.sub("", options[place])) for place in found):
        return {}  # options that judge several statements
    return {place: hit[0].strip() for place, hit in found.items()}


def mark_of_one(options: Sequence[str], stem: str) -> tuple[int, str] | None:
    """Return the position and the mark of the only option that has markup around it, or a word, points or
    fields behind it; None if none or several have, or if the others or the stem have such a thing too.
    """
    found = {place: hit[0].strip() for place, text in enumerate(options) if (hit := MARK_OF_ONE.search(text))}
    if len(found) != 1 or len(options) < 3:
        return None
    [(place, mark)] = found.items()
    signs = re.findall(r"[^\w\s.,()]|[A-Za-zก-๙]+|_", mark.casefold())[:1]
    others = [stem, *(text for n, text in enumerate(options) if n != place)]
    is_shared = any(sign in text.casefold() for sign in signs for text in others)
    return None if is_shared else (place, mark)


def _is_zero(marks: Mapping[int, str]) -> bool:
    return any(re.match(r"0(?![.,]\d)", mark) for mark in marks.values())


def typed(text: str) -> str:
    r"""Return the characters of an option without escaping backslashes; a path (`C:\\new\\*`) has none."""
    return text if re.search(r"\\[^\W_]", text) else re.sub(r"\\([^\w\s]|_)", r"\1", text)


def key_in_words(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Report options that are marked as right or wrong, and rationales that contradict the key."""
    for one in shelf.found:
        item = one.item
        names, texts = [*item.options], [*item.options.values()]
        for place, mark in marked_options([*map(typed, texts)]).items():
            message = tell("“{mark}” marks the option as right or wrong. Remove the mark.", mark=mark)
            yield RuleFault(one, f"options.{names[place]}", message)
        if (sole := mark_of_one([*map(typed, texts)], item.stem)) and not marked_options(texts):
            message = tell(
                "“{mark}” is in this option only and may give the key away. Remove it.", mark=sole[1]
            )
            yield RuleFault(one, f"options.{names[sole[0]]}", message, "warning")
        right = {place for place, name in enumerate(names) if name in item.key}
        reasons = {names.index(name): text for name, text in item.rationale.items() if name in names}
        against = verdict_against_key(item.stem, texts, right, reasons)
        lines = {
            place: line
            for place, text in reasons.items()
            if (line := another_option_called_right(texts, right, text, plain(item.stem), place))
        }
        if against is not None:
            lines.setdefault(against, reasons[against])
        relations = {
            place: relation_to_key(texts, right, text, plain(item.stem), place)
            for place, text in reasons.items()
        }
        for place, told in relations.items():
            if told.relation is Relation.CONTRADICTS:
                lines.setdefault(place, told.clause)
        for place, line in lines.items():
            message = tell(
                "“{line}” contradicts the key. Find out which option is right, and change the key or the "
                "rationale.",
                line=line[:120],
            )
            yield RuleFault(one, f"rationale.{names[place]}", message)
        for place, text in reasons.items():
            may = relations[place].relation is Relation.MAY_CONTRADICT
            if place not in lines and (
                line := may_name_another_option(texts, right, text, plain(item.stem), place)
                or (relations[place].clause if may else None)
            ):
                message = tell(
                    "“{line}” may name another answer than the key. Check the key and the rationale.",
                    line=line[:120],
                )
                yield RuleFault(one, f"rationale.{names[place]}", message, "warning")


def rationale_not_compared(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Tell which items have rationales that approve, blame or forbid, but none that is known to agree with the
    key, so that a person must read them.
    """
    unknown = []
    for one in shelf.found:
        item = one.item
        names, texts = [*item.options], [*item.options.values()]
        right = {place for place, name in enumerate(names) if name in item.key}
        found = [
            relation_to_key(texts, right, text, plain(item.stem), names.index(name)).relation
            for name, text in item.rationale.items()
            if name in names
        ]
        judges = any(map(APPROVES_OR_BLAMES.search, item.rationale.values()))
        if judges and max(found, default=None) is Relation.UNKNOWN:
            unknown.append(item.id)
    if unknown:
        message = tell_n(
            "the rationales of {n} item could not be compared with its key. Read them: {items}",
            "the rationales of {n} items could not be compared with their keys. Read them: {items}",
            len(unknown),
            items=named_first(unknown),
        )
        yield RuleFault(None, "rationale", message)


def named_first(names: Sequence[str]) -> str:
    """Return the names, of many the first ones only."""
    return ", ".join([*names[:_MOST_NAMED], *(["…"] if len(names) > _MOST_NAMED else [])])
