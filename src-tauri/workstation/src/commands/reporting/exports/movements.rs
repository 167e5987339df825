//! Movements in the layouts of other programs.
//!
//! A transfer between algorithms changes nothing outside this program and is in no export. A movement nobody has explained
//! is a plain deposit or withdrawal there too: the other program asks, as ours does. A value nobody knows stays empty.

use super::super::{number, text};
use books::Told;
use domain::{Coin, Decimal, Direction, Money, Moved, Quantity, Why};
use reports::Cell;

/// What went, what came, and the network's fee: amount and unit each.
struct Legs {
    sent: Option<(Cell, Cell)>,
    received: Option<(Cell, Cell)>,
    network: Option<(Cell, Cell)>,
}

fn coins(quantity: Quantity, coin: Coin) -> (Cell, Cell) {
    (Cell::Number(quantity.to_string()), text(coin))
}

fn money(amount: Money) -> (Cell, Cell) {
    (number(amount.amount()), text(amount.currency()))
}

/// None for what changes nothing outside.
fn legs(told: &Told<'_>) -> Option<Legs> {
    let of = told.movement;
    let network = |coin: Coin| of.network_fee.map(|fee| coins(fee, coin));
    Some(match &of.what {
        Moved::Cash { direction: Direction::In, amount } => {
            Legs { sent: None, received: Some(money(*amount)), network: None }
        }
        Moved::Cash { direction: Direction::Out, amount } => {
            Legs { sent: Some(money(*amount)), received: None, network: None }
        }
        Moved::Coins { direction: Direction::In, coin, quantity, .. } => {
            Legs { sent: None, received: Some(coins(*quantity, *coin)), network: network(*coin) }
        }
        Moved::Coins { direction: Direction::Out, coin, quantity, .. } => {
            Legs { sent: Some(coins(*quantity, *coin)), received: None, network: network(*coin) }
        }
        Moved::Swap { gave, gave_quantity, got, got_quantity } => Legs {
            sent: Some(coins(*gave_quantity, *gave)),
            received: Some(coins(*got_quantity, *got)),
            network: network(*gave),
        },
        Moved::Between { .. } => return None,
    })
}

fn direction(told: &Told<'_>) -> Option<Direction> {
    match told.movement.what {
        Moved::Cash { direction, .. } | Moved::Coins { direction, .. } => Some(direction),
        Moved::Swap { .. } | Moved::Between { .. } => None,
    }
}

fn two(leg: Option<(Cell, Cell)>) -> [Cell; 2] {
    leg.map_or([Cell::Empty, Cell::Empty], |(amount, unit)| [amount, unit])
}

fn date(told: &Told<'_>, form: &str) -> Cell {
    text(told.movement.time.to_utc().format(form))
}

fn hash(told: &Told<'_>) -> Cell {
    text(told.movement.external_id.clone().unwrap_or_else(|| told.id.to_string()))
}

fn words(told: &Told<'_>) -> Cell {
    let party = told.movement.party.as_deref().unwrap_or_default();
    let note = told.movement.note.as_deref().unwrap_or_default();
    let both = [party, note].join(" ");
    if both.trim().is_empty() { Cell::Empty } else { text(both.trim()) }
}

fn worth(told: &Told<'_>) -> Cell {
    told.value().map_or(Cell::Empty, number)
}

/// A fee in money, unless it is nothing.
fn fee(told: &Told<'_>) -> Option<(Cell, Cell)> {
    told.movement.fee.filter(|fee| fee.amount() != Decimal::ZERO).map(money)
}

pub(super) fn koinly(told: &Told<'_>) -> Vec<Vec<Cell>> {
    let Some(legs) = legs(told) else { return vec![] };
    let label = match (told.why(), direction(told)) {
        (Some(Why::Airdrop), _) => "airdrop",
        (Some(Why::Staking), _) => "staking",
        (Some(Why::Payment), Some(Direction::In)) => "income",
        (Some(Why::Payment | Why::Fee), _) => "cost",
        (Some(Why::Gift), _) => "gift",
        (Some(Why::Lost), _) => "lost",
        _ => "",
    };
    let row = |sent: Option<_>, received: Option<_>, fee: Option<_>, worth: Cell, label: &str| {
        let unit = if worth == Cell::Empty { Cell::Empty } else { text("AUD") };
        let label = if label.is_empty() { Cell::Empty } else { text(label) };
        let mut row = vec![date(told, "%Y-%m-%d %H:%M:%S UTC")];
        row.extend(two(sent).into_iter().chain(two(received)).chain(two(fee)));
        row.extend([worth, unit, label, words(told), hash(told)]);
        row
    };
    // One fee a row: the network's first; money besides is a cost of its own.
    let (first, second) = match (legs.network, fee(told)) {
        (Some(network), money) => (Some(network), money),
        (None, money) => (money, None),
    };
    let mut rows = vec![row(legs.sent, legs.received, first, worth(told), label)];
    rows.extend(second.map(|money| row(Some(money), None, None, Cell::Empty, "cost")));
    rows
}

pub(super) fn cointracking(told: &Told<'_>) -> Vec<Vec<Cell>> {
    let Some(legs) = legs(told) else { return vec![] };
    let kind = match (told.why(), direction(told)) {
        (Some(Why::Airdrop), _) => "Airdrop",
        (Some(Why::Staking), _) => "Staking",
        (Some(Why::Payment), Some(Direction::In)) => "Income",
        (Some(Why::Payment), _) => "Spend",
        (Some(Why::Gift), Some(Direction::In)) => "Gift/Tip",
        (Some(Why::Gift), _) => "Gift",
        (Some(Why::Lost), _) => "Lost",
        (Some(Why::Fee), _) => "Other Fee",
        (_, Some(Direction::In)) => "Deposit",
        (_, Some(Direction::Out)) => "Withdrawal",
        _ => "Trade",
    };
    let venue = || told.movement.venue.as_ref().map_or(Cell::Empty, text);
    let row = |kind: &str, received: Option<_>, sent: Option<_>, fee: Option<_>| {
        let mut row = vec![text(kind)];
        row.extend(two(received).into_iter().chain(two(sent)).chain(two(fee)));
        row.extend([venue(), Cell::Empty, words(told), date(told, "%Y-%m-%d %H:%M:%S")]);
        row
    };
    let mut rows = vec![row(kind, legs.received, legs.sent, fee(told))];
    rows.extend(legs.network.map(|network| row("Other Fee", None, Some(network), None)));
    rows
}

/// One row a leg; what has a tax meaning there that only its own words tell stays a deposit or withdrawal, described.
pub(super) fn syla(told: &Told<'_>) -> Vec<Vec<Cell>> {
    let Some(legs) = legs(told) else { return vec![] };
    let swap = direction(told).is_none();
    let described = || {
        let why = told.why().map_or("", Why::code).replace('_', " ");
        let both = match words(told) {
            Cell::Text(words) if !why.is_empty() => format!("{why}: {words}"),
            Cell::Text(words) => words,
            _ => why,
        };
        if both.is_empty() { Cell::Empty } else { text(both) }
    };
    let row = |kind: &str, (amount, unit): (Cell, Cell), worth: Cell| {
        vec![date(told, "%Y-%m-%d %H:%M:%S+00:00"), text(kind), amount, unit, worth, described(), hash(told)]
    };
    let mut rows = Vec::new();
    rows.extend(legs.sent.map(|leg| row(if swap { "Disposal" } else { "Withdrawal" }, leg, worth(told))));
    rows.extend(legs.received.map(|leg| row(if swap { "Acquisition" } else { "Deposit" }, leg, worth(told))));
    rows.extend(legs.network.map(|leg| row("Network Fee", leg, Cell::Empty)));
    rows.extend(fee(told).map(|(amount, unit)| row("Brokerage Fee", (amount.clone(), unit), amount)));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Book, Fact, Movement, Name, Timestamp};

    fn movement(what: Moved) -> Movement {
        Movement {
            book: Book::Live,
            time: Timestamp::parse("2025-01-02T03:04:05Z").unwrap(),
            what,
            value: Some(Money::aud(Decimal::from(50))),
            fee: Some(Money::aud(Decimal::from(2))),
            network_fee: Some(Quantity::parse("0.001").unwrap()),
            venue: Some(Name::parse("coinspot").unwrap()),
            party: Some("bc1q".into()),
            external_id: Some("0xab".into()),
            note: None,
            occurrence: 0,
        }
    }

    fn coins_out(why: Why) -> Moved {
        let (coin, quantity) = (Coin::parse("BTC").unwrap(), Quantity::parse("0.25").unwrap());
        Moved::Coins { direction: Direction::Out, coin, quantity, why }
    }

    fn lines(facts: &[Fact], of: fn(&Told<'_>) -> Vec<Vec<Cell>>) -> Vec<String> {
        let told = Told::all(facts.iter().enumerate().map(|(at, fact)| (1, at as u64, Timestamp::default(), fact)));
        let cell = |cell: &Cell| match cell {
            Cell::Text(text) | Cell::Number(text) => text.clone(),
            _ => String::new(),
        };
        told.iter().flat_map(of).map(|row| row.iter().map(cell).collect::<Vec<_>>().join(",")).collect()
    }

    #[test]
    fn a_movement_is_told_with_the_trader_s_word_on_it_and_every_fee() {
        let sent = movement(coins_out(Why::Unknown));
        let judged = Fact::MovementJudged {
            movement: sent.id(),
            why: Why::Gift,
            value: Some(Money::aud(Decimal::from(60))),
            at: Timestamp::from_millis(1),
        };
        let facts = [Fact::Movement { movement: Box::new(sent) }, judged];
        assert_eq!(
            lines(&facts, koinly),
            [
                "2025-01-02 03:04:05 UTC,0.25,BTC,,,0.001,BTC,60,AUD,gift,bc1q,0xab",
                "2025-01-02 03:04:05 UTC,2,AUD,,,,,,,cost,bc1q,0xab",
            ]
        );
        assert_eq!(
            lines(&facts, cointracking),
            [
                "Gift,,,0.25,BTC,2,AUD,coinspot,,bc1q,2025-01-02 03:04:05",
                "Other Fee,,,0.001,BTC,,,coinspot,,bc1q,2025-01-02 03:04:05",
            ]
        );
        assert_eq!(
            lines(&facts, syla),
            [
                "2025-01-02 03:04:05+00:00,Withdrawal,0.25,BTC,60,gift: bc1q,0xab",
                "2025-01-02 03:04:05+00:00,Network Fee,0.001,BTC,,gift: bc1q,0xab",
                "2025-01-02 03:04:05+00:00,Brokerage Fee,2,AUD,2,gift: bc1q,0xab",
            ]
        );
    }

    #[test]
    fn a_transfer_between_algorithms_is_in_no_export() {
        let (coin, quantity) = (Coin::parse("BTC").unwrap(), Quantity::parse("1").unwrap());
        let between = Moved::Between { coin, quantity, from: None, to: Some(Name::parse("sma").unwrap()) };
        let facts = [Fact::Movement { movement: Box::new(movement(between)) }];
        for of in [koinly, cointracking, syla] {
            assert_eq!(lines(&facts, of), Vec::<String>::new());
        }
    }
}
