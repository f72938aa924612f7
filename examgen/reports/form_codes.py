"""A scored run and a secret → the same run with codes in place of forms that one candidate had.

The list of booklets says whose a serial is, and whose a form where every candidate has one of their own.
Either may be printed in a report that names nobody, so both are replaced: the serial `A-0001-19` by
`A-K7QXM2PF`, form `001` of an exam with a form for each candidate by `FQ2ZB4TMA`. Forms that many had stay.
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import polars as pl

from examgen.core.exam.names import base_form
from examgen.core.words import tell

if TYPE_CHECKING:
    from examgen.core.scored_run import ChangedOf, HoldParts, ScaledOf, ScaleOf, ScoredRun

SHORTEST = 8
"""Letters and figures of a code; more where two would have the same."""
_OF_FORM = ("items_", "asked_", "percent_")
"""What the name of a form's column begins with."""
_ALL_FORMS = ("least", "most")
_NAMED = r"(?<={} )[\w-]+"
"""A form behind its word, in what a signal says."""


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
    """The serials of booklets, and forms that were made for one candidate each → codes."""
    names = sorted({name for name in _names(run) if name and name not in _ALL_FORMS})
    is_own = run.exam.blueprint.forms == "per_candidate"
    bases = sorted({base_form(name) for name in names}) if is_own else []
    serials = [name for name in names if name != base_form(name)]
    codes = short_codes([f"form {name}" for name in dict.fromkeys((*bases, *serials))], secret)
    found = {name: f"F{codes[f'form {name}']}" for name in bases}
    return found | {
        name: f"{found.get(base_form(name), base_form(name))}-{codes[f'form {name}']}" for name in serials
    }


def _names(run: ScoredRun) -> Iterator[str]:
    """Every form that the run names."""
    for table in (run.candidates, run.criteria, run.signals, run.unreconciled):
        if table is not None:
            yield from table["form"].unique().to_list()
    for cell in run.scale["forms"].unique().to_list():
        yield from (name for name in cell.split(" ") if name != "…")
    yield from (column.partition("_")[2] for column in run.coverage.columns if column.startswith(_OF_FORM))
    if run.ledger is not None:
        yield from run.ledger.filter(pl.col("by") == "form")["name"].to_list()
    for one in run.audit.get("corrections") or ():
        for where in (one, *(one.get("places") or ())):
            yield from (str(where[name]) for name in ("form", "drawn_from") if where.get(name))
    yield from run.exam.cuts
    yield from run.alike.names if run.alike is not None else ()


# ── in place of the forms ────────────────────────────────────────────────────────────────────


def with_form_codes(run: ScoredRun, codes: Mapping[str, str]) -> ScoredRun:
    """The run with those codes; forms stand in their order, since that of the booklets tells of people."""
    if not codes:
        return run
    cells = {cell: _listed(cell, codes) for cell in run.scale["forms"].unique().to_list()}
    corrections = [_correction(one, codes) for one in run.audit.get("corrections") or ()]
    alike = run.alike
    if alike is not None:
        alike = alike._replace(
            names=tuple(codes.get(name, name) for name in alike.names),
            number={codes.get(name, name): n for name, n in alike.number.items()},
        )
    return run._replace(
        exam=run.exam.model_copy(update={"cuts": _keys(run.exam.cuts, codes)}),
        audit={**run.audit, "corrections": corrections},
        candidates=_coded(run.candidates, codes),
        criteria=_coded(run.criteria, codes),
        scale=run.scale.with_columns(pl.col("forms").replace_strict(cells, return_dtype=pl.String)),
        coverage=_columns(run.coverage, codes),
        standard=_columns(run.standard, codes),
        signals=None if run.signals is None else _signals(run.signals, codes),
        ledger=None if run.ledger is None else _ledger(run.ledger, codes),
        unreconciled=None if run.unreconciled is None else _unreconciled(run.unreconciled, codes),
        alike=alike,
        hold_parts=None if run.hold_parts is None else _held(run.hold_parts, codes),
        changed_of=None if run.changed_of is None else _changed(run.changed_of, codes),
        scaled_of=None if run.scaled_of is None else _scaled(run.scaled_of, codes),
        scale_of=None if run.scale_of is None else _scale(run.scale_of, codes),
    )


def _held(hold: HoldParts, codes: Mapping[str, str]) -> HoldParts:
    """The same judgement, asked by the code of a form."""
    forms = {code: form for form, code in codes.items()}
    return lambda form, points: hold(forms.get(form, form), points)


def _changed(changed_of: ChangedOf, codes: Mapping[str, str]) -> ChangedOf:
    forms = {code: form for form, code in codes.items()}
    return lambda form: changed_of(forms.get(form, form))


def _scaled(scaled_of: ScaledOf, codes: Mapping[str, str]) -> ScaledOf:
    forms = {code: form for form, code in codes.items()}
    return lambda form, points: scaled_of(forms.get(form, form), points)


def _scale(scale_of: ScaleOf, codes: Mapping[str, str]) -> ScaleOf:
    forms = {code: form for form, code in codes.items()}
    return lambda form: scale_of(forms.get(form, form))


def _keys(found: Mapping[str, Any], codes: Mapping[str, str]) -> dict[str, Any]:
    return {codes.get(name, name): value for name, value in found.items()}


def _listed(cell: str, codes: Mapping[str, str]) -> str:
    return " ".join(codes.get(name, name) for name in cell.split(" "))


def _coded(table: pl.DataFrame, codes: Mapping[str, str], column: str = "form") -> pl.DataFrame:
    return table.with_columns(pl.col(column).replace(codes))


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


def _signals(table: pl.DataFrame, codes: Mapping[str, str]) -> pl.DataFrame:
    form = tell("Form {name}", name="")
    words = (re.escape(word.strip()) for word in ("form", form.th))
    named = re.compile("|".join(map(_NAMED.format, words)))

    def said(text: str) -> str:
        return named.sub(lambda found: codes.get(found[0], found[0]), text)

    texts = (pl.col(name).map_elements(said, return_dtype=pl.String) for name in ("seen_th", "seen_en"))
    return _coded(table, codes).with_columns(texts)


def _ledger(table: pl.DataFrame, codes: Mapping[str, str]) -> pl.DataFrame:
    is_form = pl.col("by") == "form"
    forms = _coded(table.filter(is_form), codes, "name").sort("name")
    return pl.concat([table.filter(~is_form), forms])


def _unreconciled(table: pl.DataFrame, codes: Mapping[str, str]) -> pl.DataFrame:
    details = {f"scored on {name}": f"scored on {code}" for name, code in codes.items()}
    return _coded(table, codes).with_columns(pl.col("detail").replace(details))


def _correction(one: Mapping[str, Any], codes: Mapping[str, str]) -> dict[str, Any]:
    reason = re.sub(r"[\w-]+", lambda found: codes.get(found[0], found[0]) if "-" in found[0] else found[0],
                    str(one.get("reason", "")))  # fmt: skip
    found = {**_form_coded(one, codes), "reason": reason}
    if "places" in one:
        places = [_form_coded(where, codes) for where in one["places"]]
        found["places"] = sorted(places, key=lambda where: str(where.get("form") or where.get("drawn_from")))
    return found


def _form_coded(one: Mapping[str, Any], codes: Mapping[str, str]) -> dict[str, Any]:
    """With a code in place of the form; of many, neither the first nor the last, since they stand in the
    order of people."""
    forms = {name: codes.get(str(one[name]), one[name]) for name in ("form", "drawn_from") if one.get(name)}
    return {**{name: value for name, value in one.items() if name not in ("first", "last")}, **forms}
