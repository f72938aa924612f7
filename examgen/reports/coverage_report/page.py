"""Reports of coverage → contexts of `report-standard.html`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from examgen.rendering.parts import (
    MIN_N,
    report_context,
)
from examgen.reports.coverage_report.report import CoverageReport, coverage_report
from examgen.reports.decisions import met_from_words, undecided_words
from examgen.reports.kinds import ReportDocument
from examgen.reports.language import ReportLanguage, share_bar
from examgen.reports.tables import COVERAGE

if TYPE_CHECKING:
    from examgen.rendering.parts import Lang, Proportion, Words
    from examgen.scoring.scored_run import ScoredRun

MOST_FORMS = 6
"""With more forms than these, the least and the most that a form asks stand in place of a column for each."""


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


DOCUMENT = ReportDocument(
    "report-standard.html", lambda run, *_: coverage_report(run), coverage_page, COVERAGE
)
