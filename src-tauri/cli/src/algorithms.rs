//! Algorithms: described, promoted, paused, stopped, looked at.

use crate::args::{AlgorithmCommand, AlgorithmWords, AlgorithmsCommand, MadeOf};
use crate::commands::{Done, pairs};
use crate::print::{Failure, Out};
use crate::words;
use workstation::commands::{Request, carry_out};
use workstation::dto::{AlgorithmDetail, AlgorithmMove, AlgorithmRequest};
use workstation::{Error, Home, Workstation};

/// What only looks.
pub async fn show(ws: &Workstation, asked: AlgorithmWords, out: &Out) -> Done {
    match asked {
        AlgorithmWords::Strategies => out.result(&ws.strategies(), words::strategies),
        AlgorithmWords::Algorithms { command: Some(AlgorithmsCommand::Show { name }) } => {
            out.result(&ws.algorithm(&name).await?, words::algorithm)
        }
        AlgorithmWords::Algorithms { command: None } => out.result(&ws.algorithms().await?, words::algorithms),
        _ => Ok(()),
    }
}

/// What is done here, or by the process that holds the workspace.
pub async fn change(home: &Home, asked: AlgorithmWords, out: &Out) -> Done {
    let request = match asked {
        AlgorithmWords::Algorithm { command } => {
            let request = match command {
                AlgorithmCommand::Add(made) => Request::AlgorithmAdd { algorithm: described(made)? },
                AlgorithmCommand::Edit(made) => Request::AlgorithmEdit { algorithm: described(made)? },
            };
            let detail: AlgorithmDetail = carry_out(home, request).await?;
            return out.result(&detail, words::algorithm);
        }
        AlgorithmWords::Promote { name, word } => Request::AlgorithmPromote { name, word },
        AlgorithmWords::Pause { name, cancel } => Request::AlgorithmPause { name, cancel },
        AlgorithmWords::Resume { name } => Request::AlgorithmResume { name },
        AlgorithmWords::Stop { name, close, .. } => Request::AlgorithmStop { name, close },
        AlgorithmWords::Strategies | AlgorithmWords::Algorithms { .. } => return Ok(()),
    };
    let moved: AlgorithmMove = carry_out(home, request).await?;
    out.result(&moved, words::algorithm_moved)?;
    if moved.failed.is_empty() { Ok(()) } else { Err(Failure::Said) }
}

fn described(made: MadeOf) -> Result<AlgorithmRequest, Error> {
    let MadeOf { name, strategy, coins, interval, capital, params, orders } = made;
    let mut params = pairs("bad_parameter", "fast=10", &params)?;
    let strategy = crate::research::strategy(strategy, &mut params)?;
    Ok(AlgorithmRequest { name, strategy, coins, interval, capital_pct: capital, orders, params })
}
