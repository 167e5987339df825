//! Decides which faults a request meets. Counts per rule, so that "the third request" means the same in every run.

use super::{Fault, Faults, ItemChange, PriceChange, Rule};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

/// What goes wrong with one request.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) delay: Duration,
    pub(crate) frozen_ms: Option<i64>,
    pub(crate) changes: Vec<(Option<String>, PriceChange)>,
    pub(crate) items: Vec<ItemChange>,
    pub(crate) renames: Vec<(String, String)>,
    pub(crate) hostile_names: bool,
    /// How far the `Date` is ahead.
    pub(crate) skew_ms: i64,
    pub(crate) wrong_type: Option<String>,
    /// The request never takes effect.
    pub(crate) unreached: bool,
    /// Another reply.
    pub(crate) reply: Option<Fault>,
    /// Another way to send it.
    pub(crate) transport: Option<Fault>,
    /// The kinds of all that fired.
    pub(crate) kinds: Vec<&'static str>,
}

#[derive(Debug, Default, Clone)]
struct Count {
    matched: u64,
    fired: u64,
    frozen_ms: Option<i64>,
}

/// A script and how far each of its rules has come.
#[derive(Debug, Default)]
pub(crate) struct Engine {
    faults: Faults,
    counts: Vec<Count>,
}

impl Engine {
    pub(crate) fn new(faults: Faults) -> Self {
        let counts = vec![Count::default(); faults.rules.len()];
        Self { faults, counts }
    }

    /// The faults of the next request.
    pub(crate) fn plan(&mut self, method: &str, path: &str, now_ms: i64) -> Plan {
        let mut plan = Plan::default();
        for (index, (rule, count)) in self.faults.rules.iter().zip(&mut self.counts).enumerate() {
            if !fires(rule, count, self.faults.seed, index as u64, method, path) {
                continue;
            }
            plan.kinds.push(rule.fault.kind());
            plan.unreached |= !rule.reaches;
            plan.add(&rule.fault, count, now_ms);
        }
        plan
    }
}

fn fires(rule: &Rule, count: &mut Count, seed: u64, index: u64, method: &str, path: &str) -> bool {
    let same_method = rule.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
    if !same_method || !matches(&rule.path, path) {
        return false;
    }
    count.matched += 1;
    if count.matched <= rule.after || rule.times.is_some_and(|times| count.fired >= times) {
        return false;
    }
    if rule.percent < 100 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(index);
        rng.set_word_pos(u128::from(count.matched) * 16);
        if rng.random_range(0..100) >= rule.percent {
            return false;
        }
    }
    count.fired += 1;
    true
}

impl Plan {
    fn add(&mut self, fault: &Fault, count: &mut Count, now_ms: i64) {
        match fault {
            Fault::Delay { ms } => self.delay += Duration::from_millis(*ms),
            Fault::Freeze {} => self.frozen_ms = self.frozen_ms.or(Some(*count.frozen_ms.get_or_insert(now_ms))),
            Fault::Price { coin, change } => self.changes.push((coin.clone(), *change)),
            Fault::Items { change } => self.items.push(*change),
            Fault::Rename { from, to } => self.renames.push((from.clone(), to.clone())),
            Fault::HostileNames {} => self.hostile_names = true,
            Fault::ClockSkew { seconds } => self.skew_ms += seconds * 1_000,
            Fault::WrongType { content_type } => self.wrong_type = Some(content_type.clone()),
            Fault::Status { .. }
            | Fault::TooMany { .. }
            | Fault::BlockPage { .. }
            | Fault::Body { .. }
            | Fault::EmptyBody {}
            | Fault::Redirect { .. }
            | Fault::NotModified {} => {
                self.reply.get_or_insert_with(|| fault.clone());
            }
            Fault::Stall {}
            | Fault::Drip { .. }
            | Fault::Reset { .. }
            | Fault::Truncate { .. }
            | Fault::Huge { .. }
            | Fault::ZipBomb { .. }
            | Fault::Raw { .. } => {
                self.transport.get_or_insert_with(|| fault.clone());
            }
        }
    }
}

/// Whether a pattern with `*` covers a whole path.
fn matches(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|start| path.strip_prefix(start)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part).and_then(|at| rest.get(at + part.len()..)) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(engine: &mut Engine, requests: usize) -> Vec<bool> {
        (0..requests).map(|_| !engine.plan("GET", "/a/b", 0).kinds.is_empty()).collect()
    }

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        for (pattern, path, expected) in [
            ("*", "/a", true),
            ("/a", "/a", true),
            ("/a", "/a/b", false),
            ("/a*", "/a/b", true),
            ("/a/*/c", "/a/b/c", true),
            ("/a/*/c", "/a/b/d", false),
            ("*/c", "/a/b/c", true),
            ("/*a*b", "/xaxb", true),
            ("/*a*b", "/xbxa", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn a_rule_lets_some_pass_then_fires_so_many_times() {
        let mut engine = Engine::new(Faults::none().with(Rule::on("/a/*", Fault::Stall {}).after(2).times(2)));
        assert_eq!(kinds(&mut engine, 6), [false, false, true, true, false, false]);
    }

    #[test]
    fn likelihood_comes_from_the_seed() {
        let script = |seed| Faults { seed, ..Faults::none().with(Rule::on("*", Fault::EmptyBody {}).percent(30)) };
        let run = |seed| kinds(&mut Engine::new(script(seed)), 300);
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let fired = run(1).into_iter().filter(|fired| *fired).count();
        assert!((60..120).contains(&fired), "{fired} of 300");
    }

    #[test]
    fn a_rule_for_another_method_is_silent() {
        let mut engine = Engine::new(Faults::none().with(Rule::on("*", Fault::Stall {}).method("POST")));
        assert_eq!(kinds(&mut engine, 1), [false]);
    }

    #[test]
    fn a_freeze_keeps_the_moment_it_first_fired() {
        let mut engine = Engine::new(Faults::none().with(Rule::on("*", Fault::Freeze {})));
        assert_eq!([5, 9].map(|now| engine.plan("GET", "/", now).frozen_ms), [Some(5), Some(5)]);
    }
}
