//! The one API of the window and the command line: wiring, commands, events, DTOs.

pub mod dto;
pub mod import;
