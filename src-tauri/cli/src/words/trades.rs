//! Trades in words.

use super::{aud_or_dash, or_dash, trade_row};
use crate::print::table;
use workstation::dto::{TagView, TradeLine, TradeStory, TradeSums, TradesPage};

const HEADER: [&str; 11] =
    ["time", "coin", "side", "quantity", "price", "fee AUD", "algorithm", "venue", "value AUD", "label", "id"];

fn row(line: &TradeLine) -> Vec<String> {
    let mut row = trade_row(&line.trade);
    row.extend([aud_or_dash(line.value), or_dash(line.tag.clone()), line.trade.id.to_string()]);
    row
}

fn sums(of: &TradeSums) -> Vec<String> {
    let key = if of.key.is_empty() { "-".to_owned() } else { of.key.clone() };
    vec![key, of.trades.to_string(), aud_or_dash(of.bought), aud_or_dash(of.sold), aud_or_dash(of.fees)]
}

pub fn trades(page: &TradesPage) -> String {
    let rows: Vec<_> = page.trades.iter().map(row).collect();
    let mut out = table(&HEADER, &[3, 4, 5, 8], &rows);
    let found = &page.found;
    let last = page.offset + page.trades.len();
    out.push_str(&format!(
        "\n{}–{last} of {} found, {} in all · bought {} · sold {} · fees {} AUD",
        if page.trades.is_empty() { page.offset } else { page.offset + 1 },
        found.trades,
        page.all,
        aud_or_dash(found.bought),
        aud_or_dash(found.sold),
        aud_or_dash(found.fees)
    ));
    if !page.groups.is_empty() {
        let rows: Vec<_> = page.groups.iter().map(sums).collect();
        out.push_str("\n\n");
        out.push_str(&table(&["of", "trades", "bought AUD", "sold AUD", "fees AUD"], &[1, 2, 3, 4], &rows));
    }
    out
}

pub fn trade(story: &TradeStory) -> String {
    let mut out = table(&HEADER, &[3, 4, 5, 8], &[row(&story.line)]);
    out.push_str(&format!("\nfact {} · recorded {} · {}", story.seq, story.recorded_at, story.hash));
    if !story.parcels.is_empty() {
        let rows: Vec<_> = story
            .parcels
            .iter()
            .map(|part| {
                let amounts = [part.cost, part.proceeds, part.gain].map(super::aud);
                let [cost, proceeds, gain] = amounts;
                let (bought, sold) =
                    (part.acquired.to_string(), part.disposed.map_or_else(String::new, |at| at.to_string()));
                vec![bought, sold, part.quantity.to_string(), cost, proceeds, gain]
            })
            .collect();
        out.push_str("\n\n");
        let header = ["bought", "sold", "quantity", "cost AUD", "proceeds", "gain"];
        out.push_str(&table(&header, &[2, 3, 4, 5], &rows));
    }
    for step in &story.steps {
        let why = if step.why.is_empty() { String::new() } else { format!(": {}", step.why) };
        out.push_str(&format!("\n{} {} {}{why}", step.time, step.who, step.what));
    }
    for seen in &story.evidence {
        out.push_str(&format!("\nlooked at {seen}"));
    }
    out
}

pub fn tagged(view: &TagView) -> String {
    match &view.tag {
        Some(tag) => format!("{} is labelled {tag}", view.trade),
        None => format!("{} has no label", view.trade),
    }
}
