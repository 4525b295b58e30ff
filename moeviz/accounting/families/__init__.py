"""How each family's configuration file describes its layers: one reader per family."""
