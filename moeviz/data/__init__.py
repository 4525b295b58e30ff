"""Labelled text, the tokenizer trained on it, and batches."""
