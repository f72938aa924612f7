"""The pictures in a unit's media folder: one by its name, and the checked addition of a new one."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from examgen.bank.loading import MEDIA_FOLDER
from examgen.bank.opened import OpenUnit
from examgen.bank.whole_bank import changes_bank
from examgen.core.files import read_input, same_but_for_case, sha256, write_file
from examgen.core.pictures import fault_of_bytes
from examgen.core.problems import Refused

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def picture_of(unit: OpenUnit, name: str) -> Path | None:
    """Return the file of a unit's media folder with this path within it; None if there is none."""
    place = unit.workspace / "item_bank" / unit.code / MEDIA_FOLDER
    found = {path.relative_to(place).as_posix(): path for path in place.rglob("*") if path.is_file()}
    path = found.get(name)
    return path if path and path.resolve().is_relative_to(place.resolve()) else None


def name_for(bank_folder: Path, code: str, name: str, data: bytes) -> str:
    """Return a file name for a picture that was put into an item: its own, or one made from its content if
    its own name is not valid or belongs to another picture.
    """
    name = PurePath(name.replace("\\", "/")).name
    if _NAME.fullmatch(name):  # others may be too long for a file
        path = bank_folder / code / MEDIA_FOLDER / name
        if not same_but_for_case(path) and (not path.is_file() or read_input(path) == data):
            return name
    return f"picture-{sha256(data)[:12]}{PurePath(name).suffix.lower()}"


@changes_bank
def add_picture(bank_folder: Path, code: str, name: str, data: bytes) -> Path:
    """Save a picture under its name.

    Raises Refused if it cannot be printed, if the name is not valid, or if another picture has the name,
    because items must show the pictures that they were approved with.
    """
    name = PurePath(name.replace("\\", "/")).name
    if not _NAME.fullmatch(name):
        raise Refused.because(
            "{name} is not a valid picture name. Use letters a–z, digits, - and _, and the file ending.",
            name=name,
        )
    if reason := fault_of_bytes(data, name):
        raise Refused(reason)
    path = bank_folder / code / MEDIA_FOLDER / name
    if twin := same_but_for_case(path):
        raise Refused.because(
            "{name} differs from the picture {twin} only in capital letters. Choose another name.",
            name=name,
            twin=twin,
        )
    if path.is_file():
        if read_input(path) == data:
            return path
        raise Refused.because("another picture is named {name}. Choose another name.", name=name)
    write_file(path, data, shared=True, within=bank_folder)
    return path
