"""Items of the bank into other programs' formats and back: to the character, to the byte."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from examgen.bank.whole_bank import load_bank
from examgen.core.models.item import Item
from examgen.core.problems import WrongUsage
from examgen.interchange import formats, markup
from examgen.interchange.exporting import WRITERS, export_questions
from examgen.interchange.importing import ImportOptions, import_questions
from tests.effort import some
from tests.samples import family_data, item_data, write_unit

FORMATS = sorted(WRITERS.keys() - {"word"})


def _exported(root: Path, folder: Path, unit: str, name: str) -> Path:
    path = folder / f"bank-{name}{WRITERS[name]}"
    export_questions(root / "item_bank", unit, path, name)
    return path


def _items(bank: Path, unit: str) -> Sequence[Item]:
    [shelf], _ = load_bank(bank, [unit])
    return sorted(shelf.items, key=lambda item: item.pc)


@pytest.mark.parametrize("name", some(FORMATS, 3))
def test_a_starter_bank_comes_back_to_the_character(root: Path, tmp_path: Path, name: str) -> None:
    unit = "DG-TWRT-007"
    path = _exported(root, tmp_path, unit, name)
    read = formats.read(path.read_bytes(), path.name)
    assert read.set_aside == []
    assert read.notes == []
    [shelf], _ = load_bank(root / "item_bank", [unit])
    shared = {one.id: one.text.strip() for one in shelf.stimuli}
    media = root / "item_bank" / unit / "media"
    for question, item in zip(read.questions, _items(root / "item_bank", unit), strict=True):
        whole = f"{shared[item.shared_stimulus]}\n\n{item.stem}" if item.shared_stimulus else item.stem
        held = {one.name: one.data for one in question.pictures}
        for picture in question.pictures:
            original = next(
                (one for one in media.iterdir() if name != "gift" and one.read_bytes() == picture.data), None
            )
            if original:
                whole = whole.replace(f"]({original.name})", f"]({picture.name})")
        assert question.stem.markdown == whole
        assert [one.text.markdown for one in question.choices] == list(item.options.values())
        assert {list(item.options)[place] for place in question.right} == set(item.key)
        assert [one.feedback.markdown if one.feedback else "" for one in question.choices] == [
            item.reasons[option] for option in item.options
        ]
        assert item.pc in question.tags
        assert name == "gift" or all(held.values())


@pytest.mark.parametrize("name", some(FORMATS, 3))
def test_what_comes_back_into_a_bank_are_the_items_under_new_ids(tmp_path: Path, name: str) -> None:
    code = write_unit(tmp_path / "item_bank", [*family_data(), item_data("E1.02", 1)]).name
    bank, other = tmp_path / "item_bank", tmp_path / "other" / "item_bank"
    path = _exported(tmp_path, tmp_path, code, name)
    write_unit(other)
    for one in (other / code / "items").glob("*.yaml"):
        one.write_text("[]\n", "utf-8")
    taken = import_questions(other, path, code, ImportOptions())
    assert not taken.aside

    def told(item: Item) -> dict[str, Any]:
        carried = ("pc", "levels", "cognitive", "options", "family", "decided_by")
        said = {field: getattr(item, field) for field in carried}
        return said | {"key": set(item.key), "reasons": item.reasons}

    assert [told(item) for item in _items(other, code)] == [
        told(item) | {"pc": item.pc} for item in _items(bank, code)
    ]


def test_the_same_items_are_the_same_bytes(root: Path, tmp_path: Path) -> None:
    one, two = (
        _exported(root, tmp_path / n, "DG-TWRT-007", "qti30") for n in "ab" if (tmp_path / n).mkdir() is None
    )
    assert one.read_bytes() == two.read_bytes()


def test_what_means_nothing_is_told(root: Path, tmp_path: Path) -> None:
    for path, name in (("x.doc", None), ("x.xml", "qti30"), ("x.zip", "word")):
        with pytest.raises(WrongUsage):
            export_questions(root / "item_bank", "DG-TWRT-007", tmp_path / path, name)
    (tmp_path / "x.xml").write_text("mine")
    with pytest.raises(WrongUsage):
        export_questions(root / "item_bank", "DG-TWRT-007", tmp_path / "x.xml")
    assert (tmp_path / "x.xml").read_text() == "mine"


def test_a_text_that_names_a_file_is_a_text(tmp_path: Path) -> None:
    secret = tmp_path / "a&b"
    secret.write_text("the key is B")
    assert markup.from_html(str(secret)).plain == str(secret)


def test_blanks_between_tags_are_kept_from_the_importer_of_moodle(tmp_path: Path) -> None:
    """It drops blanks that stand alone between escaped signs, so texts with signs are sections of CDATA."""
    folder = write_unit(tmp_path / "item_bank")
    file = sorted((folder / "items").glob("*.yaml"))[0]
    text = re.sub(
        r"(?m)^(\s*-?\s*)stem:.*$", r'\1stem: "**ก** *ข* ]]> & < ค?"', file.read_text("utf-8"), count=1
    )
    file.write_text(text, "utf-8")
    path = _exported(tmp_path, tmp_path, folder.name, "moodle-xml")
    assert not re.search(r"&[lg]t;\s+&[lg]t;", path.read_text("utf-8"))
    assert "**ก** *ข*" in formats.read(path.read_bytes(), path.name).questions[0].stem.markdown
