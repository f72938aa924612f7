"""The browser: pages over the functions of `workflow`, for people in roles; `examgen serve`."""
