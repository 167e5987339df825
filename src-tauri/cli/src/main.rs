//! omc: the workstation on a command line.
fn main() {}
