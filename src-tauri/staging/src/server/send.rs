//! Sending a reply: whole, or in one of the ways that go wrong.

use crate::faults::Fault;
use crate::wire::http::{Reply, Wanted};
use flate2::{Compress, Compression, Crc, FlushCompress};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const BLOCK: usize = 64 * 1024;
/// How long a client may take to accept a block, and the longest stall.
const PATIENCE: Duration = Duration::from_secs(600);
/// For bytes to reach the client before the reset that would overtake them.
const SETTLE: Duration = Duration::from_millis(20);

/// Waits; whether the client is still there.
pub(super) async fn wait(stream: &mut TcpStream, time: Duration) -> bool {
    if time.is_zero() {
        return true;
    }
    let mut probe = [0u8; 1];
    let gone = async {
        loop {
            match stream.peek(&mut probe).await {
                Ok(0) | Err(_) => return,
                // A pipelined request: it waits its turn.
                Ok(_) => tokio::time::sleep(time).await,
            }
        }
    };
    timeout(time, gone).await.is_err()
}

/// Sends a reply as it should be; whether the connection stays open.
pub(super) async fn whole(stream: &mut TcpStream, reply: &Reply, wanted: &Wanted, now_ms: i64) -> bool {
    let mut bytes = reply.head(now_ms, wanted.keep_alive, Some(reply.body.len() as u64));
    if !wanted.head_only {
        bytes.extend_from_slice(&reply.body);
    }
    write(stream, &bytes).await && wanted.keep_alive
}

/// Refuses what couldn't be read, reading on for a moment so that the refusal isn't lost in a reset.
pub(super) async fn refuse(stream: &mut TcpStream, reply: &Reply, now_ms: i64) {
    write(stream, &reply.head(now_ms, false, Some(0))).await;
    if stream.shutdown().await.is_ok() {
        let mut sink = [0u8; 4096];
        let drain = async { while stream.read(&mut sink).await.is_ok_and(|read| read > 0) {} };
        // The client has had its time either way.
        let _ = timeout(Duration::from_secs(1), drain).await;
    }
}

/// Sends a reply in the way a fault wants; whether the connection stays open.
pub(super) async fn bent(stream: &mut TcpStream, reply: &Reply, fault: &Fault, wanted: &Wanted, now_ms: i64) -> bool {
    let length = reply.body.len() as u64;
    let head = || reply.head(now_ms, wanted.keep_alive, Some(length));
    let first = |bytes: u64| reply.body.get(..usize::try_from(bytes.min(length)).unwrap_or(0)).unwrap_or_default();
    match fault {
        Fault::Stall {} => {
            let mut sink = [0u8; 4096];
            let hold = async { while stream.read(&mut sink).await.is_ok_and(|read| read > 0) {} };
            // Ends when the client gives up; the bound is for clients that never do.
            let _ = timeout(PATIENCE, hold).await;
            false
        }
        Fault::Drip { bytes, every_ms } => {
            let whole = [head(), reply.body.clone()].concat();
            drip(stream, &whole, *bytes as usize, Duration::from_millis(*every_ms)).await && wanted.keep_alive
        }
        Fault::Reset { after_body_bytes } => {
            if let Some(bytes) = after_body_bytes {
                write(stream, &[&head(), first(*bytes)].concat()).await;
                tokio::time::sleep(SETTLE).await;
            }
            // Without linger the close is a reset; a socket that refuses the option closes in the ordinary way.
            let _ = stream.set_zero_linger();
            false
        }
        Fault::Truncate { body_bytes } => {
            write(stream, &[&head(), first(body_bytes.unwrap_or(length / 2))].concat()).await;
            false
        }
        Fault::Huge { bytes, chunked } => huge(stream, reply, *bytes, *chunked, now_ms).await,
        Fault::ZipBomb { bytes } => zip_bomb(stream, reply, *bytes, now_ms).await,
        Fault::Raw { text } => {
            write(stream, text.as_bytes()).await;
            false
        }
        _ => whole(stream, reply, wanted, now_ms).await,
    }
}

async fn write(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    for block in bytes.chunks(BLOCK) {
        if !matches!(timeout(PATIENCE, stream.write_all(block)).await, Ok(Ok(()))) {
            return false;
        }
    }
    true
}

async fn drip(stream: &mut TcpStream, bytes: &[u8], at_once: usize, every: Duration) -> bool {
    for (turn, drop) in bytes.chunks(at_once.max(1)).enumerate() {
        if turn > 0 && !wait(stream, every).await {
            return false;
        }
        if !write(stream, drop).await {
            return false;
        }
    }
    true
}

async fn huge(stream: &mut TcpStream, reply: &Reply, bytes: u64, chunked: bool, now_ms: i64) -> bool {
    let blank = vec![b' '; BLOCK];
    if !write(stream, &reply.head(now_ms, false, (!chunked).then_some(bytes))).await {
        return false;
    }
    let mut left = bytes;
    while left > 0 {
        let size = left.min(BLOCK as u64);
        let block = blank.get(..usize::try_from(size).unwrap_or(BLOCK)).unwrap_or(&blank);
        let framed = chunked.then(|| [format!("{size:x}\r\n").as_bytes(), block, b"\r\n"].concat());
        if !write(stream, framed.as_deref().unwrap_or(block)).await {
            return false;
        }
        left -= size;
    }
    if chunked {
        write(stream, b"0\r\n\r\n").await;
    }
    false
}

/// Gzip of so many blanks, without packing them: one packed mebibyte is repeated, for blocks that end with a full flush
/// can stand after one another.
async fn zip_bomb(stream: &mut TcpStream, reply: &Reply, bytes: u64, now_ms: i64) -> bool {
    const MEBIBYTE: u64 = 1 << 20;
    let Some(piece) = packed_blanks(MEBIBYTE, FlushCompress::Full) else { return false };
    let Some(end) = packed_blanks(bytes % MEBIBYTE, FlushCompress::Finish) else { return false };
    let (mut sum, mut piece_sum) = (Crc::new(), Crc::new());
    piece_sum.update(&vec![b' '; MEBIBYTE as usize]);
    let mut packed = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];
    for _ in 0..bytes / MEBIBYTE {
        packed.extend_from_slice(&piece);
        sum.combine(&piece_sum);
    }
    packed.extend_from_slice(&end);
    let mut end_sum = Crc::new();
    end_sum.update(&vec![b' '; (bytes % MEBIBYTE) as usize]);
    sum.combine(&end_sum);
    packed.extend_from_slice(&sum.sum().to_le_bytes());
    packed.extend_from_slice(&((bytes & 0xFFFF_FFFF) as u32).to_le_bytes());
    let reply = reply.clone().with_header("Content-Encoding", "gzip".into());
    let head = reply.head(now_ms, false, Some(packed.len() as u64));
    write(stream, &[head, packed].concat()).await;
    false
}

fn packed_blanks(bytes: u64, flush: FlushCompress) -> Option<Vec<u8>> {
    let blanks = vec![b' '; usize::try_from(bytes).ok()?];
    let mut packer = Compress::new(Compression::best(), false);
    let mut packed = Vec::with_capacity(64 * 1024);
    packer.compress_vec(&blanks, &mut packed, flush).ok()?;
    (packer.total_in() == bytes).then_some(packed)
}
