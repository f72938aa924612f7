"""Where the standard asks more than the written test, nothing says that who passed it has met the unit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from examgen.assembly.assemble import assemble
from examgen.commands import main
from examgen.core.models.standard import Unit
from examgen.core.signing.keys import make_keys
from examgen.evidence.public import answer_to
from examgen.reports.codes import codes_in
from tests.reports.sentences.people import but, people, right, wrong
from tests.reports.sentences.sitting import Sitting
from tests.samples import blueprint, shelf, unit_data
from tests.sittings import OPEN_LOOKS, table

Cli = Callable[..., tuple[int, str]]


def assessed(*methods: str, **more: Any) -> dict[str, Any]:
    """A unit whose standard assesses levels 3 and 4 so."""
    entry = {"occupation": "ช่าง", "levels": [3, 4], "methods": list(methods)}
    return {"assessment": [entry], "source": None, **more}


class Sat(NamedTuple):
    """A released exam of two people, of whom the first passed, in a workspace with the keys of a body."""

    workspace: Path
    folder: Path
    key: Path
    public: Path


def sat(folder: Path, *methods: str) -> Sat:
    """The sitting of a unit that is assessed so."""
    return placed(folder, Sitting("", [*people(right, wrong)], unit=assessed(*methods), released=(1,)))


def placed(folder: Path, sitting: Sitting) -> Sat:
    """The sitting in a workspace."""
    place = folder / "output" / "T-1-L4"
    sitting.made(folder / "made").parent.mkdir(exist_ok=True)
    place.parent.mkdir()
    (folder / "made" / "package").rename(place)
    (folder / "item_bank").mkdir()
    (folder / "keys").mkdir()
    key = folder / "keys" / "body.pem"
    make_keys(key, "สถาบันทดลอง")
    return Sat(folder, place, key, folder / "keys" / "body.public.json")


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command: its status and what it printed."""

    def run(*words: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["examgen", *map(str, words)])
        monkeypatch.setenv("COLUMNS", "1000")
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out + said.err

    return run


def code_on_report(cli: Cli, exam: Sat, who: str = "0001") -> str:
    """The code on a candidate's report."""
    out = exam.workspace / f"report-{who}"
    words = ("report", exam.folder, "--kind", "candidate", "--candidate", who, "--no-pdf", "--html")
    status, said = cli(*words, "--verify-code", exam.key, "--out", out)
    assert status == 0, said
    [code] = codes_in((out / f"{who}.html").read_text("utf-8"))
    return code


def test_what_else_the_standard_asks_is_by_level_and_occupation() -> None:
    entries = [
        {"occupation": None, "levels": [], "methods": ["written_objective"]},
        {"occupation": "ก", "levels": [3], "methods": ["interview"]},
        {"occupation": "ข", "levels": [3, 4], "methods": ["portfolio", "written"]},
    ]
    unit = Unit.model_validate(unit_data(assessment=entries))

    def methods(level: int | None, occupation: str | None) -> tuple[tuple[str, ...], bool]:
        found = unit.besides(level, occupation)
        assert found is not None
        return found.methods, found.of_some

    assert methods(5, None) == ((), False)
    assert methods(3, "ก") == (("interview",), False)
    assert methods(4, None) == (("portfolio", "written"), False), "a test that is not objective is another"
    assert methods(3, None) == (("interview", "portfolio", "written"), True)
    found = unit.besides(3, None)
    assert found is not None
    assert found.said.en == (
        "T-1, level 3, for some occupations: interview, portfolio, written test that is not objective"
    )
    plain = Unit.model_validate(unit_data(assessment=[{"methods": ["written"]}]))
    assert (plain.besides(4, None) or entries).methods == ()
    assert Unit.model_validate(unit_data(assessment=[])).besides(4, None) is None


@pytest.mark.parametrize("methods", [("written_objective",), ("written_objective", "interview")])
def test_a_build_says_what_passing_will_not_mean(methods: tuple[str, ...]) -> None:
    built = assemble([shelf(**assessed(*methods))], *blueprint())
    told = [one for one in built.notices if "the standard also requires" in one]
    assert len(told) == len(methods) - 1
    assert not any("without saying that it is objective" in one for one in built.notices)
    for one in told:
        assert "(T-1, level 4: interview)" in one
        assert "T-1 ระดับ 4: สัมภาษณ์" in one.th  # type: ignore[attr-defined]


def test_the_written_test_alone_is_the_unit(cli: Cli, tmp_path: Path) -> None:
    exam = sat(tmp_path, "written_objective")
    assert cli("export", exam.folder, "--format", "results", "--out", tmp_path / "r")[0] == 0
    first, second = table(tmp_path / "r" / "results.csv")
    assert (first["status"], first["decision"], first["also_asked"]) == ("met", "pass", "")
    assert (second["status"], second["decision"]) == ("not_met", "fail")
    code = code_on_report(cli, exam)
    answer = answer_to(tmp_path, code)
    assert (answer.standing, answer.decision, answer.scope) == ("valid", "pass", None)
    assert "12 of 12, pass" in cli("verify-report", code, "--key", exam.public)[1]


def test_the_code_on_a_report_says_that_the_test_alone_was_passed(cli: Cli, tmp_path: Path) -> None:
    exam = sat(tmp_path, "written_objective", "interview", "portfolio")
    for who, passed, decision in (("0001", "passed", "pass"), ("0002", "not passed", "fail")):
        code = code_on_report(cli, exam, who)
        status, said = cli("verify-report", code, "--key", exam.public)
        assert (status, f"written test {passed} (the standard also requires interview, portfolio" in said) == (
            0, True,
        )  # fmt: skip
        [stated] = json.loads(cli("verify-report", code, "--key", exam.public, "--json")[1])["reports"]
        assert (stated["decision"], stated["also_asked"]) == (decision, ["interview", "portfolio"])
        answer = answer_to(tmp_path, code)
        assert (answer.standing, answer.decision) == ("valid", decision)
        assert answer.scope is not None
        assert "interview" in answer.scope.en


def test_scoring_and_release_say_it(cli: Cli, tmp_path: Path) -> None:
    exam = sat(tmp_path, "written_objective", "interview")
    words = (
        "release",
        exam.folder,
        "--run",
        1,
        "--by",
        "คณะกรรมการ",
        "--reason",
        "ประชุมครั้งที่ 7/2569",
        *OPEN_LOOKS,
    )
    assert "does not show that T-1 is met" in cli(*words)[1]
    said = cli("score", exam.folder, tmp_path / "made" / "answers-1.csv", "--out", tmp_path / "again")[1]
    assert "1 of 2 pass" in said
    assert "does not show that T-1 is met" in said


def _decided_otherwise(folder: Path, rule: dict[str, Any]) -> Sat:
    """Of an exam with an interview beside it the first passes; the third's points would do, but a criterion
    fails them; the second has nothing."""
    unit = assessed("written_objective", "interview")
    sitting = Sitting("", [*people(right, wrong, but(1, 2, 3, 4))], rule, unit=unit, released=(1,))
    return placed(folder, sitting)


@pytest.mark.parametrize("rule", [{"pass": {"percent": 60, "criteria": {"all": 50}}}, {"pass": None}])
def test_the_unit_follows_the_decision_everywhere(cli: Cli, tmp_path: Path, rule: dict[str, Any]) -> None:
    exam = _decided_otherwise(tmp_path, rule)
    assert cli("export", exam.folder, "--format", "results", "--out", tmp_path / "r")[0] == 0
    told = {row["candidate_id"]: row["status"] for row in table(tmp_path / "r" / "results.csv")}
    assert told["0003"] == ("written_not_met" if rule["pass"] else "written_met")
    assert (told["0001"], told["0002"]) == ("written_met", "written_not_met")
    for who, unit in told.items():
        out = tmp_path / f"report-{who}"
        words = ("--kind", "candidate", "--candidate", who, "--no-pdf", "--html", "--lang", "en")
        assert cli("report", exam.folder, *words, "--out", out)[0] == 0
        page = (out / f"{who}.html").read_text("utf-8")
        line = page[page.index('class="at-unit"') :].partition("</tr>")[0]
        assert ("written test: not met" in line, "written test: met" in line) == (
            unit == "written_not_met", unit == "written_met",
        )  # fmt: skip
    met = list(told.values()).count("written_met")
    assert cli("report", exam.folder, "--kind", "coverage", "--no-pdf", "--out", tmp_path / "c")[0] == 0
    [unit] = [row for row in table(tmp_path / "c" / "standard.csv") if row["part"] == "unit"]
    assert int(unit["met"]) == met


def test_where_occupations_are_asked_otherwise_the_author_is_told_to_name_one() -> None:
    entries = [
        {"occupation": "ก", "levels": [4], "methods": ["written_objective", "interview"]},
        {"occupation": "ข", "levels": [4], "methods": ["written_objective", "portfolio"]},
    ]
    unit = {"assessment": entries, "source": None}
    built = assemble([shelf(**unit)], *blueprint())
    assert any("assesses occupations at level 4 by different methods" in one for one in built.notices)
    assert built.other_methods[0].methods == ("interview", "portfolio")
    named = assemble([shelf(**unit)], *blueprint(occupation="ข"))
    assert not any("by different methods" in one for one in named.notices)
    assert named.other_methods[0].methods == ("portfolio",)
