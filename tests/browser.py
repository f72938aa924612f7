"""Chromium without a window, driven over its own protocol (CDP) by a pair of pipes: no library is needed.

Tests that use it are skipped where no Chromium is installed.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
_PATIENCE = 8.0
_FLAGS = (
    *("--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    "--disable-quic",
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio"),
    *("--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


_START = """
import fcntl, os, sys
high = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3]]
os.dup2(high[0], 3)
os.dup2(high[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Chromium reads what it is to do from its file 3 and answers on 4."""


class PageLeft(Exception):
    """The page was left while it was asked something."""


class Tab:
    """A page in the browser."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session
        self.told: list[str] = []
        """Faults of scripts, and what the content security policy has refused."""

    def send(self, method: str, **parameters: Any) -> Any:
        return self._browser.send(method, self._session, **parameters)

    def run(self, script: str) -> Any:
        """The value of an expression in the page, once it is there."""
        found = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise AssertionError(found["exceptionDetails"].get("exception", found["exceptionDetails"]))
        return found["result"].get("value")

    def wait(self, script: str, patience: float = _PATIENCE) -> Any:
        """The value of an expression, once it is truthy."""
        until = time.monotonic() + patience
        while not (found := self.run_here(script)):
            assert time.monotonic() < until, (script, self.run("document.body.innerText")[:3000])
            time.sleep(0.01)
        return found

    def run_here(self, script: str) -> Any:
        """The same; None where the page is left just now."""
        try:
            return self.run(script)
        except PageLeft:
            return None

    def reload(self, script: str = "true") -> Any:
        """Loads the page anew; the value of an expression, once the new one is whole and it is truthy."""
        self.run("void (window.isBefore = setTimeout(() => location.reload()))")
        return self.wait(f"!window.isBefore && document.readyState === 'complete' && ({script})")

    def resize(self, width: int, height: int, phone: bool = False) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )

    def key(self, key: str, code: str = "", control: bool = False) -> None:
        """A key as a hand presses it: what it types and which it is."""
        text = key if len(key) == 1 and not control else ""
        virtual = {"Tab": 9, "Enter": 13, "Escape": 27, "Backspace": 8, " ": 32}.get(key, 0)
        common = {
            "key": key,
            "code": code or (f"Key{key.upper()}" if key.isascii() and key.isalpha() else key),
        }
        common |= {"modifiers": 2 if control else 0, "windowsVirtualKeyCode": virtual}
        down = {"text": "\r" if key == "Enter" else text} if text or key == "Enter" else {}
        self.send("Input.dispatchKeyEvent", type="keyDown" if down else "rawKeyDown", **common, **down)
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text: str) -> None:
        self.send("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        self._click(f"document.querySelector({json.dumps(selector)})")

    def _click(self, place: str) -> None:
        """A click of the mouse in the middle of what an expression finds."""
        x, y = self.run(
            f"""((one) => {{ one.scrollIntoView({{block: "center"}}); const at = one.getBoundingClientRect();
            return [at.x + at.width / 2, at.y + at.height / 2]; }})({place})"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def write(self, selector: str, text: str) -> None:
        """What a hand types into a field, in the place of what stands there."""
        self.run(
            f"(one => {{ one.focus(); one.select?.(); }})(document.querySelector({json.dumps(selector)}))"
        )
        self.type(text)

    def give(self, selector: str, *paths: Path) -> None:
        """Files chosen for a field."""
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        node = self.send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.send("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    def press(self, words: str, leaves: bool = True) -> None:
        """Clicks the first link or button in sight whose words begin so; waits for the page that it leads to,
        if it does."""
        find = f"""[...document.querySelectorAll("a, button, summary, label")].find((one) =>
          one.checkVisibility() && one.innerText.trim().startsWith({json.dumps(words)}))"""
        self.wait(f"(window.isBefore = Boolean({find}))")
        self._click(find)
        if leaves:
            self.wait("!window.isBefore && document.readyState === 'complete'", 60.0)

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))


class Browser:
    """The browser: tabs, and where it puts what is downloaded."""

    def __init__(self, read: int, write: int, downloads: Path) -> None:
        self._read, self._write = os.fdopen(read, "rb", 0), os.fdopen(write, "wb", 0)
        self._number, self._rest = 0, b""
        self._tabs: dict[str, Tab] = {}
        self.downloads = downloads
        self.asked: list[str] = []
        """Addresses that any page asked for."""
        self.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))

    def send(self, method: str, session: str = "", **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._write.write(json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        while True:
            said = self._next()
            if said.get("id") == self._number:
                if "navigated" in said.get("error", {}).get("message", ""):
                    raise PageLeft(method)
                assert "error" not in said, (method, said["error"])
                return said["result"]
            self._hear(said)

    def open(self, place: Path | str, width: int = 1280, height: int = 800, phone: bool = False) -> Tab:
        """A page of a file or at an address, once it is whole."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = self._tabs[session] = Tab(self, session)
        for name in ("Page", "Runtime", "Log", "Network"):
            tab.send(f"{name}.enable")
        tab.resize(width, height, phone)
        self.goto(tab, place)
        return tab

    def goto(self, tab: Tab, place: Path | str) -> None:
        address = place if isinstance(place, str) else place.as_uri()
        tab.send("Page.navigate", url=address)
        here = (
            f"location.href === {json.dumps(address)}"
            if isinstance(place, Path)
            else "location.protocol === 'http:'"
        )
        tab.wait(f"document.readyState === 'complete' && {here}")

    def downloaded(self, name: str) -> bytes:
        """What was downloaded under that name, which is taken away."""
        path, until = self.downloads / name, time.monotonic() + _PATIENCE
        while not path.is_file():
            assert time.monotonic() < until, [one.name for one in self.downloads.iterdir()]
            time.sleep(0.02)
        data = path.read_bytes()
        path.unlink()
        return data

    def close(self) -> None:
        self._read.close()
        self._write.close()

    def _next(self) -> Any:
        while b"\0" not in self._rest:
            more = self._read.read(1 << 20)
            assert more, "the browser has ended"
            self._rest += more
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    def _hear(self, said: Any) -> None:
        tab, method = self._tabs.get(said.get("sessionId", "")), said.get("method")
        if method == "Network.requestWillBeSent":
            self.asked.append(said["params"]["request"]["url"])
        elif tab and method == "Runtime.exceptionThrown":
            tab.told.append(str(said["params"]["exceptionDetails"]))
        elif tab and method == "Log.entryAdded" and said["params"]["entry"]["level"] == "error":
            tab.told.append(said["params"]["entry"]["text"])


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser with a new profile in that folder."""
    ours_read, theirs_write = os.pipe()
    theirs_read, ours_write = os.pipe()
    downloads = folder / "downloads"
    downloads.mkdir(parents=True)
    words = [PROGRAM, *_FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"]
    with subprocess.Popen(
        [sys.executable, "-S", "-c", _START, str(theirs_read), str(theirs_write), *words],
        pass_fds=(theirs_read, theirs_write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(theirs_read)
        os.close(theirs_write)
        one = Browser(ours_read, ours_write, downloads)
        try:
            yield one
        finally:
            with suppress(AssertionError, OSError):
                one.send("Browser.close")
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
            one.close()
