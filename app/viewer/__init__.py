"""Clinicians read the record on one page."""
