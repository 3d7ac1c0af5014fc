from outbox.conftest import anna, company, database_url, house, migrated_postgres, new_account

__all__ = ["anna", "company", "database_url", "house", "migrated_postgres", "new_account"]
