"""The list for signature: in the committee's book, or of a large cohort as a PDF beside it.

For the PDF the page of HTML that `report-committee-list.html` makes is cut into parts (`page_parts`). A row
of each kind of result is laid out once; id, name, form and score are written into it for each candidate:
seconds for tens of thousands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.models.base import Bilingual
from examgen.core.problems import Refused
from examgen.core.resources import fonts
from examgen.core.text.thai import in_digits
from examgen.core.words import Language, Pair, in_language, tell
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import (
    BY_NUMBER,
    DECISIONS,
    MIN_N,
    face_addresses,
    one_line,
    printable,
    report_context,
)
from examgen.rendering.pdf.isolate_pages import Fragment
from examgen.rendering.pdf.page_parts import parts, styles
from examgen.rendering.pdf.slots import Piece, PieceComposer, PlacedPiece, slot
from examgen.rendering.templates.filling import fill
from examgen.reports.committee_report.report import MARKS
from examgen.reports.decisions import whole_scoring_words
from examgen.reports.language import ReportLanguage, place_words
from examgen.reports.ledger_lines import without_result
from examgen.reports.reasons import cause_words, kinds_of, why_words

if TYPE_CHECKING:
    from examgen.core.files import Progress
    from examgen.core.models.papers import Digits
    from examgen.rendering.parts import Lang, Words
    from examgen.reports.committee_report.report import CommitteeBook, ListedCandidate
    from examgen.reports.reasons import FailCause
    from examgen.scoring.scored_run import ScoredRun

LIST_FILE, LIST_TABLE = "list.pdf", "list.csv"
"""Where everybody stands if not in the book itself."""
MOST_IN_BOOK = 1000
"""Of more candidates WeasyPrint would lay out the rows for minutes."""
SLOTS = {name: slot(name) for name in ("centre", "sums", "id", "name", "form", "score", "percent", "page")}
_PARTS = ("head", "centre", "sums", "rows-head", "foot", "page")
_OWN = ("id", "name", "form", "score", "percent")
"""The first cells of a row, which are written for each candidate."""

Kind = tuple[str, str, str]
"""What rows share: the decision, the marks, and why not passed."""


# ── what the book and its list say alike ─────────────────────────────────────────────────────


class CentreList(NamedTuple):
    """A centre of the list for signature; `rows` are id, name, form, score, %, decision, marks, and cause."""

    anchor: str
    name: str
    n: str
    rate: str
    second_look: str
    rows: tuple[tuple[str, ...], ...]
    named: bool
    sums: str
    """How many candidates, and how many of them passed."""


def centre_lists(voice: ReportLanguage, book: CommitteeBook, run: ScoredRun) -> list[CentreList]:
    """Every centre with everybody in it."""
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
    """Return the function that writes the row of a candidate."""
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
    """The legend: every sign that stands in the list, what it means, and how many have it."""
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
    """A number of the files, in the report's figures."""
    return in_digits(text.replace("-", "−"), voice.digits)


def decision_words(voice: ReportLanguage, code: str) -> str:
    """A sign and the word, a dash where nothing was decided."""
    said = DECISIONS.get(code)
    return f"{said.sign} {voice.pair(said.word)}" if said else "–"


def confidential_list(words: Words, run: ScoredRun) -> Pair:
    """Say that the list for signature is confidential."""
    return words("names candidates; for the committee alone")


# ── the list as a file of its own ────────────────────────────────────────────────────────────


class Listing(NamedTuple):
    """Pages of the list, and the first page of each centre."""

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
    """Writes the list where the cohort is large; None where it stands in the book."""
    if book.cohort.n <= MOST_IN_BOOK:
        return None
    progress(tell("the list of {n:,} candidates for signature, as PDF", n=book.cohort.n))
    context, centres = list_page(run, book, lang, words, face_addresses())
    html = fill("report-committee-list.html", context, templates, line_setter(templates))
    language: Language = "en" if lang == "en" else "th"
    made = CommitteeList(html, centres, templates, digits=words.digits, language=language)
    title = tell("{exam} – list for signature", exam=run.exam.blueprint.exam)
    return made.write(folder / LIST_FILE, in_language(title, language), progress)


def list_page(
    run: ScoredRun, book: CommitteeBook, lang: Lang, words: Words, faces: Mapping[str, str]
) -> tuple[dict[str, object], list[CentreList]]:
    """The context of the template, which has a row of each kind in place of everybody's; and the centres with
    everybody in them."""
    voice, causes = ReportLanguage(lang, words), kinds_of(book.why)
    passed, centres = book.cohort.passed, centre_lists(voice, book, run)
    none = voice.pair(place_words(words, run.place_kind).none)
    unknown = voice.words("All candidates") if len(centres) == 1 else none
    centres = [one if one.name else one._replace(name=unknown) for one in centres]
    context = {
        **report_context(run, lang, words.digits, faces),
        "slots": SLOTS,
        "kinds": kinds(centres),
        "confidential": confidential_list(words, run),
        "count": book.cohort.n,
        "n": voice.number(book.cohort.n),
        "passed_n": voice.number(passed.n) if passed else "",
        "is_decided": passed is not None,
        "marks": marks_shown(voice, book),
        "why": why_words(voice.spoken, causes) if causes else None,
        "scoring": whole_scoring_words(voice, book.cohort.facts),
        "without_result": list(without_result(voice, book.cohort)),
        "is_named": any(one.named for one in centres),
    }
    return context, centres


def kinds(centres: Sequence[CentreList]) -> tuple[Kind, ...]:
    """Every kind of row, in the order of its first."""
    return tuple(dict.fromkeys((row[5], row[6], row[7]) for one in centres for row in one.rows))


class _Put(NamedTuple):
    """A part on a page: how far down, and the texts in its slots."""

    y: float
    piece: Piece
    texts: Mapping[str, str] = {}


class CommitteeList:
    """The parts of the list, laid out; `html` is the page with a row of each kind."""

    def __init__(
        self,
        html: str,
        centres: Sequence[CentreList],
        readable: Sequence[Path],
        *,
        digits: Digits = "arabic",
        language: str,
    ) -> None:
        self._centres, self._digits = centres, digits
        self._press = PieceComposer(styles(html), (*readable, fonts()), language)
        self._frame = self._press.frame()
        found = {name: [one.html for one in parts(html, (name,))] for name in (*_PARTS, "row")}
        known = kinds(centres)
        for name, cut in found.items():
            if len(cut) != (len(known) if name == "row" else 1):
                raise Refused(
                    tell(
                        "template report-committee-list.html has {n} elements with "
                        'data-part="{name}". Keep those of the built-in template',
                        n=len(cut),
                        name=name,
                    )
                )
        pieces = self._press.pieces(
            [Fragment(one, self._frame.text_width) for cut in found.values() for one in cut]
        )
        self._parts = dict(zip(_PARTS, pieces, strict=False))
        self._rows = dict(zip(known, pieces[len(_PARTS) :], strict=True))

    def write(self, path: Path, title: str, progress: Callable[[str], None]) -> Listing:
        """Writes the list; tells how far it is every thousand pages."""
        n_pages = sum(1 for _ in self._pages([]))
        first: list[int] = []
        press, frame, foot, mark = self._press, self._frame, self._parts["foot"], self._parts["page"]
        below = frame.height - frame.top - frame.text_height

        def placed(one: _Put, x: float = 0.0) -> PlacedPiece:
            values = {slot.name: press.fill(slot, one.texts[slot.name]) for slot in one.piece.slots}
            return PlacedPiece(frame.left + x, frame.top + one.y, one.piece, values)

        def at_foot(piece: Piece) -> float:
            return frame.text_height + (below - piece.height) / 2

        with press.file(path, title) as file:
            for number, (put, is_middle) in enumerate(self._pages(first), start=1):
                for one, begins in zip(self._centres, first, strict=False):
                    if begins == number:
                        file.bookmark(one.name)
                text = in_digits(f"{number} / {n_pages}", self._digits)
                running = [
                    placed(_Put(at_foot(foot), foot)),
                    placed(
                        _Put(at_foot(mark), mark, {"page": text}),
                        frame.text_width - press.width(mark.slot("page"), text),
                    ),
                ]
                if is_middle:
                    running.append(placed(_Put(0.0, self._parts["rows-head"])))
                every = (*running[2:], *map(placed, put), *running[:2])
                file.page((frame.width, frame.height), (part for piece in every for part in piece.parts()))
                if number % 1000 == 0:
                    progress(
                        tell(
                            "page {number:,} of {n_pages:,} of the list for signature",
                            number=number,
                            n_pages=n_pages,
                        )
                    )
        return Listing(n_pages, tuple(first))

    def _pages(self, first: list[int]) -> Iterator[tuple[list[_Put], bool]]:
        """Yield the rows of each page, and whether the head is repeated above them; `first` gets the number
        of the page on which each centre begins."""
        height, parts = self._frame.text_height, self._parts
        head, row = parts["rows-head"], max(one.height for one in self._rows.values())
        put, number, is_middle = [_Put(0.0, parts["head"])], 1, False
        y = parts["head"].height
        for one in self._centres:
            if y + sum(parts[name].height for name in ("centre", "sums", "rows-head")) + row > height:
                yield put, is_middle
                put, y, number, is_middle = [], 0.0, number + 1, False
            first.append(number)
            for name, texts in (
                ("centre", {"centre": printable(one_line(one.name))}),
                ("sums", {"sums": one.sums}),
                ("rows-head", {}),
            ):
                put.append(_Put(y, parts[name], texts))
                y += parts[name].height
            for own in one.rows:
                if y + row > height:
                    yield put, is_middle
                    put, number, is_middle, y = [], number + 1, True, head.height
                texts = dict(zip(_OWN, own, strict=False))
                texts["id"] = printable(own[0], BY_NUMBER)
                texts["name"] = printable(one_line(own[1]))
                put.append(_Put(y, self._rows[own[5], own[6], own[7]], texts))
                y += row
        yield put, is_middle
