"""Newsletters: writing, previewing and publishing."""
