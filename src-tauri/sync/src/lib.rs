//! The journal and the observations to and from the trader's own Postgres.
