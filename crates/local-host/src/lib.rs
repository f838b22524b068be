//! A faithful stand-in for the Azure Functions host.
