//! Reddit: what is posted in the forums about crypto, asked for as an application of the trader's own.
//!
//! The key is the post's id. It happened, and was published, when it was created; its title cannot be edited. Reddit's terms
//! restrict what may be kept: the title, the score and the count of comments are, the text is not. Stickied posts, those for
//! adults and removed ones are named and left out; of a deleted author nothing is kept. An access token is asked for with
//! the application's id and secret, kept in memory until five minutes before its end, and asked for once more when it is
//! refused. One forum that is closed or gone costs itself. Left out: comments, votes over time, older pages.

mod client;
mod parse;
mod source;
mod token;

use ledgers::{Ledger, Setting, SettingKind, SourceInfo};
use std::time::Duration;

pub use source::open;

/// The forums as a source.
pub const INFO: SourceInfo = SourceInfo { name: "reddit", ledger: Ledger::Human, cadence: Duration::from_secs(900) };
/// Whose forums they are.
pub const NAME: &str = "Reddit";
/// Where listings are documented to live.
pub const SITE: &str = "https://oauth.reddit.com";
/// Where access tokens are asked for.
const TOKENS: &str = "https://www.reddit.com";

const CLIENT_ID: &str = "reddit_client_id";
const CLIENT_SECRET: &str = "reddit_client_secret";
const SUBREDDITS: &str = "subreddits";
const SUBREDDITS_DEFAULT: &str = "CryptoCurrency,Bitcoin,ethereum,CryptoMarkets,altcoin";
const SUBREDDITS_CHARS_MAX: usize = 240;
const ACCOUNT: &str = "account";
const ACCOUNT_CHARS_MAX: usize = 20;

/// What a person sets for it.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: CLIENT_ID,
        label: "Application id",
        help: "Of an application of the kind `script` at https://www.reddit.com/prefs/apps: the text under its name.",
        kind: SettingKind::Secret,
        required: true,
        default: "",
    },
    Setting {
        name: CLIENT_SECRET,
        label: "Application secret",
        help: "Shown on the same page.",
        kind: SettingKind::Secret,
        required: true,
        default: "",
    },
    Setting {
        name: SUBREDDITS,
        label: "Forums",
        help: "At most ten names without `r/`, joined by commas.",
        kind: SettingKind::Text { chars_max: SUBREDDITS_CHARS_MAX },
        required: false,
        default: SUBREDDITS_DEFAULT,
    },
    Setting {
        name: ACCOUNT,
        label: "Your account's name",
        help: "Reddit wants to know who asks, and answers slowly to those who do not say. It is sent to Reddit only.",
        kind: SettingKind::Text { chars_max: ACCOUNT_CHARS_MAX },
        required: false,
        default: "",
    },
];
