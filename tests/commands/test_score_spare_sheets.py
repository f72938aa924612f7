"""A candidate with two sheets: the dealt one, and a spare one of another form of which nobody knows whether it
was given up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from examgen.core.models.papers import PapersRule
from tests.commands.conftest import Run
from tests.sittings import build, list_of, print_for, table

SIGNED = ",seen on the sheet,me,2026-11-20"


class Sitting:
    """An exam that was printed with spare booklets, or none; who was dealt another form than a spare one."""

    def __init__(self, folder: Path, spare: int = 2, number: str = "{0}") -> None:
        build(folder)
        listed = [
            one.model_copy(update={"candidate_id": number.format(one.candidate_id)}) for one in list_of(8)
        ]
        print_for(folder, listed, PapersRule.model_validate({"spare": spare}))
        booklets = table(folder / "secure/candidates.csv")
        self.spare = next((row for row in booklets if not row["candidate_id"]), None)
        self.other = self.spare["form"] if self.spare else "A"
        dealt = [row for row in booklets if row["candidate_id"]]
        self.own = next(row for row in dealt if row["form"] != self.other)
        self.neighbour = next(row for row in dealt if row["form"] == self.other)
        key = table(folder / "secure/key.csv")
        self.key = {form: [row["key"] for row in key if row["form"] == form] for form in ("A", "B")}

    def rows(self, sheet: str, answered: bool = True, form: str = "") -> Path:
        """The dealt sheet, given up after three answers, and another one that bears the same number."""
        full = self.key[self.other] if answered else [""] * len(self.key[self.other])
        given_up = [*self.key[self.own["form"]][:3], *[""] * (len(full) - 3)]
        who, of_neighbour = self.own["candidate_id"], self.neighbour["candidate_id"]
        lines = [
            ["candidate_id", "form", "sheet", *(f"Q{n}" for n in range(1, len(full) + 1))],
            [who, self.own["form"], self.own["serial"], *given_up],
            [who, form or self.other, sheet, *full],
            [of_neighbour, self.other, self.neighbour["serial"], *self.key[self.other]],
        ]
        path = Path("a.csv")
        path.write_text("".join(",".join(line) + "\n" for line in lines), "utf-8")
        return path


def reasons() -> dict[str, str]:
    """By line of the rows set aside."""
    return {row["line"]: row["reason"] for row in table(Path("exam/results/quarantine.csv"))}


def scored() -> dict[str, str]:
    """Form and score by candidate."""
    rows = table(Path("exam/results/candidates.csv"))
    return {row["candidate_id"]: f"{row['form']} {row['score']}" for row in rows}


@pytest.fixture(params=["{0}", "๖๙-{0}"], ids=["plain", "dashes and Thai figures"])
def sitting(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sitting:
    monkeypatch.chdir(tmp_path)
    return Sitting(Path("exam"), number=request.param)


def test_a_dealt_sheet_is_not_scored_while_a_spare_one_waits(sitting: Sitting, run: Run) -> None:
    assert sitting.spare is not None
    who = sitting.own["candidate_id"]
    for sheet in (sitting.spare["serial"], ""):  # without its serial it may be one
        done = run("score", "exam", sitting.rows(sheet))
        assert done.status == 3
        assert reasons() == {"2": "conflicting_rows", "3": "form_not_dealt"}
        assert list(scored()) == [sitting.neighbour["candidate_id"]]
    Path("i.csv").write_text(
        f"file,line,candidate_id,form,action,reason,by,date\na.csv,2,,,void{SIGNED}\n"
        f"a.csv,3,,{sitting.other},{SIGNED}\n", "utf-8",
    )  # fmt: skip
    run("score", "exam", "a.csv", "--identities", "i.csv")
    assert scored()[who] == f"{sitting.other} 14"
    assert reasons() == {"2": "voided_by_grader"}
    Path("i.csv").write_text(f"file,line,candidate_id,form,reason,by,date\na.csv,3,-,{SIGNED}\n", "utf-8")
    done = run("score", "exam", "a.csv", "--identities", "i.csv", "--without", "decisions")
    assert scored()[who] == f"{sitting.own['form']} 3"
    assert "has another row set aside" not in done.text


def test_a_sheet_of_another_or_without_answers_holds_nobody_up(sitting: Sitting, run: Run) -> None:
    who, other = sitting.own["candidate_id"], sitting.neighbour["serial"]
    assert sitting.spare is not None
    spare = sitting.spare["serial"]
    for path in (sitting.rows(other), sitting.rows("", form=other), sitting.rows(spare, answered=False)):
        done = run("score", "exam", path)
        assert done.status == 3
        assert scored()[who] == f"{sitting.own['form']} 3"
        assert "1 candidate is scored and has another row set aside" in done.text
        assert f"a.csv:3: {who}: form_not_dealt" in done.text
        [row] = table(Path("exam/results/quarantine.csv"))
        assert (row["line"], row["also_scored"]) == ("3", "yes")
        assert json.loads(Path("exam/results/audit.json").read_bytes())["also_scored"] == 1
    Path("drop.yaml").write_text(
        "- {kind: drop, form: A, question: 1, everywhere: true, reason: two keys, by: me, date: 2026-11-20}\n",
        "utf-8",
    )
    again = run("score", "exam", "--corrections", "drop.yaml")
    assert "1 candidate is scored and has another row set aside" in again.text


def test_without_spare_sheets_the_dealt_form_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    sitting = Sitting(Path("exam"), spare=0)
    done = run("score", "exam", sitting.rows(""))
    assert scored()[sitting.own["candidate_id"]] == f"{sitting.own['form']} 3"
    assert "1 candidate is scored and has another row set aside" in done.text


def test_the_account_of_a_roster_is_whole_and_last(sitting: Sitting, run: Run) -> None:
    """However many decisions there are on rows that are set aside for other reasons."""
    assert sitting.spare is not None
    names = [f"{n:04}" for n in range(30)]
    questions = [f"Q{n}" for n in range(1, 17)]
    lines = [",".join(["candidate_id", "form", *questions])] + [f"{one},Z{',A' * 16}" for one in names]
    Path("a.csv").write_text("\n".join(lines), "utf-8")
    Path("r.csv").write_text("candidate_id,room\n" + "".join(f"{one},1\n" for one in names), "utf-8")
    marks = [f"a.csv,{line},{n},B{SIGNED}" for line in range(2, 32) for n in range(1, 5)]
    Path("m.csv").write_text("file,line,question,answer,reason,by,date\n" + "\n".join(marks), "utf-8")
    done = run("score", "exam", "a.csv", "--marks", "m.csv", "--roster", "r.csv")
    said = done.out.splitlines()
    assert sum("no effect" in line for line in said) == 5, done.out
    assert "m.csv:2: 4 decisions on line 2 of a.csv have no effect, because the row is set aside" in done.out
    assert "… and 25 more" in done.out
    assert said[said.index("Needs you") - 2 : said.index("Needs you")] == [
        "30 of 30 candidates on the list have a row. Attendance is not recorded",
        "  30 × not scored, because every row of the candidate is set aside or not used",
    ]
    assert any(line.endswith("  exam/results/unreconciled.csv") for line in said)
