"""Who is who: source patients, patients, and the dated links between them."""
