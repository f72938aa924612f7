"""The browser: pages over the same functions as the commands, for people in roles; `examgen serve`."""
