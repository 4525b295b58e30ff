"""The cost pages: closed forms for a sketched model, released models and the reader's own file."""
