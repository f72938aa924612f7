"""The format of the log: one JSON object per line, without personal data."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime


class Lines(logging.Formatter):
    """Formats a record as JSON. A URL is logged without its query string."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the record as one line."""
        said: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage().split("?", 1)[0],
        }
        if status := getattr(record, "status_code", None):
            said["status"] = status
        for name in ("user", "page", "method"):  # a user by number: who has it, the site alone knows
            if value := getattr(record, name, None):
                said[name] = value
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)
