//! What the swarm has found, each by the smallest system that shows it.
