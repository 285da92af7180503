"""Text messages: what they say, who carries them, and what became of them. Nothing here is a kind of channel itself."""
