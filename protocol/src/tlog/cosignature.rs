//! What does a witness sign, and when did it?
