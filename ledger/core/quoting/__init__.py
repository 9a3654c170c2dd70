"""Quotations and the texts they stand in: W3C selectors, made and found again."""
