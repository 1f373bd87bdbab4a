"""The app: channels, the durable inbox and outbox, the conversation client, pages and API."""
