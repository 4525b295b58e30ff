"""The pages that count: closed forms under sliders, released models, the visitor's own file."""
