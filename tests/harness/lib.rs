//! What all integration tests share.
