"""What an exam analysis found → context of `analysis.html`: the test, the key alarm, a page for each item.

Takes the plain values of the analysis and the texts of the items as HTML; shows numbers rounded, and a dash
where there is none. The report holds keys: it is for those who may see them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from examgen.core.scored_run import UNRELEASED, ReleaseState
from examgen.core.text.characters import printed_letters
from examgen.core.words import Pair, tell, tell_n
from examgen.rendering.parts import (
    draft_words,
    face_addresses,
    release_mark,
    release_notice,
    synthetic_words,
)
from examgen.rendering.plot import in_both
from examgen.reports.analysis_report import figures
from examgen.reports.analysis_report.forms import form_tables, test_figures, test_words
from examgen.reports.analysis_report.items import COLUMNS, Document, ItemText, item_page, item_words, number
from examgen.reports.analysis_report.words import (
    REASONS,
    SURE,
    examined_words,
    half_examined_words,
    note_words,
    subscore_words,
)


def analysis_report(found: Document, texts: Mapping[str, ItemText], choices: str) -> dict[str, object]:
    """Everything that the page shows; `choices` says how options are lettered (`thai` or `latin`)."""
    letters = printed_letters(choices)
    anchors = {row["name"]: f"item-{n}" for n, row in enumerate(found["items"], start=1)}
    state = ReleaseState(**found["release"]) if "release" in found else UNRELEASED
    is_released = state.state == "released"
    n_items, n_examined = found["n_items"], found["n_examined"]
    alarms = []
    for alarm in found["alarms"]:
        reasons = [tell("{sure}: {seen}", sure=SURE[alarm["sure"]], seen=alarm["message"])]
        reasons += [REASONS[reason] for reason in alarm["reasons"] if reason in REASONS]
        fifths = dict(zip(alarm["options"], alarm["fifths"], strict=True))
        alarms.append(
            {
                "rank": alarm["rank"],
                "item": alarm["item"],
                "anchor": anchors[alarm["item"]],
                "key": ", ".join(alarm["key"]),
                "suggested": alarm["suggested"],
                "reasons": reasons,
                "correction": alarm["correction"],
                "figure": figures.option_curves(
                    f"alarm-{alarm['rank']}", fifths, alarm["fifths_n"], alarm["key"]
                ),
            }
        )
    return {
        "exam": found["exam"],
        "title": found["title"],
        "facts": [
            (tell("run"), str(found["run"])),
            (tell("fingerprint"), str(found["fingerprint"])),
            *([(tell("release"), str(state.release))] if is_released else []),
            (tell("candidates"), number(found["n_candidates"])),
            (tell("items"), number(n_items)),
            (tell("model"), str(found["irt"]["model"]["name"])),
        ],
        "notices": list(_notices(found, state)),
        "release_mark": "" if is_released else release_mark(state),
        "tiles": list(_tiles(found)),
        "alarms": alarms,
        "unexamined": examined_words(n_items, n_examined, found["min_n"]),
        "half_examined": half_examined_words(
            n_items, n_examined - found["n_fully_examined"], found["min_n_fully"]
        ),
        "n_examined": n_examined,
        "form_tables": form_tables(found["forms"]),
        "test_words": list(test_words(found)),
        "subscore_words": subscore_words(found["subscores"]),
        "figures": test_figures(found),
        "item_heads": [head for head, _, _ in COLUMNS],
        "items": [
            item_page(row, found, texts.get(row["name"]), anchors[row["name"]], letters)
            for row in found["items"]
        ],
        "item_words": item_words(found),
        "notes": note_words([note for note in found["notes"] if note["code"] != "forms-not-linked"]),
        "faces": face_addresses(),
        "printed": False,
    }


def _notices(found: Document, state: ReleaseState) -> Iterator[Pair]:
    """What a reader must know before any figure."""
    n = found["n_candidates"]
    for notice in (
        release_notice(state),
        synthetic_words(n, found["n_synthetic"]),
        draft_words(found["n_unapproved"], found["n_printed"]),
    ):
        if notice is not None:
            yield notice
    if n < 100:
        yield tell_n(
            "There is only {n} candidate, so every figure is rough. See the intervals.",
            "There are only {n} candidates, so every figure is rough. See the intervals.",
            n,
        )
    model = found["irt"]["model"]
    if model["log_likelihood"] is None:
        yield tell("No model was fitted, because too few items have both right and wrong answers.")
    elif not model["converged"]:
        yield tell("The model did not converge. Do not use its parameters.")
    if any(note["code"] == "forms-not-linked" for note in found["notes"]):
        yield tell(
            "The forms share no items. Compare their difficulties only if their candidates are equally able."
        )


def _tiles(found: Document) -> Iterator[dict[str, object]]:
    """Figures to be seen first."""
    n_sure = sum(alarm["sure"] != "possible" for alarm in found["alarms"])
    n_flagged = sum(bool(row["flags"]) for row in found["items"])
    n, of = found["n_examined"], ""
    if n != found["n_items"]:
        of = in_both(tell("examined"), " · ") + f" {n} / {found['n_items']}"
    doubted, flagged = (f"{n_sure}", f"{n_flagged} / {n}") if n else ("–", "–")
    yield {"name": tell("keys in doubt"), "value": doubted, "note": of, "good": not n_sure}
    yield {"name": tell("items to review"), "value": flagged, "note": of, "good": True}
    for form in found["forms"][:3]:
        name = tell("reliability, form {form}", form=form["form"])
        interval = f"95 % {number(form['alpha_low'])} – {number(form['alpha_high'])}"
        yield {"name": name, "value": number(form["alpha"]), "note": interval, "good": True}
