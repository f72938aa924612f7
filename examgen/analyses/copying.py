"""Responses → pairs of candidates who share more answers than chance explains: a signal, never a verdict.

The command line and Python programs call the same functions. Numbers are not rounded; an undefined number is
None, and `notes` say why.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.administrations import responses_of
from examgen.analyses.documents import Document, note, notes, notices
from examgen.analyses.files import write_rows
from examgen.analyses.options import CopyingOptions, ResponseSource
from examgen.analyses.pair_files import read_abilities, read_models, read_pairs
from examgen.analyses.sources import load_responses
from examgen.capture.response_files import groups_of
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.responses.matrix import NOT_ADMINISTERED, Chosen
from examgen.core.words import option, tell, tell_n
from examgen.psychometrics.copying.answers import Bools
from examgen.psychometrics.copying.calibration import (
    LEAST_CANDIDATES,
    ModelName,
    abilities_of,
    copying_data,
    options_compared,
    scores_compared,
    usual_choices,
)
from examgen.psychometrics.copying.matches import CandidatePairs
from examgen.psychometrics.copying.screening import (
    SYMMETRIC,
    CopyingData,
    measure,
    search,
)
from examgen.psychometrics.signals.similarity import connected
from examgen.stats.distributions import adjusted
from examgen.stats.results import plain

LIMIT, MOST_BY_CHANCE = 0.001, 10_000
"""The search keeps all pairs with a p up to the first; the limit is lower if chance alone would give more
pairs than the second."""
MOST_SHOWN = 1_000
"""The most pairs that are listed one by one."""
LEAST_ITEMS = 3
COLUMNS = (
    "source", "copier", "index", "p", "p_adjusted", "listed", "matches", "expected_matches", "same_wrong",
    "n_items", "omega", "theta_source", "theta_copier", "room",
)  # fmt: skip
"""The fields of a row of `pairs`."""


class _CopyingResponses(NamedTuple):
    """Responses of a file or of a scored run."""

    name: str
    sha256: str
    candidates: Sequence[str]
    items: tuple[str, ...]
    chosen: Chosen | None
    scored: NDArray[np.int8]
    room: NDArray[np.int64] | None
    rooms: tuple[str, ...]
    notes: list[Document]
    has_forms: bool = True
    """Whether items that were not administered show the form; in a file of scores, blanks do not."""


def copying_of(
    source: ResponseSource, asked: CopyingOptions, run: str | None, *, within_rooms: bool
) -> Document:
    """The analysis of an exam package, if its folder is the only file, or of files of responses."""
    if len(source.files) == 1 and source.files[0].is_dir():
        if asked.room is not None or source.key is not None:
            raise WrongUsage(
                tell(
                    "an exam package has its own key and rooms. Remove {key} and {room}",
                    key=option("key"),
                    room=option("room"),
                )
            )
        return analyse_copying_of_run(source.files[0], run, asked, within_rooms=within_rooms)
    if run is not None or within_rooms:
        raise WrongUsage(
            tell(
                "{run} and {rooms} apply to an exam package. For a file use {room}",
                run=option("run"),
                rooms=option("rooms"),
                room=option("room", "COL"),
            )
        )
    return analyse_copying(source, asked)


def analyse_copying(source: ResponseSource, asked: CopyingOptions) -> Document:
    """Indices of answer similarity for all pairs of candidates, pairs within rooms, or named pairs.

    Raises WrongUsage for options that do not go together, Refused if nothing can be compared.
    """
    if asked.room is not None:
        source = source.model_copy(update={"exclude": tuple(dict.fromkeys((*source.exclude, asked.room)))})
    loaded = load_responses(source, 1 if source.key is None else None)
    rooms, room = groups_of(loaded.table, asked.room) if asked.room is not None else ((), None)
    told = notices(loaded.notices)
    read = _CopyingResponses(
        loaded.name,
        loaded.sha256,
        tuple(str(name) for name in loaded.scored.candidates),
        loaded.scored.items,
        loaded.chosen,
        loaded.scored.cells,
        room,
        rooms,
        told,
    )
    if loaded.chosen is None and len(source.files) == 1:
        read = read._replace(has_forms=False)
    return _analysed(read, asked)


def analyse_copying_of_run(
    folder: Path, run: str | None, asked: CopyingOptions, *, within_rooms: bool = False
) -> Document:
    """The analysis of a scored run: by item and option, no matter where a form prints them."""
    found = responses_of(folder, run)
    places = [n for n, one in enumerate(found.columns) if one.standing in ("scored", "pilot")]
    if not len(found.chosen.candidates) or not places:
        raise Refused(
            tell(
                "{folder}: run {run} has no scores on any item, so there is nothing to analyse",
                folder=folder,
                run=found.run,
            )
        )
    cells = found.chosen.cells[:, places]
    own = np.array([found.columns[n].n_own for n in places])
    cells = np.where(cells >= own, np.int8(-1), cells).astype(np.int8)
    chosen = Chosen(
        found.chosen.candidates,
        tuple(found.chosen.items[n] for n in places),
        cells,
        tuple(found.chosen.options[n][: found.columns[n].n_own] for n in places),
        tuple(found.chosen.keys[n] for n in places),
    )
    told: list[Document] = []
    if within_rooms and not any(found.rooms):
        raise WrongUsage(
            tell(
                "{rooms}: the rooms of candidates are not in the run. Score with {roster}",
                rooms=option("rooms"),
                roster=option("roster"),
            )
        )
    known = np.array([bool(name) for name in found.rooms] or [False])
    room = np.where(known[found.room], found.room, -1).astype(np.int64) if within_rooms else None
    read = _CopyingResponses(
        f"{found.name}, run {found.run}", found.fingerprint, tuple(str(c) for c in chosen.candidates),
        chosen.items, chosen, chosen.scored().cells, room, found.rooms, told,
    )  # fmt: skip
    return _analysed(read, asked)


def write_pairs(path: Path, found: Document) -> None:
    """Writes the pairs to a file; only a header if there are none."""
    write_rows(path, {"pairs": found["pairs"]}, COLUMNS)


def _analysed(read: _CopyingResponses, asked: CopyingOptions) -> Document:
    if len(read.candidates) < 2:
        raise Refused(tell("{name} has one candidate. A comparison needs two", name=read.name))
    model_name = asked.model or ("nominal" if read.chosen is not None else "2pl")
    if model_name == "nominal" and read.chosen is None:
        raise WrongUsage(
            tell(
                "{model} nominal needs options. Give their key with {key}",
                model=option("model"),
                key=option("key"),
            )
        )
    sitting, used, told = _sitting(read, asked, model_name)
    # groups of rows that are compared with each other
    groups = [np.arange(len(read.candidates))]
    if read.room is not None:
        groups = [np.flatnonzero(read.room == number) for number in range(int(read.room.max(initial=-1)) + 1)]
        groups = [group for group in groups if len(group) > 1]
    limit: float | None = None
    if asked.pairs is not None:
        pairs = read_pairs(asked.pairs, read.candidates)
        measured = measure(sitting, pairs)
        n_compared, n_found = len(pairs.source), len(pairs.source)
        corrected = {name: adjusted(p, asked.adjust) for name, p in measured.p.items()}
    else:
        # pairs within groups whose corrected p is within the limit, least likely first
        n_most = sum(len(group) * (len(group) - 1) // 2 for group in groups)
        found = search(sitting, groups, asked.index, min(LIMIT, MOST_BY_CHANCE / max(n_most, 1)))
        n_compared, limit = found.n_compared, found.limit
        own = adjusted(found.p, asked.adjust, n_compared)
        kept = np.flatnonzero(own <= asked.alpha)
        n_found = len(kept)
        pairs, values = found.pairs.part(kept[:MOST_SHOWN]), own[kept[:MOST_SHOWN]]
        if asked.index in SYMMETRIC:
            both = (np.stack(two, axis=1).ravel() for two in (pairs, pairs[::-1]))
            pairs, values = CandidatePairs(*both), np.repeat(values, 2)
        if found.is_cut:
            message = tell("too many pairs are similar, so only the least likely are listed")
            told.append(note("many-pairs", message))
        if n_found > MOST_SHOWN:
            message = tell(
                "{n} pairs were found. The {most} least likely are listed", n=n_found, most=MOST_SHOWN
            )
            told.append(note("more-pairs", message))
        measured, corrected = measure(sitting, pairs), {asked.index: values}
    rows: list[Document] = []
    for n, (source, copier) in enumerate(zip(*(one.tolist() for one in pairs), strict=True)):
        number = -1 if read.room is None else int(read.room[source])
        shared = {
            "matches": int(measured.matches[n]),
            "expected_matches": plain(measured.expected[n]),
            "same_wrong": int(measured.same_wrong[n]),
            "n_items": int(measured.n_items[n]),
            "omega": plain(measured.z[n]),
            "theta_source": plain(sitting.theta[source]),
            "theta_copier": plain(sitting.theta[copier]),
            "room": read.rooms[number] if number >= 0 else None,
        }
        for name in (asked.index, *(name for name in measured.p if name != asked.index)):
            p_adjusted = plain(corrected[name][n]) if name in corrected else None
            rows.append(
                {
                    "source": read.candidates[source],
                    "copier": read.candidates[copier],
                    "index": name,
                    "p": plain(measured.p[name][n]),
                    "p_adjusted": p_adjusted,
                    "listed": p_adjusted is not None and p_adjusted <= asked.alpha,
                    **shared,
                }
            )
    if any(row["p"] is None for row in rows):
        told.append(
            note(
                "no-p",
                tell("some indices have no p, because there is nothing to compare"),
            )
        )
    # groups of three or more candidates that listed pairs connect
    alike = [row for row in rows if row["listed"] and row["index"] == asked.index]
    names = list(dict.fromkeys(name for row in alike for name in (row["source"], row["copier"])))
    place = {name: n for n, name in enumerate(names)}
    ends = [np.array([place[row[end]] for row in alike], dtype=np.int64) for end in ("source", "copier")]
    clusters = [[names[n] for n in group] for group in connected(*ends) if len(group) > 2]
    return {
        "file": read.name,
        "sha256": read.sha256,
        "model": model_name,
        "parameters": "given" if asked.items is not None else "estimated",
        "n_candidates": len(read.candidates),
        "n_items": int(used.sum()),
        "within": asked.room if asked.room is not None else ("rooms" if read.room is not None else None),
        "n_rooms": len(groups) if read.room is not None else None,
        "rule": {"index": asked.index, "adjust": asked.adjust, "alpha": asked.alpha, "limit": limit},
        "n_compared": n_compared,
        "n_listed": len(alike) if asked.pairs is not None else n_found,
        "pairs": rows,
        "clusters": clusters,
        "notes": [*read.notes, *told],
    }


# ── the model ────────────────────────────────────────────────────────────────────────────────


def _sitting(
    read: _CopyingResponses, asked: CopyingOptions, model_name: ModelName
) -> tuple[CopyingData, Bools, list[Document]]:
    """The data for comparing pairs, flags (J,) of the items that it uses, and notes."""
    chosen, told = read.chosen, list[Document]()
    # the items that each candidate was given, the answers that are compared, and the names of options
    there = (read.scored if chosen is None else chosen.cells) != NOT_ADMINISTERED
    there |= not read.has_forms
    if chosen is None or model_name == "2pl":
        answers = scores_compared(read.scored, chosen)
        options = [["0", "1"] for _ in read.items]
    else:
        answers = options_compared(chosen)
        options = [list(names) for names in chosen.options]
    if asked.items is not None:
        answers, model, used = read_models(asked.items, read.items, answers, options)
    else:
        if len(read.candidates) < LEAST_CANDIDATES:
            raise Refused(
                tell(
                    "{name} has {n} candidates. At least {least} are needed to estimate chance "
                    "agreement. Use known parameters with {items}",
                    name=read.name,
                    n=len(read.candidates),
                    least=LEAST_CANDIDATES,
                    items=option("items"),
                )
            )
        model, used, of_model, endless, n_left = usual_choices(answers, model_name)
        if n_left:
            message = tell_n(
                "{n} candidate has exactly the answers of another, many of them wrong. Only one "
                "of the two was used to estimate what is usual",
                "{n} candidates have exactly the answers of others, many of them wrong. Only "
                "one of each was used to estimate what is usual",
                n_left,
            )
            told.append(note("same-answers", message))
        told += notes(of_model, read.items)
        message = tell(
            "it has no finite slope, so the likelihood of equal answers is unknown and it is not compared"
        )
        told += [note("not-compared", message, read.items[place]) for place in endless]
    if used.sum() < LEAST_ITEMS:
        raise Refused(
            tell(
                "{name}: {n} items can be compared, but {least} are needed",
                name=read.name,
                n=int(used.sum()),
                least=LEAST_ITEMS,
            ),
            [Problem(read.name, note["code"], note["message"], note["item"]) for note in told],
        )  # fmt: skip
    answers, model, there = answers.part(slice(None), used), model.part(used), there[:, used]
    theta = abilities_of(answers, model, model_name)
    if asked.abilities is not None:
        theta, more = read_abilities(asked.abilities, read.candidates, theta)
        told += more
    return copying_data(answers, model, theta, there), used, told
