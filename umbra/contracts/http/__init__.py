"""What the API answers with: one module per noun, shared by the API, the client and the command line."""
