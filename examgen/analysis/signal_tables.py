"""Signals → the rows of `signals.csv`, lines ready for `identities.csv`, and counts for the audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from examgen.analysis import signal_words
from examgen.analysis.signal_kinds import KINDS, Signal

SIGNAL_COLUMNS = (
    "kind",
    "signal",
    "file",
    "line",
    "candidate_id",
    "form",
    "room",
    "figures",
    "seen_th",
    "seen_en",
)
REASSIGN_COLUMNS = ("file", "line", "candidate_id", "form", "reason", "by", "date", "raw")


class Names(NamedTuple):
    """What numbers stand for: files, forms and rooms, each in order."""

    files: Sequence[str]
    forms: Sequence[str]
    rooms: Sequence[str] = ()


def signal_rows(signals: Sequence[Signal], names: Names) -> Iterator[tuple[str, ...]]:
    """The rows of `signals.csv`, one for each row of each signal; `signal` counts from 1."""
    for number, signal in enumerate(signals, 1):
        figures = "; ".join(f"{name} {_shown(name, value)}" for name, value in signal.figures.items())
        for file, line, who, room, form in zip(*(c.tolist() for c in signal.rows[:5]), strict=True):
            yield (
                *(signal.kind, str(number), names.files[file], str(line), who.decode("utf-8", "replace")),
                *(names.forms[form], names.rooms[room] if room >= 0 else "", figures, signal.th, signal.en),
            )


def _shown(name: str, value: float | str) -> str:
    return signal_words.odds(float(value)) if name == "log_chance" else str(value)


def reassign_rows(
    signals: Sequence[Signal], names: Names, raws: Mapping[tuple[int, int], str] = {}
) -> Iterator[tuple[str, ...]]:
    """Lines of `identities.csv` that would give each suspected wrong form the better one; `by` and `date` are
    left to whoever takes them over. `raws` are rows word for word, by file and line."""
    for signal in signals:
        if signal.kind == "wrong_form":
            rows, seen = signal.rows, signal.figures
            file, line = int(rows.file[0]), int(rows.line[0])
            who, raw = rows.ids[0].decode("utf-8", "replace"), raws.get((file, line), "")
            other = str(seen["other"])
            reason = (
                f"key of form {other} fits better: {seen['other_right']} right instead of {seen['right']}"
            )
            yield names.files[file], str(line), who, other, reason, "", "", raw


def counts(signals: Sequence[Signal]) -> dict[str, dict[str, int]]:
    """For the audit: of each kind, how many signals and how many rows they name."""
    return {
        kind: {
            "signals": sum(signal.kind == kind for signal in signals),
            "rows": sum(len(signal.rows.line) for signal in signals if signal.kind == kind),
        }
        for kind in KINDS
    }
