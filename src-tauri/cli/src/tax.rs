//! The commands about tax.

use crate::args::{OrderArgs, ParcelCommand, ParcelWords, TaxCommand, TaxWords, WhatIf};
use crate::commands::{Done, failed, known, order_request, pairs};
use crate::print::{Failure, Out};
use crate::words;
use workstation::commands::{Request, carry_out};
use workstation::dto::{
    FileRequest, Filing, OrderView, ParcelsRequest, PickedParcel, TaxChange, TaxRequest, TaxSettings, WhatIfRequest,
};
use workstation::{Error, Home, Workstation};

/// What changes nothing.
pub async fn show(ws: &Workstation, asked: TaxWords, out: &Out) -> Done {
    let TaxWords { command, show } = asked;
    match command {
        Some(file @ TaxCommand::File { .. }) => {
            if let Some(request) = file_request(file) {
                out.result(&ws.tax_file(&request).await?, words::filing)?;
            }
        }
        Some(_) => out.result(&ws.tax_settings().await?, words::tax_settings)?,
        None => {
            let request = TaxRequest {
                fy: show.fy.unwrap_or_default(),
                method: show.method,
                timezone: show.timezone,
                lines: None,
            };
            out.result(&ws.tax(&request).await?, words::tax)?;
        }
    }
    Ok(())
}

/// What is done here, or by the process that holds the workspace.
pub async fn change(home: &Home, asked: TaxWords, out: &Out) -> Done {
    let change = match asked.command {
        Some(file @ TaxCommand::File { .. }) => {
            if let Some(request) = file_request(file) {
                let filed: Filing = carry_out(home, Request::TaxFile { request }).await?;
                out.result(&filed, words::filing)?;
            }
            return Ok(());
        }
        Some(TaxCommand::Set { changes }) => {
            TaxChange::Set { changes: pairs("bad_tax_setting", "marginal_rate_pct=37", &changes)? }
        }
        Some(TaxCommand::Regime { confirm, .. }) => TaxChange::Law { confirmed: confirm },
        Some(TaxCommand::Snapshot { prices }) => {
            TaxChange::Snapshot { prices: pairs("bad_price", "BTC=150000", &prices)? }
        }
        None | Some(TaxCommand::Settings) => return Ok(()),
    };
    let settings: TaxSettings = carry_out(home, Request::TaxChange { change }).await?;
    out.result(&settings, words::tax_settings)
}

fn file_request(command: TaxCommand) -> Option<FileRequest> {
    let TaxCommand::File { fy, method, timezone, note, expect_net, preview } = command else { return None };
    Some(FileRequest { fy, method, timezone, note, expect_net, preview: Some(preview) })
}

/// Open parcels.
pub async fn parcels(ws: &Workstation, asked: ParcelWords, out: &Out) -> Done {
    let show = asked.show;
    let request = ParcelsRequest { book: show.book, coin: show.coin, method: show.method, limit: show.limit };
    out.result(&ws.parcels(&request).await?, words::parcels)
}

/// The parcels of a sale.
pub async fn pick(home: &Home, asked: ParcelWords, out: &Out) -> Done {
    let Some(ParcelCommand::Pick { sale, parcels, .. }) = asked.command else { return Ok(()) };
    let change = TaxChange::Pick { sale, parcels: picked(&parcels)? };
    let settings: TaxSettings = carry_out(home, Request::TaxChange { change }).await?;
    out.result(&settings, words::tax_settings)
}

/// A sale with its parcels: they are looked at first, then the order is placed, then they are kept with its id.
pub async fn sell(home: &Home, args: OrderArgs, out: &Out) -> Done {
    let parcels = picked(&args.parcels)?;
    let request = order_request(args)?;
    if request.side != workstation::Side::Sell {
        return Err(Error::usage("bad_pick", "parcels are picked for sales: this is a buy").into());
    }
    let Some(quantity) = request.quantity.clone() else {
        return Err(Error::usage("bad_pick", "parcels are picked for a quantity: give --quantity").into());
    };
    let (book, coin) = (request.book, request.coin.clone());
    let check = Request::ParcelsCheck { book, coin, quantity, parcels: parcels.clone() };
    let _: usize = carry_out(home, check).await?;
    let order: OrderView = known(carry_out(home, Request::Order { order: request }).await, out)?;
    out.result(&order, words::order)?;
    if failed(&order) {
        return Err(Failure::Said);
    }
    let change = TaxChange::Pick { sale: order.id.to_string(), parcels };
    let _: TaxSettings = carry_out(home, Request::TaxChange { change }).await?;
    Ok(())
}

/// Parcels in the order they were typed.
pub fn picked(parcels: &[String]) -> Result<Vec<PickedParcel>, Error> {
    let read = |text: &String| {
        let words = || Error::usage("bad_pick", format!("'{text}' is not PARCEL=QUANTITY, such as omc parcels tells"));
        let (parcel, quantity) = text.split_once('=').ok_or_else(words)?;
        Ok(PickedParcel { parcel: parcel.to_owned(), quantity: quantity.to_owned() })
    };
    parcels.iter().map(read).collect()
}

/// What a sale would come to.
pub async fn what_if(ws: &Workstation, asked: WhatIf, out: &Out) -> Done {
    let WhatIf::Sell { coin, quantity, at, book, instant } = asked;
    let request = WhatIfRequest { coin, quantity, at, book, instant: Some(instant) };
    out.result(&ws.what_if(&request).await?, words::what_if)
}
