"""Reviews as documents: words, charts, HTML, Markdown."""
