"""Exam and form → what a candidate may see of them: all that candidate papers are made from.

Nothing here holds a key, a rationale, a reference or an item's id, so that no template, ours or a
workspace's own, can print one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from examgen.core.models.blueprint import matches
from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.models.papers import Digits, PapersRule
from examgen.core.pictures import UnreadablePicture
from examgen.core.problems import Problem, Refused
from examgen.core.text.characters import printed_letters
from examgen.core.text.formulas import UnreadableFormula
from examgen.core.text.markdown import images
from examgen.core.text.thai import date_en, date_th, in_digits
from examgen.core.words import Message, tell
from examgen.papers.booklet.layout import PX_PER_MM, PX_PER_PT, PageLayout, page_layout
from examgen.papers.booklet.page_filling import Over
from examgen.rendering.glyphs import widths_em
from examgen.rendering.line_breaks import SetLine
from examgen.rendering.markup import has_image, image_address, to_html

IMAGE_EM = 14.0
"""What a picture among the options is given, in em."""


class PrintedOption(NamedTuple):
    """A printed choice."""

    letter: str
    text: Markup


class BookletQuestion(NamedTuple):
    """A printed question; its options stand in that many columns."""

    number: int
    stem: Markup
    options: tuple[PrintedOption, ...]
    columns: int
    space: float = 0.0
    """Height of the working space below the options, in px."""
    over: Over = ""
    """What stands above it because its stimulus is on an earlier page, which is known of composed pages."""
    case_page: int = 0


class QuestionGroup(NamedTuple):
    """Questions that stand under one stimulus, or a single question without any."""

    stimulus: Markup | None
    questions: tuple[BookletQuestion, ...]
    section: str | None = None
    """The heading above them, where another element begins."""


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
    digits: Digits
    occupation: str
    """Empty where the blueprint names none."""
    date_th: str
    """The day of the sitting; empty where the blueprint states none."""
    date_en: str
    hours: str
    """From when to when; empty where nothing is said."""
    body_th: str
    """The certification body; empty where it is not named."""
    body_en: str


class SetItemTexts(NamedTuple):
    """An item's texts, set; options by their canonical ids."""

    stem: Markup
    options: dict[str, Markup]


class SetTexts(NamedTuple):
    """All that forms print, each text set once."""

    items: dict[str, SetItemTexts]
    stimuli: dict[str, Markup]


def paper(exam: Exam, n_items: int) -> Paper:
    """The heading of a paper with that many items."""
    blueprint, rule = exam.blueprint, exam.blueprint.papers
    return Paper(
        exam=blueprint.exam,
        title_th=blueprint.title.th,
        title_en=blueprint.title.en,
        units=tuple(UnitName(unit.code or "", unit.title or "") for unit in exam.units),
        level=blueprint.level,
        n_items=n_items,
        time_min=blueprint.time_min,
        draft=exam.has_drafts,
        digits=rule.digits,
        occupation=blueprint.occupation or "",
        date_th=in_digits(date_th(rule.date, rule.era), rule.digits) if rule.date else "",
        date_en=date_en(rule.date) if rule.date else "",
        hours=in_digits(rule.hours, rule.digits),
        body_th=rule.body.th if rule.body else "",
        body_en=rule.body.en if rule.body else "",
    )


def letters(exam: Exam) -> str:
    """The choice letters that this exam prints, as many as its items have options at most."""
    most = max((len(p.order) for form in exam.forms for p in form.items), default=0)
    return printed_letters(exam.blueprint.choices)[:most]


def texts(exam: Exam, forms: Iterable[Form], media: Sequence[Path], set_line: SetLine) -> SetTexts:
    """The texts of all items that the forms print; every fault is collected."""
    stimuli = {stimulus.id: stimulus.text for stimulus in exam.stimuli}
    setter = Setter(exam.blueprint.exam, media, set_line, [])
    found = SetTexts({}, {})
    for printed in (p for form in forms for p in form.items):
        if printed.item.id not in found.items:
            found.items[printed.item.id] = setter.item(printed)
            name = printed.item.shared_stimulus
            if name and name not in found.stimuli:
                found.stimuli[name] = setter.stimulus(printed, name, stimuli)
    if setter.problems:
        names = ", ".join(form.name for form in forms)
        raise Refused(tell("form {names} cannot be printed", names=names), setter.problems)
    return found


def groups(
    exam: Exam,
    form: Form,
    media: Sequence[Path],
    set_line: SetLine,
    layout: PageLayout | None = None,
) -> tuple[QuestionGroup, ...]:
    """The questions of a form in order, those of one stimulus together; every fault is collected."""
    rule = exam.blueprint.papers
    if layout is None:
        layout = page_layout(rule, len(form.items), exam.has_drafts)
    set_texts, alphabet = texts(exam, [form], media, set_line), letters(exam)
    found: list[QuestionGroup] = []
    element = None
    # neighbours with equal keys share a stimulus
    for _, members in groupby(form.items, key=lambda p: p.item.shared_stimulus or p.question):
        printed = list(members)
        section = section_title(exam, printed[0]) if rule.sections == "element" else None
        questions = []
        for one in printed:
            text = set_texts.items[one.item.id]
            options = zip(alphabet, one.order, strict=False)
            questions.append(
                BookletQuestion(
                    number=one.question,
                    stem=text.stem,
                    options=tuple(PrintedOption(letter, text.options[option]) for letter, option in options),
                    columns=columns(list(one.item.options.values()), layout),
                    space=working_space(rule, one),
                )
            )
        stimulus = set_texts.stimuli.get(printed[0].item.shared_stimulus or "")
        begins = printed[0].element != element
        found.append(QuestionGroup(stimulus, tuple(questions), section if begins else None))
        element = printed[0].element
    return tuple(found)


def section_title(exam: Exam, printed: PrintedItem) -> str:
    """The heading of the element that an item counts for: its code and title."""
    for unit in exam.units:
        for element in unit.elements:
            if unit.code == printed.unit and element.code == printed.element:
                return f"{element.code} {element.title}"
    return printed.element


def working_space(rule: PapersRule, printed: PrintedItem) -> float:
    """Height of the space below the options of an item, in px: by the first pattern that names it."""
    for pattern, millimetres in rule.working_space_mm.items():
        if matches(pattern, printed.item.pc, printed.element):
            return millimetres * PX_PER_MM
    return 0.0


class Setter(NamedTuple):
    """Turns texts of items into HTML, noting what cannot be."""

    exam: str
    media: Sequence[Path]
    set_line: SetLine
    problems: list[Problem]

    def item(self, printed: PrintedItem) -> SetItemTexts:
        """Stem and options of an item."""
        options = printed.item.options
        return SetItemTexts(
            self.html(printed, "stem", printed.item.stem),
            {name: self.html(printed, f"options.{name}", options[name]) for name in options},
        )

    def html(self, printed: PrintedItem, field: str, text: str) -> Markup:
        """A text of an item; empty where it has a fault."""
        media = _own_first(printed, self.media)
        try:
            return to_html(text, lambda name: image_address(name, media), self.set_line, field)
        except UnreadableFormula as reason:
            return self._fault(printed, field, "formula-unreadable", reason.message)
        except Refused as reason:
            return self._fault(printed, field, _code(reason), reason.message)

    def stimulus(self, printed: PrintedItem, name: str, stimuli: Mapping[str, str]) -> Markup:
        """The stimulus of that name, which this item asks on."""
        if name not in stimuli:
            return self._fault(
                printed,
                "shared_stimulus",
                "stimulus-missing",
                tell("the exam holds no stimulus {name!r}", name=name),
            )
        return self.html(printed, f"stimulus {name}", stimuli[name])

    def _fault(self, printed: PrintedItem, field: str, code: str, message: Message) -> Markup:
        self.problems.append(Problem(self.exam, code, message, printed.item.id, field))
        return Markup("")


def _own_first(printed: PrintedItem, media: Sequence[Path]) -> list[Path]:
    """The media folders, that of the item's own unit first: two units may each have a plan.png."""
    return sorted(media, key=lambda folder: printed.unit not in folder.parts)


def _code(reason: Refused) -> str:
    return "image-unreadable" if isinstance(reason, UnreadablePicture) else "image-missing"


def check_images(exam: Exam, media: Sequence[Path]) -> list[Problem]:
    """Every image to be printed that is missing or cannot be read, by item and field."""
    stimuli = {stimulus.id: stimulus.text for stimulus in exam.stimuli}
    problems: dict[Problem, None] = {}
    for printed in {p.item.id: p for form in exam.forms for p in form.items}.values():
        item = printed.item
        texts = {"stem": item.stem} | {f"options.{name}": text for name, text in item.options.items()}
        texts["shared_stimulus"] = stimuli.get(item.shared_stimulus or "", "")
        for field, text in texts.items():
            for image in images(text, field):
                try:
                    image_address(image.name, _own_first(printed, media))
                except Refused as reason:
                    place = (exam.blueprint.exam, _code(reason), reason.message, item.id, field)
                    problems[Problem(*place)] = None
    return list(problems)


def columns(options: Sequence[str], layout: PageLayout | None = None) -> int:
    """In how many columns options are set: all on one line, in pairs, or one below the other.

    `layout` is that of a plain A4 page where it is not given.
    """
    layout = layout or page_layout(PapersRule(), len(options), draft=False)
    em = layout.text_pt * PX_PER_PT
    widths: list[float] = []
    for text in options:
        widths.append(IMAGE_EM if has_image(text, "options") else 0.0)
        widths.extend(widths_em(text))
    widest = max(widths, default=0.0)
    return next((n for n in arrangements(len(options)) if widest * em <= layout.option(n)), 1)


def arrangements(n_options: int) -> tuple[int, ...]:
    """The numbers of columns that so many options may be set in, the most first."""
    return tuple(n for n in dict.fromkeys((n_options, 2, 1)) if n_options % n == 0)
