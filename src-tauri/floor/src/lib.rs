//! The order path: proposals, limits, approval, the order machine and the Venue port; pure.
