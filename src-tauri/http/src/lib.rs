//! The one way out: deadlines, byte caps, backoff, breaker, rate lanes.
