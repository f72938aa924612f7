"""Rounds of review: each expert alone, never about his own items; what they said goes on record once."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from examgen.papers.review_forms import ratings_on_record
from examgen.site.accounts.models import User
from examgen.site.audit.models import Entry, record
from examgen.site.reviews.models import Answer, Round
from tests.site.conftest import OTHER, UNIT, Browser, Client

ITEMS = ("DG401.01-101", "DG401.01-102", "DG401.01-103")
EVIL = "<script>alert(1)</script>"


class Asked:
    """An open round with its experts, each with a browser."""

    def __init__(
        self, browser: Browser, person: Any, kind: str = "ioc", unit: str = UNIT, **form: Any
    ) -> None:
        self.browser, self.unit = browser, unit
        self.people = [person("reviewer", unit, name) for name in ("first", "second")]
        self.experts = [browser(user=one) for one in self.people]
        self.lead = browser("approver", unit)
        self.form = {
            "kind": kind,
            "number": 1,
            "items": ITEMS,
            "experts": ["first", "second"],
            "few": "on",
            **form,
        }

    def open(self, **form: Any) -> str:
        """The address of the round."""
        answer = self.lead.post(f"/reviews/unit/{self.unit}/new/", {**self.form, **form})
        assert answer.status_code == 302, answer.content.decode()
        return str(answer.headers["location"])

    @staticmethod
    def rate(client: Client, place: str, item: str, value: str, **more: Any) -> Any:
        """Rates an item as the program of the page does, which keeps it on the device until it is saved."""
        headers = {"HX-Request": "true", "Accept": "application/json"}
        user = User.objects.get(pk=client.session["_auth_user_id"]).username
        return client.post(f"{place}rate/{item}/", {"value": value, "user": user, **more}, headers=headers)


@pytest.fixture
def asked(workspace: Path, browser: Browser, person: Any) -> Asked:
    """A unit with two reviewers and an approver."""
    return Asked(browser, person)


def test_experts_rate_alone_and_the_round_goes_on_record(workspace: Path, asked: Asked) -> None:
    for words in (
        ["init", "-q"],
        ["add", "item_bank"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "all"],
    ):
        subprocess.run(["git", *words], cwd=workspace, check=True)
    place = asked.open()
    first, second = asked.experts
    assert f"{place}rate/{ITEMS[0]}/" in str(first.get(f"{place}rate/").headers["location"])
    key, guidance = "<summary>Key and why", "<summary>What you are asked"
    page = first.page(f"{place}rate/{ITEMS[1]}/")
    assert f"<details>{key}" in page
    assert f"<details open>{guidance}" in page
    for item, value in zip(ITEMS, ("+1", "0", "-1"), strict=True):
        assert b"next" in asked.rate(first, place, item, value, comment=EVIL if value == "0" else "").content
    assert asked.rate(second, place, ITEMS[0], "+1").status_code == 200
    assert f"<details open>{key}" in first.page(f"{place}rate/{ITEMS[1]}/"), "a rating of 0, too"
    for page in (f"{place}rate/", place, f"/reviews/unit/{UNIT}/", f"{place}rate/{ITEMS[1]}/"):
        text = second.page(page)
        assert "alert(1)" not in text, "what the first said"
        assert "checked" not in text
    assert "alert(1)" not in asked.lead.page(place)
    own = first.page(f"{place}rate/")
    assert EVIL not in own
    assert "alert(1)" in own
    assert ratings_on_record(workspace / "item_bank", UNIT) == ()
    first.post(f"{place}end/")
    assert b"Not saved" in asked.rate(first, place, ITEMS[0], "-1").content
    assert Round.objects.get().is_open
    for item in ITEMS[1:]:
        asked.rate(second, place, item, "+1")
    second.post(f"{place}end/")
    assert not Round.objects.get().is_open
    [panel] = ratings_on_record(workspace / "item_bank", UNIT)
    assert [(one.item, one.ioc, one.n) for one in panel.congruence] == [
        (ITEMS[0], 1.0, 2),
        (ITEMS[1], 0.5, 2),
        (ITEMS[2], 0.0, 2),
    ]
    said = subprocess.run(
        ["git", "log", "-1", "--name-only", "--format=%ae"], cwd=workspace, capture_output=True, check=True
    )
    assert said.stdout.decode().split() == [
        f"{Round.objects.get().by.username}@examgen.invalid",
        f"item_bank/{UNIT}/ratings.yaml",
    ]
    table = asked.lead.page(f"/reviews/unit/{UNIT}/ratings/")
    assert EVIL not in table
    assert re.search(rf"{ITEMS[2]}</th><td class=\"number\">-1</td><td class=\"number\">\+1</td>", table)
    assert "Under 0.50: DG401.01-103" in table
    assert [*Entry.objects.filter(what__startswith="round.").values_list("what", flat=True)] == [
        "round.open", "round.end", "round.end", "round.close",
    ]  # fmt: skip
    assert not [one for one in Entry.objects.all() if EVIL in str(one.detail)]


def test_nobody_is_asked_about_what_he_wrote(asked: Asked) -> None:
    record(asked.people[0], "item.write", f"{UNIT}/{ITEMS[0]}")
    place = asked.open()
    first = asked.experts[0]
    assert first.get(f"{place}rate/{ITEMS[0]}/").status_code == 404
    assert asked.rate(first, place, ITEMS[0], "+1").status_code == 409
    assert first.get(f"{place}rate/{ITEMS[0]}/picture.png").status_code == 404
    assert "1 item of their own left out" in asked.lead.page(place)
    assert Answer.objects.count() == 0


def test_only_who_was_asked_rates_and_only_who_leads_closes(asked: Asked, browser: Browser) -> None:
    place = asked.open(experts=["first"])
    uninvited = asked.experts[1]
    for page in ("rate/", f"rate/{ITEMS[0]}/", f"rate/{ITEMS[0]}/picture.png"):
        assert uninvited.get(place + page).status_code == 403, page
        assert asked.lead.get(place + page).status_code == 403, page
        assert browser("reviewer", OTHER).get(place + page).status_code == 403, page
        assert browser("auditor").get(place + page).status_code == 403, page
    assert asked.rate(uninvited, place, ITEMS[0], "+1").status_code == 403
    assert uninvited.post(f"{place}end/").status_code == 403
    assert asked.experts[0].post(place).status_code == 403
    assert browser("approver", OTHER).post(place).status_code == 403
    assert asked.lead.post(place.replace(UNIT, OTHER)).status_code == 403
    assert browser("approver").post(place.replace(UNIT, OTHER)).status_code == 404, "a round of another unit"
    assert Round.objects.get().is_open
    assert asked.lead.post(place).status_code == 302
    assert asked.lead.post(place, follow=True).status_code == 200
    assert not Round.objects.get().is_open


def test_who_rates_in_a_round_does_not_close_it(asked: Asked, person: Any, browser: Browser) -> None:
    both = person("approver,reviewer", UNIT, "both")
    place = asked.open(experts=["first", "both"])
    assert b"Close the round" in asked.lead.get(place).content
    assert b"Close the round" not in browser(user=both).get(place).content
    assert browser(user=both).post(place).status_code == 403
    assert Round.objects.get().is_open


def test_a_round_is_refused_where_the_command_would_refuse_it(asked: Asked) -> None:
    def refused(**form: Any) -> str:
        answer = asked.lead.post(f"/reviews/unit/{UNIT}/new/", {**asked.form, **form})
        assert answer.status_code == 422
        return answer.content.decode()

    assert "faults" in refused(items="no-such-item")
    assert "faults" in refused(exam="no-such-exam")
    assert "has no ratings of" in refused(number=2)
    assert "faults" in refused(experts=[])
    assert "faults" in refused(experts=["nobody"])
    assert "faults" in refused(kind="other")
    few = refused(kind="angoff", few="")
    assert "2 experts are ticked. A cut by fewer than 3 is hardly known" in few
    head = few.split('<form method="post" data-keep>')[1].split('<div class="field')[0]
    assert "2 experts are ticked" in head, "why it is not open stands where the page begins"
    assert "<details open" not in refused(kind="angoff", few="", items=[]), (
        "the items of the unit have nothing to do with it"
    )
    before = asked.lead.page(f"/reviews/unit/{UNIT}/new/")
    assert 'name="few"' in before, "this unit has no three to ask: the tick stands there from the first"
    asked.open(few="")  # of congruence two may rate
    assert "open already" in refused()
    assert Round.objects.count() == 1


def test_an_item_that_was_changed_meanwhile_is_set_aside(workspace: Path, asked: Asked) -> None:
    place = asked.open()
    for item in ITEMS:
        asked.rate(asked.experts[0], place, item, "+1")
    path = workspace / "item_bank" / UNIT / "items" / "DG401.01.yaml"
    path.write_text(path.read_text("utf-8").replace('stem: "', 'stem: "ในเดือนนี้ ', 1), "utf-8")
    assert "changed after the round was opened" in asked.experts[0].page(f"{place}rate/{ITEMS[0]}/")
    page = asked.lead.post(place, follow=True).content.decode()
    assert "2 ratings are on record" in page
    assert "was changed in the bank" in page


def test_angoff_shows_ones_own_rating_and_the_groups(workspace: Path, browser: Browser, person: Any) -> None:
    asked = Asked(browser, person, "angoff")
    place = asked.open()
    for client, values in zip(asked.experts, (("60", "70", "80"), ("40", "50", "100")), strict=True):
        for item, value in zip(ITEMS, values, strict=True):
            asked.rate(client, place, item, value)
        assert b"could be a fraction or a percentage" in asked.rate(client, place, ITEMS[0], "0.5").content
        assert b"out of range" in asked.rate(client, place, ITEMS[0], "101").content
        client.post(f"{place}end/")
    [panel] = ratings_on_record(workspace / "item_bank", UNIT)
    assert panel.cut is not None
    assert panel.cut.cut == pytest.approx(2.0)
    assert panel.cut.se == pytest.approx(0.1)
    table = asked.lead.page(f"/reviews/unit/{UNIT}/ratings/")
    assert "2.00 of 3 points" in table
    assert "standard error over 2 experts: 0.10" in table
    again = asked.open(number=2)
    assert "you 60, median 50, range 40 … 60" in asked.experts[0].page(f"{again}rate/{ITEMS[0]}/")


def test_a_rating_that_waited_on_a_device_is_of_who_typed_it(asked: Asked) -> None:
    place = asked.open()
    first, second = asked.experts
    kept = asked.rate(first, place, ITEMS[0], "+1", user="first")
    assert kept.json() == {"next": f"{place}rate/{ITEMS[1]}/"}
    late = asked.rate(second, place, ITEMS[1], "-1", user="first")
    assert late.status_code == 409
    assert "somebody else is signed in" in late.json()["fault"]
    assert [one.item for one in Answer.objects.all()] == [ITEMS[0]]
    page = first.page(f"{place}rate/{ITEMS[0]}/")
    assert "saving.js" in page
    assert "data-typed" in page


def test_levels_are_asked_and_not_told(workspace: Path, browser: Browser, person: Any) -> None:
    name = sorted((workspace / "item_bank" / OTHER / "items").glob("*.yaml"))[0]
    item = re.findall(r"^- id: (\S+)", name.read_text("utf-8"), re.M)[0]
    asked = Asked(browser, person, unit=OTHER, items=item)
    place = asked.open()
    page = asked.experts[0].page(f"{place}rate/{item}/")
    assert 'name="suits"' in page
    assert "Requirements of each level" in page
    for client, level in zip(asked.experts, (3, 5), strict=True):
        asked.rate(client, place, item, "+1", suits=level)
    asked.lead.post(place)
    [panel] = ratings_on_record(workspace / "item_bank", OTHER)
    assert panel.levels is not None
    assert panel.levels.items[0].rated == (3, 5)
    assert "3, 5" in asked.lead.page(f"/reviews/unit/{OTHER}/ratings/")
