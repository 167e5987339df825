use crate::fixtures::{World, book, coin};
use coinspot::PRICES_SOURCE;

#[tokio::test]
async fn prices_of_late_are_those_of_the_store_whatever_the_clock_does() {
    let world = World::of(&[PRICES_SOURCE]).await;
    let btc = coin("BTC");
    let mut aud = 1_000;
    // Steps of the clock; below zero it is set back.
    for seconds in [5, 5, 0, 55, 5, 600, 5, -120, 5, 5, 3_000, 5, 700, 5, -4_000, 5, 5] {
        world.pass(seconds);
        for collects in [true, false] {
            if collects {
                aud += 1;
                world.tell(PRICES_SOURCE, book(&[("BTC", aud), ("ETH", 100)]));
                world.run(PRICES_SOURCE).await;
            }
            let now = world.ws.now();
            let stored =
                world.ws.store().ticks(btc, now.plus_micros(-3_600 * 1_000_000), now.plus_micros(1)).await.unwrap();
            assert_eq!(world.ws.recent_prices(btc).await.unwrap(), stored, "{seconds} s on");
        }
        // What is asked for seldom is not behind either.
        if seconds == 700 {
            let eth = world.ws.recent_prices(coin("ETH")).await.unwrap();
            assert!(eth.iter().all(|tick| tick.coin == coin("ETH")));
        }
    }
    assert!(!world.ws.recent_prices(btc).await.unwrap().is_empty());
}
