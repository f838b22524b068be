//! What a deployment's parts are checked for before anybody relies on them, in words for people.

use async_trait::async_trait;
use serde::Serialize;
use std::fmt;

/// Finds out whether a part can do everything that the service needs of it.
#[async_trait]
pub trait Diagnose: Send + Sync + fmt::Debug {
    /// What the part is and where, for example `Azure Cosmos DB at https://…`.
    fn name(&self) -> String;

    /// Checks names, permissions and shape, each by itself where it can be. It changes nothing
    /// that the service reads: what a probe writes, it takes away again or lets expire.
    async fn diagnose(&self) -> Vec<Check>;
}

/// One check and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What should hold, for example `the container is there`.
    pub what: String,
    /// What is wrong; `None` where it holds.
    pub fault: Option<Ailment>,
}

/// What is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ailment {
    /// What was found instead.
    pub wrong: String,
    /// What to do.
    pub remedy: String,
}

impl Check {
    /// It holds, or this is wrong and that is to be done about it.
    pub fn of<T, F: fmt::Display>(
        what: impl Into<String>,
        outcome: Result<T, F>,
        remedy: impl FnOnce(&str) -> String,
    ) -> Self {
        let fault = outcome.err().map(|fault| {
            let wrong = fault.to_string();
            let remedy = remedy(&wrong);
            Ailment { wrong, remedy }
        });
        Self { what: what.into(), fault }
    }

    /// Whether it holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.fault.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::Check;

    #[test]
    fn what_is_wrong_comes_with_what_to_do() {
        let holds = Check::of::<_, String>("it is there", Ok(1), |_| "nothing".to_owned());
        assert!(holds.holds());
        let wrong = Check::of::<(), _>("it is there", Err("no"), |cause| format!("cure `{cause}`"));
        assert_eq!(wrong.fault.unwrap().remedy, "cure `no`");
    }
}
