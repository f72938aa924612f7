"""Criteria and elements of two editions → which of the old is which of the new.

In this order: the same words; one criterion whose words stand in several (split, merged); then the
most alike first, a code that stayed counting a little. A code alone pairs nothing.

Two texts → how alike they are, by the pairs of characters that they share.

Thai is written without blanks, so characters are compared, not words: the Dice coefficient of the
multisets of character bigrams (Dice 1945; Adamson & Boreham 1974). Letters and marks count, blanks
and punctuation do not, nor the words that open and close many criteria (ต้องสามารถ … ได้).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from examgen.core.models.standard import Element, Unit

_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_FRAME = re.compile(r"^(?:ต้อง)?(?:สามารถ)?(?P<inner>.+?)(?:ได้)?$")

Bigrams = Counter[str]


def same_words(text: str) -> str:
    """The text without blanks and invisible characters: two editions that set it differently agree."""
    kept = (c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c)[0] not in "ZC")
    return "".join(kept)


def bigrams(text: str) -> Bigrams:
    """The pairs of characters of a text, its beginning and end among them."""
    folded = unicodedata.normalize("NFC", text).casefold().translate(_ARABIC)
    letters = "".join(c for c in folded if unicodedata.category(c)[0] in "LMN")
    found = _FRAME.match(letters)
    framed = f"^{found['inner'] if found else letters}$"
    return Counter(framed[n : n + 2] for n in range(len(framed) - 1))


def likeness(one: Bigrams, other: Bigrams) -> float:
    """Dice coefficient, 0 (nothing in common) to 1 (the same pairs)."""
    return 2 * (one & other).total() / (one.total() + other.total())


def coverage(whole: Bigrams, *parts: Bigrams) -> float:
    """How much of `whole` stands in any of the parts, 0 to 1."""
    together: Bigrams = Counter()
    for part in parts:
        together |= part
    return (whole & together).total() / whole.total()


ALIKE_SAME_CODE = 0.45
"""Likeness from which a criterion that kept its code is taken for the same, reworded. Two different
criteria of one unit reach 0.45 in 3 of 128 pairs of our sample units."""
ALIKE = 0.6
"""Likeness from which texts with different codes are taken for the same."""
SAME_CODE_BONUS = 0.1
COVERED = 0.8
"""Share of a criterion's text that its parts must hold together, to be called split."""
CONTAINED = 0.6
"""Share of each part's text that must come from the whole."""
CONTRIBUTES = 0.1
"""Share of the whole that each part must add to what the others hold."""


class StandardPart(NamedTuple):
    """A criterion, an element or another text of a unit."""

    code: str | None
    text: str
    element: str | None = None


class Correspondence(NamedTuple):
    """Old parts that became new parts; one side empty where nothing corresponds."""

    old: tuple[StandardPart, ...]
    new: tuple[StandardPart, ...]
    certainty: float


def criteria_of(unit: Unit) -> list[StandardPart]:
    """The criteria of a unit in its order."""
    return [StandardPart(c.code, c.text, element.code) for element in unit.elements for c in element.criteria]


def pair_parts(
    old: Sequence[StandardPart], new: Sequence[StandardPart], may_split: bool = True
) -> list[Correspondence]:
    """Every part of both sides in exactly one pair."""
    contest = _Contest(list(old), list(new))
    pairs: list[Correspondence] = []
    # The same words, first those in the same place
    for nearness in (2, 1, 0):
        for part in list(contest.old):
            twins = (other for other in contest.new if same_words(other.text) == same_words(part.text))
            near = (
                twin
                for twin in twins
                if (part.code == twin.code) + (part.element == twin.element) >= nearness
            )
            if (best := next(near, None)) is not None:
                contest.old.remove(part)
                contest.new.remove(best)
                pairs.append(Correspondence((part,), (best,), 1.0))
    if may_split:
        split = _split(contest)
        contest = contest.without(split)
        merged = [Correspondence(pair.new, pair.old, pair.certainty) for pair in _split(contest.turned())]
        contest = contest.without(merged)
        pairs += [*split, *merged]
    # One to one, the most alike first
    table = [[likeness(a, b) for b in _grams(contest.new)] for a in _grams(contest.old)]
    ranked = sorted(
        (-(found + SAME_CODE_BONUS * _same_code(contest, i, j)), i, j)
        for i, row in enumerate(table)
        for j, found in enumerate(row)
        if found >= (ALIKE_SAME_CODE if _same_code(contest, i, j) else ALIKE)
    )
    chosen: dict[int, int] = {}
    for _, i, j in ranked:
        if i not in chosen and j not in chosen.values():
            chosen[i] = j
    alike = [
        Correspondence((contest.old[i],), (contest.new[j],), _certainty(table, i, j))
        for i, j in sorted(chosen.items())
    ]
    contest, pairs = contest.without(alike), [*pairs, *alike]
    ends = _Contest(list(old), list(new))
    pairs += [Correspondence((part,), (), _alone(part, ends.new)) for part in contest.old]
    pairs += [Correspondence((), (part,), _alone(part, ends.old)) for part in contest.new]
    places = {part: n for n, part in reversed(list(enumerate([*old, *new])))}
    return sorted(pairs, key=lambda pair: places[(*pair.old, *pair.new)[0]])


class _Contest(NamedTuple):
    """The parts that are still to be paired."""

    old: list[StandardPart]
    new: list[StandardPart]

    def without(self, pairs: Sequence[Correspondence]) -> _Contest:
        old, new = {p for pair in pairs for p in pair.old}, {p for pair in pairs for p in pair.new}
        return _Contest([p for p in self.old if p not in old], [p for p in self.new if p not in new])

    def turned(self) -> _Contest:
        return _Contest(self.new, self.old)


def _split(contest: _Contest) -> list[Correspondence]:
    """Old parts whose text two or more new ones hold together, and none of them alone."""
    old, new = _grams(contest.old), _grams(contest.new)
    best = [max((likeness(part, other) for other in old), default=0.0) for part in new]
    pairs: list[Correspondence] = []
    taken: set[int] = set()
    for whole, grams in zip(contest.old, old, strict=True):
        mine = [
            n
            for n, part in enumerate(new)
            if n not in taken and coverage(part, grams) >= CONTAINED and likeness(part, grams) >= best[n]
        ]
        rest = {n: [new[k] for k in mine if k != n] for n in mine}
        mine = [
            n
            for n, others in rest.items()
            if coverage(grams, new[n], *others) - coverage(grams, *others) >= CONTRIBUTES
        ]
        held = coverage(grams, *(new[n] for n in mine)) if len(mine) > 1 else 0.0
        if held >= COVERED:
            taken.update(mine)
            contained = sum(coverage(new[n], grams) for n in mine) / len(mine)
            pairs.append(
                Correspondence((whole,), tuple(contest.new[n] for n in mine), round(min(held, contained), 2))
            )
    return pairs


def _grams(parts: Sequence[StandardPart]) -> list[Bigrams]:
    return [bigrams(part.text) for part in parts]


def _same_code(contest: _Contest, i: int, j: int) -> bool:
    return contest.old[i].code is not None and contest.old[i].code == contest.new[j].code


def _certainty(table: Sequence[Sequence[float]], i: int, j: int) -> float:
    """The likeness, but at most 0.5 more than its lead over the next best of either side."""
    rivals = [found for k, found in enumerate(table[i]) if k != j]
    rivals += [row[j] for k, row in enumerate(table) if k != i]
    return round(max(0.0, min(table[i][j], 0.5 + table[i][j] - max(rivals, default=0.0))), 2)


def _alone(part: StandardPart, others: Sequence[StandardPart]) -> float:
    """How sure it is that nothing on the other side corresponds."""
    grams = bigrams(part.text)
    return round(1 - max((likeness(grams, other) for other in _grams(others)), default=0.0), 2)


# ── elements ─────────────────────────────────────────────────────────────────────────────────


def pair_elements(old: Unit, new: Unit, criteria: Sequence[Correspondence]) -> list[Correspondence]:
    """Elements by their titles, their codes and the criteria that they share."""
    ranked = sorted(
        (-strength, i, j)
        for i, a in enumerate(old.elements)
        for j, b in enumerate(new.elements)
        if (strength := _strength(a, b, criteria)) > 0
    )
    pairs: dict[int, tuple[int, float]] = {}
    for strength, i, j in ranked:
        if i not in pairs and j not in [n for n, _ in pairs.values()]:
            pairs[i] = (j, -strength)
    taken = [j for j, _ in pairs.values()]
    return [
        *(
            Correspondence(
                (_part(old.elements[i]),), (_part(new.elements[j]),), min(1.0, round(strength / 2, 2))
            )
            for i, (j, strength) in sorted(pairs.items())
        ),
        *(Correspondence((_part(e),), (), 1.0) for i, e in enumerate(old.elements) if i not in pairs),
        *(Correspondence((), (_part(e),), 1.0) for j, e in enumerate(new.elements) if j not in taken),
    ]


def _part(element: Element) -> StandardPart:
    return StandardPart(element.code, element.title)


def _strength(old: Element, new: Element, criteria: Sequence[Correspondence]) -> float:
    """Likeness of titles plus the share of criteria in common; 0 where that does not make a pair."""
    alike = likeness(bigrams(old.title), bigrams(new.title))
    goes = [pair for pair in criteria if any(part.element == old.code for part in pair.old)]
    stays = [pair for pair in goes if any(part.element == new.code for part in pair.new)]
    share = len(stays) / max(1, len(goes))
    same = old.code == new.code
    if alike >= ALIKE or share > 0.5 or (same and (alike >= ALIKE_SAME_CODE or share > 0)):
        return alike + share + SAME_CODE_BONUS * same
    return 0.0
