"""The parts of a sending drill: a mail server with a ledger, the processes that are killed, and the reckoning."""
