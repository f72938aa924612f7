"""Requests in turns: many may be on their way into a process, and few are worked on at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from threading import BoundedSemaphore, Thread
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
    """An answer to somebody who sends no more, nor goes: a read of it ends with the connection alone."""

    def __init__(self, answer: Iterable[bytes], rest: Thread) -> None:
        self._answer, self._rest = answer, rest

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        """Closes the answer; granian stands still where it is done with a request that is being read."""
        if hasattr(self._answer, "close"):
            self._answer.close()
        self._rest.join()
