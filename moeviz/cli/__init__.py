"""The command line without a browser: `main.py` and one file per command."""
