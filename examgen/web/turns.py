"""Requests in turns: many may be on their way into a process, and few are worked on at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import BoundedSemaphore
from typing import Any

AT_ONCE, ON_THE_WAY = 4, 32
"""Requests of one process that are worked on at a time, and those that it has at all."""
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


_SECONDS = 10
"""For so long is taken what is still being sent when its answer stands, which did not wait for it (too large
a file, say): a browser that is cut off in the midst of sending shows no answer."""


def in_turns(application: Application) -> Application:
    """The same, `AT_ONCE` at a time: whoever waits for more of what is sent leaves the turn to others, so
    that a few large files on slow lines hold up nobody. What is sent is taken to its end."""
    turns = BoundedSemaphore(AT_ONCE)

    class Sent:
        """The body of a request."""

        def __init__(self, environ: dict[str, Any]) -> None:
            self._stream = environ["wsgi.input"]
            self._is_whole = not environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" not in environ

        def read(self, *size: int) -> bytes:
            return self._waited(self._stream.read, size)

        def readline(self, *size: int) -> bytes:
            return self._waited(self._stream.readline, size)

        def take_rest(self) -> None:
            until = time.monotonic() + _SECONDS
            while not self._is_whole and time.monotonic() < until:
                self._is_whole = not self.read(1 << 16)

        def _waited(self, read: Callable[..., bytes], size: tuple[int, ...]) -> bytes:
            """What is read, without a turn."""
            turns.release()
            try:
                return read(*size)
            finally:
                turns.acquire()

    def taken(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with turns:
            sent = Sent(environ)
            answer = application({**environ, "wsgi.input": sent}, start_response)
            sent.take_rest()
            return answer

    return taken
