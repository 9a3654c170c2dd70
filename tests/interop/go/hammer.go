package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// integration is how long an entry may take from its index to a checkpoint that covers it.
const integration = 10 * time.Second

type hammered struct {
	*audited
	Checkpoints int `json:"checkpoints"`
	Retries     int `json:"retries"`
}

// load is what the writers share.
type load struct {
	log     *log
	mu      sync.Mutex
	indexes map[int64][]byte
	retries int
}

// hammer drives a log as the load tools of transparency-dev do: writers POST raw bytes to /add and get a decimal index,
// while a reader follows the checkpoints and has each one proven consistent with the one before. In the end every entry
// stands at the index that its writer was told, and the whole tree follows from the entries.
func hammer(l *log, writers, entries int) (*hammered, error) {
	shared := &load{log: l, indexes: map[int64][]byte{}}
	numbers := make(chan int, entries)
	for number := 0; number < entries; number++ {
		numbers <- number
	}
	close(numbers)

	failed := make(chan error, writers)
	for writer := 0; writer < writers; writer++ {
		go func() { failed <- shared.write(numbers) }()
	}
	written := make(chan struct{})
	watched := make(chan error, 1)
	checkpoints := 0
	go func() { watched <- watch(l, written, &checkpoints) }()

	var first error
	for writer := 0; writer < writers; writer++ {
		if err := <-failed; err != nil && first == nil {
			first = err
		}
	}
	close(written)
	if err := <-watched; err != nil && first == nil {
		first = err
	}
	if first != nil {
		return nil, first
	}
	found, err := shared.check(entries)
	if err != nil {
		return nil, err
	}
	return &hammered{found, checkpoints, shared.retries}, nil
}

func (s *load) write(numbers <-chan int) error {
	for number := range numbers {
		entry := leaf(number)
		index, err := s.add(entry)
		if err != nil {
			return fmt.Errorf("adding entry %d: %w", number, err)
		}
		s.mu.Lock()
		_, taken := s.indexes[index]
		s.indexes[index] = entry
		s.mu.Unlock()
		if taken {
			return fmt.Errorf("index %d was given twice", index)
		}
	}
	return nil
}

// leaf is different for each number: any bytes, of any length up to 4 KiB.
func leaf(number int) []byte {
	random := rand.New(rand.NewSource(int64(number)))
	body := make([]byte, random.Intn(4096))
	random.Read(body)
	return append([]byte(strconv.Itoa(number)+"\n"), body...)
}

// add tries again where the log says that it is busy, as load tools do.
func (s *load) add(entry []byte) (int64, error) {
	for deadline := time.Now().Add(integration); ; {
		response, err := s.log.http.Post(s.log.url+"/add", "application/octet-stream", bytes.NewReader(entry))
		if err != nil {
			return 0, err
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return 0, err
		}
		switch response.StatusCode {
		case http.StatusOK:
			return strconv.ParseInt(string(body), 10, 64)
		case http.StatusServiceUnavailable, http.StatusTooManyRequests:
			if time.Now().After(deadline) {
				return 0, errors.New("the log stayed busy")
			}
			s.mu.Lock()
			s.retries++
			s.mu.Unlock()
			time.Sleep(50 * time.Millisecond)
		default:
			return 0, fmt.Errorf("%s: %s", response.Status, body)
		}
	}
}

// watch follows the checkpoints until all is written; count is how many different ones it saw.
func watch(l *log, written <-chan struct{}, count *int) error {
	var seen tlog.Tree
	for {
		head, err := l.checkpoint()
		if err != nil {
			return err
		}
		if err := l.checkGrown(seen, head.tree); err != nil {
			return fmt.Errorf("from %d to %d: %w", seen.N, head.tree.N, err)
		}
		if head.tree.N > seen.N {
			*count++
		}
		seen = head.tree
		select {
		case <-written:
			return nil
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (s *load) check(entries int) (*audited, error) {
	if err := s.await(); err != nil {
		return nil, err
	}
	found, logged, err := audit(s.log)
	if err != nil {
		return nil, err
	}
	if len(s.indexes) != entries {
		return nil, fmt.Errorf("%d indexes for %d entries", len(s.indexes), entries)
	}
	for index, entry := range s.indexes {
		if index >= found.Size || !bytes.Equal(logged[index], entry) {
			return nil, fmt.Errorf("the log has something else at index %d", index)
		}
	}
	return found, nil
}

// await returns once a checkpoint covers every index that was given out.
func (s *load) await() error {
	last := int64(-1)
	for index := range s.indexes {
		if index > last {
			last = index
		}
	}
	for deadline := time.Now().Add(integration); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		head, err := s.log.checkpoint()
		if err != nil {
			return err
		}
		if head.tree.N > last {
			return nil
		}
	}
	return fmt.Errorf("no checkpoint covers index %d", last)
}
