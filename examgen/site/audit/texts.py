"""The text of an item → its name in the record.

A hash of stem, options and key would reveal the key to anyone who has the question in print, with four tries.
Therefore the record contains a name that only the site can compute.
"""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.crypto import salted_hmac

from examgen.site.site import Site

KEY_FILE = "record-key"
"""The secret for computing the names. Without it, the names in the record match no item any more."""
_NAME = "text:"


def text_name(sha256: str) -> str:
    """Returns the name of a text from its hash (`Item.sha256`)."""
    made = salted_hmac("examgen.record.texts", sha256, secret=_key(settings.SITE), algorithm="sha256")
    return _NAME + made.hexdigest()


@cache
def _key(site: Site) -> str:
    return site.token(KEY_FILE, 32)
