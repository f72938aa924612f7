"""Finds the laws that an item's reference cites, with or without their section.

`[unchecked]` after a law means that its section was cited from memory and has not been checked yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from examgen.bank.checks import UnitDraft
from examgen.bank.rules.patterns import AMENDED, LAW, OF_LAW, SECTION
from examgen.bank.rules.rule import RuleFault, Setting
from examgen.core.words import tell

UNCHECKED = "[unchecked]"
_LONGEST = 80


class Citation(NamedTuple):
    """A law cited by a reference."""

    law: str
    has_section: bool
    unchecked: bool


class Citations(NamedTuple):
    """Numbers of citations: items that cite laws, laws cited, those with their section, and those of them
    cited from memory.
    """

    items: int
    laws: int
    with_section: int
    unchecked: int


def citations(reference: str) -> list[Citation]:
    """Return the laws of a reference, in order; an act and the one that amends it count as one."""
    found: list[Citation] = []
    for part in reference.split(";"):
        hits = [*LAW.finditer(part)]
        ends = [*(hit.start() for hit in hits[1:]), len(part)][: len(hits)]
        start = 0
        for n, (hit, end) in enumerate(zip(hits, ends, strict=True)):
            if n and AMENDED.search(part[hits[n - 1].end() : hit.start()]):
                found.pop()
            else:
                start = hit.start()
            before, after = part[: hit.start()], part[hit.end() : end]
            section = SECTION.search(after)
            has_section = bool(section or OF_LAW.search(before))
            name = part[start : hit.end() + (section.start() if section else len(after))]
            # The name of a law without what is said of it
            name = name.split(UNCHECKED, maxsplit=1)[0].split(" (", maxsplit=1)[0].strip(" ,")
            found.append(
                Citation(
                    name if len(name) <= _LONGEST else name[:_LONGEST].rstrip() + "…",
                    has_section,
                    UNCHECKED in after,
                )
            )
    return found


def cited(references: Iterable[str]) -> Citations:
    """Summarise the laws that the references of items cite."""
    by_item = [citations(one) for one in references]
    laws = [law for item in by_item for law in item]
    return Citations(
        sum(map(bool, by_item)),
        len(laws),
        sum(law.has_section for law in laws),
        sum(law.has_section and law.unchecked for law in laws),
    )


def reference_without_section(shelf: UnitDraft, setting: Setting) -> Iterator[RuleFault]:
    """Warn if a law is cited without its section."""
    for one in shelf.found:
        bare = [law.law for law in citations(one.item.reference) if not law.has_section]
        if bare:
            message = tell(
                "cites {law} without its section. Add the section, followed by {mark} "
                "until it has been checked.",
                law=bare[0],
                mark=UNCHECKED,
            )
            yield RuleFault(one, "reference", message)
