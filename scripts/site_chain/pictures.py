"""Pictures of the documentation and the handbook, from what the chain saw."""

from __future__ import annotations

import subprocess
from pathlib import Path

from site_chain.chain import Chain
from site_chain.looking import WIDTHS
from site_chain.serving import EXAMGEN

MOST_BYTES = 150_000
PICTURES = {
    "bank-item": ("site-item", 905),
    "blueprint": ("site-blueprint", 1172),
    "papers-list-faults": ("site-papers", 530),
    "openings-open": ("site-openings", 1325),
    "quarantine": ("site-aside", 640),
    "correction-moved": ("site-correction", 900),
}
"""Pages whose pictures the documentation and the handbook show: the name there, and how much of it,
from its top."""
SMALLER = """
import sys
from PIL import Image
source, target, height, most = sys.argv[1:]
page = Image.open(source).convert("RGB")
page = page.crop((0, 0, page.width, min(page.height, int(height))))
page = page.resize((1000, round(page.height * 1000 / page.width)), Image.Resampling.LANCZOS)
for colours in (96, 48, 24):
    page.quantize(colours).save(target, optimize=True)
    import os
    if os.path.getsize(target) <= int(most):
        break
"""


def pictures(chain: Chain, folder: Path) -> list[str]:
    """The pictures, 1000 pixels wide, written anew; the names of those whose page was not seen."""
    sources: dict[str, Path] = {}
    for one in chain.seen:
        number, _, name = one.get("name", "").partition("-")
        if name in PICTURES and number.isdigit():
            sources[name] = chain.out / f"{one['name']}-{WIDTHS[0]}.png"
    for name, source in sources.items():
        target, height = PICTURES[name]
        words = (EXAMGEN[0], "-c", SMALLER, source, folder / f"{target}.png", height, MOST_BYTES)
        subprocess.run([*map(str, words)], check=True)
    return [name for name in PICTURES if name not in sources]
