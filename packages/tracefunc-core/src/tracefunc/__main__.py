"""`python -m tracefunc` is the command `tracefunc`."""

import sys

from tracefunc.cli import main

if __name__ == "__main__":
    sys.exit(main())
