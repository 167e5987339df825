//! Tax years, filings, parcels and imagined sales in words and tables.

use super::{aud, aud_or_dash, or_dash};
use crate::print::table;
use workstation::Timestamp;
use workstation::commands::local_day;
use workstation::dto::{
    Difference, Filing, OpenParcel, ParcelPart, ParcelsView, Tax, TaxRow, TaxSettings, WhatIfMethod, WhatIfView,
};

fn noted(notes: &[String]) -> String {
    notes.iter().map(|note| format!("note: {note}\n")).collect()
}

pub fn tax(tax: &Tax) -> String {
    let mut out = noted(&tax.notes);
    out.push_str(&format!(
        "financial year {}-{:02} · {} · AUD · {}\n",
        tax.fy - 1,
        tax.fy % 100,
        tax.method,
        standing(tax)
    ));
    let figures = [
        ("capital gains", tax.capital_gains),
        ("losses of the year", tax.capital_losses),
        ("losses brought forward", tax.losses_brought_forward),
        ("losses applied", tax.losses_applied),
        ("discount", tax.discount),
        ("net capital gain", tax.net_capital_gain),
        ("losses carried forward", tax.losses_carried_forward),
        ("other income", tax.other_income),
    ];
    for (name, amount) in figures {
        out.push_str(&format!("\n{name:<22} {}", aud(amount)));
    }
    if let Some(filed) = &tax.filed
        && !filed.differs.is_empty()
    {
        out.push_str(&format!(
            "\n\nnot as it was filed (revision {}):\n{}",
            filed.last.revision,
            differ(&filed.differs)
        ));
    }
    if !tax.disposals.is_empty() {
        out.push_str(&format!("\n\n{}", disposals(tax)));
    }
    if !tax.income.is_empty() {
        let day = |time: &Timestamp| local_day(*time, &tax.timezone);
        let rows: Vec<_> = tax
            .income
            .iter()
            .map(|row| {
                vec![
                    day(&row.time),
                    row.coin.to_string(),
                    row.quantity.to_string(),
                    row.why.clone(),
                    aud_or_dash(row.value),
                ]
            })
            .collect();
        out.push_str(&format!("\n\n{}", table(&["income", "coin", "quantity", "what", "value AUD"], &[2, 4], &rows)));
    }
    if !tax.wash.is_empty() {
        let day = |time: &Timestamp| local_day(*time, &tax.timezone);
        let row = |row: &workstation::dto::WashRow| {
            vec![
                row.coin.to_string(),
                day(&row.sold),
                row.quantity.to_string(),
                aud(row.loss),
                row.bought.to_string(),
                day(&row.nearest),
            ]
        };
        let rows: Vec<_> = tax.wash.iter().map(row).collect();
        let header = ["sold at a loss", "on", "quantity", "loss", "bought around it", "nearest"];
        out.push_str(&format!("\n\n{}", table(&header, &[2, 3, 4], &rows)));
    }
    out
}

fn standing(tax: &Tax) -> String {
    match &tax.filed {
        None => "not filed".to_owned(),
        Some(filed) if filed.earlier.is_empty() => "filed".to_owned(),
        Some(filed) => format!("filed, revision {}", filed.last.revision),
    }
}

fn disposals(tax: &Tax) -> String {
    let day = |time: &Timestamp| local_day(*time, &tax.timezone);
    let row = |line: &TaxRow| {
        vec![
            line.coin.to_string(),
            day(&line.acquired),
            day(&line.disposed),
            line.quantity.to_string(),
            aud(line.proceeds),
            aud(line.cost_base),
            aud(line.gain),
            if line.discount { "yes" } else { "" }.to_owned(),
            line.event.replace('_', " "),
        ]
    };
    let rows: Vec<_> = tax.disposals.iter().map(row).collect();
    let header = ["coin", "acquired", "disposed", "quantity", "proceeds", "cost base", "gain", "discount", "what"];
    table(&header, &[3, 4, 5, 6], &rows)
}

fn differ(differences: &[Difference]) -> String {
    let row = |of: &Difference| vec![of.name.replace('_', " "), aud(of.filed), aud(of.now), aud(of.difference)];
    let rows: Vec<_> = differences.iter().map(row).collect();
    table(&["figure", "filed", "now", "difference"], &[1, 2, 3], &rows)
}

pub fn filing(filing: &Filing) -> String {
    let mut out = noted(&filing.notes);
    let done = if filing.recorded { "filed" } else { "would be filed" };
    let (before, year) = (filing.fy - 1, filing.fy % 100);
    out.push_str(&format!("{before}-{year:02} {done} by {}, revision {}\n", filing.method, filing.revision));
    for (name, amount) in &filing.sums {
        out.push_str(&format!("\n{:<22} {}", name.replace('_', " "), aud(*amount)));
    }
    if !filing.differs.is_empty() {
        out.push_str(&format!("\n\nagainst the filing before:\n{}", differ(&filing.differs)));
    }
    for other in &filing.others {
        out.push_str(&format!("\n\n{} comes out otherwise than it was filed:\n{}", other.fy, differ(&other.differs)));
    }
    out
}

pub fn tax_settings(settings: &TaxSettings) -> String {
    let mut out = noted(&settings.notes);
    for regime in &settings.regimes {
        out.push_str(&format!("rules '{}' from {}: {}", regime.name, regime.from_year, regime.standing));
        if !regime.missing.is_empty() {
            out.push_str(&format!("; say first: {}", regime.missing.join(", ")));
        }
        out.push('\n');
    }
    for (name, value) in &settings.settings {
        out.push_str(&format!("{name}={value}\n"));
    }
    for (fy, method) in &settings.filed {
        out.push_str(&format!("{fy} filed by {method}\n"));
    }
    for price in &settings.snapshot {
        out.push_str(&format!("30 June 2027: {} {} ({})\n", price.coin, aud(price.price), price.source));
    }
    out.push_str(&format!("sales with picked parcels: {}", settings.picked_sales));
    out
}

pub fn parcels(view: &ParcelsView) -> String {
    let row = |parcel: &OpenParcel| {
        vec![
            parcel.id.clone(),
            parcel.coin.to_string(),
            parcel.acquired.to_string(),
            parcel.quantity.to_string(),
            aud_or_dash(parcel.cost),
            aud_or_dash(parcel.value),
            aud_or_dash(parcel.gain),
            or_dash(parcel.days_to_discount),
            parcel.used_by.len().to_string(),
        ]
    };
    let rows: Vec<_> = view.parcels.iter().map(row).collect();
    let header = ["parcel", "coin", "acquired", "left", "cost AUD", "value", "gain", "days to 12 months", "used by"];
    format!("{}{}", noted(&view.notes), table(&header, &[3, 4, 5, 6, 7, 8], &rows))
}

pub fn what_if(view: &WhatIfView) -> String {
    let mut out = noted(&view.notes);
    let (price, from) = (aud(view.price), &view.price_from);
    out.push_str(&format!(
        "sell {} {} at {price} AUD ({from}), fee {}, year {}-{:02}\n\n",
        view.quantity,
        view.coin,
        aud(view.fee),
        view.fy - 1,
        view.fy % 100
    ));
    let row = |of: &WhatIfMethod| {
        vec![
            of.method.clone(),
            aud(of.gain),
            aud(of.discount_gain),
            aud(of.year_before),
            aud(of.year_after),
            aud_or_dash(of.tax),
            aud_or_dash(of.after_tax),
            or_dash(of.next_discount_days),
        ]
    };
    let rows: Vec<_> = view.methods.iter().map(row).collect();
    let header =
        ["method", "gain", "discountable", "year now", "with it", "tax", "after tax", "days to next 12 months"];
    out.push_str(&table(&header, &[1, 2, 3, 4, 5, 6, 7], &rows));
    for of in &view.methods {
        let row = |parcel: &ParcelPart| {
            vec![
                of.method.clone(),
                parcel.acquired.to_string(),
                parcel.quantity.to_string(),
                aud(parcel.cost),
                aud(parcel.gain),
                if parcel.discount.unwrap_or_default() { "yes" } else { "" }.to_owned(),
                or_dash(parcel.days_to_discount),
            ]
        };
        let rows: Vec<_> = of.parcels.iter().map(row).collect();
        let header = ["method", "acquired", "quantity", "cost", "gain", "discount", "days to 12 months"];
        out.push_str(&format!("\n\n{}", table(&header, &[2, 3, 4, 6], &rows)));
    }
    out
}
