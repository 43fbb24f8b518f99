"""What changed between two OpenAPI documents, and whom it breaks. Pure: documents in, changes out."""
