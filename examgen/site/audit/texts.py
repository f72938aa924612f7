"""The text of an item → what the record calls it by.

A hash of stem, options and key tells the key to whoever has the question in print: four tries find it. So the
record has a name in its place that only the site can make.
"""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.crypto import salted_hmac

from examgen.site.site import Site

KEY_FILE = "record-key"
"""What the names are made with: without it those in the record stay, and fit no item any more."""
_NAME = "text:"


def text_name(sha256: str) -> str:
    """The name of a text by its hash (`Item.sha256`)."""
    made = salted_hmac("examgen.record.texts", sha256, secret=_key(settings.SITE), algorithm="sha256")
    return _NAME + made.hexdigest()


@cache
def _key(site: Site) -> str:
    return site.token(KEY_FILE, 32)
