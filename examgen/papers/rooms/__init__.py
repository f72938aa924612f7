"""Papers of rooms: seating plan, attendance list, packing slip, accommodation."""
