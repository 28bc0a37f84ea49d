// Package bench measures the whole program from outside: real binary, real HTTP,
// simulators in a process of their own. Targets are ratios, never times; what is
// printed as a time or rate is for the reader.
package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fullInvoices is the size of the measured world: invoices on each side, of
// three lines on average.
const fullInvoices = 100_000

// maxPeakMiB is what tieout reconcile may take at its peak for such a world.
const maxPeakMiB = 300

// maxQuietCalls is how many vendor requests a run may make when nothing has changed.
const maxQuietCalls = 15

// BenchmarkReconcileFull runs tieout reconcile on 100,000 invoices a side with
// quotas off, prints the rates of pull, load and compare, and fails when the peak
// of its memory (VmHWM) is over its bound, or a second run that finds nothing changed
// asks too much of the vendors.
func BenchmarkReconcileFull(b *testing.B) {
	dir := b.TempDir()
	bin := build(b, dir)
	world := filepath.Join(dir, "world")
	command(b, bin, nil, "sandbox", "-generate", strconv.Itoa(fullInvoices), "-seed", "1", "-o", world)
	env := simulators(b, bin, world)
	for n := range b.N {
		store := filepath.Join(dir, "run"+strconv.Itoa(n)+".db")
		first := reconcileOnce(b, bin, append(env, "TIEOUT_DB=sqlite:"+store))
		first.print(b, "first run")
		second := reconcileOnce(b, bin, append(env, "TIEOUT_DB=sqlite:"+store))
		second.print(b, "second run, nothing changed")
		calls := second.calls(b)
		fmt.Fprintf(os.Stdout, "second run: %d vendor requests, first run: %d\n", calls, first.calls(b))
		if b.ReportMetric(float64(calls), "quiet-calls"); calls > maxQuietCalls {
			b.Errorf("%d vendor requests for a run without changes, want at most %d", calls, maxQuietCalls)
		}
		b.ReportMetric(max(first.peakMiB, second.peakMiB), "peak-MiB")
		if peak := max(first.peakMiB, second.peakMiB); peak > maxPeakMiB {
			b.Errorf("peak memory %.0f MiB, want at most %d", peak, maxPeakMiB)
		}
	}
}

// build compiles the program.
func build(b *testing.B, dir string) string {
	b.Helper()
	bin := filepath.Join(dir, "tieout")
	cmd := exec.Command("go", "build", "-o", bin, "../cmd/tieout")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

func command(b *testing.B, bin string, env []string, args ...string) {
	b.Helper()
	cmd := exec.Command(bin, args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

var address = regexp.MustCompile(`http://\S+`)

// simulators starts both simulators in a process of their own and returns the
// environment that points at them.
func simulators(b *testing.B, bin, world string) []string {
	b.Helper()
	cmd := exec.Command(bin, "sandbox", "-data", world, "-hubspot", "127.0.0.1:0", "-quickbooks", "127.0.0.1:0", "-open")
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = cmd.Wait()
	})
	var urls []string
	for lines := bufio.NewScanner(out); len(urls) < 2 && lines.Scan(); {
		if url := address.FindString(lines.Text()); url != "" {
			urls = append(urls, url)
		}
	}
	if len(urls) < 2 {
		b.Fatal("the simulators did not start")
	}
	return []string{
		"TIEOUT_HUBSPOT_URL=" + urls[0], "TIEOUT_QUICKBOOKS_URL=" + urls[1], "TIEOUT_HUBSPOT_TOKEN=x", "TIEOUT_QUICKBOOKS_TOKEN=x",
		"TIEOUT_QUICKBOOKS_REALM=1", "TIEOUT_SYNC_DIRECTION=hubspot_to_quickbooks",
	}
}

// A measured run is what one call of tieout reconcile took.
type measured struct {
	took    time.Duration
	peakMiB float64
	log     string
}

func reconcileOnce(b *testing.B, bin string, env []string) measured {
	b.Helper()
	cmd := exec.Command(bin, "-verbose", "reconcile")
	cmd.Env = append(os.Environ(), env...)
	var log bytes.Buffer
	cmd.Stderr = &log
	start := time.Now()
	err := cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != 2 {
		b.Fatalf("tieout reconcile: exit code %d, %v\n%s", code, err, log.String())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Fatalf("no memory figures on %s", runtime.GOOS)
	}
	return measured{time.Since(start), float64(usage.Maxrss) / 1024, log.String()}
}

var ended = regexp.MustCompile(`msg="run ended".* calls=(\d+)`)

// calls is how many vendor requests the run says it made.
func (m measured) calls(b *testing.B) int {
	b.Helper()
	found := ended.FindStringSubmatch(m.log)
	if found == nil {
		b.Fatalf("the log does not say how many requests were made:\n%s", m.log)
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		b.Fatal(err)
	}
	return n
}

var logged = regexp.MustCompile(`msg=(pulled|compared) .*`)

func (m measured) print(b *testing.B, name string) {
	b.Helper()
	fmt.Fprintf(os.Stdout, "%s: %s, peak %.0f MiB\n", name, m.took.Round(time.Millisecond), m.peakMiB)
	for _, line := range logged.FindAllString(m.log, -1) {
		fmt.Fprintln(os.Stdout, "  ", rates(line))
	}
}

var figure = regexp.MustCompile(`(\w+)=(\S+)`)

// rates turns one log line into a line with its rates.
func rates(line string) string {
	values := map[string]string{}
	for _, m := range figure.FindAllStringSubmatch(line, -1) {
		values[m[1]] = m[2]
	}
	per := func(count, took string) string {
		n, err := strconv.ParseFloat(values[count], 64)
		d, err2 := time.ParseDuration(values[took])
		if err != nil || err2 != nil || d <= 0 {
			return "?"
		}
		return strconv.FormatFloat(n/d.Seconds(), 'f', 0, 64) + "/s"
	}
	if strings.HasPrefix(line, "msg=compared") {
		return "compare: " + values["groups"] + " groups in " + values["took"] + ", " + per("groups", "took")
	}
	return "pull " + values["system"] + " " + values["object"] + ": " + values["records"] + " records in " + values["took"] + ", " +
		per("records", "took") + "; of that load " + values["stored"] + ", " + per("records", "stored")
}
