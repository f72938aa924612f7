"""A writer's items: sent for review from their page, and what became of them on the first page and in the list."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from examgen.site.bank.authors import judged
from examgen.site.bank.units import opened
from tests.site.bank.test_items import first, form, items, new
from tests.site.bank.test_unsaved import HTMX, NEW, TYPED, plain, type_in
from tests.site.conftest import UNIT, Browser, Client
from tests.site.test_home import put

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
    assert 'href="/handbook/psychometrician/"' in browser("psychometrician").page(f"{LIST}")
    assert '<a href="/handbook/">Handbook</a>' in browser("").page("/")


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
