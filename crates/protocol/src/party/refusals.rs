//! Why something about a party is refused.

crate::refusals! {
    /// Why something about a party is refused.
    PartyRefusal {
        /// Only the people of the operator register parties and decide on them.
        OperatorOnly = "party.operator-only", Forbidden, lasting,
            "only the operator's people may do this", "ask the operator of this system";
        /// The caller's tenant belongs to no registered party.
        Unknown = "party.unknown", Forbidden, lasting,
            "your tenant belongs to no registered party",
            "ask the operator to register your party with your tenant";
        /// A party with this Legal Entity Identifier is registered.
        LeiTaken { lei: String } = "party.lei-taken", Conflict, lasting,
            "a party with LEI `{lei}` is registered",
            "read it in /api/parties; one legal entity is one party";
        /// The tenant belongs to another party. One tenant belongs to one party.
        TenantTaken { tenant: String } = "party.tenant-taken", Conflict, lasting,
            "tenant `{tenant}` belongs to another party", "register this party with its own tenant";
        /// The party is not active.
        NotActive { party: String, state: &'static str } = "party.not-active", Conflict, lasting,
            "party `{party}` is {state}",
            "the operator activates a party once its identity is verified";
        /// The identity of the party is not verified.
        KycMissing { party: String } = "party.kyc-missing", Conflict, lasting,
            "the identity of party `{party}` is not verified",
            "the operator's compliance verifies it and sets until when that holds";
        /// The identity of the party was verified, and that has expired.
        KycExpired { party: String } = "party.kyc-expired", Conflict, lasting,
            "the identity check of party `{party}` has expired",
            "the operator's compliance verifies it again";
        /// The bank has no licence on record.
        LicenceMissing { party: String } = "party.licence-missing", Conflict, lasting,
            "bank `{party}` has no licence on record",
            "a bank is registered with its licence: authority, number and end";
        /// The licence of the bank has expired.
        LicenceExpired { party: String } = "party.licence-expired", Conflict, lasting,
            "the licence of bank `{party}` has expired", "the operator records the renewed licence";
        /// The party is closed, for ever.
        Closed { party: String } = "party.closed", Conflict, lasting,
            "party `{party}` is closed", "a closed party does not change any more";
        /// The state does not lead there: registered → active ⇄ suspended → closed, and registered
        /// → closed.
        NoMove { from: &'static str, to: &'static str } = "party.no-such-move", Conflict, lasting,
            "a {from} party cannot become {to}",
            "registered → active ⇄ suspended → closed; a registration by mistake may be closed at once";
    }
}
