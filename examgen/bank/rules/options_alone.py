"""Finds items whose key may be found from the options alone, and measures how much of a unit is decided that
way.

Other rules check the form of options; these check their meaning. A reader who knows how one ought to act can
rule out an option that is never right (Balepur, Ravichander and Rudinger, 2024, on choices without their
question; Haladyna & Rodriguez 2013, chapter 6, on distractors).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from pydantic import Field

from examgen.bank.checks import UnitDraft
from examgen.bank.rules.item_words import content, folded, length, words
from examgen.bank.rules.patterns import BECAUSE, NOT_FIRST, PURPOSE
from examgen.bank.rules.rule import RuleFault, Setting
from examgen.core.models.item import Item
from examgen.core.words import tell

Share = Annotated[float, Field(gt=0, le=1)]


class Covered(Setting):
    """The minimum share of an item's distractors that must be keys of other items; and the mean length of
    options from which an item is judged if its author does not state what decides it.
    """

    share: Share = 2 / 3
    long: Annotated[int, Field(ge=1)] = 50


class Decided(Setting):
    """The maximum shares of a unit's items that are decided by the stem alone and by knowledge, if at least
    `items` items state what decides them; and the level from which no item may be decided by the stem alone.
    """

    stem: Share = 0.2
    knowledge: Share = 0.25
    items: Annotated[int, Field(ge=1)] = 20
    managers: Annotated[int, Field(ge=1, le=9)] = 5


class Frame(Setting):
    """The share and the number of stems of one level that must have a word before it reveals the level, and
    how many times rarer it must be in other stems.
    """

    share: Share = 0.2
    items: Annotated[int, Field(ge=4)] = 8
    times: Annotated[float, Field(ge=1)] = 4.0


def keys_of(items: Iterable[Item]) -> Mapping[str, frozenset[str]]:
    """Return the texts of keys, each with the ids of the items whose key it is."""
    found: dict[str, set[str]] = {}
    for item in items:
        for key in item.key:
            if key in item.options:
                found.setdefault(folded(item.options[key]), set()).add(item.id)
    return {text: frozenset(names) for text, names in found.items()}


def coverage(item: Item, keys: Mapping[str, frozenset[str]]) -> float | None:
    """Return the share of an item's distractors that are the key of another item; None if it has no
    distractor.
    """
    distractors = [text for name, text in item.options.items() if name not in item.key]
    if not distractors:
        return None
    return sum(bool(keys.get(folded(text), frozenset()) - {item.id}) for text in distractors) / len(
        distractors
    )


def key_uncovered(shelf: UnitDraft, setting: Covered) -> Iterator[RuleFault]:
    """Report items whose distractors are too seldom a key, if the item requires judgement or has long
    options.
    """
    keys = keys_of(one.item for one in shelf.found)
    for one in shelf.found:
        covered = coverage(one.item, keys)
        if covered is None or covered >= setting.share - 1e-9:
            continue
        n = sum(name not in one.item.key for name in one.item.options)
        if one.item.decided_by == "judgement":
            message = (
                tell(
                    "the key can be guessed from the options alone, because only {covered} of {n} "
                    "distractors are the key of another item. Write items of the same family in "
                    "which each option is the key once.",
                    covered=round(covered * n),
                    n=n,
                )
                if covered
                else tell(
                    "the key can be guessed from the options alone, because no distractor is the "
                    "key of another item. Write items of the same family in which each option is "
                    "the key once."
                )
            )
            yield RuleFault(one, "options", message)
        elif one.item.decided_by is None and not covered and _mean_length(one.item) >= setting.long:
            message = tell(
                "no distractor is the key of another item, and options have {mean:.0f} "
                "characters. Most such keys can be guessed from the options alone.",
                mean=_mean_length(one.item),
            )
            yield RuleFault(one, "options", message, "notice")


def _mean_length(item: Item) -> float:
    return sum(map(length, item.options.values())) / len(item.options)


def because_in_options(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if an option gives its own reason, because candidates can then judge the reason without the case."""
    for one in shelf.found:
        given = [name for name, text in one.item.options.items() if BECAUSE.search(folded(text))]
        if given:
            message = tell(
                "there are reasons in the options ({names}). Remove them, so that the stem decides.",
                names=", ".join(given),
            )
            yield RuleFault(one, f"options.{given[0]}", message)


def verdict_pairs(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if options are a verdict and its denial, each at least twice, because the reason with it shows
    which is right.
    """
    for one in shelf.found:
        texts = [folded(text) for text in one.item.options.values()]
        denied = [bool(NOT_FIRST.match(text)) for text in texts]
        if 2 <= sum(denied) <= len(texts) - 2:
            firsts = {next(iter(words(NOT_FIRST.sub("", text))), "") for text in texts}
            if len(firsts) == 1 and firsts != {PURPOSE}:
                message = tell(
                    "some options say “{verdict}” and the others deny it, so only the reasons "
                    "differ. Ask what to do, or what the verdict is based on.",
                    verdict=firsts.pop(),
                )
                yield RuleFault(one, "options", message)


def decided_elsewhere(shelf: UnitDraft, setting: Decided) -> Iterator[RuleFault]:
    """Warn if too many items are decided by the stem alone or by knowledge alone, or an item for managers by
    the stem alone.
    """
    tagged = [one for one in shelf.found if one.item.decided_by is not None]
    for one in tagged:
        if one.item.decided_by == "stem" and one.item.levels and min(one.item.levels) >= setting.managers:
            message = tell(
                "the stem contains everything that is needed, but the item is for level "
                "{level}. Require knowledge or judgement.",
                level=min(one.item.levels),
            )
            yield RuleFault(one, "decided_by", message)
    if len(tagged) < setting.items:
        return
    counts = Counter(one.item.decided_by for one in tagged)
    if counts["stem"] > setting.stem * len(tagged):
        message = tell(
            "{n} of {all} items are decided by the stem alone and measure reading. Use at most {share:.0%}.",
            n=counts["stem"],
            all=len(tagged),
            share=setting.stem,
        )
        yield RuleFault(None, "decided_by", message)
    if counts["knowledge"] > setting.knowledge * len(tagged):
        message = tell(
            "{n} of {all} items are decided by knowledge alone. Use at most {share:.0%}; "
            "the others should require judgement.",
            n=counts["knowledge"],
            all=len(tagged),
            share=setting.knowledge,
        )
        yield RuleFault(None, "decided_by", message)


def level_framed(shelf: UnitDraft, setting: Frame) -> Iterator[RuleFault]:
    """Warn if a word of the stems reveals the level, so that levels differ in their stories and not in the
    judgement required.
    """
    known = [(one, content(one.item.stem)) for one in shelf.found]
    for level in shelf.unit.levels:
        own = [held for one, held in known if one.item.levels == (level,)]
        rest = [held for one, held in known if level not in one.item.levels]
        counts, elsewhere = (Counter(word for held in part for word in held) for part in (own, rest))
        least = max(setting.items, setting.share * len(own))
        framing = [
            word
            for word, n in counts.most_common()
            if n >= least and n * len(rest) >= setting.times * elsewhere[word] * len(own) and rest
        ]
        if framing:
            n = sum(not held.isdisjoint(framing) for held in own)
            message = tell(
                "{n} of {all} stems of level {level} contain {words}, which is rare at "
                "other levels, so the story gives the level away. Let levels differ in the "
                "judgement that they require.",
                n=n,
                all=len(own),
                level=level,
                words=", ".join(f"“{word}”" for word in framing[:5]),
            )
            yield RuleFault(None, "stem", message)
