"""Labelled data sets in others' formats: read as reviews, written from reviews."""
