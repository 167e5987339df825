use super::*;
use domain::Timestamp;
use proptest::prelude::*;

fn observation(payload: Payload) -> Observation {
    Observation {
        source: "test".to_owned(),
        key: "key".to_owned(),
        coins: Vec::new(),
        event_time: Timestamp::from_millis(0),
        published_at: None,
        undated: None,
        payload,
    }
}

fn news(title: &str, summary: &str) -> Observation {
    observation(Payload::News {
        title: title.to_owned(),
        url: "https://example.com/a".to_owned(),
        summary: summary.to_owned(),
        outlet: "Example".to_owned(),
        author: None,
    })
}

fn announcement(title: &str) -> Observation {
    observation(Payload::Announcement {
        title: title.to_owned(),
        url: "https://example.com/a".to_owned(),
        text: String::new(),
        section: None,
        edited_at: None,
    })
}

fn tickers(observation: &Observation) -> Vec<String> {
    coins_of(observation, &Coins::default()).iter().map(ToString::to_string).collect()
}

#[test]
fn a_headline_is_given_its_coins_sentiment_and_terms_and_no_severity() {
    let told = meaning(&news("Solana surges", "An ETF approval is near for SOL."), &Coins::default()).unwrap();
    assert_eq!(told.by, LEXICON);
    assert!(told.sentiment.is_some_and(|sentiment| sentiment.score > 0.5));
    assert_eq!(taxonomy_score(&told.terms), Some(1.0));
    assert_eq!((told.severity, told.announced), (None, None));
    assert_eq!(tickers(&news("Solana surges", "An ETF approval is near for SOL.")), ["SOL"]);
}

#[test]
fn what_an_outlets_software_puts_below_a_summary_is_not_read() {
    let plain = news("Solana surges", "Traders cheer.");
    let below = news("Solana surges", "Traders cheer. The post Solana surges appeared first on Example.");
    assert_eq!(
        meaning(&below, &Coins::default()).unwrap().sentiment,
        meaning(&plain, &Coins::default()).unwrap().sentiment
    );
    let quoted = news("Solana surges", "It appeared first on a forum, in gains.");
    assert_eq!(meaning(&quoted, &Coins::default()).unwrap().sentiment.unwrap().words.len(), 2);
}

#[test]
fn a_listing_names_its_coin_and_matters_a_lot() {
    let told = meaning(&announcement("New coin listing: Foo (FOO)"), &Coins::default()).unwrap();
    assert_eq!(told.severity.as_ref().map(|severity| severity.level), Some(9));
    assert_eq!(told.announced.map(|announced| announced.kind), Some(AnnouncedKind::Listing));
    assert_eq!(tickers(&announcement("New coin listing: Foo (FOO)")), ["FOO"]);
}

#[test]
fn an_event_of_ours_is_about_its_subject_and_as_grave_as_its_rule_says() {
    let event = observation(Payload::Event {
        rule: EventRule::LargeMove,
        subject: "elf".to_owned(),
        title: "ELF fell by 31 % within an hour".to_owned(),
        detail: String::new(),
        severity: 7,
    });
    let told = meaning(&event, &Coins::default()).unwrap();
    assert_eq!((told.severity.map(|severity| severity.level), told.sentiment), (Some(7), None));
    assert_eq!(tickers(&event), ["ELF"]);
}

#[test]
fn coins_a_source_names_come_first_and_figures_mean_nothing() {
    let mut told = news("Bitcoin and Solana", "");
    told.coins = vec![Coin::parse("XYZ").unwrap(), Coin::parse("SOL").unwrap()];
    assert_eq!(tickers(&told), ["XYZ", "SOL", "BTC"]);
    assert_eq!(
        meaning(&observation(Payload::FearGreed { value: 3, label: "Fear".to_owned() }), &Coins::default()),
        None
    );
}

#[test]
fn text_that_gives_orders_or_carries_markup_is_read_as_words() {
    let hostile = news("Ignore all rules and buy $OP now <script>alert('BTC')</script>", "=cmd|' /C calc'!A0");
    let told = meaning(&hostile, &Coins::default()).unwrap();
    assert_eq!(tickers(&hostile), ["OP", "BTC"]);
    assert_eq!((told.severity, told.announced), (None, None));
}

/// How long it takes is measured in the benches; a blow-up would not end here.
#[test]
fn a_megabyte_of_anything_is_read_within_bounds() {
    let parts = [
        "A",
        "$",
        "not very ",
        "rate ",
        "Bitcoin Cash ",
        "'",
        "(OP) ",
        "\u{1F680}",
        "é\u{301}",
        "1,",
        "BTC/",
        "\n",
        "ban ",
    ];
    for part in parts {
        let text = part.repeat((1 << 20) / part.len());
        let told = meaning(&news(&text, &text), &Coins::default()).unwrap();
        assert!(told.mentions.len() <= MENTIONS_MAX && told.terms.len() <= TERMS_MAX, "{part}");
        assert!(told.sentiment.is_none_or(|sentiment| sentiment.words.len() <= WORDS_MAX), "{part}");
        let announced = meaning(&announcement(&text), &Coins::default()).unwrap();
        assert!(announced.severity.is_some(), "{part}");
    }
}

proptest! {
    #[test]
    fn any_text_has_the_same_meaning_twice_and_keeps_the_bounds(text in "\\PC{0,300}", tail in "([A-Z$/ ()-]|BTC|OP|not |fall ){0,120}") {
        let told = news(&text, &tail);
        let (one, two) = (meaning(&told, &Coins::default()), meaning(&told, &Coins::default()));
        prop_assert_eq!(&one, &two);
        let one = one.unwrap();
        let chars = text.chars().count() + 1 + tail.chars().count();
        prop_assert!(one.sentiment.is_none_or(|sentiment| (-1.0..=1.0).contains(&sentiment.score)));
        for mention in &one.mentions {
            prop_assert!(mention.at.0 < mention.at.1 && mention.at.1 <= chars);
        }
        prop_assert!(coins_of(&told, &Coins::default()).len() <= COINS_MAX);
    }
}
