//! One binary for all integration tests: build time is a feature.
