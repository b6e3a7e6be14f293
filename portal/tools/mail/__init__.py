"""Mail as bytes: addresses, messages, the wire, the outbox; knows nothing of newsletters or members."""
