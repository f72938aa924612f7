"""Scan files of any kind, whoever made them → pages as grey pixels, or why there are none."""
