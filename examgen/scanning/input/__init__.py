"""Scan files of any kind from any source → pages as grey pixels, or the reason why there are none."""
