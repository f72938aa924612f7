"""How marks become points, and the corrections made after a sitting, as people write them.

`scoring/corrections.py` applies corrections of the key, `scoring/rules.py` those of what a mark earns. Both
use the kinds defined here, as do the reports, the pages and the schema of `corrections.yaml`.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from examgen.core.models.field_types import Model, Positive, Text, one_or_several
from examgen.core.text.characters import LETTERS, THAI_LETTERS
from examgen.core.text.thai import FIRST_BUDDHIST_YEAR, common_year
from examgen.core.words import Message, either, invalid, of_n, spoken, tell

CorrectionKind = Literal["rekey", "accept", "drop", "credit_all", "credit_answered"]


class Credit(NamedTuple):
    """The shares of its points that a question gives for a blank and for any other mark, whichever answer is
    right."""

    blank: Fraction
    answered: Fraction

    @property
    def sure(self) -> Fraction:
        """The share that every candidate gets."""
        return min(self.blank, self.answered)


class CorrectionKindEntry(NamedTuple):
    """A kind of correction: its effect, and the sentences that describe it. `does` and `told` are sentences
    of reports."""

    chosen: Message
    """The label when a grader chooses it."""
    does: str
    """The text in a list of corrections."""
    on_screen: Message
    """The same text in the output of a command."""
    told: tuple[str, str]
    """The sentence for candidates, about one question and about several."""
    told_besides: str = ""
    key: Literal["", "replaced", "extended"] = ""
    """The effect on the key. If there is one, a correction must have a `key`."""
    counts: bool = True
    """Whether the question still counts in the score and in the full score."""
    credit: Credit | None = None


CORRECTION_KINDS: Mapping[CorrectionKind, CorrectionKindEntry] = {
    "rekey": CorrectionKindEntry(
        tell("Another answer is right instead of the key"),
        spoken("another key is right"),
        tell("another key is right"),
        of_n(
            "The key of question {questions} was corrected after the exam: the score is by what is right.",
            "The keys of questions {questions} were corrected after the exam: the score is by what is right.",
        ),
        key="replaced",
    ),
    "accept": CorrectionKindEntry(
        tell("Another answer is also right"),
        spoken("a further key is right too"),
        tell("a further key is right too"),
        of_n(
            "A further answer to question {questions} was accepted as right after the exam.",
            "A further answer to each of questions {questions} was accepted as right after the exam.",
        ),
        key="extended",
    ),
    "drop": CorrectionKindEntry(
        tell("The question does not count"),
        spoken("does not count"),
        tell("does not count"),
        of_n(
            "Question {questions} was dropped after the exam: it counts for nobody.",
            "Questions {questions} were dropped after the exam: they count for nobody.",
        ),
        counts=False,
    ),
    "credit_all": CorrectionKindEntry(
        tell("Every candidate gets its points"),
        spoken("every candidate gets its points"),
        tell("every candidate gets its points"),
        of_n(
            "Question {questions} was credited to all candidates after the exam.",
            "Questions {questions} were credited to all candidates after the exam.",
        ),
        spoken("The results by the standard count them, whatever was answered."),
        credit=Credit(Fraction(1), Fraction(1)),
    ),
    "credit_answered": CorrectionKindEntry(
        tell("Everyone who answered it gets its points"),
        spoken("everyone who answered gets its points"),
        tell("everyone who answered gets its points"),
        of_n(
            "Question {questions} was credited after the exam to all candidates who answered it.",
            "Questions {questions} were credited after the exam to all candidates who answered them.",
        ),
        credit=Credit(Fraction(0), Fraction(1)),
    ),
}


# ── rules and corrections ───────────────────────────────────────────────────────────────────


BY_OPTIONS = "by_options"
FINEST = 100
"""The largest denominator of a share, so that scores are whole numbers of a unit that is not too small."""

PartialRule = Literal["false2", "false", "true", "all", "none", "moodle"]
_SHARE = re.compile(r"[+-]?\d{0,9}(?:\.\d{1,20})?(?:/\d{1,9})?\s*%?", re.ASCII)


def _share(value: object) -> object:
    if value == BY_OPTIONS:
        return value
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            found = share_of(value)
        except (ValueError, ZeroDivisionError):
            found = Fraction(-1)
        if 0 <= found <= 1 and found.denominator <= FINEST:
            return value
    raise invalid(
        "write a share of the points from 0 to 1 (0.25, 25%, 1/3; the denominator is "
        "at most {finest}), or {by_options}",
        finest=FINEST,
        by_options=BY_OPTIONS,
    )


def share_of(value: float | str) -> Fraction:
    """Returns `0.25`, `25%` or `1/4` as the same exact number. Raises ValueError for anything else."""
    text = str(value).strip()
    if not _SHARE.fullmatch(text):  # 1e999999999 is a number too, and fills the memory
        raise invalid("no share")
    return Fraction(text.removesuffix("%").strip()) / 100 if text.endswith("%") else Fraction(text)


_true_as_text = BeforeValidator(lambda value: str(value).lower() if isinstance(value, bool) else value)
"""Turns a truth value into text, because YAML reads a bare `true` as one."""


class ScoringRule(Model):
    """What a mark earns. By default, one mark on a right answer earns the points, and anything else 0.

    - `several` (default `any`): items with several right answers. `any`: one mark on any of them earns the
      points; `all`: exactly the right ones must be marked; `partial`: the points are divided by the rule
      `partial`.
    - `partial` (default `false2`): `false2`, `false`, `true`, `all`, `none` (the rules of R/exams), or
      `moodle`; only with `several: partial`.
    - `wrong` (default 0): what a wrong answer costs, as a share of the item's points from 0 to 1 (`0.25`,
      `25%`, `1/3`), or `by_options` for 1 / (k - 1) of them with k options. With `several: partial`, it is
      the most that an item can cost.
    - `multiple` (default `wrong`): several marks where one is required are `wrong`, or count as `blank`.
    - `invalid` (default `blank`): a mark that is not an option of the item is `blank` or `wrong`.
    - `floor` (default `total`): what cannot fall below 0: the `total`, each `item`, or `none`.

    A blank always earns 0.
    """

    several: Literal["any", "all", "partial"] = "any"
    partial: Annotated[PartialRule, _true_as_text] = "false2"
    wrong: Annotated[int | float | str, BeforeValidator(_share)] = 0
    multiple: Literal["wrong", "blank"] = "wrong"
    invalid: Literal["wrong", "blank"] = "blank"
    floor: Literal["item", "total", "none"] = "total"

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.partial != "false2" and self.several != "partial":
            raise invalid(
                "`partial: {partial}` requires `several: partial`. Write both.", partial=self.partial
            )
        if self.floor == "item" and self.penalty(2):
            raise invalid(
                "with `floor: item` a wrong answer costs nothing. Remove `wrong`, or write `floor: total`."
            )
        return self

    def penalty(self, n_options: int) -> Fraction:
        """What a wrong answer costs on an item of so many options, as a share of its points.

        With `by_options` it is 1 / (k - 1), by which blind guessing among k options earns 0 on average
        (formula scoring, S = R - W / (k - 1)).

        References
        ----------
        Frary, R. B. (1988). Formula scoring of multiple-choice tests (correction for guessing).
        Educational Measurement: Issues and Practice, 7(2), 33-38.
        """
        if self.wrong == BY_OPTIONS:
            return Fraction(1, max(n_options - 1, 1))
        return share_of(self.wrong)


def _option(value: str) -> str:
    if len(value) == 1 and (value in LETTERS or value in THAI_LETTERS or ("a" <= value <= "z")):
        return value
    raise invalid(
        "write a printed letter ({letters}) with form and question, or an option id (a) with item",
        letters=either((LETTERS[0], THAI_LETTERS[0])),
    )


def _said(value: object) -> object:
    if value is None or (isinstance(value, str) and not value.strip()):
        raise invalid("must not be empty")
    return value


def _day(value: object) -> object:
    try:
        day = datetime.date.fromisoformat(value.strip()) if isinstance(value, str) else value
    except ValueError:
        day = None
    if not isinstance(day, datetime.date):
        raise invalid("write year-month-day, for example 2026-11-20")
    if day.year >= FIRST_BUDDHIST_YEAR:
        raise invalid("write the year of the common era, {year}", year=common_year(day.year))
    return day


Said = Annotated[Text, BeforeValidator(_said)]
Day = Annotated[datetime.date, BeforeValidator(_day)]
CorrectedKey = Annotated[
    tuple[Annotated[str, AfterValidator(_option)], ...], one_or_several, Field(min_length=1)
]


def _only_true(value: object) -> object:
    if value is None or value is True:
        return value
    raise invalid("write true, or remove it")


OnlyTrue = Annotated[Literal[True] | None, BeforeValidator(_only_true)]


class Correction(Model):
    """A correction of the key after the exam, of an item on all forms or of one question.

    - `kind`: `rekey` (`key` is right instead of the old key), `accept` (`key` is right too), `drop` (it
      counts for nobody, neither in scores nor in the full score), `credit_all` (every candidate gets its
      points), or `credit_answered` (everyone who answered gets them; any mark except a blank is an answer).
    - `item`: the id of the item, on all forms that have it.
    - Or `form` and `question`: a question of a form, or of a personal booklet by its serial. If the item is
      also on other forms or booklets, add `everywhere: true` or `only_here: true`.
    - `key`: with `rekey` and `accept`, the right answer or a list: option ids (`b`) with `item`, printed
      letters (`B`, or the Thai letter) with `form` and `question`.
    - `reason`, `by`, `date`: why, who decided, and the day, for example 2026-11-20. All are required.
    """

    kind: CorrectionKind
    form: Said | None = None
    question: Positive | None = None
    item: Said | None = None
    everywhere: OnlyTrue = None
    only_here: OnlyTrue = None
    key: CorrectedKey | None = None
    reason: Said
    by: Said
    date: Day
    _source: str = PrivateAttr("corrections")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.form is None) != (self.question is None) or (self.form is None) == (self.item is None):
            raise invalid("give either `form` and `question`, or `item` for all forms")
        if self.everywhere and self.only_here:
            raise invalid("`everywhere` and `only_here` contradict each other. Keep one of the two.")
        if self.item is not None and (self.everywhere or self.only_here):
            raise invalid(
                "a correction of an `item` applies to all forms. Remove `everywhere` and `only_here`."
            )
        takes_key = CORRECTION_KINDS[self.kind].key
        if takes_key and self.key is None:
            raise invalid("`{kind}` needs `key`, the right answer", kind=self.kind)
        if not takes_key and self.key is not None:
            raise invalid("`{kind}` takes no `key`. Remove it.", kind=self.kind)
        return self

    @property
    def source(self) -> str:
        """`file:line` of the correction, as far as it is known."""
        return self._source

    def at(self, source: str) -> Self:
        """Returns a copy with its source set."""
        placed = self.model_copy()
        placed._source = source
        return placed
