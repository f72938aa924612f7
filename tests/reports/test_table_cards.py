"""Cells that know their column: labels for cards, roles for those who hear the page."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from markupsafe import Markup

from examgen.rendering.parts import with_labels

TABLE = """<table class="plain"><caption>x</caption>
<thead><tr><th scope="col">ศูนย์ <span lang="en">Centre</span></th><th scope="col">คน<br><span>people</span></th>\
<th scope="col" data-label="left &lt;blank&gt; %">%</th></tr></thead>
<tbody><tr><th scope="row">ก</th><td>1</td><td class="n">2 &amp; 3</td></tr><tr><td>ข</td><td>4</td><td></td></tr></tbody>
</table>"""


def test_each_cell_has_the_words_of_its_head() -> None:
    body = BeautifulSoup(with_labels(TABLE), "html.parser").tbody
    assert body is not None
    found = [[cell.get("data-label") for cell in row.find_all(["th", "td"])] for row in body.find_all("tr")]
    assert found == [
        [None, "คน people", "left <blank> %"],
        ["ศูนย์ Centre", "คน people", "left <blank> %"],
    ]


def test_everything_has_the_role_that_a_table_gives_it() -> None:
    page = BeautifulSoup(with_labels(TABLE), "html.parser")
    roles = {
        "table": "table",
        "thead": "rowgroup",
        "tbody": "rowgroup",
        "tr": "row",
        "td": "cell",
        "thead th": "columnheader",
        "tbody th": "rowheader",
    }
    for selector, role in roles.items():
        assert {one["role"] for one in page.select(selector)} == {role}


def test_nothing_else_is_changed() -> None:
    page = BeautifulSoup(with_labels(TABLE), "html.parser")
    for one in page.find_all(True):
        del one["role"]
        if one.name == "td":
            del one["data-label"]
    assert str(page) == str(BeautifulSoup(TABLE, "html.parser"))


@pytest.mark.parametrize(
    ("head", "label"),
    [
        ("ช่วง 95 %<br>95 % interval", "ช่วง 95 % interval"),
        ("ช่วง ๙๕ %<br>95 % interval", "ช่วง ๙๕ % interval"),
        ("ช่วง 95 %<br>90 % interval", "ช่วง 95 % 90 % interval"),
    ],
)
def test_a_number_that_ends_the_thai_words_is_not_said_again(head: str, label: str) -> None:
    html = f"<table><thead><tr><th>{head}</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
    assert f'data-label="{label}"' in with_labels(html)


def test_an_apostrophe_of_a_head_is_one() -> None:
    """The label is an attribute: escaped once, whatever its head was written with."""
    table = Markup(
        "<table><thead><tr><th>ก<br><span>SEM (Lord&#39;s &amp; ours)</span></th></tr></thead>"
        "<tbody><tr><td>1</td></tr></tbody></table>"
    )
    cell = BeautifulSoup(str(with_labels(table)), "html.parser").find("td")
    assert cell is not None
    assert cell["data-label"] == "ก SEM (Lord's & ours)"
