"""Imports question files of other programs into the bank: assigns criteria and writes the questions as draft
items.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from examgen.bank import rewriting
from examgen.bank.checking import errors_by_rules
from examgen.bank.loading import ITEM_FOLDER, MEDIA_FOLDER
from examgen.bank.rules.explanations import named_first
from examgen.bank.rules.likeness import AskedQuestion, asked_question
from examgen.bank.spreadsheets import ids_named
from examgen.bank.whole_bank import changes_bank, checked_with, encoded, item_data, item_files, usable_unit
from examgen.bank.workbook.differences import Numbering
from examgen.core.files import MANY_BYTES, MANY_ITEMS, Progress, quiet, read_input, sha256, write_files
from examgen.core.foreign import decoded
from examgen.core.models.field_types import COGNITIVE
from examgen.core.models.item import DECIDED_BY, Item
from examgen.core.models.standard import Unit
from examgen.core.pictures import fault_of_bytes
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.text.characters import LETTERS
from examgen.core.words import Message, either, listed, option, tell, tell_n
from examgen.interchange import formats
from examgen.interchange.question_tables import TABLE, read_table
from examgen.interchange.questions import Passage, Question, QuestionFile, RefusedQuestion
from examgen.interchange.weights import is_uncompared

WORKBOOKS = (".xlsx", ".xlsm", ".csv")
"""File types of the bank's own workbook, or of a table in the same form."""


_PLAIN = re.compile(r"[\w.-]+")
"""Names of pictures that Markdown accepts unchanged."""
_BEGINS = {b"\x89PNG": "png", b"\xff\xd8": "jpg", b"GIF8": "gif", b"RIFF": "webp"}
"""The first bytes of each picture format; a drawing (svg) may begin with anything."""
_REFERS = "all-or-none-of-the-above"
"""The rule whose errors keep a question out: no writer sees where its options stood in the file."""
_NO_RATIONALE = "–"
"""Placeholder for a rationale that the file lacks and an author still has to write."""


class ImportOptions(NamedTuple):
    """The user's choices for the questions of a file: one criterion for all or a table of criteria (`map`),
    levels and cognitive category.
    """

    pc: str | None = None
    map: Path | None = None
    levels: tuple[int, ...] = ()
    cognitive: str = "understand"
    columns: Path | None = None
    """The file that states what each column of a table contains."""


class ShownQuestion(NamedTuple):
    """A question for a person to check, named by the item that it became or by its name in the file."""

    name: str
    source: str
    stem: str
    options: tuple[tuple[str, str, bool], ...]
    warnings: tuple[str, ...]


class Taken(NamedTuple):
    """The result of an import: the content of the file, the items with their questions, and what was left
    out.

    Without a unit, the file was only read.
    """

    reading: QuestionFile
    unit: str | None = None
    items: tuple[tuple[Question, Item], ...] = ()
    aside: tuple[RefusedQuestion, ...] = ()
    files: tuple[Path, ...] = ()
    notices: tuple[Problem, ...] = ()
    written: bool = False

    @property
    def format(self) -> str:
        """The name of the format."""
        return self.reading.format

    @property
    def notes(self) -> Sequence[str]:
        """The remarks on the file as a whole."""
        return self.reading.notes

    @property
    def left(self) -> list[tuple[str, str, str]]:
        """The questions that are left out: name, place and reason of each."""
        return [(one.name, one.source, one.reason) for one in self.aside]

    @property
    def shown(self) -> list[ShownQuestion]:
        """The questions that are imported."""
        named = (
            [(question, item.id) for question, item in self.items]
            if self.unit
            else [(question, question.name or question.id) for question in self.reading.questions]
        )
        return [
            ShownQuestion(
                name,
                question.source,
                question.stem.plain,
                tuple(
                    (
                        LETTERS[place % len(LETTERS)],
                        choice.text.plain or " ".join(f"[{one.name}]" for one in choice.text.pictures),
                        choice.right,
                    )
                    for place, choice in enumerate(question.choices)
                ),
                question.warnings,
            )
            for question, name in named
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON output: the questions of the file, and with a unit the item that each became."""
        whole = self.reading.as_dict()
        if self.unit is None:
            return whole
        made = {id(question): item.id for question, item in self.items}
        for one, question in zip(whole["items"], self.reading.questions, strict=True):
            one["item"] = made.get(id(question))
        return {
            **whole,
            "set_aside": [one.as_dict() for one in self.aside],
            "unit": self.unit,
            "written": self.written,
            "files": [str(path) for path in self.files],
            "notices": [problem.as_dict() for problem in self.notices],
        }


def formats_read() -> list[tuple[str, str]]:
    """Return the formats of other programs that can be read, each with its title."""
    return [(one.name, one.title) for one in formats.FORMATS]


def is_foreign(path: Path, format: str | None) -> bool:
    """Return whether a file comes from another program rather than being the bank's workbook."""
    return format is not None or path.suffix.lower() not in WORKBOOKS


def read_questions(path: Path, format: str | None = None, columns: Path | None = None) -> Taken:
    """Read the questions of a file without importing them. Raises Refused if nothing in it can be read."""
    reading = _reading(path, format, columns)
    return Taken(reading, aside=tuple(reading.set_aside))


def _reading(path: Path, format: str | None, columns: Path | None) -> QuestionFile:
    if format == TABLE:
        return _with_uncompared(read_table(path, columns))
    if columns is not None:
        raise WrongUsage.because(
            "{columns} describes the columns of a table and needs {format} table",
            columns=option("columns", command="bank import"),
            format=option("format", command="bank import"),
        )
    return _with_uncompared(formats.read(read_input(path), path.name, format))


def _with_uncompared(reading: QuestionFile) -> QuestionFile:
    """Return the content of a file with a note on explanations of which nothing shows whether they agree with
    the key.
    """
    places = [one.name or one.source for one in reading.questions if one.doubt is None and is_uncompared(one)]
    if places:
        reading.notes.append(
            tell_n(
                "the explanations of {n} question could not be compared with its key. Read them: {places}",
                "the explanations of {n} questions could not be compared with their keys. "
                "Read them: {places}",
                len(places),
                places=named_first(places),
            )
        )
    return reading


@changes_bank
def import_questions(
    bank_folder: Path,
    path: Path,
    code: str,
    asked: ImportOptions,
    format: str | None = None,
    dry_run: bool = False,
    progress: Progress = quiet,
) -> Taken:
    """Import the questions of a file into a unit as drafts.

    The criterion of a question comes from the table in `asked`, from its tags, from the names of its folders
    (categories), or is the same for all; if any question has none, the file is refused. Questions that cannot
    be items (no key, one option, two equal options) and those already in the bank are left out and listed.
    """
    if path.is_file() and path.stat().st_size > MANY_BYTES:
        progress(tell("reading {name}", name=path.name))
    reading = _reading(path, format, asked.columns)
    shelf, folder = usable_unit(bank_folder, code), bank_folder / code
    if len(reading.questions) > MANY_ITEMS:
        progress(tell("comparing {n:,} questions with the bank", n=len(reading.questions)))
    left = [*reading.set_aside]
    usable: list[Question] = []
    shared = {one.id: f"{one.text}\n\n" for one in shelf.stimuli}
    known: dict[str, list[_Known]] = defaultdict(list)
    for item in shelf.items:
        for above in {"", shared.get(item.shared_stimulus or "", "")}:
            one = _Known(item.id, asked_question(above + item.stem, item.options, item.key))
            known[one.asked.stem].append(one)
    media_folder = folder / MEDIA_FOLDER
    in_bank = sorted(media_folder.iterdir(), reverse=True) if media_folder.is_dir() else []
    pictures = {
        sha256(read_input(one)): one.name for one in in_bank if _PLAIN.fullmatch(one.name) and one.is_file()
    }
    contradicted = _contradicted(reading.questions, pictures)
    for question in reading.questions:
        if reason := contradicted.get(id(question)) or _unusable(question, known, pictures):
            left.append(RefusedQuestion(question.source, question.kind, reason, question.name or question.id))
        else:
            usable.append(question)
    placed = list(zip(usable, _criteria(usable, shelf.unit, asked), strict=True))
    if unknown := sorted(set(asked.levels) - set(shelf.unit.levels)):
        raise WrongUsage.because(
            "{levels_option} {unknown} is not a level of {unit} ({levels})",
            unknown=listed(map(str, unknown)),
            unit=shelf.unit.code,
            levels=listed(map(str, shelf.unit.levels)) if shelf.unit.levels else tell("none"),
            levels_option=option("levels", command="bank import"),
        )
    if asked.cognitive not in COGNITIVE:
        name = asked.cognitive
        raise WrongUsage.because(
            "{cognitive} {name} is unknown. Choose one of {known}.",
            name=name,
            known=either(COGNITIVE),
            cognitive=option("cognitive", command="bank import"),
        )
    used = [*ids_named(folder, shelf), *(item.id for item in shelf.items)]
    origin = f"{path.name} ({reading.format})"
    while True:
        items, media = _drafts(placed, shelf.unit, asked, used, origin, pictures)
        texts, problems = _tried(bank_folder, code, items, media)
        by_id = {item.id: question for question, item in items}
        by_rules = errors_by_rules(bank_folder, code, texts, by_id)
        faults = {  # of what cannot be an item though it has a stem, options and a key
            id(by_id[problem.item]): tell("cannot become an item: {why}", why=problem.message)
            for problem in reversed([*problems, *(one for one in by_rules if one.code == _REFERS)])
            if problem.severity == "error" and problem.item in by_id
        }
        if not faults:
            break
        left += [
            RefusedQuestion(one.source, one.kind, faults[id(one)], one.name or one.id)
            for one, _ in items
            if id(one) in faults
        ]
        placed = [(one, pc) for one, pc in placed if id(one) not in faults]
    problems = [
        problem if problem.item not in by_id else problem._replace(source=by_id[problem.item].source)
        for problem in problems
        if problem.severity == "error" or problem.item in by_id
    ]
    if errors := [problem for problem in problems if problem.severity == "error"]:
        raise Refused(
            tell_n("{n} error; nothing was written", "{n} errors; nothing was written", len(errors)), errors
        )
    problems += [  # drafts all the same: a writer mends them here
        problem._replace(source=by_id[str(problem.item)].source, severity="warning") for problem in by_rules
    ]
    paths = {folder / ITEM_FOLDER / name: encoded(text, folder, name) for name, text in texts.items()}
    paths |= {media_folder / name: data for name, data in media.items()}
    if paths and not dry_run:
        write_files(paths, shared=True, within=bank_folder)
    return Taken(
        reading, code, tuple(items), tuple(left), tuple(paths), tuple(problems), bool(paths) and not dry_run
    )


def _drafts(
    placed: Sequence[tuple[Question, str]],
    unit: Unit,
    asked: ImportOptions,
    used: Sequence[str],
    origin: str,
    known: Mapping[str, str],
) -> tuple[list[tuple[Question, Item]], dict[str, bytes]]:
    """Return the questions as drafts, each with its criterion, and the pictures that the bank does not have
    yet, by their names there.
    """
    numbering = Numbering(used)
    items: list[tuple[Question, Item]] = []
    media: dict[str, bytes] = {}
    for question, pc in placed:
        name = numbering.next_id(pc)
        numbering.take(name)
        # an export of ours writes levels, the category of asking, the family and what decides as tags
        levels = {int(tag[6:]) for tag in question.tags if re.fullmatch(r"level-[1-8]", tag)}
        asks = [one for one in COGNITIVE if f"cognitive-{one}" in question.tags]
        asks += [one for one in COGNITIVE if one == asked.cognitive]
        options = {chr(ord("a") + n): one for n, one in enumerate(question.choices)}
        stem = _stem(question, media, known)
        item = Item(
            id=name,
            pcs=(pc,),
            levels=tuple(sorted(levels & set(unit.levels))) or asked.levels or tuple(unit.levels),
            cognitive=asks[0],
            stem=stem,
            options={letter: _held(one.text, media, known) for letter, one in options.items()},
            key=tuple(letter for letter, one in options.items() if one.right),
            rationale={
                letter: (_held(one.feedback, media, known) if one.feedback else "") or _NO_RATIONALE
                for letter, one in options.items()
            },
            reference=" · ".join(
                filter(None, (f"{origin}: {question.id}", question.source, question.reference))
            ),
            status="draft",
            family=_tagged(question, "family"),
            decided_by=next((one for one in DECIDED_BY if one == _tagged(question, "decided-by")), None),
            anchored=tuple(letter for letter, one in options.items() if one.fixed)
            if not all(one.fixed for one in question.choices)
            else (),
        )
        items.append((question, item))
    return items, media


def _tagged(question: Question, name: str) -> str | None:
    """Return the value of a tag of our exports, if the bank can hold it."""
    found = (re.fullmatch(rf"{name}-([^\s/\\,|.][^\s/\\,|]*)", tag) for tag in question.tags)
    return next((one[1] for one in found if one), None)


def _tried(
    bank_folder: Path, code: str, items: Sequence[tuple[Question, Item]], media: Mapping[str, bytes]
) -> tuple[dict[str, str], list[Problem]]:
    """Return the texts of the item files with the new items, and the problems that `bank check` finds in the
    unit with them.
    """
    new = [item_data(item) for _, item in items]
    texts = rewriting.rewrite(item_files(bank_folder / code), {}, new) if new else {}
    besides = {f"{MEDIA_FOLDER}/{name}": data for name, data in media.items()}
    return texts, checked_with(bank_folder, code, texts, besides)


class _Known(NamedTuple):
    """A question, named by its item or its place in the file."""

    name: str
    asked: AskedQuestion


def _as_known(question: Question, shown: dict[str, bytes], pictures: Mapping[str, str]) -> _Known:
    """Return what makes a question equal to others, with its place; its pictures are added to `shown`."""
    options = {place: _held(one.text, shown, pictures) for place, one in enumerate(question.choices)}
    stem = _stem(question, shown, pictures)
    return _Known(question.source, asked_question(stem, options, question.right))


def _contradicted(questions: Sequence[Question], pictures: Mapping[str, str]) -> dict[int, Message]:
    """Return, by `id()`, each question that the file repeats with another key, because nothing shows which
    key is right.
    """
    same: dict[str, list[tuple[Question, _Known]]] = defaultdict(list)
    for question in questions:
        if question.right and question.doubt is None:
            known = _as_known(question, {}, pictures)
            same[known.asked.stem].append((question, known))
    return {
        id(question): tell(
            "is in the file again with another key ({places}). Keep the right one.", places=listed(others)
        )
        for group in same.values()
        for question, known in group
        if (others := [other.name for _, other in group if known.asked.contradicts(other.asked)])
    }


def _unusable(
    question: Question, known: dict[str, list[_Known]], pictures: Mapping[str, str]
) -> Message | None:
    """Return the reason why a question cannot become an item. If it can, add it to `known` and return
    None.
    """
    shown: dict[str, bytes] = {}
    this = _as_known(question, shown, pictures)
    for one in question.choices:
        if one.feedback:
            _held(one.feedback, shown, pictures)
    if question.doubt is not None:
        return question.doubt
    if not question.right:
        return tell("has no key. Enter the right option in the file.")
    if (n := len(question.choices)) < 2:
        return tell("has fewer than two options")
    if n > len(LETTERS):
        return tell("has {n} options, but at most {most} can be printed", n=n, most=len(LETTERS))
    if not question.stem:
        return tell("has no stem")
    if blank := [place for place, one in enumerate(question.choices, 1) if not one.text.markdown.strip()]:
        return tell("has empty options ({places})", places=listed(map(str, blank)))
    if missing := [one.name for one in question.pictures if one.data is None]:
        return tell("shows pictures that are not in the file ({names})", names=listed(missing))
    if why := next((found for name, data in shown.items() if (found := fault_of_bytes(data, name))), None):
        return tell("shows a picture that cannot be printed: {why}", why=why)
    same = known[this.asked.stem]
    if opposed := next((one for one in same if this.asked.contradicts(one.asked)), None):
        return tell(
            "is already in the bank as {item} with another key. Decide which is right, and change the item "
            "if it is this one.",
            item=opposed.name,
        )
    if twin := next((one for one in same if this.asked.texts == one.asked.texts), None):
        return tell("is already in the bank as {item}", item=twin.name)
    same.append(this)
    return None


def _criteria(questions: Sequence[Question], unit: Unit, asked: ImportOptions) -> list[str]:
    """Return the criterion of each question. Raises Refused with every question that has none."""
    codes = [criterion.code for criterion in unit.criteria]
    if asked.pc is not None and asked.pc not in codes:
        raise WrongUsage.because(
            "{pc_option} {pc} is not a criterion of {unit} ({codes})",
            pc=asked.pc,
            unit=unit.code,
            codes=listed(codes),
            pc_option=option("pc", command="bank import"),
        )
    table: dict[str, str] = {}  # what a question says → its criterion
    if asked.map:
        text, _ = decoded(read_input(asked.map), asked.map.name)
        rows = list(csv.DictReader(io.StringIO(text)))
        if not rows or not {"what", "pc"} <= set(rows[0]):
            raise WrongUsage.because(
                "{map} {path} must have the columns `what` and `pc`",
                path=asked.map,
                map=option("map", command="bank import"),
            )
        unknown = [
            Problem(
                f"{asked.map.name}:{line}",
                "pc-unknown",
                tell("{pc} is not a criterion ({codes})", pc=pc, codes=listed(codes)),
            )
            for line, row in enumerate(rows, 2)
            if (pc := (row["pc"] or "").strip()) not in codes
        ]
        if unknown:
            raise Refused.because("{path} lists criteria that do not exist", unknown, path=asked.map.name)
        table = {_key(row["what"] or ""): row["pc"].strip() for row in rows}
    found, problems = [], []
    for question in questions:
        named = _named(question, table, codes)
        if len(named) > 1:
            message = tell("lists several criteria ({codes})", codes=listed(named))
            problems.append(Problem(question.source, "pc-several", message, question.id))
        elif not named and asked.pc is None:
            said = dict.fromkeys((*question.tags, *filter(None, [question.category])))
            message = (
                tell("contains no criterion of {unit}, only {said}", unit=unit.code, said=listed(said))
                if said
                else tell("contains no criterion of {unit}", unit=unit.code)
            )
            problems.append(Problem(question.source, "pc-unknown", message, question.id))
        found.append(named[0] if named else asked.pc or "")
    if problems:
        raise Refused(
            tell_n(
                "{n} question has no criterion; nothing was written",
                "{n} questions have no criterion; nothing was written",
                len(problems),
            ),
            problems,
            advice=[
                tell("one criterion for all questions: {pc}", pc=option("pc", "CODE", command="bank import")),
                tell(
                    "a criterion for each question, with its code in the name, a tag or "
                    "the category of the question"
                ),
                tell(
                    "or a file with the columns `what` and `pc` ({map})",
                    map=option("map", "FILE.csv", command="bank import"),
                ),
            ],
        )
    return found


def _named(question: Question, table: Mapping[str, str], codes: Sequence[str]) -> list[str]:
    """Return the criteria that a question names: by the table first, then by its tags, its name and its
    folder.
    """
    folders = [question.category or "", *(question.category or "").split("/")]
    words = [question.id, question.name, *question.tags, *folders]
    if mapped := [table[key] for word in words if (key := _key(word)) in table]:
        return mapped[:1]
    for said in (question.tags, (question.id, question.name), folders):
        found = [
            code
            for word in said
            for code in codes
            if re.search(rf"(?<![\w.]){re.escape(code)}(?![\w.]*\d)", word)
        ]
        if found:
            return list(dict.fromkeys(found))
    return []


def _key(word: str) -> str:
    return re.sub(r"\s+", " ", word).strip().casefold()


def _media_name(name: str, data: bytes) -> str:
    """Return a unique name for a picture, made from its name and its content."""
    path = PurePosixPath(name)
    stem = re.sub(r"[^A-Za-z0-9]+", "-", path.stem).strip("-")[:40] or "picture"
    kind = re.sub(r"[^a-z0-9]", "", path.suffix.lower())
    kind = kind or next((one for begin, one in _BEGINS.items() if data.startswith(begin)), "svg")
    return f"{stem}-{sha256(data)[:8]}.{kind}"


def _stem(question: Question, media: dict[str, bytes], known: Mapping[str, str]) -> str:
    """Return the text of an item above its options: the text shared with other questions, and the stem."""
    stem = _held(question.stem, media, known)
    return f"{_held(question.stimulus[1], media, known)}\n\n{stem}" if question.stimulus else stem


def _held(passage: Passage, media: dict[str, bytes], known: Mapping[str, str]) -> str:
    """Return a text with the names that its pictures have in the bank.

    Pictures in `known` are recognised by their content; the others get new names and are added to `media`.
    Pictures without data are left out. Two texts may use the same name for different pictures.
    """
    text = passage.markdown
    for one in passage.pictures:
        old = known.get(sha256(one.data)) if one.data is not None else ""
        new = _media_name(one.name, one.data) if old is None and one.data is not None else old or ""
        for shown in (f"](<{one.name}>)", f"]({one.name})"):
            text = text.replace(shown, f"]({new})")
        if old is None and one.data is not None:
            media[new] = one.data
    return re.sub(r" *!\[[^]]*\]\(\)", "", text).strip()
