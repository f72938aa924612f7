"""A unit by all methods that its standard asks: what was given, released, and said to whom."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from examgen.capture.method_results import read_method_results
from examgen.core.models.decisions import MethodsRule
from examgen.core.models.field_types import Method
from examgen.core.models.standard import Besides
from examgen.core.other_methods import AllMethods, AssessedUnit, MethodResult
from examgen.core.problems import Refused
from examgen.evidence.certificates import read_register
from examgen.evidence.public import answer_to
from tests.reports.sentences.people import people, right, wrong
from tests.reports.sentences.sitting import Sitting
from tests.reports.test_written_test_only import Cli, Sat, cli, code_on_report, placed
from tests.reports.test_written_test_only import assessed as unit_assessed
from tests.sittings import table

__all__ = ["cli"]
HEAD = "candidate_id,method,result,date,assessor\n"
LIST = HEAD + "".join(
    f"{who},{method},{result},2026-11-20,สมศรี\n"
    for who, method, result in (
        ("0001", "interview", "pass"), ("0002", "สัมภาษณ์", "ไม่ผ่าน"), ("0003", "interview", "absent"),
        ("0005", "interview", "ผ่าน"), ("0006", "interview", "fail"), ("0008", "interview", "absent"),
    )
)  # fmt: skip
WRITTEN = {f"{n:04}": n <= 4 for n in range(1, 9)}
UNIT = {
    "0001": "met", "0002": "not_met", "0003": "open", "0004": "open", "0005": "not_met", "0006": "not_met",
    "0007": "not_met", "0008": "not_met",
}  # fmt: skip
SAID = {
    "met": "T-1, level 4: met. The candidate passed every method of assessment that the standard asks.",
    "not_met": "T-1, level 4: not met. Not passed: ",
    "open": "T-1, level 4: not decided yet. Open: interview.",
}


@pytest.fixture
def exam(tmp_path: Path) -> Sat:
    """Four who passed the written test, four who did not; the standard asks an interview as well."""
    everybody = people(*(right if passed else wrong for passed in WRITTEN.values()))
    unit = unit_assessed("written_objective", "interview")
    found = placed(tmp_path, Sitting("", [*everybody], unit=unit, released=(1,)))
    (tmp_path / "interview.csv").write_text(LIST, "utf-8")
    return found


def released(cli: Cli, exam: Sat, reason: str = "by all methods", day: str = "2026-11-21") -> str:
    words = ("--run", 1, "--by", "คณะกรรมการ", "--reason", reason, "--date", day)
    status, said = cli("release", exam.folder, *words)
    assert status == 0, said
    return said


def statuses(cli: Cli, exam: Sat, out: Path, *more: object) -> dict[str, str]:
    assert cli("export", exam.folder, "--format", "results", "--out", out, *more)[0] == 0
    return {row["candidate_id"]: row["status"] for row in table(out / "results.csv")}


def pages(cli: Cli, exam: Sat, out: Path, *more: object) -> dict[str, str]:
    words = ("--kind", "candidate", "--no-pdf", "--html", "--lang", "en", "--out", out, *more)
    status, said = cli("report", exam.folder, *words)
    assert status == 0, said
    return {path.stem: re.sub(r"\s+", " ", path.read_text("utf-8")) for path in out.glob("*.html")}


def test_every_combination_is_said_as_it_is(cli: Cli, exam: Sat, tmp_path: Path) -> None:
    assert cli("take", exam.folder, tmp_path / "interview.csv")[0] == 0
    said = released(cli, exam)
    assert "T-1: 1 met, 5 not met, 2 not decided yet" in said
    assert "do not show that a unit is met" not in said
    expected = {who: "written_met" if state == "open" else state for who, state in UNIT.items()}
    assert statuses(cli, exam, tmp_path / "r") == expected
    found = pages(cli, exam, tmp_path / "pages")
    assert found.keys() == UNIT.keys()
    for who, page in found.items():
        for state, sentence in SAID.items():
            assert (sentence in page) == (state == UNIT[who]), (who, sentence)
        assert ("Written test: passed" in page) == WRITTEN[who]
        assert "does not show that" not in page
    assert "interview: passed on 20 November 2026" in found["0001"]
    assert "interview: did not come on 20 November 2026" in found["0003"]
    assert "interview: no result yet" in found["0004"]
    assert "Not passed: written test and interview." in found["0006"]


def test_the_committee_is_told_how_many_met_the_unit(cli: Cli, exam: Sat, tmp_path: Path) -> None:
    words = ("report", exam.folder, "--kind", "committee", "--no-pdf", "--lang", "en", "--out")
    assert cli(*words, tmp_path / "before")[0] == 0
    cli("take", exam.folder, tmp_path / "interview.csv")
    released(cli, exam)
    assert cli(*words, tmp_path / "after")[0] == 0
    said = "T-1, by all methods that the standard asks: 1 met, 5 not met, 2 not decided yet."
    for name in ("before", "after"):
        [page] = (tmp_path / name).glob("*.html")
        assert (said in re.sub(r"\s+", " ", page.read_text("utf-8"))) == (name == "after")


def test_without_a_pass_rule_the_written_test_is_what_is_open(cli: Cli, tmp_path: Path) -> None:
    """Nobody passes: nothing says that the written test was passed, and what is open is named."""
    unit = unit_assessed("written_objective", "interview")
    exam = placed(tmp_path, Sitting("", [*people(right)], {"pass": None}, unit=unit, released=(1,)))
    (tmp_path / "interview.csv").write_text(HEAD + "0001,interview,pass,2026-11-20,ก\n", "utf-8")
    assert cli("take", exam.folder, tmp_path / "interview.csv")[0] == 0
    released(cli, exam)
    page = pages(cli, exam, tmp_path / "pages")["0001"]
    assert "T-1, level 4: not decided yet. Open: written test." in page
    assert "Written test: passed" not in page


def test_a_list_is_found_again_whatever_its_name(cli: Cli, exam: Sat, tmp_path: Path) -> None:
    """Brackets are a pattern where names of files are looked for."""
    given = tmp_path / "room[1].csv"
    given.write_text(LIST, "utf-8")
    cli("take", exam.folder, given)
    released(cli, exam)
    assert cli("take", exam.folder, "--back", given.name, "--reason", "r")[0] == 0
    assert statuses(cli, exam, tmp_path / "r")["0001"] == "met"


def test_before_a_release_the_results_of_the_sitting_hold_and_after_it_its_own(
    cli: Cli, exam: Sat, tmp_path: Path
) -> None:
    assert statuses(cli, exam, tmp_path / "1")["0001"] == "written_met"
    cli("take", exam.folder, tmp_path / "interview.csv")
    assert statuses(cli, exam, tmp_path / "2")["0001"] == "written_met", "nobody has released it"
    released(cli, exam)
    changed = LIST.replace("0001,interview,pass", "0001,interview,fail")
    (tmp_path / "interview.csv").write_text(changed, "utf-8")
    words = ("take", exam.folder, tmp_path / "interview.csv", "--replace", "--reason", "typing error")
    assert cli(*words)[0] == 0
    assert statuses(cli, exam, tmp_path / "3")["0001"] == "met", "what the release took"
    released(cli, exam, "corrected", "2026-11-22")
    assert statuses(cli, exam, tmp_path / "4")["0001"] == "not_met"
    assert cli("verify", exam.folder)[0] == 0


def test_what_a_release_took_must_be_there(cli: Cli, exam: Sat, tmp_path: Path) -> None:
    cli("take", exam.folder, tmp_path / "interview.csv")
    released(cli, exam)
    kept = exam.folder / "sitting/methods/interview.csv"
    kept.write_text(LIST.replace("0005", "0004"), "utf-8")
    assert "taken-file-changed" in cli("verify", exam.folder)[1]
    kept.write_text(LIST.replace("fail", "pass"), "utf-8")
    status, said = cli("export", exam.folder, "--format", "results", "--out", tmp_path / "r")
    assert (status, "released-file-gone" in said) == (1, True)


def test_a_release_is_not_of_a_day_before_the_interview(cli: Cli, exam: Sat, tmp_path: Path) -> None:
    cli("take", exam.folder, tmp_path / "interview.csv")
    words = ("--run", 1, "--by", "c", "--reason", "r", "--date", "2026-11-19")
    status, said = cli("release", exam.folder, *words)
    assert (status, "the day of a result of another assessment method" in said) == (1, True)


def test_under_codes_the_unit_is_the_same(cli: Cli, exam: Sat, tmp_path: Path) -> None:
    cli("take", exam.folder, tmp_path / "interview.csv")
    released(cli, exam)
    hidden = statuses(cli, exam, tmp_path / "r", "--pseudonymous")
    assert sorted(hidden.values()) == sorted("written_met" if one == "open" else one for one in UNIT.values())
    assert not {*hidden} & {*UNIT}


def test_two_lists_that_contradict_each_other_are_not_taken(cli: Cli, exam: Sat, tmp_path: Path) -> None:
    cli("take", exam.folder, tmp_path / "interview.csv")
    (tmp_path / "more.csv").write_text(HEAD + "0001,interview,fail,2026-11-20,สมศรี\n", "utf-8")
    status, said = cli("take", exam.folder, tmp_path / "more.csv")
    assert (status, "result-twice" in said) == (1, True)
    (tmp_path / "more.csv").write_text(HEAD + "0004,interview,pass,2026-11-20,สมศรี\n", "utf-8")
    assert cli("take", exam.folder, tmp_path / "more.csv")[0] == 0
    released(cli, exam)
    assert statuses(cli, exam, tmp_path / "r")["0004"] == "met"


def test_an_exam_that_is_all_the_standard_asks_takes_no_other_results(cli: Cli, tmp_path: Path) -> None:
    unit = unit_assessed("written_objective")
    exam = placed(tmp_path, Sitting("", [*people(right, wrong)], unit=unit, released=(1,)))
    (tmp_path / "interview.csv").write_text(LIST, "utf-8")
    status, said = cli("take", exam.folder, tmp_path / "interview.csv")
    assert (status, "method-not-asked" in said) == (1, True)


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        (",interview,pass,2026-11-20,ก", "no-candidate-id", "candidate_id"),
        ("1.10E+12,interview,pass,2026-11-20,ก", "candidate-id-damaged", "candidate_id"),
        ("1,written,pass,2026-11-20,ก", "unknown-method", "method"),
        ("1,chat,pass,2026-11-20,ก", "unknown-method", "method"),
        ("1,portfolio,pass,2026-11-20,ก", "method-not-asked", "method"),
        ("1,interview,,2026-11-20,ก", "unknown-result", "result"),
        ("1,interview,80,2026-11-20,ก", "unknown-result", "result"),
        ("1,interview,pass,,ก", "no-day", "date"),
        ("1,interview,pass,2569-11-20,ก", "no-day", "date"),
        ("1,interview,pass,3/4/2026,ก", "no-day", "date"),
        ("1,interview,pass,2026-11-20,", "no-assessor", "assessor"),
        ("1,interview,pass", "too-few-fields", None),
        ("0,interview,pass,2026-11-20,ก\n0,interview,fail,2026-11-20,ก", "result-twice", None),
    ],
)
def test_a_fault_is_told_with_its_line_and_field(line: str, code: str, field: str | None) -> None:
    good = "9,interview,pass,2026-11-20,ก\n"
    asked: dict[str, tuple[Method, ...]] = {"T-1": ("interview",)}
    with pytest.raises(Refused) as caught:
        read_method_results("l.csv", f"{HEAD}{good}{line}\n{good}".encode(), asked)
    [one] = caught.value.problems
    place = 4 if "\n" in line else 3
    assert (one.source, one.code, one.field) == (f"l.csv:{place}", code, field)


def test_a_list_is_read_whatever_spreadsheet_wrote_it() -> None:
    text = "เลขประจำตัวสอบ;วิธีประเมิน;ผล;วันที่;ผู้ประเมิน\n๐๐๐๑;สัมภาษณ์;ผ่าน;20/11/2026;ก\n"
    [one] = read_method_results("l.csv", text.encode("cp874"), {"T-1": ("interview",)})
    assert one == MethodResult("๐๐๐๑", "T-1", "interview", "pass", "2026-11-20", "ก")


def test_a_unit_is_met_by_all_methods_or_not_at_all() -> None:
    def result(method: Method, said: str) -> MethodResult:
        return MethodResult("1", "U", method, said, "2026-11-20", "ก")  # type: ignore[arg-type]

    asked: tuple[Method, ...] = ("interview", "portfolio")
    both: dict[Method, MethodResult] = {method: result(method, "pass") for method in asked}

    def of(status: str, decision: str, held: dict[Method, MethodResult]) -> AssessedUnit:
        all_methods = AllMethods({"U": Besides("U", 5, asked)}, {("1", "U"): held})
        assert all_methods.of("1", "V", status, decision) is None
        found = all_methods.of("1", "U", status, decision)
        assert found is not None
        return found

    assert of("met", "pass", both).status == "met"
    assert of("met", "fail", both)[:2] == ("open", "reached"), "of several units, failed as a whole"
    assert of("met", "", both)[:2] == ("open", "open"), "nothing decided the exam"
    assert of("undecided", "pass", both).status == "open"
    assert of("not_met", "fail", both).status == "not_met"
    assert AllMethods({"U": Besides("U", 5, asked)}, {}).of("1", "U", "met", "pass") is None
    for method in asked:
        found = of("met", "pass", {name: one for name, one in both.items() if name != method})
        assert (found.status, found.lacking) == ("open", (method,))
        found = of("met", "pass", {**both, method: result(method, "fail")})
        assert (found.status, found.failed) == ("not_met", (method,))


def test_what_is_waived_has_no_result_and_the_other_way_round(cli: Cli, exam: Sat, tmp_path: Path) -> None:
    waive(cli, exam, "0001")
    status, said = cli("take", exam.folder, tmp_path / "interview.csv")
    assert (status, "waived" in said, "0001" in said) == (1, True, True)
    waive(cli, exam, "0001", decision="restored")
    assert cli("take", exam.folder, tmp_path / "interview.csv")[0] == 0
    assert "has-result" in waive(cli, exam, "0001", status=1)


def test_a_code_states_the_unit_and_is_revoked_when_that_is_no_longer_so(
    cli: Cli, exam: Sat, tmp_path: Path
) -> None:
    def standing(code: str) -> tuple[str, dict[str, str]]:
        answer = answer_to(exam.workspace, code)
        return answer.standing, dict(answer.by_all_methods)

    early = code_on_report(cli, exam)
    assert standing(early) == ("valid", {})
    cli("take", exam.folder, tmp_path / "interview.csv")
    released(cli, exam)
    codes = {who: code_on_report(cli, exam, who) for who in UNIT}
    assert {who: standing(code) for who, code in codes.items()} == {
        who: ("valid", {"T-1": status}) for who, status in UNIT.items()
    }
    assert standing(early) == ("valid", {"T-1": "met"}), "it stated only the written test"
    for who, words in (("0001", "met"), ("0002", "not met"), ("0003", "not decided yet")):
        said = cli("verify-report", codes[who], "--key", exam.public)[1]
        assert f"(the standard also requires interview; all methods: T-1 {words})" in said
        assert "not attested" not in said
    [stated] = json.loads(cli("verify-report", codes["0001"], "--key", exam.public, "--json")[1])["reports"]
    assert (stated["decision"], stated["also_asked"], stated["units"]) == (
        "pass",
        ["interview"],
        {"T-1": "met"},
    )

    # one who passed did not, one who was open passed
    changed = LIST.replace("0001,interview,pass", "0001,interview,fail").replace(
        "0003,interview,absent", "0003,interview,pass"
    )
    (tmp_path / "interview.csv").write_text(changed, "utf-8")
    words = ("take", exam.folder, tmp_path / "interview.csv", "--replace", "--reason", "typing error")
    assert cli(*words)[0] == 0
    assert standing(codes["0001"]) == ("valid", {"T-1": "met"}), "until it is released"
    said = released(cli, exam, "corrected", "2026-11-22")
    assert "T-1 is no longer met by 1 candidate: 0001" in said
    assert "T-1 is newly met by 1 candidate: 0003" in said
    found = pages(cli, exam, tmp_path / "pages")
    assert "A report that was released before said: met." in found["0001"]
    assert "A report that was released before said" not in found["0003"], "it was not decided"
    assert sum("A report that was released before said" in page for page in found.values()) == 1
    assert standing(codes["0001"]) == ("revoked", {})
    assert standing(codes["0002"]) == ("valid", {"T-1": "not_met"})
    assert standing(codes["0003"]) == ("superseded", {"T-1": "met"})
    assert standing(early) == ("valid", {"T-1": "not_met"})

    # without the list nobody is known to have met the unit
    assert cli("take", exam.folder, "--back", "interview.csv", "--reason", "of another year")[0] == 0
    said = released(cli, exam, "taken back", "2026-11-23")
    assert "T-1 is no longer met by 1 candidate: 0003" in said
    found = pages(cli, exam, tmp_path / "pages-3")
    assert "A report that was released before said: met." in found["0003"]
    assert "A report that was released before said: not met." in found["0001"]

    # a release for others' sake: what somebody was told before stays said
    (tmp_path / "interview.csv").write_text(
        changed.replace("0003,interview,pass", "0003,interview,fail"), "utf-8"
    )
    assert cli("take", exam.folder, tmp_path / "interview.csv")[0] == 0
    released(cli, exam, "given again", "2026-11-24")
    found = pages(cli, exam, tmp_path / "pages-4")
    assert "A report that was released before said: met." in found["0003"]


# ── waived by a decision ─────────────────────────────────────────────────────────────────────


def waive(cli: Cli, exam: Sat, who: str, *more: object, decision: str = "waived", status: int = 0) -> str:
    words = (
        "--by",
        "คณะกรรมการ",
        "--reason",
        "ประสบการณ์สิบปี",
        "--date",
        "2026-11-20",
        "--method",
        "interview",
    )
    found, said = cli("decide", exam.folder, who, "--as", decision, *words, *more)
    assert found == status, said
    return said


def test_a_unit_is_met_where_a_decision_waives_what_is_lacking(cli: Cli, exam: Sat, tmp_path: Path) -> None:
    assert cli("take", exam.folder, tmp_path / "interview.csv")[0] == 0
    waive(cli, exam, "0003")  # did not come
    waive(cli, exam, "0004")  # has no result yet
    waive(cli, exam, "0007")  # did not pass the written test
    assert "has-result" in waive(cli, exam, "0002", status=1)
    assert "decided-already" in waive(cli, exam, "0003", status=1)
    said = released(cli, exam)
    assert "T-1: 3 met, 5 not met, 0 not decided yet" in said
    assert statuses(cli, exam, tmp_path / "r") == {**UNIT, "0003": "met", "0004": "met"}
    words = (
        "report",
        exam.folder,
        "--kind",
        "candidate",
        "--lang",
        "en",
        "--no-pdf",
        "--out",
        tmp_path / "c",
    )
    assert cli(*words)[0] == 0
    page = (tmp_path / "c" / "0003.html").read_text("utf-8")
    assert "interview: waived by a decision of 20 November 2026" in page
    assert "passed every method of assessment that was not waived" in page
    assert "ประสบการณ์สิบปี" not in page, "the reason is for the committee"


def test_what_was_released_stays_when_a_waiver_ends(cli: Cli, exam: Sat, tmp_path: Path) -> None:
    waive(cli, exam, "0001")
    released(cli, exam)
    assert statuses(cli, exam, tmp_path / "before")["0001"] == "met"
    waive(cli, exam, "0001", decision="restored")
    assert statuses(cli, exam, tmp_path / "between")["0001"] == "met", "as it was released"
    released(cli, exam, "without the waiver", "2026-11-22")
    assert statuses(cli, exam, tmp_path / "after")["0001"] in ("written_met", "open")
    assert "nothing-to-restore" in waive(cli, exam, "0001", decision="restored", status=1)


def test_a_method_that_nobody_asks_cannot_be_waived(cli: Cli, exam: Sat) -> None:
    said = cli(
        "decide", exam.folder, "0001", "--as", "waived", "--method", "portfolio", "--by", "c", "--reason", "r"
    )
    assert said[0] == 1
    assert "method-not-asked" in said[1]
    for words in (("--as", "waived"), ("--as", "upheld", "--method", "interview")):
        assert cli("decide", exam.folder, "0001", *words, "--by", "c", "--reason", "r")[0] == 2


def test_which_method_was_waived_is_said(cli: Cli, exam: Sat, tmp_path: Path) -> None:
    assert "Takes effect with the next release" in waive(cli, exam, "0001")
    [said] = json.loads(cli("decide", exam.folder, "--json")[1])["decisions"]
    assert said["method"] == "interview"
    words = (
        "report",
        exam.folder,
        "--kind",
        "committee",
        "--no-pdf",
        "--lang",
        "en",
        "--out",
        tmp_path / "b",
    )
    assert cli(*words)[0] == 0
    assert "method of assessment waived: interview" in (tmp_path / "b/report.html").read_text("utf-8")
    assert [row["method"] for row in table(tmp_path / "b/persons.csv")] == ["interview"]


WEIGHTS = MethodsRule.model_validate(
    {"percent": 60, "weights": {"written_objective": 30, "interview": 50, "portfolio": 20}}
)


@pytest.mark.parametrize(
    ("written", "interview", "portfolio", "status", "together"),
    [
        ("60", ("pass", "60"), ("pass", "60"), "met", "60"),
        ("59.99", ("pass", "60"), ("pass", "60"), "not_met", "59.997"),
        ("100", ("pass", "30"), ("pass", "75"), "met", "60"),
        ("70", ("pass", "50"), ("waived", ""), "not_met", "57.5"),  # of 80: 30 and 50
        ("70", ("pass", "54"), ("waived", ""), "met", "60"),
        ("62", ("waived", ""), ("waived", ""), "met", "62"),
        ("90", ("fail", "49"), ("pass", "90"), "not_met", None),
        ("90", ("absent", ""), ("pass", "90"), "open", None),
        ("90", ("pass", ""), ("pass", "90"), "open", None),
        ("", ("pass", "90"), ("pass", "90"), "open", None),
    ],
)
def test_weights_decide_among_those_who_passed_every_method(
    written: str, interview: tuple[str, str], portfolio: tuple[str, str], status: str, together: str | None
) -> None:
    held: dict[Method, MethodResult] = {}
    for method, (result, percent) in (("interview", interview), ("portfolio", portfolio)):
        known = Fraction(percent) if percent else None
        held[method] = MethodResult("1", "T-1", method, result, "2026-11-20", "ก", "", known)  # type: ignore[index,arg-type]
    of = AllMethods(
        {"T-1": Besides("T-1", 4, ("interview", "portfolio"))},
        {("1", "T-1"): held},
        WEIGHTS,
        {"1": Fraction(written)} if written else {},
    )
    found = of.of("1", "T-1", "met", "pass")
    assert found is not None
    assert found.status == status
    assert found.together == (Fraction(together) if together else None)


def test_a_certificate_is_given_to_those_alone_who_met_the_unit_by_all_methods(
    cli: Cli, exam: Sat, tmp_path: Path
) -> None:
    days = ("--by", "ก", "--from", "2026-11-21", "--until", "2126-01-01")
    assert "0 certificates would be issued" in cli("certificate", "issue", exam.folder, *days, "--dry-run")[1]
    cli("take", exam.folder, tmp_path / "interview.csv")
    released(cli, exam)
    status, said = cli("certificate", "issue", exam.folder, "0002", "0005", *days)
    assert status == 1
    assert "0002: passed the written test but did not meet the unit" in said
    assert "0005: did not pass" in said
    people = "".join(f"{who},คน{who}\n" for who in UNIT)
    (tmp_path / "roster.csv").write_text(f"candidate_id,name\n{people}", "utf-8")
    assert cli("take", exam.folder, tmp_path / "roster.csv", "--as", "roster")[0] == 0
    assert "1 certificate was issued" in cli("certificate", "issue", exam.folder, *days)[1]
    assert [one.issued.candidate_id for one in read_register(exam.workspace)] == ["0001"]
