"""How forms are found: the exact model, and select – deal – polish for large tasks."""
