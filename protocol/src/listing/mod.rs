//! What does a listing say, and when is it sound?
