"""The tray app: it shows what the agent knows and hands on what people decide; it decides nothing itself."""

from statusapp_desktop.immortal import keep_singletons

keep_singletons()
