//! Equity over time.

use crate::args::{ChartWords, EquityArgs};
use crate::commands::Done;
use crate::print::Out;
use crate::words;
use workstation::Workstation;
use workstation::commands::ReportRequest;
use workstation::dto::{EquityRequest, PnlRequest};

/// What a book was worth, day by day.
pub async fn show(ws: &Workstation, args: EquityArgs, out: &Out) -> Done {
    let EquityArgs { book, from, to, by, method, timezone } = args;
    let request = EquityRequest { book: Some(book.as_str().to_owned()), from, to, by, method, timezone };
    out.result(&ws.equity(&request).await?, words::equity)
}

/// The same as a picture.
pub async fn chart(ws: &Workstation, what: ChartWords, out: &Out) -> Done {
    let ChartWords::Equity { out: file, of } = what;
    let EquityArgs { book, from, to, by: _, method, timezone } = of;
    let pnl = PnlRequest { from, to, method, timezone, ..PnlRequest::default() };
    let request = ReportRequest {
        kind: "equity".to_owned(),
        format: String::new(),
        book: crate::commands::book(book)?,
        pnl,
        fy: None,
        generated_at: None,
        job: std::sync::Arc::default(),
    };
    out.result(&ws.equity_chart(&request, &file).await?, words::file)
}
