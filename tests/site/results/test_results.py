"""Pages of results: reports made by a job, served in a frame beside their files and tables; candidates."""

from __future__ import annotations

import io
import os
import re
import time
import zipfile
from datetime import date
from pathlib import Path

from examgen.scoring.releases import release
from examgen.scoring.score import score
from examgen.site.jobs.models import State
from tests.site.conftest import Browser, Client, done
from tests.site.results.conftest import AT, SCRIPT, UNIT


def test_reports_are_made_shown_and_out_of_date_after_a_release(results: Path, browser: Browser) -> None:
    client = browser("approver", UNIT)
    page = client.page(f"{AT}/")
    assert "/reports/" not in page.replace("reports/make", "")
    assert "released" in page
    assert "not the released run" not in page
    assert "Nothing is released" not in page
    assert client.get(f"{AT}/reports/centre/").status_code == 404
    job = done(client.post(f"{AT}/make/", {"kind": ["centre"], "lang": "th"}))
    assert job.state == State.DONE, job.message
    page = client.page(f"{AT}/reports/centre/")
    assert "<iframe" in page
    assert "out of date" not in page
    frame = client.get(f"{AT}/reports/centre/page/")
    assert "default-src 'none'" in frame.headers["Content-Security-Policy"]
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    given = client.get(f"{AT}/reports/centre/forms.csv")
    assert given.content == (results / "reports/run-0001/centre/forms.csv").read_bytes()
    assert given.headers["Content-Disposition"].startswith("attachment")
    for name in (".examgen", "..%2Fcentre%2Fforms.csv", "no.csv", "%2e%2e"):
        assert client.get(f"{AT}/reports/centre/{name}").status_code == 404
    assert client.get(f"{AT}/reports/..%2F..%2F..%2Fsecure/page/").status_code == 404

    marker = results / "reports/run-0001/centre/.examgen"
    os.utime(marker, (time.time() - 86_400, time.time() - 86_400))
    assert "out of date" in client.page(f"{AT}/")
    assert "out of date" in client.page(f"{AT}/reports/centre/")
    (results / "reports/run-0001/centre/report.html").write_text(SCRIPT)
    answer = client.get(f"{AT}/reports/centre/page/")
    assert answer.status_code == 422
    assert SCRIPT not in answer.content.decode()


def test_a_newer_run_is_shown_only_once_it_is_released(results: Path, browser: Browser) -> None:
    client = browser("approver", UNIT)
    score(results, [results.parents[1] / "second.csv"])
    assert points(client) > 0
    made = done(client.post(f"{AT}/make/", {"kind": ["centre"], "lang": "th", "run": "2"}))
    assert made.result["address"] == f"{AT}/committee/?run=2"  # to be decided on, and told to nobody
    page = client.page(made.result["address"])
    assert "The released run is 1" in page
    assert client.get(f"{AT}/reports/centre/forms.csv?run=2").status_code == 200
    assert client.get(f"{AT}/reports/centre/forms.csv").status_code == 404
    assert [client.get(f"{AT}/committee/?run={one}").status_code for one in ("3", "x", "1")] == [
        404,
        200,
        200,
    ]
    release(results, 2, "กรรมการ", "แก้ไฟล์", date(2026, 11, 21))
    assert "Run 2" in client.page(f"{AT}/")
    assert points(client) == 0


def points(client: Client) -> float:
    """What the page of candidate 0001 tells as points."""
    page = client.page(f"{AT}/candidate/", {"id": "0001"})
    found = re.search(r"<dt>Points</dt><dd>([\d.]+) / 4", page)
    assert found, page
    return float(found[1])


def test_candidates_are_found_and_what_they_are_called_is_no_markup(results: Path, browser: Browser) -> None:
    client = browser("grader", UNIT)
    page = client.page(f"{AT}/candidates/", {"text": "0001"})
    assert "0001" in page
    assert ">0002<" not in page
    for address in ("candidates/?text=script", "candidate/?id=0002", "candidate/report/?id=0002"):
        page = client.page(f"{AT}/{address}")
        assert SCRIPT not in page, address
        assert "alert(1)" in page, address
    assert client.get(f"{AT}/candidate/", {"id": "0003"}).status_code == 404
    assert client.get(f"{AT}/candidate/report/", {"id": "../0001"}).status_code == 404
    assert not list((results.parents[1] / ".examgen-web/uploads").iterdir())


def test_only_an_approver_signs_and_only_what_is_released(results: Path, browser: Browser) -> None:
    wanted = {"kind": ["candidate"], "lang": "th", "verify_code": "body"}
    grader = browser("grader", UNIT)
    assert 'value="body"' not in grader.page(f"{AT}/")
    job = done(grader.post(f"{AT}/make/", wanted))  # the field is not there for graders
    assert "verify_code" not in job.asked["options"]
    approver = browser("approver", UNIT)
    assert approver.post(f"{AT}/make/", {**wanted, "verify_code": "../body"}).status_code == 422
    job = done(approver.post(f"{AT}/make/", wanted))
    assert job.state == State.DONE, job.message
    made = next((results / "reports/run-0001/candidate").glob("*.html"))
    assert 'data-code="EG1:' in made.read_text("utf-8")


def test_the_committee_sees_what_to_check_and_its_book(results: Path, browser: Browser) -> None:
    client = browser("approver", UNIT)
    page = client.page(f"{AT}/committee/")
    assert "not yet written for this run" in page
    form = page.partition(f'action="{AT}/make/"')[2].partition("</form>")[0]
    sent = dict(re.findall(r'name="(kind|lang|pdf)" value="(\w+)"', form))
    assert done(client.post(f"{AT}/make/", {**sent, "pdf": ""})).state == State.DONE, "as its button asks"
    page = client.page(f"{AT}/committee/")
    assert "not yet written for this run" not in page
    assert f'src="{AT}/reports/committee/page/"' in page
    assert client.get(f"{AT}/reports/committee/page/").status_code == 200
    assert SCRIPT not in page
    assert browser("auditor", UNIT).get(f"{AT}/committee/").status_code == 403  # names corrections
    assert f"{AT}/committee/" not in browser("auditor", UNIT).page(f"{AT}/")
    assert browser("assembler", UNIT).get(f"{AT}/committee/").status_code == 403


def test_reports_are_made_as_the_command_would_with_its_options(results: Path, browser: Browser) -> None:
    client = browser("grader", UNIT)
    wanted = {"kind": ["candidate", "centre"], "lang": "th", "digits": "thai", "date": "2026-11-22"}
    more = {"by": "candidate", "candidate": "0001"}
    job = done(client.post(f"{AT}/make/", {**wanted, **more}))
    assert job.state == State.DONE, (job.message, job.problems)
    made = results / "reports/run-0001"
    assert sorted(one.name for one in made.iterdir()) == ["candidate-0001", "centre"]
    [page] = (made / "candidate-0001").glob("*.html")
    assert "0001</b></a>" in client.page(f"{AT}/")
    assert client.get(f"{AT}/reports/candidate-0001/").status_code == 200
    assert "สมหญิง" in page.read_text("utf-8")
    assert "๒๕๖๙" in (made / "centre/report.html").read_text("utf-8")
    assert client.get(f"{AT}/reports/centre/").status_code == 200
    job = done(client.post(f"{AT}/make/", {**wanted, "candidate": "9999"}))
    assert job.state == State.REFUSED
    assert client.post(f"{AT}/make/", {**wanted, "digits": "roman"}).status_code == 422


def test_a_candidate_page_has_the_cut_the_day_and_the_pdf(results: Path, browser: Browser) -> None:
    client = browser("approver", UNIT)
    page = client.page(f"{AT}/candidate/", {"id": "0001"})
    assert re.search(r"<dt>Cut score</dt><dd>[\d.]+ / 4</dd>", page)
    [way] = re.findall(r'<a class="button" href="([^"]+pdf=1[^"]+)"', page)
    given = client.get(way.replace("&amp;", "&"))
    assert given.headers["Content-Disposition"].startswith("attachment")
    assert "0001.pdf" in given.headers["Content-Disposition"]
    assert given.content.startswith(b"%PDF")


def test_reports_of_all_candidates_are_one_button_away_once_results_are_released(
    results: Path, browser: Browser
) -> None:
    client = browser("approver", UNIT)
    page = client.page(f"{AT}/")
    assert page.index("Make the reports of all candidates") < page.index("Make reports</h2>")
    form = page[page.index(f'action="{AT}/make/"') : page.index("Make the reports of all candidates")]
    given = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', form))
    assert given["kind"] == "candidate"
    job = done(client.post(f"{AT}/make/", given))
    assert job.state == State.DONE, job.message
    assert list((results / "reports/run-0001/candidate").glob("*.pdf"))
    assert "Make the reports of all candidates" not in client.page(f"{AT}/")


def test_each_candidate_has_a_pdf_of_their_own_in_one_archive(results: Path, browser: Browser) -> None:
    client = browser("approver", UNIT)
    asked = {"kind": ["candidate"], "lang": "th", "pdf": "on"}
    assert done(client.post(f"{AT}/make/", asked)).state == State.DONE
    page = client.page(f"{AT}/reports/candidate/")
    assert "One file contains the reports of all candidates" in page
    assert "All files of the report" not in page, "there are no others"
    assert done(client.post(f"{AT}/make/", {**asked, "by": "candidate"})).state == State.DONE
    page = client.page(f"{AT}/reports/candidate/")
    assert "Download all 2 PDFs (ZIP)" in page
    assert "One file contains" not in page
    made = zipfile.ZipFile(io.BytesIO(client.get(f"{AT}/reports/candidate/all.zip").getvalue()))
    assert sorted(made.namelist()) == ["0001.pdf", "0002.pdf"]
    assert made.read("0001.pdf").startswith(b"%PDF")


def test_a_result_that_is_held_back_is_held_at_once_and_given_out_again_once_that_is_lifted(
    results: Path, browser: Browser
) -> None:
    client = browser("approver", UNIT)
    whole = {"kind": ["candidate"], "lang": "th", "by": "centre", "pdf": "on"}
    assert done(client.post(f"{AT}/make/", whole)).state == State.DONE
    [made] = (results / "reports/run-0001/candidate").glob("*.pdf")
    address, persons = f"{AT}/reports/candidate/{made.name}", f"/exams/{results.name}/persons/"
    assert client.get(address).status_code == 200

    said = {"candidates": "0001", "reason": "copied", "evidence": ""}
    answer = client.post(persons, {**said, "decision": "withheld"}, follow=True)
    assert "nothing of the results of 0001 is given out" in answer.content.decode()
    page = client.page(f"{AT}/candidate/", {"id": "0001"})
    assert re.search(r"<dt>Outcome</dt><dd>\S*<[^>]*>result withheld", page)
    assert "pdf=1" not in page
    assert "result withheld" in client.page(f"{AT}/candidates/")
    assert client.get(f"{AT}/candidate/report/?id=0001&pdf=1").status_code == 422
    assert client.get(address).status_code == 422, "it holds the report of 0001"
    assert "closed, because they include the withheld result of 0001" in client.page(f"{AT}/")
    os.utime(results / "reports/run-0001/candidate/.examgen", (time.time() + 5, time.time() + 5))
    job = done(client.post(f"{AT}/make/", {**whole, "by": "candidate"}))
    assert job.state == State.DONE, job.message
    names = [one.name for one in (results / "reports/run-0001/candidate").glob("*.pdf")]
    assert names == ["0002.pdf"]
    job = done(client.post(f"{AT}/make/", {**whole, "candidate": "0001"}))
    assert job.state != State.DONE

    client.post(persons, {**said, "decision": "restored"})
    assert "pdf=1" in client.page(f"{AT}/candidate/", {"id": "0001"})
    home = browser("grader", UNIT).page("/")
    assert "score again" not in home, "people are told what is decided"
