//! The card a person decides by: everything known about an order, at the prices of now.
//!
//! Invariants: sums are those the order itself uses; what is not known is absent; text of an algorithm is text. Deliberately
//! absent: deciding.

mod sale;

use super::approvals::{TOLERANCE_PCT, against_pct};
use super::judging::Beside;
use super::trading::{FEES, refusal};
use crate::desk::{Asked, Desk};
use crate::dto::{
    ApprovalView, Card, CardChange, CardCost, CardEvidence, CardExposure, CardPrice, CardWhy, SerialDecimal,
};
use crate::{Result, Workstation};
use domain::{Ask, Book, Coin, Decimal, Money, OrderKind, Price, Proposal, Quantity, Quote, Side, Timestamp};
use floor::{Order, Preview};
use ledgers::Payload;
use std::collections::HashMap;
use store::ObservationFilter;

/// What may be done about an order that waits.
const OPTIONS: [&str; 4] = ["approve", "edit", "reject", "answer"];
/// Observations of the coin that evidence is looked for in.
const LOOKED_FOR_IN: usize = 500;
const EVIDENCE_SHOWN: usize = 20;

fn serial(money: Money) -> SerialDecimal {
    SerialDecimal(money.amount())
}

fn question(order: &Order) -> String {
    let Proposal { book, coin, side, quantity, .. } = order.proposal();
    let at = order
        .limit()
        .map_or_else(|| "at once".to_owned(), |limit| format!("at {} or better", limit.decimal().normalize()));
    let verb = if *side == Side::Buy { "Buy" } else { "Sell" };
    format!("{verb} {} {coin} {at}, in the {book} book?", quantity.decimal().normalize())
}

/// The price an order meets in the market: the ask for a buy, the bid for a sale.
fn met(side: Side, quote: Option<&Quote>) -> Option<Price> {
    quote.and_then(|quote| if side == Side::Buy { quote.ask } else { quote.bid })
}

fn price(proposal: &Proposal, ask: &Ask, quote: Option<&Quote>, beside: &Beside, now: Timestamp) -> CardPrice {
    let meets = met(proposal.side, quote);
    let mid = quote.and_then(|quote| Price::new(quote.mid()?).ok());
    let against = meets.zip(mid).and_then(|(meets, mid)| against_pct(proposal.kind, proposal.side, ask, meets, mid));
    CardPrice {
        proposed: ask.price,
        bid: quote.and_then(|quote| quote.bid),
        ask: quote.and_then(|quote| quote.ask),
        now: meets,
        age_s: quote.map(|quote| quote.age_s(now)),
        sources_agree: beside.agreeing().and_then(|count| u32::try_from(count).ok()),
        against_pct: against.map(|moved| SerialDecimal(moved.round_dp(2))),
    }
}

/// What it comes to at its limit, or at the price it meets now.
fn preview(proposal: &Proposal, quote: Option<&Quote>) -> Option<Preview> {
    let price = floor::reference_price(proposal.kind, proposal.side, quote)?;
    Preview::of(proposal.quantity, proposal.side, price, FEES.of(proposal.kind)).ok()
}

/// The total at the worst price that is still sent without asking again.
fn worst(proposal: &Proposal, ask: &Ask) -> Option<SerialDecimal> {
    let price = match (proposal.kind, proposal.side) {
        (OrderKind::Limit(limit), _) => limit,
        (OrderKind::Instant, side) => {
            let moved = ask.price.decimal().checked_mul(TOLERANCE_PCT)?.checked_div(Decimal::ONE_HUNDRED)?;
            let moved = if side == Side::Buy { moved } else { -moved };
            Price::new(ask.price.decimal().checked_add(moved)?).ok()?
        }
    };
    let preview = Preview::of(proposal.quantity, proposal.side, price, FEES.of(proposal.kind)).ok()?;
    Some(serial(preview.total))
}

fn cost(proposal: &Proposal, ask: &Ask, quote: Option<&Quote>) -> Option<CardCost> {
    let preview = preview(proposal, quote)?;
    Some(CardCost {
        price: preview.price,
        value: serial(preview.value),
        fee: serial(preview.fee),
        fee_pct: SerialDecimal(FEES.of(proposal.kind).ratio() * Decimal::ONE_HUNDRED),
        total: serial(preview.total),
        worst: worst(proposal, ask),
    })
}

fn exposure(desk: &Desk, proposal: &Proposal, quote: Option<&Quote>) -> CardExposure {
    let held = match proposal.book {
        Book::Paper => Some((desk.wallet.cash(), desk.wallet.coins(proposal.coin))),
        Book::Live => desk.live.look.as_ref().map(|look| (Money::aud(look.cash), look.coins_of(proposal.coin))),
    };
    let coins = held.map(|(_, coins)| coins);
    let total = preview(proposal, quote).map(|preview| preview.total);
    let after = coins.and_then(|coins| match proposal.side {
        Side::Buy => coins.checked_add(proposal.quantity).ok(),
        Side::Sell => coins.checked_sub(proposal.quantity).ok(),
    });
    let bid = quote.and_then(|quote| quote.bid);
    let worth = |coins: Option<Quantity>| Some(serial(bid?.times(coins?).ok()?));
    let cash = held.map(|(cash, _)| cash);
    let cash_after = cash.zip(total).and_then(|(cash, total)| match proposal.side {
        Side::Buy => cash.checked_sub(total).ok(),
        Side::Sell => cash.checked_add(total).ok(),
    });
    CardExposure {
        coins_before: coins,
        coins_after: after,
        value_before: worth(coins),
        value_after: worth(after),
        cash_before: cash.map(serial),
        cash_after: cash_after.map(serial),
    }
}

/// What is other than when the person was first asked.
fn changes(asked: &[Asked]) -> Vec<CardChange> {
    let (Some(first), Some(last)) = (asked.first(), asked.last()) else { return Vec::new() };
    let mut changed = Vec::new();
    let mut add = |what: &str, before: Option<Decimal>, now: Option<Decimal>| {
        let words =
            |value: Option<Decimal>| value.map_or_else(|| "-".to_owned(), |value| value.normalize().to_string());
        if before != now {
            changed.push(CardChange { what: what.to_owned(), before: words(before), now: words(now) });
        }
    };
    add("quantity", Some(first.quantity.decimal()), Some(last.quantity.decimal()));
    add("limit", first.limit.map(Price::decimal), last.limit.map(Price::decimal));
    if last.limit.is_none() {
        add("price", Some(first.ask.price.decimal()), Some(last.ask.price.decimal()));
    } else {
        add("market", Some(first.ask.mid.decimal()), Some(last.ask.mid.decimal()));
    }
    changed
}

const fn title(payload: &Payload) -> Option<&String> {
    match payload {
        Payload::News { title, .. }
        | Payload::Post { title, .. }
        | Payload::Announcement { title, .. }
        | Payload::Filing { title, .. }
        | Payload::Event { title, .. } => Some(title),
        _ => None,
    }
}

impl Workstation {
    /// An order that waits, with its card. None: it ended while it was looked at.
    pub(super) async fn approval_view(&self, order: &Order) -> Result<Option<ApprovalView>> {
        let (Some(ask), proposal) = (order.ask(), order.proposal()) else { return Ok(None) };
        let beside = self.beside(proposal.coin, proposal.algorithm.as_ref()).await?;
        let warnings = self.price_warnings().await?;
        let why = self.why(order).await?;
        let quote = self.desk().await?.quotes.get(&proposal.coin).copied();
        let sale = match proposal.side {
            Side::Sell => self.sale(order, preview(proposal, quote.as_ref())).await?,
            Side::Buy => None,
        };
        let mut desk = self.desk().await?;
        let now = self.now();
        // The account is read anew when it is approved.
        let refused = self.judge(&mut desk, proposal, &beside)?.err().filter(|denial| denial.code != "account_unknown");
        let card = Card {
            hash: ask.hash.to_string(),
            demo: self.home().is_demo(),
            left_s: ask.expires.seconds_since(now).max(0),
            why,
            answers: order.answers().iter().map(|words| words.chars().take(2_000).collect()).collect(),
            price: price(proposal, ask, quote.as_ref(), &beside, now),
            cost: cost(proposal, ask, quote.as_ref()),
            exposure: exposure(&desk, proposal, quote.as_ref()),
            headroom: self.headroom(&mut desk, proposal, &beside)?,
            sale,
            changed: desk.asked.get(&order.id()).map_or_else(Vec::new, |asked| changes(asked)),
            refusal: refused.as_ref().map(refusal),
            warnings,
        };
        Ok(Some(ApprovalView {
            id: order.id(),
            kind: "order".to_owned(),
            order: desk.order_view(order),
            question: question(order),
            options: OPTIONS.map(str::to_owned).to_vec(),
            expires_at: ask.expires,
            card,
        }))
    }

    async fn why(&self, order: &Order) -> Result<Option<CardWhy>> {
        let (Some(algorithm), Some(signal)) = (&order.proposal().algorithm, &order.terms().signal) else {
            return Ok(None);
        };
        let known = self.evidence(order.proposal().coin, &signal.evidence).await?;
        let evidence = signal.evidence.iter().take(EVIDENCE_SHOWN).map(|text| {
            let (ledger, title) = known.get(text).cloned().unzip();
            CardEvidence { text: ledgers::inert(text), ledger, title }
        });
        Ok(Some(CardWhy {
            algorithm: algorithm.to_string(),
            version: signal.version.to_string(),
            reason: ledgers::inert(&signal.reason),
            confidence_pct: signal.confidence.map(|of| SerialDecimal(Decimal::new(i64::from(of), 2))),
            evidence: evidence.collect(),
        }))
    }

    /// The ledger and a line of each piece of evidence that is an observation of ours.
    async fn evidence(&self, coin: Coin, named: &[String]) -> Result<HashMap<String, (String, String)>> {
        let is_id = |text: &String| text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !named.iter().any(is_id) {
            return Ok(HashMap::new());
        }
        let filter = ObservationFilter { coin: Some(coin), limit: Some(LOOKED_FOR_IN), ..ObservationFilter::default() };
        let all = self.store().observations(&filter).await?;
        let found = all.into_iter().filter_map(|stored| {
            let id = stored.id();
            let observation = stored.observation;
            let title = title(&observation.payload)
                .map_or_else(|| observation.kind().to_string(), |title| ledgers::inert(title));
            named.contains(&id).then(|| (id, (observation.kind().ledger().as_str().to_owned(), title)))
        });
        Ok(found.collect())
    }
}
