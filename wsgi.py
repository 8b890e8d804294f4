"""The site, for the server: `granian --interface wsgi wsgi:app`."""

import sys

from app import create_app
from app.errors import NotReady
from app.settings import Settings

try:
    app = create_app(Settings.from_env())
except NotReady as error:
    sys.exit(f"Tributary does not start: {error}")
