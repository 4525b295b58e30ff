"""Trainers: step() returns a record; single-threaded, deterministic, no input or output."""
