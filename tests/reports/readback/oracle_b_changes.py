"""Two runs of a package → what the committee's book must say of whom the corrections moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from statistics import fmean
from typing import NamedTuple

from tests.reports.readback.oracle_b_files import WORDS, Files, Row, points, real
from tests.reports.readback.oracle_b_told import Told, row_of

_COUNTS = ("candidates", "score changed", "up", "down", "pass now", "fail now")


class Mover(NamedTuple):
    """A candidate who is otherwise than before, as a row of the table `moved`."""

    candidate_id: str
    name: str
    score_before: Decimal | None
    score_after: Decimal | None
    change: Decimal | None
    decision_before: str
    decision_after: str
    criteria: str
    max_score_before: Decimal | None
    max_score_after: Decimal | None


class Changes:
    """What a run says otherwise than the one before; `who` and `name` are by candidate."""

    def __init__(
        self, before: Files, files: Files, who: Callable[[str], str], name: Callable[[str], str]
    ) -> None:
        self.before, self.files, self._who, self._name = before, files, who, name
        self._old, self._new = (
            {row["candidate_id"]: row for row in one.candidates} for one in (before, files)
        )
        self._both = [(self._old[who], row) for who, row in self._new.items() if who in self._old]

    def _statuses(self, who: str) -> list[tuple[str, str, str]]:
        """Criteria in which a candidate of both runs has another status: before and now."""
        a, b = self.before.statuses.get(who), self.files.statuses.get(who)
        return [] if a is None or b is None else [(pc, a[pc], b[pc]) for pc in b if a[pc] != b[pc]]

    def moved(self, by_code: bool) -> list[Mover]:
        """Who is otherwise: whose decision changed first; in the order of the files, or of their codes."""
        ids = dict.fromkeys((*self._old, *self._new))
        found = [
            self._mover(who, self._old.get(who), self._new.get(who)) for who in ids if self._is_moved(who)
        ]
        if by_code:
            found.sort(key=lambda one: one.candidate_id)
        return sorted(found, key=lambda one: one.decision_before == one.decision_after)

    def _is_moved(self, who: str) -> bool:
        a, b = self._old.get(who), self._new.get(who)
        if a is None or b is None:
            return True
        return bool(_gain(a, b)) or a["decision"] != b["decision"] or bool(self._statuses(who))

    def _mover(self, who: str, a: Row | None, b: Row | None) -> Mover:
        return Mover(
            self._who(who),
            self._name(who),
            Decimal(a["score"]) if a else None,
            Decimal(b["score"]) if b else None,
            round(Decimal(_gain(a, b)), 6) if a and b else None,
            a["decision"] if a else "",
            b["decision"] if b else "",
            "; ".join(f"{pc}: {x} → {y}" for pc, x, y in self._statuses(who)),
            Decimal(a["max_score"]) if a else None,
            Decimal(b["max_score"]) if b else None,
        )

    def counts(self, form: str = "") -> dict[str, int]:
        """How many of both runs are otherwise, of all or of a form; `candidates` are those of this run."""
        both = [(a, b) for a, b in self._both if form in ("", b["form"])]
        gains = [_gain(a, b) for a, b in both]
        flips = [(a["decision"], b["decision"]) for a, b in both]
        return {
            "candidates": sum(form in ("", row["form"]) for row in self._new.values()),
            "score changed": sum(one != 0 for one in gains),
            "up": sum(one > 0 for one in gains),
            "down": sum(one < 0 for one in gains),
            "pass now": flips.count(("fail", "pass")),
            "fail now": flips.count(("pass", "fail")),
            "another status on a criterion": sum(bool(self._statuses(b["candidate_id"])) for _, b in both),
        }

    # ── the page ─────────────────────────────────────────────────────────────────────────────

    def since(self, by_code: bool) -> Iterator[Told]:
        """What is otherwise than in the run before, line by line."""
        said = f"Run {self.files.run} beside run {self.before.run}"
        yield Told("5 h3", said, spoken=said)
        yield from self._counted()
        yield Told("5 dd", f"only in the run before: {len(set(self._old) - set(self._new))}")
        yield Told("5 dd", f"only in this run: {len(set(self._new) - set(self._old))}")
        yield from self._tables(f"Results that differ from those of run {self.before.run}", by_code)

    def by_key(self, by_code: bool) -> Iterator[Told]:
        """What the corrections changed, where `before` is the same run without them."""
        yield from self._counted()
        yield from self._tables("Whom the corrections moved", by_code)

    def _counted(self) -> Iterator[Told]:
        for label, n in list(self.counts().items())[1:]:
            yield Told("5 dd", f"{label}: {n}")
        yield Told(
            "5 dd", f"mean change in points: {real(fmean(float(_gain(*pair)) for pair in self._both))}"
        )

    def _tables(self, head: str, by_code: bool) -> Iterator[Told]:
        yield row_of(5, "Form", *_COUNTS)
        for form in sorted({row["form"] for row in self._new.values()}):
            yield row_of(5, form, *(str(self.counts(form)[name]) for name in _COUNTS))
        yield from self._criteria()
        yield from self._people(head, self.moved(by_code))

    def _criteria(self) -> Iterator[Told]:
        changed = [one for who in self._new for one in self._statuses(who)]
        if changed:
            yield row_of(5, "Criterion", "status changed", "met now", "no longer met")
        for pc in next(iter(self.files.statuses.values())):
            if own := [(a, b) for code, a, b in changed if code == pc]:
                now, no_longer = sum(b == "met" for _, b in own), sum(a == "met" for a, _ in own)
                yield row_of(5, pc, str(len(own)), str(now), str(no_longer))

    def _people(self, head: str, moved: list[Mover]) -> Iterator[Told]:
        yield Told("5 h3", f"{head} ({len(moved)})", spoken=head)
        same = [one for one in moved if one.decision_before == one.decision_after] if len(moved) > 40 else []
        if same:
            who = "lists this candidate" if len(same) == 1 else "lists these candidates"
            said = f"The decision stays the same for {len(same)} of them. The table beside this report {who}."
            yield Told("5 p", said, spoken=said)
            moved = [one for one in moved if one.decision_before != one.decision_after]
        if not moved:
            return
        named = any(one.name for one in moved)
        heads = ("Score before", "Score now", "Change", "Decision before", "Decision now")
        yield row_of(5, "Candidate", *["Name"] * named, *heads)
        for one in moved:
            a, b = one.score_before, one.score_after
            both = ((a, one.max_score_before), (b, one.max_score_after))
            shown = (points(of) if of is None else f"{points(of)} / {points(most)}" for of, most in both)
            said = *shown, points(None if one.change is None else round(one.change, 4), sign=True)
            decisions = WORDS[one.decision_before], WORDS[one.decision_after]
            yield row_of(5, one.candidate_id, *[one.name] * named, *said, *decisions)


def _gain(before: Row, after: Row) -> Decimal:
    """Of points as they were before they were rounded: thirds and the like."""
    old, new = (Fraction(row["score"]).limit_denominator(60) for row in (before, after))
    gain = new - old
    return Decimal(gain.numerator) / gain.denominator
