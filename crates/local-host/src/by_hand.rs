//! Invoking a function by hand, as `POST /admin/functions/<Name>` does.

use std::sync::Arc;

use crate::InvokeError;
use crate::bus::many_value;
use crate::envelope::{Envelope, Metadata, Wire};
use crate::function::{DataType, Function, Trigger};
use crate::invoke::Engine;
use crate::timer::TimerInfo;

impl Engine {
    /// The function of this name, if it can be invoked by hand.
    pub(crate) fn by_hand(&self, name: &str) -> Result<Arc<Function>, InvokeError> {
        let found = self.functions.iter().find(|one| one.name.eq_ignore_ascii_case(name));
        let function = found.ok_or_else(|| InvokeError::Unknown(name.to_owned()))?;
        if matches!(function.trigger, Trigger::Http { .. }) {
            return Err(InvokeError::HttpFunction(function.name.clone()));
        }
        Ok(Arc::clone(function))
    }

    /// Invokes a function with `input` as what its trigger hands over.
    pub(crate) async fn invoke_by_hand(
        &self,
        function: &Function,
        input: Option<&str>,
    ) -> Result<(), InvokeError> {
        let envelope = by_hand(function, input.unwrap_or_default());
        self.invoke(function, envelope).await.map(|_| ()).map_err(InvokeError::Failed)
    }
}

/// The envelope of an invocation by hand: the trigger's value, and no metadata of a message.
pub(crate) fn by_hand(function: &Function, input: &str) -> Envelope {
    let metadata = Metadata::default();
    let text_or_bytes = |data_type, otherwise| {
        let data_type = if data_type == DataType::Unset { otherwise } else { data_type };
        match data_type {
            DataType::Binary => {
                Envelope::new(function, Wire::Bytes(input.into()), Metadata::default())
            }
            DataType::Text | DataType::Unset => {
                Envelope::of_text(function, input, Metadata::default())
            }
        }
    };
    match &function.trigger {
        Trigger::Timer { schedule, .. } => {
            Envelope::new(function, TimerInfo::by_hand(schedule).wire(), metadata)
        }
        Trigger::Bus { many: true, data_type, .. } => {
            let value = many_value(&[input.as_bytes()], *data_type);
            Envelope::new(function, value.unwrap_or_else(|_| Wire::text(input)), metadata)
        }
        Trigger::Bus { data_type, .. } | Trigger::Queue { data_type, .. } => {
            text_or_bytes(*data_type, DataType::Text)
        }
        Trigger::Blob { data_type } => text_or_bytes(*data_type, DataType::Binary),
        Trigger::Cosmos | Trigger::EventGrid | Trigger::Http { .. } => {
            Envelope::of_text(function, input, metadata)
        }
    }
}
