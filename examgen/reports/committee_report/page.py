"""A committee's book → context of `report-committee.html`: numbers as they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.models.base import Bilingual
from examgen.core.words import Pair, joined
from examgen.rendering.parts import (
    MIN_N,
    in_its_figures,
    report_context,
)
from examgen.reports.analysis_report.words import (
    FLAGS,
    REASONS,
    SURE,
    examined_words,
    half_examined_words,
    subscore_words,
)
from examgen.reports.cohort_report.page import (
    cut_lines,
    has_error,
    ledger_words,
    near_words,
    quarantine_words,
    unreconciled_words,
)
from examgen.reports.committee_report.before_signing import before_signing, places_asked
from examgen.reports.committee_report.rows import (
    LIST_FILE,
    LIST_TABLE,
    cause_words,
    centre_lists,
    confidential,
    correction_words,
    day_of,
    decision_words,
    figures,
    left_out_words,
    marks_shown,
    signal_words,
)
from examgen.reports.decision_consistency import repeated_words
from examgen.reports.decisions import (
    decision_page,
    met_from_words,
    whole_scoring_words,
)
from examgen.reports.language import Voice, place_words
from examgen.reports.ledger_lines import (
    IN_ORDER,
    aside_page,
    attendance_words,
    ledger_rows,
    ledger_sums,
    no_row,
    odd_ones,
    was_recorded,
)
from examgen.reports.reasons import (
    conditions_words,
    failed_first,
    failed_words,
    why_words,
)

if TYPE_CHECKING:
    from examgen.core.scored_run import ScoredRun
    from examgen.rendering.parts import Lang, Words
    from examgen.reports.cohort_report.report import Near
    from examgen.reports.committee_report.list import Listing
    from examgen.reports.committee_report.report import (
        CommitteeBook,
        Corrected,
        Document,
        ItemSummary,
        Moved,
    )
    from examgen.scoring.comparison import Changes


MOST_NEAR, MOST_MOVED, MOST_ROWS = 400, 400, 100
"""More candidates near the cut or who moved, or other rows, stand in the tables beside the book alone."""
MOST_CENTRES = 600
"""Of a cohort whose list stands apart; there every centre has a bookmark."""
MOST_SHOWN = 20_000
"""Everybody of a larger cohort stands in the list beside a page of HTML alone."""
MOST_LEDGER = 300
"""Of more rooms and forms, those stand in the ledger where something is beside the sums."""
SIGNERS = 5
"""Boxes for signatures where nobody says how many."""


class Cells(NamedTuple):
    """A line of a table: its head, cells that are numbers or codes, and a text."""

    head: str
    cells: tuple[str, ...]
    text: str = ""


class SignalLine(NamedTuple):
    """A signal as it is shown."""

    number: str
    kind: Pair | None
    code: str
    room: str
    seen: Pair
    people: str


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
    voice = Voice(lang, words)
    cohort = book.cohort
    near = cohort.near or ()
    facts = decision_page(voice, book.cohort.facts)
    is_apart = (listing is not None and faces is not None) or cohort.n > MOST_SHOWN
    return {
        **report_context(run, lang, words.digits, faces),
        "places": place_words(words, run.place_kind),
        "confidential": confidential(words, run, book),
        **facts,
        "scoring": whole_scoring_words(voice, book.cohort.facts),
        "on_few": conditions_words(voice, run),
        "met_from": met_from_words(voice.spoken, run),
        "near_words": list(near_words(voice, cohort, run)),
        "failed": [
            (failed_words(voice, run, one), _people(voice, one.people)) for one in failed_first(run, book.why)
        ],
        "repeated": list(repeated_words(voice, book.repeated)),
        "body_words": run.body.given if run.body is not None else (),
        "marks": marks_shown(voice, book),
        "cautions_list": list(before_signing(voice, book, run)),
        "cuts": [] if facts["decision_forms"] else cut_lines(voice, cohort.cuts),
        "has_error": has_error(cohort.cuts),
        "ledger_sums": list(ledger_sums(words, cohort)),
        "count": cohort.n,
        "n": voice.number(cohort.n),
        "small": 0 < cohort.n < MIN_N,
        "min_n": voice.number(MIN_N),
        "rate": voice.percent(cohort.passed.share) if cohort.passed else "–",
        "rate_interval": voice.interval(cohort.passed) if cohort.passed else "",
        "passed_n": voice.number(cohort.passed.n) if cohort.passed else "",
        "failed_n": voice.number(cohort.passed.of - cohort.passed.n) if cohort.passed else "",
        "is_decided": cohort.passed is not None,
        "near_n": voice.number(len(near)) if cohort.near is not None else "–",
        "is_marked": cohort.near is not None,
        "centres": centre_lists(voice, book, run),
        "why": why_words(voice.spoken, {one.kind for one in book.why.values()}) if book.why else None,
        "near": [_near(voice, one) for one in near[:MOST_NEAR]],
        "near_all": len(near) <= MOST_NEAR,
        "near_shown": voice.number(min(len(near), MOST_NEAR)),
        "near_named": any(one.name for one in near),
        **_corrections(voice, words, book, hidden=run.is_hidden),
        **_signals(voice, words, book),
        "rows": {name: voice.number(n) for name, n in cohort.rows.items()},
        "quarantine": _told(voice, cohort.quarantine, quarantine_words(words)),
        "unreconciled": _told(voice, odd_ones(cohort), unreconciled_words(words)),
        **aside_page(voice, cohort, unreconciled_words(words), quarantine_words(words)),
        **no_row(voice, cohort),
        "most_blank": [
            Cells(one.candidate_id, (one.form, *(voice.number(n) for n in one.counts)))
            for one in cohort.most_blank
        ],
        "ledger_heads": list(ledger_words(words, recorded=was_recorded(cohort)).values()),
        "attendance": attendance_words(voice, cohort),
        "ledger": list(_ledger(voice, book)),
        "ledger_more": cohort.ledger is not None and cohort.ledger.height > MOST_LEDGER,
        "most_ledger": voice.number(MOST_LEDGER),
        "items": None if book.items is None else _items(voice, book.items),
        "most_centres": MOST_CENTRES if is_apart else len(book.centres),
        "list_file": LIST_FILE if listing is not None else LIST_TABLE,
        "list_apart": is_apart,
        "list_pages": voice.number(listing.n_pages) if listing is not None else "",
        "list_first": [voice.number(page) for page in listing.first] if listing is not None else [],
        "signers": list(signers) or [""] * SIGNERS,
        "most_rows": voice.number(MOST_ROWS),
    }


def _points(voice: Voice, value: float | None) -> str:
    """Points without noughts at the end."""
    if value is None:
        return "–"
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return figures(voice, "0" if text == "-0" else text)


def _of_most(voice: Voice, value: float | None, most: float | None) -> str:
    """`17 / 24`."""
    return _points(voice, value) + ("" if value is None or most is None else f" / {_points(voice, most)}")


def _told(
    voice: Voice, counts: Sequence[tuple[str, int]], means: Mapping[str, Pair]
) -> list[tuple[str, Pair | None, str]]:
    return [(code, means.get(code), voice.number(n)) for code, n in counts]


# ── near the cut ─────────────────────────────────────────────────────────────────────────────


def _near(voice: Voice, one: Near) -> Cells:
    distance = _points(voice, None if one.distance is None else round(one.distance, 6))
    sign = "+" if (one.distance or 0) > 0 else ""
    cut = _points(voice, one.cut)
    cells = one.form, figures(voice, one.score), cut, sign + distance, decision_words(voice, one.decision)
    return Cells(one.candidate_id, cells, one.name)


# ── corrections ──────────────────────────────────────────────────────────────────────────────


def _corrections(voice: Voice, words: Words, book: CommitteeBook, *, hidden: bool) -> dict[str, object]:
    means, left_out = correction_words(words), left_out_words(words)
    found: dict[str, object] = {
        "corrections": [
            (_where(one), means.get(one["kind"]), one, day_of(one, voice.digits), list(_places(voice, one)))
            for one in book.corrections
        ],
        "is_hidden": hidden,
        "decided": [
            (
                one,
                voice.pair(joined([one["decision"]])),
                voice.pair(joined([one["reason"]])),
                day_of(one, voice.digits),
            )
            for one in book.decided[:MOST_ROWS]
        ],
        "decided_n": voice.number(len(book.decided)),
        "decided_more": len(book.decided) > MOST_ROWS,
        "left_out": [
            (left_out[one["what"]], one["run"], voice.number(one["n"]), one.get("named") or ())
            for one in book.left_out
        ],
        "nothing_else": _is_same(book.by_key, book.corrected),
    }
    decided = book.cohort.passed is not None
    for name, one in (("corrected", book.corrected), ("by_key", book.by_key)):
        found[name] = None if one is None else _corrected(voice, words, one, decided=decided)
    return found


def _is_same(by_key: Corrected | None, since: Corrected | None) -> bool:
    """Whether the corrections are all that changed anybody's result since the run before."""
    if by_key is None or since is None:
        return False
    return sorted(by_key.moved, key=_who) == sorted(since.moved, key=_who)


def _who(one: Moved) -> str:
    return one.candidate_id


def _where(one: Document) -> str:
    if one.get("item"):
        return str(one["item"])
    return f"{one.get('form', '')}: {one.get('question', '')}"


class PlaceShown(NamedTuple):
    """Where a correction holds: a question of a form; or booklets drawn from it; or many forms."""

    form: str = ""
    question: str = ""
    key: str = ""
    booklets: str = ""
    forms: str = ""
    first: str = ""
    last: str = ""


def _places(voice: Voice, one: Document) -> Iterator[PlaceShown]:
    for where in one.get("places") or ():
        if "booklets" in where:
            yield PlaceShown(form=where["drawn_from"], booklets=voice.number(where["booklets"]))
        elif "forms" in where:
            n = voice.number(where["forms"])
            yield PlaceShown(forms=n, first=where.get("first", ""), last=where.get("last", ""))
        else:
            key = where.get("key", "").replace("|", ", ")
            yield PlaceShown(where["form"], str(where["question"]), key)


def _corrected(voice: Voice, words: Words, one: Corrected, *, decided: bool) -> dict[str, object]:
    whole, causes = one.comparison.all, cause_words(words)
    return {
        "before": one.before,
        "after": one.after,
        "causes": [voice.pair(causes[code]) if code in causes else code for code in one.causes],
        "all": {name: voice.number(getattr(whole, name)) for name in _COUNTS},
        "mean_change": voice.number(whole.mean_change, 2),
        "forms": [_changes(voice, group, decided=decided) for group in one.comparison.groups.get("form", ())],
        "moved": [_moved(voice, row, decided=decided) for row in one.moved[:MOST_MOVED]],
        "moved_n": voice.number(len(one.moved)),
        "moved_shown": voice.number(min(len(one.moved), MOST_MOVED)),
        "moved_all": len(one.moved) <= MOST_MOVED,
        "moved_named": any(row.name for row in one.moved[:MOST_MOVED]),
        "criteria": [
            (row.pc, *(voice.number(n) for n in (row.changed, row.now_met, row.no_longer_met)))
            for row in one.comparison.criteria
            if row.changed
        ],
        "only_before": voice.number(len(one.comparison.only_before)),
        "only_after": voice.number(len(one.comparison.only_after)),
    }


_COUNTS = (
    "candidates_before", "candidates_after", "passed_before", "passed_after", "score_changed", "up", "down",
    "now_pass", "now_fail", "criteria_changed",
)  # fmt: skip


def _changes(voice: Voice, one: Changes, *, decided: bool) -> Cells:
    counts = [one.candidates_after, one.score_changed, one.up, one.down]
    if decided:
        counts += [one.now_pass, one.now_fail]
    return Cells(one.name, tuple(voice.number(n) for n in counts))


def _moved(voice: Voice, one: Moved, *, decided: bool) -> Cells:
    sign = "+" if (one.change or 0) > 0 else ""
    cells = [
        _of_most(voice, one.score_before, one.most_before),
        _of_most(voice, one.score_after, one.most_after),
        sign + _points(voice, one.change),
    ]
    if decided:
        cells += [decision_words(voice, said) for said in (one.decision_before, one.decision_after)]
    return Cells(one.candidate_id, tuple(cells), one.name)


# ── signals, ledger, items ───────────────────────────────────────────────────────────────────


def _signals(voice: Voice, words: Words, book: CommitteeBook) -> dict[str, object]:
    means = signal_words(words)
    shown = (book.signals or ())[:MOST_ROWS]
    return {
        "looked": book.signals is not None,
        "signals": [
            SignalLine(
                one.number,
                means.get(one.kind),
                one.kind,
                ", ".join(one.rooms),
                Bilingual(th=one.seen_th, en=one.seen_en),
                _people(voice, [f"{who} ({form})" for who, form, _ in one.rows]),
            )
            for one in shown
        ],
        "signals_count": len(book.signals or ()),
        "signals_n": voice.number(len(book.signals or ())),
        "signals_more": len(book.signals or ()) > MOST_ROWS,
        "signal_notes": book.signal_notes,
    }


def _people(voice: Voice, named: Sequence[str], most: int = 60) -> str:
    more = f" … ({voice.number(len(named))})" if len(named) > most else ""
    return ", ".join(named[:most]) + more


def _ledger(voice: Voice, book: CommitteeBook) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The total and the forms, then the rooms: by, name, counts. Of many rooms, those where something is
    beside the sums."""
    ledger = book.cohort.ledger
    if ledger is None:
        return
    beside = [n for n, name in enumerate(ledger.columns[2:]) if name not in IN_ORDER]
    rows = [
        (by, name, counts)
        for by, name, *counts in ledger_rows(ledger)
        if ledger.height <= MOST_LEDGER or by == "total" or any(int(counts[n] or 0) for n in beside)
    ]
    for by, name, counts in rows[:MOST_LEDGER]:
        yield by, name, tuple(voice.number(int(n or 0)) for n in counts)


def _items(voice: Voice, found: ItemSummary) -> dict[str, object]:
    def numbers(one: Document) -> tuple[str, ...]:
        alpha = "–"
        if one["alpha"] is not None:
            low, high = (voice.number(one[end], 2) for end in ("alpha_low", "alpha_high"))
            alpha = f"{voice.number(one['alpha'], 2)} ({low}–{high})"
        means = tuple(voice.number(one[name], 2) for name in ("mean", "sd", "sem"))
        return voice.number(one["n_candidates"]), voice.number(one["n_items"]), *means, alpha

    unexamined = examined_words(found.n_items, found.n_examined, found.min_n)
    few = half_examined_words(found.n_items, found.n_examined - found.n_fully_examined, found.min_n_fully)
    possible = sum(one["sure"] == "possible" for one in found.alarms)
    return {
        "is_of_run": found.is_of_run,
        "n_examined": voice.number(found.n_examined),
        "any_examined": found.n_examined > 0,
        "unexamined": in_its_figures(unexamined, voice.digits) if unexamined else None,
        "half_examined": in_its_figures(few, voice.digits) if few else None,
        "subscores": [in_its_figures(said, voice.digits) for said in subscore_words(found.subscores)],
        "n_flagged": voice.number(len(found.flagged)),
        "n_alarms": voice.number(len(found.alarms) - possible),
        "n_possible": voice.number(possible),
        "forms": [Cells(str(one["form"]), numbers(one)) for one in found.forms],
        "alarms": [_alarm(voice, one, found) for one in found.alarms],
        "flagged": [
            Cells(
                one.item,
                (
                    places_asked(voice, one.asked),
                    one.pc,
                    voice.number(one.n),
                    voice.number(one.facility, 2),
                    voice.number(one.item_rest, 2),
                ),
                "; ".join(voice.pair(FLAGS[code].short) if code in FLAGS else code for code in one.flags),
            )
            for one in found.flagged
        ],
    }


def _alarm(voice: Voice, one: Document, found: ItemSummary) -> Cells:
    sure = SURE.get(one["sure"])
    reasons = "; ".join(voice.pair(REASONS[code]) if code in REASONS else code for code in one["reasons"])
    key, places = " ".join(one["key"]), found.asked.get(one["item"], ())
    options = (one["key"], *([[one["suggested"]]] if one["suggested"] else []))
    cells = (
        places_asked(voice, places, *options, letters=found.letters),
        voice.pair(sure) if sure else str(one["sure"]),
        key,
        one["suggested"] or "–",
        voice.number(one["n"]),
    )
    return Cells(str(one["item"]), cells, reasons or "–")
