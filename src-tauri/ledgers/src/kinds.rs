//! In which ledger each kind of observation belongs, and kinds by name.

use crate::observation::ObservationKind;
use crate::source::Ledger;

impl ObservationKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::News,
        Self::FearGreed,
        Self::Post,
        Self::Announcement,
        Self::Filing,
        Self::Event,
        Self::Tvl,
        Self::Fees,
        Self::Revenue,
        Self::ChainTvl,
        Self::StablecoinSupply,
        Self::Treasury,
    ];

    /// The kind of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The ledger it belongs in.
    #[must_use]
    pub const fn ledger(self) -> Ledger {
        match self {
            Self::News | Self::FearGreed | Self::Post => Ledger::Human,
            Self::Announcement | Self::Filing | Self::Event => Ledger::Catalyst,
            Self::Tvl | Self::Fees | Self::Revenue | Self::ChainTvl | Self::StablecoinSupply | Self::Treasury => {
                Ledger::Glass
            }
        }
    }

    /// The kinds of a ledger.
    pub fn of(ledger: Ledger) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |kind| kind.ledger() == ledger)
    }
}

impl Ledger {
    /// Every ledger.
    pub const ALL: [Self; 4] = [Self::Glass, Self::Human, Self::Catalyst, Self::Exchange];

    /// The ledger of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ledger| ledger.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name_and_belongs_in_one_ledger() {
        for kind in ObservationKind::ALL {
            assert_eq!(ObservationKind::parse(kind.as_str()), Some(kind));
            assert_eq!(Ledger::ALL.into_iter().filter(|l| ObservationKind::of(*l).any(|k| k == kind)).count(), 1);
        }
        assert_eq!(ObservationKind::parse("rumour"), None);
        assert_eq!(Ledger::parse("human"), Some(Ledger::Human));
        assert_eq!(Ledger::parse("Human"), None);
    }
}
