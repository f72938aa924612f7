"""Rules about whole units, and about items that no paper can use well.

Faults of items: levels that are not tested or cannot be told apart, images of low resolution, and missing alt
text. Faults of units: unbalanced key positions, keys that are too often or too seldom the longest option, and
too many items of one cognitive category.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated, NamedTuple

from PIL import Image
from pydantic import Field

from examgen.bank.checks import LocatedItem, UnitDraft
from examgen.bank.rules.item_words import length
from examgen.bank.rules.patterns import (
    FLOOR_PLAN,
    SAYS_NOTHING,
)
from examgen.bank.rules.rule import RuleFault, Setting, one_key, texts
from examgen.core.models.field_types import CATEGORY_WORDS
from examgen.core.models.standard import WRITTEN, Unit
from examgen.core.pictures import find
from examgen.core.problems import Refused, Severity
from examgen.core.text.markdown import ImageOf, images
from examgen.core.words import Message, tell

Share = Annotated[float, Field(gt=0, le=1)]
Items = Annotated[int, Field(ge=1)]


class Spread(Setting):
    """The largest allowed distance of a key position's share from an even share, in a unit of at least
    `items` items.
    """

    within: Share = 0.05
    items: Items = 20


class Often(Setting):
    """The maximum allowed share of items whose key is the longest option, in a unit of at least `items`
    items.
    """

    share: Share = 1 / 3
    items: Items = 20


class Beyond(Setting):
    """Settings shared by the rules on the shortest and the longest option: the minimum number of items of a
    unit, and how many standard errors a result must differ from chance.
    """

    items: Items = 20
    errors: Annotated[float, Field(ge=0)] = 2.0


class Shortest(Beyond):
    """The maximum allowed share of keys found by always choosing the shortest option, as a multiple of
    chance.
    """

    times: Annotated[float, Field(ge=1)] = 4 / 3


class SeldomLongest(Beyond):
    """The minimum share of keys that always choosing the longest option must find, as a multiple of
    chance.
    """

    times: Annotated[float, Field(gt=0, le=1)] = 2 / 3


class Mix(Setting):
    """The maximum allowed share of one cognitive category, in a unit of at least `items` items."""

    share: Share = 0.6
    items: Items = 20


def keys_unbalanced(shelf: UnitDraft, setting: Spread) -> Iterator[RuleFault]:
    """Warn if the key is at some positions more often than at others."""
    for n_options in sorted({len(one.item.options) for one in shelf.found}):
        items = [
            one.item for one in shelf.found if len(one.item.options) == n_options and len(one.item.key) == 1
        ]
        if len(items) < setting.items:
            continue
        counts = Counter(item.key[0] for item in items)
        shares = {
            name: counts[name] / len(items) for name in sorted({o for item in items for o in item.options})
        }
        if any(abs(share - 1 / n_options) > setting.within for share in shares.values()):
            shown = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
            message = tell(
                "keys of items with {n_options} options are at {shown}. Reorder options "
                "until the positions are even.",
                n_options=n_options,
                shown=shown,
            )
            yield RuleFault(None, "key", message)


def key_longest_often(shelf: UnitDraft, setting: Often) -> Iterator[RuleFault]:
    """Warn if choosing the longest option every time would gain points."""
    judged = [(one.item, parts) for one in shelf.found if (parts := one_key(one))]
    if len(judged) < setting.items:
        return
    n = sum(
        length(item.options[key]) > max(map(length, distractors.values()))
        for item, (key, distractors) in judged
    )
    if n > setting.share * len(judged):
        message = tell(
            "the key is the longest option in {n} of {judged_n} items. Shorten keys.",
            n=n,
            judged_n=len(judged),
        )
        yield RuleFault(None, "options", message)


class _Marked(NamedTuple):
    """The result of always choosing the option with the highest value of a property.

    `items` is the number of items, `found` the number of keys found, with ties shared; `chance` is the number
    expected by chance and `error` its standard error (hypergeometric, for t tied options of k, of which one
    is right).
    """

    items: int
    found: float
    chance: float
    error: float

    @property
    def z(self) -> float:
        return (self.found - self.chance) / self.error if self.error else 0.0


def _marked(shelf: UnitDraft, worth: Callable[[str], int]) -> _Marked:
    items, found, chance, variance = 0, 0.0, 0.0, 0.0
    for one in shelf.found:
        if (parts := one_key(one)) is None:
            continue
        values = {name: worth(text) for name, text in one.item.options.items()}
        top = [name for name, value in values.items() if value == max(values.values())]
        k, t = len(values), len(top)
        items += 1
        found += (parts[0] in top) / t
        chance += 1 / k
        variance += (k - 1) / k**2 * (k - t) / (k - 1) / t
    return _Marked(items, found, chance, math.sqrt(variance))


def key_shortest_often(shelf: UnitDraft, setting: Shortest) -> Iterator[RuleFault]:
    """Warn if choosing the shortest option every time would gain points."""
    marked = _marked(shelf, lambda text: -length(text))
    if (
        marked.items >= setting.items
        and marked.found > setting.times * marked.chance
        and marked.z >= setting.errors
    ):
        message = tell(
            "choosing the shortest option finds {share:.0%} of the keys (by chance "
            "{chance:.0%}). Lengthen short keys, or shorten a distractor of those items.",
            share=marked.found / marked.items,
            chance=marked.chance / marked.items,
        )
        yield RuleFault(None, "options", message)


def key_seldom_longest(shelf: UnitDraft, setting: SeldomLongest) -> Iterator[RuleFault]:
    """Warn if never choosing the longest option would gain points."""
    marked = _marked(shelf, length)
    if (
        marked.items >= setting.items
        and marked.found < setting.times * marked.chance
        and marked.z <= -setting.errors
    ):
        message = tell(
            "choosing the longest option finds {share:.0%} of the keys (by chance "
            "{chance:.0%}), so it can be ruled out. Lengthen some keys until the key is "
            "the longest option as often as others.",
            share=marked.found / marked.items,
            chance=marked.chance / marked.items,
        )
        yield RuleFault(None, "options", message)


def cognitive_unbalanced(shelf: UnitDraft, setting: Mix) -> Iterator[RuleFault]:
    """Warn if one cognitive category has too large a share of the items."""
    counts = Counter(one.item.cognitive for one in shelf.found)
    for name, count in counts.items():
        if len(shelf.found) >= setting.items and count > setting.share * len(shelf.found):
            message = tell(
                "{count} of {n} items are {name}. Write items of other categories.",
                count=count,
                n=len(shelf.found),
                name=name,
            )
            yield RuleFault(None, "cognitive", message)


_INCH_MM = 25.4
_CSS_DPI = 96
# the boxes in which templates/booklet.css and paper.css print an image
_STEM_MM, _OPTION_MM = (161.0, 110.0), (72.0, 40.0)


class Resolution(Setting):
    """The minimum resolution at printed size, in dots per inch."""

    dpi: Annotated[int, Field(ge=36, le=1200)] = 150


def level_without_written_test(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if an item is for a level that section 18 does not assess by a written test."""
    untested = set(shelf.unit.levels) - set(tested_levels(shelf.unit))
    for one in shelf.found:
        if wrong := [level for level in one.item.levels if level in untested]:
            message = tell(
                "section 18 has no written test at level {wrong}. Remove the level.", wrong=wrong[0]
            )
            yield RuleFault(one, "levels", message)


def tested_levels(unit: Unit) -> list[int]:
    """Return the levels that section 18 assesses by a written test; all levels of the unit if it states no
    assessment.
    """
    by_test = [entry.levels or unit.levels for entry in unit.assessment if WRITTEN & set(entry.methods)]
    return [level for level in unit.levels if not unit.assessment or any(level in one for one in by_test)]


class Claims(Setting):
    """The maximum number of levels of an item, whether `analyse` is too demanding for the lowest tested
    level, and the level from which recall is too little.

    Levels 5 and up of the national framework are for people responsible for the work of others.
    """

    levels: Annotated[int, Field(ge=1, le=8)] = 2
    analyse: bool = True
    managers: Annotated[int, Field(ge=1, le=9)] = 5


def level_claim(shelf: UnitDraft, setting: Claims) -> Iterator[RuleFault]:
    """Warn if an item lists levels that it cannot tell apart, or if its cognitive category does not suit
    them.
    """
    stated = sorted(shelf.unit.levels)
    tested = sorted(tested_levels(shelf.unit))
    too_hard = {"evaluate", "analyse"} if setting.analyse else {"evaluate"}
    lowest = tested[0] if len(tested) > 1 and tested[0] < setting.managers else None
    highest = [level for level in tested[-2:] if level >= setting.managers and level != tested[0]]
    for one in shelf.found:
        claimed = sorted({level for level in one.item.levels if level in stated})
        between = [level for level in stated if level in tested or level in claimed]
        shown = ", ".join(map(str, claimed))
        if len(claimed) > setting.levels:
            message = tell(
                "lists levels {levels}. List the level at which it separates candidates "
                "best, or two adjacent levels.",
                levels=shown,
            )
            yield RuleFault(one, "levels", message)
        elif claimed and between.index(claimed[-1]) - between.index(claimed[0]) >= len(claimed):
            message = tell(
                "lists levels {levels}, which are not adjacent. An item that suits both "
                "also suits the levels between.",
                levels=shown,
            )
            yield RuleFault(one, "levels", message)
        category = CATEGORY_WORDS[one.item.cognitive]
        if lowest in claimed and one.item.cognitive in too_hard:
            message = tell(
                "asks to {category} but lists level {level}, the lowest that is tested. "
                "Remove that level, or ask for less.",
                category=category,
                level=lowest,
            )
            yield RuleFault(one, "levels", message)
        if one.item.cognitive == "remember" and (wrong := [level for level in claimed if level in highest]):
            message = tell(
                "asks to {category} but lists level {level}. Remove that level, or ask "
                "candidates to apply what they know.",
                category=category,
                level=wrong[0],
            )
            yield RuleFault(one, "levels", message)


def image_too_coarse(shelf: UnitDraft, setting: Resolution) -> Iterator[RuleFault]:
    """Warn if a raster image is printed at too low a resolution. SVG images always pass."""
    for one in shelf.found:
        for field, text in texts(one).items():
            box = _STEM_MM if field == "stem" else _OPTION_MM
            for name in (image.name for image in images(text, field)):
                if size := _pixels_of(shelf, name):
                    width_mm = printed_width_mm(*size, box)
                    dpi = size[0] / width_mm * _INCH_MM
                    if dpi < setting.dpi:
                        message = tell(
                            "image {name} is printed {width_mm:.0f} mm wide at {dpi:.0f} "
                            "dpi (at least {setting_dpi} needed). Use an SVG, or an image "
                            "with more pixels.",
                            name=name,
                            width_mm=width_mm,
                            dpi=dpi,
                            setting_dpi=setting.dpi,
                        )
                        yield RuleFault(one, field, message)


def _pixels_of(shelf: UnitDraft, name: str) -> tuple[int, int] | None:
    try:
        path = find(name, [shelf.folder / "media"])
    except Refused:
        return None  # a fault of structure, told as one
    return pixels(path) if path else None


def alt_text_missing(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if an image has no alt text, or alt text that does not describe it."""
    for one in shelf.found:
        for field, text in texts(one).items():
            for image in images(text, field):
                if message := _alt_fault(image):
                    yield RuleFault(one, field, message, _until_drafted([one]))
    for stimulus in shelf.stimuli:
        users = [one for one in shelf.found if one.item.shared_stimulus == stimulus.id]
        for image in images(stimulus.text, "stimulus") if users else ():
            if message := _alt_fault(image):
                yield RuleFault(
                    users[0],
                    "shared_stimulus",
                    tell("in stimulus {stimulus} {message}", stimulus=stimulus.id, message=message),
                    _until_drafted(users),
                )


def _until_drafted(users: Iterable[LocatedItem]) -> Severity | None:
    """Return “warning” if all users are drafts, which may lack alt text because imported questions come
    without it.
    """
    return "warning" if all(one.item.status == "draft" for one in users) else None


def _alt_fault(image: ImageOf) -> Message | None:
    alt, name = " ".join(image.alt.split()), PurePosixPath(image.name)
    if not alt:
        return tell(
            "image {image} has no alt text. Describe what it shows, for example {example}.",
            image=image.name,
            example=f"![{FLOOR_PLAN} …]({image.name})",
        )
    if SAYS_NOTHING.fullmatch(alt) or alt.casefold() in (name.name.casefold(), name.stem.casefold()):
        return tell(
            "alt text “{alt}” of image {image} does not describe it. Write what the image shows.",
            alt=alt,
            image=image.name,
        )
    return None


def printed_width_mm(width: int, height: int, box: tuple[float, float]) -> float:
    """Return the printed width of an image in mm: 96 pixels per inch, reduced to fit the box (width and
    height in mm).
    """
    natural = width / _CSS_DPI * _INCH_MM
    return min(natural, box[0], box[1] * width / height)


def pixels(path: Path) -> tuple[int, int] | None:
    """Return the width and height of a raster image in pixels; None if the file is missing or not a raster
    image.
    """
    try:
        with Image.open(path) as picture:
            return picture.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
