"""What is typed in the form of an item: kept until it is saved, judged in words for the form, drawn; pictures and
tables put into its texts; copies."""

from __future__ import annotations

import io
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import django_htmx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from examgen.site import settings
from examgen.site.audit.models import Entry
from examgen.site.jobs.queue import tidy
from tests.browser import PROGRAM
from tests.browser import browser as chromium
from tests.site.bank.test_items import first, form, items, new, parsed
from tests.site.conftest import UNIT, Browser, Client

STATIC = Path(settings.__file__).parent / "static"
TYPED, INSERT, NEW = (f"/bank/{UNIT}/{name}/" for name in ("typed", "insert", "new"))
HTMX = {"HX-Request": "true"}


def kept(workspace: Path) -> list[Path]:
    return [*(workspace / ".examgen-web" / "uploads").iterdir()]


def type_in(client: Client, address: str, **changed: Any) -> tuple[dict[str, Any], str]:
    """What a browser sends of the form at an address as somebody types, and the part that comes back."""
    sent = {**form(client, address), **{name.replace("__", "."): text for name, text in changed.items()}}
    answer = client.post(TYPED, sent, headers=HTMX)
    assert answer.status_code == 200, answer.content.decode()
    return sent, answer.content.decode()


def plain(page: str) -> str:
    return re.sub("<[^>]*>|[\u200b-\u2060]", "", page)


def test_what_was_not_saved_is_offered_to_who_typed_it_alone(
    workspace: Path, browser: Browser, person: Any
) -> None:
    user = person("writer", UNIT)
    client, other = browser(user=user), browser("writer", UNIT)
    one = first(workspace)
    address = f"/bank/{UNIT}/{one.id}/"
    before = {path: path.read_bytes() for path in (workspace / "item_bank").rglob("*") if path.is_file()}
    sent, part = type_in(client, address, stem="โจทย์ที่ยังไม่ได้บันทึก")
    assert "only you can see it" in part
    assert {path: path.read_bytes() for path in before} == before
    assert not Entry.objects.filter(about__startswith=UNIT).exists()
    again = browser(user=user)  # signed in anew, on another computer
    page = again.page(address)
    assert "has not been saved: “โจทย์ที่ยังไม่ได้บันทึก”" in page
    assert parsed(page)["stem"] == [one.stem.replace("\n", "\r\n")], "the bank's text is what is shown first"
    way = f"{address}?draft={sent['draft'][0]}"
    assert (way, "1 item that you wrote and did not save") in re.findall(
        '<li><a href="([^"]+)">([^<]+)</a>', again.page("/")
    )
    back = form(again, f"{address}?draft={sent['draft'][0]}")
    assert (back["stem"], back["draft"]) == (["โจทย์ที่ยังไม่ได้บันทึก"], sent["draft"])
    for page in (other.page(address), other.page(NEW), other.page("/")):
        assert "ยังไม่ได้บันทึก" not in page
    assert other.get(f"{address}?draft={sent['draft'][0]}").status_code == 404
    assert other.get(f"/bank/{UNIT}/preview/?draft={sent['draft'][0]}").status_code == 404
    stranger = other.post(TYPED, {**sent, "whose": "", "stem": "x"}, headers=HTMX)
    assert (stranger.status_code, "somebody else" in stranger.content.decode()) == (422, True)
    assert other.post(address, {**sent, "stem": "x"}).status_code == 422, "nor saved under another's name"
    mine = form(other, address)
    taken = other.post(TYPED, {**sent, "whose": mine["whose"], "stem": "x"}, headers=HTMX)
    assert taken.status_code == 404, "the number is another's"
    assert other.post(TYPED, {"draft": sent["draft"], "away": "1"}).status_code == 302
    assert len(kept(workspace)) == 1
    assert again.post(address, back).status_code == 302
    assert items(workspace)[one.id].stem == "โจทย์ที่ยังไม่ได้บันทึก"
    assert kept(workspace) == []
    assert "has not been saved" not in client.page(address)


def test_it_is_thrown_away_on_request_and_after_its_time(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    sent, _ = type_in(client, NEW, stem="หนึ่ง")
    client.post(TYPED, {**sent, "stem": "สอง"}, headers=HTMX)
    other, _ = type_in(client, NEW, stem="สาม")
    page = client.page(NEW)
    assert re.findall("not been saved: “(.)", page) == ["ส", "ส"], "two forms, each as it was typed last"
    answer = client.post(TYPED, {"draft": other["draft"], "item": "", "away": "1"}, follow=True)
    assert "was discarded" in answer.content.decode()
    assert "สาม" not in client.page(NEW)
    [folder] = kept(workspace)
    assert (folder.stat().st_mode & 0o777, (folder / "item.json").stat().st_mode & 0o077) == (0o700, 0)
    tidy("own")
    assert kept(workspace) == [folder]
    week = time.time() - 8 * 24 * 3600
    os.utime(folder, (week, week))
    tidy("own")
    assert kept(workspace) == []


def test_it_goes_over_what_somebody_else_saved_meanwhile(workspace: Path, browser: Browser) -> None:
    one = first(workspace)
    address = f"/bank/{UNIT}/{one.id}/"
    client, other = browser("writer", UNIT), browser("writer", UNIT)
    sent, _ = type_in(client, address, stem="ของฉัน")
    assert other.post(address, {**form(other, address), "reference": "ของเขา"}).status_code == 302
    back = form(client, f"{address}?draft={sent['draft'][0]}")
    answer = client.post(address, back)
    assert answer.status_code == 409
    again = parsed(answer.content.decode())
    assert (again["stem"], again["reference"]) == (["ของฉัน"], ["ของเขา"])
    assert client.post(address, again).status_code == 302


def test_of_two_windows_neither_writes_over_the_other(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    sent, _ = type_in(client, NEW, stem="แรก")
    back = f"{NEW}?draft={sent['draft'][0]}"
    one, other = form(client, back), form(client, back)
    assert client.post(TYPED, {**one, "stem": "หน้าต่างหนึ่ง"}, headers=HTMX).status_code == 200
    assert client.post(TYPED, {**one, "stem": "หน้าต่างหนึ่ง อีก"}, headers=HTMX).status_code == 200
    told = client.post(TYPED, {**other, "stem": "หน้าต่างสอง"}, headers=HTMX)
    assert (told.status_code, "open in another window" in told.content.decode()) == (422, True)
    page = client.post(NEW, {**other, "stem": "หน้าต่างสอง"})  # refused, with what it says in its fields
    assert (page.status_code, parsed(page.content.decode())["stem"]) == (422, ["หน้าต่างสอง"])
    again = parsed(page.content.decode())
    assert client.post(TYPED, again, headers=HTMX).status_code == 422, "still"
    made = client.post(NEW, {**again, **new(workspace), "stem": "หน้าต่างสอง"})
    assert made.status_code == 302, "to save it is no question of windows"
    assert "not been saved: “หน้าต่างหนึ่ง อีก”" in client.page(NEW), "which stays"
    refused = client.post(NEW, form(client, back))
    assert refused.status_code == 422
    assert client.post(TYPED, parsed(refused.content.decode()), headers=HTMX).status_code == 200


def test_faults_are_told_in_words_for_the_form(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    page = client.page(NEW)
    assert "appear here as you write" in page
    assert "Nothing was found" not in page
    _, part = type_in(client, NEW, stem="ข้อใด")
    lacking = part.partition("Still to be filled in:")[2].partition("</div>")[0]
    named = ["The options", "Criterion (PC)", "Cognitive category", "Key", "Reference"]
    assert re.findall('<a href="#f-[^"]+">([^<]+)', lacking) == named
    assert '<li class="error">' not in part, "nothing is wrong yet"
    page = client.post(NEW, {**form(client, NEW), "stem": "ข้อใด"}).content.decode()
    assert "Tick the option that is right." in page
    assert 'id="fault-key"><li class="error">' in page
    tried = {**parsed(page), "key": ["a"], "options.a": "ก", "options.b": "ข"}
    part = client.post(TYPED, tried, headers=HTMX).content.decode()
    assert 'id="fault-key" hx-swap-oob="true"></ul>' in part, "what was mended goes"
    assert "Choose the criterion that the item measures." in part
    sent = {**form(client, NEW), **new(workspace), "key": ["c"], "rationale.b": ""}
    part = client.post(TYPED, {**sent, "family": "a b"}, headers=HTMX).content.decode()
    assert "A name must not contain spaces" in part
    part = client.post(TYPED, sent, headers=HTMX).content.decode()
    assert "The option that is marked as the key is empty." in part
    _, part = type_in(client, f"{NEW}?copy={first(workspace).id}", enemies="", options__a="อื่น")
    assert "add that item under “Enemies”" in part
    assert "`" not in part
    refused = client.post(NEW, {**sent, "key": ["b"], "options.c": "ถูกทุกข้อ"}).content.decode()
    assert "Write why this option is right or wrong." in refused
    assert "Write an answer that is complete in itself" in refused, "everything at once"
    for code in ("key-not-an-option", "cell-value", "rationale-missing", "column"):
        assert code not in part
    thai = browser("writer", UNIT, language="th")
    sent |= {"key": ["b"], "whose": form(thai, NEW)["whose"], "draft": str(uuid4()), "tried": "1"}
    part = thai.post(TYPED, sent, headers=HTMX).content.decode()
    assert 'id="fault-rationale-b" hx-swap-oob="true"><li class="error">โปรดเขียนเหตุผล' in part


def test_why_a_rule_does_not_apply_is_said_beside_what_it_finds(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    sent = {**form(client, NEW), **new(workspace), "stem": "ข้อใดถูก?"}
    part = client.post(TYPED, sent, headers=HTMX).content.decode()
    assert '<li class="warning">' in part
    assert 'name="waive.stem-asks-nothing"' in part
    sent["waive.stem-asks-nothing"] = "ตัวเลือกบอก\r\nเรื่องเอง"
    answer = client.post(NEW, sent)
    page = client.page(answer.headers["location"])
    [made] = [one for one in items(workspace).values() if one.stem == "ข้อใดถูก?"]
    assert made.waivers == {"stem-asks-nothing": "ตัวเลือกบอก\nเรื่องเอง"}
    assert "does not apply here, because" in page
    before = {path: path.read_bytes() for path in (workspace / "item_bank").rglob("*.yaml")}
    again = form(client, answer.headers["location"])
    assert client.post(answer.headers["location"], again).status_code == 302
    assert {path: path.read_bytes() for path in before} == before
    del again["waive.stem-asks-nothing"]
    assert client.post(answer.headers["location"], again).status_code == 302, "without its reason it applies"
    assert items(workspace)[made.id].waivers == {}


def picture(name: str = "a.png", colour: str = "red") -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (900, 900), colour).save(data, "PNG")
    return SimpleUploadedFile(name, data.getvalue())


def test_a_picture_is_put_into_a_text(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    media = workspace / "item_bank" / UNIT / "media"
    there = {path.name for path in media.iterdir()}
    asked = {"what": "picture", "file": picture(), "alt": "ผัง [ชั้น 2]\nด้านซ้าย"}
    answer = client.post(INSERT, asked, headers=HTMX)
    assert answer.content.decode() == r"![ผัง \[ชั้น 2\] ด้านซ้าย](a.png)"
    refused = client.post(INSERT, {"what": "picture", "file": picture(), "alt": " "}, headers=HTMX)
    assert (refused.status_code, refused.content.decode()[:23]) == (422, "Describe what the pictu")
    assert client.post(INSERT, {"what": "picture", "alt": "x"}, headers=HTMX).status_code == 422
    svg = SimpleUploadedFile("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>")
    assert client.post(INSERT, {**asked, "file": svg}, headers=HTMX).status_code == 422
    same = client.post(INSERT, {**asked, "file": picture()}, headers=HTMX).content.decode()
    other = client.post(INSERT, {**asked, "file": picture(colour="blue")}, headers=HTMX).content.decode()
    thai = client.post(INSERT, {**asked, "file": picture("ผัง.png", "green")}, headers=HTMX).content.decode()
    long = client.post(INSERT, {**asked, "file": picture(f"{'ผ' * 90}.png", "green")}, headers=HTMX)
    assert long.content.decode() == thai
    assert same.endswith("(a.png)")
    assert all(re.search(r"\(picture-[0-9a-f]{12}\.png\)$", text) for text in (other, thai))
    assert len({path.name for path in media.iterdir()} - there) == 3
    assert Entry.objects.filter(what="bank.picture").count() >= 3


def test_a_copy_is_an_enemy_of_its_source(workspace: Path, browser: Browser) -> None:
    subprocess.run(["git", "init", "-q"], cwd=workspace, check=True)
    client = browser("writer", UNIT)
    one = first(workspace)
    copy = f"{NEW}?copy={one.id}"
    assert f'href="{copy}"' in client.page(f"/bank/{UNIT}/{one.id}/")
    sent = form(client, copy)
    answer = client.post(NEW, sent)
    assert answer.status_code == 422
    assert f"The text is identical to {one.id}. Change the stem" in answer.content.decode()
    answer = client.post(NEW, {**sent, "stem": "โจทย์ของสำเนา"})
    made = items(workspace)[answer.headers["location"].split("/")[-2]]
    assert (made.status, made.enemies[0], made.options) == ("draft", one.id, one.options)
    log = subprocess.check_output(["git", "log", "-1", "--format=%s"], cwd=workspace, text=True)
    assert log.strip() == f"{UNIT} {made.id}: copy of {one.id}"
    assert client.get(f"{NEW}?copy=nothing").status_code == 404


def test_a_copy_is_of_no_family_and_one_in_it_has_the_options_of_the_family(
    workspace: Path, browser: Browser
) -> None:
    client = browser("writer", UNIT)
    one = next(one for one in items(workspace).values() if one.family)
    sent = {**form(client, f"{NEW}?copy={one.id}"), "stem": "โจทย์ของสำเนา"}
    assert sent["family"] == [""]
    other = {**sent, "family": one.family or "", "options.a": "ตัวเลือกใหม่"}
    refused = client.post(NEW, other)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "does not have the same options as" in page
    answer = client.post(NEW, sent)
    assert answer.status_code == 302
    assert items(workspace)[answer["Location"].split("/")[-2]].family is None


STUB = """<script>
const sent = [], asked = [];
class Asked extends XMLHttpRequest {
  open() {} setRequestHeader() {} overrideMimeType() {} getAllResponseHeaders() { return ""; }
  get status() { return 200; } get response() { return this.responseText; }
  get responseText() { return '<p>found</p><span id="kept-at" hx-swap-oob="true">kept</span>'; }
  send(body) { if (new URLSearchParams(body).has("draft")) sent.push([this, new URLSearchParams(body)]); }
}
window.XMLHttpRequest = Asked;
window.fetch = async (address, how) => {
  asked.push(Object.fromEntries(how.body));
  return { ok: true, headers: new Headers({"content-type": "text/plain"}),
           text: async () => how.body.get("what") === "table" ? "| T |" : "![alt](name.png)" };
};
</script>"""


def as_file(page: str, path: Path) -> None:
    """The page where a browser finds its script and style, and no site."""
    htmx = Path(django_htmx.__file__).parent / "static/django_htmx/htmx-2.js"
    page = re.sub('src="[^"]*htmx-2[^"]*"', f'src="{htmx.as_uri()}"', page)
    page = re.sub(r'(src|href)="/static/([a-z]+)[^"]*\.(js|css)"', rf'\1="{STATIC.as_uri()}/\2.\3"', page)
    page = page.replace('"selfRequestsOnly": true', '"selfRequestsOnly": false')
    path.write_text(page.replace("<head>", f"<head>{STUB}"), "utf-8")


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_a_reload_begins_where_it_says_what_was_not_saved(
    workspace: Path, browser: Browser, tmp_path: Path
) -> None:
    client = browser("writer", UNIT)
    type_in(client, NEW, stem="หนึ่ง")
    as_file(client.page(NEW), tmp_path / "page.html")
    with chromium(tmp_path / "browser") as one:
        tab = one.open(tmp_path / "page.html")
        tab.run("scrollTo(0, 900)")
        assert tab.run("scrollY") > 0
        tab.reload("performance.navigation.type === 1")
        assert tab.run("scrollY") == 0


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_in_a_browser(workspace: Path, browser: Browser, tmp_path: Path) -> None:
    """What is typed is sent after a pause, and again where it did not arrive; pictures and cells go where the
    cursor stands."""
    page = browser("writer", UNIT).page(NEW)
    as_file(page, tmp_path / "page.html")
    stem, status = "document.getElementById('f-stem')", "document.getElementById('kept-at').textContent"
    with chromium(tmp_path / "browser") as one:
        tab = one.open(tmp_path / "page.html")
        tab.run(f"{stem}.focus()")
        tab.type("โจทย์")
        tab.wait("sent.length === 1")
        assert tab.run("sent[0][1].get('stem')") == "โจทย์"
        tab.run("sent[0][0].onerror()")
        assert "There is no connection" in tab.run(status)
        tab.run("document.querySelector('form#item .bar button').click()")
        assert "Nothing was saved" in tab.run(status), "the press has its answer"
        assert tab.run("document.getElementById('is-old').hidden") is False
        tab.wait("sent.length === 2")  # nothing leaves the page: what it says is sent once more
        tab.run("sent[1][0].onload()")
        tab.wait(f"{status} === 'kept'")
        assert tab.run("document.getElementById('is-old').hidden")
        tab.run(
            f"""(() => {{ const data = new DataTransfer(); data.setData("text/plain", "a\\tb\\n1\\t2\\n");
            {stem}.dispatchEvent(new ClipboardEvent("paste", {{clipboardData: data, bubbles: true, cancelable: true}}));
            }})()"""
        )
        tab.wait(f"{stem}.value.includes('| T |')")
        assert tab.run("asked[0].cells") == "a\tb\n1\t2\n"
        tab.run("document.getElementById('f-options.a').focus()")
        tab.run(
            """(() => { const data = new DataTransfer(); data.items.add(new File(["x"], "image.png", {type: "image/png"}));
            document.activeElement.dispatchEvent(
              new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
            })()"""
        )
        assert tab.run("document.activeElement.id") == "alt", "what the picture shows is asked for"
        tab.type("ผัง")
        tab.click("#picture button")
        tab.wait("document.getElementById('f-options.a').value === '![alt](name.png)'")
        assert tab.run("asked[1].alt + asked[1].file.name") == "ผังimage.png"
        tab.run(f"{stem}.value = 'x\\n\\n| h | k |\\n|---|---:|\\n| a\\\\|b | 2 |\\n\\ny'")
        tab.run(f"{stem}.focus(), {stem}.setSelectionRange(0, 0)")  # wherever the cursor is
        tab.run("document.querySelector('#table summary').click()")
        tab.wait("document.querySelectorAll('#grid input').length === 4")
        assert tab.run("[...document.querySelectorAll('#grid input')].map((one) => one.value)") == [
            *("h", "k", "a|b", "2")
        ]
        tab.key("Enter")
        tab.click("#table button")
        tab.wait(f"{stem}.value === 'x\\n\\n| T |\\n\\ny'")
        missing = "Failed to load resource: net::ERR_FILE_NOT_FOUND"  # the preview, which a file has not
        assert [told for told in tab.told if told != missing] == []
