//! SQLite: the chained journal, its projections, observations, migrations, backups.
