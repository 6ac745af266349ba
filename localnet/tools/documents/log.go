package main

import (
	"context"
	"io"
	"log/slog"
	"strings"
)

// quiet prints warnings and errors, and drops the attributes that FerretDB adds beforehand.
//
// FerretDB attaches every document to the logger of every statement, at a level that is never printed. A common handler
// turns them into text at that moment, which was most of the time of an insert.
type quiet struct {
	slog.Handler
}

func newLogger(output io.Writer) *slog.Logger {
	return slog.New(quiet{slog.NewTextHandler(output, &slog.HandlerOptions{Level: slog.LevelWarn})})
}

// WithAttrs is called for every statement; what it would keep is a copy of the documents.
func (q quiet) WithAttrs([]slog.Attr) slog.Handler { return q }

// WithGroup keeps the handler for the same reason.
func (q quiet) WithGroup(string) slog.Handler { return q }

// Handle leaves out that a client went away without a word, which is how most of them go, and that a command was refused,
// which its sender was told.
func (q quiet) Handle(ctx context.Context, record slog.Record) error {
	told := record.Level < slog.LevelError && strings.HasPrefix(record.Message, "Response ")
	if told || record.Message == "Connection stopped" {
		return nil
	}
	return q.Handler.Handle(ctx, record)
}
