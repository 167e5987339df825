//! Sessions as whoever does the I/O drives them, with tools that answer from a table.

mod bounds;
mod canary;
mod goals;
mod journeys;
mod orders;
mod tools;
mod world;
