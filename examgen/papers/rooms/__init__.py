"""Papers of rooms: seating plan, attendance list and packing slip."""
