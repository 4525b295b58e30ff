"""The capacity lab."""
