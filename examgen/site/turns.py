"""Requests in turns: a process accepts many requests, but works on few at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from threading import BoundedSemaphore, Thread
from typing import Any

AT_ONCE, ON_THE_WAY = 4, 32
"""The maximum number of requests that a process works on at once, and the number that it accepts."""
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


_SECONDS = 10
"""The maximum time for receiving the rest of a request whose response is already finished, for example
because a file is too large. A browser that is cut off while sending shows no response."""


def in_turns(application: Application) -> Application:
    """Wraps a WSGI application so that it works on `AT_ONCE` requests at a time. A request that waits for
    more of its body lets others go on, so that large files on slow lines delay nobody. The body is received
    to its end."""
    turns = BoundedSemaphore(AT_ONCE)

    def waiting(read: Callable[..., bytes]) -> Callable[..., bytes]:
        """The same, without a turn."""

        def waited(*size: int) -> bytes:
            turns.release()
            try:
                return read(*size)
            finally:
                turns.acquire()

        return waited

    class Sent:
        """The body of a request."""

        def __init__(self, stream: Any) -> None:
            self.read, self.readline = waiting(stream.read), waiting(stream.readline)

    def taken(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        stream = environ["wsgi.input"]
        with turns:
            answer = application({**environ, "wsgi.input": Sent(stream)}, start_response)
        if not environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" not in environ:
            return answer
        rest = Thread(target=_take, args=(stream,), daemon=True)
        rest.start()
        rest.join(_SECONDS)
        return _Early(answer, rest) if rest.is_alive() else answer

    return taken


def _take(stream: Any) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and stream.read(1 << 16):
        pass


class _Early:
    """The response to a client that neither sends more nor disconnects: reading from it ends only when the
    connection does."""

    def __init__(self, answer: Iterable[bytes], rest: Thread) -> None:
        self._answer, self._rest = answer, rest

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        """Closes the response, and waits for the rest of the request, because granian hangs if a request is
        finished while it is being read."""
        if hasattr(self._answer, "close"):
            self._answer.close()
        self._rest.join()
