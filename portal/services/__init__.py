"""Services: what people do; plain functions that flush and never commit."""
