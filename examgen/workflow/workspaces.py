"""Workspaces: a folder with a bank, templates of its own, and output."""

from __future__ import annotations

import shutil
from pathlib import Path

from examgen.problems import WrongUsage
from examgen.resources import builtin
from examgen.storage import PRIVATE_FOLDER, new_folder


def init(folder: Path, empty: bool = False) -> Path:
    """A new workspace: the starter bank (or an empty one), and a folder for output."""
    if folder.is_dir() and any(folder.iterdir()):
        raise WrongUsage(f"{folder} is not empty: name a new folder")
    with new_folder(folder) as staged:
        (staged / "output").mkdir()
        if empty:
            (staged / "item_bank").mkdir()
        else:
            shutil.copytree(builtin("item_bank"), staged / "item_bank")
        (staged / "item_bank").chmod(PRIVATE_FOLDER)  # keys are in it
    return folder


def find_workspace(start: Path) -> Path:
    """The nearest folder, from `start` upwards, that holds an item bank; `start` where none does."""
    return next((place for place in (start, *start.parents) if (place / "item_bank").is_dir()), start)
