//! Asking Reddit, forum by forum.

use super::token::{Application, Tokens};
use super::{
    ACCOUNT, ACCOUNT_CHARS_MAX, CLIENT_ID, CLIENT_SECRET, INFO, NAME, SITE, SUBREDDITS, SUBREDDITS_DEFAULT, parse,
};
use crate::error::SourceError;
use crate::reading::{read, said};
use crate::round::Round;
use domain::Timestamp;
use ledgers::{Secret, Settings};
use omc_http::{Base, Client, Get, HttpError, Lane, base_url};
use std::sync::Arc;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(10);
const BYTES_MAX: usize = 4 << 20;
const ATTEMPTS_MAX: u32 = 3;
/// Posts of one listing: more than a busy forum has in a quarter of an hour.
const POSTS: &str = "50";
const FORUMS_MAX: usize = 10;
const FORUM_CHARS_MAX: usize = 21;

/// Reddit.
pub struct Reddit {
    http: Arc<Client>,
    base: Base,
    tokens: Tokens,
    settings: Arc<dyn Settings>,
}

impl Reddit {
    pub fn new(http: Arc<Client>, url: Option<&str>, settings: Arc<dyn Settings>) -> Result<Self, SourceError> {
        let tokens = Tokens::new(Arc::clone(&http), url)?;
        Ok(Self { http, base: base_url(url, SITE)?, tokens, settings })
    }

    /// The application to ask as, or what to do about it.
    pub fn application(&self) -> Result<Application, String> {
        let set = |name: &str| self.settings.secret(name).filter(|secret: &Secret| !secret.reveal().trim().is_empty());
        let (Some(id), Some(secret)) = (set(CLIENT_ID), set(CLIENT_SECRET)) else {
            return Err(format!(
                "{NAME} answers only applications: make one of the kind `script` at https://www.reddit.com/prefs/apps, \
                 then run `omc secrets set {CLIENT_ID}` and `omc secrets set {CLIENT_SECRET}`"
            ));
        };
        self.forums()?;
        Ok(Application { id, secret })
    }

    /// The forums to read, or what is wrong with them.
    fn forums(&self) -> Result<Vec<String>, String> {
        let set = self.settings.value(INFO.name, SUBREDDITS).filter(|text| !text.trim().is_empty());
        let list = set.unwrap_or_else(|| SUBREDDITS_DEFAULT.to_owned());
        let names: Vec<&str> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        let is_name = |name: &&str| {
            name.len() <= FORUM_CHARS_MAX && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if names.is_empty() || names.len() > FORUMS_MAX || !names.iter().all(is_name) {
            return Err(format!(
                "the forums set for {NAME} are not at most {FORUMS_MAX} names of letters, digits and '_', joined by \
                 commas: use `omc sources set {} {SUBREDDITS}={SUBREDDITS_DEFAULT}`",
                INFO.name
            ));
        }
        Ok(names.into_iter().map(str::to_owned).collect())
    }

    /// Who asks, as Reddit wants it said: platform, application, version, account.
    fn agent(&self) -> String {
        let is_name = |name: &String| {
            (1..=ACCOUNT_CHARS_MAX).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        };
        let account = self.settings.value(INFO.name, ACCOUNT).map(|text| text.trim().to_owned()).filter(is_name);
        let by = account.map(|name| format!(" (by /u/{name})")).unwrap_or_default();
        format!("{}:au.ohmycoins.desktop:v{}{by}", std::env::consts::OS, env!("CARGO_PKG_VERSION"))
    }

    /// The newest posts of every forum. One that fails costs itself.
    pub async fn posts(&self, now: Timestamp) -> Result<ledgers::Collected, SourceError> {
        let configured = |message| SourceError::NotConfigured { message };
        let application = self.application().map_err(configured)?;
        let (forums, agent) = (self.forums().map_err(configured)?, self.agent());
        let mut round = Round::begin();
        let mut may_renew = true;
        for forum in &forums {
            if !round.goes_on() {
                continue;
            }
            let mut answer = self.listing(forum, &application, &agent, now).await;
            if may_renew && is_unauthorised(&answer) {
                may_renew = false;
                self.tokens.drop_kept();
                answer = self.listing(forum, &application, &agent, now).await;
            }
            match answer {
                Ok((found, fields)) => round.answered(found, &fields),
                // In words, so that one closed forum is not taken for a host that refuses us.
                Err(error) => round.failed(&format!("r/{forum}"), said(NAME, error, &["message", "reason"])),
            }
        }
        round.finish()
    }

    async fn listing(
        &self,
        forum: &str,
        application: &Application,
        agent: &str,
        now: Timestamp,
    ) -> Result<parse::Listing, SourceError> {
        let token = self.tokens.get(application, agent, now).await?;
        let url = self.base.url(&["r", forum, "new"], &[("limit", POSTS), ("raw_json", "1")]);
        let get = Get::json(url, Lane::Background)
            .deadline(DEADLINE)
            .bytes_max(BYTES_MAX)
            .attempts_max(ATTEMPTS_MAX)
            .header("authorization", &format!("bearer {}", token.reveal()))
            .header("user-agent", agent);
        read(&self.http, &get, |body| parse::parse(body, now)).await
    }
}

fn is_unauthorised(answer: &Result<parse::Listing, SourceError>) -> bool {
    matches!(answer, Err(SourceError::Http(HttpError::HttpStatus { status: 401, .. })))
}
