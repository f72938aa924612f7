"""A report of centres and forms → context of `report-centre.html`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from examgen.rendering.parts import report_context
from examgen.rendering.plot import drawn
from examgen.reports.centre_report import figures
from examgen.reports.centre_report.report import CentreReport, centre_report
from examgen.reports.decisions import gap_words
from examgen.reports.form_groups import SMALL
from examgen.reports.kinds import ReportDocument
from examgen.reports.language import ReportLanguage, counted_places, group_context, place_words
from examgen.reports.reasons import conditions_words
from examgen.reports.tables import CENTRE

if TYPE_CHECKING:
    from examgen.rendering.parts import Difference, Lang, Words
    from examgen.reports.form_groups import CandidateGroup
    from examgen.scoring.scored_run import ScoredRun

MOST_CENTRES, MOST_FORMS, MOST_CONTRASTS = 600, 60, 60
_SIGNS = {"within": "", "below-95": "↓", "above-95": "↑", "below-99.8": "↓↓", "above-99.8": "↑↑", SMALL: ""}
"""Arrows, as the figure draws them: ■ and ▲ are decisions and statuses everywhere."""
MOST_NOT_DRAWN = 20
MOST_SAT = 4
"""Of more forms, a centre tells how many were sat there."""


def centre_page(
    run: ScoredRun,
    found: CentreReport,
    lang: Lang,
    words: Words,
    faces: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Everything that the page shows, in `words`' figures; `faces` are those of a PDF."""
    voice = ReportLanguage(lang, words)
    number = voice.number
    # numbers of the centres, in the order of their names
    numbers = {one.name: n for n, one in enumerate(found.centres, start=1)}
    n_centres, n_forms = sum(bool(one.name) for one in found.centres), len(found.forms)
    outside = found.outside
    outer = sum(n for verdict, n in outside.items() if verdict.endswith("99.8"))
    verdicts = {
        "within": words("within"),
        "below-95": words("below 95 %"),
        "above-95": words("above 95 %"),
        "below-99.8": words("below 99.8 %"),
        "above-99.8": words("above 99.8 %"),
        SMALL: words("too few to compare"),
    }
    centres = []
    for one in found.centres[:MOST_CENTRES]:
        sat = ", ".join(f"{form} {number(n)}" for form, n in one.forms)
        if len(one.forms) > MOST_SAT:
            sat = voice.words("{n} forms", n=number(len(one.forms)))
        centres.append(
            {
                "name": one.name,
                "number": number(numbers[one.name]),
                "cells": _cells(voice, one),
                "sign": _SIGNS.get(one.verdict, ""),
                "verdict": verdicts.get(one.verdict),
                "forms": sat,
            }
        )
    forms = []
    for one in found.forms[:MOST_FORMS]:
        cut = "–" if one.cut is None else number(one.cut.points, 0 if one.cut.points % 1 == 0 else 2)
        forms.append({"name": one.name, "cells": _cells(voice, one), "cut": cut})
    contrasts = []
    for contrast in found.contrasts[:MOST_CONTRASTS]:
        cells = _difference(voice, contrast.mean, 1.0)
        if contrast.passed.value is not None:
            cells += _difference(voice, contrast.passed, 100.0)
        contrasts.append({"name": contrast.form, "cells": cells, "other": contrast.other})
    # who stands in the table and not in the funnel: small centres by their names, and those of none
    small = [one.name for one in found.centres if one.verdict == SMALL and one.name]
    more = f" … ({number(len(small))})" if len(small) > MOST_NOT_DRAWN else ""
    nowhere = sum(one.n for one in found.centres if not one.name)
    return {
        **report_context(run, lang, words.digits, faces),
        **group_context(voice, found.n, found.passed),
        "report": found,
        "places": place_words(words, run.place_kind),
        "of_two": run.n_of_two_centres,
        "of_two_n": number(run.n_of_two_centres),
        "centres_n": number(n_centres),
        "centres_word": counted_places(words, run.place_kind, n_centres),
        "forms_n": number(n_forms),
        "forms_printed": number(found.printed),
        "forms_word": words.of_n("form sat", "forms sat", n_forms),
        "all_sat": n_forms >= found.printed,
        "funnel": drawn(partial(figures.funnel_figure, voice, found, numbers), bool(found.funnel)),
        "compared": number(found.compared),
        "outside_inner": number(sum(outside.values())),
        "outside_outer": number(outer),
        "by_chance": number(0.05 * found.compared, 1),
        "centres": centres,
        "centres_left": max(0, len(found.centres) - MOST_CENTRES),
        "any_small": any(one.verdict == SMALL for one in found.centres),
        "not_drawn": ", ".join(small[:MOST_NOT_DRAWN]) + more,
        "nowhere": nowhere,
        "nowhere_n": number(nowhere),
        "forms_figure": drawn(
            partial(figures.forms_figure, voice, found.forms), 1 < n_forms <= figures.MOST_FORMS
        ),
        "forms": forms,
        "forms_left": max(0, n_forms - MOST_FORMS),
        "on_few": conditions_words(voice, run),
        "gap": None if found.gap is None else gap_words(voice, found.gap),
        "contrasts": contrasts,
    }


def _cells(voice: ReportLanguage, one: CandidateGroup) -> list[str]:
    number, mean = voice.number, one.mean
    # a mean is told within 0 and 100 whatever the formula of its interval gives
    ends = "–"
    if mean.low is not None and mean.high is not None:
        ends = f"{number(max(mean.low, 0.0), 1)}–{number(min(mean.high, 100.0), 1)}"
    cells = [number(one.n), number(mean.value, 1), ends, number(mean.sd, 1)]
    if one.passed is not None:
        cells += [number(one.passed.n), voice.percent(one.passed.share), voice.interval(one.passed)]
    return cells


def _difference(voice: ReportLanguage, one: Difference, unit: float) -> list[str]:
    """A difference with its sign, and its interval."""
    if one.value is None or one.low is None or one.high is None:
        return ["–", "–"]
    value, low, high = (
        ("+" if round(unit * end, 1) > 0 else "") + voice.number(unit * end, 1)
        for end in (one.value, one.low, one.high)
    )
    return [value, f"{low} … {high}"]


DOCUMENT = ReportDocument("report-centre.html", lambda run, *_: centre_report(run), centre_page, CENTRE)
