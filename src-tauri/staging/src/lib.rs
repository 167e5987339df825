//! A seeded outside world over HTTP on loopback, with faults on demand.
//!
//! `--demo` and the tests live in it. It speaks CoinSpot, public and private, five news feeds, the Fear & Greed index and
//! CoinSpot's help centre byte-shape-faithfully, so that the workstation cannot tell it from the real thing but for its
//! address. One address serves both CoinSpot's API and its web pages: point `OMC_COINSPOT_URL` and `OMC_COINSPOT_WEB_URL`
//! at [`Staging::url`]. Each other service has an address of its own as well ([`Staging::url_of`] the name in
//! `OMC_<SERVICE>_URL`), so that a breaker opened by one leaves the others alone.
//!
//! # Starting one
//!
//! ```no_run
//! # async fn example() -> Result<(), staging::StagingError> {
//! use staging::{Clock, Fault, Faults, Options, Rule, Staging};
//! use std::time::Duration;
//!
//! let staging = Staging::start(Options {
//!     seed: 7,
//!     port: 0, // any free port
//!     clock: Clock::Driven { start_ms: 1_722_003_300_000 },
//!     faults: Faults::none(),
//!     ..Options::default()
//! })
//! .await?;
//! let url = staging.url(); // "http://127.0.0.1:PORT", no slash at the end
//! staging.advance(Duration::from_secs(15)); // the world moves four times a minute: at :00 :15 :30 :45
//! staging.set_faults(Faults::none().with(Rule::on("/pubapi/v2/latest", Fault::TooMany { retry_after: None }).times(2)))?;
//! let expected = staging.world().at(staging.now_ms()).quote("BTC"); // what the server says now, without HTTP
//! let seen = staging.requests(); // every request since the start
//! # drop((url, expected, seen)); Ok(()) }
//! ```
//!
//! Dropping a [`Staging`] closes the port and cuts what is open; [`Staging::stop`] lets running replies end first.
//!
//! # Time
//!
//! [`Clock::Real`] follows the machine, [`Clock::Fast`] runs `factor` times faster, [`Clock::Driven`] stands still until
//! [`Staging::advance`] or [`Staging::set_time`]. The `Date` header carries world time; delays and stalls take real time.
//! The world is a pure function of (seed, world time): same seed and same times give the same bytes, in any order.
//!
//! # Routes
//!
//! | route | reply |
//! |---|---|
//! | `GET /pubapi/v2/latest`, `/pubapi/latest` | `{"status":"ok","prices":{"btc":{"bid":"…","ask":"…","last":"…"},…}}`: the 16 book coins (NEO as `ans`, XLM as `str`), `rhoc` and `bcc` with `"NaN"`, `btc_usdt` |
//! | `GET /pubapi/v2/latest/{coin}[/{market}]` | one price object under `prices` |
//! | `GET /pubapi/v2/buyprice/{coin}`, `/sellprice/{coin}` | `rate` as a string, `market` |
//! | `GET /pubapi/v2/orders/open/{coin}[/{market}]` | `buyorders`, `sellorders`: 20 levels of `amount`, `rate`, `total`, `coin`, `market`; the best rates are the bid and ask of `/latest` |
//! | `GET /tradecoins` | HTML, `tr[data-coin]`, third cell Buy and fourth cell Sell in `data-value`: book coins and about 520 instant-only ones; for an instant-only coin (Buy + Sell) / 2 is exactly the price of the chart |
//! | `GET /charts/history?symbol&resolution&from&to` | `{"s","t","o","h","l","c"}`; resolutions 1 5 15 30 60 240 D; candles of `last`, never of the future, the newest one still open; thin coins lack the minutes without a trade |
//!
//! | `GET /arc/outboundfeeds/rss`, `/rss`, `/feed`, `/feed/`, `/newsbtc/feed/` | RSS 2.0 of CoinDesk, Cointelegraph, Decrypt, CryptoSlate, NewsBTC: the 20 newest stories, one more every 37 to 83 minutes, each feed with its maker's habits (CDATA, `guid`s, tracking in links, "The post … appeared first on …"); once in six hours each writes about an event that the others write about too. At NewsBTC's own address its path is `/feed/`, as documented; rules and the record of requests know it as `/newsbtc/feed/` |
//! | `GET /fng/?limit=N` | `{"name","data":[{"value":"…","value_classification":"…","timestamp":"…"}],"metadata":{"error":null}}`: one day each since 2018-02-01, newest first, 0 for all, 1 unless told; `/fng` redirects |
//! | `GET /api/v2/help_center/en-us/categories/115000579994/articles.json` | Zendesk articles: listings, delistings, maintenance, features, one every 7 hours, the newest 75, a quarter of them edited later; `sort_by`, `sort_order`, by cursor (`page[size]`, `page[after]`: `meta`, `links`) or by number (`page`, `per_page`: `count`, `next_page`) |
//! | `GET /0/public/Ticker[?pair=…]` | Kraken: `{"error":[],"result":{"BTC/AUD":{"a":[…],"b":[…],"c":[…]},…}}` with `assetVersion=1`; an unknown pair among those named is an error under status 200 |
//! | `GET /v3/markets`, `/v3/markets/tickers?marketId=…` | BTC Markets: its markets; `marketId`, `bestBid`, `bestAsk`, `lastPrice`, `timestamp` of those named, 400 when one of them is none |
//! | `GET /submissions/CIK##########.json` | the SEC's list of a filer's filings in columns, 33 filers by their true numbers, those of 120 days; a third of the filers write New York's time with a `Z`; 403 with the block page's words for a `User-Agent` without a name and an e-mail address |
//! | `GET /Public/GetValidPrimaryCurrencyCodes`, `/Public/GetMarketSummary?primaryCurrencyCode&secondaryCurrencyCode` | Independent Reserve: its codes (`Xbt`); prices of one market as JSON numbers, years old for another currency than AUD; 400 for an unknown code |
//! | `GET /api/v3/ticker/bookTicker[?symbols=[…]]` | Binance: `symbol`, `bidPrice`, `askPrice` in USDT; 400 `-1121` when one symbol named is none |
//! | `GET /api/{plan}/v2/posts/?auth_token=…` | CryptoPanic: the 20 newest headlines of all outlets; `next` repeats the token; 401 without a token or with `bad`, 403 for an unknown plan, both as `{"status":"api_error","info"}` |
//! | `POST /webhook` | Somebody who is told alerts: 200, and the request is recorded |
//! | `POST /api/v1/access_token`, `GET /r/{forum}/new`, `/hot`, … | Reddit: a token that lives for an hour for any application but one called `bad`; 25 posts of any forum for a bearer of it, 401 else; `private` (403), `banned` (404) and `nowhere` (302) are no forums |
//! | `GET /protocol/{slug}`, `/summary/fees/{slug}?dataType=…`, `/v2/historicalChainTvl/{chain}`, `/stablecoincharts/all?stablecoin=ID` | DefiLlama's four forms of a figure a day, most of 200 days, some of 900; the last one is today's so far; 404 for a name it doesn't know. The coin of `price` faults is the name asked for, or `DEFILLAMA`: they bend the newest closed day |
//! | `GET /api/v3/companies/public_treasury/{bitcoin\|ethereum}` | CoinGecko: companies and what they hold, without a date; the coin of `price` faults is the ticker, such as `NASDAQ:MSTR` |
//!
//! | `POST /api/v2/…`, `/api/v2/ro/…` | the private half: one account ([`Account`]; its keys by default `staging-key`/`staging-secret`, to read only `staging-reading-key`/`staging-reading-secret`). Signed as the real one wants it (HMAC-SHA512 of the raw body, lower-case hex, a nonce that rises); `status`, `my/balances`, `my/balance/{coin}`, `my/orders/market/open`, `my/orders/completed`, `my/orders/market/completed`, `my/buy`, `my/sell`, `quote/…/now`, `my/…/now`, `my/…/edit`, `my/…/cancel`, `my/…/cancel/all`. What rests is filled, also in parts, as the world moves |
//!
//! [`Staging::truth`] says what really happened at the exchange, [`Staging::set_habits`] chooses how it behaves where nobody has
//! confirmed how the real one does, [`Staging::place_by_hand`] is the trader on the website.
//!
//! Unknown coin or market: 400 `{"status":"error","message":"Coin not found"}`. Market in upper case, unknown path or
//! method: 404. Replies carry `Date`, `ETag` (weak), `Content-Length`; `If-None-Match` gives 304; gzip when accepted.
//!
//! # Replay
//!
//! [`Replay::from_file`] reads `ts_ms,open,high,low,close,volume` (`.csv` or `.csv.gz`). One coin (BTC unless told)
//! then follows the file: each candle is served as four quotes of `last` at the quarters of its interval: open, low,
//! high, close when it closed at or above its open, else open, high, low, close. Missing candles leave the price where
//! it was and a gap in the chart. With [`Clock::Real`] the file is moved so that it begins at the minute of the start;
//! with the other clocks it keeps its own times.
//!
//! # Faults
//!
//! A faults file ([`Faults::from_file`], [`Faults::from_json`]):
//!
//! ```json
//! {"seed": 1, "rules": [
//!   {"path": "/pubapi/v2/latest", "fault": {"kind": "delay", "ms": 1500}},
//!   {"path": "/charts/*", "method": "GET", "after": 2, "times": 3, "percent": 50, "fault": {"kind": "reset", "after_body_bytes": 100}}
//! ]}
//! ```
//!
//! `path` is matched against the path without its query, `*` stands for any run of characters. `after` lets that many
//! matching requests pass first, `times` ends the rule after that many faults, `percent` (0 to 100, default 100) is drawn
//! from `seed`. In the private half a request takes effect before its reply goes wrong; with `"reaches": false` it is lost
//! on its way. Every rule that fires takes part: delays add up, changes to prices all apply; of the faults which put
//! another reply in its place the first wins, and so of those which send it in another way (`stall`, `drip`, `reset`,
//! `truncate`, `huge`, `zip_bomb`, `raw`). The kinds, see [`Fault`] (in Rust `Fault::Stall {}`, `Fault::Freeze {}`):
//!
//! | `kind` | fields (default) | on the wire |
//! |---|---|---|
//! | `delay` | `ms` | the reply, later |
//! | `stall` | | the request is read, nothing is ever sent |
//! | `drip` | `bytes` (1), `every_ms` (1000) | the reply, a few bytes at a time |
//! | `reset` | `after_body_bytes` (none: before any byte) | TCP reset |
//! | `truncate` | `body_bytes` (half) | `Content-Length` of the whole, part of the body, closed |
//! | `status` | `code`, `body` (`""`), `content_type` (`text/plain`), `retry_after` (none) | that reply |
//! | `too_many` | `retry_after` (none) | 429; the value is sent as it is: `"31536000000"`, a date, nonsense |
//! | `block_page` | `status` (200) | an HTML challenge page |
//! | `body` | `body`, `content_type` (`application/json; charset=utf-8`) | 200 with that body |
//! | `empty_body` | | 200, `Content-Length: 0` |
//! | `huge` | `bytes`, `chunked` (false) | 200 with so many blanks |
//! | `zip_bomb` | `bytes` | a small gzip body that unpacks to so many blanks |
//! | `wrong_type` | `content_type` (`application/octet-stream`) | the right body under that type |
//! | `redirect` | `location`, `code` (302) | that redirect |
//! | `not_modified` | | 304, asked for or not |
//! | `raw` | `text` | those bytes and nothing else, closed |
//! | `freeze` | | the whole reply of the moment the rule first fired, under a fresh `Date` |
//! | `price` | `coin` (all), `change` | `change`: `nan` `zero` `negative` `overflow` (1e400) `times_100` `crossed` `missing` `empty`, in `/latest`, the coin list and the depth; chart: all but `crossed` |
//! | `items` | `change` | `change`: `undated` `nan` `future` `mistyped` `giant` (the newest item), `duplicated` `reordered` (the list), in the feeds, the index, the articles, the posts and the venues' prices; `price` changes the index's figures too (its coin is `FNG`) |
//! | `rename` | `from`, `to` | a JSON field, HTML attribute or XML element without attributes renamed |
//! | `hostile_names` | | coin names on the page, headlines, the index's words and articles' titles carry script and orders in words (for a message use `status` or `body`) |
//! | `clock_skew` | `seconds` (below zero: behind) | a `Date` that is off by so much |
//!
//! # Bounds
//!
//! 127.0.0.1 only; 256 connections (more wait to be accepted); request head 16 KiB, body 64 KiB; the last 100,000 requests
//! are kept. Deliberately absent: TLS, withdrawals, swaps, stop orders, any control over HTTP.

mod clock;
mod exchange;
mod faults;
mod server;
mod wire;
pub mod world;

pub use clock::Clock;
pub use exchange::{Account, Dates, Executed, Habits, Resting, Side, Transfer, TransferKind, Truth};
pub use faults::{Fault, Faults, FaultsError, ItemChange, PriceChange, Rule};
pub use server::{MAX_CONNECTIONS, Options, Request, Staging, StagingError};
pub use world::{Replay, ReplayError, World};
