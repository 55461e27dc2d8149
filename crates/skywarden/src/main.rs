//! The binary: hands the process's surroundings to the library and ends with its exit code.

use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, setrlimit};

fn main() -> ExitCode {
    leave_no_dump();
    ExitCode::from(skywarden::run(
        std::env::args_os(),
        skywarden::Host::of_this_process(),
    ))
}

/// Keeps a crash from writing memory, and the keys in it, to a file.
fn leave_no_dump() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // Lowering a limit is never refused; were it, there is still the work to be done.
    setrlimit(Resource::Core, none).ok();
}
