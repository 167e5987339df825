//! CryptoPanic: headlines of many outlets, gathered by a service that wants a token.
//!
//! The key is the post's number; the lowest plan leaves it out, then its link or its words stand in. It happened, and was
//! published, when the service says. The outlet named is the one that wrote it, the link its own page where the plan tells
//! it. The token goes into the query and nowhere else: the `next` of a reply, which repeats it, is never read, and words of
//! a refusal are freed of it. Plans have a monthly allowance, the lowest one in the low hundreds: how long to wait between
//! two requests can be set, and a run in between says what the last reply said. Left out: votes, scores, the service's
//! opinion of which coins a post is about, older pages.

mod client;
mod parse;
mod source;

use ledgers::{Ledger, Setting, SettingKind, SourceInfo};
use std::time::Duration;

pub use source::open;

/// The service as a source.
pub const INFO: SourceInfo =
    SourceInfo { name: "cryptopanic", ledger: Ledger::Human, cadence: Duration::from_secs(300) };
/// Who gathers the headlines; the outlets are named beside each.
pub const NAME: &str = "CryptoPanic";
/// Where it is documented to live.
pub const SITE: &str = "https://cryptopanic.com";

/// The secret without which nothing is asked.
const TOKEN: &str = "cryptopanic_token";
const PLAN: &str = "plan";
const PLANS: &[&str] = &["developer", "growth", "enterprise"];
const MINUTES: &str = "minutes";
const MINUTES_MIN: u32 = 5;
const MINUTES_MAX: u32 = 1440;

/// What a person sets for it.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: TOKEN,
        label: "API token",
        help: "Shown at https://cryptopanic.com/developers/api/keys after signing in.",
        kind: SettingKind::Secret,
        required: true,
        default: "",
    },
    Setting {
        name: PLAN,
        label: "Plan",
        help: "The plan the token belongs to.",
        kind: SettingKind::Choice { of: PLANS },
        required: false,
        default: "developer",
    },
    Setting {
        name: MINUTES,
        label: "Minutes between two requests",
        help: "A plan's monthly allowance is shown in the account; the lowest plan's is used up within days at 5 minutes.",
        kind: SettingKind::Whole { min: MINUTES_MIN, max: MINUTES_MAX },
        required: false,
        default: "5",
    },
];
