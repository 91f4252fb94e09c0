package runtimetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSleep(t *testing.T) {
	for _, d := range []time.Duration{-1, 0, 1, time.Microsecond, 3 * time.Millisecond} {
		start := time.Now()
		time.Sleep(d)
		if slept := time.Since(start); slept < d {
			t.Errorf("Sleep(%v) took %v", d, slept)
		}
	}
}

// Sleepers wake in the order of their times, whatever order they went to sleep in. The
// clock of a synctest waits for each of them; the machine's own may be late, for two at once.
func TestSleepOrder(t *testing.T) {
	const n = 200
	synctest.Test(t, func(t *testing.T) {
		woken := make(chan int, n)
		for _, i := range rand.Perm(n) {
			go func() {
				time.Sleep(time.Duration(i+1) * time.Millisecond)
				woken <- i
			}()
		}
		var order []int
		for range n {
			order = append(order, <-woken)
		}
		if !slices.IsSorted(order) {
			t.Errorf("%v", order)
		}
	})
	woken := make(chan time.Duration, n)
	for _, i := range rand.Perm(n) {
		go func() {
			until := time.Now().Add(time.Duration(i) * 100 * time.Microsecond)
			time.Sleep(time.Until(until))
			woken <- time.Since(until)
		}()
	}
	for range n {
		if late := <-woken; late < 0 {
			t.Errorf("woken %v early", -late)
		}
	}
}

func TestTimerOrder(t *testing.T) {
	const n = 2000
	fired := make(chan int, n)
	start := time.Now()
	var mu sync.Mutex
	for _, i := range rand.Perm(n) {
		time.AfterFunc(time.Until(start.Add(10*time.Millisecond+time.Duration(i)*10*time.Microsecond)), func() {
			mu.Lock()
			defer mu.Unlock()
			fired <- i
		})
	}
	seen := make([]bool, n)
	for range n {
		i := <-fired
		if seen[i] {
			t.Errorf("timer %d fired twice", i)
		}
		seen[i] = true
	}
}

func TestTicker(t *testing.T) {
	ticker := time.NewTicker(time.Millisecond)
	last := time.Now()
	for range 10 {
		at := <-ticker.C
		if at.Before(last) {
			t.Errorf("a tick at %v after one at %v", at, last)
		}
		last = at
	}
	ticker.Reset(2 * time.Millisecond)
	<-ticker.C
	ticker.Stop()
	select {
	case <-ticker.C:
		t.Error("a tick of a stopped ticker")
	case <-time.After(5 * time.Millisecond):
	}
	if err := caught(func() { time.NewTicker(0) }); err == nil {
		t.Error("a ticker without interval")
	}
}

func TestTimerStopReset(t *testing.T) {
	timer := time.NewTimer(time.Hour)
	if !timer.Stop() || timer.Stop() {
		t.Error("Stop of a timer that has not fired, twice")
	}
	if timer.Reset(time.Millisecond) {
		t.Error("Reset of a stopped timer says that it was active")
	}
	<-timer.C
	timer.Reset(time.Nanosecond)
	time.Sleep(2 * time.Millisecond)
	timer.Reset(time.Hour) // what was due is gone, nobody has taken it
	select {
	case <-timer.C:
		t.Error("a stale time after Reset")
	default:
	}
	if !timer.Stop() {
		t.Error("Stop of an active timer")
	}
	ran := make(chan struct{})
	f := time.AfterFunc(time.Hour, func() { close(ran) })
	f.Reset(0)
	<-ran
	if f.Stop() {
		t.Error("Stop after the function has run")
	}
}

// A timer that nobody refers to is garbage, and its channel does not keep it.
func TestTimersAreCollected(t *testing.T) {
	for range 20_000 {
		sink = time.NewTimer(time.Hour).C
	}
	sink = nil
	c := time.After(time.Millisecond)
	garbage(1 << 20)
	<-c
}

func TestContextDeadline(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	child, cancelChild := context.WithCancelCause(ctx)
	defer cancelChild(nil)
	after := make(chan struct{})
	stop := context.AfterFunc(child, func() { close(after) })
	<-child.Done()
	<-after
	if err := child.Err(); !errors.Is(err, context.DeadlineExceeded) || stop() {
		t.Errorf("%v", err)
	}
	other, cancelOther := context.WithCancelCause(t.Context())
	why := errors.New("why")
	cancelOther(why)
	if <-other.Done(); context.Cause(other) != why {
		t.Errorf("cause %v", context.Cause(other))
	}
}

func TestClocks(t *testing.T) {
	now := time.Now()
	if y := now.Year(); y < 2024 || y > 2200 {
		t.Errorf("now is %v", now)
	}
	last := now
	for range 10_000 {
		at := time.Now()
		if at.Before(last) {
			t.Fatalf("%v comes after %v", at, last)
		}
		last = at
	}
	time.Sleep(3 * time.Millisecond)
	wall := time.Now().Round(0).Sub(now.Round(0))
	if mono := time.Since(now); mono < 3*time.Millisecond || wall < 2*time.Millisecond {
		t.Errorf("passed: %v by the clock, %v by the calendar", mono, wall)
	}
	if zone, err := time.LoadLocation("Europe/Berlin"); err != nil {
		t.Error(err)
	} else if s := time.Unix(1700000000, 0).In(zone).Format(time.RFC3339); s != "2023-11-14T23:13:20+01:00" {
		t.Error(s)
	}
}

func TestSynctest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		ticks := 0
		go func() {
			for tick := time.Tick(time.Hour); ; ticks++ {
				select {
				case <-tick:
				case <-ctx.Done():
					return
				}
			}
		}()
		<-ctx.Done()
		synctest.Wait()
		if d := time.Since(start); d != 24*time.Hour || ticks < 23 {
			t.Errorf("%v have passed, with %d ticks", d, ticks)
		}
	})
}
