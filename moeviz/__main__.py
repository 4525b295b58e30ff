"""`python -m moeviz`: the command line, without a browser."""

import sys

from moeviz.cli.main import main

sys.exit(main())
