//! The rules of parties, as tables in order of precedence.

use super::{KycDecision, KycVerdict, Licence, NewParty, Party, PartyState};
use crate::{event::Wing, limits, refusal::Refusal, timestamp::Timestamp};

const NOW: i64 = 1_800_000_000_000;

fn now() -> Timestamp {
    Timestamp::from_millis(NOW)
}

fn order(kind: Wing) -> NewParty {
    NewParty {
        lei: "529900POATEST0000158".to_owned(),
        name: "Hansa Invoice GmbH".to_owned(),
        country: "DE".to_owned(),
        kind,
        tenants: vec!["8F14E45F-CEEA-467F-9A3C-0123456789AB".to_owned()],
        licence: (kind == Wing::Bank).then(|| Licence {
            authority: "BaFin".to_owned(),
            number: "100123".to_owned(),
            valid_until: Some(now().plus_days(30)),
        }),
    }
}

fn registered(kind: Wing) -> Party {
    Party::register(order(kind), "salt".to_owned(), now()).unwrap()
}

fn verified(kind: Wing) -> Party {
    let decision =
        KycDecision { state: KycVerdict::Verified, valid_until: Some(now().plus_days(10)) };
    registered(kind).decide_kyc(decision, now()).unwrap()
}

fn active(kind: Wing) -> Party {
    verified(kind).move_to(PartyState::Active, now()).unwrap()
}

fn pointers(refusal: &Refusal) -> Vec<&str> {
    refusal.faults.iter().map(|fault| fault.pointer.as_str()).collect()
}

#[test]
fn a_registration_names_every_wrong_field() {
    let wrong = NewParty {
        lei: "529900POATEST0000159".to_owned(),
        name: String::new(),
        country: "de".to_owned(),
        tenants: vec!["x".to_owned()],
        licence: Some(Licence {
            authority: String::new(),
            number: "1".to_owned(),
            valid_until: Some(now()),
        }),
        ..order(Wing::NonBank)
    };
    let refusal = Party::register(wrong, String::new(), now()).unwrap_err();
    let expected = [
        "/lei",
        "/name",
        "/country",
        "/tenants/0",
        "/licence",
        "/licence/authority",
        "/licence/valid_until",
    ];
    assert_eq!(pointers(&refusal), expected);
}

#[test]
fn an_lei_that_is_no_lei_is_refused_and_does_not_stop_the_program() {
    for lei in ["", "529900poatest0000158", "5299", "ÄÄÄÄÄÄÄÄÄÄ", "529900POATEST00001AB"]
    {
        let order = NewParty { lei: lei.to_owned(), ..order(Wing::NonBank) };
        let refusal = Party::register(order, String::new(), now()).unwrap_err();
        assert_eq!(pointers(&refusal), ["/lei"], "{lei}");
    }
}

#[test]
fn tenants_are_kept_in_lower_case_once_each_and_at_most_sixteen() {
    assert_eq!(registered(Wing::Bank).tenants, ["8f14e45f-ceea-467f-9a3c-0123456789ab"]);
    let tenant = |n: usize| format!("8f14e45f-ceea-467f-9a3c-{n:012}");
    let many = |count: usize| NewParty {
        tenants: (0..count).map(tenant).collect(),
        ..order(Wing::NonBank)
    };
    let max = limits::TENANTS_PER_PARTY_MAX;
    assert!(Party::register(many(max), String::new(), now()).is_ok());
    let refusal = Party::register(many(max + 1), String::new(), now()).unwrap_err();
    assert_eq!(pointers(&refusal), ["/tenants"]);
    let twice =
        NewParty { tenants: vec![tenant(1), tenant(1).to_uppercase()], ..order(Wing::NonBank) };
    let refusal = Party::register(twice, String::new(), now()).unwrap_err();
    assert_eq!(pointers(&refusal), ["/tenants/1"]);
}

#[test]
fn a_name_fills_its_limit_and_not_more() {
    let named = |length: usize| NewParty { name: "n".repeat(length), ..order(Wing::NonBank) };
    assert!(Party::register(named(limits::NAME_BYTES_MAX), String::new(), now()).is_ok());
    assert!(Party::register(named(limits::NAME_BYTES_MAX + 1), String::new(), now()).is_err());
}

#[test]
fn states_move_only_where_they_lead() {
    use PartyState::{Active, Closed, Registered, Suspended};
    let states = [Registered, Active, Suspended, Closed];
    let allowed = [
        (Registered, Active),
        (Registered, Closed),
        (Active, Suspended),
        (Suspended, Active),
        (Suspended, Closed),
    ];
    for from in states {
        for to in states {
            let party = Party { state: from, ..verified(Wing::Bank) };
            let moved = party.move_to(to, now());
            assert_eq!(moved.is_ok(), allowed.contains(&(from, to)), "{from:?} to {to:?}");
        }
    }
}

#[test]
fn activation_refuses_in_this_order() {
    let check = |party: Party, expected: &str| {
        let refusal = party.move_to(PartyState::Active, now()).unwrap_err();
        assert_eq!(refusal.code(), expected);
    };
    let unlicensed = |party: Party| Party { licence: None, ..party };
    let closed = Party { state: PartyState::Closed, ..registered(Wing::Bank) };
    check(unlicensed(closed), "party.closed");
    check(
        unlicensed(Party { state: PartyState::Active, ..registered(Wing::Bank) }),
        "party.no-such-move",
    );
    check(unlicensed(registered(Wing::Bank)), "party.kyc-missing");
    let mut lapsed = unlicensed(verified(Wing::Bank));
    lapsed.kyc.valid_until = Some(now());
    check(lapsed, "party.kyc-expired");
    check(unlicensed(verified(Wing::Bank)), "party.licence-missing");
    let mut late = verified(Wing::Bank);
    late.licence.as_mut().unwrap().valid_until = Some(now());
    check(late, "party.licence-expired");
    assert!(verified(Wing::Bank).move_to(PartyState::Active, now()).is_ok());
    assert!(unlicensed(verified(Wing::NonBank)).move_to(PartyState::Active, now()).is_ok());
}

#[test]
fn a_party_acts_until_the_moment_its_kyc_ends() {
    let party = active(Wing::NonBank);
    let end = now().plus_days(10);
    assert!(party.may_act(Timestamp::from_millis(end.millis() - 1)).is_ok());
    assert_eq!(party.may_act(end).unwrap_err().code(), "party.kyc-expired");
    let suspended = party.move_to(PartyState::Suspended, now()).unwrap();
    assert_eq!(suspended.may_act(now()).unwrap_err().code(), "party.not-active");
    assert_eq!(registered(Wing::Bank).may_act(now()).unwrap_err().code(), "party.not-active");
}

#[test]
fn a_revoked_identity_stops_an_active_party() {
    let decision = KycDecision { state: KycVerdict::Revoked, valid_until: None };
    let party = active(Wing::Bank).decide_kyc(decision, now()).unwrap();
    assert_eq!(party.may_act(now()).unwrap_err().code(), "party.kyc-missing");
}

#[test]
fn a_verdict_on_identity_has_an_end_within_its_limit() {
    let decide = |state: KycVerdict, until: Option<Timestamp>| {
        registered(Wing::Bank).decide_kyc(KycDecision { state, valid_until: until }, now()).is_ok()
    };
    let after = |millis: i64| Some(Timestamp::from_millis(NOW + millis));
    let longest = limits::KYC_DAYS_MAX * 86_400_000;
    assert!(decide(KycVerdict::Verified, after(1)));
    assert!(decide(KycVerdict::Verified, after(longest)));
    assert!(!decide(KycVerdict::Verified, after(longest + 1)));
    assert!(!decide(KycVerdict::Verified, after(0)));
    assert!(!decide(KycVerdict::Verified, None));
    assert!(decide(KycVerdict::Pending, None));
    assert!(!decide(KycVerdict::Pending, after(1)));
    assert!(decide(KycVerdict::Revoked, None));
    let closed = Party { state: PartyState::Closed, ..registered(Wing::Bank) };
    let decision = KycDecision { state: KycVerdict::Pending, valid_until: None };
    assert_eq!(closed.decide_kyc(decision, now()).unwrap_err().code, "party.closed");
}

#[test]
fn a_licence_is_renewed_only_by_a_bank_and_with_an_end_ahead() {
    let renew = |party: Party, until: Option<Timestamp>| {
        let licence = Licence {
            authority: "BaFin".to_owned(),
            number: "100124".to_owned(),
            valid_until: until,
        };
        party.renew_licence(licence, now())
    };
    let later = Some(now().plus_days(400));
    let renewed = renew(registered(Wing::Bank), later).unwrap();
    assert_eq!(renewed.licence.unwrap().valid_until, later);
    assert!(renew(registered(Wing::Bank), None).is_ok());
    let refusal = renew(registered(Wing::Bank), Some(now())).unwrap_err();
    assert_eq!(pointers(&refusal), ["/valid_until"]);
    assert_eq!(pointers(&renew(registered(Wing::NonBank), later).unwrap_err()), [""]);
    let closed = Party { state: PartyState::Closed, ..registered(Wing::Bank) };
    assert_eq!(renew(closed, later).unwrap_err().code, "party.closed");
}

#[test]
fn tenants_are_added_up_to_the_limit() {
    let tenant = |n: usize| format!("8f14e45f-ceea-467f-9a3c-{n:012}");
    let party = registered(Wing::NonBank);
    let most: Vec<_> = (1..limits::TENANTS_PER_PARTY_MAX).map(tenant).collect();
    let full = party.clone().add_tenants(&most).unwrap();
    assert_eq!(full.tenants.len(), limits::TENANTS_PER_PARTY_MAX);
    assert_eq!(full.clone().add_tenants(&most).unwrap(), full, "known ones change nothing");
    let refusal = full.add_tenants(&[tenant(99)]).unwrap_err();
    assert_eq!(pointers(&refusal), ["/tenants"]);
    let refusal = party.add_tenants(&["x".to_owned()]).unwrap_err();
    assert_eq!(pointers(&refusal), ["/tenants/0"]);
}
