//! What waits for a person, and mandates, in words.

use super::{aud, aud_or_dash, or_dash};
use crate::print::table;
use workstation::dto::{
    ApprovalView, ApprovalsView, Card, CardSale, MandatesView, ScorecardOutcome, ScorecardTally, ScorecardView,
    Waiting, WaitingView,
};

pub fn approvals(view: &ApprovalsView) -> String {
    if view.approvals.is_empty() {
        return format!("nothing waits for you (a question stays open for {} s)", view.ask_s);
    }
    view.approvals.iter().map(approval).collect::<Vec<_>>().join("\n\n")
}

/// Orders and what sessions ask.
pub fn waiting(view: &WaitingView) -> String {
    if view.approvals.is_empty() {
        return format!("nothing waits for you (a question about an order stays open for {} s)", view.ask_s);
    }
    let one = |one: &Waiting| match one {
        Waiting::Order(order) => approval(order),
        Waiting::Session(asked) => crate::lab::question(asked),
    };
    view.approvals.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

fn approval(of: &ApprovalView) -> String {
    let (card, order) = (&of.card, &of.order);
    let demo = if card.demo { "DEMO " } else { "" };
    let mut lines = vec![
        format!("{} · {demo}{} · {} s left", of.id, order.book.to_string().to_uppercase(), card.left_s),
        of.question.clone(),
    ];
    if let Some(why) = &card.why {
        let sure = why.confidence_pct.map_or_else(String::new, |of| format!(", confidence {of} %"));
        lines.push(format!("{} {}: {}{sure}", why.algorithm, why.version.get(..8).unwrap_or_default(), why.reason));
        lines.extend(why.evidence.iter().map(|one| format!("  {}", one.title.as_ref().unwrap_or(&one.text))));
    }
    if let Some(cost) = &card.cost {
        let what = if order.side.to_string() == "buy" { "you pay" } else { "you get" };
        let worst = aud_or_dash(cost.worst);
        lines.push(format!("{what} {} AUD, fee {} in it, {worst} at worst", aud(cost.total), aud(cost.fee)));
    }
    lines.push(price(card));
    let held = &card.exposure;
    lines.push(format!(
        "{} held {} -> {}, worth {} -> {} AUD",
        order.coin,
        or_dash(held.coins_before),
        or_dash(held.coins_after),
        aud_or_dash(held.value_before),
        aud_or_dash(held.value_after)
    ));
    lines.extend(card.headroom.iter().map(|room| {
        format!("limit {}: {} -> {} of {}", room.limit, or_dash(room.used), or_dash(room.after), room.most)
    }));
    lines.extend(card.sale.as_ref().map(sale));
    lines.extend(card.changed.iter().map(|one| format!("CHANGED {}: {} -> {}", one.what, one.before, one.now)));
    lines.extend(card.answers.iter().map(|words| format!("said: {words}")));
    lines.extend(card.refusal.iter().map(|why| format!("WOULD BE REFUSED: {} [{}]", why.message, why.code)));
    lines.extend(card.warnings.iter().map(|why| format!("warning: {} [{}]", why.message, why.code)));
    lines.push(format!("hash {}", card.hash));
    lines.join("\n")
}

fn price(card: &Card) -> String {
    let price = &card.price;
    let moved = price.against_pct.map_or_else(String::new, |pct| format!(", {pct} % against you since"));
    let agree = price.sources_agree.map_or_else(String::new, |count| format!(", {count} sources agree"));
    let age = price.age_s.map_or_else(String::new, |age| format!(", {age} s old"));
    format!("asked at {}, now {}{age}{agree}{moved}", price.proposed, or_dash(price.now))
}

fn sale(sale: &CardSale) -> String {
    let rows: Vec<_> = sale
        .parcels
        .iter()
        .map(|parcel| {
            let days = parcel.days_to_discount.map_or_else(|| "-".to_owned(), |days| days.to_string());
            let (acquired, quantity) = (parcel.acquired.to_string(), parcel.quantity.to_string());
            vec![acquired, quantity, aud(parcel.cost), aud(parcel.gain), days]
        })
        .collect();
    let mut out = table(&["parcel of", "quantity", "cost AUD", "gain AUD", "days to discount"], &[1, 2, 3, 4], &rows);
    if !sale.without_parcel.is_zero() {
        out.push_str(&format!("\n{} without a known parcel", sale.without_parcel));
    }
    out
}

pub fn mandates(view: &MandatesView) -> String {
    if view.mandates.is_empty() {
        return "no mandate: paper orders need none, live orders are refused".to_owned();
    }
    let rows: Vec<_> = view
        .mandates
        .iter()
        .map(|one| {
            let coins = one.coins.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            vec![
                one.holder.clone(),
                one.book.to_string(),
                one.approval.clone(),
                aud_or_dash(one.max_order_aud),
                aud_or_dash(one.max_day_aud),
                aud(one.bought_today_aud),
                if coins.is_empty() { "all".to_owned() } else { coins },
                or_dash(one.hours.clone()),
                format!("{}{}", or_dash(one.until), if one.expired { " EXPIRED" } else { "" }),
            ]
        })
        .collect();
    let header = ["holder", "book", "approval", "one order", "a day", "today", "coins", "hours", "until"];
    table(&header, &[3, 4, 5], &rows)
}

/// What each decision would have made, and the sums.
pub fn scorecard(view: &ScorecardView) -> String {
    if view.decisions.is_empty() {
        return "nothing was decided yet".to_owned();
    }
    let rows: Vec<_> = view
        .decisions
        .iter()
        .map(|row| {
            let mut cells = vec![
                row.decided_at.to_string(),
                row.decision.clone(),
                row.book.to_string(),
                format!("{} {} {}", row.side, row.quantity, row.coin),
                or_dash(row.price),
            ];
            cells.extend([&row.now, &row.h1, &row.h24, &row.d7].map(outcome));
            cells
        })
        .collect();
    let header = ["decided", "decision", "book", "order", "price", "now AUD", "1 h AUD", "24 h AUD", "7 d AUD"];
    let sums: Vec<_> = view
        .sums
        .iter()
        .map(|sum| {
            let mut cells = vec![sum.decision.clone(), sum.count.to_string()];
            cells.extend([&sum.now, &sum.h1, &sum.h24, &sum.d7].map(tally));
            cells
        })
        .collect();
    let together = ["decision", "orders", "now AUD", "1 h AUD", "24 h AUD", "7 d AUD"];
    format!(
        "{}\n\n{}\n\n{} of {} decisions; what each would have made before fees, filled at the price when it was decided",
        table(&header, &[4, 5, 6, 7, 8], &rows),
        table(&together, &[1, 2, 3, 4, 5], &sums),
        view.decisions.len(),
        view.total
    )
}

fn outcome(of: &ScorecardOutcome) -> String {
    match (of.made_aud, &of.absent) {
        (Some(made), _) => aud(made),
        (None, Some(why)) => why.replace('_', " "),
        (None, None) => "-".to_owned(),
    }
}

fn tally(of: &ScorecardTally) -> String {
    of.made_aud.map_or_else(|| "-".to_owned(), |made| format!("{} ({} of {} up)", aud(made), of.gained, of.known))
}
