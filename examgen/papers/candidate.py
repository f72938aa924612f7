"""Exam and form → what a candidate may see of them: all that candidate papers are made from.

Nothing here holds a key, a rationale, a reference or an item's id, so that no template, ours or a
workspace's own, can print one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from examgen.models import LETTERS, THAI_LETTERS, Exam, Form, PrintedItem
from examgen.papers.glyphs import width_em
from examgen.papers.markup import has_image, image_address, plain_lines, to_html
from examgen.papers.thai import SetLine
from examgen.problems import Problem, Refused

OPTIONS_WIDTH_EM = 39.5
"""Width that the options of a question share: 160 mm at 11.5 pt, as `booklet.css` sets them."""

LETTER_EM = 2.6
"""What a letter, its full stop and the gap to the next column take."""

IMAGE_EM = 14.0


class Option(NamedTuple):
    """A printed choice."""

    letter: str
    text: Markup


class Question(NamedTuple):
    """A printed question; its options stand in that many columns."""

    number: int
    stem: Markup
    options: tuple[Option, ...]
    columns: int


class Group(NamedTuple):
    """Questions that stand under one stimulus, or a single question without any."""

    stimulus: Markup | None
    questions: tuple[Question, ...]


class UnitName(NamedTuple):
    """A unit as the cover names it."""

    code: str
    title: str


class Paper(NamedTuple):
    """What every paper of an exam says of it."""

    exam: str
    title_th: str
    title_en: str
    units: tuple[UnitName, ...]
    level: int | None
    n_items: int
    time_min: int
    draft: bool


def paper(exam: Exam, n_items: int) -> Paper:
    """The heading of a paper with that many items."""
    blueprint = exam.blueprint
    return Paper(
        exam=blueprint.exam,
        title_th=blueprint.title.th,
        title_en=blueprint.title.en,
        units=tuple(UnitName(unit.code or "", unit.title or "") for unit in exam.units),
        level=blueprint.level,
        n_items=n_items,
        time_min=blueprint.time_min,
        draft=exam.has_drafts,
    )


def letters(exam: Exam) -> str:
    """The choice letters that this exam prints, as many as its items have options at most."""
    most = max((len(p.order) for form in exam.forms for p in form.items), default=0)
    return (THAI_LETTERS if exam.blueprint.choices == "thai" else LETTERS)[:most]


def groups(exam: Exam, form: Form, media: Sequence[Path], set_line: SetLine) -> tuple[Group, ...]:
    """The questions of a form in order, those of one stimulus together; every fault is collected."""
    stimuli = {stimulus.id: stimulus.text for stimulus in exam.stimuli}
    setter = _Setter(exam.blueprint.exam, media, set_line, [])
    found = []
    for _, members in groupby(form.items, key=_group_key):
        printed = list(members)
        stimulus = None
        if name := printed[0].item.shared_stimulus:
            stimulus = setter.stimulus(printed[0], name, stimuli)
        found.append(Group(stimulus, tuple(_question(p, letters(exam), setter) for p in printed)))
    if setter.problems:
        raise Refused(f"form {form.name} cannot be printed", setter.problems)
    return tuple(found)


def _group_key(printed: PrintedItem) -> str | int:
    """Neighbours with equal keys share a stimulus."""
    return printed.item.shared_stimulus or printed.question


class _Setter(NamedTuple):
    """Turns texts of items into HTML, noting what cannot be."""

    exam: str
    media: Sequence[Path]
    set_line: SetLine
    problems: list[Problem]

    def html(self, printed: PrintedItem, field: str, text: str, blocks: bool = False) -> Markup:
        # two units may each have a plan.png: the item's own unit is looked in first
        media = sorted(self.media, key=lambda folder: printed.unit not in folder.parts)
        try:
            return to_html(text, lambda name: image_address(name, media), self.set_line, blocks)
        except Refused as reason:
            return self._fault(printed, field, "image-missing", reason.message)

    def stimulus(self, printed: PrintedItem, name: str, stimuli: Mapping[str, str]) -> Markup:
        if name not in stimuli:
            return self._fault(
                printed, "shared_stimulus", "stimulus-missing", f"the exam holds no stimulus {name!r}"
            )
        return self.html(printed, f"stimulus {name}", stimuli[name], blocks=True)

    def _fault(self, printed: PrintedItem, field: str, code: str, message: str) -> Markup:
        self.problems.append(Problem(self.exam, code, message, printed.item.id, field))
        return Markup("")


def _question(printed: PrintedItem, alphabet: str, setter: _Setter) -> Question:
    options = printed.item.options
    return Question(
        number=printed.question,
        stem=setter.html(printed, "stem", printed.item.stem),
        options=tuple(
            Option(letter, setter.html(printed, f"options.{option}", options[option]))
            for letter, option in zip(alphabet, printed.order, strict=False)
        ),
        columns=columns([options[option] for option in printed.order]),
    )


def columns(texts: Sequence[str]) -> int:
    """In how many columns options are set: all on one line, in pairs, or one below the other."""
    widest = max(_widths(texts), default=0.0)
    for n in (len(texts), 2):
        if len(texts) % n == 0 and widest <= OPTIONS_WIDTH_EM / n - LETTER_EM:
            return n
    return 1


def _widths(texts: Sequence[str]) -> Iterator[float]:
    for text in texts:
        yield IMAGE_EM if has_image(text) else 0.0
        yield from (width_em(line) for line in plain_lines(text))
