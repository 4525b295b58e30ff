"""Closed forms shaped for people: what a model has and costs, each number with its sum.

Architectures in, numbers, rows and tables out. Needs neither numpy nor torch.
"""
