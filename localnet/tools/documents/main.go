// Command documents is the document server of a host: the MongoDB wire protocol over SQLite, by FerretDB as a library.
//
// It serves 127.0.0.1 only, keeps one SQLite file a database below --data, adds the index that look-ups by _id need,
// and ends cleanly on SIGTERM. What it acknowledged survives the end of the process, however it ends.
//
// Not a goal: transactions, replica sets, users, and networks: a real MongoDB has them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// How often new tables are looked for.
const indexEvery = time.Second

// Statements leave much garbage and little else, so it is collected seldom, within a bound.
const (
	garbagePercent = 400
	memoryLimit    = 256 << 20
)

func main() {
	listen := flag.String("listen", "127.0.0.1:27017", "loopback `address` and port to listen on; port 0 takes a free one")
	data := flag.String("data", "", "`folder` for the SQLite files, made when missing")
	version := flag.Bool("version", false, "print the version of FerretDB and end")
	flag.Parse()
	if *version {
		fmt.Println(ferretVersion())
		return
	}
	debug.SetGCPercent(garbagePercent)
	debug.SetMemoryLimit(memoryLimit)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	// Whoever read the first line may have gone since.
	signal.Ignore(syscall.SIGPIPE)
	if err := serve(ctx, *listen, *data, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// serve runs the server until ctx ends.
func serve(ctx context.Context, listen, data string, rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("the argument %q was not understood: see --help", rest[0])
	}
	if err := checkAddress(listen); err != nil {
		return err
	}
	folder, err := openFolder(data)
	if err != nil {
		return err
	}
	defer folder.Close()
	files := Files{Folder: data}
	if err := files.Prepare(ctx); err != nil {
		return fmt.Errorf("the data in %s could not be opened: %w", data, err)
	}
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: listen},
		Logger:    newLogger(os.Stderr),
		Handler:   "sqlite",
		SQLiteURL: files.URL(),
	})
	if err != nil {
		return fmt.Errorf("the server could not be started on %s with the data in %s: %w", listen, data, err)
	}
	indexed := make(chan struct{})
	go func() {
		defer close(indexed)
		files.KeepIndexed(ctx, indexEvery)
	}()
	fmt.Printf("listening on %s, FerretDB %s, data in %s\n", server.MongoDBURI(), ferretVersion(), data)
	err = server.Run(ctx)
	<-indexed
	fmt.Println("stopped")
	return err
}

// checkAddress refuses what others could reach: the server knows no users and no passwords.
func checkAddress(listen string) error {
	address, err := netip.ParseAddrPort(listen)
	if err != nil {
		return fmt.Errorf("--listen is %q: use an address and a port, such as 127.0.0.1:27017", listen)
	}
	if !address.Addr().IsLoopback() {
		return fmt.Errorf("--listen is %s, which others can reach: use a loopback address, such as 127.0.0.1:%d",
			listen, address.Port())
	}
	// FerretDB's own error is hard to read, so the port is tried before anything is opened.
	probe, err := net.Listen("tcp", listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use by another program: stop that, or choose another port with --listen", listen)
	}
	if err != nil {
		return fmt.Errorf("%s cannot be listened on: %w", listen, err)
	}
	return probe.Close()
}

// openFolder makes the folder and claims it: two servers on the same files would not see each other's collections.
func openFolder(data string) (*os.File, error) {
	if data == "" {
		return nil, errors.New("--data is missing: name the folder for the SQLite files")
	}
	// SQLite is given the path inside a URI.
	if strings.ContainsAny(data, "?#%") {
		return nil, fmt.Errorf("--data is %q: the path must not contain ? # or %%", data)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("the folder for the data could not be made: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data cannot be written: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, fmt.Errorf("another document server uses the data in %s: stop that, or choose another --data", data)
	}
	return lock, nil
}

// ferretVersion is the version of FerretDB that was linked, as go.mod pins it.
func ferretVersion() string {
	build, ok := debug.ReadBuildInfo()
	if ok {
		for _, module := range build.Deps {
			if module.Path == "github.com/FerretDB/FerretDB" {
				return strings.TrimPrefix(module.Version, "v")
			}
		}
	}
	return "of unknown version"
}
