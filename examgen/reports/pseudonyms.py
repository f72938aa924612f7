"""Candidates → codes in place of their numbers, for exports whose readers need not know the candidates'
identity.

A code is the keyed BLAKE2b hash of a candidate's number: the same person has the same code in every export of
a package, and without the package's secret nobody can find a number by trial. A table in `codes/` of the
package lists the candidate of each code.
"""

from __future__ import annotations

import os
import secrets
from base64 import b32encode
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from examgen.core.csv_files import csv_bytes
from examgen.core.files import read_input, write_file
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell
from examgen.scoring.runs import name_of

if TYPE_CHECKING:
    from examgen.scoring.scored_run import ScoredRun

_FOLDER = "codes"
_SECRET_BYTES = 32
SHORTEST = 8
"""The minimum length of a code, in characters; a code is longer if two would be equal."""


class CandidateCodes(NamedTuple):
    """The codes of the candidates of a run, by their numbers, and the file that identifies them."""

    by_candidate: dict[str, str]
    path: Path


def candidate_codes(folder: Path, run: ScoredRun) -> CandidateCodes:
    """Return the codes for the candidates of a run and write them to `codes/`. The table of another run is
    never overwritten."""
    people = run.candidates
    ids = people["candidate_id"].to_list()
    codes = {who: f"P-{code}" for who, code in short_codes(sorted(ids), secret_of(folder)).items()}
    names = people["name"].to_list() if "name" in people.columns else [""] * people.height
    rows = sorted((codes[who], who, name or "") for who, name in zip(ids, names, strict=True))
    heads = ("code", "candidate_id", "name")
    data = csv_bytes(pl.DataFrame(rows, dict.fromkeys(heads, pl.String), orient="row"))
    path = folder / _FOLDER / f"{name_of(folder, run)}-codes.csv"
    if path.is_file() and read_input(path) != data:
        # the package was scored anew after its results were taken away
        path = path.with_name(f"run-{run.run:04d}-{run.fingerprint}-codes.csv")
    write_file(path, data)
    return CandidateCodes(codes, path)


def secret_of(folder: Path) -> bytes:
    """Return the secret from which the codes of a package are made; the first call creates it."""
    place = folder / _FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    place.chmod(0o700)
    path = place / "secret"
    with suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
    found = read_input(path)
    if len(found) != _SECRET_BYTES:
        message = tell(
            "has {n} bytes, not {secret_bytes}. Restore it from a copy; otherwise all codes change",
            n=len(found),
            secret_bytes=_SECRET_BYTES,
        )
        raise Refused.because(
            "{path} {message}", [Problem(str(path), "secret-damaged", message)], path=path, message=message
        )
    return found


def short_codes(names: Iterable[str], secret: bytes) -> dict[str, str]:
    """Return a code for each name: as short as possible, and longer only if two would be equal.

    Of two equal codes, the later one gets one more character.
    """
    taken: dict[str, str] = {}
    for name in names:
        whole = b32encode(blake2b(name.encode(), key=secret, digest_size=30).digest()).decode()
        length = SHORTEST
        while whole[:length] in taken:
            length += 1
        taken[whole[:length]] = name
    return {name: code for code, name in taken.items()}
