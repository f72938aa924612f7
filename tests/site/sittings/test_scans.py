"""Scans uploaded, read by a job, decided beside their crops or in the gallery, and scored."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from examgen.scanning import scan
from examgen.scanning.gallery import commands as gallery
from examgen.site.accounts.models import User
from examgen.site.jobs import queue
from examgen.site.jobs.models import Job, State
from tests.browser import PROGRAM, Tab
from tests.browser import browser as chromium
from tests.scanning import drawn_sheets
from tests.site.conftest import Browser, Client, Make, done, point
from tests.site.sittings.conftest import AT, EXAM, file, scored, served, stated
from tests.sittings import table


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exam with answer sheets for two candidates, and the scans of them beside it: a mark of each is in
    doubt."""
    folder = tmp_path_factory.mktemp("printed")
    exam = drawn_sheets.exam_with_sheets(folder / EXAM, ["10001", "10002"])
    serials = {row["candidate_id"]: serial for serial, row in drawn_sheets.dealt(exam).items()}
    for who, letters in (("10001", "ABCD"), ("10002", "BAAC")):
        image = drawn_sheets.personal(exam, serials[who], letters, darkness={("item", 1): 205})
        drawn_sheets.save(image, folder / f"{who}.png")
    drawn_sheets.save(drawn_sheets.personal(exam, serials["10001"], "ABCD"), folder / "better.png")
    return folder


@pytest.fixture
def exam(printed: Path, settings: Any, tmp_path: Path, person: Make) -> Path:
    folder = tmp_path / "workspace"
    (folder / "item_bank").mkdir(parents=True)
    point(settings, folder)
    copied = Path(shutil.copytree(printed / EXAM, folder / "output" / EXAM))
    stated(person)
    return copied


def test_the_page_of_scans_says_which_sheets_are_expected_and_names_those_that_are_missing(
    grader: Client, exam: Path, printed: Path
) -> None:
    assert "expected" not in grader.page(f"{AT}/scans/")
    job = done(grader.post(f"{AT}/scans/", {"given": [file("a.png", (printed / "10001.png").read_bytes())]}))
    assert job.state == State.DONE, (job.message, job.problems)
    page = grader.page(f"{AT}/scans/")
    shown = re.sub(r"<[^>]*>|\s+", " ", page.split('id="tray"')[1])
    assert "1 page = 1 read + 0 set aside + 0 blank + 0 repeated" in shown
    serials = {row["candidate_id"]: serial for serial, row in drawn_sheets.dealt(exam).items()}
    assert f"Sheets missing: 1 Candidate Booklet Where Page 10002 {serials['10002']}" in re.sub(
        " +", " ", shown
    )
    assert "Whether 1 of the missing came is not on record." in shown


def test_scans_are_read_decided_and_scored(grader: Client, exam: Path, printed: Path, sitting: Path) -> None:
    scans = [file(f"{who}.png", (printed / f"{who}.png").read_bytes()) for who in ("10001", "10002")]
    job = done(grader.post(f"{AT}/scans/", {"given": scans}))
    assert job.state == State.DONE, (job.message, job.problems)
    assert "2 marks in doubt" in job.message["en"]
    assert not list((exam.parents[1] / ".examgen-web/uploads").iterdir())
    assert scored(grader).message["en"].endswith("2 set aside")
    page = grader.page(f"{AT}/aside/1/1/")
    assert "Scan of question 1" in page
    for n in (0, 1):
        picture = grader.get(f"{AT}/aside/1/1/scan/{n}/")
        assert picture["Content-Type"] == "image/webp"
        assert "no-store" in picture["Cache-Control"], "a name and marks stand on it"
        assert picture.content[8:12] == b"WEBP"
    assert grader.get(f"{AT}/aside/1/1/scan/9/").status_code == 404
    seen = page.split('name="seen" value="')[1].split('"')[0]
    said = {"seen": seen, "what": "marks", "reason": "rubbed out", "question-0": "1", "answer-0": "A"}
    assert grader.post(f"{AT}/aside/1/1/", said).status_code == 302
    assert "1 of 2 rows of run 1 are not decided on yet" in grader.page(f"{AT}/aside/")
    _decide_in_gallery(grader, sitting)
    told = grader.page(f"{AT}/answers/")
    assert told.count("scorings after that go by it") == 2, "one decided in the worklist, one in the gallery"
    assert "0 of 2 rows of run 1 are not decided on yet" in grader.page(f"{AT}/aside/")
    assert scored(grader).message["en"] == ("run 2: 2 rows read = 2 scored + 0 repeated + 0 set aside")
    assert {row["candidate_id"] for row in table(exam / "results/candidates.csv")} == {"10001", "10002"}
    made = done(grader.post(f"{AT}/results/make/", {"kind": ["committee"], "lang": "th", "run": "2"}))
    assert made.state == State.DONE, made.message
    [book] = exam.glob("reports/run-*/committee/*.html")
    text = re.sub("<[^>]+>|[\\s\u200b\u2060]+", "", book.read_text("utf-8"))
    assert "ข้อ1คือB" in text
    assert re.search("10002.pngหน้า1ภาพ[0-9A-Z-]+อ่านได้", text)
    assert "question1is" not in text


def _decide_in_gallery(grader: Client, sitting: Path) -> None:
    """The other mark, as the gallery saves what was decided there."""
    around = grader.page(f"{AT}/scans/1/")
    assert f'src="{AT}/scans/1/page/"' in around
    answer = grader.get(f"{AT}/scans/1/page/")
    policy = answer["Content-Security-Policy"]
    # its first page is a form, and who leaves it before saving is asked
    sandbox = "allow-scripts allow-forms allow-downloads allow-modals"
    assert f"sandbox {sandbox};" in f"{policy};"
    assert f'sandbox="{sandbox}"' in around
    assert "form-action 'none'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.partition("style-src")[0], "a page of anybody's runs no script here"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    page = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    found = re.search(r'<script type="application/json" id="records">(.*?)</script>', page, re.S)
    assert found
    of = json.loads(found[1])
    text = io.StringIO()
    asked = next(
        one for one in of["marks"] if of["sources"][of["pages"][one["page"]]["source"]].startswith("10002")
    )
    where = of["pages"][asked["page"]]
    cells = {
        "scan": of["scan"],
        "code": asked["code"],
        "kind": "mark",
        "source": of["sources"][where["source"]],
        "page": where["page"],
        "question": asked["question"],
        "task": "first",
        "read": asked["read"],
        "decided": "B",
        "by": "สมศรี",
        "time": "2026-11-20T10:00:00",
        "note": "",
    }
    writer = csv.DictWriter(text, cells)
    writer.writeheader()
    writer.writerow(cells)
    for data, told in (
        (b"a,b\n1,2\n", "<b>ours.csv</b>: is not a file saved by the gallery"),
        (b"", "The submitted file is empty"),
    ):
        wrong = grader.post(f"{AT}/scans/1/decide/", {"given": file("ours.csv", data)})
        assert wrong.status_code == 422
        assert told in wrong.content.decode()
    answer = grader.post(f"{AT}/scans/1/decide/", {"given": file("decisions.csv", text.getvalue().encode())})
    assert answer.status_code == 302, answer.content.decode()
    [mark] = table(sitting / "scans/1/review/marks.csv")
    who = User.objects.get(pk=grader.session["_auth_user_id"])
    assert (mark["question"], mark["by"]) == ("1", who.signature)  # not the name that was typed
    last = json.loads((sitting / "record.jsonl").read_text("utf-8").splitlines()[-1])
    assert (last["kind"], last["by"], last["file"]) == ("gallery", who.signature, "scans/1/review")
    assert last["decisions"] == 1
    cells |= {"task": "second", "by": "somebody else"}
    again = io.StringIO()
    writer = csv.DictWriter(again, cells)
    writer.writeheader()
    writer.writerow(cells)
    answer = grader.post(f"{AT}/scans/1/decide/", {"given": file("decisions.csv", again.getvalue().encode())})
    assert answer.status_code == 422  # nobody checks himself under another name


def test_each_page_not_read_is_named_with_its_reason(grader: Client, exam: Path, printed: Path) -> None:
    one, two = (cv2.imread(str(printed / f"{who}.png"), 0) for who in ("10001", "10002"))
    pictures = {"one": one, "both": np.hstack([one, two]), "back": np.full_like(one, 250)}
    scans = [file(f"{name}.png", cv2.imencode(".png", grey)[1].tobytes()) for name, grey in pictures.items()]
    job = done(grader.post(f"{AT}/scans/", {"given": scans}))
    assert job.state == State.DONE, (job.message, job.problems)
    page = grader.page(f"/work/{job.pk}/")
    assert "two answer sheets in one picture. Scan each sheet separately: both.png:1" in page
    assert "an empty page, or the back of a sheet" in page
    assert "back.png:1" in page


def test_what_is_no_scan_leaves_nothing(grader: Client, exam: Path, sitting: Path, browser: Browser) -> None:
    job = done(grader.post(f"{AT}/scans/", {"given": file("a.pdf", b"not a scan at all")}))
    assert job.state == State.REFUSED
    assert job.message["en"] == "these scans contain no answer sheet of this exam, so nothing was saved"
    assert [one["en"].startswith("a.pdf: ") for one in job.problems] == [True], "which page, and why"
    assert grader.get(f"{AT}/scans/1/page/").status_code == 404
    assert not [*(sitting / "scans").iterdir()], "nothing stands in the way of the next scoring"
    assert browser("auditor").get(f"{AT}/scans/1/page/").status_code == 403, "marks are no auditor's"
    assert browser("auditor").post(f"{AT}/scans/1/decide/").status_code == 403
    assert browser("invigilator").get(f"{AT}/scans/1/page/").status_code == 403


def test_a_reading_that_is_stopped_leaves_no_sheets(
    grader: Client, exam: Path, printed: Path, sitting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill runs no clean-up: the sheets that were sent stand in the folder, and no page shows it."""

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    send = {"given": file("a.png", (printed / "10001.png").read_bytes())}
    with monkeypatch.context() as patched:
        patched.setattr(scan, "_read", killed)
        patched.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            done(grader.post(f"{AT}/scans/", send))
    assert [*(sitting / "scans/1/scans").iterdir()]
    [job] = Job.objects.filter(kind="scan")
    queue.stop(job, job.by)
    assert queue.reap() == 1
    assert [*(sitting / "scans").iterdir()] == []
    send = {"given": file("a.png", (printed / "10001.png").read_bytes())}
    assert done(grader.post(f"{AT}/scans/", send)).state == State.DONE
    assert [path.name for path in (sitting / "scans").iterdir()] == ["1"]


def test_a_scan_that_was_stopped_before_its_gallery_was_made_has_it_made(
    grader: Client, exam: Path, printed: Path, sitting: Path, monkeypatch: pytest.MonkeyPatch, browser: Any
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    send = {"given": file("a.png", (printed / "10001.png").read_bytes())}
    with monkeypatch.context() as patched:
        patched.setattr(gallery, "write_gallery", killed)
        with pytest.raises(KeyboardInterrupt):
            done(grader.post(f"{AT}/scans/", send))
    [job] = Job.objects.filter(kind="scan")
    queue.stop(job, job.by)
    assert queue.reap() == 1
    assert scored(grader).message["en"].startswith("run 1: 1 row read"), "it counts"
    assert grader.get(f"{AT}/scans/1/").status_code == 404
    page = grader.page(f"{AT}/scans/")
    assert "Make the gallery" in page
    assert "Decide doubtful marks" not in page
    assert browser("approver").post(f"{AT}/scans/1/").status_code == 403
    made = done(grader.post(f"{AT}/scans/1/"))
    assert (made.state, made.result["address"]) == (State.DONE, f"{AT}/scans/1/")
    assert (sitting / "scans/1/gallery.html").is_file()
    assert "Decide doubtful marks" in grader.page(f"{AT}/scans/")
    assert "iframe" in grader.page(f"{AT}/scans/1/")
    (sitting / "scans/1/gallery.html").write_text("<!doctype html><script>alert(1)</script>", "utf-8")
    page = grader.page(f"{AT}/scans/1/")
    assert "iframe" not in page
    assert "made by another version" in page
    assert done(grader.post(f"{AT}/scans/1/")).state == State.DONE
    assert "iframe" in grader.page(f"{AT}/scans/1/")
    assert done(grader.post(f"{AT}/scans/7/")).state == State.REFUSED


def test_a_better_scan_that_is_sent_too_leaves_nothing_to_decide(
    grader: Client, exam: Path, printed: Path, tmp_path: Path, sitting: Path
) -> None:
    bad = [file(f"{who}.png", (printed / f"{who}.png").read_bytes()) for who in ("10001", "10002")]
    done(grader.post(f"{AT}/scans/", {"given": bad}))
    assert scored(grader).message["en"].endswith("2 set aside")
    serials = {row["candidate_id"]: serial for serial, row in drawn_sheets.dealt(exam).items()}
    for who, letters in (("10001", "ABCD"), ("10002", "BAAD")):  # the latter was changed meanwhile
        drawn_sheets.save(
            drawn_sheets.personal(exam, serials[who], letters), tmp_path / "again" / f"{who}.png"
        )
    again = [file(path.name, path.read_bytes()) for path in sorted((tmp_path / "again").iterdir())]
    done(grader.post(f"{AT}/scans/", {"given": again}))
    kept = json.loads((sitting / "scans/1/review/gallery.json").read_text("utf-8"))
    assert len(kept["needless"]) == 1, "one mark is asked no longer"
    assert "Scan of question 1" in grader.page(f"{AT}/aside/1/1/"), "as run 1 called it"
    assert scored(grader).message["en"] == ("run 2: 4 rows read = 1 scored + 1 repeated + 2 set aside")
    assert grader.page(f"{AT}/scans/").count("1 row of this scan waits for a decision") == 2
    _decide_in_gallery(grader, sitting)
    waits = "1 row of this scan waits for a decision"
    assert grader.page(f"{AT}/scans/").count(waits) == 2, "its marks settle no contradiction"
    page = grader.page(f"{AT}/aside/2/1/")
    assert "candidate in two files" in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    said = {"seen": seen, "what": "void", "reason": "changed later"}
    assert grader.post(f"{AT}/aside/2/1/", said).status_code == 302
    page = grader.page(f"{AT}/scans/")
    assert page.count("No row of this scan waits") == page.count("1 row of this scan waits") == 1
    counts = "run 3: 4 rows read = 2 scored + 1 repeated + 1 not used by decision + 0 set aside"
    assert scored(grader).message["en"] == counts


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_what_is_decided_in_the_frame_goes_on_record_by_itself(
    grader: Client, exam: Path, printed: Path, sitting: Path, tmp_path: Path
) -> None:
    """Also what was decided without a line, after a reload; what is on record is not asked again."""
    scans = [file(f"{who}.png", (printed / f"{who}.png").read_bytes()) for who in ("10001", "10002")]
    assert done(grader.post(f"{AT}/scans/", {"given": scans})).state == State.DONE
    grader.cookies["language"] = "th"
    with served(grader) as line, chromium(tmp_path / "browser") as one:
        tab = one.open(Path("/dev/null"), 1440, 900)
        kept = "document.querySelector('#kept')?.textContent"
        address = f"{line.address}{AT}/scans/1/"

        def begin() -> Tab:
            """The frame, which a process of its own shows."""
            tab.run("window.isBefore = true")
            tab.send("Page.navigate", url=address)
            tab.wait("!window.isBefore && 'lost' in (document.body?.dataset ?? {})")  # the frame is there
            found = list[str]()
            until = time.monotonic() + 30
            while not found and time.monotonic() < until:  # its process begins a moment after
                time.sleep(0.05)
                targets = one.send("Target.getTargets")["targetInfos"]
                found = [each["targetId"] for each in targets if each["type"] == "iframe"]
            [target] = found
            session = one.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            frame = Tab(one, session)
            frame.wait("document.querySelector('#name')?.readOnly")
            assert frame.run("origin") == "null"
            frame.run("document.querySelector('#start-form').requestSubmit()")
            return frame

        def press(frame: Tab, key: str) -> None:
            said = json.dumps({"key": key, "code": f"Key{key.upper()}", "bubbles": True})
            frame.run(f"document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {said}))")
            tab.wait(f"{kept}.includes('1')")

        frame = begin()
        line.is_cut = True
        press(frame, "a")
        tab.run("dispatchEvent(new Event('online'))")
        tab.wait("document.body.dataset.lost")
        assert not (sitting / "scans/1/review/decisions.csv").exists()
        line.is_cut = False
        is_sent = f"!{kept}.includes('1')"
        tab.wait(is_sent)
        frame = begin()
        assert frame.run("document.querySelector('#marks-left').textContent") == "1"
        press(frame, "b")
        tab.run("dispatchEvent(new Event('focus'))")
        tab.wait(is_sent)
    who = User.objects.get(pk=grader.session["_auth_user_id"]).signature
    decided = table(sitting / "scans/1/review/decisions.csv")
    assert [(row["decided"], row["by"], row["way"]) for row in decided] == [
        ("A", who, "row"),
        ("B", who, "row"),
    ]
    assert all(float(row["seconds"]) < 60 for row in decided)
    assert len({row["code"] for row in decided}) == 2


def test_what_the_page_of_a_gallery_sends_is_a_line_of_who_is_signed_in_or_nothing(
    grader: Client, exam: Path, printed: Path, sitting: Path, browser: Browser
) -> None:
    done(grader.post(f"{AT}/scans/", {"given": file("a.png", (printed / "10001.png").read_bytes())}))
    text = (sitting / "scans/1/gallery.html").read_text("utf-8")
    found = re.search(r'<script type="application/json" id="records">(.*?)</script>', text, re.S)
    assert found
    of = json.loads(found[1])
    code = of["marks"][0]["code"]
    line = [of["scan"], code, "mark", "a.png", "1", "1", "first", "?", "D", "", "somebody"]
    line += ["2026-11-20T10:00:00+07:00", "", "row", "2.5"]
    user = User.objects.get(pk=grader.session["_auth_user_id"])
    to = f"{AT}/scans/1/decided/"

    def sent(one: Client, **said: Any) -> Any:
        return one.post(to, json.dumps({"user": user.username, "lines": [line], **said}), "application/json")

    for said, status in (
        ({"lines": [line[:-1]]}, 422),
        ({"lines": [["x" * 501, *line[1:]]]}, 422),
        ({"lines": [line] * 501}, 422),
        ({"lines": [[*line[:14], 2.5]]}, 422),
        ({"more": 1}, 422),
        ({"user": "somebody"}, 409),
        ({"lines": [[*line[:8], "E", *line[9:]]]}, 409),
        ({"lines": [["=1+1", *line[1:]]]}, 409),
    ):
        answer = sent(grader, **said)
        assert (answer.status_code, bool(answer.json()["fault"])) == (status, True), said
    assert not (sitting / "scans/1/review/decisions.csv").exists()
    for role in ("auditor", "invigilator", "approver"):
        assert sent(browser(role)).status_code == 403
    assert sent(grader).json() == {"kept": 1}
    assert sent(grader).json() == {"kept": 0}
    [row] = table(sitting / "scans/1/review/decisions.csv")
    assert (row["by"], row["way"], row["seconds"]) == (user.signature, "row", "2.5")
    assert _on_record(grader)["mine"]["first"][code]["v"] == "D"
    other = _on_record(browser("grader"))
    assert (other["mine"], other["others"]) == ({}, {"first": [code]}), "not what it was decided as"


def _on_record(one: Client) -> dict[str, Any]:
    found = re.search(r'id="on-record">(.*?)</script>', one.page(f"{AT}/scans/1/"), re.S)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]
