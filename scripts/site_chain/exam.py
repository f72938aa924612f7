"""Steps of an exam before it is sat: built, printed, taken room by room, its key opened by two people."""

from __future__ import annotations

import csv
from datetime import date
from functools import partial
from urllib.parse import urlsplit

from playwright.sync_api import Page

from site_chain.bank import EXPERTS, rated
from site_chain.chain import LEVEL, UNIT, Chain, links, step

CANDIDATES = 60


@step("a blueprint is written by its form; the exam is built")
def build(chain: Chain) -> None:
    page = chain.person("somchai")
    chain.go(page, "/blueprints/")
    chain.shot(page, "blueprints")
    new = f"form[action$='/blueprints/{UNIT}/']"
    chain.hand.press(page, f"details:has({new}) > summary")
    chain.hand.pick(page, f"{new} select[name=level]", LEVEL)
    chain.send(page, f"{new} button")
    page.wait_for_timeout(2500)
    page.wait_for_selector("main progress", state="detached")  # forms were found, or not
    chain.shot(page, "blueprint")
    chain.send(page, "button[name=save][value='1']")
    chain.shot(page, "blueprint-saved")
    pressed_job(chain, page, "button[form=build]", "job-building")
    chain.shot(page, "job-build")
    chain.send(page, "#job a.button")
    chain.kept["exam"] = urlsplit(page.url).path.split("/")[2]
    chain.keep()
    page.wait_for_timeout(2000)
    chain.shot(page, "exam")
    chain.go(page, "/exams/")
    chain.shot(page, "exams")


def pressed_job(chain: Chain, page: Page, what: str, shot: str = "", refused: bool = False) -> str:
    """Asks for work and waits for it."""
    chain.pressed(page, what)
    return chain.job(page, refused, shot)


@step("how papers look: fields beside their text, the first pages looked at, saved")
def look(chain: Chain) -> None:
    page = chain.person("somchai")
    chain.go(page, chain.at("papers/"))
    chain.go(page, chain.at("papers/settings/"))
    chain.shot(page, "papers-settings")
    with page.expect_response("**/papers/settings/draft/"):
        chain.hand.pick(page, "#f-papers_sections", "element")
    chain.hand.press(page, "button[name=look]")
    page.wait_for_selector("#pages img", timeout=300_000)
    page.eval_on_selector("#pages img", "one => one.decode()")  # fails where it is no picture
    assert "element" in page.input_value("#text"), "the text does not follow its fields"
    chain.shot(page, "papers-settings-pages")
    chain.send(page, "button[name=save][value='1']")
    chain.shot(page, "papers-settings-saved")


@step("papers for 60 people in two rooms, from a list whose fault is mended on its page")
def papers(chain: Chain) -> None:
    page = chain.person("somchai")
    chain.go(page, chain.at("papers/"))
    chain.shot(page, "papers")
    people = chain.out / "candidates.csv"
    with people.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(("candidate_id", "name", "room", "seat"))
        for n in range(1, CANDIDATES + 1):
            told = 12 if n == 13 else n  # twice the same number
            table.writerow((f"69{told:04d}", f"ผู้เข้าสอบ ทดสอบ{n:02d}", f"ห้อง {1 + n // 31}", n))
    chain.go(page, chain.at("papers/list/"))
    chain.hand.give(page, "main input[type=file]", people)
    chain.pressed(page, "main form[enctype] button")
    chain.shot(page, "papers-list-faults")
    chain.hand.write(page, page.locator("input[name^='cell:'][name$=':0']").last, "690013")
    chain.pressed(page, "button[name=mend]")
    chain.shot(page, "papers-list")
    assert page.locator("main .note.done").count(), page.inner_text("main")[:500]
    chain.go(page, chain.at("papers/"))
    pressed_job(chain, page, "button[formaction$='/print/']", "job-printing")
    chain.shot(page, "job-print")
    chain.go(page, chain.at("papers/"))
    chain.shot(page, "papers-printed")


@step("each room's papers are taken away, by the assembler whole, by the invigilator without items")
def rooms(chain: Chain) -> None:
    page = chain.person("somchai")
    chain.go(page, chain.at("papers/"))
    for room in links(page, chain.at("papers/rooms/")):
        chain.take(page, f"a[href='{room}']", b"PK")
    chain.take(page, "main li a[href*='/papers/files/']", b"")
    door = chain.person("kamol")
    chain.go(door, "/exams/")
    chain.go(door, chain.at("papers/"))
    chain.shot(door, "papers-invigilator")
    for room in links(door, chain.at("papers/rooms/")):
        chain.take(door, f"a[href='{room}']", b"PK")


@step("the key is opened by two people")
def opening(chain: Chain) -> None:
    one, other = chain.person("somchai"), chain.person("prasert")
    place = chain.at("openings/")
    chain.go(one, place)
    chain.hand.tick(one, "input[name=wanted][value$='.pdf']")
    chain.hand.write(one, "textarea[name=reason]", "ตรวจใบเฉลยก่อนส่งให้คณะกรรมการคุมสอบ")
    chain.shot(one, "openings-ask")
    chain.send(one, "main section form button")
    assert not one.locator("button[value=grant]").count(), "who asked can grant it"
    chain.go(other, "/openings/")
    chain.shot(other, "openings-waiting")
    chain.go(other, place)
    chain.shot(other, "openings-grant")
    chain.send(other, "button[value=grant]")
    chain.go(one, "/")
    chain.go(one, place)
    chain.shot(one, "openings-open")
    chain.take(
        one, "form[action*='/openings/']:not([action$='/close/']):not([action$='/answer/']) button", b"%PDF"
    )
    chain.go(one, "/")
    chain.go(one, place)
    chain.send(one, "form[action$='/close/'] button")
    chain.shot(one, "openings-closed")


@step("two judges say by Angoff how many would know each item; the cut is given to the sitting")
def judges(chain: Chain) -> None:
    lead = chain.person("nipa")
    chain.go(lead, "/exams/")
    chain.go(lead, chain.at(""))
    chain.go(lead, f"/reviews/exam/{chain.exam}/cut/")
    chain.shot(lead, "reviews-cut-none")
    chain.go(lead, f"/reviews/unit/{UNIT}/")
    chain.go(lead, f"/reviews/unit/{UNIT}/new/")
    chain.hand.pick(lead, "select[name=kind]", "angoff")
    chain.hand.pick(lead, "select[name=exam]", chain.exam)
    for name in EXPERTS:
        chain.hand.tick(lead, f"input[name=experts][value={name}]")
    chain.hand.tick(lead, "input[name=few]")  # they are fewer than three
    chain.send(lead, "main form button:not(.link)")
    for number, name in enumerate(EXPERTS):
        rated(chain, chain.person(name), partial(_judged, chain, number), "" if number else "angoff")
    chain.go(lead, f"/reviews/unit/{UNIT}/")
    chain.go(lead, f"/reviews/unit/{UNIT}/ratings/")
    chain.shot(lead, "angoff-ratings")
    chain.go(lead, f"/reviews/exam/{chain.exam}/cut/")
    assert lead.locator("#cuts").count(), "the ratings set no cut"
    chain.shot(lead, "reviews-cut")
    _cut(chain, lead)


def _judged(chain: Chain, judge: int, page: Page, at: int) -> None:
    """A share of each item, to which the judges do not come alike."""
    chain.hand.write(page, "input[name=value]", str(50 + 5 * (at % 6) - 10 * judge))


def _cut(chain: Chain, page: Page) -> None:
    """The cut of the judges as a file, given to the sitting: the next scoring uses it."""
    chain.go(page, "/analyses/")
    chain.shot(page, "analyses-none")
    chain.go(page, f"/analyses/unit/{UNIT}/")
    chain.shot(page, "analyses-unit")
    chain.go(page, f"/analyses/unit/{UNIT}/angoff/")
    chain.hand.pick(page, "select[name=exam]", f"exam:{chain.exam}")
    chain.hand.tick(page, "input[name=bank]")
    chain.hand.tick(page, "input[name=out]")
    chain.hand.write(page, "input[name=by]", "คณะกรรมการกำหนดเกณฑ์ผ่าน")
    chain.hand.write(page, "input[name=reason]", "รายงานการประชุมครั้งที่ 3/2569")
    chain.hand.write(page, "input[name=date]", date.today().isoformat())
    chain.shot(page, "analyses-angoff")
    pressed_job(chain, page, "main form[data-keep] button")
    chain.send(page, "#job a.button")
    chain.shot(page, "analyses-cut")
    chain.send(page, "form[action$='/use/'] button")
    chain.shot(page, "rules")
