"""The command line ``statusapp``: a client of the agent's local API, one module per noun."""
