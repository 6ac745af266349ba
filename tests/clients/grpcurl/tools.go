//go:build tools

// Package tools pins grpcurl, so that go.sum covers every byte that it is built from.
package tools

import (
	_ "github.com/fullstorydev/grpcurl/cmd/grpcurl"
)
