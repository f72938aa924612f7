"""Exports the responses of a scored run for programs of item analysis, and lists what their formats cannot
contain.
"""
