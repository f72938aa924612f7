"""Templates of a workspace: what they may change, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from examgen.papers import booklet
from examgen.problems import Refused
from tests.papers.pages import TEMPLATES, exam, item, page_texts, write


def _print_with(folder: Path, text: str, name: str = "booklet.html") -> bytes:
    write(folder, name, text)
    sample = exam([item(1, stem="<STEM>")])
    return booklet(sample, sample.forms[0], (folder, *TEMPLATES))


def test_a_workspace_replaces_one_block(tmp_path: Path) -> None:
    text = '{% extends "builtin/booklet.html" %}{% block instructions %}<p>OWNRULES</p>{% endblock %}'
    cover, questions = page_texts(_print_with(tmp_path, text))
    assert "OWNRULES" in cover
    assert "Instructions" not in cover
    assert "<STEM>" in questions


def test_a_workspace_replaces_one_stylesheet(tmp_path: Path) -> None:
    pages = page_texts(_print_with(tmp_path, ".cover { display: none }", "booklet.css"))
    assert len(pages) == 1
    assert "<STEM>" in pages[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ok\n{{ ''.__class__.__mro__ }}", r"booklet\.html, line 2: .*unsafe"),
        ("{{ paper._asdict() }}", r"booklet\.html, line 1"),
        ("{{ ''|attr('__class__') }}{{ x }}", r"booklet\.html, line 1"),
        ("ok\n\n{% if %}", r"booklet\.html, line 3: "),
        ("{{ missing_name }}", r"booklet\.html, line 1: 'missing_name' is undefined"),
        ("{{ paper.missing }}", r"booklet\.html, line 1: .*no attribute 'missing'"),
        ("{{ 1 / 0 }}", r"booklet\.html, line 1: division"),
        ("{% for i in range(10**9) %}{% endfor %}", r"booklet\.html, line 1: "),
        ('{% include "nothing.html" %}', r"nothing\.html is not in"),
        ('{% include "../secret.txt" %}', r"secret\.txt is not in"),
        ('{% include "/etc/passwd" %}', "/etc/passwd is not in"),
        ('{% extends "booklet.html" %}', r"booklet\.html"),
    ],
)
def test_a_template_that_fails_or_reaches_out_is_refused_by_name_and_line(
    tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    with pytest.raises(Refused, match=says):
        _print_with(tmp_path / "templates", text)


def test_a_link_out_of_the_template_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "link.html").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(Refused, match=r"link\.html is not in"):
        _print_with(tmp_path / "templates", '{% include "link.html" %}')


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('<img src="http://example.com/logo.png">', "http://example.com/logo.png"),
        ('<img src="../secret.png">', r"secret\.png, outside the folders"),
        ('<img src="file:///etc/passwd">', "file:///etc/passwd, outside the folders"),
        ('<style>@import url("https://example.com/x.css")</style>', "https://example.com/x.css"),
        ('<img src="logo.png">', r"logo\.png, and there is no such file"),
    ],
)
def test_a_page_reads_nothing_but_its_own_folders(tmp_path: Path, text: str, says: str) -> None:
    head = '<style>{% include "paper.css" %}</style>'
    with pytest.raises(Refused, match=says):
        _print_with(tmp_path / "templates", head + text)
