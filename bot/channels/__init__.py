"""One module a channel: from its way of sending to the inbox, from the outbox to its way of showing."""
