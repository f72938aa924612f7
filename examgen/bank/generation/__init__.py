"""Item models: variables, conditions and computed options from which checked items are made."""
