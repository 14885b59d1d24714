//! Receives, verifies, keeps and forwards: what `listen` does with each request.
