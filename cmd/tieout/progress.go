package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/tieout/tieout/reconcile/batch"
)

// A shownProgress is a progress that has to be closed, so that the terminal is
// whole again.
type shownProgress interface {
	batch.Progress
	Close()
}

// progress shows bars on a terminal and plain lines elsewhere.
func (p *program) progress() shownProgress {
	if f, ok := p.stderr.(*os.File); ok && isTerminal(f) {
		return &bars{container: mpb.New(mpb.WithOutput(f), mpb.WithWidth(32), mpb.WithAutoRefresh()), out: f, bars: map[string]*mpb.Bar{}}
	}
	return &plainLines{out: p.stderr, last: map[string]time.Time{}, start: map[string]time.Time{}}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// bars shows a line a step: records, rate and time. How many records a step has is
// known only at its end.
type bars struct {
	mu        sync.Mutex
	container *mpb.Progress
	out       io.Writer
	bars      map[string]*mpb.Bar
}

func (b *bars) Step(name string, done, total int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	bar := b.bars[name]
	if bar == nil {
		bar = b.container.MustAdd(0, mpb.NopStyle().Build(),
			mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR), decor.CurrentNoUnit("%d", decor.WCSyncSpace)),
			mpb.AppendDecorators(decor.AverageSpeed(0, "%.0f/s", decor.WCSyncSpace), decor.OnComplete(decor.Elapsed(decor.ET_STYLE_GO, decor.WCSyncSpace), " done")))
		b.bars[name] = bar
	}
	ended := total > 0 && done >= total
	if !ended {
		total = max(total, done+1) // a bar that reaches its total is over
	}
	bar.SetTotal(int64(total), false)
	bar.SetCurrent(int64(done))
	bar.SetTotal(int64(total), ended)
}

func (b *bars) Note(text string) { _, _ = b.container.Write([]byte(text + "\n")) } // a terminal that is gone hears nothing

func (b *bars) Close() {
	b.mu.Lock()
	for _, bar := range b.bars {
		if !bar.Completed() {
			bar.Abort(false)
		}
	}
	b.mu.Unlock()
	b.container.Wait()
}

// plainInterval is how often a step is told of where there is no terminal.
const plainInterval = 5 * time.Second

// plainLines writes a line a step now and then, and one at its end.
type plainLines struct {
	mu    sync.Mutex
	out   io.Writer
	last  map[string]time.Time
	start map[string]time.Time
}

func (l *plainLines) Step(name string, done, total int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := now()
	if _, known := l.start[name]; !known {
		l.start[name], l.last[name] = at, at
	}
	ended := total > 0 && done >= total
	if !ended && at.Sub(l.last[name]) < plainInterval {
		return
	}
	l.last[name] = at
	rate := ""
	if took := at.Sub(l.start[name]).Seconds(); took > 0.1 {
		rate = fmt.Sprintf(", %.0f/s", float64(done)/took)
	}
	of := ""
	if total > done {
		of = fmt.Sprintf(" of %d", total)
	}
	fmt.Fprintf(l.out, "%s: %d%s%s\n", name, done, of, rate)
}

func (l *plainLines) Note(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(l.out, text)
}

func (l *plainLines) Close() {}
