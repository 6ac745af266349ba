// What the Cosmos SDK's own modules say of transactions: the bytes that are signed, the addresses that keys own, and
// whether signatures count. It reads one JSON value a line and answers each with one line.
//
//	{"descriptors": hex, "names": {message: amino name}}    once, first: the contracts that the Cosmos SDK does not have
//	{"kind": "bytes", "tx": …}                              {"amino": hex, "direct": hex}, or {"cause": text}
//	{"kind": "address", "key": …}                           {"address": hex}
//	{"kind": "verify", "tx": …, "key": …, "mode": hex, "signature": hex}    {"valid": bool, "cause": text}
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// Hex is bytes as hexadecimal digits.
type Hex []byte

func (h *Hex) UnmarshalJSON(text []byte) error {
	var digits string
	if err := json.Unmarshal(text, &digits); err != nil {
		return err
	}
	bytes, err := hex.DecodeString(digits)
	*h = bytes
	return err
}

func (h Hex) MarshalJSON() ([]byte, error) { return json.Marshal(hex.EncodeToString(h)) }

// Request is one line.
type Request struct {
	Descriptors Hex               `json:"descriptors"`
	Names       map[string]string `json:"names"`

	Kind      string `json:"kind"`
	Tx        Tx     `json:"tx"`
	Key       Packed `json:"key"`
	Mode      Hex    `json:"mode"`
	Signature Hex    `json:"signature"`
}

// Tx is a transaction and who signs it.
type Tx struct {
	Body          Hex    `json:"body"`
	AuthInfo      Hex    `json:"auth_info"`
	ChainID       string `json:"chain_id"`
	AccountNumber uint64 `json:"account_number,string"`
	Sequence      uint64 `json:"sequence,string"`
	Address       string `json:"address"`
}

// Packed is a public key.
type Packed struct {
	TypeURL string `json:"type_url"`
	Value   Hex    `json:"value"`
}

// Answer is the answer to one line.
type Answer struct {
	Amino   Hex    `json:"amino,omitempty"`
	Direct  Hex    `json:"direct,omitempty"`
	Address Hex    `json:"address,omitempty"`
	Valid   bool   `json:"valid"`
	Cause   string `json:"cause,omitempty"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	lines := bufio.NewReader(os.Stdin)
	decoder := json.NewDecoder(lines)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)

	var first Request
	if err := decoder.Decode(&first); err != nil {
		return fmt.Errorf("reading the contracts: %w", err)
	}
	oracle, err := newOracle(first.Descriptors, first.Names)
	if err != nil {
		return fmt.Errorf("reading the contracts: %w", err)
	}
	for number := 2; decoder.More(); number++ {
		var request Request
		if err := decoder.Decode(&request); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		answer, err := oracle.answer(request)
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if err := errors.Join(encoder.Encode(answer), out.Flush()); err != nil {
			return err
		}
	}
	return nil
}

func (o *oracle) answer(request Request) (Answer, error) {
	switch request.Kind {
	case "bytes":
		amino, direct, err := o.signBytes(request.Tx)
		if err != nil {
			return Answer{Cause: err.Error()}, nil
		}
		return Answer{Amino: amino, Direct: direct}, nil
	case "address":
		key, err := o.key(request.Key)
		if err != nil {
			return Answer{}, err
		}
		return Answer{Address: Hex(key.Address())}, nil
	case "verify":
		if err := o.verify(request); err != nil {
			return Answer{Cause: err.Error()}, nil
		}
		return Answer{Valid: true}, nil
	default:
		return Answer{}, errors.New("there is no kind " + request.Kind)
	}
}
