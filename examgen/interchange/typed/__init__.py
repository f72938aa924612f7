"""Papers as people type them, in Word or as plain text → questions with their keys, and what is left."""
