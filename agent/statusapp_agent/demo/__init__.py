"""The story of ``statusapp demo``, and the strict stand-ins for the services that it and the tests talk to."""
