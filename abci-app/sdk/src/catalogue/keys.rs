//! Descriptors of the two packed public keys, which accounts carry but no contract of the ledger imports.

use prost_reflect::DescriptorPool;
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

/// Adds `cosmos.crypto.secp256k1.PubKey` and `cosmos.crypto.ed25519.PubKey`, unless a contract brought them.
pub(super) fn describe(pool: &mut DescriptorPool) {
    for scheme in ["secp256k1", "ed25519"] {
        let package = format!("cosmos.crypto.{scheme}");
        if pool.get_message_by_name(&format!("{package}.PubKey")).is_none() {
            pool.add_file_descriptor_proto(file(scheme, package))
                .expect("the file is complete and names nothing else");
        }
    }
}

/// `message PubKey { bytes key = 1; }`, as the Cosmos SDK has it.
fn file(scheme: &str, package: String) -> FileDescriptorProto {
    let key = FieldDescriptorProto {
        name: Some("key".into()),
        number: Some(1),
        label: Some(Label::Optional.into()),
        r#type: Some(Type::Bytes.into()),
        json_name: Some("key".into()),
        ..FieldDescriptorProto::default()
    };
    let message =
        DescriptorProto { name: Some("PubKey".into()), field: vec![key], ..DescriptorProto::default() };
    FileDescriptorProto {
        name: Some(format!("cosmos/crypto/{scheme}/keys.proto")),
        package: Some(package),
        message_type: vec![message],
        syntax: Some("proto3".into()),
        ..FileDescriptorProto::default()
    }
}
