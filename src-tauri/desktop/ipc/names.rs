//! The names of the commands, read by the build script as well: a command that is not listed here is denied.

/// Every command of the window, as `ui/src/ipc/commands.ts` calls it.
pub const COMMANDS: &[&str] = &[
    "status",
    "prices",
    "candles",
    "collect",
    "sources",
    "order_preview",
    "order_place",
    "orders",
    "order_cancel",
    "order_cancel_all",
    "limits",
    "limits_set",
    "kill",
    "unkill",
    "paper_reset",
    "positions",
    "pnl",
    "history",
    "import_trades",
    "save_csv",
    "report_trades",
    "verify",
    "doctor",
    "backup",
];
