"""Finds options, stems and rationales that refer to options by letter, number or position, or as a whole.

Each form prints the options of an item in its own order, so “option A” and “the above” have no fixed meaning.
A letter or number that the stem, the stimulus or another option introduces (“companies A and B”, statements 1
to 3) is not a reference to an option.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from examgen.bank.checks import UnitDraft
from examgen.bank.rules.item_words import plain
from examgen.bank.rules.patterns import (
    ABBREVIATION,
    AMOUNT_ALONE,
    ARTICLE,
    ASKS_AMOUNT,
    ASKS_FOR,
    ASKS_FOR_KIND,
    BEGINNINGS_OF_LISTS,
    CLASSIFIERS,
    CLAUSE_ENDS,
    COUNTED_IN_STEM,
    COUNTS_THEM,
    EMPTY_WORD,
    FRACTION,
    GAP_IN_THAI,
    GENERAL_NOUNS,
    INTRODUCED,
    LABELS,
    LABELS_OF_TEXT,
    LEADING_LETTER,
    LEADING_NUMBER,
    LETTER_OF_OPTION,
    LETTERS_ALONE,
    LETTERS_TOGETHER,
    LISTED_BY_NOUN,
    MAY_POINT,
    NAMES_WITH_LETTERS,
    NATURAL_PAIRS,
    NOUN_IN_TEXT,
    NOUNS_OF_ORDER,
    NUMBER_OF_PLACE,
    NUMBER_WORDS,
    NUMBERS_ITS_TEXT,
    NUMBERS_JOINED,
    NUMBERS_OF_OPTIONS,
    OPTION_BY_PLACE,
    OPTIONS_IN_STEM,
    OTHER_QUESTION,
    PARTS_OF_REFERENCE,
    POINTS_BACK,
    REFERENCE_ALONE,
    RUN_OF_LETTERS,
    STATEMENT_OF_LIST,
    THAI_LETTERS,
    THESE,
    TWO_THINGS,
    WORD,
    WORDS_OF_QUESTIONS,
)
from examgen.bank.rules.rule import RuleFault, Setting
from examgen.core.models.item import Item
from examgen.core.text.thai import arabic_digits
from examgen.core.words import tell

_ABOVE = ("alloftheabove", "noneoftheabove", "bothoftheabove", "anyoftheabove", "alltheabove")
_LONGEST = 60
"""The maximum length of an option that may consist of references only."""
_SHORT_REASON = 45
"""The length up to which a rationale may refer to options anywhere; in a longer one, only its beginning."""
_JOINED = 2
"""The number of letters or numbers from which they are a reference even without other words."""


@lru_cache(maxsize=16_384)
def refers_to_options(
    text: str, named: frozenset[str] = frozenset(), listed: frozenset[str] = frozenset()
) -> bool:
    """Return whether an option refers to other options. `named` are letters and numbers that mean something
    else, `listed` those that the stem introduces.
    """
    text = _unsigned(plain(text))
    if FRACTION.fullmatch(text):
        return False
    if (
        REFERENCE_ALONE.fullmatch(text.strip(" ."))
        or POINTS_BACK.search(text)
        or OPTION_BY_PLACE.search(text)
        or _by_letter(text, named)
        or _by_letter(text, named, LETTERS_TOGETHER)
        or _is_misspelt(text)
    ):
        return True
    labels = _labels(text)
    if not labels & listed and _is_made_of_references(GAP_IN_THAI.sub("", text)):
        return True
    hits = _kinds_of_parts(text)
    if labels & named or len(text) > _LONGEST or hits is None:
        return False
    is_word = len(WORD.findall(text)) >= _JOINED and not {"act", "pointer"} & {*hits}
    return len(labels) >= _JOINED or bool(labels - NUMBERS_OF_OPTIONS and is_word)


def _unsigned(text: str) -> str:
    """Return an option without brackets around it, number signs (`#1`, `no. 1`) and the hyphens of
    `all-of-the-above`, with joined letters separated.
    """
    text = re.sub(r"#(?=[1-6])|\b(?:nos?\.|numbers?)\s?(?=[1-6])", "", text, flags=re.I)
    text = NUMBERS_JOINED.sub(
        lambda found: f"{NUMBER_WORDS[found[1].lower()]} and {NUMBER_WORDS[found[2].lower()]}", text
    )
    text = RUN_OF_LETTERS.sub(lambda found: " ".join(found[0]), text)
    text = re.sub(r"(?<=\w)-(?=(?:of|the|above)\b(?!-))", " ", text)
    inner = text.strip(" “”\"'*!.")
    is_bracketed = inner[:1] + inner[-1:] in ("()", "[]") and inner.count(inner[:1]) == 1
    return inner[1:-1] if is_bracketed and len(inner) > len("(a)") else text


def _is_misspelt(text: str) -> bool:
    """Return whether an option is “of the above” but for a letter."""
    letters = "".join(re.findall("[a-z]", text.lower()))
    if "above-" in text or all(abs(len(letters) - len(one)) > 1 for one in _ABOVE):
        return False
    from rapidfuzz.distance import OSA

    return any(OSA.distance(letters, one) <= 1 for one in _ABOVE)


def _is_made_of_references(text: str) -> bool:
    """Return whether the parts of an option, of which it has no other, refer to options together: at least
    two of them, as in `the first and third`.
    """
    if len(text) > _LONGEST or (hits := _kinds_of_parts(text)) is None:
        return False
    has, n = set(hits), sum(one not in ("", "ends", "label") for one in hits)
    if "thing" in has:
        has |= {"every"}
    if "every" in has:
        has |= {"quantity"}
    return (
        ("quantity" in has and bool(has & {"noun", "validity", "pointer", "listed"}))
        or {"noun", "place"} <= has
        or {"thing"} == set(hits)
        or {"noun", "pointer"} <= has
        or ("count" in has and "other" in text.lower())
        or {"validity", "count"} <= has
        or ("likeness" in has and bool(has & {"place", "pointer"}))
        or ("listed" in has and n > 1)
        or ("pointer" in has and n > 1)
    )


def _kinds_of_parts(text: str) -> list[str] | None:
    """Return the kind of each part of an option that consists of references; None if it has other words, or a
    noun for what the options are that are not said to be listed.
    """
    if PARTS_OF_REFERENCE.sub("", text):
        return None
    hits = [found.lastgroup or "" for found in PARTS_OF_REFERENCE.finditer(text)]
    return None if "kind" in hits and "listed" not in hits else hits


def all_or_none(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Report options that refer to the other options, because shuffled options make the reference wrong."""
    stimuli = {one.id: one.text for one in shelf.stimuli}
    for one in shelf.found:
        listed = _listed(one.item, stimuli)
        for name, text in one.item.options.items():
            stem = plain(one.item.stem)
            if COUNTS_THEM.search(stem) and text.endswith(" of them"):
                continue
            if ASKS_AMOUNT.search(stem) and AMOUNT_ALONE.fullmatch(plain(text)):
                continue
            named = listed | _of_other_options(one.item, name)
            if refers_to_options(text, named, listed) or _refers_within(one.item, name, named):
                message = tell(
                    "“{text}” refers to the other options. Write an answer that is complete in itself.",
                    text=plain(text),
                )
                yield RuleFault(one, f"options.{name}", message)


def _refers_within(item: Item, name: str, named: frozenset[str]) -> bool:
    """Return whether an option refers to the others by letters alone, or by the noun for what they are, which
    only the stem and the other options show.
    """
    text, stem = _unsigned(plain(item.options[name])).strip(" ."), plain(item.stem)
    others = [plain(one) for option, one in item.options.items() if option != name]
    if FRACTION.fullmatch(text) or (_is_run_of(text, len(others)) and not ASKS_FOR_KIND.search(stem)):
        return not any(re.search(r"\d", one) or _labels(ARTICLE.sub("", one)) for one in (stem, *others))
    if not (said := _counted(text)):
        return False
    noun = said.get("noun", "")
    noun += "e" if f"{noun}e" in GENERAL_NOUNS | NOUNS_OF_ORDER else ""  # `causes` is cut as `caus`
    asked = re.compile(ASKS_FOR.replace("NOUN", CLASSIFIERS.get(noun, noun)), re.I)
    is_asked = bool(noun and asked.search(stem))
    mentions = re.compile(NOUN_IN_TEXT.replace("NOUN", noun or "$^"), re.I)
    plainly = [one for one in others if not _counted(one)]
    texts = plainly if noun in WORDS_OF_QUESTIONS else [*plainly, asked.sub("", stem)]
    is_pointed = "these" in said and bool({"every", "part", "pair", "count"} & said.keys())
    if len(plainly) < _most_meant(said) or (not is_pointed and any(map(mentions.search, texts))):
        return False
    is_general, is_counted = noun in GENERAL_NOUNS, bool(COUNTED_IN_STEM.search(stem))
    is_thing = is_general or noun in NOUNS_OF_ORDER
    if "these" in said:
        return is_thing or is_asked or (not noun and "every" in said and not is_counted)
    if numbers := said.get("numbers"):
        if named & NUMBERS_OF_OPTIONS or re.search(r"\d", stem):
            return False
        return is_general or (len(_labels(numbers)) >= _JOINED and (is_thing or is_asked))
    if "place" in said:
        return is_general
    if {"count", "pair"} & said.keys():
        is_of = not noun and "count" in said and {"every", "part"} & said.keys()
        is_noun = is_thing or (is_asked and not NATURAL_PAIRS.search(noun))
        return not is_counted and (bool(is_of) or is_noun)
    is_none = said.get("every") == "none" and is_asked
    return "every" in said and not is_counted and (is_general or is_none or (is_thing and is_asked))


@lru_cache(maxsize=4096)
def _counted(text: str) -> dict[str, str]:
    """Return what an option says of the noun for what the options are; empty if it counts nothing."""
    found = LISTED_BY_NOUN.match(text.strip(" ."))
    said = found.groupdict().items() if found else ()
    counted = {group.rstrip("2345"): word.lower() for group, word in said if word}
    return counted if counted.keys() - {"noun"} else {}


def _most_meant(said: Mapping[str, str]) -> int:
    """Return how many other options there must be for what an option says of them."""
    if numbers := said.get("numbers"):
        return max(int(arabic_digits(one)) for one in _labels(numbers))
    if place := said.get("place"):
        return NUMBER_OF_PLACE.get(place, 1)
    count = arabic_digits(said.get("count", said.get("pair", "")))
    return int(count) if count.isdigit() else NUMBER_WORDS.get(count, _JOINED)


def _is_run_of(text: str, n: int) -> bool:
    """Return whether a text is the letters of all `n` other options: `ABC`."""
    return n >= _JOINED and text.replace(" ", "") in ("ABCDEFGH"[:n], THAI_LETTERS[:n])


def option_by_letter(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Report stems and rationales that name an option by letter, number or position, unless the order is
    fixed, or that refer to another question.
    """
    stimuli = {one.id: one.text for one in shelf.stimuli}
    for one in shelf.found:
        item = one.item
        if set(item.anchored) >= set(item.options):
            continue
        named = _listed(item, stimuli) | _of_other_options(item, "")
        patterns = [LEADING_LETTER, LETTERS_TOGETHER]
        if not (item.shared_stimulus or NUMBERS_ITS_TEXT.search(f"{item.stem} {item.reference}")):
            patterns.append(LEADING_NUMBER)
        texts = {"stem": item.stem, **{f"rationale.{name}": text for name, text in item.rationale.items()}}
        for field, markdown in texts.items():
            text = plain(markdown)
            found = bool(OPTION_BY_PLACE.search(text)) or _by_letter(text, named)
            found = found or (field == "stem" and _asks_about_letters(item, text))
            if field != "stem":
                found = found or any(_by_letter(text, named, one) for one in patterns)
            other = OTHER_QUESTION.search(text)
            if found and not (other and field == "stem"):
                message = tell(
                    "“{text}” refers to an option by its letter or place, which differs from form to form. "
                    "Write what the option says, or list all options under {anchored} to print them in "
                    "their order.",
                    text=text,
                    anchored="anchored",
                )
                yield RuleFault(one, field, message)
            elif other:
                message = tell(
                    "“{words}” refers to another question, whose place and number differ from form to form. "
                    "Write what is needed here.",
                    words=other[0].strip(),
                )
                yield RuleFault(one, field, message)


def may_refer(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn of options and rationales with words that may point at other options: quantities, places and
    numbers that neither the stem nor a noun of their own explains.
    """
    certain = {
        (fault.found.item.id, fault.field)
        for rule in (all_or_none, option_by_letter)
        for fault in rule(shelf, setting)
        if fault.found
    }
    for one in shelf.found:
        item = one.item
        if set(item.anchored) >= set(item.options):
            continue
        stem = plain(item.stem)
        known = " ".join((stem, *map(plain, item.options.values()))).lower()
        texts = {f"options.{name}": text for name, text in item.options.items()}
        texts |= {f"rationale.{name}": text for name, text in item.rationale.items()}
        for field, markdown in texts.items():
            text = plain(markdown)
            is_option = field.startswith("options")
            found = MAY_POINT.search(text)
            if found is None or (item.id, field) in certain or (is_option and ASKS_AMOUNT.search(stem)):
                continue
            if not is_option and found.start() > 0 and len(text) > _SHORT_REASON:
                continue
            if is_option and (_says_something(text, found) or _counts(found, stem)):
                continue
            word = (found["word"] or found[0]).lower()
            others = (plain(one) for name, one in item.options.items() if field != f"options.{name}")
            if is_option and any(re.search(rf"\b{re.escape(word)}\b", one.lower()) for one in others):
                continue  # all options have it
            if word in (stem.lower() if is_option else known) or (text == found[0] and not is_option):
                continue
            message = tell(
                "“{words}” may refer to other options, whose place differs from form to form. Write what the "
                "option says.",
                words=text[:120],
            )
            yield RuleFault(one, field, message)


def _says_something(text: str, pointer: re.Match[str]) -> bool:
    """Return whether the clause of the pointer has an English word of its own beside it: `offer money first`
    does, `do the first and then the last` does not. `Each of these` means others whatever is said of them.
    """
    if THESE.search(pointer[0]):
        return False
    begin = max((one.end() for one in CLAUSE_ENDS.finditer(text, 0, pointer.start())), default=0)
    end = CLAUSE_ENDS.search(text, pointer.end())
    rest = text[begin : pointer.start()] + " " + text[pointer.end() : end.start() if end else len(text)]
    return not all(EMPTY_WORD.fullmatch(word) for word in WORD.findall(rest.lower()))


def _counts(pointer: re.Match[str], stem: str) -> bool:
    """Return whether the stem names two things that `both`, `either` or `one` of an option may mean."""
    return pointer[0].lower() in ("both", "either", "neither") and bool(TWO_THINGS.search(stem))


def _asks_about_letters(item: Item, stem: str) -> bool:
    """Return whether a stem asks about letters that are not introduced in it and cannot be in a picture or
    stimulus.
    """
    found = OPTIONS_IN_STEM.search(stem)
    if found is None or item.shared_stimulus or "![" in item.stem or "|" in item.stem:
        return False
    rest = stem[: found.start()] + " " + stem[found.end() :]
    labels = {_label(one) for hit in LABELS_OF_TEXT.finditer(rest) for one in hit.groups() if one}
    return not _labels(found["list"] or found["last"] or found["thai"]) & labels


def _by_letter(text: str, named: frozenset[str], pattern: re.Pattern[str] = LETTER_OF_OPTION) -> bool:
    """Return whether a text names an option by a letter or number that is not in `named`."""
    return any(
        not _labels(" ".join(filter(None, found.groupdict().values()))) & named
        for found in pattern.finditer(text)
    )


def _listed(item: Item, stimuli: dict[str, str]) -> frozenset[str]:
    """Return the letters and numbers that the stem and the stimulus introduce."""
    texts = [plain(item.stem), plain(stimuli.get(item.shared_stimulus or "", ""))]
    named = {
        _label(label)
        for text in texts
        for found in LABELS_OF_TEXT.finditer(LETTER_OF_OPTION.sub(" ", text))
        for label in found.groups()
        if label
    }
    for text in texts:
        listed = {_label(found["label"]) for found in STATEMENT_OF_LIST.finditer(text)}
        if any({*pair} <= listed for pair in BEGINNINGS_OF_LISTS):
            named |= listed
    named |= {letter.lower() for run in ABBREVIATION.findall(texts[0]) for letter in run}
    if introduced := INTRODUCED.match(texts[0]):
        named |= _labels(introduced["labels"])
    return frozenset(named)


def _of_other_options(item: Item, option: str) -> frozenset[str]:
    """Return the letters and numbers that other options use; if one has a number, all numbers are quantities."""
    named: set[str] = set()
    others = [
        ARTICLE.sub("", _unsigned(plain(text))) for name, text in item.options.items() if name != option
    ]
    if sum(not LETTERS_ALONE.fullmatch(text) for text in others) < _JOINED:
        named |= set("abcdefกขคงจฉ")  # too few options that the letters could mean
    short = [text for text in others if ABBREVIATION.fullmatch(text)]
    if len(short) == len(others) or any(not RUN_OF_LETTERS.fullmatch(text) for text in short):
        named |= {letter.lower() for text in short for letter in text}
    for text in others:
        labels = _labels(text)
        if NAMES_WITH_LETTERS.fullmatch(text):
            named |= set("abcdef")
        if any(label.isdigit() for label in labels):
            named |= NUMBERS_OF_OPTIONS
        if len(labels) < _JOINED:
            named |= labels
    return frozenset(named)


def _labels(text: str) -> frozenset[str]:
    return frozenset(_label(found[0]) for found in LABELS.finditer(text))


def _label(text: str) -> str:
    return text.strip("()[]“”\"'").lower()
