"""Sheets of which the candidate is in doubt → whose they may be: offered to a person, never decided."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from examgen.capture.likely_ids import offers
from examgen.core.candidate_numbers import canonical_number
from examgen.scanning.page_register import Ledger, Page, Sitting, may_be_same

_IN_DOUBT = {"number-uncertain", "number-check-wrong", "number-differs"}


def offered(ledger: Ledger, sittings: Sequence[Sitting]) -> dict[str, str]:
    """By the name of a page, the one candidate of those that booklets were dealt whose it may be.

    Those who have a sheet of their own are not offered, nor is one who would be offered for two pages.
    """
    found: dict[str, str] = {}
    for sitting in sittings:
        listed = list(
            dict.fromkeys(one.candidate_id for one in sitting.booklets.values() if one.candidate_id)
        )
        if not listed:
            continue
        has_sheet = {one.candidate_id for one in ledger.pages if one.exam == sitting.exam and one.has_marks}
        open_ = [one for one in ledger.pages if one.exam == sitting.exam and one.reason in _IN_DOUBT]
        own = dict(_offered(open_, listed, has_sheet))
        found |= {name: who for name, who in own.items() if list(own.values()).count(who) == 1}
    return found


def _offered(
    pages: Sequence[Page], listed: Sequence[str], has_sheet: Collection[str]
) -> Iterator[tuple[str, str]]:
    near = offers((page.read.identity.number for page in pages), listed, has_sheet, has_sheet)
    for page in pages:
        number = page.read.identity.number
        if "?" in number:
            like = [
                one for one in listed if one not in has_sheet and may_be_same(number, canonical_number(one))
            ]
            if len(like) == 1:
                yield page.name, like[0]
        elif (offer := near.get(number)) is not None:
            yield page.name, offer.candidate_id
