"""Providers send: feeds, deliveries, quarantine and waiting lines."""
