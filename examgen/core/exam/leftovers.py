"""What a printing that was killed left in a package, and how the package is put right again.

A printing is prepared in a folder `.printing-*` of the package and then put in place by renames alone:

    .moves.json written     from here on the printing may have to be undone
    old files → .old/       of those that the last printing wrote
    new files → package
    exam.yaml → package     the last rename: with it the new printing stands, before it the old one does

Whichever rename was the last, each file is in one of two places that its name tells. A printing under way
holds a lock on `.lock`, which ends with its process.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import IO

from examgen.core.changes import changing, settle
from examgen.core.disk import is_free, keep, lock
from examgen.core.exam.digests import digest_key_of, listed_digest
from examgen.core.exam.names import MANIFEST, PAPERS, SECURE, STAGED, check_inside
from examgen.core.problems import Problem, Refused
from examgen.core.storage import json_bytes, read_input, write_file
from examgen.core.words import command, tell
from examgen.core.work_folders import TMP, left

OLD = ".old"
MOVES = ".moves.json"
LOCK = ".lock"


class Left(Enum):
    """What a folder `.printing-*` is."""

    UNDER_WAY = "under way"
    """Of a printing that still runs."""
    HALF_MOVED = "half moved"
    """Old and new files stand side by side: what was there before is to be put back."""
    UNTOLD = "untold"
    """Old files without a record of the moves: of an examgen that kept none."""
    SPENT = "spent"
    """Nothing in it is needed."""


def leftovers(folder: Path) -> Iterator[tuple[Path, Left]]:
    """The folders of printings in a package, and what each is."""
    for staged in sorted(folder.glob(f"{STAGED}*")):
        if not staged.is_dir() or staged.is_symlink():
            continue
        if (staged / LOCK).exists() and not is_free(staged / LOCK):
            yield staged, Left.UNDER_WAY
        elif (staged / MOVES).is_file():
            yield staged, Left.HALF_MOVED if (staged / MANIFEST).exists() else Left.SPENT
        else:
            has_old = any(path.is_file() for path in (staged / OLD).rglob("*"))
            yield staged, Left.UNTOLD if has_old else Left.SPENT


def leftover_problems(folder: Path) -> Iterator[Problem]:
    """What `verify` says of them."""
    said = {
        Left.UNDER_WAY: tell("belongs to printing in progress. Wait until it finishes."),
        Left.HALF_MOVED: tell(
            "contains what was printed before. {command} restores it, then prints.", command=command("render")
        ),
        Left.UNTOLD: tell(
            "was left by interrupted printing. Missing files are in its {old}/. Move them "
            "back, then remove it.",
            old=OLD,
        ),
        Left.SPENT: tell(
            "was left by interrupted printing and contains nothing that is needed. Remove "
            "it, or print again, which removes it."
        ),
    }
    for staged, what in leftovers(folder):
        yield Problem(staged.name, "printing-left", said[what])
    for work in left_below(folder.resolve().parent, folder):
        message = tell(
            "was left by an interrupted command and may contain copies of keys. The next "
            "command that writes there removes it, or remove it yourself."
        )
        yield Problem(str(work), "left-behind", message)


def left_below(*folders: Path) -> list[Path]:
    """What killed commands left in the first folder, and anywhere in the others."""
    first, *others = folders
    places = [first, *(tmp.parent for folder in others for tmp in sorted(folder.rglob(TMP)))]
    return [work.place for place in places for work in left(place)]


def check_moved(folder: Path) -> None:
    """Refuses a package whose files are half those of a printing that broke off or is under way."""
    for staged, what in leftovers(folder):
        if what is Left.UNDER_WAY and (staged / MOVES).is_file() and (staged / MANIFEST).exists():
            raise Refused(tell("{folder} is being printed. Wait until that finishes.", folder=folder))
        if what is Left.HALF_MOVED:
            raise Refused(
                tell(
                    "{folder}: printing was interrupted while its files were put in place. "
                    "Nothing is lost. {command} first restores what was printed before.",
                    folder=folder,
                    command=command("render", str(folder)),
                )
            )


def mend(folder: Path) -> None:
    """Puts a package right after printings that were killed, and removes what they left.

    Raises Refused where another one is under way, or where files that should be put back are gone.
    """
    settle(folder.resolve().parent)
    for staged, what in leftovers(folder) if (folder / MANIFEST).is_file() else ():
        if what is Left.UNDER_WAY:
            raise Refused(
                tell(
                    "{folder} is being printed by another examgen command. Wait until it finishes.",
                    folder=folder,
                )
            )
        if what is not Left.UNTOLD:
            complete_moves(folder, staged)


def tidy(folder: Path) -> None:
    """The same at once for who knows that a command was killed, with all that it prepared in the package and
    beside it; nothing where another one is at work."""
    with suppress(Refused, OSError):
        mend(folder)
    for above in {work.parent.parent for work in left_below(folder.resolve().parent, folder)}:
        with suppress(Refused, OSError):
            settle(above)


# ── moves ────────────────────────────────────────────────────────────────────────────────────


def put_in_place(folder: Path, staged: Path, away: Iterable[str], new: Mapping[str, str]) -> None:
    """Old files out of the way (`away`, files and the folder of results), new ones in their place (`new`,
    with their digests), the manifest last. Where it breaks off, `complete_moves` does the rest."""
    for path in (*away, *new):
        check_inside(path)
    gone = [path for path in away if (folder / path).exists()]
    keep([staged / MANIFEST, *(staged / path for path in new if path.startswith(f"{SECURE}/"))])
    with changing(folder):
        write_file(staged / MOVES, json_bytes({"away": gone, "new": dict(new)}), within=staged)
        for path in gone:
            _move(folder / path, staged / OLD / path)
        for path in new:
            _move(staged / path, folder / path)
        keep([path for path in (folder / PAPERS, folder / SECURE) if path.is_dir()])
        (staged / MANIFEST).replace(folder / MANIFEST)
        keep([folder])


def complete_moves(folder: Path, staged: Path) -> None:
    """The package as it was before a printing whose manifest is not in place yet; the folder removed."""
    if (staged / MOVES).is_file() and (staged / MANIFEST).exists():
        _put_back(folder, staged)
    papers = (path for path in (folder / PAPERS).rglob("*") if path.is_dir())
    for path in sorted(papers, reverse=True):  # the innermost first; those that hold anything stay
        with suppress(OSError):
            path.rmdir()
    # the record of the moves outlives the old files, so that these are never taken for needed ones
    shutil.rmtree(staged / OLD, ignore_errors=True)
    if not (staged / OLD).exists():
        (staged / MOVES).unlink(missing_ok=True)
        shutil.rmtree(staged, ignore_errors=True)


def _put_back(folder: Path, staged: Path) -> None:
    """What was printed before, by the record of the moves; may break off anywhere and be done again."""
    try:
        data = json.loads(read_input(staged / MOVES))
        away, new = tuple(data["away"]), dict(data["new"])
        for path in (*away, *new):
            check_inside(path)
    except (ValueError, KeyError, TypeError) as error:
        message = tell(
            "{staged} is damaged. Move the files of {staged_2} back by hand.",
            staged=staged / MOVES,
            staged_2=staged / OLD,
        )
        raise Refused(message) from error
    key = digest_key_of(folder) if new else b""
    for path, said in new.items():
        is_new = not (staged / path).exists() and (folder / path).is_file()
        if is_new and listed_digest(key, path, folder / path) == said:
            _move(folder / path, staged / path)
    for path in away:
        if (staged / OLD / path).exists() and not (folder / path).exists():
            _move(staged / OLD / path, folder / path)
    lost = [path for path in away if not (folder / path).exists() or (staged / OLD / path).exists()]
    if lost:
        raise Refused(
            tell(
                "{folder}: printing was interrupted, and what was printed before cannot be "
                "restored from {staged}",
                folder=folder,
                staged=staged,
            ),
            [
                Problem(path, "not-put-back", tell("is missing or was replaced by another file"))
                for path in lost
            ],
        )


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


# ── locks ────────────────────────────────────────────────────────────────────────────────────


def hold(staged: Path) -> IO[bytes]:
    """The lock of a printing under way: held until the file is closed or the process ends."""
    file = (staged / LOCK).open("wb")
    lock(file)
    return file
