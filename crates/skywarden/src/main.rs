//! The binary: hands the process's surroundings to the library and ends with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(skywarden::run(
        std::env::args_os(),
        skywarden::Host::of_this_process(),
    ))
}
