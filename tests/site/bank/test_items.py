"""Items found on pages, and written there: saved as the command writes them, under a name, never over others."""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from examgen.bank.whole_bank import load_bank
from examgen.site.audit.models import Entry, text_name
from tests.site.conftest import UNIT, Browser, Client

EVIL = "<script>alert(1)</script>"


def items(workspace: Path) -> dict[str, Any]:
    [shelf], _ = load_bank(workspace / "item_bank", [UNIT])
    return {item.id: item for item in shelf.items}


def first(workspace: Path) -> Any:
    return next(iter(items(workspace).values()))


class Reader(HTMLParser):
    """What a browser would send of the form of an item."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sent: dict[str, list[str]] = {}
        self.area: str | None = None
        self.select: str | None = None
        self.is_in = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = dict(attributes)
        if tag == "form":
            self.is_in = said.get("id") == "item"
        if not self.is_in and said.get("form") != "item":
            return
        name = said.get("name") or ""
        if tag == "textarea":
            self.area = name
            self.sent[name] = [""]
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in said:
            self.sent[self.select] = [said.get("value") or ""]
        elif tag == "input" and (said.get("type") not in ("checkbox", "radio") or "checked" in said):
            self.sent.setdefault(name, []).append(said.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.area:
            self.sent[self.area][0] = self.sent[self.area][0].removeprefix("\n").replace("\n", "\r\n")
            self.area = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.is_in = False

    def handle_data(self, data: str) -> None:
        if self.area:
            self.sent[self.area][0] += data


def parsed(page: str) -> dict[str, Any]:
    reader = Reader()
    reader.feed(page)
    return reader.sent


def form(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send of the form at that address."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return parsed(answer.content.decode())


NEW = {
    "cognitive": "apply",
    "stem": f"ข้อใดถูกต้อง {EVIL}",
    "options.a": "แบบที่หนึ่ง",
    "options.b": "แบบที่สอง",
    "key": "b",
    "rationale.a": "ผิด",
    "rationale.b": "ถูก",
    "reference": "คู่มือ หน้า 3",
}


def new(workspace: Path) -> dict[str, Any]:
    one = first(workspace)
    return {**NEW, "pcs": one.pc, "levels": [str(level) for level in one.levels]}


def test_the_list_finds_as_the_command_does(served: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    assert "123 items" in client.page(f"/bank/{UNIT}/")
    one = first(served)
    word = one.stem[:12]
    part = client.page(f"/bank/{UNIT}/", {"words": word}, headers={"HX-Request": "true"})
    assert one.id in part
    assert "<html" not in part
    n = len([item for item in items(served).values() if item.pc == one.pc and item.cognitive == "apply"])
    part = client.page(f"/bank/{UNIT}/", {"pc": one.pc, "cognitive": "apply"})
    assert f"{n} item" in part
    assert "123 items" in client.page(f"/bank/{UNIT}/", {"page": "3", "level": "x9"})
    assert '<tr><th scope="row"><a' not in browser("auditor").page(f"/bank/{UNIT}/")


def test_a_form_that_is_sent_as_it_is_changes_nothing(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    before = {path: path.read_bytes() for path in (workspace / "item_bank").rglob("*.yaml")}
    for name in [*items(workspace)][:2]:
        address = f"/bank/{UNIT}/{name}/"
        assert client.post(address, form(client, address)).status_code == 302
    assert {path: path.read_bytes() for path in (workspace / "item_bank").rglob("*.yaml")} == before
    assert not Entry.objects.filter(what="item.change").exists()


def test_a_change_is_saved_and_nothing_else_moves(workspace: Path, browser: Browser, person: Any) -> None:
    user = person("writer", UNIT)
    client = browser(user=user)
    one = first(workspace)
    address = f"/bank/{UNIT}/{one.id}/"
    sent = form(client, address)
    sent["stem"] = [one.stem + " (แก้ไข)"]
    file = workspace / "item_bank" / UNIT / "items" / f"{one.pc}.yaml"
    before = file.read_text("utf-8").splitlines()
    assert client.post(address, sent).status_code == 302
    after = file.read_text("utf-8").splitlines()
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    now = items(workspace)[one.id]
    assert now.stem == one.stem + " (แก้ไข)"
    entry = Entry.objects.get(what="item.change")
    assert (entry.who, entry.about, entry.detail) == (
        user.username,
        f"{UNIT}/{one.id}",
        {"hash": text_name(now.sha256()), "was": text_name(one.sha256()), "fields": ["stem"]},
    )


def test_a_new_item_gets_an_id_that_was_never_used(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    sent = new(workspace)
    numbers = [
        int(name.rpartition("-")[2]) for name in items(workspace) if name.startswith(f"{sent['pcs']}-")
    ]
    answer = client.post(f"/bank/{UNIT}/new/", sent)
    made = f"{sent['pcs']}-{max(numbers) + 1:03d}"
    assert answer.headers["location"] == f"/bank/{UNIT}/{made}/"
    assert items(workspace)[made].status == "draft"
    page = client.page(answer.headers["location"])
    assert EVIL not in page
    assert "&lt;script&gt;" in page
    assert EVIL not in client.page(f"/bank/{UNIT}/", {"words": "ข้อใดถูกต้อง"})


def test_faults_stand_beside_their_fields_and_nothing_is_written(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    sent = {**new(workspace), "key": ["a", "b"], "reference": "", f"options.{EVIL}": "x", "options.": "y"}
    answer = client.post(f"/bank/{UNIT}/new/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'aria-describedby="fault-reference"' in page
    assert "แบบที่หนึ่ง" in page
    assert EVIL not in page
    assert len(items(workspace)) == 123


def test_an_empty_item_is_told_what_it_lacks_and_leaves_no_draft(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    sent = form(client, f"/bank/{UNIT}/new/")
    answer = client.post(f"/bank/{UNIT}/new/", {**sent, "send": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    marked = page[page.index("Correct what is marked below") :]
    for field in ("stem", "options", "key", "pcs"):
        assert f'href="#f-{field}"' in marked or f'href="#fault-{field}"' in marked, field
        assert re.search(rf'id="fault-{field}"[^>]*>\s*<li', page), field
    assert "has not been saved" not in client.page(f"/bank/{UNIT}/new/")


def test_the_second_sees_the_change_of_the_first(workspace: Path, browser: Browser) -> None:
    one = first(workspace)
    address = f"/bank/{UNIT}/{one.id}/"
    a, b = browser("writer", UNIT), browser("writer", UNIT)
    of_a, of_b = form(a, address), form(b, address)
    of_a["stem"], of_a["reference"] = ["โจทย์ของคนแรก"], ["อ้างอิงของคนแรก"]
    of_b["stem"], of_b["options.a"] = ["โจทย์ของคนที่สอง"], ["ตัวเลือกของคนที่สอง"]
    assert a.post(address, of_a).status_code == 302
    answer = b.post(address, of_b)
    page = answer.content.decode()
    assert answer.status_code == 409
    for text in ("โจทย์ของ", "ตัวเลือกของคนที่สอง", "อ้างอิงของคนแรก", "<del>", "<ins>"):
        assert text in page
    assert items(workspace)[one.id].stem == "โจทย์ของคนแรก"
    again = parsed(page)
    assert (again["stem"], again["reference"]) == (["โจทย์ของคนที่สอง"], ["อ้างอิงของคนแรก"])
    assert b.post(address, again).status_code == 302
    now = items(workspace)[one.id]
    assert (now.stem, now.options["a"], now.reference) == (
        "โจทย์ของคนที่สอง",
        "ตัวเลือกของคนที่สอง",
        "อ้างอิงของคนแรก",
    )


def test_findings_are_those_of_bank_check(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    sent = {**new(workspace), "options.b": "ทุกขั้นตอนถูกต้องทุกประการ และเป็นไปตามที่กำหนดไว้ในระเบียบข้อบังคับทั้งหมด"}
    sent |= {name: form(client, f"/bank/{UNIT}/new/")[name] for name in ("draft", "whose")}
    page = client.post(f"/bank/{UNIT}/typed/", sent).content.decode()
    assert "waive.options-uneven" in page or "waive.key-longest" in page
    assert client.get(f"/bank/{UNIT}/typed/").status_code == 405


def test_a_preview_is_a_page_that_runs_nothing(served: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    answer = client.post(f"/bank/{UNIT}/preview/", new(served))
    policy = answer.headers["content-security-policy"]
    assert policy.endswith("sandbox allow-same-origin"), "no script and no form, whoever's origin it has"
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    page = answer.content.decode()
    assert EVIL not in page
    assert "แบบที่หนึ่ง" in re.sub("<[^>]*>|[\u200b-\u2060]", "", page)
    assert client.post(f"/bank/{UNIT}/preview/", {}).status_code == 200


def test_what_commands_and_editors_change_is_on_the_next_page(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    one = first(workspace)
    address = f"/bank/{UNIT}/{one.id}/"
    file = workspace / "item_bank" / UNIT / "items" / f"{one.pc}.yaml"
    was, text = file.stat(), file.read_bytes()
    assert one.reference in client.page(address)
    other = "".join(reversed(one.reference))
    file.write_bytes(text.replace(one.reference.encode(), other.encode()))  # as long as before,
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))  # and by its own word as old
    assert file.stat().st_size == was.st_size
    page = client.page(address)
    assert other in page
    assert one.reference not in page
    (workspace / "item_bank" / UNIT / "items" / "DG402.03.yaml").unlink()
    assert "DG402.03-101" not in client.page(f"/bank/{UNIT}/?pc=DG402.03")


def test_coverage_counts_approved_items_apart_and_names_the_thinnest_criteria(
    workspace: Path, browser: Browser
) -> None:
    writer = browser("writer", UNIT)
    page = writer.page(f"/bank/{UNIT}/coverage/")
    said = re.search(r"<p>approved (\d+) · draft (\d+)</p>", page)
    assert said, "approved is said, also where it is none"
    assert said[1] == "0"
    assert "Every criterion has an item. The fewest items have:" in page
    held = [
        int(n) for n in re.findall(r'<tr><th scope="row" class="name">.*?<td class="number">(\d+)</td>', page)
    ]
    assert sum(held) == int(said[2])
    fewest = [int(n) for n in re.findall(r"/new/\?pc=[^\"]+\">[^<]+</a> (\d+) items? ", page)]
    assert fewest == sorted(held)[:5]
    assert '<th scope="col" class="number">Level</th>' not in page, "the unit states no levels"
