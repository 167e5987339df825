//! The simulated venue for paper money: wallet, resting orders, fills against live quotes; pure.
