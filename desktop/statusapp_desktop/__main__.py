"""``python -m statusapp_desktop``."""

import sys

from statusapp_desktop.app import main

sys.exit(main())
