"""The list for signature: in the committee's book or, for a large cohort, as a PDF beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.models.field_types import Bilingual
from examgen.core.text.thai import in_digits
from examgen.core.words import Language, Pair, in_language, tell
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import (
    BY_NUMBER,
    DECISIONS,
    INSTEAD,
    MIN_N,
    face_addresses,
    one_line,
    printable,
    report_context,
)
from examgen.rendering.templates.filling import fill
from examgen.reports.committee_report.report import MARKS
from examgen.reports.decisions import whole_scoring_words
from examgen.reports.fail_causes import cause_words, kinds_of
from examgen.reports.ledger_lines import accounts
from examgen.reports.localisation import ReportLanguage, place_words
from examgen.reports.press import Cutter, OwnValues, Press

if TYPE_CHECKING:
    from examgen.core.files import Progress
    from examgen.rendering.parts import Lang, Words
    from examgen.reports.committee_report.report import CommitteeBook, ListedCandidate
    from examgen.reports.fail_causes import FailCause
    from examgen.scoring.scored_run import ScoredRun

LIST_FILE, LIST_TABLE = "list.pdf", "list.csv"
"""The files that list all candidates if the book does not."""
MOST_IN_BOOK = 1000
"""The maximum number of candidates listed in the book. WeasyPrint would need minutes to lay out more rows."""


# ── what the book and its list say alike ─────────────────────────────────────────────────────


class CentreList(NamedTuple):
    """A centre in the list for signature; `rows` are id, name, form, score, %, decision, marks, and cause."""

    anchor: str
    name: str
    n: str
    rate: str
    second_look: str
    rows: tuple[tuple[str, ...], ...]
    named: bool
    sums: str
    """A sentence with the number of candidates, and of those who passed."""


def centre_lists(voice: ReportLanguage, book: CommitteeBook, run: ScoredRun) -> list[CentreList]:
    """Return every centre with all its candidates."""
    number = voice.number
    row = _row_words(voice, book, run)
    found = []
    for n, centre in enumerate(book.centres, start=1):
        rate, size = "", len(centre.people)
        sums = [voice.spoken.of_n("{n} candidate", "{n} candidates", size, n=size)]
        if centre.passed is not None:
            rate = f"{number(centre.passed.n)}/{number(centre.passed.of)}"
            if centre.passed.of >= MIN_N:
                rate += f" ({voice.percent(centre.passed.share)})"
            sums.append(voice.spoken("passed {passed}", passed=rate))
        found.append(
            CentreList(
                anchor=f"centre-{n}",
                name=centre.name,
                n=number(size),
                rate=rate,
                second_look=number(centre.second_look),
                rows=tuple(map(row, centre.people)),
                named=any(one.name for one in centre.people),
                sums=voice.pair(
                    Bilingual(th="; ".join(one.th for one in sums), en="; ".join(one.en for one in sums))
                ),
            )
        )
    return found


def _row_words(
    voice: ReportLanguage, book: CommitteeBook, run: ScoredRun
) -> Callable[[ListedCandidate], tuple[str, ...]]:
    """Return the function that makes the row of a candidate."""
    decisions = {code: decision_words(voice, code) for code in (*DECISIONS, "")}
    why: dict[tuple[FailCause | None, str], str] = {}

    def row(one: ListedCandidate) -> tuple[str, ...]:
        key = one.cause, one.form
        if one.cause is not None and key not in why:
            why[key] = cause_words(voice, run, one.cause, book.cohort.cuts.get(one.form))
        return (
            one.candidate_id,
            one.name,
            one.form,
            figures(voice, f"{one.score} / {one.max_score}"),
            figures(voice, one.percent),
            decisions.get(one.decision, "–"),
            "\u00a0".join(MARKS[mark] for mark in one.marks),
            why.get(key, ""),
        )

    return row


def marks_shown(voice: ReportLanguage, book: CommitteeBook) -> list[dict[str, object]]:
    """Return the legend: every sign in the list, its meaning, and how many candidates have it."""
    words = voice.spoken
    means = {
        "second_look": words("within one SEM of the cut: the second look is open"),
        "upheld": words("within one SEM of the cut: a second look upheld the result"),
        "changed": words("within one SEM of the cut: a second look changed the result"),
        "absent_but_scored": words("absent, but scored"),
        "not_on_roster": words("scored, but not on the list"),
        "other_form": words("scored on a form that was not dealt"),
        "also_in_quarantine": words("scored, and a further row is in quarantine"),
        "signal": words("named by an integrity signal: to be looked at, no verdict"),
        "synthetic": words("synthetic: nobody sat this"),
    }
    return [
        {"sign": MARKS[mark], "means": means[mark], "n": voice.number(n)} for mark, n in book.marked.items()
    ]


def figures(voice: ReportLanguage, text: str) -> str:
    """Return a number from the files in the digits of the report."""
    return in_digits(text.replace("-", "−"), voice.digits)


def decision_words(voice: ReportLanguage, code: str) -> str:
    """Return the sign and the word of a decision; a dash if nothing was decided."""
    said = DECISIONS.get(code)
    return f"{said.sign} {voice.pair(said.word)}" if said else "–"


def confidential_list(words: Words, run: ScoredRun) -> Pair:
    """Return the note that the list for signature is confidential."""
    return words("names candidates; for the committee alone")


# ── the list as a file of its own ────────────────────────────────────────────────────────────


class Listing(NamedTuple):
    """The number of pages of the list, and the first page of each centre."""

    n_pages: int
    first: tuple[int, ...]


def write_list(
    run: ScoredRun,
    book: CommitteeBook,
    lang: Lang,
    progress: Progress,
    folder: Path,
    words: Words,
    templates: Sequence[Path],
) -> Listing | None:
    """Write the list as a PDF if the cohort is large; return None if the list is in the book."""
    if book.cohort.n <= MOST_IN_BOOK:
        return None
    progress(tell("the list of {n:,} candidates for signature, as PDF", n=book.cohort.n))
    own, cutter = OwnValues(), Cutter()
    context = list_page(run, book, lang, words, own)
    html = fill("report-committee-list.html", context, templates, line_setter(templates))
    sheet = cutter.sheet(html, own, "", "")
    language: Language = "en" if lang == "en" else "th"
    press = Press(cutter, templates, digits=words.digits, language=language)
    title = in_language(tell("{exam} – list for signature", exam=run.exam.blueprint.exam), language)
    with press.file(folder / LIST_FILE, title) as file:
        first = press.add(file, sheet)
    return Listing(file.n_pages, tuple(first))


def list_page(
    run: ScoredRun, book: CommitteeBook, lang: Lang, words: Words, own: OwnValues
) -> dict[str, object]:
    """Return the template context of the list; `own` collects the values for the slots of each row."""
    voice = ReportLanguage(lang, words)
    passed, centres = book.cohort.passed, centre_lists(voice, book, run)
    none = voice.pair(place_words(words, run.place_kind).none)
    unknown = voice.words("All candidates") if len(centres) == 1 else none
    return {
        **report_context(run, lang, words.digits, face_addresses()),
        "own": lambda text, instead=INSTEAD: own(printable(one_line(text), instead)),
        "by_number": BY_NUMBER,
        "centres": centres,
        "unknown": unknown,
        "confidential": confidential_list(words, run),
        "count": book.cohort.n,
        "n": voice.number(book.cohort.n),
        "passed_n": voice.number(passed.n) if passed else "",
        "is_decided": passed is not None,
        "marks": marks_shown(voice, book),
        "why": kinds_of(book.why),
        "scoring": whole_scoring_words(voice, book.cohort.facts),
        **voice.functions,
        **accounts(book.cohort),
        "is_named": any(one.named for one in centres),
    }
