//! What people post: the outlets' headlines gathered in one place, and forums in which everybody has an opinion.

use super::path::draw;
use super::{Moment, Outlet, Story};

/// Headlines a gathering service tells of.
pub const GATHERED: usize = 20;
/// Posts of one listing of a forum, at most.
pub const POSTS: usize = 25;
/// A forum has a new post about this often.
const POST_MS: i64 = 7 * 60_000;
const FORUM_KEY: u64 = 0x464F_5255;

/// A headline gathered from an outlet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    /// Its number at the service.
    pub id: u64,
    /// Who wrote it.
    pub outlet: Outlet,
    /// What they wrote.
    pub story: Story,
}

/// A post in a forum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its id: letters and digits.
    pub id: String,
    /// Plain text.
    pub title: String,
    /// Who wrote it.
    pub author: &'static str,
    /// When.
    pub created_ms: i64,
    /// Votes by now.
    pub score: i64,
    /// Comments by now.
    pub comments: u64,
}

const AUTHORS: [&str; 6] =
    ["hodl_harriet", "bluegum_miner", "satoshis_aunt", "null_island", "wombat_trader", "feefighter"];
const TITLES: [&str; 10] = [
    "Is {name} about to break out, or is it just me?",
    "I sold all my {ticker}. Change my mind",
    "{name} fees are getting out of hand",
    "Finally a bullish week for {ticker}",
    "What would make you sell your {ticker}?",
    "{name} crash incoming? Look at the volume",
    "Beginner here: how do I keep {ticker} safe",
    "Why nobody talks about {name} any more",
    "{ticker} at 2x by Christmas, calling it now",
    "Exchange withdrew {ticker} support, what now?",
];

impl Moment<'_> {
    /// The newest headlines of all outlets, newest first.
    pub fn gathered(&self) -> Vec<Gathered> {
        let of = |(place, outlet): (usize, Outlet)| {
            let gather = move |story: Story| Gathered { id: story.number * 8 + place as u64, outlet, story };
            self.stories(outlet).into_iter().map(gather)
        };
        let mut all: Vec<Gathered> = Outlet::ALL.into_iter().enumerate().flat_map(of).collect();
        all.sort_by_key(|found| (std::cmp::Reverse(found.story.published_ms), found.id));
        all.truncate(GATHERED);
        all
    }

    /// The newest posts of a forum, newest first.
    pub fn posts(&self, forum: &str) -> Vec<Post> {
        let key = forum.bytes().fold(self.world.seed ^ FORUM_KEY, |key, byte| draw(key, u64::from(byte), 1));
        let newest = self.time_ms / POST_MS;
        let numbers = ((newest - POSTS as i64).max(0)..=newest).rev();
        let all = numbers.map(|number| self.post(key, number));
        all.filter(|post| post.created_ms <= self.time_ms).take(POSTS).collect()
    }

    fn post(&self, key: u64, number: i64) -> Post {
        let bits = draw(key, 1, number.unsigned_abs());
        let created_ms = number * POST_MS + (bits % POST_MS.unsigned_abs()) as i64 / 1000 * 1000;
        let pick =
            |names: &[&'static str], bits: u64| names.get(bits as usize % names.len()).copied().unwrap_or_default();
        let coins = self.world.coins();
        let coin = coins.get((bits >> 20) as usize % coins.len().clamp(1, 14));
        let (name, ticker) = coin.map_or(("crypto", "coins"), |coin| (coin.name.as_str(), coin.ticker.as_str()));
        let age_minutes = (self.time_ms - created_ms) / 60_000;
        Post {
            id: format!("{:x}", draw(key, 2, number.unsigned_abs()) >> 28),
            title: pick(&TITLES, bits >> 8).replace("{name}", name).replace("{ticker}", ticker),
            author: pick(&AUTHORS, bits >> 40),
            created_ms,
            score: age_minutes * ((bits >> 48 & 7) as i64 - 1) / 10,
            comments: age_minutes.unsigned_abs() * (bits >> 52 & 3) / 10,
        }
    }
}
