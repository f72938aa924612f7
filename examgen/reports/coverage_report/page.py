"""Reports of coverage → contexts of `report-standard.html` and `report-unit.html`, and their tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from examgen.core.models.base import Bilingual
from examgen.core.words import Pair
from examgen.rendering.parts import (
    MIN_N,
    day_words,
    face_addresses,
    in_its_figures,
    report_context,
    running_foot,
    with_labels,
)
from examgen.reports.cohort_report.page import share_bar
from examgen.reports.cohort_report.tables import share_cells
from examgen.reports.decisions import met_from_words, undecided_words
from examgen.reports.language import Voice

if TYPE_CHECKING:
    from examgen.core.scored_run import ScoredRun
    from examgen.rendering.parts import Lang, Proportion, Words
    from examgen.reports.coverage_report.report import (
        CoverageReport,
        CoveredCriterion,
        CoveredPart,
        CriterionHistory,
        SittingRun,
        UnitCoverage,
    )

MOST_FORMS = 6
"""With more forms than these, the least and the most that a form asks stand in place of a column for each."""
MOST_SITTINGS = 8
"""The newest administrations that have a column of their own."""

_TEXT, _COUNT, _REAL = pl.String, pl.Int64, pl.Float64


class StandardLine(NamedTuple):
    """A line of the table: a unit, an element or a criterion; `asked` a cell for each form or one for all."""

    level: str
    code: str
    text: str
    asked: tuple[str, ...]
    met: str
    share: str
    interval: str
    mean: str
    bar: str
    is_asked: bool = True


class HistoryLine(NamedTuple):
    """A criterion over the administrations."""

    code: str
    text: str
    cells: tuple[str, ...]
    times: str
    last: str
    since: str
    days: str
    never: bool


class SittingLine(NamedTuple):
    """An administration as it is listed."""

    name: str
    day: Pair | None
    candidates: str
    criteria: str
    run: Pair | None
    """None where statistics.csv alone tells of it."""


def coverage_page(
    run: ScoredRun,
    found: CoverageReport,
    lang: Lang,
    words: Words,
    faces: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Everything that the page of one paper shows."""
    voice = Voice(lang, words)
    few = len(found.forms) <= MOST_FORMS
    whole = next((part for part in found.parts if part.part == "all"), None)
    return {
        **report_context(run, lang, words.digits, faces),
        "count": found.n,
        "n": voice.number(found.n),
        "min_n": voice.number(MIN_N),
        "small": 0 < found.n < MIN_N,
        "forms": found.forms if few else (),
        "n_forms": voice.number(len(found.forms)),
        "n_criteria": voice.number(found.n_criteria),
        "n_asked": voice.number(found.n_criteria - len(found.never)),
        "met_of_judged": _of(voice, whole.judgements_met, whole.judged) if whole else "–",
        "judged_of_all": _of(voice, whole.judged, found.n * whole.criteria) if whole else "–",
        "nobody": not found.n,
        "judged": voice.number(whole.judged if whole else 0),
        "judgements": voice.number(whole.judged + whole.unjudged if whole else 0),
        "is_judged": bool(whole and whole.judged),
        "all_judged": not (whole and whole.unjudged),
        "undecided": undecided_words(voice, found.undecided) if found.undecided else None,
        "met_from": met_from_words(words, run),
        "lines": list(_lines(voice, found, few)),
        "never": [(one.code, one.text) for one in found.never],
    }


def _of(voice: Voice, n: int, of: int) -> str:
    """A share in per cent, a dash where there is nothing to divide by."""
    return voice.percent(n / of if of else None)


def _percent(voice: Voice, value: float | None) -> str:
    return "–" if value is None else f"{voice.number(value, 1)} %"


def _lines(voice: Voice, found: CoverageReport, few: bool) -> Iterator[StandardLine]:
    for part in found.parts:
        if part.part == "all":
            continue
        yield _part_line(voice, part, few)
        for one in part.lines:
            yield _criterion_line(voice, one, few)


def _part_line(voice: Voice, part: CoveredPart, few: bool) -> StandardLine:
    of = voice.number(part.criteria)
    asked = tuple(f"{n}/{of}" for n in _asked(voice, part.asked, few))
    code, is_asked = part.element or part.unit, any(part.asked)
    return StandardLine(
        part.part, code, part.title, asked, *_people(voice, part.met), "", share_bar(part.met), is_asked
    )


def _people(voice: Voice, met: Proportion) -> tuple[str, str, str]:
    """Who met it of those judged, the share, its interval."""
    counts = f"{voice.number(met.n)}/{voice.number(met.of)}" if met.of else "–"
    return counts, voice.percent(met.share), voice.interval(met)


def _criterion_line(voice: Voice, one: CoveredCriterion, few: bool) -> StandardLine:
    return StandardLine(
        "pc",
        one.code,
        one.text,
        tuple(_asked(voice, one.items, few)),
        *_people(voice, one.met),
        _percent(voice, one.mean_percent),
        share_bar(one.met),
        one.is_asked,
    )


def _asked(voice: Voice, counts: tuple[int, ...], few: bool) -> Iterator[str]:
    if few:
        yield from map(voice.number, counts)
    elif counts:
        least, most = min(counts), max(counts)
        yield voice.number(least) if least == most else f"{voice.number(least)}–{voice.number(most)}"


def coverage_tables(found: CoverageReport) -> dict[str, pl.DataFrame]:
    """The numbers of the page: criteria with items by form, and the parts of the standard."""
    counts = {f"items_{form}": _COUNT for form in found.forms}
    lines = [one for part in found.parts for one in part.lines]
    criteria = [
        (one.unit, one.element, one.code, one.text, *one.items, one.candidates,
         one.mean_percent, *share_cells(one.met), one.insufficient,
         *([one.undecided] if found.undecided else []))
        for one in lines
    ]  # fmt: skip
    parts = [
        (one.part, one.unit, one.element, one.title, one.criteria, *one.asked,
         *(float(text) if text else None for text in (one.met_of_asked, one.met_of_all)),
         *share_cells(one.met if one.part != "all" else None))
        for one in found.parts
    ]  # fmt: skip
    shares = {"met": _COUNT, "judged": _COUNT, "share": _REAL, "low": _REAL, "high": _REAL}
    texts = dict.fromkeys(("unit", "element", "pc", "text"), _TEXT)
    return {
        "criteria": pl.DataFrame(
            criteria,
            {
                **texts,
                **counts,
                "candidates": _COUNT,
                "mean_percent": _REAL,
                **shares,
                "insufficient": _COUNT,
                **({"undecided": _COUNT} if found.undecided else {}),
            },
            orient="row",
        ),
        "standard": pl.DataFrame(
            parts,
            {
                **dict.fromkeys(("part", "unit", "element", "title"), _TEXT),
                "criteria": _COUNT,
                **{f"asked_{form}": _COUNT for form in found.forms},
                "met_of_asked": _REAL,
                "met_of_all": _REAL,
                **shares,
            },
            orient="row",
        ),
    }


# ── a unit over its administrations ──────────────────────────────────────────────────────────


def unit_page(
    found: UnitCoverage, lang: Lang, words: Words, faces: Mapping[str, str] | None = None
) -> dict[str, object]:
    """Everything that the page of a unit shows."""
    voice = Voice(lang, words)
    shown = found.sittings[-MOST_SITTINGS:]
    foot = [
        (words("Unit of competence"), str(found.unit.code)),
        (words("Administrations"), ", ".join(one.name for one in shown) or "–"),
    ]
    return {
        "lang": lang,
        "page_lang": "en" if lang == "en" else "th",
        "digits": voice.digits,
        "faces": face_addresses() if faces is None else dict(faces),
        "printed": faces is not None,
        "notices": list(_sitting_notices(found, words)),
        "labelled": with_labels,
        "foot": foot,
        **running_foot(foot, lang),
        "unit": str(found.unit.code),
        "unit_title": found.unit.title or "",
        "until": in_its_figures(day_words(found.until), voice.digits) if found.until else None,
        "undated": any(one.day is None for one in found.sittings),
        "is_dated": found.is_dated,
        "sittings": [
            SittingLine(
                one.name,
                in_its_figures(day_words(one.day), voice.digits) if one.day else None,
                voice.number(one.candidates),
                f"{voice.number(sum(n > 0 for n in one.items.values()))}/{voice.number(len(found.criteria))}",
                None if one.run is None else _run_words(words, one.run),
            )
            for one in found.sittings
        ],
        "heads": [one.name for one in shown],
        "earlier": voice.number(len(found.sittings) - len(shown)) if len(found.sittings) > len(shown) else "",
        "printed_only": ", ".join(found.printed),
        "n_all": len(found.sittings),
        "n_sittings": voice.number(len(found.sittings)),
        "n_criteria": voice.number(len(found.criteria)),
        "n_never": voice.number(sum(one.since is None for one in found.criteria)),
        "n_waiting": voice.number(len(found.waiting)),
        "waiting": [_history_line(voice, one, len(shown)) for one in found.waiting],
        "lines": [_history_line(voice, one, len(shown)) for one in found.criteria],
    }


def _sitting_notices(found: UnitCoverage, words: Words) -> Iterator[Pair]:
    """What a reader must know of each administration: made-up candidates, items that nobody approved."""
    for one in found.sittings:
        for said in one.run.notices if one.run is not None else ():
            shown = in_its_figures(said, words.digits)
            yield Bilingual(th=f"{one.name}: {shown.th}", en=f"{one.name}: {shown.en}")
        if one.run is None and one.is_synthetic:
            yield words("{name}: candidates of these statistics are synthetic.", name=one.name)


def _run_words(words: Words, run: SittingRun) -> Pair:
    """Number and fingerprint, whether it is released, key and edition."""
    states = {
        "released": words("released"),
        "superseded": words("no longer released"),
        "unreleased": words("not released"),
    }
    state = states[run.release.state]
    values = {"run": run.number, "mark": run.fingerprint, "version": run.key, "edition": run.edition or "–"}

    def said(of_state: str) -> Pair:
        return words(
            "run {run} ({mark}), {state}, key {version}, edition {edition}", state=of_state, **values
        )

    return Bilingual(th=said(state.th).th, en=said(state.en).en)


def _history_line(voice: Voice, one: CriterionHistory, shown: int) -> HistoryLine:
    cells = zip(one.each[-shown:], one.met[-shown:], strict=True) if shown else ()
    return HistoryLine(
        one.code,
        one.text,
        tuple(_asked_and_met(voice, ends, met) for ends, met in cells),
        voice.number(one.times),
        one.last or "–",
        voice.number(one.since) if one.since is not None else "–",
        voice.number(one.days) if one.days is not None else "–",
        one.since is None,
    )


def _asked_and_met(voice: Voice, ends: tuple[int, int], met: Proportion | None) -> str:
    """Items of a form, from the least to the most, and in brackets who met the criterion: of fewer than ten
    judged a count, no percentage."""
    least, most = ends
    if not most:
        return "−"
    said = voice.number(most) if least == most else f"{voice.number(least)}–{voice.number(most)}"
    if met is None or not met.of:
        return said
    few = f"{voice.number(met.n)}/{voice.number(met.of)}"
    return f"{said} ({few if met.of < MIN_N else voice.percent(met.share, 0)})"


def unit_tables(found: UnitCoverage) -> dict[str, pl.DataFrame]:
    """Criteria with how long they were not asked; what each administration asked; the administrations."""
    history = [
        (one.element, one.code, one.text, one.times, one.last, one.since, one.days) for one in found.criteria
    ]
    asked = [
        (sitting.name, one.code, one.items[n], *one.each[n], *share_cells(one.met[n]))
        for one in found.criteria
        for n, sitting in enumerate(found.sittings)
    ]
    sittings = [
        (one.name, one.day.isoformat() if one.day else "", one.candidates, str(one.run or ""))
        for one in found.sittings
    ]
    shares = {"met": _COUNT, "judged": _COUNT, "share": _REAL, "low": _REAL, "high": _REAL}
    return {
        "not_asked_since": pl.DataFrame(
            history,
            {**dict.fromkeys(("element", "pc", "text"), _TEXT), "administrations": _COUNT, "last": _TEXT,
             "administrations_since": _COUNT, "days_since": _COUNT},
            orient="row",
        ),
        "asked": pl.DataFrame(
            asked,
            {
                **dict.fromkeys(("administration", "pc"), _TEXT),
                **dict.fromkeys(("items", "least_items", "most_items"), _COUNT),
                **shares,
            },
            orient="row",
        ),
        "administrations": pl.DataFrame(
            sittings,
            {"administration": _TEXT, "date": _TEXT, "candidates": _COUNT, "run": _TEXT},
            orient="row",
        ),
    }  # fmt: skip
