"""Exports the items of a unit to a question file for another program."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from examgen.bank.loading import MEDIA_FOLDER
from examgen.bank.whole_bank import usable_unit
from examgen.core.files import MANY_ITEMS, Progress, quiet, read_input, write_file
from examgen.core.models.item import Item
from examgen.core.pictures import find
from examgen.core.problems import WrongUsage
from examgen.core.text.markdown import images
from examgen.core.words import Message, either, option, tell, tell_n
from examgen.interchange import gift, moodle_xml, qti_writing, word_writing
from examgen.interchange.writing import WrittenItem


class QuestionExport(NamedTuple):
    """The result of an export: the format, the number of items, and what could not be exported."""

    format: str
    n: int
    left: tuple[Message, ...]


WRITERS: Mapping[str, str] = {
    "moodle-xml": ".xml",
    "gift": ".gift",
    "word": ".docx",
    "qti22": ".zip",
    "qti30": ".zip",
}
"""The formats that can be written, with the suffix of their files."""


def export_questions(
    bank_folder: Path,
    code: str,
    path: Path,
    format: str | None = None,
    replace: bool = False,
    progress: Progress = quiet,
) -> QuestionExport:
    """Write a unit's items, except retired ones, for another program; without a format, the suffix of the
    file decides.

    Raises WrongUsage if neither gives a known format.
    """
    ends = path.suffix.lower()
    found = format or next((name for name, suffix in reversed(tuple(WRITERS.items())) if suffix == ends), "")
    if found not in WRITERS:
        known = either(WRITERS)
        raise WrongUsage(
            tell(
                "{format} {name} cannot be written. Choose one of {known}.",
                name=found,
                known=known,
                format=option("format"),
            )
            if found
            else tell(
                "{path} cannot be written. Name a workbook (.xlsx), or choose one of {known} with {format}.",
                path=path,
                known=known,
                format=option("format"),
            )
        )
    if WRITERS[found] != ends:
        raise WrongUsage.because("{path} must end in {suffix}", path=path, suffix=WRITERS[found])
    if path.exists() and not replace:
        raise WrongUsage.because(
            "{path} already exists. Choose another name or add {replace}.",
            path=path,
            replace=option("replace"),
        )
    shelf = usable_unit(bank_folder, code)
    stimuli = {one.id: one.text for one in shelf.stimuli}
    sent = [
        with_pictures(
            item.model_copy(update={"rationale": item.reasons}), stimuli, bank_folder / code / MEDIA_FOLDER
        )
        for item in sorted(shelf.items, key=lambda one: one.pc)
        if item.status != "retired"
    ]
    if len(sent) > MANY_ITEMS:
        progress(tell("writing {n:,} items", n=len(sent)))
    if found == "word":
        said = {one.code: one.text for one in shelf.unit.criteria}
        data = word_writing.write(sent, " ".join(filter(None, (code, shelf.unit.title))), said)
    elif found == "moodle-xml":
        data = moodle_xml.write(sent, code)
    elif found == "gift":
        data = gift.write(sent, code)
    else:
        data = qti_writing.write(sent, code, "qti22" if found == "qti22" else "qti30")
    write_file(path, data)
    # what of the items the format has no place for
    left = []
    if found == "gift" and (n := sum(bool(one.pictures) for one in sent)):
        left.append(
            tell_n(
                "GIFT cannot contain pictures, but {n} item has some",
                "GIFT cannot contain pictures, but {n} items have some",
                n,
            )
        )
    fixed = sum(bool(one.item.anchored) for one in sent)
    if fixed and found == "moodle-xml":
        left.append(
            tell_n(
                "{n} item has options with fixed positions, so none of its options are shuffled there",
                "{n} items have options with fixed positions, so none of their options are shuffled there",
                fixed,
            )
        )
    if fixed and found == "gift":
        left.append(
            tell_n(
                "{n} item has options with fixed positions, which GIFT does not support",
                "{n} items have options with fixed positions, which GIFT does not support",
                fixed,
            )
        )
    if found.startswith("qti") or any(one.item.enemies or one.item.time_s for one in sent):
        left.append(tell("enemies, times, waivers, statuses and reviews are not exported"))
    return QuestionExport(found, len(sent), tuple(left))


def with_pictures(item: Item, stimuli: Mapping[str, str], media: Path) -> WrittenItem:
    """Return an item with its shared text, and with the pictures of both from their folder."""
    shared = (item.shared_stimulus, stimuli[item.shared_stimulus]) if item.shared_stimulus else None
    texts = [("stem", item.stem), *((f"options.{name}", text) for name, text in item.options.items())]
    texts += [("stimulus", shared[1])] if shared else []
    names = sorted({one.name for field, text in texts for one in images(text, field)})
    held = {name: find(name, [media]) for name in names}
    pictures = {name: read_input(place) for name, place in held.items() if place is not None}
    return WrittenItem(item, shared, pictures)
