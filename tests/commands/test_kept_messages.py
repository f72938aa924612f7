"""Files keep the id and the values of a sentence beside its English; those of 0.1 are read as they are."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.assembly.verification import verify
from examgen.core.exam.bindings import fingerprints_of
from examgen.core.exam.package import read_exam
from examgen.core.models.standard import Unit
from examgen.core.words import (
    Message,
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

OF_0_1 = Path(__file__).parents[1] / "data" / "of_0_1" / "package.tar.gz"
"""Of `build`, of `score` with corrections, decisions and a roster, and of one `--without` these."""
EXAM_OF_0_1 = "834c7449b6b0c472"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    with tarfile.open(OF_0_1) as archive:
        for one in archive:  # the Python of Debian 12 knows no filter for `extractall`
            if file := archive.extractfile(one):
                path = tmp_path / one.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.read())
                path.chmod(one.mode)
    folder = tmp_path / "T-1-L4"
    (folder / "secure").chmod(0o700)
    return folder


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


def test_a_sentence_without_values_is_its_own_id() -> None:
    assert with_ids("why", tell("void")) == {"why": "void"}
    assert in_language(message_in({"why": "void"}, "why"), "th") == tell("void").th != "void"


def test_a_list_keeps_ids_beside_its_texts() -> None:
    made = with_ids("named", SENTENCES)
    assert made["named"] == SENTENCES
    assert [*map(type, messages_in(made, "named"))][:3] == [Message] * 3
    fewer = {**made, "named": made["named"][1:]}  # edited by hand
    assert messages_in(fewer, "named") == SENTENCES[1:]


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


# ── of 0.1 ───────────────────────────────────────────────────────────────────────────────────


def test_a_package_of_0_1_is_verified_and_its_exam_is_the_same(old: Path) -> None:
    assert [one for one in verify(old).problems if one.severity == "error"] == []
    assert fingerprints_of(old).exam.startswith(EXAM_OF_0_1)
    [notice] = read_exam(old).notices
    assert in_language(notice, "th") == notice, "a sentence with values, of which it has the English alone"


def test_a_run_of_0_1_is_reported_on_in_thai(old: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(old.parent)
    out = old.parent / "book"
    run.ok("report", old, "--kind", "committee", "--lang", "th", "--run", 1, "--out", out)
    [page] = [re.sub("<[^>]+>", "", path.read_text("utf-8")) for path in out.rglob("*.html")]
    assert tell("as the picture of the sheet shows").th in page
    assert "question 1 is A" in page
    assert "scan.pdf page 3, crop q-2" in page


def test_a_package_of_a_later_format_is_not_called_damaged(old: Path, run: Run) -> None:
    manifest = old / "exam.yaml"
    manifest.chmod(0o644)
    manifest.write_text("format: 2\n" + manifest.read_text("utf-8"), "utf-8")
    for words in ("verify", "render"):
        ran = run(words, old)
        assert ran.status == 1
        assert "format 2" in ran.text
        assert "later examgen" in ran.text


def test_the_same_exam_built_again_is_the_package_that_is_there(
    workspace: Path,
    run: Run,
) -> None:
    """The ids of notices are no part of an exam: what 0.1 built and printed is not another one."""
    write_blueprint(workspace / "bp.yaml", items=8, criteria={"all": {"min": 0}})
    run.ok("build", "bp.yaml")
    folder = workspace / "output" / "T-1-L4"
    said = yaml.safe_load((folder / "exam.yaml").read_text("utf-8"))
    assert said["notices_translatable"][0]["values"]
    before = fingerprints_of(folder).exam
    del said["notices_translatable"]
    (folder / "exam.yaml").write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), "utf-8")
    assert fingerprints_of(folder).exam == before
    written = (folder / "exam.yaml").read_bytes()
    shutil.copy(folder / "exam.yaml", folder / "papers" / "booklet-A.pdf")  # printed
    run.ok("build", "bp.yaml")
    assert (folder / "exam.yaml").read_bytes() == written


# ── of now ───────────────────────────────────────────────────────────────────────────────────


def test_a_run_keeps_decisions_by_id_and_values(
    old: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(old.parent)
    rows = "candidate_id,form,Q1,Q2,Q3,Q4,Q5,Q6\n1,A,A,B,C,D,A,B\n2,A,A,B,C,D,A,C\n"
    Path("b.csv").write_text(rows, "utf-8")
    Path("m.csv").write_text(
        "file,line,question,answer,reason,by,date\nb.csv,2,1,C,x,y,2026-11-20\n", "utf-8"
    )
    shutil.rmtree(old / "results")
    run.ok("score", old, "b.csv", "--marks", "m.csv")
    run.ok("score", old, "b.csv", "--without", "decisions")
    first, second = (json.loads((old / f"results/runs/000{n}/audit.json").read_text("utf-8")) for n in (1, 2))
    kept = first["inputs"][0]
    assert kept["structure"] == "wide, 6 answers, comma, UTF-8"
    assert in_language(message_in(kept, "structure"), "th") == ", ".join(
        (tell("wide").th, tell("{n} answers", n=6).th, tell("comma").th, "UTF-8")
    )
    assert second["inputs"] == first["inputs"]
    del kept["structure_translatable"]  # as 0.1 wrote it
    assert in_language(message_in(kept, "structure"), "th") == kept["structure"]
    [one] = first["decided"]
    assert one["decision"] == "question 1 is C"
    assert one["decision_translatable"]["values"] == {"n": 1, "answer": "C"}
    [left] = second["left_out"]
    [thai] = [in_language(said, "th") for said in messages_in(left, "named")]
    assert thai == f"b.csv:2 {tell('question {n} is {answer}', n=1, answer='C').th}"
    assert [one for one in verify(old).problems if one.severity == "error"] == []


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
