"""Unit and items → what the sheet for subject-matter experts shows: everything, key and rationale too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from examgen.fonts import missing, missing_message
from examgen.models import LETTERS, THAI_LETTERS, Item, Stimulus, Unit
from examgen.papers.markup import image_address, plain_lines, to_html
from examgen.papers.thai import SetLine
from examgen.problems import Problem, Refused
from examgen.thai import COGNITIVE_TH


class ReviewedOption(NamedTuple):
    """A choice, whether it is right, and why."""

    letter: str
    text: Markup
    is_key: bool
    rationale: Markup


class ReviewedItem(NamedTuple):
    """An item with all that an expert judges."""

    number: int
    item: str
    criteria: tuple[str, ...]
    levels: str
    cognitive: str
    status: str
    stem: Markup
    options: tuple[ReviewedOption, ...]
    reference: str


class ReviewedGroup(NamedTuple):
    """Neighbours that share a stimulus, or a single item without any."""

    stimulus: Markup | None
    items: tuple[ReviewedItem, ...]


class _Setter(NamedTuple):
    """Turns texts of items into HTML, noting what cannot be printed."""

    unit: str
    media: Sequence[Path]
    set_line: SetLine
    problems: list[Problem]

    def html(self, item: str, field: str, text: str) -> Markup:
        self.check(item, field, "".join(plain_lines(text)))
        try:
            return to_html(text, lambda name: image_address(name, self.media), self.set_line)
        except Refused as reason:
            self.problems.append(Problem(self.unit, "image-missing", reason.message, item, field))
            return Markup("")

    def check(self, item: str, field: str, text: str) -> None:
        self.problems.extend(
            Problem(self.unit, "glyph-missing", missing_message(char), item, field) for char in missing(text)
        )


def reviewed_groups(
    unit: Unit, items: Sequence[Item], stimuli: Sequence[Stimulus], media: Sequence[Path], set_line: SetLine
) -> tuple[ReviewedGroup, ...]:
    """The items in the order given, neighbours of one stimulus together; every fault is collected."""
    setter = _Setter(str(unit.code), media, set_line, [])
    texts = {stimulus.id: stimulus.text for stimulus in stimuli}
    numbered = list(enumerate(items, 1))
    groups = []
    for _, members in groupby(numbered, key=lambda pair: pair[1].shared_stimulus or pair[0]):
        pairs = list(members)
        name = pairs[0][1].shared_stimulus
        shared = setter.html(pairs[0][1].id, f"stimulus {name}", texts[name]) if name in texts else None
        groups.append(ReviewedGroup(shared, tuple(_reviewed(n, item, unit, setter) for n, item in pairs)))
    if setter.problems:
        raise Refused(f"the items of {unit.code} cannot be printed", setter.problems)
    return tuple(groups)


def _reviewed(number: int, item: Item, unit: Unit, setter: _Setter) -> ReviewedItem:
    criteria = {criterion.code: criterion.text for criterion in unit.criteria}
    setter.check(item.id, "reference", item.reference)
    return ReviewedItem(
        number=number,
        item=item.id,
        criteria=tuple(f"{pc} {criteria.get(pc, '')}" for pc in item.pcs),
        levels=", ".join(map(str, item.levels)) or "–",
        cognitive=f"{COGNITIVE_TH[item.cognitive]} · {item.cognitive}",
        status=item.status,
        stem=setter.html(item.id, "stem", item.stem),
        options=tuple(_options(item, setter)),
        reference=item.reference,
    )


def _options(item: Item, setter: _Setter) -> Iterator[ReviewedOption]:
    letters = dict(zip(LETTERS.lower(), THAI_LETTERS, strict=True))
    for option, text in item.options.items():
        yield ReviewedOption(
            letter=letters.get(option, option),
            text=setter.html(item.id, f"options.{option}", text),
            is_key=option in item.key,
            rationale=setter.html(item.id, f"rationale.{option}", item.rationale.get(option, "–")),
        )
