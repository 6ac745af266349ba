//! What can be asked about accounts.

use cosmos_sdk_proto::cosmos::base::query::v1beta1::PageRequest;
use prost::Message as _;
use sirius_primitives::Address;
use sirius_runtime::{
    Error, QueryContext, page::page, query::Refused as QueryRefused, tx::pack_account_key, type_url,
};
use sirius_store::{Fault, Key, Span};
use tendermint_proto::google::protobuf::Any;

use super::{
    Account, GAS_PER_BYTE, GAS_PER_ED25519, GAS_PER_SECP256K1, MOST_MEMO, MOST_SIGNATURES, Source, keys,
    state,
    wire::{auth as wire, keys as own},
};

/// One account, packed.
pub(super) fn account(
    ctx: &QueryContext<'_>,
    request: wire::QueryAccountRequest,
) -> Result<wire::QueryAccountResponse, Error> {
    let info = find(ctx, &request.address)?;
    Ok(wire::QueryAccountResponse { account: Some(pack(&info)) })
}

/// One account, plain.
pub(super) fn account_info(
    ctx: &QueryContext<'_>,
    request: wire::QueryAccountInfoRequest,
) -> Result<wire::QueryAccountInfoResponse, Error> {
    Ok(wire::QueryAccountInfoResponse { info: Some(find(ctx, &request.address)?) })
}

/// All accounts, in the order of their addresses.
pub(super) fn accounts(
    ctx: &QueryContext<'_>,
    request: wire::QueryAccountsRequest,
) -> Result<wire::QueryAccountsResponse, Error> {
    let (accounts, pagination) = all(ctx, request.pagination)?;
    Ok(wire::QueryAccountsResponse { accounts, pagination: Some(pagination) })
}

fn all(
    ctx: &QueryContext<'_>,
    request: Option<PageRequest>,
) -> Result<(Vec<Any>, cosmos_sdk_proto::cosmos::base::query::v1beta1::PageResponse), Error> {
    page(ctx.state, &Span::prefix(keys::ACCOUNTS), request, |key, value| {
        let address = key
            .strip_prefix(keys::ACCOUNTS)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Address::new)
            .ok_or_else(|| Fault::Damaged {
                what: "auth/account",
                detail: "its key holds no address".into(),
            })?;
        Ok(Some(pack(&base_account(ctx, &address, &Key::<Account>::decode(value)?))))
    })
}

/// The limits of a transaction.
pub(super) fn params(
    ctx: &QueryContext<'_>,
    _: wire::QueryParamsRequest,
) -> Result<wire::QueryParamsResponse, Error> {
    let params = wire::Params {
        max_memo_characters: MOST_MEMO.get(ctx.state)?,
        tx_sig_limit: MOST_SIGNATURES.get(ctx.state)?,
        tx_size_cost_per_byte: GAS_PER_BYTE.get(ctx.state)?,
        sig_verify_cost_ed25519: GAS_PER_ED25519.get(ctx.state)?,
        sig_verify_cost_secp256k1: GAS_PER_SECP256K1.get(ctx.state)?,
    };
    Ok(wire::QueryParamsResponse { params: Some(params) })
}

/// What addresses begin with.
pub(super) fn prefix(
    ctx: &QueryContext<'_>,
    _: wire::Bech32PrefixRequest,
) -> Result<wire::Bech32PrefixResponse, Error> {
    Ok(wire::Bech32PrefixResponse { bech32_prefix: ctx.chain.prefix.to_string() })
}

/// The key by which an account owns what is on the database.
pub(super) fn database_key(
    ctx: &QueryContext<'_>,
    request: own::QueryDatabaseKeyRequest,
) -> Result<own::QueryDatabaseKeyResponse, Error> {
    let address = ctx.address(&request.address)?;
    let found = super::database_key(ctx.state, &address)?.ok_or_else(|| QueryRefused::NotFound {
        what: format!(
            "database key of account {} (it has registered none, and no ed25519 key of its own has signed)",
            request.address
        ),
    })?;
    let source = match found.source {
        Source::Own => own::DatabaseKeySource::Own,
        Source::Registered => own::DatabaseKeySource::Registered,
    };
    Ok(own::QueryDatabaseKeyResponse { key: found.key.to_vec(), source: source.into(), since: found.since.0 })
}

fn find(ctx: &QueryContext<'_>, text: &str) -> Result<wire::BaseAccount, Error> {
    let address = ctx.address(text)?;
    match state::account(ctx.state, &address)? {
        Some(account) => Ok(base_account(ctx, &address, &account)),
        None => Err(QueryRefused::NotFound { what: format!("account {text}") }.into()),
    }
}

fn base_account(ctx: &QueryContext<'_>, address: &Address, account: &Account) -> wire::BaseAccount {
    wire::BaseAccount {
        address: address.bech32(&ctx.chain.prefix),
        pub_key: account.public_key.as_ref().map(pack_account_key),
        account_number: account.number,
        sequence: account.sequence,
    }
}

fn pack(account: &wire::BaseAccount) -> Any {
    Any { type_url: type_url::<wire::BaseAccount>(), value: account.encode_to_vec() }
}
