"""The network road of checks: one fresh, bounded, timed exchange with a target that may be hostile."""
