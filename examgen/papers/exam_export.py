"""Forms of an exam for other programs: QTI packages and Moodle questions for the screen, and Word
documents.

By default a package contains no key, because candidates may look into it on the machines that deliver an
exam. It contains what the booklet shows, in the same order. Its names state only form and question, and
reveal neither the item nor its key. A digest of what candidates read identifies the build, so that results
of another build of the same exam are never mistaken for results of this one. Choices are named by the
letters of the answer sheet.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple

from examgen.core.exam.names import MEDIA
from examgen.core.exam.package import PrintedQuestion, read_written
from examgen.core.files import sha256
from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.problems import Refused, WrongUsage
from examgen.core.shown_pictures import shown
from examgen.core.text.characters import LETTERS
from examgen.core.words import Language, Message, command, either, in_language, listed, option, tell, tell_n
from examgen.interchange import gift, moodle_xml, qti_writing, word_writing
from examgen.interchange.exporting import with_pictures
from examgen.interchange.place import EXPORTS, Exported, ExportOptions, ExportSource, written
from examgen.interchange.word_writing import PaperQuestion
from examgen.interchange.writing import FormItem, WrittenItem
from examgen.papers.candidate import letters, section_title

if TYPE_CHECKING:
    from examgen.core.exam.package import Package

Format = Literal["qti30", "qti22", "moodle-xml", "gift"]
NONE, INSIDE = "none", "inside"
KEYS = (NONE, INSIDE)
"""The permitted values for the keys of an export: left out, or inside the files."""
_SUFFIX = {"qti30": ".zip", "qti22": ".zip", "moodle-xml": ".xml", "gift": ".gift"}


_DIGITS = 12
_PICTURE = re.compile(r"(!\[[^]]*\])\((?:<[^>]*>|[^)]*)\)")
"""Matches an image in Markdown. Its file name is excluded from the digest, because it is not shown and could
be guessed from the digest."""


class _Sat(NamedTuple):
    """A form as taken on screen: its name there, and its questions."""

    form: Form
    screen: ScreenForm
    questions: tuple[WrittenItem, ...]


class ScreenForm(NamedTuple):
    """A form identified by its name and a digest of what it shows."""

    name: str
    digest: str

    def test(self, exam: str) -> str:
        """Return the identifier of the form's test."""
        return f"T_{_plain(exam)}_{_plain(self.name)}_{self.digest}"

    def question(self, number: int) -> str:
        """Return the identifier of a question. It has no full stop, which separates names from variables in
        QTI."""
        return f"Q{number:03d}_{_plain(self.name)}_{self.digest}"


def screen_form(name: str, questions: Sequence[PrintedQuestion]) -> ScreenForm:
    """Return the identity on screen of a form with these questions."""
    shown = [name, [[_PICTURE.sub(r"\1", text) for text in (one.stem, *one.options)] for one in questions]]
    digest = hashlib.sha256(json.dumps(shown, ensure_ascii=False).encode()).hexdigest()
    return ScreenForm(name, digest[:_DIGITS])


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", text)


def write_qti30(source: ExportSource, asked: ExportOptions) -> Exported:
    """Write each form of an exam as a QTI 3.0 package."""
    return _exported(source, asked, "qti30")


def write_qti22(source: ExportSource, asked: ExportOptions) -> Exported:
    """Write each form of an exam as a QTI 2.2 package."""
    return _exported(source, asked, "qti22")


def write_moodle_xml(source: ExportSource, asked: ExportOptions) -> Exported:
    """Write the questions of an exam as Moodle XML, one file for each form."""
    return _exported(source, asked, "moodle-xml")


def write_gift(source: ExportSource, asked: ExportOptions) -> Exported:
    """Write the questions of an exam in GIFT, one file for each form."""
    return _exported(source, asked, "gift")


def _exported(source: ExportSource, asked: ExportOptions, format: Format) -> Exported:
    """Write a file for each form of the exam.

    Raises WrongUsage if the keys are to be left out of a format that requires them, and Refused if every
    booklet has its own order, so that no form is answered as built.
    """
    keys = asked.keys or NONE
    if keys not in KEYS:
        raise WrongUsage.because(
            "{keys_option} {keys} is unknown. Choose one of {known}.",
            keys=keys,
            known=either(KEYS),
            keys_option=option("keys"),
        )
    if keys == NONE and format in ("moodle-xml", "gift"):
        raise WrongUsage.because(
            "{format} cannot be written without keys. Add {keys} inside and protect "
            "the file like the package, or use qti30 or qti22, which have no keys.",
            format=format,
            keys=option("keys"),
        )
    package = read_written(source.exam)
    exam, is_keyed = package.exam, keys == INSIDE
    # the forms that answers may name, with their questions
    known = set(package.form_names)
    sat = []
    for form in exam.forms:
        if form.name in known:
            screen = screen_form(form.name, package.questions(form.name))
            sat.append(_Sat(form, screen, tuple(_questions(package, form, screen))))
    if not sat:
        raise Refused.because(
            "every booklet in {folder} has its own order, so no form is answered as it "
            "was built. Build the exam again for candidates who take it on screen.",
            folder=package.folder,
        )
    name = exam.blueprint.exam
    files = {}
    for one in sat:
        if format == "moodle-xml":
            data = moodle_xml.write(_named(one), name)
        elif format == "gift":
            data = gift.write(_named(one), name)
        else:
            test = _test(exam, one, is_keyed)
            # the name of a picture must not reveal what it shows
            data = qti_writing.package(
                [test],
                test.name.replace("T_", "M_", 1),
                format,
                lambda name, data: f"images/{sha256(data)[:20]}.{name.rpartition('.')[2].lower()}",
            )
        files[f"{name}-{one.form.name}{_SUFFIX[format]}"] = data
    folder = asked.out or source.exam / EXPORTS / (f"{format}-keys-inside" if is_keyed else format)
    names = written(folder, files, asked.replace)
    facts = {
        "exam": name,
        "keys": keys,
        "forms": {
            one.form.name: {"test": one.screen.test(name), "questions": len(one.questions)} for one in sat
        },
    }
    alarm = tell(
        "THE FILES CONTAIN THE KEYS. Anyone who opens them can read every right answer. "
        "Use them only with a platform that scores by itself and never sends them to "
        "candidates."
    )
    told_of = tuple(_told(package, sat, format, is_keyed))
    return Exported(format, folder, names, told_of, facts, alarm if is_keyed else None)


def _questions(package: Package, form: Form, screen: ScreenForm) -> Iterator[WrittenItem]:
    exam = package.exam
    stimuli = {one.id: one.text for one in exam.stimuli}
    for printed, section in zip(form.items, _sections(exam, form), strict=True):
        item = printed.item.model_copy(
            update={"options": {option: printed.item.options[option] for option in printed.order}}
        )
        asked = FormItem(
            category=f"{exam.blueprint.exam}/{form.name}",
            question=printed.question,
            name=screen.question(printed.question),
            section=section,
            points=printed.points,
            any_mark=exam.blueprint.scoring.several == "any",
        )
        sent = with_pictures(item, stimuli, package.folder / MEDIA / printed.unit)
        yield sent._replace(asked=asked, pictures=_as_shown(sent.pictures))


def _sections(exam: Exam, form: Form) -> list[str]:
    """Return the title of the section that each question belongs to.

    Each element is a section if its questions are consecutive, or if booklets have elements as headings.
    Otherwise there is one section, so that sections do not reveal which items are pilots.
    """

    def element(printed: PrintedItem) -> tuple[str, str]:
        return printed.unit, printed.element

    runs = [key for key, _ in groupby(form.items, element)]
    if len(runs) > len(set(runs)) and exam.blueprint.papers.sections != "element":
        return [exam.blueprint.title.th] * len(form.items)
    titles = {
        (unit.code, one.code): f"{one.code} {one.title}" for unit in exam.units for one in unit.elements
    }
    return [titles.get(element(printed), printed.element) for printed in form.items]


def _named(sat: _Sat) -> list[WrittenItem]:
    """Return the questions under names that keep their order: form, number and item id."""
    return [
        one._replace(
            item=one.item.model_copy(
                update={"id": f"{sat.form.name}-{number:03d}-{one.item.id}", "rationale": {}}
            )
        )
        for number, one in enumerate(sat.questions, 1)
    ]


def _as_shown(pictures: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the pictures as candidates may have them, without metadata in their files."""
    return {name: shown(data, name) for name, data in pictures.items()}


def _test(exam: Exam, sat: _Sat, is_keyed: bool) -> qti_writing.Test:
    blueprint = exam.blueprint
    # As on paper, nothing tells which items ask several answers: where the rule knows such items, more than
    # one option can be chosen in all.
    any_several = blueprint.scoring.several != "any"
    entries = [
        qti_writing.PackagedItem(
            one,
            one.asked.name,
            str(one.asked.question),
            dict(zip(one.item.options, LETTERS, strict=False)),
            several=not one.has_one_mark if is_keyed else any_several,
            is_keyed=is_keyed,
            is_of_bank=False,
        )
        for one in sat.questions
        if one.asked is not None
    ]
    shown = blueprint.papers.sections == "element"
    parts = groupby(entries, lambda entry: entry.sent.asked.section if entry.sent.asked else "")
    sections = [
        qti_writing.Section(f"S{number}", title, tuple(own), shown)
        for number, (title, own) in enumerate(parts, 1)
    ]
    return qti_writing.Test(
        "test.xml",
        sat.screen.test(blueprint.exam),
        f"{blueprint.title.th} · {sat.form.name}",
        sections,
        seconds=60 * blueprint.time_min,
        is_sitting=True,
    )


def _told(package: Package, sat: Sequence[_Sat], format: Format, is_keyed: bool) -> Iterator[Message]:
    """Yield messages on content of the exam that the format changes or cannot express."""
    exam = package.exam
    if left := [form.name for form in exam.forms if form.name not in {one.form.name for one in sat}]:
        yield tell("forms with their own order are left out: {forms}", forms=listed(left))
    if exam.has_drafts:
        yield tell("it contains items that no subject-matter expert has approved")
    questions = [one for form in sat for one in form.questions]
    if not is_keyed:
        yield tell("the files contain no key; score the results with {command}", command=command("score"))
    elif exam.blueprint.scoring != type(exam.blueprint.scoring)():
        yield tell(
            "the scoring rule is not exported, so points of the platform differ from those of {command}",
            command=command("score"),
        )
    pilot = [one.item.id for one in questions if not one.points]
    if is_keyed and pilot and format == "gift":
        yield tell_n(
            "{n} pilot item counts like the others there, because GIFT has no points. Give "
            "it 0 in the quiz: {names}",
            "{n} pilot items count like the others there, because GIFT has no points. Give "
            "them 0 in the quiz: {names}",
            len(pilot),
            names=listed(dict.fromkeys(pilot)),
        )
    elif is_keyed and pilot:
        yield tell_n(
            "{n} pilot item is worth 0 there; the file lists it",
            "{n} pilot items are worth 0 there; the file lists them",
            len(pilot),
        )
    if format in ("moodle-xml", "gift"):
        yield tell("parts and the time limit are not exported. Set them in the quiz.")
    if format == "gift":
        yield tell("points and the fixed order of options are not exported. Set them in the quiz.")
        if shown := sum(bool(one.pictures) for one in questions):
            yield tell_n(
                "GIFT cannot contain pictures, but {n} item has some",
                "GIFT cannot contain pictures, but {n} items have some",
                shown,
            )


def write_word(source: ExportSource, asked: ExportOptions) -> Exported:
    """Write a Word document for each form, with stimuli, questions, options and pictures in printed order."""
    package = read_written(source.exam)
    exam = package.exam
    blueprint = exam.blueprint
    stimuli = {one.id: one.text for one in exam.stimuli}
    language: Language = "th" if blueprint.choices == "thai" else "en"
    files = {}
    for form in exam.forms:
        # in printed order; a stimulus above the first of those that share it
        questions = []
        shared = element = None
        for printed in form.items:
            item, name = printed.item, printed.item.shared_stimulus
            begins = blueprint.papers.sections == "element" and printed.element != element
            pictures = with_pictures(item, stimuli, source.exam / MEDIA / printed.unit).pictures
            questions.append(
                PaperQuestion(
                    item.stem,
                    tuple(item.options[option] for option in printed.order),
                    stimuli.get(name) if name and name != shared else None,
                    section_title(exam, printed) if begins else None,
                    _as_shown(pictures),
                )
            )
            shared, element = name, printed.element
        n, minutes = len(questions), blueprint.time_min
        counts = tell_n(
            "{n} question, {minutes} minutes", "{n} questions, {minutes} minutes", n, minutes=minutes
        )
        lines = [
            blueprint.title.th if language == "th" else blueprint.title.en,
            *(" ".join(filter(None, (unit.code, unit.title))) for unit in exam.units),
            in_language(tell("Form {form}", form=form.name), language),
            in_language(counts, language),
        ]
        files[f"{form.name}.docx"] = word_writing.write_paper(lines, questions, letters(exam))
    folder = asked.out or source.exam / EXPORTS / "word"
    names = written(folder, files, asked.replace)
    told = (tell("changes to a paper do not change the exam; answers are scored as it was built"),)
    facts = {"exam": exam.blueprint.exam, "forms": len(exam.forms)}
    return Exported("word", folder, names, told, facts)
