//! Opens a page in the browser of the user.

use std::process::{Command, Stdio};

/// Opens it.
///
/// # Errors
/// If there is no program that does it. Says what to do.
pub(super) fn open(url: &str) -> Result<(), String> {
    let mut command = opener(std::env::consts::OS);
    let started = command
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(mut program) => {
            // Who is not waited for stays in the list of processes.
            std::thread::spawn(move || program.wait());
            Ok(())
        }
        Err(error) => Err(format!(
            "--open: {:?} does not start ({error}): open the address yourself",
            command.get_program()
        )),
    }
}

fn opener(system: &str) -> Command {
    match system {
        "macos" => Command::new("open"),
        "windows" => {
            let mut command = Command::new("cmd");
            // The first text in quotes would be the title of a window.
            command.args(["/c", "start", ""]);
            command
        }
        _ => Command::new("xdg-open"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_has_its_program() {
        for (system, program) in [
            ("linux", "xdg-open"),
            ("macos", "open"),
            ("windows", "cmd"),
            ("freebsd", "xdg-open"),
        ] {
            assert_eq!(opener(system).get_program(), program);
        }
    }
}
