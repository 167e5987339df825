//! From the plan to the report, stage by stage.

use super::brief::{Brief, listed};
use super::judge::{Governance, governed};
use super::words::{GRIDS, Target};
use crate::action::{Action, Draft};
use crate::session::{Call, Session};
use crate::tools::{
    AnomaliesArgs, ChartArgs, CompareArgs, CorrelationArgs, CoverageArgs, EvaluateArgs, Evaluation, Features,
    FeaturesArgs, Grade, Learner, Ledger, Outcome, ProposeArgs, QueryArgs, ReportArgs, RunArgs, Statistics, Sweep,
    SweepArgs, Tool, TrainArgs, Training, Window,
};
use domain::session::{Answer, AnsweredBy, Asking, Card, Gate, Stage};
use domain::{ArtefactId, Coin, Decimal, Name, Timestamp};
use std::collections::BTreeMap;

/// Candidates that are examined, at most: each look is another chance for luck.
const EXAMINED_MAX: usize = 3;
/// Candles below which a person is asked.
const CANDLES_WANTED: u64 = 1_000;
/// Candles below which nothing can be said.
const CANDLES_MIN: u64 = 30;
/// How far back it looks for more when there is too little.
const WIDE_DAYS: i64 = 3_650;
const DAY_MICROS: i64 = 86_400_000_000;
const PAPER_DAYS: u32 = 30;
const CAPITAL_PCT: u32 = 10;
/// An area under the curve from which on a model is said to know something.
const AUC_SHOWN: f64 = 0.55;
/// How far from a half it may be with shuffled labels.
const AUC_SHUFFLED_OFF: f64 = 0.05;

/// Something to be done before it goes on.
type Need<T> = Result<T, Vec<Action>>;

/// What is wanted next.
pub(super) fn next(session: &Session, brief: &Brief) -> Vec<Action> {
    let run = Run { session, brief };
    match run.all() {
        Err(wants) | Ok(wants) => wants,
    }
}

/// What a session found, as far as it came; for the report.
pub(crate) struct Run<'a> {
    pub session: &'a Session,
    pub brief: &'a Brief,
}

/// A strategy that was tried where it was trained.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidate {
    pub name: Name,
    pub coin: Coin,
    pub strategy: Name,
    pub earned: Option<f64>,
    pub sharpe: Option<f64>,
    pub max_drawdown: Option<f64>,
    pub trades: u64,
    pub artefact: Option<ArtefactId>,
}

impl Run<'_> {
    fn all(&self) -> Need<Vec<Action>> {
        let coins = self.acquire()?;
        self.reach(Stage::Preparation, "what is stored is known")?;
        let coins = self.prepare(&coins)?;
        self.reach(Stage::Exploration, "the data can be used")?;
        self.explore(&coins)?;
        self.reach(Stage::Modelling, "what it looks like is known")?;
        self.model(&coins)?;
        self.reach(
            Stage::Evaluation,
            if self.tries() { "what could work is chosen" } else { "this goal needs no model" },
        )?;
        self.evaluate(&coins)?;
        self.must(&Tool::Report(ReportArgs {}), "to write down what was found")?;
        self.reach(Stage::Deployment, "the report is written")?;
        self.deploy(&coins)
    }

    /// Whether strategies or learners are tried.
    const fn tries(&self) -> bool {
        matches!(self.brief.target, Target::Strategy | Target::Predict)
    }

    /// Completes stages until this one is being worked on.
    fn reach(&self, stage: Stage, why: &str) -> Need<()> {
        match self.session.stage() {
            Some(at) if at < stage => Err(vec![Action::Complete { why: why.to_owned() }]),
            _ => Ok(()),
        }
    }

    /// The call of exactly this that stands.
    fn made(&self, tool: &Tool) -> Option<&Call> {
        self.session.calls().rev().find(|call| call.stands && call.tool.as_ref() == Some(tool))
    }

    /// What a tool answered; called when it wasn't, and again when it failed: the breaker ends that.
    fn must(&self, tool: &Tool, why: &str) -> Need<&Call> {
        let made = self.made(tool).filter(|call| call.outcome().is_some());
        made.ok_or_else(|| vec![Action::Call { tool: tool.clone(), why: why.to_owned() }])
    }

    /// What a tool answered; nothing when it failed. The session goes on without.
    fn may(&self, tool: &Tool, why: &str) -> Need<Option<&Call>> {
        match self.made(tool) {
            Some(call) if call.outcome().is_some() => Ok(Some(call)),
            Some(call) if call.failed().is_some() => Ok(None),
            _ => Err(vec![Action::Call { tool: tool.clone(), why: why.to_owned() }]),
        }
    }

    /// Several at once: all that are missing are called together.
    fn every<'t>(&self, tools: impl IntoIterator<Item = (&'t Tool, String)>, is_needed: bool) -> Need<()> {
        let mut wants = Vec::new();
        for (tool, why) in tools {
            let got = if is_needed { self.must(tool, &why).map(|_| ()) } else { self.may(tool, &why).map(|_| ()) };
            if let Err(more) = got {
                wants.extend(more);
            }
        }
        if wants.is_empty() { Ok(()) } else { Err(wants) }
    }

    /// Asks once, by its words; the answer when there is one.
    fn ask(&self, words: String) -> Need<bool> {
        let asked = self.session.questions().rev().find(|asked| asked.stands && asked.question.words == words);
        match asked {
            Some(asked) => Ok(asked.is_passed()),
            None => Err(vec![Action::Ask(Draft {
                gate: Gate::Other,
                words,
                asking: Asking::Approve,
                default: Some(Answer::Accept),
            })]),
        }
    }

    fn coverage(&self, from: Timestamp) -> Tool {
        let (coins, interval, to) = (self.brief.coins.clone(), self.brief.interval, self.brief.to);
        Tool::Coverage(CoverageArgs { coins, interval, from, to })
    }

    fn wide(&self) -> Timestamp {
        self.brief.interval.floor(self.brief.to.plus_micros(-WIDE_DAYS * DAY_MICROS)).min(self.brief.from)
    }

    /// Coins with enough candles, and from when on they are used.
    fn acquire(&self) -> Need<Vec<Window>> {
        let asked = self.coverage(self.brief.from);
        let found = self.must(&asked, "to know which candles are stored")?;
        let least = if self.tries() { CANDLES_WANTED } else { CANDLES_MIN };
        let mut from = self.brief.from;
        let mut usable = enough(found, least);
        if usable.is_empty() {
            let wider = self.coverage(self.wide());
            let all = self.must(&wider, "to look for older candles, as there are too few")?;
            usable = enough(all, least);
            from = self.wide();
            if usable.is_empty() {
                usable = enough(all, CANDLES_MIN);
                if usable.is_empty() {
                    return Err(vec![self.no_candles()]);
                }
                let words = format!("{} Go on with that?", thin(all));
                if !self.ask(words)? {
                    let words = "A person said no to so few candles. Import more, or take longer candles.".to_owned();
                    return Err(vec![Action::GiveUp { code: "too_few_candles", words }]);
                }
            }
        }
        let window = |coin: Coin| Window { coin, interval: self.brief.interval, from, to: self.brief.to };
        Ok(usable.into_iter().map(window).collect())
    }

    fn no_candles(&self) -> Action {
        let words = format!(
            "There are no usable {} candles of {} stored here: import some with `omc import`, let the collectors run, or go back with another coin or interval.",
            self.brief.interval,
            listed(&self.brief.coins)
        );
        Action::GiveUp { code: "no_candles", words }
    }

    fn prepare(&self, windows: &[Window]) -> Need<Vec<Window>> {
        let tools: Vec<Tool> = windows.iter().cloned().map(Tool::Statistics).collect();
        self.every(tools.iter().map(|tool| (tool, "to know how far the candles can be trusted".to_owned())), true)?;
        let mut good = Vec::new();
        for (window, tool) in windows.iter().zip(&tools) {
            let Some(statistics) = self.made(tool).and_then(statistics) else { continue };
            match statistics.grade {
                Grade::NoData | Grade::Poor => {}
                Grade::Fair => {
                    let words = format!(
                        "Of {}'s {} candles {} are missing. Go on with it?",
                        window.coin,
                        statistics.candles.saturating_add(statistics.missing),
                        statistics.missing
                    );
                    if self.ask(words)? {
                        good.push(window.clone());
                    }
                }
                Grade::Warnings | Grade::Good => good.push(window.clone()),
            }
        }
        if good.is_empty() || (self.brief.target == Target::Compare && good.len() < 2) {
            let words = format!(
                "The candles of {} can't be used: too few, too many missing, or a price that never moves. `omc gaps` shows where; import better ones, or go back with another coin or interval.",
                listed(&self.brief.coins)
            );
            return Err(vec![Action::GiveUp { code: "poor_data", words }]);
        }
        if self.brief.target == Target::Predict {
            let tools: Vec<Tool> = good.iter().take(1).map(|window| self.features(window)).collect();
            self.every(
                tools.iter().map(|tool| (tool, "to see which columns there are to learn from".to_owned())),
                true,
            )?;
        }
        Ok(good)
    }

    fn features(&self, window: &Window) -> Tool {
        Tool::Features(FeaturesArgs { window: window.clone(), columns: self.brief.features.clone() })
    }

    fn explore(&self, windows: &[Window]) -> Need<()> {
        let mut tools = Vec::new();
        for window in windows {
            tools.push(Tool::Anomalies(AnomaliesArgs { window: window.clone(), deviations: 5.0 }));
        }
        if windows.len() > 1 {
            let (first, coins) = (&windows[0], windows.iter().map(|window| window.coin).collect());
            let (interval, from, to) = (first.interval, first.from, first.to);
            tools.push(Tool::Correlation(CorrelationArgs { coins, interval, from, to }));
        }
        if self.brief.target == Target::Explain {
            let coins: Vec<Coin> = windows.iter().map(|window| window.coin).collect();
            for ledger in [Ledger::Catalyst, Ledger::Human] {
                let (from, to) = (windows[0].from, self.brief.to);
                tools.push(Tool::Query(QueryArgs { ledger, coins: coins.clone(), as_of: to, from, to, limit: 20 }));
            }
        }
        self.every(tools.iter().map(|tool| (tool, "to know what the data looks like".to_owned())), false)
    }

    fn model(&self, windows: &[Window]) -> Need<()> {
        match self.brief.target {
            Target::Strategy => {
                let tools: Vec<Tool> = self.trials(windows).into_iter().map(|(_, tool)| tool).collect();
                let why = |tool: &Tool| match tool {
                    Tool::Sweep(args) => {
                        format!("to see what {} does on the first half of the candles", args.run.strategy)
                    }
                    _ => "to see what the given parameters do on the first half of the candles".to_owned(),
                };
                self.every(tools.iter().map(|tool| (tool, why(tool))), false)?;
                let candidates = self.candidates(windows);
                if candidates.is_empty() { Ok(()) } else { self.choose(&candidates) }
            }
            Target::Predict => {
                let tools = self.trainings(windows);
                self.every(
                    tools.iter().map(|tool| (tool, "to learn, and to test where it didn't learn".to_owned())),
                    false,
                )
            }
            Target::Accumulate => {
                let tools = self.plans(windows);
                self.every(
                    tools.iter().map(|tool| (tool, "to see what buying like this would have come to".to_owned())),
                    false,
                )
            }
            Target::Compare => {
                let tools: Vec<Tool> = windows.iter().map(|window| Tool::Backtest(self.hold(window.clone()))).collect();
                self.every(tools.iter().map(|tool| (tool, "to see what holding would have come to".to_owned())), false)
            }
            Target::Explain => Ok(()),
        }
    }

    fn run_of(&self, strategy: Name, params: BTreeMap<String, String>, window: Window) -> RunArgs {
        let Brief { cash_aud, fee_bps, spread_bps, .. } = self.brief;
        RunArgs { strategy, params, window, cash: *cash_aud, fee_bps: *fee_bps, spread_bps: *spread_bps }
    }

    pub fn hold(&self, window: Window) -> RunArgs {
        self.run_of(named("buy_and_hold"), BTreeMap::new(), window)
    }

    fn plans(&self, windows: &[Window]) -> Vec<Tool> {
        let mut tools = Vec::new();
        for window in windows.iter().take(EXAMINED_MAX) {
            let weeks = Decimal::from((window.to.seconds_since(window.from) / (7 * 86_400)).max(1));
            let each = (self.brief.cash_aud / weeks).round_dp(2).max(Decimal::ONE);
            let params = BTreeMap::from([
                ("aud".to_owned(), each.normalize().to_string()),
                ("every".to_owned(), "week".to_owned()),
            ]);
            tools.push(Tool::Backtest(self.run_of(named("scheduled_accumulation"), params, window.clone())));
            tools.push(Tool::Backtest(self.hold(window.clone())));
        }
        tools
    }

    /// The half that is trained on, and the half that is tested on.
    fn halves(window: &Window) -> (Window, Window) {
        let half = window.to.micros() / 2 + window.from.micros() / 2;
        let middle = window.interval.floor(Timestamp::from_micros(half));
        (Window { to: middle, ..window.clone() }, Window { from: middle, ..window.clone() })
    }

    /// The part of the candles that a window really holds: coverage says where they begin.
    fn held(&self, window: &Window) -> Window {
        let covered = self.session.calls().rev().filter(|call| call.stands).find_map(|call| match call.outcome() {
            Some(Outcome::Coverage(coverage)) => coverage.coins.iter().find(|one| one.coin == window.coin)?.from,
            _ => None,
        });
        Window { from: covered.map_or(window.from, |from| from.max(window.from)), ..window.clone() }
    }

    /// What is tried, by candidate.
    fn trials(&self, windows: &[Window]) -> Vec<(Name, Tool)> {
        let mut tools = Vec::new();
        for window in windows.iter().take(EXAMINED_MAX) {
            let (training, _) = Self::halves(&self.held(window));
            for strategy in &self.brief.candidates {
                let Some((_, axes)) = GRIDS.iter().find(|(name, _)| *name == strategy.as_str()) else { continue };
                let key = self.key(strategy, window.coin);
                let tool = if self.brief.params.is_empty() {
                    let run = self.run_of(strategy.clone(), BTreeMap::new(), training.clone());
                    Tool::Sweep(SweepArgs { run, grid: axes.iter().map(|axis| (*axis).to_owned()).collect() })
                } else {
                    Tool::Backtest(self.run_of(strategy.clone(), self.given(), training.clone()))
                };
                tools.push((key, tool));
            }
        }
        tools
    }

    fn key(&self, strategy: &Name, coin: Coin) -> Name {
        if self.brief.coins.len() == 1 { strategy.clone() } else { named(&format!("{strategy}:{coin}")) }
    }

    fn given(&self) -> BTreeMap<String, String> {
        self.brief.params.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
    }

    /// What made money where it was trained, the best first.
    pub fn candidates(&self, windows: &[Window]) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = self
            .trials(windows)
            .into_iter()
            .filter_map(|(name, tool)| {
                let call = self.made(&tool)?;
                let artefact = call.artefacts().first().map(|artefact| artefact.id);
                let (run, (earned, sharpe, max_drawdown, trades)) = match (&tool, call.outcome()?) {
                    (Tool::Sweep(args), Outcome::Sweep(sweep)) => (&args.run, best(sweep)?),
                    (Tool::Backtest(run), Outcome::Backtest(one)) => {
                        (run, (one.earned, one.sharpe, one.max_drawdown, one.trades))
                    }
                    _ => return None,
                };
                let (coin, strategy) = (run.window.coin, run.strategy.clone());
                Some(Candidate { name, coin, strategy, earned, sharpe, max_drawdown, trades, artefact })
            })
            .filter(|one| one.earned.is_some_and(|earned| earned > 0.0) && one.trades > 0)
            .collect();
        let score = |one: &Candidate| one.sharpe.filter(|sharpe| sharpe.is_finite()).unwrap_or(f64::MIN);
        all.sort_by(|a, b| score(b).total_cmp(&score(a)).then_with(|| a.name.cmp(&b.name)));
        all
    }

    fn choose(&self, candidates: &[Candidate]) -> Need<()> {
        if self.session.at_gate(Gate::ModelChoice).is_some() {
            return Ok(());
        }
        let Some(first) = candidates.first() else { return Ok(()) };
        let words = format!(
            "{} of the strategies made money on the first half of the candles, where they were chosen. Which one is examined on the second half? The figures here flatter: they are from where the choice was made.",
            candidates.len()
        );
        let cards = candidates.iter().take(10).map(card).collect();
        let asking = Asking::Choose { cards, recommended: first.name.clone() };
        Err(vec![Action::Ask(Draft { gate: Gate::ModelChoice, words, asking, default: Some(Answer::Accept) })])
    }

    /// Candidates in the order they are examined, and whether a person picked one: then only that.
    fn order(&self, candidates: &[Candidate]) -> Vec<Candidate> {
        let answer = self.session.at_gate(Gate::ModelChoice).and_then(|asked| asked.answered.as_ref());
        match answer {
            Some((Answer::Choose(key), AnsweredBy::Person, _)) => {
                candidates.iter().filter(|one| one.name == *key).cloned().collect()
            }
            _ => candidates.iter().take(EXAMINED_MAX).cloned().collect(),
        }
    }

    fn examination(&self, candidate: &Candidate, windows: &[Window]) -> Option<Tool> {
        let window = self.held(windows.iter().find(|window| window.coin == candidate.coin)?);
        let (params, grid) = match GRIDS.iter().find(|(name, _)| *name == candidate.strategy.as_str()) {
            Some((_, axes)) if self.brief.params.is_empty() => {
                (BTreeMap::new(), axes.iter().map(|axis| (*axis).to_owned()).collect())
            }
            _ => (self.given(), Vec::new()),
        };
        let run = self.run_of(candidate.strategy.clone(), params, window);
        let seed = self.session.start().map_or(1, |start| start.seed);
        let Brief { tests, embargo_bars, .. } = self.brief;
        Some(Tool::Evaluate(EvaluateArgs { run, grid, tests: *tests, embargo_bars: *embargo_bars, seed }))
    }

    fn evaluate(&self, windows: &[Window]) -> Need<()> {
        match self.brief.target {
            Target::Strategy => {
                for candidate in self.order(&self.candidates(windows)) {
                    let Some(tool) = self.examination(&candidate, windows) else { continue };
                    let why = format!("to see whether {} holds up where it wasn't chosen", candidate.name);
                    let passed = self.may(&tool, &why)?.and_then(evaluation).is_some_and(|one| self.passes(one));
                    if let Some((_, test)) =
                        windows.iter().find(|one| one.coin == candidate.coin).map(|one| Self::halves(&self.held(one)))
                    {
                        self.may(&Tool::Backtest(self.hold(test)), "to see what holding would have come to meanwhile")?;
                    }
                    self.picture(&tool, &format!("{} out of sample", candidate.name))?;
                    if passed {
                        break;
                    }
                }
                Ok(())
            }
            Target::Compare => {
                let tools: Vec<Tool> = windows.iter().map(|window| Tool::Backtest(self.hold(window.clone()))).collect();
                let made =
                    tools.iter().filter_map(|tool| self.made(tool)?.artefacts().first().map(|artefact| artefact.id));
                let artefacts: Vec<ArtefactId> = made.collect();
                if artefacts.len() > 1 {
                    self.may(&Tool::Compare(CompareArgs { artefacts }), "to put them side by side")?;
                }
                Ok(())
            }
            Target::Accumulate => {
                for tool in self.plans(windows) {
                    self.picture(&tool, "What it would have come to")?;
                }
                Ok(())
            }
            Target::Predict | Target::Explain => Ok(()),
        }
    }

    fn picture(&self, tool: &Tool, title: &str) -> Need<()> {
        let of = self.made(tool).and_then(|call| call.artefacts().first()).map(|artefact| artefact.id);
        if let Some(of) = of {
            self.may(&Tool::Chart(ChartArgs { of, title: title.to_owned() }), "to show it")?;
        }
        Ok(())
    }

    fn passes(&self, evaluation: &Evaluation) -> bool {
        governed(evaluation, &Governance::usual(self.brief.max_drawdown_pct)).iter().all(|rule| rule.is_passed)
    }

    /// Examinations that stand, in the order they were made.
    pub fn examined(&self) -> Vec<(&EvaluateArgs, &Evaluation, &Call)> {
        let standing = self.session.calls().filter(|call| call.stands);
        let found = standing.filter_map(|call| match (&call.tool, call.outcome()) {
            (Some(Tool::Evaluate(args)), Some(Outcome::Evaluation(found))) => Some((args, found.as_ref(), call)),
            _ => None,
        });
        found.collect()
    }

    /// The one that passes everything, when there is one.
    pub fn winner(&self) -> Option<(&EvaluateArgs, &Evaluation, &Call)> {
        self.examined().into_iter().find(|(_, found, _)| self.passes(found))
    }

    fn trainings(&self, windows: &[Window]) -> Vec<Tool> {
        let learners = self.brief.candidates.iter().filter_map(|name| Learner::parse(name.as_str()));
        let Some(window) = windows.first() else { return Vec::new() };
        let train = |learner| {
            Tool::Train(TrainArgs {
                learner,
                window: self.held(window),
                label: named("direction"),
                horizon: self.brief.horizon_bars,
                features: self.brief.features.clone(),
                folds: self.brief.tests,
                fee_bps: self.brief.fee_bps,
                seed: self.session.start().map_or(1, |start| start.seed),
            })
        };
        learners.map(train).collect()
    }

    /// Models that stand, the one that knows most first.
    pub fn trained(&self) -> Vec<(&Training, &Call)> {
        let standing = self.session.calls().filter(|call| call.stands);
        let mut all: Vec<(&Training, &Call)> = standing
            .filter_map(|call| match call.outcome() {
                Some(Outcome::Training(training)) => Some((training, call)),
                _ => None,
            })
            .collect();
        all.sort_by(|(a, _), (b, _)| b.auc.unwrap_or(0.0).total_cmp(&a.auc.unwrap_or(0.0)));
        all
    }

    fn deploy(&self, _windows: &[Window]) -> Need<Vec<Action>> {
        let finish = |code, words: &str| Ok(vec![Action::Finish { code, words: words.to_owned() }]);
        let Some((args, found, call)) = self.winner() else {
            let words = if self.tries() {
                "Nothing held up well enough to be handed on. The report says what was found."
            } else {
                "The report says what was found."
            };
            return finish("nothing_to_propose", words);
        };
        let asked = self.session.at_gate(Gate::Deployment);
        if asked.is_some_and(|asked| asked.answered.is_some() && !asked.is_passed()) {
            return finish("not_handed_on", "A person said no to handing it on. The report stands.");
        }
        let Some(evaluation) = call.artefacts().first().map(|artefact| artefact.id) else {
            return finish("nothing_to_propose", "The examination left no evidence, so nothing is handed on.");
        };
        let run = RunArgs { params: found.params.clone(), ..args.run.clone() };
        let short: String = self.session.id().to_string().chars().rev().take(6).collect();
        let name = named(&format!("{}_{}_{short}", found.strategy, args.run.window.coin.as_str().to_lowercase()));
        let tool =
            Tool::Propose(ProposeArgs { evaluation, run, name, capital_pct: CAPITAL_PCT, paper_days: PAPER_DAYS });
        let why = format!(
            "{} on {} passed every rule out of sample. {} It would begin as a draft, for {PAPER_DAYS} days on paper.",
            found.strategy, args.run.window.coin, found.words
        );
        self.must(&tool, &why)?;
        finish("proposed", "Handed to the Floor as a draft. It trades nothing until a person starts it there.")
    }
}

fn named(text: &str) -> Name {
    Name::fitted(text)
}

/// Whether a model shows that it knows something.
pub(crate) fn knows(training: &Training) -> bool {
    let above = training.auc.is_some_and(|auc| auc >= AUC_SHOWN);
    let honest = training.shuffled_auc.is_some_and(|auc| (auc - 0.5).abs() <= AUC_SHUFFLED_OFF);
    let beats =
        matches!((training.accuracy, training.baseline), (Some(accuracy), Some(baseline)) if accuracy > baseline);
    above && honest && beats
}

fn statistics(call: &Call) -> Option<&Statistics> {
    if let Some(Outcome::Statistics(found)) = call.outcome() { Some(found) } else { None }
}

fn evaluation(call: &Call) -> Option<&Evaluation> {
    if let Some(Outcome::Evaluation(found)) = call.outcome() { Some(found) } else { None }
}

fn enough(call: &Call, least: u64) -> Vec<Coin> {
    match call.outcome() {
        Some(Outcome::Coverage(coverage)) => {
            coverage.coins.iter().filter(|one| one.candles >= least).map(|one| one.coin).collect()
        }
        _ => Vec::new(),
    }
}

fn thin(call: &Call) -> String {
    let Some(Outcome::Coverage(coverage)) = call.outcome() else { return String::new() };
    let told: Vec<String> = coverage.coins.iter().map(|one| format!("{} of {}", one.candles, one.coin)).collect();
    format!("There are few candles: {}. Little can be shown with less than {CANDLES_WANTED}.", told.join(", "))
}

type Shown = (Option<f64>, Option<f64>, Option<f64>, u64);

fn best(sweep: &Sweep) -> Option<Shown> {
    sweep.best.first().map(|point| (point.earned, point.sharpe, point.max_drawdown, point.trades))
}

fn card(one: &Candidate) -> Card {
    let percent =
        |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), |value| format!("{:+.1} %", value * 100.0));
    let mut pros = vec![format!("returned {} where it was chosen", percent(one.earned))];
    if let Some(sharpe) = one.sharpe {
        pros.push(format!("Sharpe ratio {sharpe:.2} there"));
    }
    let mut cons = vec![format!("fell by {} on its way", percent(one.max_drawdown))];
    if one.trades < 30 {
        cons.push(format!("rests on {} trades", one.trades));
    }
    Card {
        key: one.name.clone(),
        title: format!("{} on {}", one.strategy, one.coin),
        pros,
        cons,
        artefact: one.artefact,
    }
}

/// Which columns a model could learn from.
pub(crate) fn table(call: &Call) -> Option<&Features> {
    if let Some(Outcome::Features(found)) = call.outcome() { Some(found) } else { None }
}
