package runtimetest

import (
	"reflect"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestChanUnbuffered(t *testing.T) {
	c := make(chan int)
	order := []string{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		order = append(order, "receive")
		if n := <-c; n != 42 {
			t.Errorf("received %d", n)
		}
	}()
	c <- 42
	<-done
	if len(c) != 0 || cap(c) != 0 || len(order) != 1 {
		t.Errorf("len %d, cap %d, order %v", len(c), cap(c), order)
	}
}

func TestChanBuffered(t *testing.T) {
	c := make(chan int, 10)
	for round := range 5 { // wraps around the buffer
		for i := range 7 {
			c <- round*7 + i
		}
		if len(c) != 7 || cap(c) != 10 {
			t.Fatalf("len %d, cap %d", len(c), cap(c))
		}
		for i := range 7 {
			if n := <-c; n != round*7+i {
				t.Fatalf("received %d, want %d", n, round*7+i)
			}
		}
	}
}

// Senders that wait behind a full buffer are served in their order.
func TestChanOrder(t *testing.T) {
	c := make(chan int, 2)
	waiting := states()["chan send"]
	for i := range 20 {
		go func() { c <- i }()
		for len(c) < min(i+1, 2) || states()["chan send"] < waiting+i-1 {
			runtime.Gosched()
		}
	}
	var got []int
	for range 20 {
		got = append(got, <-c)
	}
	if !slices.IsSorted(got) {
		t.Errorf("out of order: %v", got)
	}
}

func TestChanClose(t *testing.T) {
	c := make(chan string, 3)
	c <- "a"
	c <- "b"
	close(c)
	var got []string
	for s := range c {
		got = append(got, s)
	}
	if s, ok := <-c; s != "" || ok || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%q, %v, %v", s, ok, got)
	}
	var woken sync.WaitGroup
	gate := make(chan struct{})
	for range 100 {
		woken.Go(func() { <-gate })
	}
	runtime.Gosched()
	close(gate)
	woken.Wait()

	waiting := make(chan int)
	result := make(chan any)
	go func() { result <- caught(func() { waiting <- 1 }) }()
	time.Sleep(time.Millisecond)
	close(waiting)
	if err, _ := (<-result).(error); err == nil || err.Error() != "send on closed channel" {
		t.Errorf("a waiting sender's panic: %v", err)
	}
	var none chan int
	for want, f := range map[string]func(){
		"send on closed channel":  func() { c <- "x" },
		"close of closed channel": func() { close(c) },
		"close of nil channel":    func() { close(none) },
	} {
		if err, _ := caught(f).(runtime.Error); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestChanNil(t *testing.T) {
	var none chan int
	select {
	case <-none:
		t.Error("received from a nil channel")
	case none <- 1:
		t.Error("sent to a nil channel")
	case <-time.After(time.Millisecond):
	}
	if len(none) != 0 || cap(none) != 0 {
		t.Errorf("len %d, cap %d", len(none), cap(none))
	}
}

// select picks among the ready at random.
func TestSelectRandom(t *testing.T) {
	var chans [4]chan int
	for i := range chans {
		chans[i] = make(chan int, 1)
		chans[i] <- 0
	}
	var counts [4]int
	for range 4000 {
		i := 0
		select {
		case <-chans[0]:
		case <-chans[1]:
			i = 1
		case <-chans[2]:
			i = 2
		case <-chans[3]:
			i = 3
		}
		counts[i]++
		chans[i] <- 0
	}
	if slices.Min(counts[:]) < 600 {
		t.Errorf("not at random: %v", counts)
	}
}

// Goroutines select on sending and receiving at once; every value arrives once.
func TestSelectBothWays(t *testing.T) {
	const workers, each = 10, 200
	c := make(chan int)
	var sent, received [workers]int
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			for out, in := 0, 0; out < each || in < each; {
				send, receive := c, c
				if out == each {
					send = nil
				}
				if in == each {
					receive = nil
				}
				select {
				case send <- i*each + out:
					sent[i] += i*each + out
					out++
				case n := <-receive:
					received[i] += n
					in++
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	// The last one may have only itself to talk to.
	for {
		select {
		case <-done:
			a, b := 0, 0
			for i := range workers {
				a, b = a+sent[i], b+received[i]
			}
			if n := workers * each; a != n*(n-1)/2 || b != a {
				t.Errorf("sent %d, received %d", a, b)
			}
			return
		case n := <-c:
			c <- n
		}
	}
}

func TestReflectSelect(t *testing.T) {
	const n = 200
	cases := make([]reflect.SelectCase, n)
	for i := range cases {
		c := make(chan int)
		cases[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)}
		go func() {
			c <- i
			close(c)
		}()
	}
	sum, open := 0, n
	for open > 0 {
		i, v, ok := reflect.Select(cases)
		if !ok {
			cases[i].Chan = reflect.ValueOf((chan int)(nil))
			open--
			continue
		}
		sum += int(v.Int())
	}
	if sum != n*(n-1)/2 {
		t.Errorf("sum %d", sum)
	}
}

type big struct{ words [700]uint64 } // with pointers beside it, in the buffer and on stacks

func TestChanElements(t *testing.T) {
	type element struct {
		b big
		p *int
	}
	c := make(chan element, 3)
	go func() {
		defer close(c)
		for i := range 50 {
			e := element{p: new(int)}
			*e.p = i
			e.b.words[699] = uint64(i)
			c <- e
			if i%10 == 0 {
				runtime.GC()
			}
		}
	}()
	i := 0
	for e := range c {
		if *e.p != i || e.b.words[699] != uint64(i) {
			t.Fatalf("element %d is %d, %d", i, *e.p, e.b.words[699])
		}
		i++
	}
	empty := make(chan struct{}, 1000)
	for range 1000 {
		empty <- struct{}{}
	}
	if len(empty) != 1000 || i != 50 {
		t.Errorf("%d empty ones, %d large ones", len(empty), i)
	}
}

func TestPrimeSieve(t *testing.T) {
	source := make(chan int)
	stop := make(chan struct{})
	feed := func(out chan<- int, next func() (int, bool)) {
		for {
			n, ok := next()
			if !ok {
				return
			}
			select {
			case out <- n:
			case <-stop:
				return
			}
		}
	}
	n := 1
	go feed(source, func() (int, bool) { n++; return n, true })
	last := 0
	for range 150 {
		in, prime := source, <-source
		last = prime
		out := make(chan int)
		go feed(out, func() (int, bool) {
			for {
				select {
				case n := <-in:
					if n%prime != 0 {
						return n, true
					}
				case <-stop:
					return 0, false
				}
			}
		})
		source = out
	}
	close(stop)
	if last != 863 {
		t.Errorf("prime 150 is %d", last)
	}
}
