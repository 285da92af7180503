"""The frozen agent and command line."""

import sys

from statusapp_agent.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
