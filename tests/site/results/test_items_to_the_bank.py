"""From the analysis of an exam to its items: what groups of candidates did, and statistics into the bank."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from django.utils.translation import override

from examgen.scoring.releases import release
from examgen.scoring.score import score
from examgen.site.jobs.models import State
from examgen.site.language import of_kept
from tests.commands.conftest import Run
from tests.site.conftest import OTHER, Browser, done

UNIT, AT = "T-1", "/exams/T-EXAM/results/analysis"


def test_an_item_shows_what_groups_did_in_the_exam(analysed_site: Path, browser: Browser) -> None:
    analyst = browser("psychometrician", UNIT)
    assert analyst.post(f"{AT}/make/", {"model": "none"}).status_code == 422
    assert done(analyst.post(f"{AT}/make/", {"model": "1pl"})).state == State.DONE
    made = analysed_site / "output/T-EXAM/analysis/run-0001/analysis.json"
    document = json.loads(made.read_bytes())
    assert document["irt"]["model"]["name"] == "1pl"
    row = document["items"][0]
    place = f"/reviews/unit/{UNIT}/statistics/{row['item']}/"
    assert f'<a href="{place}">' in analyst.page(f"{AT}/")
    page = analyst.page(place)
    assert page.count("<circle") == len(row["seen"]) >= 4
    ability, share, low, high, n = row["seen"][0]
    group = page.split("Right by the model")[1].split("<tr>")[1]
    assert re.findall(r">([-\d.%–]+)<", group)[:4] == [
        f"{ability:.2f}", str(n), f"{share:.0%}", f"{low:.0%}–{high:.0%}",
    ]  # fmt: skip
    assert "Options in" not in page, "options name the key: for who sees keys of the unit"
    page = browser("reviewer", UNIT).page(place)
    assert "Fifth 5" in page
    assert "Analysis of the exam" not in page, "a reviewer sees no results"
    (analysed_site / "output/T-EXAM/sitting/record.jsonl").unlink()
    assert "<circle" not in browser("reviewer", UNIT).page(place), "nothing was released"
    assert "<circle" in browser("approver", UNIT).page(place)
    assert browser("psychometrician", OTHER).get(place).status_code == 403


def test_statistics_come_into_the_bank_as_the_command_writes_them(
    analysed_site: Path, browser: Browser, tmp_path: Path, run: Run
) -> None:
    twin = Path(shutil.copytree(analysed_site, tmp_path / "twin"))
    words = [
        "analyse",
        "exam",
        str(twin / "output/T-EXAM"),
        "--no-pdf",
        "--write-back",
        "--workspace",
        str(twin),
    ]
    run.ok(*words, "--date", "2026-11-18", "--administration", "one")
    analyst = browser("psychometrician", UNIT)
    assert analyst.post(f"{AT}/write-back/", {"administration": "one"}).status_code == 422, "no day"
    to_come = {"administration": "one", "date": "2126-11-18"}
    assert analyst.post(f"{AT}/write-back/", to_come).status_code == 422
    job = done(analyst.post(f"{AT}/write-back/", {"administration": "one", "date": "2026-11-18"}))
    assert job.state == State.DONE, job.message
    written = (analysed_site / "item_bank" / UNIT / "statistics.csv").read_bytes()
    assert written == (twin / "item_bank" / UNIT / "statistics.csv").read_bytes()
    item = written.decode("utf-8-sig").splitlines()[1].split(",")[0]
    assert ">one" in analyst.page(f"/reviews/unit/{UNIT}/statistics/{item}/")
    for role in ("approver", "grader", "writer", "auditor"):
        asked = {"date": "2026-11-18"}
        assert browser(role, UNIT).post(f"{AT}/write-back/", asked).status_code == 403


@pytest.mark.parametrize("known", ["made up", "not released"])
def test_statistics_of_nobody_or_of_what_is_not_told_are_refused(
    analysed_site: Path, browser: Browser, known: str
) -> None:
    answers, exam = analysed_site / "answers.csv", analysed_site / "output/T-EXAM"
    for name in ("results", "sitting"):
        shutil.rmtree(exam / name)
    if known == "made up":
        head, *rows = answers.read_text("utf-8").splitlines()
        made_up = [f"{head},synthetic", *(f"{row},yes" for row in rows)]
        answers.write_text("\n".join(made_up) + "\n", "utf-8")
    score(exam, [answers])
    if known == "made up":
        release(exam, 1, "กรรมการ", "ครบถ้วน", date(2026, 11, 20), open_looks="ภายหลัง")
    analyst = browser("psychometrician", UNIT)
    job = done(analyst.post(f"{AT}/write-back/", {"date": "2026-11-18"}))
    assert job.state == State.REFUSED
    for language, label in (
        ("en", "“Include statistics of synthetic candidates, marked as such”"),
        ("th", "“บันทึกแม้เป็นคำตอบของผู้เข้าสอบจำลอง โดยใช้ชื่อที่ระบุว่าเป็นการจำลอง”"),
    ):
        with override(language):
            said = of_kept(job.message)
        assert "--" not in said
        assert (label in said) is (known == "made up")
    assert not (analysed_site / "item_bank" / UNIT / "statistics.csv").exists()
