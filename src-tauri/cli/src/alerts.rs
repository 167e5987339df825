//! What is set about alerts and their webhook, here or by the process that holds the workspace.

use crate::args::{AlertsCommand, WebhookWord};
use crate::commands::{Done, pairs};
use crate::print::{Failure, Out};
use crate::words;
use workstation::Home;
use workstation::commands::{Request, carry_out};
use workstation::dto::{AlertsView, WebhookView};

/// Whether a command changes something.
pub const fn changes(command: Option<&AlertsCommand>) -> bool {
    !matches!(command, None | Some(AlertsCommand::Webhook { word: None }))
}

/// Does it. A test the webhook did not take is a failure.
pub async fn change(home: &Home, command: AlertsCommand, out: &Out) -> Done {
    let request = match command {
        AlertsCommand::Webhook { word } => {
            let is_test = matches!(word, Some(WebhookWord::Test));
            let request = match word {
                Some(WebhookWord::Test) => Request::WebhookTest,
                word => Request::WebhookSet { on: matches!(word, Some(WebhookWord::On)) },
            };
            let view: WebhookView = carry_out(home, request).await?;
            out.result(&view, words::webhook)?;
            let delivered = view.deliveries.first().is_some_and(|newest| newest.state == "delivered");
            return if delivered || !is_test { Ok(()) } else { Err(Failure::Said) };
        }
        AlertsCommand::Seen { id, .. } => Request::AlertSeen { id },
        AlertsCommand::Set { changes } => {
            Request::AlertsSet { changes: pairs("bad_setting", "severity_min=6", &changes)? }
        }
    };
    let view: AlertsView = carry_out(home, request).await?;
    out.result(&view, words::alerts)
}
