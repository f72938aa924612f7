"""The list for signature of a large cohort → a tagged PDF of its own, in seconds for tens of thousands.

The page of HTML that `report-committee-list.html` makes is cut into parts (`page_parts`). A row of each kind
of result is laid out once; id, name, form and score are written into it for each candidate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.problems import Refused
from examgen.core.resources import fonts
from examgen.core.text.thai import in_digits
from examgen.core.words import tell
from examgen.rendering.parts import BY_NUMBER, one_line, printable, report_context
from examgen.rendering.pdf.isolate_pages import Fragment
from examgen.rendering.pdf.page_parts import parts, styles
from examgen.rendering.pdf.pieces import Piece, slot
from examgen.rendering.pdf.tagged_composer import TaggedPdfComposer
from examgen.rendering.pdf.tagged_file import Placed, TaggedFile
from examgen.reports.committee_report.rows import centre_lists, confidential_list, marks_shown
from examgen.reports.decisions import whole_scoring_words
from examgen.reports.language import Voice, place_words
from examgen.reports.ledger_lines import without_result
from examgen.reports.reasons import why_words

if TYPE_CHECKING:
    from examgen.core.models.papers import Digits
    from examgen.core.scored_run import ScoredRun
    from examgen.rendering.parts import Lang, Words
    from examgen.reports.committee_report.report import CommitteeBook
    from examgen.reports.committee_report.rows import CentreList

SLOTS = {name: slot(name) for name in ("centre", "sums", "id", "name", "form", "score", "percent", "page")}
_PARTS = ("head", "centre", "sums", "rows-head", "foot", "page")
_OWN = ("id", "name", "form", "score", "percent")
"""The first cells of a row, which are written for each candidate."""
MOST_PAGES = 100
"""After so many pages the table of one centre begins again, so that its tags are written out."""

Kind = tuple[str, str, str]
"""What rows share: the decision, the marks, and why not passed."""


class Listing(NamedTuple):
    """Where the list is: its pages, and the first page of each centre."""

    n_pages: int
    first: tuple[int, ...]


class _Put(NamedTuple):
    """A part on a page: how far down, and the texts in its slots."""

    y: float
    piece: Piece
    texts: Mapping[str, str] = {}
    joins: bool = False


class _Page(NamedTuple):
    """What stands on a page; whether a head is shown again above it; whether its tags end with it."""

    put: list[_Put]
    is_middle: bool
    ends: bool


class ListPage(NamedTuple):
    """The context of the template, and the centres with everybody in them."""

    context: dict[str, object]
    centres: list[CentreList]


def list_page(
    run: ScoredRun, book: CommitteeBook, lang: Lang, words: Words, faces: Mapping[str, str]
) -> ListPage:
    """What the list shows, a row of each kind in place of everybody's."""
    voice = Voice(lang, words)
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
        "why": why_words(voice.spoken, {one.kind for one in book.why.values()}) if book.why else None,
        "scoring": whole_scoring_words(voice, book.cohort.facts),
        "without_result": list(without_result(voice, book.cohort)),
        "is_named": any(one.named for one in centres),
    }
    return ListPage(context, centres)


def kinds(centres: Sequence[CentreList]) -> tuple[Kind, ...]:
    """Every kind of row, in the order of its first."""
    return tuple(dict.fromkeys((row[5], row[6], row[7]) for one in centres for row in one.rows))


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
        self._press = TaggedPdfComposer(styles(html), (*readable, fonts()), language)
        self._frame = self._press.frame()
        found = {name: [one.html for one in parts(html, (name,))] for name in (*_PARTS, "row")}
        known = kinds(centres)
        for name, cut in found.items():
            if len(cut) != (len(known) if name == "row" else 1):
                raise Refused(
                    tell(
                        "template report-committee-list.html has {n} elements with "
                        'data-part="{name}": keep those of the built-in template',
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
        with self._press.tagged_file(path, title) as file:
            for number, page in enumerate(self._pages(first), start=1):
                self._add(file, page, f"{number} / {n_pages}")
                if number % 1000 == 0:
                    progress(
                        tell(
                            "{number:,} of {n_pages:,} pages of the list for signature",
                            number=number,
                            n_pages=n_pages,
                        )
                    )
        return Listing(n_pages, tuple(first))

    def _pages(self, first: list[int]) -> Iterator[_Page]:
        """The pages of the list; `first` gets the number of the page on which each centre begins."""
        height, parts = self._frame.text_height, self._parts
        head, row = parts["rows-head"], max(one.height for one in self._rows.values())
        put, number, since, is_middle = [_Put(0.0, parts["head"])], 1, 0, False
        y = parts["head"].height
        for one in self._centres:
            if y + sum(parts[name].height for name in ("centre", "sums", "rows-head")) + row > height:
                yield _Page(put, is_middle, True)
                put, y, number, is_middle = [], 0.0, number + 1, False
            first.append(number)
            since = number
            for name, texts in (
                ("centre", {"centre": printable(one_line(one.name))}),
                ("sums", {"sums": one.sums}),
                ("rows-head", {}),
            ):
                put.append(_Put(y, parts[name], texts))
                y += parts[name].height
            for own in one.rows:
                if y + row > height:
                    again = number + 1 - since >= MOST_PAGES
                    yield _Page(put, is_middle, again)
                    put, number, is_middle = [], number + 1, not again
                    y = head.height
                    if again:
                        since = number
                        put.append(_Put(0.0, head))
                texts = dict(zip(_OWN, own, strict=False))
                texts["id"] = printable(own[0], BY_NUMBER)
                texts["name"] = printable(one_line(own[1]))
                put.append(_Put(y, self._rows[own[5], own[6], own[7]], texts, True))
                y += row
        yield _Page(put, is_middle, True)

    def _add(self, file: TaggedFile, page: _Page, mark: str) -> None:
        frame = self._frame
        running = [self._foot("foot", {}, 0.0)]
        press, piece = self._press, self._parts["page"]
        text = in_digits(mark, self._digits)
        right = frame.text_width - press.width(piece.slot("page"), text)
        running.append(self._foot("page", {"page": text}, right))
        if page.is_middle:
            running.append(Placed(frame.left, frame.top, self._parts["rows-head"]))
        placed = [self._placed(one) for one in page.put]
        file.tagged_page((frame.width, frame.height), placed, running)
        if page.ends:
            file.end_part()

    def _placed(self, one: _Put) -> Placed:
        return self._at(self._frame.top + one.y, self._frame.left, one.piece, one.texts, one.joins)

    def _foot(self, name: str, texts: Mapping[str, str], x: float) -> Placed:
        frame, piece = self._frame, self._parts[name]
        below = frame.height - frame.top - frame.text_height
        y = frame.top + frame.text_height + (below - piece.height) / 2
        return self._at(y, frame.left + x, piece, texts, False)

    def _at(self, y: float, x: float, piece: Piece, texts: Mapping[str, str], joins: bool) -> Placed:
        values = {one.name: self._press.fill(one, texts[one.name]) for one in piece.slots if one is not None}
        return Placed(x, y, piece, values, joins)
