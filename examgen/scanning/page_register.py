"""Readings of single pages → which candidate's sheet each page is, and the outcome of each page.

This module settles what a single page cannot tell: pages of one sheet are joined; a sheet scanned twice
counts once, by its better scan; a photocopy of another candidate's sheet and a sheet of another exam are set
aside. Every page has one outcome:

  pages = read + set aside + blank + repeated

No candidate is ever chosen by similarity. If the marks of a sheet were read but its candidate is in doubt, or
which of two scans counts, its row is in the answers all the same, written so that scoring sets it aside until
a person decides: without a candidate or a form, or with `?` for a missing answer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from examgen.capture.likely_ids import offers
from examgen.core.candidate_numbers import canonical_number, writing_of
from examgen.core.words import noted
from examgen.scanning.journal import PageRead
from examgen.scanning.page_reading import BLANK_REASONS, Outcome, RowReading, SheetIdentity
from examgen.scanning.sheet_layout import SheetLayout

UNDECIDED = "?"

REASONS = {
    "other-exam": noted("a sheet of an exam that was not given. Give that exam, too"),
    "exam-not-told": noted("the code cannot be read, and several exams were given. Scan the sheet again"),
    "serial-not-dealt": noted(
        "no booklet of this number was printed. Check whether the sheet is from an earlier printing"
    ),
    "candidate-differs": noted(
        "the code names a different candidate than the list of booklets. Check whether the "
        "sheet is from an earlier printing"
    ),
    "number-differs": noted("the marked candidate number differs from the printed one"),
    "number-blank": noted("no candidate number is printed or marked"),
    "number-uncertain": noted("the candidate number is in doubt"),
    "number-check-wrong": noted("the check digit of the candidate number is wrong"),
    "form-differs": noted("the marked form differs from the printed one"),
    "form-blank": noted("no form is printed or marked"),
    "form-multiple": noted("several forms are marked"),
    "form-uncertain": noted("the form is in doubt"),
    "scanned-twice-differs": noted("scanned more than once, with different marks"),
    "copy-of-another-sheet": noted(
        "one booklet has two candidate numbers, so one of the sheets is a photocopy"
    ),
    "pages-differ": noted("the pages of the sheet have different candidates or forms"),
    "page-missing": noted("another page of the sheet is missing. Scan it, and read both scans together"),
    "too-little-in-common": noted(
        "it has the candidate number of another sheet, but too little was read to compare the two"
    ),
    "unused-sheet": noted("no candidate is printed and nothing is marked, so the sheet is unused"),
    "back-of-sheet": noted("this side is empty, and the other side of the paper is a sheet"),
    "scanned-twice": noted("the page was scanned again, and the scan with fewer doubtful marks counts"),
    "same-file": noted("the same file was already given"),
}
"""Every reason for pages apart from those of the reader and of the input, with its meaning."""

_WHO = {
    "candidate-differs",
    "number-differs",
    "number-blank",
    "number-uncertain",
    "number-check-wrong",
    "serial-not-dealt",
    "copy-of-another-sheet",
    "too-little-in-common",
}
"""Reasons for which the candidate of a sheet is in doubt, so that its row has no candidate."""
_WHICH_FORM = {"form-differs", "form-blank", "form-multiple", "form-uncertain"}
"""Reasons for which a row has no form."""
_CONTRADICTS = {"number-differs", "form-differs"}
"""Reasons for which the scan certainly contradicts what the sheet was printed for."""
_WHOSE_IS_OFFERED = {"number-uncertain", "number-check-wrong", "number-differs"}
"""Reasons for which a person is offered the candidate with a similar number."""


Dealt = tuple[Callable[[str], str], Mapping[str, str]]
"""How the list of an exam writes a number, and by candidate the serial of those with exactly one booklet."""


class AssignedBooklet(NamedTuple):
    """The booklet with a serial: its candidate (empty if nobody yet), and the form used in answers."""

    candidate_id: str
    form: str
    base: str
    """The form that has a bubble."""


class SheetSitting(NamedTuple):
    """An exam whose sheets are read: its code, its sheet, the number of questions of each form (including
    personal ones), and the assigned booklets by serial."""

    exam: str
    layout: SheetLayout
    sizes: Mapping[str, int]
    booklets: Mapping[str, AssignedBooklet]


class ReadPage(NamedTuple):
    """A page as it was read, without its bubbles."""

    source: str
    page: int
    sha256: str
    outcome: Outcome
    reason: str
    rotation: int
    identity: SheetIdentity
    sheet_page: int
    n_pages: int
    rows: tuple[RowReading, ...]
    first: str = ""
    """The source that has the same bytes and was given before."""
    also: tuple[str, ...] = ()
    """Serials of other sheets in the picture of a page that was not read."""

    @classmethod
    def of(cls, source: str, page: PageRead) -> ReadPage:
        """Return the part of a reading that the register needs."""
        one = page.reading
        said = one.outcome, one.reason, one.rotation, one.identity, one.sheet_page, one.n_pages, one.rows
        return cls(source, page.page, page.sha256, *said, also=one.also)

    @classmethod
    def without(cls, source: str, page: int, sha256: str, reason: str) -> ReadPage:
        """Return a page, or a file without pages, that gave no pixels."""
        return cls(source, page, sha256, "set_aside", reason, 0, SheetIdentity(), 0, 0, ())

    @classmethod
    def again(cls, source: str, page: int, sha256: str, first: str) -> ReadPage:
        """Return a page of a file that was given before, under the name `first`."""
        return cls(source, page, sha256, "repeated", "same-file", 0, SheetIdentity(), 0, 0, (), first)


@dataclass(slots=True)
class RegisteredPage:
    """A page of the register: what was read, and its outcome."""

    read: ReadPage
    outcome: Outcome
    reason: str
    exam: str = ""
    serial: str = ""
    candidate_id: str = ""
    form: str = ""
    others: list[str] = field(default_factory=list)
    """Pages that the reason refers to, such as `b.pdf:3`; for an unreadable page, the readable scan of it."""
    rows: tuple[RowReading, ...] = ()
    sheet: str = ""
    """What pages of one sheet have in common: the serial, otherwise that of the only booklet assigned to the
    candidate."""
    is_contested: bool = False
    """Whether another scan of it has different marks and also a different candidate or form. Scoring would
    not see that the two rows differ, so its row has no candidate."""

    @property
    def name(self) -> str:
        """The name of the page, such as `b.pdf:3`, or of a file without pages."""
        return f"{self.read.source}:{self.read.page}" if self.read.page else self.read.source

    @property
    def named_exam(self) -> str:
        """The exam that it is counted for, otherwise the one that its code names."""
        return self.exam or self.read.identity.exam

    @property
    def has_marks(self) -> bool:
        """Whether it was read, and its marks count unless somebody decides otherwise."""
        return bool(self.rows) and self.outcome in ("read", "set_aside") and bool(self.exam)

    def set_aside(self, reason: str, others: Iterable[RegisteredPage] = ()) -> None:
        """Set the page aside, if it is not already set aside for another reason."""
        if self.outcome == "read":
            self.outcome, self.reason = "set_aside", reason
            self.others += [one.name for one in others]


class RegisteredSheet(NamedTuple):
    """A sheet with marks: its pages in order, and the content of its row of answers."""

    exam: str
    pages: tuple[RegisteredPage, ...]
    candidate_id: str
    form: str
    serial: str
    """The serial; if a sheet of an earlier printing has a serial that another sheet has now, followed by its
    candidate."""
    answers: tuple[str, ...]
    """The answers from question 1 on, for as many questions as the exam has; empty after the last one of the
    form."""


@dataclass(frozen=True, slots=True)
class PageLedger:
    """All pages in the order of the sources, and the sheets by exam in the order of their first pages."""

    pages: tuple[RegisteredPage, ...]
    sheets: tuple[RegisteredSheet, ...]

    def counts(self) -> Counter[str]:
        """Return the number of pages by outcome."""
        return Counter(page.outcome for page in self.pages)


def settled(read: Iterable[ReadPage], sittings: Sequence[SheetSitting]) -> PageLedger:
    """Return the register of these pages."""
    by_exam = {one.exam: one for one in sittings}
    dealt: dict[str, Dealt] = {}
    for one in sittings:
        owners = [(who.candidate_id, serial) for serial, who in one.booklets.items() if who.candidate_id]
        times = Counter(candidate for candidate, _ in owners)
        only = {candidate: serial for candidate, serial in owners if times[candidate] == 1}
        dealt[one.exam] = writing_of(times), only
    pages = [_identified(one, by_exam, dealt) for one in read]
    _name_unused(pages, by_exam)
    _name_backs(pages)
    scans: dict[tuple[tuple[str, str, str], int], list[RegisteredPage]] = defaultdict(list)
    for page in pages:
        if page.has_marks:
            scans[_key(page), page.read.sheet_page].append(page)
    for same in scans.values():
        if len(same) > 1:
            _settle_twice(same)
    # With each page that cannot be read the scan of the same page is named that was. It stays set aside: what
    # is marked on it nobody knows, and a copy may have been somebody else's.
    marked: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for page in pages:
        if page.has_marks and page.sheet:
            marked[page.exam, page.sheet, page.read.sheet_page].append(page.name)
    for page in pages:
        if page.read.outcome == page.outcome == "set_aside":
            page.others = marked.get((page.exam, page.sheet, page.read.sheet_page), [])

    # Pages with marks that are one sheet, in its order. A sheet of which there are two different scans of a
    # page is two sheets; a page whose code says no serial is of no sheet that has one, whatever its number.
    groups: dict[tuple[tuple[str, str, str], bool], list[RegisteredPage]] = defaultdict(list)
    for page in pages:
        if page.has_marks:
            is_of_none = page.read.identity.code == "read" and not page.serial
            groups[_key(page), bool(page.sheet) and is_of_none].append(page)
    sheets: list[RegisteredSheet] = []
    for group in groups.values():
        numbers = [page.read.sheet_page for page in group]
        is_one = len(set(numbers)) == len(numbers)
        parts = [sorted(group, key=lambda page: page.read.sheet_page)] if is_one else [[one] for one in group]
        sheets += [_sheet(part, by_exam[part[0].exam]) for part in parts]
    order = {page.name: n for n, page in enumerate(pages)}
    sheets.sort(key=lambda sheet: min(order[page.name] for page in sheet.pages))
    return PageLedger(tuple(pages), tuple(sheets))


# ── whose a page is ──────────────────────────────────────────────────────────────────────────


def _identified(
    read: ReadPage, sittings: Mapping[str, SheetSitting], dealt: Mapping[str, Dealt]
) -> RegisteredPage:
    said = read.identity
    page = RegisteredPage(read, read.outcome, read.reason, said.exam, said.serial, said.candidate, said.form)
    if read.first:
        page.others = [f"{read.first}:{read.page}"]
    if read.outcome != "read":
        page.exam = said.exam if said.exam in sittings else ""
        if page.exam:
            page.sheet = _coded_sheet(said, sittings[page.exam])
        return page
    only = next(iter(sittings.values())) if len(sittings) == 1 else None
    sitting = sittings.get(said.exam) if said.exam else only
    if sitting is None:
        page.exam = ""
        page.set_aside("other-exam" if said.exam else "exam-not-told")
        return page
    page.exam, page.rows = sitting.exam, read.rows
    booklet = sitting.booklets.get(said.serial) if said.serial else None
    writing, only_booklet = dealt[sitting.exam]
    who, reason = _candidate(said, booklet, sitting)
    page.candidate_id = writing(who)
    page.sheet = _coded_sheet(said, sitting) or only_booklet.get(page.candidate_id, "")
    if reason:
        page.set_aside(reason)
    page.form, reason = _form(said, booklet, sitting)
    if reason:
        page.set_aside(reason)
    size = sitting.sizes.get(page.form)
    if size is not None:
        page.rows = tuple(
            row for row in page.rows if row.question <= size or row.state in ("marked", "multiple")
        )
    return page


def _candidate(
    said: SheetIdentity, booklet: AssignedBooklet | None, sitting: SheetSitting
) -> tuple[str, str]:
    """Return the candidate's id, empty if it is in doubt, and the reason of the doubt."""
    dealt = booklet.candidate_id if booklet else ""
    if said.serial and sitting.booklets and booklet is None:
        return "", "serial-not-dealt"
    if booklet is not None and _is_other(said, booklet):
        return "", "candidate-differs"
    printed = said.candidate or dealt
    if printed:
        has_number = said.number_state in ("marked", "uncertain", "check_wrong")
        if has_number and not may_be_same(canonical_number(printed), said.number):
            return "", "number-differs"
        return printed, ""
    if said.number_state == "marked":
        return said.number, ""
    state = {"uncertain": "number-uncertain", "check_wrong": "number-check-wrong"}
    return "", state.get(said.number_state, "number-blank")


def _coded_sheet(said: SheetIdentity, sitting: SheetSitting) -> str:
    """Return the serial. If the sheet was printed for a candidate other than that of the booklet with the
    serial, as in an earlier printing, the candidate is added, because it is a different sheet."""
    booklet = sitting.booklets.get(said.serial)
    is_other = booklet is not None and _is_other(said, booklet)
    return f"{said.serial} {said.candidate}" if is_other else said.serial


def _is_other(said: SheetIdentity, booklet: AssignedBooklet) -> bool:
    """Return whether the code names a candidate other than that of the booklet."""
    return bool(said.candidate) and canonical_number(said.candidate) != canonical_number(booklet.candidate_id)


def _form(said: SheetIdentity, booklet: AssignedBooklet | None, sitting: SheetSitting) -> tuple[str, str]:
    """Return the form that answers name, empty if it is in doubt, and the reason of the doubt."""
    if booklet is not None:
        is_other = said.form_state == "marked" and said.form != booklet.base
        return ("", "form-differs") if is_other else (booklet.form, "")
    if said.form_state == "marked":
        return said.form, ""
    if len(sitting.sizes) == 1:
        return next(iter(sitting.sizes)), ""
    state = {"uncertain": "form-uncertain", "multiple": "form-multiple"}
    return "", state.get(said.form_state, "form-blank")


# ── pages on which nobody has marked anything ────────────────────────────────────────────────


def _name_unused(pages: Sequence[RegisteredPage], sittings: Mapping[str, SheetSitting]) -> None:
    """Count sheets as blank that are printed for nobody and have no marks, so that nobody is asked for their
    candidate."""
    by_sheet: dict[tuple[str, str], list[RegisteredPage]] = defaultdict(list)
    for page in pages:
        if page.has_marks:
            by_sheet[page.exam, page.serial or page.name].append(page)
    for (exam, _), some in by_sheet.items():
        booklet = sittings[exam].booklets.get(some[0].serial)
        is_somebodys = booklet is not None and booklet.candidate_id
        # a page without a serial may belong to another, on which the number is marked
        is_whole = bool(some[0].serial) or some[0].read.n_pages == 1
        if is_whole and not is_somebodys and all(_is_empty(page) for page in some):
            for page in some:
                page.outcome, page.reason = "blank", "unused-sheet"


def _is_empty(page: RegisteredPage) -> bool:
    """Return whether no candidate is printed on the page, and no number, form or answer is marked."""
    said = page.read.identity
    return (
        not said.candidate
        and said.number_state in ("none", "blank")
        and said.form_state in ("none", "blank")
        and all(row.state == "blank" for row in page.read.rows)
    )


def _name_backs(pages: Sequence[RegisteredPage]) -> None:
    """Recognise blank pages that are the back of a sheet, in scans of both sides of the paper: their pages
    come in pairs, and no pair has two sheets. Pages in files of their own count as one scan with the
    others in their folder."""
    n_of = Counter(page.read.source for page in pages)
    scans: dict[str, list[RegisteredPage]] = defaultdict(list)
    for page in pages:
        source = page.read.source
        scans[source if n_of[source] > 1 else source.rpartition("/")[0] + "/"].append(page)
    for scan in scans.values():
        if len(scan) % 2:
            continue
        pairs = [*zip(scan[::2], scan[1::2], strict=True)]
        if any(_is_sheet(one) and _is_sheet(other) and one.serial != other.serial for one, other in pairs):
            continue
        with_back = [
            (sheet, back)
            for pair in pairs
            for sheet, back in (pair, pair[::-1])
            if _is_sheet(sheet) and back.reason in (*BLANK_REASONS, "faint-page")
        ]
        # two pages alone may as well be two sheets, one of which a scan has emptied
        if len(with_back) == 1 and with_back[0][1].reason == "white-page":
            continue
        for sheet, back in with_back:
            back.outcome, back.reason, back.others = "blank", "back-of-sheet", [sheet.name]


def _is_sheet(page: RegisteredPage) -> bool:
    """Return whether an answer sheet can be seen on the page, read or not."""
    return page.read.outcome == "read" or page.read.identity.code == "read" or page.read.sheet_page > 0


# ── the same page more than once ─────────────────────────────────────────────────────────────


def _key(page: RegisteredPage) -> tuple[str, str, str]:
    """Return what pages of one sheet share: the serial, or the candidate; otherwise a page is alone."""
    if page.sheet:
        return page.exam, "serial", page.sheet
    if page.candidate_id:
        return page.exam, "candidate", page.candidate_id
    return page.exam, "page", page.name


def _settle_twice(same: Sequence[RegisteredPage]) -> None:
    """Choose the best of scans that agree wherever they are certain; if they disagree, none counts.

    A page in doubt contradicts no other. So if only a number, which may have been marked by mistake, and not
    its code assigns a page to this sheet, at least half of its rows must certainly be the same.
    """
    if _may_be_one_paper(same):
        best = min(same, key=_doubts)
        for other in same:
            if other is best:
                continue
            # rows of which both scans are sure, and of the same
            reads = {row.question: row.read for row in best.rows}
            n_alike = sum(row.read == reads.get(row.question) != UNDECIDED for row in other.rows)
            if other.serial or 2 * n_alike >= len(other.rows):
                other.outcome, other.reason = "repeated", "scanned-twice"
                other.others = [best.name]
            else:
                other.set_aside("too-little-in-common", [best])
                other.sheet = other.name
        return
    numbers = {page.read.identity.number for page in same if page.read.identity.number_state == "marked"}
    reason = "copy-of-another-sheet" if same[0].sheet and len(numbers) > 1 else "scanned-twice-differs"
    is_contested = len({(page.candidate_id, page.form) for page in same}) > 1
    for page in same:
        page.is_contested = is_contested and page.outcome == "read"
        page.set_aside(reason, [other for other in same if other is not page])


def _doubts(page: RegisteredPage) -> tuple[bool, bool, bool, int, str, int]:
    """Return a sort key whose lowest value belongs to the scan that counts.

    It prefers a scan whose code was read, so that a number marked by mistake does not replace a sheet; then
    one that certainly contradicts the printed number or form, which must not be hidden by a scan in doubt;
    then one with a known candidate; then the fewest doubtful rows. Ties are broken by the bytes, not by names
    or order.
    """
    n_doubts = sum(row.state == "uncertain" for row in page.rows)
    is_sure = page.reason in _CONTRADICTS, page.outcome == "read"
    return not page.serial, not is_sure[0], not is_sure[1], n_doubts, page.read.sha256, page.read.page


def _may_be_one_paper(scans: Sequence[RegisteredPage]) -> bool:
    """Return whether no two certain readings differ."""
    said = [(page.read.identity.number, page.read.identity.form) for page in scans]
    for one, other in combinations(dict.fromkeys(said), 2):
        if not all(map(may_be_same, one, other)):
            return False
    reads: dict[int, set[str]] = defaultdict(set)
    for page in scans:
        for row in page.read.rows:
            reads[row.question].add(row.read)
    return all(len(found - {UNDECIDED}) <= 1 for found in reads.values())


def may_be_same(one: str, other: str) -> bool:
    """Return whether two readings of a number may be the same number: `?` may be any character, or none."""
    if UNDECIDED not in one + other:
        return one.rstrip() == other.rstrip()
    longest = max(len(one), len(other))
    pairs = zip(one.ljust(longest), other.ljust(longest), strict=True)
    return all(a == b or UNDECIDED in (a, b) for a, b in pairs)


# ── sheets of several pages ──────────────────────────────────────────────────────────────────


def _sheet(pages: Sequence[RegisteredPage], sitting: SheetSitting) -> RegisteredSheet:
    """Return the sheet with its row of answers."""
    # the candidate numbers that are marked on the pages, several people's where two of them cannot be one
    numbers = {page.read.identity.number for page in pages if page.read.identity.number_state != "blank"}
    numbers_differ = not all(may_be_same(one, other) for one, other in combinations(numbers - {""}, 2))
    if len(sitting.layout.pages) > len(pages):
        for page in pages:
            page.set_aside("page-missing")
    elif numbers_differ:
        # whatever else is in doubt: a person who decides by the head of one page must see the others
        for page in pages:
            page.outcome, page.reason = "set_aside", "pages-differ"
            page.others = [other.name for other in pages if other is not page]
    elif bad := next((page for page in pages if page.outcome == "set_aside"), None):
        for page in pages:
            page.set_aside(bad.reason, [bad])
    elif len({(page.candidate_id, page.form) for page in pages}) > 1:
        for page in pages:
            page.set_aside("pages-differ", [other for other in pages if other is not page])
    reasons = {page.reason for page in pages}
    candidates = {page.candidate_id for page in pages}
    forms = {page.form for page in pages}
    is_known = len(candidates) == 1 and not reasons & _WHO and not any(page.is_contested for page in pages)
    who = pages[0].candidate_id if is_known else ""
    form = pages[0].form if len(forms) == 1 and not reasons & _WHICH_FORM else ""
    serial = next((page.sheet for page in pages if page.serial), "")
    n_questions = max(sitting.sizes.values())
    size = sitting.sizes.get(form, n_questions)
    reads = {row.question: row.read for page in pages for row in page.rows}
    answers = tuple(reads.get(n, UNDECIDED if n <= size else "") for n in range(1, n_questions + 1))
    return RegisteredSheet(sitting.exam, tuple(pages), who, form, serial, answers)


def offered(ledger: PageLedger, sittings: Sequence[SheetSitting]) -> dict[str, str]:
    """Return, by the name of a page, the only candidate with an assigned booklet to whom it can belong.

    The candidate is offered to a person, never chosen. Candidates with a sheet of their own are not offered,
    nor is one who would be offered for two pages.
    """
    found: dict[str, str] = {}
    for sitting in sittings:
        listed = list(
            dict.fromkeys(one.candidate_id for one in sitting.booklets.values() if one.candidate_id)
        )
        if not listed:
            continue
        of_exam = [one for one in ledger.pages if one.exam == sitting.exam]
        has_sheet = {one.candidate_id for one in of_exam if one.has_marks}
        left = [one for one in listed if one not in has_sheet]
        in_doubt = [
            (one.name, one.read.identity.number) for one in of_exam if one.reason in _WHOSE_IS_OFFERED
        ]
        near = offers((number for _, number in in_doubt), listed, has_sheet, has_sheet)
        own: dict[str, str] = {}
        for name, number in in_doubt:
            if "?" in number:
                like = [one for one in left if may_be_same(number, canonical_number(one))]
                if len(like) == 1:
                    own[name] = like[0]
            elif (offer := near.get(number)) is not None:
                own[name] = offer.candidate_id
        n_offered = Counter(own.values())
        found |= {name: who for name, who in own.items() if n_offered[who] == 1}
    return found
