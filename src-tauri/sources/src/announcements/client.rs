//! Asking the help centre, page by page.

use super::parse::{self, Page};
use super::{NAME, SITE};
use crate::error::SourceError;
use crate::reading::read;
use domain::Timestamp;
use ledgers::{Collected, Fingerprint, Rejected, shape_of};
use omc_http::{Base, Client, Get, Lane, base_url};
use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The category of announcements.
const CATEGORY: &str = "115000579994";
const PAGE_SIZE: &str = "30";
/// Pages of one run: the first run reads as far, later ones until they meet what they know.
pub const PAGES_MAX: usize = 4;
const DEADLINE: Duration = Duration::from_secs(15);
const BYTES_MAX: usize = 4 << 20;
const ATTEMPTS_MAX: u32 = 3;

/// The help centre.
#[derive(Debug, Clone)]
pub struct HelpCentre {
    http: Arc<Client>,
    base: Base,
    /// What the last whole run saw; it only saves requests, nothing is left out because of it.
    known: Arc<Mutex<BTreeSet<[u8; 32]>>>,
}

impl HelpCentre {
    pub fn new(http: Arc<Client>, url: Option<&str>) -> Result<Self, SourceError> {
        Ok(Self { http, base: base_url(url, SITE)?, known: Arc::default() })
    }

    /// The articles edited last, as far back as anything is new. A page that fails after the first costs the older
    /// articles, and the next run asks for them again.
    pub async fn articles(&self, now: Timestamp) -> Result<Collected, SourceError> {
        let mut page = self.page(None, now).await?;
        let (mut collected, mut ids) = (Collected::default(), HashSet::new());
        let mut cursors: Vec<String> = Vec::new();
        let mut whole = true;
        let mut fields = Vec::new();
        loop {
            let is_new = !self.is_any_known(&page);
            // An article edited while we read moves down to the next page.
            page.observations.retain(|article| ids.insert(article.key.clone()));
            collected.observations.append(&mut page.observations);
            collected.rejected.append(&mut page.rejected);
            fields.append(&mut page.fields);
            let Some(next) = page.next.filter(|next| is_new && !cursors.contains(next)) else { break };
            if cursors.len() + 1 >= PAGES_MAX {
                break;
            }
            page = match self.page(Some(&next), now).await {
                Ok(page) => page,
                Err(error) => {
                    collected.rejected.push(Rejected::new("older articles", error.code(), error));
                    whole = false;
                    break;
                }
            };
            cursors.push(next);
        }
        if collected.observations.is_empty() {
            return Err(SourceError::nothing_left(NAME, &collected.rejected, "articles"));
        }
        let content: Vec<[u8; 32]> = collected.observations.iter().map(|found| found.fingerprint().bytes()).collect();
        if whole {
            *self.known.lock().unwrap_or_else(PoisonError::into_inner) = content.iter().copied().collect();
        }
        collected.fingerprint = Some(Fingerprint::of(content));
        collected.shape = Some(shape_of(fields));
        Ok(collected)
    }

    fn is_any_known(&self, page: &Page) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        page.observations.iter().any(|article| known.contains(&article.fingerprint().bytes()))
    }

    async fn page(&self, after: Option<&str>, now: Timestamp) -> Result<Page, SourceError> {
        let path = ["api", "v2", "help_center", "en-us", "categories", CATEGORY, "articles.json"];
        let mut query = vec![("sort_by", "edited_at"), ("sort_order", "desc"), ("page[size]", PAGE_SIZE)];
        // The cursor is put into our own address: a link in a reply is never followed.
        query.extend(after.map(|after| ("page[after]", after)));
        let get = Get::json(self.base.url(&path, &query), Lane::Background)
            .deadline(DEADLINE)
            .bytes_max(BYTES_MAX)
            .attempts_max(ATTEMPTS_MAX);
        let get = if after.is_none() { get.conditional() } else { get };
        read(&self.http, &get, |body| parse::parse(body, now)).await
    }
}
