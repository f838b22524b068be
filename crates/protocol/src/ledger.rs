//! The ledger of smart assets: double entry, in whole units, with entries that are never changed.
//!
//! Every movement is one [`Entry`] of postings: the debit leg gives units, the credit leg receives
//! them. Units come from the `issuance` account of their smart asset and go back to it when they
//! are redeemed. A mistake is put right by a further entry with the legs reversed, never by
//! touching an old one. Rules take accounts and return them; who keeps them, keeps all that a rule
//! returns in one commit.

mod account;
mod asset;
mod book;
mod entry;
mod lock;
mod measure;
mod redemption;
mod transfer;
mod units;

pub use account::Account;
pub use asset::{Asset, AssetState, Issued, NewAsset, issue};
pub use book::{Book, BookFault};
pub use entry::{Bucket, Cause, Entry, EntryKind, Leg, Posting};
pub use lock::{Lock, LockState, Locked, NewLock, Unlocked, lock, unlock};
pub use measure::{Enforced, Measure, MeasureOrder, MeasureState};
pub use redemption::{NewRedemption, Redeemed, Redemption, redeem};
pub use transfer::{
    Moved, NewTransfer, Transfer, TransferState, expire, pend, post, transfer, void,
};
pub use units::{Units, UnitsFault};

crate::refusals! {
    /// Why the ledger refuses.
    LedgerRefusal {
        /// The request moves no units. An entry always moves something.
        NoUnits = "ledger.no-units", Unprocessable, lasting,
            "the number of units must be above zero",
            "ask for at least `1` unit, the smallest part of a smart asset";
        /// A smart asset is issued on a proven value above zero. A value of zero or below proves
        /// nothing.
        NoValue { value: String } = "ledger.no-value", Unprocessable, lasting,
            "a smart asset cannot be issued on a value of `{value}`",
            "see which check or document brought the proven value down";
        /// A smart asset has more decimals than its units can express.
        TooManyDecimals { decimals: u8, limit: u8 }
            = "ledger.too-many-decimals", Unprocessable, lasting,
            "a smart asset has at most {limit} decimals, not {decimals}",
            "let the formula of the version state fewer token decimals";
        /// The account does not hold so many units in that part: what is locked or pending cannot
        /// be moved.
        Overdraft { wanted: Units, held: Units, bucket: Bucket }
            = "ledger.overdraft", Conflict, lasting,
            "`{wanted}` units are asked for and `{held}` are {bucket}",
            "ask for less, release a lock, or resolve a pending transfer first";
        /// Sender and recipient are the same party.
        SelfTransfer = "ledger.self-transfer", Unprocessable, lasting,
            "a party cannot transfer units to itself", "name another party in `to`";
        /// A sum of units exceeds 2^127 - 1.
        Overflow = "ledger.overflow", Unprocessable, lasting,
            "the sum of units exceeds what an account can hold",
            "an account holds at most 170141183460469231731687303715884105727 units";
        /// The smart asset is frozen: its units cannot be moved, locked or redeemed. What only
        /// gives units back to their holder stays possible.
        Frozen { asset: String } = "ledger.frozen", Conflict, lasting,
            "the smart asset `{asset}` is frozen", "ask the party that brought it why it is frozen";
        /// The smart asset is redeemed: none of its units exist any more.
        Redeemed { asset: String } = "ledger.redeemed", Conflict, lasting,
            "the smart asset `{asset}` is fully redeemed",
            "there is nothing left to move; read its entries for its history";
        /// An account or a record belongs to another smart asset or another party than the rule was
        /// asked about.
        OtherAccount = "ledger.other-account", Unprocessable, lasting,
            "the account belongs to another smart asset or party",
            "name the account that the record is about";
        /// The transfer is not pending, or not any more: it resolves exactly once.
        AlreadyResolved { transfer: String, state: &'static str }
            = "ledger.already-resolved", Conflict, lasting,
            "the transfer `{transfer}` is {state}",
            "read the transfer; send a new one where units should move again";
        /// The time in which the recipient could accept the pending transfer is over.
        TransferExpired { transfer: String } = "ledger.transfer-expired", Conflict, lasting,
            "the transfer `{transfer}` has expired", "ask the sender for a new transfer";
        /// A pending transfer cannot expire before its time.
        NotYetExpired { transfer: String } = "ledger.not-yet-expired", Conflict, passing,
            "the transfer `{transfer}` has not expired yet", "wait for `expires_at`, or void it";
        /// A pending transfer must end in the future, and within the longest allowed time.
        ExpiryOutOfRange { days: i64 } = "ledger.expiry-out-of-range", Unprocessable, lasting,
            "`expires_at` must lie in the future, at most {days} days ahead",
            "leave `expires_at` out for the longest time";
        /// Only a pending transfer has a time at which it expires.
        ExpiryNotPending = "ledger.expiry-not-pending", Unprocessable, lasting,
            "an immediate transfer cannot have `expires_at`",
            "leave `expires_at` out, or ask for mode `pending`";
        /// Only the recipient of a pending transfer accepts it; its sender can void it.
        NotTheRecipient = "ledger.not-the-recipient", Forbidden, lasting,
            "only the recipient can accept a pending transfer",
            "let the recipient post it, or void it to take the units back";
        /// The lock was released before.
        LockReleased { lock: String } = "ledger.lock-released", Conflict, lasting,
            "the lock `{lock}` is released",
            "its units are available again; make a new lock where they should be held";
        /// A smart asset is frozen once, and its freeze ends once.
        NothingToEnforce { asset: String, state: &'static str }
            = "ledger.nothing-to-enforce", Conflict, lasting,
            "the smart asset `{asset}` is {state} already", "read the smart asset";
        /// A measure is carried out or refused once.
        MeasureDecided { measure: String, state: &'static str }
            = "ledger.measure-decided", Conflict, lasting,
            "the measure `{measure}` is {state}", "order a new one where it is still needed";
        /// Who orders a measure never decides on it.
        SamePerson { measure: String } = "ledger.same-person", Forbidden, lasting,
            "you ordered measure `{measure}`, so you cannot decide on it",
            "have another person of the operator's compliance decide";
        /// Measures are for people of the operator's own compliance.
        OperatorsCompliance = "ledger.operators-compliance", Forbidden, lasting,
            "only people of the operator's compliance order and decide measures",
            "ask the operator";
        /// The other party of a transfer is not registered, not active, or its identification (KYC)
        /// is not valid now. Which of them is not told.
        MayNotHold { party: String } = "ledger.may-not-hold", Unprocessable, lasting,
            "the party `{party}` cannot take part in a transfer at present",
            "check its id; if it is right, that party must settle its registration with the operator";
        /// The program that the smart asset was issued under has rules for transfers, and these do
        /// not allow this one.
        RuleForbids { rules: String } = "ledger.transfer-rule", Conflict, lasting,
            "the transfer rules of the smart asset do not allow this: {rules}",
            "the source of its version and instance explains these rules";
    }
}
