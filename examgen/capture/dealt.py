"""Who is on the lists of a sitting, and which booklet each was dealt: which form their answers may name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from examgen.register import composed_text
from examgen.responses.rows import Texts

NOBODY: Texts = np.empty(0, "S1")


class Dealing(NamedTuple):
    """The booklets of a sitting; an empty one where there was no list, which allows everything."""

    forms: Mapping[str, str]
    """Serial of each booklet → the form whose key it has: its own serial where it has an order of its own."""
    owners: Mapping[str, str]
    """Serial of each booklet → the candidate that it was dealt; empty for a spare one."""
    dealt: Mapping[str, str]
    """Candidate → the form that they were dealt."""
    is_closed: bool = False
    """Whether rows are set aside of those who were dealt no booklet and are not on the roster."""
    roster: Texts = NOBODY
    """Ids of the roster (UTF-8, composed, ascending)."""

    def knows(self, candidate: str) -> bool:
        """Whether the candidate is on a list, or need not be."""
        if not self.is_closed or composed(candidate) in self.dealt:
            return True
        whom = composed(candidate).encode("utf-8", "surrogateescape")
        if len(whom) > self.roster.itemsize:
            return False
        at = int(np.searchsorted(self.roster, np.bytes_(whom)))
        return at < len(self.roster) and bool(self.roster[at] == whom)

    def form_of(self, candidate: str) -> str | None:
        """The form that the candidate was dealt; None where they were dealt none."""
        return self.dealt.get(composed(candidate))

    def allows(self, candidate: str, named: str) -> bool:
        """Whether that candidate may answer by that serial or form.

        A spare booklet is anybody's. Who was dealt none may name a form, but nobody else's serial.
        """
        whom = composed(candidate)
        if named in self.owners:
            return self.owners[named] in ("", whom)
        return self.dealt.get(whom, named) == named


NO_LIST = Dealing({}, {}, {})


def composed(candidate: str) -> str:
    """An id as it is compared."""
    return composed_text(candidate)


def dealing_of(booklets: Iterable[tuple[str, str, str]]) -> Dealing:
    """From candidate (empty for a spare booklet), form and serial of each booklet."""
    rows = list(booklets)
    return Dealing(
        forms={serial: form for _, form, serial in rows},
        owners={serial: candidate for candidate, _, serial in rows},
        dealt={candidate: form for candidate, form, _ in rows if candidate},
    )


def closed(dealing: Dealing, roster: Iterable[bytes] = ()) -> Dealing:
    """The same where nobody is taken but those who were dealt a booklet, and those of a roster (UTF-8, as
    they are compared)."""
    ids = list(roster)
    return dealing._replace(is_closed=True, roster=np.sort(np.array(ids, np.bytes_)) if ids else NOBODY)
