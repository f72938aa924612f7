"""The vocabulary: frozen models of what people write and of what is printed.

Units follow the public unit documents of Thailand's professional-qualification system (TPQI);
items, blueprints and forms use the terms of the testing literature.
"""
