//! Fills of a made-up history, as the file that `omc import` reads; the same number gives the same file, and a shorter one is
//! the beginning of a longer.

use std::fmt::Write;

pub const COINS: u64 = 50;
const ALGORITHMS: u64 = 20;

/// Buys and sales of 50 coins by 20 algorithms; nobody sells more than they hold.
pub fn csv(fills: u64) -> String {
    let mut seed = 20_240_601_u64;
    let mut draw = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut held = vec![0_u64; (COINS * ALGORITHMS) as usize];
    let mut out = String::from("time,coin,side,quantity,price,fee,algorithm,venue,external_id\n");
    let mut millis = 1_420_070_400_000_u64;
    for _ in 0..fills {
        millis += 1 + draw(60_000);
        let (coin, algorithm) = (draw(COINS), draw(ALGORITHMS));
        let price_cents = 100 + draw(10_000_000);
        let have = &mut held[(coin * ALGORITHMS + algorithm) as usize];
        let (side, quantity) = if *have > 0 && draw(100) < 55 {
            let quantity = if draw(5) == 0 { *have } else { 1 + draw(*have) };
            *have -= quantity;
            ("sell", quantity)
        } else {
            let quantity = 1 + draw(1_000_000_000);
            *have += quantity;
            ("buy", quantity)
        };
        let fee = u128::from(quantity) * u128::from(price_cents) / 100_000;
        let time = time(millis);
        writeln!(
            out,
            "{time},C{coin:02}X,{side},{}.{:08},{}.{:02},{}.{:08},algorithm_{algorithm:02},bench,",
            quantity / 100_000_000,
            quantity % 100_000_000,
            price_cents / 100,
            price_cents % 100,
            fee / 100_000_000,
            fee % 100_000_000
        )
        .unwrap();
    }
    out
}

/// RFC 3339 of milliseconds since 1970 (Hinnant's civil-from-days).
fn time(millis: u64) -> String {
    let (days, rest) = (millis / 86_400_000, millis % 86_400_000);
    let z = days + 719_468;
    let era = z / 146_097;
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + u64::from(month <= 2);
    let (h, m, s, ms) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60, rest % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{ms:03}Z")
}
