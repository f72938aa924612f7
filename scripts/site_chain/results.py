"""Steps after the scoring: analysed, released by another, reported, verified, corrected again, compared."""

from __future__ import annotations

import csv
import re
import subprocess
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page

from site_chain.chain import UNIT, Chain, Skipped, links, step
from site_chain.exam import CANDIDATES, pressed_job
from site_chain.hands import Keyboard, one
from site_chain.serving import EXAMGEN, command, environment
from site_chain.sitting import MISKEYED, OTHER, correct, score, state_held

PYTHON = EXAMGEN[0]


@step("the psychometrician analyses the answers: a key is in doubt")
def analysis(chain: Chain) -> None:
    page = chain.person("nipa")
    chain.go(page, chain.at("results/"))
    chain.go(page, chain.at("results/analysis/"))
    chain.shot(page, "analysis-empty")
    pressed_job(chain, page, "form[action$='/analysis/make/'] button", "job-analysing")
    chain.shot(page, "job-analysis")
    chain.go(page, chain.at("results/analysis/"))
    assert page.locator("main .note.error").count(), "the analysis finds no key in doubt"
    chain.shot(page, "analysis-alarm", 600)


@step("what the committee has before it, before anybody is told anything; its book")
def committee(chain: Chain) -> None:
    page = chain.person("prasert")
    place = chain.at("results/committee/")
    chain.go(page, chain.at("results/"))
    chain.go(page, place)
    chain.shot(page, "committee-empty")
    pressed_job(chain, page, "main form[action$='/results/make/'] button")
    chain.go(page, chain.at("results/"))
    chain.go(page, place)
    assert page.locator("main .note.warning").count(), "the committee is not told that nothing is released"
    chain.shot(page, "committee", 600)
    chain.take(page, "main a[href$='.pdf']", b"%PDF")
    chain.take(page, "main details[open] a[download][href$='.csv']", b"\xef\xbb\xbf")


@step("another person releases the run; who scored it may not")
def release(chain: Chain) -> None:
    page = chain.person("prasert")
    chain.go(page, chain.at("runs/"))
    run = _newest(chain, page)
    chain.go(page, chain.at(f"runs/{run}/"))
    chain.shot(page, "run", 900)
    grader = chain.person("anong")
    refused = grader.goto(chain.base + chain.at(f"runs/{run}/release/"))
    assert refused is not None
    assert refused.status == 403, "a grader opens the page of a release"
    _release(chain, page, run, "8/2569", "release")
    chain.shot(page, "released")
    chain.go(page, chain.at("runs/"))
    chain.go(page, chain.at(f"runs/{run}/"))
    for path in links(page, chain.at(f"runs/{run}/files/"))[:1]:
        chain.take(page, f"a[href='{path}']", b"\xef\xbb\xbf")
    chain.go(page, chain.at("runs/compare/") + f"?before={run - 1}&after={run}")
    chain.shot(page, "runs-compare", 900)


def _newest(chain: Chain, page: Page) -> int:
    """The run that was scored last, by the page of runs."""
    ways = links(page, chain.at("runs/"))
    return max(int(found[1]) for path in ways if (found := re.search(r"/runs/(\d+)/$", path)))


def _release(chain: Chain, page: Page, run: int, minutes: str, shot: str = "") -> None:
    chain.go(page, chain.at("runs/"))
    chain.go(page, chain.at(f"runs/{run}/release/"))
    chain.hand.write(page, "[name=minutes]", minutes)
    chain.hand.write(page, "[name=reason]", "คณะกรรมการรับรองผลการสอบแล้ว")
    if page.locator("[name=open_looks]").count():
        chain.hand.write(page, "[name=open_looks]", "คณะกรรมการพิจารณาผลใกล้จุดตัดในการประชุมแล้ว")
    if shot:
        chain.shot(page, shot)
    pressed_job(chain, page, "main form button:not(.link)", shot and "job-releasing")


@step("reports of the run, signed; looked at, downloaded")
def reports(chain: Chain) -> None:
    if not (chain.workspace / "keys/body.pem").is_file():
        command("site", "keys", chain.workspace / "keys/body.pem", "--body", "สถาบันรับรองสมรรถนะตัวอย่าง")
    page = chain.person("prasert")
    chain.go(page, chain.at("results/"))
    chain.shot(page, "results", 600)
    chain.hand.tick(page, "input[type=checkbox][name=kind][value=candidate]")
    chain.hand.pick(page, "select[name=verify_code]", "body")
    pressed_job(chain, page, "form:has(select[name=verify_code]) button", "job-reporting")
    chain.shot(page, "job-reports")
    chain.go(page, chain.at("results/"))
    chain.shot(page, "results-made", 600)
    for kind in ("cohort", "centre", "coverage", "committee", "candidate"):
        chain.go(page, chain.at("results/"))
        chain.go(page, chain.at(f"results/reports/{kind}/"))
        path = next(one for one in links(page, chain.at(f"results/reports/{kind}/")) if one.endswith(".pdf"))
        chain.take(page, f"a[href='{path}']", b"%PDF")
        chain.shot(page, f"results-{kind}", 1200)
    chain.go(page, chain.at("results/"))
    chain.go(page, chain.at("results/candidates/"))
    chain.shot(page, "results-candidates")
    chain.go(page, chain.at("results/candidates/"))
    chain.pressed(page, "main table a[href*='/results/candidate/']")
    chain.shot(page, "results-candidate", 900)
    chain.go(chain.person("anong"), chain.at("results/"))
    chain.shot(chain.person("anong"), "results-grader")


@step("exports: a spreadsheet, answers for a program; each opened")
def exports(chain: Chain) -> None:
    page = chain.person("prasert")
    place = chain.at("results/exports/")
    chain.go(page, chain.at("results/"))
    chain.go(page, place)
    chain.shot(page, "exports-empty")
    chain.hand.pick(page, "select[name=format]", "results")
    pressed_job(chain, page, f"main form[action$='{place}'] button", "job-exporting")
    chain.shot(page, "job-export")
    chain.go(page, chain.at("results/"))
    chain.go(page, place)
    chain.shot(page, "exports")
    for path in links(page, f"{place}."):
        taken = chain.take(page, f"a[href='{path}']", b"PK")
        with zipfile.ZipFile(taken) as archive:
            assert archive.testzip() is None
            chain.files[-1]["holds"] = len(archive.namelist())
    analyst = chain.person("nipa")
    chain.go(analyst, chain.at("results/analysis/"))
    chain.shot(analyst, "analysis-released")
    for path in links(analyst, chain.at("results/analysis/.+\\."))[:3]:
        chain.take(analyst, f"a[href='{path}']", b"")
    chain.go(analyst, place)
    chain.hand.pick(analyst, "select[name=format]", "mirt")
    pressed_job(chain, analyst, f"main form[action$='{place}'] button")
    chain.go(analyst, place)
    chain.take(analyst, f"a[href='{place}mirt/']", b"PK")
    chain.keep()


def _signed(chain: Chain) -> dict[str, tuple[Path, str]]:
    """By candidate a picture of the signed page of a report, and the text of its code."""
    folder = next((chain.workspace / "output" / chain.exam / "reports").glob("run-*/candidate"))
    pictures = chain.out / "pages"
    pictures.mkdir(exist_ok=True)
    for number, pdf in enumerate(sorted(folder.glob("*.pdf"))):
        words = ("pdftoppm", "-r", "120", "-l", "16", "-png", pdf, pictures / str(number))
        subprocess.run([*map(str, words)], check=True)
    done = subprocess.run(
        [PYTHON, "-c", READ, chain.workspace, *sorted(pictures.glob("*.png"))],
        check=True, env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return {who: (Path(path), code) for who, path, code in lines}


READ = """
import sys
from pathlib import Path
from examgen.core.signing.codes import verified
from examgen.evidence.public import known_keys
from examgen.reports.code_search import codes_in_picture
keys = known_keys(Path(sys.argv[1]))
for path in sys.argv[2:]:
    try:
        codes = codes_in_picture(Path(path))
    except Exception:
        continue
    for code in codes:
        print(verified(code, keys)[0].candidate_id, path, code, sep="\\t")
"""
"""Candidate, picture and code of each page that has one."""


def _decisions(chain: Chain) -> dict[str, str]:
    """What the newest run decided of each person."""
    path = chain.workspace / "output" / chain.exam / "results/candidates.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["candidate_id"]: row["decision"] for row in csv.DictReader(file)}


def _asked(chain: Chain, page: Page, shot: str, text: str = "", picture: Path | None = None) -> str:
    """What the page answers: its heading."""
    chain.go(page, "/verify/")
    if picture is not None:
        chain.hand.give(page, "input[name=picture]", picture)
    else:
        chain.hand.write(page, "textarea[name=text]", text)
    chain.pressed(page, "main form button:not(.link)")
    if shot:
        chain.shot(page, shot)
    return " ".join(one(page, "main section h2 .state").get_attribute("class").split())


@step("anybody asks the verify page: the picture of a report, its code, nonsense")
def verify(chain: Chain) -> None:
    page = chain.window("nobody")
    chain.go(page, "/verify/")
    chain.shot(page, "verify")
    before, signed = _decisions(chain), _signed(chain)
    chain.kept["before"], chain.kept["codes"] = before, {who: code for who, (_, code) in signed.items()}
    assert signed, "no report has a code"
    for said in ("pass", "fail"):
        who = next((each for each in signed if before[each] == said), "")
        if who:
            assert "good" in _asked(chain, page, f"verify-picture-{said}", picture=signed[who][0])
    who, code = next(iter(chain.kept["codes"].items()))
    assert "good" in _asked(chain, page, "verify-code", code), who
    assert "bad" in _asked(chain, page, "verify-unknown", "69-0001-XXXX")
    assert "bad" in _asked(chain, page, "", code[:-3] + ("AAA" if code[-3:] != "AAA" else "BBB"))
    chain.pressed(page, "main form button:not(.link)")
    chain.shot(page, "verify-nothing")
    page.context.close()
    chain.keep()


@step("a second correction is released: what was signed before is superseded or revoked")
def again(chain: Chain) -> None:
    with (chain.workspace / "output" / chain.exam / "secure/key.csv").open(encoding="utf-8-sig") as file:
        key = next(row["key"] for row in csv.DictReader(file) if row["question"] == str(MISKEYED))
    correct(chain, "rekey", MISKEYED, "ผู้เชี่ยวชาญสองคนยืนยันว่าเฉลยเดิมผิด", "correction-2", OTHER[key])
    page = chain.person("prasert")
    chain.go(page, chain.at("runs/"))
    run = _newest(chain, page)
    _release(chain, page, run, "9/2569")
    chain.go(page, chain.at("results/"))
    chain.shot(page, "results-stale")
    now, before = _decisions(chain), chain.kept["before"]
    anybody = chain.window("nobody")
    said = {}
    for who, code in chain.kept["codes"].items():
        kind = "bad" if now[who] != before[who] else "warn"
        if kind not in said:
            said[kind] = _asked(
                chain, anybody, f"verify-{'revoked' if kind == 'bad' else 'superseded'}", code
            )
            assert kind in said[kind] or "good" in said[kind], f"{who}: {said[kind]}"
    assert said, "nothing was asked"
    anybody.context.close()


@step("a second administration, scored and released")
def second(chain: Chain) -> None:
    page = chain.person("somchai")
    chain.go(page, "/blueprints/")
    way = next(one for one in links(page, f"/blueprints/{UNIT}/.+"))
    chain.go(page, way)
    first = chain.exam
    chain.hand.write(page, "input[name=exam]", f"{first}-R2")
    page.wait_for_timeout(2500)
    chain.send(page, "button[name=save][value='1']")
    pressed_job(chain, page, "button[form=build]")
    chain.kept["exam"] = f"{first}-R2"
    chain.go(page, "/exams/")
    chain.go(page, chain.at(""))
    chain.go(page, chain.at("papers/"))
    pressed_job(chain, page, "button[formaction$='/print/']")
    made = chain.out / "answers-2.csv"
    made.unlink(missing_ok=True)
    command("simulate", chain.workspace / "output" / chain.exam, "--seed", 71, "--candidates", CANDIDATES, "--out", made, "--workspace", chain.workspace)  # fmt: skip # noqa: E501
    state_held(chain)
    grader = chain.person("anong")
    chain.go(grader, chain.at("answers/"))
    chain.hand.give(grader, "input[name=given]", made)
    chain.send(grader, "#upload ~ form button")
    score(chain, grader)
    chain.go(grader, chain.at("aside/"))
    chain.shot(grader, "quarantine-none")
    analyst = chain.person("nipa")
    chain.go(analyst, chain.at("results/analysis/"))
    pressed_job(chain, analyst, "form[action$='/analysis/make/'] button")
    chain.go(analyst, chain.at("results/analysis/"))
    chain.shot(analyst, "analysis-none")
    _release(chain, chain.person("prasert"), 1, "12/2569")
    for place in ("statistics",):
        chain.go(analyst, f"/reviews/unit/{UNIT}/{place}/")
        chain.shot(analyst, f"reviews-{place}-filled")
    for path in links(analyst, f"/reviews/unit/{UNIT}/statistics/.+")[:1]:
        chain.go(analyst, path)
        chain.shot(analyst, "reviews-of-item")
    chain.kept["exam"] = first
    chain.keep()


@step("how sure the decisions are; the second administration equated to the first")
def analyses(chain: Chain) -> None:
    page = chain.person("nipa")
    place = f"/analyses/unit/{UNIT}/"
    chain.go(page, "/analyses/")
    chain.go(page, place)
    chain.go(page, f"{place}decisions/")
    chain.hand.tick(page, f"input[name=files][value='exam:{chain.exam}']")
    chain.shot(page, "analyses-decisions")
    pressed_job(chain, page, "main form[data-keep] button", "job-decisions")
    chain.send(page, "#job a.button")
    chain.shot(page, "analyses-decided")
    chain.go(page, "/analyses/")
    chain.go(page, place)
    chain.go(page, f"{place}equate/")
    chain.shot(page, "analyses-equate")
    chain.hand.tick(page, "input[name=collected][value=administrations]")
    chain.hand.pick(page, "select[name=x]", f"exam:{chain.exam}-R2/A")
    chain.hand.pick(page, "select[name=y]", f"exam:{chain.exam}/A")
    pressed_job(chain, page, "main form[data-keep] button")
    chain.send(page, "#job a.button")
    chain.shot(page, "analyses-equated")
    chain.take(page, "main section[aria-labelledby=files] a", b"")
    chain.go(page, "/analyses/")
    chain.shot(page, "analyses")


@step("work that failed, was refused, was interrupted, waits, is stopped before and after it began")
def jobs(chain: Chain) -> None:
    page = chain.person("somchai")
    chain.go(page, "/blueprints/")
    chain.go(page, next(one for one in links(page, f"/blueprints/{UNIT}/.+")))
    chain.hand.write(page, "input[name=exam]", chain.exam)
    chain.hand.press(page, ".steps button[value='3']")
    chain.hand.press(page, "#group-forms > summary")
    chain.hand.write(page, "input[name=seed]", "7")  # another exam of the same name
    page.wait_for_timeout(2500)
    chain.send(page, "button[name=save][value='1']")
    chain.hand.press(page, "#replace summary")
    chain.hand.write(page, "#replace-name", chain.exam)
    chain.pressed(page, "button.danger[form=build]")
    said = page.inner_text("main")
    assert not page.locator("#job").count(), f"who is no approver sets a scored exam aside: {said}"
    chain.shot(page, "blueprint-refused")
    words = """
import time
from examgen.core.locks import lock_file as take
from examgen.site.jobs.models import Job, State
from examgen.site.jobs.queue import workers
held = take(workers() / "nobody")  # a worker that does nothing, as long as this process is there
done = Job.objects.filter(by__username="somchai").first()
for state, told in ((State.REFUSED, "refused"), (State.INTERRUPTED, "interrupted"), (State.FAILED, "failed"), (State.RUNNING, "running"), (State.WAITING, "waiting")):
    about = "example-running" if told == "waiting" else "example-" + told
    one = Job.objects.create(kind="build", about=about, by=done.by, state=state, message=done.message, worker="nobody")
    print(told, one.pk, flush=True)
print(flush=True)
time.sleep(600)
"""  # noqa: E501
    site = {"DJANGO_SETTINGS_MODULE": "examgen.site.settings", "EXAMGEN_WORKSPACE": str(chain.workspace)}
    with subprocess.Popen(
        [PYTHON, "-c", f"import django; django.setup()\n{words}"],
        stdout=subprocess.PIPE, text=True, env={**environment(), **site},
    ) as worker:  # fmt: skip
        try:
            assert worker.stdout is not None
            for line in iter(worker.stdout.readline, "\n"):
                told, number = line.split()
                page.goto(f"{chain.base}/work/{number}/")
                chain.shot(page, f"job-{told}")
                if told == "running":
                    running = page.url
            chain.pressed(page, "#stop button")
            chain.shot(page, "job-taken-back")
            page.goto(running)
            chain.pressed(page, "#stop button")
            chain.shot(page, "job-stopping")
        finally:
            worker.kill()
    page.wait_for_selector("#job .note", timeout=60_000)
    chain.shot(page, "job-stopped")
    chain.go(page, "/work/")
    chain.shot(page, "jobs")


@step("the auditor reads the record; everybody's first page")
def audit(chain: Chain) -> None:
    page = chain.person("arun")
    chain.go(page, "/record/")
    chain.shot(page, "record")
    for end, begins in ((".csv", b"\xef\xbb\xbf"), (".jsonl", b"{")):
        chain.take(page, f"main a[href*='record{end}']", begins)
    chain.go(page, "/record/?what=nothing-of-the-kind")
    chain.shot(page, "record-none")
    chain.go(page, "/work/")
    chain.shot(page, "jobs-all")
    for name in ("arun", "anong", "malee"):
        chain.go(chain.person(name), "/")
        chain.shot(chain.person(name), f"home-{name}")


@step("every page that was seen, by its address, in the other language")
def languages(chain: Chain) -> None:
    if isinstance(chain.hand, Keyboard):
        raise Skipped("pages in the other language are looked at with the mouse")
    own, chain.language = chain.language, {"th": "en", "en": "th"}[chain.language]
    shots = (one for one in chain.seen if one.get("by") and "name" in one)
    ways = dict.fromkeys((one["by"], one["page"], one["query"]) for one in shots)
    try:
        for who, path, query in ways:
            page = chain.person(who)
            cookie = {"name": "language", "value": chain.language, "url": chain.base}
            page.context.add_cookies([cookie])
            page.goto(chain.base + path + (query and f"?{query}"))
            if urlsplit(page.url).path == path:
                chain.shot(page, f"other-{re.sub('[^A-Za-z]+', '-', path).strip('-')[-30:]}")
    finally:
        chain.language = own
