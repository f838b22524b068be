//! Rows of the catalog: parties, products, versions, instances, search, switcher, formulas.

use crate::{
    activate_instance, add_tenants, approve_instance, certify_version, check_formula,
    create_instance, create_product, create_version, decide_kyc, list_instances, list_parties,
    list_versions, measure_impact, move_party, move_product, move_version, publish_version,
    read_instance, read_party, read_product, read_version, register_party, renew_licence,
    replace_source, retire_instance, run_formula, search_catalog, submit_version, suspend_instance,
    switch_instance, trigger::Trigger,
};

/// The rows.
pub const ROWS: &[Trigger] = &[
    register_party::TRIGGER,
    list_parties::TRIGGER,
    read_party::TRIGGER,
    decide_kyc::TRIGGER,
    move_party::TRIGGER,
    renew_licence::TRIGGER,
    add_tenants::TRIGGER,
    create_product::TRIGGER,
    read_product::TRIGGER,
    move_product::TRIGGER,
    create_version::TRIGGER,
    list_versions::TRIGGER,
    read_version::TRIGGER,
    replace_source::TRIGGER,
    submit_version::TRIGGER,
    certify_version::TRIGGER,
    publish_version::TRIGGER,
    move_version::TRIGGER,
    create_instance::TRIGGER,
    list_instances::TRIGGER,
    read_instance::TRIGGER,
    approve_instance::TRIGGER,
    activate_instance::TRIGGER,
    suspend_instance::TRIGGER,
    retire_instance::TRIGGER,
    measure_impact::TRIGGER,
    search_catalog::TRIGGER,
    switch_instance::TRIGGER,
    check_formula::TRIGGER,
    run_formula::TRIGGER,
];
