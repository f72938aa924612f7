"""The form for editing an item: the names of its fields, the text that a browser
sends for each, and the findings on it, worded for the form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.http import QueryDict

from examgen.bank.editing import FIELDS, ItemDraft
from examgen.bank.rules import NEAR_DUPLICATE, RULES
from examgen.bank.rules.unit import tested_levels
from examgen.bank.workbook.faults import UNREAD
from examgen.bank.workbook.values import value_of
from examgen.core.models.item import DECIDED_BY_WORDS
from examgen.core.models.standard import Unit
from examgen.core.problems import Problem
from examgen.core.text.characters import THAI_LETTERS
from examgen.core.words import Message, kept, message_of, tell
from examgen.site.language import reader

_LETTERED = re.compile(r"(?:options|right_if|rationale)\.[a-z]")
_WAIVED = re.compile(r"waive\.([a-z][a-z0-9-]*)")
LISTS = ("levels", "key", "anchored")
"""Fields with several values, which are sent separately."""
MORE = ("shared_stimulus", "family", "decided_by", "enemies", "anchored", "time_s", "right_if")
"""Fields that few items use and that are collapsed on the page."""
WORDS = {
    "id": tell("Item id"),
    "pcs": tell("Criterion (PC)"),
    "levels": tell("Levels"),
    "cognitive": tell("Cognitive category"),
    "stem": tell("Stem"),
    "key": tell("Key"),
    "reference": tell("Reference"),
    "family": tell("Family"),
    "decided_by": tell("What decides it"),
    "enemies": tell("Enemies"),
    "shared_stimulus": tell("Shared stimulus"),
    "anchored": tell("Options that keep their place"),
    "time_s": tell("Expected time (s)"),
    "waivers": tell("Rules that do not apply here, and why"),
    "options": tell("The options"),
    "right_if": tell("When each option would be right"),
    "rationale": tell("Rationale"),
    "status": tell("Status"),
    "model": tell("Item model"),
}


def letter(name: str) -> str:
    """Returns the letter of an option in the reader's language."""
    n = "abcde".find(name)
    return THAI_LETTERS[n] if reader() == "th" and n >= 0 else name.upper()


def words_of(field: str) -> str:
    """Returns the label of a field."""
    group, _, name = field.partition(".")
    if group == "options" and name:
        return tell("Option {letter}", letter=letter(name))
    if group == "right_if" and name:
        return tell("Option {letter} would be right if", letter=letter(name))
    if group == "rationale" and name:
        return tell("Rationale of option {letter}", letter=letter(name))
    return WORDS.get(group, field)


def texts_sent(post: QueryDict) -> dict[str, str]:
    """Returns the text that was sent for each field; empty for a field that was not sent."""
    letters = [name for name in post if _LETTERED.fullmatch(name)]
    texts = {field: post.get(field, "").replace("\r\n", "\n") for field in dict.fromkeys((*FIELDS, *letters))}
    texts |= {field: ", ".join(post.getlist(field)) for field in LISTS}
    waived = [(found[1], post.get(name, "").strip()) for name in post if (found := _WAIVED.fullmatch(name))]
    texts["waivers"] = "\n".join(f"{code}: {reason}" for code, reason in waived if reason)
    first = post.get("pcs", "")
    others = [name for name in post.getlist("more_pcs") if name != first]
    return {**texts, "pcs": ", ".join(filter(None, [first, *others]))}


class Choice(NamedTuple):
    """One option of the item, as the form shows it."""

    name: str
    letter: str
    text: str
    right_if: str
    rationale: str
    is_key: bool
    is_anchored: bool


class Shown(NamedTuple):
    """What the template shows: the texts by field, and the values of fields with lists."""

    texts: Mapping[str, str]
    choices: list[Choice]
    pc: str
    more_pcs: list[tuple[str, str, bool]]
    """Further criteria to choose from: code, text and whether the item has it."""
    levels: set[str]
    levels_offered: list[int]
    """The levels that the standard assesses by a written test, and those that the item has."""
    more: list[str]
    """The labels of the collapsed fields that the item uses."""

    @property
    def has_many_keys(self) -> bool:
        """Whether more than one option is right. If not, selecting another option replaces the key."""
        return sum(one.is_key for one in self.choices) > 1


def shown(texts: Mapping[str, str], unit: Unit) -> Shown:
    """Returns the form of an item with these texts."""
    keys, anchored = _parts(texts.get("key", "")), _parts(texts.get("anchored", ""))
    letters = sorted({field.partition(".")[2] for field in texts if field.startswith("options.")})
    choices = [
        Choice(
            name,
            letter(name),
            texts.get(f"options.{name}", ""),
            texts.get(f"right_if.{name}", ""),
            texts.get(f"rationale.{name}", ""),
            name in keys,
            name in anchored,
        )
        for name in letters
    ]
    pcs = _parts(texts.get("pcs", ""))
    levels = set(_parts(texts.get("levels", "")))
    others = [*pcs[1:], *(one.code for one in unit.criteria if one.code not in pcs[1:])]
    known = {one.code: one.text for one in unit.criteria}
    return Shown(
        texts,
        choices,
        pcs[0] if pcs else "",
        [(code, known.get(code, ""), code in pcs[1:]) for code in others],
        levels,
        [one for one in unit.levels if one in tested_levels(unit) or str(one) in levels],
        _more(texts),
    )


def _more(texts: Mapping[str, str]) -> list[str]:
    others = (
        [tell("Further criteria that the item measures")] if len(_parts(texts.get("pcs", ""))) > 1 else []
    )
    groups = dict.fromkeys(field.partition(".")[0] for field, text in texts.items() if text)
    return [*others, *(WORDS[group] for group in MORE if group in groups)]


def facts_of(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Returns the labels and texts of rarely used fields that are not printed, for a user who may only read
    the item."""
    words: Mapping[str, str] = DECIDED_BY_WORDS
    return [
        (words_of(field), words.get(text, text) if field == "decided_by" else text)
        for field, text in texts.items()
        if text and field != "shared_stimulus" and field.partition(".")[0] in MORE  # that is printed
    ]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def digests_sent(text: str) -> dict[str, str]:
    """Returns the digest of each field when the form was opened, from the hidden field's text `field=digest
    …`."""
    return dict(part.split("=", 1) for part in text.split() if "=" in part)


def digests_text(digests: Mapping[str, Any]) -> str:
    """Returns the text `field=digest …` of the hidden field."""
    return " ".join(f"{field}={value}" for field, value in digests.items())


_SUMMARIES = {rule.code: rule.summary for rule in RULES}
_LACKING = {
    "pcs": tell("Choose the criterion that the item measures."),
    "cognitive": tell("Choose the cognitive category."),
    "stem": tell("Write the stem."),
    "key": tell("Tick the option that is right."),
    "reference": tell("Enter the document that proves the key."),
    "options": tell("Write at least two options."),
}
"""Messages for required fields that are empty."""
_IN_FORM = {
    "key-not-an-option": tell("The option that is marked as the key is empty."),
    "anchored-not-an-option": tell("An option with a fixed position is empty."),
    "rationale-unknown": tell("The option is empty. Write it, or clear this field."),
    "level-missing": tell("Tick the levels that the item suits."),
    "rationale-missing": tell("Write why this option is right or wrong."),
    "right-if-missing": tell("Write when this option would be right."),
    "waiver-idle": tell("The rule no longer finds anything here. Clear the reason."),
    "waiver-unknown": tell("There is no such rule. Clear the reason."),
}
"""Messages of the form, by the code of the fault, that replace those about a line of a file."""
_UNSAID = ("rationale-missing", "level-missing")
"""Codes of faults for texts that have not been written yet."""
_OF_OPTION = {"rationale-missing": "rationale", "right-if-missing": "right_if"}
"""Codes of faults that name an option, with the field of that option in which to correct them."""


class Finding(NamedTuple):
    """A problem of an item, with the field of the form in which it can be corrected."""

    field: str
    words: str
    message: str
    severity: str
    code: str = ""
    is_lacking: bool = False
    """Whether a text is missing rather than wrong."""

    @property
    def is_waivable(self) -> bool:
        """Whether the writer may state why the rule does not apply."""
        return self.code in _SUMMARIES


def findings_shown(problems: Iterable[Problem], texts: Mapping[str, str], unit: Unit) -> list[Finding]:
    """Returns the problems of an item with these texts as findings: errors, then warnings, then notices."""
    order = {"error": 0, "warning": 1, "notice": 2}
    found = [_finding(one, texts, unit) for one in problems if one.code != UNREAD]
    return sorted(dict.fromkeys(found), key=lambda one: order[one.severity])


def _finding(problem: Problem, texts: Mapping[str, str], unit: Unit) -> Finding:
    made = kept(problem.message)
    values = made.get("values", {}) if isinstance(made, dict) else {}
    field, code, message = problem.field or "", problem.code, problem.message
    option = str(values.get("option", ""))
    is_empty = field == "options" or not texts.get(field, "").strip()
    if code in ("cell-value", "cell-empty", "value") and is_empty and field in _LACKING:
        return Finding(field, words_of(field), _LACKING[field], "error", code, True)
    if code == "item-there":
        twin = values.get("twin", "")
        message = tell("The text is identical to {item}. Change the stem, the options or the key.", item=twin)
        return Finding("stem", words_of("stem"), message, problem.severity, code)
    if code == "image-missing":
        message = tell(
            "There is no picture {name}. Insert it again with “Picture”.",
            name=values.get("image", values.get("name", "")),
        )
    elif code == NEAR_DUPLICATE and field == "key":
        message = tell(
            "{item} asks almost the same and has another key. Find out which key is right.",
            item=values.get("item", ""),
        )
    elif code == NEAR_DUPLICATE:
        message = tell(
            "The stem resembles that of {item}. Ask something else, or add that item under “Enemies”.",
            item=values.get("item", ""),
        )
    elif code == "gives-away-another":
        message = tell(
            "The key can be read in {item}. Reword one of the two, or add that item under “Enemies”.",
            item=values.get("item", ""),
        )
    elif code == "value" and field == "family":
        message = tell("A name must not contain spaces, commas or slashes.")
    elif code in _IN_FORM:
        message = _IN_FORM[code]
        if code in _OF_OPTION:
            field = f"{_OF_OPTION[code]}.{option}"
    elif len(option) == 1:
        message = _with_letter(made, option)
    rule = field.partition(".")[2] if field.startswith("waivers.") else ""
    words = _SUMMARIES.get(rule, rule) if rule else words_of(field)
    return Finding(field, words, message, problem.severity, code, code in _UNSAID)


def _with_letter(made: dict[str, Any], option: str) -> Message:
    """Returns a message that names an option, with the letter that the form shows for it."""
    said = message_of({**made, "values": {**made["values"], "option": letter(option)}})
    return said if isinstance(said, Message) else tell("{text}", text=said)


class Waiver(NamedTuple):
    """A rule that does not apply to an item according to its writer, and the reason."""

    code: str
    words: str
    reason: str


class Judged(NamedTuple):
    """The findings on an item as its page shows them."""

    found: list[Finding]
    waived: list[Waiver]
    is_begun: bool
    """Whether anything has been written."""

    @property
    def lacking(self) -> dict[str, str]:
        """The labels of the fields that are still to be written, by field."""
        return {one.field: one.words for one in self.found if one.is_lacking}

    @property
    def at_fault(self) -> dict[str, str]:
        """The labels of the fields whose faults prevent saving, by field."""
        return {
            one.field: one.words
            for one in self.found
            if one.field and (one.severity == "error" or one.code == "item-there")
        }

    @property
    def others(self) -> list[tuple[Finding, bool]]:
        """The other findings, each with whether a reason for waiving its rule is asked for there; a rule is
        asked for once."""
        told, shown = {one.code for one in self.waived}, list[tuple[Finding, bool]]()
        for one in self.found:
            if not one.is_lacking:
                shown.append((one, one.is_waivable and one.code not in told))
                told.add(one.code)
        return shown

    def at_fields(self, is_tried: bool) -> dict[str, list[Finding]]:
        """Returns the findings by field. Missing texts are included only after an attempt to save the
        item."""
        by: dict[str, list[Finding]] = {}
        for one in self.found:
            if is_tried or not one.is_lacking:
                by.setdefault(one.field, []).append(one)
        return by


def findings_of(draft: ItemDraft, texts: Mapping[str, str], unit: Unit) -> Judged:
    """Returns the findings on a form with these texts, and on the item made from them."""
    found = findings_shown(draft.problems, texts, unit)
    n_options = sum(bool(text.strip()) for field, text in texts.items() if field.startswith("options."))
    if found and n_options < 2 and all(one.field != "options" for one in found):
        too_few = Finding("options", words_of("options"), _LACKING["options"], "error", is_lacking=True)
        found = [too_few, *found]
    found += _unsaid(found, texts, unit)
    waivers = value_of("waivers", texts.get("waivers", ""), unit)
    waived = [Waiver(code, _SUMMARIES.get(code, code), reason) for code, reason in waivers.items()]
    return Judged(found, waived, draft.item is not None or bool(found))


def all_lacking(unit: Unit) -> Judged:
    """Returns the findings on an empty form."""
    lacking = {**_LACKING, **({"levels": _IN_FORM["level-missing"]} if unit.levels else {})}
    found = [Finding(field, words_of(field), said, "error", "", True) for field, said in lacking.items()]
    return Judged(found, [], True)


def _unsaid(found: list[Finding], texts: Mapping[str, str], unit: Unit) -> Iterator[Finding]:
    """Yields findings that are otherwise only reported for a complete item: missing levels, and missing
    rationales of options."""
    told, keys = {one.field for one in found}, texts.get("key", "").split(", ")
    if found and unit.levels and not texts.get("levels") and "levels" not in told:
        yield Finding("levels", words_of("levels"), _IN_FORM["level-missing"], "error", "level-missing", True)
    for field, text in texts.items():
        group, _, name = field.partition(".")
        why = f"rationale.{name}"
        if group != "options" or not text.strip() or texts.get(why, "").strip() or why in told:
            continue
        if name in keys or not texts.get(f"right_if.{name}", "").strip():
            message = _IN_FORM["rationale-missing"]
            yield Finding(why, words_of(why), message, "error", "rationale-missing", True)
