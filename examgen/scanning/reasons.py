"""Why a page has its outcome, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from examgen.core.words import Message, joined, tell
from examgen.scanning import page_reading
from examgen.scanning import page_register as ledger
from examgen.scanning.input import page_image

REASONS = {**page_reading.REASONS, **page_image.REASONS, **ledger.REASONS}
"""Every reason in pages.csv, with its meaning."""


def reason_message(code: str) -> Message:
    """Return the meaning of a reason."""
    meaning = REASONS.get(code, code)
    return tell(meaning) if code in REASONS else joined([meaning])


def messages_by_reason(pages: Iterable[ledger.RegisteredPage], most: int) -> Iterator[tuple[str, Message]]:
    """Yield, by outcome and reason, the number of pages, the meaning, and the names of the first pages."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for page in pages:
        if page.reason:
            # Whose it is, and the other pages that its reason is about.
            about: list[str] = [page.candidate_id] if page.candidate_id else []
            if page.named_exam != page.exam:
                about.insert(0, tell("exam {exam}", exam=page.named_exam))
            if page.read.also:
                about.append(tell("and {sheets}", sheets=_first(page.read.also, most)))
            if page.others and page.outcome == "blank":
                about.append(tell("back of {page}", page=_first(page.others, most)))
            elif page.others:
                about.append(tell("see also {pages}", pages=_first(page.others, most)))
            name = joined([page.name, " (", joined(about, "; "), ")"], "") if about else page.name
            by_reason.setdefault((page.outcome, page.reason), []).append(name)
    for (outcome, reason), names in sorted(by_reason.items()):
        yield outcome, tell(
            "{n:,} × {reason}: {meaning}: {pages}", n=len(names), reason=reason,
            meaning=reason_message(reason), pages=_first(names, most),
        )  # fmt: skip


def _first(names: Sequence[str], most: int) -> Message:
    return joined([*names[:most], *(["…"] if len(names) > most else [])])
