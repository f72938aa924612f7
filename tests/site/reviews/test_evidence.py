"""What is known of items on pages: statistics and curves, options, how well keys are guessed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from examgen.bank.statistics import COLUMNS
from examgen.core.exam.package import read_package
from examgen.site.reviews.models import Round
from tests.site.conftest import OTHER, UNIT, Browser, Make

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


def test_an_item_has_its_administrations(recorded: Path, browser: Browser) -> None:
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
    for label in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert all(f'id="{one}"' in page for one in label.split())
    assert browser("writer", OTHER).get(f"/reviews/unit/{UNIT}/statistics/{ITEM}/").status_code == 403
    assert client.get(f"/reviews/unit/{UNIT}/statistics/none/").status_code == 404


def test_a_unit_has_one_figure_for_an_item_over_its_forms(workspace: Path, browser: Browser) -> None:
    """Facility and correlation are both over all forms, weighted by candidates."""
    lines = [
        ",".join(COLUMNS),
        f"{ITEM},,TEST,A,2026-01-10,40,0.60,-0.09,,,,,,,,,",
        f"{ITEM},,TEST,B,2026-01-10,120,0.80,0.31,,,,,,,,,",
    ]
    (workspace / "item_bank" / UNIT / "statistics.csv").write_text("\n".join(lines) + "\n", "utf-8")
    page = browser("psychometrician", UNIT).page(f"/reviews/unit/{UNIT}/statistics/")
    row = next(one for one in page.split("<tr>") if f">{ITEM}</a>" in one)
    assert re.findall(r'class="number">([^<]*)</td>', row)[1:3] == ["0.75", "0.21"]


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


def test_the_cut_by_ratings_on_record(site: Path, browser: Browser, person: Make) -> None:
    """An exam's items are rated in a round of theirs; what is left out is asked for once more, of whom it was."""
    exam, place = read_package(site / "output" / "T-EXAM").exam, "/reviews/exam/T-EXAM/cut/"
    [unit] = map(str, exam.blueprint.units)
    items = sorted({one.item.id for form in exam.forms for one in form.items if one.points})
    n = len(items)
    experts = {name: browser(user=person("reviewer", unit, name)) for name in ("first", "second")}
    lead = browser("psychometrician", unit)

    def opened() -> str:
        """The round that the page of the cut leads to, opened as its form begins; its address."""
        page = lead.page(place)
        assert not [item for item in items if item in page], "an exam's items are no matter of this page"
        [way] = re.findall(r'href="(/reviews/unit/[^"]+/new/[^"]+)"', page)
        form = lead.page(way.replace("&amp;", "&"))
        assert '<option value="T-EXAM" selected>' in form
        assert '<option value="angoff" selected>' in form
        asked = {"kind": "angoff", "number": 1, "exam": "T-EXAM", "experts": [*experts], "few": "on"}
        asked |= {"unrated": "on"} if re.search('name="unrated"[^>]* checked', form) else {}
        answer = lead.post(f"/reviews/unit/{unit}/new/", asked)
        assert answer.status_code == 302, answer.content.decode()
        return str(answer.headers["location"])

    def rated(there: str, name: str, of: list[str]) -> None:
        for at, item in enumerate(of):
            answer = experts[name].post(f"{there}rate/{item}/", {"value": str(40 + 5 * at)})
            assert answer.status_code == 302, (name, item)

    assert f"No expert has rated any of the {n} scored items" in lead.page(place)
    there = opened()
    rated(there, "first", items[1:])
    rated(there, "second", items[2:])
    page = lead.page(there)
    assert re.search(rf"first</th><td[^>]*>{n - 1}</td><td[^>]*>{n}</td><td[^>]*>1</td><td>E1\.0", page)
    assert not [item for item in items if item in page]
    so_far = lead.page(place)
    assert "A round of this kind is open" in so_far
    assert "counts once it is closed" in so_far
    assert "No expert has rated" not in so_far, "they have, but nothing is on record"
    assert lead.post(there).status_code == 302
    page = lead.page(place)
    assert "There is no cut by a round on the site yet" in page
    assert "1 item has been rated by nobody" in page
    assert re.search(rf"first</th><td[^>]*>{n - 1} of {n}</td><td[^>]*>1<", page)
    assert re.search(rf"second</th><td[^>]*>{n - 2} of {n}</td><td[^>]*>2<", page)
    assert page.count("rated by nobody") == 1
    there = opened()
    lists = {one.user.username: sorted(one.items) for one in Round.objects.latest("pk").experts.all()}
    assert lists == {"first": items[:1], "second": items[:2]}, "nobody is asked again what is on record"
    rated(there, "first", items[:1])
    rated(there, "second", items[:2])
    assert lead.post(there).status_code == 302
    page = lead.page(place)
    assert "Nothing is missing" in page
    assert "/new/" not in page
    shares = [{one: 0.4 + 0.05 * at for at, one in enumerate(own)} for own in (items[1:], items[2:])]
    shares[0] |= {items[0]: 0.4}
    shares[1] |= {items[0]: 0.4, items[1]: 0.45}
    cut = sum(sum(own[one.item.id] for own in shares) / 2 * one.points for one in exam.forms[0].items)
    assert f"<b>{cut:.2f}</b>" in page
    assert page.index("<svg") < page.index(f"<b>{cut:.2f}</b>"), "the picture first"
    [way] = re.findall(r'href="(/analyses/[^"]+)"', page)
    asked = lead.page(way.replace("&amp;", "&"))
    assert '<option value="exam:T-EXAM" selected>' in asked
    assert re.search(r'name="bank"[^>]* checked', asked), "the ratings on record"
    assert "/analyses/unit/" not in browser("approver", unit).page(place)
    assert browser("approver", OTHER).get(place).status_code == 403
    assert browser("writer").get(place).status_code == 403


def test_items_changed_since_the_exam_was_built_are_not_rated_for_it(
    site: Path, browser: Browser, person: Make
) -> None:
    exam = read_package(site / "output" / "T-EXAM").exam
    [unit] = map(str, exam.blueprint.units)
    lead = browser("psychometrician", unit)
    path = site / "item_bank" / unit / "items"
    for file in path.iterdir():
        file.write_text(file.read_text("utf-8").replace("ข้อใดถูก", "ข้อใดถูกที่สุด"), "utf-8")
    page = lead.page("/reviews/exam/T-EXAM/cut/")
    assert re.search(r"\d items were changed in the bank", page)
    assert "/new/" not in page
    person("reviewer", unit, "first")
    asked = {"kind": "angoff", "number": 1, "exam": "T-EXAM", "experts": ["first"], "few": "on"}
    answer = lead.post(f"/reviews/unit/{unit}/new/", asked)
    assert answer.status_code == 422
    assert "no longer read as it printed them" in answer.content.decode()
