"""Two editions of a unit → every difference, with what became of each criterion and how sure that is.

Kinds of a criterion: `unchanged`, `renumbered` (the same words under another code), `reworded`,
`moved` (to another element), `split`, `merged`, `added`, `removed`; several may hold at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from examgen.bank.standards.correspondence import (
    Correspondence,
    StandardPart,
    criteria_of,
    pair_elements,
    pair_parts,
    same_words,
)
from examgen.core.models.base import Method
from examgen.core.models.standard import Unit
from examgen.core.words import tell

_WRITTEN: frozenset[Method] = frozenset({"written_objective", "written"})
_TEXTS = ("title", "field", "revision", "description")
_LISTS = ("sector", "skills", "knowledge", "regulations")


class UnitDifference(NamedTuple):
    """Change of a part of a unit: `about` is its kind (`criterion`, `element`, `methods`, `skills` …)."""

    about: str
    kinds: tuple[str, ...]
    old: tuple[StandardPart, ...]
    new: tuple[StandardPart, ...]
    certainty: float = 1.0
    level: int | None = None
    note: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The difference as a JSON object."""
        sides = {"old": [part._asdict() for part in self.old], "new": [part._asdict() for part in self.new]}
        return {**self._asdict(), "kinds": list(self.kinds), **sides}


def differences(old: Unit, new: Unit) -> list[UnitDifference]:
    """Every criterion of both editions, unchanged ones too; of everything else what changed."""
    criteria = pair_parts(criteria_of(old), criteria_of(new))
    elements = pair_elements(old, new, criteria)
    found: list[UnitDifference] = []
    same = {(pair.old[0].code, pair.new[0].code) for pair in elements if pair.old and pair.new}
    reused = {part.code for pair in criteria for part in pair.new}
    for pair in criteria:
        taken = [p.code for p in pair.old if p.code in reused and p.code not in [n.code for n in pair.new]]
        note = (
            tell("{codes} now refers to another criterion", codes=", ".join(map(str, taken)))
            if taken
            else None
        )
        kinds = _kinds(pair, same)
        found.append(UnitDifference("criterion", kinds, pair.old, pair.new, pair.certainty, note=note))
    found += _changed("element", elements)
    for level in sorted({*old.levels, *new.levels}):
        part = (StandardPart(None, tell("level {level}", level=level)),)
        if level not in new.levels:
            found.append(UnitDifference("level", ("removed",), part, (), level=level))
        elif level not in old.levels:
            found.append(UnitDifference("level", ("added",), (), part, level=level))
    found += _methods(old, new)
    names = [[occupation.name for occupation in unit.occupations] for unit in (old, new)]
    found += _changed("occupation", pair_parts(_plain(names[0]), _plain(names[1]), may_split=False))
    before = {occupation.name: occupation.levels for occupation in old.occupations}
    for occupation in new.occupations:
        levels = before.get(occupation.name, occupation.levels)
        if levels != occupation.levels:
            sides = []
            for one in (levels, occupation.levels):
                said = tell("levels {levels}", levels=", ".join(map(str, one))) if one else tell("no levels")
                text = tell("{name}: {levels}", name=occupation.name, levels=said)
                sides.append((StandardPart(None, text),))
            found.append(UnitDifference("occupation", ("changed",), sides[0], sides[1]))
    for name in _TEXTS:
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            kind = "changed" if was and now else "removed" if was else "added"
            gone, come = (tuple(_plain([text] if text else [])) for text in (was, now))
            found.append(UnitDifference(name, (kind,), gone, come))
    for name in _LISTS:
        was, now = _plain(getattr(old, name)), _plain(getattr(new, name))
        found += _changed(name, pair_parts(was, now, may_split=False))
    return found


def _changed(about: str, pairs: Sequence[Correspondence]) -> Iterator[UnitDifference]:
    """Yield the changes of parts whose codes carry no meaning."""
    for pair in pairs:
        kinds = _kinds(pair, {(None, None)})
        if kinds != ("unchanged",):
            yield UnitDifference(about, kinds, pair.old, pair.new, pair.certainty)


def unchanged(old: Unit, new: Unit) -> set[str]:
    """Codes of the criteria that stand word for word, under the same code, in the same element."""
    return {
        str(one.old[0].code)
        for one in differences(old, new)
        if one.about == "criterion" and one.kinds == ("unchanged",)
    }


def _kinds(pair: Correspondence, same: set[tuple[str | None, str | None]]) -> tuple[str, ...]:
    if not pair.old or not pair.new:
        return ("removed",) if pair.old else ("added",)
    moved = any((a.element, b.element) not in same for a in pair.old for b in pair.new)
    if len(pair.old) > 1 or len(pair.new) > 1:
        kinds = ["split" if len(pair.new) > 1 else "merged"]
    else:
        old, new = pair.old[0], pair.new[0]
        kinds = [] if same_words(old.text) == same_words(new.text) else ["reworded"]
        if old.code != new.code and not moved:
            kinds.append("renumbered")
    return (*kinds, "moved") if moved else tuple(kinds) or ("unchanged",)


def _methods(old: Unit, new: Unit) -> Iterator[UnitDifference]:
    """How each level that both state is assessed; of units without levels, how all is."""
    levels: list[int | None] = [level for level in old.levels if level in new.levels]
    for level in levels or [None]:
        before, after = _assessed(old, level), _assessed(new, level)
        for was, now in _same_groups(list(before), list(after)):
            had, has = before.get(was or "", ()), after.get(now or "", ())
            if had == has:
                continue
            lost, won = _WRITTEN & {*had} - {*has}, _WRITTEN & {*has} - {*had}
            kinds = ["changed"]
            kinds += ["written_test_lost"] if lost and not _WRITTEN & {*has} else []
            kinds += ["written_test_gained"] if won and not _WRITTEN & {*had} else []
            yield UnitDifference("methods", tuple(kinds), _group(was, had), _group(now, has), level=level)


def _assessed(unit: Unit, level: int | None) -> dict[str, tuple[Method, ...]]:
    """Methods at a level, by occupation."""
    found: dict[str, tuple[Method, ...]] = {}
    for entry in unit.assessment:
        if not entry.levels or level is None or level in entry.levels:
            name = entry.occupation or "all"
            found[name] = tuple(sorted({*found.get(name, ()), *entry.methods}))
    return found


def _same_groups(old: list[str], new: list[str]) -> list[tuple[str | None, str | None]]:
    pairs = pair_parts(_plain(old), _plain(new), may_split=False)
    if len(old) == len(new) == 1:
        return [(old[0], new[0])]
    return [(_text(pair.old), _text(pair.new)) for pair in pairs]


def _text(parts: Sequence[StandardPart]) -> str | None:
    return parts[0].text if parts else None


def _group(name: str | None, methods: Sequence[Method]) -> tuple[StandardPart, ...]:
    return (StandardPart(None, f"{name}: {', '.join(methods)}"),) if name is not None else ()


def _plain(texts: Sequence[str]) -> list[StandardPart]:
    return [StandardPart(None, text) for text in texts]
