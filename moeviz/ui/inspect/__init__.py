"""Questions to a model: the run, step and text that are asked about, and the answers."""
