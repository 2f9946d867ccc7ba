"""Labels by people, from a file of annotations."""
