//! `omc amend`.

use clap::Args;

#[derive(Debug, Args)]
pub struct AmendArgs {
    pub id: String,
    /// Its limit from now on
    #[arg(long, value_name = "P")]
    pub limit: String,
    /// Coins it is to trade from now on: it is taken back, and a new one proposed
    #[arg(long, value_name = "COINS")]
    pub quantity: Option<String>,
    /// Your yes to what was shown, as it was shown
    #[arg(long, value_name = "APPROVAL")]
    pub yes: Option<String>,
}
