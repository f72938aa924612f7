"""A coordinator's files, as the programs and people of an office write them: everybody gets the score of the plain
file, or is set aside with the reason and, where that is known, with whose row it is."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest

from examgen.core.exam.package import read_package
from tests.commands.conftest import Run, write_blueprint
from tests.sittings import table, write_table

N = 24
THAI, THAI_DIGITS = dict(zip("ABCD", "กขคง", strict=True)), str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
Row = Mapping[str, str]


def national(n: int) -> str:
    """A number of thirteen digits with its check digit."""
    twelve = f"{110020030000 + 7 * n:012d}"
    return twelve + str((11 - sum((13 - k) * int(d) for k, d in enumerate(twelve)) % 11) % 10)


IDS = [f"{n:05d}" for n in range(1, N // 2 + 1)] + [national(n) for n in range(N // 2)]


class Office:
    """A package printed for a list with names in three columns, and the answers of everybody on it."""

    def __init__(self, place: Path, run: Run) -> None:
        self.run, self.exam = run, place / "output" / "T-1-L4"
        write_blueprint(place / "bp.yaml", forms=2)
        run.ok("build", "bp.yaml")
        book = openpyxl.Workbook()
        book.active.append(["รายชื่อผู้เข้าสอบ รอบที่ 3/2569"])
        book.active.append(["เลขประจำตัวผู้เข้าสอบ", "คำนำหน้า", "ชื่อ", "นามสกุล"])
        for n, who in enumerate(IDS):
            book.active.append([who, "นางสาว", f"น้ำผึ้ง{n}", "ไชยวงศ์"])
        book.save("list.xlsx")
        run.ok("render", self.exam, "--candidates", "list.xlsx")
        run.ok("simulate", self.exam, "--candidates", N, "--seed", 3, "--out", "plain.csv")
        self.rows = table(Path("plain.csv"))
        self.marks = [name for name in self.rows[0] if name.startswith("Q")]
        assert {row["candidate_id"] for row in self.rows} == set(IDS)
        assert self.scored("plain.csv") == (0, "", {})
        self.plain = self.results()

    def scored(self, *files: str, decided: str = "") -> tuple[int, str, dict[str, tuple[str, str]]]:
        """Status, reasons, and of each row that was set aside its reason and whose it may be."""
        shutil.rmtree("out", ignore_errors=True)
        words = ("--identities", decided) if decided else ()
        done = self.run("score", self.exam, *files, "--out", "out", *words)
        assert done.status in (0, 3), done.err
        aside = table(Path("out/quarantine.csv"))
        found = {row["candidate_id"]: (row["reason"], row.get("may_be", "")) for row in aside}
        return done.status, " ".join(sorted({row["reason"] for row in aside})), found

    @staticmethod
    def results() -> dict[str, tuple[str, ...]]:
        own = (
            "form", "score", "max_score", "percent", "decision", "answered", "blank", "multiple", "invalid",
        )  # fmt: skip
        rows = table(Path("out/candidates.csv"))
        return {row["candidate_id"]: tuple(row[name] for name in own) for row in rows}

    def written(self, change: Callable[[dict[str, str]], Row], **dialect: object) -> str:
        """All rows, each changed, as a CSV file."""
        rows = [dict(change(dict(row))) for row in self.rows]
        with Path("file.csv").open("w", encoding=str(dialect.pop("encoding", "utf-8")), newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), **dialect)  # type: ignore[arg-type]
            writer.writeheader()
            writer.writerows(rows)
        return "file.csv"


@pytest.mark.usefixtures("quick")
def test_a_sitting_goes_through_whatever_an_office_writes(workspace: Path, run: Run) -> None:
    office = Office(workspace, run)
    names_in_three_columns_are_printed_whole(office)
    whatever_program_wrote_the_answers_the_scores_are_the_same(office)
    ids_in_another_writing_are_the_same_candidates(office)
    ids_that_lost_zeros_are_set_aside_with_whose_they_are_and_scored_once_that_is_decided(office)
    ids_that_a_spreadsheet_destroyed_are_nobodys(office)


def names_in_three_columns_are_printed_whole(office: Office) -> None:
    names = {row["candidate_id"]: row["name"] for row in table(office.exam / "secure/candidates.csv")}
    assert names == {who: f"นางสาวน้ำผึ้ง{n} ไชยวงศ์" for n, who in enumerate(IDS)}


def whatever_program_wrote_the_answers_the_scores_are_the_same(office: Office) -> None:
    def thai(row: dict[str, str], shape: str = "{}") -> Row:
        return {k: shape.format(THAI[v]) if k in office.marks and v else v for k, v in row.items()}

    def headed(row: dict[str, str]) -> Row:
        heads = {"candidate_id": "เลขประจำตัวประชาชน", "form": "ชุดข้อสอบ"}
        return {heads.get(k, k): f"ชุด {v}" if k == "form" else v for k, v in row.items()}

    def without_form(row: dict[str, str]) -> Row:
        return {k: v for k, v in row.items() if k != "form"}

    shapes: dict[str, Callable[[], str]] = {
        "CP874, semicolons, Thai letters": lambda: office.written(thai, encoding="cp874", delimiter=";"),
        "quoted": lambda: office.written(dict, quoting=csv.QUOTE_ALL),
        "ก)": lambda: office.written(lambda row: thai(row, "{})")),
        "(ก)": lambda: office.written(lambda row: thai(row, "({})")),
        "ข้อ ก": lambda: office.written(lambda row: thai(row, "ข้อ {}")),
        "Thai heads, ชุด A": lambda: office.written(headed),
        "no form column": lambda: office.written(without_form),
    }
    for name, write in shapes.items():
        assert office.scored(write()) == (0, "", {}), name
        assert office.results() == office.plain, name
    titled = Path(office.written(dict)).read_text("utf-8")
    Path("titled.csv").write_text(f"ผลการตอบ ห้อง 301\n\n{titled}", "utf-8")
    assert office.scored("titled.csv") == (0, "", {})
    assert office.results() == office.plain
    assert office.scored(*_google(office)) == (0, "", {})
    assert office.results() == office.plain


def _google(office: Office) -> list[str]:
    """A workbook of each form, as Google Forms exports it: stems as heads, texts of options in the cells."""
    for form in "AB":
        questions = read_package(office.exam).texts.questions(form)
        book = openpyxl.Workbook()
        stems = [f"{n}. {one.stem}" for n, one in enumerate(questions, 1)]
        book.active.append(["ประทับเวลา", "เลขประจำตัวประชาชน", *stems])
        for row in (one for one in office.rows if one["form"] == form):
            cells = [
                f"{THAI[row[name]]}. {one.options['ABCD'.index(row[name])]}" if row[name] else None
                for name, one in zip(office.marks, questions, strict=True)
            ]
            book.active.append(["20/11/2026 9:01:02", row["candidate_id"], *cells])
        book.save(f"{form}.xlsx")
    return ["A.xlsx", "B.xlsx"]


THE_SAME: dict[str, Callable[[str], str]] = {
    "dashes": lambda who: (
        f"{who[0]}-{who[1:5]}-{who[5:10]}-{who[10:12]}-{who[12]}" if len(who) == 13 else who
    ),
    "Thai digits": lambda who: who.translate(THAI_DIGITS),
}


def ids_in_another_writing_are_the_same_candidates(office: Office) -> None:
    for name, spelled in THE_SAME.items():
        path = office.written(
            lambda row, spelled=spelled: row | {"candidate_id": spelled(row["candidate_id"])}
        )
        assert office.scored(path) == (0, "", {}), name
        assert office.results() == office.plain, name


def ids_that_lost_zeros_are_set_aside_with_whose_they_are_and_scored_once_that_is_decided(
    office: Office,
) -> None:
    changed = [who for who in IDS if who.startswith("0")]
    path = office.written(lambda row: row | {"candidate_id": row["candidate_id"].lstrip("0")})
    status, _, aside = office.scored(path)
    assert status == 3
    assert aside == {who.lstrip("0"): ("not_on_list", who) for who in changed}
    assert office.results() == {who: one for who, one in office.plain.items() if who not in changed}
    lines = [{**row, "by": "ก", "date": "2026-11-20"} for row in table(Path("out/unlisted.csv"))]
    write_table("decided.csv", lines)
    assert office.scored(path, decided="decided.csv")[0] == 0
    assert office.results() == office.plain


def ids_that_a_spreadsheet_destroyed_are_nobodys(office: Office) -> None:
    long = [who for who in IDS if len(who) == 13]
    path = office.written(
        lambda row: row | {"candidate_id": "1.10E+12" if row["candidate_id"] in long else row["candidate_id"]}
    )
    status, reasons, _ = office.scored(path)
    assert (status, reasons) == (3, "candidate_id_damaged")
    assert office.results() == {who: one for who, one in office.plain.items() if who not in long}
