"""Steps of the standard and the bank: a unit read, twelve items written, rated, approved."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import yaml
from playwright.sync_api import Page

from site_chain.chain import LEVEL, ROOT, UNIT, Chain, links, step

ITEMS = ROOT / "tests/data/web/tour-items.yaml"
EXPERTS = ("wichai", "dara")
CONGRUENT = "input[name=value][value='+1']"
REFERENCE = "คู่มือการนำเที่ยวชุมชน 2566 บทที่ 2"


@step("the unit is read from its document and imported")
def standard(chain: Chain) -> None:
    page = chain.person("somchai")
    chain.go(page, "/standards/")
    chain.go(page, "/standards/read/")
    chain.shot(page, "standards-read")
    chain.hand.give(page, "input[type=file]", ROOT / "examgen/data/example-unit.txt")
    chain.send(page, "main form button")
    chain.shot(page, "standards-reading")
    chain.send(page, "button[value=import]")
    chain.shot(page, "standards-unit")
    chain.go(page, "/standards/")
    chain.shot(page, "standards")
    chain.go(page, f"/standards/unit/{UNIT}/")
    for edition in links(page, f"/standards/unit/{UNIT}/.+")[:1]:
        chain.go(page, edition)
        chain.shot(page, "standards-edition")


@step("a writer writes twelve items and sends them for review")
def items(chain: Chain) -> None:
    page = chain.person("malee")
    chain.go(page, "/bank/")
    chain.shot(page, "bank")
    chain.go(page, f"/bank/{UNIT}/")
    there = len({one for one in links(page, f"/bank/{UNIT}/") if "T412" in one})
    for number, one in enumerate(yaml.safe_load(ITEMS.read_text("utf-8"))[there:], there):
        chain.go(page, f"/bank/{UNIT}/")
        chain.go(page, f"/bank/{UNIT}/new/")
        if number == 0:
            chain.shot(page, "bank-new-empty")
        _write(chain, page, one)
        if number == 0:
            page.wait_for_timeout(4000)  # the preview follows a pause
            chain.shot(page, "bank-new", 600)
        chain.send(page, "form#item .bar button:not([name], [formaction])")
        assert page.locator(".note.success").count(), page.inner_text("main")[:400]
        if number == 0:
            page.wait_for_timeout(2500)
            chain.shot(page, "bank-item")
        chain.send(page, "form#item button[name=send]")
    chain.go(page, f"/bank/{UNIT}/")
    chain.shot(page, "bank-unit")
    for place in ("coverage", "files", "media", "check"):
        chain.go(page, f"/bank/{UNIT}/{place}/")
        chain.shot(page, f"bank-{place}")
    _faulty(chain, page)


def _write(chain: Chain, page: Page, one: dict[str, Any]) -> None:
    hand = chain.hand
    hand.pick(page, "#f-pcs", one["pc"])
    hand.tick(page, f"input[name=levels][value='{LEVEL}']")
    hand.pick(page, "#f-cognitive", one["cognitive"])
    hand.write(page, "#f-stem", one["stem"])
    for letter, text, why in zip("abcd", one["options"], one["rationale"], strict=True):
        hand.write(page, f"[name='options.{letter}']", text)
        if letter == "a":
            hand.tick(page, "input[name=key][value=a]")
        hand.write(page, f"[name='rationale.{letter}']", why)
    hand.write(page, "#f-reference", REFERENCE)


def _faulty(chain: Chain, page: Page) -> None:
    """An item that cannot be saved as it stands."""
    chain.go(page, f"/bank/{UNIT}/new/")
    chain.hand.write(page, "#f-stem", "โจทย์ที่ยังไม่มีตัวเลือก")
    chain.pressed(page, "form#item .bar button:not([name], [formaction])")
    chain.shot(page, "bank-new-faults", 600)


@step("files of the bank: a workbook taken, put back, and looked at before it is taken over")
def exchange(chain: Chain) -> None:
    page = chain.person("malee")
    chain.go(page, f"/bank/{UNIT}/files/")
    book = next(
        (one for one in links(page, f"/bank/{UNIT}/export/") if "xlsx" in one or "workbook" in one), ""
    )
    if not book:
        raise AssertionError(f"no workbook: {links(page, f'/bank/{UNIT}/export/')}")
    path = chain.take(page, f"a[href^='{book}']", b"PK")
    chain.hand.give(page, "main input[type=file]", path)
    chain.send(page, "form[action$='/import/'] button")
    if page.locator("#job").count():
        chain.job(page, refused_is_right=True)
        if page.locator("#job a.button").count():
            chain.send(page, "#job a.button")
    chain.shot(page, "bank-read")


@step("two experts rate every item, each alone; one round, closed by itself")
def ratings(chain: Chain) -> None:
    lead = chain.person("prasert")
    chain.go(lead, f"/reviews/unit/{UNIT}/")
    if not lead.locator("main table").count():
        chain.shot(lead, "reviews-unit-empty")
        chain.go(lead, f"/reviews/unit/{UNIT}/new/")
        chain.hand.pick(lead, "select[name=kind]", "ioc")
        for name in EXPERTS:
            chain.hand.tick(lead, f"input[name=experts][value={name}]")
        chain.shot(lead, "reviews-new")
        chain.send(lead, "main form button:not(.link)")
    for name in EXPERTS:
        page = chain.person(name)
        shot = "reviews" if name == EXPERTS[0] else ""
        rated(chain, page, lambda page, _: chain.hand.tick(page, CONGRUENT), shot)
    chain.go(lead, f"/reviews/unit/{UNIT}/")
    chain.shot(lead, "reviews-unit")
    chain.pressed(lead, "main table a")
    chain.shot(lead, "reviews-round")
    for place, who in (("ratings", lead), ("statistics", lead)):
        chain.go(who, f"/reviews/unit/{UNIT}/{place}/")
        chain.shot(who, f"reviews-{place}")


def rated(chain: Chain, page: Page, say: Callable[[Page, int], None], shot: str = "") -> None:
    """Every item of the round that an expert is asked in first, rated one by one by `say`; then ended."""
    chain.go(page, "/reviews/")
    if shot:
        chain.shot(page, shot)
    if not page.locator("#asked ~ ul a.button").count():
        return  # rated in an earlier run
    chain.send(page, "#asked ~ ul a.button")
    at = 0
    while re.search(r"/rate/[^/]+/$", urlsplit(page.url).path):
        say(page, at)
        if at == 0 and shot:
            chain.hand.write(page, "textarea[name=comment]", "ตรงกับเกณฑ์ ภาษาชัดเจน")
            chain.shot(page, f"{shot}-rate", 900)
        chain.send(page, "#saved ~ p button")
        at += 1
    if shot:
        chain.shot(page, f"{shot}-mine")
    if page.locator("form[action$='/end/']").count():  # else ended in an earlier run
        chain.send(page, "form[action$='/end/'] button")


@step("an expert approves the items; an item's history")
def approval(chain: Chain) -> None:
    page = chain.person("wichai")
    chain.go(page, f"/bank/{UNIT}/")
    names = sorted({link.split("/")[3] for link in links(page, f"/bank/{UNIT}/") if "T412" in link})
    assert len(names) == 12, names
    for number, name in enumerate(names):
        chain.go(page, f"/bank/{UNIT}/")
        chain.go(page, f"/bank/{UNIT}/{name}/")
        if number == 0:
            chain.shot(page, "bank-decide")
        chain.hand.write(page, "#comment", "ผู้เชี่ยวชาญทั้งสองคนให้ +1")
        chain.send(page, "button[name=to][value=approved]")
    chain.go(page, f"/bank/{UNIT}/{names[0]}/")
    chain.go(page, f"/bank/{UNIT}/{names[0]}/history/")
    chain.shot(page, "bank-history")
