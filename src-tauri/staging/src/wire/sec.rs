//! The securities regulator: a filer's newest filings as columns; no reply without somebody to write to.

use super::View;
use super::http::{Reply, iso};
use super::page::HOSTILE;
use crate::faults::ItemChange;
use crate::world::{Filer, Filing};
use serde_json::{Value, json};

const SUBMISSIONS: &str = "/submissions/CIK";
const YEAR_MS: i64 = 365 * 86_400_000;
const GIANT_CHARS: usize = 256 << 10;

const BLOCKED: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>SEC.gov | Request Rate Threshold Exceeded</title></head>\n\
<body><h1>Your Request Originates from an Undeclared Automated Tool</h1>\n<p>Please declare your traffic by updating your \
user agent to include company specific information.</p></body></html>\n";

/// Answers one GET, if the path is the regulator's.
pub(crate) fn answer(view: &View<'_>, path: &str) -> Option<Reply> {
    let file = path.strip_prefix(SUBMISSIONS)?;
    // A name, a blank and an address to write to: anything else is an undeclared tool.
    let agent = view.asked.header("user-agent");
    let is_declared = agent.contains(' ') && agent.split(' ').any(|word| word.contains('@') && word.contains('.'));
    if !is_declared {
        return Some(Reply::html(403, BLOCKED.to_owned()));
    }
    let digits = file.strip_suffix(".json").filter(|digits| digits.len() == 10);
    let filer = digits.and_then(|digits| digits.parse().ok()).and_then(Filer::of);
    let missing = || Reply::new(404, "application/xml", "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>");
    Some(filer.map_or_else(missing, |filer| Reply::json(200, submissions(view, filer).to_string())))
}

fn submissions(view: &View<'_>, filer: Filer) -> Value {
    let mut filings = view.moment.filings(filer);
    let newest = filings.first().map(|filing| filing.accession.clone());
    view.arrange(&mut filings);
    let bent = |filing: &Filing, change: ItemChange| {
        view.items.contains(&change) && newest.as_ref() == Some(&filing.accession)
    };
    let column = |cell: &dyn Fn(&Filing) -> Value| filings.iter().map(cell).collect::<Vec<Value>>();
    let accepted = |filing: &Filing| {
        let clock_ms = if filer.stamps_new_york() { filing.local_ms } else { filing.accepted_ms };
        match filing {
            _ if bent(filing, ItemChange::Undated) => json!(""),
            _ if bent(filing, ItemChange::Nan) => json!("NaN"),
            _ if bent(filing, ItemChange::Future) => json!(stamp(clock_ms + YEAR_MS)),
            _ => json!(stamp(clock_ms)),
        }
    };
    let described = |filing: &Filing| match filing {
        _ if view.hostile_names => json!(HOSTILE),
        _ if bent(filing, ItemChange::Giant) => json!("x".repeat(GIANT_CHARS)),
        filing => json!(filing.description),
    };
    json!({
        "cik": filer.cik.to_string(), "entityType": "operating", "sic": "6199", "sicDescription": "Finance Services",
        "name": filer.name, "tickers": [filer.ticker], "exchanges": ["Nasdaq"], "formerNames": [], "fiscalYearEnd": "1231",
        "filings": {
            "recent": {
                "accessionNumber": column(&|filing| json!(filing.accession)),
                "filingDate": column(&|filing| json!(day(filing.filed_ms))),
                "reportDate": column(&|filing| json!(filing.report_ms.map(day).unwrap_or_default())),
                "acceptanceDateTime": column(&accepted),
                "act": column(&|_| json!("34")),
                "form": column(&|filing| if bent(filing, ItemChange::Mistyped) { json!(8) } else { json!(filing.form) }),
                "fileNumber": column(&|_| json!("001-00001")),
                "items": column(&|filing| json!(filing.items)),
                "size": column(&|filing| json!(filing.document.len() * 1000)),
                "isXBRL": column(&|_| json!(0)),
                "primaryDocument": column(&|filing| json!(filing.document)),
                "primaryDocDescription": column(&described),
            },
            "files": [],
        },
    })
}

fn day(time_ms: i64) -> String {
    iso(time_ms).chars().take(10).collect()
}

/// With milliseconds, as the regulator writes it.
fn stamp(time_ms: i64) -> String {
    iso(time_ms).replace('Z', ".000Z")
}
