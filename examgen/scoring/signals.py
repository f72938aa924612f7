"""Rows of an administration → signals for a person to check, never a verdict.

The signals and their order do not depend on the order of the rows. `docs/scoring.md` states what each test
assumes and how often it is wrong. Pairs of candidates with similar answers are found by `analyse copying`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.answer_files import AnswerFile
from examgen.capture.file_chunks import raw_rows
from examgen.core.responses.rows import AnswerRows, Ints, Marks, Texts
from examgen.core.words import Message, noted, tell
from examgen.scoring.key import Key
from examgen.stats.distributions import at_least, at_most
from examgen.stats.matrix import Floats

Bools = npt.NDArray[np.bool_]
LETTERS = "ABCDE"
PERIODS = (1, 2, 3, 4, 5, 6)
"""Lengths of repeating patterns that are tested: 1 is one letter, 4 is ABCD again and again."""
LEAST_FOR_PATTERN = 20
"""The fewest questions for which patterns other than one letter are tested."""
_REMARKABLE = 1e-4
"""The highest chance of the hits by another key at which a row may belong to another form."""
_FEWEST_WRONG = 3
_RARE = math.log(1e-4)
_OF_LIKE_ABILITY = 100
"""The number of candidates nearest in number right from whom it is estimated how often an option is
chosen.
"""

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
}
"""The text of each kind of signal, with its figures; never a verdict."""
KINDS = (*WORDS,)


@dataclass(frozen=True, slots=True)
class SignalRules:
    """The thresholds of signals.

    `deviating` is the share of questions, 0–1, in which a pattern may be broken; forms with fewer than
    `fewest_questions` are not tested for patterns. Levels are chances of a false alarm under the model that
    `docs/scoring.md` states: `under_chance` for one row, the others for any false alarm in a whole
    administration. With more than `most_forms` forms, rows are not compared with the keys of other forms.
    """

    deviating: float = 0.05
    fewest_questions: int = 10
    under_chance: float = 1e-4
    wrong_form: float = 0.05
    same_answers: float = 0.01
    most_forms: int = 50


RULES = SignalRules()


class FormKeys(NamedTuple):
    """What signals need to know about the forms.

    `keys` (forms, questions) are bit masks of the right printed letters, `n_options` (forms, questions) the
    number of letters of a question, `n_questions` (forms,) the number of questions of each form.
    """

    names: tuple[str, ...]
    keys: Marks
    n_options: Ints
    n_questions: Ints

    @property
    def is_asked(self) -> Bools:
        """(forms, questions) whether a form has the question."""
        return np.arange(self.keys.shape[1]) < self.n_questions[:, None]


class SignalRows(NamedTuple):
    """The rows that are tested for signals, as parallel arrays: file number, line, id, form and marks."""

    file: Ints
    line: Ints
    ids: Texts
    form: Ints
    marks: Marks

    def take(self, rows: Ints | Bools) -> SignalRows:
        """Return some of the rows."""
        return SignalRows(self.file[rows], self.line[rows], self.ids[rows], self.form[rows], self.marks[rows])


class SignalFigures(dict[str, int | float | str]):
    """The counts and computed values of a signal, by name."""

    @property
    def chance(self) -> Message:
        """The chance as text with two significant figures, such as `1 in 4,200`, from its natural logarithm
        `log_chance`.
        """
        return odds(float(self.get("log_chance", 0)))


class Signal(NamedTuple):
    """Something for a person to check; never a verdict.

    `kind` is one of `KINDS`, `rows` are the rows concerned, in the order of files and lines; `en` and `th`
    say what was seen, how likely it is by chance and what may be done.
    """

    kind: str
    rows: SignalRows
    figures: SignalFigures
    en: str
    th: str


def odds(log_chance: float) -> Message:
    """Return a chance, given as its natural logarithm, as text with two significant figures, such as `1 in
    4,200`.
    """
    tens = -log_chance / math.log(10)
    if tens > 15:
        return tell("1 in 10^{tens}", tens=math.floor(tens))
    whole = 10**tens
    step = 10 ** max(math.floor(tens) - 1, 0)
    return tell("1 in {n:,}", n=max(round(whole / step), 1) * step)


def number_right(forms: FormKeys, form: Ints, marks: Marks) -> Ints:
    """Return (n,) the number of questions in which exactly one letter is marked and that letter is right."""
    right = (_single(marks, forms) & forms.keys[form]) != 0
    return np.asarray(np.count_nonzero(right, axis=1), dtype=np.int64)


def signals_of(forms: FormKeys, rows: SignalRows, rules: SignalRules = RULES) -> list[Signal]:
    """Return all signals of an administration, sorted by kind, then by file and line."""
    found = [*_of_single_rows(forms, rules, rows), *_same_answers(forms, rules, rows)]

    def order(signal: Signal) -> tuple[int, int, int, bytes]:
        rows = signal.rows
        return KINDS.index(signal.kind), int(rows.file[0]), int(rows.line[0]), bytes(rows.ids[0])

    return sorted(found, key=order)


def _signal(kind: str, rows: SignalRows, figures: SignalFigures) -> Signal:
    rows = rows.take(np.lexsort((rows.ids, rows.line, rows.file)))
    words = tell(WORDS[kind], **figures, chance=figures.chance)
    return Signal(kind, rows, figures, words.en, words.th)


def _log(chance: float) -> float:
    return math.log(max(chance, 1e-300))


# ── signals of one row ───────────────────────────────────────────────────────────────────────


def _of_single_rows(forms: FormKeys, rules: SignalRules, rows: SignalRows) -> Iterator[Signal]:
    """Yield the signal of each row that has one; a blank or patterned row has no other."""
    asked = forms.n_questions[rows.form]
    n_right = number_right(forms, rows.form, rows.marks)
    period = pattern_periods(forms, rules, rows.form, rows.marks)
    fits = _best_fits(forms, rules, rows)
    by_luck = np.bitwise_count(forms.keys) / np.maximum(forms.n_options, 1)
    under = at_most(np.where(forms.is_asked, np.minimum(by_luck, 1), 0))[rows.form, n_right]
    is_odd = (period >= 0) | (fits.chance <= _REMARKABLE) | (under <= rules.under_chance)
    for n in np.flatnonzero(is_odd).tolist():
        figures, form = SignalFigures(right=int(n_right[n]), asked=int(asked[n])), int(rows.form[n])
        others = fits.able.get(form, [])
        level = min(_REMARKABLE, rules.wrong_form / max(len(rows.line) * len(others), 1))
        if period[n] >= 0:
            kind = "blank_row" if period[n] == 0 else "one_letter" if period[n] == 1 else "pattern"
            counts = _letter_counts(rows.marks[n : n + 1], int(period[n]))[:, :, 0]
            if period[n]:
                figures["fitting"] = int(counts.max(axis=1).sum())
                figures["letters"] = "".join(LETTERS[letter] for letter in counts.argmax(axis=1))
        elif fits.chance[n] <= level:
            kind, other = "wrong_form", int(fits.other[n])
            single = _single(rows.marks[n : n + 1], forms)
            scores = {k: int(np.count_nonzero(single & forms.keys[k])) for k in sorted([form, *others])}
            differing = forms.keys[other] & ~forms.keys[form]
            figures["form"], figures["other"] = forms.names[form], forms.names[other]
            figures["other_right"] = scores[other]
            figures["hits"] = int(np.count_nonzero(single & differing))
            figures["differing"] = int(np.count_nonzero(_by_chance(forms, form, other)))
            figures["log_chance"] = _log(float(fits.chance[n]))
            figures["right_under_each"] = " ".join(f"{forms.names[k]}={n}" for k, n in scores.items())
        elif under[n] <= rules.under_chance:
            kind, figures["log_chance"] = "under_chance", _log(float(under[n]))
        else:
            continue
        yield _signal(kind, rows.take(np.array([n])), figures)


def pattern_periods(forms: FormKeys, rules: SignalRules, form: Ints, marks: Marks) -> Ints:
    """Return (n,) the length of the pattern that a row repeats except in a few questions: 0 for a blank row,
    -1 for one without a pattern.
    """
    size = forms.n_questions[form]
    least = size - np.floor(size * rules.deviating + 1e-9)
    found = np.where(marks.any(axis=1), -1, 0)
    for period in PERIODS:
        fewest = max(rules.fewest_questions, LEAST_FOR_PATTERN if period > 1 else 0)
        fitting = _letter_counts(marks, period).max(axis=1).sum(axis=0)
        found[(found < 0) & (size >= fewest) & (fitting >= least)] = period
    return found


def _letter_counts(marks: Marks, period: int) -> Ints:
    """(period, letters, n) how often each letter stands alone in each place of a period."""
    columns, step = np.ascontiguousarray(marks.T), max(period, 1)
    places = [[columns[k::step] == 1 << n for n in range(len(LETTERS))] for k in range(step)]
    return np.array([[own.sum(axis=0) for own in letters] for letters in places], dtype=np.int64)


class _OtherFits(NamedTuple):
    """(n,) the other form whose key fits a row best, and the chance of so many hits; for each form the others
    whose keys may fit remarkably well.
    """

    chance: Floats
    other: Ints
    able: dict[int, list[int]]


def _best_fits(forms: FormKeys, rules: SignalRules, rows: SignalRows) -> _OtherFits:
    n_rows, n_forms = len(rows.form), len(forms.names)
    best, best_score = np.full(n_rows, np.inf), np.zeros(n_rows, dtype=np.int64)
    found = _OtherFits(best, np.full(n_rows, -1), {})
    for own in np.unique(rows.form).tolist() if 1 < n_forms <= rules.most_forms else ():
        of = np.flatnonzero(rows.form == own)
        single, key = _single(rows.marks[of], forms), forms.keys[own]
        own_score = np.count_nonzero(single & key, axis=1)
        for other in range(n_forms):
            chances = _by_chance(forms, own, other)
            tail = at_least(chances[None])[0]
            is_as_long = forms.n_questions[other] == forms.n_questions[own]
            if other == own or not is_as_long or tail[np.count_nonzero(chances)] > _REMARKABLE:
                continue
            found.able.setdefault(own, []).append(other)
            score = np.count_nonzero(single & forms.keys[other], axis=1)
            hits = np.count_nonzero(single & forms.keys[other] & ~key, axis=1)
            chance = np.where(score > own_score, tail[hits], np.inf)
            is_better = (chance < best[of]) | ((chance == best[of]) & (score > best_score[of]))
            for array, values in (
                (best, chance),
                (best_score, score),
                (found.other, np.full(len(of), other)),
            ):
                array[of[is_better]] = values[is_better]
    return found


def _single(marks: Marks, forms: FormKeys) -> Marks:
    """The answers with one mark alone, in as many columns as the keys have."""
    width = forms.keys.shape[1]
    single = np.where(np.bitwise_count(marks) == 1, marks, 0)[:, :width]
    return np.pad(single, ((0, 0), (0, width - single.shape[1])))


def _by_chance(forms: FormKeys, own: int, other: int) -> Floats:
    """Return (questions,) the chance of marking by luck what is right on the other form and wrong on this
    one.
    """
    differing = forms.keys[other] & ~forms.keys[own]
    chance = np.bitwise_count(differing) / np.maximum(forms.n_options[own], 1)
    return np.asarray(np.where(forms.is_asked[own], np.minimum(chance, 1), 0))


# ── the same answers ─────────────────────────────────────────────────────────────────────────


def _same_answers(forms: FormKeys, rules: SignalRules, rows: SignalRows) -> Iterator[Signal]:
    """Yield groups of candidates on one form whose answers are all the same, some of them wrong.

    Let t be the chance that a candidate of this ability gives exactly these answers. Of n candidates of the
    form, at most C(n, m) t^(m − 1) groups of m are expected to agree by chance in answers as rare as these.
    The level is divided among the m. Groups of three or more are reported only if the answers are rare in
    themselves, because what is expected of many depends on each digit of the chance.
    """
    has_pattern = pattern_periods(forms, rules, rows.form, rows.marks) >= 0
    n_right = number_right(forms, rows.form, rows.marks)
    for form in np.unique(rows.form).tolist():
        of = np.flatnonzero((rows.form == form) & ~has_pattern)
        marks, right = _single(rows.marks[of], forms), n_right[of]
        _, which, n_alike = np.unique(rows.marks[of], axis=0, return_inverse=True, return_counts=True)
        which = which.ravel()
        for group in np.flatnonzero(n_alike > 1).tolist():
            is_in = which == group
            members = rows.take(of[is_in])
            _, first = np.unique(members.ids, return_index=True)
            same, m = marks[is_in][0], len(first)
            n_wrong = int(np.count_nonzero((same != 0) & ((same & forms.keys[form]) == 0)))
            if m < 2 or n_wrong < _FEWEST_WRONG:
                continue
            others = np.flatnonzero(~is_in)
            n = len(others) + m
            near = np.argsort(np.abs(right[others] - right[is_in][0]), kind="stable")[:_OF_LIKE_ABILITY]
            # (k + 1) / (m + 2) where k of m others chose so: a few others cannot make it extreme
            chosen = np.count_nonzero(marks[others[near]] == same, axis=0)[same != 0]
            log_chance = float(np.log((chosen + 1) / (len(near) + 2)).sum())
            ways = math.lgamma(n + 1) - math.lgamma(m + 1) - math.lgamma(n - m + 1)
            is_rare = ways + (m - 1) * (log_chance + math.log(2)) <= math.log(rules.same_answers)
            if is_rare and (m == 2 or log_chance <= _RARE):
                figures = SignalFigures(candidates=m, wrong=n_wrong, asked=int(forms.n_questions[form]))
                figures["log_chance"] = log_chance
                yield _signal("same_answers", members.take(first), figures)


# ── the tables of a run that name them ────────────────────────────────────────────────────────


SIGNAL_COLUMNS = ("kind", "signal", "file", "line", "candidate_id", "form", "figures", "seen_th", "seen_en")
REASSIGN_COLUMNS = ("file", "line", "candidate_id", "form", "reason", "by", "date", "raw")


def find(key: Key, scored: AnswerRows) -> list[Signal]:
    """Return all signals of the rows that are scored."""
    n_options, n_questions = key.n_options.astype(np.int64), np.asarray(key.n_questions, np.int64)
    rows = SignalRows(scored.file, scored.line, scored.ids, scored.form, scored.marks)
    return signals_of(FormKeys(key.names, key.keys, n_options, n_questions), rows)


def signal_rows(
    signals: Sequence[Signal], files: Sequence[str], forms: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    """Yield the rows of `signals.csv`, one for each row of each signal; `signal` counts from 1."""
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
    """Yield lines for `identities.csv` that would give each row with a suspected wrong form the better one.
    `by` and `date` are empty, for the person who adopts them. `raws` are the original texts of rows, by file
    and line.
    """
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
    """Return, for the audit, how many signals of each kind there are, and how many rows they name."""
    return {
        kind: {
            "signals": sum(signal.kind == kind for signal in signals),
            "rows": sum(len(signal.rows.line) for signal in signals if signal.kind == kind),
        }
        for kind in KINDS
    }


def raws_of(signals: Sequence[Signal], files: Sequence[AnswerFile]) -> Mapping[tuple[int, int], str]:
    """Return the text of rows that may belong to another form, by file and line; only for text files."""
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
