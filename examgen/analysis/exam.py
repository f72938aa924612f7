"""A scored run → the results of all analyses of its items, as plain values for the report.

Classical statistics are computed form by form, because totals of different forms are not comparable. The
statistics of an item on several forms are means over the forms, weighted by candidates. A blank counts as
wrong, as in the score, but the item response model ignores items that were not reached. The model is fitted
to all forms at once. If the forms have no common items, they are put on one scale by assuming that their
candidates are equally able, and a note says so.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from examgen.analysis.administrations import Administration, made_up, points_of_forms, responses_of
from examgen.analysis.parts import Document
from examgen.analysis.shown import message
from examgen.analysis.subscores import subscores_of
from examgen.core.exam.names import RESULTS
from examgen.core.exam.package import read_written
from examgen.core.files import Progress, quiet, yaml_bytes
from examgen.core.problems import WrongUsage
from examgen.core.text.characters import LETTERS, THAI_LETTERS
from examgen.core.words import option, tell
from examgen.rendering.parts import unapproved_of
from examgen.scoring.runs import read_scored, run_of
from examgen.scoring.scored_run import ScoredRun
from examgen.stats.irt_forms import fit_of_forms, forms_on_scale, misfit, sample_of_forms
from examgen.stats.irt_models import Fit, linked
from examgen.stats.item_flags import flags, least_candidates
from examgen.stats.item_statistics import FormItems, items_by_form, items_of_all, missing_of
from examgen.stats.key_alarm import key_alarm
from examgen.stats.matrix import NOT_ADMINISTERED, Chosen, Floats, administered
from examgen.stats.mml_curves import LogitNormal
from examgen.stats.mml_fit import fit_mml
from examgen.stats.option_statistics import option_statistics
from examgen.stats.results import Note, plain

MOST_FORMS = 20
"""The largest number of forms that are analysed separately (each candidate may have a form of their own)."""
FEW_FOR_SLOPES = 500
"""With fewer candidates for some item, slopes are not estimated: the model is Rasch."""
MOST_SHOWN = 12
"""The largest number of places for which a comment lists the printed letters."""
_GRAVITY = {
    "negative-discrimination": 16, "under-chance": 16, "distractor-attracts-able": 8, "low-discrimination": 4,
    "misfit": 3, "too-hard": 2, "too-easy": 2, "many-blanks": 2,
}  # fmt: skip


class ExamAnalysis(NamedTuple):
    """The analysis of an exam.

    `document` has only JSON values; the other fields are for code that writes files from them.
    """

    document: Document
    administration: Administration
    chosen: Chosen
    """The responses to the analysed items."""
    fit: Fit


def analyse_exam(
    folder: Path,
    run: str | None = None,
    *,
    model: str | None = None,
    min_n: int | None = None,
    progress: Progress = quiet,
    scored: ScoredRun | None = None,
) -> ExamAnalysis:
    """Analyse the items of a scored run; `scored` is the run, if the caller has read it already.

    The default of `model` depends on the number of candidates. `min_n` is the fewest candidates of an item
    for a flag or an alarm, by default 20 for findings beyond chance and 50 for others.

    Raises Refused if a file of the run has changed since it was written, or if nobody was scored.
    """
    package = read_written(folder)
    progress(tell("reading the responses of the run"))
    found = responses_of(folder, run)
    places = found.places(folder, "scored", "pilot")
    chosen, columns = found.chosen.part(places), [found.columns[place] for place in places]
    counted = np.array([column.standing == "scored" for column in columns])
    progress(tell("classical statistics"))
    forms: dict[str, FormItems] = {}
    documents: list[Document] = []
    every_note: list[Document] = []
    if len(found.forms) > MOST_FORMS:
        pooled = items_of_all(chosen, counted)
    else:
        questions = {
            number: [next((q for name, q, _ in one.asked if name == form), 0) for one in columns]
            for number, form in enumerate(found.forms)
        }
        by_number, pooled = items_by_form(chosen, found.form, counted, questions)
        forms = {found.forms[number]: one for number, one in by_number.items()}
        points = points_of_forms(scored or read_scored(folder, str(found.run)))
        for form, own in forms.items():
            document, unlike = _form(found, form, own, [places[n] for n in own.counted], points[form])
            documents.append(document)
            every_note += ({**one, "form": form} for one in unlike)
    progress(tell("item response model"))
    cuts = {document["form"]: document["cut"] for document in documents}
    fit, irt, theta, notes_on_model = _irt(found, chosen, model, forms, cuts)
    at_all, fully = least_candidates(min_n)
    options, alarms, flags = raised(found, chosen, places, pooled, min_n, None if forms else theta)
    items: list[Document] = []
    for n, (column, row) in enumerate(zip(columns, plain(pooled.drop("item")), strict=True)):
        own_flags = [flag for flag in flags if flag["item"] == column.name]
        of_model = irt["items"][n]
        if fit.converged and row["n"] >= fully and (why := misfit(column.name, of_model)):
            own_flags.append(flag_row(why))
        items.append({
            "name": column.name, "item": column.item, "unit": column.unit, "element": column.element,
            "pc": column.pc, "standing": column.standing, "key": list(column.key_ids),
            "item_hash": column.item_hash,
            "asked": [{"form": form, "question": q, "order": list(order)} for form, q, order in column.asked],
            **row, "irt": of_model, "curve": irt["curves"][n], "seen": irt["seen"][n], "flags": own_flags,
            "examined": "fully" if row["n"] >= fully else "partly" if row["n"] >= at_all else "no",
        })  # fmt: skip
    for name in ("items", "curves", "seen"):
        del irt[name]
    items.sort(key=_trouble)
    n_unapproved, n_printed = unapproved_of(package.exam)
    document = {
        "exam": found.name,
        "title": package.exam.blueprint.title.model_dump(),
        "level": package.exam.blueprint.level,
        "run": found.run,
        "fingerprint": found.fingerprint,
        "release": found.release.as_dict(),
        "draft": package.exam.has_drafts,
        "n_unapproved": n_unapproved,
        "n_printed": n_printed,
        "n_synthetic": made_up(run_of(folder / RESULTS, str(found.run)).folder)[0],
        "n_candidates": len(found.chosen.candidates),
        "n_items": len(places),
        "n_examined": sum(row["n"] >= at_all for row in items),
        "min_n": at_all,
        "n_fully_examined": sum(row["n"] >= fully for row in items),
        "min_n_fully": fully,
        "forms": documents,
        "items": items,
        "options": options,
        "alarms": alarms,
        "irt": irt,
        "subscores": plain(subscores_of(found).table),
        "notes": [*(_note(one.code, one) for one in found.blank_sheets()), *every_note, *notes_on_model],
    }
    return ExamAnalysis(document, found, chosen, fit)


def _trouble(row: Document) -> tuple[bool, int, float]:
    """Return the sort key of an item.

    Examined items with the gravest flags come first, then those with the lowest discrimination. Items that
    were not examined follow in the order of the exam.
    """
    if row["examined"] == "no":
        return True, 0, 0.0
    gravity = sum(_GRAVITY.get(flag["code"], 1) for flag in row["flags"])
    rest = row["item_rest"]
    return False, -gravity, math.inf if rest is None else rest


def _note(code: str, text: str, item: str | None = None) -> Document:
    """Return a note on an item or on the whole exam as plain values."""
    values = text.values.values() if isinstance(text, Note) else ()
    return {"code": code, "item": item, "message": message(text), "values": list(map(str, values))}


# ── forms ────────────────────────────────────────────────────────────────────────────────────


def _form(
    found: Administration, form: str, own: FormItems, scored: Sequence[int], points: Document
) -> tuple[Document, list[Document]]:
    """Return the part of the document about a form, and notes on it; `scored` are its columns that count."""
    candidates = np.flatnonzero(found.form == found.forms.index(form))
    cut, unlike = _cut(found, candidates, scored, points["cut_points"])
    document = {
        "form": form,
        **plain(own.test),
        "n_pilot": len(own.places) - len(own.counted),
        "cut": cut,
        "score_counts": [[score, n] for score, n in enumerate(own.score_counts)],
        **points,
    }
    return document, [*(_note(one.code, one) for one in own.notes), *unlike]


def _cut(
    found: Administration, candidates: Any, scored: Sequence[int], points: float | None
) -> tuple[float | None, Iterator[Document]]:
    """Return the cut score as a number right, and notes on it.

    It is the cut in points without the points that a correction gave candidates. Points that went only to
    those who answered are included if most answered, and a note gives the number of candidates for whom that
    is wrong. None if the total decides nothing, or if an item right is not one point (other points, partial
    credit or a penalty).
    """
    own = [found.columns[place] for place in scored]
    if points is None or any(not {*one.worth, one.blank} <= {0, found.unit} for one in own):
        return None, iter(())
    given, unlike = 0.0, np.zeros(len(candidates), dtype=np.bool_)
    for place, one in enumerate(found.columns):
        if one.standing != "credited":
            continue
        cells = found.chosen.cells[candidates, place]
        if (cells != NOT_ADMINISTERED).any():
            has = (cells >= 0) | (one.blank > 0)
            most = bool(2 * np.count_nonzero(has) >= len(has))
            unlike |= has != most
            given += most * one.worth[0] / found.unit
    words = tell(
        "for {n} of {all} candidates the cut in items right differs, because a question counts "
        "as right for all who answered it, and not all did",
        n=int(unlike.sum()),
        all=len(unlike),
    )
    return max(points - given, 0.0), iter([_note("cut-unlike", words)] if unlike.any() else [])


# ── keys and items to look at ─────────────────────────────────────────────────────────────────


def correction_of(found: Administration, place: int, suggested: str | None, reason: str) -> str:
    """Return a correction as YAML: a new key if the alarm suggests one, otherwise the item is dropped.

    `place` is the position of the item in `found.columns`. The entry names options by their ids; a comment
    lists the letters that each form printed. The entry leaves the person and the date empty: `examgen score
    --corrections` refuses it until they are filled in.
    """
    one = found.columns[place]
    kind, ids = ("drop", []) if suggested is None else ("rekey", suggested.split("|"))
    # The item with the ids of its options; or, if forms score it differently, each form and question with the
    # letters printed there, for that place only.
    where: list[tuple[dict[str, object], list[str]]] = [({"item": one.item}, ids)]
    if sum(other.item == one.item for other in found.columns) > 1 and one.asked:
        where = [
            (
                {"form": form, "question": question, "only_here": True},
                [LETTERS[order.index(option)] for option in ids],
            )
            for form, question, order in one.asked
        ]
    entries = []
    for at, key in where:
        right = {"key": key[0] if len(key) == 1 else key} if key else {}
        lines = yaml_bytes({"kind": kind, **at, **right, "reason": reason}).decode().splitlines()
        body = "\n".join(f"{'  ' if n else '- '}{line}" for n, line in enumerate(lines))
        entries.append(
            f"{body}\n  by:      # who decided: name, committee, minutes\n  date:    # 2026-11-20\n"
        )
    shown = [
        f"{form} {question}: {_change(_letters(order, one.key_ids), _letters(order, ids))}"
        for form, question, order in one.asked[:MOST_SHOWN]
    ]
    more = f"; and {len(one.asked) - MOST_SHOWN} more" if len(one.asked) > MOST_SHOWN else ""
    of = f"; form and question {'; '.join(shown)}{more}" if shown else ""
    comment = f"# {one.item}: key {_change(', '.join(one.key_ids), ', '.join(ids))}{of}\n"
    return comment + "".join(entries)


def _change(old: str, new: str) -> str:
    return f"{old} → {new}" if new else old


def _letters(order: tuple[str, ...], ids: Collection[str]) -> str:
    places = [order.index(option) for option in ids if option in order]
    return ", ".join(f"{LETTERS[n]}/{THAI_LETTERS[n]}" for n in sorted(places))


def raised(
    found: Administration,
    chosen: Chosen,
    places: Sequence[int],
    items: pl.DataFrame,
    min_n: int | None,
    ability: Floats | None,
) -> tuple[dict[str, list[Document]], list[Document], list[Document]]:
    """Return statistics of options by item, key alarms, and flags.

    Groups of candidates are formed within each form, or by `ability` (N,) on a common scale if it is given:
    with many forms, each form has too few candidates. `items` has the statistics of the items.
    """
    counted = np.array([found.columns[place].standing == "scored" for place in places])
    form = None if ability is not None else np.asarray(found.form, dtype=np.int64)
    rows = option_statistics(chosen, form=form, ability=ability, counted=counted, not_reached_wrong=True)
    options: dict[str, list[Document]] = {name: [] for name in chosen.items}
    for row in plain(rows):
        options[row.pop("item")].append(row)
    every = key_alarm(chosen, rows, form=form, counted=counted, not_reached_wrong=True, min_n=min_n)
    place_of = dict(zip(chosen.items, places, strict=True))
    alarms = []
    for rank, (row, note) in enumerate(zip(plain(every.table), every.notes, strict=True), start=1):
        *own, blank = options[row["item"]]
        words = message(note)
        alarms.append({
            **row, "message": words, "options": [one["option"] for one in own],
            "share": [one["share"] for one in own], "fifths": [one["fifths"] for one in own],
            "fifths_n": blank["fifths_n"], "rank": rank,
            "correction": correction_of(found, place_of[row["item"]], row["suggested"], words),
        })  # fmt: skip
    return options, alarms, [flag_row(one) for one in flags(items, rows, min_n)]


def flag_row(flag: Note) -> Document:
    """Return a flag of an item as plain values, with its text in English and in Thai."""
    words = message(flag)
    return {
        "item": flag.values["item"],
        "code": flag.code,
        "option": flag.values.get("option"),
        "message": words.en,
        "message_th": words.th,
    }


# ── item response model ──────────────────────────────────────────────────────────────────────


def _irt(
    found: Administration,
    chosen: Chosen,
    model: str | None,
    forms: Mapping[str, FormItems],
    cuts: Mapping[str, float | None],
) -> tuple[Fit, Document, Floats, list[Document]]:
    """Return the fit, its part of the document, the forms and items on its scale, and notes."""
    least = len(chosen.cells) - int(missing_of(chosen)[-1].max())
    name = model or ("rasch" if least < FEW_FOR_SLOPES else "2pl")
    if name not in ("rasch", "1pl", "2pl", "3pl"):
        raise WrongUsage.because(
            "{model} must be rasch, 1pl, 2pl or 3pl, not {name}", name=name, model=option("model")
        )
    places = {form: own.places for form, own in forms.items()}
    counted = {form: own.counted for form, own in forms.items()}
    sample = sample_of_forms(found.form, len(chosen.items)) if forms else np.arange(len(chosen.cells))
    cells = chosen.part(range(len(chosen.items)), sample).scored().cells
    fit = fit_mml(cells, name, prior_c=LogitNormal(-1.1, 0.5) if name == "3pl" else None)
    figures, rows, notes_on_fit = fit_of_forms(fit, cells, list(places.values()))
    form = np.array(found.forms)[found.form[sample]]
    theta, scale, notes = forms_on_scale(fit, cells, form, places, counted, cuts)
    told = {
        "model": figures,
        "chosen_by": "candidates" if model is None else "user",
        "least_candidates": least,
        "items": [{"item": item, **row} for item, row in zip(chosen.items, rows, strict=True)],
        **scale,
    }
    every = [{**_note(one.code, one), "form": form} for form, one in notes]
    for one in notes_on_fit:
        item = None if one.item is None else chosen.items[one.item]
        every.append(_note(one.code, one.message, item))
    if len(sample) < len(chosen.cells):
        words = tell(
            "the item response model, its fit and its curves use {n} of the {all} candidates, "
            "sampled evenly from each form. The other statistics use all",
            n=f"{len(sample):,}",
            all=f"{len(chosen.cells):,}",
        )
        every.append(_note("model-of-a-sample", words))
    given = [administered(chosen.cells[found.form == number]) for number in np.unique(found.form)]
    if not linked(np.array(given)):
        words = tell(
            "The forms have no common items. Their difficulties can be compared only if "
            "the candidates of the forms are equally able."
        )
        every.append(_note("forms-not-linked", words))
    return fit, told, theta, every
