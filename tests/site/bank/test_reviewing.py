"""Items that wait for a reviewer, one after the other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.site.bank.test_decisions import items
from tests.site.conftest import UNIT, Browser, Client
from tests.site.test_home import put

AT = f"/bank/{UNIT}/review/"
FIRST, SECOND = "DG401.01-101", "DG401.01-102"


def shown(page: str) -> tuple[str, str]:
    """The item on the page, and the hash of what is judged; nothing where nothing waits."""
    name = re.search(r'<h2 id="as-printed">([^<]+)</h2>', page)
    judged = re.search(r'name="hash" value="(\w+)"', page)
    return (name[1], judged[1]) if name and judged else ("", "")


def give(client: Client, to: str, after: str = "", comment: str = "") -> str:
    """Decides on the item that is shown; the page that follows."""
    name, judged = shown(client.page(AT, {"after": after} if after else {}))
    sent = {"to": to, "hash": judged, "comment": comment, "next": "review"}
    answer = client.post(f"/bank/{UNIT}/{name}/status/", sent, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_one_item_follows_the_other_until_none_waits(workspace: Path, person: Any, browser: Browser) -> None:
    one, two = (browser(user=person("reviewer", UNIT, name)) for name in ("malee", "wichai"))
    assert "Nothing waits for you." in one.page(AT)
    for name in (FIRST, SECOND):
        put(workspace, name, "review")
    page = one.page(AT)
    assert shown(page)[0] == FIRST
    assert f'src="/bank/{UNIT}/preview/?item={FIRST}"' in page
    assert "2 items wait for you" in page
    page = give(one, "approved")  # nobody knows who wrote it: it takes two
    assert shown(page)[0] == SECOND
    assert "1 item waits for you" in page
    assert shown(give(one, "draft", comment="two keys"))[0] == ""
    assert [items(workspace)[name].status for name in (FIRST, SECOND)] == ["review", "draft"]
    assert "your approval is the second" in two.page(AT)
    assert shown(give(two, "approved"))[0] == ""
    assert items(workspace)[FIRST].status == "approved"


def test_later_shows_the_next_and_comes_back_to_the_first(workspace: Path, browser: Browser) -> None:
    for name in (FIRST, SECOND):
        put(workspace, name, "review")
    reviewer = browser("reviewer", UNIT)
    assert shown(reviewer.page(AT, {"after": FIRST}))[0] == SECOND
    assert shown(reviewer.page(AT, {"after": SECOND}))[0] == FIRST


def test_the_page_is_for_reviewers_alone(workspace: Path, browser: Browser) -> None:
    for role in ("writer", "assembler", "auditor"):
        assert browser(role, UNIT).get(AT).status_code == 403


def test_the_keys_of_the_page_are_told_on_it(workspace: Path, browser: Browser) -> None:
    put(workspace, FIRST, "review")
    page = browser("reviewer", UNIT).page(AT)
    for key in re.findall(r'accesskey="(.)"', page.partition("<main")[2]):
        assert f"<kbd>{key}</kbd>" in page
    assert 'value="retired"' not in page, "that is decided on the item's own page"


def test_who_only_reads_an_item_is_shown_it_as_it_prints(workspace: Path, browser: Browser) -> None:
    put(workspace, FIRST, "review")
    reviewer, address = browser("reviewer", UNIT), f"/bank/{UNIT}/{FIRST}/"
    page = reviewer.page(address)
    assert shown(page)[0] == FIRST
    assert "disabled" not in page
    assert 'name="stem"' not in page
    assert re.findall(r'name="to" value="(\w+)"', page) == ["approved", "draft", "retired"]
    sent = {"to": "draft", "hash": shown(page)[1], "comment": "two keys"}
    assert reviewer.post(f"{address}status/", sent).status_code == 302
    assert items(workspace)[FIRST].status == "draft"
    refused = reviewer.post(f"{address}status/", {**sent, "to": "review", "hash": "0" * 64})
    assert refused.status_code == 422
    assert "was changed since you opened it" in refused.content.decode()
    assert 'name="stem"' in browser("writer", UNIT).page(address)
