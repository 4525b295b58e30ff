"""Live panels: each folder holds a component's Python face and its sources for the browser.

Experts and layers are numbered from 0, as in the model's own tensors.
"""
