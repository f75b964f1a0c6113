//! Many nodes in one process, on a clock, network and disk that a test turns by hand.
