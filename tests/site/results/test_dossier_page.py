"""The accreditation file on the site: who makes it, who takes it, what goes on record."""

from __future__ import annotations

from pathlib import Path

from examgen.evidence.dossier_check import check_dossier
from examgen.site.audit.models import Entry
from examgen.site.jobs.models import State
from tests.site.conftest import OTHER, Browser, done
from tests.site.results.conftest import AT, EXAM, UNIT


def test_approvers_make_it_and_auditors_take_it(results: Path, browser: Browser) -> None:
    approver, auditor = browser("approver", UNIT), browser("auditor", UNIT)
    assert auditor.get(f"{AT}/dossier/file/").status_code == 404
    assert "None has been written" in auditor.page(f"{AT}/dossier/")
    job = done(approver.post(f"{AT}/dossier/", {"key": "body", "date": "2026-12-01"}))
    assert job.state == State.DONE, job.message
    answer = auditor.get(f"{AT}/dossier/file/")
    place = results.parents[1] / "taken.zip"
    place.write_bytes(answer.content)
    found = check_dossier(place, [results.parents[1] / "keys" / "body.public.json"])
    assert (found.exam, found.made) == ("T-1-L4", "2026-12-01")
    kinds = [*Entry.objects.values_list("what", flat=True)]
    assert (kinds.count("dossier.made"), kinds.count("dossier.take")) == (1, 1)
    assert f"{EXAM}.zip" in approver.page(f"{AT}/dossier/")


def test_others_neither_make_nor_take_it(results: Path, browser: Browser) -> None:
    for role, unit in (
        ("grader", UNIT),
        ("psychometrician", UNIT),
        ("invigilator", UNIT),
        ("approver", OTHER),
    ):
        client = browser(role, unit)
        assert client.get(f"{AT}/dossier/").status_code == 403
        assert client.post(f"{AT}/dossier/", {}).status_code == 403
        assert client.get(f"{AT}/dossier/file/").status_code == 403
    assert browser("auditor", UNIT).post(f"{AT}/dossier/", {}).status_code == 403
    approver = browser("approver", UNIT)
    assert approver.post(f"{AT}/dossier/", {"key": "../body"}).status_code == 422
    assert approver.post(f"{AT}/dossier/", {"date": "2026-13-40"}).status_code == 422
    for name in ("other", "..%2Ffile", "FILE"):
        assert approver.get(f"{AT}/dossier/{name}/").status_code == 404


def test_the_technical_report_is_made_from_the_page_of_results(results: Path, browser: Browser) -> None:
    grader = browser("grader", UNIT)
    job = done(grader.post(f"{AT}/make/", {"kind": ["technical"], "lang": "th", "digits": "arabic"}))
    assert job.state == State.DONE, job.message
    assert "report.html" in grader.page(f"{AT}/reports/technical/")
