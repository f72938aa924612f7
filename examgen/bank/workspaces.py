"""Commands on workspaces (a folder with a bank, templates and output) and on templates, which are copied into
a workspace to be changed there.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from examgen.bank import settings
from examgen.bank.settings import SiteSettings
from examgen.core.files import PRIVATE_FOLDER, new_folder, read_input, write_files
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.resources import builtin
from examgen.core.words import command, option, tell
from examgen.core.yamlfile import suggestion


def init(folder: Path, empty: bool = False) -> Path:
    """Create a workspace with the starter bank (or an empty one) and a folder for output."""
    if folder.is_dir() and any(folder.iterdir()):
        raise WrongUsage.because("{folder} is not empty. Choose a new folder.", folder=folder)
    if folder.is_dir():  # filled, not replaced: whoever made it and went into it still stands there
        with new_folder(folder / "item_bank") as bank:
            _fill(bank, empty)
        (folder / "output").mkdir(exist_ok=True)
        return folder
    with new_folder(folder) as staged:
        (staged / "output").mkdir()
        (staged / "item_bank").mkdir()
        _fill(staged / "item_bank", empty)
    return folder


def _fill(bank: Path, empty: bool) -> None:
    if not empty:
        shutil.copytree(builtin("item_bank"), bank, dirs_exist_ok=True)
    bank.chmod(PRIVATE_FOLDER)  # keys are in it


def site_settings(workspace: Path) -> SiteSettings:
    """Return the site's settings of `examgen.yaml`. Raises Refused with the faults of that file."""
    return settings.site_settings(workspace)


def find_workspace(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, that contains an item bank; `start` if none does."""
    return next((place for place in (start, *start.parents) if (place / "item_bank").is_dir()), start)


FOLDER = "templates"
_ENDINGS = (".html", ".css", ".po", ".txt")


def names() -> tuple[str, ...]:
    """Return the built-in templates by their paths in `templates/`, without the fonts."""
    folder = builtin(FOLDER)
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.suffix in _ENDINGS)
    return tuple(sorted(path.as_posix() for path in files if path.parts[0] != "fonts"))


def templates(workspace: Path) -> tuple[tuple[str, Path | None], ...]:
    """Return every built-in template by name, with the file of the workspace that replaces it, if any."""
    folder, ours = workspace / FOLDER, builtin(FOLDER)
    is_ours = folder.resolve() == ours.resolve()
    return tuple(
        (name, folder / name if not is_ours and (folder / name).is_file() else None) for name in names()
    )


def eject(chosen: Sequence[str], into: Path, replace: bool) -> tuple[Path, ...]:
    """Copy the named templates, or all. Raises Refused if that would replace a file and `replace` is
    not set.
    """
    known = names()
    unknown = [
        Problem(
            name,
            "template-unknown",
            tell("there is no such template{suggestion}", suggestion=suggestion(name, known)),
        )
        for name in dict.fromkeys(chosen)
        if name not in known
    ]
    if unknown:
        raise Refused.because(
            "no such template. List them with {command}.", unknown, command=command("templates list")
        )
    wanted = {into / name: builtin(FOLDER) / name for name in dict.fromkeys(chosen or known)}
    there = [
        Problem(
            str(path),
            "file-exists",
            tell("already exists. Keep it, or replace it with {replace}.", replace=option("replace")),
        )
        for path in wanted
        if path.exists()
    ]
    if there and not replace:
        raise Refused.because("nothing was copied, because some templates already exist", there)
    write_files({path: read_input(source) for path, source in wanted.items()}, shared=True)
    return tuple(wanted)
