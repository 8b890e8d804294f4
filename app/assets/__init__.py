"""What the browser needs from others (htmx, the NHS look): fetched once by its lock file, never committed."""
