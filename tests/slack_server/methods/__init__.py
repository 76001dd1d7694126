"""The methods of the Web API, one file a family. Importing the package fills the registry."""

from tests.slack_server.methods import access, chat, conversations, messages, registry, users, views

__all__ = ["access", "chat", "conversations", "messages", "registry", "users", "views"]
