"""A committee's book → context of `report-committee.html`: numbers as they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from examgen.analysis import assessors
from examgen.analysis.shown import message
from examgen.core.exam.runs import read_run
from examgen.core.files import read_input
from examgen.core.models.base import Bilingual
from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.responses.table import NAME as RESPONSES
from examgen.core.words import Message, Pair, joined, messages_in
from examgen.rendering.parts import in_its_figures, report_context, short_day_words
from examgen.reports.analysis_report.words import (
    FLAGS,
    REASONS,
    SURE,
    examined_words,
    half_examined_words,
    subscore_words,
)
from examgen.reports.cohort_report.page import ReportRow, cohort_context
from examgen.reports.committee_report.before_signing import before_signing, key_places_text
from examgen.reports.committee_report.list import (
    LIST_FILE,
    LIST_TABLE,
    centre_lists,
    confidential_list,
    decision_words,
    figures,
    marks_shown,
    write_list,
)
from examgen.reports.committee_report.report import CommitteeBook, committee_book
from examgen.reports.decisions import whole_scoring_words
from examgen.reports.kinds import ReportDocument
from examgen.reports.language import ReportLanguage, place_words
from examgen.reports.ledger_lines import (
    IN_ORDER,
    ledger_rows,
    odd_ones,
    quarantine_page,
    quarantine_words,
    unreconciled_words,
)
from examgen.reports.reasons import failed_first, failed_words, kinds_of, why_words
from examgen.reports.run_findings import analysis_of, compared_with, repeats_of
from examgen.reports.tables import COMMITTEE
from examgen.scanning.gallery.why_decided import decision_messages
from examgen.scoring.assessing.assessed_run import RATINGS
from examgen.scoring.compare import cause_words
from examgen.scoring.runs import folder_before

if TYPE_CHECKING:
    import polars as pl

    from examgen.core.person_decisions import PersonDecision
    from examgen.rendering.parts import Lang, Words
    from examgen.reports.cohort_report.report import NearCandidate
    from examgen.reports.committee_report.list import Listing
    from examgen.reports.committee_report.report import (
        Corrected,
        Document,
        ItemSummary,
        MovedCandidate,
    )
    from examgen.scoring.scored_run import ScoredRun

MOST_NEAR, MOST_MOVED, MOST_ROWS = 400, 400, 100
"""More candidates near the cut or who moved, or other rows, stand in the tables beside the book alone; more
forms are not told one by one."""
MOST_UNCHANGED = 40
"""Of more candidates near the cut or who moved, the book lists only those whose result is open or changed."""
MOST_CENTRES = 600
"""Of a cohort whose list stands apart; there every centre has a bookmark."""
MOST_SHOWN = 20_000
"""Everybody of a larger cohort stands in the list beside a page of HTML alone."""
MOST_LEDGER = 300
"""Of more rooms and forms, those stand in the ledger where something is beside the sums."""
MOST_NAMED = 60
"""People who are named in one place."""
SIGNERS = 5
"""Boxes for signatures where nobody says how many."""


# ── what the codes of the files mean ─────────────────────────────────────────────────────────


def signal_words(words: Words) -> Mapping[str, Pair]:
    """Kind of a signal → its name."""
    return {
        "blank_row": words("no answer at all"),
        "one_letter": words("one letter throughout"),
        "pattern": words("a repeated pattern"),
        "under_chance": words("far below guessing"),
        "wrong_form": words("another form fits better"),
        "same_answers": words("exactly the same answers"),
    }


def left_out_words(words: Words) -> Mapping[str, Pair]:
    """Return the names of inputs that a run leaves out on purpose, by their keys in the audit."""
    return {
        "corrections": words("corrections"),
        "decisions": words("decisions on rows"),
        "roster": words("the roster"),
        "scaled": words("the scaled scores"),
        "cut": words("the cut scores of a file"),
        "answers": words("the answer files"),
        "candidates": words("candidates who were scored"),
    }


# ── the book ─────────────────────────────────────────────────────────────────────────────────


def committee_page(
    run: ScoredRun,
    book: CommitteeBook,
    lang: Lang,
    words: Words,
    faces: Mapping[str, str] | None = None,
    signers: Sequence[str] = (),
    listing: Listing | None = None,
) -> dict[str, object]:
    """Everything that the book shows; `signers` are titles or names under the boxes for signatures,
    `listing` is where the list stands if it is a file of its own."""
    voice = ReportLanguage(lang, words)
    number, cohort, near = voice.number, book.cohort, book.cohort.near or ()
    near_shown = near
    if len(near) > MOST_UNCHANGED:
        near_shown = tuple(one for one in near if one.look != "upheld")
    alike = cohort_context(voice, run, cohort, book.repeated)
    is_apart = (listing is not None and faces is not None) or cohort.n > MOST_SHOWN
    passed, found = cohort.passed, book.items
    confidential = confidential_list(words, run)
    if book.corrections or (found is not None and (found.alarms or found.flagged)):
        confidential = words("names candidates, items and keys; for the committee alone")
    near_lines = [
        ReportRow(
            one.candidate_id,
            (
                one.form,
                figures(voice, one.score),
                _points(voice, one.cut),
                _signed_points(voice, None if one.distance is None else round(one.distance, 6)),
                decision_words(voice, one.decision),
                _looked(voice, one),
            ),
            one.name,
        )
        for one in near_shown[:MOST_NEAR]
    ]
    # the total and the forms, then the rooms; of many rooms, those where something is beside the sums
    ledger_lines = []
    if (ledger := cohort.ledger) is not None:
        beside = [n for n, name in enumerate(ledger.columns[2:]) if name not in IN_ORDER]
        ledger_lines = [
            (by, name, counts)
            for by, name, *counts in ledger_rows(ledger)
            if ledger.height <= MOST_LEDGER or by == "total" or any(int(counts[n] or 0) for n in beside)
        ]
    signals, kinds, causes = book.signals or (), signal_words(words), kinds_of(book.why)
    return {
        **report_context(run, lang, words.digits, faces),
        **alike,
        "places": place_words(words, run.place_kind),
        "confidential": confidential,
        "scoring": whole_scoring_words(voice, cohort.facts),
        "failed": [
            (failed_words(voice, run, one, len(people)), _people(voice, people))
            for one, people in failed_first(run, book.why)
        ],
        "body_words": run.body.given if run.body is not None else (),
        "marks": marks_shown(voice, book),
        "signing": before_signing(voice, book, run),
        "cuts": [] if alike["decision_forms"] else alike["cuts"],
        "count": cohort.n,
        "failed_n": number(passed.of - passed.n) if passed else "",
        "is_decided": passed is not None,
        "near_n": number(len(near)) if cohort.near is not None else "–",
        "is_marked": cohort.near is not None,
        # where the list is a file of its own the book has but the centres
        "centres": [
            one._replace(rows=() if is_apart else one.rows) for one in centre_lists(voice, book, run)
        ],
        "why": why_words(voice.spoken, causes) if causes else None,
        "near": near_lines,
        "anyone_near": bool(near),
        "near_all": len(near_shown) <= MOST_NEAR,
        "near_shown": number(len(near_lines)),
        "near_open_n": number(len(near_shown)),
        "near_upheld": len(near) - len(near_shown),
        "near_upheld_n": number(len(near) - len(near_shown)),
        "near_named": any(one.name for one in near_shown),
        **_corrections(voice, words, book),
        # signals
        "assessors": book.assessors,
        "looked": book.signals is not None,
        "signals": [
            {
                "number": one.number,
                "kind": kinds.get(one.kind),
                "code": one.kind,
                "seen": Bilingual(th=one.seen_th, en=one.seen_en),
                "people": _people(voice, [f"{who} ({form})" for who, form in one.rows]),
            }
            for one in signals[:MOST_ROWS]
        ],
        "signals_count": len(signals),
        "signals_n": number(len(signals)),
        "signals_more": len(signals) > MOST_ROWS,
        # who is accounted for
        "quarantine": _told(voice, cohort.quarantine, quarantine_words(words)),
        "unreconciled": _told(voice, odd_ones(cohort), unreconciled_words(words)),
        **quarantine_page(voice, cohort, unreconciled_words(words), quarantine_words(words)),
        "most_blank": [
            ReportRow(who, (form, *map(number, counts))) for who, form, counts in cohort.most_blank
        ],
        "ledger": [
            (by, name, tuple(number(int(n or 0)) for n in counts))
            for by, name, counts in ledger_lines[:MOST_LEDGER]
        ],
        "ledger_more": ledger is not None and ledger.height > MOST_LEDGER,
        "most_ledger": number(MOST_LEDGER),
        "items": None if found is None else _items(voice, found),
        "most_centres": MOST_CENTRES if is_apart else len(book.centres),
        "list_file": LIST_FILE if listing is not None else LIST_TABLE,
        "list_apart": is_apart,
        "list_pages": number(listing.n_pages) if listing is not None else "",
        "list_first": [number(page) for page in listing.first] if listing is not None else [],
        "signers": list(signers) or [""] * SIGNERS,
        "most_rows": number(MOST_ROWS),
    }


def _result(voice: ReportLanguage, one: PersonDecision) -> str:
    """The result that a decision looked at."""
    if one.result is None:
        return ""
    score, most, decision = one.result
    return f"{figures(voice, f'{score} / {most}')} {decision_words(voice, decision)}"


def _looked(voice: ReportLanguage, one: NearCandidate) -> str:
    """Say what a second look at a candidate near the cut decided, and when; empty while it is open."""
    day = short_day_words(one.look_day) or one.look_day
    if one.look == "upheld":
        return voice.words("result upheld, {day}", day=day)
    return voice.words("result changed, {day}", day=day) if one.look == "changed" else ""


def _points(voice: ReportLanguage, value: float | None) -> str:
    """Points without noughts at the end."""
    if value is None:
        return "–"
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return figures(voice, "0" if text == "-0" else text)


def _signed_points(voice: ReportLanguage, value: float | None) -> str:
    """Points with their sign."""
    return ("+" if (value or 0) > 0 else "") + _points(voice, value)


def _told(
    voice: ReportLanguage, counts: Sequence[tuple[str, int]], means: Mapping[str, Pair]
) -> list[tuple[str, Pair | None, str]]:
    return [(code, means.get(code), voice.number(n)) for code, n in counts]


def _people(voice: ReportLanguage, named: Sequence[str] | pl.Series) -> str:
    more = f" … ({voice.number(len(named))})" if len(named) > MOST_NAMED else ""
    return ", ".join(named[:MOST_NAMED]) + more


def _corrections(voice: ReportLanguage, words: Words, book: CommitteeBook) -> dict[str, object]:
    means = {kind: words(one.does) for kind, one in CORRECTION_KINDS.items()}
    left_out = left_out_words(words)

    def day(one: Document) -> Pair | None:
        """When a correction or a decision was made, where that is a date."""
        found = short_day_words(str(one.get("date", "")))
        return found and in_its_figures(found, voice.digits)

    def by_id(one: Corrected) -> list[MovedCandidate]:
        return sorted(one.moved, key=lambda row: row.candidate_id)

    return {
        "corrections": [
            (
                str(one["item"]) if one.get("item") else f"{one.get('form', '')}: {one.get('question', '')}",
                means.get(one["kind"]),
                one,
                day(one),
                [_place(voice, where) for where in one.get("places") or ()],
            )
            for one in book.corrections
        ],
        "decided": [
            (one, voice.pair(joined([one["decision"]])), voice.pair(joined([one["reason"]])), day(one))
            for one in book.decided[:MOST_ROWS]
        ],
        "persons": [
            (one, one.words, _result(voice, one), short_day_words(one.date))
            for one in book.persons[:MOST_ROWS]
        ],
        "persons_n": voice.number(len(book.persons)),
        "persons_more": len(book.persons) > MOST_ROWS,
        "decided_n": voice.number(len(book.decided)),
        "decided_more": len(book.decided) > MOST_ROWS,
        "left_out": [
            (
                left_out[one["what"]],
                one["run"],
                voice.number(one["n"]),
                voice.pair(joined(messages_in(one, "named") or ["–"], "; ")),
            )
            for one in book.left_out
        ],
        # whether the corrections are all that changed anybody's result since the run before
        "nothing_else": book.by_key is not None
        and book.corrected is not None
        and by_id(book.by_key) == by_id(book.corrected),
        "corrected": _corrected(voice, words, book.corrected, book),
        "by_key": _corrected(voice, words, book.by_key, book),
    }


def _place(voice: ReportLanguage, where: Mapping[str, Any]) -> dict[str, str]:
    """Describe where a correction applies: a question of a form, booklets drawn from it, or many forms."""
    found = dict.fromkeys(("form", "question", "key", "booklets", "forms", "first", "last"), "")
    if "booklets" in where:
        return found | {"form": where["drawn_from"], "booklets": voice.number(where["booklets"])}
    if "forms" in where:
        ends = {name: where.get(name, "") for name in ("first", "last")}
        return found | {"forms": voice.number(where["forms"])} | ends
    key = where.get("key", "").replace("|", ", ")
    return found | {"form": where["form"], "question": str(where["question"]), "key": key}


_COUNTS = (
    "candidates_before", "candidates_after", "passed_before", "passed_after", "score_changed", "up", "down",
    "now_pass", "now_fail", "criteria_changed",
)  # fmt: skip


def _run_shown(voice: ReportLanguage, name: str) -> str:
    """A run by its number, as pages count them, where its folder is called by that."""
    return voice.number(int(name)) if name.isdecimal() else name


def _corrected(
    voice: ReportLanguage, words: Words, one: Corrected | None, book: CommitteeBook
) -> dict[str, object] | None:
    """Return the differences from another scoring; decisions if there is a pass rule."""
    if one is None:
        return None
    number, found = voice.number, one.comparison
    is_decided = book.cohort.passed is not None
    moved, listed = [], list(one.moved)
    if is_decided and len(one.moved) > MOST_UNCHANGED:
        listed = [row for row in one.moved if row.decision_before != row.decision_after]
    for row in listed[:MOST_MOVED]:
        cells = []
        for value, most in ((row.score_before, row.most_before), (row.score_after, row.most_after)):
            of = "" if value is None or most is None else f" / {_points(voice, most)}"
            cells.append(_points(voice, value) + of)
        cells.append(_signed_points(voice, row.change))
        if is_decided:
            cells += [decision_words(voice, said) for said in (row.decision_before, row.decision_after)]
        moved.append(ReportRow(row.candidate_id, tuple(cells), row.name))
    forms = []
    groups = found.groups.get("form", ())
    many = len(groups) > MOST_ROWS
    for group in sorted(groups, key=lambda one: -one.score_changed)[:MOST_ROWS] if many else groups:
        counts = [group.candidates_after, group.score_changed, group.up, group.down]
        counts += [group.now_pass, group.now_fail] if is_decided else []
        forms.append(ReportRow(group.name, tuple(map(number, counts))))
    return {
        "before": _run_shown(voice, one.before),
        "after": _run_shown(voice, one.after),
        "causes": [voice.pair(cause_words([code])) for code in one.causes],
        "all": {name: number(getattr(found.all, name)) for name in _COUNTS},
        "mean_change": number(found.all.mean_change, 2),
        "forms": forms,
        "forms_n": number(len(groups)),
        "forms_more": many,
        "moved": moved,
        "anyone_moved": bool(one.moved),
        "moved_n": number(len(one.moved)),
        "moved_shown": number(len(moved)),
        "moved_all": len(listed) <= MOST_MOVED,
        "moved_beside": len(one.moved) - len(listed),
        "moved_beside_n": number(len(one.moved) - len(listed)),
        "moved_named": any(row.text for row in moved),
        "criteria": [
            (row.pc, *map(number, (row.changed, row.now_met, row.no_longer_met)))
            for row in found.criteria
            if row.changed
        ],
        "only_before": number(len(found.only_before)),
        "only_after": number(len(found.only_after)),
    }


def _items(voice: ReportLanguage, found: ItemSummary) -> dict[str, object]:
    """Return the findings of the item analysis."""
    number = voice.number
    unexamined = examined_words(found.n_items, found.n_examined, found.min_n)
    few = half_examined_words(found.n_items, found.n_examined - found.n_fully_examined, found.min_n_fully)
    possible = sum(one["sure"] == "possible" for one in found.alarms)
    forms = []
    for one in found.forms:
        alpha = "–"
        if one["alpha"] is not None:
            low, high = (number(one[end], 2) for end in ("alpha_low", "alpha_high"))
            alpha = f"{number(one['alpha'], 2)} ({low}–{high})"
        means = (number(one[name], 2) for name in ("mean", "sd", "sem"))
        forms.append(
            ReportRow(str(one["form"]), (number(one["n_candidates"]), number(one["n_items"]), *means, alpha))
        )
    alarms = []
    for one in found.alarms:
        sure, places = SURE.get(one["sure"]), found.asked.get(one["item"], ())
        options = (one["key"], *([[one["suggested"]]] if one["suggested"] else []))
        reasons = (voice.pair(REASONS[code]) if code in REASONS else code for code in one["reasons"])
        cells = (
            key_places_text(voice, places, *options, letters=found.letters),
            voice.pair(sure) if sure else str(one["sure"]),
            " ".join(one["key"]),
            one["suggested"] or "–",
            number(one["n"]),
        )
        alarms.append(ReportRow(str(one["item"]), cells, "; ".join(reasons) or "–"))
    return {
        "is_of_run": found.is_of_run,
        "n_examined": number(found.n_examined),
        "any_examined": found.n_examined > 0,
        "unexamined": in_its_figures(unexamined, voice.digits) if unexamined else None,
        "half_examined": in_its_figures(few, voice.digits) if few else None,
        "subscores": [in_its_figures(said, voice.digits) for said in subscore_words(found.subscores)],
        "n_flagged": number(len(found.flagged)),
        "n_alarms": number(len(found.alarms) - possible),
        "n_possible": number(possible),
        "forms": forms,
        "alarms": alarms,
        "flagged": [
            ReportRow(
                one.item,
                (
                    key_places_text(voice, one.asked),
                    one.pc,
                    number(one.n),
                    number(one.facility, 2),
                    number(one.item_rest, 2),
                ),
                "; ".join(voice.pair(FLAGS[code]) if code in FLAGS else code for code in one.flags),
            )
            for one in found.flagged
        ],
    }


def _committee(run: ScoredRun, folder: Path) -> CommitteeBook:
    """The committee's book, with what changed since the run before and what an analysis of the run found; and
    the run beside itself without its corrections, where it has any and is not of an examgen that kept no
    answers."""
    compared = by_key = None
    most_before: dict[str, float] = {}
    most_by_key: dict[str, float] = {}
    if (before := folder_before(run)) is not None:
        compared, most_before = compared_with(before, run)
    if run.audit.get("corrections") and (run.folder / RESPONSES).is_file():
        from examgen.scoring.score import score_without_corrections  # few runs have corrections

        with TemporaryDirectory() as name:
            without = Path(name) / "without"
            without.mkdir()
            score_without_corrections(folder, read_run(run.run, run.folder), without)
            by_key, most_by_key = compared_with(without, run)
    book = committee_book(
        run,
        compared,
        analysis_of(run, folder),
        most_before,
        repeats_of(run, folder),
        by_key,
        most_by_key,
    )
    if run.exam.blueprint.is_rated:
        book = book._replace(assessors=_of_assessors(run))
    return book._replace(decided=tuple(decision_messages(one) for one in book.decided))


def _of_assessors(run: ScoredRun) -> tuple[Message, ...]:
    """How far the assessors of a run agree, and what cannot be said of it, in sentences."""
    path = run.folder / RATINGS
    found = assessors.assessors_of(path.name, read_input(path))
    return tuple(message(one, assessors.WORDS) for one in (*found.findings, *found.notes))


DOCUMENT = ReportDocument(
    "report-committee.html",
    _committee,
    committee_page,
    COMMITTEE,
    lambda *asked: {"listing": write_list(*asked)},
)
