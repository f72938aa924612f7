"""Steps of a sitting: who came, answers of three kinds, scans decided, scored, rows settled, corrected."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

from playwright.sync_api import Page

from site_chain.chain import Chain, links, step
from site_chain.exam import CANDIDATES, pressed_job
from site_chain.hands import one
from site_chain.serving import EXAMGEN, command, environment

SEED = 2569
SCANNED, BY_HAND, ABSENT = 8, 20, "690060"
"""The first people's sheets are scanned; the last ones' answers come in a table that cannot be told."""
MISKEYED = 5
"""A question whose key the able contradict: the analysis has to find it."""
OTHER = {"A": "B", "B": "C", "C": "D", "D": "A"}
"""The answer that they give, by the key."""


@step("the invigilator records who came, room by room")
def roster(chain: Chain) -> None:
    page = chain.person("kamol")
    chain.go(page, "/exams/")
    chain.shot(page, "exams-invigilator")
    chain.go(page, chain.at("roster/"))
    chain.shot(page, "roster")
    rooms = [one for one in links(page, chain.at("roster/")) if re.search(r"/\d+/$", one)]
    for number, room in enumerate(rooms):
        chain.go(page, chain.at("roster/"))
        chain.go(page, room)
        for who in page.locator(f"input[name=absent][value='{ABSENT}']").all():
            chain.hand.tick(page, who)
        if number == 0:
            chain.shot(page, "room")
        chain.send(page, "main form[data-keep] button:not(.second)")
    chain.shot(page, "roster-recorded")


@step("the invigilator, who scores nothing, states that the exam was sat")
def held(chain: Chain) -> None:
    state_held(chain, "held")


def state_held(chain: Chain, shot: str = "") -> None:
    page = chain.person("kamol")
    chain.go(page, chain.at("held/"))
    if shot:
        chain.shot(page, f"{shot}-not-yet")
    chain.hand.write(page, "input[name=day]", date.today().isoformat())
    chain.send(page, "main form:has(input[name=day]) button")
    if shot:
        chain.shot(page, shot)


def _files(chain: Chain) -> tuple[Path, Path, list[Path]]:
    """A table that tells itself, one that does not, and scans; one question is answered against its key."""
    made, scans = chain.out / "answers.csv", chain.out / "scans"
    made.unlink(missing_ok=True)
    shutil.rmtree(scans, ignore_errors=True)
    package = chain.workspace / "output" / chain.exam
    words = ("simulate", package, "--seed", SEED, "--workspace", chain.workspace)
    command(*words, "--candidates", CANDIDATES, "--dirty", 4, "--out", made)
    simulator = [EXAMGEN[0], "-m", "tests.scanning.simulated", package, scans, "--seed", SEED]
    simulator += ["--candidates", SCANNED, "--format", "jpeg", "--workspace", chain.workspace]
    subprocess.run([*map(str, simulator)], check=True, env=environment())
    with (package / "secure/key.csv").open(encoding="utf-8-sig", newline="") as file:
        keys = list(csv.DictReader(file))
    key = {(row["form"], int(row["question"])): row["key"] for row in keys}
    with made.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = list(csv.reader(file))
    columns = {int(name[1:]): at for at, name in enumerate(head) if re.fullmatch(r"Q\d+", name)}
    for row in rows:  # the able give another answer than the key
        own = key.get((row[1], MISKEYED))
        if own is None or len(row) <= max(columns.values()):
            continue
        right = sum(row[at] == key[row[1], n] for n, at in columns.items() if n != MISKEYED)
        if 2 * right > len(columns) - 1:
            row[columns[MISKEYED]] = OTHER[own]
        elif row[columns[MISKEYED]] == OTHER[own]:
            row[columns[MISKEYED]] = own
    whole = {f"69{n:04d}" for n in range(CANDIDATES - BY_HAND + 1, CANDIDATES + 1)}
    scanned = {f"69{n:04d}" for n in range(1, SCANNED + 1)}

    def is_whole(row: list[str]) -> bool:
        """Whether it is of the table that cannot be told: there one form is said of all rows."""
        return row[0] in whole and row[1] == keys[0]["form"]

    told, untold = chain.out / "centre-1.csv", chain.out / "centre-2.csv"
    with told.open("w", encoding="utf-8-sig", newline="") as file:
        rest = (row for row in rows if row[0] not in scanned | {ABSENT} and not is_whole(row))
        csv.writer(file).writerows([head, *rest])
    with untold.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(["ลำดับ", "บัตร", *(f"ช่อง {n}" for n in columns)])
        mine = [row for row in rows if is_whole(row) and row[0] != ABSENT]
        table.writerows([n, row[0], *row[2 : 2 + len(columns)]] for n, row in enumerate(mine, 1))
    return told, untold, sorted((scans / "scans").iterdir())


@step("answers: a table that tells itself, one whose columns are matched by hand")
def answers(chain: Chain) -> None:
    page = chain.person("anong")
    chain.go(page, chain.at(""))
    chain.shot(page, "exam-grader")
    told, untold, _ = _files(chain)
    place = chain.at("answers/")
    chain.go(page, place)
    chain.shot(page, "answers-empty")
    chain.hand.give(page, "input[name=given]", told, untold)
    chain.pressed(page, "#upload ~ form button")
    chain.shot(page, "answers")
    by_hand = page.locator("article", has=page.locator("h3", has_text="centre-2")).locator(
        "a[href*='/columns/']"
    )
    chain.pressed(page, by_hand)
    chain.shot(page, "answers-columns")
    columns = page.locator("select[name^=column]").count()
    chain.hand.pick(page, "select[name=column0]", "")
    chain.hand.pick(page, "select[name=column1]", "candidate_id")
    chain.hand.pick(page, "#first", "3")
    chain.hand.pick(page, "#last", str(columns))
    chain.send(page, "button[name=fill]")
    form = page.locator("#form_is option").nth(1).get_attribute("value") or ""
    chain.hand.pick(page, "#form_is", form)
    chain.shot(page, "answers-columns-filled")
    chain.pressed(page, "button[name=save]")
    chain.shot(page, "answers-matched")
    assert page.locator(".state.bad").count() == 0, page.inner_text("main")[:800]


@step("scans are read; doubtful marks are decided in the gallery")
def scans(chain: Chain) -> None:
    page = chain.person("anong")
    chain.go(page, chain.at("answers/"))
    chain.go(page, chain.at("scans/"))
    chain.shot(page, "scans-empty")
    chain.hand.give(page, "input[name=given]", *sorted((chain.out / "scans/scans").iterdir()))
    pressed_job(chain, page, "main form[enctype] button", "job-scanning")
    chain.shot(page, "job-scan")
    chain.go(page, chain.at("scans/"))
    chain.shot(page, "scans")
    way = next((one for one in links(page, chain.at("scans/")) if re.search(r"/\d+/$", one)), "")
    assert way, "no gallery of doubtful marks"
    chain.go(page, way)
    page.wait_for_timeout(1500)
    chain.shot(page, "gallery")
    _decided(chain, page)
    chain.shot(page, "gallery-decided")
    chain.go(page, chain.at("scans/"))
    chain.shot(page, "scans-decided")


def _decided(chain: Chain, page: Page) -> None:
    """Every mark in doubt decided by the gallery's own keys, in its frame: the site has it as one goes."""
    frame = page.frame_locator("iframe.whole")
    name = frame.locator("#name")
    name.wait_for()
    name.focus()
    page.keyboard.insert_text("อนงค์ ละเอียด")
    page.keyboard.press("Enter")
    frame.locator(".card").first.wait_for()
    page.screenshot(path=chain.out / "gallery-marks.png", full_page=True)
    for n in range(200):
        if frame.locator("#marks-left").inner_text().strip() in ("", "0"):
            break
        page.keyboard.press("Enter")  # a whole sheet as it is shown; a single mark is not decided so
        page.keyboard.press("Space" if n % 3 == 2 else "abcd"[n % 4])
        page.wait_for_timeout(40)
    said = page.locator("#gallery").get_attribute("data-all") or ""
    page.locator("#kept", has_text=said).wait_for()


def score(chain: Chain, page: Page, shot: str = "") -> str:
    said = pressed_job(chain, page, "form[action$='/score/'] button:not(summary)", shot)
    assert said, "a scoring says what it came to"
    return said


@step("the answers are scored")
def scoring(chain: Chain) -> None:
    page = chain.person("anong")
    chain.go(page, chain.at("scans/"))
    chain.go(page, chain.at("answers/"))
    score(chain, page, "job-scoring")
    chain.shot(page, "job-score")
    chain.go(page, chain.at("runs/"))
    chain.shot(page, "runs")
    chain.go(page, chain.at("roster/"))
    chain.shot(page, "roster-ledger")


@step("rows that were set aside are settled: whose it is, what was marked, nobody's")
def quarantine(chain: Chain) -> None:
    page = chain.person("anong")
    place = chain.at("aside/")
    chain.go(page, place)
    chain.shot(page, "quarantine")
    rows = [one for one in links(page, place) if re.search(r"/aside/\d+/\d+/$", one)]
    assert rows, "no row was set aside"
    pictured: set[str] = set()
    for number, row in enumerate(rows):
        chain.go(page, place)
        chain.go(page, row)
        reason = one(page, "main .note.warning b").inner_text()
        if number == 0:
            chain.hand.tick(page, "input[name=what][value=marks]")
            chain.hand.write(page, "input[name=reason]", "x")
            chain.pressed(page, "main .sides form[data-keep] button:not(.second)")
            assert page.locator(".faults").count(), "marks are decided without any mark"
            chain.shot(page, "row-faults")
        chain.hand.tick(page, "input[name=what][value=void]")
        chain.hand.write(page, "input[name=reason]", "ไม่พบผู้เข้าสอบของแถวนี้ในบัญชีรายชื่อห้องสอบ")
        if reason not in pictured:
            pictured.add(reason)
            chain.shot(page, f"row-{len(pictured)}", 600)
        chain.send(page, "main .sides form[data-keep] button:not(.second)")
    chain.go(page, place)
    chain.shot(page, "quarantine-settled")
    score(chain, page)


def correct(chain: Chain, kind: str, question: int, reason: str, shot: str, key: str = "") -> None:
    """A correction proposed, looked at, made."""
    page, hand = chain.person("anong"), chain.hand
    chain.go(page, chain.at("corrections/"))
    hand.tick(page, f"input[name=kind][value={kind}]")
    hand.write(page, "input[name=question]", str(question))
    if key:
        hand.write(page, "input[name=key]", key)
    hand.write(page, "input[name=reason]", reason)
    hand.write(page, "input[name=by]", "คณะกรรมการพิจารณาข้อทักท้วง มติที่ 4/2569")
    hand.write(page, "input[name=date]", date.today().isoformat())
    chain.shot(page, shot)
    chain.send(page, "main form[data-keep] button")
    chain.job(page)
    chain.send(page, "#job a.button")
    chain.shot(page, f"{shot}-moved")
    pressed_job(chain, page, "form[action$='/make/'] button")
    chain.shot(page, f"{shot}-made")


@step("the key is corrected after a dry run that says who moves")
def correction(chain: Chain) -> None:
    page = chain.person("anong")
    chain.go(page, chain.at("corrections/"))
    chain.hand.tick(page, "input[name=kind][value=rekey]")
    chain.hand.write(page, "input[name=question]", "99")
    for name, text in (("reason", "x"), ("by", "x")):
        chain.hand.write(page, f"input[name={name}]", text)
    chain.hand.write(page, "input[name=date]", date.today().isoformat())
    chain.pressed(page, "main form[data-keep] button")
    chain.shot(page, "correction-faults")
    correct(chain, "credit_all", 3, "ข้อมูลในโจทย์ไม่พอให้เลือกคำตอบได้", "correction")
    chain.go(page, chain.at("corrections/"))
    chain.shot(page, "corrections")
