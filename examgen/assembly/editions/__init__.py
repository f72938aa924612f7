"""Units of competency and their editions: importing documents into the bank, and moving items to a new
edition."""
