//! What can others ask over HTTP?
