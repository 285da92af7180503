"""The contract between the agent and the desktop: where they meet, and what they say to each other."""
