//! The handler: what the Functions host starts.

/// Entry point.
fn main() -> std::process::ExitCode {
    poa::serve::main()
}
