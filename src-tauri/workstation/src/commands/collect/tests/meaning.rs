use super::*;

fn notice(key: &str, title: &str) -> Observation {
    let payload = Payload::Announcement {
        title: title.to_owned(),
        url: format!("https://example.com/{key}"),
        text: String::new(),
        section: None,
        edited_at: None,
    };
    Observation { source: of_ledger(Ledger::Catalyst).name.to_owned(), payload, ..news(key, title) }
}

#[tokio::test]
async fn a_headline_is_found_by_its_coin_as_of_when_it_came_and_says_what_it_is_taken_to_mean() {
    let info = of_ledger(Ledger::Human);
    let twin = Observation {
        payload: Payload::News {
            title: "Breaking: Solana validators pass the fee vote after a hack".to_owned(),
            url: "https://example.org/c".to_owned(),
            summary: String::new(),
            outlet: "Other".to_owned(),
            author: None,
        },
        ..news("c", "")
    };
    let first = vec![news("a", "Solana validators pass the fee vote after hack"), news("b", "Click the LINK")];
    let world = world(vec![scripted(info, [Ok(brought(first)), Ok(brought(vec![twin]))])]).await;
    for second in 0..2 {
        world.clock.set(START.plus_micros(second * 1_000_000));
        world.ws.run_source(info.name, RunCause::Scheduled).await.unwrap();
    }
    let asked = async |coin: &str, second: i64| {
        let as_of = Some(START.plus_micros(second * 1_000_000).to_string());
        let request = LedgerRequest { coin: Some(coin.to_owned()), as_of, ..human() };
        world.ws.ledger(&request).await.unwrap().observations
    };
    assert_eq!((asked("SOL", -1).await.len(), asked("LINK", 1).await.len()), (0, 0));
    let (then, now) = (asked("SOL", 0).await, asked("SOL", 1).await);
    let meaning = |row: &crate::dto::ObservationRow| row.meaning.clone().unwrap();
    assert_eq!((then.len(), meaning(&then[0]).cluster, meaning(&then[0]).outlets), (1, None, 1));
    assert_eq!(now.iter().map(|row| meaning(row).cluster).collect::<Vec<_>>(), vec![Some(then[0].id.clone()); 2]);
    assert_eq!(meaning(&now[1]).outlets, 2);
    let told = meaning(&then[0]);
    assert_eq!((told.by.as_str(), told.mentions[0].matched.as_str()), ("lexicon-1", "Solana"));
    assert!(told.sentiment.unwrap() < 0.0 && told.words.iter().any(|word| word.word == "hack"));
    assert_eq!((told.taxonomy, told.severity), (Some(-1.0), None));
}

#[tokio::test]
async fn catalysts_say_how_much_they_matter_and_lesser_ones_are_left_out_when_asked() {
    let info = of_ledger(Ledger::Catalyst);
    let notices =
        ["New coin listing: Foo (FOO)", "Scheduled maintenance", "Delisting of Bar (BAR)", "Introducing themes"];
    let brings = notices.iter().map(|title| notice(title, title)).collect();
    let world = world(vec![scripted(info, [Ok(brought(brings))])]).await;
    world.ws.run_source(info.name, RunCause::Scheduled).await.unwrap();
    let asked = async |min_severity, limit| {
        let ledger = "catalyst".to_owned();
        let request = LedgerRequest { ledger, min_severity, limit, ..LedgerRequest::default() };
        let rows = world.ws.ledger(&request).await.unwrap().observations;
        let mut told: Vec<_> = rows
            .into_iter()
            .map(|row| {
                let meaning = row.meaning.unwrap();
                (
                    meaning.announced.unwrap(),
                    meaning.severity.unwrap(),
                    row.coins.iter().map(ToString::to_string).collect(),
                )
            })
            .collect::<Vec<(String, u8, Vec<String>)>>();
        told.sort();
        told
    };
    let told = asked(None, None).await;
    let kinds: Vec<_> = told.iter().map(|(kind, severity, _)| (kind.as_str(), *severity)).collect();
    assert_eq!(kinds, [("delisting", 9), ("feature", 3), ("listing", 9), ("maintenance", 4)]);
    assert_eq!((told[0].2.as_slice(), told[2].2.as_slice()), (&["BAR".to_owned()][..], &["FOO".to_owned()][..]));
    assert_eq!(asked(Some(5), None).await.len(), 2);
    assert_eq!(asked(Some(4), Some(2)).await.len(), 2, "the newest of those that matter");
    assert_eq!(asked(Some(10), None).await, []);
}
