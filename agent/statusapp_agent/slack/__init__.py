"""Slack: what a notice looks like there, what its answers mean, and how often it may be asked."""
