//! What a script's process and this one say to each other: a length, then so many bytes.

use research::script::{Answer, Bar, ScriptError, Standing, Summary};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};

/// The one argument of a process that computes a script.
pub const CHILD_ARGUMENT: &str = "script-child";
/// No message is longer; a script is at most 32 KiB.
const BYTES_MAX: usize = 1 << 20;
const LENGTH_BYTES: usize = 4;

/// From here to the script.
#[derive(Debug, Serialize, serde::Deserialize)]
pub(super) enum Ask {
    /// Read this script with these parameters set; once, first.
    Read { source: String, set: BTreeMap<String, String> },
    /// The next closed candle.
    Candle(Bar, Standing),
}

/// The answer to each.
#[derive(Debug, Serialize, serde::Deserialize)]
pub(super) enum Reply {
    Ready(Summary),
    Said(Vec<Answer>),
    Failed(ScriptError),
}

pub(super) fn write(out: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    // One write, its length in front: the other side wakes once.
    let mut whole = postcard::to_extend(message, vec![0; LENGTH_BYTES]).map_err(io::Error::other)?;
    let length = whole.len().saturating_sub(LENGTH_BYTES);
    let length = u32::try_from(length).ok().filter(|length| *length as usize <= BYTES_MAX);
    let length = length.ok_or_else(|| io::Error::other("the message is too long"))?;
    for (place, byte) in whole.iter_mut().zip(length.to_le_bytes()) {
        *place = byte;
    }
    out.write_all(&whole)?;
    out.flush()
}

/// The next message; none when the other side is gone.
pub(super) fn read<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; LENGTH_BYTES];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > BYTES_MAX {
        return Err(io::Error::other("the message is too long"));
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    postcard::from_bytes(&bytes).map(Some).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_and_a_cut_or_a_huge_one_is_an_error() {
        let mut bytes = Vec::new();
        write(&mut bytes, &Ask::Read { source: "x".into(), set: BTreeMap::new() }).unwrap();
        assert!(matches!(read(&mut bytes.as_slice()), Ok(Some(Ask::Read { source, .. })) if source == "x"));
        assert!(matches!(read::<Ask>(&mut [].as_slice()), Ok(None)));
        assert!(read::<Ask>(&mut &bytes[..bytes.len() - 1]).is_err());
        assert!(read::<Ask>(&mut [255, 255, 255, 255, 0].as_slice()).is_err());
        assert!(read::<Ask>(&mut [1, 0, 0, 0, 9].as_slice()).is_err());
    }
}
