//! What time is it, and what chance did the machine give us?
