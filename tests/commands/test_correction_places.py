"""A correction whose item is asked on several forms or booklets: it says where it holds, and all is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from examgen.core.exam.places import in_print
from tests.commands.conftest import Run, write_blueprint
from tests.sittings import Rows, build, list_of, print_for, table, write_table

SAID = {"reason": "the key was mistyped", "by": "committee", "date": "2026-11-20"}


class Shared(NamedTuple):
    """An item of both forms, as each prints it: question, ids in the printed order; another option than the
    key, by its id and by the letter of each form."""

    folder: Path
    item: str
    question: dict[str, str]
    other: str
    letter: dict[str, str]
    key: dict[str, str]


@pytest.fixture
def shared(workspace: Path, run: Run) -> Shared:
    """Two forms with an anchor item that they print with other letters; 40 candidates in a.csv."""
    write_blueprint(workspace / "bp.yaml", forms=2, items=10, anchor=4)
    run.ok("build", "bp.yaml")
    folder = workspace / "output" / "T-1-L4"
    run.ok("simulate", folder, "--candidates", 40, "--seed", 5, "--out", "a.csv")
    keys = {(row["form"], row["item"]): row for row in table(folder / "secure/key.csv")}
    forms: dict[str, dict[str, dict[str, str]]] = {}
    for row in table(folder / "secure/forms.csv"):
        forms.setdefault(row["item"], {})[row["form"]] = row
    for item, on in forms.items():
        if len(on) == 2:
            key = {form: keys[form, item]["key"] for form in on}
            for option in on["A"]["options"].split():
                letter = {form: "ABCDE"[row["options"].split().index(option)] for form, row in on.items()}
                if letter["A"] != letter["B"] and letter["A"] != key["A"]:
                    questions = {form: row["question"] for form, row in on.items()}
                    return Shared(folder, item, questions, option, letter, key)
    raise AssertionError("no item stands on both forms with other letters")


def corrections(*entries: dict[str, object]) -> str:
    text = yaml.safe_dump([{**one, **SAID} for one in entries], allow_unicode=True, sort_keys=False)
    Path("c.yaml").write_text(text, "utf-8")
    return "c.yaml"


def by_question(shared: Shared, **more: object) -> str:
    question = int(shared.question["A"])
    return corrections(
        {"kind": "rekey", "form": "A", "question": question, "key": shared.letter["A"], **more}
    )


def scores(folder: Path) -> dict[str, tuple[str, int]]:
    return {row["candidate_id"]: (row["form"], int(row["score"])) for row in table(folder / "candidates.csv")}


def expected(shared: Shared, forms: str) -> dict[str, tuple[str, int]]:
    """The scores after the item is re-keyed on these forms, counted from the answers."""
    keys: dict[str, dict[str, str]] = {}
    for row in table(shared.folder / "secure/key.csv"):
        right = (
            shared.letter[row["form"]]
            if (row["item"], row["form"] in forms) == (shared.item, True)
            else row["key"]
        )
        keys.setdefault(row["form"], {})[f"Q{row['question']}"] = right
    return {
        row["candidate_id"]: (row["form"], sum(row[q] == right for q, right in keys[row["form"]].items()))
        for row in table(Path("a.csv"))
    }


PRINTED = dict(zip("ABCDE", "กขคงจ", strict=True))
"""What the papers print, for what key.csv and `corrections.yaml` may say."""


def test_papers_with_latin_letters_have_them_in_a_correction_too() -> None:
    entry = {"kind": "rekey", "form": "A", "question": 2, "key": ["ข", "C"]}
    entry["places"] = [{"form": "A", "question": 2, "key": "B|C"}, {"drawn_from": "A", "booklets": 3}]
    assert in_print(entry, "ABCDE") == {**entry, "key": ["B", "C"]}
    assert [one.get("key") for one in in_print(entry, "กขคงจ")["places"]] == ["ข|ค", None]
    assert in_print({"kind": "rekey", "item": "E1.01-001", "key": "b"}, "กขคงจ")["key"] == "b"


def test_without_a_word_on_the_other_form_it_is_refused(shared: Shared, run: Run) -> None:
    for word in ("--dry-run", "--no-signals"):
        ran = run("score", shared.folder, "a.csv", "--corrections", by_question(shared), word)
        assert ran.status == 1
        said = " ".join(ran.err.split())
        assert f"its item {shared.item} is also used elsewhere (B question {shared.question['B']})" in said
        assert "Write `everywhere: true` to correct it there as well" in said
        assert "or `only_here: true`" in said
    assert not (shared.folder / "results").exists()


@pytest.mark.parametrize(("more", "forms"), [("everywhere", "AB"), ("only_here", "A")])
def test_it_holds_where_it_says_and_every_place_is_named(
    shared: Shared, run: Run, more: str, forms: str
) -> None:
    run.ok("score", shared.folder, "a.csv")
    assert scores(shared.folder / "results") == expected(shared, "")
    given = by_question(shared, **{more: True})
    places = ", ".join(
        f"{form} question {shared.question[form]} ({PRINTED[shared.letter[form]]})" for form in forms
    )
    dry = run.ok("score", shared.folder, "a.csv", "--corrections", given, "--dry-run")
    assert f"corrected: another key is right: {places}\n" in dry.out
    ran = run.ok("score", shared.folder, "a.csv", "--corrections", given)
    assert f"corrected: another key is right: {places}\n" in ran.out
    assert scores(shared.folder / "results") == expected(shared, forms)
    assert (
        f"corrected: another key is right: {places}\n" in run("score", shared.folder, "--compare", 1, 2).out
    )
    [told] = json.loads((shared.folder / "results/audit.json").read_text("utf-8"))["corrections"]
    assert told["places"] == [
        {"form": form, "question": int(shared.question[form]), "key": shared.letter[form]} for form in forms
    ]
    run.ok("report", shared.folder, "--kind", "committee", "--no-pdf")
    book = shared.folder / "reports/run-0002/committee"
    page = (book / "report.html").read_text("utf-8").replace("\u200b", "")
    for form in forms:
        assert f"{form}: {shared.question[form]} ({PRINTED[shared.letter[form]]})" in page
    [row] = table(book / "corrections.csv")
    assert row["key"] == PRINTED[shared.letter["A"]]
    assert row["places"] == " ".join(
        f"{form}:{shared.question[form]}={PRINTED[shared.letter[form]]}" for form in forms
    )


def test_by_item_it_holds_on_both_forms(shared: Shared, run: Run) -> None:
    given = corrections({"kind": "rekey", "item": shared.item, "key": shared.other})
    ran = run("score", shared.folder, "a.csv", "--corrections", given)
    places = ", ".join(
        f"{form} question {shared.question[form]} ({PRINTED[shared.letter[form]]})" for form in "AB"
    )
    assert f"corrected: another key is right: item {shared.item}, {places}\n" in ran.out
    assert scores(shared.folder / "results") == expected(shared, "AB")
    letter = corrections({"kind": "rekey", "item": shared.item, "key": shared.letter["A"]})
    ran = run("score", shared.folder, "a.csv", "--corrections", letter)
    assert (ran.status, "Write the id of the option" in " ".join(ran.err.split())) == (1, True)


# ── personal booklets ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def booklets(tmp_path: Path) -> Path:
    """A package printed for a list of 40, with items and options in an order of each one's own."""
    folder = build(tmp_path / "exam")
    print_for(folder, list_of(40))
    return folder


def marked(folder: Path) -> tuple[Rows, str]:
    """Everybody marks `c` of the first item of booklet A-0001; its id."""
    printed: dict[str, dict[str, tuple[str, list[str]]]] = {}
    for row in table(folder / "secure/forms.csv"):
        printed.setdefault(row["form"], {})[row["item"]] = (row["question"], row["options"].split())
    dealt = [row for row in table(folder / "secure/candidates.csv") if row["candidate_id"]]
    first = dealt[0]["serial"]
    item = next(
        item
        for item, (_, options) in printed[first].items()
        if len(options) == 4 and _key(folder, first, item) != "ABCD"[options.index("c")]
    )
    rows = []
    for row in dealt:
        serial = row["serial"]
        answers = {f"Q{n}": "" for n in range(1, 17)}
        if item in printed[serial]:
            question, options = printed[serial][item]
            answers[f"Q{question}"] = "ABCD"[options.index("c")]
        rows.append({"candidate_id": row["candidate_id"], "form": serial, **answers})
    return rows, item


def _key(folder: Path, serial: str, item: str) -> str:
    return next(
        row["key"]
        for row in table(folder / "secure/key.csv")
        if (row["form"], row["item"], row["points"]) == (serial, item, "1")
    )


def test_on_personal_booklets_the_forms_they_were_drawn_from_are_named_and_counted(
    booklets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    rows, item = marked(booklets)
    write_table("a.csv", rows)
    places = [row for row in table(booklets / "secure/forms.csv") if row["item"] == item]
    first = next(row for row in places if row["form"] == rows[0]["form"])
    drawn = {form: sum(row["form"].startswith(f"{form}-") for row in places) for form in "AB"}
    counted = [f"{n} booklets drawn from {form}" for form, n in drawn.items() if n]
    entry = {
        "kind": "rekey",
        "form": first["form"],
        "question": int(first["question"]),
        "key": "ABCD"[first["options"].split().index("c")],
    }
    ran = run("score", booklets, "a.csv", "--corrections", corrections(entry))
    assert ran.status == 1
    others = f"{drawn[first['form'][0]] - 1} booklets drawn from {first['form'][0]}"
    assert f"is also used elsewhere ({others}" in " ".join(ran.err.split())
    ran = run.ok("score", booklets, "a.csv", "--corrections", corrections({**entry, "everywhere": True}))
    assert f"corrected: another key is right: {', '.join(counted)}\n" in ran.out
    sat = {row["form"] for row in places}
    got = {who: score for who, (_, score) in scores(booklets / "results").items()}
    assert got == {row["candidate_id"]: int(row["form"] in sat) for row in rows}
    assert sum(got.values()) > 10
    ran = run(
        "score",
        booklets,
        "a.csv",
        "--out",
        "here",
        "--corrections",
        corrections({**entry, "only_here": True}),
    )
    assert f"corrected: another key is right: {first['form']} question {first['question']} (" in ran.out
    assert [who for who, (_, score) in scores(Path("here")).items() if score] == [rows[0]["candidate_id"]]
