"""Secret files open only by two people, for a while, and every copy says whose it is."""

from __future__ import annotations

import io
import shutil
import zipfile
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import yaml
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from examgen.assembly import building as exams
from examgen.assembly.building import build
from examgen.core.problems import Refused
from examgen.papers import printing as papers
from examgen.rendering.pdf.encryption import encrypted
from examgen.site.audit.models import Entry
from examgen.site.openings import steps
from examgen.site.openings.models import LASTS, MOST_TAKEN, WAITS, Opening, Step
from tests.digests import renewed
from tests.site.conftest import UNIT, Browser, Client

KEY = "secure/key.csv"
REASON = "<script>alert(1)</script> the committee looks at item 3"


@pytest.fixture(scope="session")
def printed(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a workspace with one exam, printed; nobody changes it."""
    folder = tmp_path_factory.mktemp("printed")
    shutil.copytree(starter / "item_bank", folder / "item_bank")
    asked = {
        "exam": "locked",
        "title": {"th": "ทดสอบ", "en": "Test"},
        "units": [UNIT],
        "items": 6,
        "criteria": {"all": 1},
        "statuses": ["draft"],
        "time_min": 10,
    }
    path = folder / "b.yaml"
    path.write_text(yaml.safe_dump(asked, allow_unicode=True), "utf-8")
    build(path, folder)
    papers.render(folder / "output/locked", folder)
    return folder / "output"


@pytest.fixture
def locked(workspace: Path, printed: Path) -> Path:
    """A workspace with that exam."""
    shutil.copytree(printed / "locked", workspace / "output/locked")
    return workspace / "output/locked"


def asked(client: Client, *files: str) -> Opening:
    answer = client.post("/exams/locked/openings/", {"wanted": files or [KEY], "reason": REASON})
    assert answer.status_code == 302, answer.content.decode()
    return Opening.objects.get(exam="locked")


def grant(client: Client, opening: Opening, exam: str = "locked") -> int:
    return client.post(f"/exams/{exam}/openings/{opening.pk}/answer/", {"answer": "grant"}).status_code


def taken(client: Client, opening: Opening, number: int = 0, exam: str = "locked", **data: str) -> Any:
    return client.post(f"/exams/{exam}/openings/{opening.pk}/{number}/", data)


def test_one_asks_another_grants_and_copies_bear_both(locked: Path, browser: Browser, person: Any) -> None:
    one, other = person("assembler", UNIT, "first"), person("approver", UNIT, "second")
    asker, granter = browser(user=one), browser(user=other)
    files = [KEY, "secure/key-A.pdf", "secure/items.yaml", "secure/build-report.html"]
    opening = asked(asker, *files)
    assert taken(asker, opening).status_code == 403
    page = granter.page("/exams/locked/openings/")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "request to open secret files waits for you" in granter.page("/")
    assert "request to open secret files" not in asker.page("/"), "who asked cannot grant it"
    assert opening.number in page
    assert grant(granter, opening) == 302
    copies = {}
    for n, path in enumerate(sorted(files)):
        answer = taken(asker, opening, n)
        assert answer.status_code == 200
        assert "attachment" in answer.headers["Content-Disposition"]
        assert "no-store" in answer.headers["Cache-Control"]
        copies[path] = answer.content
    document = pypdfium2.PdfDocument(copies["secure/key-A.pdf"])
    for page_of in document:
        text = page_of.get_textpage().get_text_range().replace("\r\n", " ")
        assert "opened by คุณfirst (first), granted by คุณsecond (second)" in text
        assert opening.number in text
    assert yaml.safe_load(copies["secure/items.yaml"]) == yaml.safe_load(
        (locked / "secure/items.yaml").read_bytes()
    )
    assert copies["secure/items.yaml"].startswith(b"# locked")
    with zipfile.ZipFile(io.BytesIO(copies[KEY])) as archive:
        assert "granted by คุณsecond" in archive.read("OPENED.txt").decode()
        (name,) = [one for one in archive.namelist() if one != "OPENED.txt"]
        assert archive.read(name) == (locked / KEY).read_bytes()
        assert "first" in name
    assert "คุณfirst".encode() in copies["secure/build-report.html"]
    done = Entry.objects.filter(what__startswith="opening.").values_list("what", "who")
    assert [*done] == [
        ("opening.ask", "first"),
        ("opening.grant", "second"),
        *[("opening.take", "first")] * 4,
    ]


def test_one_person_with_two_accounts_is_one(locked: Path, browser: Browser, person: Any) -> None:
    one = person("assembler,approver,grader", name="first")
    again = person("approver", name="second")
    again.email = "First@example.org"
    with pytest.raises(IntegrityError), transaction.atomic():  # two accounts have two addresses, or none
        again.save()
    again.email = ""
    again.save()
    sent = {"wanted": [KEY], "reason": REASON}
    refused = browser(user=again).post("/exams/locked/openings/", sent)
    assert refused.status_code == 422
    page = unescape(refused.content.decode())
    assert "an administrator has to set your address" in page
    assert REASON in page, "what was typed stays"
    assert " checked" in page
    opening = asked(browser(user=one))
    assert grant(browser(user=one), opening) == 422
    assert grant(browser(user=again), opening) == 422
    opening.refresh_from_db()
    assert opening.step == Step.WAITING
    with pytest.raises(IntegrityError), transaction.atomic():
        Opening.objects.filter(pk=opening.pk).update(answered_by=one)


def test_only_who_asked_takes_and_only_by_a_form(locked: Path, browser: Browser) -> None:
    asker, granter = browser("assembler", UNIT), browser("approver", UNIT)
    opening = asked(asker)
    grant(granter, opening)
    assert taken(granter, opening).status_code == 403
    assert taken(browser("assembler", UNIT), opening).status_code == 403
    assert asker.get(f"/exams/locked/openings/{opening.pk}/0/").status_code == 403
    assert taken(asker, opening, 1).status_code == 403
    assert taken(asker, opening).status_code == 200


def test_a_grant_ends_by_time_by_number_and_by_closing(locked: Path, browser: Browser) -> None:
    asker, granter = browser("assembler", UNIT), browser("approver", UNIT)
    opening = asked(asker)
    change = Opening.objects.filter(pk=opening.pk).update
    change(asked_at=timezone.now() - WAITS)
    assert grant(granter, opening) == 422
    change(asked_at=timezone.now())
    assert grant(granter, opening) == 302
    assert grant(granter, opening) == 422  # replayed
    change(answered_at=timezone.now() - LASTS)
    assert taken(asker, opening).status_code == 403
    change(answered_at=timezone.now() - LASTS + timedelta(minutes=1), taken=MOST_TAKEN - 1)
    assert taken(asker, opening).status_code == 200
    assert taken(asker, opening).status_code == 403
    change(taken=0)
    assert granter.post(f"/exams/locked/openings/{opening.pk}/close/").status_code == 302
    assert taken(asker, opening).status_code == 403
    assert browser("grader", UNIT).post(f"/exams/locked/openings/{opening.pk}/close/").status_code == 403


def test_a_grant_holds_for_the_files_as_they_were(locked: Path, workspace: Path, browser: Browser) -> None:
    asker, granter = browser("assembler", UNIT), browser("approver", UNIT)
    opening = asked(asker)
    grant(granter, opening)
    shutil.copytree(locked, workspace / "output/other")
    assert taken(asker, opening, exam="other").status_code == 403
    assert grant(granter, opening, exam="other") == 403
    path = workspace / "again.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load((locked / "exam.yaml").read_text())["blueprint"]))
    exams.build(path, workspace, seed=7, replace=True)
    assert taken(asker, opening).status_code == 403


def test_a_file_that_was_changed_is_not_given(locked: Path, browser: Browser) -> None:
    asker = browser("assembler", UNIT)
    opening = asked(asker)
    grant(browser("approver", UNIT), opening)
    (locked / KEY).write_text("other")
    assert taken(asker, opening).status_code == 422
    opening.refresh_from_db()
    assert opening.taken == 0


def test_an_encrypted_key_sheet_opens_with_its_password_alone(locked: Path, browser: Browser) -> None:
    sheet = locked / "secure/key-A.pdf"
    sheet.write_bytes(encrypted(sheet.read_bytes(), "battery 7 horse"))
    renewed(locked, "secure/key-A.pdf")
    asker = browser("assembler", UNIT)
    opening = asked(asker, "secure/key-A.pdf")
    grant(browser("approver", UNIT), opening)
    assert taken(asker, opening).status_code == 422
    assert taken(asker, opening, password="wrong horse 12").status_code == 422
    answer = taken(asker, opening, password="battery 7 horse")
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(answer.content)
    page = pypdfium2.PdfDocument(answer.content, password="battery 7 horse")[0]
    assert opening.number in page.get_textpage().get_text_range()


def test_the_later_of_two_grants_is_refused(
    locked: Path, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = steps.ask(person("assembler"), "locked", [KEY], REASON)
    quick, slow = person("approver"), person("grader")
    stands = steps._stands

    def meanwhile(found: Opening) -> bool:
        monkeypatch.setattr(steps, "_stands", stands)
        steps.answer(quick, "locked", opening.pk, True)
        return stands(found)

    monkeypatch.setattr(steps, "_stands", meanwhile)
    with pytest.raises(Refused, match="no longer waits"):  # and with it what was done within
        steps.answer(slow, "locked", opening.pk, True)
    assert Entry.objects.filter(what="opening.grant").count() == 0


def test_one_of_two_takes_the_last_copy(locked: Path, person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asker = person("assembler")
    opening = steps.ask(asker, "locked", [KEY], REASON)
    steps.answer(person("approver"), "locked", opening.pk, True)
    Opening.objects.filter(pk=opening.pk).update(taken=MOST_TAKEN - 1)
    copied = steps.opened_copy

    def meanwhile(*of: Any) -> Any:
        monkeypatch.setattr(steps, "opened_copy", copied)
        steps.take(asker, "locked", opening.pk, 0, None)
        return copied(*of)

    monkeypatch.setattr(steps, "opened_copy", meanwhile)
    with pytest.raises(PermissionDenied):
        steps.take(asker, "locked", opening.pk, 0, None)
    assert Entry.objects.filter(what="opening.take").count() == 1
