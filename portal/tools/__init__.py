"""Tools: addresses, mail, forms, rendering and text; they know no domain verb."""
