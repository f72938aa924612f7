"""The site itself, and commands of examgen beside the browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

from site_chain.chain import ROOT, Chain

EXAMGEN = (str(ROOT / ".venv/bin/python"), "-m", "examgen")


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
        "EXAMGEN_LANG": "en",
        "PYTHONUNBUFFERED": "1",
    }


def command(*words: object) -> None:
    """A command of examgen, beside the browser."""
    done = subprocess.run([*EXAMGEN, *map(str, words)], check=False, env=environment(), capture_output=True, text=True)  # fmt: skip # noqa: E501
    if done.returncode not in (0, 3):
        raise AssertionError(f"examgen {' '.join(map(str, words))}: {done.stdout}{done.stderr}"[:1500])


def served(chain: Chain, port: int) -> subprocess.Popen[str]:
    """The site, once it answers."""
    log = chain.out / "server.log"
    process = subprocess.Popen(
        [*EXAMGEN, "serve", str(chain.workspace), "--port", str(port)],
        env=environment(), stdout=log.open("w"), stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 300
    while process.poll() is None and time.monotonic() < until:
        said = re.sub(r"\s", "", log.read_text("utf-8"))
        if f":{port}/inabrowser" not in said:  # another site may answer at this port
            time.sleep(0.25)
            continue
        try:
            urllib.request.urlopen(chain.base + "/accounts/login/", timeout=5)
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
            continue
        found = re.search(r"https?://[^/]+(/accounts/password/reset/key/[0-9A-Za-z]+-[0-9A-Za-z-]+/)", said)
        chain.link = found[1] if found else ""
        return process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    raise SystemExit(f"the site does not answer: see {log}")
