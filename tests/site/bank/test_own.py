"""A writer's items: sent for review from their page, and what became of them on the first page and in the list."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from examgen.site import settings
from examgen.site.audit.record import record
from examgen.site.bank.authors import judged, written_here
from examgen.site.bank.units import opened
from examgen.site.language import brief
from tests.browser import PROGRAM
from tests.browser import browser as chromium
from tests.site.bank.test_items import first, form, items, new
from tests.site.bank.test_unsaved import HTMX, NEW, TYPED, plain, type_in
from tests.site.conftest import OTHER, UNIT, Browser, Client
from tests.site.test_home import put

STATIC = Path(settings.__file__).parent / "static"
LIST = f"/bank/{UNIT}/"


def button(page: str) -> list[str]:
    """The buttons in the bar of a form."""
    bar = page.partition('<div class="bar">')[2].partition("</div>")[0]
    return re.findall("<button[^>]*>([^<]*)</button>", re.sub("(?s)<noscript>.*</noscript>", "", bar))


def listed(client: Client, query: str) -> list[str]:
    return re.findall(rf'href="/bank/{UNIT}/([^/"]+-\d+)/"', client.page(f"{LIST}?{query}"))


def send_back(client: Client, name: str, comment: str) -> None:
    unit = opened(UNIT)
    sent = {"to": "draft", "hash": judged(unit, unit.items[name]), "comment": comment}
    assert client.post(f"{LIST}{name}/status/", sent).status_code == 302


def test_an_item_is_sent_for_review_by_the_button_of_its_page(
    workspace: Path, browser: Browser, person: Any
) -> None:
    user = person("writer", UNIT)
    client, reviewer = browser(user=user), browser("reviewer", UNIT)
    page = client.page(NEW)
    assert button(page) == ["Save", "Send for review"]
    answer = client.post(NEW, {**form(client, NEW), **new(workspace), "send": "1"})
    assert answer.status_code == 302
    address = answer["Location"]
    name = address.split("/")[-2]
    assert items(workspace)[name].status == "review"
    page = client.page(address)
    assert "was sent for review" in page
    assert "Decide on this item" not in page
    assert button(page) == ["Save"]
    assert "1 item to review" in reviewer.page("/")
    # taken back, changed, and sent again by one press
    sent = re.search('name="hash" value="([0-9a-f]+)"', page)
    assert sent
    assert client.post(f"{address}status/", {"to": "draft", "hash": sent[1]}).status_code == 302
    assert items(workspace)[name].status == "draft"
    changed = {**form(client, address), "reference": "คู่มือ หน้า 4", "send": "1"}
    assert client.post(address, changed).status_code == 302
    assert (items(workspace)[name].status, items(workspace)[name].reference) == ("review", "คู่มือ หน้า 4")
    assert "came back" not in client.page("/"), "they took it back themselves"
    alike = form(client, f"{NEW}?like={name}")
    assert (alike["pcs"], alike["stem"]) == ([items(workspace)[name].pc], [""])


def test_a_writer_answers_who_sent_an_item_back(workspace: Path, browser: Browser, person: Any) -> None:
    client, reviewer = browser(user=person("writer", UNIT)), browser("reviewer", UNIT)
    address = client.post(NEW, {**form(client, NEW), **new(workspace), "send": "1"})["Location"]
    name = address.split("/")[-2]
    assert 'name="answer"' not in client.page(address)
    assert "Changed since" not in reviewer.page(f"{LIST}review/")
    send_back(reviewer, name, "name the day")
    assert form(client, address)["answer"] == [""]
    client.post(TYPED, {**form(client, address), "answer": "the law <names"}, headers=HTMX)
    assert form(client, address)["answer"] == ["the law <names"], "kept as it is typed"
    page = client.page(address)
    assert page.index("note warning") < page.index('name="answer"') < page.index('name="stem"'), (
        "where it is asked for"
    )
    stem = items(workspace)[name].stem
    sent = {**form(client, address), "stem": f"{stem} วันนี้", "answer": "the law <names it"}
    refused = client.post(address, {**sent, "reference": "", "send": "1"})
    assert (refused.status_code, "the law &lt;names it" in refused.content.decode()) == (422, True)
    assert client.post(address, {**sent, "send": "1"}).status_code == 302
    page = reviewer.page(f"{LIST}review/")
    past = page.split('class="past"')[1].split("</ul>")[0]
    assert past.index("the law &lt;names it") < past.index("name the day")
    assert page.split("Changed since it was returned")[1].startswith("</h3>\n<p>Stem</p>")
    send_back(reviewer, name, "again")
    assert form(client, address)["answer"] == [""], "what was sent is no answer to what came after"


def test_what_was_kept_is_told_beside_the_buttons(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    told = re.compile('<span id="kept-at">(.*?)</span>')
    assert told.findall(client.page(NEW)) == [""]
    sent, _ = type_in(client, NEW, stem="หนึ่ง")
    page = client.page(NEW)
    assert 'href="#unsaved"' in told.findall(page)[0]
    assert page.count('id="unsaved"') == 1
    assert told.findall(client.page(f"{NEW}?draft={sent['draft'][0]}"))[0].startswith("Stored at ")


def test_a_form_offers_one_key_and_the_levels_of_the_written_test(workspace: Path, browser: Browser) -> None:
    page = browser("writer", OTHER).page(f"/bank/{OTHER}/new/")
    assert set(re.findall('type="(\\w+)" name="key"', page)) == {"radio"}
    levels = re.findall('name="levels" value="([0-9])"', page)
    unit = opened(OTHER).unit
    assert (levels, [str(one) for one in unit.levels][-1]) == (["3", "4", "5", "6"], "7")


def test_what_has_faults_is_neither_saved_nor_sent(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    before = items(workspace)
    answer = client.post(NEW, {**form(client, NEW), **new(workspace), "rationale.b": "", "send": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert items(workspace) == before
    summary = page.partition("Nothing was saved")[2].partition("</div>")[0]
    links = re.findall('href="#([^"]+)"', summary)
    assert links == ["f-rationale.b"]
    assert f'id="{links[0]}"' in page
    slot = page.partition('id="fault-rationale-b"')[2].partition("</ul>")[0]
    assert "Write why this option is right or wrong." in slot


def test_what_must_be_filled_in_is_marked_and_named_before_it_is_saved(
    workspace: Path, browser: Browser
) -> None:
    client = browser("writer", UNIT)
    page = client.page(NEW)
    for field in ("pcs", "cognitive", "stem", "rationale.a", "reference", "alt", "file"):
        label = re.search(rf'(?s)<label for="(?:f-)?{re.escape(field)}">.*?</label>', page)
        assert label
        assert "must be filled in" in label[0], field
    assert page.count("can stay empty") == 3
    _, part = type_in(client, NEW, stem="โจทย์", options__a="หนึ่ง", options__b="สอง")
    lacking = part.partition("Still to be filled in")[2].partition("</div>")[0]
    for field in ("pcs", "cognitive", "key", "rationale.a", "rationale.b", "reference"):
        assert f'href="#f-{field}"' in lacking
        assert f'id="f-{field}"' in page
    assert "rationale.c" not in lacking
    assert 'class="error"' not in part.partition("fault-rationale-a")[2].partition("</ul>")[0]


def test_the_first_page_says_what_became_of_ones_items(
    workspace: Path, browser: Browser, person: Any
) -> None:
    user = person("writer", UNIT)
    client, other, reviewer = browser(user=user), browser("writer", UNIT), browser("reviewer", UNIT)
    one = first(workspace)
    put(workspace, one.id, "draft")
    names = []
    for n in range(3):
        sent = {**form(client, NEW), **new(workspace), "stem": f"โจทย์ข้อที่ {n} ถามสิ่งใด"}
        answer = client.post(NEW, {**sent, **({"send": "1"} if n else {})})
        assert answer.status_code == 302
        names.append(answer["Location"].split("/")[-2])
    send_back(reviewer, names[2], "มีเฉลยสองตัว")
    home = client.page("/")
    own = home.partition("Items that you wrote")[2].partition("</section>")[0]
    assert re.findall("<h3>([^<]+) <", own) == [
        "1 item was returned to be corrected",
        "1 draft not yet sent",
        "1 item in review",
    ]
    assert re.findall(rf'<li><a href="{LIST}([^/]+)/"', own) == [names[2], names[0], names[1]]
    assert "“มีเฉลยสองตัว”" in own
    assert "“มีเฉลยสองตัว”" in client.page(f"{LIST}{names[2]}/")
    for page in (other.page("/"), reviewer.page("/")):
        assert "Items that you wrote" not in page
        assert "came back" not in page, "it waits for its writer alone"
    assert listed(client, f"writer={user.username}") == sorted(names)
    assert listed(client, f"writer={user.username}&status=review") == [names[1]]
    assert listed(client, "status=returned") == [names[2]]
    assert f'href="{LIST}?writer={user.username}"' in own
    put(workspace, one.id, "review")
    send_back(reviewer, one.id, "ตัวลวงอ่อน")
    home = client.page("/")
    assert "items were returned to be corrected: 1 of yours, 1 of unknown writers</a>" in home
    own = home.partition("Items that you wrote")[2].partition("</section>")[0]
    assert re.findall("<h3>([^<]+) <", own)[:2] == [
        "1 item was returned to be corrected",
        "1 item of an unknown writer was returned to be corrected",
    ]
    assert "“ตัวลวงอ่อน”" in own
    put(workspace, one.id, "retired")
    user.is_active = False
    user.save()
    assert "1 item of an unknown writer was returned" in other.page("/"), (
        "whose writer is gone waits for every writer"
    )


def test_the_handbook_opens_at_the_page_of_who_looks(workspace: Path, browser: Browser) -> None:
    writer, approver = browser("writer", UNIT), browser("approver")
    for client, part in ((writer, "writer/#review"), (approver, "approver/#round")):
        assert f'href="/handbook/{part}"' in client.page("/reviews/")
    assert 'href="/handbook/psychometrician/"' in browser("psychometrician").page(f"{LIST}"), (
        "no part of theirs"
    )


def test_an_item_is_shown_as_candidates_get_it_and_with_its_key(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    one = next(one for one in items(workspace).values() if one.rationale)
    reason, preview = next(iter(one.rationale.values())), f"/bank/{UNIT}/preview/?item={one.id}"
    page = client.page(f"{LIST}{one.id}/")
    assert re.findall('data-view="([^"]+)"', page) == ["candidate", "key"]
    key, candidate = (
        plain(client.page(f"{preview}&view={view}")).replace("\xa0", " ") for view in ("key", "candidate")
    )
    for told in (reason, one.id, "CONFIDENTIAL"):
        assert told in key
        assert told not in candidate
    for view in ("key", "candidate"):
        assert client.get(f"{LIST}{one.id}/pdf/?view={view}").content.startswith(b"%PDF")


def test_lines_of_the_preview_end_where_those_of_print_do(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    sent, _ = type_in(client, NEW, stem="ทางเดินยังมีไฟ เจ้าหน้าที่ควรตรวจสิ่งใดก่อน")
    page = client.page(f"/bank/{UNIT}/preview/?draft={sent['draft'][0]}")
    assert '<span class="unbroken">เจ้าหน้าที่</span><wbr><span class="unbroken">ควร</span>' in page


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_on_a_phone_the_text_of_an_item_flows_and_its_buttons_are_in_sight(
    workspace: Path, browser: Browser, tmp_path: Path
) -> None:
    one = next(one for one in items(workspace).values() if one.shared_stimulus)
    put(workspace, one.id, "review")
    reviewer = browser("reviewer", UNIT)
    page = re.sub(
        'href="/static/site[^"]*"',
        f'href="{(STATIC / "site.css").as_uri()}"',
        reviewer.page(f"{LIST}review/"),
    )
    (tmp_path / "page.html").write_text(page, "utf-8")
    (tmp_path / "sheet.html").write_text(reviewer.page(f"{LIST}preview/?item={one.id}"), "utf-8")
    with chromium(tmp_path / "browser") as driven:
        tab = driven.open(tmp_path / "sheet.html", 340)
        assert tab.run("document.documentElement.scrollWidth <= innerWidth")
        tab.resize(750, 800)
        assert tab.run("document.querySelector('.stimulus').offsetWidth") > 640, "as wide as on paper"
        driven.goto(tab, tmp_path / "page.html")
        for size in ((390, 844), (1280, 800)):
            tab.resize(*size)
            assert tab.run("scrollY") == 0
            foot = (
                "(one => one.getBoundingClientRect())([...document.querySelectorAll('.bar button')].at(-1))"
            )
            assert tab.run(f"{foot}.bottom <= innerHeight && {foot}.right <= innerWidth")


def test_the_preview_of_a_copy_is_that_of_a_draft(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    one = first(workspace)
    page = client.page(f"{NEW}?copy={one.id}")
    [address] = re.findall('<iframe name="preview"[^>]* src="([^"]+)"', page)
    shown = client.page(address.replace("&amp;", "&").replace("view=candidate", "view=key"))
    assert one.id not in shown
    assert "draft" in shown.partition('class="tags"')[2]


def test_throwing_away_what_was_not_saved_asks_first(workspace: Path, browser: Browser) -> None:
    client = browser("writer", UNIT)
    type_in(client, NEW, stem="หนึ่ง")
    asked = client.page(NEW).partition('<details class="sure">')[2].partition("</details>")[0]
    assert 'name="away"' in asked
    assert "cannot be restored" in asked


def test_the_bank_leads_a_writer_to_the_form(workspace: Path, browser: Browser) -> None:
    assert f'href="{NEW}"' in browser("writer", UNIT).page("/bank/")
    assert f'href="{NEW}"' not in browser("reviewer", UNIT).page("/bank/")


def test_the_criterion_of_an_item_is_no_further_one(workspace: Path, browser: Browser) -> None:
    one = first(workspace)
    page = browser("writer", UNIT).page(f"{LIST}{one.id}/")
    hidden = re.findall('hidden><input type="checkbox" name="more_pcs" value="([^"]+)"', page)
    assert hidden == [one.pc]


def test_the_first_page_says_for_some_days_that_an_item_was_approved(
    workspace: Path, browser: Browser, person: Any
) -> None:
    client, reviewer = browser("writer", UNIT), browser("reviewer", UNIT)
    answer = client.post(NEW, {**form(client, NEW), **new(workspace), "send": "1"})
    name = answer["Location"].split("/")[-2]
    unit = opened(UNIT)
    sent = {"to": "approved", "hash": judged(unit, unit.items[name])}
    assert reviewer.post(f"{LIST}{name}/status/", sent).status_code == 302
    own = client.page("/").partition("Items that you wrote")[2].partition("</section>")[0]
    assert "<h3>1 item was approved " in own
    assert f'href="{LIST}{name}/"' in own
    record = workspace / "item_bank" / UNIT / "reviews.yaml"
    today, past = timezone.localdate(), timezone.localdate() - timedelta(days=15)
    record.write_text(record.read_text("utf-8").replace(today.isoformat(), past.isoformat()), "utf-8")
    assert "was approved" not in client.page("/")


def test_what_is_cut_ends_with_a_word() -> None:
    stem = "ข้อมูลการร้องเรียนที่ได้รับจากผู้พักอาศัยในอาคารชุดแยกตามเรื่องที่ผู้จัดการ"
    for most in (59, 60, 61, 62):
        assert brief(stem, most).removesuffix("…").endswith(("แยก", "ตาม", "เรื่อง"))
        assert len(brief(stem, most)) <= most + 1
    assert brief(stem, 200) == stem


def test_who_takes_an_item_back_is_told_so_and_whom_to_tell_of_one_that_is_to_go(
    workspace: Path, person: Any, browser: Browser
) -> None:
    writer = person("writer", UNIT)
    other = person("reviewer", UNIT)
    client = browser(user=writer)
    unit = opened(UNIT)
    name = next(iter(unit.items))
    put(workspace, name, "review")
    unit = opened(UNIT)
    sent = {"to": "draft", "hash": judged(unit, unit.items[name]), "comment": "old figures"}
    assert client.post(f"/bank/{UNIT}/{name}/status/", sent).status_code in (302, 422)
    page = client.page(f"/bank/{UNIT}/{name}/")
    assert "You took it back to draft" in page
    assert "returned it" not in page
    assert 'name="answer"' not in page
    assert f"Give {other} the code {name}" in page


def test_who_wrote_what_is_read_on_from_what_was_known_and_anew_where_that_is_gone(
    person: Any, django_assert_num_queries: Any
) -> None:
    user, other = person("writer", UNIT), person("writer", UNIT, name="Other")

    def written() -> dict[str, set[str]]:
        with django_assert_num_queries(1):
            return {who: {*names} for who, names in written_here(UNIT).items()}

    record(user, "item.write", f"{UNIT}/A-1")
    first = written_here(UNIT)
    assert {*first[user.username]} == {"A-1"}
    assert written() == {user.username: {"A-1"}}
    with suppress(LookupError), transaction.atomic():
        record(other, "item.change", f"{UNIT}/A-1")
        record(other, "item.write", f"{OTHER}/B-1")
        assert written() == {user.username: {"A-1"}, other.username: {"A-1"}}
        raise LookupError
    assert {who: {*names} for who, names in written_here(UNIT).items()} == {user.username: {"A-1"}}
    record(other, "item.write", f"{UNIT}/A-2")
    assert {who: {*names} for who, names in written_here(UNIT).items()} == {
        user.username: {"A-1"},
        other.username: {"A-2"},
    }
    assert {*first[user.username]} == {"A-1"}, "who had an answer keeps it as it was"
