"""An item where it stands in the bank → a hash of what its approval binds beside stem, options and key.

That is what candidates see with it, and what it claims: its stimulus and the text of that, the pictures of
both (their bytes), the words of its criteria, its levels, the options that keep their place. Criteria are
bound by their words, as ratings are: the same words under another code of a new edition change nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from examgen.core.models.item import Item, Stimulus
from examgen.core.models.standard import Unit
from examgen.core.pictures import find
from examgen.core.problems import Refused
from examgen.core.storage import sha256_of
from examgen.core.text.markdown import images

Claims = Callable[[Item], str]


def claims_of(folder: Path, unit: Unit, stimuli: Iterable[Stimulus]) -> Claims:
    """The hash of each item of the unit in that folder, as the files are now."""
    texts = {one.id: one.text for one in stimuli}
    words = {one.code: one.text for one in unit.criteria}

    @cache
    def picture(name: str) -> str | None:
        try:
            path = find(name, [folder / "media"])
        except Refused:
            return None
        return sha256_of(path) if path is not None else None

    def claims(item: Item) -> str:
        stimulus = texts.get(item.shared_stimulus) if item.shared_stimulus is not None else None
        seen = [(item.stem, "stem"), *((text, "options") for text in item.options.values())]
        shown = {image.name for text, field in seen for image in images(text, field)}
        shown |= {image.name for image in images(stimulus or "", "stimulus")}
        said = {
            "stimulus": [item.shared_stimulus, stimulus],
            "pictures": {name: picture(name) for name in sorted(shown)},
            "criteria": [words.get(code, code) for code in item.pcs],
            "levels": sorted(item.levels),
            "anchored": sorted(item.anchored),
        }
        return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    return claims
