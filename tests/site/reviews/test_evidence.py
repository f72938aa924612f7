"""What is known of items on pages: statistics and curves, options, how well keys are guessed."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from pathlib import Path

import pytest

from examgen.analyses.standard_setting import judged
from examgen.analyses.standard_setting.ratings import Ratings
from examgen.bank.statistics import COLUMNS
from examgen.core.exam.package import read_package
from examgen.site.jobs import worker
from examgen.site.jobs.models import Job
from tests.site.conftest import OTHER, UNIT, Browser
from tests.sittings import small_package

ITEM = "DG401.01-101"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def recorded(workspace: Path) -> Path:
    """A unit with two administrations on record, one of them of synthetic candidates."""
    lines = [
        ",".join(COLUMNS),
        f"{ITEM},,{EVIL},A,2026-01-10,400,0.62,0.31,1.2,-0.4,0.2,0.11,0.09,0.03,,,",
        f"{ITEM},{'0' * 64},synthetic one,A,2025-12-01,200,0.5,0.2,,0.1,,,,,,,",
    ]
    (workspace / "item_bank" / UNIT / "statistics.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return workspace


def test_an_item_has_its_administrations_and_the_curve_of_each(recorded: Path, browser: Browser) -> None:
    client = browser("psychometrician", UNIT)
    page = client.page(f"/reviews/unit/{UNIT}/statistics/")
    assert "1 of" in page
    assert page.index(f">{ITEM}</a>") < page.index(">DG401.01-102</a>")
    page = client.page(f"/reviews/unit/{UNIT}/statistics/{ITEM}/")
    assert EVIL not in page
    assert "alert(1)" in page
    assert "±0.09" in page
    assert "an earlier text" in page
    assert "synthetic candidates" in page
    curves = re.findall(r'<polyline points="([^"]+)"', page)
    assert len(curves) == 2
    heights = [float(point.split(",")[1]) for point in curves[1].split()]
    assert heights == sorted(heights, reverse=True), "the chance rises"
    row = re.search(
        r'class="number">2</th><td class="number">([\d.]+)</td><td class="number">([\d.]+)<', page
    )
    assert row is not None
    assert [float(one) for one in row.groups()] == pytest.approx(
        [1 / (1 + math.exp(-(2 - 0.1))), 0.2 + 0.8 / (1 + math.exp(-1.2 * (2 + 0.4)))], abs=0.005
    )
    for label in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert all(f'id="{one}"' in page for one in label.split())
    assert browser("writer", OTHER).get(f"/reviews/unit/{UNIT}/statistics/{ITEM}/").status_code == 403
    assert client.get(f"/reviews/unit/{UNIT}/statistics/none/").status_code == 404


def test_options_of_an_analysed_run_are_for_those_who_see_keys(
    recorded: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    exam = recorded / "output" / "an-exam"
    (exam / "analysis" / "run-0001").mkdir(parents=True)
    (exam / "exam.yaml").write_text("", "utf-8")
    table = f"item,option,is_key,n,share,point_biserial\n{ITEM},a,false,30,0.3,-0.2\n{ITEM},c,true,70,0.7,0.4\nother,a,true,1,1,\n"
    (exam / "analysis" / "run-0001" / "options.csv").write_text(table, "utf-8")
    monkeypatch.setattr(
        "examgen.bank.item_statistics.read_manifest", lambda _: {"blueprint": {"units": [UNIT]}}
    )
    page = browser("reviewer", UNIT).page(f"/reviews/unit/{UNIT}/statistics/{ITEM}/")
    assert "Options in an-exam" in page
    assert "70%" in page
    assert "0.40" in page
    for other in ("psychometrician", "auditor"):
        page = browser(other).page(f"/reviews/unit/{UNIT}/statistics/{ITEM}/")
        assert "Options in an-exam" not in page


def test_guessability_names_items_to_those_who_see_keys(workspace: Path, browser: Browser) -> None:
    place = f"/reviews/unit/{UNIT}/guessability/"
    client = browser("writer", UNIT)
    assert "not been measured" in client.page(place)
    assert browser("assembler", UNIT).post(place).status_code == 403
    assert client.post(place).status_code == 302
    worker.work(is_once=True)
    page = client.page(place)
    assert "a reader who never reads the questions finds" in page
    assert "mark the longest option" in page
    assert "DG4" in page.split("give themselves away")[1]
    text = browser("psychometrician", UNIT).page(place)
    assert "mark the longest option" in text
    assert "give themselves away" not in text
    job = Job.objects.get(kind="guessability")
    for other in (
        "assembler",
        "approver",
        "auditor",
        "administrator",
    ):  # shares of keys are equations for them
        outsider = browser(other)
        assert outsider.get(place).status_code == 403
        if other != "administrator":
            assert place not in outsider.page(f"/reviews/unit/{UNIT}/")
        seen = outsider.page("/jobs/") + outsider.page(f"/jobs/{job.pk}/")
        assert "finds" not in seen, other
    assert "mark the longest option" not in browser("writer", UNIT, language="th").page(place)
    path = next((workspace / "item_bank" / UNIT / "items").iterdir())
    path.write_text(path.read_text("utf-8") + "\n# a note\n", "utf-8")
    assert "has been changed since" in client.page(place)


def test_the_cut_by_ratings_on_record(
    workspace: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_package(workspace / "output" / "an-exam")
    exam = read_package(folder).exam
    [unit] = exam.blueprint.units
    page = browser("approver").get("/reviews/exam/an-exam/cut/")
    assert page.status_code == 422
    assert f"item_bank has no unit {unit}" in page.content.decode()
    assert str(workspace) not in page.content.decode()
    (workspace / "item_bank" / UNIT).rename(workspace / "item_bank" / str(unit))
    page = browser("approver").get("/reviews/exam/an-exam/cut/")
    assert "No expert has rated the items" in page.content.decode(), "nothing is on record"
    assert f'href="/reviews/unit/{unit}/"' in page.content.decode()
    items = {one.item.id for form in exam.forms for one in form.items}
    values = {item: {"first": Fraction(1, 2), "second": Fraction(3, 4)} for item in items}
    monkeypatch.setattr(judged, "of_bank", lambda *_: Ratings("angoff", {1: {str(unit): values}}))
    measures = browser("psychometrician", str(unit))
    text = measures.page("/reviews/exam/an-exam/cut/")
    [way] = re.findall(r'href="(/analyses/[^"]+)"', text)
    asked = measures.page(way.replace("&amp;", "&"))
    assert '<option value="exam:an-exam" selected>' in asked
    assert re.search(r'name="bank"[^>]* checked', asked), "the ratings on record"
    assert "/analyses/unit/" not in browser("approver").page("/reviews/exam/an-exam/cut/")
    assert f"<b>{0.625 * sum(one.points for one in exam.forms[0].items):.2f}</b>" in text
    assert not [item for item in items if item in text], "an exam's items are no matter of this page"
    assert browser("approver", UNIT).get("/reviews/exam/an-exam/cut/").status_code == 403
    assert browser("writer").get("/reviews/exam/an-exam/cut/").status_code == 403
