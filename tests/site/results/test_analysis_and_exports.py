"""The analysis of a run without its keys, files that have them for few, exports, sittings compared."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from datetime import date
from pathlib import Path

import pytest
from scipy.stats import f

from examgen.scoring.releases import release
from examgen.scoring.score import score
from examgen.site.audit.models import Entry
from examgen.site.jobs.models import State
from tests.site.conftest import OTHER, Browser, done
from tests.site.results.conftest import AT, SCRIPT, UNIT


def test_keys_of_an_analysis_are_for_psychometricians_once_released(results: Path, browser: Browser) -> None:
    approver, nobody = browser("approver", UNIT), "has to give somebody that role first"
    assert nobody in approver.page(f"{AT}/analysis/")
    analyst = browser("psychometrician", UNIT)
    assert "not been analysed" in analyst.page(f"{AT}/analysis/")
    assert "A psychometrician analyses it: " in approver.page(f"{AT}/analysis/")
    job = done(analyst.post(f"{AT}/analysis/make/"))
    assert job.state == State.DONE, job.message
    for role in ("approver", "grader", "auditor", "psychometrician"):
        page = browser(role, UNIT).get(f"{AT}/analysis/")
        assert page.status_code == 200
        assert "No key is in doubt" in page.content.decode()
        assert "E1.01" in page.content.decode()
        assert "had fewer than" in page.content.decode()
        assert "few candidates</span>" not in page.content.decode(), "said once, of all of them"
        may = role == "psychometrician"
        assert ("analysis.json" in page.content.decode()) is may
        for name in ("analysis/options.csv", "analysis/page/"):
            assert browser(role, UNIT).get(f"{AT}/{name}").status_code == (200 if may else 403), (role, name)
    assert Entry.objects.filter(what="analysis.open").count() == 2
    assert browser("psychometrician", OTHER).get(f"{AT}/analysis/").status_code == 403
    assert browser("grader", UNIT).post(f"{AT}/analysis/make/").status_code == 403


def test_the_tab_says_its_rules_and_gives_its_tables(analysed_site: Path, browser: Browser) -> None:
    """Feldt (1965): 1 - (1 - alpha) F, with n - 1 and (n - 1)(k - 1) degrees of freedom."""
    at, unit = "/exams/T-EXAM/results/analysis/", "T-1"
    analyst = browser("psychometrician", unit)
    assert done(analyst.post(f"{at}make/")).state == State.DONE
    page = analyst.page(at)
    assert "p below 0.20, or below the guessing rate" in page
    assert "With 20 to 49 candidates" in page
    assert "<title>Analysis of the items: T-EXAM" in page
    assert page.partition("</title>")[0].count("T-EXAM") == 1
    rows = [*csv.DictReader(io.StringIO(analyst.get(f"{at}?table=forms").content.decode("utf-8-sig")))]
    assert [row["form"] for row in rows] == ["A", "B"]
    for row in rows:
        alpha, n, k = float(row["alpha"]), int(row["n_candidates"]), int(row["n_items"])
        ends = [1 - (1 - alpha) * f.ppf(p, n - 1, (n - 1) * (k - 1)) for p in (0.975, 0.025)]
        assert [float(row["alpha_low"]), float(row["alpha_high"])] == pytest.approx(ends)
    items = [*csv.DictReader(io.StringIO(analyst.get(f"{at}?table=items").content.decode("utf-8-sig")))]
    assert {row["form"] for row in items} == {"A", "B", "A, B"}, "which form an item is on"
    assert "key" not in items[0]
    [told] = [one for one in items if one["item"] == items[0]["item"]]
    assert told["model"] in ("rasch", "2pl")
    assert float(told["b"])
    assert float(told["se_b"]) > 0
    assert float(told["infit"]) > 0


def test_the_model_that_was_ordered_is_seen_before_the_release(analysed_site: Path, browser: Browser) -> None:
    """Difficulties, their errors, fit and the map hold no key: who is to judge items has them in time."""
    exam = analysed_site / "output" / "T-EXAM"
    for name in ("results", "sitting"):
        shutil.rmtree(exam / name)
    score(exam, [analysed_site / "answers.csv"])
    at, analyst = "/exams/T-EXAM/results/analysis/", browser("psychometrician", "T-1")
    assert done(analyst.post(f"{at}make/", {"model": "1pl"})).state == State.DONE
    page = analyst.page(at)
    assert "Nothing is released" in page
    assert "Model used: 1PL" in page
    assert "Difficulty (b)" in page
    assert "Wright map" in page
    assert '<option value="1pl" selected>' in page, "the form stands as it was sent"
    assert "The full report of the analysis" in page, "what stays closed has a name"
    assert "After that a psychometrician can also write" in page, (
        "when statistics may be written into the bank"
    )
    assert "is_key" not in analyst.get(f"{at}?table=items").content.decode("utf-8-sig")


def test_the_tab_says_that_an_analysis_is_under_way(results: Path, browser: Browser) -> None:
    analyst = browser("psychometrician", UNIT)
    assert analyst.post(f"{AT}/analysis/make/").status_code == 302
    page = analyst.page(f"{AT}/analysis/")
    assert "are being analysed or wait in the queue" in page
    assert "not been analysed" not in page
    assert "Analyse the answers" not in page
    assert "Show the progress" in page
    assert "Show the progress" not in browser("grader", UNIT).page(f"{AT}/analysis/"), "another's job"


def test_keys_of_a_run_that_is_not_released_stay_closed(results: Path, browser: Browser) -> None:
    for name in ("results", "sitting"):
        shutil.rmtree(results / name)
    score(results, [results.parents[1] / "first.csv"])
    analyst = browser("psychometrician", UNIT)
    done(analyst.post(f"{AT}/analysis/make/"))
    page = analyst.page(f"{AT}/analysis/")
    assert "Nothing is released" in page
    assert "analysis.json" not in page
    assert analyst.get(f"{AT}/analysis/analysis.json").status_code == 403
    assert analyst.get(f"{AT}/analysis/page/").status_code == 403
    assert analyst.post(f"{AT}/exports/", {"format": "mirt"}).status_code == 422


def test_exports_are_for_those_who_may(results: Path, browser: Browser) -> None:
    approver, analyst = browser("approver", UNIT), browser("psychometrician", UNIT)
    for role in ("grader", "auditor", "assembler"):
        assert browser(role, UNIT).get(f"{AT}/exports/").status_code == 403
    assert approver.post(f"{AT}/exports/", {"format": "mirt"}).status_code == 422
    for client, name in ((approver, "results"), (analyst, "mirt")):
        job = done(client.post(f"{AT}/exports/", {"format": name}))
        assert job.state == State.DONE, job.message
        answer = client.get(f"{AT}/exports/{name}/")
        with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as made:
            assert made.namelist()
            assert not [one for one in made.namelist() if one.startswith((".", "/"))]
    assert approver.get(f"{AT}/exports/mirt/").status_code == 403
    assert analyst.get(f"{AT}/exports/..%2F..%2Fsecure/").status_code == 404
    assert SCRIPT not in approver.page(f"{AT}/exports/")
    score(results, [results.parents[1] / "second.csv"])
    release(results, 2, "กรรมการ", "แก้ไฟล์", date(2026, 11, 21))
    assert approver.get(f"{AT}/exports/results/").status_code == 404
