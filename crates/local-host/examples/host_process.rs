//! A host as a process of its own: prints its address and the handler's process id, then runs.
//!
//! Arguments: the script root, the handler's program, the folder for the handler's records.
#![expect(clippy::print_stdout, reason = "a command line program")]

use std::error::Error;

use poa_local_host::{HandlerCommand, Host, HostOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("three arguments are needed");
    let mut options = HostOptions::new(next()?);
    options.handler = HandlerCommand::new(next()?).env("ECHO_DIR", next()?);
    options.listen = "127.0.0.1:0".parse()?;
    let host = Host::start(options).await?;
    host.ready().await?;
    println!("{} {}", host.address(), host.handler_pid().unwrap_or_default());
    println!("stopped: {}", host.stopped().await);
    Ok(())
}
