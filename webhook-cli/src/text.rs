//! Text from strangers, made harmless for a terminal, and secrets, made unreadable.
