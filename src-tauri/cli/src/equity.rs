//! Equity over time.

use crate::args::EquityArgs;
use crate::commands::Done;
use crate::print::Out;
use crate::words;
use workstation::Workstation;
use workstation::dto::EquityRequest;

/// What a book was worth, day by day.
pub async fn show(ws: &Workstation, args: EquityArgs, out: &Out) -> Done {
    let EquityArgs { book, from, to, by, method, timezone } = args;
    let request = EquityRequest { book: Some(book.as_str().to_owned()), from, to, by, method, timezone };
    out.result(&ws.equity(&request).await?, words::equity)
}
