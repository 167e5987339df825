//! Earlier replies, kept so that a host need not send them again. Bounded; the least recently used go first.

use std::collections::HashMap;
use std::sync::Arc;

const ENTRIES_MAX: usize = 64;
const BYTES_MAX: usize = 32 << 20;

/// An earlier reply and what to ask with.
#[derive(Debug, Clone)]
pub struct Kept {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub content_type: Option<String>,
    pub body: Arc<[u8]>,
}

#[derive(Debug, Default)]
pub struct Cache {
    entries: HashMap<String, (u64, Kept)>,
    bytes: usize,
    turn: u64,
}

impl Cache {
    pub fn get(&mut self, key: &str) -> Option<Kept> {
        self.turn += 1;
        let (used, kept) = self.entries.get_mut(key)?;
        *used = self.turn;
        Some(kept.clone())
    }

    /// Keeps a reply, when it has something to ask with and is not most of the cache.
    pub fn put(&mut self, key: &str, kept: Kept) {
        self.forget(key);
        let size = kept.body.len();
        if (kept.etag.is_none() && kept.last_modified.is_none()) || size > BYTES_MAX / 4 {
            return;
        }
        while self.entries.len() >= ENTRIES_MAX || self.bytes + size > BYTES_MAX {
            let Some(oldest) = self.entries.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| key.clone())
            else {
                break;
            };
            self.forget(&oldest);
        }
        self.turn += 1;
        self.bytes += size;
        self.entries.insert(key.to_owned(), (self.turn, kept));
    }

    pub fn forget(&mut self, key: &str) {
        if let Some((_, kept)) = self.entries.remove(key) {
            self.bytes = self.bytes.saturating_sub(kept.body.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(size: usize) -> Kept {
        Kept { etag: Some("\"1\"".into()), last_modified: None, content_type: None, body: vec![0; size].into() }
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut cache = Cache::default();
        for n in 0..ENTRIES_MAX {
            cache.put(&n.to_string(), kept(1));
        }
        assert!(cache.get("0").is_some());
        cache.put("new", kept(1));
        assert!(cache.get("0").is_some() && cache.get("new").is_some());
        assert!(cache.get("1").is_none());
        assert_eq!(cache.entries.len(), ENTRIES_MAX);
    }

    #[test]
    fn it_never_holds_more_than_its_bytes() {
        let mut cache = Cache::default();
        for n in 0..20 {
            cache.put(&n.to_string(), kept(BYTES_MAX / 5));
            cache.put(&n.to_string(), kept(BYTES_MAX / 5));
            assert!(cache.bytes <= BYTES_MAX);
        }
        assert_eq!(cache.entries.len(), 5);
        cache.put("huge", kept(BYTES_MAX));
        assert!(cache.get("huge").is_none());
    }

    #[test]
    fn a_reply_without_anything_to_ask_with_is_not_kept() {
        let mut cache = Cache::default();
        cache.put("a", Kept { etag: None, ..kept(1) });
        assert!(cache.get("a").is_none());
    }
}
