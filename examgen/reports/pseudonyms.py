"""A scored run and the secret of its package → the same run with codes in place of people, and who they are.

A code is the keyed BLAKE2b of a candidate's id: the same person has the same code in every run that is
hidden by the same secret, and without it nobody can try ids out. What could name somebody beside the ids is
left out: names, seats, columns that came in with the answers, lines of the answer files and rows word for
word. Everybody stands in the order of their codes, since that of the files would tell who they are.

Forms that one candidate had are codes as well. The list of booklets says whose a serial is, and whose a form
where every candidate has one of their own; either may be printed in a report that names nobody. So the serial
`A-0001-19` becomes `A-K7QXM2PF`, and form `001` of an exam with a form for each candidate `FQ2ZB4TMA`. Forms
that many had stay.
"""

from __future__ import annotations

import os
import re
import secrets
from base64 import b32encode
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from examgen.core.candidate_numbers import canonical_number, replaced
from examgen.core.coded_columns import changed
from examgen.core.exam.names import base_form
from examgen.core.problems import Problem, Refused
from examgen.core.register import REPORTED_COLUMNS
from examgen.core.storage import csv_bytes, read_csv, read_input, write_file
from examgen.core.words import tell
from examgen.scoring.runs.read import name_of

if TYPE_CHECKING:
    from examgen.core.scored_run import ScoredRun
    from examgen.scoring.comparison import Comparison

_FOLDER = "codes"
_SECRET_BYTES = 32
SHORTEST = 8
"""Letters and figures of a code; more where two would have the same."""
_LEFT_OUT = ("decided", "records", "persons")
"""Fields of the audit that tell of single persons."""
_OWN = frozenset((
    "candidate_id", "form", "score", "max_score", "percent", "decision", "answered", "blank", "multiple",
    "invalid", "second_look", "scaled", "rank", "percentile", "t_score", "synthetic", "room", "centre",
))  # fmt: skip
"""Columns of candidates that are the scoring's own, or where they sat."""
_OF_FORM = ("items_", "asked_", "percent_")
"""What the name of a form's column begins with."""
_ALL_FORMS = ("least", "most")


# ── the files of a package ───────────────────────────────────────────────────────────────────


class HiddenPeople(NamedTuple):
    """Who is behind the codes: the file that says so, and the same as a table."""

    path: Path
    table: pl.DataFrame


def hidden_run(folder: Path, run: ScoredRun) -> tuple[ScoredRun, HiddenPeople]:
    """The run under codes; a table of another run is never overwritten."""
    place = folder / _FOLDER
    hidden, table = pseudonymous(run, secret_of(folder))
    path, data = place / f"{name_of(folder, run)}-codes.csv", csv_bytes(table)
    if path.is_file() and read_input(path) != data:
        # the package was scored anew after its results were taken away
        path = place / f"run-{run.run:04d}-{run.fingerprint}-codes.csv"
    write_file(path, data)
    return hidden, HiddenPeople(path, table)


def codes_given(folder: Path) -> frozenset[str]:
    """The codes that stand for people in reports of a package."""
    found: set[str] = set()
    for path in (folder / _FOLDER).glob("*-codes.csv") if (folder / _FOLDER).is_dir() else ():
        found.update(read_csv(path, {})["code"])
    return frozenset(found)


def has_secret(folder: Path) -> bool:
    """Whether anything was made from a package's secret yet."""
    return (folder / _FOLDER / "secret").is_file()


def secret_of(folder: Path) -> bytes:
    """What the codes of a package are made from: made once, by whoever asks first."""
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
            "has {n} bytes, not {secret_bytes}: restore it, or all codes change",
            n=len(found),
            secret_bytes=_SECRET_BYTES,
        )
        raise Refused(
            tell("{path} {message}", path=path, message=message),
            [Problem(str(path), "secret-damaged", message)],
        )
    return found


# ── a run ────────────────────────────────────────────────────────────────────────────────────


def pseudonymous(run: ScoredRun, secret: bytes) -> tuple[ScoredRun, pl.DataFrame]:
    """The run without ids and names; and the table of codes in their order: `code, candidate_id, name`, and
    `form, form_code` of those who had a form of their own.

    `secret` is 16 to 64 random bytes, which stand apart from every report. Raises ValueError of a shorter
    or longer one.
    """
    if not 16 <= len(secret) <= 64:
        raise ValueError(f"a secret has 16 to 64 bytes, not {len(secret)}")
    # everybody that the run names, once, in the order of the ids, and their names
    tables = (run.candidates, run.criteria, run.quarantine, run.signals, run.unreconciled)
    ids = {who for table in tables if table is not None for who in table["candidate_id"].to_list() if who}
    codes = {who: f"P-{code}" for who, code in short_codes(sorted(ids), secret).items()}
    names: dict[str, str] = {}
    for table in (run.unreconciled, run.candidates):
        if table is not None and "name" in table.columns:
            names.update(pair for pair in table.select("candidate_id", "name").rows() if pair[1])
    # what answer files are called instead: their names are whatever somebody called them
    files: dict[str, str] = {}
    for n, one in enumerate(run.audit.get("inputs") or (), 1):
        path = str(one["file"])
        files |= {path: f"file {n}", PurePath(path).name: f"file {n}"}
    forms = form_codes(run, secret)
    sat = dict(run.candidates.select("candidate_id", "form").rows())
    run = with_form_codes(run, forms)

    kept = [name for name in run.candidates.columns if name in _OWN]
    people = _coded(run.candidates.select(kept), codes).with_columns(
        *(pl.lit("").alias(name) for name in ("name", *(one.name for one in REPORTED_COLUMNS)))
    )
    if "centre" in kept:  # where nothing else told it, it is called as the answer file
        people = people.with_columns(changed(people["centre"], lambda names: names.replace(files)))
    unreconciled = run.unreconciled
    if unreconciled is not None:
        # of the detail stays what it says of a form; lines of files are left out
        said = pl.col("detail").str.extract(r"^(scored on \S+)$").fill_null("")
        unreconciled = _emptied(_coded(unreconciled, codes), "name", "seat").with_columns(
            said.alias("detail")
        )
    signals = run.signals
    if signals is not None:
        # numbered anew: their numbers followed the answer files
        kinds = {kind: n for n, kind in enumerate(signals["kind"].unique(maintain_order=True))}
        signals = _emptied(_coded(signals, codes, files), "line", "figures").sort(
            pl.col("kind").replace_strict(kinds, return_dtype=pl.Int64),
            pl.col("candidate_id").min().over("signal"),
            "signal",
            maintain_order=True,
        )
        numbers = {old: str(n) for n, old in enumerate(signals["signal"].unique(maintain_order=True), 1)}
        signals = signals.with_columns(pl.col("signal").replace(numbers))
    by_number = {canonical_number(who): code for who, code in codes.items()}
    hidden = run._replace(
        is_hidden=True,
        methods={
            (canonical_number(by_number[who]), unit): {
                method: one._replace(candidate_id=by_number[who], assessor="") for method, one in held.items()
            }
            for (who, unit), held in run.methods.items()
            if who in by_number
        },
        decisions=tuple(
            one._replace(candidate_id=by_number[who], by="", reason="", confirmed_by="", evidence="")
            for one in run.decisions
            if (who := canonical_number(one.candidate_id)) in by_number
        ),
        audit=_audit(run.audit, codes, names.values(), files),
        candidates=people,
        criteria=_coded(run.criteria, codes).sort("candidate_id"),
        quarantine=_emptied(_coded(run.quarantine, codes, files), "raw", "line", "may_be"),
        signals=signals,
        unreconciled=unreconciled,
    )
    rows = [
        (code, who, names.get(who, ""), form if form in forms else "", forms.get(form, ""))
        for code, who, form in sorted((code, who, sat.get(who, "")) for who, code in codes.items())
    ]
    heads = ("code", "candidate_id", "name", "form", "form_code")
    return hidden, pl.DataFrame(rows, dict.fromkeys(heads, pl.String), orient="row")


def _coded(
    table: pl.DataFrame, codes: Mapping[str, str], files: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """The table with codes, in their order; whoever has none is nobody."""
    coded = table.with_columns(
        pl.col("candidate_id").replace_strict(codes, default="", return_dtype=pl.String)
    )
    if files is not None:
        coded = coded.with_columns(pl.col("file").replace_strict(files, default="", return_dtype=pl.String))
    return coded.sort("candidate_id", maintain_order=True)


def _emptied(table: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return table.with_columns(pl.lit("").alias(name) for name in columns if name in table.columns)


def _audit(
    audit: Mapping[str, Any], codes: Mapping[str, str], names: Iterable[str], files: Mapping[str, str]
) -> dict[str, Any]:
    """The audit without what was decided of single persons; who corrected is not named either, nor is anybody
    in the reason that was written."""
    found = {name: value for name, value in audit.items() if name not in _LEFT_OUT}
    if found.get("corrections"):
        hide = {**codes, **dict.fromkeys(names, "…")}
        corrections = []
        for one in found["corrections"]:
            reason = str(one.get("reason", ""))
            for name in sorted((name for name in hide if name in reason), key=len, reverse=True):
                reason = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", hide[name], reason)
            for number, code in codes.items():
                reason = replaced(reason, number, code)
            corrections.append({**one, "by": "", "reason": reason})
        found["corrections"] = corrections
    if found.get("left_out"):
        found["left_out"] = [{**one, "named": []} for one in found["left_out"]]
    found["inputs"] = [{**one, "file": files[str(one["file"])]} for one in audit.get("inputs") or ()]
    return found


# ── what is told beside a run ────────────────────────────────────────────────────────────────


def pseudonymous_changes(found: Comparison, codes: pl.DataFrame) -> Comparison:
    """A comparison with an earlier run under the codes of the later one.

    Whoever stands in the earlier run alone has no code: they are counted, and not named; nor is a form of
    their own.
    """
    known = dict(codes.select("candidate_id", "code").rows())
    forms = _forms_of(codes)
    own = ("candidate_id", "form_before", "form_after", "score_before", "score_after", "decision_before",
           "decision_after", "change", "criteria")  # fmt: skip
    return found._replace(
        groups={
            name: tuple(sorted(one._replace(name=_form(one.name, forms)) for one in group))
            for name, group in found.groups.items()
            if name == "form"
        },
        only_before=tuple("" for _ in found.only_before),
        only_after=tuple(known.get(who, "") for who in found.only_after),
        rows=_coded(found.rows.select(own), known)
        .with_columns(
            pl.col(name).map_elements(lambda form: _form(form, forms), return_dtype=pl.String)
            for name in ("form_before", "form_after")
        )
        .sort("candidate_id"),
    )


def pseudonymous_analysis(found: Mapping[str, Any], codes: pl.DataFrame) -> dict[str, Any]:
    """The document of an item analysis, its forms under their codes and in the order of these."""
    forms = _forms_of(codes)
    items = [{**one, "asked": _in_code(one.get("asked") or (), forms)} for one in found["items"]]
    return {**found, "forms": _in_code(found["forms"], forms), "items": items}


def _in_code(found: Iterable[Mapping[str, Any]], codes: Mapping[str, str]) -> list[dict[str, Any]]:
    coded = ({**one, "form": _form(str(one["form"]), codes)} for one in found)
    return sorted(coded, key=lambda one: str(one["form"]))


def _forms_of(codes: pl.DataFrame) -> dict[str, str]:
    """Forms with a code, and those that they were drawn from."""
    found = dict(codes.select("form", "form_code").filter(pl.col("form") != "").rows())
    return {**{base_form(form): base_form(code) for form, code in found.items()}, **found}


def _form(form: str, codes: Mapping[str, str]) -> str:
    """The code of a form; of a booklet without one the form that it was drawn from."""
    base = base_form(form)
    return codes.get(form) or codes.get(base, base)


# ── codes ────────────────────────────────────────────────────────────────────────────────────


def short_codes(names: Iterable[str], secret: bytes) -> dict[str, str]:
    """Name → code: as short as keeps all of them apart, and longer only where two are alike.

    Of two that are alike, the one that comes later gets one letter more.
    """
    taken: dict[str, str] = {}
    for name in names:
        whole = b32encode(blake2b(name.encode(), key=secret, digest_size=30).digest()).decode()
        length = SHORTEST
        while whole[:length] in taken:
            length += 1
        taken[whole[:length]] = name
    return {name: code for code, name in taken.items()}


def form_codes(run: ScoredRun, secret: bytes) -> dict[str, str]:
    """The serials of booklets → codes."""
    named: list[str] = []
    for table in (run.candidates, run.criteria, run.signals, run.unreconciled):
        if table is not None:
            named += table["form"].unique().to_list()
    for cell in run.scale["forms"].unique().to_list():
        named += (name for name in cell.split(" ") if name != "…")
    named += (column.partition("_")[2] for column in run.coverage.columns if column.startswith(_OF_FORM))
    if run.ledger is not None:
        named += run.ledger.filter(pl.col("by") == "form")["name"].to_list()
    for one in run.audit.get("corrections") or ():
        for where in (one, *(one.get("places") or ())):
            named += (str(where[name]) for name in ("form", "drawn_from") if where.get(name))
    named += (*run.exam.cuts, *(run.alike.names if run.alike is not None else ()))
    names = sorted({name for name in named if name and name not in _ALL_FORMS})
    serials = [name for name in names if name != base_form(name)]
    codes = short_codes([f"form {name}" for name in serials], secret)
    return {name: f"{base_form(name)}-{codes[f'form {name}']}" for name in serials}


# ── in place of the forms ────────────────────────────────────────────────────────────────────


def with_form_codes(run: ScoredRun, codes: Mapping[str, str]) -> ScoredRun:
    """The run with those codes; forms stand in their order, since that of the booklets tells of people."""
    if not codes:
        return run
    forms = {code: form for form, code in codes.items()}

    def asked(answer: Callable[..., Any] | None) -> Any:
        """The same answer, asked by the code of a form."""
        return answer and (lambda form, *more: answer(forms.get(form, form), *more))

    def coded(table: pl.DataFrame, column: str = "form") -> pl.DataFrame:
        return table.with_columns(changed(table[column], lambda names: names.replace(codes)))

    cells = {
        cell: " ".join(codes.get(name, name) for name in cell.split(" "))
        for cell in run.scale["forms"].unique().to_list()
    }
    corrections = []
    for one in run.audit.get("corrections") or ():
        # in a reason that somebody wrote, too, where it has serials
        reason = re.sub(
            r"[\w-]+",
            lambda found: codes.get(found[0], found[0]) if "-" in found[0] else found[0],
            str(one.get("reason", "")),
        )
        correction = {**_form_coded(one, codes), "reason": reason}
        if "places" in one:
            correction["places"] = sorted(
                (_form_coded(where, codes) for where in one["places"]),
                key=lambda where: str(where.get("form") or where.get("drawn_from")),
            )
        corrections.append(correction)
    alike = run.alike
    if alike is not None:
        alike = alike._replace(
            names=tuple(codes.get(name, name) for name in alike.names),
            number={codes.get(name, name): n for name, n in alike.number.items()},
        )
    ledger = run.ledger
    if ledger is not None:
        is_form = pl.col("by") == "form"
        own = coded(ledger.filter(is_form), "name").sort("name")
        ledger = pl.concat([ledger.filter(~is_form), own])
    unreconciled = run.unreconciled
    if unreconciled is not None:
        details = {f"scored on {name}": f"scored on {code}" for name, code in codes.items()}
        unreconciled = coded(unreconciled).with_columns(pl.col("detail").replace(details))
    signals = run.signals
    if signals is not None:
        # a form behind its word, in what a signal says
        words = ("form", tell("Form {name}", name="").th)
        named = re.compile("|".join(rf"(?<={re.escape(word.strip())} )[\w-]+" for word in words))
        signals = coded(signals).with_columns(
            pl.col(name).map_elements(
                lambda text: named.sub(lambda found: codes.get(found[0], found[0]), text),
                return_dtype=pl.String,
            )
            for name in ("seen_th", "seen_en")
        )
    cuts = {codes.get(name, name): cut for name, cut in run.exam.cuts.items()}
    return run._replace(
        exam=run.exam.model_copy(update={"cuts": cuts}),
        audit={**run.audit, "corrections": corrections},
        candidates=coded(run.candidates),
        criteria=coded(run.criteria),
        scale=run.scale.with_columns(pl.col("forms").replace_strict(cells, return_dtype=pl.String)),
        coverage=_columns(run.coverage, codes),
        standard=_columns(run.standard, codes),
        signals=signals,
        ledger=ledger,
        unreconciled=unreconciled,
        alike=alike,
        hold_parts=asked(run.hold_parts),
        changed_of=asked(run.changed_of),
        scaled_of=asked(run.scaled_of),
        scale_of=asked(run.scale_of),
    )


def _columns(table: pl.DataFrame, codes: Mapping[str, str]) -> pl.DataFrame:
    """Columns of forms under their codes, each kind where it stood, in the order of the codes."""
    own = [name for name in table.columns if name.startswith(_OF_FORM)]
    named = {name: f"{name.partition('_')[0]}_{codes.get(form, form)}"
             for name in own for form in (name.partition("_")[2],)}  # fmt: skip
    if all(name == coded for name, coded in named.items()):
        return table
    kinds = [kind for kind in _OF_FORM if any(name.startswith(kind) for name in own)]
    order = [name for kind in kinds for name in sorted(named.values()) if name.startswith(kind)]
    first = table.columns.index(own[0])
    rest = [name for name in table.columns if name not in own]
    return table.rename(named).select(*rest[:first], *order, *rest[first:])


def _form_coded(one: Mapping[str, Any], codes: Mapping[str, str]) -> dict[str, Any]:
    """With a code in place of the form; of many, neither the first nor the last, since they stand in the
    order of people."""
    forms = {name: codes.get(str(one[name]), one[name]) for name in ("form", "drawn_from") if one.get(name)}
    return {**{name: value for name, value in one.items() if name not in ("first", "last")}, **forms}
