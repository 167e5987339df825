//! Limits, the kill switch and the paper wallet.

use crate::desk::Desk;
use crate::dto::{KillReceipt, KillState, LimitsView, SerialDecimal, Status};
use crate::home::Home;
use crate::{Error, Mode, Result, SystemClock, Workstation, kill as switch};
use domain::{Book, Clock, Decimal, Fact, Money, OrderId, parse_decimal};
use floor::Limits;
use std::collections::BTreeMap;

/// The most a paper wallet starts with: what is earned on top must still be a number.
const PAPER_CASH_AUD_MAX: i64 = 1_000_000_000_000;

impl Workstation {
    /// The limits that bind, per book.
    ///
    /// # Errors
    /// The store's.
    pub async fn limits(&self) -> Result<LimitsView> {
        let desk = self.desk().await?;
        let of = |book| {
            let limits = desk.limits.of(book).iter();
            limits.filter_map(|(name, value)| Some((name.as_str().to_owned(), SerialDecimal(value?)))).collect()
        };
        Ok(LimitsView { paper: of(Book::Paper), live: of(Book::Live) })
    }

    /// Changes limits of one book: all of the changes, or none.
    ///
    /// # Errors
    /// A name or value that is no limit's; the store's.
    pub async fn limits_set(&self, book: Book, changes: &BTreeMap<String, String>) -> Result<LimitsView> {
        self.require_writer()?;
        let changes = changes
            .iter()
            .map(|(name, value)| Limits::parse_change(name, value))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Error::Usage { code: error.code(), message: error.to_string() })?;
        if !changes.is_empty() {
            let mut desk = self.desk().await?;
            self.record(&mut desk, vec![Fact::LimitsSet { book, changes }]).await?;
        }
        self.limits().await
    }

    /// A fresh paper wallet: this cash, no coins, no resting orders. History stays.
    ///
    /// # Errors
    /// An amount that is none; the store's.
    pub async fn paper_reset(&self, cash: &str) -> Result<Status> {
        self.require_writer()?;
        let cash = parse_decimal(cash).map_err(|error| Error::usage("bad_amount", format!("cash: {error}")))?;
        if cash < Decimal::ZERO || cash > Decimal::from(PAPER_CASH_AUD_MAX) || cash.normalize().scale() > 2 {
            return Err(Error::usage(
                "bad_amount",
                format!("cash: {cash} is not an amount of AUD, from 0 to {PAPER_CASH_AUD_MAX}, in cents"),
            ));
        }
        let reset = paper::Wallet::reset(Money::aud(cash))
            .map_err(|error| Error::Usage { code: error.code(), message: error.to_string() })?;
        let mut desk = self.desk().await?;
        let resting = desk.resting();
        self.cancel(&mut desk, &resting, "paper_reset").await?;
        self.record(&mut desk, vec![reset]).await?;
        drop(desk);
        self.status().await
    }

    /// Pulls the kill switch from within: latch, cancels, receipt.
    ///
    /// # Errors
    /// When the latch or the receipt cannot be written.
    pub async fn kill(&self) -> Result<KillReceipt> {
        switch::pull(self.home(), self.now())?;
        Ok(self.cancel_for_kill().await)
    }

    /// Cancels everything that rests, after the latch was set, and keeps the receipt. What fails is in the receipt.
    pub(crate) async fn cancel_for_kill(&self) -> KillReceipt {
        let mut receipt = KillReceipt {
            pulled_at: switch::state(self.home()).since.unwrap_or_else(|| self.now()),
            by: "holder".to_owned(),
            cancelled: Vec::new(),
            unconfirmed: Vec::new(),
            resting_elsewhere: Vec::new(),
        };
        match self.desk().await {
            Ok(mut desk) => {
                let resting = desk.resting();
                match self.cancel(&mut desk, &resting, "killed").await {
                    Ok(()) => receipt.cancelled = resting,
                    Err(_) => receipt.unconfirmed = resting,
                }
                if switch::save_receipt(self.home(), &receipt).is_ok() {
                    // Not settled now, it is at the next start.
                    let _ = self.settle_receipts(&mut desk).await;
                }
            }
            Err(error) => receipt.resting_elsewhere.push(format!("the workspace cannot be read: {error}")),
        }
        receipt
    }

    /// Opens paper trading again; only a person does this.
    ///
    /// # Errors
    /// The store's; when the latch cannot be removed.
    pub async fn unkill(&self) -> Result<KillState> {
        self.require_writer()?;
        if switch::is_pulled(self.home()) {
            // The fact first: should the removal fail, the switch stays pulled.
            let mut desk = self.desk().await?;
            self.record(&mut desk, vec![Fact::KillCleared]).await?;
            switch::clear(self.home())?;
            self.tell_status(&desk);
        }
        Ok(switch::state(self.home()))
    }

    /// Turns receipts that other processes left into facts, and cancels whatever still rests while the switch is
    /// pulled.
    pub(crate) async fn settle_receipts(&self, desk: &mut Desk) -> Result<()> {
        let receipts = switch::receipts(self.home());
        for (text, receipt) in receipts {
            if desk.receipts.contains(&text) {
                continue;
            }
            let still_open = |id: &OrderId| desk.orders.get(*id).is_some_and(floor::Order::can_cancel);
            let open: Vec<OrderId> = receipt.cancelled.iter().copied().filter(still_open).collect();
            self.cancel(desk, &open, "killed").await?;
            self.record(desk, vec![Fact::Killed { receipt: text }]).await?;
        }
        if switch::is_pulled(self.home()) {
            let resting = desk.resting();
            self.cancel(desk, &resting, "killed").await?;
        }
        Ok(())
    }
}

/// Pulls the kill switch from any process: the latch first, then the process that holds the workspace is asked to
/// cancel; when it does not answer, this one says what is cancelled and the next start records it.
///
/// # Errors
/// When the latch or the receipt cannot be written.
pub async fn kill(home: &Home) -> Result<KillReceipt> {
    let now = SystemClock.now();
    switch::pull(home, now)?;
    #[cfg(unix)]
    #[cfg(unix)]
    if let Some(receipt) = crate::socket::ask_kill(home).await {
        return Ok(receipt);
    }
    let mut receipt = KillReceipt {
        pulled_at: switch::state(home).since.unwrap_or(now),
        by: "self".to_owned(),
        cancelled: Vec::new(),
        unconfirmed: Vec::new(),
        resting_elsewhere: Vec::new(),
    };
    match resting_orders(home).await {
        // Nothing fills while the latch is set, and the paper venue is nowhere else: these are cancelled.
        Ok(resting) => receipt.cancelled = resting,
        Err(error) if error.code() == "no_workspace" => {}
        Err(error) => receipt.resting_elsewhere.push(format!("the workspace cannot be read: {error}")),
    }
    switch::save_receipt(home, &receipt)?;
    Ok(receipt)
}

async fn resting_orders(home: &Home) -> Result<Vec<OrderId>> {
    let reader = Workstation::open(home, Mode::Read).await?;
    let resting = reader.desk().await.map(|desk| desk.resting());
    reader.close().await;
    resting
}
