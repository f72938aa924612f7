"""Reports of coverage → contexts of `report-standard.html` and `report-unit.html`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from examgen.core.models.base import Bilingual
from examgen.rendering.parts import (
    MIN_N,
    day_words,
    face_addresses,
    in_its_figures,
    report_context,
    running_foot,
    with_labels,
)
from examgen.reports.coverage_report.report import CoverageReport, coverage_report
from examgen.reports.decisions import met_from_words, undecided_words
from examgen.reports.kinds import ReportDocument
from examgen.reports.language import ReportLanguage, share_bar
from examgen.reports.tables import COVERAGE

if TYPE_CHECKING:
    from examgen.core.words import Pair
    from examgen.rendering.parts import Lang, Proportion, Words
    from examgen.reports.coverage_report.report import CriterionHistory, UnitHistory
    from examgen.scoring.scored_run import ScoredRun

MOST_FORMS = 6
"""With more forms than these, the least and the most that a form asks stand in place of a column for each."""
MOST_SITTINGS = 8
"""The newest administrations that have a column of their own."""


def coverage_page(
    run: ScoredRun,
    found: CoverageReport,
    lang: Lang,
    words: Words,
    faces: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Everything that the page of one paper shows."""
    voice = ReportLanguage(lang, words)
    number, few = voice.number, len(found.forms) <= MOST_FORMS
    whole = next((part for part in found.parts if part.part == "all"), None)
    lines: list[dict[str, object]] = []
    for part in found.parts:
        if part.part == "all":
            continue
        of = number(part.criteria)
        asked = [f"{n}/{of}" for n in _asked(voice, part.asked, few)]
        place = {"level": part.part, "code": part.element or part.unit, "text": part.title}
        lines.append(
            {**place, "asked": asked, "mean": "", "is_asked": any(part.asked), **_met(voice, part.met)}
        )
        for one in part.lines:
            mean = "–" if one.mean_percent is None else f"{number(one.mean_percent, 1)} %"
            place = {"level": "pc", "code": one.code, "text": one.text}
            asked = _asked(voice, one.items, few)
            lines.append(
                {**place, "asked": asked, "mean": mean, "is_asked": one.is_asked, **_met(voice, one.met)}
            )
    n_all = found.n * whole.criteria if whole else 0
    return {
        **report_context(run, lang, words.digits, faces),
        "count": found.n,
        "n": number(found.n),
        "min_n": number(MIN_N),
        "small": 0 < found.n < MIN_N,
        "forms": found.forms if few else (),
        "n_forms": number(len(found.forms)),
        "n_criteria": number(found.n_criteria),
        "n_asked": number(found.n_criteria - len(found.never)),
        "met_of_judged": voice.percent(
            whole.judgements_met / whole.judged if whole and whole.judged else None
        ),
        "judged_of_all": voice.percent(whole.judged / n_all if whole and n_all else None),
        "nobody": not found.n,
        "judged": number(whole.judged if whole else 0),
        "judgements": number(whole.judged + whole.unjudged if whole else 0),
        "is_judged": bool(whole and whole.judged),
        "all_judged": not (whole and whole.unjudged),
        "undecided": undecided_words(voice, found.undecided) if found.undecided else None,
        "met_from": met_from_words(words, run),
        "lines": lines,
        "never": [(one.code, one.text) for one in found.never],
    }


def _met(voice: ReportLanguage, met: Proportion) -> dict[str, str]:
    """Return the count of those who met it among those judged, the proportion, its interval, and a bar."""
    return {
        "met": f"{voice.number(met.n)}/{voice.number(met.of)}" if met.of else "–",
        "share": voice.percent(met.share),
        "interval": voice.interval(met),
        "bar": share_bar(met),
    }


def _asked(voice: ReportLanguage, counts: tuple[int, ...], few: bool) -> list[str]:
    """Return the count of each form if there are few, otherwise the least and the greatest."""
    return (
        [voice.number(n) for n in counts] if few or not counts else [_range(voice, min(counts), max(counts))]
    )


def _range(voice: ReportLanguage, least: int, most: int) -> str:
    return voice.number(most) if least == most else f"{voice.number(least)}–{voice.number(most)}"


# ── a unit over its administrations ──────────────────────────────────────────────────────────


def unit_page(
    found: UnitHistory, lang: Lang, words: Words, faces: Mapping[str, str] | None = None
) -> dict[str, object]:
    """Everything that the page of a unit shows."""
    voice = ReportLanguage(lang, words)
    number, shown = voice.number, found.sittings[-MOST_SITTINGS:]
    foot = [
        (words("Unit of competence"), str(found.unit.code)),
        (words("Administrations"), ", ".join(one.name for one in shown) or "–"),
    ]
    # what a reader must know of each administration: made-up candidates, items that nobody approved
    notices: list[Pair] = []
    sittings = []
    for one in found.sittings:
        for notice in one.run.notices if one.run is not None else ():
            said = in_its_figures(notice, words.digits)
            notices.append(Bilingual(th=f"{one.name}: {said.th}", en=f"{one.name}: {said.en}"))
        if one.run is None and one.is_synthetic:
            notices.append(words("{name}: candidates of these statistics are synthetic.", name=one.name))
        run_words = None
        if one.run is not None:
            states = {
                "released": words("released"),
                "superseded": words("no longer released"),
                "unreleased": words("not released"),
            }
            run_words = words(
                "run {run} ({mark}), {state}, key {version}, edition {edition}",
                run=one.run.number,
                mark=one.run.fingerprint,
                state=states[one.run.release.state],
                version=one.run.key,
                edition=one.run.edition or "–",
            )
        n_asked = sum(n > 0 for n in one.items.values())
        sittings.append(
            {
                "name": one.name,
                "day": in_its_figures(day_words(one.day), voice.digits) if one.day else None,
                "candidates": number(one.candidates),
                "criteria": f"{number(n_asked)}/{number(len(found.criteria))}",
                "run": run_words,
            }
        )
    n_earlier = len(found.sittings) - len(shown)
    return {
        "lang": lang,
        "page_lang": "en" if lang == "en" else "th",
        "digits": voice.digits,
        "faces": face_addresses() if faces is None else dict(faces),
        "printed": faces is not None,
        "notices": notices,
        "labelled": with_labels,
        "foot": foot,
        **running_foot(foot, lang),
        "unit": str(found.unit.code),
        "unit_title": found.unit.title or "",
        "until": in_its_figures(day_words(found.until), voice.digits) if found.until else None,
        "undated": any(one.day is None for one in found.sittings),
        "is_dated": found.is_dated,
        "sittings": sittings,
        "heads": [one.name for one in shown],
        "earlier": number(n_earlier) if n_earlier else "",
        "printed_only": ", ".join(found.printed),
        "n_all": len(found.sittings),
        "n_sittings": number(len(found.sittings)),
        "n_criteria": number(len(found.criteria)),
        "n_never": number(sum(one.since is None for one in found.criteria)),
        "n_waiting": number(len(found.waiting)),
        "waiting": [_history_line(voice, one, len(shown)) for one in found.waiting],
        "lines": [_history_line(voice, one, len(shown)) for one in found.criteria],
    }


def _history_line(voice: ReportLanguage, one: CriterionHistory, shown: int) -> dict[str, object]:
    """A criterion over the newest administrations: items of a form, from the least to the most, and in
    brackets who met the criterion; of fewer than ten judged a count, no percentage."""
    cells = []
    for (least, most), met in zip(one.each[-shown:], one.met[-shown:], strict=True) if shown else ():
        said = _range(voice, least, most) if most else "−"
        if most and met is not None and met.of:
            few = f"{voice.number(met.n)}/{voice.number(met.of)}"
            said += f" ({few if met.of < MIN_N else voice.percent(met.share, 0)})"
        cells.append(said)
    return {
        "code": one.code,
        "text": one.text,
        "cells": cells,
        "times": voice.number(one.times),
        "last": one.last or "–",
        "since": voice.number(one.since) if one.since is not None else "–",
        "days": voice.number(one.days) if one.days is not None else "–",
        "never": one.since is None,
    }


DOCUMENT = ReportDocument(
    "report-standard.html", lambda run, *_: coverage_report(run), coverage_page, COVERAGE
)
