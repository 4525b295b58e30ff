"""`python -m moeviz.ui.serve`: `streamlit run app.py`, with further options passed on.

Streamlit takes a folder `pages/` beside the script for its older kind of multi-page app until
`st.navigation` has run once, and greets the first visitor of a deep link with "Page not found".
Saying beforehand that the folder is not meant so is the whole difference to `streamlit run`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import cli

APP = Path(__file__).parents[2] / "app.py"


def main() -> None:
    """Serve the app until interrupted."""
    PagesManager.uses_pages_directory = False
    sys.argv = ["streamlit", "run", str(APP), *sys.argv[1:]]
    cli.main()


if __name__ == "__main__":
    main()
