"""The pages that train: the start page and the training lab."""
