//! A display for the window tests: a virtual one of their own, so that a run needs no screen and disturbs none.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::process::{Outcome, command, failed};
use crate::setup::on_path;

/// A virtual display, ended when this is dropped.
pub struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// Starts Xvfb on a display it finds free by itself.
    pub fn start() -> Outcome<Self> {
        // setpriv ends the server with this process even when that is killed and drops nothing.
        let mut xvfb = if on_path("setpriv") {
            let mut setpriv = command("setpriv");
            setpriv.args(["--pdeathsig", "TERM", "Xvfb"]);
            setpriv
        } else {
            command("Xvfb")
        };
        xvfb.args(["-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp", "-noreset"]);
        xvfb.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = match xvfb.spawn() {
            Ok(server) => server,
            Err(error) => return failed(format!("Xvfb could not be started: {error}")),
        };
        let mut number = String::new();
        // Xvfb writes its number when it is ready, or closes the pipe when it can't start.
        let read = server.stdout.take().map(|out| BufReader::new(out).read_line(&mut number));
        let display = Self { server, name: format!(":{}", number.trim()) };
        match read {
            Some(Ok(count)) if count > 1 => Ok(display),
            _ => failed("Xvfb ended before it had a display: run `Xvfb -displayfd 1` to see why"),
        }
    }

    /// Lets a command, and whatever it starts, draw here.
    pub fn lend(&self, command: &mut Command) {
        command.env("DISPLAY", &self.name).env_remove("WAYLAND_DISPLAY");
        command.env("GDK_BACKEND", "x11").env("NO_AT_BRIDGE", "1").env("LIBGL_ALWAYS_SOFTWARE", "1");
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left to do about it.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_display_is_there_until_it_is_dropped() {
        if !on_path("Xvfb") {
            println!("skipped: no Xvfb on this machine");
            return;
        }
        let display = Display::start().unwrap();
        let socket = format!("/tmp/.X11-unix/X{}", display.name.trim_start_matches(':'));
        assert!(Path::new(&socket).exists(), "no {socket}");
        let process = format!("/proc/{}", display.server.id());
        assert!(Path::new(&process).exists());
        drop(display);
        assert!(!Path::new(&process).exists(), "the server outlived its owner");
    }
}
