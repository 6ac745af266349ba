//! Descriptors of the packed public keys, which accounts carry but no contract of the ledger imports.

use prost_reflect::DescriptorPool;
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

/// Adds `cosmos.crypto.secp256k1.PubKey`, `cosmos.crypto.ed25519.PubKey` and `cosmos.crypto.multisig.LegacyAminoPubKey`,
/// unless a contract brought them.
pub(super) fn describe(pool: &mut DescriptorPool) {
    for scheme in ["secp256k1", "ed25519"] {
        let package = format!("cosmos.crypto.{scheme}");
        if pool.get_message_by_name(&format!("{package}.PubKey")).is_none() {
            pool.add_file_descriptor_proto(file(scheme, package))
                .expect("the file is complete and names nothing else");
        }
    }
    if pool.get_message_by_name("cosmos.crypto.multisig.LegacyAminoPubKey").is_none() {
        pool.add_file_descriptor_proto(multisig()).expect("the ledger's contracts bring google.protobuf.Any");
    }
}

/// `message LegacyAminoPubKey { uint32 threshold = 1; repeated google.protobuf.Any public_keys = 2; }`.
fn multisig() -> FileDescriptorProto {
    let threshold = FieldDescriptorProto {
        name: Some("threshold".into()),
        number: Some(1),
        label: Some(Label::Optional.into()),
        r#type: Some(Type::Uint32.into()),
        json_name: Some("threshold".into()),
        ..FieldDescriptorProto::default()
    };
    let public_keys = FieldDescriptorProto {
        name: Some("public_keys".into()),
        number: Some(2),
        label: Some(Label::Repeated.into()),
        r#type: Some(Type::Message.into()),
        type_name: Some(".google.protobuf.Any".into()),
        json_name: Some("publicKeys".into()),
        ..FieldDescriptorProto::default()
    };
    let message = DescriptorProto {
        name: Some("LegacyAminoPubKey".into()),
        field: vec![threshold, public_keys],
        ..DescriptorProto::default()
    };
    FileDescriptorProto {
        name: Some("cosmos/crypto/multisig/keys.proto".into()),
        package: Some("cosmos.crypto.multisig".into()),
        dependency: vec!["google/protobuf/any.proto".into()],
        message_type: vec![message],
        syntax: Some("proto3".into()),
        ..FileDescriptorProto::default()
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
