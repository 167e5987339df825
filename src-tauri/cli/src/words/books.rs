//! Movements and actions in words.

use crate::print::table;
use workstation::dto::{Actions, BooksDone, HistoryImport, MovementView, Movements};

pub fn actions(actions: &Actions) -> String {
    if actions.actions.is_empty() {
        return "nothing in the books waits for you".to_owned();
    }
    let line = |item: &workstation::dto::ActionItem| {
        let age = item.age_s.map_or_else(String::new, |age| format!(" ({} d ago)", age / 86_400));
        format!("{}: {}{age}\n  {}", item.kind, item.words, item.command)
    };
    actions.actions.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn what(movement: &MovementView) -> String {
    let coin = movement.coin.map_or_else(|| "AUD".to_owned(), |coin| coin.to_string());
    match (movement.to_coin, movement.to_quantity) {
        (Some(got), Some(quantity)) => format!("{} {coin} for {quantity} {got}", movement.quantity),
        _ => format!("{} {coin}", movement.quantity),
    }
}

fn row(movement: &MovementView) -> Vec<String> {
    let words = |words: &Option<String>| words.clone().unwrap_or_else(|| "-".to_owned());
    vec![
        movement.id.to_string(),
        movement.time.to_string(),
        movement.direction.clone().unwrap_or_else(|| movement.kind.clone()),
        what(movement),
        movement.value.map_or_else(|| "-".to_owned(), |value| value.to_string()),
        words(&movement.why),
        words(&movement.venue),
        if movement.unresolved { "open".to_owned() } else { String::new() },
    ]
}

pub fn movements(movements: &Movements) -> String {
    let rows: Vec<_> = movements.movements.iter().map(row).collect();
    table(&["id", "time", "way", "what", "AUD", "why", "venue", ""], &[4], &rows)
}

pub fn books_done(done: &BooksDone) -> String {
    match &done.movement {
        Some(movement) => format!("{}: {}", done.done, row(movement).join("  ").trim_end()),
        None => done.done.clone(),
    }
}

pub fn history_import(done: &HistoryImport) -> String {
    let HistoryImport { read, imported, duplicates, left_out_count, doubts, .. } = done;
    let mut out = format!("{read} rows told since {}: {imported} imported, {duplicates} known already", done.from);
    if *left_out_count > 0 {
        out.push_str(&format!(", {left_out_count} left out"));
    }
    done.left_out.iter().for_each(|row| out.push_str(&format!("\n  left out: {}", row.reason)));
    done.incomplete
        .iter()
        .for_each(|day| out.push_str(&format!("\n  {day} was not told in full: import the export of it")));
    out.push('\n');
    out.push_str(&match done.balances {
        None => "the balances could not be compared with the books".to_owned(),
        Some(of) if of.differ == 0 && of.aud_differs == Some(true) => {
            format!("the balances of {} coins are what the books say, its AUD is not: see `omc actions`", of.coins)
        }
        Some(of) if of.differ == 0 => format!("the balances of {} coins are what the books say", of.coins),
        Some(of) => {
            let aud = if of.aud_differs == Some(true) { ", and its AUD" } else { "" };
            format!("{} of {} coins differ from the books{aud}: see `omc actions`", of.differ, of.coins)
        }
    });
    if *doubts > 0 {
        out.push_str(&format!("\n{doubts} known trades were told with another fee: see `omc actions`"));
    }
    out
}
