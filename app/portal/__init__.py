"""Patients add home readings, see their record, and see who has looked at it."""
