"""A code, a picture of one, or a report with one → what was signed, by whom, and whether the page says so.

The code is read as it stands on the page, from its picture; the numbers of the page are compared with the
digest that was signed, so that a digit changed in the text is found even where the code was left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.problems import MissingDependency, Problem, Refused, WrongUsage
from examgen.signing import PREFIX, PublicKey, Statement, numbers_digest, numbers_in, read_public, verified

_SCALE = 200 / 72
"""Pages are looked at at 200 dots per inch."""
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff")


class Checked(NamedTuple):
    """A code that holds: where it was found, what it states, who signed it."""

    source: str
    statement: Statement
    key: PublicKey
    compared: bool
    """Whether the numbers of a page were compared with what was signed."""


def verify_report(what: str, keys: Sequence[Path]) -> list[Checked]:
    """Every code of a file (PDF or picture), or the one code that `what` is.

    Raises Refused with every code that does not hold and every page that says something else, WrongUsage
    where there is no key or no such file.
    """
    if not keys:
        raise WrongUsage("name the public key of the body that signed: --key FILE.public.json")
    known = [read_public(path) for path in keys]
    if what.strip().startswith(PREFIX):
        return [Checked("code", *verified(what, known), False)]
    path = Path(what)
    if not path.is_file():
        raise WrongUsage(f"{what} is neither a code ({PREFIX}…) nor a file")
    found: list[Checked] = []
    problems: list[Problem] = []
    for source, code, text in _codes(path):
        try:
            statement, key = verified(code, known)
        except Refused as refused:
            problems += [Problem(source, one.code, one.message) for one in refused.problems]
            continue
        if text is not None and numbers_digest([text]) != statement.numbers:
            message = f"does not say what {key.body} signed{_difference(text, statement)}"
            problems.append(Problem(source, "page-changed", message))
            continue
        found.append(Checked(source, statement, key, text is not None))
    if problems:
        raise Refused(f"{len(problems)} of {len(problems) + len(found)} report(s) do not hold", problems)
    if not found:
        message = "bears no code of a report: was it made with --verify-code?"
        raise Refused(f"{path.name} {message}", [Problem(path.name, "no-code", message)])
    return found


def _difference(text: str, statement: Statement) -> str:
    """Which of the signed numbers the page lacks, where that can be told."""
    there = numbers_in(text)
    lacking = [part for part in (statement.score, statement.max_score) if part and part not in there]
    signed = f": signed is candidate {statement.candidate_id}, {statement.score} of {statement.max_score}"
    return signed + (f"; the page lacks {', '.join(lacking)}" if lacking else "; another number was changed")


def _codes(path: Path) -> Iterator[tuple[str, str, str | None]]:
    """Where each code stands, the code, and the text of its report (None of a picture).

    A report bears its code at its end: its text is that of the pages since the code before.
    """
    data = path.read_bytes()
    if data.startswith(_PICTURES):
        from PIL import Image

        with Image.open(path) as picture:
            for code in _seen(picture.convert("L")):
                yield path.name, code, None
        return
    if not data.startswith(b"%PDF"):
        message = "is neither a PDF nor a picture (PNG, JPEG)"
        raise Refused(f"{path.name} {message}", [Problem(path.name, "not-a-report", message)])
    read: list[str] = []
    first = 1
    for number, codes, text in _pages(path):
        read.append(text)
        for code in codes:
            where = f"page {number}" if number == first else f"pages {first} to {number}"
            yield f"{path.name}, {where}", code, "\n".join(read)
        if codes:
            read, first = [], number + 1


def _pages(path: Path) -> Iterator[tuple[int, list[str], str]]:
    try:
        import pypdfium2
    except ImportError:
        raise MissingDependency("reading a PDF needs a library: pip install 'examgen[signing]'") from None
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Refused(
            f"{path.name} cannot be opened: {error}", [Problem(path.name, "damaged-pdf", str(error))]
        ) from error
    with document:
        for number in range(len(document)):
            page = document[number]
            picture = page.render(scale=_SCALE, grayscale=True).to_pil()
            text = page.get_textpage().get_text_bounded()
            yield number + 1, _seen(picture), text


def _seen(picture: Any) -> list[str]:
    """The codes that stand in a picture, each once."""
    import zxingcpp

    found = zxingcpp.read_barcodes(picture)
    return list(dict.fromkeys(one.text for one in found if one.text.startswith(PREFIX)))
