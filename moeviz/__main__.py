"""`python -m moeviz`: the engine without a browser."""

import sys

from moeviz.cli import main

sys.exit(main())
