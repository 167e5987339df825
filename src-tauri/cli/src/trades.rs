//! Trades: searched, opened, labelled.

use crate::args::{HistoryArgs, TradeWords, TradesArgs, WhichTrades};
use crate::commands::{Done, book};
use crate::print::Out;
use crate::words;
use workstation::commands::{Request, carry_out};
use workstation::dto::{TagView, TradesRequest};
use workstation::{Home, Workstation};

/// What only looks.
pub async fn show(ws: &Workstation, asked: TradeWords, out: &Out) -> Done {
    match asked {
        TradeWords::Trades(args) => out.result(&ws.trades(&request(*args)?).await?, words::trades),
        TradeWords::Trade { id } => out.result(&ws.trade_story(&id).await?, words::trade),
        TradeWords::Tag { .. } => Ok(()),
    }
}

/// What is done here, or by the process that holds the workspace.
pub async fn change(home: &Home, asked: TradeWords, out: &Out) -> Done {
    let TradeWords::Tag { id, tag } = asked else { return Ok(()) };
    let request = Request::Tag { trade: id, tag: tag.unwrap_or_default() };
    out.result(&carry_out::<TagView>(home, request).await?, words::tagged)
}

/// All that are meant, oldest first.
pub async fn history(ws: &Workstation, args: HistoryArgs, out: &Out) -> Done {
    let request = TradesRequest { limit: args.limit, ..which(args.which)? };
    out.result(&ws.history(&request).await?, words::history)
}

fn request(args: TradesArgs) -> Result<TradesRequest, workstation::Error> {
    Ok(TradesRequest {
        sort: args.sort,
        ascending: Some(args.ascending),
        group: args.group,
        offset: args.offset,
        limit: args.limit,
        ..which(args.which)?
    })
}

fn which(args: WhichTrades) -> Result<TradesRequest, workstation::Error> {
    Ok(TradesRequest {
        book: Some(book(args.book)?.to_string()),
        search: Some(args.search.join(" ")),
        coin: args.coin,
        side: args.side,
        algorithm: args.algorithm,
        tag: args.tag,
        from: args.from,
        to: args.to,
        timezone: args.timezone,
        ..TradesRequest::default()
    })
}
