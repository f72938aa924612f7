"""A scoring and the runs before it → what they had and the scoring lacks.

Audits are compared. Candidate numbers are read only if an answer file of the run before is not among those of
the scoring, with the same bytes and read in the same way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from examgen.capture.grader_decisions import shown_names
from examgen.core.candidate_numbers import canonical_column
from examgen.core.exam.manifest import letters_of
from examgen.core.exam.names import SITTING
from examgen.core.exam.places import correction_text, in_print
from examgen.core.exam.runs import Run, recorded_scoring
from examgen.core.files import json_bytes
from examgen.core.problems import Problem, Refused
from examgen.core.text.characters import LETTERS
from examgen.core.words import (
    TRANSLATABLE,
    Message,
    command,
    joined,
    listed,
    message_in,
    option,
    tell,
    with_ids,
    without_ids,
)
from examgen.scoring.corrections import PLACES
from examgen.scoring.options import OMISSIBLE

Audit = Mapping[str, Any]

LEFT_OUT = "left_out"
"""The field of an audit for what the run leaves out on purpose."""

MOST_NAMED = 20
"""The most inputs of each kind that are named; all are counted."""

_ADVICE: Mapping[str, Message] = {
    "corrections": tell("add them with {corrections}", corrections=option("corrections")),
    "decisions": tell(
        "add them with {identities} and {marks}", identities=option("identities"), marks=option("marks")
    ),
    "roster": tell("add it with {roster}", roster=option("roster")),
    "scaled": tell("add it with {scaled}", scaled=option("scaled")),
    "cut": tell("add them with {cut}", cut=option("cut")),
    "answers": tell("name them with the other answer files"),
    "candidates": tell("find their rows"),
}
"""What to do, for each of `OMISSIBLE`."""


class Missing(NamedTuple):
    """Input that a run had and a scoring lacks: one of `OMISSIBLE`, the number, and the names of the first
    few.
    """

    what: str
    run: int
    n: int
    named: tuple[str, ...]


def audit_with_omissions(
    before: Sequence[Run], audit: Audit, folder: Path, without: Sequence[str], package: Path
) -> dict[str, Any]:
    """Return the audit of a scoring, with a record of what it leaves out on purpose.

    `before` are the runs with which it is compared, newest first; `folder` has its result files; `package` is
    the exam. Raises Refused with everything that it leaves out and `without` does not name.
    """
    now: dict[str, Any] = json.loads(json_bytes(audit))
    if before and _scoring(before[0].audit) == _scoring(now):
        said = before[0].audit.get(LEFT_OUT)
        return {**audit, LEFT_OUT: said} if said else dict(audit)
    letters = letters_of(package) if any(run.audit.get("corrections") for run in before) else LETTERS
    found = [(run, one) for run in before for one in left_out(run, now, folder, letters)]
    if problems := [_problem(one) for _, one in found if one.what not in without]:
        runs = dict.fromkeys(problem.source for problem in problems)
        words = ",".join(kind for kind in OMISSIBLE if kind in {one.what for _, one in found})
        raise Refused(
            tell(
                "this scoring lacks input that {runs} had. To leave it out deliberately, and on "
                "record, use {without}",
                runs=listed(runs),
                without=option("without", words),
            ),
            problems,
            {"without": words},
        )
    if not found:
        return dict(audit)
    return {**audit, LEFT_OUT: [{**one._asdict(), **with_ids("named", one.named)} for _, one in found]}


def _problem(one: Missing) -> Problem:
    """Return the fault of something left out."""
    n_more = one.n - len(one.named)
    message = tell(
        "{n:,} × {had}: {named}{more}: {advice}",
        n=one.n,
        had=OMISSIBLE[one.what],
        named=joined(one.named, between="; "),
        more=tell("; and {n:,} more", n=n_more) if n_more else "",
        advice=_ADVICE[one.what],
    )
    source, code = tell("run {run}", run=one.run), f"leaves-out-{one.what}"
    return Problem(source, code, message, field=one.what, heading=OMISSIBLE[one.what])


def _scoring(audit: Audit) -> dict[str, Any]:
    """Return the fields of an audit about the scoring, without its files and what was left out."""
    said = without_ids(recorded_scoring(audit))
    return {name: value for name, value in said.items() if name not in ("files", LEFT_OUT)}


def left_out(before: Run, now: Audit, folder: Path, letters: str = LETTERS) -> Iterator[Missing]:
    """Yield what a run had and a scoring lacks. `folder` has the scoring's candidates and its quarantine;
    `letters` are those that the papers print before options.
    """
    then = before.audit
    made = {effect for one in now.get("corrections") or () for effect in (*_effects(one), *_as_said(one))}
    lost: dict[str, Sequence[str]] = {
        "corrections": [
            correction_text(in_print(one, letters))
            for one in then.get("corrections") or ()
            if not made.issuperset(_effects(one))
        ],
        "decisions": _decisions(then, now),
        "roster": _roster(then.get("ledger") or {}, now.get("ledger") or {}),
    }
    cut, scaled = tell("the cut scores used in that run"), tell("the conversion used in that run")
    of_files = {"cut": cut, "scaled": scaled}
    lost |= {what: [words] for what, words in of_files.items() if then.get(what) and not now.get(what)}
    for what, named in lost.items():
        if named:
            yield Missing(what, before.number, len(named), tuple(named[:MOST_NAMED]))
    yield from _answers(before, now, folder)


def _roster(then: Audit, now: Audit) -> list[str]:
    """Return the roster that one ledger had and the other lacks, or how many of its candidates are missing
    there.
    """
    file = (then.get("roster") or {}).get("file")
    if not file:  # the list that the papers were printed for
        return []
    name = Path(file).name
    n, left = ((one.get("total") or {}).get("registered", 0) for one in (then, now))
    if "roster" not in now:
        return [tell("{name} ({n} registered)", name=name, n=f"{n:,}")]
    gone = tell(
        "{gone} of the {n} candidates registered in {name}", gone=f"{n - left:,}", n=f"{n:,}", name=name
    )
    return [gone] if left < n else []


def _effects(one: Audit) -> list[tuple[object, ...]]:
    """Return what a correction does, place by place, if its audit names every place."""
    places = one.get(PLACES) or ()
    if not places or not all("question" in place for place in places):
        return _as_said(one)
    return [(one["kind"], place["form"], place["question"], place.get("key")) for place in places]


def _as_said(one: Audit) -> list[tuple[object, ...]]:
    """Return what a correction states, without its reasons."""
    is_counted = any("question" not in place for place in one.get(PLACES) or ())
    names = ("kind", "form", "question", "item", "everywhere", "key")
    return [(*(str(one.get(name)) for name in names), json.dumps(one.get(PLACES)) if is_counted else None)]


def _decisions(then: Audit, now: Audit) -> list[str]:
    """Return the decisions that are missing now. In a sitting, where only people's acts change anything, a
    decision that was made again is not missing: decisions are then told by the row, or the mark in it, that
    they are about.
    """
    is_sitting = SITTING in now
    made = {said for one in _told(now, is_sitting) for said in one[1]}
    return [
        tell(
            "{file}:{line} {decision}",
            file=one["file"],
            line=one["line"],
            decision=message_in(one, "decision"),
        )
        for one, told in _told(then, is_sitting)
        if made.isdisjoint(told)
    ]


def _told(audit: Audit, is_sitting: bool) -> Iterator[tuple[Audit, set[tuple[object, ...]]]]:
    """Yield each decision of an audit, with how it is told from others: by the name of its file and by its
    content, because a second file of that name changes how it is shown.
    """
    hashes = _hashes(audit)
    for one in audit.get("decided") or ():
        what = one["decision"]
        if is_sitting:
            made = one.get(f"decision{TRANSLATABLE}")
            what = made.get("values", {}).get("n") if isinstance(made, Mapping) else None
        files = filter(None, (one["file"], hashes.get(one["file"])))
        yield one, {(file, one["line"], what) for file in files}


def _hashes(audit: Audit) -> dict[str, str]:
    """Return the hash of each answer file, by the name under which it is shown."""
    inputs = audit.get("inputs") or []
    shown = shown_names([Path(str(one["file"])) for one in inputs])
    return {name: str(one.get("sha256") or "") for name, one in zip(shown, inputs, strict=True)}


# ── answers and candidates ───────────────────────────────────────────────────────────────────


def _answers(before: Run, now: Audit, folder: Path) -> Iterator[Missing]:
    """Yield answer files of which nothing remains, and candidates of the other files who are missing."""
    read = {_reading(one) for one in now["inputs"]}
    inputs = before.audit.get("inputs") or []
    other = [one for one in inputs if _reading(one) not in read]
    if inputs and not other:
        return
    gone = _gone(before.folder, folder)
    # by file, for candidates stand in the order of the inputs
    ends = np.cumsum([int(one["scored"]) for one in inputs])
    place = np.searchsorted(ends, gone["row"].to_numpy(), side="right")
    counts = np.bincount(place, minlength=len(inputs) + 1).tolist()
    had, has = ([Path(str(one["file"])) for one in said] for said in (inputs, now["inputs"]))
    # the answers of every scan have one name: only a file that was not there takes the place of another one
    names = [{one.name for one in has if one == path or one not in had} for path in had]
    # nobody is left who was scored from it, or, where all of it was set aside, no file of its name
    files = [
        n
        for n, one in enumerate(inputs)
        if one in other
        and (
            counts[n] == int(one["scored"])
            if one["scored"]
            else one["rows"] and Path(str(one["file"])).name not in names[n]
        )
    ]
    if files:
        shown = dict(zip((*had, *has), shown_names([*had, *has]), strict=True))
        named = [tell("{name} ({n} rows)", name=shown[had[n]], n=f"{inputs[n]['rows']:,}") for n in files]
        yield Missing("answers", before.number, len(files), tuple(named[:MOST_NAMED]))
    rest = gone["candidate_id"].filter(pl.Series(~np.isin(place, files), dtype=pl.Boolean))
    if rest.len():
        yield Missing("candidates", before.number, rest.len(), tuple(rest.head(MOST_NAMED)))


def _reading(one: Audit) -> tuple[object, ...]:
    """Return which bytes were read, and how."""
    return one.get("sha256"), one.get("structure"), one.get("rows")


def _gone(before: Path, now: Path) -> pl.DataFrame:
    """Return the candidates scored before who are now neither scored nor set aside: `row` from 0, and
    `candidate_id`.
    """

    def ids(path: Path) -> pl.LazyFrame:
        return pl.scan_csv(path, infer_schema=False).select("candidate_id")

    path = before / "candidates.csv"
    try:
        there = pl.concat([ids(now / name) for name in ("candidates.csv", "quarantine.csv")])
        found = ids(path).with_row_index("row").join(there, on="candidate_id", how="anti")
        gone = found.collect(engine="streaming").sort("row")
        if not gone.height:
            return gone
        numbers = canonical_column(there.collect()["candidate_id"])
        return gone.filter(~canonical_column(gone["candidate_id"]).is_in(numbers.drop_nulls().implode()))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise Refused(
            tell(
                "{path} cannot be read, so the candidates scored earlier are not known. Restore "
                "it from a copy; {command} lists the changed files",
                path=path,
                command=command("verify"),
            )
        ) from error
