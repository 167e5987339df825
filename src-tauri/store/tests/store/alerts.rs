//! Alerts: kept by their origin, found by what is open and unseen, forgotten after half a year.

use crate::support::{NOW, fresh};
use domain::Timestamp;
use store::{AlertFilter, Store, StoredAlert};

fn alert(origin: &str, days: i64) -> StoredAlert {
    let at = NOW.plus_micros(days * 86_400 * 1_000_000);
    StoredAlert {
        id: Store::alert_id(origin),
        origin: origin.to_owned(),
        topic: "listing".to_owned(),
        rule: "listing".to_owned(),
        subject: "ASTER".to_owned(),
        ledger: "catalyst".to_owned(),
        severity: 8,
        title: "New coin listing".to_owned(),
        detail: String::new(),
        url: Some("https://example.com".to_owned()),
        observation: None,
        at,
        last_at: at,
        repeats: 0,
        recovered_at: None,
        seen_at: None,
    }
}

async fn origins(store: &Store, filter: AlertFilter<'_>) -> Vec<String> {
    store.alerts(&filter).await.unwrap().into_iter().map(|alert| alert.origin).collect()
}

#[tokio::test]
async fn an_origin_is_one_alert_and_half_a_year_later_it_is_forgotten() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let over = |at: Timestamp| StoredAlert { repeats: 3, recovered_at: Some(at), ..alert("a", 0) };
    for kept in [alert("a", 0), alert("b", 1), over(NOW)] {
        store.save_alert(&kept).await.unwrap();
    }
    store.close().await;
    let store = fresh(home.path()).await;
    assert_eq!(store.alerts(&AlertFilter::default()).await.unwrap(), [alert("b", 1), over(NOW)], "newest first");
    let open = AlertFilter { open: true, topic: Some(("listing", "ASTER")), ..AlertFilter::default() };
    assert_eq!(origins(&store, open).await, ["b"]);
    assert_eq!(store.see_alerts(Some(&Store::alert_id("a")), NOW).await.unwrap(), 1);
    assert_eq!(origins(&store, AlertFilter { unseen: true, ..AlertFilter::default() }).await, ["b"]);
    assert_eq!((store.see_alerts(None, NOW).await.unwrap(), store.alerts_unseen().await.unwrap()), (1, 0));
    store.save_alert(&alert("c", 181)).await.unwrap();
    assert_eq!(origins(&store, AlertFilter::default()).await, ["c", "b"]);
}
