package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"cosmossdk.io/api/amino"
	_ "cosmossdk.io/api/cosmos/bank/v1beta1"
	_ "cosmossdk.io/api/cosmos/crypto/ed25519"
	_ "cosmossdk.io/api/cosmos/crypto/multisig"
	_ "cosmossdk.io/api/cosmos/crypto/secp256k1"
	_ "cosmossdk.io/api/cosmos/distribution/v1beta1"
	_ "cosmossdk.io/api/cosmos/feegrant/v1beta1"
	_ "cosmossdk.io/api/cosmos/gov/v1"
	_ "cosmossdk.io/api/cosmos/gov/v1beta1"
	_ "cosmossdk.io/api/cosmos/slashing/v1beta1"
	_ "cosmossdk.io/api/cosmos/staking/v1beta1"
	signingv1beta1 "cosmossdk.io/api/cosmos/tx/signing/v1beta1"
	txv1beta1 "cosmossdk.io/api/cosmos/tx/v1beta1"
	_ "cosmossdk.io/api/cosmos/upgrade/v1beta1"
	txsigning "cosmossdk.io/x/tx/signing"
	"cosmossdk.io/x/tx/signing/aminojson"
	"cosmossdk.io/x/tx/signing/direct"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	"github.com/cosmos/cosmos-sdk/crypto/types/multisig"
	sdktx "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
)

// oracle asks the Cosmos SDK.
type oracle struct {
	codec  codec.Codec
	amino  *aminojson.SignModeHandler
	direct direct.SignModeHandler
}

func newOracle(descriptors []byte, names map[string]string) (*oracle, error) {
	if err := register(descriptors, names); err != nil {
		return nil, err
	}
	interfaces := codectypes.NewInterfaceRegistry()
	cryptocodec.RegisterInterfaces(interfaces)
	options := aminojson.SignModeHandlerOptions{
		FileResolver: protoregistry.GlobalFiles,
		TypeResolver: protoregistry.GlobalTypes,
	}
	return &oracle{codec: codec.NewProtoCodec(interfaces), amino: aminojson.NewSignModeHandler(options)}, nil
}

// register makes our own contracts known, with the names that the options of a Cosmos contract would give them.
func register(descriptors []byte, names map[string]string) error {
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(descriptors, &set); err != nil {
		return err
	}
	for _, file := range set.File {
		if !strings.HasPrefix(file.GetPackage(), "sirius.") {
			continue
		}
		for _, message := range file.MessageType {
			name, named := names[file.GetPackage()+"."+message.GetName()]
			if named {
				message.Options = &descriptorpb.MessageOptions{}
				proto.SetExtension(message.Options, amino.E_Name, name)
			}
		}
		built, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
		if err != nil {
			return err
		}
		if err := protoregistry.GlobalFiles.RegisterFile(built); err != nil {
			return err
		}
	}
	return nil
}

// data is what the Cosmos SDK makes sign bytes of.
func data(tx Tx) (txsigning.SignerData, txsigning.TxData, error) {
	body, authInfo := &txv1beta1.TxBody{}, &txv1beta1.AuthInfo{}
	err := errors.Join(proto.Unmarshal(tx.Body, body), proto.Unmarshal(tx.AuthInfo, authInfo))
	signer := txsigning.SignerData{
		Address:       tx.Address,
		ChainID:       tx.ChainID,
		AccountNumber: tx.AccountNumber,
		Sequence:      tx.Sequence,
	}
	data := txsigning.TxData{Body: body, AuthInfo: authInfo, BodyBytes: tx.Body, AuthInfoBytes: tx.AuthInfo}
	return signer, data, err
}

func (o *oracle) signBytes(tx Tx) (amino, direct []byte, err error) {
	signer, data, err := data(tx)
	if err != nil {
		return nil, nil, err
	}
	amino, err = o.amino.GetSignBytes(context.Background(), signer, data)
	if err != nil {
		return nil, nil, err
	}
	direct, err = o.direct.GetSignBytes(context.Background(), signer, data)
	return amino, direct, err
}

func (o *oracle) key(packed Packed) (cryptotypes.PubKey, error) {
	var key cryptotypes.PubKey
	if err := o.codec.UnpackAny(&codectypes.Any{TypeUrl: packed.TypeURL, Value: packed.Value}, &key); err != nil {
		return nil, err
	}
	if key == nil {
		return nil, errors.New("there is no key")
	}
	return key, nil
}

// verify judges a signature as x/auth does, whose VerifySignature it follows.
func (o *oracle) verify(request Request) (err error) {
	// The Cosmos SDK panics where a mode has no signature; x/auth turns that into a refusal, as baseapp does.
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	key, err := o.key(request.Key)
	if err != nil {
		return err
	}
	var mode sdktx.ModeInfo
	if err := o.codec.Unmarshal(request.Mode, &mode); err != nil {
		return err
	}
	data, err := signatureData(&mode, request.Signature)
	if err != nil {
		return err
	}
	signBytes := func(mode signing.SignMode) ([]byte, error) {
		amino, direct, err := o.signBytes(request.Tx)
		if signingv1beta1.SignMode(mode) == signingv1beta1.SignMode_SIGN_MODE_DIRECT {
			return direct, err
		}
		return amino, err
	}
	switch data := data.(type) {
	case *signing.SingleSignatureData:
		bytes, err := signBytes(data.SignMode)
		if err != nil {
			return err
		}
		if !key.VerifySignature(bytes, data.Signature) {
			return errors.New("unable to verify single signer signature")
		}
		return nil
	case *signing.MultiSignatureData:
		several, ok := key.(multisig.PubKey)
		if !ok {
			return fmt.Errorf("%T is no multisig", key)
		}
		return several.VerifyMultisignature(signBytes, data)
	default:
		return fmt.Errorf("unexpected %T", data)
	}
}

// signatureData pairs modes and signatures as `ModeInfoAndSigToSignatureData` of x/auth/tx does, without the client that
// this package brings.
func signatureData(mode *sdktx.ModeInfo, signature []byte) (signing.SignatureData, error) {
	switch sum := mode.Sum.(type) {
	case *sdktx.ModeInfo_Single_:
		return &signing.SingleSignatureData{SignMode: sum.Single.Mode, Signature: signature}, nil
	case *sdktx.ModeInfo_Multi_:
		var wire cryptotypes.MultiSignature
		if err := wire.Unmarshal(signature); err != nil {
			return nil, err
		}
		if len(wire.XXX_unrecognized) > 0 {
			return nil, errors.New("rejecting unrecognized fields found in MultiSignature")
		}
		data := &signing.MultiSignatureData{BitArray: sum.Multi.Bitarray}
		for index, info := range sum.Multi.ModeInfos {
			one, err := signatureData(info, wire.Signatures[index])
			if err != nil {
				return nil, err
			}
			data.Signatures = append(data.Signatures, one)
		}
		return data, nil
	default:
		return nil, fmt.Errorf("unexpected ModeInfo %T", sum)
	}
}
