//! The workstation in figures, as Prometheus reads them.
//!
//! Invariants: no secret, address or text from outside is among them; amounts of money only when they were asked for; what is
//! not known is left out. What counts orders and refusals is folded from the journal, so that it survives a restart.
//! Deliberately absent: serving it (`crate::metrics`), and keeping a history.

use crate::dto::{SerialDecimal, Status};
use crate::{Result, Workstation, kill};
use domain::{Book, OrderState};
use std::collections::BTreeMap;
use std::fmt::Write;

const BOOKS: [Book; 2] = [Book::Paper, Book::Live];
const STATES: [OrderState; 11] = [
    OrderState::AwaitingApproval,
    OrderState::Approved,
    OrderState::Sending,
    OrderState::Open,
    OrderState::PartiallyFilled,
    OrderState::Filled,
    OrderState::Cancelled,
    OrderState::Rejected,
    OrderState::Denied,
    OrderState::Expired,
    OrderState::Unknown,
];

/// Figures as text, each family with its help.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ') { c } else { '_' };
        let labels: Vec<String> = labels
            .iter()
            .map(|(label, text)| format!("{label}=\"{}\"", text.chars().take(64).map(plain).collect::<String>()))
            .collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn summary(&mut self, name: &str, labels: &[(&str, &str)], mut values: Vec<f64>) {
        values.sort_by(f64::total_cmp);
        for (quantile, share) in [("0.5", 50), ("0.95", 95), ("1", 100)] {
            let place = (values.len() * share).div_ceil(100).saturating_sub(1);
            if let Some(value) = values.get(place) {
                let labels: Vec<_> = labels.iter().copied().chain([("quantile", quantile)]).collect();
                self.sample(name, &labels, value);
            }
        }
        self.sample(&format!("{name}_sum"), labels, values.iter().sum::<f64>());
        self.sample(&format!("{name}_count"), labels, values.len());
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }
}

/// Orders as they were counted at one moment.
#[derive(Default)]
struct Counted {
    states: BTreeMap<(&'static str, &'static str), u64>,
    refusals: BTreeMap<String, u64>,
    waiting: usize,
    halted: bool,
    algorithms: BTreeMap<&'static str, u64>,
    locks: usize,
}

const fn book_word(book: Book) -> &'static str {
    match book {
        Book::Paper => "paper",
        Book::Live => "live",
    }
}

impl Workstation {
    /// Everything countable, in the text form of Prometheus; amounts of money only when they are asked for.
    ///
    /// # Errors
    /// The store's.
    pub async fn metrics(&self, amounts: bool) -> Result<String> {
        let status = self.status().await?;
        let counted = self.counted().await?;
        let mut text = Text::default();
        orders(&mut text, &counted);
        text.one("omc_approvals_waiting", "gauge", "Orders that wait for a person.", counted.waiting);
        text.one(
            "omc_kill_pulled",
            "gauge",
            "1 while the kill switch is pulled.",
            u8::from(kill::is_pulled(self.home())),
        );
        let halted = counted.halted || status.halted.is_some();
        text.one("omc_trading_halted", "gauge", "1 while trading is halted.", u8::from(halted));
        let length = self.store().journal_length().await?;
        text.one("omc_journal_facts_total", "counter", "Facts of the journal.", length);
        let unseen = self.store().alerts_unseen().await?;
        text.one("omc_alerts_unseen", "gauge", "Alerts that nobody saw.", unseen);
        let telling = self.store().waiting_deliveries().await?.len();
        text.one("omc_webhook_waiting", "gauge", "Alerts that are still to be told to the webhook.", telling);
        text.family("omc_algorithms", "gauge", "Algorithms by state.");
        for (state, count) in &counted.algorithms {
            text.sample("omc_algorithms", &[("state", state)], count);
        }
        text.one("omc_protection_locks", "gauge", "What protections lock now.", counted.locks);
        sources(&mut text, &status);
        self.fills_in(&mut text).await?;
        self.on_their_way(&mut text).await?;
        if amounts {
            equity(&mut text, &status);
        }
        Ok(text.0)
    }

    async fn counted(&self) -> Result<Counted> {
        let desk = self.desk().await?;
        let mut counted = Counted { halted: desk.halted.is_some(), ..Counted::default() };
        for ((book, state), count) in desk.orders.counts() {
            counted.states.insert((book_word(book), state.as_str()), count);
        }
        counted.refusals = desk.orders.refusals();
        counted.waiting = desk.orders.asked().count();
        for algorithm in desk.algorithms.iter() {
            *counted.algorithms.entry(algorithm.state().as_str()).or_default() += 1;
        }
        counted.locks = desk.risk.protections.locks(&desk.risk.own, self.now()).len();
        Ok(counted)
    }

    /// How long the newest live orders took to leave, and to be acknowledged.
    async fn on_their_way(&self, text: &mut Text) -> Result<()> {
        let seconds = |micros: &mut dyn Iterator<Item = i64>| micros.map(|micros| micros as f64 / 1e6).collect();
        let (to_sent, to_answer): (Vec<f64>, Vec<f64>) = {
            let latency = &self.desk().await?.latency;
            (seconds(&mut latency.to_sent()), seconds(&mut latency.to_answer()))
        };
        let help = "From a signal taken to its live order written down and about to leave, of the newest nobody was asked about.";
        text.family("omc_signal_to_sent_seconds", "summary", help);
        text.summary("omc_signal_to_sent_seconds", &[], to_sent);
        let help = "From a live order about to leave to its acknowledgement written down, of the newest.";
        text.family("omc_sent_to_acknowledged_seconds", "summary", help);
        text.summary("omc_sent_to_acknowledged_seconds", &[], to_answer);
        Ok(())
    }

    /// How long the newest orders with a fill waited for their first one.
    async fn fills_in(&self, text: &mut Text) -> Result<()> {
        text.family(
            "omc_first_fill_seconds",
            "summary",
            "From asked for to first fill, of the newest orders with one.",
        );
        for book in BOOKS {
            let view = self.execution(book).await?;
            let took = view.orders.iter().filter_map(|row| Some(row.first_fill_ms? as f64 / 1_000.0)).collect();
            text.summary("omc_first_fill_seconds", &[("book", book_word(book))], took);
        }
        Ok(())
    }
}

fn orders(text: &mut Text, counted: &Counted) {
    text.family("omc_orders", "gauge", "Orders by book and state.");
    for book in BOOKS.map(book_word) {
        for state in STATES.map(OrderState::as_str) {
            let count = counted.states.get(&(book, state)).copied().unwrap_or_default();
            text.sample("omc_orders", &[("book", book), ("state", state)], count);
        }
    }
    text.family("omc_orders_unknown", "gauge", "Orders nobody knows the fate of.");
    for book in BOOKS.map(book_word) {
        let count = counted.states.get(&(book, OrderState::Unknown.as_str())).copied().unwrap_or_default();
        text.sample("omc_orders_unknown", &[("book", book)], count);
    }
    text.family("omc_gate_refusals_total", "counter", "Orders that were refused, by code.");
    for (code, count) in &counted.refusals {
        text.sample("omc_gate_refusals_total", &[("code", code)], count);
    }
}

fn sources(text: &mut Text, status: &Status) {
    text.one("omc_offline", "gauge", "1 while no price comes.", u8::from(status.offline));
    if let Some(age) = status.price_age_s {
        text.one("omc_price_age_seconds", "gauge", "Age of the newest price.", age);
    }
    text.family("omc_source_up", "gauge", "1 while a source's last run went well; paused ones are left out.");
    for row in status.sources.iter().filter(|row| !row.paused && row.lacks.is_none()) {
        let up = u8::from(row.last_error.is_none() && row.last_success.is_some());
        text.sample("omc_source_up", &[("source", &row.name), ("ledger", &row.ledger)], up);
    }
    text.family("omc_source_age_seconds", "gauge", "How long ago a source last answered well.");
    for row in &status.sources {
        if let Some(last) = row.last_success {
            let age = status.now.seconds_since(last).max(0);
            text.sample("omc_source_age_seconds", &[("source", &row.name)], age);
        }
    }
}

fn equity(text: &mut Text, status: &Status) {
    text.family("omc_paper_aud", "gauge", "Amounts of the paper book; what is not known is left out.");
    let mut add = |what: &str, amount: Option<SerialDecimal>| {
        if let Some(amount) = amount {
            text.sample("omc_paper_aud", &[("what", what)], amount.0.normalize());
        }
    };
    add("cash", Some(status.paper.cash));
    add("equity", status.paper.equity);
    add("realised", Some(status.paper.realised));
    add("unrealised", status.paper.unrealised);
}

#[cfg(test)]
mod tests {
    use crate::dto::OrderRequest;
    use crate::fixtures::{World, book};
    use coinspot::PRICES_SOURCE;
    use domain::{Book, Side};

    fn value(text: &str, sample: &str) -> Option<String> {
        text.lines().find_map(|line| Some(line.strip_prefix(sample)?.strip_prefix(' ')?.to_owned()))
    }

    #[tokio::test]
    async fn orders_refusals_and_the_switch_are_counted_and_amounts_are_told_only_when_asked_for() {
        let world = World::of(&[PRICES_SOURCE]).await;
        world.tell(PRICES_SOURCE, book(&[("BTC", 1_000)]));
        world.pass(1);
        world.run(PRICES_SOURCE).await;
        let request = |quantity: &str| OrderRequest {
            coin: "BTC".into(),
            side: Side::Buy,
            book: Book::Paper,
            quantity: Some(quantity.into()),
            aud: None,
            limit: Some("990".into()),
            again: true,
            until: None,
        };
        world.ws.order_place(&request("0.5")).await.unwrap();
        let refused = world.ws.order_place(&request("50")).await.unwrap();
        assert_eq!(refused.state, "denied");
        let refusals = format!(r#"omc_gate_refusals_total{{code="{}"}}"#, refused.reason_code.unwrap());
        let text = world.ws.metrics(false).await.unwrap();
        assert_eq!(value(&text, r#"omc_orders{book="paper",state="open"}"#).as_deref(), Some("1"), "{text}");
        assert_eq!(value(&text, &refusals).as_deref(), Some("1"), "{text}");
        assert_eq!(value(&text, r#"omc_source_up{source="coinspot_prices",ledger="exchange"}"#).as_deref(), Some("1"));
        assert_eq!(value(&text, "omc_kill_pulled").as_deref(), Some("0"));
        assert!(!text.contains("omc_paper_aud"), "{text}");
        assert!(world.ws.metrics(true).await.unwrap().contains(r#"omc_paper_aud{what="cash"}"#));
        let request = crate::dto::KillRequest { all: false, liquidate: None, typed: None };
        world.ws.kill(&request).await.unwrap();
        let text = world.ws.metrics(false).await.unwrap();
        assert_eq!(value(&text, "omc_kill_pulled").as_deref(), Some("1"));
        // Each family is told once, and every line is one of a family.
        let families: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
        let mut once = families.clone();
        once.dedup();
        assert_eq!(families, once);
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(families.iter().any(|family| line.starts_with(family)), "{line}");
        }
    }
}
