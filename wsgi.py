"""The site, for the server: `granian --interface wsgi wsgi:app`."""

import sys

from app import create_app, serving
from app.errors import NotReady
from app.settings import Settings

try:
    settings = Settings.from_env()
    app = create_app(settings)
    if not serving.is_command():
        serving.refuse_unready(app.extensions["engine"], settings)
except NotReady as error:
    sys.exit(f"Tributary does not start: {error}")
