use super::*;
use crate::commands::ImportOptions;
use crate::{Home, Mode};
use domain::Clock;
use reports::seal::beside;
use std::sync::atomic::AtomicI64;

/// A clock that a test sets.
#[derive(Clone)]
struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1_000_000, Ordering::Relaxed))
    }
}

const FIRST: &str = "time,coin,side,quantity,price,fee,algorithm,venue,external_id\n\
    2024-07-02T10:00:00+10:00,BTC,buy,0.5,90000,450,,kraken,a1\n\
    2024-09-01T10:00:00+10:00,BTC,sell,0.2,100000,200,,kraken,a2\n\
    2024-10-06T13:00:00+11:00,ETH,buy,4,3900,15.6,sma_cross,kraken,=1+1\n\
    2024-11-06T13:00:00+11:00,ETH,sell,1,4100,4.1,sma_cross,kraken,a4\n";
const LATER: &str = "time,coin,side,quantity,price,fee,algorithm,venue,external_id\n\
    2024-08-01T10:00:00+10:00,BTC,sell,0.1,95000,1,,kraken,b1\n";

struct World {
    ws: Workstation,
    folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        Self::of(FIRST).await
    }

    async fn of(file: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().join("home")), false).unwrap();
        let clock = Hand(Arc::new(AtomicI64::new(1_760_000_000_000_000)));
        let ws = Workstation::open_at(&home, Mode::Write, Arc::new(clock), crate::Reached::default()).await.unwrap();
        ws.import("first.csv", file.as_bytes(), &ImportOptions::default()).await.unwrap();
        ws.store().save_quotes(&domain::Name::parse("test").unwrap(), &[quote("40000")], ws.now()).await.unwrap();
        let world = Self { ws, folder };
        world.closes("BTC").await;
        world
    }

    /// What a coin was worth at the end of each day of 2024–25, up and down.
    async fn closes(&self, coin: &str) {
        let day = |at: i64| {
            let price = domain::Price::parse(&(4_000 + (at % 17) * 90).to_string()).unwrap();
            domain::Candle::of(Timestamp::from_millis(1_719_756_000_000 + at * 86_400_000), price)
        };
        let (coin, days) = (domain::Coin::parse(coin).unwrap(), (0..365).map(day).collect::<Vec<_>>());
        let by = store::CandleSource::Import;
        self.ws.store().save_candles(coin, domain::Interval::H1, by, &days).await.unwrap();
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    async fn write(&self, kind: &str, format: &str) -> std::path::PathBuf {
        let out = self.path(&format!("{kind}.{format}"));
        self.ws.report(&request(kind, format), &out).await.unwrap();
        out
    }

    async fn verdict(&self, file: &Path) -> String {
        self.ws.verify_report(file).await.unwrap().code
    }
}

fn quote(bid: &str) -> domain::Quote {
    domain::Quote {
        coin: domain::Coin::parse("BTC").unwrap(),
        kind: domain::QuoteKind::Book,
        bid: domain::Price::parse(bid).ok(),
        ask: None,
        last: None,
        seen: Timestamp::from_millis(1_750_000_000_000),
    }
}

fn request(kind: &str, format: &str) -> ReportRequest {
    ReportRequest {
        kind: kind.to_owned(),
        format: format.to_owned(),
        book: Book::Live,
        pnl: PnlRequest::default(),
        fy: Some(2025),
        generated_at: None,
        job: Arc::default(),
    }
}

const FORMATS: [&str; 5] = ["csv", "json", "html", "xlsx", "pdf"];

#[tokio::test]
async fn every_report_is_proven_by_the_journal_it_is_of_also_when_that_has_grown_and_prices_have_moved() {
    let world = World::new().await;
    let mut files = Vec::new();
    for kind in REPORTS {
        for format in FORMATS {
            files.push(world.write(kind, format).await);
        }
    }
    let seal = std::fs::read_to_string(beside(&world.path("equity.csv"))).unwrap();
    assert!(seal.contains(r#""closes":{"BTC":[["#), "the prices it stands on: {seal}");
    assert!(std::fs::read_to_string(world.path("pnl.html")).unwrap().contains("bought"), "a picture of the equity");
    world.ws.import("later.csv", LATER.as_bytes(), &ImportOptions::default()).await.unwrap();
    world.ws.store().save_quotes(&domain::Name::parse("test").unwrap(), &[quote("1")], world.ws.now()).await.unwrap();
    // Days that had no price have one now.
    world.closes("ETH").await;
    for file in &files {
        let verdict = world.ws.verify_report(file).await.unwrap();
        assert_eq!(verdict.code, "genuine", "{}: {verdict:?}", file.display());
        assert!(verdict.ok && verdict.later_facts > 0);
    }
    let left = std::fs::read_dir(world.ws.home().path()).unwrap().flatten();
    assert!(
        left.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with("proving")),
        "nothing is left"
    );
}

#[tokio::test]
async fn a_figure_that_was_changed_is_named_and_a_seal_that_was_is_noticed() {
    let world = World::new().await;
    for format in FORMATS {
        let file = world.write("cgt", format).await;
        let mut bytes = std::fs::read(&file).unwrap();
        if let Some(at) = bytes.windows(5).position(|part| part == b"19800") {
            bytes[at] = b'2';
        } else {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }
        std::fs::write(&file, &bytes).unwrap();
        let verdict = world.ws.verify_report(&file).await;
        let code = verdict.as_ref().map_or_else(|error| error.code(), |verdict| verdict.code.clone());
        assert!(["changed", "not_a_report"].contains(&code.as_str()), "{format}: {code}");
        if let (Ok(verdict), "csv" | "json") = (&verdict, format) {
            let first = verdict.differences.first().expect(format);
            assert!(first.file.contains("29800") && first.journal.contains("19800"), "{first:?}");
        }
    }
    let csv = world.write("cgt", "csv").await;
    let seal = std::fs::read_to_string(beside(&csv)).unwrap();
    std::fs::write(beside(&csv), seal.replace("\"rows\":2", "\"rows\":3")).unwrap();
    assert_eq!(world.verdict(&csv).await, "changed");
    std::fs::write(beside(&csv), seal.replace("\"omc_report\":1", "\"omc_report\":2")).unwrap();
    assert_eq!(world.ws.verify_report(&csv).await.unwrap_err().code(), "unknown_version");
    std::fs::remove_file(beside(&csv)).unwrap();
    assert_eq!(world.ws.verify_report(&csv).await.unwrap_err().code(), "not_a_report");
}

#[tokio::test]
async fn a_report_of_another_journal_or_of_a_longer_one_is_told_apart() {
    let (world, other) = (World::new().await, World::new().await);
    assert_eq!(other.verdict(&world.write("trades", "pdf").await).await, "foreign_journal");
    let csv = world.write("trades", "csv").await;
    let seal = std::fs::read_to_string(beside(&csv)).unwrap();
    let head = world.ws.store().heads().await.unwrap()[0];
    let more = seal.replace(&format!("\"facts\":{}", head.facts), "\"facts\":9999");
    std::fs::write(beside(&csv), more).unwrap();
    assert_eq!(world.verdict(&csv).await, "journal_shorter");
    let another = seal.replace(&head.head.to_string(), &"0".repeat(64));
    std::fs::write(beside(&csv), another).unwrap();
    assert_eq!(world.verdict(&csv).await, "journal_differs");
}

#[tokio::test]
async fn a_cancelled_report_leaves_what_was_there() {
    let world = World::new().await;
    let out = world.path("kept.pdf");
    std::fs::write(&out, "before").unwrap();
    let request = request("trades", "pdf");
    request.job.cancel();
    assert_eq!(world.ws.report(&request, &out).await.unwrap_err().code(), "cancelled");
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "before");
    let parts = std::fs::read_dir(world.folder.path()).unwrap().flatten();
    let left = parts.filter(|entry| entry.file_name().to_string_lossy().contains("kept")).count();
    assert_eq!(left, 1, "and nothing beside it");
}

#[tokio::test]
async fn the_equity_tells_each_day_at_its_close_and_falls_from_its_peak() {
    let world = World::new().await;
    world.closes("ETH").await;
    let file = world.write("equity", "json").await;
    let report: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let days = report["sheets"][0]["rows"].as_array().unwrap();
    let day = |date: &str| days.iter().find(|row| row["date"] == date).unwrap_or_else(|| panic!("{date}"));
    // 3 July 2024 ends at the close of its first hour, the third candle: half a coin at 4,180.
    assert_eq!((&day("2024-07-03")["holdings"], &day("2024-07-02")["buys"]), (&"2090".into(), &"1".into()));
    assert!(days.iter().any(|row| row["drawdown"].as_str().is_some_and(|fall| fall.starts_with("-0."))));
    let last = days.last().unwrap();
    assert_eq!((&last["equity"], &last["without_price"]), (&serde_json::Value::Null, &"BTC ETH".into()));
    assert!(report["notes"].to_string().contains("no deposits are known"), "{}", report["notes"]);
}

#[tokio::test]
async fn where_nothing_held_has_a_price_there_is_no_sum_of_what_it_gained() {
    let world = World::new().await;
    let total = async |kind: &str| {
        let preview = world.ws.report_preview(&request(kind, "csv")).await.unwrap();
        preview.sheets[0].total.clone()
    };
    assert_ne!(total("pnl").await[2], "", "Bitcoin has a price");
    let none = "time,coin,side,quantity,price,fee,algorithm,venue,external_id\n\
        2024-07-02T10:00:00+10:00,SOL,buy,1,200,0,,kraken,s1\n2024-07-03T10:00:00+10:00,XRP,buy,1,1,0,,kraken,x1\n\
        2024-07-04T10:00:00+10:00,XRP,sell,1,1,0,,kraken,x2\n";
    let other = World::of(none).await;
    let preview = other.ws.report_preview(&request("pnl", "csv")).await.unwrap();
    assert_eq!((preview.sheets[0].total[1].as_str(), preview.sheets[0].total[2].as_str()), ("0.00", ""));
}

#[tokio::test]
async fn a_preview_says_what_the_file_would() {
    let world = World::new().await;
    let preview = world.ws.report_preview(&request("cgt", "pdf")).await.unwrap();
    assert_eq!(preview.title, "Capital gains 2024–25");
    let disposals = &preview.sheets[0];
    assert_eq!((disposals.all, disposals.rows.len()), (2, 2));
    assert!(disposals.rows[0].iter().any(|cell| cell == "19,800.00"), "{:?}", disposals.rows);
    assert!(preview.notes.iter().any(|note| note.contains("not tax advice")));
}

#[tokio::test]
async fn a_csv_whose_seal_was_not_put_in_its_place_in_time_is_proven_all_the_same() {
    let world = World::new().await;
    let (file, seal) = (world.path("trades.csv"), beside(&world.path("trades.csv")));
    let left = world.path("trades.csv.seal.4711.part");
    let verified = async || world.ws.verify_report(&file).await.map_err(|error| error.to_string());
    world.ws.report(&request("trades", "csv"), &file).await.unwrap();
    let (old_file, old_seal) = (std::fs::read(&file).unwrap(), std::fs::read(&seal).unwrap());
    world.ws.import("later.csv", LATER.as_bytes(), &ImportOptions::default()).await.unwrap();
    world.ws.report(&request("trades", "csv"), &file).await.unwrap();
    let (new_file, new_seal) = (std::fs::read(&file).unwrap(), std::fs::read(&seal).unwrap());
    assert_ne!((&old_file, &old_seal), (&new_file, &new_seal));
    assert_eq!(verified().await.unwrap().code, "genuine");

    // It ended before either was in its place.
    std::fs::write(&file, &old_file).unwrap();
    std::fs::write(&seal, &old_seal).unwrap();
    std::fs::write(&left, &new_seal).unwrap();
    let old = verified().await.unwrap();
    assert!(old.ok && !old.message.contains(".part"), "{}", old.message);
    // Between the two: the new file beside the old seal, or beside none.
    std::fs::write(&file, &new_file).unwrap();
    for _ in 0..2 {
        let new = verified().await.unwrap();
        assert!(new.ok && new.message.contains("trades.csv.seal.4711.part"), "{}", new.message);
        std::fs::remove_file(&seal).unwrap_or_default();
    }
    // Changed is changed, whatever lies there.
    std::fs::write(&file, [&new_file[..], b"x"].concat()).unwrap();
    assert_eq!(verified().await.unwrap().code, "changed");
    std::fs::remove_file(&left).unwrap();
    assert!(verified().await.unwrap_err().contains("keep the two together"));
    std::fs::write(&seal, &new_seal).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(verified().await.unwrap_err().contains("only its seal"));
}
