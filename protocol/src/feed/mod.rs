//! What does an author write into a feed, and what does a reader check?
