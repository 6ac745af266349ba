//! The signature of a multisig's member in a file, as the Cosmos SDK's `tx sign --multisig` prints it.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sirius_primitives::PublicKey;
use sirius_runtime::{
    genesis::number,
    tx::{pack_public_key, public_key},
};
use sirius_sdk::{
    catalogue::Catalogue,
    sign::{Sequence, SignMode},
};

use super::file::{decode, mode_name};
use crate::failure::Failure;

/// What one member signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemberSignature {
    /// The member.
    pub(crate) key: PublicKey,
    /// Its signature over the amino-JSON.
    pub(crate) signature: Vec<u8>,
    /// The multisig account's sequence that it signed for.
    pub(crate) sequence: Sequence,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    signatures: Vec<One>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    public_key: Value,
    data: Data,
    #[serde(with = "number")]
    sequence: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    single: Single,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Single {
    mode: String,
    signature: String,
}

impl MemberSignature {
    /// Reads the signatures of a file; `-` is standard input.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else.
    pub(crate) fn read(path: &Path, catalogue: &Catalogue) -> Result<Vec<Self>, Failure> {
        let named =
            |failure: Failure| Failure::input(format!("{} holds no signature: {failure}", path.display()));
        Self::parse(&super::text(path)?, catalogue).map_err(named)
    }

    fn parse(text: &str, catalogue: &Catalogue) -> Result<Vec<Self>, Failure> {
        let file: File = serde_json::from_str(text).map_err(|error| Failure::input(error.to_string()))?;
        let amino = mode_name(SignMode::AminoJson);
        let one = |one: One| {
            if one.data.single.mode != amino {
                let mode = one.data.single.mode;
                return Err(Failure::input(format!("its sign mode is {mode:?}; members sign with {amino}")));
            }
            let key = public_key(&catalogue.pack_json(&one.public_key)?);
            Ok(Self {
                key: key.map_err(|refusal| Failure::input(refusal.to_string()))?,
                signature: decode("the signature", &one.data.single.signature)?,
                sequence: Sequence(one.sequence),
            })
        };
        file.signatures.into_iter().map(one).collect()
    }

    /// The file's JSON.
    pub(crate) fn to_json(&self, catalogue: &Catalogue) -> Value {
        let data = Data {
            single: Single {
                mode: mode_name(SignMode::AminoJson),
                signature: STANDARD.encode(&self.signature),
            },
        };
        let public_key = catalogue.unpack(&pack_public_key(&self.key));
        json!(File { signatures: vec![One { public_key, data, sequence: self.sequence.0 }] })
    }
}
