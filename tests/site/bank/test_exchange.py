"""Workbooks and files of other programs: read first, taken over on a word, under a name; pictures; checks."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from examgen.site.audit.models import Entry, text_name
from examgen.site.jobs import worker
from examgen.site.jobs.models import Job
from tests.site.bank.test_items import EVIL, UNIT, first, items
from tests.site.conftest import Browser, Client

GIFT = f"::{EVIL}:: ข้อใดคือหน่วยของแรงดันไฟฟ้า {EVIL} {{=โวลต์ ~แอมแปร์ ~โอห์ม}}\n"


def sent(client: Client, name: str, data: bytes, **more: Any) -> Job:
    """What came of a file that was uploaded, once the worker has read it."""
    answer = client.post(f"/bank/{UNIT}/import/", {"file": SimpleUploadedFile(name, data), **more})
    assert answer.status_code == 302, answer.content.decode()
    worker.work(is_once=True)
    return Job.objects.get(pk=answer.headers["location"].strip("/").rpartition("/")[2])


def test_a_workbook_goes_down_and_a_table_comes_up_changed(
    workspace: Path, browser: Browser, person: Any, settings: Any
) -> None:
    user = person("writer", UNIT)
    client = browser(user=user)
    one = first(workspace)
    data = client.get(f"/bank/{UNIT}/export/xlsx/")
    assert data.headers["content-disposition"] == f'attachment; filename="{UNIT}.xlsx"'
    assert data.content.startswith(b"PK")
    changed = f'id,pcs,stem,key\n{one.id},{one.pc},"{one.stem} ใหม่",{one.key[0]}\n'
    job = sent(client, "../../งาน<b>.csv", changed.encode())
    assert job.state == "done", job.problems
    address = job.result["address"]
    page = client.page(address)
    assert one.stem + " ใหม่" in page
    assert "1 changed" in page
    assert "<b>.csv" not in page
    assert items(workspace)[one.id].stem == one.stem
    assert browser("writer", UNIT).get(address).status_code == 404
    client.post(address, {"take": ""})
    worker.work(is_once=True)
    now = items(workspace)[one.id]
    assert now.stem == one.stem + " ใหม่"
    entry = Entry.objects.get(what="item.import")
    assert (entry.who, entry.about, entry.detail["hash"]) == (
        user.username,
        f"{UNIT}/{one.id}",
        text_name(now.sha256()),
    )
    assert client.get(address).status_code == 404  # the file is gone, with it the page
    assert not [path for path in settings.SITE.uploads.iterdir() if path.is_dir()]


def test_a_file_of_who_is_no_writer_now_is_not_taken(workspace: Path, browser: Browser, person: Any) -> None:
    user = person("writer", UNIT)
    client, one = browser(user=user), first(workspace)
    job = sent(client, "x.csv", f"id,pcs,stem,key\n{one.id},{one.pc},ใหม่,{one.key[0]}\n".encode())
    client.post(job.result["address"], {"take": ""})
    user.grants.all().delete()
    worker.work(is_once=True)
    assert Job.objects.latest("asked_at").state == "refused"
    assert items(workspace)[one.id].stem == one.stem


def test_a_workbook_gives_nobody_a_status(workspace: Path, browser: Browser) -> None:
    one = first(workspace)
    text = f"id,pcs,status\n{one.id},{one.pc},approved\n"
    job = sent(browser("writer", UNIT), "x.csv", text.encode())
    assert job.state == "refused"
    assert any("status" in found["en"] for found in job.problems), job.problems


def test_questions_of_another_program_come_in_as_drafts(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    pc = first(workspace).pc
    assert sent(client, "q.gift", GIFT.encode()).state == "refused"
    job = sent(client, "q.gift", GIFT.encode(), pc=pc)
    page = client.page(job.result["address"])
    assert EVIL not in page
    assert "โวลต์ <b>← Key</b>" in page
    client.cookies["language"] = "th"
    assert "<li>ก. " in client.page(job.result["address"])
    client.post(job.result["address"], {"give_up": ""})
    assert len(items(workspace)) == 123
    job = sent(client, "q.gift", GIFT.encode(), pc=pc)
    client.post(job.result["address"], {"take": ""})
    worker.work(is_once=True)
    assert len(items(workspace)) == 124
    assert browser("reviewer", UNIT).post(f"/bank/{UNIT}/import/", {}).status_code == 403


def test_a_picture_is_looked_at_before_it_is_kept(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    made = io.BytesIO()
    Image.new("RGB", (40, 40)).save(made, "PNG")

    def give(name: str, data: bytes) -> Any:
        sent = {"what": "picture", "into": "stem", "alt": "a plan", "file": SimpleUploadedFile(name, data)}
        return client.post(f"/bank/{UNIT}/insert/", sent)

    media = workspace / "item_bank" / UNIT / "media"
    before = {path.name for path in media.iterdir()}
    assert give("plan.png", made.getvalue()).status_code == 200
    for name, data in (("other.png", made.getvalue()[:60]), ("page.html", b"<script>")):
        assert give(name, data).status_code == 422
    assert {path.name for path in media.iterdir()} - before == {"plan.png"}
    shown = client.get(f"/bank/{UNIT}/media/plan.png")
    assert shown.content == made.getvalue()
    assert "sandbox" in shown.headers["content-security-policy"]
    assert client.get(f"/bank/{UNIT}/media/../unit.yaml").status_code == 404
    assert browser("reviewer", UNIT).post(f"/bank/{UNIT}/insert/").status_code == 403


def test_coverage_counts(served: Path, browser: Browser) -> None:
    page = browser("auditor").page(f"/bank/{UNIT}/coverage/")
    one = first(served)
    n = sum(item.pc == one.pc and item.status != "retired" for item in items(served).values())
    assert f'<td class="number">{n}</td>' in page[page.index(f"?pc={one.pc}") :].split("</tr>")[0]
