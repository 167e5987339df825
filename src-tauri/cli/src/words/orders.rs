//! Orders in words.

use super::aud;
use workstation::dto::AmendPreview;

/// What another limit would come to.
pub fn amend_preview(preview: &AmendPreview) -> String {
    let AmendPreview { order, from, to, quantity, .. } = preview;
    let (id, side, coin, book) = (order.id, order.side, order.coin, order.book.to_string().to_uppercase());
    let mut out = format!("{id} {side} {quantity} {coin} {book} · limit {from} → {to}");
    let brings = if side.to_string() == "buy" { "costs at most" } else { "brings at least" };
    out.push_str(&format!("\n  {brings} {} AUD, fee {} AUD", aud(preview.total), aud(preview.fee)));
    if let (Some(bid), Some(ask)) = (preview.bid, preview.ask) {
        out.push_str(&format!("\n  the market now: bid {bid}, ask {ask}"));
    }
    if preview.replaces {
        out.push_str("\n  the order is taken back and a new one proposed");
    }
    for row in &preview.headroom {
        let after = row.after.map_or_else(|| "?".to_owned(), |after| after.0.round_dp(2).to_string());
        out.push_str(&format!("\n  {}: {after} of {}", row.limit, row.most.0));
    }
    match (&preview.denial, &preview.approval) {
        (Some(denial), _) => out.push_str(&format!("\n  would be refused: {} [{}]", denial.message, denial.code)),
        (None, Some(approval)) if preview.asks => out.push_str(&format!("\n  your yes: --yes {approval}")),
        _ => {}
    }
    out
}
