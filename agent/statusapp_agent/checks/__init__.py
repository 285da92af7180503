"""One file per kind of check; a file that defines a `CheckKind` with a name is registered by being here."""
