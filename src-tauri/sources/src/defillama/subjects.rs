//! What is asked for.
//!
//! The names in addresses are the service's own and change when projects are renamed or split: MakerDAO is `sky-lending`,
//! Curve `curve-dex`, Compound and Frax carry `-finance`. Fees have names of their own, so both stand here. A name that is no
//! longer known costs only itself and is named in the run.

/// A protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protocol {
    /// Its stable name here.
    pub subject: &'static str,
    /// The name to show.
    pub name: &'static str,
    /// Its name where money locked is told.
    pub tvl: &'static str,
    /// Its name where fees are told.
    pub fees: &'static str,
}

/// A chain or a stablecoin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// Its stable name here.
    pub subject: &'static str,
    /// The name to show.
    pub name: &'static str,
    /// How it is asked for.
    pub asked: &'static str,
}

const fn one(subject: &'static str, name: &'static str) -> Protocol {
    Protocol { subject, name, tvl: subject, fees: subject }
}

const fn named(subject: &'static str, name: &'static str, asked: &'static str) -> Named {
    Named { subject, name, asked }
}

/// Every protocol.
pub const PROTOCOLS: &[Protocol] = &[
    one("lido", "Lido"),
    one("aave", "Aave"),
    one("sky-lending", "Sky (MakerDAO)"),
    one("uniswap", "Uniswap"),
    one("curve-dex", "Curve"),
    one("justlend", "JustLend"),
    one("compound-finance", "Compound"),
    one("pancakeswap", "PancakeSwap"),
    one("balancer", "Balancer"),
    one("rocket-pool", "Rocket Pool"),
    one("convex-finance", "Convex"),
    one("sushi", "Sushi"),
    Protocol { subject: "venus", name: "Venus", tvl: "venus-core-pool", fees: "venus-finance" },
    one("gmx", "GMX"),
    one("frax-finance", "Frax"),
    one("liquity", "Liquity"),
    one("yearn-finance", "Yearn"),
    one("stargate-finance", "Stargate"),
    one("synthetix", "Synthetix"),
    one("pendle", "Pendle"),
    one("morpho", "Morpho"),
    one("sparklend", "SparkLend"),
];

/// The main chains.
pub const CHAINS: &[Named] = &[
    named("ethereum", "Ethereum", "Ethereum"),
    named("solana", "Solana", "Solana"),
    named("bsc", "BNB Chain", "BSC"),
    named("tron", "Tron", "Tron"),
    named("bitcoin", "Bitcoin", "Bitcoin"),
    named("base", "Base", "Base"),
    named("arbitrum", "Arbitrum", "Arbitrum"),
    named("avalanche", "Avalanche", "Avalanche"),
];

/// The main stablecoins, by their numbers at the service.
pub const STABLECOINS: &[Named] = &[
    named("usdt", "Tether (USDT)", "1"),
    named("usdc", "USD Coin (USDC)", "2"),
    named("dai", "Dai (DAI)", "5"),
    named("usde", "Ethena USDe", "146"),
    named("usds", "Sky Dollar (USDS)", "209"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn there_are_at_least_twenty_protocols_and_no_subject_twice() {
        let subjects: HashSet<_> = PROTOCOLS.iter().map(|protocol| protocol.subject).collect();
        assert!(PROTOCOLS.len() >= 20 && subjects.len() == PROTOCOLS.len());
    }
}
