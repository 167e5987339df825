//! A strategy's name, or a file that is one.

use std::collections::BTreeMap;
use std::io::Read;
use workstation::Error;
use workstation::scripts::{SCRIPT, SOURCE, SOURCE_BYTES_MAX};

const ENDING: &str = ".star";

/// The strategy a person named: `FILE.star` is a script, and its text becomes a parameter.
pub fn strategy(named: String, params: &mut BTreeMap<String, String>) -> Result<String, Error> {
    if !named.ends_with(ENDING) {
        return Ok(named);
    }
    let cannot = |error: std::io::Error| Error::usage("cannot_read", format!("{named}: {error}"));
    let mut source = String::new();
    let file = std::fs::File::open(&named).map_err(cannot)?;
    file.take(SOURCE_BYTES_MAX as u64 + 1).read_to_string(&mut source).map_err(cannot)?;
    params.insert(SOURCE.to_owned(), source);
    Ok(SCRIPT.to_owned())
}
