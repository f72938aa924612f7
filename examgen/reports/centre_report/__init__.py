"""Centres and forms beside each other."""
