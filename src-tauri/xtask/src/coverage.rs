//! Line coverage of the engines: the crates whose every line can be reached without a network, a disk or a window.

use std::path::Path;

use crate::process::{Outcome, asked, failed, run};
use crate::tools;

const ENGINES: [&str; 5] = ["domain", "books", "floor", "paper", "ledgers"];

/// Prints the table, file by file.
pub fn coverage() -> Outcome {
    let profdata = asked("rustc", &["--print", "target-libdir"])
        .and_then(|libdir| Some(Path::new(&libdir).parent()?.join("bin/llvm-profdata")));
    if !profdata.is_some_and(|path| path.is_file()) {
        return failed(
            "coverage needs LLVM's tools of this Rust: run `rustup component add llvm-tools`, then try again",
        );
    }
    let packages: Vec<&str> = ENGINES.iter().flat_map(|engine| ["--package", engine]).collect();
    run(tools::COVERAGE.ready()?.args(["llvm-cov", "--summary-only"]).args(&packages))
}
