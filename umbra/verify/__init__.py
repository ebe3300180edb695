"""The proof from the topics: a second reading of DESIGN's rules, which shares nothing with the workers'."""
