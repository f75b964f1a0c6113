//! How is a log hashed, signed, proven and served?
