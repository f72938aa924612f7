"""A code, a picture of one, or a report with one → what was signed, by whom, and whether this is the page.

The code is read as it stands on the page, from its picture. All that the page draws, each word, bar and line,
is compared with the seal that the code states; a picture of a page cannot be, and is said to be unchecked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from examgen.problems import MissingDependency, Problem, Refused, WrongUsage
from examgen.signing import PublicKey, Statement, looks_like_code, read_public, verified
from examgen.storage import check_regular, read_input
from examgen.workflow import html_codes
from examgen.workflow.page_seals import pages_about, pages_seal
from examgen.workflow.report_codes import WITHOUT_ROOM_SAID, html_picture, pdf_picture

_DOTS = 200 / 72
"""Pages are looked at at 200 dots per inch."""
_MOST_DOTS = 6000
"""Of a side of a page: one as large as a wall is looked at with fewer dots."""
_FINE_DOTS = 2000
"""A picture up to this size is looked at once more enlarged: askew, its modules may be too fine."""
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff")
_HTML = (b"<!doctype html", b"<html")
_ENDINGS = {"PDF": (".pdf",), "page of HTML": (".html", ".htm"), "picture": (".png", ".jpg", ".jpeg")}
"""Of names of files: a program goes by them, and would show another thing than what is looked at here."""
_MOST_FOREIGN = 5


class Checked(NamedTuple):
    """A code that holds: where it was found, what it states, who signed it."""

    source: str
    statement: Statement
    key: PublicKey
    compared: bool
    """Whether the page was seen to be the one that was signed."""


class _Found(NamedTuple):
    """A code; the pages about it that no other code stands on, and which of them bears it (from 0).

    No pages where it was read from a picture or a scan: there is nothing to compare.
    """

    source: str
    code: str
    pages: tuple[_Page, ...] = ()
    bearer: int = 0
    first: int = 0
    """The number of the first page."""


class _Page(NamedTuple):
    """A page: the codes that are seen on it, its seal, what else is on or around it, its text, and the title
    of the file that it is in."""

    codes: list[str]
    seal: bytes
    foreign: tuple[str, ...]
    text: str
    title: str | None = None
    bookmarks: tuple[str, ...] = ()
    """What bookmarks that show the page say; of one with a code, also those that show no page of the file."""


def verify_report(what: str, keys: Sequence[Path]) -> list[Checked]:
    """Every code of a file (PDF, HTML or picture), or the one code that `what` is.

    Raises Refused with every code that does not hold and every page that is not the one signed, WrongUsage
    where there is no key or no such file.
    """
    if not keys:
        raise WrongUsage("name the public key of the body that signed: --key FILE.public.json")
    known = _keys(keys)
    if looks_like_code(what):
        return [Checked("code", *verified(what, known), False)]
    path = Path(what)
    if "\n" in what or len(what) > 1000 or not path.is_file():
        shown = what if len(what) <= 100 else f"{what[:100]}…"
        raise WrongUsage(f"{shown} is neither a code (EG1:…) nor a file")
    found: list[Checked] = []
    problems: list[Problem] = []
    near: set[int] = set()
    told: set[int] = set()
    for one in _found(path):
        pages = range(one.first, one.first + len(one.pages))
        near.update(pages)
        try:
            checked, span = _checked(one, known)
        except Refused as refused:
            problems += refused.problems
            told.update(pages)
        else:
            found.append(checked)
            told.update(span)
    if not (found or problems):
        message = "bears no code of a report that can be read: was it made with --verify-code?"
        raise _refused(path, "no-code", message)
    for run in _runs(sorted(near - told)):
        message = "bears no code that can be read: nothing tells who made it"
        problems.append(Problem(f"{path.name}, {_where(run)}", "page-unsigned", message))
    if problems:
        n = len({problem.source for problem in problems})
        raise Refused(f"{n} of {n + len(found)} report(s) in {path.name} do not hold", problems)
    return found


def _runs(numbers: Sequence[int]) -> Iterator[range]:
    """Numbers that follow each other."""
    for _, group in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        own = [number for _, number in group]
        yield range(own[0], own[-1] + 1)


def _keys(paths: Sequence[Path]) -> list[PublicKey]:
    """The keys of the files; Refused with the faults of all of them."""
    keys: list[PublicKey] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            keys.append(read_public(path))
        except Refused as refused:
            problems += refused.problems
    if problems:
        raise Refused("; ".join(f"{one.source} {one.message}" for one in problems), problems)
    return keys


def _checked(found: _Found, known: Sequence[PublicKey]) -> tuple[Checked, range]:
    """What the code states and the pages that it is of, if it holds and they are what was signed."""
    source = f"{found.source}, {_where([found.first + found.bearer])}" if found.first else found.source
    try:
        statement, key = verified(found.code, known)
    except Refused as refused:
        raise Refused(str(refused), [replace(one, source=source) for one in refused.problems]) from refused
    if not found.pages:
        return Checked(source, statement, key, False), range(0)
    span = _signed(found, statement)
    about = pages_about(statement.pages, found.bearer)
    near = found.pages if span is None else found.pages[span.start : span.stop]
    own = [page for n, page in enumerate(found.pages) if n in about or n == found.bearer]
    if foreign := sorted({name for page in own for name in page.foreign}):
        raise _covered(source, foreign)
    if span is None:
        text = "\n".join(one.text for one in near)
        parts = (statement.name.rstrip("…"), statement.score)
        lacking = [part for part in parts if part and part not in text]
        message = (
            f"is not what {key.body} signed: it was changed, or saved anew by another program (ask for the "
            f"file as it was made). Signed is: {said(statement)}"
            f"{'; the page lacks ' + ', '.join(lacking) if lacking and text else ''}"
        )
        raise Refused(message, [Problem(source, "page-changed", message)])
    if other := sorted({name for page in own for name in _other_words(page, statement)}):
        raise _covered(source, other)
    if not found.first:
        return Checked(source, statement, key, True), range(len(found.pages))
    pages = range(found.first + span.start, found.first + span.stop)
    return Checked(f"{found.source}, {_where(pages)}", statement, key, True), pages


def _covered(source: str, foreign: Sequence[str]) -> Refused:
    shown = ", ".join([*foreign[:_MOST_FOREIGN], *["…"][: len(foreign) > _MOST_FOREIGN]])
    message = f"bears what examgen never writes and what may hide what was signed ({shown}): take it off"
    return Refused(message, [Problem(source, "page-covered", message)])


def _other_words(page: _Page, statement: Statement) -> Iterator[str]:
    """Which of title and bookmarks say what examgen would not say of this page: a title names the exam, and
    places or people that the page names; bookmarks are its headings."""
    exam, *parts = (page.title or statement.exam).split(" – ")
    if exam != statement.exam or not all(one == WITHOUT_ROOM_SAID or _says(page.text, one) for one in parts):
        yield "/Title"
    if not all(_says(page.text, part) for one in page.bookmarks for part in one.split(" · ")):
        yield "/Outlines/Title"


_MOST_LINES, _LEAST_LETTERS = 3, 4


def _says(page: str, words: str) -> bool:
    """Whether words stand on a page, on up to three lines between which those of another column may stand."""
    text, rest = _bare(page), _bare(words)
    for _ in range(_MOST_LINES):
        n = next((n for n in range(len(rest), 0, -1) if rest[:n] in text), 0)
        if n < min(_LEAST_LETTERS, len(rest)):
            return False
        rest = rest[n:]
    return not rest


def _bare(text: str) -> str:
    """A text without what lines are broken at, its letters composed alike."""
    return "".join(unicodedata.normalize("NFKC", text).replace("\u00ad", "").replace("\u200b", "").split())


def _signed(found: _Found, statement: Statement) -> range | None:
    """The pages that the code was signed for, if they are here and what was signed."""
    about = pages_about(statement.pages, found.bearer)
    if found.bearer not in about or about.start < 0 or about.stop > len(found.pages):
        return None
    seals = [found.pages[n].seal for n in about]
    return about if pages_seal(seals, found.bearer - about.start) == statement.pages else None


def said(statement: Statement) -> str:
    """Who had what, in a line."""
    who = f"candidate {statement.candidate_id}{f' ({statement.name})' if statement.name else ''}"
    return f"{who}, {statement.score} of {statement.max_score}, {statement.decision or 'no decision'}"


# ── what a file holds ────────────────────────────────────────────────────────────────────────


def _found(path: Path) -> Iterator[_Found]:
    check_regular(path)
    with path.open("rb") as file:
        begin = file.read(1024)
    html = begin.removeprefix(b"\xef\xbb\xbf").lstrip()[:20].lower().startswith(_HTML)
    if begin.startswith(_PICTURES):
        _refuse_ending(path, "picture")
        picture = _picture(path)
        codes = _codes(picture)
        if not codes and max(picture.size) <= _FINE_DOTS:
            codes = _codes(picture.resize([2 * n for n in picture.size]))
        yield from (_Found(path.name, code) for code in codes)
    elif html:
        _refuse_ending(path, "page of HTML")
        text = read_input(path).decode("utf-8", "surrogateescape")
        for code in html_codes.codes_in(text):
            page = _Page([], html_codes.seal(text, html_picture(code)), (), "")
            yield _Found(path.name, code, (page,))
    elif begin.startswith(b"%PDF-"):
        _refuse_ending(path, "PDF")
        yield from _reports(path)
    else:
        raise _refused(
            path, "not-a-report", "is neither a PDF, nor a page of HTML, nor a picture (PNG, JPEG)"
        )


def _refuse_ending(path: Path, kind: str) -> None:
    if path.suffix and path.suffix.lower() not in _ENDINGS[kind]:
        message = f"is a {kind} under the name of something else: call it {path.stem}{_ENDINGS[kind][0]}"
        raise _refused(path, "other-ending", message)


def _reports(path: Path) -> Iterator[_Found]:
    """The codes of a PDF, each with the pages from the code before it to the one after it."""
    near: list[_Page] = []
    bearer, first = -1, 1
    for page in _pages(path):
        if page.codes and bearer >= 0:
            yield from _about(path, near, bearer, first)
            first += bearer + 1
            near, bearer = near[bearer + 1 :], -1
        near.append(page)
        if page.codes:
            bearer = len(near) - 1
    if bearer >= 0:
        yield from _about(path, near, bearer, first)


def _about(path: Path, near: Sequence[_Page], bearer: int, first: int) -> Iterator[_Found]:
    """The codes of a page; where its report is a scan, nothing can be compared."""
    scanned = not any(one.text.strip() for one in near)
    for code in near[bearer].codes:
        yield _Found(path.name, code, () if scanned else tuple(near), bearer, first)


def _where(pages: Sequence[int]) -> str:
    return f"page {pages[0]}" if len(pages) == 1 else f"pages {pages[0]} to {pages[-1]}"


def _pages(path: Path) -> Iterator[_Page]:
    from examgen.pdf.seals import sealed_pages

    try:
        import pypdfium2
    except ImportError:
        raise MissingDependency("reading a PDF needs a library: pip install 'examgen[signing]'") from None
    try:
        with pypdfium2.PdfDocument(path) as document, sealed_pages(path) as sealed:
            if len(document) != len(sealed):
                raise ValueError(f"it has {len(sealed)} pages, or {len(document)}")
            for n, page in enumerate(document):
                scale = min(_DOTS, _MOST_DOTS / max(*page.get_size(), 1))
                codes = _codes(page.render(scale=scale, grayscale=True).to_pil())
                seal, _, foreign = sealed.seal(n, pdf_picture(codes[0]) if codes else b"")
                text = page.get_textpage().get_text_range()
                told = [*sealed.bookmarks(n), *(sealed.strays if codes else ())]
                yield _Page(codes, seal, foreign, text, sealed.title, tuple(told))
                page.close()
    except (pypdfium2.PdfiumError, ValueError) as error:
        raise _refused(path, "damaged-pdf", f"cannot be opened: {error}") from error


def _picture(path: Path) -> Any:
    from PIL import Image

    try:
        with Image.open(path) as picture:
            return picture.convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _refused(path, "damaged-picture", f"cannot be read: {error}") from error


def _codes(picture: Any) -> list[str]:
    """The codes that stand in a picture, each once."""
    import zxingcpp

    found = zxingcpp.read_barcodes(picture)
    return list(dict.fromkeys(one.text for one in found if looks_like_code(one.text)))


def _refused(path: Path, code: str, message: str) -> Refused:
    return Refused(f"{path.name} {message}", [Problem(path.name, code, message)])
