"""The web site: pages over the same functions as the commands, for users with roles; `examgen serve`."""
