//! Movements, prices and doubts: looked at, and settled.

use crate::args::{AddArgs, BooksWords, JudgeArgs, MovementCommand};
use crate::commands::Done;
use crate::print::Out;
use crate::words;
use std::io::IsTerminal;
use workstation::commands::{Request, carry_out};
use workstation::dto::{BooksDone, BooksRequest, HistoryProgress, MovementRequest};
use workstation::{Error, Home, Workstation};

/// What only looks.
pub async fn show(ws: &Workstation, asked: BooksWords, out: &Out) -> Done {
    match asked {
        BooksWords::Actions => out.result(&ws.actions().await?, words::actions),
        BooksWords::Movements { unresolved, coin } => {
            out.result(&ws.movements(coin.as_deref(), unresolved).await?, words::movements)
        }
        _ => Ok(()),
    }
}

/// What is done here, or by the process that holds the workspace.
pub async fn change(home: &Home, asked: BooksWords, out: &Out) -> Done {
    let word = match asked {
        BooksWords::Movement { command: Some(MovementCommand::Add(add)), .. } => {
            BooksRequest::Add { movement: Box::new(movement(*add)) }
        }
        BooksWords::Movement { command: Some(MovementCommand::Pair { out, into }), .. } => {
            BooksRequest::Pair { out, into }
        }
        BooksWords::Movement { command: None, judge: JudgeArgs { id: Some(id), why, value } } => {
            BooksRequest::Judge { id, why, value }
        }
        BooksWords::Movement { .. } => {
            let words = "say which movement: omc movement ID --as WHY (the ids are in `omc movements`)";
            return Err(Error::usage("bad_movement", words).into());
        }
        BooksWords::Price { coin, price, at } => BooksRequest::Price { coin, at, price },
        BooksWords::Settle { known, told, verdict } => BooksRequest::Settle { known, told, verdict },
        BooksWords::Actions | BooksWords::Movements { .. } => return Ok(()),
    };
    let done: BooksDone = carry_out(home, Request::Books { word: Box::new(word) }).await?;
    out.result(&done, words::books_done)
}

fn movement(add: AddArgs) -> MovementRequest {
    let AddArgs { time, kind, direction, coin, quantity, value, fee, network_fee, party, .. } = add;
    let AddArgs { external_id, note, venue, to_coin, to_quantity, from, to, .. } = add;
    MovementRequest {
        time,
        kind,
        direction,
        coin,
        quantity,
        value,
        fee,
        network_fee,
        party,
        external_id,
        note,
        venue,
        to_coin,
        to_quantity,
        from,
        to,
    }
}

/// The account's history, with progress where somebody watches.
pub async fn import_history(ws: &Workstation, from: Option<&str>, out: &Out) -> Done {
    let watched = std::io::stderr().is_terminal();
    let say = |progress: &HistoryProgress| {
        if watched {
            let HistoryProgress { stretches, of, day, read, imported, .. } = progress;
            out.say(&format!("{stretches} of {of}, read up to {day}: {read} rows, {imported} new"));
        }
    };
    out.result(&ws.import_history(from, say).await?, words::history_import)
}
