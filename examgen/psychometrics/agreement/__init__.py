"""How far assessors agree, how severe each is, and what that makes of the points of candidates."""
