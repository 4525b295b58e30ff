"""Mixture-of-Experts mathematics as pure functions of tensors."""
