"""Exam and form → what candidates may see of them, the only input of candidates' papers.

No record here has a key, a rationale, a reference or an item id. So no template can print one, not even a
workspace's own.
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
"""The width assumed for a picture in an option, in em."""


class PrintedOption(NamedTuple):
    """A printed option with its letter."""

    letter: str
    text: Markup


class BookletQuestion(NamedTuple):
    """A printed question, with its options in `columns` columns."""

    number: int
    stem: Markup
    options: tuple[PrintedOption, ...]
    columns: int
    space: float = 0.0
    """The height of the working space below the options, in px."""
    over: Over = ""
    """How the question refers to its stimulus on an earlier page: by page number, by repeating it, or not at
    all. Known once the pages are composed."""
    case_page: int = 0


class QuestionGroup(NamedTuple):
    """The questions under one stimulus, or a single question without a stimulus."""

    stimulus: Markup | None
    questions: tuple[BookletQuestion, ...]
    section: str | None = None
    """The heading above these questions if they begin another element."""


class UnitName(NamedTuple):
    """A unit as the cover lists it."""

    code: str
    title: str


class OwnTime(NamedTuple):
    """The time allowance of a candidate with extra time: the additional minutes, and the hours according to
    the plan."""

    more: int
    hours: str


class Paper(NamedTuple):
    """The facts about the exam that every paper states."""

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
    """The occupation; empty if the blueprint names none."""
    date_th: str
    """The date of the sitting in Thai; empty if the blueprint states none."""
    date_en: str
    hours: str
    """When the sitting begins and ends; empty if the blueprint does not state it."""
    body_th: str
    """The certification body; empty if the blueprint names none."""
    body_en: str


class SetItemTexts(NamedTuple):
    """The typeset texts of an item; options by their canonical ids."""

    stem: Markup
    options: dict[str, Markup]


class SetTexts(NamedTuple):
    """All texts that forms print, each typeset once; items and stimuli by id."""

    items: dict[str, SetItemTexts]
    stimuli: dict[str, Markup]


def paper(exam: Exam, n_items: int, time: OwnTime | None = None) -> Paper:
    """Return the facts for a paper with `n_items` items. `time` is the candidate's own time allowance, if
    any."""
    blueprint, rule = exam.blueprint, exam.blueprint.papers
    return Paper(
        exam=blueprint.exam,
        title_th=blueprint.title.th,
        title_en=blueprint.title.en,
        units=tuple(UnitName(unit.code or "", unit.title or "") for unit in exam.units),
        level=blueprint.level,
        n_items=n_items,
        time_min=blueprint.time_min + (time.more if time else 0),
        draft=exam.has_drafts,
        digits=rule.digits,
        occupation=blueprint.occupation or "",
        date_th=in_digits(date_th(rule.date, rule.era), rule.digits) if rule.date else "",
        date_en=date_en(rule.date) if rule.date else "",
        hours=in_digits(time.hours if time else rule.hours, rule.digits),
        body_th=rule.body.th if rule.body else "",
        body_en=rule.body.en if rule.body else "",
    )


def letters(exam: Exam) -> str:
    """Return the option letters of this exam, as many as the item with the most options needs."""
    most = max((len(p.order) for form in exam.forms for p in form.items), default=0)
    return printed_letters(exam.blueprint.choices)[:most]


def texts(exam: Exam, forms: Iterable[Form], media: Sequence[Path], set_line: SetLine) -> SetTexts:
    """Return the typeset texts of all items of the forms. Raises Refused with all faults."""
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
        raise Refused.because("form {names} cannot be printed", setter.problems, names=names)
    return found


def groups(
    exam: Exam,
    form: Form,
    media: Sequence[Path],
    set_line: SetLine,
    layout: PageLayout | None = None,
) -> tuple[QuestionGroup, ...]:
    """Return the questions of a form in printed order, grouped by stimulus. Raises Refused with all
    faults."""
    rule = exam.blueprint.papers
    if layout is None:
        layout = page_layout(rule, len(form.items), exam.has_drafts)
    set_texts, alphabet = texts(exam, [form], media, set_line), letters(exam)
    found: list[QuestionGroup] = []
    element = None
    # questions in a row with equal group keys share a stimulus
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
    """Return the heading of the element that an item belongs to: its code and title."""
    for unit in exam.units:
        for element in unit.elements:
            if unit.code == printed.unit and element.code == printed.element:
                return f"{element.code} {element.title}"
    return printed.element


def working_space(rule: PapersRule, printed: PrintedItem) -> float:
    """Return the height in px of the working space below the options of an item, from the first pattern that
    matches; 0 if none does."""
    for pattern, millimetres in rule.working_space_mm.items():
        if matches(pattern, printed.item.pc, printed.element):
            return millimetres * PX_PER_MM
    return 0.0


class Setter(NamedTuple):
    """Converts texts of items to HTML, and collects the problems."""

    exam: str
    media: Sequence[Path]
    set_line: SetLine
    problems: list[Problem]

    def item(self, printed: PrintedItem) -> SetItemTexts:
        """Return the typeset stem and options of an item."""
        options = printed.item.options
        return SetItemTexts(
            self.html(printed, "stem", printed.item.stem),
            {name: self.html(printed, f"options.{name}", options[name]) for name in options},
        )

    def html(self, printed: PrintedItem, field: str, text: str) -> Markup:
        """Return a text of an item as HTML; empty if it has a fault, which is added to `problems`."""
        media = _own_first(printed, self.media)
        try:
            return to_html(text, lambda name: image_address(name, media), self.set_line, field)
        except UnreadableFormula as reason:
            return self._fault(printed, field, "formula-unreadable", reason.message)
        except Refused as reason:
            return self._fault(printed, field, _code(reason), reason.message)

    def stimulus(self, printed: PrintedItem, name: str, stimuli: Mapping[str, str]) -> Markup:
        """Return the stimulus with this name, which the item refers to; empty, with a problem added, if the
        exam has none."""
        if name not in stimuli:
            return self._fault(
                printed,
                "shared_stimulus",
                "stimulus-missing",
                tell("the exam contains no stimulus {name!r}", name=name),
            )
        return self.html(printed, f"stimulus {name}", stimuli[name])

    def _fault(self, printed: PrintedItem, field: str, code: str, message: Message) -> Markup:
        self.problems.append(Problem(self.exam, code, message, printed.item.id, field))
        return Markup("")


def _own_first(printed: PrintedItem, media: Sequence[Path]) -> list[Path]:
    """Return the media folders with that of the item's own unit first, because two units may each have a
    plan.png."""
    return sorted(media, key=lambda folder: printed.unit not in folder.parts)


def _code(reason: Refused) -> str:
    return "image-unreadable" if isinstance(reason, UnreadablePicture) else "image-missing"


def check_images(exam: Exam, media: Sequence[Path]) -> list[Problem]:
    """Return a problem for each image in the forms that is missing or cannot be read, with its item and
    field."""
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
    """Return the number of columns for these options: all on one line, in pairs, or one below the other.

    Without `layout`, the page is a plain A4 page.
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
    """Return the possible numbers of columns for this number of options, largest first."""
    return tuple(n for n in dict.fromkeys((n_options, 2, 1)) if n_options % n == 0)
