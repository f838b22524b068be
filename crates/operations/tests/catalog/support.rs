//! A small world: an operator, an owner with two people, a certifier; and the ways they take.

use crate::asking::caller_of;
pub(crate) use crate::asking::{ask, ask_with, body, person, refused, refused_with};
use poa_embedded::testing::{TestDesk, desk};
use poa_operations::{
    answer::Answer,
    create_instance::create_instance,
    decide_party::{PartyMove, decide_kyc, move_party},
    desk::Desk,
    failure::Failure,
    measure_impact::Within,
    nothing::Nothing,
    products::{ProductMove, create_product, move_product},
    register_party::register_party,
    release_instance::{activate_instance, approve_instance},
    release_version::{certify_version, publish_version, submit_version},
    versions::{NewSource, create_version},
};
use poa_protocol::{
    caller::Caller,
    ids::{InstanceId, PartyId},
    party::{KycDecision, KycVerdict, NewParty, PartyState},
    product::{ProductCode, ProductState},
    role::Role,
    version::{Certification, VersionNumber},
};
use serde_json::{Value, json};

pub(crate) const OPERATOR_TENANT: &str = "00000000-0000-4000-8000-000000000001";
const OWNER_TENANT: &str = "00000000-0000-4000-8000-000000000002";
const CERTIFIER_TENANT: &str = "00000000-0000-4000-8000-000000000003";

pub(crate) const OWNER_LEI: &str = "529900POATEST0000158";
pub(crate) const CERTIFIER_LEI: &str = "5299000000POA0000270";

pub(crate) const SME_LOAN: &str = include_str!("../../../../examples/products/sme_loan.formula");
pub(crate) const SME_BANK: &str =
    include_str!("../../../../examples/products/sme_loan_bank_de.formula");
pub(crate) const SME_CROWD: &str =
    include_str!("../../../../examples/products/sme_loan_crowd_de.formula");

pub(crate) struct World {
    pub(crate) test: TestDesk,
    pub(crate) administrator: Caller,
    /// Writes and submits.
    pub(crate) maker: Caller,
    /// The second person of the owner.
    pub(crate) checker: Caller,
    /// Of another party.
    pub(crate) certifier: Caller,
}

pub(crate) fn caller(tenant: &str, number: u32, party: Option<&PartyId>, roles: &[Role]) -> Caller {
    let operator = tenant == OPERATOR_TENANT;
    Caller { operator, ..caller_of(person(tenant, number), party, roles) }
}

pub(crate) fn new_party(lei: &str, tenants: &[&str]) -> NewParty {
    serde_json::from_value(json!({
        "lei": lei, "name": format!("Party {lei}"), "country": "DE", "kind": "non_bank",
        "tenants": tenants,
    }))
    .unwrap()
}

/// Registers a party, verifies and activates it.
pub(crate) async fn active_party(desk: &Desk, by: &Caller, lei: &str, tenant: &str) -> PartyId {
    register_party(desk, ask(by, new_party(lei, &[tenant]))).await.unwrap();
    let id = PartyId::of_lei(lei);
    let valid_until = Some(desk.clock.now().plus_days(300));
    let decision = KycDecision { state: KycVerdict::Verified, valid_until };
    decide_kyc(desk, ask(by, decision), &id).await.unwrap();
    let state = PartyState::Active;
    move_party(desk, ask(by, PartyMove { state }), &id).await.unwrap();
    id
}

pub(crate) async fn world() -> World {
    let test = desk();
    let administrator = caller(OPERATOR_TENANT, 1, None, &[Role::Administrator]);
    let owner = active_party(&test.desk, &administrator, OWNER_LEI, OWNER_TENANT).await;
    let other = active_party(&test.desk, &administrator, CERTIFIER_LEI, CERTIFIER_TENANT).await;
    let of_owner = |number| caller(OWNER_TENANT, number, Some(&owner), &[Role::ProductOwner]);
    World {
        administrator,
        maker: of_owner(1),
        checker: of_owner(2),
        certifier: caller(CERTIFIER_TENANT, 1, Some(&other), &[Role::Certifier]),
        test,
    }
}

pub(crate) fn code(text: &str) -> ProductCode {
    text.parse().unwrap()
}

pub(crate) fn number(text: &str) -> VersionNumber {
    text.parse().unwrap()
}

impl World {
    pub(crate) fn desk(&self) -> &Desk {
        &self.test.desk
    }

    pub(crate) async fn product(&self, code: &str) -> ProductCode {
        let order = json!({
            "code": code, "name": "A product", "asset_class": "loan", "cfi": "D*****",
        });
        let order = serde_json::from_value(order).unwrap();
        create_product(self.desk(), ask(&self.maker, order)).await.unwrap();
        code.parse().unwrap()
    }

    pub(crate) async fn listed_product(&self, code: &str) -> ProductCode {
        let code = self.product(code).await;
        let state = ProductState::Listed;
        move_product(self.desk(), ask(&self.maker, ProductMove { state }), &code).await.unwrap();
        code
    }

    pub(crate) async fn draft(&self, code: &ProductCode, source: &str) -> Result<Answer, Failure> {
        let source = NewSource { source: source.to_owned() };
        create_version(self.desk(), ask(&self.maker, source), code).await
    }

    pub(crate) async fn submit(&self, of: (&ProductCode, VersionNumber)) -> Answer {
        submit_version(self.desk(), ask(&self.maker, Nothing {}), of).await.unwrap()
    }

    /// Signs what was submitted.
    pub(crate) async fn certify(&self, of: (&ProductCode, VersionNumber)) -> Answer {
        let submitted = self.submit(of).await;
        let content_hash = body(&submitted)["content"]["content_hash"].as_str().unwrap().to_owned();
        let order = json!({ "content_hash": content_hash, "decision": "certified" });
        let order: Certification = serde_json::from_value(order).unwrap();
        certify_version(self.desk(), ask(&self.certifier, order), of).await.unwrap()
    }

    /// A published version of this source.
    pub(crate) async fn published(&self, code: &ProductCode, source: &str) -> VersionNumber {
        let draft = self.draft(code, source).await.unwrap();
        let number = number(body(&draft)["number"].as_str().unwrap());
        self.certify((code, number)).await;
        let of = (code, number);
        publish_version(self.desk(), ask(&self.checker, Within::default()), of).await.unwrap();
        number
    }

    pub(crate) async fn instance(&self, code: &ProductCode, order: Value) -> InstanceId {
        let order = serde_json::from_value(order).unwrap();
        let made = create_instance(self.desk(), ask(&self.maker, order), code).await.unwrap();
        body(&made)["id"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) async fn approve(&self, id: &InstanceId) {
        approve_instance(self.desk(), ask(&self.checker, Nothing {}), id).await.unwrap();
    }

    pub(crate) async fn activate(&self, id: &InstanceId) {
        activate_instance(self.desk(), ask(&self.maker, Within::default()), id).await.unwrap();
    }

    pub(crate) async fn active_instance(&self, code: &ProductCode, order: Value) -> InstanceId {
        let id = self.instance(code, order).await;
        self.approve(&id).await;
        self.activate(&id).await;
        id
    }

    /// What makes an instance of the SME loan; the certifier's party attests.
    pub(crate) fn sme_order(&self, overlay: &str) -> Value {
        json!({
            "version": "1.0.0", "source": overlay, "jurisdiction": "DE", "regime": "DE-KWG",
            "currency": "EUR", "sides": ["originator"],
            "attestors": { "verifier": [self.certifier.party] },
        })
    }

    /// The listed SME loan with its published version.
    pub(crate) async fn sme_loan(&self) -> ProductCode {
        let code = self.listed_product("sme_loan").await;
        self.published(&code, SME_LOAN).await;
        code
    }
}
