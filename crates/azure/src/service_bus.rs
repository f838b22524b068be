//! The bus on Azure Service Bus, by REST.
