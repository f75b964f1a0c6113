//! How many witnesses are enough?
