//! The topic under examination.

use super::ServiceBus;
use crate::remedy::remedy;
use async_trait::async_trait;
use poa_operations::{
    diagnosis::{Check, Diagnose},
    ports::bus::{Bus as _, TOPIC},
};

#[async_trait]
impl Diagnose for ServiceBus {
    fn name(&self) -> String {
        format!("Azure Service Bus, {}", self.messages.host_str().unwrap_or_default())
    }

    async fn diagnose(&self) -> Vec<Check> {
        let what = format!("topic `{TOPIC}` is there and takes messages of this identity");
        let missing = format!(
            "make the topic `{TOPIC}` with duplicate detection, and its subscriptions `bank` and \
             `non-bank` that filter by the property `wing`"
        );
        let cure = |wrong: &str| remedy(wrong, "Azure Service Bus Data Sender", &missing);
        vec![Check::of(what, self.ready().await, cure)]
    }
}
