"""Steps of an exam before it is sat: built, printed, taken room by room, its key opened by two people."""

from __future__ import annotations

import csv
from urllib.parse import urlsplit

from playwright.sync_api import Page

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
    page.wait_for_function("!document.querySelector('main progress')")  # forms were found, or not
    chain.shot(page, "blueprint")
    chain.send(page, "button[name=save]")
    chain.shot(page, "blueprint-saved")
    pressed_job(chain, page, "form[action$='/build/'] button", "job-building")
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
    pressed_job(chain, page, "form[action$='/print/'] button", "job-printing")
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
