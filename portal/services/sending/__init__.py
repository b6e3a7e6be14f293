"""Sending: addressing, deliveries, letters, accounts and workers."""
