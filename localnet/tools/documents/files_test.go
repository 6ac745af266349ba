package main

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// database makes a file in a folder of its own, and runs statements in it.
func database(t *testing.T, statements ...string) (Files, *sql.DB) {
	t.Helper()
	folder := t.TempDir()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "sirius.sqlite")+"?"+options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return Files{Folder: folder}, db
}

const (
	makeCollections = `CREATE TABLE _ferretdb_collections (name TEXT NOT NULL UNIQUE, table_name TEXT NOT NULL UNIQUE,
		settings TEXT NOT NULL) STRICT`
	makeTable   = `CREATE TABLE "blocks_0123abcd" (_ferretdb_sjson TEXT NOT NULL) STRICT`
	addEmpty    = `INSERT INTO _ferretdb_collections VALUES ('blocks', 'blocks_0123abcd', '{}')`
	addFinished = `INSERT INTO _ferretdb_collections VALUES
		('blocks', 'blocks_0123abcd', '{"uuid":"u","indexes":[{"name":"_id_","key":[],"unique":true}]}')`
	makeIndex   = `CREATE UNIQUE INDEX "blocks_0123abcd__id_" ON "blocks_0123abcd" (_ferretdb_sjson->"_id")`
	makeSecond  = `CREATE INDEX "blocks_0123abcd_height_1" ON "blocks_0123abcd" (_ferretdb_sjson->"height")`
	addDocument = `INSERT INTO "blocks_0123abcd" VALUES ('{"_id":"a"}')`
)

// A collection is made in steps; killed after each of them, the file is one that FerretDB can go on from.
func TestMendsWhatAKillLeaves(t *testing.T) {
	nothing := []string{collections}
	whole := []string{collections, "blocks_0123abcd", "blocks_0123abcd__id_"}
	for name, test := range map[string]struct {
		statements []string
		left       []string
	}{
		"an empty file":                {[]string{`PRAGMA user_version = 1`}, nothing},
		"no collection":                {[]string{makeCollections}, nothing},
		"a table alone":                {[]string{makeCollections, makeTable}, nothing},
		"a collection without indexes": {[]string{makeCollections, makeTable, addEmpty}, nothing},
		"an index it does not know":    {[]string{makeCollections, makeTable, addEmpty, makeIndex}, nothing},
		"a whole collection":           {[]string{makeCollections, makeTable, addFinished, makeIndex, addDocument}, whole},
		"a second index half made": {
			[]string{makeCollections, makeTable, addFinished, makeIndex, addDocument, makeSecond}, whole,
		},
		"a drop half done": {[]string{makeCollections, makeTable, makeIndex, addDocument}, nothing},
		"a table of somebody else": {
			[]string{makeCollections, `CREATE TABLE mine (_ferretdb_sjson TEXT)`},
			[]string{collections, "mine"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			files, db := database(t, test.statements...)
			// Twice: what is done once is not done again.
			for range 2 {
				if err := files.Prepare(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			left, err := column(context.Background(), db, `SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'`)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(left)
			slices.Sort(test.left)
			if !slices.Equal(left, test.left) {
				t.Errorf("left are %v, not %v", left, test.left)
			}
			names, err := column(context.Background(), db, `SELECT name FROM `+collections)
			if err != nil || (len(names) == 1) != slices.Contains(test.left, "blocks_0123abcd") {
				t.Errorf("collections are %v (%v)", names, err)
			}
		})
	}
}

func TestKeepsDocumentsOfACollectionThatSaysItIsUnfinished(t *testing.T) {
	files, db := database(t, makeCollections, makeTable, addEmpty, addDocument)
	if err := files.Prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	rows, err := column(context.Background(), db, `SELECT _ferretdb_sjson FROM "blocks_0123abcd"`)
	if err != nil || len(rows) != 1 {
		t.Errorf("documents are %v (%v)", rows, err)
	}
}

func TestLookUpsByIDUseTheIndexThatKeepsIDsUnique(t *testing.T) {
	files, db := database(t, makeCollections, makeTable, addFinished, makeIndex, addDocument)
	if err := files.Prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	// A plan is made of the schema that the connection knows; reading something makes it know the present one.
	if _, err := column(context.Background(), db, `SELECT name FROM `+collections); err != nil {
		t.Fatal(err)
	}
	// FerretDB's own statement.
	rows, err := db.Query(`EXPLAIN QUERY PLAN SELECT _ferretdb_sjson FROM "blocks_0123abcd"
		WHERE _ferretdb_sjson->'$._id' = '"a"'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var plan string
		if err := rows.Scan(&id, &parent, &unused, &plan); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan, "USING INDEX blocks_0123abcd__id_") {
			t.Errorf("the plan is %q", plan)
		}
	}
	rows.Close()
	if _, err := db.Exec(addDocument); err == nil || !strings.Contains(err.Error(), "UNIQUE") {
		t.Errorf("a second document of the same _id: %v", err)
	}
}

func TestCommitsReachTheLog(t *testing.T) {
	_, db := database(t)
	for pragma, expected := range map[string]string{"synchronous": "1", "journal_mode": "wal"} {
		found, err := column(context.Background(), db, "PRAGMA "+pragma)
		if err != nil || len(found) != 1 || found[0] != expected {
			t.Errorf("%s is %v (%v)", pragma, found, err)
		}
	}
}

func TestOnlyLoopback(t *testing.T) {
	for address, good := range map[string]bool{
		"127.0.0.1:0": true, "127.8.8.8:0": true,
		"0.0.0.0:0": false, "[::]:0": false, "10.0.0.1:1": false, "localhost:1": false, "127.0.0.1": false, "": false,
	} {
		if err := checkAddress(address); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
}
