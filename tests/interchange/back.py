"""A starter bank through a format and back: what is not as it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from examgen.bank.whole_bank import load_bank
from examgen.core.models.item import Item
from examgen.interchange import formats
from examgen.interchange.exporting import WRITERS, export_questions
from examgen.interchange.questions import Question


def differences(bank: Path, unit: str, format: str, folder: Path) -> list[tuple[str, Any, Any]]:
    """Item ids with what came back and what was sent, where the two differ; notes and questions set aside."""
    path = folder / f"{unit}{WRITERS[format]}"
    export_questions(bank, unit, path, format)
    read = formats.read(path.read_bytes(), path.name)
    [shelf], _ = load_bank(bank, [unit])
    items = sorted((one for one in shelf.items if one.status != "retired"), key=lambda item: item.pc)
    stimuli = {one.id: one.text.strip() for one in shelf.stimuli}
    media = {one.read_bytes(): one.name for one in (bank / unit / "media").iterdir()}
    found: list[tuple[str, Any, Any]] = [("", one, None) for one in (*read.set_aside, *read.notes)]
    assert len(read.questions) == len(items)
    for question, item in zip(read.questions, items, strict=True):
        came, sent = _of_question(question, media), _of_item(item, stimuli)
        if came != sent:
            found.append((item.id, came, sent))
    return found


def _of_question(question: Question, media: Mapping[bytes, str]) -> tuple[Any, ...]:
    def named(text: str) -> str:
        for one in question.pictures:
            text = text.replace(f"]({one.name})", f"]({media.get(one.data or b'')})")
        return text

    return (
        named(question.stem.markdown),
        [named(one.text.markdown) for one in question.choices],
        question.right,
        [one.feedback.markdown if one.feedback else "" for one in question.choices],
        set(question.tags),
        question.warnings,
    )


def _of_item(item: Item, stimuli: Mapping[str, str]) -> tuple[Any, ...]:
    stem = f"{stimuli[item.shared_stimulus]}\n\n{item.stem}" if item.shared_stimulus else item.stem
    return (
        stem,
        list(item.options.values()),
        tuple(n for n, name in enumerate(item.options) if name in item.key),
        [item.rationale[name] for name in item.options],
        {*item.pcs, *(f"level-{one}" for one in item.levels), f"cognitive-{item.cognitive}"},
        (),
    )
