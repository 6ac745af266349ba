//go:build tools

// Package tools pins CometBFT and its load tool, so that go.sum covers every byte that is built from them.
package tools

import (
	_ "github.com/cometbft/cometbft/cmd/cometbft"
	_ "github.com/cometbft/cometbft/test/loadtime/cmd/load"
)
