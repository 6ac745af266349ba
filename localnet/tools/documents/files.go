package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the same driver on the same files as FerretDB
)

// The names that FerretDB 1.24 uses in its files.
const (
	collections = "_ferretdb_collections"
	document    = "_ferretdb_sjson"
	defaultID   = "_id_"
)

// What FerretDB calls a table: the collection's name, and a digest of it.
var tableName = regexp.MustCompile(`_[0-9a-f]{8}$`)

// Files are the SQLite files of a server, one a database.
type Files struct {
	Folder string
}

// options is how SQLite is opened. What was acknowledged survives the end of the process, however it ends: it is in the
// write-ahead log. The log is forced onto the disk with each checkpoint and not with each statement (synchronous NORMAL),
// so a power cut may take the last statements, in the order in which they came and none from between: mongo-ledger
// then finds its documents some blocks behind and executes those blocks again, which CometBFT keeps. A transaction takes
// the lock for writing when it begins: taken later, it could be refused.
func options() string {
	return strings.Join([]string{
		"_txlock=immediate",
		"_pragma=busy_timeout(10000)",
		"_pragma=journal_mode(wal)",
		"_pragma=synchronous(normal)",
		"_pragma=journal_size_limit(67108864)",
		// Pages that many blocks change are copied into the file once, after 16 MiB of log, not with every block.
		"_pragma=wal_autocheckpoint(4096)",
	}, "&")
}

// URL is what FerretDB is given.
func (f Files) URL() string {
	return "file:" + filepath.Clean(f.Folder) + "/?" + options()
}

// open opens a file that is there: making one here would leave a database without FerretDB's tables.
func (f Files) open(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=rw&"+options())
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// each calls work for each database.
func (f Files) each(work func(*sql.DB) error) error {
	paths, err := filepath.Glob(filepath.Join(f.Folder, "*.sqlite"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		db, err := f.open(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		err = work(db)
		db.Close()
		if _, gone := os.Stat(path); err != nil && !os.IsNotExist(gone) {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// Prepare mends what a killed server left half done, and adds missing indexes, before FerretDB opens the files.
//
// FerretDB makes a collection in four statements without a transaction, none of which it acknowledges before the last.
// Between them it leaves what it would later stumble over: a file or a collection without its parts, or an index that
// it does not know of and can never make again.
func (f Files) Prepare(ctx context.Context) error {
	return f.each(func(db *sql.DB) error {
		if err := mend(ctx, db); err != nil {
			return err
		}
		return addIndexes(ctx, db)
	})
}

// KeepIndexed adds indexes to new tables until ctx ends.
func (f Files) KeepIndexed(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	told := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := f.each(func(db *sql.DB) error { return addIndexes(ctx, db) })
		// Without the index a look-up is slow and right, so it is said once and tried again.
		if err != nil && ctx.Err() == nil && err.Error() != told {
			told = err.Error()
			fmt.Fprintln(os.Stderr, "warning: an index on _id is missing:", err)
		}
	}
}

// addIndexes makes the index on _id of each collection anew, on the expression by which FerretDB looks documents up. Its
// own is on another spelling of the same, which SQLite does not recognise; under its name, ours is all that is needed.
func addIndexes(ctx context.Context, db *sql.DB) error {
	tables, err := column(ctx, db, `SELECT tbl_name FROM sqlite_master
		WHERE type = 'index' AND name = tbl_name || '_`+defaultID+`' AND instr(sql, '`+document+`->"_id"')`)
	if err != nil {
		return err
	}
	for _, table := range tables {
		index := quote(table + "_" + defaultID)
		err := inTransaction(ctx, db,
			`DROP INDEX IF EXISTS `+index,
			fmt.Sprintf(`CREATE UNIQUE INDEX %s ON %s (%s->'$._id')`, index, quote(table), document))
		if err != nil && !strings.Contains(err.Error(), "no such table") {
			return err
		}
	}
	return nil
}

// mend makes a file one that FerretDB could have left between two commands.
func mend(ctx context.Context, db *sql.DB) error {
	// FerretDB's own statement: a file is made first, and this table in it next.
	_, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS `+collections+` (
		name TEXT NOT NULL UNIQUE CHECK(name != ''),
		table_name TEXT NOT NULL UNIQUE CHECK(table_name != ''),
		settings TEXT NOT NULL CHECK(settings != '')) STRICT`)
	if err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, `SELECT table_name, settings FROM `+collections)
	if err != nil {
		return err
	}
	defer rows.Close()
	known := map[string][]string{}
	for rows.Next() {
		var table, text string
		if err := rows.Scan(&table, &text); err != nil {
			return err
		}
		var settings struct {
			Indexes []struct{ Name string }
		}
		if err := json.Unmarshal([]byte(text), &settings); err != nil {
			return fmt.Errorf("the settings of the table %s are not JSON: %w", table, err)
		}
		known[table] = []string{}
		for _, index := range settings.Indexes {
			known[table] = append(known[table], table+"_"+index.Name)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	tables, err := column(ctx, db, `SELECT name FROM sqlite_master
		WHERE type = 'table' AND sql LIKE '%`+document+`%'`)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := mendTable(ctx, db, table, known); err != nil {
			return fmt.Errorf("the table %s: %w", table, err)
		}
	}
	return nil
}

// mendTable finishes the drop of a table that no collection has, takes back a collection whose making was not finished,
// and drops indexes that no collection has.
func mendTable(ctx context.Context, db *sql.DB, table string, known map[string][]string) error {
	indexes, isKnown := known[table]
	finished := false
	for _, index := range indexes {
		finished = finished || index == table+"_"+defaultID
	}
	if !isKnown && !tableName.MatchString(table) {
		return nil
	}
	if !isKnown || !finished {
		if isKnown {
			// Documents come after the last step of making a collection, so this one is empty, or not FerretDB's work.
			filled, err := column(ctx, db, `SELECT 'x' FROM `+quote(table)+` LIMIT 1`)
			if err != nil || len(filled) > 0 {
				return err
			}
		}
		return inTransaction(ctx, db,
			`DELETE FROM `+collections+` WHERE table_name = '`+strings.ReplaceAll(table, `'`, `''`)+`'`,
			`DROP TABLE `+quote(table))
	}
	present, err := column(ctx, db, `SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ?`, table)
	if err != nil {
		return err
	}
	for _, index := range present {
		wanted := strings.HasPrefix(index, "sqlite_")
		for _, name := range indexes {
			wanted = wanted || name == index
		}
		if !wanted {
			if _, err := db.ExecContext(ctx, `DROP INDEX `+quote(index)); err != nil {
				return err
			}
		}
	}
	return nil
}

func inTransaction(ctx context.Context, db *sql.DB, statements ...string) error {
	transaction, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer transaction.Rollback()
	for _, statement := range statements {
		if _, err := transaction.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return transaction.Commit()
}

// column reads the first column of every row.
func column(ctx context.Context, db *sql.DB, query string, arguments ...any) ([]string, error) {
	rows, err := db.QueryContext(ctx, query, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			return nil, err
		}
		all = append(all, value)
	}
	return all, rows.Err()
}

// quote writes a name as SQLite reads it.
func quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
