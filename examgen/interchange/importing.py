"""Question files of other programs into the bank: read, given their criteria, written as drafts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from examgen.bank import rewriting
from examgen.bank.item_files import checked_with, encoded, item_data, item_files
from examgen.bank.loading import ITEM_FOLDER, MEDIA_FOLDER
from examgen.bank.spreadsheets import ids_named
from examgen.bank.whole_bank import changes_bank, load_bank
from examgen.bank.workbook.differences import Numbering
from examgen.core.files import MANY_BYTES, MANY_ITEMS, Progress, quiet
from examgen.core.models.base import COGNITIVE, Cognitive
from examgen.core.models.item import BankUnit, Item
from examgen.core.models.standard import Unit
from examgen.core.pictures import fault_of_bytes
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.storage import read_input, write_files
from examgen.core.text.characters import LETTERS
from examgen.core.words import Message, either, listed, tell
from examgen.interchange import formats
from examgen.interchange.question_tables import TABLE, read_table
from examgen.interchange.questions import Passage, Question, Reading, SetAside

WORKBOOKS = (".xlsx", ".xlsm", ".csv")
"""Files that are the bank's own workbook, or a table written like it."""


class Asked(NamedTuple):
    """What the user says of the questions of a file: the criteria of all, of some by a table (`map`), the
    levels that they suit and what they ask for."""

    pc: str | None = None
    map: Path | None = None
    levels: tuple[int, ...] = ()
    cognitive: str = "understand"
    columns: Path | None = None
    """Which column of a table is what."""


class Shown(NamedTuple):
    """A question as a person looks it over: by the item that it became, or as the file names it."""

    name: str
    source: str
    stem: str
    options: tuple[tuple[str, str, bool], ...]
    warnings: tuple[str, ...]


class Taken(NamedTuple):
    """What became of a file: the reading, the items with the question that each was, and what was left.

    Without a unit nothing was asked but what the file holds.
    """

    reading: Reading
    unit: str | None = None
    items: tuple[tuple[Question, Item], ...] = ()
    aside: tuple[SetAside, ...] = ()
    files: tuple[Path, ...] = ()
    notices: tuple[Problem, ...] = ()
    written: bool = False

    @property
    def format(self) -> str:
        """The name of the format."""
        return self.reading.format

    @property
    def notes(self) -> Sequence[str]:
        """What there is to say of the file as a whole."""
        return self.reading.notes

    @property
    def left(self) -> list[tuple[str, str, str]]:
        """What is not taken: its name, where it stands, why."""
        return [(one.name, one.source, one.reason) for one in self.aside]

    @property
    def shown(self) -> list[Shown]:
        """The questions that are taken."""
        named = (
            [(question, item.id) for question, item in self.items]
            if self.unit
            else [(question, question.name or question.id) for question in self.reading.questions]
        )
        return [
            Shown(
                name,
                one.source,
                one.stem.plain,
                tuple(
                    (LETTERS[place % len(LETTERS)], _words_of(choice.text), choice.right)
                    for place, choice in enumerate(one.choices)
                ),
                one.warnings,
            )
            for one, name in named
        ]

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints: the questions of the file; with a unit the item that each became."""
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


def _words_of(text: Passage) -> str:
    """The words of an option; the names of its pictures in brackets where it has none."""
    return text.plain or " ".join(f"[{one.name}]" for one in text.pictures)


def formats_read() -> list[tuple[str, str]]:
    """The formats of other programs that are read: name, and what it is called."""
    return [(one.name, one.title) for one in formats.FORMATS]


def is_foreign(path: Path, format: str | None) -> bool:
    """Whether a file is of another program, and not the bank's workbook."""
    return format is not None or path.suffix.lower() not in WORKBOOKS


def read_questions(path: Path, format: str | None = None, columns: Path | None = None) -> Taken:
    """The questions of a file, nothing else asked. Raises Refused where nothing can be read of it."""
    reading = _reading(path, format, columns)
    return Taken(reading, aside=tuple(reading.set_aside))


def _reading(path: Path, format: str | None, columns: Path | None) -> Reading:
    if format == TABLE:
        return read_table(path, columns)
    if columns is not None:
        raise WrongUsage(tell("--columns says what the columns of a table are: name --format table"))
    return formats.read(read_input(path), path.name, format)


@changes_bank
def import_questions(
    bank_folder: Path,
    path: Path,
    code: str,
    asked: Asked,
    format: str | None = None,
    dry_run: bool = False,
    progress: Progress = quiet,
) -> Taken:
    """The questions of a file as drafts of a unit: all that can be items.

    Criteria are found by the table of `asked`, by tags, by the names of folders (categories), or are the one
    for all; questions without are refused together. What cannot be an item (no key, one option, two options
    that read the same) is left, and so is what the bank has already; both are named.
    """
    if path.is_file() and path.stat().st_size > MANY_BYTES:
        progress(tell("reading {name}", name=path.name))
    reading = _reading(path, format, asked.columns)
    shelves, problems = load_bank(bank_folder, [code])
    if not shelves:
        raise Refused(tell("{code} has faults: mend them first", code=code), problems)
    shelf, folder = shelves[0], bank_folder / code
    if len(reading.questions) > MANY_ITEMS:
        progress(tell("comparing {n:,} questions with the bank", n=len(reading.questions)))
    left = [*reading.set_aside]
    usable: list[Question] = []
    shared = {one.id: f"{one.text}\n\n" for one in shelf.stimuli}
    known = {
        _likeness(above + item.stem, item.options.values()): item.id
        for item in shelf.items
        for above in {"", shared.get(item.shared_stimulus or "", "")}
    }
    pictures = _pictures_of(folder / MEDIA_FOLDER)
    for question in reading.questions:
        if reason := _unusable(question, known, pictures):
            left.append(reason)
        else:
            usable.append(question)
    criteria = _criteria(usable, shelf.unit, asked)
    placed = list(zip(usable, criteria, strict=True))
    drafts = _Drafts(shelf, folder, asked, path.name, reading.format, pictures)
    items, media = drafts.of(placed)
    texts, problems = _tried(bank_folder, code, items, media)
    if faults := _faults(problems, items):
        left += [
            SetAside(one.source, one.kind, faults[item.id], one.name or one.id)
            for one, item in items
            if item.id in faults
        ]
        faulty = {id(one) for one, item in items if item.id in faults}
        items, media = drafts.of([(one, pc) for one, pc in placed if id(one) not in faulty])
        texts, problems = _tried(bank_folder, code, items, media)
    new = {item.id: question for question, item in items}
    problems = [
        problem if problem.item not in new else problem._replace(source=new[problem.item].source)
        for problem in problems
        if problem.severity == "error" or problem.item in new
    ]
    if errors := [problem for problem in problems if problem.severity == "error"]:
        raise Refused(tell("{n} fault(s), nothing was written", n=len(errors)), errors)
    paths = {folder / ITEM_FOLDER / name: encoded(text, folder, name) for name, text in texts.items()}
    paths |= {folder / MEDIA_FOLDER / name: data for name, data in media.items()}
    if paths and not dry_run:
        write_files(paths, shared=True, within=bank_folder)
    return Taken(
        reading, code, tuple(items), tuple(left), tuple(paths), tuple(problems), bool(paths) and not dry_run
    )


class _Drafts:
    """What is the same of all questions of a file as they become items."""

    def __init__(
        self,
        shelf: BankUnit,
        folder: Path,
        asked: Asked,
        file: str,
        format: str,
        known: Mapping[str, str],
    ) -> None:
        self.unit = shelf.unit
        self.levels, self.cognitive = _levels(shelf.unit, asked), _cognitive(asked)
        self.used = [*ids_named(folder, shelf), *(item.id for item in shelf.items)]
        self.file, self.format, self.known = file, format, known

    def of(
        self, placed: Sequence[tuple[Question, str]]
    ) -> tuple[list[tuple[Question, Item]], dict[str, bytes]]:
        """The items of these questions, each with its criterion, and the pictures that the bank lacks."""
        numbering = Numbering(self.used)
        items: list[tuple[Question, Item]] = []
        media: dict[str, bytes] = {}
        for question, pc in placed:
            name = numbering.next_id(pc)
            numbering.take(name)
            levels = _own_levels(question, self.unit) or self.levels
            asks = (
                next((one for one in COGNITIVE if f"cognitive-{one}" in question.tags), None)
                or self.cognitive
            )
            item, pictures = _item(question, name, pc, levels, asks, self.file, self.format, self.known)
            media |= pictures
            items.append((question, item))
        return items, media


def _pictures_of(folder: Path) -> dict[str, str]:
    """The pictures of the bank: what each shows, by its hash, and its name."""
    if not folder.is_dir():
        return {}
    paths = sorted(
        (one for one in folder.iterdir() if _PLAIN.fullmatch(one.name) and one.is_file()), reverse=True
    )
    return {_digest(read_input(one)): one.name for one in paths}


_PLAIN = re.compile(r"[\w.-]+")
"""Names of pictures that Markdown takes as they are."""


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _tried(
    bank_folder: Path, code: str, items: Sequence[tuple[Question, Item]], media: Mapping[str, bytes]
) -> tuple[dict[str, str], list[Problem]]:
    """The texts of the item files with the new items, and what `bank check` says of the unit with them."""
    new = [item_data(item) for _, item in items]
    texts = rewriting.rewrite(item_files(bank_folder / code), {}, new) if new else {}
    besides = {f"{MEDIA_FOLDER}/{name}": data for name, data in media.items()}
    return texts, checked_with(bank_folder, code, texts, besides)


def _faults(problems: Sequence[Problem], items: Sequence[tuple[Question, Item]]) -> dict[str, Message]:
    """Why a question cannot be an item though it has a stem, options and a key: by the id it was given."""
    new = {item.id for _, item in items}
    return {
        problem.item: tell("cannot be an item: {why}", why=problem.message)
        for problem in reversed(problems)
        if problem.severity == "error" and problem.item in new and problem.item is not None
    }


def _likeness(stem: str, options: Any) -> tuple[str, ...]:
    """What makes two questions the same: stem and options, however they are ordered and spaced."""
    return tuple(re.sub(r"\s+", "", text) for text in (stem, *sorted(options)))


def _unusable(
    question: Question, known: dict[tuple[str, ...], str], pictures: Mapping[str, str]
) -> SetAside | None:
    """Why a question cannot be an item; one that can is known from then on."""
    shown: dict[str, bytes] = {}
    options = [_held(one.text, shown, pictures) for one in question.choices]
    likeness = _likeness(_stem(question, shown, pictures), options)
    for one in question.choices:
        if one.feedback:
            _held(one.feedback, shown, pictures)
    blank = [place for place, one in enumerate(question.choices, 1) if not one.text.markdown.strip()]
    reason = None
    if question.doubt is not None:
        reason = question.doubt
    elif not question.right:
        reason = tell("has no key: say in the file which option is right")
    elif len(question.choices) < 2:
        reason = tell("has fewer than two options")
    elif len(question.choices) > len(LETTERS):
        reason = tell(
            "has {n} options, {most} at most are printed", n=len(question.choices), most=len(LETTERS)
        )
    elif not question.stem:
        reason = tell("has no stem")
    elif blank:
        reason = tell("has options that say nothing: {places}", places=listed(map(str, blank)))
    elif missing := [one.name for one in question.pictures if one.data is None]:
        reason = tell("shows pictures that the file does not hold: {names}", names=listed(missing))
    elif why := next((found for name, data in shown.items() if (found := fault_of_bytes(data, name))), None):
        reason = tell("shows a picture that cannot be printed: {why}", why=why)
    elif likeness in known:
        reason = tell("is in the bank already: {item}", item=known[likeness])
    if reason is not None:
        return SetAside(question.source, question.kind, reason, question.name or question.id)
    known[likeness] = question.source
    return None


def _criteria(questions: Sequence[Question], unit: Unit, asked: Asked) -> list[str]:
    """The criterion of each question. Raises Refused with every question that has none."""
    codes = [criterion.code for criterion in unit.criteria]
    if asked.pc is not None and asked.pc not in codes:
        raise WrongUsage(
            tell(
                "--pc {pc} is not a criterion of {unit}: {codes}",
                pc=asked.pc,
                unit=unit.code,
                codes=listed(codes),
            )
        )
    table = _table(asked.map, codes) if asked.map else {}
    found, problems = [], []
    for question in questions:
        named = _named(question, table, codes)
        if len(named) > 1:
            message = tell("names several criteria: {codes}", codes=listed(named))
            problems.append(Problem(question.source, "pc-several", message, question.id))
        elif not named and asked.pc is None:
            said = dict.fromkeys((*question.tags, *filter(None, [question.category])))
            message = (
                tell("names no criterion of {unit} (it says {said})", unit=unit.code, said=listed(said))
                if said
                else tell("names no criterion of {unit}", unit=unit.code)
            )
            problems.append(Problem(question.source, "pc-unknown", message, question.id))
        found.append(named[0] if named else asked.pc or "")
    if problems:
        raise Refused(
            tell("{n} question(s) cannot be given a criterion, nothing was written", n=len(problems)),
            problems,
            advice=[
                tell("--pc CODE gives all questions one criterion"),
                tell("--map FILE.csv says it by name, tag or category: columns `what` and `pc`"),
            ],
        )
    return found


def _named(question: Question, table: Mapping[str, str], codes: Sequence[str]) -> list[str]:
    """The criteria that a question names: by the table first, then by its tags, its own name, its folder."""
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


def _table(path: Path, codes: Sequence[str]) -> dict[str, str]:
    """The table of `--map`: what a question says → its criterion."""
    import csv
    import io

    from examgen.core.foreign import decoded

    text, _ = decoded(read_input(path), path.name)
    rows = list(csv.DictReader(io.StringIO(text)))
    if not rows or not {"what", "pc"} <= set(rows[0]):
        raise WrongUsage(tell("--map {path} must have the columns `what` and `pc`", path=path))
    unknown = [
        Problem(
            f"{path.name}:{line}",
            "pc-unknown",
            tell("{pc} is not a criterion: {codes}", pc=pc, codes=listed(codes)),
        )
        for line, row in enumerate(rows, 2)
        if (pc := (row["pc"] or "").strip()) not in codes
    ]
    if unknown:
        raise Refused(tell("{path} names criteria that are not there", path=path.name), unknown)
    return {_key(row["what"] or ""): row["pc"].strip() for row in rows}


def _levels(unit: Unit, asked: Asked) -> tuple[int, ...]:
    if unknown := sorted(set(asked.levels) - set(unit.levels)):
        raise WrongUsage(
            tell(
                "--levels {unknown} is not stated by {unit}: {levels}",
                unknown=listed(map(str, unknown)),
                unit=unit.code,
                levels=listed(map(str, unit.levels)) if unit.levels else tell("none"),
            )
        )
    return asked.levels or tuple(unit.levels)


def _cognitive(asked: Asked) -> Cognitive:
    for one in COGNITIVE:
        if one == asked.cognitive:
            return one
    raise WrongUsage(
        tell("--cognitive {name} is not known: write {known}", name=asked.cognitive, known=either(COGNITIVE))
    )


def _own_levels(question: Question, unit: Unit) -> tuple[int, ...]:
    """The levels that its tags name, as an export of ours writes them: `level-3`."""
    named = {int(tag[6:]) for tag in question.tags if re.fullmatch(r"level-[1-8]", tag)}
    return tuple(sorted(named & set(unit.levels)))


def _item(
    question: Question,
    name: str,
    pc: str,
    levels: tuple[int, ...],
    cognitive: Cognitive,
    file: str,
    format: str,
    known: Mapping[str, str],
) -> tuple[Item, dict[str, bytes]]:
    """A question as a draft, and the pictures that it shows and the bank has not, by their names there."""
    letters = [chr(ord("a") + place) for place in range(len(question.choices))]
    keys = tuple(letters[place] for place in question.right)
    media: dict[str, bytes] = {}
    stem = _stem(question, media, known)
    return (
        Item(
            id=name,
            pcs=(pc,),
            levels=levels,
            cognitive=cognitive,
            stem=stem,
            options={
                letter: _held(one.text, media, known)
                for letter, one in zip(letters, question.choices, strict=True)
            },
            key=keys,
            rationale={
                letter: (_held(one.feedback, media, known) if one.feedback else "") or _NO_RATIONALE
                for letter, one in zip(letters, question.choices, strict=True)
            },
            reference=" · ".join(
                filter(None, (f"{file} ({format}): {question.id}", question.source, question.reference))
            ),
            status="draft",
            anchored=tuple(letter for letter, one in zip(letters, question.choices, strict=True) if one.fixed)
            if not all(one.fixed for one in question.choices)
            else (),
        ),
        media,
    )


_NO_RATIONALE = "–"
"""What stands for a rationale that the file does not have: one that a writer still owes."""


def _media_name(name: str, data: bytes) -> str:
    """A name for a picture that no other picture has: of its own name, and of what it shows."""
    path = PurePosixPath(name)
    stem = re.sub(r"[^A-Za-z0-9]+", "-", path.stem).strip("-")[:40] or "picture"
    kind = re.sub(r"[^a-z0-9]", "", path.suffix.lower()) or _kind(data)
    return f"{stem}-{hashlib.sha256(data).hexdigest()[:8]}.{kind}"


def _kind(data: bytes) -> str:
    for start, kind in ((b"\x89PNG", "png"), (b"\xff\xd8", "jpg"), (b"GIF8", "gif"), (b"RIFF", "webp")):
        if data.startswith(start):
            return kind
    return "svg"


def _stem(question: Question, media: dict[str, bytes], known: Mapping[str, str]) -> str:
    """What an item shows above its options: the text that the question shares with others, and its stem."""
    stem = _held(question.stem, media, known)
    return f"{_held(question.stimulus[1], media, known)}\n\n{stem}" if question.stimulus else stem


def _held(passage: Passage, media: dict[str, bytes], known: Mapping[str, str]) -> str:
    """A text with its pictures by their names in the bank: those of `known` by what they show, the others by
    new names, which `media` is given. Those that the file does not hold are left out. Two texts may mean two
    pictures by one name."""
    text = passage.markdown
    for one in passage.pictures:
        old = known.get(_digest(one.data)) if one.data is not None else ""
        new = _media_name(one.name, one.data) if old is None and one.data is not None else old or ""
        for shown in (f"](<{one.name}>)", f"]({one.name})"):
            text = text.replace(shown, f"]({new})")
        if old is None and one.data is not None:
            media[new] = one.data
    return re.sub(r" *!\[[^]]*\]\(\)", "", text).strip()
