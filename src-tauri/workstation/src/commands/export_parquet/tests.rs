use super::*;
use crate::commands::ImportOptions;
use crate::fixtures::{START, World, coin};
use domain::{Candle, Decimal, Fact, Money, Price, Quantity, Side, Trade};
use ledgers::{Observation, Payload};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field as Read;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::process::Command;
use store::CandleSource;

const HOUR: i64 = Interval::H1.micros();
const LIVE: &str = "time,coin,side,quantity,price,fee,algorithm,venue,external_id\n\
    2024-07-02T10:00:00+10:00,BTC,buy,0.5,90000.123456789,450.000000000000001,,kraken,a1\n\
    2024-09-01T10:00:00+10:00,BTC,sell,0.2,100000,200,sma_cross,kraken,=1+1\n\
    2024-09-02T10:00:00+10:00,ETH,buy,0.1234567890123456789,4000,1,,,\n";

/// 900 hours of candles up to a full hour and ten beyond it, a headline that was reworded, and trades of both books.
async fn world() -> World {
    let world = World::of(&[]).await;
    let now = Interval::H1.floor(START);
    let candle = |at: i64| {
        let price = Price::new(Decimal::new(100_000 + (at * 37) % 91, 2)).unwrap();
        let volume = (at % 2 == 0).then(|| Quantity::new(Decimal::new(5, 1)).unwrap());
        Candle { volume, ..Candle::of(now.plus_micros(at * HOUR), price) }
    };
    let candles: Vec<Candle> = (-900..10).map(candle).collect();
    let store = world.ws.store();
    store.save_candles(coin("BTC"), Interval::H1, CandleSource::History, &candles).await.unwrap();
    let news = |title: &str| Observation {
        source: "news_example".to_owned(),
        key: "a".to_owned(),
        coins: vec![coin("BTC"), coin("ETH")],
        event_time: now.plus_micros(-50 * 24 * HOUR),
        published_at: Some(now.plus_micros(-49 * 24 * HOUR)),
        undated: None,
        payload: Payload::News {
            title: title.to_owned(),
            url: "https://example.com/a".to_owned(),
            summary: String::new(),
            outlet: "Example".to_owned(),
            author: None,
        },
    };
    store.save_observations(&[news("One")], now.plus_micros(-HOUR)).await.unwrap();
    store.save_observations(&[news("=Two")], now).await.unwrap();
    world.ws.import("live.csv", LIVE.as_bytes(), &ImportOptions::default()).await.unwrap();
    let paper = Trade {
        book: Book::Paper,
        time: Timestamp::parse("2024-09-03T00:00:00Z").unwrap(),
        coin: coin("BTC"),
        side: Side::Buy,
        quantity: Quantity::parse("1").unwrap(),
        price: Price::parse("5").unwrap(),
        fee: Money::ZERO_AUD,
        algorithm: None,
        venue: None,
        external_id: None,
        order: None,
        occurrence: 0,
    };
    let mut desk = world.ws.desk().await.unwrap();
    world.ws.record(&mut desk, vec![Fact::Trade(paper)]).await.unwrap();
    drop(desk);
    world
}

fn asked(what: &[&str]) -> ParquetRequest {
    let generated_at = Some("2027-01-01T00:00:00Z".to_owned());
    ParquetRequest {
        what: what.iter().map(|name| (*name).to_owned()).collect(),
        generated_at,
        ..ParquetRequest::default()
    }
}

fn rows(path: PathBuf) -> Vec<BTreeMap<String, Read>> {
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    reader.get_row_iter(None).unwrap().map(|row| row.unwrap().into_columns().into_iter().collect()).collect()
}

fn text(row: &BTreeMap<String, Read>, name: &str) -> String {
    match &row[name] {
        Read::Str(text) => text.clone(),
        Read::Decimal(number) => {
            let whole = i128::from_be_bytes(number.data().try_into().unwrap());
            Decimal::try_from_i128_with_scale(whole, 18)
                .map_or_else(|_| whole.to_string(), |n| n.normalize().to_string())
        }
        Read::TimestampMicros(micros) => Timestamp::from_micros(*micros).to_string(),
        other => other.to_string(),
    }
}

async fn export(world: &World, request: &ParquetRequest, out: &Path) -> ParquetView {
    world.ws.export_parquet(request, out, &Arc::default()).await.unwrap()
}

#[tokio::test]
async fn an_export_holds_what_is_stored_month_by_month_and_is_the_same_again() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    let out = folder.path().join("out");
    let view = export(&world, &asked(&TABLES), &out).await;
    let counted = |name: &str| view.rows[name];
    assert_eq!((counted("candles"), counted("features")), (900, 900), "what is still running is no candle");
    assert_eq!((counted("observations"), counted("trades")), (2, 4));
    let live = rows(out.join("trades/month=2024-09/live-0.parquet"));
    let of = |row: usize, names: [&str; 5]| names.map(|name| text(&live[row], name));
    assert_eq!(
        of(0, ["book", "side", "price", "external_id", "algorithm"]),
        ["live", "sell", "100000", "=1+1", "sma_cross"]
    );
    assert_eq!(
        of(1, ["coin", "quantity", "digits", "demo", "venue"]),
        ["ETH", "null", "quantity=0.1234567890123456789", "false", "null"]
    );
    assert!(view.notes.iter().any(|note| note.contains("`digits`")), "{:?}", view.notes);
    let july = rows(out.join("trades/month=2024-07/live-0.parquet"));
    assert_eq!(
        (text(&july[0], "price"), text(&july[0], "fee")),
        ("90000.123456789".into(), "450.000000000000001".into())
    );
    let paper = rows(out.join("trades/month=2024-09/paper-0.parquet"));
    assert_eq!((paper.len(), text(&paper[0], "book")), (1, "paper".into()));
    let said = rows(out.join("observations/kind=news/month=2026-08/part-0.parquet"));
    let titles: Vec<[String; 3]> =
        said.iter().map(|row| ["title", "revision", "coins"].map(|name| text(row, name))).collect();
    assert_eq!(titles, [["One", "1", "BTC ETH"], ["=Two", "2", "BTC ETH"]].map(|row| row.map(str::to_owned)));
    assert!(text(&said[0], "first_seen") < text(&said[1], "first_seen"));
    assert!(text(&said[0], "event_time") < text(&said[0], "published_at"));
    let august = rows(out.join("candles/coin=BTC/interval=1h/month=2026-08/part-0.parquet"));
    assert!(august.iter().all(|row| text(row, "source") == "history" && text(row, "time").starts_with("2026-08")));
    assert!(
        august.iter().any(|row| text(row, "volume") == "null") && august.iter().any(|row| text(row, "volume") == "0.5")
    );
    let manifest: Value = serde_json::from_slice(&std::fs::read(out.join(reports::MANIFEST)).unwrap()).unwrap();
    for file in manifest["files"].as_array().unwrap() {
        let bytes = std::fs::read(out.join(file["file"].as_str().unwrap())).unwrap();
        let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(file["sha256"], hash, "{file}");
    }
    let heads = world.ws.store().heads().await.unwrap();
    assert_eq!(manifest["journal"][0]["facts"], heads[0].facts);
    let again = export(&world, &asked(&TABLES), &folder.path().join("again")).await;
    assert_eq!((again.sha256, again.bytes), (view.sha256.clone(), view.bytes), "the same workspace, the same bytes");
    assert_eq!(export(&world, &asked(&TABLES), &out).await.sha256, view.sha256, "in the place of the first");
}

#[tokio::test]
async fn a_window_coins_and_intervals_narrow_it_and_longer_candles_are_made() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    let request = ParquetRequest {
        coins: vec!["btc".into()],
        intervals: vec!["4h".into()],
        from: Some("2026-09-01T00:00:00Z".into()),
        to: Some("2026-09-02T00:00:00Z".into()),
        ..asked(&["candles", "observations", "trades"])
    };
    let out = folder.path().join("out");
    let view = export(&world, &request, &out).await;
    assert_eq!((view.rows["candles"], view.rows["observations"], view.rows["trades"]), (6, 0, 0));
    let made = rows(out.join("candles/coin=BTC/interval=4h/month=2026-09/part-0.parquet"));
    assert_eq!((text(&made[0], "time"), text(&made[0], "source")), ("2026-09-01T00:00:00Z".into(), "made".into()));
    assert_eq!(text(&made[5], "close_time"), "2026-09-02T00:00:00Z");
    let eth = ParquetRequest { coins: vec!["eth".into()], ..asked(&["observations", "trades"]) };
    assert_eq!(
        export(&world, &eth, &out).await.rows,
        BTreeMap::from([("observations".into(), 2), ("trades".into(), 1)])
    );
}

#[tokio::test]
async fn what_is_cancelled_empty_or_makes_no_sense_leaves_nothing() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    let out = folder.path().join("out");
    let job = Arc::<Job>::default();
    job.cancel();
    let code = async |request: ParquetRequest, job: &Arc<Job>| {
        world.ws.export_parquet(&request, &out, job).await.unwrap_err().code().to_owned()
    };
    assert_eq!(code(asked(&[]), &job).await, "cancelled");
    let idle = Arc::default();
    let none = ParquetRequest { coins: vec!["doge".into()], ..asked(&[]) };
    assert_eq!(code(none, &idle).await, "nothing_to_export");
    assert_eq!(code(asked(&["secrets"]), &idle).await, "bad_table");
    let backwards = ParquetRequest { from: Some("2026-01-02".into()), to: Some("2026-01-01".into()), ..asked(&[]) };
    assert_eq!(code(backwards, &idle).await, "empty_window");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_window_touches_its_months_and_is_cut_to_itself() {
    let at = |text: &str| Timestamp::parse(text).unwrap();
    let found = months(at("2023-12-31T23:00:00Z"), at("2024-02-01T00:00:00Z"));
    let names: Vec<&str> = found.iter().map(|month| month.name.as_str()).collect();
    assert_eq!(names, ["2023-12", "2024-01"]);
    assert_eq!((found[0].from, found[0].to), (at("2023-12-31T23:00:00Z"), at("2024-01-01T00:00:00Z")));
    assert!(months(at("2024-01-01T00:00:00Z"), at("2024-01-01T00:00:00Z")).is_empty());
}

#[tokio::test]
async fn duckdb_and_pyarrow_read_it_where_python_has_them() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    let out = folder.path().join("out");
    export(&world, &asked(&TABLES), &out).await;
    let python = std::env::var("OMC_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let ran = Command::new(&python).args(["-c", include_str!("read.py")]).arg(&out).output();
    let ran = match ran {
        Ok(ran) if ran.status.code() != Some(3) => ran,
        _ => {
            println!(
                "skipped: {python} has neither DuckDB nor PyArrow (OMC_PYTHON names another python; pip install duckdb pyarrow)"
            );
            return;
        }
    };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    println!("read by {:?}", told.as_object().unwrap().keys().collect::<Vec<_>>());
    if let Some(duck) = told.get("duckdb") {
        let first = &duck["candles"][0];
        assert_eq!((&first[0], &first[1], &first[2]), (&json!("BTC"), &json!("1h"), &json!("900")));
        let closes = (-900..0).map(|at: i64| Decimal::new(100_000 + (at * 37) % 91, 2)).sum::<Decimal>();
        assert_eq!(first[5].as_str().unwrap().parse::<Decimal>().unwrap(), closes);
        let trade = &duck["trades"][0];
        assert_eq!(trade[4].as_str().unwrap().parse::<Decimal>().unwrap(), Decimal::new(90_000_123_456_789, 9));
        assert_eq!((&trade[0], &trade[6]), (&json!("2024-07-02 00:00:00+00"), &json!("DECIMAL(38,18)")));
        let said = duck["observations"].as_array().unwrap();
        assert_eq!(
            (said.len(), &said[1][0], &said[1][1], &said[1][5]),
            (2, &json!("news"), &json!("2"), &json!("=Two"))
        );
    }
    if let Some(arrow) = told.get("pyarrow") {
        let schema = &arrow["schema"];
        assert_eq!((&arrow["rows"], &schema["close"]), (&json!(900), &json!("decimal128(38, 18)")));
        assert_eq!((&schema["time"], &schema["coin"]), (&json!("timestamp[us, tz=UTC]"), &json!("string")));
    }
}
