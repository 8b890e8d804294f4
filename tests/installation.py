"""Settings of installations that tests start."""

from pathlib import Path

from app.settings import Settings


def demo_settings(database_url: str, home: Path) -> Settings:
    """Of a demonstration whose files lie in `home`."""
    env = {"ENVIRONMENT": "demo", "DEMO_HOME": str(home), "DATABASE_URL": database_url}
    return Settings.from_env(env)
