"""Letterhead: the addresses a company writes to the outside world from."""
