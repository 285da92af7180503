"""The headless agent: checks, confirms, opens incidents, pages, remembers. Never imports Qt."""
