"""Labellers by kind: fixed rules, and whatever else can label a corpus."""
