"""A report of centres and forms → context of `report-centre.html`, and the tables behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from examgen.core.words import Pair
from examgen.rendering.parts import MIN_N, report_context
from examgen.rendering.plot import drawn
from examgen.reports.centre_report import figures
from examgen.reports.cohort_report.tables import share_cells
from examgen.reports.decisions import gap_words
from examgen.reports.form_groups import SMALL
from examgen.reports.language import Voice, counted_places, place_words
from examgen.reports.reasons import conditions_words

if TYPE_CHECKING:
    from examgen.core.scored_run import ScoredRun
    from examgen.rendering.parts import Difference, Lang, Words
    from examgen.reports.centre_report.report import CentreReport
    from examgen.reports.form_groups import Contrast, Group

MOST_CENTRES, MOST_FORMS, MOST_CONTRASTS = 600, 60, 60
_SIGNS = {"within": "", "below-95": "↓", "above-95": "↑", "below-99.8": "↓↓", "above-99.8": "↑↑", SMALL: ""}
"""Arrows, as the figure draws them: ■ and ▲ are decisions and statuses everywhere."""
MOST_NOT_DRAWN = 20
MOST_SAT = 4
"""Of more forms, a centre tells how many were sat there."""


class CentreRow(NamedTuple):
    """A centre as it is shown; `number` is its own in the figure."""

    name: str
    number: str
    cells: tuple[str, ...]
    sign: str
    verdict: Pair | None
    forms: str = ""


class FormRow(NamedTuple):
    """A form as it is shown, or one form against another."""

    name: str
    cells: tuple[str, ...]
    cut: str = ""
    other: str = ""


def centre_page(
    run: ScoredRun,
    found: CentreReport,
    lang: Lang,
    words: Words,
    faces: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Everything that the page shows, in `words`' figures; `faces` are those of a PDF."""
    voice = Voice(lang, words)
    number = voice.number
    numbers = _numbers(found)
    n_centres = sum(bool(one.name) for one in found.centres)
    n_forms = len(found.forms)
    outside = found.outside
    outer = sum(n for verdict, n in outside.items() if verdict.endswith("99.8"))
    return {
        **report_context(run, lang, words.digits, faces),
        "report": found,
        "n": number(found.n),
        "min_n": number(MIN_N),
        "small": 0 < found.n < MIN_N,
        "places": place_words(words, run.place_kind),
        "of_two": run.n_of_two_centres,
        "of_two_n": number(run.n_of_two_centres),
        "rate": "–" if found.passed is None else voice.percent(found.passed.share),
        "rate_interval": voice.interval(found.passed) if found.passed else "",
        "passed_n": number(found.passed.n) if found.passed else "",
        "centres_n": number(n_centres),
        "centres_word": counted_places(words, run.place_kind, n_centres),
        "forms_n": number(n_forms),
        "forms_printed": number(found.printed),
        "forms_word": words.of_n("form sat", "forms sat", n_forms),
        "all_sat": n_forms >= found.printed,
        "unsat": number(found.printed - n_forms),
        "funnel": drawn(partial(figures.funnel_figure, voice, found, numbers), bool(found.funnel)),
        "compared": number(found.compared),
        "outside_inner": number(sum(outside.values())),
        "outside_outer": number(outer),
        "by_chance": number(0.05 * found.compared, 1),
        "centres": list(_centres(voice, words, found, numbers)),
        "centres_left": max(0, len(found.centres) - MOST_CENTRES),
        "any_small": any(one.verdict == SMALL for one in found.centres),
        **_not_drawn(voice, found),
        "forms_figure": drawn(
            partial(figures.forms_figure, voice, found.forms), 1 < len(found.forms) <= figures.MOST_FORMS
        ),
        "forms": [_form(voice, one) for one in found.forms[:MOST_FORMS]],
        "forms_left": max(0, len(found.forms) - MOST_FORMS),
        "on_few": conditions_words(voice, run),
        "gap": None if found.gap is None else gap_words(voice, found.gap),
        "contrasts": [_contrast(voice, one) for one in found.contrasts[:MOST_CONTRASTS]],
    }


def _not_drawn(voice: Voice, found: CentreReport) -> dict[str, object]:
    """Who stands in the table and not in the funnel: small centres by their names, and those of none."""
    small = [one.name for one in found.centres if one.verdict == SMALL and one.name]
    nowhere = sum(one.n for one in found.centres if not one.name)
    more = f" … ({voice.number(len(small))})" if len(small) > MOST_NOT_DRAWN else ""
    return {"not_drawn": ", ".join(small[:MOST_NOT_DRAWN]) + more, "nowhere": nowhere,
            "nowhere_n": voice.number(nowhere)}  # fmt: skip


def _numbers(found: CentreReport) -> dict[str, int]:
    """Numbers of the centres, in the order of their names."""
    return {one.name: n for n, one in enumerate(found.centres, start=1)}


def _centres(
    voice: Voice, words: Words, found: CentreReport, numbers: Mapping[str, int]
) -> Iterator[CentreRow]:
    said = _verdicts(words)
    for one in found.centres[:MOST_CENTRES]:
        number = voice.number(numbers[one.name])
        yield CentreRow(
            one.name,
            number,
            _cells(voice, one),
            _SIGNS.get(one.verdict, ""),
            said.get(one.verdict),
            _sat(voice, one.forms),
        )


def _sat(voice: Voice, forms: Sequence[tuple[str, int]]) -> str:
    """`A 12, B 10`; of many forms, how many."""
    if len(forms) > MOST_SAT:
        return voice.words("{n} forms", n=voice.number(len(forms)))
    return ", ".join(f"{form} {voice.number(n)}" for form, n in forms)


def _verdicts(words: Words) -> dict[str, Pair]:
    return {
        "within": words("within"),
        "below-95": words("below 95 %"),
        "above-95": words("above 95 %"),
        "below-99.8": words("below 99.8 %"),
        "above-99.8": words("above 99.8 %"),
        SMALL: words("too few to compare"),
    }


def _cells(voice: Voice, one: Group) -> tuple[str, ...]:
    mean = one.mean
    cells = (
        voice.number(one.n),
        voice.number(mean.value, 1),
        _ends(voice, mean.low, mean.high),
        voice.number(mean.sd, 1),
    )
    if one.passed is None:
        return cells
    return (*cells, voice.number(one.passed.n), voice.percent(one.passed.share), voice.interval(one.passed))


def _ends(voice: Voice, low: float | None, high: float | None) -> str:
    """The ends of an interval of scores: a mean is told within 0 and 100 whatever the formula gives."""
    if low is None or high is None:
        return "–"
    return f"{voice.number(max(low, 0.0), 1)}–{voice.number(min(high, 100.0), 1)}"


def _form(voice: Voice, one: Group) -> FormRow:
    cut = "–" if one.cut is None else voice.number(one.cut.points, 0 if one.cut.points % 1 == 0 else 2)
    return FormRow(one.name, _cells(voice, one), cut)


def _contrast(voice: Voice, one: Contrast) -> FormRow:
    cells = _difference(voice, one.mean, 1.0)
    if one.passed.value is not None:
        cells += _difference(voice, one.passed, 100.0)
    return FormRow(one.form, cells, other=one.other)


def _difference(voice: Voice, one: Difference, unit: float) -> tuple[str, ...]:
    if one.value is None or one.low is None or one.high is None:
        return "–", "–"
    value, low, high = (_signed(voice, unit * end) for end in (one.value, one.low, one.high))
    return value, f"{low} … {high}"


def _signed(voice: Voice, value: float) -> str:
    said = voice.number(value, 1)
    return f"+{said}" if round(value, 1) > 0 else said


# ── tables ───────────────────────────────────────────────────────────────────────────────────

_TEXT, _COUNT, _REAL = pl.String, pl.Int64, pl.Float64
_GROUP = {
    "candidates": _COUNT,
    **dict.fromkeys(("mean_percent", "sd_percent", "mean_low", "mean_high"), _REAL),
    **dict.fromkeys(("passed", "passed_of"), _COUNT),
    **dict.fromkeys(("pass_rate", "pass_rate_low", "pass_rate_high"), _REAL),
}


def centre_tables(found: CentreReport) -> dict[str, pl.DataFrame]:
    """Name → table; every one is there whatever the cohort, without rows where there is nothing."""
    centres = [
        (one.name, *_numbers_of(one), one.verdict, " ".join(f"{form}={n}" for form, n in one.forms))
        for one in found.centres
    ]
    forms = [(one.name, *_numbers_of(one), *(one.cut or (None, None, None))) for one in found.forms]
    funnel = [(curve.level, *point) for curve in found.funnel for point in curve.points]
    contrasts = [(one.form, one.other, *one.mean, *one.passed) for one in found.contrasts]
    reals = ("mean_difference", "mean_low", "mean_high", "rate_difference", "rate_low", "rate_high")
    return {
        "centres": pl.DataFrame(
            centres, {"centre": _TEXT, **_GROUP, "verdict": _TEXT, "forms": _TEXT}, orient="row"
        ),
        "funnel_limits": pl.DataFrame(
            funnel, {"level": _REAL, "candidates": _COUNT, "low": _REAL, "high": _REAL}, orient="row"
        ),
        "forms": pl.DataFrame(
            forms,
            {"form": _TEXT, **_GROUP, **dict.fromkeys(("cut_points", "sem_points", "max_points"), _REAL)},
            orient="row",
        ),
        "form_differences": pl.DataFrame(
            contrasts, {"form": _TEXT, "other": _TEXT, **dict.fromkeys(reals, _REAL)}, orient="row"
        ),
    }


def _numbers_of(one: Group) -> tuple[float | int | None, ...]:
    return (one.n, one.mean.value, one.mean.sd, one.mean.low, one.mean.high, *share_cells(one.passed))
