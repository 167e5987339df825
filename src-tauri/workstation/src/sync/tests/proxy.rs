//! A connection that fails when it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How the next connection fails.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// The n-th COMMIT reaches the server, and nobody hears that it was done.
    CommitUnheard(usize),
    /// Nothing passes any more after so many bytes of either side.
    CutAfter(usize),
}

pub struct Proxy {
    port: u16,
    fault: Arc<Mutex<Option<Fault>>>,
    faults: Arc<AtomicUsize>,
}

impl Proxy {
    pub async fn new(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (fault, faults) = (Arc::new(Mutex::new(None)), Arc::new(AtomicUsize::new(0)));
        let (now, happened) = (Arc::clone(&fault), Arc::clone(&faults));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let fault: Option<Fault> = *now.lock().unwrap();
                let happened = Arc::clone(&happened);
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { return };
                    if pass(client, server, fault).await {
                        happened.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        Self { port, fault, faults }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// From the next connection on.
    pub fn set(&self, fault: Option<Fault>) {
        *self.fault.lock().unwrap() = fault;
    }

    /// How many happened.
    pub fn faults(&self) -> usize {
        self.faults.load(Ordering::SeqCst)
    }
}

/// Passes bytes both ways until either side ends or the fault happens; whether it did.
async fn pass(mut client: TcpStream, mut server: TcpStream, fault: Option<Fault>) -> bool {
    let (mut up, mut down) = (vec![0; 16_384], vec![0; 16_384]);
    let (mut passed, mut commits, mut unheard) = (0, 0, false);
    loop {
        let left = match fault {
            Some(Fault::CutAfter(bytes)) if passed >= bytes => return true,
            Some(Fault::CutAfter(bytes)) => bytes - passed,
            _ => usize::MAX,
        };
        tokio::select! {
            read = client.read(&mut up) => {
                let read = read.unwrap_or(0);
                if read == 0 {
                    return false;
                }
                let sent = &up[..read.min(left)];
                commits += sent.windows(7).filter(|part| part == b"COMMIT\0").count();
                unheard |= matches!(fault, Some(Fault::CommitUnheard(nth)) if commits >= nth);
                if server.write_all(sent).await.is_err() {
                    return false;
                }
                passed += sent.len();
            }
            read = server.read(&mut down) => {
                let read = read.unwrap_or(0);
                // The server did it: its answer is what gets lost.
                if read == 0 || unheard {
                    return unheard;
                }
                let sent = &down[..read.min(left)];
                if client.write_all(sent).await.is_err() {
                    return false;
                }
                passed += sent.len();
            }
        }
    }
}
