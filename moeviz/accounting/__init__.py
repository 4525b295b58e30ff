"""Closed forms: what a model has and costs, counted without building it."""
