"""Files of items that a process keeps as it read them: what it says of a bank stays what a fresh one says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examgen.bank import loading
from examgen.bank.loading import ITEM_FOLDER, keep_item_files, load_unit
from examgen.bank.whole_bank import check_bank, checked_with, item_files
from examgen.core.resources import builtin
from examgen.core.yamlfile import parse
from tests.samples import item_data, write_unit

UNIT = "DG-TWRT-007"


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A process that keeps up to 100 kB of files."""
    monkeypatch.setattr(loading, "_kept", loading._KeptFiles())
    keep_item_files(100_000)
    yield loading._kept
    keep_item_files(0)


def paths(data: Any, at: tuple[int | str, ...] = ()) -> Iterator[tuple[int | str, ...]]:
    """Paths to every part of plain data, and to what is not there."""
    yield from (at, (*at, "nothing"), (*at, 99))
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, part in parts:
        yield from paths(part, (*at, step))


@pytest.mark.parametrize("name", ["items/DG401.01.yaml", "unit.yaml", "blueprints/standard.yaml"])
def test_a_document_that_is_kept_knows_every_line(name: str) -> None:
    document, _ = parse((builtin("item_bank") / UNIT / name).read_text("utf-8"), name)
    kept = document.to_keep()
    asked = list(paths(document.data))
    assert len(asked) > 60
    assert [kept.at(path) for path in asked] == [document.at(path) for path in asked]
    assert (kept.data, kept.root) == (None, None)


def test_what_is_kept_is_what_a_fresh_reading_says(tmp_path: Path, keeping: Any) -> None:
    folder = write_unit(tmp_path, [item_data("E1.01", n) for n in (1, 2)])
    file = folder / ITEM_FOLDER / "E1.01.yaml"
    text = file.read_text("utf-8")
    first = load_unit(folder)
    assert load_unit(folder)[0].items[0] is first[0].items[0]  # type: ignore[union-attr]
    file.write_text(text.replace("key: b", "key: z", 1), "utf-8")
    found = load_unit(folder)
    assert found[0] is None
    keep_item_files(0)
    assert load_unit(folder) == found
    file.write_text(text, "utf-8")
    assert load_unit(folder) == first


def test_no_more_is_kept_than_was_allowed(tmp_path: Path, keeping: Any) -> None:
    bank = tmp_path / "item_bank"
    shutil.copytree(builtin("item_bank") / UNIT, bank / UNIT)
    sizes = [len(text.encode()) for text in item_files(bank / UNIT).values()]
    assert sum(sizes) > 100_000
    for _ in range(2):
        load_unit(bank / UNIT)
        assert 0 < sum(len(data) for data, _ in keeping._files.values()) == keeping._n_bytes <= 100_000


def test_of_a_file_that_is_saved_again_and_again_one_reading_is_kept(tmp_path: Path, keeping: Any) -> None:
    folder = write_unit(tmp_path, [item_data("E1.01", n) for n in (1, 2)])
    file = folder / ITEM_FOLDER / "E1.01.yaml"
    text = file.read_text("utf-8")
    load_unit(folder)
    n_files = len(keeping._files)
    for n in range(5):
        file.write_text(f"{text}# {n}\n", "utf-8")
        load_unit(folder)
    assert len(keeping._files) == n_files
    assert keeping._n_bytes == sum(
        len(data) for data in map(Path.read_bytes, (folder / ITEM_FOLDER).iterdir())
    )


@pytest.mark.parametrize(
    ("name", "written", "instead"),
    [
        ("E1.01.yaml", "key: b", "key: z"),
        ("E1.01.yaml", "- id: E1.01-002", "- ids: E1.01-002"),
        ("E1.01.yaml", "enemies: []", "enemies: [E1.01-077]"),
        ("E2.01.yaml", "", "- id: E2.01-050\n"),
        ("E1.01.yaml", "", ""),
    ],
)
def test_a_unit_is_checked_with_other_texts_as_a_bank_that_has_them(
    tmp_path: Path, name: str, written: str, instead: str
) -> None:
    bank = tmp_path / "bank"
    folder = write_unit(bank, [item_data("E1.01", n, enemies=[]) for n in (1, 2)])
    (folder / ITEM_FOLDER / "E2.01.yaml").unlink(missing_ok=True)
    text = item_files(folder).get(name, "").replace(written, instead, 1)
    said = checked_with(bank, folder.name, {name: text})
    (folder / ITEM_FOLDER / name).write_text(text, "utf-8")
    assert said == check_bank(bank, [folder.name])[1]
