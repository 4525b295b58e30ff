"""`python -m moeviz.ui.serve`: `streamlit run app.py`, with further options passed on.

Streamlit takes a folder `pages/` beside the script for its older kind of multi-page app until
`st.navigation` has run once, and greets the first visitor of a deep link with "Page not found".
Saying beforehand that the folder is not meant so is one difference to `streamlit run`. The other:
where another server uses the data directory, this one ends before it takes a port, exit code 2.
"""

from __future__ import annotations

import sys
from pathlib import Path

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import cli

from moeviz.data_directory import DataDirectoryInUse, claim, data_directory

APP = Path(__file__).parents[2] / "app.py"


def main() -> None:
    """Serve the app until interrupted."""
    try:
        claim(data_directory())
    except DataDirectoryInUse as error:
        sys.stderr.write(f"moeviz: {error}\n")
        sys.exit(2)
    PagesManager.uses_pages_directory = False
    sys.argv = ["streamlit", "run", str(APP), *sys.argv[1:]]
    cli.main()


if __name__ == "__main__":
    main()
