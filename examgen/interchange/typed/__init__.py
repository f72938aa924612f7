"""Reads typed papers, in Word or as plain text: questions with their keys, and a list of what was left
out.
"""
