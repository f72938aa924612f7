"""Which booklet each candidate of a list was dealt, and so which form their answers may name."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Dealing(NamedTuple):
    """The booklets of a sitting; an empty one where there was no list, which allows everything."""

    forms: Mapping[str, str]
    """Serial of each booklet → the form whose key it has: its own serial where it has an order of its own."""
    owners: Mapping[str, str]
    """Serial of each booklet → the candidate that it was dealt; empty for a spare one."""
    dealt: Mapping[str, str]
    """Candidate → the form that they were dealt."""

    def allows(self, candidate: str, named: str) -> bool:
        """Whether that candidate may answer by that serial or form.

        A spare booklet is anybody's. Who is not on the list may name a form, but nobody else's serial.
        """
        whom = candidate if candidate.isascii() else unicodedata.normalize("NFC", candidate)
        if named in self.owners:
            return self.owners[named] in ("", whom)
        return self.dealt.get(whom, named) == named


NO_LIST = Dealing({}, {}, {})


def dealing_of(booklets: Iterable[tuple[str, str, str]]) -> Dealing:
    """From candidate (empty for a spare booklet), form and serial of each booklet."""
    rows = list(booklets)
    return Dealing(
        forms={serial: form for _, form, serial in rows},
        owners={serial: candidate for candidate, _, serial in rows},
        dealt={candidate: form for candidate, form, _ in rows if candidate},
    )
