"""Finds faults in sets of options: order, overlap and length."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from examgen.bank.checks import LocatedItem, UnitDraft
from examgen.bank.rules.item_words import folded, length, plain
from examgen.bank.rules.likeness import alike
from examgen.bank.rules.option_references import refers_to_options
from examgen.bank.rules.patterns import (
    AMOUNT,
    JOINED_AFTER,
    JOINED_BEFORE,
    NUMBER,
    RANGE,
    TIME_OF_DAY,
)
from examgen.bank.rules.quantities import quantity
from examgen.bank.rules.rule import RuleFault, Setting, one_key
from examgen.core.models.item import Item
from examgen.core.words import Message, tell

_TWO_ARE_ENOUGH = 2


class Lengths(Setting):
    """The maximum length of an option in characters."""

    characters: Annotated[int, Field(ge=20, le=1000)] = 160


class Evenness(Setting):
    """The maximum ratio of the longest to the shortest option, and the length from which it matters."""

    ratio: Annotated[float, Field(ge=1)] = 2.2
    characters: Annotated[int, Field(ge=0)] = 30


def not_in_order(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if options are quantities of one kind in no order."""
    for one in shelf.found:
        values = _values(one.item.options)
        ordered = sorted(values)
        if len(values) > _TWO_ARE_ENOUGH and values not in (ordered, ordered[::-1]):
            yield RuleFault(
                one, "options", tell("are quantities in no order. Sort them from least to greatest.")
            )


def numeric_order(item: Item) -> tuple[str, ...]:
    """Return the options in ascending order if they are different quantities of one kind.

    Returns an empty tuple if they are not, or if the author fixed another order: some options are anchored,
    or the rule on their order is waived.
    """
    waived = "options-not-in-numeric-order" in item.waivers
    return () if item.anchored or waived else _ascending(tuple(item.options.items()))


@lru_cache(maxsize=16_384)
def _ascending(options: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    if not all(re.search(r"\d", text) for _, text in options):
        return ()
    names, values = [name for name, _ in options], _values(dict(options))
    if not values or len(set(values)) < len(values):
        return ()
    return tuple(name for _, name in sorted(zip(values, names, strict=True)))


def _values(options: Mapping[str, str]) -> list[tuple[float, ...]]:
    """Return the values by which quantities of one kind are ordered; empty if the options are none."""
    return _quantities(options) or _leading(options) or _one_number_apart(options)


def _quantities(options: Mapping[str, str]) -> list[tuple[float, ...]]:
    """Return the number, or the two ends of the range, of each option; empty unless all have one pattern."""
    texts = [plain(text) for text in options.values()]
    pattern = _pattern(texts)
    if pattern.count("#") != 1 and not (pattern.count("#") == 2 and RANGE.search(pattern)):
        return []
    return [_numbers(text) for text in texts]


def _pattern(texts: Sequence[str]) -> str:
    """Return the text that all options share apart from their numbers; empty if they differ in more."""
    patterns = {NUMBER.sub("#", text) for text in texts}
    return patterns.pop() if len(patterns) == 1 else ""


def _one_number_apart(options: Mapping[str, str]) -> list[tuple[float, ...]]:
    """Return the one number in which options of one pattern differ, such as days of a month, or hours and
    minutes.
    """
    texts = [plain(text) for text in options.values()]
    pattern = _pattern(texts)
    if "#" not in pattern:
        return []
    values = [_numbers(text) for text in texts]
    apart = [n for n, column in enumerate(zip(*values, strict=True)) if len(set(column)) > 1]
    if len(apart) == 1 or ("#:#" in pattern and pattern.count("#") == 2):
        return [tuple(value[n] for n in apart) for value in values]
    return []


def _leading(options: Mapping[str, str]) -> list[tuple[float, ...]]:
    """Return the amounts of one unit with which options begin; empty unless all do and no two are equal."""
    hits = [AMOUNT.match(plain(text)) for text in options.values()]
    if len({(hit[1], hit[3]) if hit else None for hit in hits}) != 1 or hits[0] is None:
        return []
    values = [_numbers(hit[2]) for hit in hits if hit]
    return values if len(set(values)) == len(values) else []


def _numbers(text: str) -> tuple[float, ...]:
    # the second end of a range such as 3-5 is not negative
    found = [hit.replace(",", "").replace("−", "-") for hit in NUMBER.findall(text)]
    return tuple(float(hit) if n == 0 else abs(float(hit)) for n, hit in enumerate(found))


def contain_each_other(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if an option says the same as another, or the same and more, or if two ranges share a value."""
    for one in shelf.found:
        if message := _equal(one) or _contained(one) or _overlapping(one):
            yield RuleFault(one, "options", message)


def _equal(one: LocatedItem) -> Message | None:
    """Return a message about the first two options that differ only in case, kind of digits, or how a
    quantity is written.
    """
    said: dict[object, str] = {}
    for name, text in one.item.options.items():
        # signs that emphasise nothing, which a text may be about
        is_of_signs = re.search(
            r"[\\`<*_]", re.sub(r"(?<!\w)(\*\*?|__?)(?=\S)(.+?)(?<=\S)\1(?!\w)", r"\2", text)
        )
        first = said.setdefault(quantity(plain(text)) or (text if is_of_signs else alike(text)), name)
        if first != name:
            return tell(
                "{first} and {name} say the same ({text}), written in another way. Change one, unless the "
                "question is about how it is written.",
                first=first,
                name=name,
                text=plain(text),
            )
    return None


def _contained(one: LocatedItem) -> Message | None:
    texts = {name: folded(text).rstrip(".") for name, text in one.item.options.items()}

    for small, part in texts.items():
        for large, whole in texts.items():
            if small == large or not part or part == whole:
                continue
            after = whole.startswith(part) and JOINED_AFTER.match(whole[len(part) :])
            before = whole.endswith(part) and JOINED_BEFORE.search(whole[: -len(part)])
            if (after or before) and not _cuts_a_number(whole, part):
                return tell(
                    "{large} includes {small}, so {large} is right whenever {small} is. "
                    "Make the options exclusive.",
                    large=large,
                    small=small,
                )
    return None


def _cuts_a_number(whole: str, part: str) -> bool:
    """Return whether the part begins or ends within a number, as 125 does in 1,125."""
    before, after = whole[: -len(part)], whole[len(part) :]
    inside = whole.endswith(part) and part[0].isdigit() and re.search(r"\d[.,]$", before)
    return bool(inside or (whole.startswith(part) and part[-1].isdigit() and re.match(r"[.,]\d", after)))


def _overlapping(one: LocatedItem) -> Message | None:
    texts = one.item.options.values()
    values = _quantities(one.item.options)
    spans = sorted((value, text) for value, text in zip(values, texts, strict=False) if len(value) == 2)
    clock = any(TIME_OF_DAY.search(text) for text in texts)
    for (low, earlier), (high, later) in pairwise(spans):
        if high[0] < low[1] or (high[0] == low[1] and not clock):
            return tell(
                "{earlier} and {later} overlap, so one value can be in both. Begin each range "
                "after the end of the one before.",
                earlier=earlier,
                later=later,
            )
    return None


def overlong(shelf: UnitDraft, setting: Lengths) -> Iterator[RuleFault]:
    """Warn if an option is too long."""
    for one in shelf.found:
        for name, text in one.item.options.items():
            if (n := length(text)) > setting.characters:
                message = tell(
                    "has {n} characters (at most {characters}). Move the common part into the stem.",
                    n=n,
                    characters=setting.characters,
                )
                yield RuleFault(one, f"options.{name}", message)


def uneven(shelf: UnitDraft, setting: Evenness) -> Iterator[RuleFault]:
    """Warn if the lengths of options differ much; a key that is longest is reported by `key-longest`."""
    for one in shelf.found:
        every = [length(text) for text in one.item.options.values()]
        if max(every) < setting.characters or max(every) <= setting.ratio * min(every):
            continue
        lengths = {
            name: length(text) for name, text in one.item.options.items() if not refers_to_options(text)
        }
        longest = max(lengths, key=lambda name: lengths[name], default=None)
        if longest is None or key_stands_out(one):
            continue
        if lengths[longest] >= setting.characters and lengths[longest] > setting.ratio * min(
            lengths.values()
        ):
            message = tell(
                "has {lengths} characters, another only {lengths_2}. Make their lengths similar.",
                lengths=lengths[longest],
                lengths_2=min(lengths.values()),
            )
            yield RuleFault(one, f"options.{longest}", message)


class Longest(Setting):
    """The ratio of the key's length to that of the longest distractor, and the difference in characters, from
    which the key stands out.
    """

    ratio: Annotated[float, Field(ge=1)] = 1.3
    characters: Annotated[int, Field(ge=1)] = 8


def key_stands_out(one: LocatedItem, setting: Longest | None = None) -> bool:
    """Return whether the key is much longer than every distractor."""
    setting = setting or Longest()
    if (parts := one_key(one)) is None:
        return False
    key, distractors = parts
    right, wrong = length(one.item.options[key]), max(map(length, distractors.values()))
    return right >= setting.ratio * wrong and right - wrong >= setting.characters


def key_longest(shelf: UnitDraft, setting: Longest) -> Iterator[RuleFault]:
    """Warn if the key is much longer than every distractor."""
    for one in shelf.found:
        if key_stands_out(one, setting) and not refers_to_options(one.item.options[one.item.key[0]]):
            key = one.item.key[0]
            n, next_n = (
                length(one.item.options[key]),
                max(map(length, (one_key(one) or ("", {}))[1].values())),
            )
            message = tell(
                "the key has {n} characters, the longest distractor {next_n}. Shorten the "
                "key or lengthen the distractors.",
                n=n,
                next_n=next_n,
            )
            yield RuleFault(one, f"options.{key}", message)
