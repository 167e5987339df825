//! What 5,000 headlines with their summaries are taken to mean, and which of them tell the same story.

use divan::{Bencher, black_box};
use domain::{Coin, Timestamp};
use ledgers::meaning::{Coins, Story, clusters, coins_of, meaning};
use ledgers::{Observation, Payload};

const HEADLINES: usize = 5_000;
const MINUTE_MS: i64 = 60_000;

fn main() {
    divan::main();
}

/// A draw that is the same in every run.
fn draw(state: &mut u64, of: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize % of.max(1)
}

/// Headlines of ten words among 2,000, a third of them told again by another outlet in a few words more.
fn titles() -> Vec<String> {
    const KNOWN: [&str; 12] =
        ["Bitcoin", "ETH", "surges", "after", "SEC", "approval", "hack", "the", "price", "Solana", "LINK", "falls"];
    let (mut state, mut titles) = (7_u64, Vec::<String>::with_capacity(HEADLINES));
    while titles.len() < HEADLINES {
        if titles.len() > 10 && draw(&mut state, 3) == 0 {
            let again = titles[titles.len() - 1 - draw(&mut state, 10)].clone();
            titles.push(format!("Breaking: {again}, what we know"));
            continue;
        }
        let words: Vec<String> = (0..10)
            .map(|_| match draw(&mut state, 3) {
                0 => KNOWN[draw(&mut state, KNOWN.len())].to_owned(),
                _ => format!("word{}x", draw(&mut state, 2_000)),
            })
            .collect();
        titles.push(words.join(" "));
    }
    titles
}

fn observations() -> Vec<Observation> {
    let news = |(place, title): (usize, String)| {
        let summary = format!("{title}. Traders in AUD said that {title}, and did not panic about the OP token.");
        let payload = Payload::News {
            url: format!("https://example.com/{place}"),
            summary,
            outlet: "Example".to_owned(),
            author: None,
            title,
        };
        let event_time = Timestamp::from_millis(place as i64 * MINUTE_MS);
        let key = place.to_string();
        Observation {
            source: "news".to_owned(),
            key,
            coins: Vec::new(),
            event_time,
            published_at: None,
            undated: None,
            payload,
        }
    };
    titles().into_iter().enumerate().map(news).collect()
}

/// As many coins as the exchange has.
fn known() -> Coins {
    Coins::new((0..540).filter_map(|place| Coin::parse(&format!("C{place}")).ok()))
}

#[divan::bench]
fn meaning_5k(bencher: Bencher<'_, '_>) {
    let (known, observations) = (known(), observations());
    bencher.bench_local(|| observations.iter().filter_map(|told| meaning(black_box(told), &known)).count());
}

#[divan::bench]
fn coins_5k(bencher: Bencher<'_, '_>) {
    let (known, observations) = (known(), observations());
    bencher.bench_local(|| observations.iter().map(|told| coins_of(black_box(told), &known).len()).sum::<usize>());
}

fn cluster(bencher: Bencher<'_, '_>, titles: Vec<String>) {
    let ids: Vec<String> = (0..titles.len()).map(|place| format!("{place:08}")).collect();
    let stories: Vec<Story<'_>> = titles
        .iter()
        .zip(&ids)
        .enumerate()
        .map(|(place, (title, id))| {
            let time = Timestamp::from_millis(place as i64 * MINUTE_MS / 2);
            Story { id, title, outlet: id, event_time: time, first_seen: time }
        })
        .collect();
    bencher.bench_local(|| clusters(black_box(&stories)));
}

#[divan::bench]
fn clusters_5k(bencher: Bencher<'_, '_>) {
    cluster(bencher, titles());
}

/// Headlines that share all their words and differ in their numbers: each is compared with as many as the bound allows.
#[divan::bench]
fn clusters_5k_alike(bencher: Bencher<'_, '_>) {
    cluster(bencher, (0..HEADLINES).map(|n| format!("Exploit drains lending pool Foo of {n} thousand")).collect());
}

/// A text of a megabyte in small words: only its beginning is read.
#[divan::bench(args = ["ban ", "OP ", "$", "not very "])]
fn a_megabyte(bencher: Bencher<'_, '_>, part: &str) {
    let known = known();
    let mut told = observations().remove(0);
    if let Payload::News { summary, .. } = &mut told.payload {
        *summary = part.repeat((1 << 20) / part.len());
    }
    bencher.bench_local(|| meaning(black_box(&told), &known));
}
