package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

// log is a log at an address, trusted by one verifier key. It is a tlog.TileReader that keeps tiles once they are proven.
type log struct {
	url      string
	http     *http.Client
	verifier note.Verifier
	mu       sync.Mutex
	proven   map[tlog.Tile][]byte
}

// head is a checkpoint whose signature held.
type head struct {
	tree    tlog.Tree
	ignored int // signatures of keys that this client does not know
}

func newLog(url, vkey string) (*log, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	client := &http.Client{
		Timeout: 30 * time.Second,
		// A proxy in the environment is none of ours: the log is on this machine.
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("the addresses of a log do not redirect")
		},
	}
	return &log{url: url, http: client, verifier: verifier, proven: map[tlog.Tile][]byte{}}, nil
}

func (l *log) checkpoint() (*head, error) {
	signed, err := l.get("checkpoint")
	if err != nil {
		return nil, err
	}
	return l.open(signed)
}

func (l *log) readCheckpoint(file string) (*head, error) {
	signed, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return l.open(signed)
}

func (l *log) open(signed []byte) (*head, error) {
	opened, err := note.Open(signed, note.VerifierList(l.verifier))
	if err != nil {
		return nil, err
	}
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	if origin != l.verifier.Name() {
		return nil, fmt.Errorf("the checkpoint is of %q", origin)
	}
	// The first line is all that differs from what the Go checksum database signs.
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + rest))
	if err != nil {
		return nil, err
	}
	if origin+string(tlog.FormatTree(tree)[len("go.sum database tree"):]) != opened.Text {
		return nil, errors.New("the checkpoint has more than one spelling, or lines that we do not know")
	}
	return &head{tree, len(opened.UnverifiedSigs)}, nil
}

func (l *log) entries(size int64) ([][]byte, error) {
	var entries [][]byte
	for n := int64(0); n*width < size; n++ {
		want := tileWidth(size, n)
		bundle, err := l.get(address(tlog.Tile{H: height, L: -1, N: n, W: want}))
		if err != nil {
			return nil, err
		}
		for i := 0; i < want; i++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return nil, fmt.Errorf("entry bundle %d ends within entry %d", n, i)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			entries, bundle = append(entries, bundle[2:end]), bundle[end:]
		}
		if len(bundle) != 0 {
			return nil, fmt.Errorf("entry bundle %d has %d bytes too many", n, len(bundle))
		}
	}
	return entries, nil
}

// checkTiles compares every tile of the tree, byte for byte; it returns how many there are.
func (l *log) checkTiles(size int64, hashes tlog.HashReader) (int, error) {
	count := 0
	for level := 0; size>>(height*level) > 0; level++ {
		for n := int64(0); n*width < size>>(height*level); n++ {
			tile := tlog.Tile{H: height, L: level, N: n, W: tileWidth(size>>(height*level), n)}
			want, err := tlog.ReadTileData(tile, hashes)
			if err != nil {
				return 0, err
			}
			got, err := l.get(address(tile))
			if err != nil {
				return 0, err
			}
			if !bytes.Equal(got, want) {
				return 0, fmt.Errorf("%s does not hold what the entries make of it", address(tile))
			}
			count++
		}
	}
	return count, nil
}

// checkIncluded proves from tiles alone that the entry is in the tree at that index.
func (l *log) checkIncluded(tree tlog.Tree, index int64, entry []byte) error {
	proof, err := tlog.ProveRecord(tree.N, index, tlog.TileHashReader(tree, l))
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

// checkGrown proves from tiles alone that the older tree is the beginning of the newer one.
func (l *log) checkGrown(older, newer tlog.Tree) error {
	if older.N > newer.N {
		return fmt.Errorf("the log shrank from %d to %d", older.N, newer.N)
	}
	if older.N == 0 {
		return nil
	}
	proof, err := tlog.ProveTree(newer.N, older.N, tlog.TileHashReader(newer, l))
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, newer.N, newer.Hash, older.N, older.Hash)
}

func (l *log) Height() int { return height }

func (l *log) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(tiles))
	for i, tile := range tiles {
		l.mu.Lock()
		kept, ok := l.proven[tile]
		l.mu.Unlock()
		if !ok {
			var err error
			if kept, err = l.get(address(tile)); err != nil {
				return nil, err
			}
		}
		read[i] = kept
	}
	return read, nil
}

func (l *log) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, tile := range tiles {
		l.proven[tile] = data[i]
	}
}

func (l *log) get(path string) ([]byte, error) {
	response, err := l.http.Get(l.url + "/" + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return body, nil
}

// address is tlog's own path of a tile, less its height; what Go calls data is called entries here.
func address(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func tileWidth(size, n int64) int {
	if left := size - n*width; left < width {
		return int(left)
	}
	return width
}
