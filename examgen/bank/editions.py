"""Where the editions of a unit are stored, and the items of earlier editions.

    item_bank/<UNIT>/unit.yaml, source.txt       the present edition
    item_bank/<UNIT>/editions/<hash>/            any other; first 12 digits of the SHA-256 of its unit.yaml
    item_bank/<UNIT>/editions/history.yaml       each change of the present edition, oldest first
    item_bank/<UNIT>/orphans/<PC>.yaml           items of earlier editions whose criterion no longer exists

Nothing is ever removed from a folder of editions. An edition is identified by the SHA-256 of its `unit.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from examgen.bank.instruments import INSTRUMENT_FOLDER
from examgen.bank.loading import UNIT_FILE
from examgen.bank.texts import parsed
from examgen.core.files import read_input, sha256, yaml_bytes
from examgen.core.models.standard import Unit
from examgen.core.problems import Problem, Refused, system_words
from examgen.core.words import Message, command, joined, tell, tell_n
from examgen.core.yamlfile import load, validate

EDITIONS_FOLDER = "editions"
ORPHANS_FOLDER = "orphans"
SOURCE_FILE = "source.txt"
HISTORY_FILE = "history.yaml"
SHORT = 12

State = Literal["present", "earlier", "waiting"]
STATE_WORDS: dict[State, Message] = {
    "present": tell("present"),
    "earlier": tell("earlier"),
    "waiting": tell("waiting"),
}


class Edition(NamedTuple):
    """One edition of a unit: its hash, its content, its folder, and its state."""

    sha256: str
    unit: Unit
    folder: Path
    state: State

    @property
    def short(self) -> str:
        """The name of its folder in `editions/`."""
        return self.sha256[:SHORT]


def editions(folder: Path) -> list[Edition]:
    """Return the editions of a unit: the present one, then the others by the name of their folder."""
    present = read_edition(folder, "present")
    was_present = {str(entry["from"]) for entry in history(folder)}
    others = []
    for path in sorted((folder / EDITIONS_FOLDER).glob(f"*/{UNIT_FILE}")):
        one = read_edition(path.parent, "waiting")
        state: State = "earlier" if one.sha256 in was_present else "waiting"
        if one.sha256 != present.sha256:
            others.append(one._replace(state=state))
    return [present, *others]


def read_edition(folder: Path, state: State) -> Edition:
    """Read the edition in a folder. Raises Refused if it cannot be read."""
    path = folder / UNIT_FILE
    data = read_input(path)
    unit, problems = read_standard(data, str(path))
    if unit is None:
        raise Refused.because("{path} cannot be read", problems, path=path)
    return Edition(sha256(data), unit, folder, state)


def read_standard(data: bytes, source: str) -> tuple[Unit | None, list[Problem]]:
    """Read a unit from the bytes of a `unit.yaml`."""
    document, problems = parsed(data, source)
    return (None, problems) if problems else validate(document, [], document.data, Unit)


def edition_named(folder: Path, name: str) -> Edition:
    """Return the edition whose hash begins with `name`. Raises Refused if none or several do."""
    known = editions(folder)
    found = [one for one in known if one.sha256.startswith(name.lower())] if name else []
    if len(found) == 1:
        return found[0]
    shown = joined(joined([one.short, " (", STATE_WORDS[one.state], ")"], "") for one in known)
    what = tell("matches more than one edition") if found else tell("matches no edition")
    message = tell(
        "{name} {what} of {folder}. Give more characters of the hash. Editions: {shown}",
        name=name,
        what=what,
        folder=folder.name,
        shown=shown,
    )
    raise Refused.because("no such edition", [Problem(folder.name, "edition-unknown", message)])


def edition_files(folder: Path, unit: bytes, source: bytes | None) -> dict[Path, bytes]:
    """Return the files that store an edition that is not the present one."""
    place = edition_folder(folder, unit)
    return {
        **({place / SOURCE_FILE: source} if source is not None else {}),
        place / UNIT_FILE: unit,
    }


def edition_folder(folder: Path, unit: bytes) -> Path:
    """Return the folder of an edition that is not the present one."""
    return folder / EDITIONS_FOLDER / sha256(unit)[:SHORT]


def replacing(folder: Path, unit: bytes, source: bytes | None, entry: Mapping[str, Any]) -> dict[Path, bytes]:
    """Return the files that make another edition the present one and store the one that it replaces.

    `entry` records in the history how the change came about. The new `unit.yaml` is written last.
    """
    old, old_source = read_input(folder / UNIT_FILE), folder / SOURCE_FILE
    kept = edition_files(folder, old, read_input(old_source) if old_source.is_file() else None)
    record = {"from": sha256(old), "to": sha256(unit), **entry}
    return {
        **kept,
        folder / EDITIONS_FOLDER / HISTORY_FILE: yaml_bytes([*history(folder), record]),
        **({folder / SOURCE_FILE: source} if source is not None else {}),
        folder / UNIT_FILE: unit,
    }


def history(folder: Path) -> list[dict[str, Any]]:
    """Return the history of the present edition: one entry for each change."""
    path = folder / EDITIONS_FOLDER / HISTORY_FILE
    if not path.is_file():
        return []
    try:
        entries = load(read_input(path))
    except ValueError as error:
        raise Refused.because("{path} is damaged: {error}", path=path, error=error) from error
    if not isinstance(entries, list) or not all(isinstance(one, dict) and "from" in one for one in entries):
        raise Refused.because("{path} has been changed or damaged. Restore it.", path=path)
    return entries


def set_aside(folder: Path) -> list[Problem]:
    """Return notices for `bank check` about items whose criterion no longer exists, and about waiting
    editions.
    """
    problems = []
    for path in sorted((folder / ORPHANS_FOLDER).glob("*.yaml")):
        source = f"{folder.name}/{ORPHANS_FOLDER}/{path.name}"
        count = len(_ids(path))
        message = tell_n(
            "{n} item of an earlier edition has no criterion and is not used. To use it, "
            "move it into the file of a criterion under items/ and enter that code in "
            "`pcs`.",
            "{n} items of an earlier edition have no criterion and are not used. To use an "
            "item, move it into the file of a criterion under items/ and enter that code "
            "in `pcs`.",
            count,
        )
        problems.append(Problem(source, "items-orphaned", message, severity="notice"))
    for path in sorted((folder / ORPHANS_FOLDER / INSTRUMENT_FOLDER).glob("*.y*ml")):
        source = f"{folder.name}/{path.relative_to(folder).as_posix()}"
        message = tell(
            "an instrument of an earlier edition has tasks without a criterion and is not "
            "used. To use it again, give its tasks criteria of the present edition and "
            "move it to {folder}/.",
            folder=INSTRUMENT_FOLDER,
        )
        problems.append(Problem(source, "instrument-orphaned", message, severity="notice"))
    return [*problems, *_waiting(folder)]


def _waiting(folder: Path) -> list[Problem]:
    if not (folder / EDITIONS_FOLDER).is_dir():
        return []
    try:
        waiting = [one for one in editions(folder) if one.state == "waiting"]
    except Refused as refusal:
        return [Problem(folder.name, "edition-unreadable", refusal.message, severity="warning")]
    except OSError as error:
        message = tell(
            "{filename} cannot be read: {strerror}", filename=error.filename, strerror=system_words(error)
        )
        return [Problem(folder.name, "edition-unreadable", message, severity="warning")]
    return [
        Problem(folder.name, "edition-waiting", advice(folder.name, one.sha256), severity="notice")
        for one in waiting
    ]


def advice(code: str, edition: str) -> Message:
    """Return advice on what to do with a waiting edition."""
    short = edition[:SHORT]
    return tell(
        "edition {short} of {code} is waiting. Compare it with the present edition "
        "({command}), then carry the items over ({command_2}).",
        short=short,
        code=code,
        command=command("unit diff", f"{code} {short}"),
        command_2=command("bank remap", f"{code} --to {short} --pair OLD=NEW"),
    )


def _ids(path: Path) -> Sequence[str]:
    try:
        data = load(read_input(path))
    except (ValueError, OSError):
        return []
    return [str(one.get("id")) for one in data if isinstance(one, dict)] if isinstance(data, list) else []
