"""Commands on the bank: checked, counted, rated, reviewed, carried to new editions."""
