package link

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// TestEach: of several sources that cannot be compiled, it is the first that is told of, and
// nothing begins once one has failed.
func TestEach(t *testing.T) {
	var sources []string
	for i := range 1000 {
		sources = append(sources, strconv.Itoa(i))
	}
	for range 100 {
		var mutex sync.Mutex
		var begun []string
		err := each(sources, func(source string) error {
			mutex.Lock()
			begun = append(begun, source)
			mutex.Unlock()
			if i, _ := strconv.Atoi(source); i >= 7 {
				return fmt.Errorf("source %s", source)
			}
			return nil
		})
		if err == nil || err.Error() != "source 7" || len(begun) == len(sources) {
			t.Fatalf("%v, %d begun", err, len(begun))
		}
	}
	var mutex sync.Mutex
	var all []string
	err := each(sources, func(source string) error {
		mutex.Lock()
		defer mutex.Unlock()
		all = append(all, source)
		return nil
	})
	slices.Sort(all)
	slices.Sort(sources)
	if err != nil || !slices.Equal(all, sources) {
		t.Errorf("%v, compiled %q", err, all)
	}
}
