//! Who writes our log, and whom do we follow?
