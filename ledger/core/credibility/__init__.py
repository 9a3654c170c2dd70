"""Which sources can be believed, learned from a record of who says what. Pure; nothing here is loaded until it is asked for."""
