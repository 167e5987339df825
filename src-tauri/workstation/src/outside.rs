//! Where the workstation reaches the world: its sources, real or simulated.

use crate::clock::random;
use crate::{Error, Result};
use coinspot::{CoinListSource, CoinSpot, PricesSource};
use domain::Clock;
use ledgers::Source;
use omc_http::{Client, Options};
use staging::Staging;
use std::sync::Arc;

/// Seed of the demo's world: the same one every time, so that its history goes on.
const DEMO_SEED: u64 = 20_260_701;

/// The sources, and the simulated world when this is the demo.
pub(crate) struct Outside {
    pub coinspot: CoinSpot,
    pub sources: Vec<Box<dyn Source>>,
    /// Kept alive: dropping it ends the world.
    _world: Option<Staging>,
}

impl Outside {
    /// The real world, or what `OMC_COINSPOT_URL` and `OMC_COINSPOT_WEB_URL` put in its place; for the demo, a world of
    /// its own on this machine.
    pub async fn open(demo: bool, clock: Arc<dyn Clock>) -> Result<Self> {
        let outside = |error: &dyn std::fmt::Display| Error::Outside {
            code: "cannot_reach_out".into(),
            message: format!("the outside world cannot be opened: {error}"),
        };
        let world = if demo {
            let options = staging::Options { seed: DEMO_SEED, ..staging::Options::default() };
            Some(Staging::start(options).await.map_err(|error| outside(&error))?)
        } else {
            None
        };
        let replaced = |name: &str| match &world {
            Some(world) => Some(world.url().to_owned()),
            None => std::env::var(name).ok(),
        };
        let http = Client::new(Options::new(u64::from_le_bytes(random()?)), clock).map_err(|error| outside(&error))?;
        let (api, web) = (replaced("OMC_COINSPOT_URL"), replaced("OMC_COINSPOT_WEB_URL"));
        let coinspot =
            CoinSpot::new(Arc::new(http), api.as_deref(), web.as_deref()).map_err(|error| outside(&error))?;
        let sources: Vec<Box<dyn Source>> =
            vec![Box::new(PricesSource(coinspot.clone())), Box::new(CoinListSource(coinspot.clone()))];
        Ok(Self { coinspot, sources, _world: world })
    }
}
