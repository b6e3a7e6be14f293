"""People: joins, sign-in, members, memberships, consents and segments."""
