"""The files of a unit's items as texts: read, checked as they would be, written as they were."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from examgen.bank.editions import set_aside
from examgen.bank.loading import ITEM_FOLDER, across_units, load_unit
from examgen.bank.whole_bank import check_bank
from examgen.core.models.item import Item
from examgen.core.problems import Problem
from examgen.core.storage import read_input

SUFFIXES = (".yaml", ".yml")


def item_files(folder: Path) -> dict[str, str]:
    """The texts of the item files of a unit's folder, by name."""
    place = folder / ITEM_FOLDER
    paths = sorted(path for path in place.glob("*") if path.suffix in SUFFIXES)
    return {path.name: read_input(path).decode("utf-8-sig") for path in paths}


def encoded(text: str, folder: Path, name: str) -> bytes:
    """The bytes of a file, with the byte order mark that it had."""
    path = folder / ITEM_FOLDER / name
    marked = path.is_file() and read_input(path).startswith(b"\xef\xbb\xbf")
    return text.encode("utf-8-sig" if marked else "utf-8")


def item_data(item: Item) -> dict[str, Any]:
    """An item as its file has it."""
    data = item.model_dump(mode="json", exclude_defaults=True)
    return {**data, "key": data["key"][0] if len(item.key) == 1 else data["key"]}


def checked_with(
    bank_folder: Path, code: str, texts: Mapping[str, str], besides: Mapping[str, bytes] | None = None
) -> list[Problem]:
    """What `bank check` says of the structure of a unit as it would be with these texts of items, and with
    the files `besides`, by their paths in its folder."""
    instead = {name: text.encode() for name, text in texts.items()}
    if not besides:
        shelf, problems = load_unit(bank_folder / code, instead)
        return [*problems, *(across_units([shelf]) if shelf else []), *set_aside(bank_folder / code)]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / code
        shutil.copytree(bank_folder / code, folder)
        (folder / ITEM_FOLDER).mkdir(exist_ok=True)
        files = {**besides, **{f"{ITEM_FOLDER}/{name}": data for name, data in instead.items()}}
        for name, data in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
        return check_bank(Path(place), [code])[1]
