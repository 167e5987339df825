//! A session, its journal, and tools that answer the same every time.

use domain::session::{Answer, Artefact, Asking, Question, Returned, Start, Step};
use domain::{ArtefactId, Coin, Denial, Name, SessionId, Timestamp};
use lab::tools::*;
use lab::{Effect, Event, Known, Quoted, Refused, Session};
use std::collections::BTreeMap;

/// What the tools know.
#[derive(Clone)]
pub struct Fake {
    /// Whether a strategy holds up.
    pub edge: bool,
    /// Candles stored of each coin.
    pub candles: u64,
    /// Candles missing.
    pub missing: u64,
    /// What others say.
    pub headline: String,
    /// Tools that fail, with these words.
    pub failing: Vec<(&'static str, String)>,
}

impl Default for Fake {
    fn default() -> Self {
        let headline = "BTC steady as volumes fall".to_owned();
        Self { edge: true, candles: 8_760, missing: 0, headline, failing: Vec::new() }
    }
}

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub fn coin(text: &str) -> Coin {
    Coin::parse(text).unwrap()
}

pub fn known() -> Known {
    let coins =
        [("BTC", "Bitcoin"), ("ETH", "Ethereum"), ("SOL", "Solana"), ("LINK", "Chainlink"), ("NEAR", "Near Protocol")];
    Known { coins: coins.iter().map(|(ticker, name)| (coin(ticker), (*name).to_owned())).collect() }
}

impl Fake {
    pub fn answer(&self, tool: &Tool) -> Returned {
        if let Some((_, words)) = self.failing.iter().find(|(name, _)| *name == tool.name()) {
            return Returned::Failed(Denial::new("broken", words.clone()));
        }
        let outcome = self.outcome(tool);
        let made = |kind: &str, title: &str| {
            let bytes = format!("{kind} {}", tool.args());
            let id = ArtefactId::of(bytes.as_bytes());
            Artefact { id, kind: name(kind), title: title.to_owned(), bytes: bytes.len() as u64 }
        };
        Returned::Done {
            result: outcome.json(),
            artefacts: vec![made(tool.name(), &format!("{} of a session", tool.name()))],
        }
    }

    fn outcome(&self, tool: &Tool) -> Outcome {
        match tool {
            Tool::Coverage(args) => {
                let one = |coin: &Coin| CoverageOf {
                    coin: *coin,
                    candles: self.candles,
                    from: Some(args.from),
                    to: Some(args.to),
                    missing: self.missing,
                    observations: 12,
                };
                Outcome::Coverage(Coverage { coins: args.coins.iter().map(one).collect() })
            }
            Tool::Query(args) => {
                let words = Quoted::new(&self.headline, "news", Some(args.from));
                let row = LedgerRow { at: args.from, known_at: args.from, words, value: Some(0.4) };
                Outcome::Rows(Rows { rows: vec![row], total: 1 })
            }
            Tool::Statistics(window) => Outcome::Statistics(self.statistics(window)),
            Tool::Features(_) => {
                let columns = vec![ColumnOf { name: name("rsi_14"), missing: 14, mean: Some(50.5), last: Some(61.0) }];
                Outcome::Features(Features { rows: self.candles, columns })
            }
            Tool::Anomalies(args) => {
                let bar = Anomaly { at: args.window.from, earned: -0.081, deviations: -6.2 };
                Outcome::Anomalies(Anomalies { total: 1, bars: vec![bar] })
            }
            Tool::Correlation(args) => {
                let pair =
                    Pair { a: args.coins[0], b: args.coins[1], bars: 8_000, pearson: Some(0.81), spearman: Some(0.78) };
                Outcome::Correlation(Correlation { pairs: vec![pair] })
            }
            Tool::Sweep(args) => Outcome::Sweep(self.sweep(args)),
            Tool::Backtest(run) => Outcome::Backtest(Backtest {
                strategy: run.strategy.clone(),
                params: run.params.clone(),
                bars: 4_380,
                final_equity: "11234.5".into(),
                fees: "12.25".into(),
                earned: Some(0.12345),
                hold: Some(0.12345),
                sharpe: Some(0.7),
                max_drawdown: Some(-0.3),
                trades: 1,
                win_rate: Some(1.0),
            }),
            Tool::Evaluate(args) => Outcome::Evaluation(Box::new(self.evaluation(args))),
            Tool::Train(args) => Outcome::Training(Training {
                model: ArtefactId::of(tool.args().as_bytes()),
                learner: name(args.learner.as_str()),
                rows: 8_000,
                tested: 4_000,
                auc: Some(if self.edge { 0.58 } else { 0.501 }),
                accuracy: Some(0.56),
                baseline: Some(0.52),
                brier: Some(0.24),
                shuffled_auc: Some(0.498),
                important: vec![name("rsi_14")],
                notes: vec![],
            }),
            Tool::Compare(args) => {
                let row = |id: &ArtefactId| Compared {
                    artefact: *id,
                    name: "held".into(),
                    earned: Some(0.12345),
                    sharpe: Some(0.7),
                    max_drawdown: Some(-0.3),
                };
                Outcome::Comparison(Comparison { rows: args.artefacts.iter().map(row).collect() })
            }
            Tool::ScriptCheck(_) => Outcome::Script(Script { script: None, problem: None, params: BTreeMap::new() }),
            Tool::Chart(args) => Outcome::Kept(Kept { artefact: args.of }),
            Tool::Report(_) => {
                Outcome::Reported(Reported { markdown: ArtefactId::of(b"report"), html: None, flagged: vec![] })
            }
            Tool::Propose(args) => {
                Outcome::Proposed(Proposed { package: ArtefactId::of(b"package"), algorithm: args.name.clone() })
            }
        }
    }

    fn statistics(&self, window: &Window) -> Statistics {
        Statistics {
            coin: window.coin,
            candles: self.candles,
            missing: self.missing,
            from: Some(window.from),
            to: Some(window.to),
            earned: Some(0.31),
            volatility: Some(0.62),
            max_drawdown: Some(-0.27),
            best_bar: Some(0.045),
            best_at: Some(window.from),
            worst_bar: Some(-0.081),
            worst_at: Some(window.to),
            skew: Some(-0.4),
            kurtosis: Some(9.1),
            autocorrelation: Some(0.02),
            grade: Grade::of(self.candles, self.missing, true),
            warnings: vec![],
        }
    }

    fn sweep(&self, args: &SweepArgs) -> Sweep {
        let better = f64::from(args.run.strategy.as_str().len() as u32) / 100.0;
        let point = Point {
            params: BTreeMap::from([("fast".to_owned(), "10".to_owned())]),
            earned: Some(0.2 + better),
            sharpe: Some(1.5 + better),
            max_drawdown: Some(-0.11),
            trades: 52,
        };
        Sweep { strategy: args.run.strategy.clone(), points: 12, trials: 48, best: vec![point], winning: Some(0.6) }
    }

    fn evaluation(&self, args: &EvaluateArgs) -> Evaluation {
        let good = self.edge;
        Evaluation {
            strategy: args.run.strategy.clone(),
            params: if args.run.strategy.as_str().ends_with("a_cross") { crossing() } else { BTreeMap::new() },
            verdict: if good { "holds_up" } else { "overfitted" }.into(),
            words: if good {
                "It holds up in everything that was asked of it."
            } else {
                "What it made is the luck of having been chosen."
            }
            .into(),
            reasons: if good { vec![] } else { vec!["It made +20.00 % where it was chosen.".into()] },
            bars: 4_380,
            from: Some(args.run.window.from),
            to: Some(args.run.window.to),
            earned: Some(if good { 0.253 } else { -0.04 }),
            hold: Some(0.12345),
            sharpe: Some(if good { 1.62 } else { -0.2 }),
            max_drawdown: Some(-0.142),
            trades: 41,
            win_rate: Some(0.5366),
            probabilistic_sharpe: Some(0.972),
            deflated_sharpe: Some(if good { 0.955 } else { 0.21 }),
            trials: 60,
            overfitting: Some(if good { 0.12 } else { 0.7 }),
            efficiency: Some(0.81),
            in_sample_return: Some(0.2),
            in_sample_sharpe: Some(2.01),
            controls: vec![Control {
                name: "shuffled_dates".into(),
                p: Some(0.01),
                words: "Chance does as well in 1 % of runs.".into(),
            }],
            stress: vec![Stress { name: "fees_twice".into(), earned: Some(0.201) }],
            leaks: vec![Checked { name: "truncate".into(), outcome: "passed".into() }],
            leaks_clean: true,
        }
    }
}

fn crossing() -> BTreeMap<String, String> {
    BTreeMap::from([("fast".to_owned(), "10".to_owned()), ("slow".to_owned(), "50".to_owned())])
}

/// A session and its journal.
#[derive(Clone)]
pub struct World {
    pub session: Session,
    pub journal: Vec<(Step, Timestamp)>,
    pub now: Timestamp,
    pub known: Known,
    pub fake: Fake,
    /// Calls that ran, by number.
    pub ran: Vec<u32>,
    /// Whether the journal is folded anew after every event.
    pub folds: bool,
}

impl World {
    pub fn new(number: u8, fake: Fake) -> Self {
        Self {
            session: Session::new(SessionId::from_bytes([number; 16])),
            journal: Vec::new(),
            now: Timestamp::parse("2026-07-01T00:30:00Z").unwrap(),
            known: known(),
            fake,
            ran: Vec::new(),
            folds: true,
        }
    }

    pub fn started(goal: &str, fake: Fake) -> Self {
        let mut world = Self::new(7, fake);
        world.event(&Event::Start(start(goal))).unwrap();
        world
    }

    /// An event, kept and applied; the other effects. The fold of the journal is the session, at every step.
    pub fn event(&mut self, event: &Event) -> Result<Vec<Effect>, Refused> {
        let before = self.session.clone();
        let mut effects = match self.session.decide(event, self.now, &self.known) {
            Ok(effects) => effects,
            Err(refused) => {
                assert_eq!(before, self.session);
                return Err(refused);
            }
        };
        if effects.is_empty() {
            return Ok(effects);
        }
        let Effect::Append(steps) = effects.remove(0) else { panic!("the first effect appends") };
        for step in steps {
            self.session.apply(&step, self.now);
            self.journal.push((step, self.now));
        }
        if self.folds {
            let again = self.folded();
            assert_eq!(again, self.session, "the fold is the session");
            assert_eq!(again.pending(), self.session.pending());
        }
        Ok(effects)
    }

    /// As after a crash.
    pub fn folded(&self) -> Session {
        let mut session = Session::new(self.session.id());
        self.journal.iter().for_each(|(step, at)| session.apply(step, *at));
        session
    }

    pub fn later(&mut self, seconds: i64) {
        self.now = self.now.plus_micros(seconds * 1_000_000);
    }

    /// Runs one pending call; false when there is none.
    pub fn run_one(&mut self) -> bool {
        let call = self.session.pending().into_iter().find_map(|effect| match effect {
            Effect::CallTool { call, tool, .. } => Some((call, tool)),
            _ => None,
        });
        let Some((call, tool)) = call else { return false };
        self.ran.push(call);
        let returned = self.fake.answer(&tool);
        self.later(1);
        self.event(&Event::Returned { call, took_ms: 20, returned }).unwrap();
        true
    }

    pub fn open(&self) -> Option<Question> {
        self.session.open_questions().next().map(|asked| asked.question.clone())
    }

    /// Answers the open question as a person who types.
    pub fn say(&mut self, text: &str) -> Result<(), Refused> {
        let question = self.open().expect("a question is open");
        let answer = lab::read_answer(&question, text)?;
        self.event(&Event::Answered { question: question.id, answer }).map(|_| ())
    }

    /// Goes on until a question or the end.
    pub fn settle(&mut self) {
        for _ in 0..1_000 {
            if !self.run_one() {
                return;
            }
        }
        panic!("it goes on for ever");
    }

    /// To the end, with yes to everything that takes one.
    pub fn finish(&mut self) {
        for _ in 0..50 {
            self.settle();
            let Some(question) = self.open() else { return };
            let answer = match &question.asking {
                Asking::Clarify(items) => {
                    let one = |item: &domain::session::Item| {
                        let value = match item.key.as_str() {
                            "coin" => "BTC",
                            "target" => "find a strategy",
                            _ => "1h",
                        };
                        (item.key.clone(), value.to_owned())
                    };
                    Answer::Respond(items.iter().map(one).collect())
                }
                _ => Answer::Accept,
            };
            self.event(&Event::Answered { question: question.id, answer }).unwrap();
        }
        panic!("it asks for ever");
    }
}

pub fn start(goal: &str) -> Start {
    Start { goal: goal.into(), model: name("builtin"), bounds: lab::usual_bounds(), gates: vec![], seed: 1 }
}
