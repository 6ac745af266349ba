//! Random changes of keys.

use prost::Message as _;
use sirius_primitives::{Address, PublicKey};
use sirius_runtime::{
    dice::{Dice, World},
    tx::pack_public_key,
    type_url,
};
use sirius_store::Fault;
use tendermint_proto::google::protobuf::Any;

use super::{database_proof_bytes, keys, proof_bytes, wire::keys as wire};

/// A new key for `player`, now and then with a proof for somebody else's address.
pub(super) fn rotate_key(dice: &mut Dice, world: &World<'_>, player: Address) -> Result<Option<Any>, Fault> {
    let proven = if dice.once_in(8) { dice.pick(world.players).copied().unwrap_or(player) } else { player };
    let (key, proof) = (world.spare_key)(dice, &proof_bytes(&world.chain.id, &proven));
    let wire = wire::MsgRotateKey {
        address: player.bech32(&world.chain.prefix),
        public_key: Some(pack_public_key(&key)),
        proof,
    };
    Ok(Some(Any { type_url: type_url::<wire::MsgRotateKey>(), value: wire.encode_to_vec() }))
}

/// A database key for `player`, now and then with a proof for somebody else's address.
pub(super) fn set_database_key(
    dice: &mut Dice,
    world: &World<'_>,
    player: Address,
) -> Result<Option<Any>, Fault> {
    let proven = if dice.once_in(8) { dice.pick(world.players).copied().unwrap_or(player) } else { player };
    let (key, proof) = (world.spare_key)(dice, &database_proof_bytes(&world.chain.id, &proven));
    let PublicKey::Ed25519(key) = key else { return Ok(None) };
    let wire =
        wire::MsgSetDatabaseKey { address: player.bech32(&world.chain.prefix), key: key.to_vec(), proof };
    Ok(Some(Any { type_url: type_url::<wire::MsgSetDatabaseKey>(), value: wire.encode_to_vec() }))
}

/// The end of a registered key, mostly where there is one.
pub(super) fn clear_database_key(
    dice: &mut Dice,
    world: &World<'_>,
    player: Address,
) -> Result<Option<Any>, Fault> {
    if keys::database(&player).get(world.state)?.is_none() && !dice.once_in(16) {
        return Ok(None);
    }
    let wire = wire::MsgClearDatabaseKey { address: player.bech32(&world.chain.prefix) };
    Ok(Some(Any { type_url: type_url::<wire::MsgClearDatabaseKey>(), value: wire.encode_to_vec() }))
}
