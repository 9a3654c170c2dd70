// Command logclient reads a C2SP tlog-tiles log with the packages that the Go toolchain itself checks its modules with:
// golang.org/x/mod/sumdb/note and sumdb/tlog. All cryptography and all tree arithmetic is theirs; ours are the addresses,
// which have no tile height here, and the first line of a checkpoint.
//
// It prints what it found as one line of JSON and ends with 0, or says on stderr what is wrong and ends with 1.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const usage = `usage: logclient audit  URL VKEY                       everything again from the entries, and each entry by proof
       logclient grown  URL VKEY CHECKPOINT            an older checkpoint's tree begins this one, by tiles
       logclient given  URL VKEY SIZE FILE             the same for any size, by a proof that the log gave: a hash a line
       logclient proof  URL VKEY FILE                  a tlog-proof file, for the entry that the log has at its index
       logclient hammer URL VKEY WRITERS ENTRIES       adds entries, watches the log grow meanwhile, then audits`

var errUsage = errors.New(usage)

func main() {
	found, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) (any, error) {
	if len(args) == 0 {
		return nil, errUsage
	}
	switch command, rest := args[0], args[1:]; {
	case command == "audit" && len(rest) == 2:
		return withLog(rest, func(l *log) (any, error) { found, _, err := audit(l); return found, err })
	case command == "grown" && len(rest) == 3:
		return withLog(rest, func(l *log) (any, error) { return grown(l, rest[2]) })
	case command == "given" && len(rest) == 4:
		size, err := strconv.ParseInt(rest[2], 10, 64)
		if err != nil {
			return nil, errUsage
		}
		return withLog(rest, func(l *log) (any, error) { return given(l, size, rest[3]) })
	case command == "proof" && len(rest) == 3:
		return withLog(rest, func(l *log) (any, error) { return proof(l, rest[2]) })
	case command == "hammer" && len(rest) == 4:
		writers, err1 := strconv.Atoi(rest[2])
		entries, err2 := strconv.Atoi(rest[3])
		if err1 != nil || err2 != nil {
			return nil, errUsage
		}
		return withLog(rest, func(l *log) (any, error) { return hammer(l, writers, entries) })
	}
	return nil, errUsage
}

func withLog(args []string, do func(*log) (any, error)) (any, error) {
	l, err := newLog(args[0], args[1])
	if err != nil {
		return nil, err
	}
	return do(l)
}

type audited struct {
	Size     int64  `json:"size"`
	Root     string `json:"root"`
	Tiles    int    `json:"tiles"`
	Included int    `json:"included"`
	Ignored  int    `json:"ignored_signatures"`
}

// audit holds root, every tile and every entry's inclusion against the entries themselves, which it returns.
func audit(l *log) (*audited, [][]byte, error) {
	head, err := l.checkpoint()
	if err != nil {
		return nil, nil, err
	}
	entries, err := l.entries(head.tree.N)
	if err != nil {
		return nil, nil, err
	}
	hashes, err := rederive(entries)
	if err != nil {
		return nil, nil, err
	}
	root, err := tlog.TreeHash(head.tree.N, hashes)
	if err != nil {
		return nil, nil, err
	}
	if root != head.tree.Hash {
		return nil, nil, fmt.Errorf("the entries make %v, the checkpoint says %v", root, head.tree.Hash)
	}
	tiles, err := l.checkTiles(head.tree.N, hashes)
	if err != nil {
		return nil, nil, err
	}
	for index, entry := range entries {
		if err := l.checkIncluded(head.tree, int64(index), entry); err != nil {
			return nil, nil, fmt.Errorf("entry %d: %w", index, err)
		}
	}
	return &audited{head.tree.N, root.String(), tiles, len(entries), head.ignored}, entries, nil
}

// stored is a tree in memory, in the order in which package tlog numbers its hashes.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = s[index]
	}
	return found, nil
}

func rederive(entries [][]byte) (stored, error) {
	var hashes stored
	for index, entry := range entries {
		added, err := tlog.StoredHashes(int64(index), entry, hashes)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, added...)
	}
	return hashes, nil
}

type growth struct {
	Old int64 `json:"old"`
	New int64 `json:"new"`
}

func grown(l *log, file string) (*growth, error) {
	older, err := l.readCheckpoint(file)
	if err != nil {
		return nil, err
	}
	head, err := l.checkpoint()
	if err != nil {
		return nil, err
	}
	return &growth{older.tree.N, head.tree.N}, l.checkGrown(older.tree, head.tree)
}

// given checks the log's own proof; the root of the older tree is derived from the entries.
func given(l *log, size int64, file string) (*growth, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	proof, err := parseHashes(strings.Fields(string(text)))
	if err != nil {
		return nil, err
	}
	head, err := l.checkpoint()
	if err != nil {
		return nil, err
	}
	entries, err := l.entries(size)
	if err != nil {
		return nil, err
	}
	hashes, err := rederive(entries)
	if err != nil {
		return nil, err
	}
	root, err := tlog.TreeHash(size, hashes)
	if err != nil {
		return nil, err
	}
	return &growth{size, head.tree.N}, tlog.CheckTree(proof, head.tree.N, head.tree.Hash, size, root)
}

type proven struct {
	Index int64 `json:"index"`
	Size  int64 `json:"size"`
}

// proof checks a c2sp.org/tlog-proof@v1 file.
func proof(l *log, file string) (*proven, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	head, noteText, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return nil, errors.New("no tlog-proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return nil, err
	}
	hashes, err := parseHashes(lines[2:])
	if err != nil {
		return nil, err
	}
	signed, err := l.open([]byte(noteText))
	if err != nil {
		return nil, err
	}
	if index >= signed.tree.N {
		return nil, fmt.Errorf("index %d in a tree of %d", index, signed.tree.N)
	}
	entries, err := l.entries(signed.tree.N)
	if err != nil {
		return nil, err
	}
	leaf := tlog.RecordHash(entries[index])
	return &proven{index, signed.tree.N}, tlog.CheckRecord(hashes, signed.tree.N, signed.tree.Hash, index, leaf)
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, 0, len(lines))
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}
