"""Units of competency and their editions: documents into the bank, blueprints and items carried over."""
