"""Mixture-of-Experts mathematics as pure functions of tensors.

Every module here uses tensors' own methods and imports torch for type checking alone, so that the
web process can show formulas and sources without paying for torch.
"""
