"""What a signal is; signals → the rows of `signals.csv`, lines for `identities.csv`, counts for the audit.

Signals → sentences in Thai and English: what was seen, how likely by chance, what a person may do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from examgen.core.words import Message, noted, tell
from examgen.scoring.answer_signals.plan import SignalRows

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


class SignalFigures(dict[str, int | float | str]):
    """What was counted and reckoned, by name."""

    @property
    def chance(self) -> Message:
        """The chance, given as its natural logarithm, as `1 in 4,200` with two figures that count."""
        return odds(float(self.get("log_chance", 0)))


class Signal(NamedTuple):
    """Something for a person to look at; never a verdict.

    `kind` is one of `KINDS`, `rows` those concerned, in the order of files and lines, `en` and `th` say what
    was seen, how likely it is by chance and what may be done.
    """

    kind: str
    rows: SignalRows
    figures: SignalFigures
    en: str
    th: str


def odds(log_chance: float) -> Message:
    """A chance, given as its natural logarithm, as `1 in 4,200` with two figures that count."""
    tens = -log_chance / math.log(10)
    if tens > 15:
        return tell("1 in 10^{tens}", tens=math.floor(tens))
    whole = 10**tens
    step = 10 ** max(math.floor(tens) - 1, 0)
    return tell("1 in {n:,}", n=max(round(whole / step), 1) * step)


WORDS = {
    "blank_row": noted(
        "No question is answered. Check whether the candidate was absent or the sheet was not read."
    ),
    "one_letter": noted(
        "The same letter, {letters}, in {fitting} of {asked} answers; {right} right. This "
        "happens if a candidate does not read the questions or if reading the sheet failed. "
        "Check the sheet."
    ),
    "pattern": noted(
        "The letters {letters} repeat in {fitting} of {asked} answers; {right} right. This "
        "happens if a candidate does not read the questions. Check the sheet."
    ),
    "under_chance": noted(
        "{right} of {asked} right, fewer than by guessing. With random marks the probability of "
        "so few is {chance}. Check whether the sheet belongs to another exam or form, was read "
        "with a shift, or the key is wrong."
    ),
    "wrong_form": noted(
        "The key of form {other} fits better than that of the recorded form {form}: "
        "{other_right} right instead of {right} of {asked}. Of the {differing} questions with "
        "different keys, {hits} are right by the other key; with random marks the probability "
        "is {chance}. The form may be marked wrongly, or the answers may be those of a "
        "neighbour. Check the booklet; if the form is wrong, copy the line of reassign.csv into "
        "identities.csv."
    ),
    "same_answers": noted(
        "{candidates} candidates gave exactly the same answers, {wrong} of them wrong. With "
        "independent answers the probability that another candidate of similar ability gives "
        "the same answers is {chance}. Check whether one sheet was read under two numbers, and "
        "where the candidates were seated."
    ),
    "similar_wrong_answers": noted(
        "{candidates} candidates of one room (or of one answer file, if rooms are unknown) "
        "share wrong answers. The two most similar have {same} in common, but {expected} are "
        "expected at their ability; with independent answers the probability is {chance}. A "
        "common teacher also makes answers similar. Compare the seats, the sheets and the other "
        "candidates there."
    ),
}
"""What was seen, by kind of signal, with its figures; never a verdict."""
KINDS = (*WORDS,)


class SignalNames(NamedTuple):
    """What numbers stand for: files, forms and rooms, each in order."""

    files: Sequence[str]
    forms: Sequence[str]
    rooms: Sequence[str]


def signal_rows(signals: Sequence[Signal], names: SignalNames) -> Iterator[tuple[str, ...]]:
    """The rows of `signals.csv`, one for each row of each signal; `signal` counts from 1. The room is named
    where rows are compared with each other."""
    for number, signal in enumerate(signals, 1):
        figures = "; ".join(f"{name} {_shown(name, value)}" for name, value in signal.figures.items())
        is_compared = len(signal.rows.ids) > 1
        for file, line, who, room, form in zip(*(c.tolist() for c in signal.rows[:5]), strict=True):
            yield (
                *(signal.kind, str(number), names.files[file], str(line), who.decode("utf-8", "replace")),
                *(names.forms[form], names.rooms[room] if is_compared else "", figures, signal.th, signal.en),
            )


def _shown(name: str, value: float | str) -> str:
    return odds(float(value)) if name == "log_chance" else str(value)


def reassign_rows(
    signals: Sequence[Signal], names: SignalNames, raws: Mapping[tuple[int, int], str]
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
