"""Seeded draws of the shipped theatres: real distances, invented everything else. SYNTHETIC – EXERCISE."""
