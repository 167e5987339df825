//! What observations mean: candle building, freshness, the Source port; pure.
