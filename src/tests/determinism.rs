//! Same seed, same bytes.
