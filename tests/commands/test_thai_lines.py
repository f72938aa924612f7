"""No English is left in what commands say to a reader of Thai: results, notes, refusals, problems."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from tests.commands.conftest import Run, write_blueprint

ALLOWED = {
    "examgen": "the name of the program",
    **dict.fromkeys(("PDF", "CSV", "UTF", "BOM", "Parquet", "YAML"), "kinds of files"),
    **dict.fromkeys(
        ("SEM", "alpha", "lambda", "omega", "log", "likelihood", "AIC", "BIC"), "names of figures"
    ),
    **dict.fromkeys(("Heywood", "Python", "Pango", "WeasyPrint", "pdftoppm", "tesseract"), "names"),
    **dict.fromkeys(("Mantel", "Haenszel", "Nagelkerke", "Benjamini", "Hochberg"), "names of methods"),
    **dict.fromkeys(("ETS", "Jodoin", "Gierl"), "who graded the sizes of DIF"),
    "DIF": "a term that the field’s Thai has in Latin letters",
    **dict.fromkeys(("draft", "review", "approved", "all"), "as items have them, and as they are typed"),
    **dict.fromkeys(
        ("drop", "key", "reason", "date", "group", "ets", "criteria", "SYN"),
        "kinds, columns and fields, as files have them",
    ),
    **dict.fromkeys(
        ("Item", "Criterion", "Levels", "Cognitive", "category", "Status", "Stem", "Option"), "headings"
    ),
    **dict.fromkeys(("absolutes", "convergence"), "names of rules"),
    **dict.fromkeys(
        ("corrections", "decisions", "roster", "scaled", "cut", "answers", "candidates"), "typed so"
    ),
    **dict.fromkeys(
        ("aside", "candidate", "cohort", "centre", "coverage", "committee", "technical"), "typed so"
    ),
    **dict.fromkeys(("both", "thai", "arabic"), "typed so"),
    "score": "a command",
}
"""Words of Latin letters that a line may have, and why; beside these, what was typed."""
WORD = re.compile("[A-Za-z]{3,}")
TYPED = re.compile(
    r"`[^`]*`|'[^']*'|\bexamgen( [a-z-]+)+|--[\w-]+|\[[a-z_-]+\]"  # code, what somebody gave, options, codes of problems
    r"|[\w./~-]*/[\w./~-]*|\b[\w-]+\.(csv|yaml|xlsx|pdf|html|json|txt|ttf|parquet|png)\b"  # paths and files
    r"|\b[0-9a-f]{4}( [0-9a-f]{4}){3}\b|\b[\w.]*[_\d]\w*\b|\b[a-z]+(-[a-z]+)+\b"  # ids, fingerprints, fields, names of rules
)
COMMANDS = """
bank coverage T-1 --level 4
bank check --rules
bank list
bank check
bank show E1.01-001
bank show E9.99-001
bank status T-1 E1.01-002 --to review --by นที
bank import nothing.xlsx
bank import answers.csv --unit T-1 --dry-run
unit show T-1
unit show NOPE
unit diff T-1 ffff
unit import answers.csv
unit import empty.txt
unit import nothing.txt
blueprint new T-1 --level 5 --out new.yaml
build bp.yaml
build bp.yaml --dry-run
build nothing.yaml
build answers.csv
build broken.yaml
build level-5.yaml
verify output/T-1-L4
verify nothing
simulate output/T-1-L4 --candidates 40 --seed 1 --out answers.csv
score output/T-1-L4 answers.csv
score output/T-1-L4 answers.csv --corrections drop.yaml --dry-run
score output/T-1-L4 answers.csv --corrections drop.yaml
score output/T-1-L4 answers.csv
score output/T-1-L4 answers.csv --without corrections
score output/T-1-L4 answers.csv --without anything
decide output/T-1-L4 --all-open --as upheld --reason ครบ --by นที
verify output/T-1-L4
score output/T-1-L4 --compare 1 2
score output/T-1-L4 --compare 2 3
score output/T-1-L4 --compare 1 9
score output/T-1-L4 nothing.csv
score output/T-1-L4 half.csv
score output/T-1-L4 answers.csv --columns broken.yaml
score output/T-1-L4 answers.csv --marks marks.csv
score output/T-1-L4 answers.csv --marks half.csv
score output/T-1-L4 answers.csv --unreadable maybe
score nothing answers.csv
release output/T-1-L4 --run 9 --by นที --reason ทดลอง
release output/T-1-L4 --run 1 --by นที --reason ทดลอง
verify output/T-1-L4
report output/T-1-L4 --kind everything --lang xx --candidate 1 --digits roman
report output/T-1-L4 --run 9
analyse items scores.csv
analyse items scores.csv --by group
analyse items scores.csv --by nothing
analyse items nothing.csv
analyse dif scores.csv --group group --focal ข
analyse dif scores.csv --group group --focal ข --method logistic
analyse dif scores.csv --group group --focal ค
doctor
init .
"""
"""In this order, each on what those before it have left."""


def left(line: str, command: str) -> list[str]:
    """The English of a line that nobody typed."""
    typed = {*ALLOWED, *WORD.findall(command)}
    return [word for word in WORD.findall(TYPED.sub(" ", line)) if word not in typed]


@pytest.fixture
def place(workspace: Path) -> Path:
    """The workspace, and files of it that commands are given."""
    write_blueprint(workspace / "bp.yaml", forms=2)
    write_blueprint(workspace / "level-5.yaml", level=5)
    (workspace / "broken.yaml").write_text("a: [1\n")
    (workspace / "empty.txt").write_text("")
    (workspace / "answers.csv").write_text("ก,ข\n1,2\n", "utf-8")
    (workspace / "half.csv").write_text("candidate_id,form,Q1\n1,A,A\n")
    (workspace / "marks.csv").write_text(
        "file,line,question,answer,reason,by,date\nanswers.csv,2,1,A,,นที,20/11/2569\n", "utf-8"
    )
    entry = {"kind": "drop", "form": "A", "question": 1, "reason": "ถามไม่ชัด", "by": "คณะ"}
    (workspace / "drop.yaml").write_text(yaml.safe_dump([{**entry, "date": "2026-11-20"}]), "utf-8")
    rows = [f"{n},{'กข'[n % 2]},{n % 2},{n // 2 % 2},{n // 3 % 2},{n // 5 % 2}" for n in range(40)]
    (workspace / "scores.csv").write_text("\n".join(["id,group,I1,I2,I3,I4", *rows, "41,,1,1,0,0"]), "utf-8")
    unit = yaml.safe_load((workspace / "item_bank" / "T-1" / "unit.yaml").read_text("utf-8"))
    unit["elements"][0]["criteria"][0]["text"] = "ระบุสาเหตุของปัญหาที่เกิดขึ้นในงาน"
    unit["levels"], unit["assessment"][0]["levels"] = [3, 5], [3]
    (workspace / "other").mkdir()
    (workspace / "other" / "unit.yaml").write_text(yaml.safe_dump(unit, allow_unicode=True), "utf-8")
    return workspace


def test_a_reader_of_thai_reads_no_english(place: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    found, statuses = [], []
    for command in COMMANDS.strip().splitlines():
        ran = run("--lang", "th", *shlex.split(command))
        statuses.append(ran.status)
        found += [
            f"{command}: {line.strip()}: {words}"
            for line in ran.text.splitlines()
            if (words := left(line, command))
        ]
    assert found == []
    assert set(statuses) == {0, 1, 2}
