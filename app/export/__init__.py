"""Planners pull rows that name no one: opt-outs first, then an allow-list, pseudonyms, a gate, a second person."""
