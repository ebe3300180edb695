"""`python -m umbra.cli …`, where the `umbra` script is not on the path."""

import sys

from umbra.cli import main

sys.exit(main())
