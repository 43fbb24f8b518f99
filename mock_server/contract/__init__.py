"""An OpenAPI document as frozen, compiled objects."""
