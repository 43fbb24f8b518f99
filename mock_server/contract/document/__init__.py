"""An OpenAPI document as it was written: its files, its lines, its references."""
