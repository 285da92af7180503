"""Reviews: what a week, a month or a quarter was like, written as a colleague would, as HTML, Markdown or JSON."""
