"""Who may do what: users, permissions, grants, sessions and signing in."""
