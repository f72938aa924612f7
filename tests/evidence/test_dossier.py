"""The accreditation file: what is in it and what never is; what was changed since it was signed."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from examgen.assembly import building
from examgen.commands import main
from examgen.core.problems import Refused
from examgen.core.signing import keys
from examgen.core.signing.detached import SigningKey
from examgen.evidence.dossier import MadeDossier, make_dossier
from examgen.evidence.dossier_check import CheckedDossier, check_dossier
from tests.commands.conftest import Run, run
from tests.samples import PCS, blueprint_data, item_data, write_unit

__all__ = ["run"]
DAY = date(2026, 12, 1)
N = 24
NAMES = {f"11002003{n:05}": f"สมชาย ใจดีที่{n:02}" for n in range(N)}
STAFF = ("ดร. กรรมการ หนึ่ง", "นางสาว คุม ห้องสอบ", "ผู้ตรวจ คำตอบ", "ผู้ทบทวน ข้อสอบ")


class Body(NamedTuple):
    """A workspace with an exam that was held, and the keys of its body."""

    workspace: Path
    exam: Path
    key: SigningKey
    public: Path

    def make(self, out: Path, **asked: Any) -> MadeDossier:
        asked = {"key": self.key, "day": DAY, **asked}
        return make_dossier(self.exam, self.workspace, out, **asked)


def examgen(*words: object) -> None:
    """A command, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["examgen", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code in (0, 3, None), words


@pytest.fixture(scope="module")
def body(tmp_path_factory: pytest.TempPathFactory) -> Body:
    workspace = tmp_path_factory.mktemp("body")
    folder = write_unit(workspace / "item_bank", [item_data(pc, n) for pc in PCS for n in range(1, 7)])
    reviews = [
        {
            "item": f"{PCS[0]}-00{n}", "hash": "a" * 64, "edition": "b" * 64, "from": "draft", "to": "review",
            "verdict": "accept", "by": STAFF[3], "date": date(2026, 1, n), "comment": "ตัวเลือก ข ถูก",
        }
        for n in range(1, 7)
    ]  # fmt: skip
    (folder / "reviews.yaml").write_text(yaml.safe_dump(reviews, allow_unicode=True), "utf-8")
    blueprint = workspace / "b.yaml"
    blueprint.write_text(
        yaml.safe_dump(blueprint_data(forms=2, items=9, criteria={"all": 3}), allow_unicode=True), "utf-8"
    )
    exam = building.build(blueprint, workspace).folder
    right: dict[str, list[str]] = {}
    for row in sorted(rows(exam / "secure/key.csv"), key=lambda row: int(row["question"])):
        right.setdefault(row["form"], []).append(row["key"])
    answers, roster, fixes, plan = (
        workspace / one for one in ("a.csv", "roster.csv", "fix.yaml", "sitting.yaml")
    )
    write(
        answers,
        [
            ["candidate_id", "form", *(f"Q{q}" for q in range(1, 10))],
            *(
                [who, form, *(key if q < n % 9 else "" for q, key in enumerate(right[form]))]
                for n, who in enumerate(NAMES)
                for form in ["AB"[n % 2]]
            ),
        ],
    )
    absent = ["1100200399999", "ขาด สอบจริง", "กรุงเทพ", "301", "absent"]
    came = [[who, name, "กรุงเทพ", "301", "present"] for who, name in NAMES.items()]
    write(roster, [["candidate_id", "name", "centre", "room", "status"], *came, absent])
    other = next(one for one in "ABCD" if one != right["A"][0])
    fixes.write_text(
        f"- {{kind: rekey, form: A, question: 1, key: {other}, reason: 'ที่ถูกคือ {other}', "
        f"by: {STAFF[2]}, date: 2026-11-20}}\n",
        "utf-8",
    )
    marks = workspace / "marks.csv"
    write(
        marks,
        [
            ["file", "line", "question", "answer", "reason", "by", "date"],
            ["a.csv", "2", "9", right["A"][8], "อ่านซ้ำ", STAFF[2], "2026-11-20"],
        ],
    )
    plan.write_text(
        "date: 2026-11-15\ncentres: [{name: กรุงเทพ, rooms: [{name: '301', invigilators: ["
        f"{STAFF[1]}]}}]}}]\naccommodation: [{{candidate_id: '{next(iter(NAMES))}', given: เวลาเพิ่ม}}]\n",
        "utf-8",
    )
    (workspace / "examgen.yaml").write_text(
        "reports: {name: {th: สถาบันทดสอบ, en: Test Body}, validity: {th: สามปี, en: Three years., years: 3}}\n"
        "retention: {results_days: 3650}\n",
        "utf-8",
    )
    who, name = list(NAMES.items())[3]
    back = [workspace / f"{one}.csv" for one in ("attendance", "incidents", "packets", "declarations")]
    write(
        back[0],
        [
            ["candidate_id", "name", "centre", "room", "status", "document", "identity", "checked_by"],
            *([one, f"{called}์ก", "กรุงเทพ", "301", "present", "บัตร 3-1005-00999-88-7", "matched", STAFF[1]]
              for one, called in NAMES.items()),
        ],
    )  # fmt: skip
    write(
        back[1],
        [
            ["number", "centre", "room", "kind", "candidates", "what", "done", "reported_by"],
            ["1", "กรุงเทพ", "301", "misconduct", who, f"{name} มีโพย", "ยึดไว้", STAFF[1]],
        ],
    )
    write(
        back[2],
        [["packet", "centre", "room", "seal", "opened_by"], ["P1", "กรุงเทพ", "301", "S-77", STAFF[1]]],
    )
    write(
        back[3],
        [
            ["name", "role", "centre", "interest", "candidates", "signed"],
            [STAFF[1], "invigilator", "กรุงเทพ", f"ญาติของ {name}", who, "yes"],
        ],
    )
    (folder / "provenance.yaml").write_text(
        f"all: {{drafted_by: {STAFF[3]}, help: โมเดลภาษา, answers_for: {STAFF[0]}}}\n", "utf-8"
    )
    for words in (
        ("take", exam, answers, roster, plan, "--by", STAFF[2]),
        ("take", exam, *back, "--by", STAFF[2]),
        ("score", exam),
        ("take", exam, fixes, marks, "--by", STAFF[2], "--reason", "แก้"),
        ("score", exam),
        ("decide", exam, who, "--as", "withheld", "--by", STAFF[0], "--incident", "กรุงเทพ 1", "--reason",
         f"ร้องเรียนโดย {name} ({who}, {who[:4]} {who[4:]})"),
        ("score", exam),
        ("release", exam, "--run", 3, "--by", STAFF[0], "--reason", "ประชุม 7/2569", "--open-looks", "ภายหลัง"),
        ("case", "open", exam, "--as", "complaint", "--about", "เสียงดัง บอกโดย ร้อง เรียนจริง", "--by", STAFF[0],
         "--from", "นางร้อง เรียนจริง", "--file", answers),
        ("case", "open", exam, "--as", "appeal", "--candidate", list(NAMES)[5], "--about", "ขอตรวจซ้ำ",
         "--by", STAFF[0]),
        ("case", "open", exam, "A1", "--by", STAFF[3], "--from-paper", "--answers",
         " ".join(f"{n}={key}" for n, key in enumerate(right["B"], 1))),
        ("certificate", "issue", exam, "--by", STAFF[0], "--from", date.today()),
    ):  # fmt: skip
        examgen(*words)
    _, public = keys.make_keys(workspace / "body.pem", "สถาบันทดสอบ")
    private = keys.read_private(workspace / "body.pem")
    assert private.codes is not None
    return Body(
        workspace, exam, SigningKey(public.body, public.key_id, private.codes), workspace / "body.public.json"
    )


@pytest.fixture(scope="module")
def made(body: Body, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file."""
    return body.make(tmp_path_factory.mktemp("made") / "full.zip").path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, lines: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def table_in(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def lines_of(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(members(path)["manifest.json"])["lines"]
    return found


# ── what is in it ────────────────────────────────────────────────────────────────────────────


def test_every_file_stands_in_the_manifest_with_its_digest(made: Path) -> None:
    for path in (made,):
        found, lines = members(path), lines_of(path)
        present = {one["path"]: one for one in lines if one["state"] == "present"}
        assert {*present, "manifest.json", "manifest.json.sig"} == {*found}
        for name, one in present.items():
            assert (one["size"], one["sha256"]) == (len(found[name]), hashlib.sha256(found[name]).hexdigest())
        assert {one["section"] for one in lines} == {*range(9)}
        assert not {*present} & {one["path"] for one in lines if one["state"] == "withheld"}
        assert all(one["why"]["th"] != one["why"]["en"] for one in lines if one["state"] != "present")


def test_what_is_withheld_is_known_by_its_digest(body: Body, made: Path) -> None:
    withheld = {one["path"]: one["sha256"] for one in lines_of(made) if one["state"] == "withheld"}
    for name in ("key.csv", "items.yaml", "build-report.html"):
        path = body.exam / "secure" / name
        key = (body.exam / "secure/digest.key").read_bytes()
        assert withheld[f"3-exam/secure/{name}"] == hmac.new(key, path.read_bytes(), "sha256").hexdigest()
    assert "5-scoring/corrections.yaml" in withheld


def test_no_key_and_no_item_is_in_any_byte(body: Body, made: Path) -> None:
    snapshot = (body.exam / "secure/items.yaml").read_text("utf-8")
    key = rows(body.exam / "secure/key.csv")
    for path in (made,):
        for name, data in members(path).items():
            text = data.decode("utf-8", "replace")
            for words in ("ตัวเลือก a", "ตัวเลือก ข", "คำถามที่", "ที่ถูกคือ"):
                assert words in snapshot or words not in ("ตัวเลือก a", "คำถามที่")
                assert words not in text, (name, words)
            if name.endswith((".json", ".jsonl", ".csv", ".yaml")):
                assert not re.search(r"[\"']?key[\"']?\s*:\s*[\"']?[A-Da-d][\"',}\s]", text), name
                assert "item_hash" not in text
            for one in key:
                assert f"{one['form']},{one['question']},{one['key']}" not in text, name
    for item in re.findall(
        r"[0-9a-f]{64}", json.dumps([one["sha256"] for one in lines_of(made) if "sha256" in one])
    ):
        assert item not in snapshot


def test_no_document_says_what_a_mark_was_decided_to_be(made: Path) -> None:
    """Whoever sees that a score rose by it would know what is right."""
    for path in (made,):
        found = members(path)
        [decision] = table_in(found["5-scoring/marks.csv"])
        assert decision["question"] == "9"
        assert not {"answer", "raw"} & {*decision}
        for name, data in found.items():
            text = data.decode("utf-8", "replace")
            assert not re.search(r"question 9 is [A-D]|ข้อ 9 คือ [ก-งA-D]", text), name
            assert not re.search(r"[1-9]=[A-D]", text), name
            assert '"answer": "' not in text.replace('"answer": "…"', ""), name
        acts = [json.loads(line) for line in found["5-scoring/record.jsonl"].splitlines()]
        [read] = [one for one in acts if one["act"] == "case-reading"]
        assert "answers" not in read["details"]
        assert [*read["details"].get("differences", ())] == [
            {"question": one["question"]} for one in read["details"].get("differences", ())
        ]


def test_places_with_names_are_told_with_the_time_that_removes_them(made: Path) -> None:
    told = {
        one["path"]: (one["first_time"], one["second_time"])
        for one in table_in(members(made)["8-persons/names-and-numbers.csv"])
    }
    assert told["sitting/roster.csv"] == ("contacts", "removed")
    assert told["sitting/record.jsonl"] == ("", "")
    assert not any("key" in path or "items" in path or "forms" in path for path in told)


def test_documents_are_found_by_clause(made: Path) -> None:
    page = re.sub(r"<[^>]+>|\u200b", "", members(made)["index.html"].decode())
    for clause in ("4.3", "7.4", "9.3", "9.8", "10"):
        assert re.search(rf"(?<![\d.]){re.escape(clause)}\s", page)
    assert "ISO/IEC 17024:2026" in page


def test_the_same_package_gives_the_same_bytes(body: Body, made: Path, tmp_path: Path) -> None:
    assert body.make(tmp_path / "again.zip").path.read_bytes() == made.read_bytes()


def test_certificates_and_what_the_body_tells_stand_in_it(made: Path) -> None:
    found = members(made)
    acts = [json.loads(line) for line in found["7-decision/certificates.jsonl"].splitlines()]
    assert {one["act"] for one in acts} == {"issued"}
    assert {one["candidate_id"] for one in acts} <= {*NAMES}
    assert all(len(one["before"]) in (0, 64) for one in acts)
    body = json.loads(found["1-scheme/body.json"])
    assert (body["reports"]["validity"]["years"], body["retention"]["results_days"]) == (3, 3650)


def test_before_anything_was_scored_it_says_what_is_to_come(body: Body, tmp_path: Path) -> None:
    exam = building.build(body.workspace / "b.yaml", body.workspace, out=tmp_path / "new").folder
    done = make_dossier(exam, body.workspace, tmp_path / "new.zip")
    states = {one.document: one.state for one in done.lines}
    assert states["technical"] == states["runs"] == "missing"
    assert states["forms"] == "present"
    assert states["cases"] == "none"
    assert done.run is None
    assert not done.key_id


def test_records_stand_in_it_as_they_are_and_without_what_is_right(body: Body, made: Path) -> None:
    found = members(made)
    assert found["4-sitting/returns/incidents.csv"] == (body.workspace / "incidents.csv").read_bytes()
    assert {one["by"] for one in table_in(found["2-items/reviews.csv"])} == {STAFF[3]}
    audit = json.loads(found["5-scoring/run-0002/audit.json"])
    [correction] = audit["corrections"]
    assert (correction["kind"], correction["reason"], audit["key"]["version"]) == ("rekey", "", 1)
    assert "key" not in correction
    people = json.loads(found["8-persons/conflicts.json"])["people"]
    assert STAFF[1] in {one["name"] for one in people}
    papers = {one["path"] for one in lines_of(made) if one["document"] == "cases"}
    assert {path.split("/")[1] for path in papers} == {"cases"}


# ── signature ────────────────────────────────────────────────────────────────────────────────


def packed(path: Path, found: dict[str, bytes], *more: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, data in (*found.items(), *more):
            file.writestr(name, data)
    return path


RESULTS, RECORD, SEAL = "7-decision/run-0003/candidates.csv", "5-scoring/record.jsonl", "manifest.json.sig"
Members = dict[str, bytes]
CHANGED: dict[str, tuple[Callable[[Members], Members], set[str]]] = {
    "another result": (lambda m: m | {RESULTS: m[RESULTS].replace(b"fail", b"pass", 1)}, {"file-changed"}),
    "longer": (lambda m: m | {RESULTS: m[RESULTS] + b" "}, {"file-changed"}),
    "gone": (lambda m: without(m, RECORD), {"file-missing"}),
    "added": (lambda m: m | {"7-decision/minutes.pdf": b"%PDF-1.7"}, {"file-added"}),
    "outside": (lambda m: m | {"../../x": b""}, {"file-added", "file-outside"}),
    "the manifest": (
        lambda m: m | {"manifest.json": m["manifest.json"].replace(b'"run": 3', b'"run": 2')}, {"manifest-changed"},
    ),
    "no manifest": (lambda m: without(m, "manifest.json"), {"not-a-dossier"}),
    "unsigned": (lambda m: without(m, SEAL), {"signature-missing"}),
    "no signature": (lambda m: m | {SEAL: b"{}"}, {"signature-damaged"}),
    "signed by another": (
        lambda m: m | {SEAL: json.dumps(json.loads(m[SEAL]) | {"key": "AAAAAAAA"}).encode()}, {"signed-by-another"},
    ),
}  # fmt: skip


def without(found: Members, name: str) -> Members:
    return {path: data for path, data in found.items() if path != name}


@pytest.mark.parametrize("name", CHANGED)
def test_whatever_was_changed_since_is_found(body: Body, made: Path, tmp_path: Path, name: str) -> None:
    change, codes = CHANGED[name]
    assert isinstance(check_dossier(made, [body.public]), CheckedDossier)
    with pytest.raises(Refused) as refused:
        check_dossier(packed(tmp_path / "x.zip", change(members(made))), [body.public])
    assert {one.code for one in refused.value.problems} == codes


def test_a_file_that_stands_twice_and_a_cut_archive_are_found(body: Body, made: Path, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = packed(tmp_path / "twice.zip", members(made), ("3-exam/verify.json", b"{}"))
    with pytest.raises(Refused) as refused:
        check_dossier(twice, [body.public])
    assert "file-twice" in {one.code for one in refused.value.problems}
    data = made.read_bytes()
    for n, end in enumerate((len(data) // 2, len(data) - 5, 100)):
        cut = tmp_path / f"{n}.zip"
        cut.write_bytes(data[:end])
        with pytest.raises(Refused):
            check_dossier(cut, [body.public])


def test_what_stands_behind_the_archive_is_found(body: Body, made: Path, tmp_path: Path) -> None:
    path = tmp_path / "more.zip"
    path.write_bytes(made.read_bytes() + b"more")
    with pytest.raises(Refused) as refused:
        check_dossier(path, [body.public])
    assert [one.code for one in refused.value.problems] == ["file-added"]
    path.write_bytes(made.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"said by somebody else"
    with pytest.raises(Refused):
        check_dossier(path, [body.public])


# ── bad input ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def copied(body: Body, tmp_path: Path) -> Path:
    """The workspace, to be spoilt."""
    return Path(shutil.copytree(body.workspace, tmp_path / "copied"))


def test_a_file_that_cannot_be_written_is_refused_and_nothing_is_lost(
    run: Run, copied: Path, tmp_path: Path
) -> None:
    exam = copied / "output" / "T-1-L4"
    other = tmp_path / "other.zip"
    packed(other, {"a": b"b"})
    before = other.read_bytes()
    (tmp_path / "folder.zip").mkdir()
    for words, status in (
        (("--out", tmp_path / "x.tar"), 2),
        (("--out", tmp_path / "folder.zip"), 2),
        (("--out", tmp_path / "no" / "x.zip"), 2),
        (("--out", other), 1),
        (("--passphrase",), 2),
        (("--sign", tmp_path / "none.pem"), 2),
        (("--sign", copied / "body.public.json"), 1),
        (("--date", "2026-13-01"), 2),
    ):
        found = run("dossier", exam, *words)
        assert found.status == status, words
        assert found.err.strip()
    assert other.read_bytes() == before
    assert not (exam / "dossier").exists() or not [*(exam / "dossier").iterdir()]


def test_a_package_that_was_changed_gives_no_file(run: Run, copied: Path) -> None:
    exam = copied / "output" / "T-1-L4"
    record = exam / "sitting" / "record.jsonl"
    kept = record.read_bytes()
    record.write_bytes(kept.replace(b"withheld", b"upheld", 1))
    assert run("dossier", exam).status == 1
    record.write_bytes(kept)
    with (exam / "secure" / "items.yaml").open("ab") as file:
        file.write(b"\n")
    assert run("dossier", exam).status == 1
    assert run("dossier", copied / "item_bank").status in (1, 2)
    assert not [*copied.rglob("*.zip")]


def test_of_a_record_that_was_cut_nothing_is_made(run: Run, copied: Path) -> None:
    exam = copied / "output" / "T-1-L4"
    record = exam / "sitting" / "record.jsonl"
    record.write_bytes(record.read_bytes().splitlines(keepends=True)[0])
    found = run("dossier", exam)
    assert found.status == 1
    assert "record-cut" in found.err
    assert not [*copied.rglob("*.zip")]


def test_the_commands_make_and_check_it(run: Run, copied: Path) -> None:
    exam = copied / "output" / "T-1-L4"
    said = json.loads(run.ok("dossier", exam, "--sign", copied / "body.pem", "--json").out)
    path = exam / "dossier" / "T-1-L4.zip"
    assert Path(said["file"]) == path
    assert path.stat().st_mode & 0o077 == 0
    assert said["documents"]["present"] > 10
    checked = json.loads(run.ok("verify-report", path, "--key", copied / "body.public.json", "--json").out)
    assert checked["dossier"]["exam"] == "T-1-L4"
    assert run("verify-report", path).status == 2
    assert run.ok("verify", exam).out
