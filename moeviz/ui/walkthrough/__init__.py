"""The routing walkthrough: one text on its way through a layer."""
