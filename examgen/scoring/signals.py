"""Signals of the scored rows of an administration → the tables of a run that name them.

The statistics are in `examgen.scoring.answer_signals`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from examgen.capture.files import AnswerFile
from examgen.capture.parts import raw_rows
from examgen.core.responses.rows import AnswerRows
from examgen.scoring.answer_signals import KINDS, FormKeys, Signal, SignalRows, odds, signals_of
from examgen.scoring.key import Key

SIGNAL_COLUMNS = ("kind", "signal", "file", "line", "candidate_id", "form", "figures", "seen_th", "seen_en")
REASSIGN_COLUMNS = ("file", "line", "candidate_id", "form", "reason", "by", "date", "raw")


def find(key: Key, scored: AnswerRows) -> list[Signal]:
    """All signals of the rows that are scored."""
    forms = FormKeys(
        key.names, key.keys, key.n_options.astype(np.int64), np.asarray(key.n_questions, np.int64)
    )
    return signals_of(forms, SignalRows(scored.file, scored.line, scored.ids, scored.form, scored.marks))


def signal_rows(
    signals: Sequence[Signal], files: Sequence[str], forms: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    """The rows of `signals.csv`, one for each row of each signal; `signal` counts from 1."""
    for number, signal in enumerate(signals, 1):
        figures = "; ".join(f"{name} {_shown(name, value)}" for name, value in signal.figures.items())
        for file, line, who, form in zip(*(column.tolist() for column in signal.rows[:4]), strict=True):
            yield (
                *(signal.kind, str(number), files[file], str(line), who.decode("utf-8", "replace")),
                *(forms[form], figures, signal.th, signal.en),
            )


def _shown(name: str, value: float | str) -> str:
    return odds(float(value)) if name == "log_chance" else str(value)


def reassign_rows(
    signals: Sequence[Signal], files: Sequence[str], raws: Mapping[tuple[int, int], str]
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
            yield files[file], str(line), who, other, reason, "", "", raw


def counts(signals: Sequence[Signal]) -> dict[str, dict[str, int]]:
    """For the audit: of each kind, how many signals and how many rows they name."""
    return {
        kind: {
            "signals": sum(signal.kind == kind for signal in signals),
            "rows": sum(len(signal.rows.line) for signal in signals if signal.kind == kind),
        }
        for kind in KINDS
    }


def raws_of(signals: Sequence[Signal], files: Sequence[AnswerFile]) -> Mapping[tuple[int, int], str]:
    """The text of rows that may belong to another form, by file and line; only for text files."""
    lines: dict[int, set[int]] = {}
    for signal in signals:
        if signal.kind == "wrong_form":
            lines.setdefault(int(signal.rows.file[0]), set()).add(int(signal.rows.line[0]))
    return {
        (file, line): raw
        for file, wanted in lines.items()
        if files[file].container == "text"
        for line, raw in raw_rows(files[file], wanted).items()
    }
