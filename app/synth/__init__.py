"""Invented people of an invented place, written as the feeds of twelve providers that do not quite agree."""
