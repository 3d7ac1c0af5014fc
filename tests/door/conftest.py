"""The servers of the other tests of the schema, and machines that audit them."""

from api.conftest import acme, authorities, doorbell, draft, mail, server, settings, shared_database

__all__ = ["acme", "authorities", "doorbell", "draft", "mail", "server", "settings", "shared_database"]
