"""Health data: what a resource says, and how many sources' statements become one record.

The FHIR library installs a package of the same name; both are importable from the repository root.
"""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)
