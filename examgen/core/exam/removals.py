"""The files that `person remove` and `retention` removed from an exam package, according to the record of its
sitting.

An act in the record names each file with what remains of it: nothing or, for the list in `secure/`, a file
with that keyed digest. Checks of the package, of runs and of reports use this module, so that a file removed
on record is not reported as missing.
Only files about persons may be named. The key, the items, the forms and the results of a run cannot be
replaced by an act, and results can be removed only as a whole. Names can be blanked in a run's
`unreconciled.csv`, which is not used for scoring.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from examgen.core.exam import names
from examgen.core.exam.digests import digest_key_of, listed_digest
from examgen.core.exam.names import CANDIDATES_CSV, SITTING
from examgen.core.problems import Problem, Refused
from examgen.core.readings import Readings
from examgen.core.record import read_acts
from examgen.core.words import tell

RECORD = f"{SITTING}/{names.RECORD}"
GONE = ""
"""The value for a file of which nothing remains."""
_CONTACTS = rf"{re.escape(CANDIDATES_CSV)}|reports/.+"
_RESULTS = r"results/(?:runs/[0-9]{4,}/)?[^/]+|(?:exports|codes)/.+|analysis/[^/]+/scores\.csv"
_REMOVABLE = {
    "person-removed": re.compile(_CONTACTS),
    "contacts-removed": re.compile(_CONTACTS),
    "results-removed": re.compile(f"{_CONTACTS}|{_RESULTS}"),
}
"""The files outside the sitting's own folder that each act may name."""
_WITH_NAMES = re.compile(r"results/(?:runs/[0-9]{4,}/)?unreconciled\.csv")
"""Files of a run that contain names of persons, which can be blanked."""
_NEVER = re.compile(r".*/(?:audit\.json|package\.yaml)")
_read = Readings[MappingProxyType[str, str]](16)


def removed_files(exam: Path) -> MappingProxyType[str, str]:
    """Returns what remains of each file that was removed or blanked, by path in the package: `GONE`, or a
    digest."""
    path = exam / RECORD
    if not path.is_file():
        return MappingProxyType({})
    return _read.of(path, [path], lambda: MappingProxyType(dict(_named(path))))


def _acts(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the acts that removed something. Whether the record was altered is checked elsewhere."""
    with suppress(Refused):
        for act in read_acts(path):
            if act.what.get("act") in _REMOVABLE and act.what.get("kind") == "retention":
                yield {"n": act.n, **act.what}


_BY_PERSON = frozenset(("candidates.csv", "pc_results.csv", "responses.parquet"))
"""Files about persons that every run has. The results by person of a run are removed as a whole, or not at
all."""


def _named(path: Path) -> Iterator[tuple[str, str]]:
    for act in _acts(path):
        files = _files_of(act)
        for name, digest in files.items():
            if _WITH_NAMES.fullmatch(name) and digest != GONE:
                yield name, digest
                continue
            may_go = _REMOVABLE[act["act"]].fullmatch(name) and not _NEVER.fullmatch(name)
            folder = name.rpartition("/")[0]
            is_result = folder.startswith("results")
            if is_result and not all(files.get(f"{folder}/{one}") == GONE for one in _BY_PERSON):
                continue
            if may_go and ".." not in name and (digest == GONE) == (name != CANDIDATES_CSV):
                yield name, digest


def _files_of(act: Mapping[str, Any]) -> dict[str, str]:
    """Returns the files that an act names; empty if its details are not valid."""
    details = act.get("details")
    files = details.get("files") if isinstance(details, dict) else None
    if not isinstance(files, dict):
        return {}
    return {
        name: digest for name, digest in files.items() if isinstance(name, str) and isinstance(digest, str)
    }


def removal_notes(exam: Path) -> Iterator[Problem]:
    """Yields a notice for each act that removed data about persons, for checks of a package."""
    for act in _acts(exam / RECORD) if (exam / RECORD).is_file() else ():
        words = {
            "person-removed": tell(
                "name and contacts of candidate {number} were removed", number=act.get("name", "")
            ),
            "contacts-removed": tell("contacts, answers, scans, returns and letters were removed"),
            "results-removed": tell("the results of individuals were removed"),
        }[act["act"]]
        message = tell("{what} on {day} by {by}", what=words, day=act.get("date", ""), by=act.get("by", ""))
        yield Problem(f"{RECORD}:{act['n']}", "removed", message, severity="notice")


def is_as_removed(exam: Path, name: str) -> bool:
    """Returns whether a file of a package was removed or blanked on record, and is in the state recorded."""
    left = removed_files(exam).get(name)
    if left is None:
        return False
    path = exam / name
    return (
        not path.exists()
        if left == GONE
        else path.is_file() and listed_digest(digest_key_of(exam), name, path) == left
    )


def check_kept(path: Path) -> None:
    """Raises Refused if a file of a run was removed together with the results by person."""
    if path.exists():
        return
    for exam in path.absolute().parents:
        if removed_files(exam).get(path.absolute().relative_to(exam).as_posix()) == GONE:
            raise Refused.because(
                "The results of individuals in {exam} were removed at the end of their "
                "retention period. Results by criterion, item analyses and the entries "
                "of the record remain.",
                exam=exam.name,
            )
