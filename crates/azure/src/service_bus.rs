//! The bus on Azure Service Bus, by REST.

use crate::client::{Client, Counted};
use async_trait::async_trait;
use azure_core::{
    credentials::TokenCredential,
    http::{
        Context, Method, Pipeline, PipelineSendOptions, RawResponse, Request, StatusCode, Url,
        headers::CONTENT_TYPE,
        policies::{Policy, auth::BearerTokenAuthorizationPolicy},
    },
};
use futures_util::{StreamExt, TryStreamExt, stream};
use poa_operations::{
    cost::Cost,
    ports::bus::{Bus, BusFault, Message, TOPIC},
};
use poa_protocol::limits;
use std::{pin::pin, sync::Arc, time::Duration};

mod batch;
mod diagnose;

/// The scope of tokens for Service Bus, in every cloud.
const SCOPE: &str = "https://servicebus.azure.net/.default";
/// The form in which a request holds several messages; nothing may follow it, no charset either.
const BATCH: &str = "application/vnd.microsoft.servicebus.json";
/// Characters of an answer that a fault repeats.
const ANSWER_CHARS_MAX: usize = 300;

/// Where the topic is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceBusSettings {
    /// Host of the namespace, such as `poa.servicebus.windows.net`.
    pub namespace: String,
}

/// The topic `tokenization` of a namespace.
///
/// Each request is one batch of one session, which the service takes whole or not at all. Batches
/// of one session follow one another, so that their order stays; sessions go side by side. Whatever
/// is not `201` counts as not sent. It is safe to send again, because the topic drops what it has
/// seen by the id of the message: it must have been made with duplicate detection.
#[derive(Debug)]
pub struct ServiceBus {
    pipeline: Pipeline,
    messages: Url,
    limit: Duration,
}

impl ServiceBus {
    /// Makes the client; nothing is sent yet.
    ///
    /// # Errors
    /// Where the namespace is not the name of a host.
    pub fn open(
        settings: &ServiceBusSettings,
        credential: Arc<dyn TokenCredential>,
        client: &Client,
    ) -> Result<Self, BusFault> {
        let namespace = &settings.namespace;
        let messages = Url::parse(&format!("https://{namespace}/{TOPIC}/messages")).ok();
        let messages = messages.filter(|url| url.host_str() == Some(namespace.as_str()));
        let messages = messages.ok_or_else(|| {
            BusFault(format!(
                "the namespace `{namespace}` is not a host such as `poa.servicebus.windows.net`"
            ))
        })?;
        let token = BearerTokenAuthorizationPolicy::new(credential, [SCOPE]);
        let once = Cost { bus_operations: 1, ..Cost::default() };
        let per_try: Vec<Arc<dyn Policy>> = vec![Arc::new(token), Arc::new(Counted(once))];
        let pipeline = Pipeline::new(
            option_env!("CARGO_PKG_NAME"),
            option_env!("CARGO_PKG_VERSION"),
            client.options(),
            Vec::new(),
            per_try,
            None,
        );
        Ok(Self { pipeline, messages, limit: client.patience().per_call })
    }

    /// Sends one body, with the tries that the client allows.
    async fn send(&self, body: String) -> Result<RawResponse, BusFault> {
        let mut request = Request::new(self.messages.clone(), Method::Post);
        request.insert_header(CONTENT_TYPE, BATCH);
        request.set_body(body.into_bytes());
        let unchecked = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
        let sent = self.pipeline.send(&Context::new(), &mut request, Some(unchecked)).await;
        sent.map_err(|error| {
            self.fault(&format!("{}; send the same again", crate::client::plain(&error)))
        })
    }

    async fn send_batch(&self, body: String) -> Result<(), BusFault> {
        let answer = self.send(body).await?;
        if answer.status() == StatusCode::Created { Ok(()) } else { Err(self.refused(&answer)) }
    }

    fn refused(&self, answer: &RawResponse) -> BusFault {
        let status = u16::from(answer.status());
        let text = String::from_utf8_lossy(answer.body());
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text: String = text.chars().take(ANSWER_CHARS_MAX).collect();
        self.fault(&format!("{} (answered {status}: {text})", meaning(status)))
    }

    fn fault(&self, words: &str) -> BusFault {
        let namespace = self.messages.host_str().unwrap_or_default();
        BusFault(format!("topic `{TOPIC}` of `{namespace}`: {words}"))
    }
}

/// What an answer that is not `201` means. From learn.microsoft.com/rest/api/servicebus,
/// "Send message batch".
fn meaning(status: u16) -> &'static str {
    match status {
        400 => "it does not understand the messages; the same ones will not pass",
        401 => {
            "the token does not count; the identity needs the role Azure Service Bus Data Sender"
        }
        403 => "it takes no more: its quota is full, or the identity may not send",
        404 | 410 => "there is no such topic in this namespace",
        413 => "the request is too large",
        _ => "it did not take the messages; send the same again",
    }
}

#[async_trait]
impl Bus for ServiceBus {
    async fn publish(&self, messages: &[Message]) -> Result<(), BusFault> {
        let sessions = batch::split(messages)?;
        // A session that fails keeps no other from being sent: whoever sends all of them again must
        // get further each time.
        let mut first = Ok(());
        let sending = async {
            let sending = stream::iter(sessions).map(|batches| async move {
                let batches = stream::iter(batches).then(|batch| self.send_batch(batch));
                batches.try_for_each(|()| std::future::ready(Ok(()))).await
            });
            let mut sending = pin!(sending.buffer_unordered(limits::BUS_SESSIONS_AT_ONCE_MAX));
            while let Some(sent) = sending.next().await {
                if first.is_ok() {
                    first = sent;
                }
            }
        };
        let in_time = tokio::time::timeout(self.limit, sending).await;
        first?;
        in_time.map_err(|_| {
            let limit = self.limit.as_millis();
            self.fault(&format!("not all was taken within {limit} ms; send the same again"))
        })
    }

    /// Sends a batch of no messages: it passes token, role and topic, and nothing can be stored or
    /// routed. The service may take it or call it malformed; both come from a topic that works.
    async fn ready(&self) -> Result<(), BusFault> {
        let answer = self.send("[]".to_owned()).await?;
        let heard = [StatusCode::Created, StatusCode::BadRequest].contains(&answer.status());
        if heard { Ok(()) } else { Err(self.refused(&answer)) }
    }
}
