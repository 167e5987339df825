//! Mandates: what a person allows an algorithm, or their own hand, to do with a book.
//!
//! Invariants: a mandate is a fact; setting one takes the place of the holder's earlier one in that book; what makes no
//! sense is refused whole. Deliberately absent: what a mandate allows (the engine's), and asking twice (the faces').

use super::books::parse_coin;
use crate::desk::Desk;
use crate::dto::{MandateRequest, MandateView, MandatesView, SerialDecimal};
use crate::when::{DEFAULT_ZONE, moment, today};
use crate::{Error, Result, Workstation};
use domain::{ApprovalRule, Book, Decimal, Fact, Hours, Mandate, Money, Name, Timestamp, parse_decimal};
use std::collections::BTreeSet;

/// Beyond this an amount is a typing mistake.
const AUD_MAX: i64 = 1_000_000_000;
const COINS_MAX: usize = 100;
const MINUTES_OF_HOUR: u16 = 60;

fn bad(what: &str, text: &str, instead: &str) -> Error {
    Error::usage("bad_mandate", format!("{what}: '{}' is {instead}", ledgers::inert(text)))
}

fn amount(what: &str, text: &str) -> Result<Money> {
    let value = parse_decimal(text).ok().filter(|value| *value > Decimal::ZERO && *value <= Decimal::from(AUD_MAX));
    let value = value.filter(|value| value.normalize().scale() <= 2);
    value
        .map(Money::aud)
        .ok_or_else(|| bad(what, text, &format!("no amount of AUD above 0, at most {AUD_MAX}, in cents")))
}

fn rule(text: &str) -> Result<ApprovalRule> {
    Ok(match (text, text.strip_prefix("above:")) {
        ("always", _) => ApprovalRule::Always,
        ("never", _) => ApprovalRule::Never,
        (_, Some(most)) => ApprovalRule::Above(amount("approval", most)?),
        _ => return Err(bad("approval", text, "none of always, never and above:AUD")),
    })
}

fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < MINUTES_OF_HOUR).then_some(hours * MINUTES_OF_HOUR + minutes)
}

fn hours(text: &str) -> Result<Hours> {
    let read = text.split_once('-').and_then(|(from, to)| Some(Hours { from: minute(from)?, to: minute(to)? }));
    read.filter(|hours| hours.from != hours.to)
        .ok_or_else(|| bad("hours", text, "no span of a day such as 09:00-17:00 or 22:00-06:00"))
}

fn parse(request: &MandateRequest, now: Timestamp) -> Result<Mandate> {
    let holder = Name::parse(&request.holder)
        .map_err(|_| bad("holder", &request.holder, "no name of an algorithm; orders by hand are 'manual'"))?;
    let coins: BTreeSet<_> = request.coins.iter().map(|coin| parse_coin(coin)).collect::<Result<_>>()?;
    if coins.len() > COINS_MAX {
        return Err(Error::usage("bad_mandate", format!("a mandate names {COINS_MAX} coins at most, or none for all")));
    }
    let until = request.until.as_deref().map(|text| moment(text, DEFAULT_ZONE)).transpose()?;
    if let Some(until) = until.filter(|until| *until <= now) {
        return Err(bad("until", &until.to_string(), "over already"));
    }
    let most = |what: &str, text: &Option<String>| text.as_deref().map(|text| amount(what, text)).transpose();
    Ok(Mandate {
        holder,
        book: request.book,
        approval: rule(&request.approval)?,
        max_order: most("max_order_aud", &request.max_order_aud)?,
        max_day: most("max_day_aud", &request.max_day_aud)?,
        coins: coins.into_iter().collect(),
        hours: request.hours.as_deref().map(hours).transpose()?,
        until,
    })
}

fn rule_words(rule: ApprovalRule) -> String {
    match rule {
        ApprovalRule::Always => "always".to_owned(),
        ApprovalRule::Never => "never".to_owned(),
        ApprovalRule::Above(most) => format!("above:{}", SerialDecimal(most.amount())),
    }
}

fn hours_words(hours: Hours) -> String {
    let at = |minute: u16| format!("{:02}:{:02}", minute / MINUTES_OF_HOUR, minute % MINUTES_OF_HOUR);
    format!("{}-{}", at(hours.from), at(hours.to))
}

fn view(desk: &mut Desk, mandate: &Mandate, now: Timestamp) -> Result<MandateView> {
    let serial = |money: Money| SerialDecimal(money.amount());
    let holder = mandate.holder.as_str();
    let filled = desk.bought_since(mandate.book, Some(holder), today(now, DEFAULT_ZONE), now)?;
    Ok(MandateView {
        holder: holder.to_owned(),
        book: mandate.book,
        approval: rule_words(mandate.approval),
        max_order_aud: mandate.max_order.map(serial),
        max_day_aud: mandate.max_day.map(serial),
        bought_today_aud: serial(filled.checked_add(desk.orders.reserved_cash_of(mandate.book, holder))?),
        coins: mandate.coins.clone(),
        hours: mandate.hours.map(hours_words),
        until: mandate.until,
        expired: mandate.until.is_some_and(|until| now >= until),
    })
}

impl Workstation {
    /// The mandates that stand.
    ///
    /// # Errors
    /// The store's.
    pub async fn mandates(&self) -> Result<MandatesView> {
        let mut desk = self.desk().await?;
        let (now, standing) = (self.now(), desk.authority.mandates().cloned().collect::<Vec<_>>());
        let mandates = standing.iter().map(|mandate| view(&mut desk, mandate, now)).collect::<Result<_>>()?;
        Ok(MandatesView { mandates })
    }

    /// Grants a mandate, in place of the holder's earlier one in that book.
    ///
    /// # Errors
    /// `bad_mandate`, `bad_coin`, `bad_time`; the store's.
    pub async fn mandate_set(&self, request: &MandateRequest) -> Result<MandatesView> {
        self.require_writer()?;
        let mandate = parse(request, self.now())?;
        let mut desk = self.desk().await?;
        self.record(&mut desk, vec![Fact::MandateSet { mandate }]).await?;
        drop(desk);
        self.mandates().await
    }

    /// Takes a mandate back. Orders that wait for a person are judged without it.
    ///
    /// # Errors
    /// `mandate_not_found`; the store's.
    pub async fn mandate_revoke(&self, holder: &str, book: Book) -> Result<MandatesView> {
        self.require_writer()?;
        let mut desk = self.desk().await?;
        let Some(holder) = desk.authority.mandate(book, holder).map(|mandate| mandate.holder.clone()) else {
            let words = format!("there is no mandate of {} in the {book} book", ledgers::inert(holder));
            return Err(Error::refused("mandate_not_found", words));
        };
        self.record(&mut desk, vec![Fact::MandateRevoked { holder, book }]).await?;
        drop(desk);
        self.mandates().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{START, World};

    fn request(approval: &str) -> MandateRequest {
        MandateRequest {
            holder: "manual".into(),
            book: Book::Live,
            approval: approval.into(),
            max_order_aud: None,
            max_day_aud: None,
            coins: vec![],
            hours: None,
            until: None,
        }
    }

    #[test]
    fn what_makes_no_sense_is_no_mandate() {
        let code = |request: MandateRequest| parse(&request, START).map_or_else(|error| error.code(), |_| "ok".into());
        for good in ["always", "never", "above:100", "above:0.01"] {
            assert_eq!(code(request(good)), "ok", "{good}");
        }
        for bad in ["", "sometimes", "above:", "above:0", "above:-5", "above:1e9", "above:0.001", "above:1000000001"] {
            assert_eq!(code(request(bad)), "bad_mandate", "{bad}");
        }
        for hours in ["9:00-17:00", "09:00-24:00", "09:60-10:00", "09:00", "09:00-09:00", "-", "é9:00-10:00"] {
            assert_eq!(
                code(MandateRequest { hours: Some(hours.into()), ..request("always") }),
                "bad_mandate",
                "{hours}"
            );
        }
        let until = |text: &str| code(MandateRequest { until: Some(text.into()), ..request("never") });
        assert_eq!((until("2020-01-01").as_str(), until("2099-01-01").as_str()), ("bad_mandate", "ok"));
        let most = |text: &str| code(MandateRequest { max_order_aud: Some(text.into()), ..request("never") });
        assert_eq!(
            (most("0").as_str(), most("NaN").as_str(), most("10.50").as_str()),
            ("bad_mandate", "bad_mandate", "ok")
        );
        assert_eq!(code(MandateRequest { coins: vec!["<b>".into()], ..request("never") }), "bad_coin");
        assert_eq!(code(MandateRequest { holder: "\n".into(), ..request("never") }), "bad_mandate");
    }

    #[tokio::test]
    async fn a_mandate_is_shown_as_it_was_written_is_replaced_and_taken_back() {
        let world = World::of(&[]).await;
        let full = MandateRequest {
            max_order_aud: Some("100".into()),
            max_day_aud: Some("500.50".into()),
            coins: vec!["eth".into(), "BTC".into(), "btc".into()],
            hours: Some("22:00-06:00".into()),
            until: Some("2099-01-01".into()),
            ..request("above:250")
        };
        world.ws.mandate_set(&request("never")).await.unwrap();
        let all = world.ws.mandate_set(&full).await.unwrap().mandates;
        assert_eq!(all.len(), 1, "it took the place of the earlier one");
        let shown = serde_json::to_value(&all[0]).unwrap();
        assert_eq!(shown["approval"], "above:250");
        assert_eq!(shown["coins"], serde_json::json!(["BTC", "ETH"]));
        assert_eq!((&shown["hours"], &shown["max_day_aud"]), (&"22:00-06:00".into(), &"500.5".into()));
        assert_eq!((&shown["until"], &shown["expired"]), (&"2098-12-31T13:00:00Z".into(), &false.into()));
        assert!(world.ws.mandate_revoke("manual", Book::Live).await.unwrap().mandates.is_empty());
        assert_eq!(world.ws.mandate_revoke("manual", Book::Live).await.unwrap_err().code(), "mandate_not_found");
    }
}
