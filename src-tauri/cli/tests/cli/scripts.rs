//! A script runs in a process that has nothing, and what it does there ends it and nothing else.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use workstation::scripts::{Bar, Decider, Local, LockedScript, ScriptError, Standing};

fn start(source: &str) -> Result<LockedScript, ScriptError> {
    LockedScript::start(Path::new(env!("CARGO_BIN_EXE_omc")), source, &BTreeMap::new())
}

fn bar(number: i64) -> Bar {
    let close = 100.0 + (number * 37 % 11) as f64;
    Bar { time: number * 3_600, open: close, high: close, low: close, close, volume: None }
}

const NOTHING: Standing = Standing { held: 0.0, pending: false };

/// What becomes of a script that does this at every candle; some of it happens when it is read already.
fn ended(body: &str) -> ScriptError {
    let mut script = match start(&format!("def on_candle(now, state, p):\n{body}")) {
        Ok(script) => script,
        Err(error) => return error,
    };
    (0..3).find_map(|number| script.decide(&bar(number), NOTHING).err()).unwrap()
}

#[test]
fn a_script_says_in_its_process_what_it_says_outside() {
    let source = r#"
def inputs(p):
    return {"average": "sma(3)"}
def on_candle(now, state, p):
    state["n"] = state.get("n", 0) + 1
    if now.close > now.average:
        return [buy(share = 0.5, reason = "%d" % state["n"]), close()]
"#;
    let (mut locked, mut local) = (start(source).unwrap(), Local::read(source, &BTreeMap::new()).unwrap());
    assert_eq!(locked.summary(), local.summary());
    let mut said = 0;
    for number in 0..50 {
        let here = local.decide(&bar(number), NOTHING).unwrap();
        assert_eq!(locked.decide(&bar(number), NOTHING).unwrap(), here);
        said += here.len();
    }
    assert!(said > 10, "{said}");
}

#[test]
fn a_script_that_is_none_is_refused_with_its_line_and_leaves_no_process() {
    let error = start("def on_candle(now, state, p)\n    pass\n").err().unwrap();
    assert_eq!(error.code(), "script_unreadable");
    assert!(error.to_string().contains("line 1"), "{error}");
}

#[test]
fn a_bomb_of_memory_no_interpreter_counts_ends_the_child_alone() {
    let begun = Instant::now();
    for bomb in [
        "    x = [0]\n    for i in range(60):\n        x = x + x\n",
        "    x = \"x\" * 1000000000 * 3\n    return len(x)\n",
    ] {
        assert_eq!(ended(bomb).code(), "script_exhausted", "{bomb}");
    }
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    // And this process goes on: another script works.
    assert!(start("def on_candle(now, state, p):\n    pass\n").unwrap().decide(&bar(0), NOTHING).is_ok());
}

#[test]
fn a_bomb_of_time_within_one_step_is_ended_by_the_clock() {
    let begun = Instant::now();
    let error = ended("    x = 3\n    for i in range(40):\n        x = x * x\n");
    assert_eq!(error.code(), "script_exhausted", "{error}");
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[test]
fn a_loop_without_a_statement_that_could_be_counted_is_ended_by_the_clock() {
    let begun = Instant::now();
    let endless = "[0 for i in range(1000000) for j in range(1000000) if i < 0]";
    let in_candle = std::thread::spawn(move || ended(&format!("    x = {endless}\n")));
    let source = format!("X = {endless}\ndef on_candle(now, state, p):\n    pass\n");
    let at_top = start(&source).err().unwrap();
    for error in [at_top, in_candle.join().unwrap()] {
        assert_eq!(error.code(), "script_exhausted", "{error}");
        assert!(error.to_string().contains("longer than"), "{error}");
    }
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

/// The bounds are the child's own: seen from outside, on a child nobody has asked anything.
#[cfg(target_os = "linux")]
#[test]
fn the_child_takes_files_processes_and_memory_from_itself_before_it_reads_anything() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_omc"))
        .arg(workstation::scripts::CHILD_ARGUMENT)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let path = format!("/proc/{}/limits", child.id());
    let deadline = Instant::now() + Duration::from_secs(20);
    let is_none = |limits: &str, name: &str| {
        limits.lines().any(|line| line.starts_with(name) && line[name.len()..].split_whitespace().next() == Some("0"))
    };
    let limits = loop {
        let limits = std::fs::read_to_string(&path).unwrap();
        // The last one it sets.
        if is_none(&limits, "Max processes") || Instant::now() > deadline {
            break limits;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    for name in ["Max processes", "Max open files", "Max file size", "Max core file size"] {
        assert!(is_none(&limits, name), "{name}: {limits}");
    }
    let processor = limits.lines().find(|line| line.starts_with("Max cpu time")).unwrap();
    assert!(!processor.contains("unlimited"), "{processor}");
    let memory = limits.lines().find(|line| line.starts_with("Max address space")).unwrap();
    assert!(!memory.contains("unlimited"), "{memory}");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
