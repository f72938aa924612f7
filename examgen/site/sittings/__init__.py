"""A sitting: who came, answers in, scored, rows settled, the key corrected, results released."""
