"""Pages to read: the glossary."""
