"""Badges of a released run: who has one, what it says and does not say, and what becomes of it."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from copy import copy
from pathlib import Path

import pytest
from jsonschema import Draft201909Validator, FormatChecker

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.commands import main
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.signing.keys import make_keys
from examgen.interchange.badges import identity_of
from examgen.reports.exports.upload import outcomes
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from examgen.scoring.runs import releases
from examgen.scoring.runs.read import read_scored
from tests.analyses.test_administrations import sat as administration
from tests.interchange.expected import REFERENCE
from tests.samples import blueprint, item_data, shelf
from tests.sittings import table

SCHEMA = REFERENCE / "schemas/openbadges/ob_v3p0_achievementcredential_schema.json"
"""1EdTech's schema, which its licence keeps out of the repository."""
DAY, LATER = "2026-11-20", "2027-01-01"


class Awarding:
    """A package of two runs, the key of a body, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder, files, wanted = administration(folder, personal=False)
        sittings.score(self.folder, files, options=wanted)
        self.key, self.public = folder / "body.pem", folder / "body.public.json"
        make_keys(self.key, "สถาบันทดลอง")
        self.runs = {
            n: {
                row["candidate_id"]: row for row in table(self.folder / f"results/runs/000{n}/candidates.csv")
            }
            for n in (1, 2)
        }

    def passed(self, run: int) -> set[str]:
        """Who passed in a run, as its table says."""
        return {who for who, row in self.runs[run].items() if row["decision"] == "pass"}


@pytest.fixture(scope="module")
def sat(tmp_path_factory: pytest.TempPathFactory) -> Awarding:
    """Two runs, none of them released."""
    return Awarding(tmp_path_factory.mktemp("badges"))


@pytest.fixture
def body(sat: Awarding, tmp_path: Path) -> Awarding:
    """The same with its first run released, a test's own."""
    mine = copy(sat)
    mine.folder = tmp_path / "awarding" / sat.folder.name
    shutil.copytree(sat.folder.parent, mine.folder.parent)
    releases.release(mine.folder, 1, "คณะกรรมการ", "ประชุม 1", open_looks="พิจารณาภายหลัง")
    return mine


Cli = Callable[..., tuple[int, str]]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command: its status and what it printed."""

    def run(*words: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["examgen", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out + said.err

    return run


def awarded(cli: Cli, body: Awarding, out: Path, *more: object) -> dict[str, Path]:
    """The badges by candidate, with the list that says whose they are."""
    status, said = cli(
        "export", body.folder, "--format", "open-badges", "--key", body.key, "--out", out, "--json", *more
    )
    assert status == 0, said
    rows = table(out / "badges.csv")
    assert len(rows) == json.loads(said)["badges"]
    return {row["candidate_id"]: out / row["file"] for row in rows}


def verified(cli: Cli, body: Awarding, path: Path, *more: object, key: Path | None = None) -> tuple[int, str]:
    words = ("verify-report", path, "--key", key or body.public, "--json", *more)
    return cli(*words, *(() if "--date" in more else ("--date", LATER)))


def code_of(said: str) -> str:
    return str(json.loads(said)["problems"][0]["code"])


def test_nobody_has_a_badge_before_the_release(cli: Cli, sat: Awarding, tmp_path: Path) -> None:
    words = ("export", sat.folder, "--format", "open-badges", "--out", tmp_path / "o", "--json")
    status, said = cli(*words, "--key", sat.key)
    assert (status, code_of(said)) == (1, "no-badges")
    assert not (tmp_path / "o").exists()
    assert cli(*words)[0] == 2


def test_who_met_the_unit_has_a_badge_that_names_nobody(cli: Cli, body: Awarding, tmp_path: Path) -> None:
    words = ("export", body.folder, "--format", "open-badges", "--key", body.key, "--out", tmp_path / "o")
    assert cli(*words)[0] == 2, "nothing says the day"
    badges = awarded(cli, body, tmp_path / "o", "--date", DAY, "--valid-until", "2029-11-19")
    assert {*badges} == body.passed(1)
    again = awarded(cli, body, tmp_path / "again", "--date", DAY, "--valid-until", "2029-11-19")
    assert all(path.read_bytes() == again[who].read_bytes() for who, path in badges.items())
    documents = {who: json.loads(path.read_text("utf-8")) for who, path in badges.items()}
    assert len({one["id"] for one in documents.values()}) == len(badges)
    for who, one in documents.items():
        text = badges[who].read_text("utf-8")
        assert who not in text
        assert not any(name in text for name in re.findall(r"\w+", body.runs[1][who].get("name", "")))
        subject = one["credentialSubject"]
        (identity,) = subject["identifier"]
        assert identity["identityHash"] == identity_of(who, identity["salt"])
        assert identity["hashed"] is True
        assert len(identity["salt"]) == 32
        assert {"id", "type", "criteria", "description", "name"} <= subject["achievement"].keys()
        assert subject["achievement"]["humanCode"] == "T-1"
        codes = [each["targetCode"] for each in subject["achievement"]["alignment"]]
        assert codes == ["T-1", "E1.01", "E1.02", "E2.01"]
        assert one["issuer"]["name"] == "สถาบันทดลอง"
        assert one["validUntil"] == "2029-11-19T23:59:59Z"
    who = min(badges)
    status, said = verified(cli, body, badges[who], "--candidate", who, "--exam", body.folder)
    badge = json.loads(said)["badge"]
    assert (status, badge["is_of"], badge["stands"], badge["unit"]) == (0, True, True, "T-1")
    assert badge["number"] == documents[who]["id"]


@pytest.mark.skipif(not SCHEMA.is_file(), reason="the schema of 1EdTech is not here")
def test_badges_are_valid_against_the_schema_of_1edtech(cli: Cli, body: Awarding, tmp_path: Path) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    checker = Draft201909Validator(schema, format_checker=FormatChecker())
    for path in awarded(cli, body, tmp_path / "o", "--date", DAY).values():
        assert not list(checker.iter_errors(json.loads(path.read_text("utf-8"))))


def test_a_badge_that_is_not_what_it_was_does_not_hold(cli: Cli, body: Awarding, tmp_path: Path) -> None:
    badges = awarded(cli, body, tmp_path / "o", "--date", DAY, "--valid-until", "2029-11-19")
    (who, path), (other, _) = list(badges.items())[:2]
    assert code_of(verified(cli, body, path, "--candidate", other)[1]) == "of-another"
    assert code_of(verified(cli, body, path, "--date", "2029-11-20")[1]) == "expired"
    assert code_of(verified(cli, body, path, "--date", "2026-11-19")[1]) == "not-yet-valid"
    assert verified(cli, body, path, "--date", "2029-11-19")[0] == 0
    make_keys(tmp_path / "other.pem", "สถาบันอื่น")
    said = verified(cli, body, path, key=tmp_path / "other.public.json")[1]
    assert code_of(said) == "signed-by-another"
    data, held = path.read_bytes(), json.loads(path.read_text("utf-8"))
    changed = tmp_path / "changed.json"
    for at in range(7, len(data), len(data) // 40):
        changed.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        status, said = verified(cli, body, changed)
        same = status == 0 and json.loads(changed.read_text("utf-8")) == held
        assert same or status == 1, (at, said)
    assert verified(cli, body, path, "--candidate", who)[0] == 0


def test_a_badge_is_withdrawn_by_the_next_release(cli: Cli, body: Awarding, tmp_path: Path) -> None:
    badges = awarded(cli, body, tmp_path / "o", "--date", DAY)
    releases.release(body.folder, 2, "คณะกรรมการ", "แก้เฉลย", open_looks="พิจารณาภายหลัง")
    lost, kept = body.passed(1) - body.passed(2), body.passed(1) & body.passed(2)
    assert lost
    assert kept
    for who in sorted(lost)[:2]:
        assert code_of(verified(cli, body, badges[who], "--exam", body.folder)[1]) == "withdrawn"
        assert verified(cli, body, badges[who])[0] == 0, "who does not ask is not told"
    assert verified(cli, body, badges[min(kept)], "--exam", body.folder)[0] == 0
    words = ("export", body.folder, "--run", "1", "--format", "open-badges", "--key", body.key)
    assert cli(*words, "--out", tmp_path / "p")[0] == 1
    now = awarded(cli, body, tmp_path / "o", "--date", DAY, "--replace")
    assert {*now} == body.passed(2)
    left = {path.name for path in (tmp_path / "o").iterdir()} - {"badges.csv", ".examgen"}
    assert left == {path.name for path in now.values()}, "no badge of an earlier release is left"


def test_the_awarding_body_has_its_columns(cli: Cli, body: Awarding, tmp_path: Path) -> None:
    out = tmp_path / "all"
    assert cli("export", body.folder, "--run", "2", "--format", "results", "--out", out)[0] == 0
    rows = {row["candidate_id"]: row for row in table(out / "results.csv")}
    assert {who: row["decision"] for who, row in rows.items()} == {
        who: row["decision"] for who, row in body.runs[2].items()
    }
    assert {(row["unit"], row["level"], row["certificate_number"]) for row in rows.values()} == {
        ("T-1", "4", "")
    }
    settings = body.folder.parent / "examgen.yaml"
    (body.folder.parent / "item_bank").mkdir()
    settings.write_text(
        "exports:\n  results:\n    dates: thai\n    words: {pass: ผ่าน, fail: ไม่ผ่าน}\n    columns:\n"
        "      เลขประจำตัว: candidate_id\n      =ผล: decision\n      วันที่: date\n      ศูนย์: 'text:กรุงเทพ'\n"
        "      มา: หมายเหตุ\n",
        "utf-8",
    )
    out = tmp_path / "own"
    words = ("export", body.folder, "--run", "2", "--format", "results", "--out", out, "--date", DAY)
    assert cli(*words)[0] == 0
    lines = (out / "results.csv").read_text("utf-8-sig").splitlines()
    assert lines[0] == "เลขประจำตัว,'=ผล,วันที่,ศูนย์,มา"
    assert {tuple(line.split(",")[1:]) for line in lines[1:]} == {
        ("ผ่าน", "20/11/2569", "กรุงเทพ", "มาสาย"),
        ("ไม่ผ่าน", "20/11/2569", "กรุงเทพ", "มาสาย"),
    }
    settings.write_text("exports: {results: {columns: {ผล: grade}}}\n", "utf-8")
    assert cli(*words, "--replace")[0] == 1
    settings.unlink()


def test_of_an_exam_of_several_units_each_is_met_by_itself(tmp_path: Path) -> None:
    criteria = [{"code": f"F1.0{n}", "text": "ทำได้"} for n in (1, 2)]
    second = shelf(
        items=[item_data(one["code"], n) for one in criteria for n in range(1, 11)],
        code="T-2",
        elements=[{"code": "F1", "title": "สมรรถนะสอง", "criteria": criteria}],
    )
    bank = [shelf(), second]
    asked = blueprint(units=["T-1", "T-2"], items=24, judgement={"min_items": 3, "percent": 60})
    write_package(tmp_path / "exam", exam_files(assemble(bank, *asked), bank_sha256(bank), {}))
    simulations.simulate(tmp_path / "exam", 60, 3, tmp_path / "answers.csv")
    sittings.score(tmp_path / "exam", [tmp_path / "answers.csv"])
    found = list(outcomes(read_scored(tmp_path / "exam")))
    points = {row["candidate_id"]: row for row in table(tmp_path / "exam/results/pc_results.csv")}
    size = Counter(row["unit"] for row in table(tmp_path / "exam/secure/key.csv"))
    assert len(found) == 120
    for one in found:
        own = points[one.person["candidate_id"]]
        letter = {"T-1": "E", "T-2": "F"}[one.unit]
        earned = sum(
            int(cell) for name, cell in own.items() if name.startswith(letter) and name.endswith("_correct")
        )
        is_met = earned >= 0.6 * size[one.unit]
        assert one.met == (is_met and one.person["decision"] == "pass")
    assert len({(one.unit, one.status, one.met) for one in found}) > 4
