//! Tokens as GitHub makes them, and as others would, against an issuer of a few lines.
//!
//! Never sleeps: the time of day is the test's, and where an issuer falls silent, timers run as fast as they can.

mod issuer;
mod judged;
mod keys;
mod signing;
