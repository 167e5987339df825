//! Algorithms at work: each is asked when a candle of its coins has closed, or by its plan, and what it says becomes orders.
//!
//! Invariants: what a strategy remembers is made of candles and can be made again; what must not happen twice stands in the
//! journal before it happens (`acting`); a candle that closed more than one interval ago moves nobody, it only warms up; a
//! strategy that panics, hangs or floods is put to `error` with the reason, and the others go on. A thread that hangs is left
//! behind: it holds nothing but its own strategy. Deliberately absent: what strategies decide (`research`), who may move an
//! algorithm (`floor`), and whether its order may leave (the gate).
//!
//! A close is noticed [`GRACE_MICROS`] after it, by the clock: then every tick of the candle is stored. A candle nobody saw a
//! price in is none, and nobody is asked about it.

mod acting;
mod portfolio;
mod pulse;
#[cfg(test)]
mod tests;

pub(crate) use portfolio::portfolio_of;
use pulse::Pulse;

use crate::commands::quality::BELIEVED_S;
use crate::{Error, Result, Workstation};
use domain::{AlgorithmVersion, Book, Candle, Coin, Denial, FactHash, Name, Signal, Timestamp};
use floor::Portfolio;
use ledgers::Ledger;
use research::{Asked, History, Strategy, View};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How often the algorithms are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a candle's last ticks may take to be stored.
const GRACE_MICROS: i64 = 2_000_000;
/// How long a strategy may think.
#[cfg(not(test))]
const THINK_WITHIN: Duration = Duration::from_secs(5);
#[cfg(test)]
const THINK_WITHIN: Duration = Duration::from_secs(2);
/// How long history is waited for before it is begun with what is stored.
const HISTORY_WITHIN: Duration = Duration::from_secs(15);
/// Candles are looked for this many warm-ups back: more holes than that, and it waits for more candles.
const LOOK_BACK_TIMES: i64 = 2;

/// The algorithms of this process.
#[derive(Default)]
pub(crate) struct Running {
    /// Those that are not being asked right now.
    runners: std::sync::Mutex<HashMap<Name, Runner>>,
    pulses: std::sync::Mutex<BTreeMap<Name, Pulse>>,
    /// When each said something lately.
    said: std::sync::Mutex<HashMap<Name, VecDeque<Timestamp>>>,
    /// Strategies of a test's own, by name.
    #[cfg(test)]
    pub strategies: std::sync::Mutex<HashMap<Name, OwnStrategy>>,
}

#[cfg(test)]
type OwnStrategy = fn() -> Box<dyn Strategy>;

/// An algorithm as it runs now: another version, book or beginning is another run.
#[derive(Debug, Clone, PartialEq)]
struct Run {
    name: Name,
    version: AlgorithmVersion,
    hash: FactHash,
    book: Book,
    since: Timestamp,
}

/// What a run remembers.
struct Runner {
    run: Run,
    strategies: BTreeMap<Coin, Box<dyn Strategy>>,
    history: History,
    /// The end of the newest candle taken, coin by coin.
    fed: BTreeMap<Coin, Timestamp>,
    /// The newest close looked for.
    looked: Option<Timestamp>,
}

/// What a strategy said, and about which moment.
struct Said {
    at: Timestamp,
    signals: Vec<Signal>,
}

/// Why an algorithm can't go on.
struct Failure(Denial);

impl Workstation {
    /// Looks at the algorithms again and again. Each is asked in a task of its own, so that none waits for another.
    pub(crate) async fn run_algorithms(&self) {
        let mut asking: JoinSet<()> = JoinSet::new();
        let mut names: HashMap<tokio::task::Id, Name> = HashMap::new();
        loop {
            for name in self.running_algorithms().await.unwrap_or_default() {
                if !names.values().any(|asked| *asked == name) {
                    let (workstation, asked) = (self.clone(), name.clone());
                    let task = asking.spawn(async move { workstation.step(&asked).await });
                    names.insert(task.id(), name);
                }
            }
            let pause = sleep(LOOK_EVERY);
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    Some(ended) = asking.join_next_with_id(), if !asking.is_empty() => match ended {
                        Ok((id, ())) => drop(names.remove(&id)),
                        Err(broken) => {
                            if let Some(name) = names.remove(&broken.id()) {
                                tracing::error!(algorithm = %name, "a step of it broke off: {broken}");
                            }
                        }
                    },
                    () = &mut pause => break,
                }
            }
        }
    }

    /// Asks every algorithm that runs, once, and waits for all of them.
    pub(crate) async fn step_algorithms(&self) -> Result<()> {
        let mut asking: JoinSet<()> = JoinSet::new();
        for name in self.running_algorithms().await? {
            let workstation = self.clone();
            asking.spawn(async move { workstation.step(&name).await });
        }
        while let Some(ended) = asking.join_next().await {
            ended.map_err(|broken| Error::Halted(format!("an algorithm's step broke off: {broken}")))?;
        }
        Ok(())
    }

    async fn running_algorithms(&self) -> Result<Vec<Name>> {
        let desk = self.desk().await?;
        let running = desk.algorithms.iter().filter(|algorithm| algorithm.state().book().is_some());
        Ok(running.map(|algorithm| algorithm.name().clone()).collect())
    }

    /// One look at one algorithm. What fails is either its own fault, and ends it, or ours, and is said.
    async fn step(&self, name: &Name) {
        let stepped = self.try_step(name).await;
        let ours = match stepped {
            Ok(Ok(())) => return,
            Ok(Err(Failure(why))) => self.fail_algorithm(name, why).await.err(),
            Err(error) => Some(error),
        };
        if let Some(error) = ours {
            tracing::warn!(algorithm = %name, code = error.code(), "{error}");
            self.note_pulse(name, |pulse| pulse.note = Some(Denial::new(&error.code(), error.to_string())));
        }
    }

    async fn try_step(&self, name: &Name) -> Result<Result<(), Failure>> {
        let Some(run) = self.current_run(name).await? else { return Ok(Ok(())) };
        let now = self.now();
        let kept = lock(&self.inner.algorithms.runners).remove(name).filter(|kept| kept.run == run);
        let begun = match kept {
            Some(runner) => Ok(runner),
            None => {
                let workstation = self.clone();
                let begun = tokio::task::spawn_blocking(move || workstation.begin(run)).await;
                begun.unwrap_or_else(|_| {
                    Err(Failure::new("algorithm_panicked", "its strategy broke off at its beginning"))
                })
            }
        };
        let mut runner = match begun {
            Ok(runner) => runner,
            Err(failure) => return Ok(Err(failure)),
        };
        let asked = runner.asked();
        let candles = match asked {
            Asked::AtClose => self.new_candles(&mut runner, now).await?,
            Asked::AnyTime => Vec::new(),
        };
        self.note_pulse(name, |pulse| pulse.seen = Some(now));
        if asked == Asked::AtClose && candles.is_empty() {
            self.put_back(runner);
            return Ok(Ok(()));
        }
        self.prepare(&runner.run).await;
        let portfolio = self.portfolio(&runner.run).await?;
        let run = runner.run.clone();
        let thought = tokio::task::spawn_blocking(move || {
            let said = runner.ask(candles, &portfolio, now);
            (runner, said)
        });
        let (runner, said) = match timeout(THINK_WITHIN, thought).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => return Ok(Err(Failure::new("algorithm_panicked", "its strategy broke off in the middle"))),
            Err(_) => {
                let words = format!("its strategy thought for more than {} s", THINK_WITHIN.as_secs().max(1));
                return Ok(Err(Failure::new("algorithm_stalled", &words)));
            }
        };
        if let Some(why) = runner.strategies.values().find_map(|strategy| strategy.failure()) {
            return Ok(Err(Failure(why)));
        }
        let (candle, waits_for) = (runner.newest(), runner.waits_for());
        self.note_pulse(name, |pulse| {
            pulse.candle = candle.or(pulse.candle);
            pulse.note = waits_for;
        });
        self.put_back(runner);
        self.keep_pulse(name).await;
        self.act_on(&run, said, asked).await
    }

    /// Reads what an order will be judged by before the strategies are asked, so that no signal waits for it. What can't be read
    /// now is met again by the order itself.
    async fn prepare(&self, run: &Run) {
        let _ = self.ledger_fit_within(Ledger::Exchange, BELIEVED_S / 2).await;
        for coin in &run.version.coins {
            let _ = self.beside(*coin, Some(&run.name)).await;
        }
        if run.book == Book::Live
            && let Ok(Some(account)) = self.account().await
        {
            account.make_ready(self.now());
        }
        if let Ok(mut desk) = self.desk().await {
            let _ = self.note_equity(&mut desk, run.book).await;
        }
    }

    async fn current_run(&self, name: &Name) -> Result<Option<Run>> {
        let desk = self.desk().await?;
        let Some(algorithm) = desk.algorithms.get(name.as_str()) else { return Ok(None) };
        let (Some(book), Some(version)) = (algorithm.state().book(), algorithm.version()) else { return Ok(None) };
        let (version, hash) = (version.clone(), version.hash());
        Ok(Some(Run { name: name.clone(), version, hash, book, since: algorithm.since() }))
    }

    fn put_back(&self, runner: Runner) {
        lock(&self.inner.algorithms.runners).insert(runner.run.name.clone(), runner);
    }

    /// A run at its very beginning: one strategy a coin.
    fn begin(&self, run: Run) -> Result<Runner, Failure> {
        #[cfg(test)]
        if let Some(own) = lock(&self.inner.algorithms.strategies).get(&run.name) {
            let strategies = run.version.coins.iter().map(|coin| (*coin, own())).collect();
            return Ok(Runner::new(run, strategies));
        }
        let params = run.version.params.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
        let mut strategies = BTreeMap::new();
        for coin in &run.version.coins {
            let made = crate::scripts::make(self.home(), run.version.strategy.as_str(), &params);
            let made = made.map_err(|unmade| Failure::new(unmade.code, &unmade.words))?;
            if made.code != run.version.code {
                let words = format!("this version of the application decides otherwise than {} did: edit it", run.name);
                return Err(Failure::new("strategy_changed", &words));
            }
            strategies.insert(*coin, made.strategy);
        }
        Ok(Runner::new(run, strategies))
    }

    /// The closed candles it has not seen, coin by coin; at its beginning those that warm it up.
    async fn new_candles(&self, runner: &mut Runner, now: Timestamp) -> Result<Vec<(Coin, Vec<Candle>)>> {
        let interval = runner.run.version.interval;
        let close = interval.floor(now.plus_micros(-GRACE_MICROS));
        if runner.looked == Some(close) {
            return Ok(Vec::new());
        }
        let mut all = Vec::new();
        for (coin, warm_up) in runner.warm_ups() {
            let wanted = i64::try_from(warm_up).unwrap_or(i64::MAX).saturating_add(1);
            let back = wanted.saturating_mul(LOOK_BACK_TIMES).saturating_mul(interval.micros());
            let fed = runner.fed.get(&coin).copied();
            let from = fed.unwrap_or_else(|| close.plus_micros(-back)).max(close.plus_micros(-back));
            let mut candles = self.compose(coin, interval, from, close).await?;
            if fed.is_none() && i64::try_from(candles.len()).unwrap_or(i64::MAX) < wanted {
                let _ = timeout(HISTORY_WITHIN, self.backfill(coin, interval)).await;
                candles = self.compose(coin, interval, from, close).await?;
            }
            candles.retain(|candle| candle.time >= from && candle.time.plus_micros(interval.micros()) <= close);
            if !candles.is_empty() {
                all.push((coin, candles));
            }
        }
        runner.looked = Some(close);
        Ok(all)
    }
}

impl Failure {
    fn new(code: &str, words: &str) -> Self {
        Self(Denial::new(code, words))
    }
}

impl Runner {
    fn new(run: Run, strategies: BTreeMap<Coin, Box<dyn Strategy>>) -> Self {
        Self { run, strategies, history: History::default(), fed: BTreeMap::new(), looked: None }
    }

    /// The closed candles each coin's strategy wants.
    fn warm_ups(&self) -> Vec<(Coin, usize)> {
        self.strategies.iter().map(|(coin, strategy)| (*coin, strategy.warm_up())).collect()
    }

    /// All strategies of a run are of one kind.
    fn asked(&self) -> Asked {
        self.strategies.values().next().map_or(Asked::AtClose, |strategy| strategy.asked())
    }

    /// Shows it the candles, oldest first, and hears what it says about the newest. Runs on a thread of its own.
    fn ask(&mut self, candles: Vec<(Coin, Vec<Candle>)>, portfolio: &Portfolio, now: Timestamp) -> Vec<Said> {
        if self.asked() == Asked::AnyTime {
            return self.ask_now(portfolio, now);
        }
        let interval = self.run.version.interval;
        let mut queue: Vec<(Timestamp, Coin, Candle)> = Vec::new();
        for (coin, candles) in candles {
            queue.extend(candles.into_iter().map(|candle| (candle.time.plus_micros(interval.micros()), coin, candle)));
        }
        // Every candle of a moment is there before anybody is asked about that moment.
        queue.sort_by_key(|(end, coin, _)| (*end, *coin));
        for (_, coin, candle) in &queue {
            self.history.push(*coin, *candle);
        }
        let mut said = Vec::new();
        for (end, coin, _) in queue {
            self.fed.insert(coin, end);
            let Some(strategy) = self.strategies.get_mut(&coin) else { continue };
            let view = View::new(&self.history, coin, interval, end);
            let signals = strategy.on_candle(&view, portfolio);
            let is_warm = view.candles().len() >= strategy.warm_up();
            // It may be late by less than a candle: what is older is over.
            let is_fresh = end > now.plus_micros(-interval.micros());
            if is_warm && is_fresh && !signals.is_empty() {
                said.push(Said { at: end, signals });
            }
        }
        let keep = self.strategies.values().map(|strategy| strategy.warm_up()).max().unwrap_or_default() + 1;
        for coin in &self.run.version.coins {
            self.history.keep(*coin, keep);
        }
        said
    }

    fn ask_now(&mut self, portfolio: &Portfolio, now: Timestamp) -> Vec<Said> {
        let mut said = Vec::new();
        for (coin, strategy) in &mut self.strategies {
            let view = View::new(&self.history, *coin, self.run.version.interval, now);
            let signals = strategy.on_candle(&view, portfolio);
            if !signals.is_empty() {
                said.push(Said { at: now, signals });
            }
        }
        said
    }

    fn newest(&self) -> Option<Timestamp> {
        self.fed.values().max().copied()
    }

    /// What it still lacks before it is listened to.
    fn waits_for(&self) -> Option<Denial> {
        let lacking = self.strategies.iter().find_map(|(coin, strategy)| {
            let (has, wants) = (self.history.of(*coin).len(), strategy.warm_up());
            (has < wants).then(|| format!("warming up: {has} of {wants} candles of {coin}"))
        })?;
        Some(Denial::new("warming_up", lacking))
    }
}

/// A lock that a panic elsewhere can't take away: what it guards is whole after every step.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
