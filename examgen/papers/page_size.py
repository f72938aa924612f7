"""A page of HTML that a workspace's template wrote → refused where it would take too long to lay out."""

from __future__ import annotations

import re

from examgen.problems import Refused

MOST_TAGS = 500_000
DEEPEST = 200

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^<>]*)>?")
_UNCOUNTED = (
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
    | {"p", "li", "td", "th", "tr", "dt", "dd", "option", "thead", "tbody", "tfoot", "colgroup"}
)  # fmt: skip
"""Elements that hold nothing, or that may be left open: the next of their kind closes them."""


def check_size(template: str, html: str) -> None:
    """Raises Refused for a page of too many elements, or of too many that stand in one another."""
    if html.count("<") > MOST_TAGS:
        raise Refused(f"template {template}: it writes more than {MOST_TAGS:,} tags")
    depth = 0
    for end, kind, rest in _TAG.findall(html):
        if kind.lower() in _UNCOUNTED or rest.endswith("/"):
            continue
        depth = max(0, depth - 1) if end else depth + 1
        if depth > DEEPEST:
            raise Refused(f"template {template}: more than {DEEPEST} elements stand in one another")
