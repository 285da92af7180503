"""The tray app: it shows what the agent knows and hands on what people decide; it decides nothing itself."""
