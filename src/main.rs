//! The `forge` program. Everything it does is in the library, so that tests can do it too.

use std::process::ExitCode;

fn main() -> ExitCode {
    forge::run(std::env::args_os())
}
