"""The page that compares the conventions of libraries."""
