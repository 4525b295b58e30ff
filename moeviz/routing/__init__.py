"""Mixture-of-Experts mathematics as pure functions of tensors.

Formulas, words and sources are readable without torch, so that the web process can show them. Only
the modules of tensors alone import it: record, route and slots.
"""
