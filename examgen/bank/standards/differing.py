"""Compares two editions of a unit: every difference, what happened to each criterion, and how certain that
is.

Criteria, elements and other texts are paired first by identical words, then by likeness, highest first, with
a small bonus for an unchanged code. A code alone pairs nothing. Because Thai is written without spaces,
characters are compared, not words: the likeness is the Dice coefficient of the multisets of character bigrams
(Dice 1945; Adamson & Boreham 1974). Letters and marks count; spaces, punctuation and the words that open and
close many criteria (ต้องสามารถ … ได้) do not.

Kinds of change of a criterion: `unchanged`, `renumbered` (the same words under another code), `reworded`,
`moved` (to another element), `added`, `removed`; several may apply at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from examgen.core.models.field_types import Method
from examgen.core.models.standard import Unit
from examgen.core.words import tell

ALIKE_SAME_CODE = 0.45
"""The likeness from which criteria with the same code count as the same criterion, reworded. Of 128 pairs of
different criteria of one unit in our sample, 3 reach 0.45.
"""
ALIKE = 0.6
"""The likeness from which texts with different codes count as the same."""
SAME_CODE_BONUS = 0.1

_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_FRAME = re.compile(r"^(?:ต้อง)?(?:สามารถ)?(?P<inner>.+?)(?:ได้)?$")
_WRITTEN: frozenset[Method] = frozenset({"written_objective", "written"})
_TEXTS = ("title", "field", "revision", "description")
_LISTS = ("sector", "skills", "knowledge", "regulations")


# ── pairs ────────────────────────────────────────────────────────────────────────────────────


class StandardPart(NamedTuple):
    """A criterion, an element or another text of a unit."""

    code: str | None
    text: str
    element: str | None = None


class Correspondence(NamedTuple):
    """An old part and the new part that it became, with their likeness; one of them is None if nothing
    corresponds.
    """

    old: StandardPart | None
    new: StandardPart | None
    certainty: float = 1.0


def same_words(text: str) -> str:
    """Return the text without spaces and invisible characters, so that editions that differ only in these
    agree.
    """
    kept = (c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c)[0] not in "ZC")
    return "".join(kept)


def bigrams(text: str) -> Counter[str]:
    """Count the pairs of adjacent characters of a text, including its beginning and end."""
    folded = unicodedata.normalize("NFC", text).casefold().translate(_ARABIC)
    letters = "".join(c for c in folded if unicodedata.category(c)[0] in "LMN")
    frame = _FRAME.match(letters)
    framed = f"^{frame['inner'] if frame else letters}$"
    return Counter(framed[n : n + 2] for n in range(len(framed) - 1))


def likeness(one: Counter[str], other: Counter[str]) -> float:
    """Return the Dice coefficient of two texts, from 0 (nothing in common) to 1 (the same bigrams)."""
    return 2 * (one & other).total() / (one.total() + other.total())


def pair_parts(old: Sequence[StandardPart], new: Sequence[StandardPart]) -> list[Correspondence]:
    """Put every part of both sides into exactly one pair, in the order of the old parts, then of the new
    ones.
    """
    pairs: dict[int, tuple[int, float]] = {}
    free = set(range(len(new)))
    for nearness in (2, 1, 0):  # the same words, first those in the same place
        for i, part in enumerate(old):
            twins = (
                j
                for j in sorted(free)
                if same_words(new[j].text) == same_words(part.text)
                and (part.code == new[j].code) + (part.element == new[j].element) >= nearness
            )
            if i not in pairs and (twin := next(twins, None)) is not None:
                pairs[i] = twin, 1.0
                free.discard(twin)
    ranked = []
    for i, part in enumerate(old):
        for j in free if i not in pairs else ():
            is_same_code = part.code is not None and part.code == new[j].code
            alike = likeness(bigrams(part.text), bigrams(new[j].text))
            if alike >= (ALIKE_SAME_CODE if is_same_code else ALIKE):
                ranked.append((-alike - SAME_CODE_BONUS * is_same_code, i, j, alike))
    for _, i, j, alike in sorted(ranked):
        if i not in pairs and j in free:
            pairs[i] = j, round(alike, 2)
            free.discard(j)
    ends = [
        Correspondence(part, new[pairs[i][0]], pairs[i][1]) if i in pairs else Correspondence(part, None)
        for i, part in enumerate(old)
    ]
    return ends + [Correspondence(None, new[j]) for j in sorted(free)]


# ── differences ──────────────────────────────────────────────────────────────────────────────


class UnitDifference(NamedTuple):
    """A change of a part of a unit; `about` is the kind of part (`criterion`, `element`, `methods`, `skills`
    …).
    """

    about: str
    kinds: tuple[str, ...]
    old: StandardPart | None
    new: StandardPart | None
    certainty: float = 1.0
    level: int | None = None
    note: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the difference as a JSON object."""
        sides = {"old": self.old and self.old._asdict(), "new": self.new and self.new._asdict()}
        return {**self._asdict(), "kinds": list(self.kinds), **sides}


def differences(old: Unit, new: Unit) -> list[UnitDifference]:
    """Return an entry for every criterion of both editions, including unchanged ones, and every change of
    other parts.
    """
    criteria = pair_parts(_criteria(old), _criteria(new))
    elements = pair_parts(_elements(old), _elements(new))
    same = {(pair.old.code, pair.new.code) for pair in elements if pair.old and pair.new}
    reused = {pair.new.code for pair in criteria if pair.new}
    found = []
    for pair in criteria:
        code = pair.old.code if pair.old else None
        is_taken = code in reused and (pair.new is None or pair.new.code != code)
        note = tell("{codes} now refers to another criterion", codes=code) if code and is_taken else None
        kinds = _kinds(pair, same)
        found.append(UnitDifference("criterion", kinds, pair.old, pair.new, pair.certainty, note=note))
    found += _changed("element", elements)
    for level in sorted({*old.levels, *new.levels}):
        part = StandardPart(None, tell("level {level}", level=level))
        if level not in new.levels:
            found.append(UnitDifference("level", ("removed",), part, None, level=level))
        elif level not in old.levels:
            found.append(UnitDifference("level", ("added",), None, part, level=level))
    found += _methods(old, new)
    found += _changed("occupation", pair_parts(_occupations(old), _occupations(new)))
    for name in _TEXTS:
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            kind = "changed" if was and now else "removed" if was else "added"
            parts = [StandardPart(None, text) if text else None for text in (was, now)]
            found.append(UnitDifference(name, (kind,), parts[0], parts[1]))
    for name in _LISTS:
        lists = [[StandardPart(None, text) for text in getattr(unit, name)] for unit in (old, new)]
        found += _changed(name, pair_parts(*lists))
    return found


def unchanged(old: Unit, new: Unit) -> set[str]:
    """Return the codes of the criteria whose words, code and element are unchanged."""
    return {
        str(one.old.code)
        for one in differences(old, new)
        if one.about == "criterion" and one.kinds == ("unchanged",) and one.old
    }


def _criteria(unit: Unit) -> list[StandardPart]:
    return [StandardPart(c.code, c.text, element.code) for element in unit.elements for c in element.criteria]


def _elements(unit: Unit) -> list[StandardPart]:
    return [StandardPart(element.code, element.title) for element in unit.elements]


def _occupations(unit: Unit) -> list[StandardPart]:
    """Return the occupations with their levels as texts."""
    return [
        StandardPart(
            None,
            tell(
                "{name}: {levels}",
                name=one.name,
                levels=tell("levels {levels}", levels=", ".join(map(str, one.levels)))
                if one.levels
                else tell("no levels"),
            ),
        )
        for one in unit.occupations
    ]


def _changed(about: str, pairs: Sequence[Correspondence]) -> Iterator[UnitDifference]:
    """Yield the changes of parts that belong to no element."""
    for pair in pairs:
        kinds = _kinds(pair, {(None, None)})
        if kinds != ("unchanged",):
            yield UnitDifference(about, kinds, pair.old, pair.new, pair.certainty)


def _kinds(pair: Correspondence, same: set[tuple[str | None, str | None]]) -> tuple[str, ...]:
    old, new = pair.old, pair.new
    if old is None or new is None:
        return ("removed",) if old else ("added",)
    is_moved = (old.element, new.element) not in same
    kinds = [] if same_words(old.text) == same_words(new.text) else ["reworded"]
    if is_moved:
        return (*kinds, "moved")
    return (*kinds, *(["renumbered"] if old.code != new.code else [])) or ("unchanged",)


def _methods(old: Unit, new: Unit) -> Iterator[UnitDifference]:
    """Yield the changes of methods at each level that both editions state, by occupation; for units without
    levels, of all methods.
    """
    levels: list[int | None] = [level for level in old.levels if level in new.levels]
    for level in levels or [None]:
        before, after = _assessed(old, level), _assessed(new, level)
        for name in dict.fromkeys((*before, *after)):
            had, has = before.get(name, ()), after.get(name, ())
            if had != has:
                was_written, is_written = bool(_WRITTEN & {*had}), bool(_WRITTEN & {*has})
                kinds = ["changed"]
                kinds += ["written_test_lost"] if was_written and not is_written else []
                kinds += ["written_test_gained"] if is_written and not was_written else []
                parts = [
                    StandardPart(None, f"{name}: {', '.join(methods)}") if methods else None
                    for methods in (had, has)
                ]
                yield UnitDifference("methods", tuple(kinds), parts[0], parts[1], level=level)


def _assessed(unit: Unit, level: int | None) -> dict[str, tuple[Method, ...]]:
    """Return the methods at a level, by occupation."""
    found: dict[str, tuple[Method, ...]] = {}
    for entry in unit.assessment:
        if not entry.levels or level is None or level in entry.levels:
            name = entry.occupation or "all"
            found[name] = tuple(sorted({*found.get(name, ()), *entry.methods}))
    return found
