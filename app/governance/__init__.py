"""Those who look after the record: uses of data, their public register, and pages for everyone."""
