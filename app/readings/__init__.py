"""What home readings mean: averages by a named rule, and their picture. Pure."""
