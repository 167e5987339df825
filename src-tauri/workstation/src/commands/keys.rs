//! The venue's key and the trading lease: what lets this machine trade with real money at all.
//!
//! A key is declared to be without withdrawal rights by a person, since the exchange does not tell; the declaration is a fact
//! with the key's fingerprint, so that another key needs one of its own. The demo's key belongs to its own world and is declared
//! by itself. Deliberately absent: the key in any answer.

use crate::desk::Desk;
use crate::dto::{KeyCheck, LeaseView, Refusal};
use crate::nonces::fingerprint;
use crate::outside::KEY_NAMES;
use crate::{Error, Result, Secret, Workstation};
use coinspot::Rights;
use domain::{Book, Denial, Fact};
use floor::Authority;

impl Workstation {
    /// The fingerprint of the key that is at hand; none without one.
    async fn key_at_hand(&self) -> Result<Option<[u8; 16]>> {
        let outside = self.outside().await?;
        if !self.home().is_demo() {
            let _ = self.inner.secrets.refresh(&KEY_NAMES).await;
        }
        Ok(outside.keys(&self.inner.secrets).map(|keys| fingerprint(&keys.key)))
    }

    /// Whether the key that is at hand is the one declared to be without withdrawal rights. Waits for nothing.
    ///
    /// # Errors
    /// `key_missing`, `key_changed`.
    pub(crate) fn check_key(&self, authority: &Authority) -> std::result::Result<(), Denial> {
        let missing = || {
            let words =
                "Live trading is off: key and secret of CoinSpot are not at hand. Store both, or unlock the keyring.";
            Denial::new("key_missing", words)
        };
        let keys =
            self.inner.outside.get().and_then(|outside| outside.keys(&self.inner.secrets)).ok_or_else(missing)?;
        match authority.key() {
            Some((declared, _)) if declared == fingerprint(&keys.key) => Ok(()),
            Some(_) => {
                let words = "Live trading is off: the key at hand is another than the one declared to be without withdrawal rights. Declare this one.";
                Err(Denial::new("key_changed", words))
            }
            None => Err(Denial::new(
                "key_missing",
                "Live trading is off: the key at hand is not declared. Declare it first.",
            )),
        }
    }

    /// What the key at hand is and may do: asks CoinSpot, places nothing.
    ///
    /// # Errors
    /// The store's; what CoinSpot says is part of the answer.
    pub async fn key_check(&self) -> Result<KeyCheck> {
        let at_hand = self.key_at_hand().await?;
        let declared = self.desk().await?.authority.key();
        let declared_at = declared.filter(|(of, _)| Some(*of) == at_hand).map(|(_, at)| at);
        let asked = match self.account().await? {
            Some(account) => Some(account.rights(self.now()).await),
            None => None,
        };
        let (rights, problem) = match asked {
            None => (None, None),
            Some(Ok(Rights::Trades)) => (Some("trades"), None),
            Some(Ok(Rights::Reads)) => (Some("reads"), None),
            Some(Err(error)) => (None, Some(Refusal { code: error.code().to_owned(), message: error.to_string() })),
        };
        Ok(KeyCheck {
            at_hand: at_hand.is_some(),
            declared_at,
            other_declared: declared.is_some() && declared_at.is_none(),
            rights: rights.map(str::to_owned),
            problem,
        })
    }

    /// Notes that the trader says the key at hand can't withdraw.
    ///
    /// # Errors
    /// `key_missing` without a key; a workspace opened for reading; the store's.
    pub async fn key_declare(&self) -> Result<KeyCheck> {
        let key = self.key_at_hand().await?.ok_or_else(|| {
            Error::refused("key_missing", "there is no key of CoinSpot at hand that could be declared: store it first")
        })?;
        self.declare(key).await?;
        self.key_check().await
    }

    /// The same of a key just stored.
    pub(crate) async fn key_declared(&self, key: &Secret) -> Result<()> {
        self.declare(fingerprint(key)).await
    }

    async fn declare(&self, key: [u8; 16]) -> Result<()> {
        self.require_writer()?;
        let mut desk = self.desk().await?;
        let at = self.now();
        self.record(&mut desk, vec![Fact::KeyDeclared { fingerprint: key, at }]).await
    }

    /// In the demo, declares the key of its own world when that was not done yet.
    pub(crate) async fn declare_demo_key(&self, desk: &mut Desk) -> Result<()> {
        if !self.home().is_demo() {
            return Ok(());
        }
        let key = fingerprint(&Secret::new(staging::Account::default().key));
        if desk.authority.key().is_some_and(|(declared, _)| declared == key) {
            return Ok(());
        }
        let at = self.now();
        self.record(desk, vec![Fact::KeyDeclared { fingerprint: key, at }]).await
    }

    /// Whether this machine holds the trading lease.
    ///
    /// # Errors
    /// The store's.
    pub async fn lease(&self) -> Result<LeaseView> {
        let desk = self.desk().await?;
        let resting_live = desk.orders.resting(Book::Live).count();
        Ok(LeaseView { held: desk.authority.has_lease(), resting_live })
    }

    /// Takes the trading lease, or gives it up. What rests at the exchange stays, and can be cancelled either way.
    ///
    /// # Errors
    /// A workspace opened for reading; the store's.
    pub async fn lease_set(&self, held: bool) -> Result<LeaseView> {
        self.require_writer()?;
        {
            let mut desk = self.desk().await?;
            if desk.authority.has_lease() != held {
                self.record(&mut desk, vec![Fact::Lease { held }]).await?;
            }
        }
        self.lease().await
    }
}

#[cfg(test)]
mod tests;
