//! What every client of an Azure service is made with: time limits, retries, transport.
