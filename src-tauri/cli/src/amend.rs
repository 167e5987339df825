//! Another limit for an order that rests: shown first where a person must say yes.

use crate::args::AmendArgs;
use crate::commands::Done;
use crate::print::{Failure, Out};
use crate::words;
use std::io::IsTerminal;
use workstation::commands::{Request, carry_out};
use workstation::dto::{AmendPreview, AmendRequest, OrderView};
use workstation::{Error, Home};

/// Asks for the limit; where that needs a yes, shows what it would come to and hears one typed, or takes it as an argument.
pub async fn amend(home: &Home, args: AmendArgs, out: &Out) -> Done {
    let AmendArgs { id, limit, quantity, yes } = args;
    let mut request = AmendRequest { order: id, limit, quantity, approval: yes };
    let mut done: Result<OrderView, Error> = carry_out(home, Request::Amend { amend: request.clone() }).await;
    if let Err(error) = &done
        && error.code() == "amend_asks"
    {
        let preview: AmendPreview = carry_out(home, Request::AmendPreview { amend: request.clone() }).await?;
        if !said_yes(&preview, out) {
            out.result(&preview, words::amend_preview)?;
            return Err(done.err().map_or(Failure::Said, Failure::Error));
        }
        request.approval = preview.approval;
        done = carry_out(home, Request::Amend { amend: request }).await;
    }
    let order = done?;
    out.result(&order, words::order)?;
    // Nobody knows yet which limit it has.
    if order.amending.is_some() { Err(Failure::Said) } else { Ok(()) }
}

/// Whether whoever sits at this terminal types yes.
fn said_yes(preview: &AmendPreview, out: &Out) -> bool {
    if !std::io::stdin().is_terminal() || preview.approval.is_none() {
        return false;
    }
    out.say(&words::amend_preview(preview));
    out.say("omc: type yes to give it this limit");
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed).is_ok() && typed.trim() == "yes"
}
