"""Statuses of many items at once: chosen in a list, or all that fit its search."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

from tests.site.bank.test_decisions import items
from tests.site.conftest import UNIT, Browser, Client
from tests.site.test_home import put

LIST = f"/bank/{UNIT}/"


def boxes(page: str) -> dict[str, str]:
    """What the boxes of a list send, by item."""
    return {one.partition(" ")[0]: one for one in re.findall(r'checkbox" name="item" value="([^"]+)"', page)}


def stamp(page: str) -> str:
    found = re.search(r'name="all" value="([^"]+)"', page)
    assert found
    return found[1]


def ask(client: Client, to: str, query: str = "", **more: Any) -> str:
    """Sends the form of the list; the page that asks, or the list with the reason why it does not."""
    answer = client.post(f"{LIST}statuses/", {"to": to, "query": query, **more})
    assert answer.status_code in (200, 422)
    return unescape(answer.content.decode())


def give(client: Client, to: str, query: str = "", comment: str = "", out: str = "", **more: Any) -> str:
    """The same, and confirms it without the item `out`; what the next page says."""
    asked = boxes(ask(client, to, query, **more))
    sent = {"to": to, "query": query, "comment": comment, "sure": "1"}
    sent |= {"item": [one for name, one in asked.items() if name != out]}
    answer = client.post(f"{LIST}statuses/", sent, follow=True)
    assert answer.status_code in (200, 422)
    return unescape(answer.content.decode())


def test_chosen_items_are_sent_on_and_others_stay(workspace: Path, browser: Browser) -> None:
    writer = browser("writer", UNIT)
    page = writer.page(LIST)
    first, second, third = [*boxes(page)][:3]
    said = give(writer, "review", item=[boxes(page)[first], boxes(page)[third]])
    assert "2 items now have the status “in review”" in said or "2 items now have the status" in said
    now = items(workspace)
    assert [now[name].status for name in (first, second, third)] == ["review", "draft", "review"]


def test_all_that_fit_a_search_are_approved_by_two_people(
    workspace: Path, person: Any, browser: Browser
) -> None:
    one, two = (browser(user=person("reviewer", UNIT, name)) for name in ("malee", "wichai"))
    query = "pc=DG401.01"
    n = sum("DG401.01" in item.pcs for item in items(workspace).values())
    give(one, "review", query, all=stamp(one.page(f"{LIST}?{query}")))
    said = give(one, "approved", query, all=stamp(one.page(f"{LIST}?{query}")))
    assert f"as the first of two reviewers: {n}" in said
    assert not any(item.status == "approved" for item in items(workspace).values())
    asked = ask(one, "approved", query, all=stamp(one.page(f"{LIST}?{query}")))
    assert "cannot have the status “approved” now" in asked
    assert f"<b>approved: {n}</b>" in ask(two, "approved", query, all=stamp(two.page(f"{LIST}?{query}")))
    said = give(two, "approved", query, all=stamp(two.page(f"{LIST}?{query}")))
    assert f"approved: {n}" in said
    assert "another reviewer" not in said
    now = items(workspace)
    assert {item.status for item in now.values() if "DG401.01" in item.pcs} == {"approved"}
    assert {item.status for item in now.values() if "DG401.01" not in item.pcs} == {"draft"}
    record = (workspace / "item_bank" / UNIT / "reviews.yaml").read_text("utf-8")
    assert len(re.findall("by: .*malee.*wichai", record)) == n


def test_what_may_not_have_the_status_is_left_and_named(workspace: Path, browser: Browser) -> None:
    reviewer = browser("reviewer", UNIT)
    page = reviewer.page(LIST)
    first, second = [*boxes(page)][:2]
    give(reviewer, "review", item=[boxes(page)[first]])
    page = reviewer.page(LIST)
    stale = boxes(page)[first].replace(" ", " 0", 1)
    chosen = [boxes(page)[first], boxes(page)[second]]
    asked = ask(reviewer, "approved", item=chosen)
    assert [*boxes(asked)] == [first]
    assert f"it is “draft”; the next status is “review” (1 item)</summary><p>{second}</p>" in asked
    sent = {"to": "approved", "sure": "1", "item": chosen}
    said = unescape(reviewer.post(f"{LIST}statuses/", sent, follow=True).content.decode())
    assert f"1 item was not changed: {second} (it is “draft”; the next status is “review”)" in said
    answer = reviewer.post(f"{LIST}statuses/", sent | {"item": [stale]}, follow=True)
    assert "Read it again first" in answer.content.decode()


def test_the_page_asks_says_what_has_findings_or_came_back_and_leaves_out(
    workspace: Path, browser: Browser
) -> None:
    reviewer, writer = browser("reviewer", UNIT), browser("writer", UNIT)
    names = [*boxes(reviewer.page(LIST))][:4]
    put(workspace, names[0], "review")
    path = workspace / "item_bank" / UNIT / "items" / f"{names[1][: names[1].rindex('-')]}.yaml"
    stem = items(workspace)[names[1]].stem
    path.write_text(path.read_text("utf-8").replace(stem, f"{stem}  ((", 1), "utf-8")
    chosen = [boxes(reviewer.page(LIST))[name] for name in names]
    said = give(reviewer, "draft", comment="two keys", item=chosen[:1])
    assert "1 item now has the status “draft”" in said
    asked = ask(writer, "review", item=chosen)
    assert [items(workspace)[name].status for name in names] == ["draft"] * 4
    assert "Give the chosen items the status “review”" in asked
    first = asked.split('id="noted"')[1].split("</section>")[0]
    assert [name for name in names if name in boxes(first)] == names[:2]
    assert "1 item has findings." in first
    assert "1 item was returned" in first
    assert "two keys" in first
    give(writer, "review", item=chosen, out=names[0])
    assert [items(workspace)[name].status for name in names] == ["draft", "review", "review", "review"]


def test_several_go_back_with_a_reason_alone(workspace: Path, browser: Browser) -> None:
    reviewer = browser("reviewer", UNIT)
    names = [*boxes(reviewer.page(LIST))][:2]
    for name in names:
        put(workspace, name, "review")
    chosen = [boxes(reviewer.page(LIST))[name] for name in names]
    refused = give(reviewer, "draft", item=chosen)
    assert "Write the reason" in refused
    assert [*boxes(refused)] == names
    assert {items(workspace)[name].status for name in names} == {"review"}
    give(reviewer, "draft", comment="too easy", item=chosen)
    assert {items(workspace)[name].status for name in names} == {"draft"}


def test_a_list_that_is_out_of_date_gives_nothing(workspace: Path, browser: Browser) -> None:
    writer = browser("writer", UNIT)
    old = stamp(writer.page(LIST))
    page = writer.page(LIST)
    give(writer, "review", item=[next(iter(boxes(page).values()))])
    assert "The unit was changed after you opened the list" in ask(writer, "review", all=old)
    assert sum(item.status == "review" for item in items(workspace).values()) == 1
    assert "Choose items first." in ask(writer, "review")
    assert "choose a status" in ask(writer, "", item=[[*boxes(page).values()][1]])


def test_page_and_message_tell_apart_what_one_approval_does(
    workspace: Path, person: Any, browser: Browser
) -> None:
    malee, wichai = (browser(user=person("reviewer", UNIT, name)) for name in ("malee", "wichai"))
    names = [*boxes(malee.page(LIST))][:4]
    for name in names:
        put(workspace, name, "review")
    page = boxes(malee.page(LIST))
    give(malee, "approved", item=[page[names[0]]])
    give(wichai, "approved", item=[page[names[1]]])
    asked = ask(malee, "approved", item=[page[name] for name in names])
    told = "approved: 1 · as the first of two reviewers: 2 · approved by you before: 1"
    assert f"<b>{told}</b>" in asked
    assert "Give the chosen items the status “approved”" in asked
    assert [*boxes(asked)] == names[1:]
    sent = {"to": "approved", "sure": "1", "item": [page[name] for name in names]}
    said = unescape(malee.post(f"{LIST}statuses/", sent, follow=True).content.decode())
    assert "approved: 1 · as the first of two reviewers: 2" in said
    assert "approved by you before: 1" in said
    assert [items(workspace)[name].status for name in names] == ["review", "approved", "review", "review"]


def test_past_decisions_are_a_list_to_which_the_message_leads(
    workspace: Path, person: Any, browser: Browser
) -> None:
    malee, wichai = (browser(user=person("reviewer", UNIT, name)) for name in ("malee", "wichai"))
    names = [*boxes(malee.page(LIST))][:4]
    for name in names:
        put(workspace, name, "review")
    page = boxes(malee.page(LIST))
    give(wichai, "approved", item=[page[names[0]]])
    give(malee, "draft", comment="two keys", item=[page[names[1]]])
    said = give(malee, "approved", item=[page[names[0]], page[names[2]]])
    way = f"/bank/{UNIT}/?decided=malee"
    assert f'<a href="{way}">The items that you decided on</a>' in said
    listed = unescape(malee.page(way))
    assert {*boxes(listed)} == {names[0], names[1], names[2]}
    assert [*boxes(listed)][-1] == names[1], "the last first"
    rows = {name: row for row in listed.split("<tr>") for name in names if f">{name}</a>" in row}
    assert "<b>returned it</b>" in rows[names[1]]
    assert "two keys" in rows[names[1]]
    assert "<b>approved it as the second of two</b>" in rows[names[0]]
    assert "<b>approved it as the first of two</b>" in rows[names[2]]
    assert [*boxes(wichai.page(f"/bank/{UNIT}/?decided=wichai"))] == [names[0]]
    assert way in malee.page("/")


def test_drafts_are_sent_and_then_approved_without_a_new_choice(
    workspace: Path, person: Any, browser: Browser
) -> None:
    reviewer = browser("reviewer", UNIT)
    chosen = [*boxes(reviewer.page(LIST)).values()][:2]
    asked = ask(reviewer, "approved", "status=draft", item=chosen)
    assert "2 items are still drafts" in asked
    assert not boxes(asked), "there is nothing to approve yet"
    back = ask(reviewer, "approved", "status=draft", item=chosen, back="1")
    assert [f'value="{one}" aria-label="{one.partition(" ")[0]}" checked' in back for one in chosen] == [
        True
    ] * 2
    asked = ask(reviewer, "review", "status=draft", item=chosen, then="approved")
    assert re.search('name="then" value="approved"', asked)
    sent = [*boxes(asked).values()]
    asked = ask(reviewer, "review", "status=draft", item=sent, then="approved", sure="1")
    assert "Give the chosen items the status “approved”" in asked
    assert [*boxes(asked)] == [one.partition(" ")[0] for one in chosen]
    said = ask(reviewer, "retired", item=[*boxes(asked).values()], sure="1")
    assert "Write why it is retired" in said
    assert {items(workspace)[one.partition(" ")[0]].status for one in chosen} == {"review"}
