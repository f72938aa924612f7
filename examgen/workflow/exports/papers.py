"""An exam package → each of its forms as a Word document to be edited: questions and options, no key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from examgen.exam.names import MEDIA
from examgen.exam.package import read_package
from examgen.interchange import word_writing
from examgen.interchange.word_writing import PaperQuestion
from examgen.models.form import Exam, Form
from examgen.papers.candidate import letters, section_title
from examgen.words import in_language, tell, tell_n
from examgen.workflow.bank.interchange import with_pictures
from examgen.workflow.exports.place import EXPORTS, Asked, Exported, Source, written


def write_word(source: Source, asked: Asked) -> Exported:
    """A document for each form: stimuli, questions and options in printed order, with their pictures."""
    package = read_package(source.exam)
    exam = package.exam
    files = {f"{form.name}.docx": _paper(exam, form, source) for form in exam.forms}
    folder = asked.out or source.exam / EXPORTS / "word"
    names = written(folder, files, asked.replace)
    told = (
        tell("what is changed in a paper changes nothing in the exam: answers are scored as it was built"),
    )
    facts = {"exam": exam.blueprint.exam, "forms": len(exam.forms)}
    return Exported("word", folder, names, told, facts)


def _paper(exam: Exam, form: Form, source: Source) -> bytes:
    blueprint = exam.blueprint
    stimuli = {one.id: one.text for one in exam.stimuli}
    questions = list(_questions(exam, form, stimuli, source.exam / MEDIA))
    thai = blueprint.choices == "thai"
    n, minutes = len(questions), blueprint.time_min
    counts = tell_n("{n} question, {minutes} minutes", "{n} questions, {minutes} minutes", n, minutes=minutes)
    lines = [
        blueprint.title.th if thai else blueprint.title.en,
        *(" ".join(filter(None, (unit.code, unit.title))) for unit in exam.units),
        in_language(tell("Form {form}", form=form.name), "th" if thai else "en"),
        in_language(counts, "th" if thai else "en"),
    ]
    return word_writing.write_paper(lines, questions, letters(exam))


def _questions(exam: Exam, form: Form, stimuli: dict[str, str], media: Path) -> Iterator[PaperQuestion]:
    """The questions in printed order; a stimulus above the first of those that share it."""
    shared = element = None
    for printed in form.items:
        item, name = printed.item, printed.item.shared_stimulus
        begins = exam.blueprint.papers.sections == "element" and printed.element != element
        yield PaperQuestion(
            item.stem,
            tuple(item.options[option] for option in printed.order),
            stimuli.get(name) if name and name != shared else None,
            section_title(exam, printed) if begins else None,
            with_pictures(item, stimuli, media / printed.unit).pictures,
        )
        shared, element = name, printed.element
