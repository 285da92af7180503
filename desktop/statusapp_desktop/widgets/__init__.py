"""The parts that panes are built from."""
