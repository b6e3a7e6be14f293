"""Exchange: what comes in and goes out: imports, exports and the demo."""
