"""Questions to a model: the run, step and text of a question, and its answers."""
