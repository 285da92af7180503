"""The frozen desktop."""

import runpy

if __name__ == "__main__":
    runpy.run_module("statusapp_desktop", run_name="__main__")
