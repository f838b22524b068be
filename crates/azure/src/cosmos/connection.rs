//! The one client of the process: made at the first need, with explicit time and retry limits.

use crate::cosmos::{CONTAINER, CosmosSettings, fault::Fault, shape, spent};
use azure_core::credentials::TokenCredential;
use azure_data_cosmos::{
    AccountEndpoint, AccountReference, ContainerClient, CosmosClient, CosmosError, CosmosRuntime,
    RoutingStrategy,
    models::ContainerProperties,
    options::{
        ConnectionPoolOptions, EndToEndOperationLatencyPolicy, OperationOptions,
        ReadConsistencyStrategy, Region, ThrottlingRetryOptionsBuilder,
    },
};
use poa_operations::ports::store::StoreFault;
use poa_protocol::limits;
use std::{sync::Arc, time::Duration};
use tokio::sync::OnceCell;

/// The way to the container.
pub(super) struct Connection {
    settings: CosmosSettings,
    endpoint: AccountEndpoint,
    credential: Arc<dyn TokenCredential>,
    container: OnceCell<ContainerClient>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let connected = self.container.initialized();
        f.debug_struct("Connection")
            .field("settings", &self.settings)
            .field("connected", &connected)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Checks the settings.
    pub(super) fn new(
        settings: CosmosSettings,
        credential: Arc<dyn TokenCredential>,
    ) -> Result<Self, StoreFault> {
        let endpoint = settings.endpoint.parse::<AccountEndpoint>().map_err(|fault| {
            StoreFault(format!("`{}` is no endpoint of Cosmos DB: {fault}", settings.endpoint))
        })?;
        Ok(Self { settings, endpoint, credential, container: OnceCell::new() })
    }

    /// Where the store lies.
    pub(super) fn settings(&self) -> &CosmosSettings {
        &self.settings
    }

    /// The container; connects where nobody did yet.
    pub(super) async fn container(&self) -> Result<&ContainerClient, Fault> {
        Ok(self.container.get_or_try_init(|| Box::pin(self.connect())).await?)
    }

    /// Gives a call of the port its time.
    pub(super) async fn within<T>(
        &self,
        call: impl Future<Output = Result<T, Fault>> + Send,
    ) -> Result<T, Fault> {
        // The futures of the client are large.
        match tokio::time::timeout(
            Duration::from_secs(limits::COSMOS_CALL_SECS_MAX),
            Box::pin(call),
        )
        .await
        {
            Ok(outcome) => outcome,
            Err(_) => Err(Fault::Unavailable(format!(
                "Cosmos DB at `{}` did not answer within {} s",
                self.settings.endpoint,
                limits::COSMOS_CALL_SECS_MAX
            ))),
        }
    }

    /// Looks whether the container answers and has the shape that the store relies on.
    pub(super) async fn ready(&self) -> Result<(), Fault> {
        let read = Box::pin(self.container().await?.read(None)).await;
        let response = read.inspect_err(count_failed)?;
        spent::count(&response.diagnostics());
        let container: ContainerProperties = response.into_model()?;
        shape::check(&container).map_err(Fault::Unavailable)
    }

    async fn connect(&self) -> Result<ContainerClient, CosmosError> {
        let request = Duration::from_secs(limits::COSMOS_REQUEST_SECS_MAX);
        let pool = ConnectionPoolOptions::builder()
            .with_max_connect_timeout(Duration::from_secs(limits::COSMOS_CONNECT_SECS_MAX))
            .with_max_dataplane_request_timeout(request)
            .with_max_metadata_request_timeout(request)
            // As every other client here does: `HTTPS_PROXY` and `NO_PROXY`.
            .with_proxy_allowed(true)
            .build()?;
        let runtime = CosmosRuntime::builder()
            .with_connection_pool(pool)
            .with_default_operation_options(operation())
            .build()
            .await?;
        let account =
            AccountReference::with_credential(self.endpoint.clone(), Arc::clone(&self.credential));
        let region = Region::from(self.settings.region.clone());
        let client = CosmosClient::builder()
            .with_runtime(runtime)
            .build(account, RoutingStrategy::ProximityTo(region))
            .await?;
        client.database_client(&self.settings.database).container_client(CONTAINER, None).await
    }
}

/// The limits of every operation.
fn operation() -> OperationOptions {
    let mut options = OperationOptions::default();
    options.end_to_end_latency_policy = Some(EndToEndOperationLatencyPolicy::new(
        Duration::from_secs(limits::COSMOS_OPERATION_SECS_MAX),
    ));
    options.max_failover_retry_count = Some(limits::COSMOS_FAILOVERS_MAX);
    options.max_session_retry_count = Some(limits::COSMOS_FAILOVERS_MAX);
    options.throttling_retry_options = Some(
        ThrottlingRetryOptionsBuilder::new()
            .with_max_retry_count(limits::COSMOS_THROTTLED_RETRIES_MAX)
            .with_max_retry_wait_time(Duration::from_secs(limits::COSMOS_THROTTLED_SECS_MAX))
            .build(),
    );
    options
}

/// Reads that sees what any process has committed, not only this one: the port promises that, and
/// an account with session consistency does not.
pub(super) fn latest() -> OperationOptions {
    let mut options = OperationOptions::default();
    options.read_consistency_strategy = Some(ReadConsistencyStrategy::LatestCommitted);
    options
}

/// Counts what a failed operation cost.
pub(super) fn count_failed(error: &CosmosError) {
    if let Some(diagnostics) = error.diagnostics() {
        spent::count(&diagnostics);
    }
}
