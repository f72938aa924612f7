"""What somebody alone could learn of the key by the pages of a sitting, and who has had a part in a scoring."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from examgen.web.jobs.models import Job, State
from tests.web.sittings.conftest import AT, EXAM, FAULTY, PLAIN, UNIT, done, scored, upload
from tests.web.sittings.test_decisions import decide, proposed, release
from tests.web.test_access import OURS, filled

Browser = Callable[..., Client]
MARKS = re.compile(r"(?<![A-Za-z])[ABCD?](?:(?:[\s,;]|</?(?:code|li|td|span)[^>]*>)+[ABCD?]){2,}(?![A-Za-z])")
"""Three marks side by side, however a page sets them apart."""


def pages_of_exam() -> list[str]:
    """Every address below the exam, run 1 and row 1 where it asks for numbers."""
    routes = [route for route, _ in OURS if "<str:exam>" in route]
    return [
        "/"
        + "/".join(
            EXAM if part == "<str:exam>" else filled(part) if part.startswith("<") else part
            for part in route.split("/")
        )
        for route in routes
    ]


def test_an_auditor_sees_no_mark_on_any_page_of_a_sitting(grader: Client, browser: Browser) -> None:
    upload(grader, ("north.csv", FAULTY), ("odd.csv", b"ref;w;x;y;z\n0007;A;B;C;D\n"))
    grader.post(f"{AT}/answers/remove/", {"name": "odd.csv"})
    job = scored(grader)
    decide(grader, 3, what="marks", **{"question-0": "1", "answer-0": "C"})
    upload(grader, ("odd.csv", b"ref;w;x;y;z\n0007;A;B;C;D\n"))
    assert MARKS.search(grader.get(f"{AT}/answers/").content.decode()), "graders do"
    assert MARKS.search(grader.get(f"{AT}/aside/1/1/").content.decode())
    auditor, seen = browser("auditor,grader,writer,approver"), 0
    for address in [*pages_of_exam(), f"/work/{job.id}/", f"{AT}/runs/1/files/ledger.csv"]:
        answer = auditor.get(address)
        if answer.status_code == 200:
            text = b"".join(answer) if answer.streaming else answer.content  # type: ignore[call-overload]
            main = text.decode().partition("<main")[2] or text.decode()
            assert not MARKS.search(main), (address, MARKS.search(main))
            seen += 1
    assert seen > 12
    assert auditor.get(f"{AT}/runs/1/files/quarantine.csv").status_code == 403
    assert auditor.get(f"{AT}/answers/columns/1/").status_code == 403
    assert "unknown_form" in auditor.get(f"{AT}/aside/").content.decode(), "reasons, and which rows"
    assert b"quarantine.csv" not in auditor.get(f"{AT}/runs/1/").content


def test_reasons_of_a_job_are_for_who_asked(grader: Client, browser: Browser) -> None:
    upload(grader, ("north.csv", PLAIN))
    job = scored(grader)
    Job.objects.filter(pk=job.pk).update(
        state=State.REFUSED, message={"en": "row 0001,A,A,B,C,D"}, problems=[{"en": "row 0002,B,A,A,A,A"}]
    )
    for role in ("auditor", "administrator"):
        page = browser(role).get(f"/work/{job.id}/").content.decode()
        assert "0001,A" not in page
        assert "0002,B" not in page
        assert "for whoever asked: there are 1" in page
    assert "0002,B" in grader.get(f"/work/{job.id}/").content.decode()


@pytest.mark.parametrize("act", ["dropped", "tried", "removed"])
def test_whoever_had_any_part_in_a_scoring_does_not_release_it(
    grader: Client, exam: Path, browser: Browser, act: str
) -> None:
    upload(grader, ("north.csv", PLAIN), ("south.csv", PLAIN.replace(b"000", b"001")))
    both = browser("grader,approver", UNIT)
    if act == "dropped":
        both.post(f"{proposed(grader).result['address']}drop/")
    run = scored(grader).result["run"]
    if act == "tried":  # after the run was made: who would move is known to them
        proposed(both)
    if act == "removed":
        both.post(f"{AT}/answers/remove/", {"name": "south.csv"})
    answer = release(both, exam, run)
    assert answer.status_code == 422
    assert b"you may not release run" in answer.content
    assert not (exam / "results/releases").exists()
    assert done(release(browser("approver", UNIT), exam, run)).state == State.DONE
