"""A technical report → context of `report-technical.html`: sections of paragraphs, lists and tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import polars as pl

from examgen.capture.centre_returns import INCIDENT_KINDS
from examgen.core.coded_columns import texts_of
from examgen.core.models.base import CATEGORY_WORDS, Bilingual
from examgen.core.models.decisions import DECISION_KINDS
from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.words import Pair, spoken
from examgen.rendering.parts import MIN_N, day_words, footing, in_its_figures, report_context
from examgen.rendering.plot import drawn
from examgen.reports.analysis_report.words import FLAGS
from examgen.reports.cohort_report.figures import distribution_figure
from examgen.reports.decisions import (
    FormDecisions,
    cut_gap_words,
    decision_page,
    gap_words,
    points,
    repeated_words,
)
from examgen.reports.kinds import ReportDocument
from examgen.reports.language import ReportLanguage, place_words
from examgen.reports.ledger_lines import (
    IN_ORDER,
    attendance_words,
    ledger_sums,
    ledger_words,
    quarantine_words,
    row_sums,
    unreconciled_words,
    was_recorded,
)
from examgen.reports.tables import TECHNICAL
from examgen.reports.technical_report.report import TechnicalReport, technical_report
from examgen.stats.dif_analysis import FEW_IN_GROUP

if TYPE_CHECKING:
    from examgen.rendering.parts import Lang, Words
    from examgen.scoring.scored_run import ScoredRun

MOST_CENTRES, MOST_FORMS, MOST_ITEMS, MOST_DIF, MOST_ROWS = 40, 6, 160, 30, 30
"""More centres, forms beside each other, items, items that favour a group, and other rows stand in the tables
beside the report alone: so it has at most twelve pages in one language."""

Block = dict[str, Any]
Cell = str | Pair


def technical_page(
    run: ScoredRun,
    found: TechnicalReport,
    lang: Lang,
    words: Words,
    faces: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Everything that the page shows."""
    voice = ReportLanguage(lang, words)
    number, passed = voice.number, found.cohort.passed
    alphas = sorted(form["alpha"] for form in found.forms if form["alpha"] is not None)
    alpha = "–".join(dict.fromkeys(number(one, 2) for one in (*alphas[:1], *alphas[-1:]))) or "–"
    shares = found.repeated.shares if found.repeated is not None else None
    consistency = (shares or {}).get("consistency")
    return {
        **report_context(run, lang, words.digits, faces),
        "tiles": [
            (number(found.cohort.n), words("candidates scored")),
            (voice.percent(passed.share), words("passed")) if passed else ("–", words("no pass rule")),
            (alpha, words("Cronbach's alpha, by form")),
            (
                voice.percent(consistency, 0),
                words("of decisions would be the same on a parallel form"),
            )
            if consistency is not None
            else ("–", words("not known: how many decisions would be the same on a parallel form")),
        ],
        "sections": [
            (words(title), list(blocks(voice, run, found)))
            for title, blocks in (
                (spoken("Purpose and scope"), _scope),
                (spoken("Who sat it"), _who),
                (spoken("Conditions"), _conditions),
                (spoken("Forms and how they compare"), _forms),
                (spoken("What the items showed"), _items),
                (spoken("Reliability"), _reliability),
                (spoken("Consistency and accuracy of decisions"), _consistency),
                (spoken("Differential item functioning"), _dif),
                (spoken("The standard"), _standard),
                (spoken("Decisions"), _decisions),
                (spoken("Limits"), _limits),
            )
        ],
    }


# ── blocks ───────────────────────────────────────────────────────────────────────────────────


def _p(said: Pair, kind: str = "p") -> Block:
    return {"kind": kind, "said": said}


def _note(said: Pair) -> Block:
    return _p(said, "note")


def _list(said: Sequence[Pair]) -> Block:
    return {"kind": "list", "said": said}


def _facts(rows: Sequence[tuple[Pair, Cell]]) -> Block:
    return {"kind": "facts", "rows": [(name, _cell(value)) for name, value in rows if value]}


def _table(heads: Sequence[Cell], rows: Sequence[Sequence[Cell | Block]], name: Pair, *texts: int) -> Block:
    """A table; the columns `texts`, and the first one, are texts."""
    return {
        "kind": "table",
        "is_dense": False,
        "name": name,
        "heads": [(_cell(head), n in (0, *texts)) for n, head in enumerate(heads)],
        "rows": [[(_cell(cell), n in (0, *texts)) for n, cell in enumerate(row)] for row in rows],
    }


def _cell(value: Cell | Block) -> Cell | Block:
    """A template would take a message for plain text."""
    return value if type(value) in (str, dict) else Bilingual(th=value.th, en=value.en)  # type: ignore[union-attr]


def _thai(code: str, text: str) -> Block:
    """A code and the words of the standard or of somebody."""
    return {"code": code, "text": text}


# ── 1 ────────────────────────────────────────────────────────────────────────────────────────


def _scope(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> Iterator[Block]:
    words = voice.spoken
    yield _p(
        words(
            "This report is about one administration of one exam. It says what the results rest on, how "
            "exact they are and what they do not show, for psychometricians and for whoever assesses the "
            "body. It names no candidate and no key."
        )
    )
    yield _p(
        words(
            "Purpose of the exam: to decide, from the answers to items on the performance criteria of the "
            "standard, who meets the standard. Scores are meant for that decision alone."
        )
    )
    units = [f"{unit.code} {unit.title or ''}".strip() for unit in run.exam.units]
    level = run.exam.blueprint.level
    yield _facts(
        [
            (words("Unit of competence"), "; ".join(units)),
            (words("Level"), voice.number(level) if level is not None else ""),
            *footing(run),
            (words("Fingerprint of the exam"), found.fingerprints.exam[:16]),
        ]
    )
    yield _note(
        words(
            "Contents follow the Standards for Educational and Psychological Testing (AERA, APA & NCME, "
            "2014, chapter 7) and ISO/IEC 17024, 9.3.5. Every number comes from the files of the run; the "
            "tables beside this report have them unrounded, the program's documentation has the "
            "formulas and their sources."
        )
    )


# ── 2 and 3 ──────────────────────────────────────────────────────────────────────────────────


def _who(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> Iterator[Block]:
    words, number, cohort = voice.spoken, voice.number, found.cohort
    if cohort.ledger is None:
        yield _p(
            words(
                "No roster was given: it is not known who was registered and did not come. {n} candidates "
                "were scored.",
                n=number(cohort.n),
            )
        )
    else:
        total = cohort.ledger.row(0, named=True)
        names = ledger_words(words, recorded=was_recorded(cohort))
        counts = [(name, int(total.get(name) or 0)) for name in names]
        yield _facts([(names[name], number(n)) for name, n in counts if n or name in IN_ORDER])
        yield from (_note(said) for said in ledger_sums(words, cohort))
        if (said := attendance_words(voice, cohort)) is not None:
            yield _note(said)
    if (sums := row_sums(voice, cohort)) is not None:
        yield _p(sums)
    reasons, whats = quarantine_words(words), unreconciled_words(words)
    rows = [(reasons.get(code, code), number(n)) for code, n in cohort.quarantine]
    rows += [
        (whats[code], number(n)) for code, n in cohort.unreconciled if code in ("missing", "no_row", "absent")
    ]
    if rows:
        yield _table(
            [words("Without a result: why"), words("candidates or rows")],
            rows[:MOST_ROWS],
            words("Without a result, by reason"),
        )
    place = place_words(words, run.place_kind)
    if len(found.centres) > 1:
        shown = found.centres
        if len(shown) > MOST_CENTRES:
            shown = tuple(sorted(shown, key=lambda one: -one.n)[:MOST_CENTRES])
            yield _p(
                words(
                    "{n} centres; the {most} largest of them:",
                    n=number(len(found.centres)),
                    most=number(MOST_CENTRES),
                )
            )
        heads: list[Cell] = [place.one, words("candidates scored")]
        if found.cohort.passed is not None:
            heads += [words("passed"), words("pass rate")]
        yield _table(
            heads,
            [
                [
                    _thai("", one.name) if one.name else place.none,
                    number(one.n),
                    *(
                        []
                        if one.passed is None
                        else [
                            number(one.passed.n),
                            voice.percent(one.passed.share) if one.n >= MIN_N else "–",
                        ]
                    ),
                ]
                for one in shown
            ],
            place.many,
        )
    else:
        yield _p(words("All candidates were scored as one group: the results name no more than one centre."))


def _conditions(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> Iterator[Block]:
    words, number, asked = voice.spoken, voice.number, found.conditions
    blueprint, plan = run.exam.blueprint, run.plan
    facts: list[tuple[Pair, Cell]] = [
        (
            words("Day"),
            in_its_figures(day_words(run.sat_on), voice.digits) if run.sat_on else words("not stated"),
        ),
        (words("Hours"), plan.hours if plan is not None else ""),
        (words("Time allowed"), words("{n} minutes", n=number(blueprint.time_min))),
        (words("Forms"), number(blueprint.forms)),
        (words("Scored items of a form"), number(blueprint.items)),
        (words("Pilot items of a form"), number(blueprint.pilot.items) if blueprint.pilot else ""),
        (words("Centres planned"), number(asked.centres) if asked.centres else ""),
        (words("Rooms planned"), number(asked.rooms) if asked.rooms else ""),
        (words("Invigilators named"), number(asked.invigilators) if asked.invigilators else ""),
    ]
    yield _facts(facts)
    personal = blueprint.papers.personal
    if personal.items or personal.options:
        yield _p(
            words(
                "Each candidate had a booklet of their own: the items of a form, in another order of the "
                "items or of the options. Answers are scored by the order of the booklet."
            )
        )
    if plan is None:
        yield _p(
            words(
                "No plan of the sitting is kept with the exam: how many centres and rooms were planned, and "
                "what accommodations were granted, is not known here."
            )
        )
    elif asked.accommodations:
        total = sum(asked.accommodations.values())
        kinds = ", ".join(f"{given} ({number(n)})" for given, n in sorted(asked.accommodations.items()))
        yield _p(
            words.of_n(
                "{n} candidate was granted an accommodation: {kinds}.",
                "{n} candidates were granted an accommodation: {kinds}.",
                total,
                n=number(total),
                kinds=kinds,
            )
        )
    else:
        yield _p(words("The plan of the sitting grants nobody an accommodation."))
    if asked.given is not None:
        yield _p(
            words.of_n(
                "By the lists of the centres, {n} candidate was given an accommodation.",
                "By the lists of the centres, {n} candidates were given an accommodation.",
                asked.given,
                n=number(asked.given),
            )
        )
    if asked.identities:
        known = asked.identities
        yield _p(
            words(
                "Identity, by the lists of the centres: matched for {matched} candidates, in "
                "doubt for {doubt}, not checked for {not_checked}.",
                **{name: number(known.get(name, 0)) for name in ("matched", "doubt", "not_checked")},
            )
        )
    if asked.incidents is None:
        yield _p(words("No list of incidents came back from the centres."))
    elif not asked.incidents:
        yield _p(words("The centres reported no incident."))
    else:
        total = sum(asked.incidents.values())
        shown = sorted(asked.incidents.items(), key=lambda one: (-one[1], one[0]))
        yield _p(
            words.of_n(
                "The centres reported {n} incident: {kinds}.",
                "The centres reported {n} incidents: {kinds}.",
                total,
                n=number(total),
                kinds=Bilingual(
                    th=", ".join(f"{INCIDENT_KINDS[kind].th} ({number(n)})" for kind, n in shown),
                    en=", ".join(f"{INCIDENT_KINDS[kind].en} ({number(n)})" for kind, n in shown),
                ),
            )
        )
        if suspected := asked.incidents.get("misconduct", 0):
            yield _p(
                words.of_n(
                    "Decisions on persons follow from {decided} of {n} suspicion of misconduct.",
                    "Decisions on persons follow from {decided} of {n} suspicions of misconduct.",
                    suspected,
                    n=number(suspected),
                    decided=number(asked.decided),
                )
            )


# ── 4 ────────────────────────────────────────────────────────────────────────────────────────


def _forms(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> Iterator[Block]:
    words, number = voice.spoken, voice.number
    names = found.form_names
    few = len(names) <= MOST_FORMS
    heads: list[Cell] = [words("Criterion, cognitive level")]
    if few:
        for name in names:
            heads += [words("items, {form}", form=name), words("mean %, {form}", form=name)]
    else:
        heads += [words("items of a form"), words("mean % of a form")]
    rows: list[list[Cell | Block]] = []
    for one in found.content:
        head: Cell | Block = _thai(one.code, one.text) if one.unit else _cell(CATEGORY_WORDS[one.code])
        cells: list[Cell | Block] = [head]
        if few:
            for n, mean in zip(one.items, one.means, strict=True):
                cells += [number(n), "" if not one.unit else number(mean, 1)]
        else:
            known = [mean for mean in one.means if mean is not None]
            cells.append(_range(voice, one.items))
            cells.append(_range(voice, known, 1) if known else "")
        rows.append(cells)
    if rows:
        yield _table(heads, rows, words("What the forms ask"))
        yield _note(
            words(
                "Scored items as printed, and the mean of what candidates of the form had of the points "
                "of the criterion."
            )
        )
    groups = [one.group for one in found.cohort.facts.forms]
    of_passed: list[Cell] = [words("passed"), "%"]
    if groups:
        yield _table(
            [
                words("Form"),
                words("candidates"),
                words("mean score, %"),
                "SD",
                words("95 % interval"),
                *(of_passed if found.cohort.passed is not None else []),
            ],
            [
                [
                    one.name,
                    number(one.n),
                    number(one.mean.value, 1),
                    number(one.mean.sd, 1),
                    "–" if one.mean.low is None else f"{number(one.mean.low, 1)}–{number(one.mean.high, 1)}",
                    *(
                        [number(one.passed.n), voice.percent(one.passed.share) if one.n >= MIN_N else "–"]
                        if one.passed is not None
                        else []
                    ),
                ]
                for one in groups
            ],
            words("Scores by form"),
        )
    if (bars := found.cohort.distribution) is not None:
        shown = drawn(partial(distribution_figure, voice, bars, found.cohort.passed is not None))
        yield {"kind": "figure", "figure": shown, "name": words("Scores of all candidates")}
    if len(names) < 2:
        yield _p(words("There was one form: no scores of different forms are compared."))
        return
    if found.n_common:
        yield _p(
            words.of_n(
                "{n} item stands on more than one form.",
                "{n} items stand on more than one form.",
                found.n_common,
                n=number(found.n_common),
            )
        )
    else:
        yield _p(words("The forms share no item."))
    if found.cohort.facts.gap is not None:
        yield _p(gap_words(voice, found.cohort.facts.gap))
    if found.scaled:
        yield _p(
            words(
                "Scores were converted to a scale by the table or formula that the exam or the body "
                "gives; the decision rests on points. The conversion is in the audit of the run."
            )
        )
    yield _p(
        words(
            "No score was equated: each form is decided by its own points and cut. That the forms are "
            "equally hard rests on how they were built (the same blueprint for all), and is not claimed "
            "beyond the table above."
        )
    )


def _range(voice: ReportLanguage, values: Sequence[float], decimals: int = 0) -> str:
    low, high = (voice.number(end, decimals) for end in (min(values), max(values)))
    return low if low == high else f"{low}–{high}"


# ── 5 ────────────────────────────────────────────────────────────────────────────────────────


def _items(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> Iterator[Block]:
    words, number = voice.spoken, voice.number
    if not found.is_analysed:
        yield _p(
            words(
                "The items were not analysed: nobody was scored, or the run is not one of the package's own."
            )
        )
        return
    for title, values in (
        ("facility", [one.facility for one in found.items]),
        ("item–rest correlation", [one.item_rest for one in found.items]),
    ):
        known = sorted(value for value in values if value is not None)
        if known:
            middle = len(known) // 2
            median = known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2
            yield _p(
                words(
                    "{what}: median {median}, from {low} to {high}, of {n} items.",
                    what=words(title),
                    median=number(median, 2),
                    low=number(known[0], 2),
                    high=number(known[-1], 2),
                    n=number(len(known)),
                )
            )
    flagged, before = found.flagged, found.asked_before
    codes = [code for one in flagged for code in one.flags]
    if flagged:
        kinds = [(_flag(voice, code), number(codes.count(code))) for code in dict.fromkeys(codes)]
        said = "; ".join(f"{name} {n}" for name, n in kinds)
        yield _p(
            words.of_n(
                "{n} item was flagged ({kinds}).",
                "{n} items were flagged ({kinds}).",
                len(flagged),
                n=number(len(flagged)),
                kinds=said,
            )
        )
    else:
        yield _p(words("No item was flagged."))
    if before:
        yield _p(
            words.of_n(
                "{n} item had been asked in an earlier administration: {items}.",
                "{n} items had been asked in an earlier administration: {items}.",
                len(before),
                n=number(len(before)),
                items=", ".join(one.item for one in before[:MOST_ROWS])
                + (" …" if len(before) > MOST_ROWS else ""),
            )
        )
    else:
        yield _p(words("As far as the bank knew when the exam was built, no item had been asked before."))
    # two items to a line, so that a hundred take a page
    shown = found.items[:MOST_ITEMS]
    half = (len(shown) + 1) // 2
    one_head: list[Cell] = [
        words("Item"),
        words("persons"),
        words("facility"),
        words("item–rest"),
        words("flag"),
    ]
    rows = [
        [*_item(voice, left), *(_item(voice, right) if right is not None else [""] * 5)]
        for left, right in zip_longest(shown[:half], shown[half:])
    ]
    yield {**_table([*one_head, *one_head], rows, words("Each item"), 4, 5, 9), "is_dense": True}
    if len(found.items) > MOST_ITEMS:
        yield _note(
            words(
                "The first {most} of {n} items, those with flags first; items.csv has all.",
                most=number(MOST_ITEMS),
                n=number(len(found.items)),
            )
        )
    yield _note(
        words(
            "Facility is the share of candidates who answered right, a blank counts as wrong. The "
            "item–rest correlation is that of the item with the number right on all other scored items of "
            "the form. Flags are those of the item analysis: a flag is a reason to look at an item, not a "
            "finding."
        )
    )


def _flag(voice: ReportLanguage, code: str) -> str:
    return voice.pair(FLAGS[code]) if code in FLAGS else code


def _item(voice: ReportLanguage, one: Any) -> list[str]:
    pilot = " ({})".format(voice.words("pilot")) if one.standing == "pilot" else ""
    return [
        one.item + pilot,
        voice.number(one.n),
        voice.number(one.facility, 2),
        voice.number(one.item_rest, 2),
        "; ".join(_flag(voice, code) for code in one.flags),
    ]


# ── 6 to 8 ───────────────────────────────────────────────────────────────────────────────────


def _reliability(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> Iterator[Block]:
    words, number = voice.spoken, voice.number
    if not found.forms:
        yield _p(
            words("No form is described by itself: there are too many forms, or the items were not analysed.")
        )
    else:
        rows = []
        for form in found.forms[:MOST_ROWS]:
            alpha = number(form["alpha"], 2)
            if form["alpha_low"] is not None:
                alpha += f" ({number(form['alpha_low'], 2)}–{number(form['alpha_high'], 2)})"
            rows.append(
                [
                    str(form["form"]),
                    number(form["n_candidates"]),
                    number(form["n_items"]),
                    number(form["mean"], 2),
                    number(form["sd"], 2),
                    alpha,
                    number(form["omega"], 2),
                    number(form["sem"], 2),
                    points(voice, form["cut_points"]),
                    number(form["sem_at_cut"], 2),
                ]
            )
        yield _table(
            [
                words("Form"),
                words("candidates"),
                words("items"),
                words("mean right"),
                "SD",
                words("alpha (95 %)"),
                words("omega"),
                "SEM",
                words("cut, points"),
                words("SEM at the cut"),
            ],
            rows,
            words("Reliability of each form"),
        )
        yield _note(
            words(
                "Alpha is Cronbach's, with Feldt's interval, omega that of one factor; SEM = SD·√(1 − "
                "alpha), in items right, one number for all scores of a form. The SEM at the cut, in "
                "points, is conditional on a score there (Lord's binomial error, or what the blueprint "
                "sets): by it candidates are marked for a second look."
            )
        )
    if found.model is not None and found.model.get("empirical_reliability") is not None:
        yield _p(
            words(
                "The item response model ({model}) gives its ability estimates a reliability of {value}.",
                model=words(_MODELS.get(str(found.model["name"]), str(found.model["name"]))),
                value=number(found.model["empirical_reliability"], 2),
            )
        )


_MODELS = {"rasch": spoken("Rasch"), "1pl": "1PL", "2pl": "2PL", "3pl": "3PL"}


def _consistency(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> Iterator[Block]:
    words = voice.spoken
    if found.repeated is None:
        yield _p(words("The exam has no pass rule, or nobody was scored: there are no decisions."))
        return
    yield from (_p(said) for said in repeated_words(voice, found.repeated))
    shares = found.repeated.shares
    if shares is not None:
        yield _table(
            [words("Figure"), words("estimate")],
            [
                [words(name), voice.number(shares[code], 2)]
                for code, name in (
                    ("consistency", spoken("same decision on a parallel form (p₀)")),
                    ("kappa", spoken("the same beyond chance (Cohen's kappa)")),
                    ("accuracy", spoken("same decision as the true score")),
                    ("false_pass", spoken("passed, though the true score does not")),
                    ("false_fail", spoken("not passed, though the true score does")),
                )
                if shares[code] is not None
            ],
            words("Decision consistency and accuracy"),
        )


def _dif(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> Iterator[Block]:
    words, number = voice.spoken, voice.number
    if not found.groups:
        yield _p(
            words(
                "No groups are compared here, because the candidates are of one centre (where no centre is "
                "named, of one room) and one organisation. An analysis by other groups, such as sex, is kept "
                "apart from this report."
            )
        )
        return
    if not found.dif:
        yield _p(
            words(
                "None was analysed: no group of candidates on a form, nor the others there, has {least} "
                "or more.",
                least=number(FEW_IN_GROUP),
            )
        )
        return
    n = sum(len(one.items) for one in found.dif)
    yield _p(
        words(
            "Mantel–Haenszel with purification, each group beside all others of its form: {n} comparisons "
            "of a group, {items} of an item, of which {flagged} are of ETS class B or C.",
            n=number(len(found.dif)),
            items=number(sum(one.n_items for one in found.dif)),
            flagged=number(n),
        )
    )
    rows: list[list[Cell | Block]] = [
        [
            one.form,
            _thai("", one.group),
            number(one.n),
            number(one.n_others),
            item,
            number(delta, 2),
            ets,
        ]
        for one in found.dif
        for item, delta, ets in one.items.iter_rows()
    ]
    if rows:
        rows.sort(key=lambda row: (str(row[6])[0] != "C", str(row[0])))
        yield _table(
            [
                words("Form"),
                words("group"),
                words("candidates"),
                words("others"),
                words("item"),
                "Δ",
                words("class"),
            ],
            rows[:MOST_DIF],
            words("Items of class B and C"),
            1,
            4,
        )
        if len(rows) > MOST_DIF:
            yield _note(words("The first {n}; dif.csv has all.", n=number(MOST_DIF)))
        yield _note(
            words(
                "Δ below 0 is harder for the group than for equally able others. An item of class C is to "
                "be reviewed."
            )
        )
    yield _note(
        words(
            "Groups are those that the results name: centres (or rooms, where no centre is named) and "
            "organisations. Of sex, age, language or "
            "disability nothing is held here, and nothing is claimed; an analysis by such groups is kept "
            "apart from this report, where one was made."
        )
    )


# ── 9 to 11 ──────────────────────────────────────────────────────────────────────────────────


def _standard(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> Iterator[Block]:
    words = voice.spoken
    page = decision_page(voice, found.cohort.facts)
    if not page["has_rule"]:
        yield _p(
            words(
                "The exam has no pass rule: nobody passes or fails, and nobody is marked for a second look."
            )
        )
        return
    yield _p(words("To pass, all of this must hold:"))
    parts: Any = page["rule_parts"]
    yield _list(parts)
    facts = found.cohort.facts
    rule = facts.rule or {}
    if rule.get("percent") is not None and not rule.get("reason"):
        yield _p(
            words(
                "The blueprint sets that share without a study of judges, and gives no reason for it. A "
                "study of judges would tell its panel, its rounds and its error."
            )
        )
    cuts = [one for one in facts.forms if one.cut is not None]
    if cuts:
        yield _table(
            [
                words("Form"),
                words("cut, points"),
                words("of points"),
                words("cut, %"),
                words("judges or candidates"),
                words("standard error of the cut"),
            ],
            [_cut(voice, one) for one in cuts],
            words("Cut scores"),
        )
        yield from _least_passes(voice, run, cuts)
    if (gap := cut_gap_words(voice, facts)) is not None:
        yield _p(gap)


def _least_passes(voice: ReportLanguage, run: ScoredRun, cuts: Sequence[FormDecisions]) -> Iterator[Block]:
    """Yield the lowest whole score that reaches each cut that lies between two whole scores."""
    words, scores = (
        voice.spoken,
        texts_of(run.candidates["score"]).replace("", None).cast(pl.Float64).drop_nulls(),
    )
    if scores.is_empty() or bool((scores % 1 != 0).any()):
        return
    lowest: dict[tuple[int, float], list[str]] = {}
    for one in cuts:
        if one.cut is not None and one.cut.points % 1:
            lowest.setdefault((math.ceil(one.cut.points), one.cut.most), []).append(one.group.name)
    for (least, most), names in lowest.items():
        yield _p(
            words(
                "Scores are whole points: on form {forms} the lowest that reaches the cut is {least} of "
                "{most}, {percent} of all points.",
                forms=", ".join(names),
                least=points(voice, least),
                most=points(voice, most),
                percent=voice.percent(least / most),
            )
        )


def _cut(voice: ReportLanguage, one: FormDecisions) -> list[str]:
    cut, judged = one.cut, one.judged
    assert cut is not None
    n = None if judged is None else (getattr(judged, "candidates", None) or judged.judges)
    error = None if judged is None or judged.se is None else float(judged.se)
    return [
        one.group.name,
        points(voice, cut.points),
        points(voice, cut.most),
        voice.number(cut.percent, 1),
        voice.number(n),
        voice.number(error, 2),
    ]


def _decisions(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> Iterator[Block]:
    words, number, cohort = voice.spoken, voice.number, found.cohort
    if cohort.passed is not None:
        yield _p(
            words(
                "{passed} of {n} candidates passed: {rate}, 95 % interval {interval}.",
                passed=number(cohort.passed.n),
                n=number(cohort.passed.of),
                rate=voice.percent(cohort.passed.share),
                interval=voice.interval(cohort.passed),
            )
        )
    looks = found.looks
    if looks.marked:
        yield _p(
            words(
                "Second looks: {marked} marked, {upheld} upheld, {changed} changed, {open} open.",
                marked=number(looks.marked),
                upheld=number(len(looks.upheld)),
                changed=number(len(looks.changed)),
                open=number(len(looks.open)),
            )
        )
    else:
        yield _p(words("Nobody is marked for a second look."))
    if found.corrections:
        rows: list[list[Cell | Block]] = []
        for one in found.corrections[:MOST_ROWS]:
            where = (
                str(one["item"]) if one.get("item") else f"{one.get('form', '')}: {one.get('question', '')}"
            )
            does = CORRECTION_KINDS[one["kind"]].does
            rows.append([where, words(does)])
        yield _table([words("Question or item"), words("correction")], rows, words("Corrections"), 1)
        if (moved := found.moved) is not None:
            yield _p(
                words(
                    "Beside the same run without its corrections: {changed} scores changed ({up} up, "
                    "{down} down), {now_pass} now pass, {now_fail} now do not.",
                    changed=number(moved.score_changed),
                    up=number(moved.up),
                    down=number(moved.down),
                    now_pass=number(moved.now_pass),
                    now_fail=number(moved.now_fail),
                )
            )
        else:
            yield _p(words("The run keeps no answers: what its corrections moved is not known here."))
    else:
        yield _p(words("No key was corrected."))
    if found.persons:
        yield _table(
            [words("Decision on persons"), words("persons")],
            [[_cell(DECISION_KINDS[name].words), number(n)] for name, n in sorted(found.persons.items())],
            words("Decisions on persons that hold"),
        )
    else:
        yield _p(words("No result is withheld, withdrawn or taken away by a decision on a person."))


def _limits(voice: ReportLanguage, run: ScoredRun, found: TechnicalReport) -> Iterator[Block]:
    words, number = voice.spoken, voice.number
    said: list[Pair] = []
    n, of = found.unapproved
    if n:
        said.append(
            words(
                "{n} of {of} printed items were approved by no subject-matter expert: that they measure "
                "the criterion is claimed by nobody.",
                n=number(n),
                of=number(of),
            )
        )
    if found.n_synthetic:
        said.append(
            words(
                "{n} of {of} candidates are synthetic: figures say how the procedure works, nothing of "
                "people.",
                n=number(found.n_synthetic),
                of=number(found.cohort.n),
            )
        )
    if found.cohort.n < FEW_IN_GROUP:
        said.append(
            words(
                "{n} candidates are few: statistics of items and forms are rough.", n=number(found.cohort.n)
            )
        )
    if run.exam.other_methods:
        said.append(
            words(
                "The standard asks for other methods of assessment as well: this report is about the "
                "written test alone."
            )
        )
    if len(found.form_names) > 1:
        said.append(
            words(
                "Candidates of different forms were not assigned by a design that this report can check: "
                "a difference of forms may be one of candidates."
            )
        )
    said += [
        words(
            "Alpha is a lower bound of reliability over items; it says nothing of occasions or of other "
            "methods."
        ),
        words(
            "Validity is claimed by content alone: no result is compared with performance at work or "
            "another measure."
        ),
        words("Statistics of items are those of this administration; they change with who sits it."),
    ]
    yield _list(said)


DOCUMENT = ReportDocument("report-technical.html", technical_report, technical_page, TECHNICAL)
