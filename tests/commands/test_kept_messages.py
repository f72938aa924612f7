"""Files keep the id and the values of a sentence beside its English."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from examgen.assembly.verification import verify
from examgen.core.models.standard import Unit
from examgen.core.words import (
    command,
    in_language,
    joined,
    kept,
    message_in,
    message_of,
    messages_in,
    option,
    tell,
    tell_n,
    with_ids,
    without_ids,
)
from tests.commands.conftest import Run, write_blueprint


@pytest.fixture
def package(workspace: Path, run: Run) -> Path:
    """A package of one form of six questions."""
    write_blueprint(workspace / "bp.yaml", forms=1, items=6, criteria={"all": {"min": 0}})
    run.ok("build", "bp.yaml")
    return workspace / "output" / "T-1-L4"


SENTENCES: list[str] = [
    tell("void"),
    tell("candidate {candidate}, form {form}", candidate="1001", form="ก {x}"),
    tell_n("{n:,} row", "{n:,} rows", 1200),
    joined([tell("{form} question {question}", form="A", question=3), "ก"], tell("; ")),
    tell("{most} and {last}", most=joined(["a", tell("void")]), last=Path("b/c.csv")),
    tell("{what}: {error:.1%}", what=option("columns", "FILE", command="score"), error=0.25),
    tell("see {command}", command=command("unit diff", "A B")),
    "as somebody wrote it",
]


@pytest.mark.parametrize("said", SENTENCES, ids=str)
def test_a_sentence_comes_back_from_a_file_with_its_values(said: str) -> None:
    made = json.loads(json.dumps(with_ids("why", said)))
    again = message_in(made, "why")
    assert made["why"] == said == again == message_of(json.loads(json.dumps(kept(said))), said)
    assert in_language(again, "th") == in_language(said, "th")
    assert without_ids(made) == {"why": said}


@pytest.mark.parametrize(
    "made",
    [
        {"id": "{n.__class__}", "values": {"n": 1}},
        {"id": "{n[0]}", "values": {"n": "ab"}},
        {"id": "{n:999999999}", "values": {"n": 1}},
        {"id": "{n:.2f}", "values": {"n": "a"}},
        {"id": "{n"},
        {"id": "{n}", "values": [1]},
        {"parts": [1, None], "between": ""},
        {"id": "another sentence"},
        ["x"],
        7,
    ],
    ids=str,
)
def test_what_no_scoring_wrote_is_told_as_the_text_beside_it(made: Any) -> None:
    assert message_of(made, "as it stands") == "as it stands"


def test_a_package_of_a_later_format_is_not_called_damaged(package: Path, run: Run) -> None:
    manifest = package / "exam.yaml"
    manifest.chmod(0o644)
    manifest.write_text("format: 2\n" + manifest.read_text("utf-8"), "utf-8")
    for words in ("verify", "render"):
        ran = run(words, package)
        assert ran.status == 1
        assert "format 2" in ran.text
        assert "newer examgen" in ran.text


def test_a_run_keeps_decisions_by_id_and_values(
    package: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(package.parent)
    rows = "candidate_id,form,Q1,Q2,Q3,Q4,Q5,Q6\n1,A,A,B,C,D,A,B\n2,A,A,B,C,D,A,C\n"
    Path("b.csv").write_text(rows, "utf-8")
    Path("m.csv").write_text(
        "file,line,question,answer,reason,by,date\nb.csv,2,1,C,x,y,2026-11-20\n", "utf-8"
    )
    run.ok("score", package, "b.csv", "--marks", "m.csv")
    run.ok("score", package, "b.csv", "--without", "decisions")
    first, second = (
        json.loads((package / f"results/runs/000{n}/audit.json").read_text("utf-8")) for n in (1, 2)
    )
    kept = first["inputs"][0]
    assert kept["structure"] == "wide, 6 answers, comma, UTF-8"
    assert in_language(message_in(kept, "structure"), "th") == ", ".join(
        (tell("wide").th, tell("{n} answers", n=6).th, tell("comma").th, "UTF-8")
    )
    assert second["inputs"] == first["inputs"]
    [one] = first["decided"]
    assert one["decision"] == "question 1 is C"
    assert one["decision_translatable"]["values"] == {"n": 1, "answer": "C"}
    [left] = second["left_out"]
    [thai] = [in_language(said, "th") for said in messages_in(left, "named")]
    assert thai == f"b.csv:2 {tell('question {n} is {answer}', n=1, answer='C').th}"
    assert [one for one in verify(package).problems if one.severity == "error"] == []


def test_a_unit_keeps_its_doubts_by_id_and_values() -> None:
    message = tell("section {n} ({use}) is not in the document", n=5, use=tell("occupations and levels"))
    unit = Unit.model_validate(
        {"code": "X", "title": "x", "warnings": [{"kind": "section_missing", "message": message}]}
    )
    [written] = unit.model_dump(mode="json")["warnings"]
    assert written["message"] == str(message)
    again = Unit.model_validate_json(unit.model_dump_json())
    assert again == unit
    assert in_language(again.warnings[0].message, "th") == message.th
    del written["message_translatable"]
    [old_one] = Unit.model_validate({"code": "X", "title": "x", "warnings": [written]}).warnings
    assert in_language(old_one.message, "th") == str(message)
