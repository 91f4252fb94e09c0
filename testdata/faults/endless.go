package faults

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"math/big"
	"regexp"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"
)

// endless take so long that somebody has to cancel them.
var endless = map[string]func(){
	"loop": func() {
		for {
		}
	},
	"loop_calls": func() {
		for {
			sink = called(sink)
		}
	},
	"loop_goroutine": func() {
		go func() {
			for {
			}
		}()
		select {}
	},
	"loop_goroutines": func() {
		for range 100 {
			go elsewhere()
		}
		elsewhere()
	},
	"allocation": func() {
		for {
			anySink = make([]*int64, 10_000)
		}
	},
	"collection": func() {
		for range 1_000_000 {
			list = &node{list, 0}
		}
		for {
			runtime.GC()
		}
	},
	"sleep": func() { time.Sleep(time.Hour) },
	"sleep_short": func() {
		for {
			time.Sleep(time.Millisecond)
		}
	},
	"channel": func() { time.AfterFunc(time.Hour, func() {}); <-make(chan int) },
	"select_timer": func() {
		select {
		case <-make(chan int):
		case <-time.After(time.Hour):
		}
	},
	"ticker": func() {
		for range time.Tick(time.Millisecond) {
			sink++
		}
	},
	"mutex": func() {
		var m sync.Mutex
		m.Lock()
		time.AfterFunc(time.Hour, m.Unlock)
		m.Lock()
	},
	"regexp": func() {
		re := regexp.MustCompile(strings.Repeat("(a*)*", 100) + "b")
		text := strings.Repeat("a", 1<<20)
		for {
			anySink = re.MatchString(text)
		}
	},
	"big": func() {
		n := big.NewInt(3)
		for {
			anySink = n.Exp(big.NewInt(3), big.NewInt(1<<20), nil)
		}
	},
	"sha256": func() {
		// Almost all of the time is in one loop of assembly, which stops nowhere.
		block := make([]byte, 100<<20)
		for {
			anySink = sha256.Sum256(block)
		}
	},
	"gcm": func() {
		data := make([]byte, 32<<20, 32<<20+16)
		block, err := aes.NewCipher(data[:32])
		if err != nil {
			panic(err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			panic(err)
		}
		for {
			anySink = aead.Seal(data[:0], data[:12], data, nil)
		}
	},
	"sort": func() {
		numbers := make([]int, 1<<20)
		for {
			for i := range numbers {
				numbers[i] = i * 7919 % len(numbers)
			}
			sort.Ints(numbers)
		}
	},
	"copy": func() {
		from, to := make([]byte, 32<<20), make([]byte, 32<<20)
		for {
			copy(to, from)
		}
	},
	"deep": func() {
		for {
			sink = int64(deep(100_000, func() {}))
		}
	},
	"print": func() {
		for {
			print("")
		}
	},
	"clock": func() {
		for {
			anySink = time.Now()
		}
	},
	"defer": func() {
		defer func() {
			for {
				recover()
			}
		}()
		for {
		}
	},
	"recover": func() {
		for {
			stubborn()
		}
	},
	"panics": func() {
		for {
			quiet()
		}
	},
	"stack_dump": func() {
		buf := make([]byte, 1<<16)
		for {
			runtime.Stack(buf, true)
		}
	},
}

//go:noinline
func called(n int64) int64 { return n + 1 }

// stubborn runs again whatever ends it.
func stubborn() {
	defer func() {
		if recover() != nil {
			stubborn()
		}
	}()
	for {
	}
}

func quiet() {
	defer func() { recover() }()
	panic("quiet")
}
