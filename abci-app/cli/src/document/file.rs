//! The JSON of a transaction, as the Cosmos SDK prints its `Tx`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cosmrs::proto::cosmos::{
    base::v1beta1::Coin,
    crypto::multisig::v1beta1::CompactBitArray,
    tx::v1beta1::{AuthInfo, Fee, ModeInfo, SignerInfo, TxBody, mode_info},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sirius_runtime::genesis::number;
use sirius_sdk::{catalogue::Catalogue, sign::SignMode};

use super::Document;
use crate::failure::Failure;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    body: Body,
    auth_info: Auth,
    signatures: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    messages: Vec<Value>,
    memo: String,
    #[serde(with = "number")]
    timeout_height: u64,
    #[serde(default)]
    extension_options: Vec<Value>,
    #[serde(default)]
    non_critical_extension_options: Vec<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Auth {
    signer_infos: Vec<Info>,
    fee: FeeFile,
    #[serde(default)]
    tip: Option<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Info {
    public_key: Option<Value>,
    mode_info: Option<Mode>,
    #[serde(with = "number")]
    sequence: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Mode {
    Single { mode: String },
    Multi { bitarray: Bits, mode_infos: Vec<Mode> },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bits {
    extra_bits_stored: u32,
    elems: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeeFile {
    amount: Vec<CoinFile>,
    #[serde(with = "number")]
    gas_limit: u64,
    #[serde(default)]
    payer: String,
    #[serde(default)]
    granter: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoinFile {
    denom: String,
    amount: String,
}

const MODES: [(SignMode, &str); 3] = [
    (SignMode::Direct, "SIGN_MODE_DIRECT"),
    (SignMode::AminoJson, "SIGN_MODE_LEGACY_AMINO_JSON"),
    (SignMode::Other(0), "SIGN_MODE_UNSPECIFIED"),
];

/// The name of a mode.
pub(super) fn mode_name(mode: SignMode) -> String {
    let known = MODES.iter().find(|(known, _)| *known == mode);
    known.map_or_else(|| format!("SIGN_MODE_{}", mode.number()), |(_, name)| (*name).into())
}

/// The bytes of a base64 text.
pub(super) fn decode(what: &str, text: &str) -> Result<Vec<u8>, Failure> {
    STANDARD.decode(text).map_err(|error| Failure::input(format!("{what} is not base64: {error}")))
}

/// Reads a transaction.
pub(super) fn parse(text: &str, catalogue: &Catalogue) -> Result<Document, Failure> {
    let file: File = serde_json::from_str(text).map_err(|error| Failure::input(error.to_string()))?;
    let File { body, auth_info, signatures } = file;
    if !body.extension_options.is_empty()
        || !body.non_critical_extension_options.is_empty()
        || auth_info.tip.is_some()
    {
        return Err(Failure::input("it has extension options or a tip, which the chain does not take"));
    }
    if auth_info.signer_infos.len() != signatures.len() {
        return Err(Failure::input(format!(
            "it describes {} signers and has {} signatures; give one signature a signer",
            auth_info.signer_infos.len(),
            signatures.len()
        )));
    }
    let fee = auth_info.fee;
    let coin = |coin: CoinFile| Coin { denom: coin.denom, amount: coin.amount };
    let info = |info: Info| {
        Ok(SignerInfo {
            public_key: info.public_key.map(|key| catalogue.pack_json(&key)).transpose()?,
            mode_info: info.mode_info.map(|mode| parse_mode(&mode, 0)).transpose()?,
            sequence: info.sequence,
        })
    };
    Ok(Document {
        body: TxBody {
            messages: body.messages.iter().map(|json| catalogue.pack_json(json)).collect::<Result<_, _>>()?,
            memo: body.memo,
            timeout_height: body.timeout_height,
            ..TxBody::default()
        },
        auth: AuthInfo {
            signer_infos: auth_info.signer_infos.into_iter().map(info).collect::<Result<_, Failure>>()?,
            fee: Some(Fee {
                amount: fee.amount.into_iter().map(coin).collect(),
                gas_limit: fee.gas_limit,
                payer: fee.payer,
                granter: fee.granter,
            }),
            ..AuthInfo::default()
        },
        signatures: signatures.iter().map(|text| decode("a signature", text)).collect::<Result<_, _>>()?,
    })
}

fn parse_mode(mode: &Mode, depth: usize) -> Result<ModeInfo, Failure> {
    let sum = match mode {
        Mode::Single { mode } => {
            let known = MODES.iter().find(|(_, name)| *name == mode.as_str());
            let (mode, _) = known.ok_or_else(|| {
                Failure::input(format!(
                    "sign mode {mode:?} is not known; use SIGN_MODE_DIRECT or SIGN_MODE_LEGACY_AMINO_JSON"
                ))
            })?;
            mode_info::Sum::Single(mode_info::Single { mode: mode.number() })
        }
        Mode::Multi { .. } if depth > 0 => return Err(Failure::input("a multisig stands within a multisig")),
        Mode::Multi { bitarray, mode_infos } => mode_info::Sum::Multi(mode_info::Multi {
            bitarray: Some(CompactBitArray {
                extra_bits_stored: bitarray.extra_bits_stored,
                elems: decode("the bit array", &bitarray.elems)?,
            }),
            mode_infos: mode_infos
                .iter()
                .map(|inner| parse_mode(inner, depth + 1))
                .collect::<Result<_, _>>()?,
        }),
    };
    Ok(ModeInfo { sum: Some(sum) })
}

fn print_mode(info: &ModeInfo) -> Option<Mode> {
    Some(match info.sum.as_ref()? {
        mode_info::Sum::Single(single) => {
            let mode = MODES.iter().find(|(mode, _)| mode.number() == single.mode);
            Mode::Single { mode: mode_name(mode.map_or(SignMode::Other(single.mode), |(mode, _)| *mode)) }
        }
        mode_info::Sum::Multi(multi) => {
            let bits = multi.bitarray.clone().unwrap_or_default();
            Mode::Multi {
                bitarray: Bits {
                    extra_bits_stored: bits.extra_bits_stored,
                    elems: STANDARD.encode(bits.elems),
                },
                mode_infos: multi.mode_infos.iter().filter_map(print_mode).collect(),
            }
        }
    })
}

/// The JSON of a transaction.
pub(super) fn print(document: &Document, catalogue: &Catalogue) -> Value {
    let Document { body, auth, signatures } = document;
    let fee = auth.fee.clone().unwrap_or_default();
    let info = |info: &SignerInfo| Info {
        public_key: info.public_key.as_ref().map(|key| catalogue.unpack(key)),
        mode_info: info.mode_info.as_ref().and_then(print_mode),
        sequence: info.sequence,
    };
    json!(File {
        body: Body {
            messages: body.messages.iter().map(|any| catalogue.unpack(any)).collect(),
            memo: body.memo.clone(),
            timeout_height: body.timeout_height,
            extension_options: Vec::new(),
            non_critical_extension_options: Vec::new(),
        },
        auth_info: Auth {
            signer_infos: auth.signer_infos.iter().map(info).collect(),
            fee: FeeFile {
                amount: fee
                    .amount
                    .into_iter()
                    .map(|coin| CoinFile { denom: coin.denom, amount: coin.amount })
                    .collect(),
                gas_limit: fee.gas_limit,
                payer: fee.payer,
                granter: fee.granter,
            },
            tip: None,
        },
        signatures: signatures.iter().map(|signature| STANDARD.encode(signature)).collect(),
    })
}
