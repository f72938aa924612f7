"""An exam's analysis → what `analysis.html` shows: the test, the key alarms, an entry for each item.

The template takes most figures from the analysis itself. This module adds what requires a choice or a
drawing: rows of the forms' table, the letters under which options were printed, figures, notes. The report
contains keys, so it is only for those who may see them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from examgen.core.exam.releases import ReleaseState
from examgen.core.text.characters import printed_letters
from examgen.core.words import Message, Pair, joined, tell
from examgen.rendering.parts import (
    draft_words,
    face_addresses,
    release_mark,
    release_notice,
    synthetic_words,
)
from examgen.rendering.plot import in_both, signed
from examgen.reports.analysis_report import figures
from examgen.reports.analysis_report.words import (
    REASONS,
    SURE,
    examined_words,
    flag_words,
    half_examined_words,
    note_words,
    subscore_words,
)

Document = Mapping[str, Any]

MODEL_FIELDS = (
    "a", "se_a", "difficulty", "se_b", "c", "se_c", "infit", "infit_z", "outfit", "outfit_z",
    "s_x2", "s_x2_df", "s_x2_p",
)  # fmt: skip
"""The model's estimates for an item: parameters and their fit, without the key."""
MOST_FORMS = 6
"""The maximum number of forms in one table, and of forms that have their own figures."""
_MOST_PLACES, _MOST_LETTERS = 8, 4
"""The maximum number of places listed for an item, and of forms whose letters are listed for an option."""

_FORM_ROWS = (
    (tell("candidates"), "n_candidates", 0),
    (tell("items"), "n_items", 0),
    (tell("mean number right"), "mean", 2),
    (tell("standard deviation of the number right"), "sd", 2),
    (tell("Cronbach's alpha"), "alpha", 3),
    (tell("omega (one factor, from correlations)"), "omega", 3),
    (tell("Guttman's lambda 2 (from correlations)"), "lambda2", 3),
    (tell("split half, odd and even (Spearman–Brown)"), "split_half", 3),
    (tell("KR-21"), "kr21", 3),
    (tell("SEM from alpha: SD·√(1−alpha)"), "sem", 2),
)
"""The rows of every table of forms: name, field, decimals."""
_POINTS = (
    (tell("points of the run: mean"), "points_mean", 2),
    (tell("points of the run: standard deviation"), "points_sd", 2),
)
_CUT = (tell("cut, points"), "cut_points", 2)
_APART = 0.3
"""The minimum distance, in logits, between the cuts of two forms that is reported."""
_SEM = {
    "blueprint": tell("SEM at the cut (method set in the blueprint)"),
    "lord": tell("SEM at the cut (Lord's binomial error)"),
}


def number(value: Any, digits: int = 2) -> str:
    """Return a number as text with a true minus sign; a dash for None."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else signed(value, digits)


def percent(value: float | None) -> str:
    """Return a share as a whole percentage without the sign; a dash for None."""
    return "–" if value is None else f"{value * 100:.0f}"


def analysis_report(
    found: Document, texts: Mapping[str, Mapping[str, Any]], choices: str
) -> dict[str, object]:
    """Return the context of the page. `texts` has the `stem`, `options`, `rationale` and `criterion` of each
    item; `choices` says how options are lettered (`thai` or `latin`)."""
    state = ReleaseState(**found["release"])
    n_items, n_examined, n_fully = (found[name] for name in ("n_items", "n_examined", "n_fully_examined"))
    notices = (
        release_notice(state),
        synthetic_words(found["n_candidates"], found["n_synthetic"]),
        draft_words(found["n_unapproved"], found["n_printed"]),
    )
    maps, map_words = wright_maps(found)
    items, letters = enumerate(found["items"], start=1), printed_letters(choices)
    rows = [_item(row, found, texts[row["name"]], f"item-{n}", letters) for n, row in items]
    return {
        "found": found,
        "number": number,
        "percent": percent,
        "release": str(state.release) if state.state == "released" else "",
        "release_mark": "" if state.state == "released" else release_mark(state),
        "notices": [notice for notice in notices if notice is not None],
        "n_items": tell("items"),
        "facility": tell("facility"),
        "item_rest": tell("item–rest"),
        "examined": in_both(tell("examined"), " · "),
        "anchors": {row["name"]: row["anchor"] for row in rows},
        "alarms": [_alarm(alarm) for alarm in found["alarms"]],
        "unexamined": examined_words(n_items, n_examined, found["min_n"]),
        "half_examined": half_examined_words(n_items, n_examined - n_fully, found["min_n_fully"]),
        "are_points": any(map(_has_points, found["forms"])),
        "cuts_apart": _cuts_apart(found["irt"], is_linked(found)),
        "form_rows": form_rows(found["forms"]),
        "plots": [*_score_plots(found["forms"][:MOST_FORMS]), *_information(found["irt"])],
        "maps": maps,
        "map_words": map_words,
        "is_linked": is_linked(found),
        "subscore_words": subscore_words(found["subscores"]),
        "rows": rows,
        "notes": note_words([note for note in found["notes"] if note["code"] != "forms-not-linked"]),
        "faces": face_addresses(),
        "printed": False,
    }


def _alarm(alarm: Document) -> Document:
    fifths = dict(zip(alarm["options"], alarm["fifths"], strict=True))
    name = f"alarm-{alarm['rank']}"
    return {
        **alarm,
        "reasons": [
            tell("{sure}: {seen}", sure=SURE[alarm["sure"]], seen=alarm["message"]),
            *(REASONS[reason] for reason in alarm["reasons"] if reason in REASONS),
        ],
        "figure": figures.option_curves(name, fifths, alarm["fifths_n"], alarm["key"]),
    }


# ── the test as a whole ──────────────────────────────────────────────────────────────────────


def is_linked(found: Document) -> bool:
    """Return whether the forms share items, so that the model places them on one scale."""
    return not any(note["code"] == "forms-not-linked" for note in found["notes"])


def _has_points(form: Document) -> bool:
    """Return whether points differ from the number right: because of weights, partial credit, a penalty or
    credited questions."""
    pairs = ((form["mean"], form["points_mean"]), (form["sd"], form["points_sd"]))
    return any(a is not None and b is not None and abs(a - b) > 5e-3 for a, b in pairs)


def form_rows(forms: Sequence[Document]) -> list[tuple[Pair, list[str]]]:
    """Return a row for each statistic: its name, and a cell for each form."""
    rows = [*_FORM_ROWS, *(_POINTS if any(map(_has_points, forms)) else ())]
    if any(form["cut_points"] is not None for form in forms):
        rows.append(_CUT)
    kinds = sorted({form["sem_kind"] for form in forms} - {None})
    rows += [(_SEM[kind], "sem_at_cut", 2) for kind in kinds]

    def cell(value: Any, digits: int) -> str:
        is_whole = isinstance(value, float) and digits == 2 and value.is_integer()
        return number(int(value) if is_whole else value, digits)

    return [(head, [cell(form[field], digits) for form in forms]) for head, field, digits in rows]


def _cuts_apart(irt: Document, are_linked: bool) -> Pair | None:
    """Return the sentence that the cuts of forms are different standards on the ability scale, beyond the
    error of the scale; None if they are not."""
    apart = irt["cuts_apart"]
    if apart is None or apart["logits"] < _APART or apart["logits_low"] <= 0:
        return None
    places = ", ".join(
        f"{form} {number(cut)} (SE {number(irt['cut_errors'][form])})"
        for form, cut in irt["cuts"].items()
        if cut is not None
    )
    alike = tell(
        " This assumes that the candidates of the forms are equally able, because the forms share no items. "
        "It does not hold if those of form {high} are less able.",
        high=apart["higher"],
    )
    n_pairs = apart["n_pairs"]
    return tell(
        "On the ability scale the cuts are different standards: {places}. Form {high} requires {logits} "
        "logits more to pass than form {low} (95 %{over}: {least} to {most}).{alike}",
        places=places,
        high=apart["higher"],
        logits=number(apart["logits"]),
        low=apart["lower"],
        over=tell(" over all {n} pairs of forms", n=n_pairs) if n_pairs > 1 else "",
        least=number(apart["logits_low"]),
        most=number(apart["logits_high"]),
        alike="" if are_linked else alike,
    )


def _score_plots(forms: Sequence[Document]) -> list[Document]:
    plots: list[Document] = []
    for n, form in enumerate(forms, start=1):
        cut, sem, words = form["cut"], form["sem_at_cut"], None
        if cut is not None and sem is not None:
            words = tell(
                "The band contains the scores within one {kind} of the cut: {shown}.",
                kind=_SEM[form["sem_kind"]],
                shown=number(sem),
            )
        svg = figures.score_distribution(f"scores-{n}", form["score_counts"], cut, sem)
        plots.append({"name": tell("Scores of form {form}", form=form["form"]), "svg": svg, "words": words})
    return plots


def _information(irt: Document) -> list[Document]:
    by_form = {form: curve for form, curve in irt["form_information"].items() if curve}
    curves = by_form or ({"": irt["information"]} if irt["information"] else {})
    if not curves:
        return []
    name = tell("Test information") if by_form else tell("Information of all items together")
    cuts = {form: cut for form, cut in irt["cuts"].items() if cut is not None}
    words = tell(
        "A higher value shows more precise measurement at that ability. It should be high near the cut "
        "score. The right axis shows the standard error of ability, in logits."
    )
    svg = figures.information("information", curves, cuts, in_both(name))
    return [{"name": name, "svg": svg, "words": words}]


def wright_maps(
    found: Document, words: Callable[[Message], str] = in_both
) -> tuple[list[dict[str, object]], Pair]:
    """Return the Wright maps and a text on how to read them. There is one map for each form, all with the
    same axis, or one of all items if no form is described separately. `words` translates a label for the
    reader."""
    irt = found["irt"]
    difficulty = {
        row["name"]: (row["irt"]["difficulty"], {place["form"] for place in row["asked"]})
        for row in found["items"]
        if row["irt"]["difficulty"] is not None
    }
    maps: list[dict[str, object]] = []
    ends = figures.ability_ends([b for b, _ in difficulty.values()], irt["persons"])
    forms = [str(form["form"]) for form in found["forms"][:MOST_FORMS]] or [""]
    for n, form in enumerate(forms if difficulty else (), start=1):
        items = [(item, b) for item, (b, its_forms) in difficulty.items() if not form or form in its_forms]
        persons = irt["form_persons"][form] if form else irt["persons"]
        svg = figures.wright_map(f"wright-{n}", persons, items, irt["cuts"].get(form), ends, words)
        name = tell("Wright map, form {form}", form=form) if form else tell("Wright map")
        maps.append({"name": name, "svg": svg, "words": None})
    how_to_read = tell(
        "Left: candidates by ability. Right: items by difficulty (b). Where there are candidates but no "
        "items, measurement is imprecise."
    )
    more = tell(" The maps of all forms are on one scale, linked by shared items.")
    if not is_linked(found):
        more = tell(
            " The forms share no items, so they are not on one scale. Positions on different forms can be "
            "compared only if their candidates are equally able."
        )
    elif len(found["forms"]) < 2:
        return maps, how_to_read
    return maps, joined([how_to_read, more], "")


# ── an item ──────────────────────────────────────────────────────────────────────────────────


def _item(
    row: Document, found: Document, text: Mapping[str, Any], anchor: str, letters: Sequence[str]
) -> Document:
    name, places = row["name"], row["asked"]
    options = found["options"][name]
    chosen = {option["option"]: option["fifths"] for option in options if option["option"] is not None}
    keys = [option["option"] for option in options if option["is_key"]]
    plots = [figures.option_curves(f"{anchor}-options", chosen, options[0]["fifths_n"], keys)]
    notes = [note for note in found["notes"] if note["item"] == name]
    if row["curve"]:
        plots.append(figures.item_curve(f"{anchor}-curve", row["curve"], row["seen"]))
    elif not notes:
        notes = [{"code": "no-parameters", "item": name, "message": "the model has no curve for it"}]
    where = " · ".join(f"{place['form']} {place['question']}" for place in places[:_MOST_PLACES])
    return {
        **row,
        "anchor": anchor,
        "where": " · ".join(filter(None, (row["pc"], where))),
        "scale": ",".join(dict.fromkeys(place["form"] for place in places[:_MOST_LETTERS])),
        "text": text,
        "options": [_option(option, places, text, letters) for option in options],
        "flags": flag_words(row["flags"]),
        "notes": note_words(notes),
        "plots": plots,
    }


def _option(
    option: Document, places: Sequence[Document], text: Mapping[str, Any], letters: Sequence[str]
) -> Document:
    """Return an option with the letter under which it was printed, or the letter on each form."""
    name = option["option"]
    by_form = {
        place["form"]: letters[place["order"].index(name)] for place in places if name in place["order"]
    }
    printed = ""
    if len(set(by_form.values())) == 1:
        printed = next(iter(by_form.values()))
    elif len(by_form) <= _MOST_LETTERS:
        printed = ", ".join(f"{form} {letter}" for form, letter in by_form.items())
    words = text["options"].get(name, "")
    if name is None:
        words = f"({in_both(tell('blank'))})"
    elif name == "*":
        words = f"({in_both(tell('several marks, or not an option'))})"
    return {**option, "printed": printed, "text": words, "why": text["rationale"].get(name, "")}
