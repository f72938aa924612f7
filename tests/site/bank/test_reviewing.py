"""Items that wait for a reviewer, one after the other."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from examgen.bank.reviews.moves import move_items
from examgen.site.audit.models import Entry, record, text_name
from examgen.site.bank.authors import judged as judged_as
from examgen.site.bank.history import past_decisions
from examgen.site.bank.units import opened
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
    assert "Nothing is waiting for you." in one.page(AT)
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
    assert "Your approval is the second" in two.page(AT)
    assert shown(give(two, "approved"))[0] == ""
    assert items(workspace)[FIRST].status == "approved"


def test_later_shows_the_next_and_comes_back_to_the_first(workspace: Path, browser: Browser) -> None:
    for name in (FIRST, SECOND):
        put(workspace, name, "review")
    reviewer = browser("reviewer", UNIT)
    assert shown(reviewer.page(AT, {"after": FIRST}))[0] == SECOND
    assert shown(reviewer.page(AT, {"after": SECOND}))[0] == FIRST


def sent(client: Client, to: str, comment: str = "", **more: Any) -> Any:
    """The answer to a decision on the first item that waits."""
    name, judged = shown(client.page(AT))
    form = {"to": to, "hash": judged, "comment": comment, "next": "review", "item": name, **more}
    return client.post(f"/bank/{UNIT}/{name}/status/", form, follow=True)


def typed(page: str) -> str:
    found = re.search(r'<textarea id="comment"[^>]*>\n?([^<]*)<', page)
    assert found
    return found[1]


def test_a_return_needs_a_reason_and_says_to_whom_it_goes(
    workspace: Path, person: Any, browser: Browser
) -> None:
    for name in (FIRST, SECOND):
        put(workspace, name, "review")
    reviewer = browser("reviewer", UNIT)
    refused = sent(reviewer, "draft", " ")
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Write the reason" in page
    assert shown(page)[0] == FIRST
    assert items(workspace)[FIRST].status == "review"
    page = sent(reviewer, "draft", "two keys").content.decode()
    assert f"{FIRST} was returned with your reason: “two keys”" in page
    assert "Its writer is unknown" in page
    assert items(workspace)[FIRST].status == "draft"
    record(person("writer", UNIT, "malee"), "item.write", f"{UNIT}/{SECOND}", hash=hash_of(SECOND), was="")
    page = sent(reviewer, "draft", "no key").content.decode()
    assert re.search(f"{SECOND} was returned to [^,]*malee with your reason: “no key”", page)


def hash_of(name: str) -> str:
    return text_name(opened(UNIT).items[name].sha256())


def test_a_reason_stays_until_the_item_is_decided_on(workspace: Path, person: Any, browser: Browser) -> None:
    for name in (FIRST, SECOND):
        put(workspace, name, "review")
    one, other = (browser(user=person("reviewer", UNIT, name)) for name in ("malee", "wichai"))
    answer = one.post(AT, {"item": FIRST, "comment": "<b>two keys"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["content-type"].partition(";")[0]) == (200, "text/plain")
    assert typed(one.page(AT)) == "&lt;b&gt;two keys"
    assert typed(other.page(AT)) == ""
    later = one.post(AT, {"item": FIRST, "comment": "two keys, a and b"}, follow=True)
    assert shown(later.content.decode())[0] == SECOND
    assert typed(one.page(AT)) == "two keys, a and b"
    assert items(workspace)[FIRST].status == "review"
    sent(one, "draft", "two keys, a and b")
    put(workspace, FIRST, "review")
    assert typed(one.page(AT)) == ""
    assert one.post(AT, {"item": "DG401.01-999"}).status_code == 404
    assert one.post(AT, {"item": FIRST, "comment": "x", "whose": "wichai"}).status_code == 422


def test_who_has_approved_is_not_asked_again_and_is_on_record_once(
    workspace: Path, person: Any, browser: Browser
) -> None:
    put(workspace, FIRST, "review")
    one, two = (browser(user=person("reviewer", UNIT, name)) for name in ("malee", "wichai"))
    item, judged = f"/bank/{UNIT}/{FIRST}/", shown(one.page(AT))[1]
    for _ in range(2):
        sent = {"to": "approved", "hash": judged}
        assert one.post(f"{item}status/", sent).status_code == 302
    assert Entry.objects.filter(what="item.second", about=f"{UNIT}/{FIRST}").count() == 1
    mine, others = one.page(item), two.page(item)
    assert "approved by 1 of 2, by you" in mine
    assert "approved by 1 of 2<" in others
    assert "approved by 1 of 2, by you" in one.page(f"/bank/{UNIT}/?status=review")
    assert [' value="approved"' in page for page in (mine, others)] == [False, True]
    assert "A second reviewer must approve it too" in mine
    assert "approved by 1 of 2" in one.page(f"{item}history/").split("<h2>Versions")[0]
    # sent back and into review again, the same text waits for both anew
    for to in ("draft", "review"):
        sent = {"to": to, "hash": judged, "comment": "look again"}
        assert two.post(f"{item}status/", sent).status_code == 302
    assert shown(one.page(AT))[0] == FIRST
    assert "approved by 1 of 2" not in two.page(item)


def test_earlier_decisions_and_findings_stand_beside_the_item(workspace: Path, browser: Browser) -> None:
    put(workspace, FIRST, "review")
    file = workspace / "item_bank" / UNIT / "items" / f"{FIRST[: FIRST.rindex('-')]}.yaml"
    stem = items(workspace)[FIRST].stem
    file.write_text(file.read_text("utf-8").replace(stem, f"{stem} ((", 1), "utf-8")
    reviewer = browser("reviewer", UNIT)
    assert re.search(r"<h3>Findings<.*<li class=.warning", reviewer.page(AT), re.DOTALL)
    sent(reviewer, "approved")
    name = FIRST
    for to, why in (("draft", "first look"), ("review", ""), ("draft", "second look"), ("review", "")):
        form = {"to": to, "hash": hash_judged(name), "comment": why}
        assert reviewer.post(f"/bank/{UNIT}/{name}/status/", form).status_code == 302
    page = reviewer.page(AT)
    past = page.split('class="past"')[1].split("</ul>")[0]
    assert past.index("second look") < past.index("first look") < past.index("first of two")
    assert f'href="/bank/{UNIT}/{FIRST}/history/"' in page
    own = reviewer.page(f"/bank/{UNIT}/{FIRST}/")  # where one decides as well
    assert own.split('class="past"')[1].split("</ul>")[0] == past
    assert "Changed since it was returned" in own
    assert [f">Alt+{key}</kbd>" in own for key in "ARWN"] == [True, True, True, False]
    assert f'href="/bank/{UNIT}/?status=waiting"' not in page  # one item is no list
    put(workspace, SECOND, "review")
    assert f'href="/bank/{UNIT}/?status=waiting"' in reviewer.page(AT)


def hash_judged(name: str) -> str:
    unit = opened(UNIT)
    return judged_as(unit, unit.items[name])


def test_the_focus_goes_to_the_decision_and_to_the_reason_that_lacks(
    workspace: Path, browser: Browser
) -> None:
    for name in (FIRST, SECOND):
        put(workspace, name, "review")
    reviewer = browser("reviewer", UNIT)
    begun = r'<(\w+) id="([\w-]+)"[^>]* data-begin'
    assert not re.findall(begun, reviewer.page(AT)), "who comes to the page begins at its start"
    for to, comment, where in (
        ("draft", " ", ("textarea", "comment")),
        ("draft", "two keys", ("h2", "decide-on-it")),
    ):
        page = sent(reviewer, to, comment).content.decode()
        assert re.findall(begun, page) == [where]
        assert ('aria-describedby="refusal ' in page) == (where[1] == "comment")
        assert page.count('id="refusal"') == (where[1] == "comment")
    assert shown(page)[0] == SECOND


def test_who_only_reads_an_item_is_shown_it_as_it_prints(workspace: Path, browser: Browser) -> None:
    put(workspace, FIRST, "review")
    reviewer, address = browser("reviewer", UNIT), f"/bank/{UNIT}/{FIRST}/"
    page = reviewer.page(address)
    assert shown(page)[0] == FIRST
    assert "disabled" not in page
    assert 'name="stem"' not in page
    assert re.findall(r'name="to" value="(\w+)"', page) == ["retired", "approved", "draft"], (
        "what retires stands apart"
    )
    sent = {"to": "draft", "hash": shown(page)[1], "comment": "two keys"}
    assert reviewer.post(f"{address}status/", sent).status_code == 302
    assert items(workspace)[FIRST].status == "draft"
    refused = reviewer.post(f"{address}status/", {**sent, "to": "review", "hash": "0" * 64})
    assert refused.status_code == 422
    assert "was changed after you opened it" in refused.content.decode()
    assert 'name="stem"' in browser("writer", UNIT).page(address)


def test_a_first_approval_can_be_taken_back(workspace: Path, person: Any, browser: Browser) -> None:
    one, two = (browser(user=person("reviewer", UNIT, name)) for name in ("malee", "wichai"))
    put(workspace, FIRST, "review")
    give(one, "approved")
    assert "Nothing is waiting for you." in one.page(AT)
    address = f"/bank/{UNIT}/{FIRST}/"
    assert "Take my approval back" in one.page(address)
    assert "Take my approval back" not in two.page(address)
    back = one.post(f"{address}status/", {"to": "withdraw"}, follow=True).content.decode()
    assert "is withdrawn" in back
    assert one.post(f"{address}status/", {"to": "withdraw"}).status_code == 422
    assert shown(one.page(AT))[0] == FIRST
    give(two, "approved")
    assert items(workspace)[FIRST].status == "review", "theirs is the first now"
    give(one, "approved")
    assert items(workspace)[FIRST].status == "approved"


def test_a_reviewer_returned_an_item_and_did_not_take_it_back(workspace: Path, browser: Browser) -> None:
    for name in (FIRST, SECOND):
        put(workspace, name, "review")
    reviewer, at = browser("reviewer", UNIT), f"/bank/{UNIT}/{FIRST}/"
    sent(reviewer, "draft", "two keys")
    page = reviewer.page(at)
    assert "You returned it to the writer on" in page
    assert "Reason: “two keys”" in page
    assert "You took it back" not in page
    bar = page.partition('<div class="bar">')[2]
    assert re.findall(r">([^<>]+)</(?:button|a)>", bar) == [
        "Take my return back",
        "Go on to the next item that waits",
    ]
    judged = shown(page)[1]
    assert reviewer.post(f"{at}status/", {"to": "review", "hash": judged}).status_code == 302
    assert shown(reviewer.page(AT))[0] == FIRST


def test_what_a_page_sends_after_its_decision_is_not_kept(workspace: Path, browser: Browser) -> None:
    for name in (FIRST, SECOND):
        put(workspace, name, "review")
    reviewer = browser("reviewer", UNIT)
    seen = re.search('name="seen" value="([0-9]+)"', reviewer.page(AT))
    assert seen
    late = {"item": FIRST, "comment": "two keys", "seen": seen[1]}
    reviewer.post(AT, late, headers={"HX-Request": "true"})
    assert typed(reviewer.page(AT)) == "two keys"
    sent(reviewer, "draft", "two keys")
    answer = reviewer.post(AT, late, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (200, b"")
    page = reviewer.page(f"/bank/{UNIT}/{FIRST}/")
    assert typed(page) == ""
    assert "have not decided yet" not in page


def test_moves_have_the_times_of_their_own_entries(workspace: Path, person: Any, browser: Browser) -> None:
    one, two = (person("reviewer", UNIT, name) for name in ("malee", "wichai"))
    move_items(workspace / "item_bank", UNIT, [FIRST], "review", "Somchai", timezone.localdate())
    first, second = browser(user=one), browser(user=two)
    sent(first, "draft", "two keys")
    judged = judged_as(opened(UNIT), opened(UNIT).items[FIRST])
    assert first.post(f"/bank/{UNIT}/{FIRST}/status/", {"to": "review", "hash": judged}).status_code == 302
    for client in (first, second):
        sent(client, "approved")
    past = past_decisions(UNIT, FIRST)
    assert [(one.by, one.after, isinstance(one.at, datetime)) for one in past] == [
        (str(two), "approved", True),
        (str(one), "approved", True),
        (str(one), "review", True),
        (str(one), "draft", True),
        ("Somchai", "review", False),
    ]
    times = [one.at for one in past[:4]]
    assert times == sorted(times, reverse=True)
    assert [(one.is_first, one.is_second) for one in past[:2]] == [(False, True), (True, False)]
    assert "as the second of two" in first.page(f"/bank/{UNIT}/{FIRST}/")
