//! The commands of the window, one small file a group. Each calls one method of the workstation and converts.

mod alerts;
mod algorithms;
mod approvals;
mod books;
mod lab;
mod ledgers;
mod market;
#[cfg(test)]
mod names;
mod reports;
mod research;
mod safety;
mod settings;
mod sync;
mod system;
mod trading;
mod train;

use tauri::{Builder, Wry};
use workstation::Error;
use workstation::dto::ErrorView;

/// What every command answers.
type Answer<T> = Result<T, ErrorView>;

/// A builder that hands each command of `names.rs` to its function.
pub fn handled(builder: Builder<Wry>) -> Builder<Wry> {
    builder.invoke_handler(tauri::generate_handler![
        system::status,
        market::prices,
        market::candles,
        market::sparks,
        ledgers::collect,
        ledgers::sources,
        ledgers::source_runs,
        ledgers::source_pause,
        ledgers::source_accept,
        settings::source_set,
        settings::source_detail,
        settings::secrets,
        settings::secret_set,
        settings::secret_remove,
        settings::key_check,
        settings::key_declare,
        settings::lease,
        settings::lease_set,
        ledgers::ledger,
        ledgers::quality,
        ledgers::gaps,
        ledgers::glass,
        alerts::alerts,
        alerts::alert_seen,
        alerts::alerts_set,
        alerts::webhook,
        alerts::webhook_test,
        sync::sync_status,
        sync::sync_now,
        sync::sync_init,
        sync::sync_verify,
        trading::order_preview,
        trading::order_place,
        trading::orders,
        trading::amend_preview,
        trading::amend,
        trading::order_cancel,
        trading::order_cancel_all,
        trading::execution,
        trading::reconcile,
        trading::resolve,
        trading::account_view,
        algorithms::strategies,
        algorithms::algorithms,
        algorithms::algorithm,
        algorithms::algorithm_set,
        algorithms::algorithm_promote,
        algorithms::algorithm_pause,
        algorithms::algorithm_resume,
        algorithms::algorithm_stop,
        research::backtest,
        research::backtest_report,
        research::backtest_progress,
        research::backtest_cancel,
        research::kept_runs,
        research::kept_run,
        research::features,
        research::evaluate,
        research::evaluate_report,
        research::evaluate_progress,
        research::evaluate_cancel,
        research::sweep,
        research::sweep_progress,
        research::sweep_cancel,
        research::sweep_merge,
        research::trials,
        train::train,
        train::train_progress,
        train::train_cancel,
        train::models,
        train::model,
        train::model_explain,
        train::model_remove,
        lab::lab_start,
        lab::lab_list,
        lab::lab_show,
        lab::lab_answer,
        lab::lab_cancel,
        lab::lab_rewind,
        lab::lab_report,
        approvals::approvals,
        approvals::approvals_set,
        approvals::scorecard,
        approvals::approve,
        approvals::reject,
        approvals::answer,
        approvals::mandates,
        approvals::mandate_set,
        approvals::mandate_revoke,
        trading::twaps,
        trading::twap_start,
        trading::twap_stop,
        safety::limits,
        safety::limits_set,
        safety::risk_set,
        safety::kill,
        safety::unkill,
        safety::paper_reset,
        books::positions,
        books::pnl,
        books::equity,
        books::history,
        books::trades,
        books::trade_story,
        books::trade_tag,
        books::import_trades,
        books::actions,
        books::movements,
        books::books_say,
        books::import_history,
        books::import_history_progress,
        books::import_history_cancel,
        books::save_csv,
        system::journal,
        books::tax,
        books::tax_file,
        books::tax_settings,
        books::tax_change,
        books::parcels,
        books::what_if,
        reports::report,
        reports::report_preview,
        reports::report_progress,
        reports::report_cancel,
        reports::report_verify,
        reports::export_parquet,
        reports::export_parquet_progress,
        reports::export_parquet_cancel,
        books::export_trades,
        system::verify,
        system::doctor,
        system::readiness,
        system::backup,
        system::storage,
        system::storage_set,
    ])
}

fn view(error: Error) -> ErrorView {
    error.view()
}

#[cfg(test)]
mod tests {
    use super::names::COMMANDS;

    /// What stands between `start` and the next `end`, for each place where `start` stands.
    fn between<'a>(text: &'a str, start: &str, end: char) -> Vec<&'a str> {
        text.split(start).skip(1).filter_map(|rest| rest.split(end).next()).collect()
    }

    fn sorted(mut names: Vec<String>) -> Vec<String> {
        names.sort();
        names
    }

    fn commands() -> Vec<String> {
        sorted(COMMANDS.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn every_command_is_granted_to_the_window_and_nothing_else_is() {
        let capability = include_str!("../capabilities/main.json");
        let granted = between(capability, "\"allow-", '"').iter().map(|name| name.replace('-', "_")).collect();
        assert_eq!(sorted(granted), commands());
        assert_eq!(
            between(capability, "\"core:", '"'),
            ["event:allow-listen", "event:allow-unlisten"],
            "only hearing events is granted beside the application's own commands"
        );
    }

    #[test]
    fn every_command_has_its_handler() {
        let source = include_str!("mod.rs");
        let list = between(source, "generate_handler![", ']').remove(0);
        let handled = between(list, "::", ',').iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(sorted(handled), commands());
    }

    #[test]
    fn the_interface_calls_these_commands_and_no_others() {
        let interface = include_str!("../../../ui/src/ipc/commands.ts");
        let called = between(interface, ">('", '\'').iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(sorted(called), commands());
    }
}
