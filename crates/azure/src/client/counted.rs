//! A policy of the SDK's pipeline that counts what is sent.

use async_trait::async_trait;
use azure_core::http::{
    Context, Request,
    policies::{Policy, PolicyResult},
};
use poa_operations::cost::{self, Cost};
use std::sync::Arc;

/// Spends this cost on each try, in the task of the caller.
#[derive(Debug)]
pub(crate) struct Counted(pub(crate) Cost);

#[async_trait]
impl Policy for Counted {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        cost::spend(self.0);
        super::pass(ctx, request, next).await
    }
}
