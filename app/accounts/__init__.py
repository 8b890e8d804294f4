"""Patients' own accounts: what each says of its person, and which are held until it is decided whose they are."""
