//! Fills become parcels, positions and exact P&L; pure.
