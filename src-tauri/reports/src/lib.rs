//! Files a trader hands over: CSV with inert cells.
