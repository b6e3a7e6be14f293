"""Awkward people and newsletters: names, addresses and texts that mails have been broken by, and many languages."""
