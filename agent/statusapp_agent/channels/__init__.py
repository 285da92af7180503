"""One file per kind of channel; a file that defines a `ChannelKind` with a name is registered by being here."""
