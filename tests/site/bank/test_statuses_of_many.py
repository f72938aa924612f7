"""Statuses of many items at once: chosen in a list, or all that fit its search."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

from tests.site.bank.test_decisions import items
from tests.site.conftest import UNIT, Browser, Client

LIST = f"/bank/{UNIT}/"


def boxes(page: str) -> dict[str, str]:
    """What the boxes of a list send, by item."""
    return {one.partition(" ")[0]: one for one in re.findall(r'name="item" value="([^"]+)"', page)}


def stamp(page: str) -> str:
    found = re.search(r'name="all" value="([^"]+)"', page)
    assert found
    return found[1]


def give(client: Client, to: str, query: str = "", **more: Any) -> str:
    """Sends the form of the list; what the next page says."""
    answer = client.post(f"{LIST}statuses/", {"to": to, "query": query, **more}, follow=True)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_chosen_items_are_sent_on_and_others_stay(workspace: Path, browser: Browser) -> None:
    writer = browser("writer", UNIT)
    page = writer.page(LIST)
    first, second, third = [*boxes(page)][:3]
    said = give(writer, "review", item=[boxes(page)[first], boxes(page)[third]])
    assert "2 items have the status “in review” now" in said or "2 items have the status" in said
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
    assert f"Your approval of {n} items is on record" in said
    assert not any(item.status == "approved" for item in items(workspace).values())
    said = give(two, "approved", query, all=stamp(two.page(f"{LIST}?{query}")))
    assert f"{n} items have the status" in said
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
    said = give(reviewer, "approved", item=[boxes(page)[first], boxes(page)[second]])
    assert f"1 item was left as it is; {second}: cannot go from draft to approved" in said
    assert "read it again first" in give(reviewer, "approved", item=[stale])


def test_a_list_that_is_out_of_date_gives_nothing(workspace: Path, browser: Browser) -> None:
    writer = browser("writer", UNIT)
    old = stamp(writer.page(LIST))
    page = writer.page(LIST)
    give(writer, "review", item=[next(iter(boxes(page).values()))])
    assert "The unit was changed since you opened the list" in give(writer, "review", all=old)
    assert sum(item.status == "review" for item in items(workspace).values()) == 1
    assert "Choose items first." in give(writer, "review")
    assert "choose a status" in give(writer, "", item=[[*boxes(page).values()][1]])


def test_only_who_sees_keys_chooses(workspace: Path, browser: Browser) -> None:
    assembler, writer = browser("assembler", UNIT), browser("writer", UNIT)
    assert not boxes(assembler.page(LIST))
    assert assembler.post(f"{LIST}statuses/", {"to": "review"}).status_code == 403
    page = writer.page(LIST)
    assert "a reviewer alone gives this status" in give(writer, "approved", item=[*boxes(page).values()][:2])
