// Command ics23 verifies proofs with the library that IBC's light clients use, and tries to have forgeries accepted.
//
// It reads one JSON document from standard input (see Document) and ends with 0 when every proof was accepted and every
// forgery refused. Bytes are hexadecimal.
package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	ics23 "github.com/cosmos/ics23/go"
)

// Bytes is hexadecimal text in JSON.
type Bytes []byte

// UnmarshalJSON reads hexadecimal text.
func (b *Bytes) UnmarshalJSON(text []byte) error {
	var digits string
	if err := json.Unmarshal(text, &digits); err != nil {
		return err
	}
	decoded, err := hex.DecodeString(digits)
	*b = decoded
	return err
}

// Document is what comes in.
type Document struct {
	// Spec is the encoded ProofSpec of the state's tree.
	Spec Bytes `json:"spec"`
	// Proofs are the answers of a node.
	Proofs []Proof `json:"proofs"`
}

// Proof is an answer of a node, and the app hash of the header after the block that it is about.
type Proof struct {
	Key     Bytes  `json:"key"`
	Value   Bytes  `json:"value"` // empty: the key is absent
	Store   string `json:"store"`
	AppHash Bytes  `json:"app_hash"`
	State   Bytes  `json:"state"` // encoded CommitmentProof, from the key to the root of the store
	Root    Bytes  `json:"root"`  // encoded CommitmentProof, from that root to the app hash
}

func main() {
	if err := run(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "ics23:", err)
		os.Exit(1)
	}
}

func run(input io.Reader) error {
	var document Document
	decoder := json.NewDecoder(input)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&document); err != nil {
		return err
	}
	var spec ics23.ProofSpec
	if err := spec.Unmarshal(document.Spec); err != nil {
		return fmt.Errorf("the spec does not decode: %w", err)
	}
	var present, absent, forged int
	for index, proof := range document.Proofs {
		if err := verify(&spec, proof); err != nil {
			return fmt.Errorf("proof %d of key %x: %w", index, []byte(proof.Key), err)
		}
		if len(proof.Value) > 0 {
			present++
		} else {
			absent++
		}
		for _, forgery := range forgeries(proof, document.Proofs) {
			forged++
			if verify(&spec, forgery.proof) == nil {
				return fmt.Errorf("proof %d of key %x: accepted although %s", index, []byte(proof.Key), forgery.what)
			}
		}
	}
	if present == 0 || absent == 0 {
		return errors.New("there must be proofs of presence and of absence")
	}
	fmt.Printf("%d present, %d absent, %d forgeries refused\n", present, absent, forged)
	return nil
}

// verify follows a proof from the app hash down to the key.
func verify(spec *ics23.ProofSpec, proof Proof) error {
	var root, state ics23.CommitmentProof
	if err := root.Unmarshal(proof.Root); err != nil {
		return err
	}
	if err := state.Unmarshal(proof.State); err != nil {
		return err
	}
	exist := root.GetExist()
	if exist == nil {
		return errors.New("the second step proves no root")
	}
	if !ics23.VerifyMembership(ics23.TendermintSpec, []byte(proof.AppHash), &root, []byte(proof.Store), exist.Value) {
		return errors.New("the root of the store is not in the app hash")
	}
	if len(proof.Value) > 0 {
		if !ics23.VerifyMembership(spec, exist.Value, &state, proof.Key, proof.Value) {
			return errors.New("the value is not in the store")
		}
		return nil
	}
	if !ics23.VerifyNonMembership(spec, exist.Value, &state, proof.Key) {
		return errors.New("the absence of the key is not proven")
	}
	return nil
}

type forgery struct {
	what  string
	proof Proof
}

// forgeries makes lies of a true answer.
func forgeries(proof Proof, others []Proof) []forgery {
	var made []forgery
	add := func(what string, change func(*Proof)) {
		lie := proof
		change(&lie)
		made = append(made, forgery{what, lie})
	}
	add("the app hash is another", func(lie *Proof) { lie.AppHash = flipped(lie.AppHash, 0) })
	add("the store has another name", func(lie *Proof) { lie.Store += "x" })
	add("the key is another", func(lie *Proof) { lie.Key = flipped(lie.Key, len(lie.Key)*8-1) })
	if len(proof.Value) > 0 {
		add("the value is another", func(lie *Proof) { lie.Value = flipped(lie.Value, 0) })
		add("the value is longer", func(lie *Proof) { lie.Value = append(bytes.Clone(lie.Value), 0) })
		add("the key is said to be absent", func(lie *Proof) { lie.Value = nil })
	} else {
		add("the key is said to be there", func(lie *Proof) { lie.Value = Bytes{1} })
	}
	// A proof of absence repeats the key, for information only: the verifier is given the key by whoever asks, so another
	// one there claims nothing false.
	repeated := bytes.Index(proof.State, proof.Key)
	for bit := 0; bit < len(proof.State)*8; bit += 11 {
		if at := bit / 8; len(proof.Value) == 0 && at >= repeated && at < repeated+len(proof.Key) {
			continue
		}
		add(fmt.Sprintf("bit %d of the first step is flipped", bit), func(lie *Proof) { lie.State = flipped(lie.State, bit) })
	}
	for bit := 0; bit < len(proof.Root)*8; bit += 3 {
		add(fmt.Sprintf("bit %d of the second step is flipped", bit), func(lie *Proof) { lie.Root = flipped(lie.Root, bit) })
	}
	for _, other := range others {
		if bytes.Equal(other.Key, proof.Key) {
			continue
		}
		if !bytes.Equal(other.State, proof.State) {
			add("the proof is of another key", func(lie *Proof) { lie.State, lie.Root = other.State, other.Root })
		}
		if !bytes.Equal(other.Value, proof.Value) {
			add("the value is that of another key", func(lie *Proof) { lie.Value = other.Value })
		}
	}
	return made
}

func flipped(from []byte, bit int) []byte {
	to := bytes.Clone(from)
	to[bit/8] ^= 1 << (bit % 8)
	return to
}
