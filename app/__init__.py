"""People, permission, storage and pages."""
