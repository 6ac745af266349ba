//! Why a transaction may not be: BigchainDB's error names, stable codes, and texts that say what to do.

use thiserror::Error;

use crate::{
    access::{Namespace, RightId, Role},
    payload::Commitment,
    transaction::id::TransactionId,
};

/// A rule that a transaction breaks. Every honest node says the same of it.
///
/// The texts are those that BigchainDB's drivers and their tests look at where they do, else this project's own.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It is not of the shape of its operation.
    #[error("{0}")]
    SchemaValidationError(String),
    /// It breaks another rule on its content, as that on the names in a document.
    #[error("{0}")]
    ValidationError(String),
    /// The id is not the hash of the rest.
    #[error("{0}")]
    InvalidHash(String),
    /// A fulfilment is none, or is not of the ones who must sign.
    #[error("{0}")]
    InvalidSignature(String),
    /// An output is spent twice.
    #[error("{0}")]
    DoubleSpend(String),
    /// What it refers to does not exist.
    #[error("{0}")]
    InputDoesNotExist(String),
    /// Inputs are shares of another asset than it says.
    #[error("The asset id of the input does not match the asset id of the transaction")]
    AssetIdMismatch,
    /// An amount is out of range, or the sums differ.
    #[error("{0}")]
    AmountError(String),
    /// It was accepted already.
    #[error("transaction `{0}` already exists")]
    DuplicateTransaction(TransactionId),
    /// A condition is larger than the bounds.
    #[error("{0}")]
    ThresholdTooDeep(String),
    /// An election is proposed by more than one.
    #[error("an election has one input and one proposer: sign with one key")]
    MultipleInputsError,
    /// An election is proposed by somebody else than a validator.
    #[error("the proposer is not one of the validators: sign with a validator's key")]
    InvalidProposer,
    /// The outputs of an election are not the validators with their power.
    #[error(
        "the outputs of an election are the validators, each with its power: read them again and propose anew"
    )]
    UnequalValidatorSet,
    /// An election would give a validator a third of the power or more.
    #[error("`power` change must be less than 1/3 of total power")]
    InvalidPowerChange,
    /// The key of a proposed validator is not of the encoding that it names.
    #[error("{0}")]
    InvalidPublicKey(String),
    /// An election that is voted on has been decided or has expired.
    #[error("election `{0}` is closed: propose it again")]
    ElectionClosed(TransactionId),
    /// The validators have moved the chain to another.
    #[error("the chain ended at height {height}: send to the chain that it moved to")]
    ChainEnded {
        /// The last block with transactions.
        height: u64,
    },
    /// Somebody acts who has no role for it.
    #[error("`{who}` has no role `{role}` in {}: ask an admin to grant it", namespace.said())]
    RoleMissing {
        /// A key in base58 that signed.
        who: String,
        /// What is missing.
        role: Role,
        /// Where.
        namespace: Namespace,
    },
    /// Nobody would be left who can grant everything without an end.
    #[error("this would leave no admin over the whole chain without an end: make another one first")]
    LastAdmin,
    /// What is revoked does not count.
    #[error("`{0}` is no right that counts: look at the roles that were granted")]
    GrantDoesNotExist(RightId),
    /// It was signed for another chain.
    #[error("the transaction is for chain `{found}`, and this is `{expected}`: sign it for this one")]
    WrongChain {
        /// What it says.
        found: String,
        /// This chain.
        expected: String,
    },
    /// Roles on a chain that asks for none.
    #[error(
        "this chain is open to all, so that roles count for nothing: only a chain whose genesis says `mode: permissioned` has them"
    )]
    OpenChain,
    /// An upgrade that cannot be.
    #[error("the upgrade is for height {height}, and the next block is {next}: name a height to come")]
    InvalidUpgrade {
        /// What it says.
        height: u64,
        /// The block that it would be in.
        next: u64,
    },
    /// A body that the chain knows is brought a second time.
    #[error("payload `{0}` is named by an earlier transaction: take another salt")]
    DuplicatePayload(Commitment),
    /// A body that is to be erased is none of the asset's.
    #[error("the asset has no payload `{0}`: look at its history for those that it has")]
    PayloadDoesNotExist(Commitment),
    /// It was erased already.
    #[error("payload `{commitment}` was erased at height {height} already: leave it out")]
    PayloadErased {
        /// Which.
        commitment: Commitment,
        /// By which block.
        height: u64,
    },
    /// Somebody else's body is to be erased.
    #[error(
        "payload `{0}` is erased by who began its asset or brought it, or by an admin of its namespace: sign as one of them"
    )]
    EraseNotAllowed(Commitment),
}

impl Refusal {
    /// BigchainDB's name of the error; for rules that it has not, a name in its style.
    pub fn name(&self) -> &'static str {
        Self::name_of(self.code()).unwrap_or_default()
    }

    /// The code in ABCI results, part of consensus: never 0, never used again for another rule.
    pub fn code(&self) -> u32 {
        self.place()
    }

    /// What BigchainDB's HTTP API says of it: its `message`.
    pub fn message(&self) -> String {
        match self {
            Self::SchemaValidationError(text) => format!("Invalid transaction schema: {text}"),
            other => format!("Invalid transaction ({}): {other}", other.name()),
        }
    }

    /// BigchainDB's name of the error with this code; `None` where there is no such code.
    pub fn name_of(code: u32) -> Option<&'static str> {
        NAMES.get(usize::try_from(code.checked_sub(1)?).ok()?).copied()
    }

    const fn place(&self) -> u32 {
        match self {
            Self::SchemaValidationError(_) => 1,
            Self::ValidationError(_) => 2,
            Self::InvalidHash(_) => 3,
            Self::InvalidSignature(_) => 4,
            Self::DoubleSpend(_) => 5,
            Self::InputDoesNotExist(_) => 6,
            Self::AssetIdMismatch => 7,
            Self::AmountError(_) => 8,
            Self::DuplicateTransaction(_) => 9,
            Self::ThresholdTooDeep(_) => 10,
            Self::MultipleInputsError => 11,
            Self::InvalidProposer => 12,
            Self::UnequalValidatorSet => 13,
            Self::InvalidPowerChange => 14,
            Self::InvalidPublicKey(_) => 15,
            Self::ElectionClosed(_) => 16,
            Self::ChainEnded { .. } => 17,
            Self::RoleMissing { .. } => 18,
            Self::LastAdmin => 19,
            Self::GrantDoesNotExist(_) => 20,
            Self::WrongChain { .. } => 21,
            Self::OpenChain => 22,
            Self::InvalidUpgrade { .. } => 23,
            Self::DuplicatePayload(_) => 24,
            Self::PayloadDoesNotExist(_) => 25,
            Self::PayloadErased { .. } => 26,
            Self::EraseNotAllowed(_) => 27,
        }
    }
}

/// The name of each code, from 1 on. A new rule takes a new place at the end.
const NAMES: [&str; 27] = [
    "SchemaValidationError",
    "ValidationError",
    "InvalidHash",
    "InvalidSignature",
    "DoubleSpend",
    "InputDoesNotExist",
    "AssetIdMismatch",
    "AmountError",
    "DuplicateTransaction",
    "ThresholdTooDeep",
    "MultipleInputsError",
    "InvalidProposer",
    "UnequalValidatorSet",
    "InvalidPowerChange",
    "InvalidPublicKey",
    "ElectionClosed",
    "ChainEnded",
    "RoleMissing",
    "LastAdmin",
    "GrantDoesNotExist",
    "WrongChain",
    "OpenChain",
    "InvalidUpgrade",
    "DuplicatePayload",
    "PayloadDoesNotExist",
    "PayloadErased",
    "EraseNotAllowed",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_codes_and_messages_are_fixed() {
        let check = |refusal: Refusal, code: u32, message: &str| {
            assert_eq!((refusal.code(), refusal.message().as_str()), (code, message));
        };
        check(Refusal::SchemaValidationError("why".into()), 1, "Invalid transaction schema: why");
        check(Refusal::ValidationError("why".into()), 2, "Invalid transaction (ValidationError): why");
        check(Refusal::InvalidHash("why".into()), 3, "Invalid transaction (InvalidHash): why");
        check(Refusal::InvalidSignature("why".into()), 4, "Invalid transaction (InvalidSignature): why");
        check(Refusal::DoubleSpend("why".into()), 5, "Invalid transaction (DoubleSpend): why");
        check(Refusal::InputDoesNotExist("why".into()), 6, "Invalid transaction (InputDoesNotExist): why");
        check(Refusal::AmountError("why".into()), 8, "Invalid transaction (AmountError): why");
        check(Refusal::ThresholdTooDeep("why".into()), 10, "Invalid transaction (ThresholdTooDeep): why");
        check(Refusal::InvalidPublicKey("why".into()), 15, "Invalid transaction (InvalidPublicKey): why");
        let (id, body) = (TransactionId::new([0; 32]), Commitment::new([0; 32]));
        let (role, namespace) = (Role::Issuer, Namespace::all());
        let right = RightId { holder: sirius_primitives::sha256(b""), role, namespace: namespace.clone() };
        let missing = Refusal::RoleMissing { who: "key".into(), role, namespace };
        assert_eq!(
            missing.to_string(),
            "`key` has no role `issuer` in the whole chain: ask an admin to grant it"
        );
        for (refusal, code, name) in [
            (Refusal::AssetIdMismatch, 7, "AssetIdMismatch"),
            (Refusal::DuplicateTransaction(id), 9, "DuplicateTransaction"),
            (Refusal::MultipleInputsError, 11, "MultipleInputsError"),
            (Refusal::InvalidProposer, 12, "InvalidProposer"),
            (Refusal::UnequalValidatorSet, 13, "UnequalValidatorSet"),
            (Refusal::InvalidPowerChange, 14, "InvalidPowerChange"),
            (Refusal::ElectionClosed(id), 16, "ElectionClosed"),
            (Refusal::ChainEnded { height: 1 }, 17, "ChainEnded"),
            (missing, 18, "RoleMissing"),
            (Refusal::LastAdmin, 19, "LastAdmin"),
            (Refusal::GrantDoesNotExist(right), 20, "GrantDoesNotExist"),
            (Refusal::WrongChain { found: "a".into(), expected: "b".into() }, 21, "WrongChain"),
            (Refusal::OpenChain, 22, "OpenChain"),
            (Refusal::InvalidUpgrade { height: 1, next: 2 }, 23, "InvalidUpgrade"),
            (Refusal::DuplicatePayload(body), 24, "DuplicatePayload"),
            (Refusal::PayloadDoesNotExist(body), 25, "PayloadDoesNotExist"),
            (Refusal::PayloadErased { commitment: body, height: 1 }, 26, "PayloadErased"),
            (Refusal::EraseNotAllowed(body), 27, "EraseNotAllowed"),
        ] {
            assert_eq!((refusal.code(), refusal.name()), (code, name));
            assert!(refusal.message().starts_with(&format!("Invalid transaction ({name}): ")));
        }
        assert_eq!(Refusal::name_of(1), Some("SchemaValidationError"));
        assert_eq!(Refusal::name_of(17), Some("ChainEnded"));
        let beyond = u32::try_from(NAMES.len()).unwrap_or(u32::MAX).saturating_add(1);
        assert_eq!((Refusal::name_of(0), Refusal::name_of(beyond)), (None, None));
    }
}
