//! Results in words and tables, for people at a terminal.

mod alerts;
mod algorithms;
mod approvals;
mod books;
mod equity;
mod journal;
mod orders;
mod quality;
pub mod report;
mod tax;
mod trades;

pub use alerts::{alerts, webhook};
pub use algorithms::{algorithm, algorithm_moved, algorithms, strategies};
pub use approvals::{approvals, mandates, scorecard, waiting};
pub use books::{actions, books_done, history_import, movements};
pub use equity::equity;
pub use journal::journal;
pub use orders::amend_preview;
pub use quality::{gaps, quality};
pub use tax::{filing, parcels, tax, tax_settings, what_if};
pub use trades::{tagged, trade, trades};

use crate::print::table;
use workstation::Timestamp;
use workstation::dto::{
    AccountView, CandleImport, Candles, Collected, Doctor, Event, FileReport, GlassView, History, KillReceipt,
    KillState, LedgerView, LimitsView, LockRow, OrderView, Orders, Pnl, Positions, Prices, ReadinessStep,
    ReadinessView, RunsView, Said, SecretRow, SecretsView, SerialDecimal, SourceDetail, SourcesView, Spark, SparksView,
    Status, StoragePart, StorageView, TradeImport, TradeView, Verified,
};
use workstation::dto::{ExecutionView, KeyCheck, LeaseView, TwapRow, TwapsView};

/// An amount in AUD, to the cent, with thousands separated and its sign.
pub fn aud(amount: SerialDecimal) -> String {
    let cents = amount.to_cents_text();
    let (sign, digits) = cents.strip_prefix('-').map_or(("", cents.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "00"));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{fraction}")
}

fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

pub fn aud_or_dash(amount: Option<SerialDecimal>) -> String {
    amount.map_or_else(|| "-".to_owned(), aud)
}

pub fn imported(import: &TradeImport) -> String {
    let mut out = format!(
        "{} rows read: {} imported, {} known already, {} refused",
        import.read,
        import.imported,
        import.duplicates,
        import.rejected.len()
    );
    out.extend(import.found.iter().map(|found| format!(" ({found})")));
    for line in &import.rejected {
        out.push_str(&format!("\n  line {}: {}", line.line, line.reason));
    }
    for line in &import.left_out {
        out.push_str(&format!("\n  line {} left out: {}", line.line, line.reason));
    }
    if let Some(doubts) = import.doubts {
        out.push_str(&format!("\n{doubts} known trades were told with another fee: see `omc actions`"));
    }
    out
}

fn trade_row(trade: &TradeView) -> Vec<String> {
    vec![
        trade.time.to_string(),
        trade.coin.to_string(),
        trade.side.to_string(),
        trade.quantity.to_string(),
        trade.price.to_string(),
        aud(trade.fee),
        trade.algorithm.clone().unwrap_or_else(|| "manual".into()),
        or_dash(trade.venue.clone()),
    ]
}

pub fn history(history: &History) -> String {
    let rows: Vec<_> = history.trades.iter().map(trade_row).collect();
    table(&["time", "coin", "side", "quantity", "price", "fee AUD", "algorithm", "venue"], &[3, 4, 5], &rows)
}

pub fn positions(positions: &Positions) -> String {
    let rows: Vec<_> = positions
        .positions
        .iter()
        .map(|held| {
            vec![
                held.coin.to_string(),
                held.quantity.to_string(),
                aud(held.cost),
                aud_or_dash(held.average_price),
                aud_or_dash(held.market_value),
                aud_or_dash(held.unrealised),
                held.price_age_s.map_or_else(|| "no price".to_owned(), |age| format!("{age} s")),
                held.parcels.len().to_string(),
                if held.dust { "dust" } else { "" }.to_owned(),
            ]
        })
        .collect();
    let header = ["coin", "quantity", "cost AUD", "average", "value AUD", "unrealised", "price age", "parcels", ""];
    table(&header, &[1, 2, 3, 4, 5, 6, 7], &rows)
}

pub fn pnl(pnl: &Pnl) -> String {
    let mut out = format!(
        "{} · AUD\nrealised   {}\nunrealised {}\ntotal      {}\nfees       {}",
        pnl.method,
        aud(pnl.realised),
        aud_or_dash(pnl.unrealised),
        aud_or_dash(pnl.total),
        aud(pnl.fees)
    );
    let moved = [("income    ", pnl.income), ("received  ", pnl.received), ("spent     ", pnl.spent)];
    for (name, amount) in moved.into_iter().filter(|(_, amount)| !amount.0.is_zero()) {
        out.push_str(&format!("\n{name} {}", aud(amount)));
    }
    if !pnl.groups.is_empty() {
        let rows: Vec<_> = pnl
            .groups
            .iter()
            .map(|group| {
                let key = if group.key.is_empty() { "(no label)" } else { &group.key };
                vec![
                    key.to_owned(),
                    aud(group.realised),
                    aud_or_dash(group.unrealised),
                    aud(group.fees),
                    group.trades.to_string(),
                    group.wins.to_string(),
                    group.losses.to_string(),
                ]
            })
            .collect();
        let header = ["group", "realised", "unrealised", "fees", "sales", "wins", "losses"];
        out.push_str(&format!("\n\n{}", table(&header, &[1, 2, 3, 4, 5, 6], &rows)));
    }
    if !pnl.unpriced.is_empty() {
        let coins: Vec<_> = pnl.unpriced.iter().map(ToString::to_string).collect();
        out.push_str(&format!("\nno price, not in unrealised: {}", coins.join(", ")));
    }
    for unknown in &pnl.unknown_basis {
        out.push_str(&format!("\nunknown cost basis, not in realised: {} {}", unknown.quantity, unknown.coin));
    }
    for note in &pnl.notes {
        out.push_str(&format!("\nnote: {note}"));
    }
    out
}

pub fn file(file: &FileReport) -> String {
    format!("{}: {} rows, sha256 {}", file.file, file.rows, file.sha256)
}

pub fn backup(file: &FileReport) -> String {
    format!("{}: {} facts, checked, sha256 {}", file.file, file.rows, file.sha256)
}

pub fn verified(verified: &Verified) -> String {
    let mut out = String::new();
    for device in &verified.devices {
        out.push_str(&format!("device {}: {} facts, head {}\n", device.device, device.facts, device.head));
    }
    for problem in &verified.problems {
        let place = match (&problem.device, problem.sequence) {
            (Some(device), Some(sequence)) => format!("device {device} sequence {sequence}: "),
            (Some(device), None) => format!("device {device}: "),
            _ => String::new(),
        };
        out.push_str(&format!("{place}{} [{}]\n", problem.message, problem.code));
    }
    out.push_str(if verified.ok { "ok: every fact is as it was written" } else { "FAILED: restore a backup" });
    out
}

pub fn restored(verified: &Verified) -> String {
    format!("restored as a new device\n{}", self::verified(verified))
}

pub fn doctor(doctor: &Doctor) -> String {
    let rows: Vec<_> = doctor
        .checks
        .iter()
        .map(|check| vec![check.status.clone(), check.name.clone(), check.detail.clone()])
        .collect();
    table(&["status", "check", "detail"], &[], &rows)
}

pub fn candle_import(import: &CandleImport) -> String {
    let mut out = format!(
        "{} candles imported, {} known already, {} refused",
        import.imported,
        import.duplicates,
        import.rejected.len()
    );
    for line in &import.rejected {
        out.push_str(&format!("\n  line {}: {}", line.line, line.reason));
    }
    out
}

pub fn candles(candles: &Candles) -> String {
    let rows: Vec<_> = candles
        .candles
        .iter()
        .map(|c| {
            vec![
                c.time.to_string(),
                c.open.to_string(),
                c.high.to_string(),
                c.low.to_string(),
                c.close.to_string(),
                or_dash(c.volume),
            ]
        })
        .collect();
    let mut out = table(&["time", "open", "high", "low", "close", "volume"], &[1, 2, 3, 4, 5], &rows);
    for gap in &candles.gaps {
        out.push_str(&format!("\ngap: {} missing from {} to {}", gap.missing, gap.from, gap.to));
    }
    out
}

pub fn prices(prices: &Prices) -> String {
    let rows: Vec<_> = prices
        .prices
        .iter()
        .map(|row| {
            let kind = if row.kind == workstation::QuoteKind::Book { "book" } else { "instant" };
            vec![
                row.coin.to_string(),
                kind.to_owned(),
                or_dash(row.bid),
                or_dash(row.ask),
                or_dash(row.last),
                row.spread_pct.map_or_else(|| "-".to_owned(), |pct| format!("{pct} %")),
                row.change_24h_pct.map_or_else(|| "-".to_owned(), |pct| format!("{pct} %")),
                format!("{} s{}", row.age_s, if row.stale { " STALE" } else { "" }),
            ]
        })
        .collect();
    table(&["coin", "kind", "bid", "ask", "last", "spread", "24 h", "age"], &[2, 3, 4, 5, 6, 7], &rows)
}

pub fn sources(sources: &SourcesView) -> String {
    let listed = sources_table(sources);
    sources.clock.as_ref().map_or(listed.clone(), |words| format!("{listed}\n{words}"))
}

fn sources_table(sources: &SourcesView) -> String {
    let rows: Vec<_> = sources
        .sources
        .iter()
        .map(|source| {
            vec![
                source.name.clone(),
                source.ledger.clone(),
                if source.paused { format!("{}, paused", source.status) } else { source.status.clone() },
                or_dash(source.last_success),
                or_dash(source.next_run),
                source.lacks.clone().or_else(|| source.last_error.clone()).unwrap_or_else(|| "-".into()),
            ]
        })
        .collect();
    table(&["source", "ledger", "status", "last success", "next run", "last error"], &[], &rows)
}

/// A share as whole percent.
fn share(of: Option<f64>) -> String {
    of.map_or_else(|| "-".to_owned(), |of| format!("{:.1} %", of * 100.0))
}

pub fn source(detail: &SourceDetail) -> String {
    let row = &detail.row;
    let mut out = format!("{} · {} · {} ({})", row.name, row.status, detail.publisher, detail.site);
    for (what, said) in [("lacks", &row.lacks), ("last error", &row.last_error)] {
        if let Some(said) = said {
            out.push_str(&format!("\n{what}: {said}"));
        }
    }
    if let Some(skew_ms) = row.skew_ms {
        out.push_str(&format!("\nits clock beside ours: {skew_ms:+} ms"));
    }
    let statistics = detail.statistics.iter().map(|of| {
        let figures = [of.new, of.revised, of.duplicate, of.rejected].map(|figure| figure.to_string());
        let mut row = vec![of.window.clone(), of.runs.to_string(), of.failed.to_string(), share(of.answered)];
        row.extend(figures);
        row
    });
    let header = ["window", "runs", "failed", "answered", "new", "revised", "duplicate", "rejected"];
    let rows: Vec<_> = statistics.collect();
    out.push_str(&format!("\n\n{}", table(&header, &[1, 2, 3, 4, 5, 6, 7], &rows)));
    if !detail.settings.is_empty() {
        let set = detail.settings.iter().map(|setting| {
            let value = match (&setting.value, setting.is_set) {
                (Some(value), _) => value.clone(),
                (None, true) => "set, not shown".to_owned(),
                (None, false) if setting.default.is_empty() => "not set".to_owned(),
                (None, false) => format!("{} (as it comes)", setting.default),
            };
            vec![setting.name.clone(), value, setting.help.clone()]
        });
        out.push_str(&format!("\n\n{}", table(&["setting", "value", "what for"], &[], &set.collect::<Vec<_>>())));
    }
    out
}

pub fn secrets(view: &SecretsView) -> String {
    let row = |secret: &SecretRow| {
        let from = secret.from.clone().unwrap_or_else(|| "not set".into());
        vec![secret.name.clone(), from, secret.used_by.clone()]
    };
    let rows: Vec<_> = view.secrets.iter().map(row).collect();
    let listed = table(&["secret", "from", "used by"], &[], &rows);
    view.reason.as_ref().map_or(listed.clone(), |reason| format!("{listed}\n{reason}"))
}

pub fn runs(view: &RunsView) -> String {
    let rows: Vec<_> = view
        .runs
        .iter()
        .map(|run| {
            let figures =
                [run.seen, run.new, run.revised, run.duplicate, run.rejected].map(|figure| figure.to_string());
            let mut row = vec![run.started.to_string(), run.cause.clone(), run.status.clone()];
            row.extend(figures);
            let refused = run.refused.first().map(|first| format!("{}: {}", first.item, first.reason));
            row.push(run.error.clone().or(refused).unwrap_or_default());
            row
        })
        .collect();
    let header = ["started", "cause", "status", "seen", "new", "revised", "duplicate", "rejected", "error"];
    table(&header, &[3, 4, 5, 6, 7], &rows)
}

/// One thing said, in a line.
fn said(said: &Said) -> String {
    match said {
        Said::Price { market, bid, ask, last } => {
            format!("{market} bid {} ask {} last {}", or_dash(*bid), or_dash(*ask), or_dash(*last))
        }
        Said::News { title, outlet, .. } => format!("{outlet}: {title}"),
        Said::Mood { value, label } => format!("{value} {label}"),
        Said::Announcement { title, .. } | Said::Event { title, .. } => title.clone(),
        Said::Post { title, community, .. } => format!("{community}: {title}"),
        Said::Filing { form, filer, title, .. } => format!("{filer}: {form} {title}"),
        Said::Figure { name, amount, currency, .. } => format!("{name} {amount} {currency}"),
        Said::Treasury { company, holdings, .. } => format!("{company} holds {holdings}"),
    }
}

pub fn ledger(view: &LedgerView) -> String {
    let rows: Vec<_> = view
        .observations
        .iter()
        .map(|row| {
            let (time, seen) = (row.event_time.to_string(), row.first_seen.to_string());
            let coins = row.coins.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            let coins = if coins.is_empty() { "-".to_owned() } else { coins };
            let meaning = row.meaning.as_ref();
            let sentiment = meaning.and_then(|told| told.sentiment).map(|score| format!("{score:+.2}"));
            let severity = meaning.and_then(|told| told.severity);
            let judged = [or_dash(sentiment), or_dash(severity), row.revision.to_string()];
            [vec![time, seen, row.kind.clone(), coins], judged.to_vec(), vec![said(&row.said)]].concat()
        })
        .collect();
    table(&["event", "first seen", "kind", "coins", "sentiment", "severity", "revision", "what"], &[4, 5, 6], &rows)
}

pub fn glass(view: &GlassView) -> String {
    let percent =
        |change: Option<SerialDecimal>| change.map_or_else(|| "-".to_owned(), |change| format!("{} %", change.0));
    let series: Vec<_> = view
        .series
        .iter()
        .map(|one| {
            let changes = [one.change_1d_pct, one.change_7d_pct, one.change_30d_pct].map(percent);
            let day = one.points.last().map_or_else(|| "-".to_owned(), |point| day_of(point.day));
            let mut row = vec![one.kind.clone(), one.name.clone(), day, one.latest.0.round_dp(0).to_string()];
            row.push(one.currency.clone());
            row.extend(changes);
            row
        })
        .collect();
    let treasuries: Vec<_> = view
        .treasuries
        .iter()
        .map(|row| {
            let change = row.change.map_or_else(|| "-".to_owned(), |change| change.0.to_string());
            vec![row.company.clone(), row.coin.to_string(), day_of(row.day), row.holdings.0.to_string(), change]
        })
        .collect();
    let series = table(&["kind", "of", "day", "amount", "currency", "1 d", "7 d", "30 d"], &[3, 5, 6, 7], &series);
    let treasuries = table(&["company", "coin", "day", "holds", "change"], &[3, 4], &treasuries);
    format!("{series}\n\n{treasuries}")
}

/// The day of a time, in UTC.
fn day_of(time: Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}

pub fn collected(collected: &Collected) -> String {
    let rows: Vec<_> = collected
        .runs
        .iter()
        .map(|run| {
            vec![
                run.source.clone(),
                run.status.clone(),
                run.new.to_string(),
                run.duplicate.to_string(),
                run.rejected.to_string(),
                run.error.clone().unwrap_or_default(),
            ]
        })
        .collect();
    table(&["source", "status", "new", "duplicate", "rejected", "error"], &[2, 3, 4], &rows)
}

pub fn order(order: &OrderView) -> String {
    let price = order.limit.map_or_else(|| "instant".to_owned(), |limit| format!("limit {limit}"));
    let mut out = format!(
        "{} {} {} {} {price} · {} · {}, {} filled",
        order.id,
        order.side,
        order.quantity,
        order.coin,
        order.book.to_string().to_uppercase(),
        order.state,
        order.filled
    );
    for fill in &order.fills {
        out.push_str(&format!("\n  filled {} at {}, fee {} AUD", fill.quantity, fill.price, aud(fill.fee)));
    }
    if let Some(reason) = &order.reason {
        out.push_str(&format!("\n  {reason}"));
    }
    if let Some(amending) = &order.amending {
        out.push_str(&format!("\n  was to have the limit {}: looks will show whether it has", amending.to));
        if let Some(refused) = &amending.refused {
            out.push_str(&format!("\n  {refused}"));
        }
    }
    if let Some(denied) = &order.amend_denied {
        out.push_str(&format!("\n  limit {} was refused: {} ({})", denied.limit, denied.message, denied.code));
    }
    if let Some(unknown) = &order.unknown {
        let (polls, quiet) = (unknown.polls, unknown.quiet_s);
        out.push_str(&format!("\n  nothing found in {polls} complete looks over {quiet} s"));
        for found in &unknown.candidates {
            let id = found.venue_order_id.as_deref().unwrap_or("without an id");
            let rests = found.resting.map_or_else(String::new, |left| format!(", {left} rest"));
            out.push_str(&format!("\n  could be {id}: {} rows{rests}", found.rows.len()));
        }
        if unknown.may_be_closed {
            out.push_str("\n  you may say what became of it: omc resolve");
        }
    }
    out
}

pub fn account(view: &AccountView) -> String {
    let mut out = match (view.at, view.cash) {
        (Some(at), Some(cash)) => format!("as of {at}: {} AUD", aud(cash)),
        _ => "the exchange has not answered yet".to_owned(),
    };
    for owned in &view.coins {
        out.push_str(&format!("\n  {} {}", owned.quantity, owned.coin));
    }
    for open in &view.resting {
        let whose = open.order.map_or_else(|| "not made here".to_owned(), |order| format!("order {order}"));
        out.push_str(&format!("\n  rests: {} {} {} at {} · {whose}", open.side, open.left, open.coin, open.limit));
    }
    for row in &view.foreign {
        let (side, price) = (row.side, row.price);
        out.push_str(&format!("\n  not made here: {side} {} {} at {price}, {}", row.quantity, row.coin, row.time));
    }
    for line in &view.unexplained {
        out.push_str(&format!("\n  unexplained: {} {} where {} would be", line.owned.0, line.of, line.explained.0));
    }
    if let Some(trouble) = &view.trouble {
        out.push_str(&format!("\n  it did not answer the last time: {} [{}]", trouble.message, trouble.code));
    }
    out
}

pub fn orders(orders: &Orders) -> String {
    if orders.orders.is_empty() {
        return "no orders".to_owned();
    }
    orders.orders.iter().map(order).collect::<Vec<_>>().join("\n")
}

pub fn sparks(sparks: &SparksView) -> String {
    let row = |spark: &Spark| {
        let known: Vec<SerialDecimal> = spark.closes.iter().flatten().copied().collect();
        let hours = format!("{} of {}", known.len(), spark.closes.len());
        vec![spark.coin.to_string(), or_dash(known.first().copied()), or_dash(known.last().copied()), hours]
    };
    let rows: Vec<_> = sparks.sparks.iter().map(row).collect();
    table(&["coin", "first close", "last close", "hours known"], &[1, 2, 3], &rows)
}

pub fn readiness(view: &ReadinessView) -> String {
    let row = |step: &ReadinessStep| {
        let next = step.next.as_ref().map_or_else(String::new, |next| format!("\n         → {next}"));
        format!("{} {:<12} {}{next}", if step.done { "done" } else { "todo" }, step.step, step.found)
    };
    view.steps.iter().map(row).collect::<Vec<_>>().join("\n")
}

pub fn storage(storage: &StorageView) -> String {
    let since = storage.ticks_since.map_or_else(String::new, |since| format!(" since {since}"));
    let kept = format!(
        "{} ticks{since}, kept for {} days and up to {} MB",
        storage.ticks, storage.ticks_days, storage.ticks_mb
    );
    let row = |part: &StoragePart| vec![part.part.clone(), format!("{:.1}", part.bytes as f64 / 1e6)];
    let rows: Vec<_> = storage.parts.iter().map(row).collect();
    format!("{kept}\n\n{}", table(&["part", "MB"], &[1], &rows))
}

pub fn limits(limits: &LimitsView) -> String {
    let rows: Vec<_> = limits
        .paper
        .iter()
        .map(|(name, value)| vec![name.clone(), value.to_string(), or_dash(limits.live.get(name).copied())])
        .collect();
    let mut out = table(&["limit", "paper", "live"], &[1, 2], &rows);
    let volatile = &limits.risk.volatile;
    let halved =
        if volatile.on { "on: what an order, a day, a coin and a day's loss may come to is halved" } else { "off" };
    out.push_str(&format!("\n\nvolatile mode ({}) is {halved}", volatile.mode));
    for book in &limits.risk.books {
        let used = |name: &str| book.used.get(name).map_or_else(|| "-".to_owned(), ToString::to_string);
        out.push_str(&format!(
            "\n{} equity {} · largest coin {} % · down {} % today, {} % from its highest",
            book.book,
            aud_or_dash(book.equity),
            used("max_coin_pct"),
            used("max_day_loss_pct"),
            used("max_drawdown_pct"),
        ));
        if let Some(since) = book.peak_since {
            out.push_str(&format!(" since {since}"));
        }
        for coin in &book.unpriced {
            out.push_str(&format!("\n  {coin} has no fresh bid: no buy until it has one, or `omc write-down {coin}`"));
        }
        for row in &book.written_down {
            out.push_str(&format!("\n  {} is written down: {}", row.coin, row.why));
        }
    }
    out
}

pub fn protections(limits: &LimitsView) -> String {
    let rows: Vec<_> =
        limits.risk.protections.iter().map(|(name, value)| vec![name.clone(), value.to_string()]).collect();
    let settings = table(&["protection", "value"], &[1], &rows);
    let lock = |lock: &LockRow| {
        let coin = lock.coin.map_or_else(|| "all".to_owned(), |coin| coin.to_string());
        let until = lock.until.to_string();
        vec![lock.book.to_string(), lock.algorithm.clone(), coin, lock.rule.clone(), until, lock.why.clone()]
    };
    let locks: Vec<_> = limits.risk.locks.iter().map(lock).collect();
    if locks.is_empty() {
        return format!("{settings}\n\nnothing is locked");
    }
    format!("{settings}\n\n{}", table(&["book", "algorithm", "coin", "rule", "until", "why"], &[], &locks))
}

pub fn ticker(status: &Status) -> String {
    let label = if status.demo { "DEMO PAPER" } else { "PAPER" };
    format!(
        "{label} · equity {} · cash {} · unrealised {} · realised {}",
        aud_or_dash(status.paper.equity),
        aud(status.paper.cash),
        aud_or_dash(status.paper.unrealised),
        aud(status.paper.realised)
    )
}

pub fn kill_state(state: &KillState) -> String {
    let words = if state.pulled { "the kill switch is pulled" } else { "trading is open" };
    format!("{words}{}", state.note.as_ref().map_or_else(String::new, |note| format!("; {note}")))
}

pub fn receipt(receipt: &KillReceipt) -> String {
    let mut out = format!(
        "trading is stopped since {} ({})\n{} order(s) cancelled in {} ms",
        receipt.pulled_at,
        if receipt.by == "holder" { "the running workstation answered" } else { "nobody else answered" },
        receipt.cancelled.len(),
        receipt.took_ms
    );
    let mut line = |words: String| {
        out.push('\n');
        out.push_str(&words);
    };
    if !receipt.gone.is_empty() {
        line(format!("{} order(s) rested no longer", receipt.gone.len()));
    }
    receipt.unconfirmed.iter().for_each(|id| line(format!("NOT CONFIRMED: {id}")));
    receipt.unknown.iter().for_each(|id| line(format!("NOBODY KNOWS: {id}")));
    for other in &receipt.resting_elsewhere {
        let left = if other.asked_at.is_some() { "NOT CONFIRMED, not ours" } else { "left alone, not ours" };
        let (side, quantity, coin, limit) = (other.side, other.quantity, other.coin, other.limit);
        line(format!("{left}: {side} {quantity} {coin} at {limit} AUD ({})", other.venue_order_id));
    }
    receipt.notes.iter().for_each(|note| line(note.clone()));
    if let Some(sale) = &receipt.liquidation {
        sale.why.iter().for_each(|why| line(format!("NOTHING WAS SOLD: {why}")));
        for sold in &sale.sold {
            line(format!("sold {} {} ({}) for {} AUD", sold.quantity, sold.coin, sold.book, sold.value));
        }
        for held in &sale.remaining {
            line(format!("STILL HELD: {} {} ({}): {}", held.quantity, held.coin, held.book, held.why));
        }
    }
    out
}

pub fn event(event: &Event) -> String {
    match event {
        Event::Prices { prices } => format!("prices: {} changed", prices.len()),
        Event::Order { order } => self::order(order),
        Event::Asked { order, again } => {
            let again = if *again { "AGAIN " } else { "" };
            format!("ASKED {again}{}: omc approve {}", self::order(order), order.id)
        }
        Event::Trade { trade } => {
            format!("trade: {} {} {} at {}", trade.side, trade.quantity, trade.coin, trade.price)
        }
        Event::Closes { new } => format!("closes: {new} days of held coins got their price"),
        Event::Missed { events } => format!("{events} events were missed"),
        Event::Algorithm { name } => format!("algorithm: {name} moved or spoke"),
        Event::Session { session, asks: true, .. } => format!("session {session} ASKS: omc lab show {session}"),
        // Of its many steps only the last is told on a terminal.
        Event::Session { state, .. } if state == "running" || state == "waiting" => String::new(),
        Event::Session { session, state, .. } => format!("session {session}: {state}"),
        Event::Sync { sync, pulled } => {
            let why = sync.error.as_ref().map_or_else(String::new, |error| format!(": {}", error.message));
            format!("sync: {}, {pulled} facts came, {} behind{why}", sync.state, sync.behind)
        }
        Event::Alert { alert, .. } => format!("ALERT {}: {}", alert.severity, alert.title),
        // On a terminal one line a poll is enough.
        Event::Paper { .. } => String::new(),
        Event::Status { status } => ticker(status),
    }
}

pub fn key(check: &KeyCheck) -> String {
    if !check.at_hand {
        return "no key of CoinSpot is at hand".into();
    }
    let declared = match check.declared_at {
        Some(at) => format!("declared on {at} to be without withdrawal rights"),
        None if check.other_declared => "not declared; another key was".into(),
        None => "not declared: live trading stays off".into(),
    };
    let rights = match (check.rights.as_deref(), &check.problem) {
        (Some("trades"), _) => "it may trade".to_owned(),
        (Some(_), _) => "it may only read: no order can leave".to_owned(),
        (None, Some(problem)) => format!("{} ({})", problem.message, problem.code),
        (None, None) => "what it may do is not known".to_owned(),
    };
    format!("{declared}\n{rights}")
}

pub fn lease(lease: &LeaseView) -> String {
    let held = if lease.held {
        "this machine holds the trading lease"
    } else {
        "this machine does not hold the trading lease"
    };
    match lease.resting_live {
        0 => held.into(),
        resting => format!("{held}; {resting} live orders rest at the exchange"),
    }
}

pub fn execution(view: &ExecutionView) -> String {
    let bps = |slippage: Option<SerialDecimal>| slippage.map_or_else(|| "-".into(), |slippage| slippage.0.to_string());
    let row = |group: &workstation::dto::ExecutionGroup| {
        vec![
            group.algorithm.clone().unwrap_or_else(|| "by hand".into()),
            group.coin.to_string(),
            group.orders.to_string(),
            aud(group.value),
            bps(group.slippage_bps),
            group.over_tolerance.to_string(),
            aud(group.fees),
        ]
    };
    let rows: Vec<_> = view.groups.iter().map(row).collect();
    let head = ["who", "coin", "orders", "AUD", "slippage bps", "over", "fees"];
    let listed = table(&head, &[2, 3, 4, 5, 6], &rows);
    format!(
        "{listed}slippage against the middle of the market on arrival; above {} bps is told as over",
        view.tolerance_bps.0
    )
}

pub fn twaps(view: &TwapsView) -> String {
    let row = |twap: &TwapRow| {
        vec![
            twap.id.to_string(),
            format!("{} {}", twap.side, twap.coin),
            twap.book.to_string(),
            aud(twap.aud),
            aud(twap.traded),
            format!("{}/{}", twap.begun, twap.slices),
            format!("{}{}", or_dash(twap.slippage_bps), if twap.over_tolerance { " !" } else { "" }),
            twap.end.to_string(),
            twap.reason.clone().unwrap_or_else(|| twap.state.clone()),
        ]
    };
    let rows: Vec<_> = view.twaps.iter().map(row).collect();
    table(&["id", "what", "book", "AUD", "traded", "slices", "bps", "until", "state"], &[3, 4, 5, 6], &rows)
}
