//! The feeds, the mood index and the help centre.

use crate::client::{NOW_MS, get, get_with, seen, world, world_where};
use serde_json::Value;
use staging::world::{NoticeKind, Outlet, STORIES};
use staging::{Fault, ItemChange, Staging};
use std::collections::HashSet;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const FEEDS: [&str; 5] = ["/arc/outboundfeeds/rss", "/rss", "/feed", "/feed/", "/newsbtc/feed/"];
const ARTICLES: &str = "/api/v2/help_center/en-us/categories/115000579994/articles.json";

#[tokio::test]
async fn each_outlet_has_its_newest_stories_and_they_move_with_world_time() {
    let staging = world().await;
    let mut first = Vec::new();
    for (path, outlet) in FEEDS.into_iter().zip(Outlet::ALL) {
        let feed = get(&staging, path).await;
        assert_eq!((feed.status, feed.header("content-type")), (200, Some("application/rss+xml; charset=utf-8")));
        let text = feed.text();
        assert!(text.contains(&format!("<title>{} (simulated)</title>", outlet.name())), "{path}");
        assert_eq!(text.matches("<item>").count(), STORIES, "{path}");
        assert_eq!(text.matches("<pubDate>").count(), STORIES, "{path}");
        let stories = staging.world().at(NOW_MS).stories(outlet);
        assert!(stories.iter().all(|story| story.published_ms <= NOW_MS));
        assert!(stories.is_sorted_by(|a, b| a.published_ms > b.published_ms));
        first.push(text);
    }
    assert_eq!(get(&staging, FEEDS[0]).await.text(), first[0]);
    staging.advance(Duration::from_secs(6 * 3600));
    for (path, before) in FEEDS.into_iter().zip(&first) {
        assert_ne!(&get(&staging, path).await.text(), before, "{path}");
    }
}

#[tokio::test]
async fn some_stories_are_about_what_other_outlets_write_about() {
    let staging = world().await;
    let moment = staging.world().at(NOW_MS);
    let of = |outlet| moment.stories(outlet).into_iter().map(|story| story.summary).collect::<HashSet<_>>();
    let shared = of(Outlet::CoinDesk).intersection(&of(Outlet::Cointelegraph)).count();
    assert!((1..STORIES).contains(&shared), "{shared}");
}

#[tokio::test]
async fn an_unchanged_feed_is_not_sent_again() {
    let staging = world().await;
    let tag = get(&staging, "/rss").await.header("etag").unwrap().to_owned();
    let again = get_with(&staging, "/rss", &format!("If-None-Match: {tag}\r\n")).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[tokio::test]
async fn the_mood_has_one_figure_a_day_as_text() {
    let staging = world().await;
    let days = |reply: Value| reply["data"].as_array().unwrap().clone();
    assert_eq!(days(get(&staging, "/fng/").await.json()).len(), 1);
    let month = days(get(&staging, "/fng/?limit=30").await.json());
    let stamps: Vec<i64> = month.iter().map(|day| day["timestamp"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(stamps[0], NOW_MS / 86_400_000 * 86_400);
    assert!(stamps.windows(2).all(|pair| pair[0] - pair[1] == 86_400));
    assert!(month.iter().all(|day| day["value"].as_str().unwrap().parse::<u8>().unwrap() <= 100));
    assert!(month[0]["time_until_update"].is_string() && month[1]["time_until_update"].is_null());
    assert!(days(get(&staging, "/fng/?limit=0").await.json()).len() > 3000);
    assert_eq!(get(&staging, "/fng").await.status, 301);
    assert!(get(&staging, "/fng/?limit=x").await.json()["metadata"]["error"].is_string());
}

#[tokio::test]
async fn articles_come_by_cursor_and_by_number_and_are_the_same() {
    let staging = world().await;
    let ids = |page: &Value| -> Vec<u64> {
        page["articles"].as_array().unwrap().iter().map(|article| article["id"].as_u64().unwrap()).collect()
    };
    let (mut by_cursor, mut after) = (Vec::new(), String::new());
    loop {
        let query = format!("?sort_by=edited_at&sort_order=desc&page%5Bsize%5D=30{after}");
        let page = get(&staging, &format!("{ARTICLES}{query}")).await.json();
        by_cursor.extend(ids(&page));
        if page["meta"]["has_more"] == false {
            break;
        }
        after = format!("&page%5Bafter%5D={}", page["meta"]["after_cursor"].as_str().unwrap());
    }
    let mut by_number = Vec::new();
    for number in 1..=3 {
        let query = format!("?sort_by=edited_at&page={number}&per_page=30");
        by_number.extend(ids(&get(&staging, &format!("{ARTICLES}{query}")).await.json()));
    }
    assert_eq!((by_cursor.len(), by_cursor.iter().collect::<HashSet<_>>().len()), (75, 75));
    assert_eq!(by_cursor, by_number);
    let notices = staging.world().at(NOW_MS).notices();
    for kind in [NoticeKind::Listing, NoticeKind::Delisting, NoticeKind::Maintenance, NoticeKind::Feature] {
        assert!(notices.iter().any(|notice| notice.kind == kind), "{kind:?}");
    }
    assert!(notices.iter().any(|notice| notice.edited_ms > notice.created_ms));
}

async fn at(staging: &Staging, service: &str, path: &str) -> String {
    let address = staging.url_of(service).trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    seen(&bytes, false).text()
}

#[tokio::test]
async fn each_service_lives_at_an_address_of_its_own() {
    let staging = world().await;
    assert!(at(&staging, "NEWS_CRYPTOSLATE", "/feed/").await.contains("<title>CryptoSlate "));
    assert!(at(&staging, "NEWS_NEWSBTC", "/feed/").await.contains("<title>NewsBTC "));
    assert!(at(&staging, "SEC", "/submissions/CIK0001679788.json").await.contains("Undeclared Automated Tool"));
    assert!(at(&staging, "FEARGREED", "/fng/").await.contains("Fear and Greed"));
    assert_eq!(staging.requests().last().unwrap().path, "/fng/");
    assert_eq!(staging.requests()[1].path, "/newsbtc/feed/");
    assert_eq!(staging.url_of("COINSPOT"), staging.url());
    let urls: HashSet<_> = staging.sites().map(|(_, url)| url).collect();
    assert_eq!(urls.len(), staging.sites().count());
    assert!(urls.len() >= 7 && !urls.contains(staging.url()));
}

#[tokio::test]
async fn items_go_wrong_on_demand() {
    let feed = |change| async move {
        let staging = world_where("/rss", Fault::Items { change }).await;
        get(&staging, "/rss").await.text()
    };
    let whole = get(&world().await, "/rss").await.text();
    assert_eq!(feed(ItemChange::Undated).await.matches("<pubDate>").count(), STORIES - 1);
    assert!(feed(ItemChange::Nan).await.contains("<pubDate>NaN</pubDate>"));
    assert_eq!(feed(ItemChange::Duplicated).await.matches("<item>").count(), STORIES + 1);
    assert!(feed(ItemChange::Giant).await.len() > whole.len() + 1_000_000);
    let items = |text: &str| text.split("<item>").skip(1).map(|item| item[..60].to_owned()).collect::<Vec<_>>();
    let reversed = feed(ItemChange::Reordered).await;
    assert_eq!(items(&reversed).into_iter().rev().collect::<Vec<_>>(), items(&whole));
    let renamed = world_where("/rss", Fault::Rename { from: "pubDate".into(), to: "when".into() }).await;
    assert_eq!(get(&renamed, "/rss").await.text().matches("<when>").count(), STORIES);
}
