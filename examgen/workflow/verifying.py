"""A code, a picture of one, or a report with one → what was signed, by whom, and whether this is the page.

The code is read as it stands on the page, from its picture. All that the page draws, each word, bar and line,
is compared with the seal that the code states; a picture of a page cannot be, and is said to be unchecked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.problems import MissingDependency, Problem, Refused, WrongUsage
from examgen.signing import PublicKey, Statement, looks_like_code, pages_digest, read_public, verified
from examgen.workflow import html_codes

_DOTS = 200 / 72
"""Pages are looked at at 200 dots per inch."""
_MOST_DOTS = 6000
"""Of a side of a page: one as large as a wall is looked at with fewer dots."""
_FINE_DOTS = 2000
"""A picture up to this size is looked at once more enlarged: askew, its modules may be too fine."""
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff")
_HTML = (b"<!doctype html", b"<html")


class Checked(NamedTuple):
    """A code that holds: where it was found, what it states, who signed it."""

    source: str
    statement: Statement
    key: PublicKey
    compared: bool
    """Whether the page was seen to be the one that was signed."""


class _Found(NamedTuple):
    """A code, where it stands, and what it stands on: nothing where that is a picture."""

    source: str
    code: str
    seals: tuple[bytes, ...] | None
    covered: bool = False
    text: str = ""


class _Page(NamedTuple):
    """A page of a PDF: the codes that are seen on it, its seal and its text."""

    codes: list[str]
    seal: bytes
    covered: bool
    text: str


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
    for one in _found(path, problems):
        try:
            statement, key = verified(one.code, known)
        except Refused as refused:
            problems += [Problem(one.source, fault.code, fault.message) for fault in refused.problems]
            continue
        if (problem := _other_page(one, statement, key)) is not None:
            problems.append(problem)
            continue
        found.append(Checked(one.source, statement, key, one.seals is not None))
    if not (found or problems):
        message = "bears no code of a report that can be read: was it made with --verify-code?"
        raise _refused(path, "no-code", message)
    if problems:
        n = len({problem.source for problem in problems})
        raise Refused(f"{n} of {n + len(found)} report(s) in {path.name} do not hold", problems)
    return found


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


def _other_page(found: _Found, statement: Statement, key: PublicKey) -> Problem | None:
    """Why a page is not the one that was signed."""
    if found.covered:
        message = "bears notes or fields of a form, which may hide what was signed: take them off"
        return Problem(found.source, "page-covered", message)
    if found.seals is None or pages_digest(found.seals) == statement.pages:
        return None
    lacking = [part for part in (statement.name, statement.score) if part and part not in found.text]
    message = (
        f"is not the page that {key.body} signed: it was changed, or saved anew by another program (ask for "
        f"the file as it was made). Signed is: {said(statement)}"
        f"{'; the page lacks ' + ', '.join(lacking) if lacking and found.text else ''}"
    )
    return Problem(found.source, "page-changed", message)


def said(statement: Statement) -> str:
    """Who had what, in a line."""
    who = f"candidate {statement.candidate_id}{f' ({statement.name})' if statement.name else ''}"
    return f"{who}, {statement.score} of {statement.max_score}, {statement.decision or 'no decision'}"


# ── what a file holds ────────────────────────────────────────────────────────────────────────


def _found(path: Path, problems: list[Problem]) -> Iterator[_Found]:
    with path.open("rb") as file:
        begin = file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin.startswith(_PICTURES):
        picture = _picture(path)
        small = max(picture.size) <= _FINE_DOTS
        for code in (
            _codes(picture) or (small and _codes(picture.resize([2 * n for n in picture.size]))) or ()
        ):
            yield _Found(path.name, code, None)
    elif begin[:20].lower().startswith(_HTML):
        html = path.read_bytes().decode("utf-8", "surrogateescape")
        seal = html_codes.seal(html)
        for code in html_codes.codes_in(html):
            yield _Found(path.name, code, (seal,))
    elif b"%PDF-" in begin:
        yield from _reports(path, problems)
    else:
        raise _refused(
            path, "not-a-report", "is neither a PDF, nor a page of HTML, nor a picture (PNG, JPEG)"
        )


def _reports(path: Path, problems: list[Problem]) -> Iterator[_Found]:
    """The codes of a PDF. A report bears its code at its end: it has the pages since the code before."""
    read: list[_Page] = []
    first, any_code = 1, False
    for number, page in enumerate(_pages(path), 1):
        read.append(page)
        if not page.codes:
            continue
        any_code = True
        scanned = not any(one.text.strip() for one in read)
        seals = None if scanned else tuple(one.seal for one in read)
        for code in page.codes:
            yield _Found(
                f"{path.name}, {_where(first, number)}",
                code,
                seals,
                any(one.covered for one in read),
                "\n".join(one.text for one in read),
            )
        read, first = [], number + 1
    if any_code and read:
        message = "bears no code that can be read: nothing tells who made it"
        problems.append(
            Problem(f"{path.name}, {_where(first, first + len(read) - 1)}", "page-unsigned", message)
        )


def _where(first: int, last: int) -> str:
    return f"page {first}" if first == last else f"pages {first} to {last}"


def _pages(path: Path) -> Iterator[_Page]:
    from examgen.pdf.seals import page_seals

    try:
        import pypdfium2
    except ImportError:
        raise MissingDependency("reading a PDF needs a library: pip install 'examgen[signing]'") from None
    try:
        with pypdfium2.PdfDocument(path) as document:
            for page, sealed in zip(document, page_seals(path), strict=True):
                scale = min(_DOTS, _MOST_DOTS / max(*page.get_size(), 1))
                picture = page.render(scale=scale, grayscale=True).to_pil()
                yield _Page(
                    _codes(picture), sealed.seal, sealed.covered, page.get_textpage().get_text_bounded()
                )
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
