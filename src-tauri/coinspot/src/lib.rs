//! CoinSpot: prices, coin list and chart history.
