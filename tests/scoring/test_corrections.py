"""Corrections: read with their lines, refused where they name nothing, change nothing or contradict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from examgen.core.models.decisions import PassRule
from examgen.core.models.scoring import Correction, ScoringRule
from examgen.core.problems import Refused
from examgen.core.yamlfile import parse, validate
from examgen.scoring.corrections import read_corrections
from examgen.scoring.decisions import decide, passing_standard
from examgen.scoring.earn import earn, total_of
from examgen.scoring.key import Key, compile_key
from tests.scoring.plain_scorer import Row
from tests.scoring.sat_exams import columns

CRITERIA = [("U", "E1", "E1.1"), ("U", "E1", "E1.2")]
WHO = "reason: key was mistyped, by: ครูสมชาย, date: 2026-11-20"
A, B, C, D = 1, 2, 4, 8


def row(form: str, question: int, item: str, key: str, points: int = 1) -> Row:
    place = {"unit": "U", "element": "E1", "pc": "E1.1" if question < 3 else "E1.2"}
    return {"form": form, "question": question, "item": item, **place, "key": key, "points": points}


ROWS = [
    *(row("A", 1, "i1", "A"), row("A", 2, "i2", "B"), row("A", 3, "i3", "C", 2), row("A", 4, "p", "A", 0)),
    *(row("B", 1, "i3", "A", 2), row("B", 2, "i1", "D"), row("B", 3, "i2", "A|B"), row("B", 4, "p", "A", 0)),
]
PRINTED = {
    ("A", 1): "abcd", ("A", 2): "abcd", ("A", 3): "abcd", ("A", 4): "ab",
    ("B", 1): "cabd", ("B", 2): "dcba", ("B", 3): "badc", ("B", 4): "ab",
}  # fmt: skip
SIZES = {"A": (4, 4, 4, 2), "B": (4, 4, 4, 2)}


def read(text: str) -> tuple[Correction, ...]:
    document, problems = parse(text, "corrections.yaml")
    assert problems == []
    return read_corrections(document)


def key_after(text: str, rule: ScoringRule | None = None) -> Key:
    return compile_key(columns(ROWS), SIZES, CRITERIA, rule, read(text) if text else (), PRINTED)


def test_a_question_given_to_everybody_is_none_of_the_items_of_lords_error() -> None:
    """Six of ten questions given: a cut of 6.5 is 0.5 of the four others, √(0.5 · 3.5 / 3) = 0.76 points."""
    rows = [row("A", q, f"i{q}", "A") for q in range(1, 11)]
    given = "".join(f"- {{kind: credit_all, form: A, question: {q}, {WHO}}}\n" for q in range(1, 7))
    key = compile_key(columns(rows), {"A": (4,) * 10}, CRITERIA, None, read(given), None)
    standard = passing_standard(PassRule.model_validate({"percent": 65}), key)
    units = np.array([[6, 0], [6, 1], [6, 2]])
    found = decide(standard, np.zeros(3, dtype=np.int64), units)
    assert found.passed.tolist() == [False, True, True]
    assert found.second_look.tolist() == [True, True, False]


def refused(text: str) -> list[tuple[str, str]]:
    """Line and code of each fault."""
    with pytest.raises(Refused) as caught:
        key_after(text)
    return [(problem.source, problem.code) for problem in caught.value.problems]


def said(text: str) -> str:
    with pytest.raises(Refused) as caught:
        key_after(text)
    (problem,) = caught.value.problems
    return problem.message


def units(key: Key, form: str, *marks: int) -> list[int]:
    found = earn(key, np.array([key.names.index(form)]), np.array([marks], np.uint8))
    return [int(value) for value in found.units[0]]


# ── what they do ─────────────────────────────────────────────────────────────────────────────


def test_without_corrections() -> None:
    key = key_after("")
    assert units(key, "A", A, B, C, A) == [2, 2]
    assert units(key, "B", A, D, B, A) == [3, 1]


def test_a_question_of_one_form_is_rekeyed_by_its_printed_letter() -> None:
    key = key_after(f"- {{kind: rekey, form: A, question: 1, only_here: true, key: ข, {WHO}}}")
    assert units(key, "A", A, 0, 0, 0) == [0, 0]
    assert units(key, "A", B, 0, 0, 0) == [1, 0]
    assert units(key, "B", 0, D, 0, 0) == [1, 0]
    assert key.keys[0, 0] == B


def test_an_item_is_rekeyed_on_every_form_as_each_prints_it() -> None:
    key = key_after(f"- {{kind: rekey, item: i1, key: b, {WHO}}}")
    assert key.keys[:, :2].tolist() == [[B, B], [A, C]]
    assert units(key, "B", 0, C, 0, 0) == [1, 0]
    assert units(key, "B", 0, D, 0, 0) == [0, 0]


def test_accepting_twice_and_after_a_rekey() -> None:
    key = key_after(
        f"- {{kind: accept, item: i1, key: a, {WHO}}}\n"
        f"- {{kind: rekey, item: i1, key: b, {WHO}}}\n"
        f"- {{kind: accept, form: A, question: 1, only_here: true, key: C, {WHO}}}\n"
    )
    assert [units(key, "A", mark, 0, 0, 0)[0] for mark in (A, B, C, D, A | B)] == [1, 1, 1, 0, 0]
    assert key.keys[:, :2].tolist() == [[A | B | C, B], [A, C | D]]


def test_a_dropped_item_leaves_score_maximum_and_count() -> None:
    key = key_after(f"- {{kind: drop, item: i3, {WHO}}}")
    assert key.max_units.tolist() == [[2, 0], [1, 1]]
    assert key.n_items.tolist() == [[2, 0], [1, 1]]
    assert units(key, "A", A, B, C, A) == [2, 0]


def test_credit_to_all_and_to_those_who_answered() -> None:
    for_all = key_after(f"- {{kind: credit_all, form: A, question: 3, only_here: true, {WHO}}}")
    answered = key_after(f"- {{kind: credit_answered, form: A, question: 3, only_here: true, {WHO}}}")
    marks = (0, A, A | B, 0x80)
    assert [units(for_all, "A", 0, 0, mark, 0)[1] for mark in marks] == [2, 2, 2, 2]
    assert [units(answered, "A", 0, 0, mark, 0)[1] for mark in marks] == [0, 2, 2, 2]
    assert for_all.max_units.tolist() == answered.max_units.tolist() == [[2, 2], [3, 1]]


def test_totals_are_counted_from_the_least_of_their_own_form() -> None:
    """Every question of form B is given to all, so nothing there is below 0; form A can lose 1 of its 4 points."""
    given = "".join(
        f"- {{kind: credit_all, form: B, question: {n}, only_here: true, {WHO}}}\n" for n in (1, 2, 3)
    )
    key = key_after(given, ScoringRule.model_validate({"wrong": "1/4", "floor": "none"}))
    assert (key.unit, key.least_total.tolist()) == (4, [-4, 0])
    marks = np.array([[B, A, A, A], [A, A, A, A], [A] * 4], np.uint8)
    form = np.array([0, 0, 1])
    units = earn(key, form, marks).units
    assert total_of(key, units).tolist() == [-4, 1, 16]


def test_whoever_marked_all_of_the_key_keeps_it_when_more_is_accepted() -> None:
    text = f"- {{kind: accept, form: B, question: 3, only_here: true, key: C, {WHO}}}"
    key = key_after(text, ScoringRule(several="all"))
    assert [units(key, "B", 0, 0, mark, 0)[1] for mark in (A | B, A | B | C, A | C, C)] == [1, 1, 0, 0]


# ── what is refused ──────────────────────────────────────────────────────────────────────────


def test_faults_of_the_file_are_all_told_with_their_lines() -> None:
    text = (
        f"- {{kind: rekey, form: A, question: 1, {WHO}}}\n"
        f"- {{kind: drop, {WHO}}}\n"
        f"- {{kind: drop, item: i1, form: A, question: 1, {WHO}}}\n"
        f"- {{kind: drop, form: A, {WHO}}}\n"
        f"- {{kind: drop, item: i1, key: a, {WHO}}}\n"
        f"- {{kind: delete, item: i1, {WHO}}}\n"
        "- {kind: drop, item: i1, reason: ' ', by: b, date: someday}\n"
        "- {kind: drop, item: i1}\n"
        f"- {{kind: rekey, item: i1, key: [AB], {WHO}}}\n"
        f"- {{kind: rekey, item: i1, key: [], {WHO}}}\n"
    )
    with pytest.raises(Refused) as caught:
        read(text)
    lines = [int(problem.source.removeprefix("corrections.yaml:")) for problem in caught.value.problems]
    assert lines == [1, 2, 3, 4, 5, 6, 7, 7, 8, 8, 8, 9, 10]


def test_what_is_not_there_is_told_with_what_to_write() -> None:
    text = (
        f"- {{kind: drop, form: C, question: 1, {WHO}}}\n"
        f"- {{kind: drop, form: A, question: 5, {WHO}}}\n"
        f"- {{kind: drop, item: i9, {WHO}}}\n"
        f"- {{kind: rekey, form: A, question: 1, only_here: true, key: E, {WHO}}}\n"
        f"- {{kind: rekey, form: A, question: 2, only_here: true, key: b, {WHO}}}\n"
        f"- {{kind: rekey, item: i2, key: B, {WHO}}}\n"
        f"- {{kind: accept, item: i3, key: e, {WHO}}}\n"
        f"- {{kind: rekey, form: B, question: 2, everywhere: true, key: E, {WHO}}}\n"
    )
    codes = ["unknown-form", "unknown-question", "unknown-item", *["unknown-option"] * 5]
    assert refused(text) == [(f"corrections.yaml:{n}", code) for n, code in enumerate(codes, 1)]


@pytest.mark.parametrize(
    ("correction", "words"),
    [
        ("kind: drop, form: C, question: 1", "no form C"),
        ("kind: drop, form: A, question: 9", "form A has no question 9. Write a number from 1 to 4"),
        ("kind: drop, item: i", "Did you mean i"),
        ("kind: rekey, form: A, question: 4, only_here: true, key: C", "question 4 of form A has A, B"),
        ("kind: rekey, item: i1, key: A", "item i1 has a, b, c, d. Write the id of the option"),
        ("kind: rekey, form: A, question: 1, only_here: true, key: A", "the key is already A"),
        ("kind: rekey, item: i1, key: a", "the key is already a"),
        (
            "kind: accept, form: A, question: 1, only_here: true, key: [B, A]",
            "only options that are not already correct",
        ),
        ("kind: drop, item: p", "counts for no candidate"),
    ],
)
def test_the_message_says_what_to_write(correction: str, words: str) -> None:
    assert words in said(f"- {{{correction}, {WHO}}}")


def test_a_rekey_that_one_of_the_forms_needs_is_none_of_nothing() -> None:
    rows = [{**row, "key": "C"} if (row["form"], row["item"]) == ("B", "i1") else row for row in ROWS]
    rekey = read(f"- {{kind: rekey, item: i1, key: b, {WHO}}}")
    key = compile_key(columns(rows), SIZES, CRITERIA, None, rekey, PRINTED)
    assert key.keys[:, :2].tolist() == [[B, B], [A, C]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kind: drop, item: i1", "kind: drop, item: i1"),
        ("kind: drop, item: i1", "kind: accept, form: B, question: 2, only_here: true, key: A"),
        ("kind: rekey, item: i1, key: b", "kind: rekey, form: A, question: 1, only_here: true, key: B"),
        ("kind: credit_all, item: i1", "kind: credit_answered, item: i1"),
        ("kind: credit_answered, item: i1", "kind: rekey, item: i1, key: b"),
        ("kind: accept, item: i1, key: b", "kind: drop, form: A, question: 1, only_here: true"),
    ],
)
def test_contradictions_name_both_lines(one: str, other: str) -> None:
    text = f"- {{{one}, {WHO}}}\n- {{{other}, {WHO}}}\n"
    with pytest.raises(Refused) as caught:
        key_after(text)
    (problem,) = caught.value.problems
    assert problem.code == "corrections-contradict"
    assert {problem.source, *problem.message.split()} >= {"corrections.yaml:1", "corrections.yaml:2"}


@pytest.mark.parametrize(
    ("correction", "field"), [("kind: rekey, item: i1, key: a", "key"), ("kind: drop, item: p", None)]
)
def test_a_correction_of_nothing_names_the_field(correction: str, field: str | None) -> None:
    with pytest.raises(Refused) as caught:
        key_after(f"- {{{correction}, {WHO}}}")
    assert [(one.code, one.field) for one in caught.value.problems] == [("correction-of-nothing", field)]


def test_accepting_the_same_twice_changes_nothing() -> None:
    text = f"- {{kind: accept, item: i1, key: b, {WHO}}}\n- {{kind: accept, form: A, question: 1, only_here: true, key: B, {WHO}}}\n"
    assert refused(text) == [("corrections.yaml:2", "correction-of-nothing")]


def test_a_refused_correction_leaves_no_trace() -> None:
    key = key_after("")
    refused(f"- {{kind: drop, item: i1, {WHO}}}\n- {{kind: drop, item: i9, {WHO}}}\n")
    assert np.array_equal(key_after("").points, key.points)


def test_where_all_corrections_were_taken_back_an_empty_list_says_so() -> None:
    assert read("[]\n") == ()


@pytest.mark.parametrize("text", ["", "# none yet\n", "{}\n", "kind: drop\n"])
def test_a_file_without_corrections_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        read(text)
    assert "start each correction with '- kind: …'" in caught.value.problems[0].message


@pytest.mark.parametrize(
    ("date", "advice"),
    [
        ("20/11/2569", "write year-month-day, for example 2026-11-20"),
        ("2569-11-20", "write the year of the common era, 2026 (found 2569"),
        ("'2569-11-20'", "write the year of the common era, 2026 (found '2569"),
        ("20261120.5", "write year-month-day"),
    ],
)
def test_days_are_written_in_one_way(date: str, advice: str) -> None:
    assert advice in said(f"- {{kind: drop, item: i1, reason: r, by: b, date: {date}}}")


# ── the rule as people write it ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("{}", 0),
        ("{several: partial, partial: true, wrong: 25%}", 0),
        ("{wrong: by_options, floor: none, multiple: blank, invalid: wrong}", 0),
        ("{wrong: 1/3}", 0),
        ("{wrong: 0.333}", 1),
        ("{wrong: 2}", 1),
        ("{wrong: -1/4}", 1),
        ("{wrong: 1/0}", 1),
        ("{wrong: true}", 1),
        ("{wrong: nan}", 1),
        ("{partial: moodle}", 1),
        ("{wrong: 1/4, floor: item}", 1),
        ("{several: most, floor: top}", 2),
    ],
)
def test_a_rule_is_read_or_refused(text: str, faults: int) -> None:
    document, _ = parse(text, "blueprint.yaml")
    rule, problems = validate(document, [], document.data, ScoringRule)
    assert (rule is None, len(problems)) == (faults > 0, faults)
    if rule is not None:
        assert ScoringRule.model_validate(rule.model_dump(mode="json")) == rule


def test_shares_are_exact() -> None:
    wrongs: list[Any] = [0.25, "25%", "1/4", "0.25", " 25 % "]
    assert {ScoringRule(wrong=wrong).penalty(4) * 4 for wrong in wrongs} == {1}


# ── an item that is asked elsewhere too ──────────────────────────────────────────────────────


def test_a_question_whose_item_is_asked_elsewhere_must_say_whether_it_counts_there() -> None:
    assert said(f"- {{kind: rekey, form: A, question: 1, key: B, {WHO}}}") == (
        "its item i1 is also used elsewhere (B question 2). Write `everywhere: true` to correct it there as "
        "well (`key` uses the letters of form A), or `only_here: true`"
    )
    assert refused(f"- {{kind: drop, form: B, question: 1, {WHO}}}") == [
        ("corrections.yaml:1", "item-stands-elsewhere")
    ]


def test_everywhere_goes_by_the_option_whatever_letter_it_has_there() -> None:
    by_item = key_after(f"- {{kind: rekey, item: i1, key: b, {WHO}}}")
    for entry in (
        "form: A, question: 1, key: B",
        "form: A, question: 1, key: ข",
        "form: B, question: 2, key: C",
    ):
        key = key_after(f"- {{kind: rekey, {entry}, everywhere: true, {WHO}}}")
        assert np.array_equal(key.keys, by_item.keys), entry
        assert key.keys[:, :2].tolist() == [[B, B], [A, C]]
    here = key_after(f"- {{kind: rekey, form: A, question: 1, key: B, only_here: true, {WHO}}}")
    assert here.keys[:, :2].tolist() == [[B, B], [A, D]]


def test_everywhere_and_an_entry_of_the_other_place_contradict() -> None:
    text = (
        f"- {{kind: drop, form: A, question: 1, everywhere: true, {WHO}}}\n"
        f"- {{kind: credit_all, form: B, question: 2, only_here: true, {WHO}}}\n"
    )
    assert refused(text) == [("corrections.yaml:2", "corrections-contradict")]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("form: A, question: 1, everywhere: true, only_here: true", "Keep one of the two"),
        ("form: A, question: 1, everywhere: false", "write true, or remove it"),
        ("item: i1, only_here: true", "a correction of an `item` applies to all forms"),
        ("item: i1, everywhere: true", "a correction of an `item` applies to all forms"),
    ],
)
def test_where_an_entry_holds_is_said_in_one_way(entry: str, words: str) -> None:
    with pytest.raises(Refused) as caught:
        read(f"- {{kind: drop, {entry}, {WHO}}}")
    assert words in caught.value.problems[0].message
