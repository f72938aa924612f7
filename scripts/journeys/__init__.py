"""Journeys of people through examgen; `scripts/freeze` keeps and compares what they show."""
