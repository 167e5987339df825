//! The journal in words: who did what and why, for every kind of fact there is.
//!
//! Invariants: the matches are exhaustive, so that a new kind of fact is not let in without its words; what came from outside
//! (a venue's reply, a reason typed by a person, a receipt) is plain text, cut to a bound. Deliberately absent: reading the
//! journal, and any judgement of what stands in it.

mod session;

use domain::{
    ApprovalRule, Book, Coin, Direction, Fact, Mandate, Moved, Movement, Name, Note, OrderId, OrderKind, OrderNote,
    PickedSale, Proposal, Quantity, Resolution, Side, SignalOutcome, Trade, Trials, Twap, Verdict, Why,
};
use floor::{Orders, aud, number};

/// The longest reason that is shown.
const WORDS_MAX: usize = 400;
const YOU: &str = "you";
const WORKSTATION: &str = "workstation";
const GATE: &str = "gate";

/// A fact in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// `you`, `gate`, `exchange`, `paper market`, `workstation`, `mandate`, or an algorithm's name.
    pub who: String,
    /// What happened.
    pub what: String,
    /// Why, where it is known; else empty.
    pub why: String,
}

/// Names every kind and gives its number, from one list.
macro_rules! kinds {
    ($($pattern:pat => $number:literal $name:literal,)*) => {
        /// Numbers and names of all kinds.
        pub(crate) const KINDS: &[(u16, &str)] = &[$(($number, $name)),*];

        /// The name of a fact's kind: stable, snake_case.
        pub(crate) const fn kind(fact: &Fact) -> &'static str {
            match fact { $($pattern => $name),* }
        }
    };
}

kinds! {
    Fact::Created { .. } => 1 "created",
    Fact::Restored { .. } => 2 "restored",
    Fact::Trade(_) => 10 "trade",
    Fact::Imported { .. } => 11 "imported",
    Fact::PaperReset { .. } => 20 "paper_reset",
    Fact::OrderProposed { .. } => 30 "order_proposed",
    Fact::OrderDenied { .. } => 31 "order_denied",
    Fact::OrderApproved { .. } => 32 "order_approved",
    Fact::OrderIntended { .. } => 33 "order_intended",
    Fact::OrderOpened { .. } => 34 "order_opened",
    Fact::OrderCancelled { .. } => 35 "order_cancelled",
    Fact::OrderRejected { .. } => 36 "order_rejected",
    Fact::LiveIntended { .. } => 37 "live_intended",
    Fact::OrderUnknown { .. } => 38 "order_unknown",
    Fact::OrderResolved { .. } => 39 "order_resolved",
    Fact::LimitsSet { .. } => 40 "limits_set",
    Fact::Killed { .. } => 41 "killed",
    Fact::KillCleared => 42 "kill_cleared",
    Fact::AskTime { .. } => 100 "ask_time",
    Fact::RowTaken { .. } => 50 "row_taken",
    Fact::CancelAsked { .. } => 51 "cancel_asked",
    Fact::OrderTerms { .. } => 52 "order_terms",
    Fact::OrderEdited { .. } => 53 "order_edited",
    Fact::ApprovalAsked { .. } => 54 "approval_asked",
    Fact::ApprovalAnswered { .. } => 55 "approval_answered",
    Fact::OrderExpired { .. } => 56 "order_expired",
    Fact::OrderAmended { .. } => 57 "order_amended",
    Fact::OrderSought { .. } => 58 "order_sought",
    Fact::OrderNoted { .. } => 59 "order_noted",
    Fact::MandateSet { .. } => 60 "mandate_set",
    Fact::MandateRevoked { .. } => 61 "mandate_revoked",
    Fact::KeyDeclared { .. } => 62 "key_declared",
    Fact::Lease { .. } => 63 "lease",
    Fact::TwapStarted { .. } => 90 "twap_started",
    Fact::TwapSlice { .. } => 91 "twap_slice",
    Fact::TwapStopped { .. } => 92 "twap_stopped",
    Fact::AlgorithmSet { .. } => 80 "algorithm_set",
    Fact::AlgorithmMoved { .. } => 81 "algorithm_moved",
    Fact::SignalTaken { .. } => 82 "signal_taken",
    Fact::SignalSettled { .. } => 83 "signal_settled",
    Fact::WrittenDown { .. } => 64 "written_down",
    Fact::VolatileSet { .. } => 65 "volatile_set",
    Fact::ProtectionsSet { .. } => 66 "protections_set",
    Fact::ProtectionLifted { .. } => 67 "protection_lifted",
    Fact::PeakReset { .. } => 68 "peak_reset",
    Fact::Movement { .. } => 110 "movement",
    Fact::MovementJudged { .. } => 111 "movement_judged",
    Fact::TradeTagged { .. } => 114 "trade_tagged",
    Fact::YearFiled { .. } => 112 "year_filed",
    Fact::ParcelsPicked { .. } => 113 "parcels_picked",
    Fact::TaxSet { .. } => 118 "tax_set",
    Fact::Trials { .. } => 102 "trials",
    Fact::TaxPrices { .. } => 119 "tax_prices",
    Fact::PriceGiven { .. } => 115 "price_given",
    Fact::Noted { .. } => 116 "noted",
    Fact::Session { .. } => 70 "session",
}

fn set_to(changes: &[domain::LimitChange]) -> String {
    let value = |change: &domain::LimitChange| change.value().map_or_else(|_| "?".to_owned(), number);
    let list: Vec<String> =
        changes.iter().map(|change| format!("{} to {}", spoken(&change.name), value(change))).collect();
    list.join(", ")
}

/// Text from outside as one bounded line.
fn inert(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if plain.chars().count() <= WORDS_MAX {
        return plain.trim().to_owned();
    }
    plain.chars().take(WORDS_MAX).chain(['…']).collect()
}

fn line(who: impl Into<String>, what: impl Into<String>, why: &str) -> Line {
    Line { who: who.into(), what: what.into(), why: inert(why) }
}

fn holder(name: &Name) -> String {
    if name.as_str() == Mandate::MANUAL { "orders by hand".to_owned() } else { name.to_string() }
}

fn wanted(proposal: &Proposal) -> String {
    let Proposal { book, coin, side, kind, quantity, .. } = proposal;
    let at = match kind {
        OrderKind::Limit(limit) => format!("at {} AUD or better", number(limit.decimal())),
        OrderKind::Instant => "at once".to_owned(),
    };
    format!("{side} {} {coin} {at} ({book})", number(quantity.decimal()))
}

/// Codes are written for scripts; a person reads words.
fn spoken(code: &Name) -> String {
    code.as_str().replace('_', " ")
}

/// What the orders know of a fact's order.
struct Of<'a> {
    orders: &'a Orders,
}

impl Of<'_> {
    fn proposal(&self, id: OrderId) -> Option<&Proposal> {
        self.orders.get(id).map(floor::Order::proposal)
    }

    /// Who asked for an order.
    fn asker(&self, id: OrderId) -> String {
        let algorithm = self.proposal(id).and_then(|proposal| proposal.algorithm.as_ref());
        algorithm.map_or_else(|| YOU.to_owned(), Name::to_string)
    }

    /// Who answers for the book of an order.
    fn venue(&self, id: OrderId) -> &'static str {
        let paper = self.proposal(id).is_some_and(|proposal| proposal.book == Book::Paper);
        if paper { "paper market" } else { "exchange" }
    }

    /// The order as a thing, such as `the buy of 0.5 BTC`.
    fn the(&self, id: OrderId) -> String {
        let what = |proposal: &Proposal| {
            let (side, coins) = (proposal.side, number(proposal.quantity.decimal()));
            format!("the {side} of {coins} {}", proposal.coin)
        };
        self.proposal(id).map_or_else(|| format!("order {id}"), what)
    }

    fn signal(&self, id: OrderId) -> Option<&str> {
        let terms = self.orders.get(id)?.terms();
        Some(terms.signal.as_ref()?.reason.as_str())
    }
}

/// A fact in words. The orders are those of now: they tell what an order was that a fact only names.
pub(crate) fn words(fact: &Fact, orders: &Orders) -> Line {
    let of = Of { orders };
    match fact {
        Fact::Created { .. } => line(WORKSTATION, "began the journal of this machine", ""),
        Fact::Restored { from_seq, .. } => {
            let what = format!("began again from a backup of {from_seq} facts");
            line(YOU, what, "a restored workspace is a new machine: key, lease and mandates are given anew")
        }
        Fact::Trade(trade) => traded(trade, &of),
        Fact::Imported { format, read, imported, duplicates, rejected, .. } => {
            let what = format!(
                "imported {imported} of {read} rows ({format}): {duplicates} known already, {rejected} left out"
            );
            line(YOU, what, "")
        }
        Fact::PaperReset { cash } => line(YOU, format!("began a fresh paper wallet with {}", aud(*cash)), ""),
        Fact::LimitsSet { book, changes } => line(YOU, format!("set limits ({book}): {}", set_to(changes)), ""),
        Fact::WrittenDown { book, coin, why } => {
            line(YOU, format!("wrote {coin} down to zero ({book}) while it has no fresh bid"), why)
        }
        Fact::VolatileSet { mode } => line(YOU, format!("set volatile mode to {}", mode.as_str()), ""),
        Fact::PeakReset { book, from, to, .. } => {
            let what = format!("started the drawdown of the {book} book anew at {}", aud(*to));
            line(YOU, what, &format!("its highest was {}", aud(*from)))
        }
        Fact::ProtectionsSet { changes } => line(YOU, format!("set protections: {}", set_to(changes)), ""),
        Fact::ProtectionLifted { book, algorithm, coin, rule, why, .. } => {
            let of = coin.map_or_else(String::new, |coin| format!(" on {coin}"));
            line(YOU, format!("lifted {} of {algorithm}{of} ({book})", spoken(rule)), why)
        }
        Fact::Killed { receipt } => line(YOU, "pulled the kill switch", &format!("receipt: {receipt}")),
        Fact::KillCleared => {
            line(YOU, "cleared the kill switch", "every live mandate ended with it and is granted anew")
        }
        Fact::AskTime { seconds } => {
            line(YOU, format!("set how long you have to decide about an order: {seconds} s"), "from the next one on")
        }
        Fact::MandateSet { mandate } => line(YOU, granted(mandate), ""),
        Fact::MandateRevoked { holder: of, book } => {
            line(YOU, format!("took the mandate of {} back ({book})", holder(of)), "")
        }
        Fact::KeyDeclared { .. } => {
            line(YOU, "stored a key for the exchange", "declared to be without withdrawal rights")
        }
        Fact::Lease { held: true } => line(YOU, "took the trading lease", "this machine may trade live"),
        Fact::Lease { held: false } => line(YOU, "gave the trading lease up", "this machine does not trade live"),
        Fact::Movement { movement } => moved(movement),
        Fact::TradeTagged { trade, tag: Some(tag) } => line(YOU, format!("put the label {tag} on trade {trade}"), ""),
        Fact::TradeTagged { trade, tag: None } => line(YOU, format!("took the label off trade {trade}"), ""),
        Fact::MovementJudged { movement, why, value, .. } => {
            let worth = value.map_or_else(String::new, |value| format!(", worth {}", aud(value)));
            line(YOU, format!("said what movement {movement} was: {}{worth}", spoken_why(*why)), "")
        }
        Fact::YearFiled { .. } | Fact::ParcelsPicked { .. } | Fact::TaxSet { .. } | Fact::TaxPrices { .. } => {
            of_tax(fact, &of)
        }
        Fact::PriceGiven { coin, moment, price, .. } => {
            let said = price
                .map_or_else(|| "nothing after all".to_owned(), |price| format!("{} AUD", number(price.decimal())));
            line(YOU, format!("said what {coin} was worth at {moment}: {said}"), "")
        }
        Fact::Trials { trials, .. } => tried(trials),
        Fact::Noted { note, .. } => noted(note),
        Fact::Session { session, step, .. } => session::words(*session, step),
        Fact::OrderProposed { .. }
        | Fact::OrderDenied { .. }
        | Fact::OrderApproved { .. }
        | Fact::OrderTerms { .. }
        | Fact::OrderEdited { .. }
        | Fact::ApprovalAsked { .. }
        | Fact::ApprovalAnswered { .. }
        | Fact::OrderExpired { .. } => before_sending(fact, &of),
        Fact::OrderIntended { .. }
        | Fact::OrderOpened { .. }
        | Fact::OrderCancelled { .. }
        | Fact::OrderRejected { .. }
        | Fact::LiveIntended { .. }
        | Fact::OrderUnknown { .. }
        | Fact::OrderResolved { .. }
        | Fact::RowTaken { .. }
        | Fact::OrderSought { .. }
        | Fact::CancelAsked { .. }
        | Fact::OrderAmended { .. } => after_sending(fact, &of),
        Fact::OrderNoted { order, note } => order_noted(*order, note, &of),
        Fact::TwapStarted { twap, .. } => {
            let Twap { side, coin, book, total, slices, .. } = twap;
            let what = format!("started a TWAP: {side} {coin} for {} in {slices} slices ({book})", aud(*total));
            line(YOU, what, &format!("over {} minutes", twap.over_s / 60))
        }
        Fact::TwapSlice { number, .. } => line(WORKSTATION, format!("began slice {} of a TWAP", number + 1), ""),
        Fact::TwapStopped { reason, .. } => line(YOU, "stopped a TWAP", &spoken(reason)),
        Fact::AlgorithmSet { .. }
        | Fact::AlgorithmMoved { .. }
        | Fact::SignalTaken { .. }
        | Fact::SignalSettled { .. } => of_algorithm(fact, &of),
    }
}

fn tried(trials: &Trials) -> Line {
    let sum: u64 = trials.tried.iter().map(|tried| tried.trials).sum();
    let part = trials.shard.map_or_else(String::new, |(part, of)| format!(", part {part} of {of}"));
    let settings = if sum == 1 { "1 setting".to_owned() } else { format!("{sum} settings") };
    let on: Vec<String> = trials.tried.iter().map(|tried| format!("{} {}", tried.coin, tried.interval)).collect();
    let what = format!("tried {settings} of {} on {}{part}", trials.strategy, on.join(", "));
    let best = trials.best.as_ref().map(|best| format!("the best ended with {}", aud(best.final_equity)));
    line(YOU, inert(&what), &best.unwrap_or_default())
}

fn of_tax(fact: &Fact, of: &Of<'_>) -> Line {
    match fact {
        Fact::YearFiled { filed } => {
            let again = if filed.revision > 1 { format!(", revision {}", filed.revision) } else { String::new() };
            let net = filed.sums.iter().find(|(name, _)| name.as_str() == "net_capital_gain");
            let net = net.map_or_else(String::new, |(_, net)| format!(": net capital gain {}", aud(*net)));
            let (before, year) = (filed.fy - 1, filed.fy % 100);
            line(YOU, format!("filed the year {before}–{year:02} by {}{again}{net}", filed.method), &filed.note)
        }
        Fact::ParcelsPicked { pick } => {
            let sale = match pick.sale {
                PickedSale::Order(order) => of.the(order),
                PickedSale::Trade(trade) => format!("trade {trade}"),
            };
            let what = match pick.parcels.len() {
                0 => format!("left the parcels of {sale} to the method"),
                1 => format!("picked a parcel for {sale}"),
                many => format!("picked {many} parcels for {sale}"),
            };
            line(YOU, what, "")
        }
        Fact::TaxSet { changes, .. } => {
            let list: Vec<String> = changes.iter().map(|(name, value)| format!("{name}={value}")).collect();
            line(YOU, inert(&format!("said for the tax rules: {}", list.join(" "))), "")
        }
        Fact::TaxPrices { day, prices, .. } => {
            line(YOU, format!("noted what {} coins were worth at the end of {day}", prices.len()), "")
        }
        _ => line(WORKSTATION, kind(fact).replace('_', " "), ""),
    }
}

fn of_algorithm(fact: &Fact, of: &Of<'_>) -> Line {
    match fact {
        Fact::AlgorithmSet { name, version, .. } => {
            let params = version.params.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
            let params = crate::scripts::shown(version.strategy.as_str(), params);
            let params: Vec<String> = params.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
            let coins: Vec<String> = version.coins.iter().map(ToString::to_string).collect();
            let (strategy, interval) = (&version.strategy, version.interval);
            let what = format!("described {name}: {strategy} {} on {} {interval}", params.join(" "), coins.join(" "));
            line(YOU, inert(&what), "")
        }
        Fact::AlgorithmMoved { name, to, by, why, .. } => {
            let who = if by.as_str() == "person" { YOU } else { WORKSTATION };
            line(who, format!("put {name} to {to} [{}]", inert(&why.code)), &why.message)
        }
        Fact::SignalTaken { name, book, signal, .. } => {
            let what = format!("said to {} {} ({book})", signal.action.as_str(), signal.coin);
            line(name.to_string(), what, &signal.reason)
        }
        Fact::SignalSettled { name, coin, outcome: SignalOutcome::Refused(denial), .. } => {
            let what = format!("did not act on {name}'s signal for {coin} [{}]", inert(&denial.code));
            line(WORKSTATION, what, &denial.message)
        }
        Fact::SignalSettled { name, outcome: SignalOutcome::Ordered(order), .. } => {
            line(WORKSTATION, format!("made {} of {name}'s signal", of.the(*order)), "")
        }
        _ => line(WORKSTATION, kind(fact).replace('_', " "), ""),
    }
}

fn traded(trade: &Trade, of: &Of<'_>) -> Line {
    let verb = if trade.side == Side::Buy { "bought" } else { "sold" };
    let Trade { quantity, coin, price, fee, book, .. } = trade;
    let (coins, rate) = (number(quantity.decimal()), number(price.decimal()));
    let what = format!("{verb} {coins} {coin} at {rate} AUD, fee {} ({book})", aud(*fee));
    let place = || trade.venue.as_ref().map_or_else(String::new, |venue| format!("at {venue}"));
    match trade.order {
        Some(order) => line(of.venue(order), what, &format!("a fill of {}", of.the(order))),
        None => line(YOU, what, &format!("a trade made elsewhere {}", place())),
    }
}

fn spoken_why(why: Why) -> String {
    why.code().replace('_', " ")
}

fn moved(movement: &Movement) -> Line {
    let hand = |name: &Option<Name>| name.as_ref().map_or_else(|| "by hand".to_owned(), Name::to_string);
    let coins = |quantity: Quantity, coin: Coin| format!("{} {coin}", number(quantity.decimal()));
    let what = match &movement.what {
        Moved::Cash { direction: Direction::In, amount } => format!("paid in {}", aud(*amount)),
        Moved::Cash { direction: Direction::Out, amount } => format!("paid out {}", aud(*amount)),
        Moved::Coins { direction: Direction::In, coin, quantity, why } => {
            format!("received {} ({})", coins(*quantity, *coin), spoken_why(*why))
        }
        Moved::Coins { direction: Direction::Out, coin, quantity, why } => {
            format!("sent {} ({})", coins(*quantity, *coin), spoken_why(*why))
        }
        Moved::Swap { gave, gave_quantity, got, got_quantity } => {
            format!("swapped {} for {}", coins(*gave_quantity, *gave), coins(*got_quantity, *got))
        }
        Moved::Between { coin, quantity, from, to } => {
            format!("moved {} from the books of {} to those of {}", coins(*quantity, *coin), hand(from), hand(to))
        }
    };
    line(YOU, format!("{what} ({})", movement.book), movement.note.as_deref().unwrap_or_default())
}

fn noted(note: &Note) -> Line {
    match note {
        Note::Doubt { known, told } => {
            let what = format!("was told trade {known} with another fee: {}", aud(told.fee));
            line(WORKSTATION, what, "nothing was added: you are asked whether it is the same trade")
        }
        Note::Settled { known, verdict: Verdict::Same, .. } => {
            line(YOU, format!("said that trade {known} stands as it is"), "what was told later is the same trade")
        }
        Note::Settled { known, told, verdict: Verdict::Corrected } => {
            let what = format!("put trade {told} in the place of trade {known}");
            line(YOU, what, "what was told later is right")
        }
        Note::Settled { known, told, verdict: Verdict::Both } => {
            line(YOU, format!("said that {known} and {told} are two trades"), "")
        }
        Note::Paired { out, into } => {
            line(YOU, format!("said that movements {out} and {into} are one transfer of your own"), "")
        }
    }
}

fn granted(mandate: &Mandate) -> String {
    let asks = match mandate.approval {
        ApprovalRule::Always => "asking before each order".to_owned(),
        ApprovalRule::Above(most) => format!("asking above {}", aud(most)),
        ApprovalRule::Never => "without asking".to_owned(),
    };
    let mut parts = vec![asks];
    parts.extend(mandate.max_order.map(|most| format!("at most {} an order", aud(most))));
    parts.extend(mandate.max_day.map(|most| format!("at most {} a day", aud(most))));
    if !mandate.coins.is_empty() {
        parts.push(mandate.coins.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
    }
    parts.extend(mandate.hours.map(|hours| {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        format!("from {} to {}", clock(hours.from), clock(hours.to))
    }));
    parts.extend(mandate.until.map(|until| format!("until {until}")));
    format!("gave {} a mandate ({}): {}", holder(&mandate.holder), mandate.book, parts.join(", "))
}

/// From the wish to the leave to send it.
fn before_sending(fact: &Fact, of: &Of<'_>) -> Line {
    match fact {
        Fact::OrderProposed { order, proposal } => {
            let why = of.signal(*order).unwrap_or(if proposal.algorithm.is_none() { "by hand" } else { "" });
            line(of.asker(*order), format!("asked to {}", wanted(proposal)), why)
        }
        Fact::OrderDenied { order, denial } => {
            line(GATE, format!("refused {} [{}]", of.the(*order), inert(&denial.code)), &denial.message)
        }
        Fact::OrderApproved { order, by } => approved(*order, by, of),
        Fact::OrderTerms { order, terms } => {
            let mut parts = Vec::new();
            parts.extend(terms.until.map(|until| format!("until {until}")));
            parts.extend(terms.parent.map(|parent| format!("a slice of order {parent}")));
            parts.extend(terms.arrival.map(|mid| format!("the middle of the market was {}", number(mid.decimal()))));
            let what = format!("noted the terms of {}: {}", of.the(*order), parts.join(", "));
            line(of.asker(*order), what.trim_end_matches([':', ' ']), of.signal(*order).unwrap_or_default())
        }
        Fact::OrderEdited { order, kind, quantity } => {
            let at = match kind {
                OrderKind::Limit(limit) => format!(" at {} AUD", number(limit.decimal())),
                OrderKind::Instant => String::new(),
            };
            let what = format!("changed {} to {}{at}", of.the(*order), number(quantity.decimal()));
            line(YOU, what, "it is judged and asked about anew")
        }
        Fact::ApprovalAsked { order, ask } => {
            let what = format!("asked you about {} at {} AUD", of.the(*order), number(ask.price.decimal()));
            line(GATE, what, &format!("the mandate wants a person's word; open until {}", ask.expires))
        }
        Fact::ApprovalAnswered { order, words } => line(YOU, format!("said something to {}", of.the(*order)), words),
        Fact::OrderExpired { order } => {
            line(WORKSTATION, format!("let {} go", of.the(*order)), "nobody decided in time, or its own time was over")
        }
        _ => line(WORKSTATION, kind(fact).replace('_', " "), ""),
    }
}

fn approved(order: OrderId, by: &Name, of: &Of<'_>) -> Line {
    let what = format!("let {} go out", of.the(order));
    match by.as_str() {
        "paper" => line(GATE, what, "paper money: it passed the limits"),
        "mandate" => line("mandate", what, "it passed the limits, and its mandate asks nobody"),
        "person" => line(YOU, what, "asked, and you said yes"),
        other => line(other.replace('_', " "), what, ""),
    }
}

/// From the intent to what became of it.
fn after_sending(fact: &Fact, of: &Of<'_>) -> Line {
    let id_words = |id: &Option<String>| id.as_ref().map_or_else(String::new, |id| format!(" as {}", inert(id)));
    match fact {
        Fact::OrderIntended { order } => line(WORKSTATION, format!("is about to place {}", of.the(*order)), ""),
        Fact::LiveIntended { order, intent } => {
            let what = format!("is about to send {} as call {}", of.the(*order), intent.nonce);
            let held = if intent.cash.amount().is_zero() {
                format!("{} coins are set aside", number(intent.coins.decimal()))
            } else {
                format!("{} are set aside", aud(intent.cash))
            };
            line(WORKSTATION, what, &format!("{held}; written down before a byte leaves"))
        }
        Fact::OrderOpened { order, venue_order_id } => {
            line(of.venue(*order), format!("took {}{}", of.the(*order), id_words(venue_order_id)), "")
        }
        Fact::OrderCancelled { order, reason } => {
            let who = if reason.as_str() == "by_person" { YOU } else { WORKSTATION };
            line(who, format!("took {} back", of.the(*order)), &spoken(reason))
        }
        Fact::OrderRejected { order, denial } => {
            let what = format!("refused {} [{}]", of.the(*order), inert(&denial.code));
            line(of.venue(*order), what, &denial.message)
        }
        Fact::OrderUnknown { order, why } => {
            let what = format!("does not know what became of {}: its market is closed", of.the(*order));
            line(WORKSTATION, what, &format!("{} [{}]", why.message, why.code))
        }
        Fact::OrderResolved { order, resolution, by, why } => {
            let who = if by.as_str() == "person" { YOU } else { WORKSTATION };
            let what = match resolution {
                Resolution::Placed { venue_order_id } => {
                    format!("found {}{}", of.the(*order), id_words(venue_order_id))
                }
                Resolution::NotPlaced => format!("closed {}: it was not placed", of.the(*order)),
            };
            line(who, what, why)
        }
        Fact::RowTaken { order, row } => {
            let (coins, rate) = (number(row.amount.decimal()), number(row.rate.decimal()));
            let what = format!("matched {coins} {} at {rate} AUD to {}", row.coin, of.the(*order));
            line(WORKSTATION, what, "a row of the exchange's history is its fill")
        }
        Fact::OrderSought { order, anything, .. } => {
            let found = if *anything { "something that could be it" } else { "nothing that could be it" };
            line(WORKSTATION, format!("looked for {} at the exchange and found {found}", of.the(*order)), "")
        }
        Fact::CancelAsked { order, reason } => {
            let who = if reason.as_str() == "by_person" { YOU } else { WORKSTATION };
            line(who, format!("asked the exchange to take {} back", of.the(*order)), &spoken(reason))
        }
        Fact::OrderAmended { order, limit } => {
            let what = format!("took {} AUD as the limit of {}", number(limit.decimal()), of.the(*order));
            line(of.venue(*order), what, "")
        }
        _ => line(WORKSTATION, kind(fact).replace('_', " "), ""),
    }
}

fn order_noted(order: OrderId, note: &OrderNote, of: &Of<'_>) -> Line {
    let the = of.the(order);
    match note {
        OrderNote::AmendAsked(amendment) => {
            let who = if amendment.by.as_str() == "person" { YOU } else { WORKSTATION };
            let (from, to) = (number(amendment.from.decimal()), number(amendment.to.decimal()));
            line(who, format!("asked the exchange to move the limit of {the} from {from} to {to} AUD"), "")
        }
        OrderNote::AmendRefused(why) => {
            line(of.venue(order), format!("refused another limit for {the} [{}]", inert(&why.code)), &why.message)
        }
        OrderNote::AmendDropped(why) => {
            line(WORKSTATION, format!("left the limit of {the} as it was [{}]", inert(&why.code)), &why.message)
        }
        OrderNote::AmendDenied(denied) => {
            let (limit, coins) = (number(denied.limit.decimal()), number(denied.quantity.decimal()));
            let what = format!("refused {limit} AUD for {coins} coins of {the} [{}]", inert(&denied.why.code));
            line(GATE, what, &denied.why.message)
        }
        OrderNote::AmendRenamed(name) => {
            let what = format!("named {the} anew: {}", inert(name));
            line(of.venue(order), what, "looks decide whether it rests under that id")
        }
        OrderNote::Follows(name) => line(
            WORKSTATION,
            format!("follows {the} under another id: {}", inert(name)),
            "the exchange told that id, and what is there is exactly what was left of it",
        ),
        OrderNote::Several => line(
            WORKSTATION,
            format!("saw two things at the exchange that could be {the}"),
            "from now on a person says which it is",
        ),
    }
}

/// The book a fact is about, where it is about one.
pub(crate) fn book(fact: &Fact, orders: &Orders) -> Option<Book> {
    match fact {
        Fact::Trade(trade) => Some(trade.book),
        Fact::PaperReset { .. } => Some(Book::Paper),
        Fact::LimitsSet { book, .. }
        | Fact::MandateRevoked { book, .. }
        | Fact::WrittenDown { book, .. }
        | Fact::PeakReset { book, .. }
        | Fact::ProtectionLifted { book, .. } => Some(*book),
        Fact::MandateSet { mandate } => Some(mandate.book),
        Fact::SignalTaken { book, .. } => Some(*book),
        Fact::KeyDeclared { .. } | Fact::Lease { .. } => Some(Book::Live),
        Fact::TwapStarted { twap, .. } => Some(twap.book),
        _ => orders.get(fact.order()?).map(|order| order.proposal().book),
    }
}

/// The coin a fact is about, where it is about one.
pub(crate) fn coin(fact: &Fact, orders: &Orders) -> Option<Coin> {
    match fact {
        Fact::Trade(trade) => Some(trade.coin),
        Fact::SignalTaken { signal, .. } => Some(signal.coin),
        Fact::SignalSettled { coin, .. } => Some(*coin),
        Fact::WrittenDown { coin, .. } | Fact::PriceGiven { coin, .. } => Some(*coin),
        Fact::ProtectionLifted { coin, .. } => *coin,
        _ => orders.get(fact.order()?).map(|order| order.proposal().coin),
    }
}

/// A fact that cannot be read.
pub(crate) fn unreadable(error: &domain::FactError) -> Line {
    line(WORKSTATION, "can't read this fact", &error.to_string())
}

#[cfg(test)]
mod tests;
